"""Virtual network gateways, and who may use a remote one."""

from __future__ import annotations

from routeng.model.addresses import host_at, hosts_at, prefixes_at
from routeng.model.declaration import Declaration
from routeng.model.gateways import CustomRoutes, PublicIp, VirtualNetworkGateway
from routeng.model.references import Names
from routeng.model.sugar import paths_of


def check_gateways(declaration: Declaration, names: Names) -> None:
    """References and addresses; one gateway of each type in a VNet, but during a migration."""
    held: dict[tuple[str, str], str] = {}
    for name, gateway in declaration.topology.virtual_network_gateways.items():
        path = ("virtualNetworkGateways", name)
        vnet = names.need("virtualNetworks", gateway.vnet, (*path, "vnet"))
        hosts_at(gateway.bgp_addresses, (*path, "bgpAddresses"), names.problems)
        hosts_at(gateway.bgp_addresses_ipv6, (*path, "bgpAddressesIPv6"), names.problems)
        prefixes_at(gateway.vpn_client_address_pool, (*path, "vpnClientAddressPool"), names.problems)
        routes = gateway.custom_routes
        if isinstance(routes, CustomRoutes):
            prefixes_at(routes.address_prefixes, (*path, "customRoutes", "addressPrefixes"), names.problems)
        else:
            prefixes_at(routes, (*path, "customRoutes"), names.problems)
        for i, public in enumerate(gateway.public_ip_addresses):
            text = public.ip if isinstance(public, PublicIp) else public
            if text is not None:
                where = (*path, "publicIPAddresses", i)
                host_at(text, (*where, "ip") if isinstance(public, PublicIp) else where, names.problems)
        if gateway.migration is not None and gateway.migration.from_ is not None:
            names.need("virtualNetworkGateways", gateway.migration.from_, (*path, "migration", "from"))
        if vnet is not None:
            _check_alone(name, vnet, gateway, declaration, names, held)


def _check_alone(
    name: str,
    vnet: str,
    gateway: VirtualNetworkGateway,
    declaration: Declaration,
    names: Names,
    held: dict[tuple[str, str], str],
) -> None:
    other = held.setdefault((vnet, gateway.gateway_type), name)
    path = ("virtualNetworkGateways", name)
    if other != name:
        first = declaration.topology.virtual_network_gateways[other]
        pair = (gateway, first)
        if all(g.migration is None and g.admin_state == "Enabled" for g in pair):
            names.problems.add(
                (*path, "vnet"),
                f"{vnet!r} has a gateway of type {gateway.gateway_type} already ({other!r}); "
                "two are possible during a migration only (migration, or adminState Disabled)",
                gateway.vnet,
                rule="T4",
            )
    if not any(s.lower() == "gatewaysubnet" for s in declaration.vnets[vnet].subnets):
        names.problems.find("no-gateway-subnet", path, f"{vnet!r} declares no GatewaySubnet", "GW-1")


def gateway_owners(declaration: Declaration, names: Names) -> dict[str, str]:
    """VNet -> the gateway or route server that it has, in words."""
    owners: dict[str, str] = {}
    topology = declaration.topology
    for name, gateway in topology.virtual_network_gateways.items():
        vnet = names.find("virtualNetworks", gateway.vnet)
        if vnet is not None:
            owners.setdefault(vnet, f"gateway {name!r}")
    for name, server in topology.route_servers.items():
        ref = server.vnet if server.vnet is not None else _vnet_of(server.subnet or "")
        vnet = names.find("virtualNetworks", ref)
        if vnet is not None:
            owners.setdefault(vnet, f"route server {name!r}")
    return owners


def _vnet_of(subnet: str) -> str:
    """The VNet part of ``vnet/subnet`` or of a subnet's ARM id."""
    key = subnet.lower()
    at = key.rfind("/subnets/") if key.startswith("/subscriptions/") else key.find("/")
    return subnet[:at] if at > 0 else ""


def check_remote_gateways(declaration: Declaration, names: Names) -> None:
    """A VNet with a gateway or a route server of its own cannot use a remote one (GW-5)."""
    for vnet, owner in gateway_owners(declaration, names).items():
        for i, half in enumerate(declaration.vnets[vnet].peerings):
            if half.declared.use_remote_gateways:
                path = paths_of(vnet, names)[i]
                names.problems.add(
                    path,
                    f"{vnet!r} has its own {owner} and cannot use the gateways of",
                    half.remote,
                    rule="GW-5",
                )
