"""Solving a changed graph: which route classes a change touches.

A class is touched when one of its prefixes is originated, matched or summarised differently, when a changed or
vanished session ever carried it while it was solved, when a changed or new session would carry it, or when a
changed speaker holds any of it.  Classes tied to a touched one are touched.  Everything else keeps its state.
"""

from __future__ import annotations

from array import array

import msgspec

from routeng.bgp.attributes import Attributes
from routeng.bgp.classes import Partition, RouteClass
from routeng.bgp.compiled_state import CompiledState
from routeng.bgp.graph import Graph
from routeng.bgp.session import Link
from routeng.bgp.solution import DroppedSession, Solution, _without, over_limit
from routeng.bgp.solve import Engine, State, same_but_origins, same_session


def _origins(c: RouteClass) -> dict[str, list[tuple[Attributes, str]]]:
    return {name: [(o.attributes, o.kind) for o in own] for name, own in c.originations.items()}


def _old_state(solution: Solution, c: RouteClass) -> State | None:
    """The state all prefixes of `c` had in common, when the old partition told them apart in no other way."""
    olds = {solution.partition.of.get(prefix) for prefix in c.prefixes}
    if len(olds) != 1:
        return None
    (old,) = olds
    if old is None or _origins(old) != _origins(c):
        return None
    if [(n, a.prefix, a) for n, a in old.inside] != [(n, a.prefix, a) for n, a in c.inside]:
        return None
    if [(n, a) for n, a in old.summarises] != [(n, a) for n, a in c.summarises]:
        return None
    return solution.states[old]


def _would_carry(engine: Engine, c: RouteClass, state: State, link: Link) -> bool:
    """Whether a new link would ever have carried the class, going by the state without it."""
    sender = link.sender.name
    if state.changes(sender) > 1:
        return True
    if isinstance(state, CompiledState) and state.is_of(engine.compiled):
        return state.would_send(c, link)
    if not state.touches(sender):
        return link.out.default_originate and c.is_default
    if link.out.select is not None or link.out.add_path > 1:
        return True
    sent, _ = engine.announcements(c, state, link)
    return bool(sent)


class _Difference(msgspec.Struct, frozen=True):
    """What changed between two graphs with the same speakers in the same order."""

    gone: frozenset[tuple[str, str]]
    """Links whose session vanished, went down or changed."""
    fresh: tuple[Link, ...]
    """Links whose session is new, came up or changed."""
    speakers: frozenset[str]
    """Speakers that changed in more than their routes."""
    into_speakers: frozenset[tuple[str, str]]
    """The old links towards them."""
    addresses: dict[str, frozenset[str]]
    """Addresses a speaker gained or lost: next hops that became, or ceased to be, its own."""


_NONE: frozenset[str] = frozenset()


def _addresses(graph: Graph) -> dict[str, frozenset[str]]:
    held: dict[str, set[str]] = {}
    for session in graph.sessions.values():
        for end in (session.a, session.b):
            held.setdefault(end.speaker, set()).add(end.address)
    return {name: frozenset(found) for name, found in held.items()}


def _difference(old: Graph, graph: Graph) -> _Difference:
    speakers = frozenset(
        name
        for name, speaker in graph.speakers.items()
        if name not in old.speakers or not same_but_origins(old.speakers[name], speaker)
    )
    fresh: list[Link] = []
    gone: set[tuple[str, str]] = set()
    before = {link.key: link for link in old.links}
    for link in graph.links:
        previous = before.pop(link.key, None)
        if previous is None:
            fresh.append(link)
        elif previous.kind != link.kind or not same_session(previous.session, link.session):
            fresh.append(link)
            gone.add(link.key)
    gone.update(before)
    was, now = _addresses(old), _addresses(graph)
    return _Difference(
        frozenset(gone),
        tuple(fresh),
        speakers,
        frozenset(link.key for link in old.links if link.receiver.name in speakers),
        {
            name: changed
            for name in graph.speakers
            if (changed := was.get(name, _NONE) ^ now.get(name, _NONE))
        },
    )


class _Change:
    """The difference of two graphs, put to route classes."""

    def __init__(self, old: Graph, engine: Engine) -> None:
        self.engine = engine
        self.difference = _difference(old, engine.graph)
        d = self.difference
        # Numbers serve where sessions went down or came up and nothing else changed.
        self._numbers = engine.compiled if not (d.speakers or d.addresses) else None
        if self._numbers is not None and not d.gone <= self._numbers.link_index.keys():
            self._numbers = None
        if self._numbers is not None:
            index = self._numbers.link_index
            self._gone = array("i", [index[key] for key in d.gone])
            self._fresh = array("i", [index[link.key] for link in d.fresh])

    def touches(self, c: RouteClass, state: State) -> bool:
        """Whether the class must be solved anew."""
        if isinstance(state, CompiledState) and self._numbers is not None and state.is_of(self._numbers):
            verdict = state.touched(c, self._gone, self._fresh)
            if verdict != 2:
                return verdict == 1
        change, engine = self.difference, self.engine
        return (
            state.oscillation is not None
            or state.crossed_any(change.gone)
            or state.crossed_any(change.into_speakers)
            or any(state.touches(name) for name in change.speakers)
            or any(
                held.next_hop in addresses
                for name, addresses in change.addresses.items()
                if state.touches(name)
                for held in state.node(name).heard.values()
            )
            or any(_would_carry(engine, c, state, link) for link in change.fresh)
        )


def resolve(solution: Solution, graph: Graph) -> Solution:
    """The solution of `graph`, sharing the states of the classes the change does not touch."""
    running, dropped, total = graph, list[DroppedSession](), 0
    base = solution
    while True:
        step = _resolve_once(base, running)
        total += step.recomputed
        over = over_limit(running, step.engine, step.states)
        if not over:
            return Solution(running, step.engine, step.partition, step.states, total, tuple(dropped), graph)
        dropped.extend(over)
        base, running = step, _without(running, over)


def _partition(solution: Solution, graph: Graph) -> Partition:
    """The new graph's partition; the old one itself when nothing it depends on differs."""
    old = solution.running
    same = list(old.speakers) == list(graph.speakers) and all(
        a is b or (a.originate == b.originate and a.aggregates == b.aggregates)
        for a, b in zip(old.speakers.values(), graph.speakers.values(), strict=True)
    )
    if same:
        if old.sessions.keys() == graph.sessions.keys() and all(
            same_session(session, graph.sessions[name]) for name, session in old.sessions.items()
        ):
            return solution.partition
        questions = Partition.questions_of(graph)
        if questions == solution.partition.questions:
            return solution.partition
    return Partition(graph)


def _resolve_once(solution: Solution, graph: Graph) -> Solution:
    old = solution.running
    partition = _partition(solution, graph)
    comparable = partition.questions == solution.partition.questions
    engine = Engine(graph, solution.engine if comparable else None)
    # Another order of activation may end in another of several stable states.
    reusable = old.stages == graph.stages and list(old.speakers) == list(graph.speakers)
    change = _Change(old, engine)
    states: dict[RouteClass, State] = {}
    recomputed = 0
    for group in partition.groups:
        kept: dict[RouteClass, State] = {}
        for c in group:
            state = solution.states.get(c) if reusable else None
            if state is None and reusable:
                state = _old_state(solution, c)
            if state is None or change.touches(c, state):
                break
            kept[c] = state
        if len(kept) == len(group):
            states.update(kept)
        else:
            recomputed += len(group)
            states.update(engine.settle(group))
    return Solution(graph, engine, partition, states, recomputed)
