"""Route classes: prefixes that no policy, aggregate, transform or origin tells apart travel together.

Two prefixes share a class when they have the same family, the same originations, the same answer from every prefix
match and every platform function that looks at prefixes, and the same place among the aggregates.  Classes tied
by an aggregate (contributor and summary) form a group, which is solved together; other classes are independent.
Answers never depend on this partition.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import cached_property

import msgspec

from routeng.bgp.attributes import Attributes
from routeng.bgp.graph import Graph
from routeng.bgp.policy import PrefixMatch
from routeng.bgp.session import End
from routeng.bgp.speaker import Aggregate, Origination, OriginationKind
from routeng.lpm import Prefix

#: Who originates (speakers), with which attributes, by which kind of statement.
_Origin = tuple[tuple[str, ...], Attributes, OriginationKind]
DEFAULTS = {4: Prefix("0.0.0.0/0"), 6: Prefix("::/0")}


class RouteClass(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A set of prefixes with one fate.

    `match`: the part of the class's signature that policies and platform functions see; classes with equal
    `match` share memoised policy results.  `inside`: the aggregates (speaker, aggregate) that strictly cover it.
    """

    prefixes: tuple[Prefix, ...]
    originations: dict[str, tuple[Origination, ...]]
    match: Hashable
    inside: tuple[tuple[str, Aggregate], ...]
    summarises: tuple[tuple[str, Aggregate], ...]

    @property
    def representative(self) -> Prefix:
        """Any prefix of the class; policies give the same answer for all."""
        return self.prefixes[0]

    @cached_property
    def is_default(self) -> bool:
        """Whether this is the default route's class."""
        return self.representative in (DEFAULTS[4], DEFAULTS[6])


class Partition:
    """The route classes of a graph and their groups.

    `questions`: everything that policies and platform functions ask about a prefix; classes of two partitions with
    equal questions have comparable `match`es.
    """

    def __init__(self, graph: Graph) -> None:
        matches, functions = _questions(graph)
        defaults = any(end.default_originate for end in ends(graph))
        self.questions: Hashable = tuple(matches), tuple(functions), defaults
        self.classes: tuple[RouteClass, ...] = _classes(graph, matches, functions, defaults)
        self.of: dict[Prefix, RouteClass] = {p: c for c in self.classes for p in c.prefixes}

    @staticmethod
    def questions_of(graph: Graph) -> Hashable:
        """What a partition of `graph` asks about prefixes."""
        matches, functions = _questions(graph)
        return tuple(matches), tuple(functions), any(end.default_originate for end in ends(graph))

    @cached_property
    def groups(self) -> tuple[tuple[RouteClass, ...], ...]:
        """Classes joined by aggregates, each group in class order; most groups hold one class."""
        parent: dict[RouteClass, RouteClass] = {c: c for c in self.classes}

        def root(c: RouteClass) -> RouteClass:
            while parent[c] is not c:
                parent[c] = parent[parent[c]]
                c = parent[c]
            return c

        for c in self.classes:
            for _, aggregate in c.inside:
                parent[root(c)] = root(self.of[aggregate.prefix])
        groups: dict[RouteClass, list[RouteClass]] = {}
        for c in self.classes:
            groups.setdefault(root(c), []).append(c)
        return tuple(tuple(group) for group in groups.values())


def ends(graph: Graph) -> Iterator[End]:
    """Every end of every session, down ones included (a class must not depend on which sessions are up)."""
    for session in graph.sessions.values():
        yield session.a
        yield session.b


def _questions(graph: Graph) -> tuple[list[PrefixMatch], list[Callable[[Prefix], Hashable]]]:
    matches: dict[PrefixMatch, None] = {}
    functions: dict[Callable[[Prefix], Hashable], None] = {}
    seen: set[int] = set()
    for end in ends(graph):
        for policy in (end.import_policy, end.export_policy):
            if id(policy) not in seen:
                seen.add(id(policy))
                matches.update(dict.fromkeys(policy.prefix_matches))
        for transform in (*end.import_transforms, *end.export_transforms):
            if transform.prefix_class is not None:
                functions[transform.prefix_class] = None
        if end.select is not None and end.select.prefix_class is not None:
            functions[end.select.prefix_class] = None
    return list(matches), list(functions)


