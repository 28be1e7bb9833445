"""Why a node holds the route that it holds, and where a route that it lacks was filtered.

An explanation is a list of steps, flat dicts with the keys ``verdict``, ``node``, ``peer``, ``prefix``, ``as_path``,
``next_hop``, ``rule``, ``because`` and ``change`` (what to change, where something can be). Verdicts:

    wins, ties, loses, unusable    the paths that the node holds, the best first
    origin, via                    how the best path came, from where it was brought in to the node
    filtered                       a neighbour holds the route and it does not arrive: the rule that stops it
    programmed, kept out           what NICs get of it, or the rule that keeps it from them
    absent                         nobody announces it, or no session leads here
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from routeng.azure.gateway_routes import NicRoute
from routeng.azure.instances import Instance
from routeng.azure.rib import path_text
from routeng.azure.rules import Rule
from routeng.azure.session_plan import SessionPlan
from routeng.bgp.decision import Candidate, Path
from routeng.bgp.policy import Reject
from routeng.bgp.solution import Solution
from routeng.lpm import Prefix, PrefixTable

RULES = (
    Rule("5.1", "An MSEE compares local preference, AS path length, and external before internal paths.",
         "recorded", "ERJ-2ER, ADS-GR"),
    Rule("Q10", "Between equal external paths the choice of an MSEE is not known: a tie.", "inferred", "Q10"),
    Rule("W1", "A gateway compares the connection's weight before AS path length.", "documented",
         "expressroute-optimize-routing"),
)  # fmt: skip

Step = dict[str, Any]

_DECIDES = {
    "msee": "5.1",
    "er-gateway": "W1",
    "vwan-gateway": "W1",
    "vpn-gateway": "LAB-14",
    "route-server": "R19",
    "device": "B1",
}
_TIE_STEPS = frozenset({"peer_address", "router_id", "session", "cluster_list"})
_TIE_RULE = {"msee": "Q10", "route-server": "R16"}
_LOOP = {
    "route-server": "R1",
    "msee": "A14",
    "er-gateway": "A15",
    "vpn-gateway": "A15",
    "vwan-gateway": "A15",
}
_CHANGES = {
    "R1": "as-override (or strip 65515) on the appliance towards this route server (R2)",
    "R7": "turn branch-to-branch on",
    "R9": "turn branch-to-branch on",
    "C-11": "turn branch-to-branch on, or let the appliances peer with each other",
    "C-12": "announce a supernet, or leave the prefix to the VNet that owns it",
    "C-18": "add a route server with branch-to-branch, or announce a supernet from on-premises",
    "A16": "Global Reach between the circuits, or let on-premises pass the routes on",
    "A17": "turn branch-to-branch off, or carry the route between the hubs' appliances",
    "H2": "set allowRemoteVnetTraffic (allowVirtualWanTraffic, allowNonVirtualWanTraffic) on both gateways",
    "G3": "add the prefix to summarizedGatewayPrefixes, or take the summary away",
    "R10": "announce 0.0.0.0/1 and 128.0.0.0/1 instead of the default route",
    "R11": "leave the no-advertise community off",
    "R12": "put the clients behind a VPN that meets the circuit over a route server",
    "down": "bring the session up",
}


class Explainer:
    """Explains one solved plan."""

    def __init__(self, plan: SessionPlan, solution: Solution) -> None:
        self.plan = plan
        self.solution = solution
        self._known: PrefixTable[None] | None = None

    # -- a node ------------------------------------------------------------------------------------------------

    def why(self, instances: Sequence[Instance], destination: Prefix) -> list[Step]:
        """Steps for a node: the longest known prefix that covers ``destination`` first, until one is held."""
        steps: list[Step] = []
        for prefix in self._covering(destination):
            holders = [i for i in instances if self._best(i.speaker, prefix) is not None]
            if holders:
                steps += self._held(holders, prefix)
                lacking = [i for i in instances if i not in holders]
                if lacking:
                    steps += self._lacking(lacking, prefix)
                break
            steps += self._lacking(instances, prefix)
        if not steps:
            node = instances[0].node if instances else "?"
            steps.append(
                _step("absent", node, destination, because="no speaker announces a prefix that covers it")
            )
        return steps

    def _covering(self, destination: Prefix) -> list[Prefix]:
        """All prefixes that any speaker brings in and that cover ``destination``, longest first."""
        if self._known is None:
            self._known = PrefixTable((p, None) for p in self.solution.partition.of)
        return sorted((p for p, _ in self._known.covering(destination)), key=lambda p: -p.length)

    def _best(self, speaker: str, prefix: Prefix) -> Path | None:
        if speaker not in self.plan.speakers:
            return None
        return self.solution.best(speaker, prefix)

    def _held(self, instances: Sequence[Instance], prefix: Prefix) -> list[Step]:
        """The candidates of a node, equal instances once, then the way of the best path."""
        steps: list[Step] = []
        told: set[tuple[tuple[object, ...], ...]] = set()
        for instance in instances:
            entry = self.solution.rib(instance.speaker, prefix)
            if entry is None:
                continue
            found = [self._candidate(instance, prefix, c) for c in entry.candidates]
            identity = tuple(tuple((k, v) for k, v in s.items() if k not in ("instance",)) for s in found)
            if identity in told:
                continue
            told.add(identity)
            steps += found
        best = self._best(instances[0].speaker, prefix)
        if best is not None:
            steps += self._way(instances[0].speaker, prefix, best)
        return steps

    def _candidate(self, instance: Instance, prefix: Prefix, candidate: Candidate) -> Step:
        path = candidate.path
        if candidate.ineligible is not None:
            verdict, rule, because = "unusable", "B1", str(candidate.ineligible)
        elif candidate.best:
            verdict, rule, because = "wins", _DECIDES[instance.role], self._won(instance, prefix)
        else:
            tie = candidate.lost_at in _TIE_STEPS
            verdict = "ties" if tie else "loses"
            rule = _TIE_RULE.get(instance.role, _DECIDES[instance.role]) if tie else _DECIDES[instance.role]
            rival = candidate.lost_to
            against = "the best path" if rival is None else f"the path from {self.plan.node_of(rival.peer)}"
            because = (
                f"equal to {against} up to {candidate.lost_at}" if tie else f"{candidate.lost_at}: {against}"
            )
        return _step(
            verdict,
            instance.node,
            prefix,
            peer="itself" if path.is_local else self.plan.node_of(path.peer),
            as_path=path_text(path.attributes.as_path),
            next_hop=self.plan.nodes.addresses.shown(path.attributes.next_hop) or "",
            rule=rule,
            because=because,
            instance=instance.speaker,
        )

    def _won(self, instance: Instance, prefix: Prefix) -> str:
        entry = self.solution.rib(instance.speaker, prefix)
        second = None if entry is None else entry.runner_up
        if entry is None or second is None:
            return "the only path"
        if second.lost_at in _TIE_STEPS:
            rest = next(
                (c for c in entry.candidates if c.valid and c.lost_at and c.lost_at not in _TIE_STEPS), None
            )
            if rest is None:
                return f"the first of equal paths ({second.lost_at})"
            second = rest
        rival = self.plan.node_of(second.path.peer)
        length = (
            f" ({path_text(second.attributes.as_path) or 'empty'})" if second.lost_at == "as_path" else ""
        )
        return f"{second.lost_at}: better than the path from {rival}{length}"

    def _way(self, speaker: str, prefix: Prefix, path: Path) -> list[Step]:
        """The best path back to where it was brought in, told from there."""
        steps: list[Step] = []
        seen = {speaker}
        while not path.is_local:
            steps.append(
                _step(
                    "via",
                    self.plan.node_of(speaker),
                    prefix,
                    peer=self.plan.node_of(path.peer),
                    as_path=path_text(path.attributes.as_path),
                    next_hop=self.plan.nodes.addresses.shown(path.attributes.next_hop) or "",
                    rule=self.plan.facts[path.session].type,
                    because=f"sent by {self.plan.node_of(path.peer)}",
                    instance=speaker,
                )
            )
            speaker = path.peer
            upstream = self._best(speaker, prefix)
            if upstream is None or speaker in seen:
                break
            seen.add(speaker)
            path = upstream
        if path.is_local:
            kinds = sorted(t for t in path.attributes.tags if isinstance(t, str))
            what = {"vnet": "space of its VNet or of a transit spoke", "static": "a static route"}
            text = next((what[k] for k in kinds if k in what), "a route of its own")
            steps.append(_step("origin", self.plan.node_of(speaker), prefix, because=text, instance=speaker))
        return steps[::-1]

    # -- what is missing ------------------------------------------------------------------------------------------

    def _lacking(self, instances: Sequence[Instance], prefix: Prefix) -> list[Step]:
        """Where a prefix was lost on its way to a node: every edge from a holder into the region without it."""
        queue = deque(i.speaker for i in instances)
        region = set(queue)
        found: dict[tuple[str, str, str], Step] = {}
        while queue:
            speaker = queue.popleft()
            for name, session in self.plan.sessions.items():
                ends = (session.a.speaker, session.b.speaker)
                if speaker not in ends:
                    continue
                neighbour = ends[1] if ends[0] == speaker else ends[0]
                if self._best(neighbour, prefix) is not None:
                    step = self._stopped(name, neighbour, speaker, prefix)
                    if step is not None:
                        found.setdefault((step["node"], step["peer"], step["rule"]), step)
                elif neighbour not in region:
                    region.add(neighbour)
                    queue.append(neighbour)
        if found:
            return sorted(found.values(), key=lambda s: s["rule"] in ("split horizon",))
        node = instances[0].node if instances else "?"
        return [_step("absent", node, prefix, because="no session leads here from a speaker that holds it")]

    def _stopped(self, session: str, sender: str, receiver: str, prefix: Prefix) -> Step | None:
        """Why ``sender`` holds a prefix and ``receiver`` does not get it over ``session``."""
        here, there = self.plan.node_of(sender), self.plan.node_of(receiver)
        path = self._best(sender, prefix)
        text = "" if path is None else path_text(path.attributes.as_path)

        def step(rule: str, because: str, change: str | None = None) -> Step:
            return _step(
                "filtered", there, prefix, peer=here, as_path=text, rule=rule, because=because,
                change=_CHANGES.get(rule, "") if change is None else change, instance=receiver,
            )  # fmt: skip

        if not self.solution.running.sessions[session].up:
            declared_up = self.plan.sessions[session].up
            why = "the session is down" if not declared_up else "the session went down: a limit was exceeded"
            return step("down", why)
        for sent in self.solution.advertised(sender, prefix):
            if sent.session == session and sent.reject is not None:
                rule, because, change = self._read(sent.reject, sender, receiver, exported=True)
                return step(rule, because, change)
        for got in self.solution.received(receiver, prefix):
            if got.session == session and got.reject is not None:
                rule, because, change = self._read(got.reject, sender, receiver, exported=False)
                text = path_text(got.sent.as_path)
                return step(rule, because, change)
        return None

    def _read(
        self, reject: Reject, sender: str, receiver: str, *, exported: bool
    ) -> tuple[str, str, str | None]:
        """(rule, why, change) of a refusal of the engine or of a rule of this room."""
        here, there = self.plan.node_of(sender), self.plan.node_of(receiver)
        role = self.plan.nodes.by_speaker[receiver].role
        detail = reject.detail
        match reject.reason:
            case "as_loop" | "refused_asn":
                return _LOOP.get(role, "B1"), f"{there} drops it: {detail}", None
            case "export_policy":
                return (
                    "policy",
                    f"{here} does not export it to {there}: {detail}",
                    f"the export rules of {here}",
                )
            case "import_policy":
                return (
                    "policy",
                    f"{there} does not import it from {here}: {detail}",
                    f"the import rules of {there}",
                )
            case "split_horizon":
                return "split horizon", f"{here} has it from {there}", None
            case "ibgp_rule":
                return "B1", f"{here} passes nothing from iBGP to iBGP", None
            case "no_advertise":
                return "R11", f"{here} holds it with no-advertise", None
            case "no_export" | "local_as":
                return "B1", f"{here} holds it with {reject.reason.replace('_', '-')}", None
            case "originator_loop" | "cluster_loop":
                return "C-14", f"{there} gave it to {here} itself", None
        side = f"{here} does not send it to {there}" if exported else f"{there} does not take it from {here}"
        return reject.reason, f"{side}: {detail}" if detail else side, None

    # -- NICs ---------------------------------------------------------------------------------------------------

    def programmed(
        self, vnet: str, instances: Sequence[Instance], routes: Sequence[NicRoute], destination: Prefix
    ) -> list[Step]:
        """What NICs that take their gateway routes from ``vnet`` get for ``destination``, and how it came."""
        steps: list[Step] = []
        covering = sorted(
            (r for r in routes if r.prefix.covers(destination)), key=lambda r: -r.prefix.length
        )  # a dozen at most: one per length
        for route in covering:
            hops = ", ".join(hop or "unknown" for hop in route.next_hops)
            steps.append(
                _step("programmed", vnet, route.prefix, next_hop=hops, rule=route.rule, because=route.note)
            )
        longest = covering[0].prefix if covering else None
        for prefix in self._covering(destination):
            if longest is not None and prefix.length < longest.length:
                break
            holders = [i for i in instances if self._best(i.speaker, prefix) is not None]
            if prefix == longest:
                steps += self._held(holders, prefix) if holders else []
            elif holders and not all(self._is_own(i, prefix) for i in holders):
                rule = "C-4" if str(prefix).startswith("169.254.") else "C-3"
                steps.append(
                    _step(
                        "kept out",
                        vnet,
                        prefix,
                        rule=rule,
                        because=f"{holders[0].node} holds it, NICs do not get it",
                    )
                )
            elif not holders:
                steps += self._lacking(instances, prefix)
        return steps

    def _is_own(self, instance: Instance, prefix: Prefix) -> bool:
        best = self._best(instance.speaker, prefix)
        return best is not None and best.is_local


def _step(
    verdict: str,
    node: str,
    prefix: Prefix,
    *,
    peer: str = "",
    as_path: str = "",
    next_hop: str = "",
    rule: str = "",
    because: str = "",
    change: str = "",
    instance: str = "",
) -> Step:
    return {
        "verdict": verdict,
        "node": node,
        "instance": instance,
        "prefix": str(prefix),
        "peer": peer,
        "as_path": as_path,
        "next_hop": next_hop,
        "rule": rule,
        "because": because,
        "change": change,
    }


def merged(steps: Iterator[Step]) -> list[Step]:
    """Steps without repetitions that differ in the instance only."""
    seen: dict[tuple[tuple[str, Any], ...], Step] = {}
    for step in steps:
        seen.setdefault(tuple((k, v) for k, v in step.items() if k != "instance"), step)
    return list(seen.values())
