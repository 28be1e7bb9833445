"""The system routes of next-hop type None, by the date of the platform (SYS-3, C-1, surprises list 11).

Microsoft changes the list without notice, so it is data: ``system_routes.json`` holds one profile per
recorded generation, and a topology picks one with ``"profile": {"system-none-routes": "2021-11"}``.
"""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec

from routeng.lpm import Prefix


class Profile(msgspec.Struct, frozen=True, rename="camel"):
    """One generation of the list: when it was seen, its prefixes, and what changed."""

    from_: str = msgspec.field(name="from")
    to: str | None
    evidence: tuple[str, ...]
    none: tuple[str, ...]
    note: str


class _Internet(msgspec.Struct, frozen=True):
    v4: str
    v6: str


class _File(msgspec.Struct, frozen=True, rename="camel"):
    schema: str
    dated: str
    default: str
    about: str
    internet: _Internet
    internet_note: str
    profiles: dict[str, Profile]


@functools.cache
def _file() -> _File:
    data = Path(__file__).with_name("system_routes.json").read_bytes()
    return msgspec.json.decode(data, type=_File)


def profiles() -> dict[str, Profile]:
    """All profiles by name, oldest first."""
    return _file().profiles


def default_profile() -> str:
    """The name of the profile that holds when a topology names none."""
    return _file().default


@functools.cache
def none_prefixes(profile: str | None = None) -> tuple[Prefix, ...]:
    """The prefixes that lead to None under ``profile`` (default: the newest), sorted by address.

    Raises ``KeyError`` for a profile that does not exist.
    """
    return tuple(Prefix(text) for text in _file().profiles[profile or default_profile()].none)


@functools.cache
def internet_prefixes() -> tuple[Prefix, Prefix]:
    """The default routes to the Internet, IPv4 and IPv6 (SYS-2, OQ-13)."""
    internet = _file().internet
    return Prefix(internet.v4), Prefix(internet.v6)
