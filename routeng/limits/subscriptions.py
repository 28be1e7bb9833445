"""Limits that count over a whole subscription, or a region of it.

Only what declares its subscription is counted: without one, a topology does not say how many subscriptions
the objects are spread over.
"""

from __future__ import annotations

from collections.abc import Iterable

from routeng.limits.ledger import Ledger
from routeng.limits.tally import Tally
from routeng.limits.view import View
from routeng.model.base import Resource

_NO_SUBSCRIPTION = "no subscription declared"
_NO_REGION = "no subscription or region declared"


def count(view: View, ledger: Ledger, tally: Tally) -> None:
    """Enter VNets, route tables, interfaces, circuits and appliances by subscription and region."""
    topology = view.topology
    vnets: dict[str, int] = {}
    unknown: list[str] = []
    for facts, names in tally.groups.items():
        if facts.subscription is None or not facts.region:
            unknown += names
        else:
            key = f"{facts.subscription} {facts.region}"
            vnets[key] = vnets.get(key, 0) + len(names)
    ledger.add_many("vnet.per_subscription_region", vnets.items())
    ledger.not_declared("vnet.per_subscription_region", unknown, _NO_REGION)
    _regional(view, ledger, "udr.tables", topology.route_tables.items())
    _regional(view, ledger, "vnet.nics", topology.network_interfaces.items())
    _regional(view, ledger, "er.circuits_per_region_subscription", topology.express_route_circuits.items())
    _whole(view, ledger, "er.circuits_per_subscription", topology.express_route_circuits.items())
    _whole(view, ledger, "vnra.per_subscription", topology.virtual_network_appliances.items())


def _regional(view: View, ledger: Ledger, limit: str, things: Iterable[tuple[str, Resource]]) -> None:
    counts, unknown = view.by_region(things)
    ledger.add_many(limit, counts.items())
    ledger.not_declared(limit, unknown, _NO_REGION)


def _whole(view: View, ledger: Ledger, limit: str, things: Iterable[tuple[str, Resource]]) -> None:
    counts, unknown = view.by_subscription(things)
    ledger.add_many(limit, counts.items())
    ledger.not_declared(limit, unknown, _NO_SUBSCRIPTION)
