"""Virtual networks, subnets, peerings and route tables (notation: ARM ``Microsoft.Network/virtualNetworks``)."""

# ruff: noqa: RUF012 - msgspec gives each object its own copy of an empty default

from __future__ import annotations

from typing import Literal

import msgspec

from routeng.model.base import Count, Declared, Resource

PeeringState = Literal["Initiated", "Connected", "Disconnected"]
NextHopType = Literal[
    "VirtualAppliance", "VirtualApplianceEcmp", "VirtualNetworkGateway", "VnetLocal", "Internet", "None"
]
EndpointPolicies = Literal["Disabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled", "Enabled"]


class AddressSpace(Declared, frozen=True, kw_only=True):
    """ARM's ``{"addressPrefixes": [...]}`` wrapper, accepted wherever a plain list is."""

    address_prefixes: list[str] = []


class ServiceEndpoint(Declared, frozen=True, kw_only=True):
    """One service endpoint of a subnet (SE-1, SE-5)."""

    service: str
    locations: list[str] = []


class Subnet(Resource, frozen=True, kw_only=True):
    """A subnet; ``address_prefix`` holds one CIDR or several (dual stack)."""

    address_prefix: str | list[str]
    route_table: str | None = None
    network_security_group: str | None = None
    private_endpoint_network_policies: EndpointPolicies = "Disabled"
    private_endpoint_count: Count = 0
    delegation: str | None = None
    nat_gateway: str | None = None
    default_outbound_access: bool = True
    service_endpoints: list[ServiceEndpoint | str] = []

    @property
    def prefixes(self) -> list[str]:
        """The subnet's CIDRs as a list."""
        return [self.address_prefix] if isinstance(self.address_prefix, str) else self.address_prefix


class PeeringHalf(Resource, frozen=True, kw_only=True):
    """One direction of a virtual-network peering, as the VNet that holds it declares it (PEER-1..12)."""

    remote_virtual_network: str
    allow_virtual_network_access: bool = True
    allow_forwarded_traffic: bool = False
    allow_gateway_transit: bool = False
    use_remote_gateways: bool = False
    peer_complete_vnets: bool = True
    enable_only_ipv6_peering: bool = msgspec.field(default=False, name="enableOnlyIPv6Peering")
    local_subnet_names: list[str] = []
    remote_subnet_names: list[str] = []
    peering_state: PeeringState = "Connected"
    remote_address_space: list[str] | AddressSpace | None = None


class VirtualNetwork(Resource, frozen=True, kw_only=True):
    """A virtual network with its subnets and its halves of peerings."""

    address_space: list[str] | AddressSpace
    subnets: dict[str, Subnet] = {}
    virtual_network_peerings: dict[str, PeeringHalf] = {}
    summarized_gateway_prefixes: list[str] | AddressSpace = []
    private_endpoint_vnet_policies: Literal["Disabled", "Basic"] = msgspec.field(
        default="Disabled", name="privateEndpointVNetPolicies"
    )
    virtual_network_community: str | None = None
    dns_servers: list[str] = []
    private_endpoint_count: Count = 0


class PeeringSugar(Declared, frozen=True, kw_only=True):
    """Short notation for two equal halves (``vnets``) or a hub with its spokes (``hub``, ``spokes``)."""

    vnets: list[str] | None = None
    hub: str | None = None
    spokes: list[str] | None = None
    gateway_transit: bool = False
    allow_virtual_network_access: bool = True
    allow_forwarded_traffic: bool = False
    allow_gateway_transit: bool | None = None
    use_remote_gateways: bool | None = None
    peer_complete_vnets: bool = True
    enable_only_ipv6_peering: bool = msgspec.field(default=False, name="enableOnlyIPv6Peering")
    local_subnet_names: list[str] = []
    remote_subnet_names: list[str] = []
    peering_state: PeeringState = "Connected"
    note: str | None = None


class UserRoute(Declared, frozen=True, kw_only=True):
    """A user-defined route (UDR-1..3); one entry with several prefixes stands for one route each."""

    address_prefix: str | list[str]
    next_hop_type: str
    name: str | None = None
    next_hop_ip_address: str | list[str] | None = None
    has_bgp_override: bool = False
    note: str | None = None

    @property
    def prefixes(self) -> list[str]:
        """The prefixes or service tags as a list."""
        return [self.address_prefix] if isinstance(self.address_prefix, str) else self.address_prefix


class RouteTable(Resource, frozen=True, kw_only=True):
    """A route table; its routes are a list, or a map by name where patches need one."""

    disable_bgp_route_propagation: bool = False
    disable_peering_route: Literal["None", "All"] = "None"
    routes: list[UserRoute] | dict[str, UserRoute] = []

    def user_routes(self) -> list[UserRoute]:
        """The routes as a list, each carrying its name."""
        if isinstance(self.routes, dict):
            return [r if r.name else msgspec.structs.replace(r, name=n) for n, r in self.routes.items()]
        return self.routes


class NetworkInterface(Resource, frozen=True, kw_only=True):
    """A NIC, an internal load balancer frontend, an Azure Firewall or a routing appliance in a subnet."""

    subnet: str
    ip: str | None = None
    ips: list[str] = []
    enable_ip_forwarding: bool = msgspec.field(default=False, name="enableIPForwarding")
    backends: list[str] = []


class PrivateEndpoint(Resource, frozen=True, kw_only=True):
    """A private endpoint declared one by one (PE-1)."""

    subnet: str
    ip: str
    target: str | None = None
