"""Peerings that Azure accepts and that do not do what they say (PEER-3, GW-4)."""

from __future__ import annotations

from collections.abc import Set

from routeng.model.addresses import Path
from routeng.model.declaration import Declaration
from routeng.model.references import Names
from routeng.model.sugar import entries
from routeng.model.validation.gateways import gateway_owners


def check_peerings(declaration: Declaration, names: Names) -> None:
    """A half without its other half; a remote gateway that is not there, or that the other side does not lend."""
    owners = gateway_owners(declaration, names)
    for key, entry in entries(declaration.topology.peerings):
        hub = names.find("virtualNetworks", entry.hub) if entry.hub is not None else None
        wanted = entry.gateway_transit if entry.use_remote_gateways is None else entry.use_remote_gateways
        if hub is not None and wanted and entry.spokes and hub not in owners:
            _no_gateway(names, ("peerings", key, "hub"), hub)
    for name, vnet in declaration.topology.virtual_networks.items():
        if vnet.virtual_network_peerings:
            _check_own(name, declaration, owners.keys(), names)


def _check_own(name: str, declaration: Declaration, owners: Set[str], names: Names) -> None:
    """The halves that one VNet declares itself."""
    vnet = declaration.vnets[name]
    for half in vnet.peerings:
        if half.name not in vnet.declared.virtual_network_peerings or half.remote == name:
            continue
        path = ("virtualNetworks", name, "virtualNetworkPeerings", half.name)
        back = next((h for h in declaration.vnets[half.remote].peerings if h.remote == name), None)
        if back is None:
            text = f"{half.remote!r} has no peering with {name!r}: the link is not Connected"
            names.problems.find("one-sided-peering", path, text, "PEER-3")
        elif half.declared.use_remote_gateways and not back.declared.allow_gateway_transit:
            text = f"{half.remote!r} does not allow gateway transit to {name!r}"
            names.problems.find("no-gateway-transit", (*path, "useRemoteGateways"), text, "GW-4")
        if half.declared.use_remote_gateways and half.remote not in owners:
            _no_gateway(names, (*path, "useRemoteGateways"), half.remote)


def _no_gateway(names: Names, path: Path, vnet: str) -> None:
    text = f"{vnet!r} has neither a gateway nor a route server for others to use"
    names.problems.find("no-remote-gateway", path, text, "GW-4")
