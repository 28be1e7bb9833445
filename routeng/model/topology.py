"""The declared topology: all sections of ``topology.json`` (``"routeng": 1``)."""

# ruff: noqa: RUF012 - msgspec gives each object its own copy of an empty default

from __future__ import annotations

from typing import Literal

import msgspec

from routeng.model.base import Count, Declared
from routeng.model.devices import Device
from routeng.model.gateways import (
    Connection,
    ExpressRouteCircuit,
    ExpressRouteGateway,
    LocalNetworkGateway,
    RouteServer,
    VirtualHub,
    VirtualNetworkGateway,
)
from routeng.model.network_manager import Delegated, NetworkManager, Probe
from routeng.model.virtual_network import (
    NetworkInterface,
    PeeringSugar,
    PrivateEndpoint,
    RouteTable,
    VirtualNetwork,
)


class Defaults(Declared, frozen=True, kw_only=True):
    """Values for objects that do not have their own."""

    location: str | None = None
    resource_group: str | None = None
    subscription: str | None = None


class Topology(Declared, frozen=True, kw_only=True, gc=True, dict=True, weakref=True):
    """Everything a user declares about a network, in the notation of the topology format.

    Its ``__dict__`` holds what was computed from it and never changes its value.
    """

    routeng: Literal[1] = 1
    name: str | None = None
    note: str | None = None
    defaults: Defaults = Defaults()
    virtual_networks: dict[str, VirtualNetwork] = {}
    peerings: list[PeeringSugar] | dict[str, PeeringSugar] = []
    route_tables: dict[str, RouteTable] = {}
    network_interfaces: dict[str, NetworkInterface] = {}
    load_balancers: dict[str, NetworkInterface] = {}
    azure_firewalls: dict[str, NetworkInterface] = {}
    virtual_network_appliances: dict[str, NetworkInterface] = {}
    virtual_network_gateways: dict[str, VirtualNetworkGateway] = {}
    connections: dict[str, Connection] = {}
    local_network_gateways: dict[str, LocalNetworkGateway] = {}
    express_route_circuits: dict[str, ExpressRouteCircuit] = {}
    route_servers: dict[str, RouteServer] = {}
    devices: dict[str, Device] = {}
    network_managers: dict[str, NetworkManager] = {}
    private_endpoints: dict[str, PrivateEndpoint] = {}
    services: dict[str, Delegated] = {}
    virtual_hubs: dict[str, VirtualHub] = {}
    express_route_gateways: dict[str, ExpressRouteGateway] = {}
    features: dict[str, bool] = {}
    limits: dict[str, Count] = {}
    profile: dict[str, str] = {}
    probes: dict[str, Probe] = {}


def decode(data: bytes) -> Topology:
    """Decode strictly typed JSON without ``x-...`` keys; raises ``msgspec.ValidationError``."""
    return _DECODER.decode(data)


_DECODER = msgspec.json.Decoder(Topology)
