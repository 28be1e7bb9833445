"""Solving a changed graph: which route classes a change touches.

A class is touched when one of its prefixes is originated, matched or summarised differently, when a changed or
vanished session ever carried it while it was solved, when a changed or new session would carry it, or when a
changed speaker holds any of it.  Classes tied to a touched one are touched.  Everything else keeps its state.
"""

from __future__ import annotations

from routeng.bgp.attributes import Attributes
from routeng.bgp.classes import Partition, RouteClass
from routeng.bgp.graph import Graph
from routeng.bgp.session import Link
from routeng.bgp.solution import DroppedSession, Solution, _without, over_limit
from routeng.bgp.solve import Engine, State
from routeng.bgp.speaker import Speaker


def _same_but_origins(old: Speaker, new: Speaker) -> bool:
    if old is new:
        return True
    names = [name for name in Speaker.__dataclass_fields__ if name not in ("originate", "aggregates")]
    return all(getattr(old, name) == getattr(new, name) for name in names)


def _origins(c: RouteClass) -> list[tuple[str, list[tuple[Attributes, str]]]]:
    return [(name, [(o.attributes, o.kind) for o in own]) for name, own in c.originations.items()]


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
    if not state.touches(sender):
        return bool(link.out.default_originate and c.is_default)
    if state.changes(sender) > 1 or link.out.select is not None or link.out.add_path > 1:
        return True
    sent, _ = engine.announcements(c, state, link)
    return bool(sent)


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


def _resolve_once(solution: Solution, graph: Graph) -> Solution:
    old = solution.running
    engine, partition = Engine(graph), Partition(graph)
    # Another order of activation may end in another of several stable states.
    reusable = old.stages == graph.stages and list(old.speakers) == list(graph.speakers)
    changed_speakers = {
        name
        for name, speaker in graph.speakers.items()
        if name not in old.speakers or not _same_but_origins(old.speakers[name], speaker)
    }
    gone: set[tuple[str, str]] = set()
    fresh: list[Link] = []
    before = {link.key: link for link in old.links}
    for link in graph.links:
        previous = before.pop(link.key, None)
        same = previous is not None and (previous.session is link.session or previous.session == link.session)
        if not same:
            fresh.append(link)
            if previous is not None:
                gone.add(link.key)
        elif previous is not None and previous.kind != link.kind:
            fresh.append(link)
            gone.add(link.key)
    gone.update(before)

    states: dict[RouteClass, State] = {}
    recomputed = 0
    for group in partition.groups:
        kept: dict[RouteClass, State] = {}
        for c in group:
            state = _old_state(solution, c) if reusable else None
            if (
                state is None
                or state.oscillation is not None
                or state.crossed_any(gone)
                or any(state.touches(name) for name in changed_speakers)
                or any(_would_carry(engine, c, state, link) for link in fresh)
            ):
                break
            kept[c] = state
        if len(kept) == len(group):
            states.update(kept)
        else:
            recomputed += len(group)
            states.update(engine.settle(group))
    return Solution(graph, engine, partition, states, recomputed)
