"""The solved state of a graph and the questions it answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Literal

import msgspec

from routeng.bgp.attributes import Attributes
from routeng.bgp.classes import Partition, RouteClass
from routeng.bgp.decision import Candidate, Path
from routeng.bgp.graph import Graph
from routeng.bgp.policy import Reject
from routeng.bgp.run import Observer
from routeng.bgp.solve import Engine, State
from routeng.bgp.state import Oscillation
from routeng.bgp.unique import is_proven_unique
from routeng.bgp.why import Explanation, why
from routeng.lpm import Prefix


class RibEntry(msgspec.Struct, frozen=True, eq=False):
    """A speaker's Loc-RIB entry for one prefix.

    `candidates`: every accepted path, best first, ineligible ones last.  `reason`: the step at which the best path
    beat its `runner_up`, None without one.
    """

    prefix: Prefix
    candidates: tuple[Candidate, ...]

    @property
    def best(self) -> Path | None:
        """The chosen path, None when no path is eligible."""
        return next((candidate.path for candidate in self.candidates if candidate.best), None)

    @property
    def multipath(self) -> tuple[Path, ...]:
        """The paths in use: the multipath set, or the best path alone."""
        shared = tuple(c.path for c in self.candidates if c.multipath)
        return shared or tuple(c.path for c in self.candidates if c.best)

    @property
    def runner_up(self) -> Candidate | None:
        """The path that would be best without the best one."""
        return next((c for c in self.candidates if c.valid and not c.best), None)

    @property
    def reason(self) -> str | None:
        """The step that decided between the best path and the runner-up."""
        second = self.runner_up
        return None if second is None else second.lost_at


class Received(msgspec.Struct, frozen=True, eq=False):
    """A route in an Adj-RIB-In: as `sent` by `peer`, and as `accepted` after import, or its `reject`."""

    prefix: Prefix
    session: str
    peer: str
    path_id: int
    sent: Attributes
    accepted: Attributes | None
    reject: Reject | None


class Advertised(msgspec.Struct, frozen=True, eq=False):
    """An Adj-RIB-Out entry towards `peer`: the `attributes` sent, or why `path` (None: nothing chosen) is not."""

    prefix: Prefix
    session: str
    peer: str
    path_id: int
    path: Path | None
    attributes: Attributes | None
    reject: Reject | None


class DroppedSession(msgspec.Struct, frozen=True):
    """A session taken down because `receiver` got more prefixes than its `max_prefix`."""

    session: str
    receiver: str
    received: int
    limit: int


class Alternative(msgspec.Struct, frozen=True):
    """Another stable outcome: under activation `order`, `speaker` ends with `as_path` from `peer` for `prefix`."""

    order: str
    speaker: str
    prefix: str
    peer: str | None
    as_path: str | None


class Solution:
    """What every speaker holds once nothing changes any more.  Build with `solve`.

    `recomputed`: how many route classes were solved anew for this solution (all of them in a fresh run).
    Immutable to its reader, but not thread-safe: answers are built when asked for, and the solutions of one chain
    of `resolve_with` share scratch memory.
    """

    def __init__(
        self,
        graph: Graph,
        engine: Engine,
        partition: Partition,
        states: dict[RouteClass, State],
        recomputed: int,
        dropped: tuple[DroppedSession, ...] = (),
        declared: Graph | None = None,
    ) -> None:
        self.graph = declared if declared is not None else graph
        self.running = graph
        self.engine = engine
        self.partition = partition
        self.states = states
        self.recomputed = recomputed
        self.dropped_sessions = dropped

    # -- tables ------------------------------------------------------------------------------------------------

    def prefixes(self, speaker: str) -> list[Prefix]:
        """The prefixes for which the speaker holds an accepted path, sorted.  KeyError: no such speaker."""
        self.graph.speakers[speaker]
        out: list[Prefix] = []
        for c, state in self.states.items():
            if state.holds(speaker):
                out.extend(c.prefixes)
        return sorted(out)

    def rib(self, speaker: str, prefix: Prefix | str) -> RibEntry | None:
        """The Loc-RIB entry of exactly this prefix; None when the speaker holds no accepted path for it."""
        prefix = Prefix(prefix) if isinstance(prefix, str) else prefix
        known = self.graph.speakers[speaker]
        c = self.partition.of.get(prefix)
        if c is None or not self.states[c].holds(speaker):
            return None
        return RibEntry(prefix, self._ranked(c, known.name))

    def _ranked(self, c: RouteClass, speaker: str) -> tuple[Candidate, ...]:
        key = (c, speaker)
        known = self._rankings.get(key)
        if known is None:
            node = self.states[c].node(speaker)
            known = self.engine.candidates(c, self.graph.speakers[speaker], node)
            self._rankings[key] = known
        return known

    @cached_property
    def _rankings(self) -> dict[tuple[RouteClass, str], tuple[Candidate, ...]]:
        return {}

    def best(self, speaker: str, prefix: Prefix | str) -> Path | None:
        """The chosen path without ranking the others."""
        prefix = Prefix(prefix) if isinstance(prefix, str) else prefix
        c = self.partition.of.get(prefix)
        return None if c is None else self.states[c].best(speaker)

    def table(self, speaker: str) -> dict[Prefix, RibEntry]:
        """The whole Loc-RIB, by prefix in order."""
        return {prefix: entry for prefix in self.prefixes(speaker) if (entry := self.rib(speaker, prefix))}

    # -- Adj-RIBs ------------------------------------------------------------------------------------------------

    def _classes(self, prefix: Prefix | str | None) -> Iterator[tuple[RouteClass, tuple[Prefix, ...]]]:
        if prefix is None:
            for c in self.partition.classes:
                yield c, c.prefixes
            return
        prefix = Prefix(prefix) if isinstance(prefix, str) else prefix
        found = self.partition.of.get(prefix)
        if found is not None:
            yield found, (prefix,)

    def received(self, speaker: str, prefix: Prefix | str | None = None) -> tuple[Received, ...]:
        """Adj-RIB-In of the speaker, before and after import policy, by prefix and session."""
        self.graph.speakers[speaker]
        out: list[Received] = []
        for c, prefixes in self._classes(prefix):
            node = self.states[c].find(speaker)
            if node is None:
                continue
            for slot, sent in node.heard.items():
                session, path_id = slot
                path = node.learned.get(slot)
                peer = self.engine.inbound[(session, speaker)].sender.name
                accepted = None if path is None else path.attributes
                out.extend(
                    Received(p, session, peer, path_id, sent, accepted, node.refused.get(slot))
                    for p in prefixes
                )
        return tuple(sorted(out, key=lambda r: (r.prefix, r.session, r.path_id)))

    def advertised(self, speaker: str, prefix: Prefix | str | None = None) -> tuple[Advertised, ...]:
        """Adj-RIB-Out of the speaker: what goes out on each session, and what does not and why.

        Refused entries appear for prefixes of which the speaker holds something.
        """
        self.graph.speakers[speaker]
        out: list[Advertised] = []
        for c, prefixes in self._classes(prefix):
            state = self.states[c]
            if not state.touches(speaker):
                continue
            for link in self.engine.links_from[speaker]:
                sent, refused = self.engine.announcements(c, state, link)
                session, peer = link.session.id, link.receiver.name
                for p in prefixes:
                    out.extend(Advertised(p, session, peer, i, None, a, None) for i, a in sent.items())
                    out.extend(Advertised(p, session, peer, 0, path, None, why) for path, why in refused)
        return tuple(sorted(out, key=lambda a: (a.prefix, a.session, a.path_id)))

    def why(self, speaker: str, prefix: Prefix | str) -> Explanation:
        """Why the speaker has the route it has for `prefix`, or none (see `routeng.bgp.why`)."""
        return why(self, speaker, prefix)

    # -- stability --------------------------------------------------------------------------------------------------

    @property
    def oscillations(self) -> tuple[Oscillation, ...]:
        """The proven oscillations; the states of their prefixes are those of one moment."""
        return tuple(s.oscillation for s in self.states.values() if s.oscillation is not None)

    @property
    def converged(self) -> bool:
        """Whether every prefix settled."""
        return not self.oscillations

    @cached_property
    def alternatives(self) -> tuple[Alternative, ...]:
        """Other stable outcomes found by activating in other orders (reverse, last first, both).

        An empty tuple means none was found, not that none exists.
        """
        found: dict[Alternative, None] = {}
        for group in self.partition.groups:
            if any(self.states[c].oscillation for c in group):
                continue
            for order, reverse, lifo in _ORDERS:
                other = self.engine.settle(group, reverse=reverse, lifo=lifo)
                if any(state.oscillation for state in other.values()):
                    continue
                for c in group:
                    found.update(dict.fromkeys(self._differences(c, other[c], order)))
        return tuple(found)

    def _differences(self, c: RouteClass, other: State, order: str) -> Iterator[Alternative]:
        mine = self.states[c]
        if mine.equals(other):
            return
        for name in self.graph.speakers:
            best = other.best(name)
            if _chosen(mine.best(name)) != _chosen(best):
                prefix = str(c.representative)
                peer, path = (None, None) if best is None else (best.peer, str(best.attributes.as_path))
                yield Alternative(order, name, prefix, peer, path)

    def unique(self, prefix: Prefix | str) -> bool | None:
        """Whether the routes of a prefix have this stable state only, whatever the order of activation.

        True: proven (`routeng.bgp.unique`); False: they never settle, or another state was found (`alternatives`);
        None: neither.  KeyError: no such prefix.
        """
        prefix = Prefix(prefix) if isinstance(prefix, str) else prefix
        c = self.partition.of[prefix]
        if is_proven_unique(self, c):
            return True
        found = self.states[c].oscillation is not None or any(
            a.prefix == str(c.representative) for a in self.alternatives
        )
        return False if found else None

    # -- what-if -----------------------------------------------------------------------------------------------------

    def resolve_with(self, graph: Graph) -> Solution:
        """The solution of a changed graph; only touched route classes are solved anew, from empty.

        Equals `solve(graph)`.
        """
        from routeng.bgp.incremental import resolve

        return resolve(self, graph)


_ORDERS: tuple[tuple[Literal["reverse", "last first", "reverse, last first"], bool, bool], ...] = (
    ("reverse", True, False),
    ("last first", False, True),
    ("reverse, last first", True, True),
)


def _chosen(best: Path | None) -> Any:
    return None if best is None else (best.source, best.attributes)


def over_limit(graph: Graph, engine: Engine, states: dict[RouteClass, State]) -> list[DroppedSession]:
    """Sessions whose receiver hears more prefixes than it allows."""
    out = []
    for link in graph.links:
        limit = link.into.max_prefix
        if limit is None:
            continue
        count = 0
        for c, state in states.items():
            if state.announces(link.session.id, link.sender.name):
                count += len(c.prefixes)
        if count > limit:
            out.append(DroppedSession(link.session.id, link.receiver.name, count, limit))
    return out


def solve(graph: Graph, observer: Observer | None = None) -> Solution:
    """Propagate every route of `graph` to the fixed point.

    Sessions that exceed `max_prefix` go down and everything they carried is solved again; `dropped_sessions`
    names them.  `observer(speaker, route_class, best)` is called at every change of a best path.
    """
    running, dropped, total = graph, list[DroppedSession](), 0
    while True:
        engine, partition = Engine(running), Partition(running)
        states: dict[RouteClass, State] = {}
        for group in partition.groups:
            states.update(engine.settle(group, observer))
        total += len(states)
        over = over_limit(running, engine, states)
        if not over:
            return Solution(running, engine, partition, states, total, tuple(dropped), graph)
        dropped.extend(over)
        running = _without(running, over)


def _without(graph: Graph, over: Sequence[DroppedSession]) -> Graph:
    for name in dict.fromkeys(d.session for d in over):
        graph = graph.session_down(name)
    return graph
