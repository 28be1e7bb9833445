"""Azure Virtual Network Manager: network groups and connectivity configurations (AVNM-1..17)."""

# ruff: noqa: RUF012 - msgspec gives each object its own copy of an empty default

from __future__ import annotations

from typing import Any, Literal

import msgspec

from routeng.model.base import Count, Declared, Resource


class MemberFilter(Declared, frozen=True, kw_only=True):
    """Conditional membership: keys are ``name`` (a glob) or ``tags.<tag>`` (a value or several)."""

    where: dict[str, str | list[str]]


class NetworkGroup(Resource, frozen=True, kw_only=True):
    """A network group: a list of references and globs, or a condition."""

    members: list[str] | MemberFilter = []


class GroupItem(Declared, frozen=True, kw_only=True):
    """How a configuration applies to one network group."""

    network_group: str
    group_connectivity: Literal["None", "DirectlyConnected"] = "None"
    use_hub_gateway: bool = False
    is_global: bool = False


class ConnectivityCapabilities(Declared, frozen=True, kw_only=True):
    """Scale and overlap options of the connected groups of a configuration."""

    connected_group_private_endpoints_scale: Literal["Standard", "HighScale"] = "Standard"
    connected_group_address_overlap: Literal["Allowed", "Disallowed"] = "Allowed"
    peering_enforcement: Literal["Unenforced", "Enforced"] = "Unenforced"


class ConnectivityConfiguration(Resource, frozen=True, kw_only=True):
    """A connectivity configuration; nothing happens in regions where it is not deployed (AVNM-11)."""

    connectivity_topology: Literal["Mesh", "HubAndSpoke"]
    hubs: list[str] = []
    is_global: bool = False
    delete_existing_peering: bool = False
    applies_to_groups: list[GroupItem] = []
    connectivity_capabilities: ConnectivityCapabilities = ConnectivityCapabilities()
    deployed_regions: list[str] = []


class NetworkManager(Resource, frozen=True, kw_only=True):
    """A network manager with its groups and configurations."""

    network_groups: dict[str, NetworkGroup] = {}
    connectivity_configurations: dict[str, ConnectivityConfiguration] = {}


class Delegated(Resource, frozen=True, kw_only=True):
    """An App Service app or an API Management service that lives in, or reaches into, a virtual network."""

    type: Literal["Microsoft.Web/sites", "Microsoft.ApiManagement/service"]
    integration: Literal["gateway-based", "regional"] | None = None
    vnet: str | None = None
    subnet: str | None = None
    gateway: str | None = None
    plan: str | None = None
    tier: str | None = None
    os: str | None = None
    slot: str | None = None
    route_all: bool = False
    instances: Count | None = None
    platform_version: Literal["stv1", "stv2"] | None = None
    virtual_network_type: Literal["None", "External", "Internal"] | None = None
    sku: str | None = None
    units: Count | None = None
    additional_locations: list[Any] = []
    private_ip_addresses: list[str] = msgspec.field(default_factory=list, name="privateIPAddresses")
    custom_domains: list[Any] = []
    preserve_vip: bool | None = None
    public_ip: str | None = None
    locked: bool | None = None
    nsg_rules: list[Any] = []


class Probe(Declared, frozen=True, kw_only=True):
    """A named end of a path."""

    subnet: str | None = None
    device: str | None = None
    ip: str | None = None
    gateway: str | None = None
    service: str | None = None
