"""What a line of a diff says: prefixes that change alike at a place, listed or described and counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

from routeng.azure.layers import Layer, Route, SharedLayer
from routeng.azure.masks import Mask
from routeng.lpm import Prefix

NAMED = 24
"""Up to this many prefixes are listed one by one; more are described by their layer and counted."""


class PrefixSet:
    """Prefixes of a shared collection without a few: sized without walking, walked only to be listed."""

    __slots__ = ("_base", "_count", "_minus")

    def __init__(self, base: Sequence[Prefix] | Mapping[Prefix, Any], minus: Iterable[Mask] = ()) -> None:
        self._base = base
        self._minus = tuple(m for m in minus if m)
        self._count: int | None = None

    def __iter__(self) -> Iterator[Prefix]:
        return (p for p in self._base if not any(p in m for m in self._minus))

    def __len__(self) -> int:
        if self._count is None:
            if not self._minus:
                self._count = len(self._base)
            elif isinstance(self._base, Mapping) and sum(map(len, self._minus)) < len(self._base):
                gone = {p for m in self._minus for p in m if p in self._base}
                self._count = len(self._base) - len(gone)
            else:
                self._count = sum(1 for _ in self)
        return self._count


class RouteChange(msgspec.Struct, frozen=True):
    """One line of a shape: ``+`` gained, ``-`` lost, ``~`` changed (state or next hop).

    ``before`` and ``after`` describe the row (next-hop type and addresses, state); ``members`` says which prefixes
    in words where they are too many to list; ``count`` is their number at each place; ``rule`` the rule behind it.
    """

    op: str
    kind: str
    count: int
    prefixes: tuple[str, ...]
    members: str | None
    before: str | None
    after: str | None
    rule: str

    def to_dict(self) -> dict[str, Any]:
        """The change as plain data."""
        return {f: list(v) if isinstance(v := getattr(self, f), tuple) else v for f in self.__struct_fields__}


def sides(op: str, text: str) -> tuple[str | None, str | None]:
    """A row's description as (before, after) of a gain or a loss."""
    return (None, text) if op == "+" else (text, None)


def symbolic(op: str, layer: Layer) -> Iterator[RouteChange]:
    """Gains or losses of a layer's routes to service tags."""
    for text, route in layer.symbolic:
        before, after = sides(op, describe(route, False))
        yield RouteChange(op, route.next_hop_type, 1, (text,), None, before, after, route.rule)


def line(
    op: str,
    layer: Layer,
    prefixes: PrefixSet,
    before: str | None,
    after: str | None,
    rule: str,
    whole: bool = False,
) -> RouteChange:
    """One line; ``whole``: the prefixes are all that the place sees of the layer."""
    count = len(prefixes)
    named = tuple(str(p) for p in sorted(prefixes)) if count <= NAMED and layer.kind != "group" else ()
    kind = (after or before or "").partition(" ")[0]
    return RouteChange(
        op, kind, count, named, None if named else _members(op, layer, whole), before, after, rule
    )


def _members(op: str, layer: Layer, whole: bool) -> str:
    """Prefixes of a layer in words."""
    match layer.kind:
        case "group":
            owner = layer.only.owner if isinstance(layer, SharedLayer) else layer.key[1]
            part = {"+": "new members", "-": "former members"}.get(op, "members")
            return f"{'every other member' if whole else part} of connected group {owner}"
        case "peering":
            return "peered virtual networks"
        case "gateway":
            return "routes of the gateway"
        case "endpoint":
            return "private endpoints"
        case "user":
            return "user routes"
    return "system routes"


def describe(route: Route, invalid: bool) -> str:
    """A row in words: its next-hop type and addresses, and whether it is a user's or Invalid."""
    hops = ", ".join(islice(route.next_hops, 8))
    text = f"{route.next_hop_type} {hops}".rstrip()
    if route.source == "User":
        text += " (user route)"
    return f"{text} Invalid" if invalid else text
