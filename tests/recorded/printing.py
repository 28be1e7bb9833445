"""Print the outcome of recorded cases: a line a case with totals, and table by table what differs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from recorded.compare import NextHops, address_order, canonical_value, normalise, one_prefix_a_row
from recorded.scoring import TableResult, totals

COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "dim": "2", "bold": "1"}
STATUS_COLOUR = {"exact": "green", "differs": "red", "needs BGP": "yellow", "error": "red"}
OWN_KEYS = ("rule", "reason")


def use_colour() -> bool:
    """Colour on a terminal, unless NO_COLOR; FORCE_COLOR anywhere."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def paint(text: str, colour: str) -> str:
    """``text`` in a colour where colours are wanted."""
    return f"\033[{COLOURS[colour]}m{text}\033[0m" if use_colour() else text


def summary(outcomes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line a case (rows right / recorded, routes and rib apart), then the totals."""
    width = max((len(name) for name in outcomes), default=4)
    lines = [f"{'case':<{width}}  {'kind':<7}  {'routes':>9}  {'rib':>9}  tables"]
    for name, case in sorted(outcomes.items()):
        sums = totals([case])
        states = [f"{n} {status}" for status, n in sums["tables"].items() if n]
        routes, rib = _ratio(sums["routes"]), _ratio(sums["rib"])
        lines.append(
            f"{name:<{width}}  {case['completeness']:<7}  {routes:>9}  {rib:>9}  {', '.join(states)}"
        )
    return [*lines, *total_lines(outcomes.values())]


def total_lines(outcomes: Iterable[Mapping[str, Any]]) -> list[str]:
    """The totals in two lines: rows, and tables."""
    sums = totals(outcomes)
    rows = ", ".join(
        f"{key} {sums[key]['right']}/{sums[key]['recorded']}"
        + (f" (+{sums[key]['extra']} extra)" if sums[key]["extra"] else "")
        for key in ("routes", "rib", "full", "partial")
        if sums[key]["recorded"]
    )
    share = 100 * sums["all"]["right"] / max(1, sums["all"]["recorded"] + sums["all"]["extra"])
    states = ", ".join(f"{n} {status}" for status, n in sums["tables"].items())
    return [
        f"rows right / recorded: {sums['all']['right']}/{sums['all']['recorded']} ({share:.1f} %): {rows}",
        f"tables: {sum(sums['tables'].values())}: {states}",
    ]


def table_report(result: TableResult, *, verbose: bool = False) -> list[str]:
    """What one table shows: header, differing rows (all rows if ``verbose``), errors, notes."""
    counts = f"{result.right}/{result.recorded} rows" + (f", {result.extra} extra" if result.extra else "")
    title = f"{result.case} / {result.table['id']}"
    status = paint(result.status, STATUS_COLOUR[result.status])
    lines = [f"{paint(title, 'bold')}  {result.question}  {counts}  {status}"]
    if result.missing:
        lines.append("  the prediction lacks: " + ", ".join(result.missing))
    if result.error:
        lines.append("  " + paint(result.error, "yellow" if result.status == "needs BGP" else "red"))
    if verbose and result.traceback:
        lines += ["  " + line for line in result.traceback.rstrip().splitlines()]
    if verbose and result.table.get("note"):
        lines.append(paint(f"  note: {result.table['note']}", "dim"))
    if verbose and result.table.get("ignore"):
        lines.append(paint(f"  ignored on both sides: {result.table['ignore']}", "dim"))
    return lines + difference(result, verbose=verbose)


def difference(result: TableResult, *, verbose: bool = False) -> list[str]:
    """Rows of both sides by prefix: ``-`` recorded only, ``+`` predicted only (``(+)`` if extras are fine).

    Where both sides have a row for a prefix, the values of ``+`` that differ from ``-`` are coloured.
    Predicted rows end with the rule that they name.
    """
    comparison = result.comparison
    if comparison is None:
        return []
    plus = "+" if comparison.complete else "(+)"
    marked = [("-", row) for row in comparison.missing]
    marked += [(plus, row) for row in comparison.extra if comparison.complete or verbose]
    if verbose:
        marked += [("=", row) for row in _both(result)]
    else:
        marked, left_out = _without_none_rows(marked, comparison.keys)
    if not marked:
        return []
    keys = comparison.keys
    place = next((i for i, key in enumerate(keys) if key in ("addressPrefix", "network")), 0)
    marked.sort(key=lambda item: (_prefix_order(item[1][place]), "-=+(".index(item[0][0])))
    texts = [["", *keys, ""]] + [[mark, *map(_text, row), _own(result, row, mark)] for mark, row in marked]
    widths = [max(len(line[i]) for line in texts) for i in range(len(texts[0]) - 1)]
    lines = [paint("  " + _join(texts[0], widths), "dim")]
    for (mark, row), text in zip(marked, texts[1:], strict=True):
        partners = [r for m, r in marked if m == "-" and r[place] == row[place]] if mark == plus else []
        lines.append("  " + _coloured(mark, row, text, widths, partners))
    if not verbose and left_out:
        lines.append(f"  and {left_out} more system rows of type None (-v shows them)")
    return lines


def _without_none_rows(
    marked: list[tuple[str, tuple[Any, ...]]], keys: Sequence[str]
) -> tuple[list[tuple[str, tuple[Any, ...]]], int]:
    """The 21 None rows come and go together: three of them tell as much as all."""
    if "nextHopType" not in keys:
        return marked, 0
    kind = keys.index("nextHopType")
    none = [item for item in marked if item[1][kind] == "None"]
    gone = {id(item) for item in none[3:]}
    return [item for item in marked if id(item) not in gone], len(gone)


def _both(result: TableResult) -> list[tuple[Any, ...]]:
    table, comparison = result.table, result.comparison
    assert comparison is not None
    rows = normalise(
        result.predicted, comparison.keys, table.get("ignore", []), merge=table["ask"] == "routes"
    )
    for row in comparison.extra:
        rows.remove(row)
    return rows


def _coloured(
    mark: str,
    row: Sequence[Any],
    text: Sequence[str],
    widths: Sequence[int],
    partners: Sequence[Sequence[Any]],
) -> str:
    if mark == "=":
        return paint(_join(text, widths), "dim")
    if mark == "-" or not partners:
        return paint(_join(text, widths), "red" if mark == "-" else "green")
    nearest = min(partners, key=lambda p: sum(a != b for a, b in zip(p, row, strict=True)))
    cells = [paint(text[0].ljust(widths[0]), "green")]
    for value, want, cell, width in zip(row, nearest, text[1:-1], widths[1:], strict=True):
        cells.append(cell.ljust(width) if value == want else paint(cell.ljust(width), "green"))
    return "  ".join([*cells, paint(text[-1], "blue")])


def _own(result: TableResult, row: Sequence[Any], mark: str) -> str:
    """The rule or reason that the predicted rows behind a normalised row give."""
    comparison = result.comparison
    if mark == "-" or comparison is None:
        return ""
    wanted = {
        key: value for key, value in zip(comparison.keys, row, strict=True) if not isinstance(value, NextHops)
    }
    found = []
    for raw in one_prefix_a_row(result.predicted):
        if all(canonical_value(key, raw.get(key)) == value for key, value in wanted.items()):
            found += [str(raw[key]) for key in OWN_KEYS if raw.get(key)]
    return ", ".join(dict.fromkeys(found))


def _join(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells[:-1], widths, strict=True)]
    return "  ".join([*padded, cells[-1]]).rstrip()


def _text(value: Any) -> str:
    return "-" if value in (None, "") else str(value)


def _ratio(sums: Mapping[str, int]) -> str:
    return f"{sums['right']}/{sums['recorded']}" if sums["recorded"] else "-"


def _prefix_order(value: Any) -> tuple[Any, ...]:
    return address_order(str(value))
