# ruff: noqa: N802
"""What the sources say of other stages of the recorded labs: failures, prepends, defaults, summaries."""

import pytest
from audit.cases import case
from control.bgp import aspaths, best, nic, paths, prefixes

DUAL = "ars-dualhomed-0-ecmp"
COEXIST = "er-vpn-coexist-0-all-up"
DEFAULTS = "blog-fabferri-ars-vpn-before-default"
C1 = "vnet-spoke-c1/snet-workload"


def bgp(device, **keys):
    return {"devices": {device: {"bgp": keys}}}


def links_down(*links):
    """What the coexistence lab did to fail a link: BGP off on the cloud router's side."""
    return bgp("mcr", neighbors={link: {"enabled": False} for link in links})


# -- dual-homed region (ERJ-HUBLESS) ------------------------------------------------


def test_R16_prepended_twice_leaves_the_first_appliance_alone():
    late = {"ars-poland": {"export": [{"match": {"prefix": "0.0.0.0/0"}, "set": {"prepend": 2}}]}}
    computed = case(DUAL, bgp("vm-nva2", neighbors=late))
    assert nic(case(DUAL), C1)["0.0.0.0/0"] == ["10.10.1.4", "10.20.1.4"]
    assert nic(computed, C1)["0.0.0.0/0"] == ["10.10.1.4"]
    assert aspaths(computed, "ars-poland", "0.0.0.0/0", received="vm-nva2") == {"65002-65002-65002"}


def test_R27_an_appliance_that_stops_takes_its_routes_from_everybody_and_the_other_stays():
    computed = case(DUAL, bgp("vm-nva1", enabled=False))
    assert nic(computed, C1)["0.0.0.0/0"] == ["10.20.1.4"]
    assert set(nic(computed, "vm-nva1")) == {"10.40.0.0/16"}
    assert prefixes(computed, "ars-hub1", received="vm-nva1") == set()
    assert aspaths(computed, "vpngw-onprem", "10.30.0.0/24") == {"65515-65002"}


def test_C14_the_peer_counts_of_the_hub_gateway_are_those_recorded():
    """Five routes from each route-server instance, one of the gateway instances six; three from the sibling."""
    computed = case(DUAL)
    counts = []
    for here, sibling in (("10.10.0.4", "10.10.0.5"), ("10.10.0.5", "10.10.0.4")):
        rows = computed.rib("vpngw-hub1", local_address=here).rows()
        sources = [r["sourcePeer"] for r in rows if r["origin"] != "Network"]
        assert [sources.count(p) for p in ("10.40.0.4", "10.40.0.5", sibling)] == [1, 1, 3]
        assert sources.count("10.10.0.68") == sources.count("10.10.0.69")
        counts.append(sources.count("10.10.0.68"))
    assert sorted(counts) == [5, 6]


def test_S3_the_hub_gateways_hold_the_far_region_with_their_appliances_paths():
    computed = case(DUAL)
    for prefix in ("0.0.0.0/0", "10.31.0.0/24", "10.32.0.0/24"):
        assert paths(computed, "vpngw-hub1", prefix, at="10.10.0.4", received="ars-hub1") == [
            "65001 via 10.10.1.4",
            "65001 via 10.10.1.4 *",
        ]
    assert aspaths(computed, "vpngw-hub2", "10.31.0.0/24") == {"65002-65002-65002"}


# -- ExpressRoute and VPN in one VNet ------------------------------------------------

ER1, ER2, ER3 = (tuple(f"{c}/{side}" for side in ("primary", "secondary")) for c in ("er1", "er2", "er3"))
VIA_VPN = "65002-65002-65002-65002-65002-65002"


def test_E3_next_hops_on_nics_count_the_links_that_are_left():
    for down, left in (((), 4), (ER1[:1], 3), (ER1, 2), ((*ER1, ER2[0]), 1)):
        computed = case(COEXIST, links_down(*down))
        assert len(nic(computed, "spoke1-vm-main-nic")["10.20.0.0/20"]) == left


@pytest.mark.parametrize("down", [(*ER1, *ER2), ER3])
def test_V5_C6_with_expressroute_gone_the_vpn_path_is_programmed(down):
    computed = case(COEXIST, links_down(*down))
    assert best(computed, "hub1-ergw", "10.20.0.0/20") == {VIA_VPN}
    routes = nic(computed, "spoke1-vm-main-nic")
    assert routes["10.20.0.0/20"] == ["10.11.16.14"]
    assert "10.20.16.0/20" not in routes
    assert "192.168.20.20/32" not in routes


def test_E10_the_appliances_vpn_path_goes_on_to_the_circuit_when_expressroute_fails():
    computed = case(COEXIST, links_down(*ER1, *ER2))
    assert aspaths(computed, "er3/primary", "10.1.0.0/20") == {"65515-65002-65002"}
    assert nic(computed, "branch2Nva")["10.1.0.0/20"] == ["10.20.1.9"]
    assert best(computed, "branch2-ergw", "10.1.0.0/20") == {"65002-65002"}


def test_C24_the_cloud_router_reflects_that_path_and_the_state_is_stable():
    computed = case(COEXIST, links_down(*ER1, *ER2))
    assert computed.control_plane.solution.converged
    seen = {frozenset(aspaths(computed, link, "10.1.0.0/20")) for link in ER3}
    assert frozenset({"65515-65002-65002"}) in seen
    assert {"EBgp"}.isdisjoint(
        r["origin"] for r in computed.rib("branch2-ergw").rows() if r["network"] == "10.1.0.0/20"
    )


