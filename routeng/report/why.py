"""An explanation: the verdict in a sentence, every route that covers the destination, and how routes came about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from routeng.report.parts import Column, Heading, Line, Lines, Part, Report, Table, Tone

if TYPE_CHECKING:
    from routeng.why import Candidate, Why

_CANDIDATES = (
    Column("verdict", "Verdict"),
    Column("prefix", "Prefix"),
    Column("next_hop_type", "Next Hop Type"),
    Column("next_hops", "Next Hop IP"),
    Column("owner", "Of"),
    Column("rule", "Rule"),
    Column("because", "Because"),
)
_TONES: Mapping[str, Tone] = {"wins": "good", "invalid": "quiet", "removed": "quiet"}


def report(found: Why) -> Report:
    """The explanation; its document is one object."""
    return Report(document=found.to_dict(), parts=_parts(found), records=found.rows())


def _parts(found: Why) -> Iterator[Part]:
    lines = [
        Line(f"{found.at} to {found.destination}: {_verdict(found)}", tone="good" if found.found else "bad")
    ]
    lines += [Line(hint, tone="warn") for hint in found.hints]
    yield Lines(tuple(lines))
    if found.candidates:
        yield Table(_CANDIDATES, [candidate.to_dict() for candidate in found.candidates], _TONES)
    if found.control:
        keys = dict.fromkeys(key for step in found.control for key in step)
        yield Heading("How routes came about")
        yield Table(tuple(Column(key, _title(key)) for key in keys), found.control, _TONES)
    yield Lines((Line("Routing only: security groups and admin rules are not evaluated.", tone="quiet"),))


def _verdict(found: Why) -> str:
    winner: Candidate | None = found.candidates[0] if found.candidates else None
    if winner is not None and winner.verdict == "wins":
        return " ".join([winner.next_hop_type, *winner.next_hops])
    if winner is None:
        best = next((step for step in found.control if step.get("verdict") == "wins"), None)
        if best is not None:
            path = _step(best, "as_path", "asPath")
            return f"by {_step(best, 'peer') or 'itself'}" + (f", AS path {path}" if path else "")
    return "no route"


def _step(step: Mapping[str, Any], *keys: str) -> str:
    return next((str(step[key]) for key in keys if step.get(key)), "")


def _title(key: str) -> str:
    """``nextHop`` and ``next_hop`` as ``Next Hop``, ``as_path`` as ``AS Path``."""
    words = "".join(f" {c}" if c.isupper() else c for c in key.replace("_", " ")).split()
    return " ".join("AS" if word.lower() == "as" else word[:1].upper() + word[1:] for word in words)
