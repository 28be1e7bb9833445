"""Route changes by shape: what many places gain, lose or see changed in the same way, said once.

Two places have the same shape when their stacks differ in the same way (:mod:`routeng.diff.comparison`). A set of
prefixes that differs from place to place only by what each place masks (its own space) is described by the layer it
comes from ("every other member of mesh M") and its size.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import repeat
from operator import is_
from typing import Any

import msgspec

from routeng.diff.comparison import Comparison
from routeng.diff.lines import RouteChange
from routeng.model.declaration import VNetDecl
from routeng.network import Network


class Shape(msgspec.Struct, frozen=True):
    """Places whose routes change in the same way. ``lost`` lists destinations that a place can no longer reach."""

    places: tuple[str, ...]
    changes: tuple[RouteChange, ...]
    lost: tuple[str, ...] = ()

    @property
    def vnets(self) -> int:
        """The number of virtual networks that the places are in."""
        return len({p.partition("/")[0] for p in self.places})

    def to_dict(self) -> dict[str, Any]:
        """The shape as plain data."""
        return {
            "places": len(self.places),
            "vnets": self.vnets,
            "example": self.places[0],
            "at": list(self.places),
            "changes": [c.to_dict() for c in self.changes],
            "lost": list(self.lost),
        }


def route_shapes(before: Network, after: Network) -> tuple[list[Shape], list[str], list[str]]:
    """Shapes of change for places that both networks have, and the places only in ``after`` or in ``before``."""
    comparison = Comparison(before, after)
    kinds, olds = after.fabric.kinds, before.fabric.kinds
    groups, apart, added = _by_kind(before, after)
    shapes: dict[tuple[RouteChange, ...], list[str]] = {}
    for places in groups:
        changes = comparison.changes(*_split(places[0]))
        if changes:
            shapes.setdefault(changes, []).extend(places)
    for place in apart:
        vnet, subnet = _split(place)
        changes = () if comparison.untouched(vnet) else comparison.changes(vnet, subnet)
        if changes:
            shapes.setdefault(changes, []).append(place)
    gone = [] if olds.keys() <= kinds.keys() else [place for place in olds if place not in kinds]
    if len(shapes) < len(groups) + len(apart):
        order = {place: i for i, place in enumerate(kinds)}
        for places in shapes.values():
            places.sort(key=order.__getitem__)
    found = [Shape(tuple(places), changes, comparison.lost(places[0])) for changes, places in shapes.items()]
    found.sort(key=lambda s: (-len(s.places), s.places))
    return found, added, gone


def _by_kind(before: Network, after: Network) -> tuple[list[list[str]], list[str], list[str]]:
    """Places that must change alike, in groups; places that stand for themselves; and places only in ``after``."""
    kinds = after.fabric.kinds
    pairs = list(zip(map(before.fabric.kinds.get, kinds, repeat(_ABSENT)), kinds.values(), strict=True))
    together: dict[tuple[int | None, int | None], list[str]] = {pair: [] for pair in set(pairs)}
    if len(together) == 1:
        together[pairs[0]] = list(kinds)
    else:
        for place, pair in zip(kinds, pairs, strict=True):
            together[pair].append(place)
    moved = _moved(before.declaration.vnets, after.declaration.vnets)
    groups: list[list[str]] = []
    apart: list[str] = []
    added: list[str] = []
    for (earlier, kind), places in together.items():
        if earlier == _ABSENT:
            added += places
        elif earlier is None or kind is None:
            apart += places
        else:
            apart += [place for place in places if _split(place)[0] in moved] if moved else []
            still = [place for place in places if _split(place)[0] not in moved] if moved else places
            if still:
                groups.append(still)
    if len(together) > 2:
        order = {place: i for i, place in enumerate(kinds)}
        added.sort(key=order.__getitem__)
    return groups, apart, added


def _moved(old: Mapping[str, VNetDecl], new: Mapping[str, VNetDecl]) -> set[str]:
    """The VNets whose own space differs."""
    if all(map(is_, old.values(), new.values())):
        return set()
    return {
        name
        for name, vnet in new.items()
        if (was := old.get(name)) is not vnet and was is not None and was.prefixes != vnet.prefixes
    }


_ABSENT = -1
"""Stands for the kind of a place that a network does not have."""


def _split(place: str) -> tuple[str, str]:
    vnet, _, subnet = place.partition("/")
    return vnet, subnet
