# ruff: noqa: N802
"""Chapter 4: user-defined routes."""

import pytest
from forwarding.tables import (
    INTERNET,
    lines,
    network,
    nones,
    peering,
    same,
    spokes,
    table,
    to,
    udr,
    vnet,
    vpn,
)

A = vnet("a", "10.1.0.0/16", subnets={"s": "10.1.0.0/24", "t": "10.1.1.0/24"})
B = vnet("b", "10.2.0.0/16")


def users(net, place):
    return [line for line in lines(net, place) if line.startswith("User")]


def test_UDR_1_one_table_may_serve_many_subnets():
    net = network(
        A,
        B,
        udr("a/s", "50.0.0.0/8 None"),
        {
            "virtualNetworks": {
                v: {"subnets": {s: {"routeTable": "RT-A-S"}}} for v, s in (("a", "t"), ("b", "s"))
            }
        },
    )
    for place in ("a/s", "a/t", "b/s"):
        same(users(net, place), "User Active 50.0.0.0/8 None")


def test_UDR_1_a_subnet_without_a_table_has_no_user_rows():
    assert users(network(A, udr("a/s", "50.0.0.0/8 None")), "a/t") == []


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        ("VirtualAppliance 10.1.1.4", "VirtualAppliance 10.1.1.4"),
        ("virtualappliance 10.1.1.4", "VirtualAppliance 10.1.1.4"),
        ("VirtualNetworkGateway", "VirtualNetworkGateway"),
        ("VNetLocal", "VnetLocal"),
        ("Internet", "Internet"),
        ("None", "None"),
    ],
)
def test_UDR_2_next_hop_types_are_shown_in_the_spelling_of_arm(declared, shown):
    net = network(A, udr("a/s", f"50.0.0.0/8 {declared}"))
    same(users(net, "a/s"), f"User Active 50.0.0.0/8 {shown}")


def test_UDR_3_an_ecmp_route_is_one_virtual_appliance_row_with_all_addresses():
    net = network(A, udr("a/s", "50.0.0.0/8 VirtualApplianceEcmp 10.1.1.4,10.1.1.5,10.1.1.6"))
    same(users(net, "a/s"), "User Active 50.0.0.0/8 VirtualAppliance 10.1.1.4,10.1.1.5,10.1.1.6")


def test_UDR_4_a_spokes_route_to_the_gateway_is_shown_like_any_other():
    net = network(
        A, B, vpn("b", "60.0.0.0/16"), spokes("b", "a"), udr("a/s", "50.0.0.0/8 VirtualNetworkGateway")
    )
    same(users(net, "a/s"), "User Active 50.0.0.0/8 VirtualNetworkGateway")


def test_UDR_5_vnet_local_exempts_a_subnet_from_a_wider_route():
    net = network(
        A, udr("a/s", "10.1.0.0/16 VirtualAppliance 10.1.1.4", "10.1.0.0/24 VnetLocal", "10.1.9.0/24 None")
    )
    assert to(net, "a/s", "10.1.0.9") == "10.1.0.0/24 VnetLocal"
    assert to(net, "a/s", "10.1.1.9") == "10.1.0.0/16 VirtualAppliance 10.1.1.4"
    assert to(net, "a/s", "10.1.9.9") == "10.1.9.0/24 None"


def test_UDR_6_a_service_tag_keeps_its_name():
    net = network(A, udr("a/s", "ApiManagement Internet", "Storage.WestEurope VirtualAppliance 10.1.1.4"))
    same(
        users(net, "a/s"),
        "User Active ApiManagement Internet",
        "User Active Storage.WestEurope VirtualAppliance 10.1.1.4",
    )


def test_UDR_6_a_service_tag_makes_no_other_row_invalid():
    net = network(A, udr("a/s", "ApiManagement Internet"))
    assert INTERNET in table(net, "a/s")


GATEWAY = vpn("a", "50.0.0.0/8", "50.1.0.0/16", "60.0.0.0/16")


def override(*routes):
    table_ = [
        {
            "addressPrefix": p,
            "nextHopType": "VirtualAppliance",
            "nextHopIpAddress": "10.1.1.4",
            "hasBgpOverride": True,
        }
        for p in routes
    ]
    return udr("a/s", *table_)


def test_UDR_8_a_route_with_bgp_override_drops_gateway_routes_inside_its_prefix_whatever_their_length():
    net = network(A, GATEWAY, override("50.0.0.0/7"))
    same(
        table(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        INTERNET,
        "User Active 50.0.0.0/7 VirtualAppliance 10.1.1.4",
        "VirtualNetworkGateway Active 60.0.0.0/16 VirtualNetworkGateway 20.0.0.1",
    )


def test_UDR_8_it_leaves_system_routes_and_other_subnets_alone():
    net = network(A, B, peering("a", "b"), GATEWAY, override("0.0.0.0/0"))
    assert "Default Active 10.2.0.0/16 VNetPeering" in table(net, "a/s")
    assert "VirtualNetworkGateway" not in " ".join(table(net, "a/s"))
    assert "VirtualNetworkGateway Active 60.0.0.0/16 VirtualNetworkGateway 20.0.0.1" in table(net, "a/t")


def test_UDR_8_without_it_a_wider_user_route_leaves_gateway_routes():
    net = network(A, GATEWAY, udr("a/s", "50.0.0.0/7 VirtualAppliance 10.1.1.4"))
    assert to(net, "a/s", "50.1.2.3") == "50.1.0.0/16 VirtualNetworkGateway 20.0.0.1"


def test_UDR_9_disable_peering_route_removes_the_rows_of_peerings_from_subnets_with_the_table():
    net = network(
        A,
        B,
        vnet("g", "10.3.0.0/16"),
        {"virtualNetworks": {"a": {"location": "r"}, "b": {"location": "r"}, "g": {"location": "r2"}}},
        peering("a", "b"),
        peering("a", "g"),
        GATEWAY,
        udr("a/s", disablePeeringRoute="All"),
    )
    off, on = " ".join(table(net, "a/s")), " ".join(table(net, "a/t"))
    assert "Peering" not in off
    assert "VNetPeering" in on
    assert "VNetGlobalPeering" in on
    assert "VirtualNetworkGateway Active 60.0.0.0/16" in off


def test_UDR_9_none_is_the_default_and_removes_nothing():
    net = network(A, B, peering("a", "b"), udr("a/s", disablePeeringRoute="None"))
    assert "Default Active 10.2.0.0/16 VNetPeering" in table(net, "a/s")


def test_UDR_11_a_table_on_the_appliances_own_subnet_sends_traffic_back_to_it():
    net = network(A, udr("a/t", "50.0.0.0/8 VirtualAppliance 10.1.1.4"))
    assert to(net, "a/t", "50.1.1.1") == "50.0.0.0/8 VirtualAppliance 10.1.1.4"


def test_PATH_6_a_user_row_whose_next_hop_cannot_be_reached_is_active():
    net = network(A, udr("a/s", "50.0.0.0/8 VirtualAppliance 172.31.0.4"))
    same(users(net, "a/s"), "User Active 50.0.0.0/8 VirtualAppliance 172.31.0.4")
    assert nones(net, "a/s") == nones(net, "a/t")
