"""Connected groups: members of a mesh, or directly connected spokes, reach each other without peerings.

A group is one shared layer: the prefixes of all members. What one member does not see of it (its own space, the
space of VNets it is peered with) is subtracted per member; what nobody sees (overlapping space) is left out here.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import NamedTuple

from routeng.azure.network_manager import Deployed, Managed
from routeng.azure.peering import Peerings
from routeng.azure.profile import setting
from routeng.azure.rules import Rule
from routeng.lpm import Prefix, PrefixTable
from routeng.model.declaration import Declaration
from routeng.model.delta import Delta

RULES = (
    Rule(
        "AVNM-1",
        "A mesh, or direct connectivity in hub-and-spoke, gives every member a ConnectedGroup row for"
        " each prefix of the other members; nothing appears under peerings.",
        "recorded",
        "CONN, L9",
    ),
    Rule("AVNM-3", "The hub is not a member of its spokes' connected group.", "inferred", "CONN", "AVNM-3"),
    Rule(
        "AVNM-4",
        "A group is regional unless it is global: members reach only members of their region.",
        "documented",
        "CONN",
    ),
    Rule(
        "AVNM-5",
        "Overlapping space of members is left out of the group; where overlap is disallowed, a VNet that"
        " overlaps an earlier member is not added.",
        "documented",
        "CONN, LIM",
    ),
    Rule(
        "AVNM-6",
        "Space of a member that overlaps an outside VNet peered with some member is dropped for the"
        " other members.",
        "documented",
        "LIM",
    ),
    Rule(
        "AVNM-7",
        "Peering between two VNets outranks a connected group between them.",
        "documented",
        "LIM, SUBP",
    ),
    Rule(
        "AVNM-8",
        "Gateway routes do not cross a connected group; only a peering with gateway transit brings them.",
        "reported",
        "mspnp/samples PR 223",
    ),
    Rule(
        "AVNM-14",
        "High-scale private endpoints in a group need every member to have them.",
        "documented",
        "LIM, CONN",
    ),
    Rule(
        "AVNM-12",
        "A member in a region where the configuration is not deployed takes no part.",
        "inferred",
        "DEP",
    ),
)


class _Content(NamedTuple):
    """What is in a group; ``outside`` holds every VNet outside that is peered with a member, and maybe others."""

    members: dict[str, None]
    table: PrefixTable[str]
    left_out: dict[Prefix, str]
    refused: tuple[str, ...] = ()
    outside: frozenset[str] = frozenset()


class _Split(NamedTuple):
    """Members that form one group for each region: all of them, and by region ("" where regions do not matter)."""

    members: tuple[str, ...]
    is_global: bool
    regions: dict[str, tuple[str, ...]]


class ConnectedGroup:
    """One connected group; immutable after construction, its table is built on first use.

    ``key`` identifies it within a network, ``label`` names it to a reader. ``left_out`` maps a prefix that no
    member sees to the rule that drops it; ``refused`` lists VNets that overlap where overlap is disallowed.
    ``group`` is the network group that it is made of ("" for a whole mesh).
    ``before`` is the group before a change, with the VNets whose space or links may differ since.
    """

    def __init__(
        self,
        key: str,
        group: str,
        region: str,
        config: Deployed,
        members: tuple[str, ...],
        split: _Split,
        declaration: Declaration,
        peerings: Peerings,
        before: tuple[ConnectedGroup, AbstractSet[str]] | None = None,
    ) -> None:
        self.key = key
        self.group = group
        self.label = "/".join(p for p in (config.name, group, region) if p)
        self.config = config
        self.candidates = members
        self.split = split
        self._declaration = declaration
        self._peerings = peerings
        self._shifted: tuple[dict[str, None] | None, AbstractSet[str]] = (None, frozenset())
        if before is not None:
            content = self._edited(*before)
            if content is not None:
                self._content = content

    @property
    def high_scale(self) -> bool:
        """True if the configuration asks for high-scale private endpoints."""
        return (
            self.config.declared.connectivity_capabilities.connected_group_private_endpoints_scale
            == "HighScale"
        )

    @property
    def members(self) -> AbstractSet[str]:
        """The VNets in the group."""
        return self._content.members.keys()

    @property
    def table(self) -> PrefixTable[str]:
        """Prefix -> name of the member that owns it, for every prefix that some member may see."""
        return self._content.table

    @property
    def left_out(self) -> dict[Prefix, str]:
        """Prefixes of members that nobody sees -> the rule that drops them."""
        return self._content.left_out

    @property
    def refused(self) -> tuple[str, ...]:
        """VNets not added because they overlap (AVNM-5, Disallowed)."""
        return self._content.refused

    @cached_property
    def _content(self) -> _Content:
        vnets = self._declaration.vnets
        capabilities = self.config.declared.connectivity_capabilities
        disallowed = capabilities.connected_group_address_overlap == "Disallowed"
        owners: dict[Prefix, str] = {}
        twice: set[Prefix] = set()
        for name in self.candidates:
            for prefix in vnets[name].prefixes:
                if owners.setdefault(prefix, name) != name:
                    twice.add(prefix)
        overlapping = twice | _nested(owners)
        if overlapping and disallowed:
            return self._without_overlap()
        outside = self._outside()
        left_out = dict.fromkeys(overlapping, "AVNM-5")
        for prefix in self._outside_overlaps(owners, outside):
            left_out.setdefault(prefix, "AVNM-6")
        for prefix in left_out:
            owners.pop(prefix, None)
        table: PrefixTable[str] = PrefixTable()
        table.update(owners)
        return _Content(dict.fromkeys(self.candidates), table, left_out, (), outside)

    def _without_overlap(self) -> _Content:
        table: PrefixTable[str] = PrefixTable()
        inside: dict[str, None] = {}
        refused: list[str] = []
        for name in self.candidates:
            prefixes = self._declaration.vnets[name].prefixes
            if any(table.overlaps(p) for p in prefixes):
                refused.append(name)
                continue
            inside[name] = None
            for prefix in prefixes:
                table[prefix] = name
        outside = self._outside()
        left_out = dict.fromkeys(self._outside_overlaps(dict(table.items()), outside), "AVNM-6")
        for prefix in left_out:
            del table[prefix]
        return _Content(inside, table, left_out, tuple(refused), outside)

    def _outside(self) -> frozenset[str]:
        """The VNets outside the group that are peered with some member."""
        links = self._peerings.links
        return frozenset(link.remote for name in self.candidates for link in links(name)).difference(
            self.candidates
        )

    def _outside_overlaps(self, owners: Iterable[Prefix], outside: Iterable[str]) -> list[Prefix]:
        """Members' prefixes that overlap a VNet of ``outside`` (AVNM-6)."""
        table = self._spaces(outside)
        return [p for p in owners if table.overlaps(p)] if table else []

    def _spaces(self, names: Iterable[str]) -> PrefixTable[str]:
        vnets = self._declaration.vnets
        return PrefixTable((p, name) for name in names if name in vnets for p in vnets[name].prefixes)

    def grew_into(
        self, members: tuple[str, ...], declaration: Declaration, touched: AbstractSet[str]
    ) -> bool:
        """True if ``members`` are those that were split before and some more, and all of those are where they were."""
        before, was, now = self.split.members, self._declaration.vnets, declaration.vnets
        return (
            not self.split.is_global
            and (members is before or members[: len(before)] == before)
            and all(was[n].location == now[n].location for n in touched if n in was and n in now)
        )

    def regrouped(self, old: ConnectedGroup) -> AbstractSet[str]:
        """The VNets that are in only one of the two groups."""
        one, two = self._content.members, old._content.members
        if one is two:
            return frozenset()
        return self._shifted[1] if self._shifted[0] is two else one.keys() ^ two.keys()

    # -- after a change -----------------------------------------------------------------------------------------------

    def _edited(self, old: ConnectedGroup, touched: AbstractSet[str]) -> _Content | None:
        """The content of ``old`` with what changed; None where space overlaps, or did: then all is looked at again."""
        was: _Content | None = old.__dict__.get("_content")
        if was is None or was.left_out or was.refused:
            return None
        members, gained, lost = self._membership(old, was)
        around = [n for n in touched if n in was.members and n not in lost]
        met = {n for n in touched if n in was.outside}
        if members is was.members and not around and not met:
            return was
        before, vnets = old._declaration.vnets, self._declaration.vnets
        moved = [n for n in around if before[n].prefixes != vnets[n].prefixes]
        table = was.table
        if gained or lost or moved:
            table = table.snapshot()
            for name in (*lost, *moved):
                for prefix in before[name].prefixes:
                    del table[prefix]
            for name in (*gained, *moved):
                for prefix in vnets[name].prefixes:
                    if table.overlaps(prefix):
                        return None
                    table[prefix] = name
        found = {link.remote for n in (*gained, *around) for link in self._peerings.links(n)}
        beyond = was.outside.union(found, lost)
        outside = frozenset(n for n in beyond if n in vnets and n not in members)
        if outside and self._overlap_outside(was, table, outside, met, (*gained, *moved)):
            return None
        self._shifted = was.members, gained | lost
        return _Content(members, table, {}, (), outside)

    def _membership(
        self, old: ConnectedGroup, was: _Content
    ) -> tuple[dict[str, None], AbstractSet[str], AbstractSet[str]]:
        """The members, and which of them were gained and lost since ``old``."""
        now, before = self.candidates, old.candidates
        if len(now) >= len(before) and (now is before or now[: len(before)] == before):
            added = dict.fromkeys(now[len(before) :])
            return was.members | added if added else was.members, added.keys(), frozenset()
        members = dict.fromkeys(now)
        return members, members.keys() - was.members.keys(), was.members.keys() - members.keys()

    def _overlap_outside(
        self,
        was: _Content,
        table: PrefixTable[str],
        outside: frozenset[str],
        met: AbstractSet[str],
        fresh: Iterable[str],
    ) -> bool:
        """True if a space outside meets one inside (AVNM-6), where either is new or has changed."""
        if table.overlaps(self._spaces((outside - was.outside) | (outside & met))):
            return True
        prefixes = [p for name in fresh for p in self._declaration.vnets[name].prefixes]
        return bool(prefixes) and bool(self._outside_overlaps(prefixes, outside))


