"""What is wrong with an input: every error at once, with file, JSON pointer, value and nearest valid one.

``InputErrors`` is the only exception that reading, decoding and resolving an input ever raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import msgspec

_SHOWN = 80
_SECRET = re.compile(r"(?:key|secret|password|passphrase|token|credential|psk)s?$", re.IGNORECASE)


class Absent(msgspec.Struct, frozen=True):
    """Stands for "there is no value", which differs from a JSON null."""


ABSENT = Absent()


class InputError(msgspec.Struct, frozen=True):
    """One error.

    ``pointer`` is an RFC 6901 JSON pointer into ``file`` ("" is the whole document), ``value`` the wrong
    value as plain JSON (``ABSENT`` if the error is not about a value), ``suggestion`` the nearest valid one,
    ``rule`` the fact id where Azure itself would refuse, ``code`` the error code of Azure where it is known.
    """

    file: str
    pointer: str
    message: str
    value: object = ABSENT
    suggestion: str | None = None
    rule: str | None = None
    code: str | None = None

    def __str__(self) -> str:
        """One line: ``file#pointer: message: value (rule; did you mean ...?)``."""
        line = (
            f"{self.file}#{self.pointer}: {self.message}" if self.pointer else f"{self.file}: {self.message}"
        )
        if not isinstance(self.value, Absent):
            line += f": {shown(self.value, self.pointer)}"
        if self.rule or self.code:
            line += f" [{' '.join(x for x in (self.rule, self.code) if x)}]"
        if self.suggestion is not None:
            line += f" (did you mean {shown(self.suggestion, '')}?)"
        return _printable(line)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON with the keys that are set."""
        out: dict[str, object] = {"file": self.file, "pointer": self.pointer, "message": self.message}
        if not isinstance(self.value, Absent):
            out["value"] = "(not shown)" if _is_secret(self.pointer) else self.value
        for key in ("suggestion", "rule", "code"):
            if (text := getattr(self, key)) is not None:
                out[key] = text
        return out


class InputErrors(ValueError):
    """All errors of one input: those of shape, then those of meaning; never empty."""

    def __init__(self, errors: Iterable[InputError]) -> None:
        """``errors`` holds at least one."""
        self.errors: tuple[InputError, ...] = tuple(errors)
        if not self.errors:
            raise AssertionError("InputErrors needs at least one error")
        super().__init__("\n".join(str(e) for e in self.errors))

    def __reduce__(self) -> tuple[type[InputErrors], tuple[tuple[InputError, ...]]]:
        """Pickle by the errors, so that worker processes can hand them over."""
        return (InputErrors, (self.errors,))


def single(
    file: str, pointer: str, message: str, value: object = ABSENT, suggestion: str | None = None
) -> InputErrors:
    """An ``InputErrors`` that holds one error."""
    return InputErrors([InputError(file, pointer, message, value, suggestion)])


def pointer(*parts: str | int) -> str:
    """The RFC 6901 JSON pointer of a path of keys and indexes."""
    return "".join("/" + str(p).replace("~", "~0").replace("/", "~1") for p in parts)


def shown(value: object, where: str) -> str:
    """``value`` as one short line of printable JSON; what looks like a secret by its key is never echoed."""
    if _is_secret(where):
        return "(not shown)"
    if isinstance(value, dict) and len(value) > 6:
        return f"{{...}} with {len(value)} keys"
    if isinstance(value, list) and len(value) > 12:
        return f"[...] with {len(value)} items"
    if isinstance(value, str) and len(value) > 2 * _SHOWN:
        value = value[: 2 * _SHOWN]
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = repr(type(value))
    text = _printable(text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _printable(text: str) -> str:
    """Control and other unprintable characters, which a terminal might obey, as escapes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _is_secret(where: str) -> bool:
    return bool(where) and _SECRET.search(where.rpartition("/")[2]) is not None
