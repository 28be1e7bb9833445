"""Platform limits: what is used of each, what is left, and what happens beyond.

``limits(network)`` counts everything that the topology says; the numbers come from
``routeng/data/limits.json`` and the topology may override each by its id. Map: one module per kind of
object enters its counts into a :class:`~routeng.limits.ledger.Ledger`, which knows values and groups
objects alike; :mod:`routeng.limits.report` is the answer, :mod:`routeng.limits.comparison` compares two,
:mod:`routeng.limits.forecast` says how much more fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from routeng.data.limits import by_id
from routeng.limits import (
    connected_groups,
    expressroute,
    private_endpoints,
    route_servers,
    route_tables,
    services,
    subscriptions,
    virtual_networks,
)
from routeng.limits.bgp_counts import BgpCounts
from routeng.limits.comparison import LimitChange, changes
from routeng.limits.forecast import Forecast, forecasts
from routeng.limits.ledger import Ledger
from routeng.limits.report import LimitReport, LimitRow
from routeng.limits.tally import Tally
from routeng.limits.view import View

if TYPE_CHECKING:
    from routeng.model.declaration import Declaration
    from routeng.network import Network

__all__ = ["Forecast", "LimitChange", "LimitReport", "LimitRow", "changes", "forecasts", "limits"]


_REPORTS: WeakKeyDictionary[Network | Declaration, LimitReport] = WeakKeyDictionary()
"""Reports already made: networks and declarations never change."""


def limits(source: Network | Declaration) -> LimitReport:
    """The use of every platform limit that ``source`` touches, the tightest first; counted once.

    Counts that need BGP tables are taken from a network; from a bare declaration they are left out and
    named in ``missing``.
    """
    report = _REPORTS.get(source)
    if report is None:
        report = _REPORTS[source] = _count(View.of(source))
    return report


def _count(seen: View) -> LimitReport:
    overrides = seen.topology.limits
    ledger = Ledger(overrides)
    bgp = BgpCounts(seen)
    tally = Tally(seen)
    virtual_networks.count(seen, ledger, tally)
    private_endpoints.count(seen, ledger, tally)
    connected_groups.count(seen, ledger, tally)
    expressroute.count(seen, ledger, bgp)
    route_servers.count(seen, ledger, bgp)
    route_tables.count(seen, ledger)
    services.count(seen, ledger)
    subscriptions.count(seen, ledger, tally)
    unknown = tuple(key for key in overrides if key not in by_id())
    return LimitReport(ledger.rows, unknown, tuple(bgp.missing))
