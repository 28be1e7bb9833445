"""System routes: the VNet's own space, the default route to the Internet, and the None rows."""

from __future__ import annotations

from collections.abc import Mapping

from routeng.azure.layers import Layer, Route
from routeng.azure.profile import setting
from routeng.azure.rules import Rule
from routeng.data.system_routes import internet_prefixes, none_prefixes
from routeng.model.declaration import VNetDecl

RULES = (
    Rule(
        "SYS-1",
        "Every prefix of the VNet's address space gives one VnetLocal row; subnets give none.",
        "recorded",
        "UDR, L4",
    ),
    Rule("SYS-2", "Every subnet has 0.0.0.0/0 to the Internet (and ::/0 with IPv6).", "documented", "UDR"),
    Rule(
        "SYS-3",
        "Reserved ranges lead to None; the list depends on the platform's date.",
        "recorded",
        "UDR, L1, L2, L6",
        "system-none-routes",
    ),
    Rule("C-5", "IPv6 rows appear only in subnets that have an IPv6 prefix.", "recorded", "surprises C-5"),
)


def own_layer(vnet: VNetDecl) -> Layer:
    """The VnetLocal rows of ``vnet`` (SYS-1)."""
    route = Route("Default", "VnetLocal", "SYS-1", owner=vnet.name)
    return Layer(("own", vnet.name), dict.fromkeys(vnet.prefixes, route))


def default_layer(profile: Mapping[str, str]) -> Layer:
    """Internet and None rows of the platform's date (SYS-2, SYS-3)."""
    name = setting(profile, "system-none-routes")
    entries = dict.fromkeys(internet_prefixes(), Route("Default", "Internet", "SYS-2"))
    entries.update(dict.fromkeys(none_prefixes(name), Route("Default", "None", "SYS-3")))
    return Layer(("default", name), entries)
