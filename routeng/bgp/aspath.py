"""AS paths (RFC 4271 §4.3 and §5.1.2, RFC 5065 §3): immutable, interned, nearest AS first.

A path is a tuple of segments.  Equal paths are the same object, so comparing and hashing costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple
from weakref import WeakValueDictionary

SegmentKind = Literal["sequence", "set", "confed_sequence", "confed_set"]
JsonEntry = int | dict[str, list[int]]

MAX_ASN = 2**32 - 1
#: A path of more AS numbers than this does not fit a 4,096-byte UPDATE (RFC 4271 §4.1, RFC 6793 §3).
MAX_ASNS = 1000


class Segment(NamedTuple):
    """One path segment; sets are sorted and free of duplicates, sequences keep their order."""

    kind: SegmentKind
    asns: tuple[int, ...]


def is_private(asn: int) -> bool:
    """Whether `asn` is reserved for private use (RFC 6996 §5)."""
    return 64512 <= asn <= 65534 or 4200000000 <= asn <= 4294967294


def _checked(segment: Segment) -> Segment:
    if not segment.asns:
        raise ValueError("an AS path segment cannot be empty")
    for asn in segment.asns:
        if not 0 <= asn <= MAX_ASN:
            raise ValueError(f"AS number {asn} is outside 0..{MAX_ASN}")
    if segment.kind in ("set", "confed_set"):
        return Segment(segment.kind, tuple(sorted(set(segment.asns))))
    return segment


class AsPath:
    """An interned AS path; build with `of`, `parse`, `from_json` or `from_segments`.

    `segments`: the segments; `asns`: every AS number in order, sets and confederation segments included;
    `hops`: the length the decision process counts (a set is 1, confederation segments 0: RFC 4271 §9.1.2.2 a,
    RFC 5065 §5.3); `first`: the neighbour AS, i.e. the first AS of the first segment that is not of a
    confederation, None when there is none or it is a set.
    """

    __slots__ = ("__weakref__", "asns", "confed_first", "first", "hops", "segments")

    segments: tuple[Segment, ...]
    asns: tuple[int, ...]
    hops: int
    first: int | None
    confed_first: int | None

    def __new__(cls, segments: tuple[Segment, ...] = ()) -> AsPath:
        """Return the one object for `segments`, which must already be normal (see `from_segments`)."""
        known = _known.get(segments)
        if known is not None:
            return known
        path = object.__new__(cls)
        path.segments = segments
        path.asns = tuple(asn for segment in segments for asn in segment.asns)
        hops = 0
        first: int | None = None
        plain = False
        for kind, asns in segments:
            if kind == "sequence":
                hops += len(asns)
            elif kind == "set":
                hops += 1
            else:
                continue
            if not plain and kind == "sequence":
                first = asns[0]
            plain = True
        path.hops = hops
        path.first = first
        head = segments[0] if segments else None
        path.confed_first = head.asns[0] if head is not None and head.kind == "confed_sequence" else None
        _known[segments] = path
        return path

    def __reduce__(self) -> tuple[object, ...]:
        return AsPath, (self.segments,)

    @staticmethod
    def from_segments(segments: Iterable[tuple[SegmentKind, Iterable[int]]]) -> AsPath:
        """A path of any segments; neighbouring sequences of one kind are merged.  ValueError for a bad AS."""
        normal: list[Segment] = []
        for kind, asns in segments:
            segment = _checked(Segment(kind, tuple(asns)))
            if normal and kind == normal[-1].kind and kind in ("sequence", "confed_sequence"):
                normal[-1] = Segment(kind, normal[-1].asns + segment.asns)
            else:
                normal.append(segment)
        return AsPath(tuple(normal))

    @staticmethod
    def of(*entries: int | Iterable[int]) -> AsPath:
        """`AsPath.of(65001, 65002, {65003, 65004})`: numbers form sequences, collections are AS_SETs."""
        return AsPath.from_segments(
            ("sequence", (entry,)) if isinstance(entry, int) else ("set", entry) for entry in entries
        )

    @staticmethod
    def parse(text: str) -> AsPath:
        """Read `65001 65002 {65003,65004} (65101 65102)`; parentheses enclose a confederation sequence."""
        rest = _TOKEN.sub("", text)
        if rest.strip():
            raise ValueError(f"not an AS path: {text!r}")
        segments: list[tuple[SegmentKind, list[int]]] = []
        for number, as_set, confed, confed_set in _TOKEN.findall(text):
            if number:
                segments.append(("sequence", [int(number)]))
            elif as_set:
                segments.append(("set", [int(n) for n in re.findall(r"\d+", as_set)]))
            elif confed_set:
                segments.append(("confed_set", [int(n) for n in re.findall(r"\d+", confed_set)]))
            else:
                segments.append(("confed_sequence", [int(n) for n in re.findall(r"\d+", confed)]))
        return AsPath.from_segments(segments)

    @staticmethod
    def from_json(entries: Iterable[JsonEntry]) -> AsPath:
        """Read the recorded form: numbers, `{"set": [..]}`, `{"confed": [..]}`, `{"confed_set": [..]}`."""
        kinds: dict[str, SegmentKind] = {
            "set": "set",
            "confed": "confed_sequence",
            "confed_set": "confed_set",
        }
        segments: list[tuple[SegmentKind, list[int]]] = []
        for entry in entries:
            if isinstance(entry, int):
                segments.append(("sequence", [entry]))
            else:
                ((name, asns),) = entry.items()
                segments.append((kinds[name], asns))
        return AsPath.from_segments(segments)

    def to_json(self) -> list[JsonEntry]:
        """The form `from_json` reads."""
        out: list[JsonEntry] = []
        names = {"set": "set", "confed_sequence": "confed", "confed_set": "confed_set"}
        for kind, asns in self.segments:
            if kind == "sequence":
                out.extend(asns)
            else:
                out.append({names[kind]: list(asns)})
        return out

    def __str__(self) -> str:
        words = []
        for kind, asns in self.segments:
            if kind == "sequence":
                words.append(" ".join(map(str, asns)))
            elif kind == "set":
                words.append("{" + ",".join(map(str, asns)) + "}")
            elif kind == "confed_sequence":
                words.append("(" + " ".join(map(str, asns)) + ")")
            else:
                words.append("[" + ",".join(map(str, asns)) + "]")
        return " ".join(words)

    def __repr__(self) -> str:
        return f"AsPath.parse({str(self)!r})"

    def __len__(self) -> int:
        """The number of hops the decision process counts."""
        return self.hops

    def __bool__(self) -> bool:
        return bool(self.segments)

    def __iter__(self) -> Iterator[int]:
        return iter(self.asns)

    def __contains__(self, asn: object) -> bool:
        return asn in self.asns

    def count(self, asn: int) -> int:
        """How often `asn` occurs in any segment."""
        return self.asns.count(asn)

    def prepend(self, *asns: int) -> AsPath:
        """Put `asns` in front, the first of them first."""
        return self._with_front("sequence", asns)

    def prepend_confed(self, *asns: int) -> AsPath:
        """Put `asns` in front as an AS_CONFED_SEQUENCE (RFC 5065 §4)."""
        return self._with_front("confed_sequence", asns)

    def _with_front(self, kind: SegmentKind, asns: tuple[int, ...]) -> AsPath:
        if not asns:
            return self
        if self.segments and self.segments[0].kind == kind:
            head = Segment(kind, asns + self.segments[0].asns)
            return AsPath((head, *self.segments[1:]))
        return AsPath((Segment(kind, asns), *self.segments))

    def without_leading_confed(self) -> AsPath:
        """Drop the confederation segments in front (RFC 5065 §4: leaving the confederation)."""
        index = 0
        while index < len(self.segments) and self.segments[index].kind.startswith("confed"):
            index += 1
        return AsPath(self.segments[index:]) if index else self

    def map(self, change: Callable[[int], int | None]) -> AsPath:
        """Replace each AS by `change(asn)`; None drops it."""
        out: list[tuple[SegmentKind, list[int]]] = []
        for kind, asns in self.segments:
            kept = [new for new in map(change, asns) if new is not None]
            if kept:
                out.append((kind, kept))
        return AsPath.from_segments(out)

    def replace(self, old: int, new: int) -> AsPath:
        """Every `old` becomes `new`, wherever it stands."""
        return self.map(lambda asn: new if asn == old else asn) if old in self.asns else self

    def without(self, asns: Iterable[int]) -> AsPath:
        """Drop every AS of `asns`."""
        dropped = frozenset(asns)
        return (
            self if dropped.isdisjoint(self.asns) else self.map(lambda asn: None if asn in dropped else asn)
        )

    def strip_leading(self, predicate: Callable[[int], bool]) -> AsPath:
        """Drop the AS numbers in front for which `predicate` holds, up to the first that stays."""
        segments = list(self.segments)
        while segments:
            kind, asns = segments[0]
            if kind in ("set", "confed_set"):
                if not all(map(predicate, asns)):
                    break
                segments.pop(0)
                continue
            keep = next((i for i, asn in enumerate(asns) if not predicate(asn)), len(asns))
            if keep < len(asns):
                segments[0] = Segment(kind, asns[keep:])
                break
            segments.pop(0)
        return AsPath(tuple(segments))


_known: WeakValueDictionary[tuple[Segment, ...], AsPath] = WeakValueDictionary()
_TOKEN = re.compile(r"(\d+)|\{([\d,\s]+)\}|\(([\d\s]+)\)|\[([\d,\s]+)\]")
EMPTY_PATH = AsPath()
