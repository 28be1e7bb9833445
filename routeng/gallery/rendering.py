"""JSON as a person would write it: what fits on a line stays there; same document in, same bytes out."""

from __future__ import annotations

import json
from typing import Any

WIDTH = 150
"""Columns that a line may take."""


def render(document: Any) -> bytes:
    """``document`` as UTF-8 JSON with a final newline; keys keep the order that they were written in."""
    return (_lines(document, 0, 0) + "\n").encode()


def _lines(value: Any, indent: int, used: int) -> str:
    """``value`` as text; ``used`` columns of its first line are taken by indentation and key."""
    if not isinstance(value, dict | list) or not value:
        return json.dumps(value, ensure_ascii=False)
    if _fits(value, WIDTH - used):
        return json.dumps(value, ensure_ascii=False)
    pad = " " * (indent + 2)
    if isinstance(value, list):
        if not any(isinstance(item, dict | list) for item in value):
            return _filled([json.dumps(item, ensure_ascii=False) for item in value], indent + 2)
        parts = [pad + _lines(item, indent + 2, indent + 2) for item in value]
        return "[\n" + ",\n".join(parts) + "\n" + " " * indent + "]"
    parts = []
    for key, item in value.items():
        head = f"{pad}{json.dumps(key, ensure_ascii=False)}: "
        parts.append(head + _lines(item, indent + 2, len(head) + 1))
    return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"


def _fits(value: Any, columns: int) -> bool:
    """Whether the one-line form fits; a cheap lower bound spares the sections that obviously do not."""
    return len(value) * 3 <= columns and len(json.dumps(value, ensure_ascii=False)) <= columns


def _filled(items: list[str], indent: int) -> str:
    """A list of plain values over as few lines as the width allows."""
    pad = " " * indent
    lines: list[str] = []
    line = pad
    for position, item in enumerate(items):
        text = item if position == len(items) - 1 else item + ","
        if line != pad and len(line) + 1 + len(text) > WIDTH:
            lines.append(line)
            line = pad
        line += text if line == pad else " " + text
    lines.append(line)
    return "[\n" + "\n".join(lines) + "\n" + " " * (indent - 2) + "]"
