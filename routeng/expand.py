"""All rows of all tables as a stream, at the speed of copying: JSON lines here, Parquet in :mod:`tables_parquet`.

A row of a table is a head that names the place and a tail that names the route. Tails belong to layers, not to
places, so they are written once per layer; a place only joins them behind its head, leaving out what it masks.
Memory stays at the size of the shared layers however many rows come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from routeng.azure.catalogue import rule_register
from routeng.azure.effective import Stack, listed_order
from routeng.azure.layers import Layer, LayerKey, Route
from routeng.lpm import Prefix
from routeng.network import Network, RouteTable

SHARED = frozenset({"group", "gateway", "user", "default"})
"""Kinds of layers that many VNets share: what is prepared of them is kept."""


class Run(NamedTuple):
    """Rows of a layer, by position, that are listed together."""

    order: tuple[Any, ...]
    start: int
    stop: int


class LayerRows:
    """All rows of one layer in the order in which a table lists them, and the runs that they form."""

    __slots__ = ("families", "index", "layer", "routes", "runs", "texts")

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        found: list[tuple[tuple[Any, ...], str, Prefix | None, Route]] = [
            ((*listed_order(route), False), str(prefix), prefix, route) for prefix, route in layer.items()
        ]
        found += [((*listed_order(route), True), text, None, route) for text, route in layer.symbolic]
        found.sort(key=lambda row: row[0])
        self.texts = [text for _, text, _, _ in found]
        self.routes = [route for _, _, _, route in found]
        self.index = {prefix or text: i for i, (_, text, prefix, _) in enumerate(found)}
        self.families = frozenset(prefix.family for _, _, prefix, _ in found if prefix is not None)
        self.runs: list[Run] = []
        start = 0
        for i in range(1, len(found) + 1):
            if i == len(found) or found[i][0] != found[start][0]:
                self.runs.append(Run(found[start][0], start, i))
                start = i

    def seen_by(self, stack: Stack, i: int) -> tuple[list[int], dict[int, str]]:
        """The positions that a table with this layer as its ``i``-th leaves out, and the rules of Invalid rows."""
        removed, invalid = stack.removed[i], stack.invalid[i]
        gone: set[int] = set()
        index = self.index
        for mask in removed:
            gone.update(index[p] for p in mask if p in index)
        if not self.families <= stack.families:
            gone.update(
                at for p, at in index.items() if isinstance(p, Prefix) and p.family not in stack.families
            )
        changed = {index[p]: rule for p, rule in invalid.items() if p in index}
        if self.layer.symbolic:
            changed |= {index[text]: rule for text, _, rule in stack.symbolic(self.layer) if rule is not None}
        return sorted(gone), changed


class Expansion:
    """The rows of one table after the other; what is prepared of shared layers is kept in between."""

    def __init__(self) -> None:
        self._known: dict[LayerKey, LayerRows] = {}

    def layers(self, stack: Stack) -> Iterator[tuple[int, LayerRows]]:
        """The layers of a table with their rows."""
        for i, layer in enumerate(stack.layers):
            rows = self._known.get(layer.key)
            if rows is None or rows.layer is not layer:
                rows = LayerRows(layer)
                if layer.kind in SHARED:
                    self._known[layer.key] = rows
            yield i, rows


class _Encoder:
    """Encodes the tails of rows; texts that many rows share are encoded once."""

    def __init__(self, complete: bool) -> None:
        self._complete = complete
        self._register = rule_register()
        self._parts: dict[tuple[Route, str | None], tuple[bytes, bytes]] = {}
        self._tails: dict[LayerKey, tuple[LayerRows, list[bytes]]] = {}

    def tails(self, rows: LayerRows) -> list[bytes]:
        """The tails of all rows of a layer, all Active."""
        known = self._tails.get(rows.layer.key)
        if known is not None and known[0] is rows:
            return known[1]
        made = [self.tail(text, route, None) for text, route in zip(rows.texts, rows.routes, strict=True)]
        if rows.layer.kind in SHARED:
            self._tails[rows.layer.key] = rows, made
        return made

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
                "complete": self._complete,
            }
            first = msgspec.json.encode(before)[1:-1] + b',"addressPrefix":['
            parts = self._parts[route, state_rule] = (first, b"]," + msgspec.json.encode(after)[1:] + b"\n")
            if len(self._parts) > _MOST_PARTS:
                self._parts.clear()
        return parts[0] + msgspec.json.encode(prefix) + parts[1]


_MOST_PARTS = 10_000
"""Encoded routes are forgotten beyond this number: those of private layers are used only once."""


def jsonl(tables: Iterable[RouteTable]) -> Iterator[bytes]:
    """Every row of every table as JSON lines, one chunk of bytes a table.

    A line has the keys of :meth:`~routeng.network.RouteTable.rows`, the ``place``, and whether its table is
    ``complete``; lines come in the order of those rows, and a row with several prefixes is one line each.
    """
    expansion = Expansion()
    encoders = {complete: _Encoder(complete) for complete in (False, True)}
    for table in tables:
        stack = table.stack
        encoder = encoders[table.complete]
        head = b'{"place":' + msgspec.json.encode(table.place) + b","
        runs: list[tuple[tuple[Any, ...], int, list[bytes]]] = []
        for i, rows in expansion.layers(stack):
            tails = encoder.tails(rows)
            gone, changed = rows.seen_by(stack, i)
            if changed:
                tails = tails.copy()
                for at, rule in changed.items():
                    tails[at] = encoder.tail(rows.texts[at], rows.routes[at], rule)
            for order, start, stop in rows.runs:
                here = [at for at in gone if start <= at < stop]
                if rows.layer.kind == "group" and changed:
                    run = [tails[at] for at in _listed_as_group(range(start, stop), here, changed)]
                else:
                    run = _without(tails, here, start, stop)
                runs.append((order, i, run))
        runs.sort(key=lambda run: run[:2])
        every = [line for _, _, run in runs for line in run]
        if every:
            yield head + head.join(every)


def _without(tails: list[bytes], gone: list[int], start: int, stop: int) -> list[bytes]:
    """The tails from ``start`` to ``stop`` but those at the positions ``gone``, in ascending order."""
    if not gone:
        return tails if stop - start == len(tails) else tails[start:stop]
    run = tails[start:stop]
    for at in reversed(gone):
        del run[at - start]
    return run


def _listed_as_group(positions: range, gone: list[int], changed: Mapping[int, str]) -> list[int]:
    """Positions in the order of a connected group: its Active prefixes are one row, where the first of them is."""
    seen = [at for at in positions if at not in gone]
    active = [at for at in seen if at not in changed]
    first = active[0] if active else 0
    before = [at for at in seen if at in changed and at < first]
    return [*before, *active, *(at for at in seen if at in changed and at >= first)]


def count_rows(network: Network) -> int:
    """The number of rows that :func:`jsonl` writes for all places, without writing them."""
    expansion = Expansion()
    return sum(
        len(rows.texts) - len(rows.seen_by(table.stack, i)[0])
        for table in network.tables()
        for i, rows in expansion.layers(table.stack)
    )


def rows(network: Network) -> Iterator[dict[str, Any]]:
    """The rows of all places as dicts with the keys of :meth:`~routeng.network.RouteTable.rows` and ``place``."""
    for chunk in jsonl(network.tables()):
        for line in chunk.splitlines():
            row = msgspec.json.decode(line)
            del row["complete"]
            yield row
