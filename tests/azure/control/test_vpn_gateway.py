# ruff: noqa: N802
"""VPN gateways: tunnels, instances, static prefixes, coexistence with ExpressRoute (chapter 4 of the hybrid facts)."""

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
    tunnel,
    vpn,
)

CLOUD, SPOKE, SITE = "10.0.0.0/16", "10.1.0.0/16", "172.20.0.0/16"
AA = vpn("vpn", "hub", "10.0.0.4", "10.0.0.5")
SINGLE = vpn("vpn", "hub", "10.0.0.4", publicIPAddresses=["203.0.113.7"])


def branch(name="branch", asn=65200, loopback="192.0.2.1", *networks, **bgp):
    """A branch router on a loopback, with the connection to the VPN gateway."""
    return {
        "devices": {
            name: {
                "kind": "onprem",
                "loopback": loopback,
                "bgp": {"asn": asn, "networks": list(networks or [SITE]), **bgp},
            }
        }
    }, site(f"site-{name}", "vpn", device=name, asn=asn, bgpPeeringAddress=loopback)


def far(*ips, asn=65300):
    """A remote VNet with a VPN gateway."""
    return {
        "virtualNetworks": {
            "far": {
                "location": "west",
                "addressSpace": ["10.8.0.0/16"],
                "subnets": {
                    "GatewaySubnet": {"addressPrefix": "10.8.0.0/26"},
                    "vm": {"addressPrefix": "10.8.1.0/24"},
                },
            },
            "far-spoke": {"location": "west", "addressSpace": ["10.9.0.0/16"]},
        },
        "peerings": [{"hub": "far", "spokes": ["far-spoke"], "gatewayTransit": True}],
    }, vpn("remote", "far", *(ips or ("10.8.0.4", "10.8.0.5")), asn=asn)


def test_S9_every_instance_peers_with_every_address_of_the_peer():
    computed = net(HUB, AA, *far(), tunnel("vpn", "remote"))
    rows = [r for r in computed.rib("vpn", local_address="10.0.0.4").rows() if r["network"] == "10.8.0.0/16"]
    assert lines(rows, "origin", "weight", "sourcePeer") == [
        "10.8.0.0/16 65300 via 10.0.0.5 IBgp 32768 10.0.0.5",
        "10.8.0.0/16 65300 via 10.8.0.4 EBgp 32768 10.8.0.4",
        "10.8.0.0/16 65300 via 10.8.0.5 EBgp 32768 10.8.0.5",
    ]


def test_S9_a_peer_is_sent_the_vnets_with_the_own_asn_and_the_instance_as_next_hop():
    computed = net(HUB, AA, *branch())
    assert paths(computed, "branch", SPOKE) == ["65515 via 10.0.0.4 *", "65515 via 10.0.0.5"]


def test_A2_a_vpn_gateway_with_an_asn_of_its_own():
    own = vpn("vpn", "hub", "10.0.0.4", "10.0.0.5", asn=65010)
    assert aspaths(net(HUB, own, *branch()), "branch", CLOUD) == {"65010"}


def test_S10_V4_peer_addresses_are_network_routes_with_a_copy_of_the_sibling():
    computed = net(HUB, AA, *far(), tunnel("vpn", "remote"))
    for peer in ("10.8.0.4/32", "10.8.0.5/32"):
        rows = [r for r in computed.rib("vpn", local_address="10.0.0.5").rows() if r["network"] == peer]
        assert lines(rows, "origin", "sourcePeer") == [
            f"{peer} - via 10.0.0.4 IBgp 10.0.0.4",
            f"{peer} - via itself Network 10.0.0.5",
        ]


def test_S10_own_vnets_are_not_copied_between_instances():
    rows = [r for r in net(HUB, AA).rib("vpn").rows() if r["network"] == CLOUD]
    assert lines(rows, "origin", "sourcePeer") == [
        f"{CLOUD} - via itself Network {ip}" for ip in ("10.0.0.4", "10.0.0.5")
    ]


