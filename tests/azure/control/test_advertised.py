# ruff: noqa: N802
"""What gateways announce: address spaces, summaries, IPv6 (chapters 2.2 and 2.3 of the hybrid facts)."""

import pytest
from control.bgp import HUB, ars, aspaths, circuit, er, net, nic, nva, onprem, prefixes, site, tunnel, vpn

THREE = (
    HUB,
    {
        "virtualNetworks": {"spoke2": {"location": "north", "addressSpace": ["10.2.0.0/16"]}},
        "peerings": [{"hub": "hub", "spokes": ["spoke2"], "gatewayTransit": True}],
    },
    er(),
    circuit(),
    onprem(),
)
HUB_SPACE, ONE, TWO = "10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"


def summarised(*summaries, vnet="hub"):
    return {"virtualNetworks": {vnet: {"summarizedGatewayPrefixes": list(summaries)}}}


def announced(*parts):
    return prefixes(net(*parts), "gw", advertised="er/primary")


def test_E8_spaces_of_the_hub_and_of_transit_spokes_never_subnets():
    assert announced(*THREE) == {HUB_SPACE, ONE, TWO}


def test_E8_a_vnet_that_is_peered_without_transit_is_not_announced():
    plain = {
        "virtualNetworks": {"plain": {"location": "north", "addressSpace": ["10.3.0.0/16"]}},
        "peerings": [{"vnets": ["hub", "plain"]}],
    }
    assert announced(*THREE, plain) == {HUB_SPACE, ONE, TWO}


def test_E8_a_disconnected_spoke_is_not_announced():
    gone = {
        "virtualNetworks": {
            "hub": {
                "virtualNetworkPeerings": {"x": {"remoteVirtualNetwork": "far", "allowGatewayTransit": True}}
            },
            "far": {
                "location": "north",
                "addressSpace": ["10.3.0.0/16"],
                "virtualNetworkPeerings": {
                    "y": {
                        "remoteVirtualNetwork": "hub",
                        "useRemoteGateways": True,
                        "peeringState": "Disconnected",
                    }
                },
            },
        }
    }
    assert announced(*THREE, gone) == {HUB_SPACE, ONE, TWO}


def test_E9_propagation_off_on_the_spoke_does_not_stop_its_announcement():
    off = {
        "routeTables": {"off": {"disableBgpRoutePropagation": True}},
        "virtualNetworks": {"spoke": {"subnets": {"vm": {"routeTable": "off"}}}},
    }
    computed = net(*THREE, off)
    assert ONE in prefixes(computed, "gw", advertised="er/primary")
    assert nic(computed, "spoke/vm") == {}


@pytest.mark.parametrize(
    ("value", "expected"), [(None, set()), ("none", set()), ("subnets", {"10.3.1.0/24"})]
)
def test_E11_a_subnet_peered_spoke(value, expected):
    spoke = {
        "virtualNetworks": {
            "narrow": {
                "location": "north",
                "addressSpace": ["10.3.0.0/16"],
                "subnets": {"a": {"addressPrefix": "10.3.1.0/24"}, "b": {"addressPrefix": "10.3.2.0/24"}},
            }
        },
        "peerings": [
            {
                "hub": "hub",
                "spokes": ["narrow"],
                "gatewayTransit": True,
                "peerCompleteVnets": False,
                "localSubnetNames": ["vm"],
                "remoteSubnetNames": ["a"],
            }
        ],
    }
    profile = {"profile": {"subnet-peering-advertised": value}} if value else {}
    assert announced(*THREE, spoke, profile) == {HUB_SPACE, ONE, TWO} | expected


@pytest.mark.parametrize(
    ("summaries", "expected"),
    [
        ((), {HUB_SPACE, ONE, TWO}),
        (("10.0.0.0/14",), {"10.0.0.0/14"}),
        (("10.0.0.0/15",), {"10.0.0.0/15", TWO}),
        (("172.16.0.0/16",), {"172.16.0.0/16", ONE, TWO}),
        (("10.1.0.0/16",), {ONE, TWO}),
        (("10.0.0.0/16",), {HUB_SPACE, ONE, TWO}),
        (("10.1.0.0/17",), {"10.1.0.0/17", ONE, TWO}),
        (("10.0.0.0/16", "10.2.0.0/15"), {HUB_SPACE, ONE, "10.2.0.0/15"}),
    ],
)
def test_G3_G4_summaries_replace_the_hub_and_covered_spokes(summaries, expected):
    assert announced(*THREE, summarised(*summaries)) == expected


