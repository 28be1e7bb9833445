"""A list of objects under chosen columns: what most answers are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from routeng.report.parts import Column, Line, Lines, Part, Report, Table, Tone


def listing(
    rows: Sequence[Mapping[str, Any]],
    columns: Iterable[Column],
    *,
    tones: Mapping[str, Tone] | None = None,
    empty: str = "nothing",
    notes: Sequence[str] = (),
) -> Report:
    """``rows`` as a table of ``columns``; the document has all keys. ``empty`` is said when there are none."""
    parts: list[Part] = [Table(tuple(columns), rows, tones or {})] if rows else [Lines((Line(empty),))]
    if notes:
        parts.append(Lines(tuple(Line(note, tone="warn") for note in notes)))
    return Report(document=rows, parts=parts)
