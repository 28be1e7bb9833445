# ruff: noqa: N802
"""Appliances and on-premises routers: policies, habits of their software, sessions among themselves."""

import pytest
from control.bgp import (
    HUB,
    ars,
    aspaths,
    best,
    circuit,
    er,
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

from routeng.inputs.errors import InputErrors

ONE = (HUB, er(), circuit())
CLOUD, SITE = "10.0.0.0/16", "172.20.0.0/16"


def rules(*export, **entry):
    return {"ars": {"export": list(export), **entry}}


def sent(*export, networks=("10.50.0.0/16", "10.60.0.0/24", "10.60.1.0/25"), asn=65001):
    computed = net(HUB, ars("nva"), nva("nva", "10.0.1.4", asn, *networks, neighbors=rules(*export)))
    return {
        r["network"]: r["asPath"]
        for r in computed.rib("ars", received="nva", local_address="10.0.2.4").rows()
    }


def test_no_rule_means_everything_and_a_single_deny_nothing():
    assert set(sent()) == {"10.50.0.0/16", "10.60.0.0/24", "10.60.1.0/25"}
    assert sent({"deny": True}) == {}


def test_the_first_match_wins_and_what_matches_nothing_passes():
    assert set(sent({"match": {"prefix": "10.50.0.0/16"}, "deny": True})) == {"10.60.0.0/24", "10.60.1.0/25"}
    assert set(sent({"match": {"prefix": "10.50.0.0/16"}}, {"deny": True})) == {"10.50.0.0/16"}
    assert set(
        sent(
            {"match": {"prefix": "10.60.0.0/24"}, "accept": True},
            {"match": {"prefix": "10.60.0.0/16 le 32"}, "deny": True},
        )
    ) == {"10.50.0.0/16", "10.60.0.0/24"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.60.0.0/16", set()),
        ("10.60.0.0/16 le 24", {"10.60.0.0/24"}),
        ("10.60.0.0/16 ge 25", {"10.60.1.0/25"}),
        ("10.60.0.0/16 ge 17 le 25", {"10.60.0.0/24", "10.60.1.0/25"}),
        (["10.50.0.0/16", "10.60.0.0/24"], {"10.50.0.0/16", "10.60.0.0/24"}),
    ],
)
def test_prefix_matches(text, expected):
    assert set(sent({"match": {"prefix": text}}, {"deny": True})) == expected


@pytest.mark.parametrize(
    ("prepend", "path"), [(2, "65001-65001-65001"), ([65009, 65008], "65001-65009-65008"), (0, "65001")]
)
def test_prepends_repeat_the_own_asn_or_put_a_list(prepend, path):
    assert sent({"set": {"prepend": prepend}}, networks=("10.50.0.0/16",)) == {"10.50.0.0/16": path}


def test_a_prepend_for_one_prefix_leaves_the_others():
    found = sent({"match": {"prefix": "10.60.0.0/24"}, "set": {"prepend": 1}})
    assert found == {"10.50.0.0/16": "65001", "10.60.0.0/24": "65001-65001", "10.60.1.0/25": "65001"}


def test_import_rules_see_path_communities_and_source():
    chosen = {
        "er": {
            "import": [
                {"match": {"asPathRegex": "^12076$", "prefix": CLOUD}, "set": {"localPreference": 300}},
                {"match": {"community": "12076:20031"}, "deny": True},
                {"match": {"asPathContains": 65099}, "deny": True},
            ]
        }
    }
    marked = {"virtualNetworks": {"spoke": {"virtualNetworkCommunity": "12076:20031"}}}
    computed = net(*ONE, onprem("ce", 65100, neighbors=chosen), marked)
    assert {r["localPref"] for r in computed.rib("ce").rows() if r["network"] == CLOUD} == {300}
    assert "10.1.0.0/16" not in prefixes(computed, "ce")


def test_weight_and_local_preference_of_a_neighbour_and_of_one_link():
    preferred = {"er/primary": {}, "er/secondary": {"localPreference": 200}}
    computed = net(*ONE, onprem("ce", 65100, neighbors=preferred))
    chosen = [r for r in computed.rib("ce").rows() if r["network"] == CLOUD and r["best"]]
    assert [(r["sourcePeer"], r["localPref"]) for r in chosen] == [("192.168.0.6", 200)]
    weighted = net(*ONE, onprem("ce", 65100, neighbors={"er/secondary": {"weight": 10}}))
    assert [r["sourcePeer"] for r in weighted.rib("ce").rows() if r["network"] == CLOUD and r["best"]] == [
        "192.168.0.6"
    ]


