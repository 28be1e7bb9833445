"""Connections of gateways, resolved: which circuit, which remote gateway, device or static prefixes, up or not.

``connections`` of a topology may name a tunnel once or from both sides; here it is one :class:`Tunnel` per
direction that matters (a gateway with what it reaches) and one :class:`CircuitLink` per circuit of a gateway.
"""

from __future__ import annotations

import msgspec

from routeng.azure.instances import canonical_address
from routeng.azure.rules import Rule
from routeng.lpm import Prefix
from routeng.model.declaration import Declaration
from routeng.model.gateways import Connection

RULES = (
    Rule("E1", "A connection joins a gateway with a circuit and carries the routing weight.", "documented", "SDK"),
    Rule("C-20", "Without BGP, a VNet-to-VNet tunnel makes the remote VNet and its transit spokes static routes of"
         " both instances.", "recorded", "C-20"),
    Rule("V7", "Two gateways with one ASN do not peer over BGP; a local network gateway may not use 65515.",
         "documented", "vpn-gateway-faq-bgp"),
    Rule("T3", "A Disabled gateway forms no routes.", "inferred", "expressroute-howto-gateway-migration-portal"),
)  # fmt: skip


class CircuitLink(msgspec.Struct, frozen=True):
    """A connection of an ExpressRoute gateway to a circuit."""

    name: str
    gateway: str
    circuit: str
    weight: int
    up: bool
    declared: Connection


class Tunnel(msgspec.Struct, frozen=True):
    """A VPN connection as seen from ``gateway``.

    ``remote`` is the gateway or device at the other end where it is declared; ``vnet_to_vnet`` a tunnel without
    a local network gateway; ``statics`` the local network gateway's prefixes; ``address`` its BGP address in
    canonical spelling; ``bgp`` whether the ends speak BGP.
    """

    name: str
    gateway: str
    remote: str | None
    remote_is_gateway: bool
    bgp: bool
    up: bool
    statics: tuple[Prefix, ...] = ()
    address: str | None = None
    asn: int | None = None
    vnet_to_vnet: bool = False

    @property
    def key(self) -> str:
        """The far end by name: the remote object, or the connection where none is declared."""
        return self.remote or self.name


class Connections:
    """All connections of a declaration, by gateway. Connections of disabled gateways are left out (T3)."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self.circuits: list[CircuitLink] = []
        self.tunnels: list[Tunnel] = []
        self._seen: dict[tuple[str, str], int] = {}
        topology = declaration.topology
        enabled = {n for n, g in topology.virtual_network_gateways.items() if g.admin_state == "Enabled"}
        for name, connection in sorted(topology.connections.items()):
            gateway = declaration.canonical("virtualNetworkGateways", connection.virtual_network_gateway1)
            if gateway is None or gateway not in enabled:
                continue
            up = connection.connection_status == "Connected"
            if connection.peer is not None:
                circuit = declaration.canonical("expressRouteCircuits", connection.peer)
                if circuit is not None:
                    self.circuits.append(
                        CircuitLink(name, gateway, circuit, connection.routing_weight, up, connection)
                    )
            elif connection.virtual_network_gateway2 is not None:
                remote = declaration.canonical("virtualNetworkGateways", connection.virtual_network_gateway2)
                if remote is not None and remote in enabled:
                    self._between(
                        Tunnel(name, gateway, remote, True, connection.enable_bgp, up, vnet_to_vnet=True)
                    )
            elif connection.local_network_gateway2 is not None:
                self._to_local_network_gateway(name, gateway, connection, up)

    def _between(self, tunnel: Tunnel) -> None:
        """A VNet-to-VNet tunnel, kept from both sides; the second declaration of a pair is the same tunnel."""
        assert tunnel.remote is not None
        for gateway, remote in ((tunnel.gateway, tunnel.remote), (tunnel.remote, tunnel.gateway)):
            at = self._seen.get((gateway, remote))
            if at is None:
                self._seen[gateway, remote] = len(self.tunnels)
                self.tunnels.append(msgspec.structs.replace(tunnel, gateway=gateway, remote=remote))
            else:
                known = self.tunnels[at]
                self.tunnels[at] = msgspec.structs.replace(
                    known, bgp=known.bgp or tunnel.bgp, up=known.up and tunnel.up
                )

    def _to_local_network_gateway(self, name: str, gateway: str, connection: Connection, up: bool) -> None:
        declaration = self.declaration
        assert connection.local_network_gateway2 is not None
        site_name = declaration.canonical("localNetworkGateways", connection.local_network_gateway2)
        if site_name is None:
            return
        site = declaration.topology.local_network_gateways[site_name]
        remote = None
        if site.device is not None:
            remote = declaration.canonical("devices", site.device)
        elif site.gateway is not None:
            remote = declaration.canonical("virtualNetworkGateways", site.gateway)
        address = None
        if site.bgp_peering_address:
            address = canonical_address(site.bgp_peering_address)
        self.tunnels.append(
            Tunnel(
                name,
                gateway,
                remote,
                site.device is None and remote is not None,
                connection.enable_bgp,
                up,
                tuple(Prefix(p) for p in site.address_prefixes),
                address,
                site.asn,
            )
        )

    def circuits_of(self, gateway: str) -> list[CircuitLink]:
        """The circuit connections of an ExpressRoute gateway."""
        return [link for link in self.circuits if link.gateway == gateway]

    def tunnels_of(self, gateway: str) -> list[Tunnel]:
        """The tunnels of a VPN gateway."""
        return [tunnel for tunnel in self.tunnels if tunnel.gateway == gateway]
