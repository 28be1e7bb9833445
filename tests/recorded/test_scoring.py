"""The score of the recorded cases: what is counted, what is a regression, what a report shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from recorded import printing, scoring
from recorded.compare import compare

TABLE = {
    "id": "t",
    "ask": "rib",
    "node": "gw",
    "received": "er/primary",
    "localAddress": "10.0.0.4",
    "compare": ["network", "nextHop"],
    "complete": True,
    "rows": [
        {"network": "10.0.0.0/8", "nextHop": "10.0.0.1"},
        {"network": "10.1.0.0/16", "nextHop": "10.0.0.1"},
    ],
}


def outcome(
    right: int, status: str, *, recorded: int = 3, extra: int = 0, ask: str = "routes"
) -> dict[str, Any]:
    table = {"ask": ask, "status": status, "right": right, "recorded": recorded, "extra": extra}
    return {"completeness": "full", "tables": {"t": table}}


@pytest.mark.parametrize(
    ("old", "new", "worse"),
    [
        (outcome(3, "exact"), outcome(3, "exact"), False),
        (outcome(2, "differs"), outcome(3, "exact"), False),
        (outcome(1, "needs BGP"), outcome(2, "differs"), False),
        (outcome(0, "error"), outcome(0, "needs BGP"), False),
        (outcome(3, "exact"), outcome(3, "needs BGP"), True),
        (outcome(3, "exact"), outcome(3, "differs", extra=1), True),
        (outcome(2, "differs"), outcome(1, "differs"), True),
        (outcome(2, "differs", extra=0), outcome(2, "differs", extra=1), True),
        (outcome(2, "differs", extra=5), outcome(2, "differs", extra=1), False),
        (outcome(1, "differs"), outcome(2, "differs", extra=40), True),
        (outcome(0, "differs"), outcome(0, "error"), True),
        (outcome(3, "exact"), outcome(3, "exact", recorded=4), True),
    ],
)
def test_a_regression_is_fewer_right_rows_a_lower_score_or_a_lesser_status(
    old: dict[str, Any], new: dict[str, Any], worse: bool
) -> None:
    assert bool(scoring.regressions("case", new, old)) is worse


def test_cases_and_tables_without_a_score_are_reported() -> None:
    assert scoring.regressions("case", outcome(3, "exact"), None)
    empty = {"completeness": "full", "tables": {}}
    assert scoring.regressions("case", outcome(3, "exact"), empty)
    assert scoring.regressions("case", empty, outcome(3, "exact"))


def test_totals_are_split_by_kind_of_table_and_of_case() -> None:
    partial = {**outcome(1, "needs BGP", ask="rib"), "completeness": "partial"}
    sums = scoring.totals([outcome(2, "differs", extra=1), partial])
    assert sums["all"] == {"right": 3, "recorded": 6, "extra": 1}
    assert sums["routes"] == {"right": 2, "recorded": 3, "extra": 1} == sums["full"]
    assert sums["rib"] == {"right": 1, "recorded": 3, "extra": 0} == sums["partial"]
    assert sums["tables"] == {"exact": 0, "differs": 1, "needs BGP": 1, "error": 0}


def test_the_score_file_reads_back(tmp_path: Path) -> None:
    outcomes = {"b": outcome(1, "differs"), "a": outcome(3, "exact")}
    scoring.write_score(outcomes, tmp_path / "score.json")
    assert scoring.read_score(tmp_path / "score.json") == outcomes
    assert scoring.read_score(tmp_path / "none.json") == {}


def test_merge_patch_replaces_adds_and_deletes() -> None:
    target = {"a": {"b": 1, "c": 2}, "d": [1]}
    patch = {"a": {"b": None, "e": {"f": None}}, "d": [2], "g": "x"}
    assert scoring.merge_patch(target, patch) == {"a": {"c": 2, "e": {}}, "d": [2], "g": "x"}


class _Raises:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def get(self, overlay: object) -> Any:
        raise self.error


def test_an_error_scores_zero_and_is_shown() -> None:
    result = scoring.run_table("case", TABLE, _Raises(ValueError("no such thing")))  # type: ignore[arg-type]
    assert (result.status, result.right, result.recorded) == ("error", 0, 2)
    report = "\n".join(printing.table_report(result, verbose=True))
    assert "ValueError: no such thing" in report
    assert "Traceback" in report
    assert "rib gw received er/primary on 10.0.0.4" in report


def test_a_report_shows_missing_and_extra_rows_side_by_side_with_the_rule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    predicted = [
        {"network": "10.1.0.0/16", "nextHop": "10.0.0.2", "rule": "E5"},
        {"network": "10.0.0.0/8", "nextHop": "10.0.0.1"},
    ]
    result = scoring.TableResult("case", TABLE, "differs", 1, 2, 1, compare(TABLE, predicted), predicted)
    assert printing.difference(result) == [
        "     network      nextHop",
        "  -  10.1.0.0/16  10.0.0.1",
        "  +  10.1.0.0/16  10.0.0.2  E5",
    ]
    assert printing.difference(result, verbose=True)[1] == "  =  10.0.0.0/8   10.0.0.1"
