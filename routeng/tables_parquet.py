"""All rows of all tables as a Parquet file, for pandas, DuckDB and the like; needs the extra ``routeng[tables]``.

A row is a subnet, a prefix and a next hop, with the columns of :data:`COLUMNS`. Every column is dictionary-encoded:
what a layer's rows say is looked up once per layer, a place copies numbers. Memory stays at the size of one row group
and of the shared layers however many rows come out.
"""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

from routeng.azure.catalogue import rule_register
from routeng.azure.layers import LayerKey, Route
from routeng.expand import SHARED, Expansion, LayerRows

if TYPE_CHECKING:
    from routeng.network import RouteTable

COLUMNS = (
    "place", "addressPrefix", "source", "state", "nextHopType", "nextHopIpAddress", "name", "rule", "stateRule",
    "owner", "grade", "complete",
)  # fmt: skip
"""The columns, named as in JSON; ``nextHopIpAddress`` has several addresses joined with commas, "" for none."""

ROW_GROUP = 1 << 19
"""Rows of one row group, at least; a table is never split."""

_NULLABLE = frozenset({"name", "stateRule", "owner", "grade"})

_NULL = -1

_Numbers = bytes | int
"""A number for each row as 32-bit numbers, or the one number of all rows."""


class MissingExtra(ImportError):
    """pyarrow is not installed."""

    def __init__(self) -> None:
        super().__init__("Parquet needs pyarrow: pip install 'routeng[tables]'")


class _Column:
    """The values of one column that occurred so far, numbered, and the numbers of the rows not yet written.

    Rows come as bytes of 32-bit numbers, or as runs of one number; neighbouring runs of the same number are one.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._parts: list[bytes | memoryview | list[int]] = []
        self._nulls = 0
        self._rows = 0

    def number(self, value: str | None) -> int:
        """The number of a value; that of a null is negative."""
        return _NULL if value is None else self.numbers.setdefault(value, len(self.numbers))

    def append(self, data: _Numbers, gone: list[int], rows: int) -> None:
        """The numbers of a layer's rows without those at the positions ``gone``; ``rows`` are left."""
        if isinstance(data, int):
            self.repeat(data, rows)
            return
        self._parts.extend(_without(data, gone) if gone else (data,))
        self._nulls += 1  # there may be some
        self._rows += rows

    def repeat(self, number: int, rows: int) -> None:
        """The same number for some rows."""
        last = self._parts[-1] if self._parts else None
        if isinstance(last, list) and last[0] == number:
            last[1] += rows
        else:
            self._parts.append([number, rows])
        self._nulls += rows if number == _NULL else 0
        self._rows += rows

    def take(self, pa: Any, pc: Any) -> Any:
        """The rows so far as a dictionary array; they are forgotten."""
        pack = struct.Struct("=i").pack
        parts = [pack(p[0]) * p[1] if isinstance(p, list) else p for p in self._parts]
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        numbers = pa.Array.from_buffers(pa.int32(), self._rows, [None, pa.py_buffer(data)])
        if self._parts == [[_NULL, self._rows]]:
            numbers = pa.nulls(self._rows, pa.int32())
        elif self._nulls:
            numbers = pc.if_else(pc.equal(numbers, _NULL), pa.scalar(None, pa.int32()), numbers)
        self._parts, self._rows, self._nulls = [], 0, 0
        return pa.DictionaryArray.from_arrays(numbers, pa.array(list(self.numbers), pa.string()), safe=False)


