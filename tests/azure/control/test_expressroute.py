# ruff: noqa: N802
"""ExpressRoute: gateways, MSEEs, hairpin, weights, Global Reach (chapters 1 and 2 of the hybrid facts)."""

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
)

ONE = (HUB, er(), circuit(), onprem())
CLOUD = "10.0.0.0/16"
SITE = "172.20.0.0/16"


def hub2(**gateway):
    """A second hub with its own ExpressRoute gateway on the same circuit."""
    return {
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
    }, er("gw2", "hub2", **gateway)


def both(**flags):
    return (HUB, er(**flags), circuit(), onprem(), *hub2(**flags))


def test_A1_A4_S5_C2_a_gateway_announces_its_vnets_to_the_msee_with_65515():
    rows = net(*ONE).rib("gw", advertised="er/primary", local_address="10.0.0.12").rows()
    assert lines(rows, "origin", "weight", "localAddress") == [
        "10.0.0.0/16 65515 via 10.0.0.12 Igp 0 10.0.0.12",
        "10.1.0.0/16 65515 via 10.0.0.12 Igp 0 10.0.0.12",
    ]


def test_E1_a_circuit_without_a_connection_carries_nothing():
    computed = net(HUB, er(circuits={}), circuit(), onprem("ce", 65100, neighbors=quiet("er")))
    assert prefixes(computed, "er/primary") == {SITE}
    assert prefixes(computed, "gw") == {CLOUD, "10.1.0.0/16"}


def test_S6_W2_a_gateway_learns_from_both_msees_with_12076_in_front_and_weight_32769():
    rows = net(*ONE).rib("gw", local_address="10.0.0.13").rows()
    learned = [r for r in rows if r["network"] == SITE]
    assert [(r["asPath"], r["origin"], r["weight"], r["sourcePeer"]) for r in learned] == [
        ("12076-65100", "EBgp", 32769, "er/primary"),
        ("12076-65100", "EBgp", 32769, "er/secondary"),
    ]


def test_C1_own_routes_of_a_gateway_are_network_with_weight_32768_and_itself_as_source():
    rows = [r for r in net(*ONE).rib("gw").rows() if r["network"] == "10.1.0.0/16"]
    assert [(r["origin"], r["weight"], r["nextHop"], r["sourcePeer"], r["localAddress"]) for r in rows] == [
        ("Network", 32768, None, "10.0.0.12", "10.0.0.12"),
        ("Network", 32768, None, "10.0.0.13", "10.0.0.13"),
    ]


def test_S13_C4_an_msee_holds_a_path_of_each_gateway_instance_with_local_preference_100():
    rows = [r for r in net(*ONE).rib("er/primary").rows() if r["network"] == CLOUD]
    assert [(r["nextHop"], r["asPath"], r["localPref"], r["weight"], r["origin"]) for r in rows] == [
        ("10.0.0.12", "65515", 100, 0, "Igp"),
        ("10.0.0.13", "65515", 100, 0, "Igp"),
    ]


def test_S7_the_customer_has_the_first_host_of_a_link_and_the_msee_the_second():
    computed = net(*ONE)
    assert paths(computed, "er/secondary", SITE) == ["65100 via 192.168.0.5 *"]
    assert "12076 via 192.168.0.6" in paths(computed, "ce", CLOUD)


def test_A10_only_12076_of_a_private_path_reaches_the_customer():
    assert aspaths(net(*ONE), "ce", CLOUD) == {"12076"}


def test_A10_A11_prepends_of_private_asns_are_invisible_on_premises():
    computed = net(
        *ONE,
        ars("nva"),
        nva(
            "nva", "10.0.1.4", 65001, "10.50.0.0/16", neighbors={"ars": {"export": [{"set": {"prepend": 3}}]}}
        ),
    )
    assert aspaths(computed, "er/primary", "10.50.0.0/16", received="gw") == {"65515-65001-65001-65001-65001"}
    assert aspaths(computed, "ce", "10.50.0.0/16") == {"12076"}


