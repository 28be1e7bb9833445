# ruff: noqa: N802
"""The mistakes M1 to M14 of chapter 6.5: what each does to RIBs and NIC tables."""

import pytest
from control.bgp import best, document, example, net, nic, paths, prefixes

SITE = "10.2.0.0/16"
FAR = ("192.168.2.0/24", "192.168.3.0/24")
FULL, BYPASS, TRANSIT = (
    "two-hubs-full-inspection",
    "two-hubs-bypass-onprem-inspection",
    "two-hubs-transit-vnets",
)


def neighbours(**devices):
    """A patch of what appliances configure: ``nva1={"ars1": {...}}``."""
    return {"devices": {name: {"bgp": {"neighbors": entry}} for name, entry in devices.items()}}


def spokes(**table):
    return {"routeTables": dict.fromkeys(("rt-spoke-r1", "rt-spoke-r2"), table)}


UNFILTERED = neighbours(
    nva1={"ars1": {"asOverride": True, "export": None}, "ars2": {"asOverride": True, "export": None}},
    nva2={"ars1": {"asOverride": True, "export": None}, "ars2": {"asOverride": True, "export": None}},
)


def test_M1_without_as_override_the_remote_prefixes_are_dropped():
    broken = example(
        FULL, neighbours(nva1={"ars2": {"asOverride": None}}, nva2={"ars1": {"asOverride": None}})
    )
    assert prefixes(broken, "ars1") == {"10.0.0.0/16", "192.168.0.0/24", "192.168.1.0/24", SITE}
    assert nic(broken, "nva1") == {SITE: ["unknown"]}
    assert prefixes(broken, "gw1", advertised="exr1/primary") == {
        "10.0.0.0/16",
        "192.168.0.0/24",
        "192.168.1.0/24",
    }
    steps = broken.why("ars1", FAR[0]).control
    assert ("R1", "nva2") in {(s["rule"], s["peer"]) for s in steps}
    assert any("as-override" in s["change"] for s in steps)


def test_M2_spokes_with_propagation_and_no_user_route_get_an_unreachable_next_hop():
    broken = example(FULL, spokes(disableBgpRoutePropagation=False, routes=[]))
    assert nic(broken, "spoke1/vm") == {SITE: ["unknown"], **{p: ["10.1.1.4"] for p in ("10.1.0.0/16", *FAR)}}


def test_M3_without_an_export_filter_hub_nics_share_load_with_the_appliance_itself():
    broken = example(FULL, UNFILTERED)
    for prefix in FAR:
        assert nic(broken, "nva1")[prefix] == ["10.0.1.4", "10.1.1.4"]
        assert best(broken, "ars1", prefix) <= {"65001-65001", "65002-65002"}


def test_M4_with_hairpin_on_inter_hub_traffic_leaves_through_the_circuit():
    hairpin = {"virtualNetworkGateways": {g: {"allowRemoteVnetTraffic": True} for g in ("gw1", "gw2")}}
    broken = example(FULL, hairpin)
    rows = [r for r in broken.rib("gw1").rows() if r["network"] == FAR[0] and r["best"]]
    assert {(r["asPath"], r["weight"]) for r in rows} == {("12076-12076", 32869)}
    assert best(broken, "ars1", FAR[0]) == {"12076-12076"}
    assert nic(broken, "nva1")[FAR[0]] == ["unknown"]


def test_M4_in_scenario_2_only_hub_and_transit_vnets_are_affected():
    hairpin = {"virtualNetworkGateways": {g: {"allowRemoteVnetTraffic": True} for g in ("gw1", "gw2")}}
    broken = example(TRANSIT, hairpin)
    assert best(broken, "gw1", "192.168.2.0/23") == {"65002-65002-65002"}
    assert best(broken, "gw1", "10.20.0.0/24") == {"12076-12076"}


def test_M5_a_user_default_does_not_help_against_the_longer_gateway_routes():
    broken = example(FULL, spokes(disableBgpRoutePropagation=False))
    assert nic(broken, "spoke1/vm") == {SITE: ["unknown"], **{p: ["10.1.1.4"] for p in ("10.1.0.0/16", *FAR)}}
    assert broken.lookup("spoke1/vm", "192.168.2.10").next_hops == ("10.1.1.4",)


def test_M6_without_propagation_spokes_lose_their_on_premises_routes():
    assert nic(example(BYPASS), "spoke1/vm")[SITE] == ["unknown"]
    assert nic(example(BYPASS, spokes(disableBgpRoutePropagation=True)), "spoke1/vm") == {}


@pytest.mark.parametrize(
    "routes",
    [
        [],
        [{"addressPrefix": "192.168.0.0/16", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "@nva1"}],
    ],
    ids=["missing", "broader"],
)
def test_M7_a_missing_or_broader_user_route_leaves_the_gateway_route_active(routes):
    broken = example(BYPASS, {"routeTables": {"rt-spoke-r1": {"routes": routes}}})
    row = next(r for r in broken.routes("spoke1/vm").rows() if r["addressPrefix"] == ["192.168.2.0/23"])
    assert (row["source"], row["state"], row["nextHopIpAddress"]) == (
        "VirtualNetworkGateway",
        "Active",
        ["10.1.1.4"],
    )
    assert broken.lookup("spoke1/vm", "192.168.2.10").next_hops == ("10.1.1.4",)


