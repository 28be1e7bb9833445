"""Plans: what is refused, and what is read."""

# ruff: noqa: E501 - one row a line reads best

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from routeng.inputs.errors import InputError, InputErrors
from routeng.model.plan import Rollback, load_plan, minutes_of


def plan(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"routengPlan": 1, "base": "base.json", "steps": list(steps), **more}


def step(id_: str = "1", **more: Any) -> dict[str, Any]:
    return {"id": id_, "merge": {"name": "x"}, **more}


def errors_of(document: Any) -> list[InputError]:
    with pytest.raises(InputErrors) as caught:
        load_plan(json.dumps(document).encode())
    return list(caught.value.errors)


def test_every_example_plan_loads(plan_file: Path) -> None:
    found = load_plan(plan_file)
    assert found.plan.steps
    assert Path(found.path(found.plan.base)).is_file()
    assert load_plan(plan_file.read_bytes(), plan_file.parent).plan == found.plan


def test_a_plan_is_read_whole() -> None:
    document = plan(
        step(
            "a",
            title="first",
            after="P15D",
            duration="PT45M",
            outage=[{"affects": ["gw"], "kind": "Reset", "minutes": [1, 2]}],
        ),
        {
            "id": "b",
            "from": "a",
            "restores": "a",
            "rollback": "previous",
            "update": {
                "virtualNetworks.*.subnets.*": [{"where": {"name": "vm*"}, "set": {"routeTable": None}}]
            },
            "x-why": 1,
        },
        step(
            "c",
            rollback={"merge": {}},
            expect=[
                {"limit": "er.prefixes", "breached": False},
                {"finding": "RTE1"},
                {"reach": True, "from": "a", "to": "b"},
            ],
        ),
        step("d", transient=[{"merge": {"name": "y"}, "minutes": [0.5, 10]}]),
        check={"flows": [["a/b", "ce"]], "limits": True},
    )
    found = load_plan(json.dumps(document).encode()).plan
    assert [s.id for s in found.steps] == ["a", "b", "c", "d"]
    assert found.steps[0].outage[0].kind == "reset"
    assert isinstance(found.steps[2].rollback, Rollback)
    assert found.steps[1].rollback == "previous"
    assert found.check.limits


def test_a_plan_from_standard_input_looks_for_files_in_the_current_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(plan(step())).encode())))
    assert load_plan("-").path("base.json") == "base.json"


@pytest.mark.parametrize(
    ("document", "at", "says", "suggestion"),
    [
        ([], "", "expected an object", None),
        ({"base": "b", "steps": [step()]}, "", "missing key 'routengPlan'", None),
        ({"routengPlan": 1, "steps": [step()]}, "", "missing key 'base'", None),
        (plan(), "/steps", "a plan needs a step", None),
        (plan(step("1"), step("1")), "/steps/1/id", "the id of step number 1 already", None),
        (plan(step("")), "/steps/0/id", "an id is not empty", None),
        (plan({"merge": {}}), "/steps/0", "missing key 'id'", None),
        (plan(step("3.1"), step("x", **{"from": "3.2"})), "/steps/1/from", "no such step", "3.1"),
        (plan(step("a", **{"from": "b"}), step("b")), "/steps/0/from", "not an earlier step", None),
        (plan(step("a", restores="a")), "/steps/0/restores", "not an earlier step", None),
        (plan(step("a", restores="z")), "/steps/0/restores", "no such step", None),
        (plan({"id": "1"}), "/steps/0", "needs one of merge, update", None),
        (plan(step(topology="t.json")), "/steps/0", "has merge and topology", None),
        (plan(step(merge=[])), "/steps/0/merge", "expected an object, got a list", None),
        (plan(step(megre={})), "/steps/0/megre", "unknown key", "merge"),
        (plan(step(after="15 days")), "/steps/0/after", "not an ISO 8601 duration", None),
        (plan(step(duration="PT")), "/steps/0/duration", "not an ISO 8601 duration", None),
        (plan(step(transient=[{}])), "/steps/0/transient/0", "needs merge or update", None),
        (plan(step(transient=[{"merge": {}, "minutes": [5]}])), "/steps/0/transient/0/minutes", "[typical, most]", None),
        (plan(step(outage=[{"affects": [], "kind": "down", "minutes": [9, 1]}])), "/steps/0/outage/0/minutes", "[typical, most]", None),
        (plan(step(outage=[{"affects": [], "kind": "lock"}])), "/steps/0/outage/0/kind", "expected one of down, locked, reset", "locked"),
        (plan(step(rollback={})), "/steps/0/rollback", "needs merge or update", None),
        (plan(step(rollback="previos")), "/steps/0/rollback", "previous", "previous"),
        (plan({"id": "1", "update": {"virtualNetworks": {"where": {"name": "a"}}}}), "/steps/0/update/virtualNetworks", "needs set, append or remove", None),
        (plan(step(expect=[{"limits": "x"}])), "/steps/0/expect/0", "expected a limit, a finding or an intent", "limit"),
        (plan(step(expect=[{"limit": "x"}])), "/steps/0/expect/0", '"breached"', None),
        (plan(step(), check={"flows": [["a"]]}), "/check/flows/0", "a flow has two ends", None),
        (plan(step(template={})), "/steps/0", "has merge and template", None),
        (plan({"id": "1", "template": {"waves": 3}}), "/steps/0/template", "missing key 'name'", None),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_plan(document: Any, at: str, says: str, suggestion: str | None) -> None:
    found = errors_of(document)
    matching = [e for e in found if e.pointer == at and says in e.message]
    assert matching, [str(e) for e in found]
    assert matching[0].suggestion == suggestion


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("P15D", 21600), ("PT45M", 45), ("P1W", 10080), ("P1DT2H30M", 1590), ("PT30S", 0.5), ("P", None), ("PT", None), ("P1DT", None), ("45M", None), ("-P1D", None)],
)  # fmt: skip
def test_durations_are_iso_8601(text: str, minutes: float | None) -> None:
    assert minutes_of(text) == minutes
