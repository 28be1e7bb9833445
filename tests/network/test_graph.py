"""The graph of a network, asked with networkx's own algorithms."""

from __future__ import annotations

from pathlib import Path

import networkx

import routeng
from routeng.graph import graph

EXAMPLES = Path(__file__).parents[2] / "examples"


def of(name: str) -> networkx.MultiDiGraph:
    return graph(routeng.compute(routeng.load(EXAMPLES / f"{name}.json")))


def edges(made: networkx.MultiDiGraph, kind: str) -> set[tuple[str, str]]:
    return {(a, b) for a, b, found in made.edges(data="kind") if found == kind}


def test_peerings_are_edges_in_both_directions() -> None:
    made = of("two-hubs-full-inspection")
    peerings = edges(made, "peering")
    assert ("hub1", "hub2") in peerings
    assert ("hub2", "hub1") in peerings
    assert ("spoke1", "spoke2") not in peerings
    assert made.nodes["hub1"]["prefixes"] == ["10.0.0.0/16"]


def test_every_gateway_reaches_the_customer_over_bgp_sessions() -> None:
    made = of("two-hubs-full-inspection")
    sessions = networkx.DiGraph(edges(made, "bgp"))
    assert networkx.shortest_path(sessions, "gw1", "ce2") == [
        "gw1",
        "exr2/primary",
        "ce2",
    ] or networkx.shortest_path(sessions, "gw1", "ce2") == ["gw1", "exr2/secondary", "ce2"]
    assert made.nodes["ars1"]["kind"] == "route-server"
    assert ("hub1", "ars1") in edges(made, "holds")


def test_members_of_a_mesh_point_to_their_group() -> None:
    made = of("mesh")
    assert made.in_degree("mesh/eastus") == 1000
