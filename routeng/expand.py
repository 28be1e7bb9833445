"""All rows of all tables as a stream, at the speed of copying: JSON lines, or columns for Parquet.

A row of a table is a head that names the place and a tail that names the route. Tails belong to layers, not to
places, so they are written once per layer; a place only joins them behind its head, leaving out what it masks.
Memory stays at the size of the layers however many rows come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from routeng.azure.catalogue import rule_register
from routeng.azure.effective import Stack
from routeng.azure.layers import Layer, LayerKey, Route
from routeng.lpm import Prefix
from routeng.network import Network


class _Tails:
    """The encoded rows of one layer, all Active, in the order of its items; ``index`` finds a prefix's row."""

    __slots__ = ("_index", "families", "layer", "prefixes", "rows")

    def __init__(self, layer: Layer, encode: _Encoder) -> None:
        self.layer = layer
        items = list(layer.items())
        self.prefixes = [p for p, _ in items]
        self.rows = [encode.tail(str(p), route, None) for p, route in items]
        self.rows += [encode.tail(text, route, None) for text, route in layer.symbolic]
        self.families = frozenset(p.family for p in self.prefixes)
        self._index: dict[Prefix, int] | None = None

    @property
    def index(self) -> dict[Prefix, int]:
        if self._index is None:
            self._index = {p: i for i, p in enumerate(self.prefixes)}
        return self._index


class _Encoder:
    """Encodes the parts of a row; texts that many rows share are encoded once."""

    def __init__(self) -> None:
        self._register = rule_register()
        self._parts: dict[tuple[Route, str | None], tuple[bytes, bytes]] = {}

    def tail(self, prefix: str, route: Route, state_rule: str | None) -> bytes:
        """Everything after the place, up to and including the line's end."""
        parts = self._parts.get((route, state_rule))
        if parts is None:
            rule = self._register.get(route.rule)
            before = {"source": route.source, "state": "Active" if state_rule is None else "Invalid"}
            after = {
                "nextHopType": route.next_hop_type,
                "nextHopIpAddress": list(route.next_hops),
                "name": route.name,
                "rule": route.rule,
                "stateRule": state_rule,
                "owner": route.owner,
                "grade": rule.grade if rule is not None else None,
            }
            first = msgspec.json.encode(before)[1:-1] + b',"addressPrefix":["'
            parts = self._parts[route, state_rule] = (first, b'"],' + msgspec.json.encode(after)[1:] + b"\n")
        return parts[0] + msgspec.json.encode(prefix)[1:-1] + parts[1]


def jsonl(network: Network, places: Iterable[tuple[str, str]] | None = None) -> Iterator[bytes]:
    """Every row of every place as JSON lines, one chunk of bytes a place.

    ``places``: canonical (vnet, subnet) pairs; all by default. A line has the keys of
    :meth:`~routeng.network.RouteTable.rows` and ``place``; a row with several prefixes is one line each.
    """
    encode = _Encoder()
    tails: dict[LayerKey, _Tails] = {}
    if places is None:
        places = ((v.name, s) for v in network.declaration.vnets.values() for s in v.subnets)
    for vnet, subnet in places:
        stack = network.fabric.stack(vnet, subnet)
        head = b'{"place":' + msgspec.json.encode(f"{vnet}/{subnet}") + b","
        rows: list[bytes] = []
        for i, layer in enumerate(stack.layers):
            shared = tails.get(layer.key)
            if shared is None:
                shared = _Tails(layer, encode)
                if len(shared.rows) > 1 and layer.kind not in {"own", "peering"}:
                    tails[layer.key] = shared
            rows += _visible(shared, stack, i, encode)
        if rows:
            yield head + head.join(rows)


def _visible(tails: _Tails, stack: Stack, index: int, encode: _Encoder) -> list[bytes]:
    """The rows of a layer that one place lists."""
    removed, invalid = stack.removed[index], stack.invalid[index]
    wrong_family = not tails.families <= stack.families
    if not removed and not invalid and not wrong_family and not tails.layer.symbolic:
        return tails.rows
    rows = tails.rows.copy()
    gone: set[int] = set()
    for mask in removed:
        gone.update(tails.index[p] for p in mask if p in tails.index)
    if wrong_family:
        gone.update(i for i, p in enumerate(tails.prefixes) if p.family not in stack.families)
    for prefix, why in invalid.items():
        at = tails.index.get(prefix)
        route = tails.layer.get(prefix)
        if at is not None and route is not None:
            rows[at] = encode.tail(str(prefix), route, why)
    for at, (text, route, rule) in enumerate(stack.symbolic(tails.layer), len(tails.prefixes)):
        if rule is not None:
            rows[at] = encode.tail(text, route, rule)
    for at in sorted(gone, reverse=True):
        del rows[at]
    return rows


def count_rows(network: Network) -> int:
    """The number of rows that :func:`jsonl` writes, without writing them."""
    return sum(chunk.count(b"\n") for chunk in jsonl(network))


def rows(network: Network) -> Iterator[dict[str, Any]]:
    """The rows of :func:`jsonl` as dicts."""
    for chunk in jsonl(network):
        for line in chunk.splitlines():
            yield msgspec.json.decode(line)
