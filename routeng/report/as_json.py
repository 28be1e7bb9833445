"""JSON and JSON lines: a flat list of objects, or one object; never wrapped in ``{"value": ...}``.

A list is written object by object, so that tables of millions of rows need no memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from routeng.report.parts import Report


def render(report: Report) -> Iterator[str]:
    """The document, indented by two blanks, with a final newline."""
    document = report.document
    if _is_one(document):
        yield _indented(document) + "\n"
        return
    opened = False
    for item in document:
        yield ",\n  " if opened else "[\n  "
        opened = True
        yield _indented(item).replace("\n", "\n  ")
    yield "\n]\n" if opened else "[]\n"


def render_lines(report: Report) -> Iterator[str]:
    """One object a line."""
    document = report.document if report.records is None else report.records
    for item in [document] if _is_one(document) else document:
        yield msgspec.json.encode(item).decode() + "\n"


def _is_one(document: Any) -> bool:
    return document is None or isinstance(document, (Mapping, str, bytes, int, float))


def _indented(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
