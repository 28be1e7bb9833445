"""What the counters read: a declaration, what network managers make of it, and the working peerings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from routeng.azure.advertised import Spaces
from routeng.azure.connected_group import ConnectedGroup, connected_groups
from routeng.azure.connections import Connections
from routeng.azure.instances import route_server_vnet
from routeng.azure.network_manager import Managed
from routeng.azure.peering import Peerings
from routeng.azure.profile import setting
from routeng.model.base import Resource
from routeng.model.declaration import Declaration
from routeng.model.topology import Topology

if TYPE_CHECKING:
    from routeng.network import Network


class View:
    """A declaration with its peerings and groups; ``network`` gives the BGP tables, where there is one."""

    def __init__(
        self,
        declaration: Declaration,
        managed: Managed | None = None,
        peerings: Peerings | None = None,
        network: Network | None = None,
    ) -> None:
        self.declaration = declaration
        self.managed = managed or Managed(declaration)
        self.peerings = peerings or Peerings(declaration, self.managed)
        self.network = network

    @classmethod
    def of(cls, source: Network | Declaration) -> View:
        """What the counters read of ``source``; a bare declaration has no BGP tables to count."""
        if isinstance(source, Declaration):
            return cls(source)
        return cls(source.declaration, source.managed, source.peerings, source)

    @property
    def topology(self) -> Topology:
        """The topology as declared."""
        return self.declaration.topology

    def setting(self, name: str) -> str:
        """The value of a profile switch."""
        return setting(self.topology.profile, name)

    @cached_property
    def groups(self) -> tuple[ConnectedGroup, ...]:
        """The connected groups in force."""
        if self.network is not None:
            return self.network.fabric.groups
        return connected_groups(self.declaration, self.managed, self.peerings)

    @cached_property
    def reshaped(self) -> bool:
        """True if a deployment makes or removes peerings; a mesh alone does neither."""
        return self.managed.cleans or any(
            config.declared.connectivity_topology == "HubAndSpoke" for config in self.managed.deployed
        )

    @cached_property
    def connections(self) -> Connections:
        """The connections of enabled gateways."""
        return Connections(self.declaration)

    @cached_property
    def spaces(self) -> Spaces:
        """Address spaces as gateways see and announce them."""
        return Spaces(self.declaration, self.peerings, self.connections)

    @cached_property
    def gateways(self) -> dict[str, list[str]]:
        """VNet -> names of its gateways."""
        found: dict[str, list[str]] = {}
        for name, gateway in self.topology.virtual_network_gateways.items():
            vnet = self.declaration.canonical("virtualNetworks", gateway.vnet)
            if vnet is not None:
                found.setdefault(vnet, []).append(name)
        return found

    @cached_property
    def route_servers(self) -> dict[str, list[str]]:
        """VNet -> names of its route servers."""
        found: dict[str, list[str]] = {}
        for name, server in self.topology.route_servers.items():
            vnet = route_server_vnet(self.declaration, server)
            if vnet is not None:
                found.setdefault(vnet, []).append(name)
        return found

    def subscription(self, thing: Resource) -> str | None:
        """The subscription of an object: its own, that of its ARM id, or the default; None if none is declared."""
        if thing.subscription:
            return thing.subscription.lower()
        if thing.id and thing.id.lower().startswith("/subscriptions/"):
            return thing.id.lower().split("/")[2]
        default = self.topology.defaults.subscription
        return default.lower() if default else None

    def by_subscription(self, things: Iterable[tuple[str, Resource]]) -> tuple[dict[str, int], list[str]]:
        """Counts by subscription, and the names of the objects whose subscription is not declared."""
        counts: dict[str, int] = {}
        unknown: list[str] = []
        for name, thing in things:
            subscription = self.subscription(thing)
            if subscription is None:
                unknown.append(name)
            else:
                counts[subscription] = counts.get(subscription, 0) + 1
        return counts, unknown

    def by_region(self, things: Iterable[tuple[str, Resource]]) -> tuple[dict[str, int], list[str]]:
        """Counts by "subscription region", and the names of the objects where either is not declared."""
        counts: dict[str, int] = {}
        unknown: list[str] = []
        default = self.topology.defaults.location
        for name, thing in things:
            subscription = self.subscription(thing)
            location = thing.location or default
            if subscription is None or not location:
                unknown.append(name)
            else:
                key = f"{subscription} {location.replace(' ', '').lower()}"
                counts[key] = counts.get(key, 0) + 1
        return counts, unknown
