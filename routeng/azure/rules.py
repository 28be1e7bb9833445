"""The register of rules: what each id says, how well it is supported, and where it comes from.

Every concept file lists the rules that it implements in ``RULES``; this module only gathers them, so a rule is
stated next to the code that obeys it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Grade = Literal["documented", "recorded", "reported", "inferred"]


class Rule(msgspec.Struct, frozen=True):
    """A rule of Azure routing. ``switch`` names the profile switch that turns it, if any."""

    id: str
    says: str
    grade: Grade
    source: str
    switch: str | None = None

    def to_dict(self) -> dict[str, object]:
        """The rule as plain data."""
        return {f: getattr(self, f) for f in self.__struct_fields__}
