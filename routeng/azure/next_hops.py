"""Next hops of one place by the million: single addresses over the shared layers, arrays over a frozen table.

Asking address by address costs no memory but the place's masks. For arrays the place's Active rows are frozen into one
table, which takes a few bytes a row and is made on first use.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from routeng.azure.effective import Stack
from routeng.azure.layers import Route, SharedLayer
from routeng.lpm import FrozenPrefixTable, Prefix


class NextHops:
    """Which route a packet from one place follows. Immutable.

    ``hops = network.next_hops("spoke/vm")``; ``hops("10.1.2.3")`` is the :class:`~routeng.azure.layers.Route` of the
    longest match among Active rows (PREC-1), or None.
    """

    __slots__ = ("__dict__", "_no_ipv6", "_only", "_routes", "_stack", "_value")

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._routes = tuple(layer.only if isinstance(layer, SharedLayer) else None for layer in stack.layers)
        shared = [route for route in self._routes if route is not None]
        self._only = shared[0] if shared else None
        self._value = stack.compiled.lookup_value if len(shared) < 2 else self._any_value
        self._no_ipv6 = 6 not in stack.families

    def __call__(self, address: str | int, family: int = 4) -> Route | None:
        """The route for an address: text, or an integer of ``family``."""
        if family == 6 or (type(address) is str and ":" in address):
            found = None if self._no_ipv6 else self._value(address, family=6)
        else:
            found = self._value(address)
        if found is None or type(found) is Route:
            return found
        return self._only  # what a shared layer holds by prefix is the member

    def _any_value(self, address: str | int, *, family: int = 4) -> Route | None:
        """The route where several layers are shared, so that the layer has to be known."""
        found = self._stack.compiled.lookup(address, family=family)
        if found is None:
            return None
        route = self._routes[found[0]] or found[2]
        assert isinstance(route, Route)
        return route

    @cached_property
    def table(self) -> FrozenPrefixTable[Route]:
        """The Active rows as a frozen table."""
        rows: dict[Prefix, Route] = {}
        for _, prefix, route, why in self._stack.routes():
            if why is None:
                rows.setdefault(prefix, route)
        return FrozenPrefixTable(rows)

    def many(self, addresses: Iterable[str | int] | Any, **options: Any) -> Any:
        """The routes for many addresses; see :meth:`~routeng.lpm.FrozenPrefixTable.lookup_many`.

        ``indices=True`` gives numbers into ``table.values()`` instead, for arrays in and out.
        """
        return self.table.lookup_many(addresses, **options)
