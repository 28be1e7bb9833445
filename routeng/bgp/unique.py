"""A proof that a class of routes has one stable state only, which every fair order of activation reaches.

The argument is the greedy one of Griffin, Shepherd and Wilfong (2002, "solvable" systems).  Speakers are *settled*
one by one.  A speaker may be settled when its path in the computed state comes from itself or a settled neighbour
and beats, before MED, everything that unsettled neighbours could ever send.  What they could send is over-estimated:
attributes without their AS path run through the real export and import rules, in every way they can spread, with a
lower bound for the number of hops.  When all speakers are settled, nothing depended on the order.

Whatever the estimate cannot follow (rules on AS paths, options that shorten paths, platform functions, aggregates,
confederations, order-dependent decisions) gives no proof; that says nothing about the graph.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from routeng.bgp.aspath import EMPTY_PATH
from routeng.bgp.attributes import DEFAULT_LOCAL_PREF, Attributes
from routeng.bgp.classes import RouteClass
from routeng.bgp.decision import Path
from routeng.bgp.exchange import accept, export
from routeng.bgp.policy import Policy, Reject
from routeng.bgp.session import End, Link, SourceKind
from routeng.bgp.speaker import Speaker
from routeng.bgp.support import supports

if TYPE_CHECKING:
    from routeng.bgp.solution import Solution

#: A way a route may be held: speaker, link it came over (-1: own), attributes without AS path.
_Held = tuple[str, int, Attributes]
_EARLY = ("weight", "local_pref", "local_origin", "as_path")
#: Estimates that spread into more ways than this per speaker are given up.
_WAYS = 64


def _looks_at_paths(policy: Policy) -> bool:
    return any(
        rule.as_path_contains is not None or rule.as_path_regex is not None or rule.as_path_length is not None
        for rule in policy.rules
    )


def _followable(end: End) -> bool:
    return not (
        end.as_override is not None
        or end.remove_private is not None
        or end.strip_asns
        or _looks_at_paths(end.import_policy)
        or _looks_at_paths(end.export_policy)
    )


def _early_steps(speaker: Speaker) -> tuple[str, ...]:
    """The steps at the start of the speaker's list that the estimate knows."""
    found = []
    for name in speaker.decision.names:
        if name not in _EARLY:
            break
        found.append(name)
    return tuple(found)


def _rank(steps: tuple[str, ...], attributes: Attributes, own: bool, hops: int) -> tuple[int, ...]:
    held = attributes.local_pref
    keys = {
        "weight": -attributes.weight,
        "local_pref": -(DEFAULT_LOCAL_PREF if held is None else held),
        "local_origin": 0 if own else 1,
        "as_path": hops,
    }
    return tuple(keys[step] for step in steps)


class _Estimate:
    """What may reach whom for one class, given the speakers settled so far."""

    def __init__(self, solution: Solution, c: RouteClass) -> None:
        self.solution = solution
        self.c = c
        self.engine = solution.engine
        self._crossings: dict[Any, tuple[Attributes, int] | None] = {}

    def _cross(self, link: Link, held: _Held) -> tuple[Attributes, int] | None:
        """The attributes and added hops of a route that crosses `link`; None when it cannot."""
        _, index, attributes = held
        key = (link.index, index, attributes)
        if key not in self._crossings:
            source = None if index < 0 else self.engine.graph.every_link[index]
            kind: SourceKind = "local" if source is None else source.kind
            sent = export(link, attributes, kind, source, self.c.representative)
            taken: Attributes | Reject = sent
            if not isinstance(sent, Reject):
                taken = accept(
                    link, sent, self.c.representative, self.engine.own_addresses(link.receiver.name)
                )
            if isinstance(taken, Reject):
                self._crossings[key] = None
            else:
                hops = taken.as_path.hops
                self._crossings[key] = taken.replace(as_path=EMPTY_PATH), hops
        return self._crossings[key]

    def offers(self, settled: dict[str, Path | None]) -> dict[str, list[tuple[Attributes, int]]] | None:
        """For each unsettled speaker what unsettled neighbours might bring it: attributes and least hops.

        None when the estimate spreads too far.
        """
        heap: list[tuple[int, int, _Held]] = []
        serial = 0
        for name in self.engine.graph.speakers:
            starts: Iterable[Path]
            if name in settled:
                best = settled[name]
                starts = () if best is None else (best,)
            else:
                starts = [Path(o.attributes, "local") for o in self.c.originations.get(name, ())]
            for path in starts:
                index = -1
                if path.session:
                    index = self.engine.inbound[(path.session, name)].index
                held = (name, index, path.attributes.replace(as_path=EMPTY_PATH))
                heapq.heappush(heap, (path.attributes.as_path.hops, serial, held))
                serial += 1
        seen: set[_Held] = set()
        found: dict[str, list[tuple[Attributes, int]]] = {}
        bound = _WAYS * len(self.engine.graph.speakers)
        while heap:
            hops, _, held = heapq.heappop(heap)
            if held in seen:
                continue
            seen.add(held)
            if len(seen) > bound:
                return None
            for link in self.engine.links_from[held[0]]:
                receiver = link.receiver.name
                if receiver in settled:
                    continue
                crossed = self._cross(link, held)
                if crossed is None:
                    continue
                attributes, added = crossed
                if held[0] not in settled:
                    found.setdefault(receiver, []).append((attributes, hops + added))
                heapq.heappush(heap, (hops + added, serial, (receiver, link.index, attributes)))
                serial += 1
        return found


def is_proven_unique(solution: Solution, c: RouteClass) -> bool:
    """Whether the class is proven to have one stable state, reached from any order of activation."""
    graph = solution.running
    state = solution.states[c]
    if c.inside or c.summarises or state.oscillation is not None or supports(graph) is not None:
        return False
    if not all(_followable(end) for session in graph.sessions.values() for end in (session.a, session.b)):
        return False
    estimate = _Estimate(solution, c)
    settled: dict[str, Path | None] = {}
    waiting = list(graph.speakers)
    while waiting:
        offers = estimate.offers(settled)
        if offers is None:
            return False
        ready = [
            name
            for name in waiting
            if _may_settle(graph.speakers[name], state.best(name), settled, offers.get(name, []))
        ]
        if not ready:
            return False
        settled.update((name, state.best(name)) for name in ready)
        waiting = [name for name in waiting if name not in settled]
    return True


def _may_settle(
    speaker: Speaker,
    best: Path | None,
    settled: dict[str, Path | None],
    offers: list[tuple[Attributes, int]],
) -> bool:
    if best is None:
        return not offers
    if not best.is_local and best.peer not in settled:
        return False
    steps = _early_steps(speaker)
    mine = _rank(steps, best.attributes, best.is_local, best.attributes.as_path.hops)
    return all(mine < _rank(steps, attributes, False, hops) for attributes, hops in offers)
