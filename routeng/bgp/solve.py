"""The engine: a graph made ready, the crossings of its links memoised, groups of classes solved by the fastest way.

A class of a graph of standard features runs as numbers (`routeng.bgp.compiled`), everything else in
`routeng.bgp.run`; both follow the same order of activation and end in the same state.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any
from zlib import crc32

from routeng.bgp.attributes import Attributes
from routeng.bgp.classes import RouteClass
from routeng.bgp.compiled import Compiled, compile_graph
from routeng.bgp.compiled_state import CompiledState
from routeng.bgp.decision import Candidate, Path, rank, select
from routeng.bgp.exchange import (
    NOT_CONNECTED,
    SUPPRESSED,
    UNREACHABLE,
    accept,
    default_route,
    export,
    next_hop_metric,
)
from routeng.bgp.graph import Graph
from routeng.bgp.policy import Reject
from routeng.bgp.run import NO_SENT, Observer, Run
from routeng.bgp.session import Link, Selector, Session
from routeng.bgp.speaker import Speaker
from routeng.bgp.state import ClassState, Node, Sent

#: The state of a class, however it was computed.
State = ClassState | CompiledState


def same_but_origins(old: Speaker, new: Speaker) -> bool:
    """Whether two speakers differ in nothing but the routes they bring in."""
    if old is new:
        return True
    names = [name for name in Speaker.__struct_fields__ if name not in ("originate", "aggregates")]
    return all(getattr(old, name) == getattr(new, name) for name in names)


def same_session(old: Session, new: Session) -> bool:
    """Whether two sessions differ in nothing but being up."""
    return old is new or (old.name == new.name and old.kind == new.kind and old.a == new.a and old.b == new.b)


def path_id(path: Path) -> int:
    """The RFC 7911 path id a speaker gives a path: 32 bits that depend on the path's source only."""
    return crc32(repr(path.source).encode())


class View:
    """A `SenderView`: the sender's whole state for one class, ranked only when asked."""

    def __init__(self, engine: Engine, c: RouteClass, state: State, link: Link, selector: Selector) -> None:
        self._engine, self._class, self._link, self._selector = engine, c, link, selector
        self._state = state
        self._node = state.node(link.sender.name)

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """All paths of the sender, best first."""
        return self._engine.candidates(self._class, self._link.sender, self._node)

    @property
    def best(self) -> Path | None:
        """The sender's best path."""
        return self._node.best

    @property
    def multipath(self) -> tuple[Path, ...]:
        """The paths in use."""
        return self._node.multipath

    @property
    def session(self) -> str:
        """The session asked about."""
        return self._link.session.id

    @property
    def peer(self) -> str:
        """The speaker at its other end."""
        return self._link.receiver.name

    @property
    def prefix_class(self) -> Hashable:
        """The selector's class of the prefix."""
        function = self._selector.prefix_class
        return None if function is None else function(self._class.representative)

    def heard_from(self, peer: str) -> tuple[Attributes, ...]:
        """What `peer` announces to the sender, before import policy, over any session."""
        engine, me = self._engine, self._link.sender.name
        return tuple(
            attributes
            for (session, _), attributes in self._node.heard.items()
            if engine.inbound[(session, me)].sender.name == peer
        )


