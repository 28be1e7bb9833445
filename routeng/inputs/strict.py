"""Strict JSON: what is not complete, unambiguous JSON of bounded size and depth is an error, never a traceback.

- :func:`read_bytes` gets the bytes of a file, of standard input (``-``) or of ``bytes``, bounded in size.
- :func:`check` looks at the raw bytes only: encoding, depth, duplicate keys; it costs about 1 ns a byte.
- :func:`parse` makes plain Python objects and names *every* duplicate key, NaN, infinity and lone surrogate.
- :func:`read_json` is all three.

Every failure is an :class:`~routeng.inputs.errors.InputErrors`. Grammar: RFC 8259; duplicate names and NaN,
which parsers treat differently (RFC 8259 chapters 4 and 6), are refused.
"""

from __future__ import annotations

import json
import math
import os
import stat
import sys
from pathlib import Path
from typing import Any, Final

from routeng.inputs._scan import DUPLICATE_KEY, OK, TOO_DEEP, scan
from routeng.inputs.errors import InputError, InputErrors, pointer, single

MAX_BYTES: Final = 256 * 1024 * 1024
"""The largest document that is read, in bytes."""
MAX_DEPTH: Final = 64
"""The deepest nesting of objects and arrays that is read."""

_BOMS = ((b"\xef\xbb\xbf", "UTF-8"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))

Source = str | os.PathLike[str] | bytes | bytearray


def read_bytes(source: Source, file: str | None = None, max_bytes: int = MAX_BYTES) -> tuple[bytes, str]:
    """The bytes of ``source`` and the name to call it in messages.

    ``source`` is a path, ``"-"`` for standard input, or the bytes. Raises InputErrors for a file that is
    missing, not readable, a directory, not a regular file or pipe, or larger than ``max_bytes``.
    """
    if isinstance(source, bytes | bytearray):
        data, name = bytes(source), file or "<bytes>"
        if len(data) > max_bytes:
            raise single(name, "", f"larger than {max_bytes} bytes: {len(data)} bytes")
        return data, name
    name = file or ("<stdin>" if source == "-" else os.fspath(source))
    try:
        data = _read_stdin(max_bytes) if source == "-" else _read_file(Path(source), name, max_bytes)
    except FileNotFoundError:
        raise single(name, "", "no such file") from None
    except OSError as error:
        raise single(name, "", f"cannot be read: {error.strerror or type(error).__name__}") from None
    except ValueError as error:
        if isinstance(error, InputErrors):
            raise
        raise single(name, "", f"not a file name: {error}") from None
    if len(data) > max_bytes:
        raise single(name, "", f"larger than {max_bytes} bytes")
    return data, name


def check(data: bytes, file: str = "<bytes>", max_depth: int = MAX_DEPTH) -> None:
    """Raise InputErrors unless ``data`` is free of a BOM, not empty, not too deep and without duplicate keys.

    Grammar and encoding are left to the decoder that follows.
    """
    _check_start(data, file)
    verdict, where = scan(data, max_depth)
    if verdict == OK:
        return
    if verdict == TOO_DEEP:
        raise single(file, "", f"nested deeper than {max_depth} levels at {_position(data, where)}")
    _, errors = parse(data, file, max_depth)
    if errors:
        raise InputErrors(errors)
    if verdict == DUPLICATE_KEY:
        raise single(file, "", f"duplicate key at {_position(data, where)}")


