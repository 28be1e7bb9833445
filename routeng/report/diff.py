"""A diff for people: one line of totals, what got worse, then declaration, routes by shape, BGP, limits.

The bulk comes last, and is folded in Markdown, so that the report fits a comment on a pull request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from routeng.report.limits import beyond
from routeng.report.parts import Column, Details, Heading, Line, Lines, Mark, Part, Report, Table, Tone

if TYPE_CHECKING:
    from routeng.diff import DeclaredChange, Diff, LimitChange, RouteChange, Shape

_LIMIT_COLUMNS = (
    Column("id", "Limit"),
    Column("at", "At"),
    Column("usedBefore", "Before", right=True),
    Column("usedAfter", "After", right=True),
    Column("of", "Of", right=True),
    Column("headroom", "Headroom", right=True),
    Column("status", "Status"),
    Column("beyond", "Beyond it"),
)
_TONES: dict[str, Tone] = {
    "ok -> breached": "bad",
    "near -> breached": "bad",
    "breached": "bad",
    "near": "warn",
    "ok -> near": "warn",
    "near -> ok": "good",
    "breached -> ok": "good",
    "breached -> near": "good",
}
_MARKS: dict[str, Mark] = {"+": "+", "-": "-", "~": "~"}
_PLACES, _PREFIXES, _VALUE = 3, 6, 60
"""Places and prefixes that a line names, and characters that it spends on a value."""


def report(found: Diff, before: str, after: str) -> Report:
    """The diff of two topologies that are called ``before`` and ``after``."""
    return Report(
        document=found.to_dict(), parts=_parts(found, before, after), records=found.rows(), flat=_flat(found)
    )


def _parts(found: Diff, before: str, after: str) -> Iterator[Part]:
    yield Heading(f"{before} -> {after}")
    yield Lines((Line(_totals(found), tone="strong"), *_notices(found)))
    if found.declaration:
        lines = tuple(declared_lines(found))
        yield Details("Declaration", _count_objects(found.declaration), (Lines(lines),))
    if found.routes or found.places_added or found.places_removed:
        yield Details("Routes", _count_shapes(found), (Lines(tuple(route_lines(found))),))
    if found.bgp:
        yield Details("BGP", _count_bgp(found), (Lines(tuple(_bgp(found))),))
    if moved := _moved(found):
        table = Table(_LIMIT_COLUMNS, [limit_row(change) for change in moved], _TONES)
        yield Details("Limits", _count_limits(found), (table,))


def _totals(found: Diff) -> str:
    if found.empty:
        return "No change."
    return (
        f"Declaration: {_count_objects(found.declaration)}. Routes: {_count_shapes(found)}. "
        f"BGP: {_count_bgp(found)}. Limits: {_count_limits(found)}."
    )


def _notices(found: Diff) -> Iterator[Line]:
    for sentence in found.worse:
        yield Line(f"Worse: {sentence}", tone="bad")
    if not found.complete:
        yield Line(f"Not complete: {'; '.join(found.missing)}", tone="warn")


def _count_objects(changes: Iterable[DeclaredChange]) -> str:
    objects: dict[str, set[str]] = {"+": set(), "~": set(), "-": set()}
    for change in changes:
        objects[change.op].update(change.objects)
    words = {"+": "added", "~": "changed", "-": "removed"}
    return ", ".join(f"{len(objects[op]):,} {word}" for op, word in words.items())


def _count_shapes(found: Diff) -> str:
    changed = sum(len(shape.places) for shape in found.routes)
    words = f"{_many(changed, 'subnet')} changed in {_many(len(found.routes), 'shape')}"
    if found.places_added:
        words += f", {_many(len(found.places_added), 'subnet')} added"
    if found.places_removed:
        words += f", {_many(len(found.places_removed), 'subnet')} removed"
    return words


def _count_bgp(found: Diff) -> str:
    return f"{_many(len({change.node for change in found.bgp}), 'node')} changed"


def _count_limits(found: Diff) -> str:
    breached = sum(change.newly_breached for change in found.limits)
    return f"{_many(len(_moved(found)), 'count')} moved, {breached:,} newly breached"


def _moved(found: Diff) -> list[LimitChange]:
    """Limits of which something is known on one side at least."""
    return [change for change in found.limits if (change.used_before, change.used_after) != (None, None)]


def _declared(change: DeclaredChange) -> Line:
    pointer = change.objects[0] + change.path
    count = len(change.objects)
    if count > 1:
        pointer = f"/{change.section}/*{change.path}"
    words, mark = pointer[1:], _MARKS[change.op]
    if change.path and change.before is None and isinstance(change.after, dict):
        mark = "+"  # a part of the object that was not there: a subnet, a BGP process
    elif change.path and change.after is None and isinstance(change.before, dict):
        mark = "-"
    elif change.op == "~":
        words += f": {_value(change.before)} -> {_value(change.after)}"
    if count > 1:
        names = [_name(pointer) for pointer in change.objects]
        words += f" ({count:,}: {_some(names, _PLACES)})"
    return Line(words, mark=mark, depth=1)


def declared_lines(found: Diff) -> Iterator[Line]:
    """What changed in the declaration, a line each."""
    return (_declared(change) for change in found.declaration)


def route_lines(found: Diff) -> Iterator[Line]:
    """What changed in the routes, by shape."""
    for shape in found.routes:
        yield from _shape(shape)
    if found.places_added:
        yield Line(f"{_some(found.places_added, _PLACES)}: new", mark="+", depth=1)
    if found.places_removed:
        yield Line(f"{_some(found.places_removed, _PLACES)}: gone", mark="-", depth=1)


def _shape(shape: Shape) -> Iterator[Line]:
    places = shape.places[0]
    if len(shape.places) > 1:
        one_a_vnet = list({place.partition("/")[0]: place for place in reversed(shape.places)}.values())[::-1]
        where = f"{_many(shape.vnets, 'virtual network')}, {_many(len(shape.places), 'subnet')}"
        named = shape.places if len(shape.places) <= _PLACES + 1 else one_a_vnet
        places = f"{where}: {_some(named, _PLACES, len(shape.places))}"
    yield Line(places, depth=1)
    for change in shape.changes:
        yield Line(_changed(change), mark=_MARKS[change.op], depth=2)
    if shape.lost:
        yield Line(f"no way any more to {_some(shape.lost, _PREFIXES)}", depth=2, tone="bad")


def _changed(change: RouteChange) -> str:
    if change.prefixes:
        what = _some(change.prefixes, _PREFIXES)
    else:
        what = f"{_many(change.count, 'prefix', 'prefixes')} each: {change.members}"
    how = " -> ".join(text for text in (change.before, change.after) if text)
    return f"{what}  {how}  [{change.rule}]"


def _bgp(found: Diff) -> Iterator[Line]:
    """Every node: what it reaches differently, then what it announces differently to each peer."""
    heading = None
    for change in found.bgp:
        words = change.node
        if change.peers:
            words += f" announces to {_some(change.peers, _PREFIXES)}"
        if words != heading:
            heading = words
            yield Line(words, depth=1)
        what = _some(change.prefixes, _PREFIXES, change.count)
        how = " -> ".join(text for text in (change.before, change.after) if text)
        yield Line(f"{what}  {how}".rstrip(), mark=_MARKS[change.op], depth=2)


def limit_row(change: LimitChange) -> dict[str, Any]:
    """A row of the table of limits; what happens beyond is said where it does happen."""
    of = change.limit_after if change.limit_after is not None else change.limit_before
    moved = (
        None not in (change.limit_before, change.limit_after) and change.limit_before != change.limit_after
    )
    statuses = list(dict.fromkeys(s for s in (change.status_before, change.status_after) if s is not None))
    more = len(change.objects) - 1
    return {
        "id": change.id,
        "at": f"{change.object} (+{more:,} alike)" if more else change.object,
        "usedBefore": change.used_before,
        "usedAfter": change.used_after,
        "of": f"{change.limit_before:,} -> {change.limit_after:,}" if moved else of,
        "headroom": of - change.used_after if of is not None and change.used_after is not None else None,
        "status": " -> ".join(statuses),
        "beyond": beyond(change.consequence) if change.status_after == "breached" else None,
    }


def _flat(found: Diff) -> Iterator[tuple[Any, ...]]:
    """One line a change: part, mark, objects or places, where, what, before, after."""
    for declared in found.declaration:
        where, what = declared.objects[0], declared.path
        count = len(declared.objects)
        yield ("declaration", declared.op, count, where, what, declared.before, declared.after)
    for shape in found.routes:
        for change in shape.changes:
            what = " ".join(change.prefixes) or f"{change.count} {change.members}"
            places = len(shape.places)
            yield ("routes", change.op, places, shape.places[0], what, change.before, change.after)
    for mark, names in (("+", found.places_added), ("-", found.places_removed)):
        for place in names:
            yield ("places", mark, 1, place, None, None, None)
    for path in found.bgp:
        where = f"{path.node} to {', '.join(path.peers)}" if path.peers else path.node
        yield ("bgp", path.op, path.count, where, " ".join(path.prefixes), path.before, path.after)
    for moved in _moved(found):
        count = len(moved.objects)
        yield ("limits", "~", count, moved.object, moved.id, moved.used_before, moved.used_after)


def _some(names: Sequence[str], most: int, count: int | None = None) -> str:
    """The first names, and how many more of ``count`` there are; a single one more is not left out."""
    count = len(names) if count is None else count
    shown = names[: most + 1] if count <= most + 1 else names[:most]
    more = count - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _many(count: int, one: str, several: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def _name(pointer: str) -> str:
    return pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def _value(value: Any) -> str:
    if value is None:
        return "(default)"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _VALUE else text[: _VALUE - 3] + "..."
