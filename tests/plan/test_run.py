"""Running plans: order, branches, transient states, rollbacks, expectations, and what is wrong with a plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from routeng.inputs.errors import InputErrors
from routeng.plan import run_plan, step_topology

BASE: dict[str, Any] = {
    "routeng": 1,
    "virtualNetworks": {
        "hub": {"addressSpace": ["10.0.0.0/24"], "subnets": {"nva": {"addressPrefix": "10.0.0.0/25"}}},
        "spoke": {
            "addressSpace": ["10.1.0.0/24"],
            "subnets": {"vm": {"addressPrefix": "10.1.0.0/25", "routeTable": "rt"}},
        },
        "other": {"addressSpace": ["10.2.0.0/24"], "subnets": {"vm": {"addressPrefix": "10.2.0.0/25"}}},
    },
    "peerings": {"hub-spoke": {"vnets": ["hub", "spoke"]}},
    "routeTables": {"rt": {"routes": {}}},
}
PEER = {"peerings": {"hub-other": {"vnets": ["hub", "other"]}}}


@pytest.fixture
def plan(tmp_path: Path) -> Any:
    """Writes a plan of the given steps on BASE and gives its path."""

    def write(*steps: dict[str, Any], **keys: Any) -> str:
        (tmp_path / "base.json").write_text(json.dumps(BASE))
        document = {"routengPlan": 1, "base": "base.json", "steps": list(steps), **keys}
        file = tmp_path / "plan.json"
        file.write_text(json.dumps(document))
        return str(file)

    return write


def route(prefix: str, kind: str = "None") -> dict[str, Any]:
    return {"routeTables": {"rt": {"routes": {"r": {"addressPrefix": prefix, "nextHopType": kind}}}}}


def test_each_step_is_computed_on_top_of_the_last(plan: Any) -> None:
    found = run_plan(
        plan({"id": "a", "merge": PEER}, {"id": "b", "merge": {"peerings": {"hub-spoke": None}}})
    )
    assert [s.built_on for s in found.steps] == ["base", "a"]
    assert found.steps[1].diff is not None
    assert [s.places for s in found.steps[1].diff.routes] == [("hub/nva",), ("spoke/vm",)]


def test_from_branches_off_an_earlier_step(plan: Any) -> None:
    file = plan(
        {"id": "a", "merge": PEER},
        {"id": "b", "from": "a", "restores": "a", "merge": route("9.0.0.0/8", "Internet")},
    )
    found = run_plan(file)
    assert found.steps[1].built_on == "a"
    assert found.steps[1].restored is False
    assert found.failed


def test_a_restored_state_is_compared_by_what_it_computes_to(plan: Any) -> None:
    file = plan(
        {"id": "a", "merge": PEER},
        {
            "id": "b",
            "merge": {"virtualNetworks": {"other": {"addressSpace": ["10.2.0.0/24", "10.3.0.0/24"]}}},
        },
        {
            "id": "c",
            "restores": "a",
            "merge": {"virtualNetworks": {"other": {"addressSpace": ["10.2.0.0/24"], "note": "as it was"}}},
        },
    )
    assert run_plan(file).steps[2].restored is True


def test_a_transient_state_is_evaluated_and_not_kept(plan: Any) -> None:
    gone = {"title": "peering down", "merge": {"peerings": {"hub-spoke": None}}, "minutes": [1, 3]}
    found = run_plan(
        plan({"id": "a", "merge": PEER, "transient": [gone]}, check={"flows": [["spoke/vm", "hub/nva"]]})
    )
    only = found.steps[0]
    assert [(t.title, t.minutes) for t in only.transients] == [("peering down", (1, 3))]
    assert only.transients[0].flows[0].lost
    assert not only.flows[0].lost
    assert not only.failed


@pytest.mark.parametrize(
    ("rollback", "restored"),
    [
        ("previous", True),
        ({"merge": {"peerings": {"hub-other": None}}}, True),
        ({"merge": {"peerings": {"hub-spoke": None}}}, False),
    ],
)
def test_a_rollback_is_computed_and_compared(plan: Any, rollback: Any, restored: bool) -> None:
    found = run_plan(plan({"id": "a", "merge": PEER, "rollback": rollback}))
    assert found.steps[0].rolled_back is restored
    assert found.failed is not restored


def test_a_lost_flow_fails_the_step(plan: Any) -> None:
    found = run_plan(
        plan({"id": "a", "merge": route("10.0.0.0/24")}, check={"flows": [["spoke/vm", "hub/nva"]]})
    )
    lost = found.steps[0].flows[0]
    assert lost.lost
    assert lost.after.forward.by == "None (10.0.0.0/24)"
    assert lost.after.back.usable
    assert found.failed


def test_limits_are_compared_at_every_step(plan: Any) -> None:
    found = run_plan(plan({"id": "a", "merge": {**PEER, "limits": {"vnet.peerings": 1}}}))
    assert found.steps[0].breaches == ("vnet.peerings",)
    worst = found.worst[0]
    assert (worst.row.used, worst.row.limit, worst.step) == (2, 1, "a")


def test_expectations(plan: Any) -> None:
    expect = [
        {"limit": "vnet.peerings", "breached": True},
        {"limit": "vnet.peerings", "breached": False},
        {"finding": "RTE107"},
        {"reach": True, "from": "spoke/vm", "to": "hub/nva"},
    ]
    found = run_plan(plan({"id": "a", "merge": PEER, "expect": expect}))
    assert [e.met for e in found.steps[0].expected] == [False, True, False, None]
    assert "not computed yet" in found.steps[0].expected[3].says


def test_until_stops_there(plan: Any) -> None:
    file = plan({"id": "a", "merge": PEER}, {"id": "b", "merge": route("9.0.0.0/8")})
    assert [s.id for s in run_plan(file, until="a").steps] == ["a"]
    with pytest.raises(InputErrors, match="no such step"):
        run_plan(file, until="z")


def test_a_step_of_a_plan_is_a_topology(plan: Any) -> None:
    file = plan({"id": "a", "merge": PEER}, {"id": "b", "merge": {"peerings": {"hub-other": None}}})
    assert set(step_topology(file, "a").peerings) == {"hub-spoke", "hub-other"}
    assert set(step_topology(file, "b").peerings) == {"hub-spoke"}


def test_a_step_that_makes_the_topology_invalid_ends_the_run_and_is_named(plan: Any) -> None:
    file = plan(
        {"id": "a", "merge": PEER},
        {"id": "bad", "merge": {"virtualNetworks": {"other": {"addressSpace": ["10.0.0.0/16"]}}}},
        {"id": "c", "merge": route("9.0.0.0/8")},
    )
    found = run_plan(file)
    assert [(s.id, s.outcome) for s in found.steps] == [("a", "applied"), ("bad", "invalid")]
    assert found.invalid
    assert found.steps[1].errors is not None
    assert "/steps/1" in str(found.steps[1].errors)


def test_a_patch_that_touches_nothing_is_an_error(plan: Any) -> None:
    found = run_plan(
        plan({"id": "a", "merge": {"virtualNetworks": {"spoke": {"addressSpace": ["10.1.0.0/24"]}}}})
    )
    assert found.invalid
    assert "touches nothing" in str(found.steps[0].errors)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([{"id": "a", "merge": PEER}, {"id": "a", "merge": PEER}], "already"),
        ([{"id": "a", "from": "z", "merge": PEER}], "no such step"),
        ([{"id": "a"}], "needs one of merge"),
        ([], "needs a step"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said_before_anything_runs(plan: Any, steps: Any, message: str) -> None:
    with pytest.raises(InputErrors, match=message):
        run_plan(plan(*steps))


def test_a_flow_between_places_that_do_not_exist(plan: Any) -> None:
    with pytest.raises(InputErrors, match="no such place") as error:
        run_plan(plan({"id": "a", "merge": PEER}, check={"flows": [["spoke/vmm", "hub/nva"]]}))
    assert [(e.pointer, e.suggestion) for e in error.value.errors] == [("/check/flows/0/0", "spoke/vm")]


def test_progress_is_told_before_each_step(plan: Any) -> None:
    seen: list[tuple[int, int, str]] = []
    run_plan(plan({"id": "a", "merge": PEER}), progress=lambda *told: seen.append(told))
    assert seen == [(0, 1, "a")]
