"""Limits before and after: which uses, values and states moved, objects that moved alike together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from routeng.limits.report import LimitReport, LimitRow, Status


class LimitChange(msgspec.Struct, frozen=True):
    """A limit of one object, or of several alike, that moved; None on a side where it does not apply."""

    id: str
    title: str
    objects: tuple[str, ...]
    unit: str
    used_before: int | None
    used_after: int | None
    limit_before: int | None
    limit_after: int | None
    status_before: Status | None
    status_after: Status | None
    consequence: str | None = None

    @property
    def object(self) -> str:
        """The first of the objects."""
        return self.objects[0]

    @property
    def newly_breached(self) -> bool:
        """True if the limit is breached after and was not before."""
        return self.status_after == "breached" and self.status_before != "breached"

    @property
    def healed(self) -> bool:
        """True if the limit was breached before and is not after."""
        return self.status_before == "breached" and self.status_after != "breached"

    def to_dict(self) -> dict[str, Any]:
        """The change as plain data."""
        return {
            "id": self.id,
            "title": self.title,
            "object": self.object,
            "alike": len(self.objects),
            "unit": self.unit,
            "usedBefore": self.used_before,
            "usedAfter": self.used_after,
            "limitBefore": self.limit_before,
            "limitAfter": self.limit_after,
            "statusBefore": self.status_before,
            "statusAfter": self.status_after,
            "newlyBreached": self.newly_breached,
            "consequence": self.consequence,
        }


def changes(before: LimitReport, after: LimitReport) -> list[LimitChange]:
    """What moved between two reports: new breaches first, then breaches, then the tightest.

    Objects that stay in the same state cost a comparison of sets, however many there are.
    """
    old_groups, new_groups = _by_state(before), _by_state(after)
    old: dict[tuple[str, str], LimitRow] = {}
    new: dict[tuple[str, str], LimitRow] = {}
    for state in {**old_groups, **new_groups}:
        was_row, now_row = old_groups.get(state), new_groups.get(state)
        gone, came = _apart(
            was_row.objects if was_row is not None else (), now_row.objects if now_row is not None else ()
        )
        if was_row is not None:
            old.update(((was_row.id, name), was_row) for name in gone)
        if now_row is not None:
            new.update(((now_row.id, name), now_row) for name in came)
    grouped: dict[tuple[object, ...], tuple[LimitRow | None, LimitRow | None, list[str]]] = {}
    for key in {**old, **new}:
        was, now = old.get(key), new.get(key)
        if was is not None and now is not None and _state(was) == _state(now):
            continue
        group = (key[0], _state(was) if was else None, _state(now) if now else None)
        grouped.setdefault(group, (was, now, []))[2].append(key[1])
    found = [_change(was, now, tuple(names)) for was, now, names in grouped.values()]
    left = {
        id(change): _left(was, now) for change, (was, now, _) in zip(found, grouped.values(), strict=True)
    }
    found.sort(
        key=lambda c: (not c.newly_breached, c.status_after != "breached", left[id(c)], c.id, c.object)
    )
    return found


def _apart(was: tuple[str, ...], now: tuple[str, ...]) -> tuple[Sequence[str], Sequence[str]]:
    """The names that are in one alone: those of ``was``, those of ``now``."""
    if now[: len(was)] == was:
        return (), now[len(was) :]
    earlier, later = set(was), set(now)
    return [n for n in was if n not in later], [n for n in now if n not in earlier]


def _state(row: LimitRow) -> tuple[int | None, int, Status]:
    return row.used, row.limit, row.status


def _by_state(report: LimitReport) -> dict[tuple[object, ...], LimitRow]:
    """(id, use, value, status) -> row, rows of one state joined; what is not declared cannot move."""
    found: dict[tuple[object, ...], LimitRow] = {}
    for row in report:
        if row.used is None:
            continue
        key = (row.id, *_state(row))
        known = found.get(key)
        if known is not None:
            row = msgspec.structs.replace(known, objects=known.objects + row.objects)
        found[key] = row
    return found


def _left(was: LimitRow | None, now: LimitRow | None) -> float:
    row = now or was
    return row.left if row is not None else 0.0


def _change(was: LimitRow | None, now: LimitRow | None, names: tuple[str, ...]) -> LimitChange:
    row = now or was
    assert row is not None
    return LimitChange(
        id=row.id,
        title=row.entry.title,
        objects=names,
        unit=row.entry.unit,
        used_before=was.used if was else None,
        used_after=now.used if now else None,
        limit_before=was.limit if was else None,
        limit_after=now.limit if now else None,
        status_before=was.status if was else None,
        status_after=now.status if now else None,
        consequence=row.entry.consequence,
    )
