"""``--enforce-limits``: what happens beyond a breached limit is computed, not only reported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_routes_beyond_a_breached_limit_are_gone_only_if_asked(
    routeng: Callable[..., Any], overlay: Callable[..., Path]
) -> None:
    patch = overlay(limits={"ars.routes_per_peer": 1})
    asked = (
        "rib",
        EXAMPLES / "two-hubs-full-inspection.json",
        "ars1",
        "--received",
        "nva2",
        "--overlay",
        patch,
    )
    assert routeng(*asked, "-o", "json").json
    assert routeng(*asked, "--enforce-limits", "-o", "json").json == []


def test_a_diff_loses_what_a_newly_breached_limit_takes(
    routeng: Callable[..., Any], overlay: Callable[..., Path]
) -> None:
    patch = overlay(limits={"ars.routes_per_peer": 1})
    asked = ("diff", EXAMPLES / "two-hubs-full-inspection.json", "--overlay", patch, "-o", "json")
    assert routeng(*asked).json["routes"] == []
    assert routeng(*asked, "--enforce-limits").json["routes"] != []
