"""BGP tables as Azure's commands and routers print them (C1..C4 of the facts).

Gateways and route servers: network, nextHop (none for own routes), origin Network / EBgp / IBgp, sourcePeer,
asPath, weight, localAddress. What they advertise: origin Igp, weight 0, the own ASN in the path. MSEEs and devices:
the BGP origin and local preference, weight, best. Addresses that nothing declares print as ``unknown``.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from routeng.azure.instances import Instance
from routeng.azure.rules import Rule
from routeng.azure.session_plan import SessionPlan
from routeng.bgp.aspath import AsPath
from routeng.bgp.attributes import Attributes
from routeng.bgp.decision import Candidate
from routeng.bgp.solution import Solution
from routeng.lpm import Prefix

RULES = (
    Rule("C1", "Learned routes of a gateway: own routes are Network with the instance itself as source.", "recorded",
         "ERJ-HAIRPIN"),
    Rule("C2", "Advertised routes print origin Igp, weight 0 and the path with the own ASN.", "recorded",
         "FAB-101, ERJ-SGP"),
    Rule("C3", "A route server lists per peer what it learned, weight 32768, and what it advertises.", "recorded",
         "ERJ-HUBLESS"),
    Rule("C4", "An MSEE's table shows every path of gateways and customer, local preference 100, weight 0.",
         "recorded", "ERJ-ER, ERJ-2ER"),
)  # fmt: skip


class Rib(msgspec.Struct, frozen=True):
    """A BGP table, or what a node learned from, or sends to, one peer."""

    node: str
    entries: tuple[dict[str, object], ...] = ()
    complete: bool = True
    missing: tuple[str, ...] = ()

    def rows(self) -> list[dict[str, object]]:
        """One flat dict a path."""
        return [dict(entry) for entry in self.entries]

    def to_dict(self) -> dict[str, object]:
        """The table as plain data: node, complete, missing, rows."""
        return {
            "node": self.node,
            "complete": self.complete,
            "missing": list(self.missing),
            "rows": self.rows(),
        }


_LEARNED = {"local": "Network", "aggregate": "Network", "ebgp": "EBgp", "ibgp": "IBgp", "confed": "IBgp"}
_AZURE = frozenset({"er-gateway", "vpn-gateway", "vwan-gateway", "route-server"})


def table(
    plan: SessionPlan, solution: Solution, instances: Iterable[Instance], peers: frozenset[str] | None
) -> Rib:
    """The accepted paths of some instances of a node, or only those from ``peers`` (speaker names)."""
    rows: list[dict[str, object]] = []
    node = ""
    for instance in instances:
        node = instance.node
        if instance.speaker not in plan.speakers:
            continue
        for prefix in solution.prefixes(instance.speaker):
            entry = solution.rib(instance.speaker, prefix)
            for candidate in entry.candidates if entry is not None else ():
                if peers is not None and candidate.path.peer not in peers:
                    continue
                if "summary" in candidate.attributes.tags or _hidden(plan, instance, prefix, candidate):
                    continue
                rows.append(_row(plan, instance, prefix, candidate))
    return Rib(node, tuple(rows))


def _hidden(plan: SessionPlan, instance: Instance, prefix: Prefix, candidate: Candidate) -> bool:
    """Whether an MSEE's printed table leaves out its own link's prefix (C-23)."""
    if (
        instance.role != "msee"
        or plan.setting("C-23") == "listed"
        or "customer" not in candidate.attributes.tags
    ):
        return False
    circuit, _, side = instance.node.rpartition("/")
    peering = plan.topology.express_route_circuits[circuit].peerings.azure_private_peering
    text = getattr(peering, f"{side}_peer_address_prefix", None)
    return isinstance(text, str) and Prefix(text) == prefix


def _row(plan: SessionPlan, instance: Instance, prefix: Prefix, candidate: Candidate) -> dict[str, object]:
    path, attributes = candidate.path, candidate.attributes
    own = path.is_local
    row: dict[str, object] = {
        "network": str(prefix),
        "nextHop": _own_next_hop(plan, instance, prefix) if own else _next_hop(plan, prefix, attributes),
        "asPath": path_text(attributes.as_path),
        "localAddress": plan.nodes.addresses.shown(instance.address),
        "best": candidate.best,
        "reason": reason(plan, candidate),
    }
    if instance.role in _AZURE:
        row["origin"] = _LEARNED[path.kind]
        row["weight"] = attributes.weight
        row["sourcePeer"] = row["localAddress"] if own else _source(plan, path.peer, path.peer_address)
        return row
    row["origin"] = attributes.origin.name.capitalize()
    row["weight"] = attributes.weight
    row["localPref"] = 100 if attributes.local_pref is None else attributes.local_pref
    row["med"] = attributes.med
    row["sourcePeer"] = None if own else _source(plan, path.peer, path.peer_address)
    return row


def _source(plan: SessionPlan, peer: str, address: str | None) -> str | None:
    """The neighbour's address; where that is not declared, its name."""
    shown = plan.nodes.addresses.shown(address)
    return shown if shown == address else plan.node_of(peer)


def _next_hop(plan: SessionPlan, prefix: Prefix, attributes: Attributes) -> str | None:
    """The next hop as printed; an IPv6 route of a gateway shows the instance's IPv6 address (C-26)."""
    hop = attributes.next_hop
    if hop is None:
        return None
    if prefix.family == 6:
        at = plan.nodes.at(hop)
        return "unknown" if at is None or at.ipv6 is None else plan.nodes.addresses.shown(at.ipv6)
    return plan.nodes.addresses.shown(hop)


def _own_next_hop(plan: SessionPlan, instance: Instance, prefix: Prefix) -> str | None:
    """A device prints the gateway of the static route behind an own prefix; everybody else nothing."""
    device = plan.topology.devices.get(instance.node)
    for route in device.static_routes if device is not None else ():
        if route.via and Prefix(route.prefix) == prefix:
            other = plan.topology.devices.get(route.via)
            return route.via if other is None else other.ip
    return None


def path_text(path: AsPath) -> str:
    """An AS path as az prints it: joined by hyphens, sets in braces."""
    return str(path).replace(" ", "-")


def reason(plan: SessionPlan, candidate: Candidate) -> str:
    """Why a path is best or not, in a few words."""
    if candidate.ineligible is not None:
        return f"not usable: {candidate.ineligible}"
    if candidate.best:
        return "best"
    rival = candidate.lost_to
    against = "" if rival is None else f" to the path from {plan.node_of(rival.peer)}"
    return f"loses at {candidate.lost_at}{against}"


def advertised(
    plan: SessionPlan, solution: Solution, instances: Iterable[Instance], peers: frozenset[str]
) -> Rib:
    """What some instances of a node send to ``peers`` (speaker names); equal rows for several peers once."""
    rows: dict[tuple[object, ...], dict[str, object]] = {}
    node = ""
    for instance in instances:
        node = instance.node
        if instance.speaker not in plan.speakers:
            continue
        for sent in solution.advertised(instance.speaker):
            if sent.peer not in peers or sent.attributes is None:
                continue
            row: dict[str, object] = {
                "network": str(sent.prefix),
                "nextHop": _next_hop(plan, sent.prefix, sent.attributes),
                "asPath": path_text(sent.attributes.as_path),
                "origin": sent.attributes.origin.name.capitalize(),
                "weight": 0,
                "localAddress": plan.nodes.addresses.shown(instance.address),
            }
            if sent.attributes.communities:
                row["communities"] = sorted(sent.attributes.communities)
            rows.setdefault(tuple(map(str, row.values())), row)
    return Rib(node, tuple(rows.values()))
