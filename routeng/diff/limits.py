"""Limits before and after: which counts moved, and which limits are newly breached."""

from __future__ import annotations

from typing import Any

import msgspec

from routeng.network import Network


class LimitChange(msgspec.Struct, frozen=True):
    """A limit of one object whose use, value or status changed. ``before`` or ``after`` is None if it has none."""

    limit: str
    title: str
    object: str
    before: int | None
    after: int | None
    value: int | None
    status_before: str | None
    status_after: str | None
    consequence: str | None = None

    @property
    def newly_breached(self) -> bool:
        """True if the limit holds before and not after."""
        return self.status_after == "breached" and self.status_before != "breached"

    def to_dict(self) -> dict[str, Any]:
        """The change as plain data."""
        data = {f: getattr(self, f) for f in self.__struct_fields__}
        return {**data, "newly_breached": self.newly_breached}


def limit_changes(before: Network, after: Network) -> list[LimitChange]:
    """The limits whose use, value or status differ, breaches first, then by what is left."""
    old = {(r["limit_id"], r["object"]): r for r in before.limits().rows()}
    new = {(r["limit_id"], r["object"]): r for r in after.limits().rows()}
    changes = []
    for key in {**old, **new}:
        was, now = old.get(key), new.get(key)
        if (
            was is None
            or now is None
            or (was["used"], was["limit"], was["status"])
            != (
                now["used"],
                now["limit"],
                now["status"],
            )
        ):
            shown = now or was or {}
            changes.append(
                LimitChange(
                    limit=key[0],
                    title=shown["title"],
                    object=key[1],
                    before=was["used"] if was else None,
                    after=now["used"] if now else None,
                    value=shown["limit"],
                    status_before=was["status"] if was else None,
                    status_after=now["status"] if now else None,
                    consequence=shown.get("consequence"),
                )
            )
    changes.sort(key=lambda c: (not c.newly_breached, c.status_after != "breached", c.limit, c.object))
    return changes