def test_G3_all_with_path_65515_on_both_instances():
    rows = net(*THREE, summarised("10.0.0.0/14")).rib("er/secondary", received="gw").rows()
    assert [(r["network"], r["asPath"], r["nextHop"]) for r in rows] == [
        ("10.0.0.0/14", "65515", "10.0.0.12"),
        ("10.0.0.0/14", "65515", "10.0.0.13"),
    ]


def test_G2_summaries_on_a_spoke_have_no_effect():
    assert announced(*THREE, summarised("10.0.0.0/8", vnet="spoke")) == {HUB_SPACE, ONE, TWO}


def test_G3_summaries_change_no_effective_route():
    assert nic(net(*THREE), "spoke/vm") == nic(net(*THREE, summarised("10.0.0.0/14")), "spoke/vm")


def test_G3_summaries_apply_to_vpn_gateways_too():
    branch = {"devices": {"branch": {"kind": "onprem", "loopback": "192.0.2.1", "bgp": {"asn": 65200}}}}
    link = site("s", "vpn", device="branch", asn=65200, bgpPeeringAddress="192.0.2.1")
    computed = net(HUB, vpn("vpn", "hub", "10.0.0.4"), branch, link, summarised("10.0.0.0/15"))
    assert prefixes(computed, "branch") == {"10.0.0.0/15"}


def test_G6_route_server_routes_inside_a_summary_are_announced_beside_it():
    appliance = nva("nva", "10.0.1.4", 65001, "10.3.0.0/24")
    assert announced(*THREE, ars("nva"), appliance, summarised("10.0.0.0/14")) == {
        "10.0.0.0/14",
        "10.3.0.0/24",
    }


def test_G3_appliances_still_hear_every_vnet():
    computed = net(*THREE, ars("nva"), nva(), summarised("10.0.0.0/14"))
    assert prefixes(computed, "nva") >= {HUB_SPACE, ONE, TWO}


@pytest.mark.parametrize(
    ("value", "expected"), [("per-prefix", {"10.9.0.0/16"}), ("all-or-nothing", {ONE, "10.9.0.0/16"})]
)
def test_G8_a_partly_covered_spoke(value, expected):
    more = {"virtualNetworks": {"spoke": {"addressSpace": ["10.9.0.0/16"]}}}
    found = announced(
        HUB, more, er(), circuit(), onprem(), summarised("10.0.0.0/15"), {"profile": {"G8": value}}
    )
    assert found == {"10.0.0.0/15"} | expected


DUAL = (
    {
        "virtualNetworks": {
            "hub": {
                "location": "north",
                "addressSpace": ["10.0.0.0/16", "fd00:1::/48"],
                "subnets": {"GatewaySubnet": {"addressPrefix": ["10.0.0.0/26", "fd00:1::/64"]}},
            },
            "spoke": {"location": "north", "addressSpace": ["10.1.0.0/16", "fd00:2::/48"]},
        },
        "peerings": [{"hub": "hub", "spokes": ["spoke"], "gatewayTransit": True}],
    },
    er(bgpAddressesIPv6=["fd00:1::c", "fd00:1::d"]),
    circuit(
        ipv6PeeringConfig={
            "primaryPeerAddressPrefix": "fd00:f::/126",
            "secondaryPeerAddressPrefix": "fd00:f::4/126",
        }
    ),
    onprem("ce", 65100, "172.20.0.0/16", "fd00:99::/48"),
)


def test_IPv6_vnet_space_travels_with_the_ipv6_address_of_the_instance():
    rows = net(*DUAL).rib("er/primary", received="gw").rows()
    assert [r["nextHop"] for r in rows if r["network"] == "fd00:2::/48"] == ["fd00:1::c", "fd00:1::d"]


