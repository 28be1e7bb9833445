"""References, regions, routes, places: what a declaration says about a document that is right."""

# ruff: noqa: E501 - one row a line reads best

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from routeng.lpm import Prefix

ARM = "/subscriptions/S1/resourceGroups/RG1/providers/Microsoft.Network"


def test_references_are_names_in_any_case_and_arm_ids(
    document: dict[str, Any], put: Callable[..., Any], declared: Callable[..., Any]
) -> None:
    put("virtualNetworks.spoke.subnets.vm.routeTable", f"{ARM}/routeTables/RT")
    put("devices.nva.subnet", f"{ARM}/virtualNetworks/Hub/subnets/NVA")
    put("peerings.0.spokes.0", "SPOKE")
    put("networkInterfaces.nic", {"subnet": "HUB/Nva", "ip": "10.0.2.9"})
    found = declared(document)
    assert found.vnets["spoke"].subnets["vm"].route_table == "rt"
    assert found.places["nva"] == ("hub", "nva")
    assert found.places["nic"] == ("hub", "nva")
    assert found.canonical("routeTables", f"{ARM}/routeTables/RT") == "rt"
    assert found.canonical("virtualNetworks", "nobody") is None


def test_an_arm_id_finds_the_object_with_that_id_not_one_of_its_name(
    put: Callable[..., Any], declared: Callable[..., Any], errors: Callable[..., Any]
) -> None:
    put("virtualNetworks.spoke@rg2", {"addressSpace": ["10.7.0.0/16"], "id": f"{ARM}2/virtualNetworks/spoke"})
    document = put("peerings.0.spokes", [f"{ARM}2/virtualnetworks/SPOKE"])
    assert declared(document).vnets["hub"].peerings[0].remote == "spoke@rg2"
    put("virtualNetworks.spoke.resourceGroup", "other")
    (error,) = errors(put("peerings.0.spokes", [f"{ARM}/virtualNetworks/spoke"]))
    assert error.pointer == "/peerings/0/spokes/0"


def test_a_region_is_the_vnets_own_the_default_that_of_a_peer_or_the_only_one(
    declared: Callable[..., Any],
) -> None:
    vnets: dict[str, Any] = {n: {"addressSpace": [f"10.{i}.0.0/16"]} for i, n in enumerate("abcd")}
    vnets["a"]["location"] = "East US"
    doc: dict[str, Any] = {
        "virtualNetworks": vnets,
        "peerings": [{"vnets": ["a", "b"]}, {"vnets": ["b", "c"]}],
    }
    assert [v.location for v in declared(doc).vnets.values()] == ["eastus"] * 4
    vnets["c"]["location"] = "westeurope"
    assert [v.location for v in declared(doc).vnets.values()] == ["eastus", "eastus", "westeurope", ""]
    doc["defaults"] = {"location": "North Europe"}
    assert [v.location for v in declared(doc).vnets.values()] == [
        "eastus",
        "northeurope",
        "westeurope",
        "northeurope",
    ]


def test_without_any_location_there_is_one_region(declared: Callable[..., Any]) -> None:
    doc = {"virtualNetworks": {n: {"addressSpace": [f"10.{i}.0.0/16"]} for i, n in enumerate("ab")}}
    assert {v.location for v in declared(doc).vnets.values()} == {""}


def test_user_routes_have_one_entry_per_prefix_and_arm_spelling(
    put: Callable[..., Any], declared: Callable[..., Any]
) -> None:
    put("devices.nva.ips", ["10.0.2.4", "fd00::4"])
    doc = put(
        "routeTables.rt.routes",
        {
            "one": {
                "addressPrefix": ["10.8.0.0/16", "fd00:8::/48"],
                "nextHopType": "virtualappliance",
                "nextHopIpAddress": "@nva",
            },
            "two": {"addressPrefix": "Storage.WestEurope", "nextHopType": "Virtual Network"},
            "three": {"addressPrefix": "0.0.0.0/0", "nextHopType": "none", "nextHopIpAddress": ""},
            "four": {
                "addressPrefix": "10.9.0.0/16",
                "nextHopType": "VirtualApplianceEcmp",
                "nextHopIpAddress": ["10.0.2.9", "@nva"],
                "hasBgpOverride": True,
            },
        },
    )
    routes = [
        (r.name, str(r.prefix) if r.prefix else None, r.tag, r.next_hop_type, r.next_hops, r.has_bgp_override)
        for r in declared(doc).route_tables["rt"].routes
    ]
    assert routes == [
        ("one", "10.8.0.0/16", None, "VirtualAppliance", ("10.0.2.4",), False),
        ("one", "fd00:8::/48", None, "VirtualAppliance", ("fd00::4",), False),
        ("two", None, "Storage.WestEurope", "VnetLocal", (), False),
        ("three", "0.0.0.0/0", None, "None", (), False),
        ("four", "10.9.0.0/16", None, "VirtualApplianceEcmp", ("10.0.2.9", "10.0.2.4"), True),
    ]


