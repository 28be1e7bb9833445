"""Print the score of the recorded cases at the end of the run, whichever process ran them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))

PROPERTY = "recorded-case"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line a case and the totals, from what the tests recorded in their reports."""
    from recorded import printing, scoring

    outcomes = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for key, value in getattr(report, "user_properties", []):
                if key == PROPERTY:
                    outcomes.update(json.loads(value))
    if not outcomes:
        return
    terminalreporter.section("recorded tables")
    for line in printing.summary(outcomes):
        terminalreporter.write_line(line)
    score = scoring.read_score()
    better = [name for name, outcome in outcomes.items() if scoring.improved(outcome, score.get(name))]
    if better:
        terminalreporter.write_line(
            f"differs from score.json: {', '.join(sorted(better))}; if it got better, keep it: "
            "python tests/recorded/run.py --update-score"
        )
