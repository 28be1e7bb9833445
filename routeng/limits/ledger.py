"""Where counts are entered: looks up the value of a limit, groups objects alike, and makes the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from routeng.data.limits import Limit, by_id
from routeng.limits.report import LimitRow, status_of


class Ledger:
    """Collects the use of limits. ``overrides`` are the topology's own values by limit id."""

    def __init__(self, overrides: Mapping[str, int]) -> None:
        self.overrides = overrides
        self.rows: list[LimitRow] = []

    def value(self, limit: str, *, raised: bool = False) -> tuple[int, bool]:
        """The value in force and whether the topology overrides it; ``raised``: the condition for more holds."""
        if limit in self.overrides:
            return self.overrides[limit], True
        entry = by_id()[limit]
        return (entry.max if raised and entry.max is not None else entry.default), False

    def strictest(self, *limits: str, raised: Iterable[str] = ()) -> tuple[str, int, bool]:
        """Of several limits on one count the one that binds: id, value, overridden. The first wins a tie."""
        ways = set(raised)
        found = [(limit, *self.value(limit, raised=limit in ways)) for limit in limits]
        return min(found, key=lambda f: f[1])

    def add(
        self,
        limit: str,
        name: str,
        used: int | None,
        *,
        raised: bool = False,
        rule: tuple[str, int, bool] | None = None,
        note: str | None = None,
        at_least_near: bool = False,
    ) -> None:
        """Enter one object.

        ``rule`` overrides where the value comes from (id, value, overridden); ``at_least_near`` marks a use
        that would not survive an ordinary event, as the note then says.
        """
        where, value, override = rule or (limit, *self.value(limit, raised=raised))
        self._row(by_id()[limit], (name,), used, value, where, override, note, at_least_near)

    def add_many(self, limit: str, used: Iterable[tuple[str, int]], *, raised: bool = False) -> None:
        """Enter many objects of one limit and one value; equal counts become one row."""
        self.add_groups(limit, ((count, (name,)) for name, count in used), raised=raised)

    def add_groups(
        self, limit: str, groups: Iterable[tuple[int, Iterable[str]]], *, raised: bool = False
    ) -> None:
        """Enter objects that come in groups of equal use; groups of the same use become one row."""
        merged: dict[int, list[str]] = {}
        for used, names in groups:
            merged.setdefault(used, []).extend(names)
        value, override = self.value(limit, raised=raised)
        entry = by_id()[limit]
        for used, names in merged.items():
            self._row(entry, tuple(names), used, value, limit, override, None)

    def not_declared(self, limit: str, names: Iterable[str], note: str | None = None) -> None:
        """Enter objects to which the limit applies and whose count the topology does not hold."""
        objects = tuple(names)
        if objects:
            value, override = self.value(limit)
            self._row(by_id()[limit], objects, None, value, limit, override, note)

    def _row(
        self,
        entry: Limit,
        names: tuple[str, ...],
        used: int | None,
        value: int,
        rule: str,
        override: bool,
        note: str | None,
        at_least_near: bool = False,
    ) -> None:
        status = status_of(used, value, minimum=entry.minimum, length=entry.unit == "prefix length")
        if at_least_near and status == "ok":
            status = "near"
        self.rows.append(LimitRow(entry, names, used, value, rule, override, status, note))
