"""The catalogue of platform limits: ``limits.json`` as typed, dated entries.

An entry says what is counted per which object, the value without any request and the highest one, what the
platform does beyond it, and where the number comes from. Nothing here counts; that is :mod:`routeng.limits`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import msgspec

Check = Literal["counted", "not declared", "constant", "not expressible"]
"""``counted``: a topology says how much is used; ``not declared``: the limit applies, the count is not in a
topology; ``constant`` and ``not expressible`` are listed for reference only."""


class Limit(msgspec.Struct, frozen=True, rename="camel"):
    """One limit. ``default`` and ``max`` are in ``unit``; ``minimum`` marks a lower bound."""

    id: str
    title: str
    scope: str
    counted: str
    default: int
    unit: str
    check: Check
    confidence: str
    dated: str | None
    seen: str
    sources: tuple[str, ...]
    minimum: bool = False
    max: int | None = None
    max_by: str | None = None
    conditions: str | None = None
    consequence: str | None = None
    consequence_basis: Literal["documented", "inferred"] | None = None
    facts: tuple[str, ...] = ()
    disagreements: str | None = None
    note: str | None = None


class Catalogue(msgspec.Struct, frozen=True, rename="camel"):
    """The whole file: when it was written, what was looked for and not found, and the limits in order."""

    schema: str
    dated: str
    about: str
    not_found: tuple[str, ...]
    limits: tuple[Limit, ...]


@functools.cache
def catalogue() -> Catalogue:
    """The catalogue, read once."""
    data = Path(__file__).with_name("limits.json").read_bytes()
    return msgspec.json.decode(data, type=Catalogue)


@functools.cache
def by_id() -> Mapping[str, Limit]:
    """The limits by id, in the order of the file."""
    return MappingProxyType({limit.id: limit for limit in catalogue().limits})
