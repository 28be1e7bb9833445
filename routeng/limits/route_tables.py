"""Limits of route tables and user routes (UDR-2, UDR-6, UDR-7)."""

from __future__ import annotations

from routeng.limits.ledger import Ledger
from routeng.limits.view import View


def count(view: View, ledger: Ledger) -> None:
    """Enter routes, service tags and ECMP next hops of every route table."""
    tables = view.declaration.route_tables
    ledger.add_many("udr.routes_per_table", ((name, len(table.routes)) for name, table in tables.items()))
    tagged = ((name, sum(route.tag is not None for route in table.routes)) for name, table in tables.items())
    ledger.add_many("udr.service_tag_routes", [(name, used) for name, used in tagged if used])
    hops: list[tuple[str, int]] = []
    for name, table in tables.items():
        for route in table.routes:
            if route.next_hop_type == "VirtualApplianceEcmp":
                hops.append((f"{name}: {route.prefix or route.tag}", len(route.next_hops)))
    ledger.add_many("udr.ecmp_next_hops_min", hops)
    ledger.add_many("udr.ecmp_next_hops_max", hops)
