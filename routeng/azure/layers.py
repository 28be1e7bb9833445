"""Layers: the shared pieces of route tables, and the routes in them.

A subnet's table is never stored. It is a short stack of layers (own VNet, peerings, connected groups, endpoints,
gateway routes, user routes, system defaults), each shared by every subnet that has it, with small masks between
pairs of them (:mod:`routeng.azure.masks`). Rows exist only while somebody reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from routeng.lpm import Prefix, PrefixTable

LayerKind = Literal["user", "own", "peering", "group", "endpoint", "service", "gateway", "default"]
LayerKey = tuple[LayerKind, str]
"""What identifies a layer within one network: its kind, and the VNet, group, route table or profile it is of."""

RANK: Mapping[LayerKind, int] = {
    "user": 0,
    "own": 1,
    "peering": 2,
    "group": 3,
    "endpoint": 4,
    "service": 5,
    "gateway": 6,
    "default": 7,
}  # equal prefixes: the smaller rank wins (PREC-2, PREC-3, AVNM-7)


class Route(msgspec.Struct, frozen=True):
    """What a row says besides prefix and state; shared by all rows that say the same.

    ``next_hops`` are addresses as text (``"unknown"`` where Azure shows one that nothing declares); ``rule`` is
    the id of the rule that makes the row; ``owner`` names the VNet, group or object behind it; ``detail`` is
    whatever else about the object decides over rows (network policies of an endpoint's subnet), so that layers
    with equal routes always behave alike.
    """

    source: str
    next_hop_type: str
    rule: str
    next_hops: tuple[str, ...] = ()
    name: str | None = None
    owner: str | None = None
    detail: str | None = None


class Layer:
    """A set of routes by prefix, shared between tables. ``symbolic`` holds routes to service tags."""

    __slots__ = ("_table", "entries", "key", "symbolic")

    def __init__(
        self,
        key: LayerKey,
        entries: Mapping[Prefix, Route],
        symbolic: tuple[tuple[str, Route], ...] = (),
    ) -> None:
        self.key = key
        self.entries = entries
        self.symbolic = symbolic
        self._table: PrefixTable[Any] | None = None

    @property
    def kind(self) -> LayerKind:
        """The kind of the layer."""
        return self.key[0]

    @property
    def table(self) -> PrefixTable[Any]:
        """The layer as a prefix table, built on first use."""
        if self._table is None:
            self._table = PrefixTable()
            self._table.update(self.entries)
        return self._table

    def get(self, prefix: Prefix) -> Route | None:
        """The route of exactly ``prefix``."""
        return self.entries.get(prefix)

    def items(self) -> Iterator[tuple[Prefix, Route]]:
        """Prefixes and routes."""
        return iter(self.entries.items())

    def route(self, value: object) -> Route:
        """The route for what a look-up in :attr:`table` returned."""
        assert isinstance(value, Route)
        return value

    def __len__(self) -> int:
        return len(self.entries) + len(self.symbolic)

    def content(self) -> object:
        """Something that is equal for layers with equal routes, whatever they are called."""
        return self.entries, self.symbolic


class SharedLayer(Layer):
    """A layer whose routes all say the same: a table of prefixes and one route (a connected group)."""

    __slots__ = ("_families", "only")

    def __init__(self, key: LayerKey, table: PrefixTable[Any], only: Route) -> None:
        super().__init__(key, {})
        self._table = table
        self._families: frozenset[int] | None = None
        self.only = only

    @property
    def families(self) -> frozenset[int]:
        """The address families in the table."""
        if self._families is None:
            self._families = frozenset(p.family for p in self.table)
        return self._families

    def get(self, prefix: Prefix) -> Route | None:
        """The one route, if the table holds ``prefix``."""
        return self.only if prefix in self.table else None

    def items(self) -> Iterator[tuple[Prefix, Route]]:
        """Prefixes in address order, each with the one route."""
        return ((p, self.only) for p in self.table)

    def route(self, value: object) -> Route:
        """The one route."""
        return self.only

    def __len__(self) -> int:
        return len(self.table)

    def content(self) -> object:
        """The table and the route."""
        return self.table, self.only
