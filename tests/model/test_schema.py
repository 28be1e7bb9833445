"""The JSON Schema is valid, accepts what loads, and refuses unknown keys and wrong kinds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from routeng.model.json_schema import schema

TOPOLOGY = jsonschema.Draft202012Validator(schema())
PLAN = jsonschema.Draft202012Validator(schema("plan"))


@pytest.mark.parametrize("what", ["topology", "plan"])
def test_a_schema_is_a_schema_of_2020_12(what: str) -> None:
    made = schema(what)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(made)
    json.dumps(made)


def test_it_accepts_every_file_that_loads(valid_file: Path) -> None:
    TOPOLOGY.validate(json.loads(valid_file.read_bytes()))


def test_it_accepts_every_plan(plan_file: Path) -> None:
    PLAN.validate(json.loads(plan_file.read_bytes()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"routeng": 2},
        {"routeng": 1, "virtualNetwork": {}},
        {"routeng": 1, "virtualNetworks": []},
        {"routeng": 1, "virtualNetworks": {"a": {}}},
        {"routeng": 1, "virtualNetworks": {"a": {"addressSpace": ["10.0.0.0/8"], "adressSpace": 1}}},
        {"routeng": 1, "virtualNetworkGateways": {"g": {"gatewayType": "Er", "vnet": "a"}}},
        {"routeng": 1, "devices": {"d": {"kind": "nva", "bgp": {"asn": 0}}}},
        {"routeng": 1, "virtualNetworks": {"a": {"addressSpace": ["10.0.0.0/8"], "tags": {"x-a": 1}}}},
    ],
)
def test_it_refuses_wrong_shapes(wrong: dict[str, Any]) -> None:
    assert not TOPOLOGY.is_valid(wrong)


def test_the_marker_of_a_plan_is_required() -> None:
    plan = {"base": "b.json", "steps": [{"id": "1", "merge": {}}]}
    assert not PLAN.is_valid(plan)
    assert PLAN.is_valid(plan | {"routengPlan": 1})


def test_extensions_pass_in_objects_and_maps() -> None:
    vnet = {"addressSpace": ["10.0.0.0/8"], "x-note": 1}
    assert TOPOLOGY.is_valid({"routeng": 1, "x-a": [], "virtualNetworks": {"a": vnet, "x-b": "anything"}})


def test_an_unknown_schema_is_an_error() -> None:
    with pytest.raises(ValueError, match="topology, plan"):
        schema("nothing")