@pytest.mark.parametrize(
    ("path", "juniper", "cisco"),
    [
        ([65113, 65111, 65112, 65113], "12076", "12076"),
        ([1234, 1234, 1234], "12076-1234-1234-1234", "12076-65515-1234-1234-1234"),
        (
            [65113, 1234, 65111, 65112, 65113],
            "12076-1234-65111-65112-65113",
            "12076-65515-65113-1234-65111-65112-65113",
        ),
        ([65001, 64496], "12076-64496", "12076-65515-65001-64496"),
    ],
)
def test_A12_mixed_paths_are_stripped_as_the_msee_platform_does(path, juniper, cisco):
    prepend = {"ars": {"export": [{"set": {"prepend": path[1:]}}]}}
    for platform, expected in (("juniper", juniper), ("cisco", cisco)):
        appliance = nva("nva", "10.0.1.4", path[0], "10.50.0.0/16", neighbors=prepend)
        computed = net(*ONE, ars("nva"), appliance, {"profile": {"A12": platform}})
        assert aspaths(computed, "ce", "10.50.0.0/16") == {expected}


def test_A13_H1_a_hairpinned_vnet_arrives_as_12076_12076():
    computed = net(*both(allowRemoteVnetTraffic=True))
    assert paths(computed, "gw2", CLOUD, at="10.2.0.12") == [
        "12076-12076 via unknown",
        "12076-12076 via unknown *",
    ]
    assert nic(computed, "hub2/nva")[CLOUD] == ["unknown", "unknown"]


@pytest.mark.parametrize("one", ["gw", "gw2"])
def test_H2_hairpin_needs_the_flag_on_both_gateways(one):
    computed = net(
        *both(allowRemoteVnetTraffic=True),
        {"virtualNetworkGateways": {one: {"allowRemoteVnetTraffic": False}}},
    )
    assert CLOUD not in prefixes(computed, "gw2")
    assert "10.2.0.0/16" not in prefixes(computed, "gw")


def test_H3_C22_hairpin_is_off_unless_said_otherwise_and_was_on_in_old_networks():
    assert CLOUD not in prefixes(net(*both()), "gw2")
    assert CLOUD in prefixes(net(*both(), {"profile": {"H3": "legacy-on"}}), "gw2")
    off = net(*both(allowRemoteVnetTraffic=False), {"profile": {"H3": "legacy-on"}})
    assert CLOUD not in prefixes(off, "gw2")


def test_H5_a_supernet_from_on_premises_reaches_gateways_with_hairpin_off():
    computed = net(*both(), onprem("ce", 65100, "10.0.0.0/8"))
    assert nic(computed, "hub2/nva")["10.0.0.0/8"] == ["unknown", "unknown"]


def test_H7_an_msee_returns_no_gateway_its_own_prefixes():
    computed = net(*both(allowRemoteVnetTraffic=True))
    assert aspaths(computed, "gw", CLOUD) == {"-"}
    assert prefixes(computed, "er/primary", advertised="gw") == {"10.2.0.0/16", SITE}


def test_A14_an_msee_takes_back_what_a_customer_router_reflects_on_its_other_link():
    computed = net(HUB, er(), circuit(), onprem())
    held = aspaths(computed, "er/primary", CLOUD) | aspaths(computed, "er/secondary", CLOUD)
    assert held == {"65515", "65100-12076"}
    assert best(computed, "er/primary", CLOUD) == {"65515"}


@pytest.mark.parametrize("known", [True, False], ids=["addresses", "no-addresses"])
def test_A14_an_equally_long_reflection_does_not_displace_what_it_reflects(known):
    """65515 65001 and 65100 12076 tie in length; the reflection is the younger one, whatever the addresses are."""
    computed = net(
        HUB,
        er(**({} if known else {"bgpAddresses": []})),
        circuit(),
        onprem("ce", 65100, SITE),
        ars("nva"),
        nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"),
    )
    assert computed.control_plane.solution.converged
    for msee in ("er/primary", "er/secondary"):
        assert best(computed, msee, "10.50.0.0/16") == {"65515-65001"}
    assert nic(computed, "hub/vm")["10.50.0.0/16"] == ["10.0.1.4"]


def test_A14_a_customer_router_that_reflects_makes_two_circuits_transit():
    computed = net(
        HUB, er(circuits={"er": 0}), circuit(), *hub2(circuits={"er2": 0}), circuit("er2", "ce", 1), onprem()
    )
    assert aspaths(computed, "gw2", CLOUD) == {"12076-65100-12076"}


