"""Plain text for people: aligned tables as az prints them, ``+ ~ -`` lines, colour on demand.

A table is headings, a rule of dashes and the rows, two blanks between columns; a column is as wide as its
widest value and at least two wider than its heading, which is how az lays tables out, so that outputs can
be compared.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from routeng.report.parts import Column, Details, Heading, Line, Part, Report, Table, Tone, text

_TONES: Mapping[Tone, str] = {"good": "32", "bad": "31", "warn": "33", "quiet": "2", "strong": "1", "": ""}
_MARKS: Mapping[str, Tone] = {"+": "good", "-": "bad", "~": "warn", "": ""}


def render(report: Report, *, colour: bool = False) -> Iterator[str]:
    """The parts of ``report``, a blank line between two parts."""
    first = True
    for part in report.parts:
        if not first:
            yield "\n"
        first = False
        yield from _part(part, colour)


def _part(part: Part, colour: bool) -> Iterator[str]:
    if isinstance(part, Heading):
        yield _paint(text(part.text), "strong", colour) + "\n"
    elif isinstance(part, Table):
        yield from _table(part, colour)
    elif isinstance(part, Details):
        yield _paint(text(part.title), "strong", colour) + "\n"
        for inner in part.parts:
            yield from _part(inner, colour)
    else:
        yield from (_line(line, colour) for line in part.lines)


def _line(line: Line, colour: bool) -> str:
    words = f"{line.mark} {text(line.text)}" if line.mark else text(line.text)
    return "  " * line.depth + _paint(words, line.tone or _MARKS[line.mark], colour) + "\n"


def _table(table: Table, colour: bool) -> Iterator[str]:
    cells = [[text(row.get(column.key)) for column in table.columns] for row in table.rows]
    widths = [
        max(width(column.title) + 2, max((width(row[i]) for row in cells), default=0))
        for i, column in enumerate(table.columns)
    ]
    yield _joined([column.title for column in table.columns], widths, table.columns) + "\n"
    yield "  ".join("-" * w for w in widths) + "\n"
    for row in cells:
        if colour and table.tones:
            yield _toned(row, widths, table) + "\n"
        else:
            yield _joined(row, widths, table.columns) + "\n"


def _joined(cells: list[str], widths: list[int], columns: tuple[Column, ...]) -> str:
    return "  ".join(
        _padded(cell, w, c.right) for cell, w, c in zip(cells, widths, columns, strict=True)
    ).rstrip()


def _toned(cells: list[str], widths: list[int], table: Table) -> str:
    padded = []
    for cell, w, column in zip(cells, widths, table.columns, strict=True):
        words = _padded(cell, w, column.right)
        tone = table.tones.get(cell, "")
        padded.append(words.replace(cell, _paint(cell, tone, True), 1) if cell and tone else words)
    return "  ".join(padded).rstrip()


def _padded(cell: str, columns: int, right: bool) -> str:
    blanks = " " * (columns - width(cell))
    return blanks + cell if right else cell + blanks


def width(words: str) -> int:
    """The columns of a terminal that ``words`` take: East Asian wide characters two, combining ones none."""
    if words.isascii():
        return len(words)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in words
    )


def _paint(words: str, tone: Tone, colour: bool) -> str:
    return f"\033[{_TONES[tone]}m{words}\033[0m" if colour and tone and words else words
