"""The nearest valid name to a wrong one, for "did you mean"."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_CANDIDATES = 20_000


def nearest(wrong: object, valid: Iterable[str]) -> str | None:
    """The valid name closest to ``wrong``, or None if nothing is close.

    A name that differs only by case, blanks, dashes or underscores wins over similarity. Cost is linear in
    the number of names; beyond 20,000 names only those of similar length and first letter are compared.
    """
    if not isinstance(wrong, str) or not wrong or len(wrong) > 200:
        return None
    names = list(dict.fromkeys(valid))
    plain = _plain(wrong)
    for name in names:
        if _plain(name) == plain:
            return name
    if len(names) > _CANDIDATES:
        near = [n for n in names if n[:1].lower() == wrong[:1].lower() and abs(len(n) - len(wrong)) <= 2]
        names = near[:_CANDIDATES]
    lowered: dict[str, str] = {}
    for name in names:
        lowered.setdefault(name.lower(), name)
    found = difflib.get_close_matches(wrong.lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c not in "-_ .")
