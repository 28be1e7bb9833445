"""Switches for rules that are dated, disputed or inferred (topology key ``profile``).

A switch is named after its rule id or, where several facts share it, by a plain name. Each has a default and a
closed set of values; :func:`setting` is the only way that a rule reads one.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from routeng.model.problems import Problems


class Switch(msgspec.Struct, frozen=True):
    """A switch: its values, the first being the default, and what it decides."""

    values: tuple[str, ...]
    decides: str


SWITCHES: Mapping[str, Switch] = {
    "system-none-routes": Switch(
        ("2026-08", "2018", "2021-03", "2021-11", "2023"), "which None rows the platform programs (SYS-3)"
    ),
    "E5": Switch(("one-next-hop", "ecmp"), "ExpressRoute next hops on NICs beside a route server"),
    "vpn-peer-host-routes": Switch(("local", "transit"), "whether /32s of VPN peers travel on (C-19)"),
    "ars-local-prefixes-learned": Switch(
        ("dropped", "listed"), "whether a route server lists prefixes of its own space as learned (C-12)"
    ),
    "ars-nva-to-nva": Switch(
        ("branch-to-branch", "always"), "when a route server passes one appliance's routes to another (C-11)"
    ),
    "H3": Switch(("off", "legacy-on"), "the hairpin default of a gateway that does not say (C-22)"),
    "A12": Switch(("juniper", "cisco"), "how an MSEE strips private ASNs from mixed paths"),
    "PE-9": Switch(("removed", "kept"), "endpoint /32 rows of VNets with high-scale private endpoints"),
    "G8": Switch(("per-prefix", "all-or-nothing"), "how a summary suppresses a partly covered spoke"),
    "G3-family": Switch(
        ("whole-list", "per-family"), "whether an IPv4-only summary list also replaces the hub's IPv6"
    ),
    "subnet-peering-advertised": Switch(
        ("none", "subnets"), "what a gateway advertises of subnet-peered spokes (E11)"
    ),
    "PEER-12": Switch(("all-subnets", "local-only"), "where rows of a subnet peering appear"),
    "AVNM-3": Switch(("hub-out", "hub-in"), "whether the hub is a member of its spokes' connected group"),
    "AVNM-16": Switch(("reached", "not-reached"), "endpoint /32 rows across a connected group"),
    "PE-5": Switch(
        ("longest-match", "vnet-prefix"),
        "whether a user route must also be longer than the rows of a subnet peering to take an endpoint over",
    ),
    "PREC-10": Switch(("on", "off"), "whether a connected group's space keeps gateway routes out"),
    "C-23": Switch(("listed", "hidden"), "whether an MSEE's table prints its own link's prefix"),
    "UDR-9": Switch(("peering", "peering-and-groups"), "what disablePeeringRoute removes"),
    "SE-6": Switch(("kept", "invalid"), "service-endpoint rows under an equal user route (PREC-6)"),
}
"""Every switch by name; the first value is the default."""


def check_switches(profile: Mapping[str, str], file: str = "<topology>") -> None:
    """Refuse values that a switch does not have; raises ``InputErrors`` with a pointer to each.

    Ids of rules that no switch turns are left to the model, which knows the spelling of rule ids.
    """
    problems = Problems(file)
    for name, value in profile.items():
        switch = SWITCHES.get(name)
        if switch is not None and value not in switch.values:
            expected = "expected one of " + ", ".join(switch.values)
            problems.add(("profile", name), expected, value, valid=switch.values, rule=name)
    problems.check()


def setting(profile: Mapping[str, str], name: str) -> str:
    """The value of switch ``name``: what the topology says, else the default."""
    return profile.get(name) or SWITCHES[name].values[0]
