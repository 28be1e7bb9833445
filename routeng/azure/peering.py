"""Virtual-network peering: which links carry traffic, and which prefixes each side sees of the other.

A link exists when both halves are Connected, whether a user declared them or a network manager made them. The
rows that a link gives are the synchronised address space of the remote VNet, or the peered subnets alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from routeng.azure.profile import setting
from routeng.azure.rules import Rule
from routeng.lpm import Prefix
from routeng.model.declaration import Declaration, PeeringDecl, VNetDecl
from routeng.model.delta import Delta

if TYPE_CHECKING:
    from routeng.azure.network_manager import MadeLink, Managed

RULES = (
    Rule(
        "PEER-1",
        "A Connected peering adds one row per remote prefix to every subnet: VNetPeering in one region,"
        " VNetGlobalPeering across regions, without a next-hop address.",
        "recorded",
        "UDR, L1, L4, L5",
    ),
    Rule("PEER-2", "Peering is not transitive.", "documented", "PEER"),
    Rule("PEER-3", "Rows exist only while both halves of a peering are Connected.", "inferred", "SDK, PEER"),
    Rule(
        "PEER-4",
        "Routes follow the address space as last synchronised, not the remote VNet's space of today.",
        "inferred",
        "SDK",
    ),
    Rule(
        "PEER-12",
        "A subnet peering gives the remote peered subnets' prefixes to all local subnets.",
        "recorded",
        "L4",
        "PEER-12",
    ),
    Rule(
        "GW-4",
        "A spoke uses a hub's gateway routes only with useRemoteGateways on its half, allowGatewayTransit"
        " on the hub's half, the link Connected, and a gateway or route server in the hub.",
        "recorded",
        "SDK, PEER, ARSFAQ, L1",
    ),
    Rule(
        "GW-5",
        "A VNet takes gateway routes from one place: its own gateway or route server, or one remote hub.",
        "documented",
        "SDK",
    ),
    Rule(
        "AVNM-9",
        "A configuration's hub-as-gateway sets gateway transit; without a gateway in the hub the link is"
        " not made.",
        "documented",
        "CONN",
    ),
)


class Link(msgspec.Struct, frozen=True):
    """A working peering as seen from ``local``.

    ``prefixes`` are the rows it gives to ``local``; ``subnets`` the only local subnets that get them (None: all).
    ``uses_transit``: local takes remote's gateway routes; ``offers_transit``: remote takes local's.
    """

    local: str
    remote: str
    prefixes: tuple[Prefix, ...]
    crosses_regions: bool
    uses_transit: bool
    offers_transit: bool
    subnets: frozenset[str] | None = None
    whole: bool = True
    manager: str | None = None
    declared: PeeringDecl | None = None


class Peerings:
    """The working links of every VNet, computed when asked for and remembered.

    Reads the declaration and what network managers make of it (``managed``); both are immutable. ``before`` are the
    peerings of an earlier declaration, with what tells the two apart: links that the change cannot touch are taken
    over, and ``stale`` names the VNets whose links may differ (None: all).
    """

    def __init__(
        self, declaration: Declaration, managed: Managed, before: tuple[Peerings, Delta] | None = None
    ) -> None:
        self.declaration = declaration
        self.managed = managed
        self.gateway_vnets = _vnets_with_gateways(declaration)
        self.virtual_hubs = _vnets_of_hubs(declaration)
        self._links: dict[str, tuple[Link, ...]] = {}
        self._halves: dict[str, dict[str, PeeringDecl]] = {}
        self._per_subnet = setting(declaration.topology.profile, "PEER-12") == "local-only"
        self.stale = self._stale(*before) if before is not None else None
        if before is not None and self.stale is not None:
            self._links, self._halves = before[0]._links.copy(), before[0]._halves.copy()
            for name in self.stale:
                self._links.pop(name, None)
                self._halves.pop(name, None)

    def _stale(self, old: Peerings, delta: Delta) -> frozenset[str] | None:
        """VNets whose links may differ from those in ``old``: what changed, and who has a half towards it."""
        if delta.sections & {"profile", "virtualHubs"} or self.gateway_vnets != old.gateway_vnets:
            return None
        stale = {*delta.vnets, *self.managed.differs_at(old.managed)}
        for name in list(stale):
            for side in (old, self):
                if name in side.declaration.vnets:
                    stale.update(half.remote for half in side.declaration.vnets[name].peerings)
                stale.update(side.managed.made_links(name))
        return frozenset(stale)

    def links(self, vnet: str) -> tuple[Link, ...]:
        """The working links of ``vnet``, declared ones first, each remote VNet once (PEER-6)."""
        links = self._links.get(vnet)
        if links is None:
            links = self._links[vnet] = tuple(self._compute(vnet))
        return links

    def transit_spokes(self, hub: str) -> list[str]:
        """The VNets that use ``hub``'s gateways or route server (GW-4), in declaration order."""
        return [link.remote for link in self.links(hub) if link.offers_transit]

    def gateway_source(self, vnet: str) -> str | None:
        """The VNet whose gateway or route server programs ``vnet``'s subnets (GW-5), or None.

        A VNet connected to a Virtual WAN hub is its own source: the hub programs it (VWAN-1).
        """
        if vnet in self.gateway_vnets or vnet in self.virtual_hubs:
            return vnet
        for link in self.links(vnet):
            if link.uses_transit and link.remote in self.gateway_vnets:
                return link.remote
        return None

    def _half(self, vnet: str, remote: str) -> PeeringDecl | None:
        halves = self._halves.get(vnet)
        if halves is None:
            halves = self._halves[vnet] = {p.remote: p for p in self.declaration.vnets[vnet].peerings}
        return halves.get(remote)

    def _compute(self, name: str) -> list[Link]:
        vnets = self.declaration.vnets
        managed = self.managed
        local = vnets[name]
        links: list[Link] = []
        for half in local.peerings:
            remote = half.remote
            back = self._half(remote, name)
            if (
                back is None
                or half.declared.peering_state != "Connected"
                or back.declared.peering_state != "Connected"
                or (managed.cleans and managed.removes(name, remote))
            ):
                continue
            links.append(self._declared_link(local, vnets[remote], half, back))
        made = managed.made_links(name)
        if made:
            seen = {link.remote for link in links}
            for remote, how in made.items():
                hub = name if how.is_hub else remote
                if how.use_gateway and hub not in self.gateway_vnets:
                    continue  # AVNM-9: the spoke's half is not created
                if remote not in seen:
                    links.append(self._managed_link(local, vnets[remote], how))
        return links

    def _declared_link(self, local: VNetDecl, remote: VNetDecl, half: PeeringDecl, back: PeeringDecl) -> Link:
        mine, theirs = half.declared, back.declared
        whole = mine.peer_complete_vnets and theirs.peer_complete_vnets
        prefixes = remote.prefixes if half.synced is None else half.synced
        subnets = None
        if not whole:
            if half.synced is None:
                names = mine.remote_subnet_names or theirs.local_subnet_names
                prefixes = tuple(p for n in names for p in _subnet_prefixes(remote, n))
            if self._per_subnet:
                here = mine.local_subnet_names or theirs.remote_subnet_names
                subnets = frozenset(n.lower() for n in here)
        if mine.enable_only_ipv6_peering or theirs.enable_only_ipv6_peering:
            prefixes = tuple(p for p in prefixes if p.family == 6)
        return Link(
            local.name,
            remote.name,
            prefixes,
            local.location != remote.location and bool(local.location and remote.location),
            mine.use_remote_gateways and theirs.allow_gateway_transit,
            mine.allow_gateway_transit and theirs.use_remote_gateways,
            subnets,
            whole,
            None,
            half,
        )

    def _managed_link(self, local: VNetDecl, remote: VNetDecl, how: MadeLink) -> Link:
        return Link(
            local.name,
            remote.name,
            remote.prefixes,
            local.location != remote.location and bool(local.location and remote.location),
            uses_transit=how.use_gateway and not how.is_hub,
            offers_transit=how.use_gateway and how.is_hub,
            manager=how.manager,
        )


