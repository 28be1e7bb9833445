# ruff: noqa: N802
"""Chapter 3: gateway routes and gateway transit, as far as tables of subnets show them."""

import pytest
from forwarding.tables import (
    appliance,
    expressroute,
    half,
    lines,
    network,
    peering,
    route_server,
    same,
    spokes,
    table,
    to,
    udr,
    vnet,
    vpn,
)

HUB = vnet(
    "hub", "10.0.0.0/16", subnets={"s": "10.0.1.0/24", "t": "10.0.2.0/24", "GatewaySubnet": "10.0.0.0/27"}
)
SPOKE = vnet("spoke", "10.1.0.0/16")
OTHER = vnet("other", "10.2.0.0/16")
SITE = vpn("hub", "50.0.0.0/8")
ROW = "VirtualNetworkGateway Active 50.0.0.0/8 VirtualNetworkGateway 20.0.0.1"


def learned(net, place):
    return [line for line in table(net, place) if line.startswith("VirtualNetworkGateway")]


def test_GW_1_static_prefixes_of_a_local_network_gateway_are_rows_of_all_subnets():
    net = network(HUB, vpn("hub", "50.0.0.0/8", "60.0.0.0/16"))
    for place in ("hub/s", "hub/t", "hub/GatewaySubnet"):
        same(
            learned(net, place),
            ROW,
            "VirtualNetworkGateway Active 60.0.0.0/16 VirtualNetworkGateway 20.0.0.1",
        )


def test_GW_2_an_active_standby_vpn_gateway_shows_its_public_address():
    same(learned(network(HUB, SITE), "hub/s"), ROW)


def test_GW_2_an_active_active_vpn_gateway_shows_the_addresses_of_its_instances():
    net = network(HUB, vpn("hub", "50.0.0.0/8", activeActive=True, bgpAddresses=["10.0.0.4", "10.0.0.5"]))
    same(
        learned(net, "hub/s"),
        "VirtualNetworkGateway Active 50.0.0.0/8 VirtualNetworkGateway 10.0.0.4,10.0.0.5",
    )


def test_GW_3_all_next_hops_of_a_prefix_are_active():
    net = network(HUB, vpn("hub", "50.0.0.0/8", activeActive=True, bgpAddresses=["10.0.0.4", "10.0.0.5"]))
    assert sorted(net.lookup("hub/s", "50.1.1.1").next_hops) == ["10.0.0.4", "10.0.0.5"]


def test_GW_4_a_spoke_with_transit_sees_the_rows_of_the_hubs_gateway():
    net = network(HUB, SPOKE, SITE, spokes("hub", "spoke"))
    same(learned(net, "spoke/s"), ROW)


@pytest.mark.parametrize(
    ("uses", "allows", "state"),
    [
        (False, True, "Connected"),
        (True, False, "Connected"),
        (False, False, "Connected"),
        (True, True, "Disconnected"),
    ],
)
def test_GW_4_without_both_flags_and_a_connected_link_a_spoke_sees_nothing(uses, allows, state):
    net = network(
        HUB,
        SPOKE,
        SITE,
        half("spoke", "hub", useRemoteGateways=uses),
        half("hub", "spoke", allowGatewayTransit=allows, peeringState=state),
    )
    same(learned(net, "spoke/s"))
    same(learned(net, "hub/s"), ROW)


def test_GW_4_the_flags_work_in_one_direction_only():
    """The spoke's gateway is not the hub's: allowing on the hub's half means that the spoke uses the hub's."""
    net = network(
        vnet("hub", "10.0.0.0/16"),
        SPOKE,
        vpn("spoke", "60.0.0.0/16"),
        half("spoke", "hub"),
        half("hub", "spoke", allowGatewayTransit=True),
    )
    same(learned(net, "hub/s"))


def test_GW_5_gateway_routes_come_from_one_place_only():
    net = network(HUB, SPOKE, OTHER, SITE, vpn("other", "60.0.0.0/16", name="vpn2"),
                  spokes("hub", "spoke"), peering("spoke", "other"))  # fmt: skip
    same(learned(net, "spoke/s"), ROW)


def test_GW_8_transit_works_over_global_peering():
    net = network(
        HUB,
        SPOKE,
        SITE,
        {"virtualNetworks": {"hub": {"location": "r1"}, "spoke": {"location": "r2"}}},
        spokes("hub", "spoke"),
    )
    assert ROW in table(net, "spoke/s")
    assert "Default Active 10.0.0.0/16 VNetGlobalPeering" in table(net, "spoke/s")


