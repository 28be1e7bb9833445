"""Limits of connected groups and of what network managers connect (AVNM-14, AVNM-15)."""

from __future__ import annotations

from collections.abc import Collection

from routeng.azure.connected_group import ConnectedGroup
from routeng.limits.ledger import Ledger
from routeng.limits.tally import Tally
from routeng.limits.view import View

FEATURE = "microsoft.network/allowhighscaleconnectedgroup"
_REQUEST_ABOVE = 3000


def feature_registered(view: View) -> bool:
    """True if the subscription has the feature for high-scale connected groups."""
    return any(on and name.lower() == FEATURE for name, on in view.topology.features.items())


def members(group: ConnectedGroup) -> Collection[str]:
    """The VNets of a group; those refused for overlap are not among them (AVNM-5)."""
    capabilities = group.config.declared.connectivity_capabilities
    # Without a ban on overlap every candidate is a member, and the group's table need not be built to know.
    return group.members if capabilities.connected_group_address_overlap == "Disallowed" else group.candidates


def count(view: View, ledger: Ledger, tally: Tally) -> None:
    """Enter the limits of every group in force."""
    size = "avnm.vnets_per_connected_group"
    way = f"{size}_high_scale" if feature_registered(view) else size
    groups_of: dict[str, int] = {}
    for group in view.groups:
        inside = members(group)
        for name in inside:
            groups_of[name] = groups_of.get(name, 0) + 1
        value, override = ledger.value(way)
        note = None
        if len(inside) > _REQUEST_ABOVE and way != size:
            note = "above 3,000 some pages ask for a request form"
        ledger.add(size, group.label, len(inside), rule=(way, value, override), note=note)
        endpoints = tally.endpoints
        used = sum([endpoints.get(name, 0) for name in inside]) if endpoints else 0
        lacking = [name for name in inside if name not in tally.high_scale]
        _endpoints(ledger, group, used, lacking)
    ledger.add_many("avnm.connected_groups_per_vnet", groups_of.items())
    spokes: dict[str, set[str]] = {}
    for config in view.managed.deployed:
        if config.declared.connectivity_topology == "HubAndSpoke":
            for hub in config.hubs:
                spokes.setdefault(hub, set()).update(
                    n for _, inside in config.groups for n in inside if n != hub
                )
    ledger.add_many("avnm.spokes_per_hub", ((hub, len(names)) for hub, names in spokes.items()))


def _endpoints(ledger: Ledger, group: ConnectedGroup, used: int, lacking: list[str]) -> None:
    """20,000 endpoints need HighScale in the configuration and HSPE on every member, else it is 2,000."""
    if not group.high_scale:
        note = "the configuration does not ask for HighScale"
    elif lacking:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        note = f"without high-scale private endpoints: {lacking[0]}{more}"
    else:
        note = None
    ledger.add(
        "avnm.private_endpoints_per_connected_group", group.label, used, raised=note is None, note=note
    )
