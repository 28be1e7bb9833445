"""Answers to table, JSON, JSON lines, TSV and Markdown.

One file a form (:mod:`~routeng.report.table`, ``as_json``, ``tsv``, ``markdown``) and one a kind of answer
(``routes``, ``rib``, ``limits``, ``diff`` ...), which turns it into a :class:`Report`. The same report
gives the same bytes, always.

Tables are laid out by :mod:`~routeng.report.table` itself: a general library for terminals takes longer to
import than the diff of two networks of 1,000 VNets takes to compute, and cuts or wraps what is to be
compared and copied.
"""

from __future__ import annotations

from collections.abc import Iterator

from routeng.report.parts import Column, Details, Heading, Line, Lines, Part, Report, Table

__all__ = ["Column", "Details", "Heading", "Line", "Lines", "Part", "Report", "Table", "render", "select"]


def render(report: Report, form: str, *, colour: bool = False) -> Iterator[str]:
    """``report`` as pieces of text, in ``table``, ``json``, ``jsonl``, ``tsv`` or ``markdown``."""
    match form:
        case "table":
            from routeng.report.table import render as table

            return table(report, colour=colour)
        case "json":
            from routeng.report.as_json import render as as_json

            return as_json(report)
        case "jsonl":
            from routeng.report.as_json import render_lines

            return render_lines(report)
        case "tsv":
            from routeng.report.tsv import render as tsv

            return tsv(report)
        case "markdown":
            from routeng.report.markdown import render as markdown

            return markdown(report)
    raise ValueError(f"no such form of output: {form!r}")


def select(report: Report, expression: str) -> Report:
    """What a JMESPath ``expression`` selects of the document of ``report``."""
    from routeng.report.query import select as by_query

    return by_query(report, expression)
