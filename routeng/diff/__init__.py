"""``diff(before, after)``: what a change does to the declaration, the routes and the limits.

The order is that of a reader: what was changed, what it does to routes (by shape), what it does to limits, and
what got worse. Nothing here prints.
"""

from __future__ import annotations

from typing import Any

import msgspec

from routeng.diff.declared import DeclaredChange, declared_changes
from routeng.diff.lines import RouteChange
from routeng.diff.ribs import RibChange, rib_changes
from routeng.diff.shapes import Shape, route_shapes
from routeng.limits import LimitChange
from routeng.limits import changes as limit_changes
from routeng.model.topology import Topology
from routeng.network import Network, compute

__all__ = ["DeclaredChange", "Diff", "LimitChange", "RibChange", "RouteChange", "Shape", "diff"]


class Diff(msgspec.Struct, frozen=True):
    """The difference of two networks.

    ``routes`` covers places that exist on both sides; ``places_added`` and ``places_removed`` name the others.
    ``missing`` says which declared sources of routes are not computed; ``worse`` what got worse, in sentences.
    """

    declaration: tuple[DeclaredChange, ...]
    routes: tuple[Shape, ...]
    places_added: tuple[str, ...]
    places_removed: tuple[str, ...]
    bgp: tuple[RibChange, ...]
    limits: tuple[LimitChange, ...]
    missing: tuple[str, ...]
    worse: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """True if every declared source of routes was computed on both sides."""
        return not self.missing

    @property
    def empty(self) -> bool:
        """True if nothing differs."""
        return not (
            self.declaration
            or self.routes
            or self.places_added
            or self.places_removed
            or self.bgp
            or self.limits
        )

    def to_dict(self) -> dict[str, Any]:
        """The difference as plain data (the JSON of ``routeng diff -o json``)."""
        return {
            "declaration": [c.to_dict() for c in self.declaration],
            "routes": [s.to_dict() for s in self.routes],
            "placesAdded": list(self.places_added),
            "placesRemoved": list(self.places_removed),
            "bgp": [c.to_dict() for c in self.bgp],
            "limits": [c.to_dict() for c in self.limits],
            "complete": self.complete,
            "missing": list(self.missing),
            "worse": list(self.worse),
        }

    def rows(self) -> list[dict[str, Any]]:
        """One flat dict a change, with a ``part`` that says which list it is from."""
        rows: list[dict[str, Any]] = [{"part": "declaration", **c.to_dict()} for c in self.declaration]
        for shape in self.routes:
            rows += [
                {"part": "routes", "places": len(shape.places), "example": shape.places[0], **c.to_dict()}
                for c in shape.changes
            ]
        rows += [{"part": "bgp", **c.to_dict()} for c in self.bgp]
        rows += [{"part": "limits", **c.to_dict()} for c in self.limits]
        return rows


def diff(before: Topology | Network, after: Topology | Network) -> Diff:
    """Compare two topologies or two computed networks; raises ``InputErrors`` if a topology is invalid."""
    old = before if isinstance(before, Network) else compute(before)
    new = after if isinstance(after, Network) else compute(after)
    shapes, added, removed = route_shapes(old, new)
    limits = tuple(limit_changes(old.limits(), new.limits()))
    worse = [
        f"{c.id} of {_some(c.objects)} is newly breached: {c.used_after} of {c.limit_after} {c.unit}"
        for c in limits
        if c.newly_breached
    ]
    worse += [f"{_some(s.places)} can no longer reach {_some(s.lost)}" for s in shapes if s.lost]
    return Diff(
        declaration=tuple(declared_changes(old.topology, new.topology)),
        routes=tuple(shapes),
        places_added=tuple(added),
        places_removed=tuple(removed),
        bgp=tuple(rib_changes(old, new)),
        limits=limits,
        missing=tuple(dict.fromkeys([*old.all_missing(), *new.all_missing()])),
        worse=tuple(worse),
    )


def _some(names: tuple[str, ...]) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
