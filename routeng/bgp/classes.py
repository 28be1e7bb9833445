"""Route classes: prefixes that no policy, aggregate, transform or origin tells apart travel together.

Two prefixes share a class when they have the same family, the same originations, the same answer from every prefix
match and every platform function that looks at prefixes, and the same place among the aggregates.  Classes tied
by an aggregate (contributor and summary) form a group, which is solved together; other classes are independent.
Answers never depend on this partition.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from routeng.bgp.graph import Graph
from routeng.bgp.policy import PrefixMatch
from routeng.bgp.session import End
from routeng.bgp.speaker import Aggregate, Origination
from routeng.lpm import Prefix

DEFAULTS = {4: Prefix("0.0.0.0/0"), 6: Prefix("::/0")}


@dataclass(frozen=True, eq=False)
class RouteClass:
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
        self.questions: Hashable = self.questions_of(graph)
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


def _classes(
    graph: Graph,
    matches: list[PrefixMatch],
    functions: list[Callable[[Prefix], Hashable]],
    defaults: bool,
) -> tuple[RouteClass, ...]:
    originations: dict[Prefix, dict[str, list[Origination]]] = {}
    aggregates = [(s.name, a) for s in graph.speakers.values() for a in s.aggregates]
    for speaker in graph.speakers.values():
        for origination in speaker.originate:
            originations.setdefault(origination.prefix, {}).setdefault(speaker.name, []).append(origination)
    for _, aggregate in aggregates:
        originations.setdefault(aggregate.prefix, {})
    if defaults:
        for family in sorted({prefix.family for prefix in originations} or {4}):
            originations.setdefault(DEFAULTS[family], {})
    facts: dict[Hashable, RouteClass] = {}
    grouped: dict[Hashable, list[Prefix]] = {}
    for prefix in sorted(originations):
        match: Hashable = (
            prefix.family,
            prefix.length == 0,
            tuple([m.matches(prefix) for m in matches]),
            tuple([f(prefix) for f in functions]),
        )
        inside = tuple((name, a) for name, a in aggregates if a.prefix != prefix and a.prefix.covers(prefix))
        summarises = tuple((name, a) for name, a in aggregates if a.prefix == prefix)
        own = {name: tuple(found) for name, found in originations[prefix].items()}
        signature: Hashable = (
            match,
            tuple((name, tuple((o.attributes, o.kind) for o in found)) for name, found in own.items()),
            tuple((name, a.prefix) for name, a in inside),
            tuple((name, a.prefix) for name, a in summarises),
        )
        if signature not in facts:
            facts[signature] = RouteClass((prefix,), own, match, inside, summarises)
        grouped.setdefault(signature, []).append(prefix)
    return tuple(replace(facts[key], prefixes=tuple(prefixes)) for key, prefixes in grouped.items())