def test_C7_C19_a_peer_without_bgp_keeps_its_host_route_and_a_failed_tunnel_does_not():
    silent = case(COEXIST, bgp("branch2Nva", neighbors={"hub1-vpngw": {"enabled": False}}))
    assert "192.168.20.20/32" in prefixes(silent, "hub1-vpngw")
    assert "10.20.0.0/20" not in prefixes(silent, "hub1-vpngw")
    failed = case(COEXIST, {"connections": {"hub1-branch2-lng-conn": {"connectionStatus": "NotConnected"}}})
    assert "192.168.20.20/32" not in prefixes(failed, "hub1-vpngw")


# -- defaults over a route server and a VPN gateway ------------------------------------------------


def test_R10_both_appliances_default_is_shared_and_stays_in_the_cloud():
    computed = case(DEFAULTS, *(bgp(f"nva{i}", networks=["0.0.0.0/0"]) for i in (1, 2)))
    for place in ("vnet1/subnet1", "vnet1/subnet2"):
        assert nic(computed, place)["0.0.0.0/0"] == ["10.0.1.40", "10.0.1.41"]
    assert aspaths(computed, "gw1", "0.0.0.0/0") == {"65515-65010"}
    assert "0.0.0.0/0" not in prefixes(computed, "gw2")


def test_V1_half_defaults_go_all_the_way():
    halves = ["0.0.0.0/1", "128.0.0.0/1"]
    computed = case(DEFAULTS, *(bgp(f"nva{i}", networks=halves) for i in (1, 2)))
    for half in halves:
        assert aspaths(computed, "gw2", half) == {"65001-65515-65010"}
        assert nic(computed, "vnet2/subnet1")[half] == ["10.0.2.228", "10.0.2.229"]


# -- summaries ------------------------------------------------


@pytest.mark.parametrize(
    ("summaries", "announced"),
    [
        (None, {"10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"}),
        (["10.0.0.0/14"], {"10.0.0.0/14"}),
        (["10.0.0.0/15"], {"10.0.0.0/15", "10.2.0.0/16"}),
        (["172.16.0.0/16"], {"172.16.0.0/16", "10.1.0.0/16", "10.2.0.0/16"}),
    ],
)
def test_G3_the_lists_that_were_recorded(summaries, announced):
    change = {"virtualNetworks": {"hub-vnet": {"summarizedGatewayPrefixes": summaries}}}
    computed = case("er-sgp-1-supernet14", change)
    assert prefixes(computed, "hub-ergw", advertised="lab-er-circuit/primary") == announced
    rows = computed.rib("lab-er-circuit/primary", received="hub-ergw").rows()
    assert sorted((r["network"], r["nextHop"]) for r in rows) == sorted(
        (p, f"10.0.0.{host}") for p in announced for host in (12, 13)
    )
    assert {r["asPath"] for r in rows} == {"65515"}
    held = {"10.0.0.0/16", "10.1.0.0/16", "10.2.0.0/16"}
    assert held <= prefixes(computed, "hub-ergw")


# -- weights ------------------------------------------------


def test_W2_T5_swapping_the_weights_swaps_the_circuits():
    def weights(existing, new):
        change = {
            "connections": {"to-existing": {"routingWeight": existing}, "to-new": {"routingWeight": new}}
        }
        rows = case("er-two-circuits-weight", change).rib("ER-GW-WE", local_address="10.10.1.12").rows()
        return {(r["asPath"], r["weight"]) for r in rows if r["network"] == "192.168.2.0/24"}

    short, long = "12076-65000-65001-65001-65002", "12076-65000-65001-65001-65001-65002"
    assert weights(100, 0) == {(short, 32869), (long, 32769)}
    assert weights(0, 100) == {(short, 32769), (long, 32869)}


# -- a router's unrecorded choice ------------------------------------------------


@pytest.mark.parametrize("first", ["er2/primary", "er1/secondary"])
def test_C27_A14_what_comes_back_stays_off_the_link_that_the_router_prefers(first):
    """Recorded: the cloud router preferred er2/primary for one VNet's space and er3/primary for the other's."""
    computed = case(COEXIST, bgp("mcr", tieBreak=[first, "er3/primary"]))
    echo = "64512-12076"
    for link in (*ER1, *ER2):
        own = aspaths(computed, link, "10.1.0.0/20")
        assert own == ({"65515"} if link == first else {"65515", echo})
        assert aspaths(computed, link, "10.20.0.0/20") == {echo}
    assert aspaths(computed, "er3/primary", "10.20.0.0/20") == {"65515"}
    assert aspaths(computed, "er3/secondary", "10.20.0.0/20") == {"65515", echo}
    assert aspaths(computed, "er3/secondary", "10.1.0.0/20") == {echo}


def test_C23_the_links_own_prefix_is_hidden_at_its_msee_and_reaches_the_gateways():
    computed = case(COEXIST)
    assert "172.16.0.0/30" not in prefixes(computed, "er1/primary")
    assert "172.16.0.0/30" in prefixes(computed, "er1/secondary")
    assert aspaths(computed, "hub1-ergw", "172.16.0.0/30") == {"12076-64512"}
    without = case(COEXIST, links_down("er1/primary"))
    rows = without.rib("hub1-ergw", local_address="10.11.16.12").rows()
    assert sum(r["network"] == "172.16.0.0/30" for r in rows) == 3
