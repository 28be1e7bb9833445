"""What network managers make of a declaration: memberships, goal state by region, peerings made and removed.

A configuration does nothing where it is not deployed (AVNM-11); the deployed configurations of a region are its
whole goal state. Connected groups themselves are in :mod:`routeng.azure.connected_group`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

import msgspec

from routeng.azure.rules import Rule
from routeng.model.declaration import Declaration, VNetDecl
from routeng.model.network_manager import ConnectivityConfiguration, MemberFilter, NetworkGroup

RULES = (
    Rule(
        "AVNM-2",
        "Hub-and-spoke makes real peerings between hub and spokes; direct connectivity adds a connected"
        " group among the spokes of one network group.",
        "documented",
        "CONN",
    ),
    Rule(
        "AVNM-10",
        "deleteExistingPeering removes peerings of the configured VNets that no deployed configuration"
        " asks for, also ones made by hand.",
        "documented",
        "CONN",
    ),
    Rule(
        "AVNM-11",
        "Nothing happens until a configuration is deployed to a region; only VNets of deployed regions"
        " are configured.",
        "documented",
        "DEP",
    ),
)


class MadeLink(msgspec.Struct, frozen=True):
    """A peering that a configuration makes, from one side: is this side the hub, does it share the gateway."""

    is_hub: bool
    use_gateway: bool
    manager: str


class Deployed(msgspec.Struct, frozen=True):
    """A configuration in force: its hubs and, per network group, the members in deployed regions.

    ``outside``: per network group, the members in other regions.
    """

    manager: str
    name: str
    declared: ConnectivityConfiguration
    hubs: tuple[str, ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    outside: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Managed:
    """The deployed configurations of a declaration and the peerings that follow from them."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self.deployed: tuple[Deployed, ...] = tuple(_deployed(declaration))
        self._made: dict[str, dict[str, MadeLink]] = {}
        self._cleaned: set[str] = set()
        for config in self.deployed:
            self._make(config)

    @property
    def cleans(self) -> bool:
        """True if some deployment removes peerings that it did not ask for."""
        return bool(self._cleaned)

    def made_links(self, vnet: str) -> Mapping[str, MadeLink]:
        """The peerings that configurations make for ``vnet``: remote VNet -> how."""
        return self._made.get(vnet, _NOTHING)

    def removes(self, vnet: str, remote: str) -> bool:
        """True if a declared peering between the two is removed by a deployment (AVNM-10)."""
        return vnet in self._cleaned or remote in self._cleaned

    def removed_peerings(self) -> list[tuple[str, str]]:
        """Every declared peering half that a deployment removes, as (vnet, remote)."""
        vnets = self.declaration.vnets
        return [
            (v.name, p.remote)
            for v in (vnets.values() if self._cleaned else ())
            for p in v.peerings
            if self.removes(v.name, p.remote) and p.remote not in self._made.get(v.name, {})
        ]

    def _make(self, config: Deployed) -> None:
        label = f"{config.manager}/{config.name}"
        if config.declared.connectivity_topology == "HubAndSpoke":
            items = config.declared.applies_to_groups
            for hub in config.hubs:
                for item, (_, members) in zip(items, config.groups, strict=True):
                    for spoke in members:
                        if spoke == hub:
                            continue
                        self._made.setdefault(hub, {})[spoke] = MadeLink(True, item.use_hub_gateway, label)
                        self._made.setdefault(spoke, {})[hub] = MadeLink(False, item.use_hub_gateway, label)
        if config.declared.delete_existing_peering:
            self._cleaned.update(config.hubs)
            for _, members in config.groups:
                self._cleaned.update(members)


_NOTHING: Mapping[str, MadeLink] = {}


def region(text: str) -> str:
    """A region's name as it is compared: lower case, without blanks ("East US" = eastus)."""
    return text.replace(" ", "").lower()


def members(declaration: Declaration, group: NetworkGroup) -> tuple[str, ...]:
    """The VNets of a network group, static (references, globs) or conditional, in declaration order."""
    vnets = declaration.vnets
    if isinstance(group.members, MemberFilter):
        tests = [(k, (v,) if isinstance(v, str) else tuple(v)) for k, v in group.members.where.items()]
        return tuple(v.name for v in vnets.values() if _matches(v, tests))
    chosen: dict[str, None] = {}
    for ref in group.members:
        name = declaration.canonical("virtualNetworks", ref)
        if name is not None:
            chosen[name] = None
        elif "*" in ref or "?" in ref:
            pattern = ref.lower()
            chosen.update((n, None) for n in vnets if fnmatchcase(n.lower(), pattern))
    return tuple(chosen)


def _matches(vnet: VNetDecl, tests: list[tuple[str, tuple[str, ...]]]) -> bool:
    for key, values in tests:
        if key == "name":
            if not any(fnmatchcase(vnet.name.lower(), v.lower()) for v in values):
                return False
        elif vnet.declared.tags.get(key.removeprefix("tags.")) not in values:
            return False
    return True


def _deployed(declaration: Declaration) -> Iterable[Deployed]:
    for manager_name, manager in declaration.topology.network_managers.items():
        cache: dict[str, tuple[str, ...]] = {}
        groups: Mapping[str, NetworkGroup] = {n.lower(): g for n, g in manager.network_groups.items()}
        for name, config in manager.connectivity_configurations.items():
            regions = {region(r) for r in config.deployed_regions}
            if not regions:
                continue
            chosen = []
            outside = []
            for item in config.applies_to_groups:
                key = item.network_group.rpartition("/")[2].lower()
                if key not in cache:
                    cache[key] = members(declaration, groups[key]) if key in groups else ()
                inside = tuple(v for v in cache[key] if _in_regions(declaration.vnets[v], regions))
                label = item.network_group.rpartition("/")[2]
                chosen.append((label, inside))
                if len(inside) < len(cache[key]):
                    outside.append(
                        (
                            label,
                            tuple(v for v in cache[key] if not _in_regions(declaration.vnets[v], regions)),
                        )
                    )
            hubs = (declaration.canonical("virtualNetworks", h) for h in config.hubs)
            yield Deployed(
                manager=manager_name,
                name=name,
                declared=config,
                hubs=tuple(h for h in hubs if h and _in_regions(declaration.vnets[h], regions)),
                groups=tuple(chosen),
                outside=tuple(outside),
            )


def _in_regions(vnet: VNetDecl, regions: set[str]) -> bool:
    return not vnet.location or vnet.location in regions
