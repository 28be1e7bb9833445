"""How far next hops are: a table of connected and routed subnets, for `Speaker.igp`."""

from __future__ import annotations

import ipaddress
from functools import cached_property

import msgspec

from routeng.lpm import Prefix


class SubnetMetrics(msgspec.Struct, frozen=True, dict=True):
    """Metric by longest matching subnet; None in an entry, or no entry at all, means unreachable.

    `subnets`: (subnet, metric) pairs; the last of equal subnets counts.
    """

    subnets: tuple[tuple[Prefix, int | None], ...]

    @cached_property
    def _by_length(self) -> list[tuple[int, int, dict[int, int | None]]]:
        tables: dict[tuple[int, int], dict[int, int | None]] = {}
        for prefix, metric in self.subnets:
            bits = 32 if prefix.family == 4 else 128
            shift = bits - prefix.length
            tables.setdefault((prefix.family, prefix.length), {})[int(prefix.network) >> shift] = metric
        return [(family, length, tables[family, length]) for family, length in sorted(tables, reverse=True)]

    def __call__(self, next_hop: str) -> int | None:
        """The metric of an address."""
        address = ipaddress.ip_address(next_hop)
        bits = 32 if address.version == 4 else 128
        for family, length, table in self._by_length:
            if family == address.version:
                key = int(address) >> (bits - length)
                if key in table:
                    return table[key]
        return None