def test_match_from_tells_routes_by_the_neighbour_that_gave_them():
    passed = {"er2": {"export": [{"match": {"from": "er"}, "deny": True}]}}
    both = (HUB, er(circuits={"er": 0}), circuit(), circuit("er2", "ce", 1))
    far = {
        "virtualNetworks": {
            "hub2": {
                "location": "south",
                "addressSpace": ["10.2.0.0/16"],
                "subnets": {"GatewaySubnet": {"addressPrefix": "10.2.0.0/26"}},
            }
        }
    }
    computed = net(*both, onprem("ce", 65100, neighbors=passed), far, er("gw2", "hub2", circuits={"er2": 0}))
    assert CLOUD not in prefixes(computed, "gw2")
    assert "10.2.0.0/16" in prefixes(computed, "gw")


def test_C27_tie_break_settles_a_choice_that_is_not_recorded():
    def chosen(*order):
        computed = net(*ONE, onprem("ce", 65100, tieBreak=list(order)))
        return {r["sourcePeer"] for r in computed.rib("ce").rows() if r["network"] == CLOUD and r["best"]}

    assert chosen("er/secondary", "er/primary") == {"192.168.0.6"}
    assert chosen("er/primary") == {"192.168.0.2"}


@pytest.mark.parametrize("software", ["frr", "ios", "quagga"])
def test_C13_frr_and_ios_send_their_best_back_to_who_gave_it(software):
    echo = nva(
        "nva", "10.0.1.4", 65001, "10.50.0.0/16", neighbors={"ars": {"asOverride": True}}, software=software
    )
    computed = net(HUB, ars("nva"), echo, {"profile": {"ars-local-prefixes-learned": "listed"}})
    for instance in ("10.0.2.4", "10.0.2.5"):
        assert paths(computed, "ars", CLOUD, at=instance, received="nva") == ["65001-65001 via 10.0.1.4"]


def test_C13_bird_sends_it_to_the_other_instance_only():
    bird = nva("nva", "10.0.1.4", 65001, neighbors={"ars": {"stripAs": [65515]}}, software="bird")
    computed = net(HUB, ars("nva"), bird, {"profile": {"ars-local-prefixes-learned": "listed"}})
    assert paths(computed, "ars", CLOUD, at="10.0.2.4", received="nva") == []
    assert paths(computed, "ars", CLOUD, at="10.0.2.5", received="nva") == ["65001 via 10.0.1.4"]


def test_what_a_router_announces_is_printed_with_the_path_on_the_wire():
    frr = nva("nva", "10.0.1.4", 65001, "10.50.0.0/16", software="frr")
    rows = net(HUB, ars("nva"), frr).rib("nva", advertised="ars").rows()
    assert {(r["network"], r["asPath"]) for r in rows} == {
        ("10.50.0.0/16", "65001"),
        (CLOUD, "65001-65515"),
        ("10.1.0.0/16", "65001-65515"),
    }


def test_static_and_connected_routes_are_redistributed():
    bird = nva(
        "nva",
        "10.0.1.4",
        65001,
        redistribute=["static", "connected"],
        staticRoutes=[{"prefix": "0.0.0.0/0", "via": "10.0.1.1"}],
        loopback="192.0.2.9",
    )
    rows = {
        r["network"]: r["nextHop"] for r in net(HUB, ars("nva"), bird).rib("nva").rows() if r["asPath"] == ""
    }
    assert rows == {"0.0.0.0/0": "10.0.1.1", "10.0.1.0/24": None, "192.0.2.9/32": None}


def test_two_links_share_load_with_max_paths():
    one, two = net(*ONE, onprem()), net(*ONE, onprem("ce", 65100, maxPaths=2))
    for computed in (one, two):
        assert len(paths(computed, "ce", CLOUD)) == 2
    entry = two.control_plane.solution.rib("ce", CLOUD)
    assert len(entry.multipath) == 2
    assert len(one.control_plane.solution.rib("ce", CLOUD).multipath) == 1


def test_B1_devices_peer_among_themselves_and_one_side_suffices():
    core = {
        "devices": {
            "core": {
                "kind": "onprem",
                "bgp": {
                    "asn": 65101,
                    "networks": ["172.21.0.0/16"],
                    "neighbors": {"ce": {"export": [{"set": {"prepend": 1}}]}},
                },
            }
        }
    }
    computed = net(*ONE, onprem(), core)
    assert aspaths(computed, "gw", "172.21.0.0/16") == {"12076-65100-65101-65101"}
    assert aspaths(computed, "core", CLOUD) == {"65100-12076"}