def parse(data: bytes, file: str = "<bytes>", max_depth: int = MAX_DEPTH) -> tuple[Any, list[InputError]]:
    """``(value, errors)``: plain objects, and every duplicate key, non-finite number and lone surrogate.

    Of a key that comes twice the last value is kept. Raises InputErrors where there is no value at all:
    not JSON, truncated, trailing data, not UTF-8, empty, too deep.
    """
    _check_start(data, file)
    verdict, where = scan(data, max_depth)
    if verdict == TOO_DEEP:
        raise single(file, "", f"nested deeper than {max_depth} levels at {_position(data, where)}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise single(file, "", f"not UTF-8 at byte {error.start}: not text, or another encoding") from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_NotFinite,
            parse_float=_number,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        spot = f"line {error.lineno} column {error.colno}"
        what = (
            "the document ends early"
            if error.pos >= len(text.rstrip())
            else error.msg[:1].lower() + error.msg[1:]
        )
        raise single(file, "", f"not JSON: {what} at {spot}") from None
    except RecursionError:
        raise single(file, "", "nested too deeply") from None
    errors: list[InputError] = []
    return _walk(value, (), file, errors), errors


def read_json(
    source: Source, file: str | None = None, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> Any:
    """The plain value of a strict JSON document (see the module); every failure is InputErrors."""
    data, name = read_bytes(source, file, max_bytes)
    value, errors = parse(data, name, max_depth)
    if errors:
        raise InputErrors(errors)
    return value


class _Pairs(dict[str, Any]):
    """An object of the document that had duplicate keys."""

    __slots__ = ("twice",)
    twice: list[str]


class _NotFinite(str):
    """NaN or an infinity, by its spelling."""

    __slots__ = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    seen: set[str] = set()
    found = _Pairs(plain)
    found.twice = []
    for key, _ in pairs:
        if key in seen and key not in found.twice:
            found.twice.append(key)
        seen.add(key)
    return found


def _number(text: str) -> float | _NotFinite:
    number = float(text)
    return number if math.isfinite(number) else _NotFinite(text)


def _integer(text: str) -> int | _NotFinite:
    return int(text) if len(text) <= 64 else _NotFinite(text[:64] + "...")


def _walk(value: Any, path: tuple[str | int, ...], file: str, errors: list[InputError]) -> Any:
    """The value as plain objects; what JSON readers disagree about goes to ``errors``."""
    if isinstance(value, dict):
        twice = value.twice if isinstance(value, _Pairs) else ()
        errors.extend(InputError(file, pointer(*path, key), "duplicate key", key) for key in twice)
        out = {}
        for key, item in value.items():
            if not _is_encodable(key):
                errors.append(
                    InputError(file, pointer(*path), "a key holds half of a surrogate pair", ascii(key))
                )
                continue
            simple = type(item) is int or item is None or type(item) is bool
            out[key] = item if simple else _walk(item, (*path, key), file, errors)
        return out
    if isinstance(value, list):
        return [_walk(item, (*path, i), file, errors) for i, item in enumerate(value)]
    if isinstance(value, _NotFinite):
        errors.append(InputError(file, pointer(*path), "not a finite number of reasonable size", str(value)))
        return 0
    if isinstance(value, str) and not _is_encodable(value):
        errors.append(InputError(file, pointer(*path), "half of a surrogate pair", ascii(value)))
        return ""
    return value


def _is_encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_start(data: bytes, file: str) -> None:
    for bom, name in _BOMS:
        if data.startswith(bom):
            raise single(file, "", f"starts with a {name} byte-order mark; plain UTF-8 without it is wanted")
    if not data or data.isspace():
        raise single(file, "", "empty: no JSON value in it")
    if b"\x00" in data[:4096]:
        raise single(file, "", "binary: holds NUL bytes, not JSON text")


def _read_stdin(max_bytes: int) -> bytes:
    if sys.stdin is None:
        raise OSError(0, "standard input is closed")
    return sys.stdin.buffer.read(max_bytes + 1)


def _read_file(path: Path, name: str, max_bytes: int) -> bytes:
    """Read at most one byte more than allowed, so that a device or a huge file cannot fill the memory."""
    with path.open("rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            raise single(name, "", "not a regular file")
        return stream.read(max_bytes + 1)


def _position(data: bytes, offset: int) -> str:
    line = data.count(b"\n", 0, offset) + 1
    column = offset - (data.rfind(b"\n", 0, offset) + 1) + 1
    return f"line {line} column {column}"


__all__ = ["MAX_BYTES", "MAX_DEPTH", "check", "parse", "read_bytes", "read_json"]
