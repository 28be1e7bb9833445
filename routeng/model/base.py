"""The common base of everything that a user declares: frozen structs with ARM's property names.

Attributes are snake_case in Python and camelCase in JSON; where ARM spells an abbreviation in capitals
(``peerASN``, ``publicIPAddresses``) the field names it explicitly. Unknown keys are errors, except ``x-...``,
which the reader removes before decoding.
"""

from __future__ import annotations

import msgspec


class Declared(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """A declared object of any kind."""


class Resource(Declared, kw_only=True):
    """A declared Azure object or device: the keys that every object may carry."""

    id: str | None = None
    location: str | None = None
    resource_group: str | None = None
    subscription: str | None = None
    tags: dict[str, str] = {}
    note: str | None = None