def test_A16_a_gateway_does_not_announce_routes_of_one_circuit_to_another():
    computed = net(
        HUB,
        er(circuits={"er": 0, "er2": 0}),
        circuit(),
        circuit("er2", "ce2", 1),
        onprem(),
        onprem("ce2", 65200, "172.30.0.0/16", neighbors=quiet("er2")),
    )
    assert "172.30.0.0/16" in prefixes(computed, "gw")
    assert "172.30.0.0/16" not in prefixes(computed, "er/primary")
    assert prefixes(computed, "gw", advertised="er/primary") == {CLOUD, "10.1.0.0/16"}


def test_A17_beside_branch_to_branch_hairpin_keeps_vnets_and_loses_route_server_routes():
    parts = (
        *both(allowRemoteVnetTraffic=True),
        ars("nva2", name="ars2", vnet="hub2"),
        nva("nva2", "10.2.1.4", 65002, "10.60.0.0/16", place="hub2/nva"),
    )
    without = net(*parts)
    assert aspaths(without, "gw", "10.60.0.0/16") == {"12076-12076-65002"}
    beside = net(*parts, ars(branch=True))
    assert "10.60.0.0/16" not in prefixes(beside, "gw")
    assert "12076-12076" in aspaths(beside, "gw", "10.2.0.0/16")
    assert "10.60.0.0/16" in prefixes(net(*parts, ars(branch=False)), "gw")


def test_A17_global_reach_and_customer_routes_stay_beside_branch_to_branch():
    computed = net(
        *ONE, ars(branch=True), circuit("far", "ce2", 1), onprem("ce2", 65200, "172.30.0.0/16"), reach()
    )
    assert "12076-12076-12076-65200" in aspaths(computed, "gw", "172.30.0.0/16")
    assert "12076-65100" in aspaths(computed, "gw", SITE)


def reach(a="er", b="far"):
    return {"expressRouteCircuits": {a: {"globalReach": [b]}}}


def test_X1_S8_a_route_of_global_reach_has_two_more_12076():
    computed = net(*ONE, circuit("far", "ce2", 1), onprem("ce2", 65200, "172.30.0.0/16"), reach())
    assert aspaths(computed, "gw", "172.30.0.0/16") == {"12076-12076-12076-65200"}
    assert aspaths(computed, "gw", SITE) == {"12076-65100"}


def test_X1_one_side_of_a_global_reach_pair_is_enough_and_none_means_none():
    parts = (*ONE, circuit("far", "ce2", 1), onprem("ce2", 65200, "172.30.0.0/16"))
    assert "172.30.0.0/16" in prefixes(net(*parts, reach("far", "er")), "gw")
    assert "172.30.0.0/16" not in prefixes(net(*parts), "gw")


def test_H1_a_vnet_hairpinned_over_global_reach_has_four_12076():
    computed = net(
        HUB,
        er(allowRemoteVnetTraffic=True),
        circuit(),
        onprem(),
        *hub2(allowRemoteVnetTraffic=True, circuits={"far": 0}),
        circuit("far", "ce2", 1),
        onprem("ce2", 65200, "172.30.0.0/16", neighbors=quiet("far")),
        reach(),
    )
    assert aspaths(computed, "gw2", CLOUD) == {"12076-12076-12076-12076"}


def test_X2_5_1_an_msee_prefers_its_own_gateway_to_the_global_reach_copy():
    computed = net(
        HUB,
        er(circuits={"er": 0, "far": 0}),
        circuit(),
        onprem("ce", 65100, neighbors=quiet("er")),
        circuit("far", "ce2", 1),
        onprem("ce2", 65200, "172.30.0.0/16", neighbors=quiet("far")),
        reach(),
    )
    rows = [r for r in computed.rib("far/primary").rows() if r["network"] == CLOUD]
    assert {r["sourcePeer"] for r in rows if r["best"]} == {"10.0.0.12"}
    assert any(r["reason"].startswith("loses at external") for r in rows)