def test_LAB14_as_path_length_comes_before_external_over_internal_and_such_an_instance_is_no_next_hop():
    prepend = {"vpn": {"instances": {"10.0.0.5": {"export": [{"set": {"prepend": 1}}]}}}}
    computed = net(HUB, AA, *branch(neighbors=prepend))
    assert paths(computed, "vpn", SITE, at="10.0.0.5") == [
        "65200 via 10.0.0.4 *",
        "65200-65200 via 192.0.2.1",
    ]
    assert paths(computed, "vpn", SITE, at="10.0.0.4") == ["65200 via 192.0.2.1 *"]
    assert nic(computed, "spoke/vm")[SITE] == ["10.0.0.4"]


def test_V4_GW2_active_active_programs_both_instances_and_active_standby_the_public_address():
    assert nic(net(HUB, AA, *branch()), "hub/vm")[SITE] == ["10.0.0.4", "10.0.0.5"]
    assert nic(net(HUB, SINGLE, *branch()), "hub/vm")[SITE] == ["203.0.113.7"]


def test_C6_peer_addresses_are_on_nics_where_the_vpn_gateway_stands_alone():
    assert "192.0.2.1/32" in nic(net(HUB, AA, *branch()), "spoke/vm")
    beside_er = net(HUB, AA, *branch(), er(), circuit(), onprem())
    assert set(nic(beside_er, "spoke/vm")) == {SITE}
    beside_server = net(HUB, AA, *branch(), ars())
    assert set(nic(beside_server, "spoke/vm")) == {SITE}


def test_V1_V3_routes_of_one_peer_go_to_the_other_with_the_own_asn_in_front():
    computed = net(HUB, AA, *branch(), *branch("other", 65201, "192.0.2.2", "172.21.0.0/16"))
    assert aspaths(computed, "other", SITE) == {"65515-65200"}
    assert aspaths(computed, "branch", "172.21.0.0/16") == {"65515-65201"}


def test_R10_V1_a_default_route_is_held_and_programmed_but_not_passed_on():
    computed = net(
        HUB,
        AA,
        *branch("branch", 65200, "192.0.2.1", "0.0.0.0/0"),
        *branch("other", 65201, "192.0.2.2", "172.21.0.0/16"),
    )
    assert "0.0.0.0/0" in nic(computed, "spoke/vm")
    assert "0.0.0.0/0" not in prefixes(computed, "other")
    halves = net(
        HUB,
        AA,
        *branch("branch", 65200, "192.0.2.1", "0.0.0.0/1", "128.0.0.0/1"),
        *branch("other", 65201, "192.0.2.2", "172.21.0.0/16"),
    )
    assert {"0.0.0.0/1", "128.0.0.0/1"} <= prefixes(halves, "other")


def test_V1_a_superset_of_the_vnet_is_passed_on():
    computed = net(
        HUB,
        AA,
        *branch("branch", 65200, "192.0.2.1", "10.0.0.0/8"),
        *branch("other", 65201, "192.0.2.2", "172.21.0.0/16"),
    )
    assert "10.0.0.0/8" in prefixes(computed, "other")


def test_V2_own_space_from_a_peer_is_refused_and_a_superset_taken():
    computed = net(HUB, AA, *branch("branch", 65200, "192.0.2.1", "10.0.7.0/24", CLOUD, "10.0.0.0/8"))
    assert prefixes(computed, "vpn", received="branch") == {"10.0.0.0/8"}


def test_A15_DOC16_a_path_with_the_gateways_asn_is_dropped_and_not_even_sent_to_a_gateway():
    computed = net(HUB, AA, *far(asn=65300), tunnel("vpn", "remote"), *branch("branch", 65300, "192.0.2.1"))
    assert SITE not in prefixes(computed, "vpn", advertised="remote")


def test_V7_two_gateways_of_one_asn_do_not_peer():
    computed = net(HUB, AA, *far(asn=65515), tunnel("vpn", "remote"))
    assert "10.8.0.0/16" not in prefixes(computed, "vpn")
    assert [f.rule for f in computed.control_plane.findings] == ["V7"]


