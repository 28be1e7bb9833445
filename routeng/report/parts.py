"""What a report is made of, before anybody decided how it looks.

A :class:`Report` holds the same answer twice: as the ``document`` that programs get (json, jsonl, tsv), and
as ``parts`` for people (table, markdown).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

Mark = Literal["+", "-", "~", ""]
Tone = Literal["good", "bad", "warn", "quiet", "strong", ""]


class Column(msgspec.Struct, frozen=True):
    """A column: the key of the row, the heading, and whether numbers in it line up at the right."""

    key: str
    title: str
    right: bool = False


class Table(msgspec.Struct, frozen=True):
    """Rows under headings. ``tones`` maps a value of any cell to the tone that it is shown in."""

    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Any]]
    tones: Mapping[str, Tone] = {}


class Heading(msgspec.Struct, frozen=True):
    """A title above what follows."""

    text: str


class Line(msgspec.Struct, frozen=True):
    """A line of text; ``mark`` says added, removed or changed, ``depth`` how far it is indented."""

    text: str
    mark: Mark = ""
    tone: Tone = ""
    depth: int = 0


class Lines(msgspec.Struct, frozen=True):
    """Lines that belong together."""

    lines: tuple[Line, ...]


class Details(msgspec.Struct, frozen=True):
    """Bulk that may be folded away where the format can fold; ``summary`` stands for it when it is."""

    title: str
    summary: str
    parts: tuple[Heading | Lines | Table, ...]


Part = Heading | Lines | Table | Details


class Report(msgspec.Struct, frozen=True):
    """An answer, ready to be shown.

    ``document`` is one object, or an iterable of objects, which may be produced on the way and is read
    once. ``parts`` are read once, too. ``records`` are the objects of jsonl (None: those of the document),
    ``flat`` the rows of tsv (None: the values of the records).
    """

    document: Mapping[str, Any] | Iterable[Any]
    parts: Iterable[Part]
    records: Iterable[Mapping[str, Any]] | None = None
    flat: Iterable[Sequence[Any]] | None = None


def text(value: Any) -> str:
    """A value of a cell as one line of text: lists with blanks between, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, (list, tuple)):
        return " ".join(text(item) for item in value)
    if isinstance(value, float):
        return f"{value:g}"
    return printable(msgspec.json.encode(value).decode())


def printable(value: str) -> str:
    """``value`` without line breaks and control characters, which are shown as escapes."""
    if value.isprintable():
        return value
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in value)
