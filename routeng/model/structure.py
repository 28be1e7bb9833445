"""The shape of a document, walked against the structs: every unknown key, wrong type and wrong enumeration value.

The decoder stops at its first error; this walk does not. It also forgives what may vary: ``x-...`` keys are left
out, enumeration values are taken in any case and brought to ARM's spelling. What comes out decodes: objects that are
too wrong are left out, and remembered in ``absent`` so that references to them are no further errors.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import inspect

from routeng.inputs.nearest import nearest
from routeng.model.addresses import Path
from routeng.model.problems import Problems

EXTENSION: Final = "x-"
FREE_MAPS: Final = frozenset({"tags", "where"})
"""Maps whose keys are the user's own, so that ``x-`` in them means nothing."""


class _Wrong:
    """Marks a value that cannot be used."""


WRONG: Final = _Wrong()


class Walk:
    """One walk over one document."""

    def __init__(self, problems: Problems) -> None:
        """Errors go to ``problems``."""
        self.problems = problems
        self.absent: dict[str, set[str]] = defaultdict(set)
        self.kept: dict[Path, list[int]] = {}

    def clean(self, value: Any, wanted: inspect.Type, path: Path) -> Any:
        """``value`` as ``wanted`` demands, or WRONG; reports what is wrong."""
        if isinstance(wanted, inspect.UnionType):
            return self._union(value, wanted, path)
        if isinstance(wanted, inspect.StructType):
            return self._struct(value, wanted, path)
        if isinstance(wanted, inspect.DictType):
            return self._map(value, wanted, path)
        if isinstance(wanted, inspect.ListType | inspect.VarTupleType):
            return self._list(value, wanted.item_type, wanted, path)
        if isinstance(wanted, inspect.LiteralType):
            return self._literal(value, wanted, path)
        if isinstance(wanted, inspect.AnyType):
            return value
        return self._scalar(value, wanted, path)

    def _mismatch(self, value: Any, wanted: inspect.Type, path: Path) -> _Wrong:
        suggestion = None
        if (
            isinstance(value, str)
            and _accepts(wanted, inspect.BoolType)
            and value.lower() in ("true", "false")
        ):
            suggestion = value.lower()
        elif isinstance(value, str) and _accepts(wanted, inspect.IntType) and value.strip().isdigit():
            suggestion = value.strip()
        elif value is None:
            suggestion = "leaving the key out"
        self.problems.add(
            path, f"expected {describe(wanted)}, got {_kind(value)}", value, suggestion=suggestion
        )
        return WRONG

    def _union(self, value: Any, wanted: inspect.UnionType, path: Path) -> Any:
        """Of the members the one that takes this kind of JSON value."""
        for member in wanted.types:
            if _takes(member, value):
                return self.clean(value, member, path)
        return self._mismatch(value, wanted, path)

    def _struct(self, value: Any, wanted: inspect.StructType, path: Path) -> Any:
        if not isinstance(value, dict):
            return self._mismatch(value, wanted, path)
        fields = fields_of(wanted)
        out: dict[str, Any] = {}
        wrong = False
        for key, item in value.items():
            if key.startswith(EXTENSION):
                continue
            field = fields.get(key)
            if field is None:
                self.problems.add((*path, key), "unknown key", key, valid=fields)
                continue
            cleaned = self.clean(item, field.type, (*path, key))
            if cleaned is not WRONG:
                out[key] = cleaned
            elif field.required:
                wrong = True
        for name, field in fields.items():
            if field.required and name not in value:
                self.problems.add(path, f"missing key {name!r}")
                wrong = True
        return WRONG if wrong else out

    def _map(self, value: Any, wanted: inspect.DictType, path: Path) -> Any:
        if not isinstance(value, dict):
            return self._mismatch(value, wanted, path)
        item_type = wanted.value_type
        if isinstance(item_type, inspect.AnyType):
            return value
        free = bool(path) and path[-1] in FREE_MAPS
        out: dict[str, Any] = {}
        for key, item in value.items():
            if not free and key.startswith(EXTENSION):
                if isinstance(item, dict) and _holds_struct(item_type):
                    self.problems.find("extension", (*path, key), "a key with x- is an extension, not a name")
                continue
            if path == ("profile",) and type(item) is int:
                item = str(item)  # years are values of switches
            cleaned = self.clean(item, item_type, (*path, key))
            if cleaned is not WRONG:
                out[key] = cleaned
            else:
                self.absent["/".join(map(str, path))].add(key.lower())
        return out

    def _list(self, value: Any, item_type: inspect.Type, wanted: inspect.Type, path: Path) -> Any:
        if not isinstance(value, list):
            return self._mismatch(value, wanted, path)
        out = []
        kept = []
        for i, item in enumerate(value):
            cleaned = self.clean(item, item_type, (*path, i))
            if cleaned is not WRONG:
                out.append(cleaned)
                kept.append(i)
        if len(kept) != len(value):
            self.kept[path] = kept
            if not kept:
                return WRONG
        return out

    def _literal(self, value: Any, wanted: inspect.LiteralType, path: Path) -> Any:
        for allowed in wanted.values:
            if type(value) is type(allowed) and value == allowed:
                return value
        if isinstance(value, str):
            plain = value.lower().replace(" ", "")
            for allowed in wanted.values:
                if isinstance(allowed, str) and allowed.lower() == plain:
                    return allowed
        texts = [str(v) for v in wanted.values]
        message = "expected " + (texts[0] if len(texts) == 1 else "one of " + ", ".join(texts))
        suggestion = nearest(value, texts) or (texts[0] if len(texts) == 1 else None)
        self.problems.add(path, message, value, suggestion=suggestion)
        return WRONG

    def _scalar(self, value: Any, wanted: inspect.Type, path: Path) -> Any:
        if isinstance(wanted, inspect.IntType) and isinstance(value, float) and value.is_integer():
            return int(value)
        if not _takes(wanted, value):
            return self._mismatch(value, wanted, path)
        if isinstance(wanted, inspect.IntType):
            low, high = wanted.ge, wanted.le
            if (low is not None and value < low) or (high is not None and value > high):
                limits = f"at least {low}" if high is None else f"{low or 0} to {high}"
                self.problems.add(path, f"out of range ({limits})", value)
                return WRONG
        return value