@pytest.mark.parametrize("spelled", ["expressroute", "EXPRESSROUTE", "Express Route"])
def test_enumeration_values_are_taken_in_any_case(
    spelled: str, put: Callable[..., Any], declared: Callable[..., Any]
) -> None:
    found = declared(put("virtualNetworkGateways.gw.gatewayType", spelled))
    assert found.topology.virtual_network_gateways["gw"].gateway_type == "ExpressRoute"


def test_places_follow_subnets_nics_and_addresses(
    put: Callable[..., Any], declared: Callable[..., Any]
) -> None:
    put(
        "devices.two",
        {"kind": "nva", "nics": {"in": {"subnet": "hub/nva", "ip": "10.0.2.20"}, "out": {"ip": "10.9.9.9"}}},
    )
    put("devices.three", {"kind": "nva", "subnet": "hub/nva", "nics": {"gw": "10.0.0.9"}})
    put("devices.four", {"kind": "nva", "ip": "10.1.0.9"})
    found = declared(put("loadBalancers.LB", {"subnet": "hub/nva", "ip": "10.0.2.10"}))
    assert found.places["two"] == ("hub", "nva")
    assert found.places["two/in"] == ("hub", "nva")
    assert "two/out" not in found.places
    assert found.places["three/gw"] == ("hub", "GatewaySubnet")
    assert found.places["four"] == ("spoke", "vm")
    assert found.places["lb"] == ("hub", "nva")


def test_endpoints_are_host_prefixes_in_their_subnet(
    put: Callable[..., Any], declared: Callable[..., Any]
) -> None:
    found = declared(
        put(
            "privateEndpoints",
            {"p": {"subnet": "SPOKE/VM", "ip": "10.1.0.7"}, "q": {"subnet": "spoke/vm", "ip": "fd00:1::7"}},
        )
    )
    assert [(e.vnet, e.subnet, e.host) for e in found.endpoints.values()] == [
        ("spoke", "vm", Prefix("10.1.0.7/32")),
        ("spoke", "vm", Prefix("fd00:1::7/128")),
    ]


def test_extensions_pass_at_every_level_and_tags_keep_theirs(
    document: dict[str, Any], declared: Callable[..., Any]
) -> None:
    plain = declared(document).topology

    def extend(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: extend(v) for k, v in value.items()} | {"x-anything": {"at": ["all"]}}
        return [extend(v) for v in value] if isinstance(value, list) else value

    assert declared(extend(document)).topology == plain
    document["virtualNetworks"]["hub"]["tags"] = {"x-owner": "me"}
    assert declared(document).topology.virtual_networks["hub"].tags == {"x-owner": "me"}


def test_a_name_that_is_an_extension_is_told(
    document: dict[str, Any], put: Callable[..., Any], declared: Callable[..., Any]
) -> None:
    found = declared(put("virtualNetworks.x-ray", {"addressSpace": ["10.9.0.0/16"]}))
    assert [(f.code, f.pointer) for f in found.findings] == [("extension", "/virtualNetworks/x-ray")]
    assert "x-ray" not in found.vnets


@pytest.mark.parametrize(
    "more", [{"adminState": "Disabled"}, {"migration": {"state": "InProgress", "from": "gw"}}]
)
def test_t4_a_gateway_being_replaced_has_its_successor_beside_it(
    more: dict[str, Any], put: Callable[..., Any], declared: Callable[..., Any]
) -> None:
    found = declared(put("virtualNetworkGateways.gw2", {"gatewayType": "ExpressRoute", "vnet": "hub"} | more))
    assert set(found.topology.virtual_network_gateways) == {"gw", "gw2"}


def test_a_year_as_a_number_is_a_value_of_a_switch(
    put: Callable[..., Any], declared: Callable[..., Any]
) -> None:
    assert declared(put("profile", {"system-none-routes": 2023})).topology.profile == {
        "system-none-routes": "2023"
    }


FINDINGS = [
    ("A8", "four-byte-asn", "devices.nva.bgp.asn", 65555, "/devices/nva/bgp/asn"),
    ("SYS-9", "reserved-address", "devices.nva.ip", "10.0.2.3", "/devices/nva/ip"),
    ("SYS-9", "reserved-address", "privateEndpoints", {"p": {"subnet": "spoke/vm", "ip": "10.1.0.255"}}, "/privateEndpoints/p/ip"),
    ("GW-1", "no-gateway-subnet", "virtualNetworks.hub.subnets.GatewaySubnet", ..., "/virtualNetworkGateways/gw"),
    ("A3", "route-server-subnet-table", "virtualNetworks.hub.subnets.RouteServerSubnet.routeTable", "rt", "/virtualNetworks/hub/subnets/RouteServerSubnet/routeTable"),
    ("E1", "no-session", "devices.ce.bgp", ..., "/expressRouteCircuits/er/peerings/AzurePrivatePeering/peer"),
    ("A7", "asn-mismatch", "expressRouteCircuits.er.peerings.AzurePrivatePeering.peerASN", 65011, "/expressRouteCircuits/er/peerings/AzurePrivatePeering/peerASN"),
    ("UDR-2", "several-next-hops", "routeTables.rt.routes.0.nextHopIpAddress", ["10.0.2.4", "10.0.2.5"], "/routeTables/rt/routes/0/nextHopIpAddress"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "code", "path", "value", "at"), FINDINGS, ids=[f[1] for f in FINDINGS])
