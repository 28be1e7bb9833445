"""The control plane: what gateways, route servers, MSEEs and routers hold, send, and program into NICs."""

from __future__ import annotations

import functools

import msgspec

from routeng.azure.advertised import Spaces
from routeng.azure.connections import Connections
from routeng.azure.gateway_routes import NicRoute, static_routes
from routeng.azure.instances import Nodes
from routeng.azure.peering import Peerings
from routeng.model.declaration import Declaration


class Rib(msgspec.Struct, frozen=True):
    """A BGP table as rows."""

    node: str
    entries: tuple[dict[str, object], ...] = ()
    complete: bool = True
    missing: tuple[str, ...] = ()

    def rows(self) -> list[dict[str, object]]:
        """One flat dict a path."""
        return list(self.entries)


class ControlPlane:
    """Answers about the control plane of one declaration; computed on first use."""

    def __init__(self, declaration: Declaration, peerings: Peerings, *, enforce_limits: bool = False) -> None:
        self.declaration = declaration
        self.peerings = peerings
        self.enforce_limits = enforce_limits

    @functools.cached_property
    def _nodes(self) -> Nodes:
        return Nodes(self.declaration)

    @functools.cached_property
    def _spaces(self) -> Spaces:
        return Spaces(self.declaration, self.peerings, Connections(self.declaration))

    def nic_routes(self, vnet: str) -> tuple[NicRoute, ...]:
        """The gateway routes programmed into subnets that take them from ``vnet``."""
        found: list[NicRoute] = []
        for gateway in self._nodes.in_vnet(vnet, "vpn-gateway"):
            found += static_routes(self._nodes, self._spaces, gateway)
        return tuple(found)

    def complete(self, vnet: str) -> bool:
        """Whether :meth:`nic_routes` holds everything that is declared."""
        return not self.missing(vnet)

    def missing(self, vnet: str) -> tuple[str, ...]:
        """What of the gateway routes of ``vnet`` is declared but not computed."""
        lacking: list[str] = []
        for node, instances in self._nodes.by_node.items():
            if instances[0].vnet != vnet:
                continue
            tunnels = self._spaces.connections.tunnels_of(node)
            if instances[0].role != "vpn-gateway" or any(t.bgp for t in tunnels):
                lacking.append(f"BGP routes of {node}")
        return tuple(lacking)

    def nodes(self) -> list[str]:
        """Every node that has a BGP table."""
        return list(self._nodes.by_node)

    def rib(
        self,
        node: str,
        received: str | None = None,
        advertised: str | None = None,
        local_address: str | None = None,
    ) -> Rib:
        """The BGP table of ``node``."""
        return Rib(node, complete=False, missing=(f"BGP routes of {node}",))


def control_plane(
    declaration: Declaration, peerings: Peerings, *, enforce_limits: bool = False
) -> ControlPlane:
    """The control plane of a declaration."""
    return ControlPlane(declaration, peerings, enforce_limits=enforce_limits)
