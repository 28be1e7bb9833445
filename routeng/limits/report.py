"""What a limit report holds: one row for all objects that use the same share of the same limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from routeng.data.limits import Limit

Status = Literal["breached", "near", "ok", "not declared"]

NEAR = 0.8
"""The share of a limit from which on it is near."""

_ORDER = {"breached": 0, "near": 1, "ok": 2, "not declared": 4}
_YES_OR_NO = 3


class LimitRow(msgspec.Struct, frozen=True):
    """The use of one limit by one object, or by several that use it alike.

    ``limit`` is the value in force, ``rule`` the id of the catalogue entry that it comes from
    (``vnet.peerings`` may be bound by ``vnet.peerings_with_er_gateway``). ``used`` is None where the
    topology does not declare the count.
    """

    entry: Limit
    objects: tuple[str, ...]
    used: int | None
    limit: int
    rule: str
    override: bool = False
    status: Status = "ok"
    note: str | None = None

    @property
    def id(self) -> str:
        """The id of the limit in the catalogue."""
        return self.entry.id

    @property
    def object(self) -> str:
        """The first of the objects."""
        return self.objects[0]

    @property
    def headroom(self) -> int | None:
        """How much is left, in units of the limit; negative beyond it."""
        if self.used is None:
            return None
        return self.used - self.limit if self.entry.minimum else self.limit - self.used

    @property
    def left(self) -> float:
        """The share of the limit that is left; what reports are sorted by."""
        headroom = self.headroom
        if headroom is None:
            return 2.0
        return headroom / self.limit if self.limit else float(headroom)

    def to_dict(self) -> dict[str, Any]:
        """The row as plain data."""
        entry = self.entry
        return {
            "id": entry.id,
            "title": entry.title,
            "scope": entry.scope,
            "object": self.objects[0],
            "alike": len(self.objects),
            "counted": entry.counted,
            "used": self.used,
            "limit": self.limit,
            "unit": entry.unit,
            "headroom": self.headroom,
            "status": self.status,
            "consequence": entry.consequence,
            "rule": self.rule,
            "source": list(entry.sources),
            "override": self.override,
            "note": self.note,
        }


def _rank(row: LimitRow) -> tuple[int, float, str, str]:
    """Breached, near and fine limits by the share that is left, then those that only hold or do not hold."""
    order = _ORDER[row.status]
    if row.status == "ok" and (row.limit <= 1 or row.entry.minimum or row.entry.unit == "prefix length"):
        order = _YES_OR_NO
    return order, row.left, row.id, row.object


def status_of(used: int | None, limit: int, *, minimum: bool = False, length: bool = False) -> Status:
    """The status of ``used`` against ``limit``.

    A limit of one is never near: one gateway of one is how it should be. Prefix lengths (``length``) and
    minima hold or do not hold.
    """
    if used is None:
        return "not declared"
    if used < limit if minimum else used > limit:
        return "breached"
    return "near" if not minimum and not length and limit > 1 and used >= NEAR * limit else "ok"


class LimitReport(Sequence[LimitRow]):
    """Every limit that a network touches, the tightest first.

    ``missing`` names what the counts lack because it is declared but not computed; ``unknown_overrides``
    are keys of the topology's ``limits`` that no limit has.
    """

    def __init__(
        self,
        rows: list[LimitRow],
        unknown_overrides: tuple[str, ...] = (),
        missing: tuple[str, ...] = (),
    ) -> None:
        self._rows = sorted(rows, key=_rank)
        self.unknown_overrides = unknown_overrides
        self.missing = missing
        self._index: dict[tuple[str, str], LimitRow] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __iter__(self) -> Iterator[LimitRow]:
        return iter(self._rows)

    @property
    def breached(self) -> list[LimitRow]:
        """The limits that do not hold."""
        return [row for row in self._rows if row.status == "breached"]

    @property
    def near(self) -> list[LimitRow]:
        """The limits that hold and are used to 80 % or more."""
        return [row for row in self._rows if row.status == "near"]

    @property
    def complete(self) -> bool:
        """True if nothing that is declared is missing from the counts."""
        return not self.missing

    def get(self, limit: str, object: str) -> LimitRow | None:
        """The row of one object, also where it is one of many alike; None if the limit does not apply to it."""
        return self.by_object().get((limit, object))

    def by_object(self) -> dict[tuple[str, str], LimitRow]:
        """(limit id, object) -> row, for every object."""
        if self._index is None:
            self._index = {(row.id, name): row for row in self._rows for name in row.objects}
        return self._index

    def rows(self, only: str | None = None) -> list[dict[str, Any]]:
        """One flat dict a row, the tightest first; ``only`` keeps rows of one status."""
        return [row.to_dict() for row in self._rows if only is None or row.status == only]

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "breached": len(self.breached),
            "near": len(self.near),
            "complete": self.complete,
            "missing": list(self.missing),
            "unknownOverrides": list(self.unknown_overrides),
            "limits": self.rows(),
        }