def test_a_finding(
    rule: str,
    code: str,
    path: str,
    value: Any,
    at: str,
    put: Callable[..., Any],
    declared: Callable[..., Any],
) -> None:
    assert [(f.rule, f.code, f.pointer) for f in declared(put(path, value)).findings] == [(rule, code, at)]


def test_a_route_server_placed_by_the_arm_id_of_its_subnet_owns_its_vnet(
    put: Callable[..., Any], errors: Callable[..., Any]
) -> None:
    put("virtualNetworks.spoke.subnets.RouteServerSubnet", {"addressPrefix": "10.1.1.0/26"})
    found = errors(
        put("routeServers.rs2", {"subnet": f"{ARM}/virtualNetworks/spoke/subnets/RouteServerSubnet"})
    )
    assert [e.rule for e in found] == ["GW-5"]


HALF = {"remoteVirtualNetwork": "hub", "useRemoteGateways": True}
OWN = "/virtualNetworks/spoke/virtualNetworkPeerings/up"


@pytest.mark.parametrize(
    ("there", "back", "gateway", "expected"),
    [
        (HALF, {"allowGatewayTransit": True}, True, []),
        (
            HALF,
            {"allowGatewayTransit": False},
            True,
            [("GW-4", "no-gateway-transit", OWN + "/useRemoteGateways")],
        ),
        (
            HALF,
            {"allowGatewayTransit": True},
            False,
            [("GW-4", "no-remote-gateway", OWN + "/useRemoteGateways")],
        ),
        (HALF, None, True, [("PEER-3", "one-sided-peering", OWN)]),
        (HALF | {"useRemoteGateways": False}, {}, False, []),
    ],
)
def test_findings_about_halves(
    there: dict[str, Any],
    back: dict[str, Any] | None,
    gateway: bool,
    expected: list[Any],
    put: Callable[..., Any],
    declared: Callable[..., Any],
) -> None:
    document = put("peerings", [])
    put("virtualNetworks.spoke.virtualNetworkPeerings", {"up": there})
    if back is not None:
        put("virtualNetworks.hub.virtualNetworkPeerings", {"down": {"remoteVirtualNetwork": "spoke"} | back})
    if not gateway:
        for section in ("connections", "virtualNetworkGateways", "routeServers"):
            put(section, {})
        put("devices.nva.bgp.neighbors", {})
    assert [(f.rule, f.code, f.pointer) for f in declared(document).findings] == expected


def test_gw_4_a_hub_without_gateway_has_none_to_lend(
    put: Callable[..., Any], declared: Callable[..., Any]
) -> None:
    for section in ("connections", "virtualNetworkGateways", "routeServers"):
        put(section, {})
    found = declared(put("devices.nva.bgp.neighbors", {})).findings
    assert [(f.rule, f.code, f.pointer) for f in found] == [("GW-4", "no-remote-gateway", "/peerings/0/hub")]


def test_gw_14_findings_about_a_gateway_subnet(put: Callable[..., Any], declared: Callable[..., Any]) -> None:
    put("virtualNetworks.hub.subnets.GatewaySubnet.routeTable", "rt2")
    routes = [
        {"addressPrefix": "10.0.0.0/27", "nextHopType": "None"},
        {"addressPrefix": "10.1.0.0/16", "nextHopType": "None"},
    ]
    found = declared(put("routeTables.rt2", {"disableBgpRoutePropagation": True, "routes": routes})).findings
    assert [(f.rule, f.code) for f in found] == [
        ("GW-14", "gateway-subnet-route"),
        ("GW-14", "gateway-subnet-propagation"),
    ]


def test_every_endpoint_of_a_subnet_is_looked_at(put: Callable[..., Any], errors: Callable[..., Any]) -> None:
    inside = {f"p{i}": {"subnet": "hub/nva", "ip": f"10.0.2.{i}"} for i in range(10, 20)}
    wrong = {
        "six": {"subnet": "hub/nva", "ip": "::a00:20c"},
        "out": {"subnet": "hub/nva", "ip": "10.0.3.10"},
        "bad": {"subnet": "hub/nva", "ip": "10.0.2"},
    }
    found = errors(put("privateEndpoints", inside | wrong))
    assert [e.pointer for e in found] == [f"/privateEndpoints/{n}/ip" for n in wrong]
