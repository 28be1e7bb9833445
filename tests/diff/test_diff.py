"""What a diff says: declarations, routes by shape, BGP nodes, limits, and what got worse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import routeng
from routeng.diff import Diff, RouteChange
from routeng.inputs.errors import InputErrors
from routeng.model import loads
from routeng.network import Network

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> Network:
    return routeng.compute(routeng.load(EXAMPLES / f"{name}.json"))


def network(**sections: Any) -> Network:
    return routeng.compute(loads(json.dumps({"routeng": 1, **sections}).encode()))


def vnets(count: int, **keys: Any) -> dict[str, Any]:
    """VNets v0, v1, ... of a /24 each with one subnet."""
    return {
        f"v{i}": {
            "addressSpace": [f"10.{i}.0.0/24"],
            "subnets": {"s": {"addressPrefix": f"10.{i}.0.0/25", **keys}},
        }
        for i in range(count)
    }


def star(count: int) -> list[dict[str, Any]]:
    return [{"hub": "v0", "spokes": [f"v{i}" for i in range(1, count)]}]


def lines(found: Diff) -> dict[tuple[str, ...], set[tuple[str, str, int, tuple[str, ...]]]]:
    """Places of each shape -> its changes as (op, type, prefixes each, named prefixes)."""
    return {s.places: {(c.op, c.kind, c.count, c.prefixes) for c in s.changes} for s in found.routes}


def test_the_same_topology_differs_in_nothing() -> None:
    for file in sorted(EXAMPLES.glob("*.json")):
        if "plan" not in file.name:
            found = routeng.diff(routeng.load(file), routeng.load(file))
            assert found.empty, file.name
            assert not found.worse


def test_hairpin_to_mesh_is_one_shape() -> None:
    found = routeng.diff(example("hairpin"), example("mesh"))
    assert len(found.routes) == 1
    only = found.routes[0]
    assert (only.vnets, len(only.places)) == (1000, 2000)
    gained = next(c for c in only.changes if c.op == "+")
    assert (gained.count, gained.kind, gained.members) == (
        999,
        "ConnectedGroup",
        "every other member of connected group mesh/eastus",
    )
    assert found.complete


def test_a_new_peering_changes_both_sides() -> None:
    before = network(virtualNetworks=vnets(3), peerings=star(2))
    after = network(virtualNetworks=vnets(3), peerings=star(3))
    assert lines(routeng.diff(before, after)) == {
        ("v0/s",): {("+", "VNetPeering", 1, ("10.2.0.0/24",))},
        ("v2/s",): {("+", "VNetPeering", 1, ("10.0.0.0/24",))},
    }


def test_places_that_change_alike_are_one_shape() -> None:
    before = network(virtualNetworks=vnets(6), peerings=star(6))
    after = network(
        virtualNetworks=vnets(6, routeTable="rt"),
        peerings=star(6),
        routeTables={
            "rt": {
                "routes": [
                    {
                        "addressPrefix": "0.0.0.0/0",
                        "nextHopType": "VirtualAppliance",
                        "nextHopIpAddress": "10.0.0.4",
                    }
                ]
            }
        },
    )
    found = routeng.diff(before, after)
    assert len(found.routes) == 1
    assert found.routes[0].places == tuple(f"v{i}/s" for i in range(6))
    ops = {(c.op, c.before, c.after) for c in found.routes[0].changes}
    assert ("+", None, "VirtualAppliance 10.0.0.4 (user route)") in ops
    assert ("~", "Internet", "Internet Invalid") in ops
    assert any(op == "-" and before == "None" for op, before, _ in ops)


def test_an_equal_user_route_makes_a_peering_row_invalid() -> None:
    routes = [
        {"addressPrefix": "10.1.0.0/24", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.4"}
    ]
    plain = vnets(2)
    plain["v0"]["subnets"]["s"]["routeTable"] = "rt"
    before = network(virtualNetworks=plain, peerings=star(2), routeTables={"rt": {}})
    after = network(virtualNetworks=plain, peerings=star(2), routeTables={"rt": {"routes": routes}})
    changes = routeng.diff(before, after).routes[0].changes
    assert (
        RouteChange(
            "~", "VNetPeering", 1, ("10.1.0.0/24",), None, "VNetPeering", "VNetPeering Invalid", "PREC-7"
        )
        in changes
    )


def test_a_destination_that_now_leads_to_none_is_worse() -> None:
    plain = vnets(2)
    plain["v0"]["subnets"]["s"]["routeTable"] = "rt"
    drop = {"rt": {"routes": [{"addressPrefix": "10.1.0.0/25", "nextHopType": "None"}]}}
    found = routeng.diff(
        network(virtualNetworks=plain, peerings=star(2), routeTables={"rt": {}}),
        network(virtualNetworks=plain, peerings=star(2), routeTables=drop),
    )
    assert found.routes[0].lost == ("10.1.0.0/24", "10.1.0.0/25")
    assert found.worse == ("v0/s can no longer reach 10.1.0.0/24, 10.1.0.0/25",)


def test_falling_back_to_the_internet_is_a_loss() -> None:
    spaces = vnets(2)
    spaces["v1"] = {"addressSpace": ["20.1.0.0/24"], "subnets": {"s": {"addressPrefix": "20.1.0.0/25"}}}
    found = routeng.diff(network(virtualNetworks=spaces, peerings=star(2)), network(virtualNetworks=spaces))
    assert {s.places: s.lost for s in found.routes}[("v0/s",)] == ("20.1.0.0/24",)


def test_new_and_removed_places_are_named() -> None:
    found = routeng.diff(network(virtualNetworks=vnets(2)), network(virtualNetworks=vnets(1)))
    assert (found.places_added, found.places_removed) == ((), ("v1/s",))
    back = routeng.diff(network(virtualNetworks=vnets(1)), network(virtualNetworks=vnets(2)))
    assert (back.places_added, back.places_removed) == (("v1/s",), ())


def test_declared_changes_are_grouped_by_what_was_changed() -> None:
    after = vnets(3)
    for vnet in after.values():
        vnet["privateEndpointVNetPolicies"] = "Basic"
    found = routeng.diff(network(virtualNetworks=vnets(3)), network(virtualNetworks=after))
    assert [(c.op, c.path, len(c.objects), c.after) for c in found.declaration] == [
        ("~", "/privateEndpointVNetPolicies", 3, "Basic")
    ]


def test_a_newly_breached_limit_is_worse() -> None:
    found = routeng.diff(
        network(virtualNetworks=vnets(3), peerings=star(2), limits={"vnet.peerings": 1}),
        network(virtualNetworks=vnets(3), peerings=star(3), limits={"vnet.peerings": 1}),
    )
    assert found.worse == ("vnet.peerings of v0 is newly breached: 2 of 1 peerings",)


def test_bgp_nodes_say_what_they_reach_and_announce_differently() -> None:
    found = routeng.diff(example("two-hubs-baseline"), example("two-hubs-full-inspection"))
    own = [c for c in found.bgp if c.node == "gw1" and not c.peers]
    assert [(c.op, c.prefixes, c.after) for c in own] == [
        ("+", ("10.1.0.0/16", "192.168.2.0/24", "192.168.3.0/24"), "65002-65002 from ars1 weight 32768")
    ]
    sent = [c for c in found.bgp if c.node == "gw1" and "exr1/primary" in c.peers]
    assert [(c.op, c.after, c.peers) for c in sent] == [
        ("+", "65515-65002-65002", ("exr1/primary", "exr1/secondary", "exr2/primary", "exr2/secondary"))
    ]


def test_plain_data_is_json() -> None:
    found = routeng.diff(example("two-hubs-baseline"), example("two-hubs-full-inspection"))
    assert json.loads(json.dumps(found.to_dict()))["complete"] is True
    assert {row["part"] for row in found.rows()} == {"declaration", "routes", "bgp", "limits"}


# -- the shapes against the rows ------------------------------------------------------------------------------------

NAMES = ("v0", "v1", "v2", "v3")
PREFIXES = ("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/24", "10.2.0.0/16", "10.2.0.64/26", "192.168.0.0/16")


@st.composite
def topologies(draw: st.DrawFn) -> dict[str, Any]:
    """Four VNets with random peerings, user routes, a mesh, and static gateway routes."""
    found: dict[str, Any] = {"virtualNetworks": vnets(4)}
    pairs = [(a, b) for i, a in enumerate(NAMES) for b in NAMES[i + 1 :]]
    found["peerings"] = {
        f"{a}-{b}": {"vnets": [a, b]} for a, b in draw(st.lists(st.sampled_from(pairs), unique=True))
    }
    kinds = st.sampled_from(["None", "Internet", "VnetLocal", "VirtualAppliance"])
    routes = draw(st.dictionaries(st.sampled_from(PREFIXES), kinds, max_size=3))
    found["routeTables"] = {
        "rt": {
            "disableBgpRoutePropagation": draw(st.booleans()),
            "routes": [
                {
                    "addressPrefix": p,
                    "nextHopType": k,
                    **({"nextHopIpAddress": "10.0.0.9"} if k == "VirtualAppliance" else {}),
                }
                for p, k in routes.items()
            ],
        }
    }
    for name in draw(st.sets(st.sampled_from(NAMES))):
        found["virtualNetworks"][name]["subnets"]["s"]["routeTable"] = "rt"
    members = sorted(draw(st.sets(st.sampled_from(NAMES))))
    if len(members) > 1:
        found["networkManagers"] = {
            "m": {
                "networkGroups": {"g": {"members": members}},
                "connectivityConfigurations": {
                    "c": {
                        "connectivityTopology": "Mesh",
                        "appliesToGroups": [{"networkGroup": "g"}],
                        "deployedRegions": ["r"],
                    }
                },
            }
        }
    if draw(st.booleans()):
        space = draw(st.lists(st.sampled_from(PREFIXES[1:]), min_size=1, unique=True))
        found["virtualNetworkGateways"] = {
            "gw": {"gatewayType": "Vpn", "vnet": "v0", "publicIPAddresses": ["203.0.113.1"]}
        }
        found["localNetworkGateways"] = {"site": {"addressPrefixes": space}}
        found["connections"] = {
            "c": {"connectionType": "IPsec", "virtualNetworkGateway1": "gw", "localNetworkGateway2": "site"}
        }
    return found


def rows(net: Network, place: str) -> set[tuple[str, str, str, str, tuple[str, ...]]]:
    return {
        (p, r.source, r.next_hop_type, r.state, r.next_hops) for r in net.routes(place) for p in r.prefixes
    }


@settings(max_examples=150, deadline=None)
@given(topologies(), topologies())
def test_shapes_say_exactly_what_the_rows_say(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Every prefix that a shape names is in the difference of the tables, and the counts are those of the tables."""
    try:
        before, after = network(**one), network(**other)
    except InputErrors:
        return
    found = routeng.diff(before, after)
    shapes = {place: s for s in found.routes for place in s.places}
    for place in before.places():
        was, now = rows(before, place), rows(after, place)
        if was == now:
            assert place not in shapes
            continue
        changes = shapes[place].changes
        gone = {p for p, *_ in was} - {p for p, *_ in now}
        new = {p for p, *_ in now} - {p for p, *_ in was}
        named = {op: {p for c in changes if c.op == op for p in c.prefixes} for op in "+-~"}
        assert new <= named["+"] | {"*"} or any(c.members for c in changes if c.op == "+")
        assert gone <= named["-"] | {"*"} or any(c.members for c in changes if c.op == "-")
        assert sum(c.count for c in changes if c.op == "+") - sum(
            c.count for c in changes if c.op == "-"
        ) == len(now) - len(was)


@pytest.mark.parametrize("name", ["two-hubs-full-inspection", "hub-and-spoke-firewall"])
def test_the_way_back_is_the_mirror(name: str) -> None:
    other = "two-hubs-baseline" if name.startswith("two") else "hub-and-spoke"
    there, back = routeng.diff(example(other), example(name)), routeng.diff(example(name), example(other))
    swap = {"+": "-", "-": "+", "~": "~"}

    def signs(found: Diff, mirror: bool) -> set[tuple[Any, ...]]:
        return {
            (s.places, swap[c.op] if mirror else c.op, c.count, c.prefixes)
            for s in found.routes
            for c in s.changes
        }

    assert signs(there, False) == signs(back, True)
