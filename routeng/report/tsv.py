"""Tab-separated values without headings, as ``az -o tsv`` prints them: for cut, sort, grep and awk.

One line a row; nested values are JSON; tabs, line breaks and control characters are escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from routeng.report.parts import Report, printable


def render(report: Report) -> Iterator[str]:
    """The flat rows of the report; without any, the values of each record, or object of the document."""
    records = report.document if report.records is None else report.records
    for row in report.flat if report.flat is not None else _rows(records):
        yield "\t".join(_cell(value) for value in row) + "\n"


def _rows(document: Any) -> Iterator[Iterable[Any]]:
    if isinstance(document, (Mapping, str)) or not isinstance(document, Iterable):
        document = [document]
    for item in document:
        if isinstance(item, Mapping):
            yield item.values()
        elif isinstance(item, (list, tuple)):
            yield item
        else:
            yield (item,)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return " ".join(printable(item) for item in value)
    return printable(msgspec.json.encode(value).decode())
