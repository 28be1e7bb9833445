"""What network managers make of a declaration: memberships, goal state by region, peerings made and removed.

A configuration does nothing where it is not deployed (AVNM-11); the deployed configurations of a region are its
whole goal state. Connected groups themselves are in :mod:`routeng.azure.connected_group`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase
from itertools import islice
from operator import is_

import msgspec

from routeng.azure.rules import Rule
from routeng.model.declaration import Declaration, VNetDecl
from routeng.model.delta import Delta
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
    """The deployed configurations of a declaration and the peerings that follow from them.

    ``before`` is what managers made of an earlier declaration, with what tells the two apart: memberships that the
    change cannot touch are taken over.
    """

    def __init__(self, declaration: Declaration, before: tuple[Managed, Delta] | None = None) -> None:
        self.declaration = declaration
        self._groups: dict[tuple[str, str], tuple[str, ...]] = {}
        self.deployed: tuple[Deployed, ...] = ()
        self._made: dict[str, dict[str, MadeLink]] = {}
        self._cleaned: set[str] = set()
        self._tags: dict[str, dict[str, list[VNetDecl]]] = {}
        if before is None or "networkManagers" in before[1].sections:
            self.deployed = tuple(self._deploy())
        else:
            old, delta = before
            self._groups = {key: self._members_after(key, old, delta) for key in old._groups}
            self.deployed = tuple(self._deployed_after(d, old, delta) for d in old.deployed)
            if all(map(is_, self.deployed, old.deployed)):
                self._made, self._cleaned = old._made, old._cleaned
                return
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

    def differs_at(self, old: Managed) -> AbstractSet[str]:
        """The VNets for which managers make or remove other peerings than ``old`` did."""
        if self._made is old._made and self._cleaned is old._cleaned:
            return frozenset()
        names = self._made.keys() | old._made.keys()
        made = {n for n in names if [*self.made_links(n).items()] != [*old.made_links(n).items()]}
        return made | (self._cleaned ^ old._cleaned)

    def _deploy(self) -> Iterable[Deployed]:
        for manager_name, manager in self.declaration.topology.network_managers.items():
            for name, config in manager.connectivity_configurations.items():
                if config.deployed_regions:
                    yield self._deployment(manager_name, name, config)

    def _deployment(self, manager: str, name: str, config: ConnectivityConfiguration) -> Deployed:
        """A configuration and the VNets that it reaches, group by group."""
        vnets = self.declaration.vnets
        regions = _regions(config)
        chosen = []
        outside = []
        for item in config.applies_to_groups:
            label = item.network_group.rpartition("/")[2]
            every = self._members(manager, label)
            inside = tuple(v for v in every if _in_regions(vnets[v], regions))
            chosen.append((label, inside))
            if len(inside) < len(every):
                outside.append((label, tuple(v for v in every if not _in_regions(vnets[v], regions))))
        hubs = (self.declaration.canonical("virtualNetworks", h) for h in config.hubs)
        return Deployed(
            manager=manager,
            name=name,
            declared=config,
            hubs=tuple(h for h in hubs if h and _in_regions(vnets[h], regions)),
            groups=tuple(chosen),
            outside=tuple(outside),
        )

    def _members(self, manager: str, group: str) -> tuple[str, ...]:
        """The VNets of a network group, wherever they are."""
        key = manager, group.lower()
        known = self._groups.get(key)
        if known is None:
            declared = self._group(key)
            known = self._groups[key] = (
                members(self.declaration, declared, self._tagged) if declared is not None else ()
            )
        return known

    def _tagged(self, tag: str, value: str) -> Iterable[VNetDecl]:
        """The VNets with this value of a tag, all values of a tag looked up at once."""
        values = self._tags.get(tag)
        if values is None:
            values = self._tags[tag] = {}
            for vnet in self.declaration.vnets.values():
                held = vnet.declared.tags.get(tag)
                if held is not None:
                    values.setdefault(held, []).append(vnet)
        return values.get(value, ())

    def _group(self, key: tuple[str, str]) -> NetworkGroup | None:
        manager, name = key
        groups = self.declaration.topology.network_managers[manager].network_groups
        return next((group for other, group in groups.items() if other.lower() == name), None)

    # -- after a change of VNets --------------------------------------------------------------------------------------

    def _members_after(self, key: tuple[str, str], old: Managed, delta: Delta) -> tuple[str, ...]:
        """The VNets of a network group: of those whose membership can have changed, each is asked again."""
        group, known = self._group(key), old._groups[key]
        if group is None or not delta.vnets:
            return known
        was, now = old.declaration.vnets, self.declaration.vnets
        if not isinstance(group.members, MemberFilter):
            renamed = any((name in was) != (name in now) for name in delta.vnets)
            return members(self.declaration, group) if renamed else known
        tests = _tests(group.members)
        lost = {n for n in delta.vnets if n in was and _matches(was[n], tests)}
        gained = {n for n in delta.vnets if n in now and _matches(now[n], tests)}
        stay = lost & gained
        return reselected(known, lost - stay, gained - stay, was, now)

    def _deployed_after(self, deployed: Deployed, old: Managed, delta: Delta) -> Deployed:
        """The deployment as it is now; the same object if it reaches the same VNets."""
        if not delta.vnets:
            return deployed
        was, now = old.declaration.vnets, self.declaration.vnets
        moved = any(n in was and n in now and was[n].location != now[n].location for n in delta.vnets)
        if not moved:
            keys = {(deployed.manager, label.lower()) for label, _ in deployed.groups}
            if all(self._groups[key] is old._groups[key] for key in keys):
                return deployed
            grown = self._grown(deployed, old) if not deployed.outside else None
            if grown is not None:
                return grown
        again = self._deployment(deployed.manager, deployed.name, deployed.declared)
        return deployed if again == deployed else again

    def _grown(self, deployed: Deployed, old: Managed) -> Deployed | None:
        """The deployment if its groups, all of it inside, only gained VNets at their ends, also inside; else None."""
        vnets, regions = self.declaration.vnets, _regions(deployed.declared)
        chosen = []
        for label, _ in deployed.groups:
            key = deployed.manager, label.lower()
            every, before = self._groups[key], old._groups[key]
            if every is not before and every[: len(before)] != before:
                return None
            if any(not _in_regions(vnets[n], regions) for n in every[len(before) :]):
                return None
            chosen.append((label, every))
        return msgspec.structs.replace(deployed, groups=tuple(chosen))

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


def members(
    declaration: Declaration,
    group: NetworkGroup,
    tagged: Callable[[str, str], Iterable[VNetDecl]] | None = None,
) -> tuple[str, ...]:
    """The VNets of a network group, static (references, globs) or conditional, in declaration order.

    ``tagged`` gives the VNets with a value of a tag, where many groups ask for the same tag.
    """
    vnets = declaration.vnets
    if isinstance(group.members, MemberFilter):
        tests = _tests(group.members)
        among: Iterable[VNetDecl] = vnets.values()
        if tagged is not None:
            for key, values in tests:
                if key != "name" and len(values) == 1:
                    among = tagged(key.removeprefix("tags."), values[0])
                    break
        return tuple(v.name for v in among if _matches(v, tests))
    chosen: dict[str, None] = {}
    for ref in group.members:
        name = declaration.canonical("virtualNetworks", ref)
        if name is not None:
            chosen[name] = None
        elif "*" in ref or "?" in ref:
            pattern = ref.lower()
            chosen.update((n, None) for n in vnets if fnmatchcase(n.lower(), pattern))
    return tuple(chosen)


def reselected(
    known: tuple[str, ...],
    lost: AbstractSet[str],
    gained: AbstractSet[str],
    was: Mapping[str, VNetDecl],
    now: Mapping[str, VNetDecl],
) -> tuple[str, ...]:
    """A selection of VNets in declared order without ``lost`` and with ``gained``; ``known`` itself if it stays."""
    if lost:
        known = tuple(n for n in known if n not in lost)
    if not gained:
        return known
    if any(n in was for n in gained):
        chosen = {*known, *gained}
        return tuple(n for n in now if n in chosen)
    new = islice((n for n in reversed([*now]) if n in gained), len(gained))
    return known + tuple(new)[::-1]


_Tests = list[tuple[str, tuple[str, ...]]]


def _tests(condition: MemberFilter) -> _Tests:
    return [(k, (v,) if isinstance(v, str) else tuple(v)) for k, v in condition.where.items()]


def _matches(vnet: VNetDecl, tests: _Tests) -> bool:
    for key, values in tests:
        if key == "name":
            if not any(fnmatchcase(vnet.name.lower(), v.lower()) for v in values):
                return False
        elif vnet.declared.tags.get(key.removeprefix("tags.")) not in values:
            return False
    return True


def _in_regions(vnet: VNetDecl, regions: set[str]) -> bool:
    return not vnet.location or vnet.location in regions


def _regions(config: ConnectivityConfiguration) -> set[str]:
    return {region(r) for r in config.deployed_regions}