def _vnets_with_gateways(declaration: Declaration) -> frozenset[str]:
    """VNets that hold a gateway or a route server."""
    topology = declaration.topology
    found = {
        declaration.canonical("virtualNetworks", g.vnet) for g in topology.virtual_network_gateways.values()
    }
    for server in topology.route_servers.values():
        ref = (
            server.vnet
            or (server.subnet or "").rpartition("/subnets/")[0]
            or (server.subnet or "").partition("/")[0]
        )
        found.add(declaration.canonical("virtualNetworks", ref))
    return frozenset(name for name in found if name)


def _vnets_of_hubs(declaration: Declaration) -> Mapping[str, str]:
    """VNets connected to Virtual WAN hubs -> the hub (VWAN-1); the first hub that names a VNet has it."""
    found: dict[str, str] = {}
    for hub, declared in declaration.topology.virtual_hubs.items():
        for connection in declared.hub_virtual_network_connections.values():
            vnet = declaration.canonical("virtualNetworks", connection.remote_virtual_network)
            if vnet is not None:
                found.setdefault(vnet, hub)
    return found


def _subnet_prefixes(vnet: VNetDecl, name: str) -> tuple[Prefix, ...]:
    subnets: Mapping[str, object] = vnet.subnets
    if name in subnets:
        return vnet.subnets[name].prefixes
    lower = name.lower()
    return next((s.prefixes for n, s in vnet.subnets.items() if n.lower() == lower), ())
