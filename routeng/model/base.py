"""The common base of everything that a user declares: frozen structs with ARM's property names.

Attributes are snake_case in Python and camelCase in JSON; where ARM spells an abbreviation in capitals
(``peerASN``, ``publicIPAddresses``) the field names it explicitly. Unknown keys are errors, except ``x-...``,
which the reader removes before decoding.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
"""A number of things."""
Asn = Annotated[int, msgspec.Meta(ge=1, le=4_294_967_295)]
"""An autonomous system number (RFC 6793)."""


class Declared(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    gc=False,
    rename="camel",
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A declared object of any kind: a tree, which needs no garbage collector to look for cycles."""


class Resource(Declared, frozen=True, kw_only=True):
    """A declared Azure object or device: the keys that every object may carry."""

    id: str | None = None
    location: str | None = None
    resource_group: str | None = None
    subscription: str | None = None
    tags: dict[str, str] = {}
    note: str | None = None
