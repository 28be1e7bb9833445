"""The nearest valid name to a wrong one, for "did you mean"."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

_COMPARED = 300


def nearest(wrong: object, valid: Iterable[str]) -> str | None:
    """The valid name closest to ``wrong``, or None if nothing is close.

    A name that differs only by case, blanks, dashes or underscores wins over similarity. Of many names only the 300 of
    similar length with the longest common beginning are compared, so that the cost stays linear in their number.
    """
    if not isinstance(wrong, str) or not wrong or len(wrong) > 200:
        return None
    lowered: dict[str, str] = {}
    for name in valid:
        lowered.setdefault(name.lower(), name)
    plain = _plain(wrong)
    target = wrong.lower()
    for low, name in lowered.items():
        if abs(len(low) - len(target)) <= 3 and _plain(low) == plain:
            return name
    names: Iterable[str] = lowered
    if len(lowered) > _COMPARED:
        similar = (low for low in lowered if abs(len(low) - len(target)) <= 3)
        names = heapq.nlargest(_COMPARED, similar, key=lambda low: _common(low, target))
    import difflib  # only a wrong name needs it

    found = difflib.get_close_matches(target, names, n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def _plain(name: str) -> str:
    return name.casefold().translate(_BLANKS)


_BLANKS = str.maketrans("", "", "-_ .")


def _common(one: str, two: str) -> int:
    """The length of the common beginning."""
    count = 0
    for a, b in zip(one, two, strict=False):
        if a != b:
            break
        count += 1
    return count
