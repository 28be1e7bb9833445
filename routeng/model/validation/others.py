"""Virtual WAN hubs, services, probes and the profile of switches."""

from __future__ import annotations

import re

from routeng.inputs.nearest import nearest
from routeng.model.addresses import host_at, hosts_at, prefix_at
from routeng.model.declaration import Declaration
from routeng.model.references import Names, report_case

PROFILE = {
    "system-none-routes": ("2018", "2021-03", "2021-11", "2023", "2026-08"),
    "E5": ("one-next-hop", "ecmp"),
    "vpn-peer-host-routes": ("transit", "local"),
    "ars-local-prefixes-learned": ("listed", "dropped"),
    "ars-nva-to-nva": ("always", "branch-to-branch"),
    "H3": ("off", "legacy-on"),
    "A12": ("juniper", "cisco"),
    "PE-9": ("removed", "kept"),
    "G8": ("per-prefix", "all-or-nothing"),
    "G3-family": ("whole-list", "per-family"),
    "subnet-peering-advertised": ("none", "subnets"),
    "PEER-12": ("all-subnets", "local-only"),
    "AVNM-3": ("hub-out", "hub-in"),
}
"""The switches that the notation names, with their values; others go by a rule id and are not closed here."""

_RULE_ID = re.compile(r"(?:[A-Z]+-)?[A-Z]+-?[0-9]+[a-z]?\Z")


def check_hubs(declaration: Declaration, names: Names) -> None:
    """Virtual hubs with their connections, and their ExpressRoute gateways."""
    topology = declaration.topology
    for name, hub in topology.virtual_hubs.items():
        prefix_at(hub.address_prefix, ("virtualHubs", name, "addressPrefix"), names.problems)
        at = ("virtualHubs", name, "hubVirtualNetworkConnections")
        report_case(hub.hub_virtual_network_connections, at, names.problems)
        for key, connection in hub.hub_virtual_network_connections.items():
            path = (*at, key, "remoteVirtualNetwork")
            names.need("virtualNetworks", connection.remote_virtual_network, path)
    for name, gateway in topology.express_route_gateways.items():
        where = ("expressRouteGateways", name)
        names.need("virtualHubs", gateway.virtual_hub, (*where, "virtualHub"))
        hosts_at(gateway.bgp_addresses, (*where, "bgpAddresses"), names.problems)
        report_case(gateway.express_route_connections, (*where, "expressRouteConnections"), names.problems)
        for key, link in gateway.express_route_connections.items():
            names.need("expressRouteCircuits", link.peer, (*where, "expressRouteConnections", key, "peer"))


def check_services(declaration: Declaration, names: Names) -> None:
    """Where a service lives or reaches into exists."""
    for name, service in declaration.topology.services.items():
        path = ("services", name)
        if service.vnet is not None:
            names.need("virtualNetworks", service.vnet, (*path, "vnet"))
        if service.subnet is not None:
            names.subnet(service.subnet, (*path, "subnet"))
        if service.gateway is not None:
            names.need("virtualNetworkGateways", service.gateway, (*path, "gateway"))
        if service.integration == "gateway-based" and service.vnet is None:
            names.problems.add(path, "gateway-based integration needs vnet")
        if service.integration == "regional" and service.subnet is None:
            names.problems.add(path, "regional integration needs subnet")
        hosts_at(service.private_ip_addresses, (*path, "privateIPAddresses"), names.problems)


def check_probes(declaration: Declaration, names: Names) -> None:
    """A probe names one end, and the end exists."""
    for name, probe in declaration.topology.probes.items():
        path = ("probes", name)
        ends = [x for x in (probe.subnet, probe.device, probe.gateway, probe.service) if x is not None]
        if len(ends) > 1 or (not ends and probe.ip is None):
            names.problems.add(path, "needs one of subnet, device, gateway, service or ip")
        if probe.subnet is not None:
            names.subnet(probe.subnet, (*path, "subnet"))
        if probe.device is not None:
            names.need("devices", probe.device, (*path, "device"))
        if probe.gateway is not None:
            names.need("virtualNetworkGateways", probe.gateway, (*path, "gateway"))
        if probe.service is not None:
            names.need("services", probe.service, (*path, "service"))
        if probe.ip is not None:
            host_at(probe.ip, (*path, "ip"), names.problems)


def check_profile(declaration: Declaration, names: Names) -> None:
    """Known switches have known values; an unknown switch that is no rule id is a typing error."""
    for key, value in declaration.topology.profile.items():
        allowed = PROFILE.get(key)
        if allowed is not None:
            if value not in allowed:
                message = "expected one of " + ", ".join(allowed)
                names.problems.add(("profile", key), message, value, valid=allowed)
        elif _RULE_ID.match(key) is None:
            names.problems.add(("profile", key), "no such switch", key, suggestion=nearest(key, PROFILE))
