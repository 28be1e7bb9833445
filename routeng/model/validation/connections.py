"""Connections of gateways, and the local network gateways that stand for far sides."""

from __future__ import annotations

from routeng.model.addresses import host_at, prefixes_at
from routeng.model.declaration import Declaration
from routeng.model.references import Names
from routeng.model.validation.asns import check_peer_asn

_FAR_SIDES = {
    "peer": ("peer", "expressRouteCircuits"),
    "virtual_network_gateway2": ("virtualNetworkGateway2", "virtualNetworkGateways"),
    "local_network_gateway2": ("localNetworkGateway2", "localNetworkGateways"),
}
_WANTED = {
    "ExpressRoute": ("peer", "ExpressRoute"),
    "Vnet2Vnet": ("virtual_network_gateway2", "Vpn"),
    "IPsec": ("local_network_gateway2", "Vpn"),
}


def check_connections(declaration: Declaration, names: Names) -> None:
    """Exactly one far side, of the kind that the connection type has, from a gateway of the right type (E1)."""
    gateways = declaration.topology.virtual_network_gateways
    for name, connection in declaration.topology.connections.items():
        path = ("connections", name)
        wanted, gateway_type = _WANTED[connection.connection_type]
        near = names.need(
            "virtualNetworkGateways", connection.virtual_network_gateway1, (*path, "virtualNetworkGateway1")
        )
        if near is not None and gateways[near].gateway_type != gateway_type:
            names.problems.add(
                (*path, "virtualNetworkGateway1"),
                f"a connection of type {connection.connection_type} needs a gateway of type {gateway_type}",
                connection.virtual_network_gateway1,
                rule="E1",
            )
        given = [a for a in _FAR_SIDES if getattr(connection, a) is not None]
        if given != [wanted]:
            keys = ", ".join(_FAR_SIDES[a][0] for a in given) or "none"
            names.problems.add(
                path,
                f"a connection of type {connection.connection_type} has {_FAR_SIDES[wanted][0]} and no other "
                f"far side (given: {keys})",
            )
        for attribute in given:
            key, section = _FAR_SIDES[attribute]
            far = names.need(section, getattr(connection, attribute), (*path, key))
            if attribute == "virtual_network_gateway2" and far is not None:
                if far == near:
                    names.problems.add((*path, key), "a gateway cannot be connected with itself", far)
                elif gateways[far].gateway_type != "Vpn":
                    names.problems.add((*path, key), "needs a gateway of type Vpn", far, rule="E1")
        sides = connection.msee_addresses
        if sides is not None:
            for key, text in (("primary", sides.primary), ("secondary", sides.secondary)):
                if text is not None:
                    host_at(text, (*path, "mseeAddresses", key), names.problems)


def check_local_gateways(declaration: Declaration, names: Names) -> None:
    """Prefixes, the BGP speaker, and what the object stands for; reserved ASNs are refused (A7)."""
    for name, local in declaration.topology.local_network_gateways.items():
        path = ("localNetworkGateways", name)
        prefixes_at(local.address_prefixes, (*path, "addressPrefixes"), names.problems)
        if local.bgp_peering_address is not None:
            host_at(local.bgp_peering_address, (*path, "bgpPeeringAddress"), names.problems)
        if local.device is not None:
            names.need("devices", local.device, (*path, "device"))
        if local.gateway is not None:
            names.need("virtualNetworkGateways", local.gateway, (*path, "gateway"))
            if local.device is not None:
                names.problems.add(path, "stands for a device or for a gateway, not for both")
        elif local.asn is not None:
            check_peer_asn(local.asn, (*path, "asn"), names.problems)