def own_export(supernet, **change):
    return [{"match": {"prefix": supernet}, **change}, {"deny": True}]


def prepends(local, remote):
    """What both appliances of scenario 2 prepend towards the local and the remote server."""

    def entry(supernet, near, far):
        return {
            near: {"export": own_export(supernet, **({"set": {"prepend": local}} if local else {}))},
            far: {"export": own_export(supernet, **({"set": {"prepend": remote}} if remote else {}))},
        }

    return neighbours(
        nva1=entry("192.168.0.0/23", "ars1", "ars2"), nva2=entry("192.168.2.0/23", "ars2", "ars1")
    )


def gateways_in_a_tie(network):
    """The gateways whose paths tie at an MSEE for the first supernet."""
    rows = [r for r in network.rib("exr1/primary").rows() if r["network"] == "192.168.0.0/23"]
    shortest = min(len(r["asPath"].split("-")) for r in rows if r["sourcePeer"] in ("gw1", "gw2"))
    return {
        r["sourcePeer"] for r in rows if len(r["asPath"].split("-")) == shortest and r["sourcePeer"] != "ce1"
    }


@pytest.mark.parametrize(("local", "remote"), [(0, 0), (2, 2)], ids=["M8-no-prepend", "M14-same-prepend"])
def test_M8_M14_Q10_without_a_difference_in_prepends_the_msee_has_a_tie(local, remote):
    broken = example(TRANSIT, prepends(local, remote))
    assert gateways_in_a_tie(broken) == {"gw1", "gw2"}
    assert gateways_in_a_tie(example(TRANSIT)) == {"gw1"}
    ties = [s for s in broken.why("exr1/primary", "192.168.0.0/23").control if s["verdict"] == "ties"]
    assert {s["rule"] for s in ties} == {"Q10"}
    assert {s["peer"] for s in ties} == {"gw1", "gw2"}


@pytest.mark.parametrize(
    ("count", "hops"), [(2, ["10.10.0.4", "10.20.0.4"]), (3, ["10.10.0.4"])], ids=["two-share", "three-loop"]
)
def test_M9_as_override_without_filter_in_scenario_2_points_hub_nics_at_the_local_appliance(count, hops):
    def entry(supernet, near, far):
        prepended = [{"match": {"prefix": supernet}, "set": {"prepend": count}}]
        return {near: {"asOverride": True, "export": None}, far: {"asOverride": True, "export": prepended}}

    broken = example(
        TRANSIT,
        neighbours(
            nva1=entry("192.168.0.0/23", "ars1", "ars2"), nva2=entry("192.168.2.0/23", "ars2", "ars1")
        ),
    )
    assert nic(broken, "nva1")["192.168.2.0/23"] == hops


def test_M10_a_transit_vnet_without_gateway_transit_hears_nothing_and_is_not_announced():
    broken = document(TRANSIT)
    first = next(p for p in broken["peerings"] if p.get("spokes") == ["transit1"])
    first["gatewayTransit"] = False
    network = net(broken)
    assert paths(network, "ars1", "192.168.0.0/23", at="10.0.2.4") == ["65001 via 10.10.0.4 *"]
    assert nic(network, "nva1") == {}
    assert "10.10.0.0/24" not in prefixes(network, "gw1", advertised="exr1/primary")


def test_M11_a_spoke_without_its_user_route_on_the_gateway_subnet_is_reached_directly():
    broken = example(
        FULL,
        {
            "routeTables": {
                "rt-gw1": {
                    "routes": [
                        {
                            "addressPrefix": "192.168.0.0/24",
                            "nextHopType": "VirtualAppliance",
                            "nextHopIpAddress": "@nva1",
                        }
                    ]
                }
            }
        },
    )
    assert broken.lookup("hub1/GatewaySubnet", "192.168.0.10").next_hop_type == "VirtualAppliance"
    assert broken.lookup("hub1/GatewaySubnet", "192.168.1.10").next_hop_type == "VNetPeering"


def test_M12_preferring_appliances_that_readvertise_on_premises_crosses_regions():
    servers = {"routeServers": {name: {"hubRoutingPreference": "VpnGateway"} for name in ("ars1", "ars2")}}
    broken = example(FULL, UNFILTERED, servers)
    assert best(broken, "ars2", SITE) <= {"65001-65001-12076-65000", "65002-65002-12076-65000"}
    assert not any(hop == "unknown" for hop in nic(broken, "nva2")[SITE])
    assert nic(example(FULL), "nva2")[SITE] == ["unknown"]


def test_M13_without_its_gateway_a_hub_loses_on_premises_though_the_appliance_knows_it():
    broken = example(FULL, {"virtualNetworkGateways": {"gw1": {"adminState": "Disabled"}}})
    assert SITE not in prefixes(broken, "ars1")
    assert SITE not in nic(broken, "nva1")
    assert paths(broken, "nva1", SITE) == [
        "65515-12076-65000 via 10.1.2.4 *",
        "65515-12076-65000 via 10.1.2.5",
    ]
    steps = broken.why("ars1", SITE).control
    assert ("policy", "nva1") in {(s["rule"], s["peer"]) for s in steps}
