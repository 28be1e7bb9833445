"""Path attributes (RFC 4271 §5, RFC 1997, RFC 8092, RFC 4456): immutable, interned records.

Addresses and identifiers are canonical text; `address_key` orders them.  Communities are canonical text too:
`65001:7`, large ones `65001:1:2`, and the well-known ones by name (`WELL_KNOWN`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Hashable, Iterable
from enum import IntEnum
from functools import lru_cache
from typing import Any
from weakref import WeakValueDictionary

from routeng.bgp.aspath import EMPTY_PATH, AsPath

DEFAULT_LOCAL_PREF = 100
MAX_MED = 2**32 - 1


class Origin(IntEnum):
    """ORIGIN (RFC 4271 §5.1.1); lower is preferred."""

    IGP = 0
    EGP = 1
    INCOMPLETE = 2

    @property
    def text(self) -> str:
        """The name in lower case."""
        return self.name.lower()


#: Well-known communities by name (RFC 1997, RFC 3765, RFC 7999, RFC 8326).
WELL_KNOWN = {
    "no-export": 0xFFFFFF01,
    "no-advertise": 0xFFFFFF02,
    "local-as": 0xFFFFFF03,
    "no-peer": 0xFFFFFF04,
    "blackhole": 0xFFFF029A,
    "graceful-shutdown": 0xFFFF0000,
}
_NAMES = {value: name for name, value in WELL_KNOWN.items()}
_ALIASES = {
    "noExport": "no-export",
    "noAdvertise": "no-advertise",
    "localAs": "local-as",
    "no-export-subconfed": "local-as",
}


@lru_cache(maxsize=65536)
def community(text: str) -> str:
    """The canonical form of a standard community: `asn:value`, a 32-bit number or a well-known name."""
    text = _ALIASES.get(text, text)
    if text in WELL_KNOWN:
        return text
    parts = text.split(":")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 2:
        raise ValueError(f"not a community: {text!r}")
    if len(parts) == 2:
        high, low = int(parts[0]), int(parts[1])
        if high > 0xFFFF or low > 0xFFFF:
            raise ValueError(f"each half of community {text!r} must be below 65536")
        value = high << 16 | low
    else:
        value = int(parts[0])
        if value > 0xFFFFFFFF:
            raise ValueError(f"community {text!r} does not fit 32 bits")
    return _NAMES.get(value, f"{value >> 16}:{value & 0xFFFF}")


@lru_cache(maxsize=65536)
def large_community(text: str) -> str:
    """The canonical form of a large community `global:local1:local2` (RFC 8092)."""
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"not a large community: {text!r}")
    numbers = [int(part) for part in parts]
    if max(numbers) > 0xFFFFFFFF:
        raise ValueError(f"each part of large community {text!r} must fit 32 bits")
    return ":".join(map(str, numbers))


def community_value(text: str) -> int:
    """The 32-bit value of a canonical standard community, by which they are ordered."""
    known = WELL_KNOWN.get(text)
    if known is not None:
        return known
    high, _, low = text.partition(":")
    return int(high) << 16 | int(low)


@lru_cache(maxsize=65536)
def address_key(text: str) -> tuple[int, int]:
    """`(family, value)` of an address or router id: numeric order.  ValueError for anything else."""
    address = ipaddress.ip_address(text)
    return address.version, int(address)


class Attributes:
    """One interned set of path attributes; equal sets are the same object.

    `local_pref` None: none was carried (the speaker's default counts); `med` None: none was carried.
    `weight` is local to a speaker and never sent.  `next_hop` None: the route is the speaker's own.
    `aggregator`: (AS, router id).  `tags`: opaque to the engine; they travel with the route.
    """

    __slots__ = (
        "__weakref__",
        "aggregator",
        "as_path",
        "atomic",
        "cluster_list",
        "communities",
        "large_communities",
        "local_pref",
        "med",
        "next_hop",
        "origin",
        "originator_id",
        "tags",
        "weight",
    )

    as_path: AsPath
    next_hop: str | None
    origin: Origin
    local_pref: int | None
    med: int | None
    weight: int
    communities: frozenset[str]
    large_communities: frozenset[str]
    originator_id: str | None
    cluster_list: tuple[str, ...]
    aggregator: tuple[int, str] | None
    atomic: bool
    tags: frozenset[Hashable]

    def __new__(
        cls,
        as_path: AsPath = EMPTY_PATH,
        next_hop: str | None = None,
        origin: Origin = Origin.IGP,
        local_pref: int | None = None,
        med: int | None = None,
        weight: int = 0,
        communities: Iterable[str] = frozenset(),
        large_communities: Iterable[str] = frozenset(),
        originator_id: str | None = None,
        cluster_list: Iterable[str] = (),
        aggregator: tuple[int, str] | None = None,
        atomic: bool = False,
        tags: Iterable[Hashable] = frozenset(),
    ) -> Attributes:
        """Return the one object for these values."""
        return _intern(
            (
                as_path,
                next_hop,
                origin,
                local_pref,
                med,
                weight,
                frozenset(communities),
                frozenset(large_communities),
                originator_id,
                tuple(cluster_list),
                aggregator,
                atomic,
                frozenset(tags),
            )
        )

    def replace(self, **changes: Any) -> Attributes:
        """The same attributes with some fields changed (same names as the constructor's)."""
        values = {name: getattr(self, name) for name in _FIELDS}
        for name in changes:
            if name not in values:
                raise TypeError(f"no such attribute: {name}")
        values.update(changes)
        return Attributes(**values)

    def __reduce__(self) -> tuple[object, ...]:
        return Attributes, tuple(getattr(self, name) for name in _FIELDS)

    def __repr__(self) -> str:
        shown = [
            f"{name}={getattr(self, name)!r}"
            for name in _FIELDS
            if getattr(self, name) != getattr(NO_ATTRIBUTES, name)
        ]
        return f"Attributes({', '.join(shown)})"


_FIELDS = (
    "as_path",
    "next_hop",
    "origin",
    "local_pref",
    "med",
    "weight",
    "communities",
    "large_communities",
    "originator_id",
    "cluster_list",
    "aggregator",
    "atomic",
    "tags",
)
_known: WeakValueDictionary[tuple[Any, ...], Attributes] = WeakValueDictionary()


def _intern(values: tuple[Any, ...]) -> Attributes:
    known = _known.get(values)
    if known is None:
        known = object.__new__(Attributes)
        for name, value in zip(_FIELDS, values, strict=True):
            setattr(known, name, value)
        _known[values] = known
    return known


NO_ATTRIBUTES = Attributes()
