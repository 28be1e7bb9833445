"""``routeng rib``: nodes, one table, and what is wrong with a question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from syrupy.assertion import SnapshotAssertion


def test_without_a_node_it_lists_the_nodes(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    done = routeng("rib", hub_and_spoke, "-o", "json")
    assert done.status == 0
    assert {"node": "vpn"} in done.json


def test_an_unknown_node_is_answered_with_the_nearest(
    routeng: Callable[..., Any], hub_and_spoke: Path
) -> None:
    done = routeng("rib", hub_and_spoke, "vpm")
    assert (done.status, done.out) == (2, "")
    assert "'vpn'" in done.err


def test_an_unknown_peer_is_status_2(routeng: Callable[..., Any]) -> None:
    done = routeng("rib", EXAMPLE, "ars1", "--received", "nva3")
    assert (done.status, done.out) == (2, "")
    assert "nva" in done.err


def test_a_wrong_prefix_is_status_2(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    done = routeng("rib", hub_and_spoke, "vpn", "--prefix", "10.0.0.1/8")
    assert (done.status, done.out) == (2, "")
    assert "10.0.0.1/8" in done.err


EXAMPLE = Path(__file__).parents[2] / "examples" / "two-hubs-full-inspection.json"


def test_a_table_marks_best_paths_and_says_why_others_lost(
    routeng: Callable[..., Any], snapshot: SnapshotAssertion
) -> None:
    done = routeng("rib", EXAMPLE, "ars1", "--prefix", "192.168.2.0/24")
    assert (done.status, done.err) == (0, "")
    assert done.out == snapshot


def test_rows_have_the_keys_of_list_learned_routes(routeng: Callable[..., Any]) -> None:
    rows = routeng("rib", EXAMPLE, "gw1", "-o", "json").json
    keys = {
        "network",
        "nextHop",
        "sourcePeer",
        "asPath",
        "origin",
        "weight",
        "localAddress",
        "best",
        "reason",
    }
    assert rows
    assert all(keys <= set(row) and row["complete"] is True for row in rows)
    networks = {row["network"] for row in rows}
    only = routeng("rib", EXAMPLE, "gw1", "--prefix", "10.2.0.0/16", "-o", "json").json
    assert {row["network"] for row in only} == {"10.2.0.0/16"} < networks


def test_received_advertised_and_one_instance(routeng: Callable[..., Any]) -> None:
    sent = routeng("rib", EXAMPLE, "ars1", "--advertised", "nva2", "-o", "json").json
    assert {row["asPath"].split("-")[0] for row in sent} == {"65515"}
    whole = routeng("rib", EXAMPLE, "ars1", "-o", "json").json
    received = routeng("rib", EXAMPLE, "ars1", "--received", "nva2", "-o", "json").json
    assert 0 < len(received) < len(whole)
    one = routeng("rib", EXAMPLE, "ars1", "--local-address", "10.0.2.4", "-o", "json").json
    assert {row["localAddress"] for row in one} == {"10.0.2.4"}


def test_columns_of_tsv_are_the_same_for_every_question(routeng: Callable[..., Any]) -> None:
    for extra in ([], ["--advertised", "nva2"], ["--received", "nva2"]):
        lines = routeng("rib", EXAMPLE, "ars1", "-o", "tsv", *extra).out.splitlines()
        assert {len(line.split("\t")) for line in lines} == {11}
        assert all("/" in line.split("\t")[0] for line in lines)


def test_weights_are_printed_as_routers_print_them(routeng: Callable[..., Any]) -> None:
    assert " 32768 " in routeng("rib", EXAMPLE, "gw1").out
