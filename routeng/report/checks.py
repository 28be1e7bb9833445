"""Findings: what Azure would refuse, and what it accepts and the user would regret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from routeng.report.listing import listing
from routeng.report.parts import Column, Report, Tone

if TYPE_CHECKING:
    from routeng.checks import Finding

_COLUMNS = (
    Column("severity", "Severity"),
    Column("code", "Code"),
    Column("message", "Finding"),
    Column("at", "At"),
    Column("rule", "Rule"),
)
_TONES: dict[str, Tone] = {"error": "bad", "refused": "bad", "warning": "warn", "info": "quiet"}


def report(findings: Sequence[Finding]) -> Report:
    """The findings in the order given, refusals first; the document has all their objects."""
    rows = [
        {**f.to_dict(), "severity": "refused" if f.refused else f.severity, "at": _some(f.objects)}
        for f in findings
    ]
    table = listing(rows, _COLUMNS, tones=_TONES, empty="No finding.")
    return Report(document=[f.to_dict() for f in findings], parts=table.parts)


def _some(objects: tuple[str, ...]) -> str:
    """The first objects, and how many more there are."""
    return ", ".join(objects[:2]) + (f" (+{len(objects) - 2:,})" if len(objects) > 2 else "")
