# ruff: noqa: N802
"""Consequences of breached BGP limits: connections and sessions that go down, worst first."""

from control.bgp import HUB, ars, aspaths, circuit, er, net, nic, nva, onprem, prefixes, quiet, site, vpn

SITE = "172.20.0.0/16"
ONE = (HUB, er(), circuit(), onprem("ce", 65100, neighbors=quiet("er")))


def many(count, start=0):
    return [f"100.{64 + i // 256}.{i % 256}.0/24" for i in range(start, start + count)]


def limits(**values):
    return {"limits": {key.replace("__", "."): value for key, value in values.items()}}


def enforced(network):
    return [(e.rule, e.subject, e.used, e.allowed) for e in network.control_plane.enforced]


def test_nothing_happens_below_the_limit_and_nothing_without_asking():
    over = (*ONE, limits(er__prefixes_to_onprem_v4=1))
    assert enforced(net(*over)) == []
    assert nic(net(*over), "hub/vm") == {SITE: ["unknown"] * 2}
    assert enforced(net(*ONE, limits(er__prefixes_to_onprem_v4=2), enforce_limits=True)) == []


def test_L2_over_the_limit_a_connection_goes_down_in_both_directions():
    computed = net(*ONE, limits(er__prefixes_to_onprem_v4=1), enforce_limits=True)
    assert enforced(computed) == [("L2", "gw/gw-er", 2, 1)]
    assert prefixes(computed, "er/primary") == {SITE}
    assert nic(computed, "hub/vm") == {}


def test_L1_route_server_routes_count_and_summaries_help():
    appliance = nva("nva", "10.0.1.4", 65001, *many(3))
    parts = (*ONE, ars("nva"), appliance, limits(er__prefixes_to_onprem_v4=4))
    assert enforced(net(*parts, enforce_limits=True)) == [("L2", "gw/gw-er", 5, 4)]
    summary = {"virtualNetworks": {"hub": {"summarizedGatewayPrefixes": ["10.0.0.0/15"]}}}
    assert enforced(net(*parts, summary, enforce_limits=True)) == []


def test_L2_at_1001_prefixes_by_default():
    def spokes(count):
        names = [f"s{i}" for i in range(count)]
        return {
            "virtualNetworks": {
                n: {"location": "north", "addressSpace": [f"100.{64 + i // 256}.{i % 256}.0/24"]}
                for i, n in enumerate(names)
            },
            "peerings": [{"hub": "hub", "spokes": names, "gatewayTransit": True}],
        }

    assert enforced(net(*ONE, spokes(998), enforce_limits=True)) == []
    assert enforced(net(*ONE, spokes(999), enforce_limits=True)) == [("L2", "gw/gw-er", 1001, 1000)]


def test_L3_a_customer_session_is_dropped_and_the_other_link_too():
    computed = net(
        HUB,
        er(),
        circuit(),
        onprem("ce", 65100, *many(5)),
        limits(er__prefixes_from_onprem_v4__standard=4),
        enforce_limits=True,
    )
    assert {rule for rule, *_ in enforced(computed)} == {"L3"}
    assert nic(computed, "hub/vm") == {}
    assert aspaths(computed, "er/primary", "10.0.0.0/16") == {"65515"}


def test_L3_premium_takes_10000():
    premium = {"expressRouteCircuits": {"er": {"sku": "Premium"}}}
    parts = (HUB, er(), circuit(), onprem("ce", 65100, *many(4001), neighbors=quiet("er")))
    assert len(enforced(net(*parts, enforce_limits=True))) == 2
    assert enforced(net(*parts, premium, enforce_limits=True)) == []


def test_L4_a_vpn_session_is_dropped():
    branch = {
        "devices": {
            "branch": {"kind": "onprem", "loopback": "192.0.2.1", "bgp": {"asn": 65200, "networks": many(3)}}
        }
    }
    link = site("s", "vpn", device="branch", asn=65200, bgpPeeringAddress="192.0.2.1")
    computed = net(
        HUB, vpn("vpn", "hub", "10.0.0.4"), branch, link, limits(vpn__bgp_prefixes=2), enforce_limits=True
    )
    assert [rule for rule, *_ in enforced(computed)] == ["L4"]
    assert set(nic(computed, "hub/vm")) == {"192.0.2.1/32"}


def test_L5_a_route_server_drops_the_peer_that_is_over_and_keeps_the_other():
    computed = net(
        HUB,
        ars("nva", "nvb"),
        nva("nva", "10.0.1.4", 65001, *many(3)),
        nva("nvb", "10.0.1.5", 65002, *many(2)),
        limits(ars__routes_per_peer=2),
        enforce_limits=True,
    )
    assert {(rule, subject.split(" from ")[1]) for rule, subject, *_ in enforced(computed)} == {("L5", "nva")}
    assert nic(computed, "hub/vm") == {p: ["10.0.1.5"] for p in many(2)}


def test_the_worst_goes_first_and_may_cure_the_rest():
    """The peer that floods the route server also pushes the connection over: dropping it is enough."""
    computed = net(
        *ONE,
        ars("nva"),
        nva("nva", "10.0.1.4", 65001, *many(30)),
        limits(ars__routes_per_peer=3, er__prefixes_to_onprem_v4=10),
        enforce_limits=True,
    )
    assert [rule for rule, *_ in enforced(computed)] == ["L5", "L5"]
    assert nic(computed, "hub/vm") == {SITE: ["unknown"]}


def test_a_connection_that_went_down_is_what_an_explanation_names():
    computed = net(*ONE, limits(er__prefixes_to_onprem_v4=1), enforce_limits=True)
    steps = computed.why("gw", SITE).control
    assert {s["because"] for s in steps} == {"the session went down: a limit was exceeded"}
