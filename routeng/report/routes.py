"""Effective routes, with the columns of ``az network nic show-effective-route-table``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from routeng.report.parts import Column, Heading, Line, Lines, Part, Report, Table, Tone, text

if TYPE_CHECKING:
    from routeng.network import RouteTable

_COLUMNS = (
    Column("source", "Source"),
    Column("state", "State"),
    Column("addressPrefix", "Address Prefix"),
    Column("nextHopType", "Next Hop Type"),
    Column("nextHopIpAddress", "Next Hop IP"),
)
_MORE = (
    Column("name", "Name"),
    Column("rule", "Rule"),
    Column("grade", "Grade"),
    Column("stateRule", "Invalid by"),
)
_TONES: dict[str, Tone] = {"Invalid": "quiet"}
_SHOWN = 3
"""How many prefixes of a row a table shows; json and tsv always have all."""

Row = Mapping[str, Any]


def report(
    tables: Iterable[RouteTable],
    where: Callable[[Row], bool] | None = None,
    *,
    wide: bool = False,
    headings: bool = True,
) -> Report:
    """The tables one after the other; the rows that ``where`` keeps.

    ``tables`` may be walked several times. ``wide`` adds the name of the user route, the rule with its grade,
    and all prefixes of a row; ``headings`` name the places. Every object of the document says its ``place``, and
    whether its table is ``complete``. In jsonl a row with several prefixes is one line each, so that rows of any
    number of members come at any size.
    """
    keep = where or (lambda row: True)
    return Report(
        document=(row for table in tables for row in _rows(table) if keep(row)),
        parts=_parts(tables, keep, wide, headings),
        records=(
            {**row, "addressPrefix": [prefix]}
            for table in tables
            for row in _rows(table)
            if keep(row)
            for prefix in row["addressPrefix"]
        ),
        flat=(line for table in tables for row in _rows(table) if keep(row) for line in _flat(row)),
    )


def _rows(table: RouteTable) -> Iterator[dict[str, Any]]:
    for row in table.rows():
        yield {"place": table.place, **row, "complete": table.complete}


def _parts(
    tables: Iterable[RouteTable], keep: Callable[[Row], bool], wide: bool, headings: bool
) -> Iterator[Part]:
    for table in tables:
        rows = [line for row in _rows(table) if keep(row) for line in _lines(row, wide)]
        if headings:
            yield Heading(table.place)
        yield Table(_COLUMNS + (_MORE if wide else ()), rows, _TONES)
        if not table.complete:
            yield Lines((Line("Not complete: " + "; ".join(table.missing), tone="warn"),))


def _lines(row: Row, wide: bool) -> Iterator[dict[str, Any]]:
    """One line a next hop, as az prints a table."""
    prefixes = row["addressPrefix"]
    if not wide and len(prefixes) > _SHOWN + 1:
        prefixes = [*prefixes[:_SHOWN], f"(+{len(prefixes) - _SHOWN:,} more)"]
    for hop in row["nextHopIpAddress"] or [None]:
        yield {**row, "addressPrefix": text(prefixes), "nextHopIpAddress": hop}


def _flat(row: Row) -> Iterator[tuple[Any, ...]]:
    """One line a prefix and next hop: place and the five columns of az, then name and rule."""
    for prefix in row["addressPrefix"]:
        for hop in row["nextHopIpAddress"] or [None]:
            yield (
                row["place"],
                row["source"],
                row["state"],
                prefix,
                row["nextHopType"],
                hop,
                row["name"],
                row["rule"],
            )
