"""Explanations of the control plane: how a route came, why it won, where it was lost and what to change."""

import pytest
from control.bgp import HUB, ars, circuit, er, net, nva, onprem, quiet, site, tunnel, vpn

from routeng.azure.catalogue import rule_register
from routeng.azure.control_plane import UnknownNode
from routeng.lpm import Prefix

CLOUD, SITE = "10.0.0.0/16", "172.20.0.0/16"
ER = (HUB, er(), circuit(), onprem("ce", 65100, neighbors=quiet("er")))
CHAIN = (*ER, ars("nva"), nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"))


def story(network, node, prefix):
    return [(s["verdict"], s["node"]) for s in network.why(node, prefix).control]


def stopped(network, node, prefix):
    return {(s["peer"], s["rule"]) for s in network.why(node, prefix).control if s["verdict"] == "filtered"}


def test_a_route_is_told_from_its_origin_to_the_node():
    told = story(net(*CHAIN), "nva", SITE)
    way = [node for verdict, node in told if verdict in ("origin", "via")]
    assert way == ["ce", "er/primary", "gw", "ars", "nva"]


def test_each_hop_shows_the_path_as_it_arrived_and_the_kind_of_session():
    steps = [s for s in net(*CHAIN).why("nva", SITE).control if s["verdict"] == "via"]
    assert [(s["as_path"], s["rule"]) for s in steps] == [
        ("65100", "S7"),
        ("12076-65100", "S5"),
        ("12076-65100", "S3"),
        ("65515-12076-65100", "S1"),
    ]


def test_an_address_is_explained_by_the_longest_prefix_that_covers_it():
    steps = net(*CHAIN).why("gw", "172.20.7.9").control
    assert {s["prefix"] for s in steps} == {SITE}


def test_a_longer_prefix_that_is_filtered_is_named_before_the_shorter_one_that_is_held():
    deny = {
        "er": {
            "export": [
                {"match": {"prefix": "172.20.1.0/24"}, "deny": True},
                {"match": {"from": "local"}},
                {"deny": True},
            ]
        }
    }
    computed = net(HUB, er(), circuit(), onprem("ce", 65100, SITE, "172.20.1.0/24", neighbors=deny))
    steps = computed.why("gw", "172.20.1.5").control
    assert (steps[0]["verdict"], steps[0]["prefix"]) == ("filtered", "172.20.1.0/24")
    assert ("wins", SITE) in {(s["verdict"], s["prefix"]) for s in steps}


def test_nothing_known_is_said_plainly():
    steps = net(*CHAIN).why("gw", "203.0.113.0/24").control
    assert [(s["verdict"], s["because"]) for s in steps] == [
        ("absent", "no speaker announces a prefix that covers it")
    ]


@pytest.mark.parametrize(
    ("network", "node", "prefix", "peer", "rule"),
    [
        (
            (*ER, nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"), ars("nva", branch=False)),
            "gw",
            "10.50.0.0/16",
            "ars",
            "R9",
        ),
        ((*ER, nva(), ars("nva", branch=False)), "nva", SITE, "ars", "R7"),
        (
            (
                HUB,
                ars("nva", "nvb", branch=False),
                nva("nva", "10.0.1.4", 65001, "10.50.0.0/16"),
                nva("nvb", "10.0.1.5", 65002),
            ),
            "nvb",
            "10.50.0.0/16",
            "ars",
            "C-11",
        ),
        (
            (HUB, ars("nva"), nva("nva", "10.0.1.4", 65001, "10.1.4.0/24")),
            "ars",
            "10.1.4.0/24",
            "nva",
            "C-12",
        ),
        (
            (
                HUB,
                er(),
                circuit(),
                onprem(),
                {"virtualNetworks": {"hub": {"summarizedGatewayPrefixes": ["10.0.0.0/14"]}}},
            ),
            "er/primary",
            CLOUD,
            "gw",
            "G3",
        ),
    ],
    ids=["R9", "R7", "C-11", "C-12", "G3"],
)
def test_what_is_missing_names_where_it_was_lost_and_the_rule(network, node, prefix, peer, rule):
    computed = net(*network)
    assert (peer, rule) in stopped(computed, node, prefix)
    if rule != "C-12":
        assert all(s["change"] for s in computed.why(node, prefix).control if s["rule"] == rule)


def test_a_hairpin_that_is_off_names_both_the_rule_and_the_switch():
    far = {
        "virtualNetworks": {
            "hub2": {
                "location": "south",
                "addressSpace": ["10.2.0.0/16"],
                "subnets": {"GatewaySubnet": {"addressPrefix": "10.2.0.0/26"}},
            }
        }
    }
    computed = net(*ER, far, er("gw2", "hub2", allowRemoteVnetTraffic=True))
    steps = [s for s in computed.why("gw2", CLOUD).control if s["rule"] == "H2"]
    assert {s["peer"] for s in steps} == {"er/primary", "er/secondary"}
    assert "allowRemoteVnetTraffic is off on gw" in steps[0]["because"]
    assert "allowRemoteVnetTraffic" in steps[0]["change"]


def test_an_export_rule_is_named_with_its_device():
    computed = net(
        HUB,
        ars("nva"),
        nva("nva", "10.0.1.4", 65001, "10.50.0.0/16", neighbors={"ars": {"export": [{"deny": True}]}}),
    )
    step = computed.why("ars", "10.50.0.0/16").control[0]
    assert (step["rule"], step["peer"], step["change"]) == ("policy", "nva", "the export rules of nva")


def test_a_session_that_is_down_is_named():
    computed = net(*ER).with_change({"connections": {"gw-er": {"connectionStatus": "NotConnected"}}})
    assert stopped(computed, "gw", SITE) == {("er/primary", "down"), ("er/secondary", "down")}


def test_a_default_that_a_vpn_gateway_keeps_names_the_way_out():
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
        vpn("vpn", "hub", "10.0.0.4", "10.0.0.5"),
        far,
        vpn("remote", "far", "10.8.0.4", asn=65300),
        tunnel("vpn", "remote"),
        ars("nva"),
        nva("nva", "10.0.1.4", 65001, "0.0.0.0/0"),
    )
    steps = [s for s in computed.why("remote", "0.0.0.0/0").control if s["rule"] == "R10"]
    assert steps
    assert "128.0.0.0/1" in steps[0]["change"]


def test_instances_that_differ_are_both_told():
    single = {"ars": {"instances": {"10.0.2.5": {"enabled": False}}}}
    computed = net(HUB, ars("nva"), nva("nva", "10.0.1.4", 65001, "10.50.0.0/16", neighbors=single))
    verdicts = {s["verdict"] for s in computed.why("ars", "10.50.0.0/16").control}
    assert {"wins", "filtered"} <= verdicts


def test_a_place_is_told_how_its_gateway_route_came():
    found = net(*CHAIN).why("spoke/vm", SITE)
    assert found.found
    assert found.control[0]["verdict"] == "programmed"
    assert [s["node"] for s in found.control if s["verdict"] in ("origin", "via")] == [
        "ce",
        "er/primary",
        "gw",
        "ars",
    ]


@pytest.mark.parametrize(("prefix", "rule"), [("10.1.4.0/24", "C-3"), ("169.254.8.0/24", "C-4")])
def test_a_route_that_is_kept_from_nics_is_named(prefix, rule):
    computed = net(
        HUB,
        ars("nva"),
        nva("nva", "10.0.1.4", 65001, prefix),
        {"profile": {"ars-local-prefixes-learned": "listed"}},
    )
    steps = computed.control_plane.why_programmed("hub", Prefix(prefix))
    assert ("kept out", rule) in {(s["verdict"], s["rule"]) for s in steps}


def test_an_unknown_node_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownNode) as caught:
        net(*CHAIN).control_plane.rib("arz")
    assert caught.value.nearest == "ars"


def test_rules_named_by_explanations_are_in_the_register():
    register = rule_register()
    computed = net(*CHAIN, vpn("vpn", "hub", "10.0.0.4", "10.0.0.5"), site("s", "vpn", "172.31.0.0/16"))
    for node in computed.nodes():
        for prefix in map(str, computed.control_plane.solution.partition.of):
            for step in computed.why(node, prefix).control:
                if step["rule"] not in ("", "policy", "split horizon", "down"):
                    assert step["rule"] in register, step