def test_ibgp_between_two_routers_of_a_site():
    second = {
        "devices": {
            "ce2": {
                "kind": "onprem",
                "bgp": {
                    "asn": 65100,
                    "networks": ["172.21.0.0/16"],
                    "neighbors": {"ce": {"nextHopSelf": True}},
                },
            }
        }
    }
    computed = net(*ONE, onprem(), second)
    assert aspaths(computed, "gw", "172.21.0.0/16") == {"12076-65100"}
    assert aspaths(computed, "ce2", CLOUD) == {"12076"}


def test_allowas_in_lets_a_site_hear_another_one_of_its_asn():
    parts = (HUB, er(circuits={"er": 0}), circuit(), onprem("ce", 65100, neighbors=quiet("er")))
    branch = {
        "devices": {
            "branch": {
                "kind": "onprem",
                "loopback": "192.0.2.1",
                "bgp": {"asn": 65100, "networks": ["172.21.0.0/16"], "neighbors": {"vpn": {}}},
            }
        }
    }
    link = site("s", "vpn", device="branch", asn=65100, bgpPeeringAddress="192.0.2.1")
    base = (*parts, vpn("vpn", "hub", "10.0.0.4", "10.0.0.5"), branch, link, ars())
    assert SITE not in prefixes(net(*base), "branch")
    allowed = net(*base).with_change(
        {"devices": {"branch": {"bgp": {"neighbors": {"vpn": {"allowasIn": 1}}}}}}
    )
    assert SITE not in prefixes(allowed, "branch"), "the gateway does not even send it (DOC-16)"


def test_a_device_entry_without_an_azure_side_is_a_finding_and_no_session():
    computed = net(HUB, ars(), nva("nva", "10.0.1.4", 65001, "10.50.0.0/16", neighbors={"ars": {}}))
    assert nic(computed, "hub/vm") == {}
    assert [(f.subject, f.rule) for f in computed.control_plane.findings] == [("nva/ars", "S2")]


def test_an_appliance_without_bgp_is_a_finding():
    silent = {"devices": {"nva": {"kind": "nva", "subnet": "hub/nva", "ip": "10.0.1.4"}}}
    assert [f.subject for f in net(HUB, ars("nva"), silent).control_plane.findings] == ["ars/nva"]


@pytest.mark.parametrize("asn", [65515, 12076, 65517, 8075, 23456, 64496, 65535])
def test_A7_reserved_asns_of_a_peer_are_refused(asn):
    with pytest.raises(InputErrors, match="A7"):
        net(HUB, ars("nva"), nva("nva", "10.0.1.4", asn, "10.50.0.0/16"))


@pytest.mark.parametrize("asn", [65001, 64512, 65100, 4200000001])
def test_A7_other_asns_are_fine(asn):
    computed = net(HUB, ars("nva"), nva("nva", "10.0.1.4", asn, "10.50.0.0/16"))
    assert nic(computed, "hub/vm") == {"10.50.0.0/16": ["10.0.1.4"]}


def test_A7_on_expressroute_only_65515_to_65520_are_reserved():
    with pytest.raises(InputErrors, match="A7"):
        net(*ONE, onprem("ce", 65517))
    assert SITE in prefixes(net(*ONE, onprem("ce", 64496)), "gw")


def test_S14_a_peer_address_that_no_vnet_holds_is_a_finding():
    outside = nva("nva", "192.0.2.4", 65001, "10.50.0.0/16")
    del outside["devices"]["nva"]["subnet"]
    found = net(HUB, ars("nva"), outside).control_plane.findings
    assert [f.rule for f in found] == ["S14"]


def test_R24_an_appliance_in_a_peered_vnet_with_a_gateway_of_its_own_works_and_is_a_finding():
    hub2 = {
        "virtualNetworks": {
            "hub2": {
                "location": "south",
                "addressSpace": ["10.2.0.0/16"],
                "subnets": {
                    "GatewaySubnet": {"addressPrefix": "10.2.0.0/26"},
                    "nva": {"addressPrefix": "10.2.1.0/24"},
                },
            }
        },
        "peerings": [{"vnets": ["hub", "hub2"]}],
    }
    computed = net(HUB, hub2, ars("nva"), nva("nva", "10.2.1.4", 65001, "10.50.0.0/16", place="hub2/nva"))
    assert best(computed, "ars", "10.50.0.0/16") == {"65001"}
    assert [f.rule for f in computed.control_plane.findings] == ["R24"]
