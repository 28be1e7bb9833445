"""Gateway routes on NICs: what gateways and route servers program into the subnets they serve.

A VNet takes its gateway routes from one place (GW-5): the route server if it has one, else the ExpressRoute
gateway, else the VPN gateway. This file says which of their routes reach NICs and with which next hops; what a
single subnet does to them (propagation, own and peered space, user routes) is the business of the tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal

import msgspec

from routeng.azure.instances import Instance, Nodes, public_addresses
from routeng.azure.route_server import preference
from routeng.azure.rules import Rule
from routeng.azure.session_plan import SessionPlan
from routeng.bgp.decision import Path
from routeng.bgp.solution import Solution
from routeng.lpm import Prefix

RULES = (
    Rule("C-9", "With a route server, both instances of a VPN gateway are next hops where it heard both.", "recorded",
         "ars-dualhomed"),
    Rule("E3", "ExpressRoute routes on NICs point at the MSEEs, one next hop a live session.", "recorded", "FAB-101"),
    Rule("E4", "One circuit gives two next hops, two equal circuits four.", "recorded", "ADS-ECMP"),
    Rule("E5", "With a route server in the VNet an ExpressRoute route has one next hop.", "recorded",
         "ADS-ECMP, FAB-DH; FAB-101 disagrees", "E5"),
    Rule("GW-1", "Gateways and route servers add a row per learned or static prefix to all subnets of their VNet.",
         "documented", "UDR, ARSFAQ"),
    Rule("GW-2", "Next hops on NICs: an MSEE address for ExpressRoute, the gateway's public address for"
         " active-standby VPN, the instance addresses for active-active VPN, the appliance for route-server routes.",
         "recorded", "L1, L2, L5, L7"),
    Rule("C-7", "Static prefixes of a local network gateway vanish from NICs while their connection is down; an"
         " active-active gateway shows them once per instance.", "recorded", "C-7"),
    Rule("C-3", "A route server does not program prefixes equal to or inside its own or gateway-transit space.",
         "recorded", "ars-nva-1-single, ars-dualhomed"),
    Rule("C-4", "Gateway routes inside 169.254.0.0/16 are not programmed.", "recorded", "er-single-circuit"),
    Rule("C-6", "Addresses of VPN peers are on NICs only where a VPN gateway is the VNet's only gateway; otherwise"
         " NICs show the best routes of the route server or the ExpressRoute gateway.", "recorded", "er-vpn-coexist"),
    Rule("R13", "Routes of a route server show the appliance, or whatever next hop it set, as next hop.", "recorded",
         "ERJ-INTERHUB"),
    Rule("R14", "They are programmed into every subnet, the appliance's own included.", "recorded", "FAB-DH"),
    Rule("R16", "Appliances with equally long AS paths share load; a shorter path wins alone.", "recorded",
         "ERJ-HUBLESS"),
    Rule("V5", "Beside an ExpressRoute path, the VPN path for the same prefix is not programmed.", "documented",
         "use-s2s-vpn-as-backup"),
    Rule("C-8", "A point-to-site pool is a row with an address of the platform as next hop.", "recorded", "C-8"),
)  # fmt: skip

Kind = Literal["er", "vpn", "nva", "static", "p2s", "vwan"]


class NicRoute(msgspec.Struct, frozen=True):
    """One gateway route as programmed into NICs.

    ``next_hops`` holds one entry per next hop, None where Azure shows an address that nothing declares.
    ``rule`` is the id of the rule that programs it, ``note`` what stands behind it.
    """

    prefix: Prefix
    next_hops: tuple[str | None, ...]
    kind: Kind
    rule: str
    note: str = ""


def vpn_next_hops(nodes: Nodes, gateway: str) -> tuple[str | None, ...]:
    """What NICs show for a VPN gateway: instance addresses if active-active, else its public address (GW-2)."""
    declared = nodes.declaration.topology.virtual_network_gateways[gateway]
    if declared.active_active:
        return tuple(_real(nodes, i.address) for i in nodes.of(gateway))
    public = public_addresses(declared)
    return (public[0] if public else None,)


def pools(nodes: Nodes, gateway: str) -> Iterator[NicRoute]:
    """The point-to-site pools of a VPN gateway (C-8)."""
    declared = nodes.declaration.topology.virtual_network_gateways[gateway]
    public = public_addresses(declared)
    hop = public[0] if public and not declared.active_active else None
    for pool in declared.vpn_client_address_pool:
        yield NicRoute(Prefix(pool), (hop,), "p2s", "C-8", f"point-to-site pool of {gateway}")


def programmed(plan: SessionPlan, solution: Solution, vnet: str) -> Iterator[NicRoute]:
    """Everything that the gateways and the route server of ``vnet`` program, each prefix once.

    A route server carries no IPv6: those routes come from the ExpressRoute gateway beside it.
    """
    servers = plan.serving(vnet, "route-server")
    expressroute = plan.serving(vnet, "er-gateway")
    vpn = plan.serving(vnet, "vpn-gateway")
    seen: set[Prefix] = set()
    found = [_routes_of(plan, solution, servers or expressroute or vpn, (4,) if servers else (4, 6))]
    if servers:
        found.append(_routes_of(plan, solution, expressroute, (6,)))
    own = plan.spaces.table(vnet) if servers else None
    for route in chain.from_iterable(found):
        if route.prefix not in seen and not (own is not None and own.covering(route.prefix)):  # C-3
            seen.add(route.prefix)
            yield route
    for gateway in vpn:
        yield from (route for route in pools(plan.nodes, gateway) if route.prefix not in seen)


def _routes_of(
    plan: SessionPlan, solution: Solution, nodes: Sequence[str], families: tuple[int, ...]
) -> Iterator[NicRoute]:
    """The routes that the instances of ``nodes`` program, class by class."""
    instances = [i for node in nodes for i in plan.nodes.of(node) if i.speaker in plan.speakers]
    for route_class in solution.partition.classes:
        prefixes = route_class.prefixes
        if prefixes[0].family not in families:
            continue
        used = [pair for i in instances for pair in _used(plan, solution, i, prefixes[0])]
        if not used:
            continue
        kind = _kind(used[0][1])
        hops = tuple(_shown(plan, hop) for hop in dict.fromkeys(hop for hop, _ in used))
        rule = "C-6" if "host" in used[0][1].attributes.tags else _RULE[kind]
        note = _note(plan, [path for _, path in used])
        for prefix in prefixes:
            if not (prefix.family == 4 and _LINK_LOCAL.covers(prefix)):  # C-4
                yield NicRoute(prefix, hops, kind, rule, note)


def _used(
    plan: SessionPlan, solution: Solution, instance: Instance, prefix: Prefix
) -> list[tuple[str, Path]]:
    """(next hop, path) of the paths through which an instance's NICs send: its best and equally good ones."""
    entry = solution.rib(instance.speaker, prefix)
    best = None if entry is None else entry.best
    if entry is None or best is None:
        return []
    if best.is_local:
        return [] if best.attributes.tags & _NOT_PROGRAMMED else [(instance.address, best)]
    if instance.role == "vpn-gateway":
        return [] if best.kind == "ibgp" else [(instance.address, best)]  # LAB-14
    paths = [c.path for c in entry.candidates if c.valid]
    if instance.role != "route-server":
        return [(str(p.attributes.next_hop), p) for p in paths if _gateway_rank(p) == _gateway_rank(best)]
    prefer = preference(plan.topology.route_servers[instance.node].hub_routing_preference)
    rank = (prefer(best), best.attributes.as_path.hops)
    equal = [p for p in paths if not p.is_local and (prefer(p), p.attributes.as_path.hops) == rank]
    found = [(str(p.attributes.next_hop), p) for p in equal if "er" not in p.attributes.tags]
    if any("er" in p.attributes.tags for p in equal):
        if plan.setting("E5") == "one-next-hop":
            first = next(p for p in equal if "er" in p.attributes.tags)
            found.append((str(first.attributes.next_hop), first))
        else:
            assert instance.vnet is not None
            for node in plan.serving(instance.vnet, "er-gateway"):
                for gateway in plan.nodes.of(node):
                    found += _used(plan, solution, gateway, prefix)
    return found