def test_C7_static_prefixes_show_once_per_instance_and_vanish_with_their_connection():
    static = (HUB, AA, site("s", "vpn", "172.31.0.0/16"))
    assert nic(net(*static), "spoke/vm") == {"172.31.0.0/16": ["10.0.0.4", "10.0.0.5"]}
    down = {"connections": {"vpn-s": {"connectionStatus": "NotConnected"}}}
    assert nic(net(*static, down), "spoke/vm") == {}


def test_V3_static_prefixes_are_announced_to_peers():
    computed = net(HUB, AA, site("s", "vpn", "172.31.0.0/16"), *branch())
    assert aspaths(computed, "branch", "172.31.0.0/16") == {"65515"}


def test_C21_static_prefixes_of_a_connection_are_not_sent_to_its_peer():
    device, _ = branch()
    own = site("s", "vpn", "172.31.0.0/16", device="branch", asn=65200, bgpPeeringAddress="192.0.2.1")
    computed = net(HUB, AA, device, own, *branch("other", 65201, "192.0.2.2", "172.21.0.0/16"))
    assert "172.31.0.0/16" not in prefixes(computed, "branch")
    assert "172.31.0.0/16" in prefixes(computed, "other")


def test_C19_peer_addresses_travelled_in_2019_and_stay_today():
    def three(profile):
        return net(
            HUB,
            SINGLE,
            *branch(),
            *branch("other", 65201, "192.0.2.2", "172.21.0.0/16"),
            {"profile": profile},
        )

    today, then = three({}), three({"system-none-routes": "2018"})
    assert "192.0.2.1/32" not in prefixes(today, "other")
    assert aspaths(then, "other", "192.0.2.1/32") == {"65515"}
    assert "192.0.2.1/32" not in prefixes(then, "branch")
    assert "192.0.2.1/32" in prefixes(three({"vpn-peer-host-routes": "transit"}), "other")


def test_C20_without_bgp_the_remote_vnet_and_its_spokes_are_static_on_both_instances():
    computed = net(HUB, AA, *far(), tunnel("vpn", "remote", bgp=False))
    rows = [r for r in computed.rib("vpn", local_address="10.0.0.4").rows() if r["network"] == "10.9.0.0/16"]
    assert lines(rows, "origin", "weight") == [
        "10.9.0.0/16 - via 10.0.0.5 IBgp 32768",
        "10.9.0.0/16 - via itself Network 32768",
    ]
    assert nic(computed, "hub/vm") == {p: ["10.0.0.4", "10.0.0.5"] for p in ("10.8.0.0/16", "10.9.0.0/16")}
    assert set(nic(computed, "far/vm")) == {CLOUD, SPOKE}


def test_C20_such_routes_go_on_to_the_expressroute_gateway():
    computed = net(HUB, AA, *far(), tunnel("vpn", "remote", bgp=False), er(), circuit(), onprem())
    assert paths(computed, "gw", "10.8.0.0/16", at="10.0.0.12") == ["- via 10.0.0.4 *", "- via 10.0.0.5"]
    assert "10.8.0.0/16" not in prefixes(computed, "gw", advertised="er/primary")


def test_a_tunnel_declared_from_both_sides_is_one():
    once = net(HUB, AA, *far(), tunnel("vpn", "remote"))
    twice = net(HUB, AA, *far(), tunnel("vpn", "remote"), tunnel("remote", "vpn"))
    for node in ("vpn", "remote"):
        assert once.rib(node).rows() == twice.rib(node).rows()


def test_two_azure_gateways_over_local_network_gateways():
    def half(name, gateway, to, address, asn):
        made = site(name, gateway, device=None)
        made["localNetworkGateways"][name] = {"gateway": to, "asn": asn, "bgpPeeringAddress": address}
        made["connections"][f"{gateway}-{name}"]["enableBgp"] = True
        return made

    single = vpn("vpn", "hub", "10.0.0.4", asn=65010)
    computed = net(
        HUB,
        single,
        *far("10.8.0.4", asn=65300),
        half("to-far", "vpn", "remote", "10.8.0.4", 65300),
        half("to-hub", "remote", "vpn", "10.0.0.4", 65010),
    )
    assert aspaths(computed, "remote", SPOKE) == {"65010"}
    assert aspaths(computed, "vpn", "10.9.0.0/16") == {"65300"}


