"""What tells two declarations apart, as far as routes care: the objects to look at again, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from routeng.model.declaration import Declaration
from routeng.model.topology import Topology

T = TypeVar("T")


class Delta(NamedTuple):
    """The difference of two declarations. Every set may hold more than what differs, never less.

    ``sections``: JSON keys of the topology; ``vnets`` and ``tables``: names added, removed or declared differently;
    ``endpoints``: whether private endpoints differ; ``places``: whether the places of NICs and devices do.
    """

    sections: frozenset[str]
    vnets: frozenset[str]
    tables: frozenset[str]
    endpoints: bool
    places: bool


def delta(old: Declaration, new: Declaration, touched: Mapping[str, frozenset[str]] | None) -> Delta | None:
    """What tells ``new`` from ``old``; None if they have their VNets in different order, so that little is shared.

    ``touched``: the sections and names that a change touched where everything else was taken over from ``old``
    (:func:`routeng.model.incremental.redo`); None if ``new`` was resolved on its own, so that all is compared.
    """
    if touched is None:
        common = new.vnets.keys() & old.vnets.keys()
        if [n for n in old.vnets if n in common] != [n for n in new.vnets if n in common]:
            return None
        sections = frozenset(
            key
            for key, name in zip(Topology.__struct_encode_fields__, Topology.__struct_fields__, strict=True)
            if getattr(old.topology, name) != getattr(new.topology, name)
        )
        vnets = _differing(old.vnets, new.vnets)
    else:
        sections = frozenset(touched)
        vnets = touched.get("virtualNetworks", frozenset())
    return Delta(
        sections,
        vnets,
        _differing(old.route_tables, new.route_tables),
        old.endpoints is not new.endpoints and old.endpoints != new.endpoints,
        old.places is not new.places and old.places != new.places,
    )


def _differing(old: Mapping[str, T], new: Mapping[str, T]) -> frozenset[str]:
    """The names that are in one alone, or mean different things in the two."""
    if old is new:
        return frozenset()
    changed = [name for name, thing in new.items() if (was := old.get(name)) is not thing and was != thing]
    return frozenset(changed).union(old.keys() - new.keys())
