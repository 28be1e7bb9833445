"""Compare a predicted table with a recorded one, the way the recorded cases define it.

The two sides are first brought to one form (:func:`normalise`):

* a row of ``routes`` with several prefixes is split into one row a prefix;
* a row a next hop, or one row with several next hops, is the same thing: rows of ``routes`` that agree in
  every other compared key are merged and their next hops become one set (rows of ``rib`` are never merged);
* a missing next hop may be written null, "", "-" or 0.0.0.0; addresses and prefixes are spelled canonically;
* rows that match an ``ignore`` pattern are left out, on both sides.

Then they are compared as multisets on the ``compare`` keys (:func:`compare`): rows without a wildcard
first, each with an equal row of the other side, then as many wildcard rows as can be paired at all (maximum
matching, so the order of rows never counts). ``"*"`` matches anything; a list holding ``"*"`` n times
stands for n next hops that are not named, a bare ``"*"`` in place of a list for any number.

Score of a table = rows in both / (rows recorded + extra predicted rows, the latter only if ``complete``).
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WILDCARD = "*"
MISSING = (None, "", "-", "0.0.0.0", "::")
PREFIX_KEYS = {"addressPrefix", "network"}
NEXT_HOP_KEYS = {"nextHopIpAddress", "nextHop"}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class NextHops:
    """A set of next hops: the addresses that are named, and how many more there are (None: any number)."""

    named: frozenset[str] = frozenset()
    unnamed: int | None = 0

    @property
    def exact(self) -> bool:
        """Whether every next hop is named."""
        return self.unnamed == 0

    def union(self, other: NextHops) -> NextHops:
        """Both together; unnamed next hops of two rows are different ones."""
        unnamed = None if self.unnamed is None or other.unnamed is None else self.unnamed + other.unnamed
        return NextHops(self.named | other.named, unnamed)

    def covers(self, predicted: NextHops) -> bool:
        """Whether these recorded next hops can be the ``predicted`` ones."""
        if not self.named <= predicted.named:
            return False
        if self.unnamed is None or predicted.unnamed is None:
            return self.unnamed is None
        return len(self.named) + self.unnamed == len(predicted.named) + predicted.unnamed

    def __str__(self) -> str:
        """As a table prints them."""
        unnamed = [WILDCARD + "…"] if self.unnamed is None else [WILDCARD] * self.unnamed
        return ", ".join(sorted(self.named, key=address_order) + unnamed) or "-"


@dataclass(frozen=True)
class Comparison:
    """What comparing one table gave; rows are tuples of values in the order of ``keys``."""

    keys: tuple[str, ...]
    right: int
    recorded: int
    missing: tuple[tuple[Any, ...], ...]
    extra: tuple[tuple[Any, ...], ...]
    complete: bool

    @property
    def score(self) -> float:
        """Rows in both over rows recorded plus, in a complete table, extra predicted rows."""
        total = self.recorded + (len(self.extra) if self.complete else 0)
        return self.right / total if total else 1.0

    @property
    def exact(self) -> bool:
        """Whether every recorded row is predicted and, in a complete table, nothing else is."""
        return not self.missing and not (self.complete and self.extra)


def compare(table: Row, predicted: Iterable[Row]) -> Comparison:
    """Compare ``predicted`` rows with the rows of a ``table`` of a case."""
    keys = tuple(table["compare"])
    ignore = table.get("ignore", [])
    merge = table["ask"] == "routes"
    want = Counter(normalise(table["rows"], keys, ignore, merge=merge))
    have = Counter(normalise(predicted, keys, ignore, merge=merge))
    exact = Counter({row: min(n, have[row]) for row, n in want.items() if not has_wildcard(row)})
    missing = list((want - exact).elements())
    extra = list((have - exact).elements())
    pairs = _pair(missing, extra)
    return Comparison(
        keys=keys,
        right=exact.total() + len(pairs),
        recorded=want.total(),
        missing=tuple(row for i, row in enumerate(missing) if i not in pairs),
        extra=tuple(row for i, row in enumerate(extra) if i not in set(pairs.values())),
        complete=bool(table.get("complete", False)),
    )


def normalise(
    rows: Iterable[Row], keys: Sequence[str], ignore: Sequence[Row] = (), *, merge: bool
) -> list[tuple[Any, ...]]:
    """Rows as tuples of canonical values in the order of ``keys``, ignored rows left out, in a stable order.

    ``merge`` puts rows together that differ in their next hops only, as tables of ``routes`` demand.
    """
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for number, row in enumerate(one_prefix_a_row(rows)):
        canonical = {key: canonical_value(key, row.get(key)) for key in {*keys, *row}}
        identity: tuple[Any, ...] = tuple(canonical[key] for key in keys if key != "nextHopIpAddress")
        if not merge:
            identity = (*identity, number)
        known = merged.setdefault(identity, canonical)
        if known is not canonical and "nextHopIpAddress" in known:
            known["nextHopIpAddress"] = known["nextHopIpAddress"].union(canonical["nextHopIpAddress"])
    kept = [row for row in merged.values() if not any(matches_pattern(row, pattern) for pattern in ignore)]
    return sorted((tuple(row[key] for key in keys) for row in kept), key=_row_order)


def one_prefix_a_row(rows: Iterable[Row]) -> Iterable[Row]:
    """Split every row whose ``addressPrefix`` is a list of several prefixes."""
    for row in rows:
        prefixes = row.get("addressPrefix")
        if isinstance(prefixes, (list, tuple)):
            for prefix in prefixes:
                yield {**row, "addressPrefix": prefix}
        else:
            yield row


def canonical_value(key: str, value: Any) -> Any:
    """One spelling for values that mean the same under ``key``."""
    if key == "nextHopIpAddress":
        return _next_hops(value)
    if key in NEXT_HOP_KEYS:
        return None if value in MISSING else _address(value)
    if value is None or value == "":
        return "" if key == "asPath" else None
    if isinstance(value, bool):
        return value
    if isinstance(value, (list, tuple)):
        return tuple(canonical_value("", item) for item in value)
    return _address(value)


def matches_pattern(row: Row, pattern: Row) -> bool:
    """Whether a normalised row matches an ``ignore`` pattern: all keys hold; against a list, "contains".

    Rows hold one prefix each, so a pattern that lists prefixes matches a row of any one of them.
    """
    return bool(pattern) and all(
        key in row and _value_matches(key, row[key], v) for key, v in pattern.items()
    )


def has_wildcard(row: Sequence[Any]) -> bool:
    """Whether any value of a normalised row is left open."""
    return any(not v.exact if isinstance(v, NextHops) else v == WILDCARD for v in row)


def row_matches(recorded: Sequence[Any], predicted: Sequence[Any]) -> bool:
    """Whether a normalised recorded row, wildcards and all, stands for a normalised predicted row."""
    return all(
        want.covers(have) if isinstance(want, NextHops) else want in (WILDCARD, have)
        for want, have in zip(recorded, predicted, strict=True)
    )


def _pair(recorded: Sequence[Sequence[Any]], predicted: Sequence[Sequence[Any]]) -> dict[int, int]:
    """A maximum matching of recorded rows with predicted ones (augmenting paths): {recorded: predicted}."""
    candidates = [
        [j for j, have in enumerate(predicted) if row_matches(want, have)] if has_wildcard(want) else []
        for want in recorded
    ]
    taken: dict[int, int] = {}

    def place(i: int, seen: set[int]) -> bool:
        for j in candidates[i]:
            if j not in seen:
                seen.add(j)
                if j not in taken or place(taken[j], seen):
                    taken[j] = i
                    return True
        return False

    for i in range(len(recorded)):
        place(i, set())
    return {i: j for j, i in taken.items()}


def _next_hops(value: Any) -> NextHops:
    if value == WILDCARD:
        return NextHops(unnamed=None)
    items = value if isinstance(value, (list, tuple)) else [value]
    named = [_address(item) for item in items if item not in MISSING]
    unnamed = [item for item in named if not _is_address(item)]
    return NextHops(frozenset(named) - frozenset(unnamed), len(unnamed))


def _value_matches(key: str, value: Any, wanted: Any) -> bool:
    options = wanted if isinstance(wanted, (list, tuple)) else [wanted]
    if WILDCARD in options:
        return True
    if isinstance(value, NextHops):
        return _next_hops(wanted).named <= value.named and (bool(_next_hops(wanted).named) or not value.named)
    if key in PREFIX_KEYS:
        return value in {canonical_value(key, option) for option in options}
    if isinstance(value, tuple):
        return {canonical_value("", option) for option in options} <= set(value)
    return value == canonical_value(key, wanted)


def _address(value: Any) -> Any:
    """The canonical spelling of an address or prefix; anything else as it is."""
    if not isinstance(value, str) or not value or value[0] not in "0123456789abcdefABCDEF:":
        return value
    try:
        return str(ipaddress.ip_network(value)) if "/" in value else str(ipaddress.ip_address(value))
    except ValueError:
        return value


def _is_address(value: Any) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def address_order(value: str) -> tuple[int, int, str]:
    """Sort key: prefixes and addresses by family and number, other words after them."""
    try:
        network = ipaddress.ip_network(value)
    except ValueError:
        return (9, 0, value)
    return (network.version, int(network.network_address), value)


def _row_order(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(address_order(str(value)) for value in row)
