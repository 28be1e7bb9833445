"""What breached limits do to sessions: connections and peers that go down, worst first, and stay down.

Over its limit an ExpressRoute connection goes down as a whole (L2), a session with a customer router, a route-server
peer or a VPN peer is dropped (L3..L5). One consequence can cure or cause another, so the effect is not monotone: the
worst breach is applied first and stays applied, then everything is computed again, until nothing is over its limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from routeng.azure.rules import Rule
from routeng.azure.session_plan import SessionPlan
from routeng.bgp.solution import Solution
from routeng.data.limits import by_id

RULES = (
    Rule("L1", "A connection to a circuit carries at most 1,000 IPv4 and 100 IPv6 prefixes of the hub, its"
         " gateway-transit spokes and, with branch-to-branch, the route server.", "documented",
         "FAQ, expressroute-limits"),
    Rule("L2", "Over that limit the connection between circuit and gateway goes down, in both directions.",
         "documented", "expressroute-faqs"),
    Rule("L3", "An MSEE drops the session with a customer that sends more than 4,000 IPv4 (Premium 10,000) or 100"
         " IPv6 prefixes.", "documented", "expressroute-faqs"),
    Rule("L4", "A VPN gateway drops a session over which it receives more than 4,000 prefixes.", "documented",
         "vpn-gateway-faq-bgp"),
    Rule("L5", "A route server drops the session with a peer that sends more than 1,000 routes.", "documented",
         "route-server-faq, R20"),
)  # fmt: skip


class Enforced(msgspec.Struct, frozen=True):
    """A limit that took effect: its id, the rule, the object, how much was used, and the sessions it took down."""

    limit: str
    rule: str
    subject: str
    used: int
    allowed: int
    sessions: tuple[str, ...]

    @property
    def excess(self) -> float:
        """How far over the limit, as a share of it: what makes one breach worse than another."""
        return self.used / self.allowed if self.allowed else float(self.used)


def enforce(plan: SessionPlan, solution: Solution) -> tuple[Solution, tuple[Enforced, ...]]:
    """The state in which every breached limit has taken effect, and those limits in the order of effect."""
    applied: list[Enforced] = []
    while True:
        worst = max(_breaches(plan, solution), key=lambda b: (b.excess, b.limit, b.subject), default=None)
        if worst is None:
            return solution, tuple(applied)
        applied.append(worst)
        graph = solution.running
        for session in worst.sessions:
            graph = graph.session_down(session)
        solution = solution.resolve_with(graph)


def _allowed(plan: SessionPlan, limit: str, *, premium: bool = False) -> int:
    """The value of a limit: as overridden in the topology, else as catalogued."""
    entry = by_id()[limit]
    value = entry.max if premium and entry.max is not None else entry.default
    return plan.topology.limits.get(limit, value)


def _breaches(plan: SessionPlan, solution: Solution) -> Iterator[Enforced]:
    """Every limit that the sessions in use exceed."""
    connections: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name, session in solution.running.sessions.items():
        if not session.up:
            continue
        facts = plan.facts[name]
        if facts.type == "S5" and facts.connection is not None:
            gateway = session.a.speaker  # msee_ends puts the gateway first
            connections.setdefault((plan.node_of(gateway), facts.connection), []).append((name, gateway))
        for sender, receiver in (
            (session.a.speaker, session.b.speaker),
            (session.b.speaker, session.a.speaker),
        ):
            limits = _limits_of(plan, facts.type, sender, receiver)
            if limits is not None:
                rule, names, premium = limits
                used = _held(solution, name, receiver)
                counts = used if len(names) == 2 else (sum(used),)
                subject = f"{receiver} from {plan.node_of(sender)}"
                yield from _over(plan, rule, subject, counts, names, (name,), premium=premium)
    for (gateway, connection), links in connections.items():
        subject = f"{gateway}/{connection}"
        sessions = tuple(name for name, _ in links)
        yield from _over(plan, "L2", subject, _carried(solution, links), _TO_ONPREM, sessions)


def _carried(solution: Solution, links: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """How many IPv4 and IPv6 prefixes any of some (session, sender) carries."""
    counts = [0, 0]
    for route_class, state in solution.states.items():
        if any(state.announces(session, sender) for session, sender in links):
            counts[0 if route_class.representative.family == 4 else 1] += len(route_class.prefixes)
    return counts[0], counts[1]


def _held(solution: Solution, session: str, speaker: str) -> tuple[int, int]:
    """How many IPv4 and IPv6 prefixes ``speaker`` holds from a session: what it refuses does not count."""
    counts = [0, 0]
    for route_class in solution.partition.classes:
        entry = solution.rib(speaker, route_class.representative)
        if entry is not None and any(c.path.session == session for c in entry.candidates):
            counts[0 if route_class.representative.family == 4 else 1] += len(route_class.prefixes)
    return counts[0], counts[1]


_TO_ONPREM = ("er.prefixes_to_onprem_v4", "er.prefixes_to_onprem_v6")
_FROM_ONPREM = ("er.prefixes_from_onprem_v4.standard", "er.prefixes_from_onprem_v6")


def _limits_of(
    plan: SessionPlan, type_: str, sender: str, receiver: str
) -> tuple[str, tuple[str, ...], bool] | None:
    """(rule, limits, Premium) for what ``receiver`` takes from ``sender`` over a session, or None."""
    role = plan.nodes.by_speaker[receiver].role
    if type_ == "S7" and role == "msee":
        circuit = plan.topology.express_route_circuits[receiver.rpartition("/")[0]]
        return "L3", _FROM_ONPREM, "premium" in (circuit.sku or "").lower()
    if type_ == "S9" and role == "vpn-gateway":
        return "L4", ("vpn.bgp_prefixes",), False
    if type_ == "S1" and role == "route-server":
        return "L5", ("ars.routes_per_peer",), False
    return None


def _over(
    plan: SessionPlan,
    rule: str,
    subject: str,
    counts: Sequence[int],
    limits: tuple[str, ...],
    sessions: tuple[str, ...],
    *,
    premium: bool = False,
) -> Iterator[Enforced]:
    for used, limit in zip(counts, limits, strict=True):
        allowed = _allowed(plan, limit, premium=premium)
        if used > allowed:
            yield Enforced(limit, rule, subject, used, allowed, sessions)
