"""Network managers: members, conditions, hubs and groups exist (AVNM-1, AVNM-2)."""

from __future__ import annotations

from routeng.model.addresses import Path
from routeng.model.declaration import Declaration
from routeng.model.network_manager import MemberFilter, NetworkGroup, NetworkManager
from routeng.model.references import Names, report_case

_GLOB = frozenset("*?[")


def check_managers(declaration: Declaration, names: Names) -> None:
    """Check every network manager."""
    for name, manager in declaration.topology.network_managers.items():
        path = ("networkManagers", name)
        report_case(manager.network_groups, (*path, "networkGroups"), names.problems)
        report_case(
            manager.connectivity_configurations, (*path, "connectivityConfigurations"), names.problems
        )
        for group_name, group in manager.network_groups.items():
            check_group(group, (*path, "networkGroups", group_name), names)
        _check_configurations(name, manager, names)


def check_group(group: NetworkGroup, path: Path, names: Names) -> None:
    """Members that are names exist, whatever globs match; conditions are about the name or a tag."""
    members = group.members
    if isinstance(members, MemberFilter):
        for key in members.where:
            if key != "name" and not (key.startswith("tags.") and len(key) > 5):
                suggestion = "name" if key.lower() == "name" else f"tags.{key}"
                names.problems.add(
                    (*path, "members", "where", key),
                    "a condition is about name or tags.<tag>",
                    key,
                    suggestion=suggestion,
                )
        return
    find = names.of.get
    for i, ref in enumerate(members):
        if find(("virtualNetworks", ref.lower())) is None and _GLOB.isdisjoint(ref):
            names.need("virtualNetworks", ref, (*path, "members", i))


def _check_configurations(name: str, manager: NetworkManager, names: Names) -> None:
    groups = {g.lower() for g in manager.network_groups}
    absent = names.absent.get(f"networkManagers/{name}/networkGroups", frozenset())
    for key, configuration in manager.connectivity_configurations.items():
        path: Path = ("networkManagers", name, "connectivityConfigurations", key)
        if configuration.connectivity_topology == "HubAndSpoke" and not configuration.hubs:
            names.problems.add(path, "HubAndSpoke needs a hub in hubs", rule="AVNM-2")
        for i, ref in enumerate(configuration.hubs):
            names.need("virtualNetworks", ref, (*path, "hubs", i))
        for i, item in enumerate(configuration.applies_to_groups):
            ref = item.network_group.lower().rpartition("/")[2]
            if ref not in groups and ref not in absent:
                names.problems.add(
                    (*path, "appliesToGroups", i, "networkGroup"),
                    "no such network group in this manager",
                    item.network_group,
                    valid=manager.network_groups,
                )