def test_W1_W2_weight_is_compared_before_as_path_length():
    parts = (
        HUB,
        circuit(),
        circuit("er2", "ce2", 1),
        onprem(),
        onprem(
            "ce2",
            65200,
            SITE,
            neighbors={
                "er2": {"export": [{"match": {"from": "local"}, "set": {"prepend": 4}}, {"deny": True}]}
            },
        ),
    )
    equal = net(*parts, er(circuits={"er": 0, "er2": 0}))
    assert best(equal, "gw", SITE) == {"12076-65100"}
    weighted = net(*parts, er(circuits={"er": 0, "er2": 100}))
    assert best(weighted, "gw", SITE) == {"12076-65200-65200-65200-65200-65200"}
    assert {r["weight"] for r in weighted.rib("gw").rows() if r["network"] == SITE} == {32769, 32869}


def test_W3_a_gateway_prefers_expressroute_to_what_the_route_server_gives_it():
    long = {"er": {"export": [{"match": {"from": "local"}, "set": {"prepend": 6}}, {"deny": True}]}}
    computed = net(
        HUB,
        er(),
        circuit(),
        onprem("ce", 65100, SITE, neighbors=long),
        ars("nva", hubRoutingPreference="VpnGateway"),
        nva("nva", "10.0.1.4", 65001, SITE),
    )
    assert best(computed, "gw", SITE) == {"12076" + "-65100" * 7}
    assert "65001" in aspaths(computed, "gw", SITE)
    assert nic(computed, "hub/vm")[SITE] == ["10.0.1.4"]


def test_W7_private_asns_of_a_customer_path_are_kept_towards_gateways():
    far = {
        "devices": {
            "far": {
                "kind": "onprem",
                "bgp": {"asn": 65101, "networks": ["172.21.0.0/16"], "neighbors": {"ce": {}}},
            }
        }
    }
    assert aspaths(net(*ONE, far), "gw", "172.21.0.0/16") == {"12076-65100-65101"}


def test_E2_E4_one_circuit_gives_two_next_hops_and_two_equal_circuits_four():
    assert nic(net(*ONE), "spoke/vm") == {SITE: ["unknown"] * 2}
    two = net(HUB, er(circuits={"er": 0, "er2": 0}), circuit(), circuit("er2", "ce", 1), onprem())
    assert nic(two, "spoke/vm")[SITE] == ["unknown"] * 4


def test_W9_only_the_heavier_connection_is_on_nics():
    computed = net(HUB, er(circuits={"er": 100, "er2": 0}), circuit(), circuit("er2", "ce", 1), onprem())
    assert nic(computed, "spoke/vm")[SITE] == ["unknown"] * 2


def test_a_link_that_is_down_takes_its_next_hop_and_leaves_the_msee_its_gateway_paths():
    computed = net(HUB, er(), circuit(paths=["secondary"]), onprem())
    assert nic(computed, "spoke/vm") == {SITE: ["unknown"]}
    assert aspaths(computed, "er/primary", CLOUD) == {"65515"}
    assert SITE not in prefixes(computed, "er/primary")


@pytest.mark.parametrize(
    "change",
    [
        {"connections": {"gw-er": {"connectionStatus": "NotConnected"}}},
        {"expressRouteCircuits": {"er": {"peerings": {"AzurePrivatePeering": {"state": "Disabled"}}}}},
        {"virtualNetworkGateways": {"gw": {"adminState": "Disabled"}}},
        {"devices": {"ce": {"bgp": {"enabled": False}}}},
        {"devices": {"ce": {"bgp": {"neighbors": {"er": {"enabled": False}}}}}},
    ],
    ids=["connection", "peering", "T3-gateway", "router", "sessions"],
)
def test_what_is_down_carries_nothing(change):
    computed = net(*ONE).with_change(change)
    assert nic(computed, "hub/vm") == {}
    assert CLOUD not in prefixes(computed, "ce")


def test_T3_a_prepared_gateway_takes_over_with_the_same_prefixes_and_other_next_hops():
    def stage(old, new):
        prepared = {
            "migration": {"phase": "PrepareSucceeded", "from": "old"},
            "bgpAddresses": ["10.0.0.20", "10.0.0.21"],
        }
        return net(HUB, er("old", adminState=old), er("new", adminState=new, **prepared), circuit(), onprem())

    before, after = stage("Enabled", "Disabled"), stage("Disabled", "Enabled")
    assert lines(before.rib("er/primary", received="old").rows()) == [
        f"{p} 65515 via {hop}" for p in (CLOUD, "10.1.0.0/16") for hop in ("10.0.0.12", "10.0.0.13")
    ]
    assert lines(after.rib("er/primary", received="new").rows()) == [
        f"{p} 65515 via {hop}" for p in (CLOUD, "10.1.0.0/16") for hop in ("10.0.0.20", "10.0.0.21")
    ]
    assert nic(before, "spoke/vm") == nic(after, "spoke/vm")


