# ruff: noqa: N802
"""What gateways and route servers program into NICs, where the tables of gateways do not say it."""

import pytest
from control.bgp import HUB, ars, circuit, er, net, nic, nva, onprem, prefixes, quiet, site, vpn

SITE = "172.20.0.0/16"


def test_C4_link_local_routes_are_held_and_not_programmed():
    computed = net(HUB, er(), circuit(), onprem("ce", 65100, SITE, "169.254.8.0/24", "169.0.0.0/8"))
    assert "169.254.8.0/24" in prefixes(computed, "gw")
    assert set(nic(computed, "hub/vm")) == {SITE, "169.0.0.0/8"}


def test_C5_ipv6_rows_are_on_dual_stack_subnets_only_and_show_msee_addresses():
    dual = {
        "virtualNetworks": {
            "hub": {
                "location": "north",
                "addressSpace": ["10.0.0.0/16", "fd00:1::/48"],
                "subnets": {
                    "GatewaySubnet": {"addressPrefix": ["10.0.0.0/26", "fd00:1::/64"]},
                    "dual": {"addressPrefix": ["10.0.3.0/24", "fd00:1:0:3::/64"]},
                    "narrow": {"addressPrefix": "10.0.4.0/24"},
                },
            }
        }
    }
    v6 = {"primaryPeerAddressPrefix": "fd00:f::/126", "secondaryPeerAddressPrefix": "fd00:f::4/126"}
    computed = net(dual, er(), circuit(ipv6PeeringConfig=v6), onprem("ce", 65100, SITE, "fd00:99::/48"))
    assert nic(computed, "hub/dual") == {SITE: ["unknown"] * 2, "fd00:99::/48": ["unknown"] * 2}
    assert nic(computed, "hub/narrow") == {SITE: ["unknown"] * 2}


def test_ipv6_routes_of_the_gateway_are_programmed_beside_a_route_server():
    dual = {
        "virtualNetworks": {
            "hub": {
                "location": "north",
                "addressSpace": ["10.0.0.0/16", "fd00:1::/48"],
                "subnets": {
                    "GatewaySubnet": {"addressPrefix": ["10.0.0.0/26", "fd00:1::/64"]},
                    "RouteServerSubnet": {"addressPrefix": "10.0.2.0/26"},
                    "dual": {"addressPrefix": ["10.0.3.0/24", "fd00:1:0:3::/64"]},
                },
            }
        }
    }
    v6 = {"primaryPeerAddressPrefix": "fd00:f::/126", "secondaryPeerAddressPrefix": "fd00:f::4/126"}
    computed = net(
        dual, er(), circuit(ipv6PeeringConfig=v6), onprem("ce", 65100, SITE, "fd00:99::/48"), ars()
    )
    assert set(nic(computed, "hub/dual")) == {SITE, "fd00:99::/48"}


def test_R5_a_gateway_route_inside_own_or_peered_space_is_kept_from_that_nic_only():
    computed = net(HUB, er(), circuit(), onprem("ce", 65100, "10.0.9.0/24", "10.1.9.0/24", "10.0.0.0/8"))
    assert set(nic(computed, "hub/vm")) == {"10.0.0.0/8"}
    assert {"10.0.9.0/24", "10.1.9.0/24"} <= prefixes(computed, "gw")


def test_GW13_propagation_off_drops_every_gateway_row():
    off = {
        "routeTables": {"off": {"disableBgpRoutePropagation": True}},
        "virtualNetworks": {"spoke": {"subnets": {"vm": {"routeTable": "off"}}}},
    }
    parts = (HUB, er(), circuit(), onprem(), ars("nva"), nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"))
    assert set(nic(net(*parts), "spoke/vm")) == {SITE, "10.50.0.0/16"}
    assert nic(net(*parts, off), "spoke/vm") == {}


def test_GW4_a_spoke_without_transit_gets_nothing():
    plain = {
        "virtualNetworks": {
            "plain": {
                "location": "north",
                "addressSpace": ["10.7.0.0/16"],
                "subnets": {"vm": {"addressPrefix": "10.7.0.0/24"}},
            }
        },
        "peerings": [{"vnets": ["hub", "plain"]}],
    }
    assert nic(net(HUB, er(), circuit(), onprem(), plain), "plain/vm") == {}


@pytest.mark.parametrize(
    ("parts", "kinds"),
    [
        ((er(), circuit(), onprem("ce", 65100, neighbors=quiet("er"))), {"er": "E3"}),
        ((vpn("vpn", "hub", "10.0.0.4"), site("s", "vpn", "172.31.0.0/16")), {"static": "C-7"}),
        ((ars("nva"), nva("nva", "10.0.1.4", 65001, "10.50.0.0/16")), {"nva": "R13"}),
        ((vpn("vpn", "hub", "10.0.0.4", vpnClientAddressPool=["172.16.201.0/24"]),), {"p2s": "C-8"}),
    ],
)
def test_every_gateway_route_says_its_kind_and_its_rule(parts, kinds):
    routes = net(HUB, *parts).control_plane.nic_routes("hub")
    assert {r.kind: r.rule for r in routes} == kinds


def test_a_vnet_without_gateways_has_no_gateway_routes():
    computed = net(HUB)
    assert computed.control_plane.nic_routes("hub") == ()
    assert computed.control_plane.complete("hub")
    assert computed.nodes() == []


def test_two_gateways_do_not_name_a_prefix_twice():
    computed = net(
        HUB,
        er(),
        circuit(),
        onprem("ce", 65100, "172.31.0.0/16"),
        vpn("vpn", "hub", "10.0.0.4", "10.0.0.5"),
        site("s", "vpn", "172.31.0.0/16"),
    )
    routes = computed.control_plane.nic_routes("hub")
    assert len(routes) == len({r.prefix for r in routes})
    assert nic(computed, "hub/vm")["172.31.0.0/16"] == ["unknown"] * 2
