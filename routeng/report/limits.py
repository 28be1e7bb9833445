"""Platform limits: what is counted where, how much of it is used, and what happens beyond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from routeng.report.listing import listing
from routeng.report.parts import Column, Report, Tone

COLUMNS = (
    Column("id", "Limit"),
    Column("scope", "At"),
    Column("counted", "Counted"),
    Column("used", "Used", right=True),
    Column("limit", "Limit", right=True),
    Column("headroom", "Headroom", right=True),
    Column("status", "Status"),
    Column("consequence", "Beyond it"),
)
TONES: dict[str, Tone] = {"breached": "bad", "near": "warn", "ok": "good"}


def report(rows: Sequence[Mapping[str, Any]]) -> Report:
    """The rows of a limit report; the document has all keys of each, its source among them."""
    return listing(rows, COLUMNS, tones=TONES, empty="No limit to show.")
