# ruff: noqa: N802
"""Route servers: learning, loops, what they advertise and program, selection (chapter 3 of the hybrid facts)."""

import pytest
from control.bgp import (
    HUB,
    ars,
    aspaths,
    best,
    circuit,
    er,
    lines,
    net,
    nic,
    nva,
    onprem,
    paths,
    prefixes,
    quiet,
    site,
    vpn,
)

CLOUD, SPOKE, SITE = "10.0.0.0/16", "10.1.0.0/16", "172.20.0.0/16"
NVA = (HUB, ars("nva"), nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"))
ER = (er(), circuit(), onprem("ce", 65100, neighbors=quiet("er")))
PLAIN = {
    "virtualNetworks": {
        "plain": {
            "location": "north",
            "addressSpace": ["10.7.0.0/16"],
            "subnets": {"vm": {"addressPrefix": "10.7.0.0/24"}},
        }
    },
    "peerings": [{"vnets": ["hub", "plain"]}],
}
HUB2 = {
    "virtualNetworks": {
        "hub2": {
            "location": "south",
            "addressSpace": ["10.2.0.0/16"],
            "subnets": {
                "GatewaySubnet": {"addressPrefix": "10.2.0.0/26"},
                "RouteServerSubnet": {"addressPrefix": "10.2.2.0/26"},
                "nva": {"addressPrefix": "10.2.1.0/24"},
            },
        }
    },
    "peerings": [{"vnets": ["hub", "hub2"]}],
}


def test_S1_R6_an_appliance_is_sent_own_and_transit_space_with_65515_and_the_instance_as_next_hop():
    assert lines(net(*NVA).rib("ars", advertised="nva").rows(), "origin", "weight", "localAddress") == [
        f"{p} 65515 via {ip} Igp 0 {ip}" for p in (CLOUD, SPOKE) for ip in ("10.0.2.4", "10.0.2.5")
    ]


def test_A3_both_instances_hold_the_same_table_of_one_asn():
    computed = net(*NVA)
    one, two = (lines(computed.rib("ars", local_address=ip).rows()) for ip in ("10.0.2.4", "10.0.2.5"))
    assert (
        one
        == two
        == ["10.0.0.0/16 - via itself", "10.1.0.0/16 - via itself", "10.50.0.0/16 65001 via 10.0.1.4"]
    )


def test_R6_a_plainly_peered_vnet_is_not_sent():
    assert prefixes(net(*NVA, PLAIN), "ars", advertised="nva") == {CLOUD, SPOKE}


def test_S2_C3_an_appliance_route_is_listed_per_instance_with_weight_32768():
    rows = net(*NVA).rib("ars", received="nva").rows()
    assert lines(rows, "origin", "weight", "sourcePeer", "localAddress") == [
        f"10.50.0.0/16 65001 via 10.0.1.4 EBgp 32768 10.0.1.4 {ip}" for ip in ("10.0.2.4", "10.0.2.5")
    ]


def test_S2_R29_a_third_party_next_hop_is_kept_to_nics_and_gateways():
    third = nva("nva", "10.0.1.4", 65001, "10.50.0.0/16", neighbors={"ars": {"nextHop": "10.0.1.100"}})
    computed = net(HUB, ars("nva"), third, *ER)
    assert nic(computed, "spoke/vm")["10.50.0.0/16"] == ["10.0.1.100"]
    assert paths(computed, "gw", "10.50.0.0/16", at="10.0.0.12") == [
        "65001 via 10.0.1.100",
        "65001 via 10.0.1.100 *",
    ]


def test_S3_R9_a_gateway_gets_appliance_routes_over_ibgp_and_announces_them_with_65515():
    computed = net(*NVA, *ER)
    rows = [r for r in computed.rib("gw", local_address="10.0.0.12").rows() if r["network"] == "10.50.0.0/16"]
    assert [(r["origin"], r["asPath"], r["nextHop"], r["weight"], r["sourcePeer"]) for r in rows] == [
        ("IBgp", "65001", "10.0.1.4", 32768, "10.0.2.4"),
        ("IBgp", "65001", "10.0.1.4", 32768, "10.0.2.5"),
    ]
    assert aspaths(computed, "gw", "10.50.0.0/16", advertised="er/primary") == {"65515-65001"}


def test_R7_an_appliance_is_sent_expressroute_routes_with_branch_to_branch_only():
    assert aspaths(net(*NVA, *ER), "nva", SITE) == {"65515-12076-65100"}
    closed = {"routeServers": {"ars": {"allowBranchToBranchTraffic": False}}}
    assert aspaths(net(*NVA, *ER).with_change(closed), "nva", SITE) == set()


def test_E10_without_branch_to_branch_a_gateway_announces_nothing_of_the_route_server():
    closed = net(*NVA, *ER).with_change({"routeServers": {"ars": {"allowBranchToBranchTraffic": False}}})
    assert prefixes(closed, "gw", advertised="er/primary") == {CLOUD, SPOKE}
    assert "10.50.0.0/16" not in prefixes(closed, "gw")


def test_Q12_gateway_routes_are_programmed_without_branch_to_branch_too():
    closed = net(*NVA, *ER).with_change({"routeServers": {"ars": {"allowBranchToBranchTraffic": False}}})
    assert set(nic(closed, "hub/vm")) == {SITE, "10.50.0.0/16"}


def test_R1_a_path_with_65515_is_dropped():
    """An appliance between two route servers without as-override: the second one hears nothing of the first."""
    computed = net(HUB, HUB2, ars("nva"), ars("nva", name="ars2", vnet="hub2"), nva("nva", "10.0.1.4", 65001))
    assert prefixes(computed, "ars2", received="nva") == set()
    assert any(
        s["rule"] == "R1" and "as-override" in s["change"] for s in computed.why("ars2", SPOKE).control
    )


@pytest.mark.parametrize(
    ("software", "options", "path"),
    [
        ("ios", {"asOverride": True}, "65001-65001"),
        ("frr", {"asOverride": True}, "65001-65001"),
        (None, {"asOverride": True}, "65001-65001"),
        ("bird", {"asOverride": True}, "65001"),
        ("bird", {"stripAs": [65515]}, "65001"),
    ],
)
def test_R2_the_manner_of_hiding_65515_decides_the_path_length(software, options, path):
    appliance = nva("nva", "10.0.1.4", 65001, neighbors={"ars2": options})
    if software:
        appliance["devices"]["nva"]["software"] = software
    computed = net(HUB, HUB2, ars("nva"), ars("nva", name="ars2", vnet="hub2"), appliance)
    assert aspaths(computed, "ars2", SPOKE, received="nva") == {path}


def test_R2_as_override_leaves_12076_in_the_path():
    appliance = nva("nva", "10.0.1.4", 65001, neighbors={"ars2": {"asOverride": True}})
    computed = net(HUB, HUB2, ars("nva"), ars("nva", name="ars2", vnet="hub2"), appliance, *ER)
    assert aspaths(computed, "ars2", SITE, received="nva") == {"65001-65001-12076-65100"}


def test_R8_the_best_route_only_and_never_back_to_who_gave_it():
    two = (
        HUB,
        ars("nva", "nvb"),
        nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"),
        nva(
            "nvb", "10.0.1.5", 65002, "10.50.0.0/16", neighbors={"ars": {"export": [{"set": {"prepend": 1}}]}}
        ),
    )
    computed = net(*two)
    assert "10.50.0.0/16" not in prefixes(computed, "ars", advertised="nva")
    assert aspaths(computed, "ars", "10.50.0.0/16", advertised="nvb") == {"65515-65001"}


def test_C11_without_branch_to_branch_appliances_do_not_hear_each_other():
    two = (HUB, nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"), nva("nvb", "10.0.1.5", 65002))
    assert aspaths(net(*two, ars("nva", "nvb")), "nvb", "10.50.0.0/16") == {"65515-65001"}
    closed = ars("nva", "nvb", branch=False)
    assert aspaths(net(*two, closed), "nvb", "10.50.0.0/16") == set()
    assert aspaths(net(*two, closed, {"profile": {"ars-nva-to-nva": "always"}}), "nvb", "10.50.0.0/16") == {
        "65515-65001"
    }


def test_C17_appliances_of_one_asn_are_not_sent_each_others_routes():
    computed = net(
        HUB, ars("nva", "nvb"), nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"), nva("nvb", "10.0.1.5", 65001)
    )
    assert prefixes(computed, "ars", advertised="nvb") == {CLOUD, SPOKE}


def test_C12_C3_own_and_transit_space_from_an_appliance_is_dropped_today_and_was_listed_in_2021():
    inside = ("10.0.1.0/24", "10.1.0.0/16", "10.1.4.0/24", "10.0.0.0/8")
    parts = (HUB, ars("nva"), nva("nva", "10.0.1.4", 65001, *inside), *ER)
    today, then = net(*parts), net(*parts, {"profile": {"system-none-routes": "2021-11"}})
    assert prefixes(today, "ars", received="nva") == {"10.0.0.0/8"}
    assert prefixes(then, "ars", received="nva") == set(inside)
    for computed in (today, then):
        assert set(nic(computed, "hub/vm")) == set(nic(computed, "spoke/vm")) == {"10.0.0.0/8", SITE}
        assert prefixes(computed, "gw", advertised="er/primary") == {CLOUD, SPOKE, "10.0.0.0/8"}


def test_C12_the_profile_overrules_the_date():
    parts = (HUB, ars("nva"), nva("nva", "10.0.1.4", 65001, "10.0.1.0/24"))
    era = {"profile": {"system-none-routes": "2021-11", "ars-local-prefixes-learned": "dropped"}}
    assert prefixes(net(*parts, era), "ars", received="nva") == set()


def test_C3_R5_space_of_a_plainly_peered_vnet_is_kept_from_nics_that_peer_with_it_only():
    computed = net(*NVA, PLAIN, nva("nva", "10.0.1.4", 65001, "10.7.1.0/24"), *ER)
    assert "10.7.1.0/24" in prefixes(computed, "ars", received="nva")
    assert "10.7.1.0/24" not in nic(computed, "hub/vm")
    assert nic(computed, "spoke/vm")["10.7.1.0/24"] == ["10.0.1.4"]
    assert aspaths(computed, "er/primary", "10.7.1.0/24") == {"65515-65001"}


def test_R10_a_default_route_reaches_nics_appliances_and_expressroute():
    computed = net(
        HUB, ars("nva", "nvb"), nva("nva", "10.0.1.4", 65001, "0.0.0.0/0"), nva("nvb", "10.0.1.5", 65002), *ER
    )
    assert nic(computed, "spoke/vm")["0.0.0.0/0"] == ["10.0.1.4"]
    assert aspaths(computed, "nvb", "0.0.0.0/0") == {"65515-65001"}
    assert aspaths(computed, "ce", "0.0.0.0/0") == {"12076"}


def test_R11_no_advertise_is_programmed_and_given_to_nobody():
    silent = {"ars": {"export": [{"set": {"community": ["no-advertise"]}}]}}
    computed = net(
        HUB,
        ars("nva", "nvb"),
        nva("nva", "10.0.1.4", 65001, "10.50.0.0/16", neighbors=silent),
        nva("nvb", "10.0.1.5", 65002),
        *ER,
    )
    assert nic(computed, "spoke/vm")["10.50.0.0/16"] == ["10.0.1.4"]
    assert "10.50.0.0/16" not in prefixes(computed, "nvb")
    assert "10.50.0.0/16" not in prefixes(computed, "gw")
    assert [s["rule"] for s in computed.why("nvb", "10.50.0.0/16").control] == ["R11"]


def test_R14_the_appliance_subnet_gets_its_own_route_too():
    assert nic(net(*NVA), "nva") == {"10.50.0.0/16": ["10.0.1.4"]}


def test_R16_equal_length_shares_load_whatever_the_asns_and_a_shorter_path_wins_alone():
    parts = (HUB, ars("nva", "nvb"), nva("nva", "10.0.1.4", 65001, "10.50.0.0/16", "10.60.0.0/16"))
    longer = {"ars": {"export": [{"match": {"prefix": "10.60.0.0/16"}, "set": {"prepend": 1}}]}}
    computed = net(*parts, nva("nvb", "10.0.1.5", 65002, "10.50.0.0/16", "10.60.0.0/16", neighbors=longer))
    assert nic(computed, "spoke/vm") == {
        "10.50.0.0/16": ["10.0.1.4", "10.0.1.5"],
        "10.60.0.0/16": ["10.0.1.4"],
    }


def test_C16_of_two_equal_appliance_paths_a_gateway_is_given_the_lower_address():
    computed = net(
        HUB,
        ars("nva", "nvb"),
        nva("nvb", "10.0.1.5", 65002, "10.50.0.0/16"),
        nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"),
        *ER,
    )
    assert aspaths(computed, "gw", "10.50.0.0/16") == {"65001"}


def test_C14_a_gateway_instance_does_not_get_back_what_it_gave():
    computed = net(*NVA, *ER)
    copies = {
        at: [
            r
            for r in computed.rib("gw", local_address=at).rows()
            if r["network"] == SITE and r["origin"] == "IBgp"
        ]
        for at in ("10.0.0.12", "10.0.0.13")
    }
    assert sorted(map(len, copies.values())) == [0, 2]
    assert {r["weight"] for rows in copies.values() for r in rows} == {32768}


def test_E5_beside_a_route_server_an_expressroute_route_has_one_next_hop_unless_the_profile_says_ecmp():
    assert nic(net(*NVA, *ER), "spoke/vm")[SITE] == ["unknown"]
    assert nic(net(*NVA, *ER, {"profile": {"E5": "ecmp"}}), "spoke/vm")[SITE] == ["unknown"] * 2


PREFERENCES = {"ExpressRoute": "12076-65100-65100", "VpnGateway": "65001", "ASPath": "65001"}


@pytest.mark.parametrize(("preference", "path"), PREFERENCES.items())
def test_R19_hub_routing_preference_decides_before_as_path_length(preference, path):
    computed = net(
        HUB,
        ars("nva", hubRoutingPreference=preference),
        nva("nva", "10.0.1.4", 65001, SITE),
        er(),
        circuit(),
        onprem(
            "ce",
            65100,
            SITE,
            neighbors={
                "er": {"export": [{"match": {"from": "local"}, "set": {"prepend": 1}}, {"deny": True}]}
            },
        ),
    )
    assert best(computed, "ars", SITE) == {path}
    assert nic(computed, "spoke/vm")[SITE] == (["unknown"] if preference == "ExpressRoute" else ["10.0.1.4"])


@pytest.mark.parametrize(
    ("preference", "path"),
    [("ExpressRoute", "12076-65100"), ("VpnGateway", "65001-65001-65001"), ("ASPath", "12076-65100")],
)
def test_R19_a_longer_appliance_path_wins_only_where_appliances_are_preferred(preference, path):
    computed = net(
        HUB,
        ars("nva", hubRoutingPreference=preference),
        nva("nva", "10.0.1.4", 65001, SITE, neighbors={"ars": {"export": [{"set": {"prepend": 2}}]}}),
        *ER,
    )
    assert best(computed, "ars", SITE) == {path}


def test_R19_between_vpn_and_appliance_the_shorter_path_wins():
    computed = net(
        HUB,
        vpn("vpn", "hub", "10.0.0.4", "10.0.0.5"),
        site("s", "vpn", device="branch", asn=65200, bgpPeeringAddress="192.0.2.1"),
        {
            "devices": {
                "branch": {
                    "kind": "onprem",
                    "loopback": "192.0.2.1",
                    "bgp": {"asn": 65200, "networks": [SITE, "172.21.0.0/16"]},
                }
            }
        },
        ars("nva"),
        nva(
            "nva",
            "10.0.1.4",
            65001,
            SITE,
            "172.21.0.0/16",
            neighbors={"ars": {"export": [{"match": {"prefix": SITE}, "set": {"prepend": 1}}]}},
        ),
    )
    assert nic(computed, "spoke/vm") == {
        SITE: ["10.0.0.4", "10.0.0.5"],
        "172.21.0.0/16": ["10.0.0.4", "10.0.0.5", "10.0.1.4"],
    }


def test_R19a_a_hairpin_route_counts_as_expressroute():
    computed = net(
        HUB,
        HUB2,
        ars("nva"),
        nva("nva", "10.0.1.4", 65001, "10.2.0.0/16"),
        er(allowRemoteVnetTraffic=True),
        er("gw2", "hub2", allowRemoteVnetTraffic=True),
        circuit(),
        onprem("ce", 65100, neighbors=quiet("er")),
    )
    assert best(computed, "ars", "10.2.0.0/16") == {"12076-12076"}


def test_R23_route_servers_exchange_nothing_by_themselves():
    computed = net(HUB, HUB2, ars(), ars(name="ars2", vnet="hub2"))
    assert prefixes(computed, "ars2") == {"10.2.0.0/16"}


def test_R28_a_dual_homed_spoke_with_its_own_route_server():
    """Two hubs with a circuit each; the spoke's server hears both appliances and keeps the shorter path."""
    spoke = {
        "virtualNetworks": {
            "hub3": {
                "location": "north",
                "addressSpace": ["10.3.0.0/16"],
                "subnets": {
                    "RouteServerSubnet": {"addressPrefix": "10.3.2.0/26"},
                    "vm": {"addressPrefix": "10.3.0.0/24"},
                },
            }
        },
        "peerings": [{"vnets": ["hub3", "hub"]}, {"vnets": ["hub3", "hub2"]}],
    }
    override = {"asOverride": True}
    computed = net(
        HUB,
        {"virtualNetworks": HUB2["virtualNetworks"]},
        spoke,
        ars("nva"),
        ars("nvb", name="ars2", vnet="hub2"),
        ars("nva", "nvb", name="ars3", vnet="hub3", branch=False),
        nva("nva", "10.0.1.4", 65001, neighbors={"ars": override, "ars3": override}),
        nva("nvb", "10.2.1.4", 65002, neighbors={"ars2": override, "ars3": override}, place="hub2/nva"),
        er(circuits={"er": 0}),
        er("gw2", "hub2", circuits={"er2": 0}),
        circuit(),
        circuit("er2", "ce2", 1),
        onprem("ce", 65100, "172.20.0.0/16", neighbors=quiet("er")),
        onprem("ce2", 65200, "172.30.0.0/16", neighbors=quiet("er2")),
    )
    learned = nic(computed, "hub3/vm")
    assert learned["172.20.0.0/16"] == ["10.0.1.4"]
    assert learned["172.30.0.0/16"] == ["10.2.1.4"]
    assert aspaths(computed, "ars3", "172.20.0.0/16", received="nva") == {"65001-65001-12076-65100"}
    assert CLOUD not in learned


def test_S12_instances_hold_different_tables_when_an_appliance_peers_with_one_only():
    single = {"ars": {"instances": {"10.0.2.5": {"enabled": False}}}}
    computed = net(HUB, ars("nva"), nva("nva", "10.0.1.4", 65001, "10.50.0.0/16", neighbors=single))
    assert prefixes(computed, "ars", local_address="10.0.2.4") == {CLOUD, SPOKE, "10.50.0.0/16"}
    assert prefixes(computed, "ars", local_address="10.0.2.5") == {CLOUD, SPOKE}
    assert [f.rule for f in computed.control_plane.findings] == ["S12"]


def test_one_appliance_down_leaves_the_other():
    parts = (
        HUB,
        ars("nva", "nvb"),
        nva("nva", "10.0.1.4", 65001, "0.0.0.0/0"),
        nva("nvb", "10.0.1.5", 65001, "0.0.0.0/0"),
    )
    assert nic(net(*parts), "spoke/vm") == {"0.0.0.0/0": ["10.0.1.4", "10.0.1.5"]}
    down = net(*parts).with_change({"devices": {"nvb": {"bgp": {"enabled": False}}}})
    assert nic(down, "spoke/vm") == {"0.0.0.0/0": ["10.0.1.4"]}


def test_a_peer_by_address_is_the_device_that_has_it_and_nobody_is_a_finding():
    by_address = ars(
        bgpConnections={
            "x": {"peerIp": "10.0.1.4", "peerAsn": 65001},
            "y": {"peerIp": "10.0.1.99", "peerAsn": 65009},
        }
    )
    computed = net(HUB, by_address, nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"))
    assert "10.50.0.0/16" in nic(computed, "spoke/vm")
    assert [f.subject for f in computed.control_plane.findings if f.rule == "S2"] == ["ars/y"]


def test_a_route_server_carries_no_ipv6():
    dual = {"virtualNetworks": {"hub": {"addressSpace": ["fd00:1::/48"]}}}
    computed = net(HUB, dual, ars("nva"), nva("nva", "10.0.1.4", 65001, "fd00:50::/48"))
    assert all(":" not in p for p in prefixes(computed, "ars", advertised="nva"))


@pytest.mark.parametrize(
    ("routes", "broken"),
    [
        ([("10.0.0.0/16", "VirtualAppliance")], True),
        ([("10.0.2.0/24", "VirtualAppliance")], True),
        ([("10.0.0.0/16", "VirtualAppliance"), ("10.0.2.0/26", "VnetLocal")], False),
        ([("10.1.0.0/16", "VirtualAppliance")], False),
        ([("10.0.0.0/8", "VirtualAppliance")], False),
    ],
    ids=["hub", "part", "mended", "spoke", "wider"],
)
def test_R26_a_user_route_on_the_gateway_subnet_for_the_hub_breaks_the_sessions(routes, broken):
    table = {
        "routeTables": {
            "rt": {
                "routes": [
                    {
                        "addressPrefix": p,
                        "nextHopType": t,
                        **({"nextHopIpAddress": "10.0.1.4"} if t != "VnetLocal" else {}),
                    }
                    for p, t in routes
                ]
            }
        },
        "virtualNetworks": {"hub": {"subnets": {"GatewaySubnet": {"routeTable": "rt"}}}},
    }
    computed = net(*NVA, *ER, table)
    assert (SITE not in prefixes(computed, "nva")) == broken
    assert [f.rule for f in computed.control_plane.findings] == (["R26"] if broken else [])