def _gateway_rank(path: Path) -> tuple[bool, int, int, str]:
    """What equally good paths of an ExpressRoute gateway share (W1)."""
    return path.is_local, path.attributes.weight, path.attributes.as_path.hops, path.kind


def _kind(path: Path) -> Kind:
    tags = path.attributes.tags
    if "static" in tags or "host" in tags:
        return "static"
    return "er" if "er" in tags else "nva" if "nva" in tags else "vpn"


def _shown(plan: SessionPlan, hop: str) -> str | None:
    """A next hop as NICs show it: MSEE addresses are the platform's (C-25), active-standby gateways public (GW-2)."""
    instance = plan.nodes.at(hop)
    if instance is not None and instance.role == "vpn-gateway":
        return vpn_next_hops(plan.nodes, instance.node)[instance.index]
    return None if plan.is_msee_address(hop) else _real(plan.nodes, hop)


def _note(plan: SessionPlan, paths: Sequence[Path]) -> str:
    sources = dict.fromkeys(plan.node_of(p.peer) for p in paths if not p.is_local)
    return "learned from " + ", ".join(sources) if sources else "a route of the gateway's own"


_LINK_LOCAL = Prefix("169.254.0.0/16")
_NOT_PROGRAMMED = frozenset({"vnet", "held", "summary", "pool"})
_RULE: Mapping[Kind, str] = {
    "er": "E3",
    "vpn": "GW-2",
    "nva": "R13",
    "static": "C-7",
    "p2s": "C-8",
    "vwan": "VWAN-1",
}


def _real(nodes: Nodes, address: str) -> str | None:
    return address if nodes.addresses.label(address) == address else None