def test_C23_a_link_prefix_is_not_originated_by_the_msee_but_passed_on_from_the_customer():
    assert "192.168.0.0/30" not in prefixes(net(*ONE), "gw")
    computed = net(HUB, er(), circuit(), onprem("ce", 65100, "192.168.0.0/30", "192.168.0.4/30"))
    assert aspaths(computed, "gw", "192.168.0.0/30") == {"12076-65100"}
    assert "192.168.0.0/30" in prefixes(computed, "er/primary")
    then = net(
        HUB,
        er(),
        circuit(),
        onprem("ce", 65100, "192.168.0.0/30", "192.168.0.4/30"),
        {"profile": {"system-none-routes": "2023"}},
    )
    assert prefixes(then, "er/primary") == {CLOUD, "10.1.0.0/16", "192.168.0.4/30"}


def test_C24_no_customer_route_is_given_to_a_gateway_that_announces_the_prefix():
    """A long route-server path at the MSEE loses to the customer's copy, which must not come back."""
    computed = net(
        *ONE,
        ars("nva"),
        nva(
            "nva", "10.0.1.4", 65001, "10.50.0.0/16", neighbors={"ars": {"export": [{"set": {"prepend": 5}}]}}
        ),
    )
    assert computed.control_plane.solution.converged
    assert aspaths(computed, "gw", "10.50.0.0/16") == {"65001" + "-65001" * 5}
    assert nic(computed, "hub/vm")["10.50.0.0/16"] == ["10.0.1.4"]


def test_C25_msee_addresses_are_unknown_unless_declared():
    known = {"connections": {"gw-er": {"mseeAddresses": {"primary": "10.0.0.4", "secondary": "10.0.0.5"}}}}
    rows = [r for r in net(*ONE, known).rib("gw", local_address="10.0.0.12").rows() if r["network"] == SITE]
    assert [r["nextHop"] for r in rows] == ["10.0.0.4", "10.0.0.5"]
    assert nic(net(*ONE, known), "hub/vm")[SITE] == ["unknown", "unknown"]


def test_E12_the_virtual_network_community_travels_to_the_customer():
    marked = {"virtualNetworks": {"hub": {"virtualNetworkCommunity": "12076:20031"}}}
    sent = {
        r["network"]: r.get("communities")
        for r in net(*ONE, marked).rib("er/primary", advertised="ce").rows()
    }
    assert sent == {CLOUD: ["12076:20031"], "10.1.0.0/16": None}


def test_X5_a_default_route_from_on_premises_is_programmed():
    assert nic(net(HUB, er(), circuit(), onprem("ce", 65100, "0.0.0.0/0")), "spoke/vm") == {
        "0.0.0.0/0": ["unknown"] * 2
    }


def test_two_customer_routers_one_a_link():
    computed = net(
        HUB,
        er(),
        circuit("er", {"primary": "ce", "secondary": "ce2"}),
        onprem("ce", 65100, neighbors=quiet("er")),
        onprem("ce2", 65100, "172.20.0.0/16", "172.21.0.0/16", neighbors=quiet("er")),
    )
    assert nic(computed, "hub/vm") == {"172.20.0.0/16": ["unknown"] * 2, "172.21.0.0/16": ["unknown"]}


def test_a_wrong_peer_asn_is_a_finding_and_no_session():
    computed = net(HUB, er(), circuit(peerASN=65999), onprem())
    assert nic(computed, "hub/vm") == {}
    assert any("65999" in f.says for f in computed.control_plane.findings)


def test_A4_another_asn_of_the_edge_is_used_throughout():
    computed = net(*both(allowRemoteVnetTraffic=True), circuit(azureASN=4200000000 + 12076))
    edge = str(4200000000 + 12076)
    assert aspaths(computed, "gw", SITE) == {f"{edge}-65100"}
    assert aspaths(computed, "gw2", CLOUD) == {f"{edge}-{edge}"}
    assert aspaths(computed, "ce", CLOUD) == {edge}
