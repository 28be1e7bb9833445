"""What gateways and route servers bring in themselves, and which of it they announce.

An Azure gateway announces address spaces, never subnets: its own VNet's and those of the VNets that use its
transit (E8), replaced by the list of summarized gateway prefixes where one is set (G3). A VPN gateway adds static
routes of its connections and the host routes of its BGP peers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from routeng.azure.connections import Connections, Tunnel
from routeng.azure.peering import Link, Peerings
from routeng.azure.profile import setting
from routeng.azure.rules import Rule
from routeng.lpm import Prefix, PrefixTable
from routeng.model.declaration import Declaration

RULES = (
    Rule("E8", "A gateway announces the address spaces of its VNet and of every VNet that uses its transit; never"
         " subnets.", "recorded", "FAQ, ERJ-SGP"),
    Rule("E9", "Propagation switched off on a spoke's subnets does not stop its space from being announced.",
         "recorded", "CYN-EP1"),
    Rule("E11", "A subnet-peered spoke is not announced by the gateway that it uses.", "recorded", "ERJ-SAP",
         "subnet-peering-advertised"),
    Rule("E12", "The virtual network community of a VNet travels with its prefixes to on-premises.", "recorded",
         "ERJ-ER"),
    Rule("G2", "Summarized gateway prefixes are read from the VNet that holds the gateway; on a spoke they have no"
         " effect.", "documented", "advertised-gateway-prefixes-overview"),
    Rule("G3", "A summary list replaces all prefixes of the gateway's VNet and every spoke prefix that it covers;"
         " each entry is announced, covered by anything or not.", "recorded", "ERJ-SGP"),
    Rule("G3-family", "A summary list without IPv6 also replaces the hub's IPv6 prefixes.", "inferred", "G3",
         "G3-family"),
    Rule("G4", "A summary list is not checked: hub space that it does not cover is unreachable from on-premises.",
         "recorded", "ERJ-SGP"),
    Rule("G6", "What a route server gives the gateway is announced beside the summaries, not suppressed by them.",
         "inferred", "Q1"),
    Rule("G8", "A spoke with several prefixes is suppressed prefix by prefix.", "inferred", "Q2", "G8"),
    Rule("C-19", "The host routes of a VPN gateway's BGP peers stay in the gateway and its VNet; in 2019 they went"
         " to the other peers.", "recorded", "C-19, three-vpn-gateways", "vpn-peer-host-routes"),
    Rule("C-26", "ExpressRoute gateways list the IPv6 space of their VNets but announce it only with an IPv6"
         " GatewaySubnet; VPN gateways list no IPv6 of their own.", "recorded", "er-vpn-coexist"),
)  # fmt: skip


class LocalRoute(msgspec.Struct, frozen=True):
    """A route that a gateway brings in itself.

    ``kind``: "vnet" (space of its VNet or of a transit spoke), "static" (local network gateway or VNet-to-VNet
    without BGP), "host" (a BGP peer's address), "pool" (point-to-site), "summary" (announced, not held).
    ``announced``: False for VNet space that a summary list replaces (G3) or that has no way out (C-26).
    ``owner``: the VNet that a prefix belongs to; ``tunnels``: the far ends that a static or host route leads to.
    """

    prefix: Prefix
    kind: str
    announced: bool = True
    owner: str | None = None
    tunnels: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()


class Spaces:
    """Address spaces as gateways see them: by VNet, with transit spokes and summaries."""

    def __init__(self, declaration: Declaration, peerings: Peerings, connections: Connections) -> None:
        self.declaration = declaration
        self.peerings = peerings
        self.connections = connections
        self._profile = declaration.topology.profile
        self._local: dict[str, tuple[tuple[str, Prefix], ...]] = {}
        self._tables: dict[str, PrefixTable[str]] = {}

    def space(self, vnet: str) -> tuple[tuple[str, Prefix], ...]:
        """(owner, prefix) of the own space of ``vnet`` and of the spokes that use its gateways (E8)."""
        known = self._local.get(vnet)
        if known is None:
            own = self.declaration.vnets[vnet].prefixes
            found = [(vnet, p) for p in own]
            for link in self.peerings.links(vnet):
                if link.offers_transit:
                    found += [(link.remote, p) for p in self._of_spoke(link)]
            known = self._local[vnet] = tuple(found)
        return known

    def _of_spoke(self, link: Link) -> Iterable[Prefix]:
        if link.whole or setting(self._profile, "subnet-peering-advertised") == "subnets":
            return link.prefixes
        return ()  # E11

    @cached_property
    def holders(self) -> PrefixTable[str]:
        """Which VNet holds an address: the space of all VNets; of overlapping ones the last declared."""
        return PrefixTable((p, vnet.name) for vnet in self.declaration.vnets.values() for p in vnet.prefixes)

    def table(self, vnet: str) -> PrefixTable[str]:
        """The own and gateway-transit space of ``vnet`` as a table, with owners (C-3, C-12)."""
        known = self._tables.get(vnet)
        if known is None:
            known = self._tables[vnet] = PrefixTable((p, owner) for owner, p in self.space(vnet))
        return known

    def vnet_routes(self, vnet: str, *, ipv6: bool, ipv6_announced: bool) -> Iterator[LocalRoute]:
        """The VNet space that a gateway in ``vnet`` holds and what it announces of it (E8, G3, C-26)."""
        summaries = self.declaration.vnets[vnet].summaries
        suppressed = self._suppressed(vnet, summaries)
        listed = set(summaries)
        for owner, prefix in self.space(vnet):
            if prefix.family == 6 and not ipv6:
                continue
            announced = prefix in listed or prefix not in suppressed.get(owner, ())
            announced = announced and (prefix.family == 4 or ipv6_announced)
            yield LocalRoute(prefix, "vnet", announced, owner, communities=self._communities(owner))
        held = {p for _, p in self.space(vnet)}
        for prefix in summaries:
            if prefix not in held and (prefix.family == 4 or ipv6_announced):
                yield LocalRoute(prefix, "summary", True, vnet)

    def _suppressed(self, vnet: str, summaries: tuple[Prefix, ...]) -> dict[str, set[Prefix]]:
        """VNet space by owner that the summary list of ``vnet`` replaces (G3, G8)."""
        if not summaries:
            return {}
        table: PrefixTable[None] = PrefixTable((p, None) for p in summaries)
        families = {p.family for p in summaries}
        if setting(self._profile, "G3-family") == "whole-list":
            families = {4, 6}
        found: dict[str, set[Prefix]] = {}
        partly: set[str] = set()
        for owner, prefix in self.space(vnet):
            if owner == vnet:
                if prefix.family in families:
                    found.setdefault(owner, set()).add(prefix)
            elif table.covering(prefix):
                found.setdefault(owner, set()).add(prefix)
            else:
                partly.add(owner)
        if setting(self._profile, "G8") == "all-or-nothing":
            for owner in partly:
                found.pop(owner, None)
        return found

    def summary_findings(self) -> Iterator[tuple[str, str, str]]:
        """(rule, VNet, what is wrong) about summary lists: no gateway to use them, hub space that they leave out."""
        topology = self.declaration.topology
        held = {
            self.declaration.canonical("virtualNetworks", g.vnet)
            for g in topology.virtual_network_gateways.values()
        }
        for vnet in self.declaration.vnets.values():
            if not vnet.summaries:
                continue
            if vnet.name not in held:
                yield (
                    "G2",
                    vnet.name,
                    "summarizedGatewayPrefixes without a gateway in this VNet have no effect",
                )
                continue
            table: PrefixTable[None] = PrefixTable((p, None) for p in vnet.summaries)
            gone = self._suppressed(vnet.name, vnet.summaries).get(vnet.name, set())
            missed = sorted(p for p in gone if not table.covering(p))
            if any(p.family == 4 for p in missed):
                names = ", ".join(str(p) for p in missed if p.family == 4)
                yield "G4", vnet.name, f"{names} is in no summary: on-premises does not reach it"
            if any(p.family == 6 for p in missed) and self.has_ipv6_gateway_subnet(vnet.name):
                names = ", ".join(str(p) for p in missed if p.family == 6)
                yield "G3-family", vnet.name, f"the list holds no IPv6: {names} is not announced any more"

    def _communities(self, vnet: str) -> frozenset[str]:
        community = self.declaration.vnets[vnet].declared.virtual_network_community
        return frozenset((community,)) if community else frozenset()

    def tunnel_routes(self, gateway: str) -> Iterator[LocalRoute]:
        """Static and host routes of a VPN gateway: those of tunnels that are up (C-7, C-20)."""
        statics: dict[Prefix, set[str]] = {}
        hosts: dict[Prefix, set[str]] = {}
        for tunnel in self.connections.tunnels_of(gateway):
            if not tunnel.up:
                continue
            for prefix in self.statics(tunnel):
                statics.setdefault(prefix, set()).add(tunnel.key)
            for prefix in self.hosts(tunnel):
                hosts.setdefault(prefix, set()).add(tunnel.key)
        for prefix, names in hosts.items():
            yield LocalRoute(prefix, "host", tunnels=frozenset(names | statics.pop(prefix, set())))
        for prefix, names in statics.items():
            yield LocalRoute(prefix, "static", tunnels=frozenset(names))

    def pool_routes(self, gateway: str) -> Iterator[LocalRoute]:
        """The point-to-site pools of a VPN gateway (R12)."""
        for pool in self.declaration.topology.virtual_network_gateways[gateway].vpn_client_address_pool:
            yield LocalRoute(Prefix(pool), "pool")

    def statics(self, tunnel: Tunnel) -> Iterable[Prefix]:
        """The prefixes that a tunnel makes static routes of: its local network gateway's, or the remote VNet's."""
        if tunnel.bgp or not tunnel.vnet_to_vnet or tunnel.remote is None:
            return tunnel.statics
        remote = self.declaration.topology.virtual_network_gateways[tunnel.remote]
        vnet = self.declaration.canonical("virtualNetworks", remote.vnet)
        if vnet is None:
            return ()
        return [p for _, p in self.space(vnet) if p.family == 4]  # C-20

    def hosts(self, tunnel: Tunnel) -> Iterable[Prefix]:
        """The host routes of a tunnel's BGP peers: the declared addresses at its other end."""
        if not tunnel.bgp:
            return ()
        if tunnel.address is not None:
            return (Prefix(f"{tunnel.address}/32"),)
        if tunnel.remote_is_gateway and tunnel.remote is not None:
            remote = self.declaration.topology.virtual_network_gateways[tunnel.remote]
            instances = remote.bgp_addresses if remote.active_active else remote.bgp_addresses[:1]
            return [Prefix(f"{a}/32") for a in instances]
        return ()

    def has_ipv6_gateway_subnet(self, vnet: str) -> bool:
        """Whether the GatewaySubnet of ``vnet`` has an IPv6 prefix (C-26); an undeclared one is taken to have it."""
        for name, subnet in self.declaration.vnets[vnet].subnets.items():
            if name.lower() == "gatewaysubnet":
                return any(p.family == 6 for p in subnet.prefixes)
        return True
