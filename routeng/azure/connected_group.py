"""Connected groups: members of a mesh, or directly connected spokes, reach each other without peerings.

A group is one shared layer: the prefixes of all members. What one member does not see of it (its own space, the
space of VNets it is peered with) is subtracted per member; what nobody sees (overlapping space) is left out here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from routeng.azure.network_manager import Deployed, Managed
from routeng.azure.peering import Peerings
from routeng.azure.profile import setting
from routeng.azure.rules import Rule
from routeng.lpm import Prefix, PrefixTable
from routeng.model.declaration import Declaration

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


class ConnectedGroup:
    """One connected group; immutable after construction, its table is built on first use.

    ``key`` identifies it within a network, ``label`` names it to a reader. ``left_out`` maps a prefix that no
    member sees to the rule that drops it; ``refused`` lists VNets that overlap where overlap is disallowed.
    """

    def __init__(
        self,
        key: str,
        label: str,
        config: Deployed,
        members: tuple[str, ...],
        declaration: Declaration,
        peerings: Peerings,
    ) -> None:
        self.key = key
        self.label = label
        self.config = config
        self.candidates = members
        self._declaration = declaration
        self._peerings = peerings

    @property
    def high_scale(self) -> bool:
        """True if the configuration asks for high-scale private endpoints."""
        return (
            self.config.declared.connectivity_capabilities.connected_group_private_endpoints_scale
            == "HighScale"
        )

    @property
    def members(self) -> frozenset[str]:
        """The VNets in the group."""
        return self._content[0]

    @property
    def table(self) -> PrefixTable[str]:
        """Prefix -> name of the member that owns it, for every prefix that some member may see."""
        return self._content[1]

    @property
    def left_out(self) -> dict[Prefix, str]:
        """Prefixes of members that nobody sees -> the rule that drops them."""
        return self._content[2]

    @property
    def refused(self) -> tuple[str, ...]:
        """VNets not added because they overlap (AVNM-5, Disallowed)."""
        return self._content[3]

    @cached_property
    def _content(self) -> tuple[frozenset[str], PrefixTable[str], dict[Prefix, str], tuple[str, ...]]:
        vnets = self._declaration.vnets
        capabilities = self.config.declared.connectivity_capabilities
        disallowed = capabilities.connected_group_address_overlap == "Disallowed"
        owners: dict[Prefix, str] = {}
        refused: list[str] = []
        twice: set[Prefix] = set()
        for name in self.candidates:
            for prefix in vnets[name].prefixes:
                if owners.setdefault(prefix, name) != name:
                    twice.add(prefix)
        overlapping = twice | _nested(owners)
        if overlapping and disallowed:
            return self._without_overlap()
        left_out = dict.fromkeys(overlapping, "AVNM-5")
        for prefix in self._outside_overlaps(owners):
            left_out.setdefault(prefix, "AVNM-6")
        for prefix in left_out:
            owners.pop(prefix, None)
        table: PrefixTable[str] = PrefixTable()
        table.update(owners)
        return frozenset(self.candidates), table, left_out, tuple(refused)

    def _without_overlap(self) -> tuple[frozenset[str], PrefixTable[str], dict[Prefix, str], tuple[str, ...]]:
        table: PrefixTable[str] = PrefixTable()
        inside: list[str] = []
        refused: list[str] = []
        for name in self.candidates:
            prefixes = self._declaration.vnets[name].prefixes
            if any(table.overlaps(p) for p in prefixes):
                refused.append(name)
                continue
            inside.append(name)
            for prefix in prefixes:
                table[prefix] = name
        left_out = dict.fromkeys(self._outside_overlaps(dict(table.items())), "AVNM-6")
        for prefix in left_out:
            del table[prefix]
        return frozenset(inside), table, left_out, tuple(refused)

    def _outside_overlaps(self, owners: dict[Prefix, str]) -> list[Prefix]:
        """Members' prefixes that overlap a VNet outside the group which is peered with some member (AVNM-6)."""
        inside = set(self.candidates)
        outside: dict[str, None] = {}
        for name in self.candidates:
            for link in self._peerings.links(name):
                if link.remote not in inside:
                    outside[link.remote] = None
        if not outside:
            return []
        table: PrefixTable[str] = PrefixTable()
        for name in outside:
            for prefix in self._declaration.vnets[name].prefixes:
                table[prefix] = name
        return [p for p in owners if table.overlaps(p)]


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


def connected_groups(
    declaration: Declaration, managed: Managed, peerings: Peerings
) -> tuple[ConnectedGroup, ...]:
    """The connected groups that the deployed configurations form (AVNM-1..4)."""
    hub_in = setting(declaration.topology.profile, "AVNM-3") == "hub-in"
    groups: list[ConnectedGroup] = []
    for config in managed.deployed:
        declared = config.declared
        if declared.connectivity_topology == "Mesh":
            every = tuple(dict.fromkeys(v for _, members in config.groups for v in members))
            is_global = declared.is_global or any(i.is_global for i in declared.applies_to_groups)
            sets: Iterable[tuple[str, tuple[str, ...], bool]] = [("", every, is_global)]
        else:
            sets = [
                (name, members + (config.hubs if hub_in else ()), item.is_global or declared.is_global)
                for item, (name, members) in zip(declared.applies_to_groups, config.groups, strict=True)
                if item.group_connectivity == "DirectlyConnected"
            ]
        for group, members, is_global in sets:
            regions: dict[str, list[str]] = {}
            for vnet in members:
                regions.setdefault("" if is_global else declaration.vnets[vnet].location, []).append(vnet)
            for where, inside in regions.items():
                parts = [config.manager, config.name, group, where]
                if len(inside) > 1:
                    groups.append(
                        ConnectedGroup(
                            key="/".join(parts),
                            label="/".join(p for p in (config.name, group, where) if p),
                            config=config,
                            members=tuple(inside),
                            declaration=declaration,
                            peerings=peerings,
                        )
                    )
    return tuple(groups)
