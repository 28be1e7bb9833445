"""Updates: what they pick, what they do, and when they are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from routeng.inputs.errors import InputErrors
from routeng.model.change import change
from routeng.model.loading import from_plain
from routeng.model.plan import Updates
from routeng.model.resolve import resolve
from routeng.model.topology import Topology

AT = ("steps", 3, "update")


def updated(topology: Topology, updates: dict[str, Any]) -> Topology:
    return change(topology, None, msgspec.convert(updates, Updates), "plan.json", AT)


def refused(topology: Topology, updates: dict[str, Any]) -> list[tuple[str, str, str]]:
    with pytest.raises(InputErrors) as caught:
        updated(topology, updates)
    return [(e.file, e.pointer, e.message) for e in caught.value.errors]


@pytest.fixture
def topology(document: dict[str, Any], put: Callable[..., Any]) -> Topology:
    put("virtualNetworks.hub.tags", {"wave.x": "1"})
    put("virtualNetworks.spoke.tags", {"wave.x": "2"})
    return from_plain(document)


def policies(topology: Topology) -> dict[str, str]:
    return {n: v.private_endpoint_vnet_policies for n, v in topology.virtual_networks.items()}


@pytest.mark.parametrize(
    ("key", "where", "picked"),
    [
        ("virtualNetworks", {}, {"hub", "spoke"}),
        ("virtualNetworks", {"tags.wave.x": "1"}, {"hub"}),
        ("virtualNetworks", {"tags.wave.x": ["1", "2"]}, {"hub", "spoke"}),
        ("virtualNetworks", {"name": "SP*"}, {"spoke"}),
        ("virtualNetworks", {"name": ["hub", "x"], "tags.wave.x": "1"}, {"hub"}),
        ("virtualNetworks", {"privateEndpointVNetPolicies": "Disabled"}, {"hub", "spoke"}),
        ("virtualNetworks.spoke", {}, {"spoke"}),
        ("virtualNetworks.h?b", {}, {"hub"}),
    ],
)
def test_a_condition_picks_objects(
    key: str, where: dict[str, Any], picked: set[str], topology: Topology
) -> None:
    found = updated(topology, {key: {"where": where, "set": {"privateEndpointVNetPolicies": "basic"}}})
    assert {n for n, value in policies(found).items() if value == "Basic"} == picked
    assert resolve(found) is not resolve(topology)


def test_a_path_reaches_into_objects_and_lists(topology: Topology) -> None:
    found = updated(
        topology,
        {
            "virtualNetworks.*.subnets.*": {
                "where": {"name": "vm"},
                "set": {"routeTable": None, "privateEndpointCount": 3},
            },
            "routeTables.rt.routes.out": {"set": {"nextHopIpAddress": "10.0.2.9"}},
            "devices.nva.bgp.neighbors.rs": {"set": {"weight": 7}},
        },
    )
    vm = found.virtual_networks["spoke"].subnets["vm"]
    assert (vm.route_table, vm.private_endpoint_count) == (None, 3)
    assert found.virtual_networks["hub"] is topology.virtual_networks["hub"]
    assert resolve(found).route_tables["rt"].routes[0].next_hops == ("10.0.2.9",)
    bgp = found.devices["nva"].bgp
    assert bgp is not None
    assert bgp.neighbors["rs"].weight == 7


def test_lists_are_appended_to_and_removed_from(topology: Topology) -> None:
    found = updated(
        topology,
        {
            "virtualNetworks.hub": {"append": {"addressSpace": ["10.0.0.0/16", "10.6.0.0/16"]}},
            "devices.ce.bgp": {
                "append": {"networks": ["10.0.0.0/8"]},
                "remove": {"networks": ["172.16.0.0/12"]},
            },
            "routeTables.rt": {"remove": {"routes": [{"name": "out"}]}},
            "expressRouteCircuits.er.peerings.AzurePrivatePeering": {"remove": {"paths": ["secondary"]}},
        },
    )
    assert found.virtual_networks["hub"].address_space == ["10.0.0.0/16", "10.6.0.0/16"]
    bgp = found.devices["ce"].bgp
    assert bgp is not None
    assert bgp.networks == ["10.0.0.0/8"]
    assert resolve(found).route_tables["rt"].routes == ()
    peering = found.express_route_circuits["er"].peerings.azure_private_peering
    assert peering is not None
    assert peering.paths == ("primary",)


def test_only_the_end_of_a_change_must_be_valid(topology: Topology) -> None:
    found = updated(
        topology,
        {
            "virtualNetworks.spoke": [
                {"set": {"addressSpace": ["10.8.0.0/16"]}},
                {"set": {"subnets": {"vm": {"addressPrefix": "10.8.0.0/24"}}}},
            ]
        },
    )
    assert found.virtual_networks["spoke"].address_space == ["10.8.0.0/16"]


def test_a_merge_is_a_change_too(topology: Topology) -> None:
    found = change(
        topology, {"features": {"a/b": True}, "x-note": 1}, None, "plan.json", ("steps", 0, "merge")
    )
    assert found.features == {"a/b": True}


def test_spellings_that_load_are_taken_in_changes_too(topology: Topology) -> None:
    merge = {
        "profile": {"system-none-routes": 2023},
        "virtualNetworkGateways": {"gw": {"adminState": "disabled"}},
    }
    found = change(topology, merge, None, "plan.json", ("steps", 0, "merge"))
    assert found.profile == {"system-none-routes": "2023"}
    assert found.virtual_network_gateways["gw"].admin_state == "Disabled"


def test_what_touches_nothing_is_refused(topology: Topology) -> None:
    update = {"virtualNetworks": {"set": {"privateEndpointVNetPolicies": "Disabled"}}}
    assert refused(topology, update) == [
        ("plan.json", "/steps/3/update", "touches nothing: the topology stays as it is")
    ]
    with pytest.raises(InputErrors, match="/steps/0/merge: touches nothing"):
        change(topology, {"x-note": 1}, None, "plan.json", ("steps", 0, "merge"))


@pytest.mark.parametrize(
    ("key", "update", "at", "message"),
    [
        ("virtualNetwork", {"set": {"a": 1}}, "/steps/3/update/virtualNetwork", "no such section"),
        (
            "virtualNetworks",
            {"where": {"tags.wave": "9"}, "set": {"a": 1}},
            "/steps/3/update/virtualNetworks",
            "picks no object",
        ),
        (
            "virtualNetworks.nobody",
            {"set": {"a": 1}},
            "/steps/3/update/virtualNetworks.nobody",
            "picks no object",
        ),
        (
            "virtualNetworks.*.subnet.*",
            {"set": {"a": 1}},
            "/steps/3/update/virtualNetworks.*.subnet.*",
            "picks no object",
        ),
        ("features", {"set": {"a": 1}}, "/steps/3/update/features", "picks no object"),
    ],
)
def test_what_picks_nothing_is_refused(
    key: str, update: dict[str, Any], at: str, message: str, topology: Topology
) -> None:
    assert refused(topology, {key: update}) == [("plan.json", at, message)]


def test_an_invalid_result_is_refused_with_the_step_and_a_pointer_into_the_result(topology: Topology) -> None:
    assert refused(topology, {"virtualNetworks.hub": {"set": {"addressSpace": ["10.1.0.0/16"]}}})[0] == (
        "plan.json#/steps/3/update",
        "/virtualNetworks/hub/subnets/GatewaySubnet/addressPrefix",
        "outside the address space of 'hub' (10.1.0.0/16)",
    )
    assert refused(topology, {"virtualNetworks.hub": {"set": {"adressSpace": []}}}) == [
        ("plan.json#/steps/3/update", "/virtualNetworks/hub/adressSpace", "unknown key")
    ]