def test_GW_9_a_prefix_of_a_plain_peer_of_the_hub_is_a_gateway_row_in_the_spoke_and_a_peering_row_in_the_hub():
    net = network(
        HUB, SPOKE, OTHER, vpn("hub", "10.2.0.0/16"), spokes("hub", "spoke"), peering("hub", "other")
    )
    same(learned(net, "spoke/s"), "VirtualNetworkGateway Active 10.2.0.0/16 VirtualNetworkGateway 20.0.0.1")
    same(learned(net, "hub/s"))
    assert "Default Active 10.2.0.0/16 VNetPeering" in table(net, "hub/s")


def test_GW_10_prefixes_equal_to_or_inside_the_own_space_are_filtered_and_supersets_kept():
    net = network(HUB, vpn("hub", "10.0.0.0/16", "10.0.7.0/24", "10.0.0.0/15"))
    same(learned(net, "hub/s"), "VirtualNetworkGateway Active 10.0.0.0/15 VirtualNetworkGateway 20.0.0.1")


def test_GW_13_propagation_off_removes_all_gateway_rows_of_the_subnet_and_of_no_other():
    net = network(HUB, SPOKE, SITE, spokes("hub", "spoke"), udr("hub/s", disableBgpRoutePropagation=True),
                  udr("spoke/s", disableBgpRoutePropagation=True))  # fmt: skip
    same(learned(net, "hub/s"))
    same(learned(net, "spoke/s"))
    same(learned(net, "hub/t"), ROW)


def test_GW_13_propagation_off_touches_neither_peering_rows_nor_user_routes_to_the_gateway():
    net = network(
        HUB,
        SPOKE,
        SITE,
        spokes("hub", "spoke"),
        udr("spoke/s", "50.0.0.0/8 VirtualNetworkGateway", disableBgpRoutePropagation=True),
    )
    found = table(net, "spoke/s")
    assert "Default Active 10.0.0.0/16 VNetPeering" in found
    assert "User Active 50.0.0.0/8 VirtualNetworkGateway" in found


def test_GW_14_user_routes_on_the_gateway_subnet_show_like_everywhere():
    """A user route with the prefix of the peering row steers the gateway's traffic to the appliance (L1 step 7)."""
    net = network(HUB, SPOKE, SITE, spokes("hub", "spoke"),
                  udr("hub/GatewaySubnet", "10.1.0.0/16 VirtualAppliance 10.0.1.4"))  # fmt: skip
    found = table(net, "hub/GatewaySubnet")
    assert "Default Invalid 10.1.0.0/16 VNetPeering" in found
    assert "User Active 10.1.0.0/16 VirtualAppliance 10.0.1.4" in found
    assert ROW in found


def test_GW_15_summarized_gateway_prefixes_have_no_effect_on_effective_routes():
    plain = network(HUB, SPOKE, SITE, spokes("hub", "spoke"))
    summarized = network(HUB, SPOKE, SITE, spokes("hub", "spoke"),
                         {"virtualNetworks": {"hub": {"summarizedGatewayPrefixes": ["10.0.0.0/8"]}}})  # fmt: skip
    for place in ("hub/s", "spoke/s"):
        same(lines(summarized, place), *lines(plain, place))


def test_GW_1_a_route_server_and_an_expressroute_gateway_do_the_same():
    over_server = network(
        HUB, route_server("hub", "nva"), appliance("nva", "hub/t", "10.0.2.4", "50.0.0.0/8")
    )
    over_circuit = network(HUB, expressroute("hub", "50.0.0.0/8"))
    start = "VirtualNetworkGateway Active 50.0.0.0/8 VirtualNetworkGateway"
    for place in ("hub/s", "hub/t"):
        same(learned(over_server, place), f"{start} 10.0.2.4")
        same(learned(over_circuit, place), f"{start} unknown,unknown")


def test_GW_3_a_shorter_as_path_is_programmed_alone():
    longer = {
        "devices": {
            "second": {
                "bgp": {
                    "neighbors": {
                        "ars": {"export": [{"match": {"prefix": "50.0.0.0/8"}, "set": {"prepend": 1}}]}
                    }
                }
            }
        }
    }
    parts = [
        HUB,
        route_server("hub", "first", "second"),
        appliance("first", "hub/t", "10.0.2.4", "50.0.0.0/8"),
        appliance("second", "hub/t", "10.0.2.5", "50.0.0.0/8"),
    ]
    equal, shorter = network(*parts), network(*parts, longer)
    same(
        learned(equal, "hub/s"),
        "VirtualNetworkGateway Active 50.0.0.0/8 VirtualNetworkGateway 10.0.2.4,10.0.2.5",
    )
    same(learned(shorter, "hub/s"), "VirtualNetworkGateway Active 50.0.0.0/8 VirtualNetworkGateway 10.0.2.4")


