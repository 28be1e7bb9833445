"""Rules of Azure routing: what each says, how well it is supported, where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from routeng.report.listing import listing
from routeng.report.parts import Column, Heading, Line, Lines, Report

if TYPE_CHECKING:
    from routeng.azure.rules import Rule

_COLUMNS = (
    Column("id", "Rule"),
    Column("grade", "Grade"),
    Column("says", "Says"),
    Column("switch", "Switch"),
    Column("source", "Source"),
)


def report_all(rules: Sequence[Rule]) -> Report:
    """A line a rule."""
    return listing([rule.to_dict() for rule in rules], _COLUMNS, empty="No rules.")


def report_one(rule: Rule) -> Report:
    """One rule in full."""
    lines = [Line(rule.says), Line(f"Grade: {rule.grade}"), Line(f"Source: {rule.source}")]
    if rule.switch:
        lines.append(Line(f'Switch: "profile": {{"{rule.switch}": ...}} in the topology'))
    return Report(document=rule.to_dict(), parts=[Heading(rule.id), Lines(tuple(lines))])
