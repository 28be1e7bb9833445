"""The register of examples: what each one shows, its options with their defaults, and how it is built."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import msgspec

Document = dict[str, Any]
"""A topology or plan as JSON would hold it."""

Files = dict[str, Document]
Builder = Callable[..., Files]


class Option(msgspec.Struct, frozen=True):
    """An option of an example. ``choices`` (texts) or ``least`` and ``most`` (whole numbers) bound it."""

    name: str
    default: int | str
    help: str
    choices: tuple[str, ...] = ()
    least: int = 1
    most: int = 1

    def check(self, value: object) -> int | str:
        """``value`` as the builder takes it; raises ``ValueError`` with the accepted values."""
        if self.choices:
            if value not in self.choices:
                raise ValueError(f"{self.name}: {value!r} is none of {', '.join(self.choices)}")
            return str(value)
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise ValueError(f"{self.name}: {value!r} is not a whole number from {self.least} to {self.most}")
        return value


class Example(msgspec.Struct, frozen=True):
    """One example: ``title`` in a line, ``shows`` in a paragraph."""

    name: str
    title: str
    shows: str
    options: tuple[Option, ...]
    builder: Builder


def _examples() -> dict[str, Example]:
    # Imported on first use: the command line lists commands without paying for every generator.
    from routeng.gallery import (
        hub_and_spoke,
        mesh_migration,
        onprem,
        peers_and_peerings,
        remote_access,
        scale,
        summarized_prefixes,
        two_hubs,
    )

    modules = (
        hub_and_spoke,
        two_hubs,
        mesh_migration,
        summarized_prefixes,
        peers_and_peerings,
        onprem,
        remote_access,
        scale,
    )
    return {entry.name: entry for module in modules for entry in module.EXAMPLES}


def names() -> list[str]:
    """The names of all examples, in the order of the documentation."""
    return list(_examples())


def example(name: str) -> Example:
    """The example called ``name``; raises ``ValueError`` naming the nearest one."""
    known = _examples()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"
        raise ValueError(f"no example {name!r}{hint}")
    return known[name]


def describe(name: str) -> str:
    """What the example shows: its title and a paragraph."""
    found = example(name)
    return f"{found.title}\n\n{found.shows}"


def build(name: str, **options: int | str) -> Files:
    """The files of an example, by file name.

    Options not given take their defaults. Raises ``ValueError`` for an unknown example or option, or a value
    out of its range.
    """
    found = example(name)
    accepted = {option.name: option for option in found.options}
    unknown = [key for key in options if key not in accepted]
    if unknown:
        has = f"it has {', '.join(accepted)}" if accepted else "it has none"
        raise ValueError(f"example {name!r} has no option {unknown[0]!r}; {has}")
    values = {key: option.check(options.get(key, option.default)) for key, option in accepted.items()}
    return found.builder(**values)