class Engine:
    """A graph made ready: links by sender, memoised crossings; solves groups of classes.

    `base`: an engine of a graph with the same `Partition.questions`; what is known of its unchanged links is kept.
    """

    def __init__(self, graph: Graph, base: Engine | None = None) -> None:
        self.graph = graph
        self.links_from = graph.links_from
        self.inbound: dict[tuple[str, str], Link] = {
            (link.session.id, link.receiver.name): link for link in graph.every_link
        }
        self._up = bytes(link.session.up for link in graph.every_link) + b"\0"
        addresses: dict[str, set[Hashable]] = {name: set() for name in graph.speakers}
        for session in graph.sessions.values():
            for end in (session.a, session.b):
                addresses[end.speaker].add(end.address)
        self._addresses = {name: frozenset(held) for name, held in addresses.items()}
        self._exports: list[dict[Any, Attributes | Reject]] = [{} for _ in graph.every_link]
        self._imports: list[dict[Any, tuple[Attributes, int | None] | Reject]] = [
            {} for _ in graph.every_link
        ]
        self._numbers: Compiled | None = None
        if base is not None:
            self._inherit(base)
        self._watchful = {
            name for name, links in self.links_from.items() if any(link.out.select for link in links)
        }
        self._shares = {
            name
            for name, links in self.links_from.items()
            if any(link.out.select or link.out.add_path > 1 for link in links)
        }

    def _inherit(self, base: Engine) -> None:
        before, now = base.graph.every_link, self.graph.every_link
        if len(before) != len(now):
            return
        same = True
        for old, new in zip(before, now, strict=True):
            if (
                same_session(old.session, new.session)
                and old.kind == new.kind
                and same_but_origins(old.sender, new.sender)
                and same_but_origins(old.receiver, new.receiver)
                and base._addresses[old.receiver.name] == self._addresses[new.receiver.name]
            ):
                self._exports[new.index] = base._exports[old.index]
                self._imports[new.index] = base._imports[old.index]
            else:
                same = False
        linked = {link.sender.name for link in now}
        for name, speaker in self.graph.speakers.items():
            old_speaker = base.graph.speakers.get(name)
            if name not in linked and (old_speaker is None or not same_but_origins(old_speaker, speaker)):
                same = False
        if same and list(base.graph.speakers) == list(self.graph.speakers):
            self._numbers = base.compiled

    # -- one crossing -------------------------------------------------------------------------------------

    def exported(self, link: Link, c: RouteClass, path: Path) -> Attributes | Reject:
        """What `link` carries when its sender chooses `path`; memoised per link, source and attributes."""
        if c.inside and path.kind != "aggregate" and self._summary_only(link.sender.name, c):
            return SUPPRESSED
        key = (c.match, path.attributes, path.kind, path.session)
        memo = self._exports[link.index]
        known = memo.get(key)
        if known is None:
            source = self.inbound[(path.session, link.sender.name)] if path.session else None
            known = export(link, path.attributes, path.kind, source, c.representative)
            memo[key] = known
        return known

    def own_addresses(self, speaker: str) -> frozenset[Hashable]:
        """The speaker's addresses: next hops it cannot accept."""
        return self._addresses[speaker]

    @staticmethod
    def _summary_only(speaker: str, c: RouteClass) -> bool:
        return any(name == speaker and aggregate.summary_only for name, aggregate in c.inside)

    def accepted(self, link: Link, c: RouteClass, sent: Attributes) -> Attributes | Reject:
        """What the receiver of `link` makes of announced attributes."""
        taken = self._accepted(link, c, sent)
        return taken if isinstance(taken, Reject) else taken[0]

    def path_over(self, link: Link, held: Attributes, path_id: int, arrival: int) -> Path:
        """The receiver's path for attributes it accepted over `link`."""
        return self._path(link, held, next_hop_metric(link, held.next_hop), path_id, arrival)

    @staticmethod
    def _path(link: Link, held: Attributes, metric: int | None, path_id: int, arrival: int) -> Path:
        return Path(
            held,
            link.kind,
            link.sender.name,
            link.session.id,
            link.sender.public_asn if link.kind == "ebgp" else link.sender.asn,
            link.out.address,
            link.sender.router_id,
            metric,
            arrival,
            path_id,
        )

    def _accepted(
        self, link: Link, c: RouteClass, sent: Attributes
    ) -> tuple[Attributes, int | None] | Reject:
        key = (c.match, sent)
        memo = self._imports[link.index]
        known = memo.get(key)
        if known is None:
            taken = accept(link, sent, c.representative, self._addresses[link.receiver.name])
            known = taken if isinstance(taken, Reject) else (taken, next_hop_metric(link, taken.next_hop))
            memo[key] = known
        return known

    def chosen(self, c: RouteClass, state: State, link: Link) -> tuple[Path, ...] | Reject:
        """The paths the sender wants to announce on `link`, before any export rule."""
        node = state.node(link.sender.name)
        out = link.out
        if out.select is not None:
            picked = out.select.fn(View(self, c, state, link, out.select))
            if isinstance(picked, Reject):
                return picked
            return picked if isinstance(picked, tuple) else (picked,)
        if node.best is None:
            return Reject("no_route")
        if out.add_path > 1:
            ranked = self.candidates(c, link.sender, node)
            return tuple(candidate.path for candidate in ranked if candidate.valid)
        return (node.best,)

    def announcements(
        self, c: RouteClass, state: State, link: Link
    ) -> tuple[Sent, tuple[tuple[Path | None, Reject], ...]]:
        """What `link` carries now, and what it does not with the reason."""
        if link.out.default_originate and c.is_default:
            sent = default_route(link, c.representative)
            return (NO_SENT, ((None, sent),)) if isinstance(sent, Reject) else ({0: sent}, ())
        paths = self.chosen(c, state, link)
        if isinstance(paths, Reject):
            return NO_SENT, ((None, paths),)
        out: Sent = {}
        refused: list[tuple[Path | None, Reject]] = []
        several = link.out.add_path > 1 or len(paths) > 1
        for path in paths:
            result = self.exported(link, c, path)
            if isinstance(result, Reject):
                refused.append((path, result))
            elif len(out) < max(link.out.add_path, len(paths) if link.out.select else 1):
                number = path_id(path) if several else 0
                while number in out:
                    number += 1
                out[number] = result
        return out, tuple(refused)

    # -- one speaker ----------------------------------------------------------------------------------------

    def candidates(self, c: RouteClass, speaker: Speaker, node: Node) -> tuple[Candidate, ...]:
        """The speaker's paths for the class with what the decision made of them, best first."""
        summary = self._summary_only(speaker.name, c)
        return rank(
            node.paths(),
            speaker.decision,
            speaker.multipath,
            ineligible=lambda path: self._ineligible(speaker, path),
            suppressed=lambda path: summary and path.kind != "aggregate",
            current=None if node.best is None else node.best.source,
        )

    def _ineligible(self, speaker: Speaker, path: Path) -> Reject | None:
        if path.igp_metric is not None:
            return None
        hop = path.attributes.next_hop
        if speaker.igp is not None and hop is not None and speaker.igp(hop) is not None:
            return NOT_CONNECTED
        return UNREACHABLE

    def _decide(self, speaker: Speaker, node: Node) -> bool:
        """Choose anew; whether what the speaker may announce has changed."""
        usable = node.usable()
        old = node.best
        best, _ = select(usable, speaker.decision, None if old is None else old.source)
        shared: tuple[Path, ...] = ()
        if best is not None:
            shared = speaker.multipath.choose(best, usable, speaker.decision)
        same = best is old
        if best is not None and old is not None:
            same = best.source == old.source and best.attributes is old.attributes
        if not same:
            node.changes += 1
        node.best, node.multipath = best, shared
        return not same

    # -- a class on its own ----------------------------------------------------------------------------------------

    @cached_property
    def compiled(self) -> Compiled | None:
        """The graph as numbers, where its features allow it."""
        if self._numbers is not None:
            return self._numbers
        return None if self.graph.stages else compile_graph(self)

    def settle(
        self,
        group: Sequence[RouteClass],
        observer: Observer | None = None,
        reverse: bool = False,
        lifo: bool = False,
    ) -> Mapping[RouteClass, State]:
        """The fixed point of a group by the fastest way that gives it; an observer needs the observable one."""
        if observer is None and len(group) == 1 and self.compiled is not None:
            state = self.compiled.solve(group[0], self._up, reverse, lifo)
            if state is not None:
                return {group[0]: state}
        return self.solve_group(group, observer, reverse, lifo)

    # -- one group of classes -----------------------------------------------------------------------------------

    def solve_group(
        self,
        group: Sequence[RouteClass],
        observer: Observer | None = None,
        reverse: bool = False,
        lifo: bool = False,
    ) -> dict[RouteClass, ClassState]:
        """The fixed point of a group, from empty; `reverse` and `lifo` give other activation orders."""
        run = Run(self, group, observer, reverse, lifo)
        stages: Iterable[Iterable[str]] = self.graph.stages or (tuple(self.graph.speakers),)
        for stage in stages:
            run.start(stage)
            if not run.settle():
                break
        return run.states