def _nested(owners: dict[Prefix, str]) -> set[Prefix]:
    """Prefixes that lie inside, or hold, a prefix of another owner; one sweep in address order."""
    found: set[Prefix] = set()
    last: Prefix | None = None
    for prefix in sorted(owners):
        if last is not None and last.family == prefix.family and last.covers(prefix):
            if owners[last] != owners[prefix]:
                found.add(last)
                found.add(prefix)
        else:
            last = prefix
    return found


_Set = tuple[str, tuple[str, ...], bool]
"""Members that may form groups together: the name of the network group ("" for all), the members, global or not."""


def connected_groups(
    declaration: Declaration,
    managed: Managed,
    peerings: Peerings,
    before: tuple[tuple[ConnectedGroup, ...], Delta] | None = None,
) -> tuple[ConnectedGroup, ...]:
    """The connected groups that the deployed configurations form (AVNM-1..4).

    ``before`` are the groups before a change, with what the change is about: their tables are edited, not rebuilt.
    """
    hub_in = setting(declaration.topology.profile, "AVNM-3") == "hub-in"
    olds = {} if before is None or peerings.stale is None else {g.key: g for g in before[0]}
    touched = before[1].vnets.union(peerings.stale or ()) if before is not None else frozenset()
    splits = {(g.config.manager, g.config.name, g.group): g for g in olds.values()}
    groups: list[ConnectedGroup] = []
    for config in managed.deployed:
        for group, members, is_global in _sets(config, hub_in):
            name = (config.manager, config.name, group)
            split = _split(members, is_global, declaration, splits.get(name), touched)
            for where, inside in split.regions.items():
                if len(inside) < 2:
                    continue
                key = "/".join((*name, where))
                old = olds.get(key)
                groups.append(
                    ConnectedGroup(
                        key, group, where, config, inside, split, declaration, peerings,
                        (old, touched) if old is not None else None,
                    )
                )  # fmt: skip
    return tuple(groups)


