"""What a topology says once references are resolved, sugar is expanded and prefixes are parsed.

A :class:`Declaration` is what every computation reads: names are canonical (as declared, whatever the case of
the reference), ARM ids are gone, every CIDR is a :class:`~routeng.lpm.Prefix`, both halves of a peering point
at each other, and every VNet has its region. It is built once per topology by :mod:`routeng.model.resolve`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from routeng.lpm import Prefix
from routeng.model.problems import Finding

if TYPE_CHECKING:
    from routeng.model.topology import Topology
    from routeng.model.virtual_network import PeeringHalf, RouteTable, Subnet, VirtualNetwork


class SubnetDecl(msgspec.Struct, frozen=True, gc=False):
    """A subnet: its prefixes, the canonical name of its route table (or None) and what was declared."""

    name: str
    vnet: str
    prefixes: tuple[Prefix, ...]
    route_table: str | None
    declared: Subnet


class PeeringDecl(msgspec.Struct, frozen=True, gc=False):
    """One half of a peering, held by ``vnet`` towards ``remote`` (canonical names).

    ``synced`` are the remote prefixes as last synchronised, when that differs from the remote VNet's space of
    today (``remoteAddressSpace``, PEER-4); None means in sync. ``declared`` carries the flags.
    """

    name: str
    vnet: str
    remote: str
    synced: tuple[Prefix, ...] | None
    declared: PeeringHalf


class VNetDecl(msgspec.Struct, frozen=True, gc=False):
    """A virtual network. ``location`` is lower case without blanks; "" when no location is declared anywhere."""

    name: str
    location: str
    prefixes: tuple[Prefix, ...]
    subnets: Mapping[str, SubnetDecl]
    peerings: tuple[PeeringDecl, ...]
    summaries: tuple[Prefix, ...]
    declared: VirtualNetwork


class UserRouteDecl(msgspec.Struct, frozen=True, gc=False):
    """One user route: a prefix or a service tag, the ARM spelling of the type, and resolved next-hop addresses."""

    name: str | None
    prefix: Prefix | None
    tag: str | None
    next_hop_type: str
    next_hops: tuple[str, ...]
    has_bgp_override: bool = False


class RouteTableDecl(msgspec.Struct, frozen=True, gc=False):
    """A route table with one entry per prefix."""

    name: str
    routes: tuple[UserRouteDecl, ...]
    declared: RouteTable


class EndpointDecl(msgspec.Struct, frozen=True, gc=False):
    """A private endpoint declared one by one: its host prefix and the subnet that holds it."""

    name: str
    vnet: str
    subnet: str
    host: Prefix


class Declaration:
    """A topology with its references resolved (see the module).

    ``names`` maps ``(section, lower-case name or ARM id)`` to the canonical name, section being the JSON key.
    """

    __slots__ = (
        "__weakref__",
        "endpoints",
        "findings_by_check",
        "names",
        "places",
        "route_tables",
        "special_subnets",
        "topology",
        "vnets",
    )

    topology: Topology
    vnets: Mapping[str, VNetDecl]
    route_tables: Mapping[str, RouteTableDecl]
    endpoints: Mapping[str, EndpointDecl]
    names: dict[tuple[str, str], str]
    places: Mapping[str, tuple[str, str]]
    """Lower-case name of a NIC, load balancer, firewall, appliance, device or ``device/nic`` -> (vnet, subnet)."""
    special_subnets: frozenset[str]
    """VNets whose GatewaySubnet or RouteServerSubnet has a route table."""
    findings_by_check: dict[str, list[Finding]]

    def __init__(
        self,
        topology: Topology,
        vnets: Mapping[str, VNetDecl],
        route_tables: Mapping[str, RouteTableDecl],
        endpoints: Mapping[str, EndpointDecl],
        names: dict[tuple[str, str], str],
        places: Mapping[str, tuple[str, str]],
        special_subnets: frozenset[str] = frozenset(),
    ) -> None:
        """Take over what :mod:`routeng.model.resolve` built."""
        self.topology = topology
        self.vnets = vnets
        self.route_tables = route_tables
        self.endpoints = endpoints
        self.names = names
        self.places = places
        self.special_subnets = special_subnets
        self.findings_by_check = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What Azure accepts but a reader should know."""
        return tuple(f for check in sorted(self.findings_by_check) for f in self.findings_by_check[check])

    def canonical(self, section: str, ref: str) -> str | None:
        """The declared name that ``ref`` (a name in any case, or an ARM id) stands for in ``section``."""
        key = ref.lower()
        return self.names.get((section, key)) or self.names.get((section, key.rpartition("/")[2]))
