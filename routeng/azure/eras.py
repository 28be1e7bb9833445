"""Switches whose default follows the date of a network: the platform changed, and recordings of both exist.

A topology states its date by ``system-none-routes`` (SYS-3). A switch that it sets itself always wins.
"""

from __future__ import annotations

from collections.abc import Mapping

from routeng.azure.profile import SWITCHES, setting

_DATED: Mapping[str, Mapping[str, str]] = {
    "vpn-peer-host-routes": {"2018": "transit"},
    "ars-local-prefixes-learned": dict.fromkeys(("2018", "2021-03", "2021-11"), "listed"),
    "C-23": dict.fromkeys(("2018", "2021-03", "2021-11", "2023"), "hidden"),
}
_DEFAULTS = {"C-23": "listed"}


def dated_setting(profile: Mapping[str, str], name: str) -> str:
    """The value of switch ``name``: as declared, else as it was at the topology's date, else today's default."""
    declared = profile.get(name)
    if declared:
        return declared
    then = _DATED.get(name, {}).get(setting(profile, "system-none-routes"))
    if then is not None:
        return then
    return setting(profile, name) if name in SWITCHES else _DEFAULTS[name]