COEXIST = (HUB, AA, *branch(), er(), circuit(), onprem("ce", 65100, "172.22.0.0/16", neighbors=quiet("er")))


def test_C18_coexisting_gateways_swap_vnet_space_and_vpn_routes():
    computed = net(*COEXIST, site("s", "vpn", "172.31.0.0/16"))
    rows = [r for r in computed.rib("vpn", local_address="10.0.0.4").rows() if r["network"] == CLOUD]
    assert lines(rows, "origin", "weight") == [
        f"{CLOUD} - via 10.0.0.12 IBgp 32769",
        f"{CLOUD} - via 10.0.0.13 IBgp 32769",
        f"{CLOUD} - via itself Network 32768",
    ]
    assert "172.22.0.0/16" not in prefixes(computed, "vpn")
    given = {r["network"] for r in computed.rib("gw").rows() if r["origin"] == "IBgp"}
    assert given == {SITE, "172.31.0.0/16"}
    assert {r["weight"] for r in computed.rib("gw").rows() if r["origin"] == "IBgp"} == {32768}


def test_V6_without_a_route_server_neither_passes_the_others_routes_on():
    computed = net(*COEXIST)
    assert SITE not in prefixes(computed, "ce")
    assert "172.22.0.0/16" not in prefixes(computed, "branch")
    assert {s["rule"] for s in computed.why("er/primary", SITE).control} >= {"C-18"}


def test_V6_C15_a_route_server_with_branch_to_branch_opens_transit_and_replaces_the_direct_sessions():
    computed = net(*COEXIST, ars(), site("s", "vpn", "172.31.0.0/16"))
    assert aspaths(computed, "ce", SITE) == {"12076"}
    assert aspaths(computed, "branch", "172.22.0.0/16") == {"65515-12076-65100"}
    assert aspaths(computed, "er/primary", "172.31.0.0/16", received="gw") == {"65515"}
    sources = {r["sourcePeer"] for r in computed.rib("gw").rows() if r["origin"] == "IBgp"}
    assert sources == {"10.0.2.4", "10.0.2.5"}
    assert {r["weight"] for r in computed.rib("vpn").rows()} == {32768}


def test_V5_expressroute_wins_on_nics_and_the_vpn_path_waits_in_the_gateway():
    same = (HUB, AA, *branch(), er(), circuit())
    computed = net(*same, onprem("ce", 65100, SITE, neighbors=quiet("er")))
    assert nic(computed, "spoke/vm") == {SITE: ["unknown"] * 2}
    assert aspaths(computed, "gw", SITE) == {"12076-65100", "65200"}
    failed = computed.with_change({"devices": {"ce": {"bgp": {"enabled": False}}}})
    assert nic(failed, "spoke/vm") == {SITE: ["10.0.0.4", "10.0.0.5"]}


def test_V5_a_longer_vpn_prefix_still_wins():
    computed = net(
        HUB,
        AA,
        *branch("branch", 65200, "192.0.2.1", "172.20.4.0/24"),
        er(),
        circuit(),
        onprem("ce", 65100, SITE),
    )
    assert nic(computed, "spoke/vm") == {SITE: ["unknown"] * 2, "172.20.4.0/24": ["10.0.0.4", "10.0.0.5"]}


