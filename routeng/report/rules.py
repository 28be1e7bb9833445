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


def report_one(rule: Rule, switch_values: Sequence[str] = ()) -> Report:
    """One rule in full; ``switch_values`` are what its switch may be set to, the default first."""
    lines = [Line(rule.says), Line(f"Grade: {rule.grade}"), Line(f"Source: {rule.source}")]
    if rule.switch:
        values = f" with {' or '.join(switch_values)}, the first by default" if switch_values else ""
        lines.append(Line(f'Switch: "profile": {{"{rule.switch}": ...}} in the topology{values}'))
    return Report(document=rule.to_dict(), parts=[Heading(rule.id), Lines(tuple(lines))])
