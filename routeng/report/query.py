"""JMESPath over the JSON form of an answer (``--query``), and as a filter of rows (``--where``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from routeng.report.parts import Column, Line, Lines, Part, Report, Table


class QueryError(ValueError):
    """An expression that is not JMESPath, or fails on the answer."""


def select(report: Report, expression: str) -> Report:
    """What ``expression`` selects of the document: a table of objects, or a value a line."""
    compiled = _compiled(expression)
    document = report.document
    try:
        found = compiled(document if isinstance(document, Mapping) else list(document))
    except JMESPathError as error:
        raise QueryError(f"{expression!r}: {error}") from None
    return Report(document=found, parts=_parts(found))


def row_filter(expression: str) -> Callable[[Mapping[str, Any]], bool]:
    """A test of rows: whether the result is what JMESPath calls true (not null, false, "", [] or {})."""
    compiled = _compiled(expression)

    def holds(row: Mapping[str, Any]) -> bool:
        try:
            found = compiled(row)
        except JMESPathError as error:
            raise QueryError(f"{expression!r}: {error}") from None
        return found is not None and found is not False and found not in ("", [], {})

    return holds


def _compiled(expression: str) -> Callable[[Any], Any]:
    try:
        search: Callable[[Any], Any] = jmespath.compile(expression).search
    except JMESPathError as error:
        where = str(error).splitlines()[0]
        raise QueryError(f"{expression!r} is not JMESPath: {where}") from None
    return search


def _parts(found: Any) -> Iterable[Part]:
    rows = [found] if isinstance(found, Mapping) else found
    if isinstance(rows, list) and rows and all(isinstance(row, Mapping) for row in rows):
        keys = dict.fromkeys(key for row in rows for key in row)
        return [Table(tuple(Column(key, key[:1].upper() + key[1:]) for key in keys), rows)]
    if isinstance(rows, list) and rows and all(isinstance(row, list) for row in rows):
        count = max(len(row) for row in rows)
        columns = tuple(Column(str(i), f"Column{i + 1}") for i in range(count))
        return [Table(columns, [{str(i): value for i, value in enumerate(row)} for row in rows])]
    values = rows if isinstance(rows, list) else [] if rows is None else [rows]
    return [Lines(tuple(Line(value if isinstance(value, str) else _text(value)) for value in values))]


def _text(value: Any) -> str:
    import msgspec

    return msgspec.json.encode(value).decode()