class _Collector:
    """Collects the rows of tables and hands out a batch for each row group."""

    def __init__(self) -> None:
        self.columns = {name: _Column() for name in COLUMNS}
        self._register = rule_register()
        self._known: dict[LayerKey, tuple[LayerRows, dict[str, _Numbers]]] = {}
        self._expansion = Expansion()
        self.rows = 0

    def add(self, table: RouteTable) -> None:
        """Append the rows of a table."""
        before = self.rows
        stack = table.stack
        for i, rows in self._expansion.layers(stack):
            gone, changed = rows.seen_by(stack, i)
            numbers = self._numbers(rows)
            if changed:
                numbers = self._changed(numbers, changed, len(rows.texts))
            left = len(rows.texts) - len(gone)
            for name, data in numbers.items():
                self.columns[name].append(data, gone, left)
            self.rows += left
        for name, value in (("place", table.place), ("complete", "true" if table.complete else "false")):
            column = self.columns[name]
            column.repeat(column.number(value), self.rows - before)

    def _numbers(self, rows: LayerRows) -> dict[str, _Numbers]:
        """The numbers of every row of a layer, all Active, by column."""
        key = rows.layer.key
        known = self._known.get(key)
        if known is not None and known[0] is rows:
            return known[1]
        columns = self.columns
        made: dict[str, _Numbers] = {
            "addressPrefix": array("i", map(columns["addressPrefix"].number, rows.texts)).tobytes()
        }
        kinds: dict[Route, dict[str, int]] = {}
        for route in dict.fromkeys(rows.routes):
            kinds[route] = {name: columns[name].number(value) for name, value in self._values(route).items()}
        for name in next(iter(kinds.values()), ()):
            if len({numbers[name] for numbers in kinds.values()}) == 1:
                made[name] = next(iter(kinds.values()))[name]
            else:
                made[name] = array("i", [kinds[route][name] for route in rows.routes]).tobytes()
        if rows.layer.kind in SHARED:
            self._known[key] = rows, made
        return made

    def _values(self, route: Route) -> dict[str, str | None]:
        rule = self._register.get(route.rule)
        return {
            "source": route.source,
            "state": "Active",
            "nextHopType": route.next_hop_type,
            "nextHopIpAddress": ",".join(route.next_hops),
            "name": route.name,
            "rule": route.rule,
            "stateRule": None,
            "owner": route.owner,
            "grade": rule.grade if rule is not None else None,
        }

    def _changed(
        self, numbers: dict[str, _Numbers], changed: dict[int, str], rows: int
    ) -> dict[str, _Numbers]:
        """The numbers with some rows Invalid."""
        state = array("i", (self.columns["state"].number("Active"),)) * rows
        why = array("i", (_NULL,)) * rows
        for at, rule in changed.items():
            state[at] = self.columns["state"].number("Invalid")
            why[at] = self.columns["stateRule"].number(rule)
        return {**numbers, "state": state.tobytes(), "stateRule": why.tobytes()}

    def batch(self, pa: Any, pc: Any, schema: Any) -> Any:
        """The rows collected so far as a record batch; they are forgotten."""
        arrays = [column.take(pa, pc) for column in self.columns.values()]
        self.rows = 0
        return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _without(data: bytes, gone: Iterable[int]) -> Iterator[memoryview]:
    """Four-byte numbers without those at some positions, in ascending order."""
    start = 0
    view = memoryview(data)
    for at in gone:
        if at * 4 > start:
            yield view[start : at * 4]
        start = at * 4 + 4
    yield view[start:]


def write_parquet(tables: Iterable[RouteTable], target: str | os.PathLike[str] | IO[bytes]) -> int:
    """Write the rows of ``tables`` to a file or a binary stream; returns how many.

    Within a table rows come layer by layer, not in the order of :meth:`~routeng.network.RouteTable.rows`. Raises
    :class:`MissingExtra` without pyarrow.
    """
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        import pyarrow.compute as pc  # type: ignore[import-untyped]
        import pyarrow.parquet as pq  # type: ignore[import-untyped]
    except ImportError:
        raise MissingExtra from None
    text = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([pa.field(name, text, nullable=name in _NULLABLE) for name in COLUMNS])
    where = target if hasattr(target, "write") else os.fspath(target)
    collector = _Collector()
    total = 0
    with (
        pq.ParquetWriter(where, schema, dictionary_pagesize_limit=1 << 28, write_statistics=False) as file,
        ThreadPoolExecutor(1) as other,  # writes a row group while the next one is collected
    ):
        writing: Future[None] | None = None
        for table in chain(tables, (None,)):
            if table is not None:
                collector.add(table)
            if collector.rows and (table is None or collector.rows >= ROW_GROUP):
                total += collector.rows
                batch = collector.batch(pa, pc, schema)
                if writing is not None:
                    writing.result()
                writing = other.submit(file.write_batch, batch)
        if writing is not None:
            writing.result()
    return total