class _Universe:
    """All prefixes with the questions answered range by range rather than prefix by prefix."""

    def __init__(self, prefixes: Iterable[Prefix]) -> None:
        self.prefixes = list(prefixes)
        self.place = {prefix: i for i, prefix in enumerate(self.prefixes)}
        self._sorted: dict[int, tuple[list[int], list[int]]] = {}

    def _family(self, family: int) -> tuple[list[int], list[int]]:
        """Networks in order, and the place of each in `prefixes`."""
        known = self._sorted.get(family)
        if known is None:
            found = sorted((p.network, i) for i, p in enumerate(self.prefixes) if p.family == family)
            known = self._sorted[family] = [network for network, _ in found], [i for _, i in found]
        return known

    def within(self, prefix: Prefix, low: int, high: int) -> Iterator[int]:
        """The places of the prefixes covered by `prefix` whose length is in `low`..`high`."""
        if low == high == prefix.length:
            place = self.place.get(prefix)
            if place is not None:
                yield place
            return
        networks, places = self._family(prefix.family)
        first = bisect_left(networks, prefix.first)
        last = bisect_right(networks, prefix.last)
        for place in places[first:last]:
            if low <= self.prefixes[place].length <= high:
                yield place


def _origins(graph: Graph) -> dict[Prefix, list[_Origin]]:
    """For each prefix who originates it; speakers that share one tuple of routes are treated at once."""
    shared: dict[int, tuple[tuple[Origination, ...], list[str]]] = {}
    for speaker in graph.speakers.values():
        if speaker.originate:
            shared.setdefault(id(speaker.originate), (speaker.originate, []))[1].append(speaker.name)
    found: dict[Prefix, list[_Origin]] = {}
    for routes, holders in shared.values():
        names = tuple(holders)
        for route in routes:
            found.setdefault(route.prefix, []).append((names, route.attributes, route.kind))
    return found


def _answers(function: Callable[[Prefix], Hashable], prefixes: list[Prefix]) -> Iterable[Hashable]:
    """A platform function's classes; one with a method `many` is asked once for all prefixes."""
    many: Callable[[list[Prefix]], Iterable[Hashable]] | None = getattr(function, "many", None)
    return map(function, prefixes) if many is None else many(prefixes)


def _classes(
    graph: Graph,
    matches: list[PrefixMatch],
    functions: list[Callable[[Prefix], Hashable]],
    defaults: bool,
) -> tuple[RouteClass, ...]:
    origins = _origins(graph)
    aggregates = [(s.name, a) for s in graph.speakers.values() for a in s.aggregates]
    for _, aggregate in aggregates:
        origins.setdefault(aggregate.prefix, [])
    if defaults:
        for family in sorted({prefix.family for prefix in origins} or {4}):
            origins.setdefault(DEFAULTS[family], [])
    universe = _Universe(origins)
    size = len(universe.prefixes)
    hits: list[tuple[int, ...]] = [()] * size
    for number, match in enumerate(matches):
        for place in universe.within(match.prefix, *match.bounds):
            hits[place] += (number,)
    inside: dict[int, list[tuple[str, Aggregate]]] = {}
    summarises: dict[int, list[tuple[str, Aggregate]]] = {}
    for name, aggregate in aggregates:
        own = universe.place[aggregate.prefix]
        summarises.setdefault(own, []).append((name, aggregate))
        for place in universe.within(aggregate.prefix, aggregate.prefix.length, 128):
            if place != own:
                inside.setdefault(place, []).append((name, aggregate))
    values: Iterable[tuple[Hashable, ...]] = [()] * size
    if functions:
        values = zip(*(_answers(f, universe.prefixes) for f in functions), strict=True)
    grouped: dict[Hashable, tuple[int, Hashable, list[Prefix]]] = {}
    for place, (prefix, value) in enumerate(zip(universe.prefixes, values, strict=True)):
        kind: Hashable = (prefix.family, prefix.length == 0, hits[place], value)
        held = origins[prefix]
        signature: Hashable = (
            kind,
            held[0] if len(held) == 1 else tuple(held),
            tuple([(name, a.prefix) for name, a in inside[place]]) if place in inside else None,
            prefix if place in summarises else None,
        )
        known = grouped.get(signature)
        if known is None:
            grouped[signature] = (place, kind, [prefix])
        else:
            known[2].append(prefix)
    return tuple(
        RouteClass(
            tuple(prefixes),
            _originations(prefixes[0], origins[prefixes[0]]),
            kind,
            tuple(inside.get(place, ())),
            tuple(summarises.get(place, ())),
        )
        for place, kind, prefixes in grouped.values()
    )


def _originations(prefix: Prefix, held: list[_Origin]) -> dict[str, tuple[Origination, ...]]:
    out: dict[str, tuple[Origination, ...]] = {}
    for names, attributes, kind in held:
        for name in names:
            out[name] = (*out.get(name, ()), Origination(prefix, attributes, kind))
    return out
