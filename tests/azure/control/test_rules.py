"""Every rule that the control plane names is stated in the register, and none is stated without a use."""

import re
from pathlib import Path

import pytest

import routeng.azure
from routeng.azure.catalogue import rule_register

ROOM = Path(routeng.azure.__file__).parent
FILES = (
    "advertised",
    "connections",
    "device_policy",
    "device_sessions",
    "devices",
    "expressroute",
    "gateway_routes",
    "instances",
    "limit_enforcement",
    "rib",
    "route_server",
    "session_plan",
    "virtual_wan",
    "vpn_gateway",
    "why",
)
NAMED = re.compile(r'Reject\(\s*"([A-Z][\w.-]*)"|"([A-Z]\w*-?\d+\w*): |find\(\s*"([A-Z][\w-]*)"')


@pytest.mark.parametrize("name", FILES)
def test_rules_that_a_file_names_are_registered(name):
    text = (ROOM / f"{name}.py").read_text()
    named = {group for match in NAMED.finditer(text) for group in match.groups() if group}
    assert named <= set(rule_register()), named - set(rule_register())


def test_every_switch_of_a_rule_exists():
    from routeng.azure.profile import SWITCHES

    for rule in rule_register().values():
        if rule.switch is not None:
            assert rule.switch in SWITCHES, rule


def test_dated_defaults_are_values_of_their_switches():
    from routeng.azure.eras import _DATED
    from routeng.azure.profile import SWITCHES

    eras = set(SWITCHES["system-none-routes"].values)
    for name, dated in _DATED.items():
        assert set(dated) <= eras
        assert set(dated.values()) <= set(SWITCHES[name].values)
