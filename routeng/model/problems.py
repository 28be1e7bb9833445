"""What validation collects: problems (errors of the input) and findings (accepted, but worth telling)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from routeng.inputs.errors import ABSENT, InputError, InputErrors, pointer
from routeng.inputs.nearest import nearest

SUGGESTED = 100
"""How many errors of one input get a suggestion: a file that is wrong throughout must not take minutes to refuse."""


class Finding(msgspec.Struct, frozen=True):
    """Something that Azure accepts and that a reader should know; ``pointer`` as in an input error."""

    code: str
    pointer: str
    message: str
    rule: str | None = None


class Problems:
    """Collects every problem of one input; paths become JSON pointers only when something is wrong.

    ``scope`` names the check at work: findings are kept by it, so that a change redoes only what it touches.
    """

    __slots__ = ("errors", "file", "findings", "kept", "scope")

    def __init__(self, file: str) -> None:
        """``file`` is the name used in messages."""
        self.file = file
        self.errors: list[InputError] = []
        self.findings: dict[str, list[Finding]] = {}
        self.scope = ""
        self.kept: dict[tuple[str | int, ...], list[int]] = {}

    def add(
        self,
        path: tuple[str | int, ...],
        message: str,
        value: object = ABSENT,
        *,
        valid: Iterable[str] = (),
        suggestion: str | None = None,
        rule: str | None = None,
        code: str | None = None,
    ) -> None:
        """Add an error; the suggestion is the nearest of ``valid`` unless given, for the first hundred errors."""
        if suggestion is None and len(self.errors) < SUGGESTED:
            suggestion = nearest(value, valid)
        self.errors.append(
            InputError(self.file, pointer(*self._original(path)), message, value, suggestion, rule, code)
        )

    def find(self, code: str, path: tuple[str | int, ...], message: str, rule: str | None = None) -> None:
        """Add a finding."""
        found = Finding(code, pointer(*self._original(path)), message, rule)
        self.findings.setdefault(self.scope, []).append(found)

    def _original(self, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """The path in the document as read: ``kept`` has the indexes of what was left in a list, by its path."""
        if not self.kept:
            return path
        out: tuple[str | int, ...] = ()
        for part in path:
            kept = self.kept.get(out)
            out = (*out, kept[part] if kept is not None and isinstance(part, int) else part)
        return out

    def check(self) -> None:
        """Raise all errors at once, if there are any."""
        if self.errors:
            raise InputErrors(self.errors)
