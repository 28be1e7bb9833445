# ruff: noqa: N802
"""What recordings show against first expectations: the corrections C-1 to C-10 and their neighbours."""

import pytest
from forwarding.tables import (
    INTERNET,
    appliance,
    expressroute,
    lines,
    network,
    nones,
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
    "hub",
    "10.0.0.0/16",
    subnets={
        "s": "10.0.1.0/24",
        "nva": "10.0.2.0/24",
        "RouteServerSubnet": "10.0.3.0/26",
        "GatewaySubnet": "10.0.0.0/27",
    },
)
SPOKE = vnet("spoke", "10.1.0.0/16")
OTHER = vnet("other", "10.2.0.0/16")
HOP = "VirtualNetworkGateway 10.0.2.4"


def learned(net, place):
    return [line for line in table(net, place) if line.startswith("VirtualNetworkGateway")]


def announced(*networks):
    """A hub whose appliance announces ``networks`` to its route server."""
    return [HUB, route_server("hub", "nva"), appliance("nva", "hub/nva", "10.0.2.4", *networks)]


def test_C_1_a_user_default_route_of_type_none_leaves_the_none_rows():
    plain, dropped = network(HUB), network(HUB, udr("hub/s", "0.0.0.0/0 None"))
    assert nones(dropped, "hub/s") == nones(plain, "hub/s")
    same(
        table(dropped, "hub/s"),
        "Default Active 10.0.0.0/16 VnetLocal",
        "Default Invalid 0.0.0.0/0 Internet",
        "User Active 0.0.0.0/0 None",
    )


def test_C_2_user_and_gateway_default_routes_together():
    net = network(*announced("0.0.0.0/0"), udr("hub/s", "0.0.0.0/0 Internet"))
    same(
        lines(net, "hub/s"),
        "Default Active 10.0.0.0/16 VnetLocal",
        "User Active 0.0.0.0/0 Internet",
        f"VirtualNetworkGateway Invalid 0.0.0.0/0 {HOP}",
    )


@pytest.mark.parametrize("prefix", ["10.1.0.0/16", "10.1.7.0/24"])
def test_C_3_an_announced_prefix_in_a_gateway_transit_spoke_is_programmed_nowhere(prefix):
    net = network(*announced(prefix), SPOKE, OTHER, spokes("hub", "spoke", "other"))
    for place in ("hub/s", "spoke/s", "other/s"):
        assert learned(net, place) == []


def test_C_3_less_specific_supernets_are_programmed():
    net = network(*announced("10.0.0.0/15"), SPOKE, spokes("hub", "spoke"))
    for place in ("hub/s", "spoke/s"):
        same(learned(net, place), f"VirtualNetworkGateway Active 10.0.0.0/15 {HOP}")


def test_C_4_gateway_routes_inside_link_local_space_are_not_programmed():
    net = network(*announced("169.254.10.0/24", "50.0.0.0/8"))
    same(learned(net, "hub/s"), f"VirtualNetworkGateway Active 50.0.0.0/8 {HOP}")


DUAL = vnet(
    "a", "10.1.0.0/16", "fd00:1::/48", subnets={"six": ["10.1.0.0/24", "fd00:1::/64"], "four": "10.1.1.0/24"}
)


def test_C_5_ipv6_rows_appear_only_in_subnets_that_have_an_ipv6_prefix():
    net = network(
        DUAL, vnet("b", "10.2.0.0/16", "fd00:2::/48"), peering("a", "b"), udr("a/four", "fd00:9::/48 None"),
        udr("a/six", "fd00:9::/48 None"),
    )  # fmt: skip
    four = [
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Active 10.2.0.0/16 VNetPeering",
        INTERNET,
    ]
    six = [
        "Default Active fd00:1::/48 VnetLocal",
        "Default Active fd00:2::/48 VNetPeering",
        "Default Active ::/0 Internet",
        "User Active fd00:9::/48 None",
    ]
    same(table(net, "a/four"), *four)
    same(table(net, "a/six"), *four, *six)
    assert to(net, "a/four", "fd00:2::5") is None
    assert to(net, "a/six", "fd00:2::5") == "fd00:2::/48 VNetPeering"


def test_C_5_an_ipv6_user_default_route_touches_no_ipv4_row():
    net = network(DUAL, udr("a/six", "::/0 VirtualAppliance fd00:1::4"))
    found = table(net, "a/six")
    assert "Default Invalid ::/0 Internet" in found
    assert INTERNET in found
    assert nones(net, "a/six") == nones(net, "a/four")


