"""What Azure really showed, table by table: predictions may get better, never worse than ``score.json``."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from recorded import printing, scoring


@pytest.mark.parametrize("name", scoring.case_names())
def test_recorded_tables_are_predicted_as_well_as_before(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    case = scoring.run_case(name)
    outcome = case.outcome()
    record_property("recorded-case", json.dumps({name: outcome}))
    worse = scoring.regressions(name, outcome, scoring.read_score().get(name))
    if worse:
        shown = [
            line for table in case.tables for line in printing.table_report(table) if table.status != "exact"
        ]
        pytest.fail("\n".join([*worse, *shown]), pytrace=False)


def test_every_case_of_the_score_exists() -> None:
    assert set(scoring.read_score()) == set(scoring.case_names())


@pytest.mark.parametrize("name", scoring.case_names())
def test_every_recorded_topology_loads_without_error(name: str) -> None:
    import routeng

    assert routeng.load(scoring.CASES / name / "topology.json").routeng == 1
