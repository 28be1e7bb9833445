"""``routeng rules`` and ``routeng schema``: what stands behind answers and inputs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema

from routeng.azure.catalogue import rule_register


def test_all_rules_are_listed_with_grade_and_source(routeng: Callable[..., Any]) -> None:
    rows = routeng("rules", "-o", "json").json
    assert [row["id"] for row in rows] == list(rule_register())
    assert all(row["says"] and row["source"] and row["grade"] for row in rows)
    assert len(routeng("rules", "-o", "tsv").out.splitlines()) == len(rows)


def test_one_rule_is_shown_in_full_whatever_its_case(routeng: Callable[..., Any]) -> None:
    done = routeng("rules", "prec-4")
    assert done.out.splitlines()[0] == "PREC-4"
    assert "Grade: recorded" in done.out
    assert routeng("rules", "PREC-4", "-o", "json").json == rule_register()["PREC-4"].to_dict()


def test_a_rule_with_a_switch_says_how_to_turn_it(routeng: Callable[..., Any]) -> None:
    rule = next(rule for rule in rule_register().values() if rule.switch)
    assert f'"{rule.switch}": ...' in routeng("rules", rule.id).out


def test_the_schema_is_valid_and_accepts_a_topology(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    schema = routeng("schema").json
    assert schema == routeng("schema", "topology").json
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    document = json.loads(hub_and_spoke.read_bytes())
    assert validator.is_valid(document)
    document["virtualNetworks"]["hub"]["adressSpace"] = []
    assert not validator.is_valid(document)