VPN_PEER = {
    "localNetworkGateways": {"vpn-site": {"asn": 65010, "bgpPeeringAddress": "172.20.0.1", "device": "ce"}},
    "connections": {"vpn-tunnel": {"enableBgp": True}},
    "devices": {
        "ce": {"kind": "onprem", "ip": "172.20.0.1", "bgp": {"asn": 65010, "networks": ["50.0.0.0/8"]}}
    },
}
PEER_HOST = "172.20.0.1/32"


def test_C_6_addresses_of_vpn_peers_are_rows_where_the_vpn_gateway_is_alone():
    net = network(HUB, vpn("hub", bgpAddresses=["10.0.0.4"]), VPN_PEER)
    same(
        learned(net, "hub/s"),
        "VirtualNetworkGateway Active 50.0.0.0/8 VirtualNetworkGateway 20.0.0.1",
        f"VirtualNetworkGateway Active {PEER_HOST} VirtualNetworkGateway 20.0.0.1",
    )


@pytest.mark.parametrize("beside", [expressroute("hub", "60.0.0.0/8"), route_server("hub")])
def test_C_6_beside_an_expressroute_gateway_or_a_route_server_they_are_absent(beside):
    net = network(HUB, vpn("hub", bgpAddresses=["10.0.0.4"]), VPN_PEER, beside)
    found = " ".join(learned(net, "hub/s"))
    assert "50.0.0.0/8" in found
    assert PEER_HOST not in found


def test_C_7_static_prefixes_vanish_while_the_connection_is_down():
    down = {"connections": {"vpn-tunnel": {"connectionStatus": "NotConnected"}}}
    assert learned(network(HUB, vpn("hub", "50.0.0.0/8"), down), "hub/s") == []


def test_C_7_of_an_active_active_gateway_they_show_once_per_instance():
    net = network(HUB, vpn("hub", "50.0.0.0/8", activeActive=True, bgpAddresses=["10.0.0.4", "10.0.0.5"]))
    [row] = [r for r in net.routes("hub/s").rows() if r["source"] == "VirtualNetworkGateway"]
    assert sorted(row["nextHopIpAddress"]) == ["10.0.0.4", "10.0.0.5"]


def test_C_8_a_point_to_site_pool_is_a_gateway_row_of_hub_and_spokes():
    net = network(HUB, SPOKE, vpn("hub", vpnClientAddressPool=["172.30.0.0/24"]), spokes("hub", "spoke"))
    for place in ("hub/s", "spoke/s"):
        assert to(net, place, "172.30.0.9").startswith("172.30.0.0/24 VirtualNetworkGateway")


def test_C_10_the_user_route_must_be_at_least_as_long_as_the_prefix_that_holds_the_endpoint():
    parts = [
        HUB,
        SPOKE,
        peering("hub", "spoke"),
        {"privateEndpoints": {"db": {"subnet": "hub/s", "ip": "10.0.1.9"}}},
        {
            "virtualNetworks": {
                "hub": {"subnets": {"s": {"privateEndpointNetworkPolicies": "RouteTableEnabled"}}}
            }
        },
    ]
    host = "10.0.1.9/32 InterfaceEndpoint"
    for user, state in (("10.0.0.0/15", "Active"), ("10.0.0.0/16", "Invalid"), ("10.0.1.0/24", "Invalid")):
        net = network(*parts, udr("spoke/s", f"{user} VirtualAppliance 10.0.2.4"))
        assert f"Default {state} {host}" in table(net, "spoke/s")


def test_an_appliance_sees_its_own_route_with_itself_as_next_hop():
    """PATH-11: packets that its system sends back through the NIC loop, unless a user route breaks it."""
    net = network(*announced("0.0.0.0/0"))
    assert to(net, "hub/nva", "8.8.8.8") == f"0.0.0.0/0 {HOP}"
    broken = network(*announced("0.0.0.0/0"), udr("hub/nva", "0.0.0.0/0 Internet"))
    assert to(broken, "hub/nva", "8.8.8.8") == "0.0.0.0/0 Internet"


def test_a_peering_without_access_keeps_its_row_active():
    net = network(HUB, SPOKE, peering("hub", "spoke", allowVirtualNetworkAccess=False),
                  udr("spoke/s", "0.0.0.0/0 VirtualAppliance 10.0.2.4"))  # fmt: skip
    assert "Default Active 10.0.0.0/16 VNetPeering" in table(net, "spoke/s")
