"""Gateways, route servers and MSEEs as what they are: pairs of instances, each a BGP speaker of its own.

A declared object (a *node*) has one or more instances, each with an address. Addresses that a topology does not
declare get a stand-in from 240.0.0.0/4, so that decisions have something to compare; they print as ``unknown``.
Whoever makes stand-ins goes by name, so that no outcome depends on the order of declaration.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from routeng.azure.rules import Rule
from routeng.lpm import format_address, parse_address
from routeng.model.declaration import Declaration
from routeng.model.gateways import PublicIp, RouteServer, VirtualNetworkGateway

RULES = (
    Rule("S13", "An ExpressRoute gateway has two instances or more; each peers with both MSEEs of each circuit.",
         "recorded", "ERJ-HAIRPIN, ERJ-SGP, ERJ-ER"),
    Rule("A3", "A route server has ASN 65515 and two instances with an address each.", "documented",
         "AD route-server-faq"),
    Rule("V4", "An active-active VPN gateway has an instance for each BGP address, an active-standby one has one.",
         "recorded", "VPN FAQ"),
    Rule("C-25", "MSEE addresses are unknown unless declared; NICs show addresses that nothing declares.",
         "recorded", "er-vpn-coexist"),
)  # fmt: skip

Role = Literal["er-gateway", "vpn-gateway", "route-server", "msee", "device", "vwan-gateway"]

UNKNOWN = "unknown"
"""How an address prints that the topology does not declare."""

_STAND_INS = 240 << 24


class Instance(msgspec.Struct, frozen=True):
    """One instance of a node. ``speaker`` is its name in the BGP graph, ``address`` its IPv4 address or stand-in.

    ``vnet`` is the VNet that it sits in (None outside VNets); ``ipv6`` its IPv6 address where declared.
    """

    node: str
    index: int
    speaker: str
    address: str
    role: Role
    asn: int
    vnet: str | None = None
    ipv6: str | None = None


class Addresses:
    """Hands out stand-ins and tells them from real addresses. Not thread-safe."""

    def __init__(self) -> None:
        self._count = 0
        self._labels: dict[str, str] = {}

    def real_or_stand_in(self, address: str | None, label: str) -> str:
        """``address`` in canonical spelling, or a new stand-in named ``label``."""
        if address:
            return canonical_address(address)
        self._count += 1
        made = format_address(_STAND_INS + self._count, 4)
        self._labels[made] = label
        return made

    def shown(self, address: str | None) -> str | None:
        """How ``address`` prints."""
        return UNKNOWN if address in self._labels else address

    def label(self, address: str) -> str:
        """What a stand-in stands for, or the address."""
        return self._labels.get(address, address)


class Nodes:
    """All instances that a declaration implies, by node. Disabled gateways have instances but no sessions (T3)."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self.addresses = Addresses()
        self.by_node: dict[str, tuple[Instance, ...]] = {}
        self.by_speaker: dict[str, Instance] = {}
        self._by_address: dict[str, Instance] = {}
        topology = declaration.topology
        for name, gateway in sorted(topology.virtual_network_gateways.items()):
            self._gateway(name, gateway)
        for name, server in sorted(topology.route_servers.items()):
            vnet = route_server_vnet(declaration, server)
            self._add(name, "route-server", server.virtual_router_asn, _pair(server.virtual_router_ips), vnet)
        for name, wan in sorted(topology.express_route_gateways.items()):
            self._add(name, "vwan-gateway", wan.asn, _pair(wan.bgp_addresses), None)

    def _gateway(self, name: str, gateway: VirtualNetworkGateway) -> None:
        vnet = self.declaration.canonical("virtualNetworks", gateway.vnet)
        count = 2 if gateway.gateway_type == "ExpressRoute" or gateway.active_active else 1
        ips: list[str | None] = list(gateway.bgp_addresses)
        if gateway.gateway_type == "Vpn" and not gateway.active_active:
            ips = ips[:1]
        ips += [None] * (count - len(ips))
        role: Role = "er-gateway" if gateway.gateway_type == "ExpressRoute" else "vpn-gateway"
        self._add(name, role, gateway.asn, ips, vnet, gateway.bgp_addresses_ipv6)

    def _add(
        self,
        node: str,
        role: Role,
        asn: int,
        ips: Sequence[str | None],
        vnet: str | None,
        ipv6: Sequence[str] = (),
    ) -> None:
        instances = []
        for index, ip in enumerate(ips):
            address = self.addresses.real_or_stand_in(ip, f"{node} instance {index}")
            speaker = f"{node}@{address}" if ip else f"{node}@{index}"
            v6 = self.addresses.real_or_stand_in(ipv6[index], "") if index < len(ipv6) else None
            instances.append(Instance(node, index, speaker, address, role, asn, vnet, v6))
        self.put(tuple(instances))

    def put(self, instances: tuple[Instance, ...]) -> None:
        """Add a node's instances."""
        for instance in instances:
            self.by_speaker[instance.speaker] = instance
            self._by_address.setdefault(instance.address, instance)
        if instances:
            self.by_node[instances[0].node] = instances

    def of(self, node: str) -> tuple[Instance, ...]:
        """The instances of ``node``; empty when it is no BGP speaker."""
        return self.by_node.get(node, ())

    def in_vnet(self, vnet: str, role: Role) -> Iterator[str]:
        """The nodes of ``role`` that sit in ``vnet``."""
        for node, instances in self.by_node.items():
            if instances[0].vnet == vnet and instances[0].role == role:
                yield node

    def at(self, address: str) -> Instance | None:
        """The instance that has ``address``."""
        return self._by_address.get(address)


def _pair(addresses: Sequence[str]) -> list[str | None]:
    """At least two addresses, None for those that are not declared (A3, S13)."""
    return [*addresses, *[None] * (2 - len(addresses))]


def canonical_address(text: str) -> str:
    """An address in its one spelling. ValueError for anything else."""
    family, value = parse_address(text)
    return format_address(value, family)


def route_server_vnet(declaration: Declaration, server: RouteServer) -> str | None:
    """The VNet of a route server, from ``vnet`` or ``subnet`` (``vnet/subnet`` or an ARM id)."""
    ref = server.vnet or ""
    if not ref and server.subnet:
        ref = server.subnet.rpartition("/subnets/")[0] or server.subnet.partition("/")[0]
    return declaration.canonical("virtualNetworks", ref) if ref else None


def public_addresses(gateway: VirtualNetworkGateway) -> list[str | None]:
    """The public addresses of a gateway's instances, as far as declared."""
    found: list[str | None] = []
    for entry in gateway.public_ip_addresses:
        found.append(entry.ip if isinstance(entry, PublicIp) else entry)
    return found
