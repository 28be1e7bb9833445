"""Gateways, connections, ExpressRoute circuits, route servers and Virtual WAN hubs."""

# ruff: noqa: RUF012 - msgspec gives each object its own copy of an empty default

from __future__ import annotations

from typing import Any, Literal

import msgspec

from routeng.model.base import Asn, Count, Declared, Resource

HubRoutingPreference = Literal["ExpressRoute", "VpnGateway", "ASPath"]


class PublicIp(Declared, frozen=True, kw_only=True):
    """A public address of one gateway instance."""

    ip: str | None = None
    sku: Literal["Basic", "Standard"] | None = None
    zones: list[str] = []


class CustomRoutes(Declared, frozen=True, kw_only=True):
    """Prefixes that a gateway hands to point-to-site clients."""

    address_prefixes: list[str] = []


class GatewayMigration(Declared, frozen=True, kw_only=True):
    """Where an ExpressRoute gateway migration stands (T1)."""

    state: Literal["None", "InProgress", "Succeeded", "Failed"] = "None"
    phase: str = "None"
    from_: str | None = msgspec.field(default=None, name="from")


class VirtualNetworkGateway(Resource, frozen=True, kw_only=True):
    """An ExpressRoute or VPN gateway; one BGP address per instance (E8, V1..V4)."""

    gateway_type: Literal["ExpressRoute", "Vpn"]
    vnet: str
    sku: str | None = None
    active_active: bool = False
    asn: Asn = 65515
    bgp_addresses: list[str] = []
    bgp_addresses_ipv6: list[str] = msgspec.field(default_factory=list, name="bgpAddressesIPv6")
    public_ip_addresses: list[str | PublicIp] = msgspec.field(default_factory=list, name="publicIPAddresses")
    allow_remote_vnet_traffic: bool | None = None
    allow_virtual_wan_traffic: bool | None = None
    custom_routes: CustomRoutes | list[str] = []
    admin_state: Literal["Enabled", "Disabled"] = "Enabled"
    vpn_client_address_pool: list[str] = []
    migration: GatewayMigration | None = None


class MseeAddresses(Declared, frozen=True, kw_only=True):
    """The MSEE-side addresses that a gateway knows its sessions by, where known (C-25); NICs show others."""

    primary: str | None = None
    secondary: str | None = None


class Connection(Resource, frozen=True, kw_only=True):
    """A connection of a gateway to a circuit, a local network gateway or another gateway."""

    connection_type: Literal["ExpressRoute", "IPsec", "Vnet2Vnet"]
    virtual_network_gateway1: str
    peer: str | None = None
    virtual_network_gateway2: str | None = None
    local_network_gateway2: str | None = None
    routing_weight: Count = 0
    enable_bgp: bool = False
    express_route_gateway_bypass: bool = False
    connection_status: Literal["Connected", "NotConnected", "Connecting", "Unknown"] = "Connected"
    msee_addresses: MseeAddresses | None = None


class LocalNetworkGateway(Resource, frozen=True, kw_only=True):
    """The far side of an IPsec connection: static prefixes and, with BGP, its speaker."""

    address_prefixes: list[str] = []
    asn: Asn | None = None
    bgp_peering_address: str | None = None
    device: str | None = None
    gateway: str | None = None


class Ipv6Peering(Declared, frozen=True, kw_only=True):
    """The two IPv6 link prefixes of a private peering."""

    primary_peer_address_prefix: str | None = None
    secondary_peer_address_prefix: str | None = None


class CircuitEnds(Declared, frozen=True, kw_only=True):
    """Different customer routers on the two links of a circuit."""

    primary: str | None = None
    secondary: str | None = None


class PrivatePeering(Declared, frozen=True, kw_only=True):
    """AzurePrivatePeering of a circuit; in a /30 the customer has the first host, the MSEE the second."""

    vlan_id: Count | None = None
    peer: str | CircuitEnds | None = None
    peer_asn: Asn | None = msgspec.field(default=None, name="peerASN")
    azure_asn: Asn = msgspec.field(default=12076, name="azureASN")
    primary_peer_address_prefix: str | None = None
    secondary_peer_address_prefix: str | None = None
    ipv6_peering_config: Ipv6Peering | None = None
    paths: tuple[Literal["primary", "secondary"], ...] = ("primary", "secondary")
    state: Literal["Enabled", "Disabled"] = "Enabled"


class CircuitPeerings(Declared, frozen=True, kw_only=True):
    """The peerings of a circuit; Microsoft peering is kept but not computed."""

    azure_private_peering: PrivatePeering | None = msgspec.field(default=None, name="AzurePrivatePeering")
    microsoft_peering: dict[str, Any] | None = msgspec.field(default=None, name="MicrosoftPeering")


class ExpressRouteCircuit(Resource, frozen=True, kw_only=True):
    """An ExpressRoute circuit: two MSEEs, and the customer side of each link."""

    peering_location: str | None = None
    sku: str | None = None
    bandwidth_in_mbps: Count | None = msgspec.field(default=None, name="bandwidthInMbps")
    service_provider: str | None = None
    peerings: CircuitPeerings = CircuitPeerings()
    global_reach: list[str] = []


class RouteServerPeer(Declared, frozen=True, kw_only=True):
    """A BGP connection of a route server: a device of this file, or a bare address and ASN."""

    peer: str | None = None
    peer_ip: str | None = None
    peer_asn: Asn | None = None


class RouteServer(Resource, frozen=True, kw_only=True):
    """A route server with its two instances (A3)."""

    subnet: str | None = None
    vnet: str | None = None
    virtual_router_asn: Asn = 65515
    virtual_router_ips: list[str] = []
    allow_branch_to_branch_traffic: bool = False
    hub_routing_preference: HubRoutingPreference = "ExpressRoute"
    bgp_connections: dict[str, RouteServerPeer] = {}


class HubConnection(Resource, frozen=True, kw_only=True):
    """A VNet attached to a Virtual WAN hub."""

    remote_virtual_network: str


class VirtualHub(Resource, frozen=True, kw_only=True):
    """A Virtual WAN hub, as far as it meets a circuit."""

    address_prefix: str
    hub_virtual_network_connections: dict[str, HubConnection] = {}
    hub_routing_preference: HubRoutingPreference = "ExpressRoute"


class ExpressRouteConnection(Resource, frozen=True, kw_only=True):
    """A connection of a Virtual WAN ExpressRoute gateway to a circuit."""

    peer: str
    routing_weight: Count = 0


class ExpressRouteGateway(Resource, frozen=True, kw_only=True):
    """The ExpressRoute gateway of a Virtual WAN hub."""

    virtual_hub: str
    asn: Asn = 65515
    bgp_addresses: list[str] = []
    allow_non_virtual_wan_traffic: bool | None = None
    express_route_connections: dict[str, ExpressRouteConnection] = {}
