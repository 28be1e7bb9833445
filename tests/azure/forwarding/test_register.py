"""The register of rules: complete, graded, tested, and its switches real."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from routeng.azure.catalogue import rule_register
from routeng.azure.profile import SWITCHES
from routeng.azure.rules import Grade

REGISTER = rule_register()
TESTS = Path(__file__).parents[2]
PACKAGE = Path(__file__).parents[3] / "routeng"

NOT_BY_NAME = {
    "A3": "two instances with ASN 65515: every table of a route server in tests/recorded and tests/azure/control",
    "A5": "ASNs of Virtual WAN: recorded case msee-hairpin-dualstack-vwan",
    "A7": "an error of the input: tests/model",
    "B1": "plain BGP: tests/bgp",
    "C-13": "echoing routers: the RIBs of tests/recorded, where the software of a router is recorded",
    "C-27": "tieBreak: recorded cases in which a router's choice is declared",
    "C2": "how advertised routes print: recorded cases",
    "E1": "a connection joins gateway and circuit: every ExpressRoute test",
    "L1": "limits: counted by limit id in tests/limits",
    "L2": "limits: counted by limit id in tests/limits",
    "L3": "limits: counted by limit id in tests/limits",
    "L4": "limits: counted by limit id in tests/limits",
    "L5": "limits: counted by limit id in tests/limits",
    "Q10": "an unknown choice among equal paths, which is reported and never asserted",
    "S14": "an address that sessions use: every recorded RIB with an appliance",
    "5.1": "the steps of an MSEE: recorded cases with stars, and tests/azure/control by the outcome",
}
"""Rules that no test names, and where they are held instead."""


def _test_names():
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name


NAMES = tuple(_test_names())


def is_named(rule):
    """Whether a test carries the id; its dash may be an underscore or missing (``C_19``, ``C19``)."""
    pattern = re.compile("(?<![A-Za-z0-9])" + re.sub("[-.]", "_?", rule) + "(?![A-Za-z0-9])")
    return any(pattern.search(name) for name in NAMES)


@pytest.mark.parametrize("rule", [r for r in REGISTER if r not in NOT_BY_NAME])
def test_every_rule_is_named_by_a_test(rule):
    assert is_named(rule)


@pytest.mark.parametrize("rule", sorted(NOT_BY_NAME))
def test_an_exception_is_for_a_rule_that_exists(rule):
    assert rule in REGISTER


@pytest.mark.parametrize("rule", REGISTER.values(), ids=list(REGISTER))
def test_a_rule_says_something_with_a_grade_and_a_source(rule):
    assert rule.grade in get_args(Grade)
    assert rule.source
    assert rule.says.endswith(".")


def test_rules_refer_to_switches_that_exist_and_every_switch_turns_a_rule():
    assert {r.switch for r in REGISTER.values() if r.switch} == set(SWITCHES)


@pytest.mark.parametrize("name", sorted(SWITCHES))
def test_a_switch_has_values_to_choose_from_and_says_what_it_decides(name):
    assert len(set(SWITCHES[name].values)) == len(SWITCHES[name].values) >= 2
    assert SWITCHES[name].decides


def test_every_rule_that_a_row_or_mask_cites_is_registered():
    """Ids given to Route(...) or to a mask in the forwarding files exist in the register."""
    cited = set()
    for name in ("endpoints", "fabric", "masks", "effective", "system", "user_routes", "connected_group"):
        for node in ast.walk(ast.parse((PACKAGE / "azure" / f"{name}.py").read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and re.fullmatch(r"(SYS|PEER|GW|UDR|PREC|SE|PE|AVNM|C)-\d+", text):
                cited.add(text)
    assert "PREC-4" in cited
    assert cited <= set(REGISTER) | set(SWITCHES)
