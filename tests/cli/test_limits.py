"""``routeng limits``: the tightest first, exit status by breach, sources in the document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

BREACHED = {"limits": {"vnet.peerings": 1, "rt.routes": 1}}


@pytest.mark.parametrize("form", ["table", "markdown", "tsv"])
def test_every_form(
    routeng: Callable[..., Any], hub_and_spoke: Path, snapshot: SnapshotAssertion, form: str
) -> None:
    done = routeng("limits", hub_and_spoke, "-o", form)
    assert done.status == 0
    assert done.out == snapshot


def test_rows_say_what_is_counted_used_and_left_and_where_that_is_written(
    routeng: Callable[..., Any], hub_and_spoke: Path
) -> None:
    rows = routeng("limits", hub_and_spoke, "-o", "json").json
    assert rows
    for row in rows:
        assert {
            "id",
            "object",
            "counted",
            "used",
            "limit",
            "headroom",
            "status",
            "consequence",
            "source",
        } <= set(row)
        assert row["headroom"] == abs(row["limit"] - row["used"]) or row["status"] == "breached"
        assert row["source"]


def test_a_breach_is_status_1_and_comes_first(
    routeng: Callable[..., Any], hub_and_spoke: Path, overlay: Callable[..., Path]
) -> None:
    asked = ("limits", hub_and_spoke, "--overlay", overlay(**BREACHED), "-o", "json")
    done = routeng(*asked)
    assert done.status == 1
    assert done.json[0]["status"] == "breached"
    breached = [row for row in done.json if row["status"] == "breached"]
    only = routeng(*asked, "--only", "breached")
    assert (only.status, only.json) == (1, breached)
    assert "vnet.peerings" in {row["id"] for row in breached}


def test_the_status_is_that_of_all_limits_not_of_those_shown(
    routeng: Callable[..., Any], hub_and_spoke: Path, overlay: Callable[..., Path]
) -> None:
    done = routeng("limits", hub_and_spoke, "--overlay", overlay(**BREACHED), "--only", "near", "-o", "json")
    assert done.status == 1
    assert all(row["status"] == "near" for row in done.json)


def test_a_peer_of_a_route_server_that_speaks_no_bgp_is_no_fault(
    routeng: Callable[..., Any], overlay: Callable[..., Path]
) -> None:
    example = Path(__file__).parents[2] / "examples" / "two-hubs-full-inspection.json"
    done = routeng("limits", example, "--overlay", overlay(devices={"nva2": {"bgp": None}}), "-o", "json")
    assert {row["id"] for row in done.json} >= {"ars.bgp_peers"}


def test_counts_that_are_not_declared_are_shown_on_demand(
    routeng: Callable[..., Any], hub_and_spoke: Path
) -> None:
    few = routeng("limits", hub_and_spoke, "-o", "json").json
    every = routeng("limits", hub_and_spoke, "--all", "-o", "json").json
    hidden = [row for row in every if row["status"] == "not declared"]
    assert len(every) == len(few) + len(hidden)
    if hidden:
        assert "--all shows them" in routeng("limits", hub_and_spoke).out


def test_a_forecast_says_how_much_more_fits(
    routeng: Callable[..., Any], hub_and_spoke: Path, overlay: Callable[..., Path]
) -> None:
    asked = (
        "limits",
        hub_and_spoke,
        "--overlay",
        overlay(limits={"vnet.peerings": 7}),
        "--forecast",
        "-o",
        "json",
    )
    found = {(f["id"], f["object"]): f for f in routeng(*asked).json}
    hub = found["vnet.peerings", "hub"]
    assert (hub["what"], hub["adds"], hub["limit"]) == ("peering", 1, 7)
    assert hub["text"] == f"hub: {hub['more']} more peerings until the limit of 7 (vnet.peerings)"
