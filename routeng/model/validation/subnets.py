"""Subnets with a role: what their route tables may not hold (GW-14, A3)."""

from __future__ import annotations

from collections.abc import Iterable

from routeng.lpm import parse_prefix
from routeng.model.addresses import Path
from routeng.model.declaration import Declaration, RouteTableDecl, SubnetDecl, VNetDecl
from routeng.model.references import Names

DEFAULT = parse_prefix("0.0.0.0/0")


ROLES = ("gatewaysubnet", "routeserversubnet")


def special_subnets(vnets: Iterable[VNetDecl]) -> frozenset[str]:
    """The VNets that have a subnet with a role and a route table on it."""
    return frozenset(
        vnet.name
        for vnet in vnets
        for subnet in vnet.subnets.values()
        if subnet.route_table is not None and subnet.name.lower() in ROLES
    )


def check_special_subnets(declaration: Declaration, names: Names) -> None:
    """GatewaySubnet: no user route 0.0.0.0/0, propagation on; RouteServerSubnet: no route table."""
    for vnet in sorted(declaration.special_subnets):
        for subnet in declaration.vnets[vnet].subnets.values():
            if subnet.route_table is None:
                continue
            role = subnet.name.lower()
            path = ("virtualNetworks", vnet, "subnets", subnet.name, "routeTable")
            if role == "gatewaysubnet":
                _check_gateway_subnet(subnet, declaration.route_tables.get(subnet.route_table), path, names)
            elif role == "routeserversubnet":
                names.problems.find(
                    "route-server-subnet-table", path, "a RouteServerSubnet may not have a route table", "A3"
                )


def _check_gateway_subnet(subnet: SubnetDecl, table: RouteTableDecl | None, path: Path, names: Names) -> None:
    if table is None:
        return
    for route in table.routes:
        if route.prefix == DEFAULT:
            names.problems.add(
                path, "the table of a GatewaySubnet may not hold a route 0.0.0.0/0", table.name, rule="GW-14"
            )
        elif route.prefix is not None and any(p.covers(route.prefix) for p in subnet.prefixes):
            names.problems.find(
                "gateway-subnet-route", path, f"{route.prefix} lies in the GatewaySubnet itself", "GW-14"
            )
    if table.declared.disable_bgp_route_propagation:
        names.problems.find(
            "gateway-subnet-propagation", path, "without propagation the gateway stops working", "GW-14"
        )