def sent(net, gateway, peer):
    return {str(row["network"]) for row in net.rib(gateway, advertised=peer).rows()}


def test_GW_6_and_GW_7_a_transit_spoke_is_announced_by_its_address_space_propagation_on_or_off():
    circuit = expressroute("hub", "50.0.0.0/8")
    off = udr("spoke/s", disableBgpRoutePropagation=True)
    announced = {"10.0.0.0/16", "10.1.0.0/16"}
    assert sent(network(HUB, SPOKE, circuit, spokes("hub", "spoke")), "er", "er-circuit") == announced
    assert sent(network(HUB, SPOKE, circuit, spokes("hub", "spoke"), off), "er", "er-circuit") == announced
    assert sent(network(HUB, SPOKE, circuit, peering("hub", "spoke")), "er", "er-circuit") == {"10.0.0.0/16"}


def test_GW_11_a_prefix_of_the_route_servers_vnet_is_not_programmed_into_nics():
    net = network(HUB, route_server("hub", "nva"), appliance("nva", "hub/t", "10.0.2.4", "10.0.9.0/24"))
    same(learned(net, "hub/s"))


def test_GW_12_a_row_with_a_next_hop_in_a_vnet_that_is_not_a_peer_appears_all_the_same():
    third_party = {
        "devices": {
            "nva": {
                "bgp": {
                    "neighbors": {
                        "ars": {
                            "export": [{"match": {"prefix": "50.0.0.0/8"}, "set": {"nextHop": "10.2.0.4"}}]
                        }
                    }
                }
            }
        }
    }
    net = network(
        HUB, SPOKE, OTHER, peering("hub", "other"), spokes("hub", "spoke"), route_server("hub", "nva"),
        appliance("nva", "hub/t", "10.0.2.4", "50.0.0.0/8"), third_party,
    )  # fmt: skip
    assert to(net, "spoke/s", "50.1.1.1") == "50.0.0.0/8 VirtualNetworkGateway 10.2.0.4"


@pytest.mark.parametrize(("paths", "hops"), [(["primary", "secondary"], 2), (["primary"], 1), ([], 0)])
def test_E3_an_expressroute_route_has_one_next_hop_for_each_live_session_with_an_msee(paths, hops):
    links = {"expressRouteCircuits": {"er-circuit": {"peerings": {"AzurePrivatePeering": {"paths": paths}}}}}
    net = network(HUB, expressroute("hub", "50.0.0.0/8"), links)
    found = net.lookup("hub/s", "50.0.0.1")
    assert len(found.next_hops) == hops
    assert found.next_hop_type == ("VirtualNetworkGateway" if hops else "Internet")


def test_R13_a_route_servers_route_shows_the_appliance_in_spokes_too():
    net = network(
        HUB, SPOKE, spokes("hub", "spoke"), route_server("hub", "nva"),
        appliance("nva", "hub/t", "10.0.2.4", "50.0.0.0/8"),
    )  # fmt: skip
    assert (
        to(net, "spoke/s", "50.1.1.1")
        == to(net, "hub/s", "50.1.1.1")
        == "50.0.0.0/8 VirtualNetworkGateway 10.0.2.4"
    )


def virtual_wan(**more):
    connections = {v: {"remoteVirtualNetwork": v} for v in ("spoke", "other")}
    return {
        "virtualHubs": {
            "vwan": {"addressPrefix": "10.200.0.0/23", "hubVirtualNetworkConnections": connections, **more}
        }
    }


def test_VWAN_1_a_vnet_of_a_virtual_wan_hub_has_a_peering_row_for_it_and_gateway_rows_for_the_rest():
    net = network(SPOKE, OTHER, virtual_wan())
    same(
        table(net, "spoke/s"),
        "Default Active 0.0.0.0/0 Internet",
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Active 10.200.0.0/23 VNetPeering",
        "VirtualNetworkGateway Active 10.2.0.0/16 VirtualNetworkGateway unknown",
    )


def test_VWAN_1_propagation_off_leaves_the_peering_row_only():
    net = network(SPOKE, OTHER, virtual_wan(), udr("spoke/s", disableBgpRoutePropagation=True))
    assert to(net, "spoke/s", "10.200.0.4") == "10.200.0.0/23 VNetPeering"
    assert to(net, "spoke/s", "10.2.0.4") == "10.0.0.0/8 None"


def test_VWAN_1_a_hub_in_another_region_is_a_global_peering():
    net = network(
        SPOKE, OTHER, {"virtualNetworks": {"spoke": {"location": "r1"}}}, virtual_wan(location="R 2")
    )
    assert to(net, "spoke/s", "10.200.0.4") == "10.200.0.0/23 VNetGlobalPeering"
