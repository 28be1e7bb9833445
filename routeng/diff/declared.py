"""What changed in the declaration: objects added, removed and changed, grouped by what was changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from routeng.model.topology import Topology


class DeclaredChange(msgspec.Struct, frozen=True):
    """One kind of change: ``op`` is ``+``, ``-`` or ``~``; ``objects`` are the JSON pointers it happened at.

    ``path`` is the property within each object ("" for whole objects); before and after are its values.
    """

    op: str
    section: str
    path: str
    objects: tuple[str, ...]
    before: Any = None
    after: Any = None

    def to_dict(self) -> dict[str, Any]:
        """The change as plain data, with a pointer to the first object."""
        return {
            "op": self.op,
            "section": self.section,
            "path": self.path,
            "count": len(self.objects),
            "pointer": self.objects[0],
            "objects": list(self.objects),
            "before": self.before,
            "after": self.after,
        }


def declared_changes(before: Topology, after: Topology) -> list[DeclaredChange]:
    """The differences of two topologies, one entry per distinct change however many objects it touches."""
    found: dict[tuple[str, str, str, bytes], list[str]] = {}
    values: dict[tuple[str, str, str, bytes], tuple[Any, Any]] = {}

    def note(op: str, section: str, path: str, pointer: str, old: Any, new: Any) -> None:
        key = (
            op,
            section,
            path,
            msgspec.json.encode((old, new), order="deterministic") if op == "~" else b"",
        )
        found.setdefault(key, []).append(pointer)
        values.setdefault(key, (old, new) if op == "~" else (None, None))

    for field, section in zip(Topology.__struct_fields__, Topology.__struct_encode_fields__, strict=True):
        old, new = getattr(before, field), getattr(after, field)
        if old is new or old == new:
            continue
        if section == "peerings":
            _lists(section, old, new, note)
        elif isinstance(old, dict) and isinstance(new, dict):
            for name in _differing(old, new):
                pointer = f"/{section}/{_escape(name)}"
                if name not in new:
                    note("-", section, "", pointer, None, None)
                elif name not in old:
                    note("+", section, "", pointer, None, None)
                else:
                    for path, was, now in _fields(
                        msgspec.to_builtins(old[name]), msgspec.to_builtins(new[name])
                    ):
                        note("~", section, path, pointer, was, now)
        else:
            was, now = msgspec.to_builtins(old), msgspec.to_builtins(new)
            note("~", section, "", f"/{section}", was, now)
    return [DeclaredChange(k[0], k[1], k[2], tuple(pointers), *values[k]) for k, pointers in found.items()]


def _differing(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Names that are in one alone or mean different things, those of ``old`` first, in declared order."""
    get = new.get
    found = [name for name, thing in old.items() if (other := get(name)) is not thing and other != thing]
    return found + [name for name in new if name not in old]


def _lists(section: str, old: Any, new: Any, note: Any) -> None:
    """Peerings in short notation: entries compared by content, whatever their position or name."""

    def entries(value: Any) -> dict[bytes, str]:
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        return {
            msgspec.json.encode(v, order="deterministic"): f"/{section}/{_escape(str(k))}" for k, v in pairs
        }

    was, now = entries(old), entries(new)
    for content, pointer in was.items():
        if content not in now:
            note("-", section, "", pointer, None, None)
    for content, pointer in now.items():
        if content not in was:
            note("+", section, "", pointer, None, None)


def _fields(old: Any, new: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """The properties that differ between two objects, as (path, before, after); lists are compared whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for key in {**old, **new}:
            if old.get(key) != new.get(key):
                found += _fields(old.get(key), new.get(key), f"{path}/{_escape(key)}")
        return found
    return [(path, old, new)]


def _escape(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1")
