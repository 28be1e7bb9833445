"""Limits that count over a whole subscription, or a region of it.

Only what declares its subscription is counted: without one, a topology does not say how many subscriptions
the objects are spread over.
"""

from __future__ import annotations

from collections.abc import Iterable

from routeng.limits.ledger import Ledger
from routeng.limits.view import View
from routeng.model.base import Resource

_NOTE = "no subscription declared"


def count(view: View, ledger: Ledger) -> None:
    """Enter VNets, route tables, interfaces, circuits and appliances by subscription and region."""
    topology = view.topology
    vnets = [(name, vnet.declared) for name, vnet in view.declaration.vnets.items()]
    _regional(view, ledger, "vnet.per_subscription_region", vnets)
    _regional(view, ledger, "udr.tables", topology.route_tables.items())
    _regional(view, ledger, "vnet.nics", topology.network_interfaces.items())
    _regional(view, ledger, "er.circuits_per_region_subscription", topology.express_route_circuits.items())
    _whole(view, ledger, "er.circuits_per_subscription", topology.express_route_circuits.items())
    _whole(view, ledger, "vnra.per_subscription", topology.virtual_network_appliances.items())


def _regional(view: View, ledger: Ledger, limit: str, things: Iterable[tuple[str, Resource]]) -> None:
    counts, unknown = view.by_region(things)
    ledger.add_many(limit, counts.items())
    ledger.not_declared(limit, unknown, "no subscription or region declared")


def _whole(view: View, ledger: Ledger, limit: str, things: Iterable[tuple[str, Resource]]) -> None:
    counts, unknown = view.by_subscription(things)
    ledger.add_many(limit, counts.items())
    ledger.not_declared(limit, unknown, _NOTE)
