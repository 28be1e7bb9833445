"""BGP tables, with the columns of ``list-learned-routes`` of az, and why each path stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from routeng.report.listing import listing
from routeng.report.parts import Column, Report, Tone

_COLUMNS = (
    Column("mark", "Best"),
    Column("network", "Network"),
    Column("nextHop", "Next Hop"),
    Column("sourcePeer", "Source Peer"),
    Column("asPath", "AS Path"),
    Column("origin", "Origin"),
    Column("weight", "Weight", right=True),
    Column("localPref", "Local Pref", right=True),
    Column("med", "MED", right=True),
    Column("localAddress", "Local Address"),
    Column("reason", "Reason"),
)
_FLAT = (
    "network",
    "nextHop",
    "sourcePeer",
    "asPath",
    "origin",
    "weight",
    "localAddress",
    "localPref",
    "med",
    "best",
    "reason",
)
_TONES: dict[str, Tone] = {"*": "good"}


def report(rows: Sequence[Mapping[str, Any]], *, complete: bool, missing: tuple[str, ...] = ()) -> Report:
    """The rows of a table, best paths marked with ``*``; columns that nobody fills are left out."""
    shown = [{**row, "mark": "*" if row.get("best") else "", **_plain(row)} for row in rows]
    columns = [c for c in _COLUMNS if any(row.get(c.key) not in (None, "") for row in shown)]
    notes = () if complete else ("Not complete: " + "; ".join(missing),)
    table = listing(shown, columns, tones=_TONES, empty="No routes.", notes=notes)
    return Report(
        document=[{**row, "complete": complete} for row in rows],
        parts=table.parts,
        flat=[[row.get(key) for key in _FLAT] for row in rows],
    )


def _plain(row: Mapping[str, Any]) -> dict[str, str | None]:
    """Weights as routers print them: 32768, not 32,768."""
    return {key: None if row.get(key) is None else str(row[key]) for key in ("weight", "localPref", "med")}
