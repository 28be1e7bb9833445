"""What a step of a plan does to a topology: a merge patch, or an update of all objects that a condition picks.

``update`` keys are paths of names or globs: ``virtualNetworks`` (all objects of the section, picked by ``where``),
``virtualNetworks.spoke-*``, ``virtualNetworks.*.subnets.*``, ``routeTables.*.routes.*``. ``where`` is about the last
object of the path: ``name`` (a glob), ``tags.<tag>``, or another key (dotted) with its default where it is not
declared; a list means any of its values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import msgspec

from routeng.inputs.errors import InputError, InputErrors, pointer
from routeng.inputs.nearest import nearest
from routeng.model.addresses import Path
from routeng.model.loading import from_plain
from routeng.model.patch import edit, merge_patch, settle, to_plain, without_extensions
from routeng.model.plan import Update, Updates
from routeng.model.topology import Topology


class TouchesNothing(InputErrors):
    """A change that leaves the topology as it is."""


def change(
    topology: Topology, merge: Mapping[str, Any] | None, updates: Updates | None, file: str, path: Path
) -> Topology:
    """The topology after ``merge`` and ``updates``; ``path`` is where they stand in ``file``, for messages.

    The result is validated once, at the end. Raises InputErrors if nothing is touched, if an update picks nothing, or
    if the result is not valid; then ``file`` is called ``file#path``, and pointers are into the changed topology.
    """
    draft = _Draft(topology, f"{file}#{pointer(*path)}")
    if merge is not None:
        draft.edit(without_extensions(merge))
    for key, value in (updates or {}).items():
        for i, update in enumerate(value if isinstance(value, list) else [value]):
            where = (*path, key, i) if isinstance(value, list) else (*path, key)
            draft.edit(update_patch(draft.topology, key, update, file, where))
    if not draft.touched:
        raise TouchesNothing(
            [InputError(file, pointer(*path), "touches nothing: the topology stays as it is")]
        )
    return settle(topology, draft.topology, draft.touched, draft.file)


class _Draft:
    """A topology under change, not validated until all edits are made, so that only the end must be valid."""

    def __init__(self, topology: Topology, file: str) -> None:
        self.topology = topology
        self.file = file
        self.touched: dict[str, frozenset[str]] = {}

    def edit(self, patch: Mapping[str, Any]) -> None:
        """Apply one merge patch; InputErrors if a part of it has the wrong shape."""
        edited = edit(self.topology, patch)
        if edited is None:
            from_plain(merge_patch(to_plain(self.topology), patch), self.file)  # raises, with every error
            raise AssertionError("a patch of the wrong shape gave a valid topology")
        self.topology, touched = edited
        for section, names in touched.items():
            self.touched[section] = self.touched.get(section, frozenset()) | names


def update_patch(topology: Topology, key: str, update: Update, file: str, path: Path) -> dict[str, Any]:
    """The merge patch that does what one update says; InputErrors if its key or condition picks nothing."""
    section, *rest = key.split(".")
    keys = keys_of(topology)
    if section not in keys:
        raise InputErrors(
            [InputError(file, pointer(*path), "no such section", section, nearest(section, keys))]
        )
    cleaned = msgspec.structs.replace(update, set=without_extensions(update.set))
    made, count = _walk(getattr(topology, keys[section]), rest or ["*"], cleaned, section)
    if count == 0:
        raise InputErrors([InputError(file, pointer(*path), "picks no object", dict(update.where) or key)])
    return {} if made is _SAME else {section: made}


class _Same:
    """Marks a value that an update leaves alone."""


_SAME = _Same()


def keys_of(thing: msgspec.Struct) -> dict[str, str]:
    """JSON key -> attribute of a struct."""
    return _keys_of(type(thing))


@cache
def _keys_of(kind: type[msgspec.Struct]) -> dict[str, str]:
    return dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))


def _walk(value: Any, parts: list[str], update: Update, name: str) -> tuple[Any, int]:
    """(merge patch of ``value`` or _SAME, number of objects picked) for the rest of a path."""
    if not parts:
        if not isinstance(value, msgspec.Struct | dict) or not _picked(name, value, update):
            return _SAME, 0
        patch = _patch_of(value, update)
        return (patch if patch else _SAME), 1
    count = 0
    if isinstance(value, list | tuple):
        items = [to_plain(item) for item in value]
        for i, item in enumerate(value):
            label = getattr(item, "name", None) or str(i)
            if _matches(label, parts[0]):
                made, picked = _walk(item, parts[1:], update, label)
                count += picked
                if made is not _SAME:
                    items[i] = merge_patch(items[i], made)
        return (items if items != [to_plain(item) for item in value] else _SAME), count
    out = {}
    for key, item in _children(value, parts[0]):
        made, picked = _walk(item, parts[1:], update, key)
        count += picked
        if made is not _SAME:
            out[key] = made
    return (out if out else _SAME), count


def _children(value: Any, part: str) -> Iterator[tuple[str, Any]]:
    """The values inside an object under a key, or in a map under a name or glob."""
    if isinstance(value, msgspec.Struct):
        attribute = keys_of(value).get(part)
        if attribute is not None:
            yield part, getattr(value, attribute)
    elif isinstance(value, dict):
        if part in value:
            yield part, value[part]
        else:
            yield from ((key, item) for key, item in value.items() if _matches(key, part))


def _matches(name: str, part: str) -> bool:
    return part == "*" or fnmatchcase(name.lower(), part.lower())


def _picked(name: str, value: Any, update: Update) -> bool:
    for key, wanted in update.where.items():
        allowed = wanted if isinstance(wanted, list) else [wanted]
        if key == "name":
            if not any(_matches(name, str(glob)) for glob in allowed):
                return False
            continue
        found = value
        for part in key.split(".", 1) if key.startswith("tags.") else key.split("."):
            found = _value(found, part)
        if not any(type(found) is type(one) and found == one for one in allowed):
            return False
    return True


def _value(thing: Any, key: str) -> Any:
    if isinstance(thing, msgspec.Struct):
        attribute = keys_of(thing).get(key)
        return getattr(thing, attribute) if attribute is not None else None
    return thing.get(key) if isinstance(thing, dict) else None


def _patch_of(value: Any, update: Update) -> dict[str, Any]:
    """The merge patch of one picked object."""
    patch = dict(update.set)
    for key, items in update.append.items():
        had = _listed(patch[key] if key in patch else to_plain(_value(value, key)))
        patch[key] = had + [item for item in items if item not in had]
    for key, items in update.remove.items():
        had = _listed(patch[key] if key in patch else to_plain(_value(value, key)))
        patch[key] = [item for item in had if not any(_is_meant(item, gone) for gone in items)]
    return patch


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _is_meant(item: Any, gone: Any) -> bool:
    """Equal, or an object with all the keys that ``gone`` names."""
    if isinstance(item, dict) and isinstance(gone, dict):
        return all(key in item and item[key] == wanted for key, wanted in gone.items())
    return bool(item == gone)