def test_S3_a_vpn_gateway_with_65515_gets_appliance_routes_over_ibgp_with_their_next_hop():
    computed = net(HUB, AA, *branch(), ars("nva"), nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"))
    assert paths(computed, "vpn", "10.50.0.0/16", at="10.0.0.4") == [
        "65001 via 10.0.1.4",
        "65001 via 10.0.1.4 *",
    ]
    assert aspaths(computed, "branch", "10.50.0.0/16") == {"65515-65001"}
    assert aspaths(computed, "nva", SITE) == {"65515-65200"}


def test_S4_a_vpn_gateway_with_another_asn_hears_the_route_server_itself():
    own = vpn("vpn", "hub", "10.0.0.4", "10.0.0.5", asn=65004)
    computed = net(HUB, own, *branch(), ars("nva"), nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"))
    assert paths(computed, "vpn", "10.50.0.0/16", at="10.0.0.4") == [
        "65515-65001 via 10.0.0.5",
        "65515-65001 via 10.0.2.4 *",
        "65515-65001 via 10.0.2.5",
    ]
    assert aspaths(computed, "nva", SITE) == {"65515-65004-65200"}
    assert aspaths(computed, "branch", "10.50.0.0/16") == {"65004-65515-65001"}
    assert CLOUD not in {r["network"] for r in computed.rib("vpn", received="ars").rows()}


def test_C9_with_a_route_server_both_instances_are_next_hops_where_it_hears_both():
    own = vpn("vpn", "hub", "10.0.0.4", "10.0.0.5", asn=65004)
    prepend = {"vpn": {"instances": {"10.0.0.5": {"export": [{"set": {"prepend": 1}}]}}}}
    computed = net(HUB, own, *branch(neighbors=prepend), ars())
    assert best(computed, "vpn", SITE) == {"65200"}
    assert nic(computed, "spoke/vm")[SITE] == ["10.0.0.4", "10.0.0.5"]


def test_R10_a_vpn_gateway_does_not_pass_on_an_appliances_default():
    computed = net(HUB, AA, *branch(), ars("nva"), nva("nva", "10.0.1.4", 65001, "0.0.0.0/0"))
    assert "0.0.0.0/0" in prefixes(computed, "vpn")
    assert "0.0.0.0/0" not in prefixes(computed, "branch")


def test_R12_C8_a_point_to_site_pool_is_programmed_and_goes_to_tunnels_only():
    pool = vpn("vpn", "hub", "10.0.0.4", "10.0.0.5", vpnClientAddressPool=["172.16.201.0/24"])
    computed = net(
        HUB, pool, *branch(), er(), circuit(), onprem("ce", 65100, "172.22.0.0/16"), ars("nva"), nva()
    )
    assert nic(computed, "spoke/vm")["172.16.201.0/24"] == ["unknown"]
    assert "172.16.201.0/24" in prefixes(computed, "branch")
    assert "172.16.201.0/24" not in prefixes(computed, "ce") | prefixes(computed, "nva")


@pytest.mark.parametrize(
    "change",
    [
        {"connections": {"vpn-site-branch": {"connectionStatus": "NotConnected"}}},
        {"devices": {"branch": {"bgp": {"enabled": False}}}},
        {"devices": {"branch": {"bgp": {"neighbors": {"vpn": {"enabled": False}}}}}},
    ],
    ids=["tunnel", "router", "session"],
)
def test_what_is_down_carries_nothing(change):
    computed = net(HUB, AA, *branch()).with_change(change)
    assert SITE not in nic(computed, "spoke/vm")
    assert prefixes(computed, "branch") == {SITE}


def test_one_instance_down_leaves_the_other():
    down = {"vpn": {"instances": {"10.0.0.4": {"enabled": False}}}}
    computed = net(HUB, AA, *branch(neighbors=down))
    assert nic(computed, "spoke/vm")[SITE] == ["10.0.0.5"]
    assert paths(computed, "vpn", SITE, at="10.0.0.4") == ["65200 via 10.0.0.5 *"]


def test_a_wrong_asn_is_a_finding_and_no_session():
    device, _ = branch()
    computed = net(
        HUB, AA, device, site("s", "vpn", device="branch", asn=65299, bgpPeeringAddress="192.0.2.1")
    )
    assert SITE not in prefixes(computed, "vpn")
    assert [f.rule for f in computed.control_plane.findings] == ["S9"]


def test_C26_a_vpn_gateway_lists_no_ipv6():
    dual = {"virtualNetworks": {"hub": {"addressSpace": ["fd00:1::/48"]}}}
    assert all(":" not in p for p in prefixes(net(HUB, dual, AA, *branch()), "vpn"))