def _sets(config: Deployed, hub_in: bool) -> list[_Set]:
    """Who may form groups: all members of a mesh, or those of each directly connected network group."""
    declared = config.declared
    if declared.connectivity_topology == "Mesh":
        is_global = declared.is_global or any(i.is_global for i in declared.applies_to_groups)
        if len(config.groups) == 1:
            return [("", config.groups[0][1], is_global)]
        return [("", tuple(dict.fromkeys(v for _, members in config.groups for v in members)), is_global)]
    return [
        (name, members + (config.hubs if hub_in else ()), item.is_global or declared.is_global)
        for item, (name, members) in zip(declared.applies_to_groups, config.groups, strict=True)
        if item.group_connectivity == "DirectlyConnected"
    ]


def _split(
    members: tuple[str, ...],
    is_global: bool,
    declaration: Declaration,
    old: ConnectedGroup | None,
    touched: AbstractSet[str],
) -> _Split:
    """The members by region, or all together where regions do not matter (AVNM-4)."""
    vnets = declaration.vnets
    if is_global:
        return _Split(members, True, {"": members})
    if old is not None and old.grew_into(members, declaration, touched):
        regions = old.split.regions.copy()
        for vnet in members[len(old.split.members) :]:
            where = vnets[vnet].location
            regions[where] = (*regions.get(where, ()), vnet)
        return _Split(members, False, regions)
    found: dict[str, list[str]] = {}
    for vnet in members:
        found.setdefault(vnets[vnet].location, []).append(vnet)
    return _Split(members, False, {where: tuple(inside) for where, inside in found.items()})
