"""``routeng routes``: the columns of az, any place, any form."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from routeng import network

AZ_KEYS = ["source", "state", "addressPrefix", "nextHopType", "nextHopIpAddress"]


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "tsv", "markdown"])
def test_every_form_of_one_table(
    routeng: Callable[..., Any], hub_and_spoke: Path, snapshot: SnapshotAssertion, form: str
) -> None:
    done = routeng("routes", hub_and_spoke, "--at", "spoke-1/vm", "-o", form)
    assert (done.status, done.err) == (0, "")
    assert done.out == snapshot


def test_json_is_a_flat_list_with_the_keys_of_az(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    rows = routeng("routes", hub_and_spoke, "--at", "spoke-1/vm", "-o", "json").json
    assert all(set(AZ_KEYS) <= set(row) for row in rows)
    assert {row["place"] for row in rows} == {"spoke-1/vm"}
    assert {row["complete"] for row in rows} == {True}
    assert ["0.0.0.0/0"] in [row["addressPrefix"] for row in rows if row["source"] == "User"]


def test_one_table_has_no_heading_so_that_it_compares_with_az(
    routeng: Callable[..., Any], hub_and_spoke: Path
) -> None:
    one = routeng("routes", hub_and_spoke, "--at", "hub/nva").out
    assert (
        one.splitlines()[0]
        == "Source                 State    Address Prefix    Next Hop Type          Next Hop IP"
    )
    both = routeng("routes", hub_and_spoke, "--at", "hub/nva", "--at", "hub/GatewaySubnet").out
    assert both.splitlines()[0] == "hub/nva"
    assert "hub/GatewaySubnet" in both.splitlines()


def test_places_may_be_globs_in_any_case_and_are_shown_once(
    routeng: Callable[..., Any], hub_and_spoke: Path
) -> None:
    done = routeng("routes", hub_and_spoke, "--at", "SPOKE-*/vm", "--at", "spoke-2/VM", "-o", "tsv")
    places = list(dict.fromkeys(line.split("\t")[0] for line in done.out.splitlines()))
    assert places == ["spoke-1/vm", "spoke-2/vm"]


def test_all_is_every_subnet_and_nothing_asked_lists_them(
    routeng: Callable[..., Any], hub_and_spoke: Path
) -> None:
    rows = routeng("routes", hub_and_spoke, "--all", "-o", "json").json
    places = list(dict.fromkeys(row["place"] for row in rows))
    assert places == ["hub/GatewaySubnet", "hub/nva", "spoke-1/vm", "spoke-2/vm"]
    listed = routeng("routes", hub_and_spoke, "-o", "json")
    assert [row["place"] for row in listed.json] == places
    assert "--at PLACE" in listed.err


def test_where_keeps_rows_and_query_shapes_them(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    asked = ("routes", hub_and_spoke, "--at", "spoke-1/vm", "--where", "state == 'Invalid'")
    assert [row["nextHopType"] for row in routeng(*asked, "-o", "json").json] == ["Internet"]
    assert routeng(*asked, "--query", "[].nextHopType", "-o", "tsv").out == "Internet\n"
    shaped = routeng(
        "routes", hub_and_spoke, "--all", "--query", "[?source=='User'].{At: place, To: nextHopIpAddress[0]}"
    )
    assert shaped.out == (
        "At          To\n----------  --------\nspoke-1/vm  10.0.1.4\nspoke-2/vm  10.0.1.4\n"
    )  # fmt: skip


def test_wide_names_the_rule_and_its_grade(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    table = routeng("routes", hub_and_spoke, "--at", "spoke-1/vm", "--wide").out
    assert "Rule" in table.splitlines()[0]
    line = next(line for line in table.splitlines() if " Invalid " in line and "Internet" in line)
    assert "SYS-2" in line


def test_next_hops_are_a_line_each_in_tables_and_a_list_in_json(
    routeng: Callable[..., Any], hub_and_spoke: Path, overlay: Callable[..., Path]
) -> None:
    patch = overlay(
        virtualNetworkGateways={"vpn": {"activeActive": True, "bgpAddresses": ["10.0.0.4", "10.0.0.5"]}}
    )
    asked = ("routes", hub_and_spoke, "--overlay", patch, "--at", "hub/nva")
    hops = [row["nextHopIpAddress"] for row in routeng(*asked, "-o", "json").json if row["nextHopIpAddress"]]
    assert hops == [["10.0.0.4", "10.0.0.5"]]
    table = [line for line in routeng(*asked).out.splitlines() if "192.168.10.0/24" in line]
    assert [line.split()[-1] for line in table] == ["10.0.0.4", "10.0.0.5"]


def test_long_lists_of_prefixes_are_cut_in_tables_only(routeng: Callable[..., Any], tmp_path: Path) -> None:
    names = [f"spoke-{i}" for i in range(1, 9)]
    document = {
        "routeng": 1,
        "virtualNetworks": {
            name: {"addressSpace": [f"10.{i}.0.0/16"], "subnets": {"vm": {"addressPrefix": f"10.{i}.0.0/24"}}}
            for i, name in enumerate(names, 1)
        },
        "networkManagers": {
            "avnm": {
                "networkGroups": {"all": {"members": names}},
                "connectivityConfigurations": {
                    "mesh": {
                        "connectivityTopology": "Mesh",
                        "isGlobal": True,
                        "appliesToGroups": [
                            {
                                "networkGroup": "all",
                                "groupConnectivity": "DirectlyConnected",
                                "isGlobal": True,
                            }
                        ],
                        "deployedRegions": ["region1"],
                    }
                },
            }
        },
        "defaults": {"location": "region1"},
    }
    path = tmp_path / "mesh.json"
    path.write_text(json.dumps(document))
    asked = ("routes", path, "--at", "spoke-1/vm", "--where", "nextHopType == 'ConnectedGroup'")
    assert "10.2.0.0/16 10.3.0.0/16 10.4.0.0/16 (+4 more)" in routeng(*asked).out
    assert "10.9.0.0/16" not in routeng(*asked, "--wide").out
    assert "10.8.0.0/16" in routeng(*asked, "--wide").out
    assert len(routeng(*asked, "-o", "tsv").out.splitlines()) == 7
    assert len(routeng(*asked, "-o", "json").json[0]["addressPrefix"]) == 7


def test_a_topology_may_come_from_standard_input(
    routeng: Callable[..., Any], hub_and_spoke: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_and_spoke.open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        from_stdin = routeng("routes", "-", "--all", "-o", "json")
    assert from_stdin == routeng("routes", hub_and_spoke, "--all", "-o", "json")


def test_an_incomplete_table_says_so_in_every_form(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    class Table(network.RouteTable):
        def __init__(self, place: str, routes: Any, missing: tuple[str, ...]) -> None:
            super().__init__(place, routes, ("BGP routes of vpn",))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "RouteTable", Table)
        assert "Not complete: BGP routes of vpn" in routeng("routes", hub_and_spoke, "--at", "hub/nva").out
        assert (
            "Not complete: BGP routes of vpn"
            in routeng("routes", hub_and_spoke, "--all", "-o", "markdown").out
        )
        for form in ("json", "jsonl", "tsv"):
            done = routeng("routes", hub_and_spoke, "--at", "hub/nva", "-o", form)
            assert "not complete: BGP routes of vpn" in done.err
            if form == "json":
                assert {row["complete"] for row in done.json} == {False}


def test_colour_follows_the_two_variables(
    routeng: Callable[..., Any], hub_and_spoke: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("routes", hub_and_spoke, "--at", "spoke-1/vm")
    plain = routeng(*asked).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = routeng(*asked).out
    assert "\033[" in coloured
    assert "\033[" not in routeng(*asked, "-o", "json").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert routeng(*asked).out == plain
    assert "\033[" not in plain
