"""RFC 7396 merge patches: on plain JSON, and on topologies without rebuilding what a patch does not touch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from routeng.model.addresses import Path
from routeng.model.incremental import Touched, redo
from routeng.model.loading import from_plain
from routeng.model.problems import Problems
from routeng.model.references import SECTIONS
from routeng.model.resolve import resolve
from routeng.model.structure import EXTENSION, FREE_MAPS, Walk
from routeng.model.topology import Topology

_SECTION_TYPES: dict[str, type[msgspec.Struct]] = {}
_FIELDS = {f.encode_name: f for f in msgspec.structs.fields(Topology)}


def merge_patch(document: Any, patch: Any) -> Any:
    """The document after an RFC 7396 merge patch; neither argument is modified, untouched parts are shared."""
    if not isinstance(patch, dict):
        return patch
    out = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        elif isinstance(value, dict):
            out[key] = merge_patch(out.get(key), value)
        else:
            out[key] = value
    return out


def apply(topology: Topology, patch: Mapping[str, Any], file: str = "<patch>") -> Topology:
    """The topology after a merge patch, resolved; equal to loading the merged document.

    Objects that the patch does not name are shared; a patch that changes nothing gives ``topology`` itself. Raises
    InputErrors about the merged document.
    """
    return changed(topology, patch, file)[0]


def changed(
    topology: Topology, patch: Mapping[str, Any], file: str = "<patch>"
) -> tuple[Topology, Touched | None]:
    """As :func:`apply`, with what was touched; None if the result shares nothing that was resolved before."""
    plain = without_extensions(patch)
    edited = edit(topology, plain) if isinstance(plain, dict) else None
    if edited is None:
        return from_plain(merge_patch(to_plain(topology), plain), file), None
    new, touched = edited
    if not touched:
        return topology, touched
    return (new, touched) if _redone(topology, new, touched, file) else (new, None)


def settle(old: Topology, new: Topology, touched: Touched, file: str) -> Topology:
    """``new``, which differs from ``old`` only in ``touched``, resolved; InputErrors if it is invalid."""
    if not touched:
        return old
    _redone(old, new, touched, file)
    return new


def _redone(old: Topology, new: Topology, touched: Touched, file: str) -> bool:
    """Resolve ``new``; True if all but ``touched`` was taken over. InputErrors if it is invalid."""
    problems = Problems(file)
    before = resolve(old)
    declaration = redo(before, new, touched, problems)
    if declaration is None:
        resolve(new, file, before)
        return False
    if problems.errors:
        from_plain(to_plain(new), file)  # raises: every error, with pointers into the merged document
        raise AssertionError("the parts of a topology have errors that the whole has not")
    new.__dict__["declaration"] = declaration
    return True


def to_plain(thing: Any) -> Any:
    """A struct as plain JSON, without what has its default value."""
    return msgspec.to_builtins(thing)


def without_extensions(value: Any, key: str = "") -> Any:
    """A copy without ``x-...`` keys at any level, except in maps of the user's own keys."""
    if isinstance(value, Mapping):
        free = key in FREE_MAPS
        return {
            k: without_extensions(v, k) for k, v in value.items() if free or not str(k).startswith(EXTENSION)
        }
    if isinstance(value, list):
        return [without_extensions(v) for v in value]
    return value


def edit(topology: Topology, patch: Mapping[str, Any]) -> tuple[Topology, Touched] | None:
    """The patched structs, not yet validated, and what was touched; None if a part has the wrong shape."""
    touched: dict[str, frozenset[str]] = {}
    values: dict[str, Any] = {}
    for key, change in patch.items():
        field = _FIELDS.get(key)
        if field is None:
            if change is None:
                continue
            return None
        old = getattr(topology, field.name)
        try:
            if key in SECTIONS and isinstance(change, dict):
                new, names = _patched_map(key, old, change)
                if names:
                    touched[key] = names
                    values[field.name] = new
                continue
            new = (
                _default(field)
                if change is None
                else _convert(merge_patch(to_plain(old), change), field.type, (key,))
            )
        except msgspec.ValidationError:
            return None
        if new != old:
            touched[key] = _differing(old, new) if key in SECTIONS else frozenset()
            values[field.name] = new
    return (msgspec.structs.replace(topology, **values) if values else topology), touched


def _patched_map(
    section: str, old: Mapping[str, Any], change: dict[str, Any]
) -> tuple[dict[str, Any], frozenset[str]]:
    new = {**old}
    names = set()
    kind = _section_type(section)
    for name, part in change.items():
        before = old.get(name)
        if part is None:
            if name in new:
                del new[name]
                names.add(name)
            continue
        after = _convert(
            merge_patch(to_plain(before) if before is not None else None, part), kind, (section, name)
        )
        if after != before:
            new[name] = after
            names.add(name)
    return new, frozenset(names)


def _convert(document: Any, kind: Any, path: Path) -> Any:
    """What stands at ``path`` as ``kind``, enumerations in any case; ValidationError if its shape is wrong."""
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError:
        problems = Problems("")
        cleaned = Walk(problems).clean(document, msgspec.inspect.type_info(kind), path)
        if problems.errors:
            raise
        return msgspec.convert(cleaned, kind)


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name in {**old, **new} if old.get(name) != new.get(name))


def _section_type(section: str) -> type[msgspec.Struct]:
    """The struct of the objects of a section."""
    found = _SECTION_TYPES.get(section)
    if found is None:
        described = msgspec.inspect.type_info(Topology)
        assert isinstance(described, msgspec.inspect.StructType)
        field = next(f for f in described.fields if f.encode_name == section)
        assert isinstance(field.type, msgspec.inspect.DictType)
        assert isinstance(field.type.value_type, msgspec.inspect.StructType)
        found = _SECTION_TYPES[section] = field.type.value_type.cls
    return found


def _default(field: msgspec.structs.FieldInfo) -> Any:
    """What a section is when it is not declared."""
    return field.default_factory() if field.default is msgspec.NODEFAULT else field.default