def test_C26_without_an_ipv6_gateway_subnet_the_space_is_listed_and_announced_nowhere():
    narrow = {
        "virtualNetworks": {
            "hub": {"addressSpace": ["fd00:1::/48"]},
            "spoke": {"addressSpace": ["fd00:2::/48"]},
        }
    }
    computed = net(HUB, narrow, er(), circuit(), onprem())
    assert {"fd00:1::/48", "fd00:2::/48"} <= prefixes(computed, "gw")
    assert prefixes(computed, "gw", advertised="er/primary") == {HUB_SPACE, ONE}


def test_IPv6_from_on_premises_needs_an_ipv6_peering():
    assert "fd00:99::/48" in prefixes(net(*DUAL), "gw")
    without = net(*DUAL[:2], circuit(), DUAL[3])
    assert "fd00:99::/48" not in prefixes(without, "gw")
    assert "fd00:1::/48" not in prefixes(without, "ce")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("whole-list", {"10.0.0.0/14", "fd00:2::/48"}),
        ("per-family", {"10.0.0.0/14", "fd00:1::/48", "fd00:2::/48"}),
    ],
)
def test_G3_family_an_ipv4_list_on_a_dual_stack_hub(value, expected):
    assert announced(*DUAL, summarised("10.0.0.0/14"), {"profile": {"G3-family": value}}) == expected


def test_GW6_a_spoke_of_a_remote_vnet_reaches_a_tunnel_peer():
    far = {
        "virtualNetworks": {
            "far": {
                "location": "west",
                "addressSpace": ["10.8.0.0/16"],
                "subnets": {"GatewaySubnet": {"addressPrefix": "10.8.0.0/26"}},
            }
        }
    }
    computed = net(
        HUB,
        vpn("vpn", "hub", "10.0.0.4"),
        far,
        vpn("remote", "far", "10.8.0.4", asn=65300),
        tunnel("vpn", "remote"),
    )
    assert aspaths(computed, "remote", ONE) == {"65515"}


@pytest.mark.parametrize(
    ("parts", "rules"),
    [
        ((*THREE, summarised("10.0.0.0/14")), []),
        ((*THREE, summarised("172.16.0.0/16")), ["G4"]),
        ((*THREE, summarised("10.0.0.0/17")), ["G4"]),
        ((*THREE, summarised("10.1.0.0/16", vnet="spoke")), ["G2"]),
        ((*DUAL, summarised("10.0.0.0/14")), ["G3-family"]),
        ((*DUAL, summarised("10.0.0.0/14", "fd00::/16")), []),
        ((*DUAL, summarised("10.0.0.0/14"), {"profile": {"G3-family": "per-family"}}), []),
    ],
)
def test_G4_G2_G3_family_summaries_that_leave_something_out_are_findings(parts, rules):
    assert [f.rule for f in net(*parts).control_plane.findings] == rules


def test_T9_behind_a_summary_a_hairpinned_gateway_sees_the_summary_only():
    far = {
        "virtualNetworks": {
            "hub2": {
                "location": "south",
                "addressSpace": ["172.16.0.0/16"],
                "subnets": {"GatewaySubnet": {"addressPrefix": "172.16.0.0/26"}},
            }
        }
    }
    on = {"allowRemoteVnetTraffic": True}
    computed = net(HUB, er(**on), circuit(), onprem(), far, er("gw2", "hub2", **on), summarised("10.0.0.0/8"))
    assert aspaths(computed, "gw2", "10.0.0.0/8") == {"12076-12076"}
    assert not prefixes(computed, "gw2") & {HUB_SPACE, ONE}


def test_PEER4_a_gateway_announces_the_space_of_a_spoke_as_last_synchronised():
    halves = {
        "virtualNetworks": {
            "hub": {
                "virtualNetworkPeerings": {
                    "x": {
                        "remoteVirtualNetwork": "grown",
                        "allowGatewayTransit": True,
                        "remoteAddressSpace": ["10.5.0.0/16"],
                    }
                }
            },
            "grown": {
                "location": "north",
                "addressSpace": ["10.5.0.0/16", "10.6.0.0/16"],
                "virtualNetworkPeerings": {"y": {"remoteVirtualNetwork": "hub", "useRemoteGateways": True}},
            },
        }
    }
    assert announced(*THREE, halves) == {HUB_SPACE, ONE, TWO, "10.5.0.0/16"}
