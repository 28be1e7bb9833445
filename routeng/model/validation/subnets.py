"""Subnets with a role: what their route tables may not hold (GW-14, A3)."""

from __future__ import annotations

from routeng.lpm import parse_prefix
from routeng.model.declaration import Declaration
from routeng.model.references import Names

DEFAULT = parse_prefix("0.0.0.0/0")


def check_special_subnets(declaration: Declaration, names: Names) -> None:
    """GatewaySubnet: no user route 0.0.0.0/0, propagation on; RouteServerSubnet: no route table."""
    if not declaration.route_tables:
        return
    for vnet in declaration.vnets.values():
        for subnet in vnet.subnets.values():
            if subnet.route_table is None:
                continue
            role = subnet.name.lower()
            path = ("virtualNetworks", vnet.name, "subnets", subnet.name, "routeTable")
            if role == "gatewaysubnet":
                table = declaration.route_tables.get(subnet.route_table)
                if table is None:
                    continue
                if any(route.prefix == DEFAULT for route in table.routes):
                    names.problems.add(
                        path,
                        "the table of a GatewaySubnet may not hold a route 0.0.0.0/0",
                        table.name,
                        rule="GW-14",
                    )
                if table.declared.disable_bgp_route_propagation:
                    names.problems.find(
                        "gateway-subnet-propagation",
                        path,
                        "without propagation the gateway stops working",
                        "GW-14",
                    )
                for route in table.routes:
                    if route.prefix is not None and any(p.covers(route.prefix) for p in subnet.prefixes):
                        names.problems.find(
                            "gateway-subnet-route",
                            path,
                            f"{route.prefix} lies in the GatewaySubnet itself",
                            "GW-14",
                        )
            elif role == "routeserversubnet":
                names.problems.find(
                    "route-server-subnet-table", path, "a RouteServerSubnet may not have a route table", "A3"
                )