@cache
def type_of(struct: type[msgspec.Struct]) -> inspect.Type:
    """The type description of a struct."""
    return inspect.type_info(struct)


_FIELDS: dict[type, dict[str, inspect.Field]] = {}


def fields_of(wanted: inspect.StructType) -> dict[str, inspect.Field]:
    """The fields of a struct by their JSON key."""
    found = _FIELDS.get(wanted.cls)
    if found is None:
        found = _FIELDS[wanted.cls] = {f.encode_name: f for f in wanted.fields}
    return found


def strip_extensions(value: Any, key: str = "") -> bool:
    """Remove ``x-...`` keys at every level, in place; maps of the user's own keys are left alone.

    True if one of them held an object, which somebody may have meant as a name.
    """
    held = False
    if type(value) is dict:
        if key not in FREE_MAPS:
            for name in [k for k in value if k.startswith(EXTENSION)]:
                held |= type(value.pop(name)) is dict
        for name, item in value.items():
            if type(item) is dict or type(item) is list:
                held |= strip_extensions(item, name)
    else:
        for item in value:
            if type(item) is dict or type(item) is list:
                held |= strip_extensions(item)
    return held


def describe(wanted: inspect.Type) -> str:
    """A type in words."""
    if isinstance(wanted, inspect.UnionType):
        parts = [describe(t) for t in wanted.types if not isinstance(t, inspect.NoneType)]
        return " or ".join(dict.fromkeys(parts))
    if isinstance(wanted, inspect.StructType | inspect.DictType):
        return "an object"
    if isinstance(wanted, inspect.ListType | inspect.VarTupleType):
        return f"a list of {_plural(wanted.item_type)}"
    if isinstance(wanted, inspect.LiteralType):
        return " or ".join(str(v) for v in wanted.values)
    names = {
        inspect.StrType: "a string",
        inspect.BoolType: "true or false",
        inspect.IntType: "a whole number",
    }
    return names.get(type(wanted), "another kind of value")


def _plural(wanted: inspect.Type) -> str:
    names = {inspect.StrType: "strings", inspect.IntType: "whole numbers", inspect.StructType: "objects"}
    return names.get(type(wanted), describe(wanted))


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names = {str: "a string", dict: "an object", list: "a list", int: "a number", float: "a number"}
    return names.get(type(value), "something else")


def _takes(wanted: inspect.Type, value: Any) -> bool:
    """True if the kind of JSON value fits, whatever is inside."""
    if isinstance(wanted, inspect.UnionType):
        return any(_takes(t, value) for t in wanted.types)
    if isinstance(value, bool):
        return isinstance(wanted, inspect.BoolType | inspect.AnyType)
    if isinstance(wanted, inspect.LiteralType):
        return any(type(v) is type(value) for v in wanted.values)
    kinds: dict[type, tuple[type, ...]] = {
        dict: (inspect.StructType, inspect.DictType, inspect.AnyType),
        list: (inspect.ListType, inspect.VarTupleType, inspect.AnyType),
        str: (inspect.StrType, inspect.AnyType),
        int: (inspect.IntType, inspect.FloatType, inspect.AnyType),
        float: (inspect.FloatType, inspect.AnyType),
        type(None): (inspect.NoneType, inspect.AnyType),
    }
    return isinstance(wanted, kinds[type(value)])


def _accepts(wanted: inspect.Type, kind: type) -> bool:
    members = wanted.types if isinstance(wanted, inspect.UnionType) else (wanted,)
    return any(isinstance(t, kind) for t in members)


def _holds_struct(wanted: inspect.Type) -> bool:
    return _accepts(wanted, inspect.StructType)
