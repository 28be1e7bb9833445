"""Platform limits: what is counted where, how much of it is used, and what happens beyond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from routeng.report.listing import listing
from routeng.report.parts import Column, Report, Tone

if TYPE_CHECKING:
    from routeng.limits.forecast import Forecast
    from routeng.limits.report import LimitReport

_COLUMNS = (
    Column("id", "Limit"),
    Column("at", "At"),
    Column("used", "Used", right=True),
    Column("limit", "Of", right=True),
    Column("headroom", "Headroom", right=True),
    Column("unit", "Unit"),
    Column("status", "Status"),
    Column("consequence", "Beyond it"),
)
TONES: dict[str, Tone] = {"breached": "bad", "near": "warn", "ok": "good"}


_FLAT = ("id", "object", "alike", "used", "limit", "headroom", "unit", "status")


def report(found: LimitReport, rows: Sequence[Mapping[str, Any]], left_out: int = 0) -> Report:
    """``rows`` of ``found``; ``left_out`` rows are not shown because their count is not declared.

    Every object of the document says whether the counts are ``complete``.
    """
    shown = [{**row, "at": _at(row), "consequence": beyond(row["consequence"])} for row in rows]
    notes = []
    if not found.complete:
        notes.append("Not complete: " + "; ".join(found.missing))
    if found.unknown_overrides:
        notes.append("No such limit, override ignored: " + ", ".join(found.unknown_overrides))
    if left_out:
        notes.append(f"{left_out} more apply, whose counts the topology does not declare: --all shows them.")
    table = listing(shown, _COLUMNS, tones=TONES, empty="No limit to show.", notes=notes)
    return Report(
        document=[{**row, "complete": found.complete} for row in rows],
        parts=table.parts,
        flat=[[row[key] for key in _FLAT] for row in rows],
    )


_FORECAST = (
    Column("more", "More", right=True),
    Column("what", "Of"),
    Column("object", "At"),
    Column("id", "Until the limit"),
    Column("limit", "Of", right=True),
    Column("adds", "Each adds", right=True),
    Column("like", "Like"),
)


def forecast_report(found: Sequence[Forecast]) -> Report:
    """How much more fits before each limit that grows, the tightest first."""
    rows = [f.to_dict() for f in found]
    return listing(rows, _FORECAST, empty="No limit of this topology grows.")


def beyond(consequence: str | None) -> str:
    """What happens beyond a limit, in words."""
    return (consequence or "").replace("_", " ")


def _at(row: Mapping[str, Any]) -> str:
    more = row["alike"] - 1
    return f"{row['object']} (+{more:,} alike)" if more else str(row["object"])
