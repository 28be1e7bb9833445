# ruff: noqa: N802
"""Chapter 1: system routes."""

import pytest
from forwarding.tables import (
    DOCUMENTED_NONES,
    INTERNET,
    lines,
    network,
    nones,
    peering,
    same,
    table,
    udr,
    vnet,
    vpn,
)

from routeng.data import system_routes

ALL_NONES = {str(p) for p in system_routes.none_prefixes()}


def test_SYS_1_each_prefix_of_the_space_gives_one_row_in_every_subnet_and_subnets_give_none():
    net = network(
        vnet("a", "10.1.0.0/16", "10.2.0.0/16", subnets={"x": "10.1.0.0/24", "y": "10.2.7.0/24"}),
    )
    for subnet in ("x", "y"):
        same(
            table(net, f"a/{subnet}"),
            "Default Active 10.1.0.0/16 VnetLocal",
            "Default Active 10.2.0.0/16 VnetLocal",
            INTERNET,
        )


def test_SYS_2_every_subnet_has_a_default_route_to_the_internet():
    net = network(vnet("a", "10.1.0.0/16", subnets={"x": "10.1.0.0/24", "y": "10.1.1.0/24"}))
    assert INTERNET in table(net, "a/x")
    assert INTERNET in table(net, "a/y")


def test_SYS_3_the_documented_reserved_ranges_lead_to_none():
    assert nones(network(vnet("a", "10.1.0.0/16")), "a/s") >= DOCUMENTED_NONES


@pytest.mark.parametrize(
    ("date", "has", "lacks"),
    [
        ("2018", {"10.0.0.0/8", "100.64.0.0/10", "192.168.0.0/16"}, {"172.16.0.0/12", "25.33.80.0/20"}),
        ("2021-03", {"25.33.80.0/20", "25.41.3.0/25"}, {"172.16.0.0/12", "198.18.0.0/15"}),
        ("2021-11", {"198.18.0.0/15", "25.48.0.0/12", "20.35.252.0/22"}, {"172.16.0.0/12", "127.0.0.0/8"}),
        ("2023", {"127.0.0.0/8", "172.16.0.0/12", "25.48.0.0/12"}, {"25.176.0.0/13"}),
        ("2026-08", {"127.0.0.0/8", "172.16.0.0/12", "25.176.0.0/13"}, {"25.48.0.0/12"}),
    ],
)
def test_SYS_3_the_list_of_none_rows_depends_on_the_date_of_the_platform(date, has, lacks):
    found = nones(network(vnet("a", "11.0.0.0/16"), {"profile": {"system-none-routes": date}}), "a/s")
    assert has <= found
    assert not lacks & found


def test_SYS_3_the_newest_list_has_21_prefixes_and_is_the_default():
    plain = nones(network(vnet("a", "11.0.0.0/16")), "a/s")
    assert len(plain) == 21
    assert plain == nones(
        network(vnet("a", "11.0.0.0/16"), {"profile": {"system-none-routes": "2026-08"}}), "a/s"
    )


def test_SYS_4_space_equal_to_a_reserved_range_turns_its_row_from_none_into_vnet_local():
    net = network(vnet("a", "192.168.0.0/16"))
    same(table(net, "a/s"), "Default Active 192.168.0.0/16 VnetLocal", INTERNET)
    assert nones(net, "a/s") == ALL_NONES - {"192.168.0.0/16"}


def test_SYS_4_space_that_includes_a_reserved_range_removes_its_none_row():
    net = network(vnet("a", "192.0.0.0/8"), {"profile": {"system-none-routes": "2018"}})
    same(table(net, "a/s"), "Default Active 192.0.0.0/8 VnetLocal", INTERNET)
    assert nones(net, "a/s") == {"10.0.0.0/8", "100.64.0.0/10"}


def test_SYS_5_space_inside_a_reserved_range_leaves_the_none_row_active():
    assert nones(network(vnet("a", "10.1.0.0/16")), "a/s") == ALL_NONES


def test_SYS_5_a_peer_inside_a_reserved_range_leaves_the_none_row_active():
    net = network(vnet("a", "11.0.0.0/16"), vnet("b", "10.1.0.0/16"), peering("a", "b"))
    assert nones(net, "a/s") == ALL_NONES


@pytest.mark.parametrize(
    "hop", ["VirtualAppliance 10.1.0.4", "VirtualNetworkGateway", "Internet", "VnetLocal"]
)
def test_SYS_6_a_user_default_route_removes_all_none_rows_and_makes_the_internet_row_invalid(hop):
    net = network(vnet("a", "10.1.0.0/16"), udr("a/s", f"0.0.0.0/0 {hop}"))
    same(
        lines(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Invalid 0.0.0.0/0 Internet",
        f"User Active 0.0.0.0/0 {hop}",
    )


def test_SYS_6_only_the_subnet_with_the_route_table_is_touched():
    net = network(
        vnet("a", "10.1.0.0/16", subnets={"x": "10.1.0.0/24", "y": "10.1.1.0/24"}),
        udr("a/x", "0.0.0.0/0 VirtualAppliance 10.1.1.4"),
    )
    assert nones(net, "a/x") == set()
    assert nones(net, "a/y") == ALL_NONES
    assert INTERNET in table(net, "a/y")


def test_SYS_6_two_half_defaults_leave_the_system_default_and_the_none_rows():
    net = network(
        vnet("a", "10.1.0.0/16"),
        udr("a/s", "0.0.0.0/1 VirtualAppliance 10.1.0.4", "128.0.0.0/1 VirtualAppliance 10.1.0.4"),
    )
    assert INTERNET in table(net, "a/s")
    assert nones(net, "a/s") == ALL_NONES


def test_SYS_7_a_gateway_default_route_removes_all_none_rows_and_the_internet_row():
    net = network(vnet("a", "10.1.0.0/16"), vpn("a", "0.0.0.0/0"))
    same(
        lines(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "VirtualNetworkGateway Active 0.0.0.0/0 VirtualNetworkGateway 20.0.0.1",
    )


def test_SYS_7_where_propagation_is_off_the_gateway_default_route_takes_nothing_over():
    net = network(
        vnet("a", "10.1.0.0/16"), vpn("a", "0.0.0.0/0"), udr("a/s", disableBgpRoutePropagation=True)
    )
    assert INTERNET in table(net, "a/s")
    assert nones(net, "a/s") == ALL_NONES


def test_SYS_8_a_user_route_equal_to_a_reserved_range_removes_only_its_none_row():
    net = network(vnet("a", "10.1.0.0/16"), udr("a/s", "10.0.0.0/8 VirtualAppliance 10.1.0.4"))
    same(
        table(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        INTERNET,
        "User Active 10.0.0.0/8 VirtualAppliance 10.1.0.4",
    )
    assert nones(net, "a/s") == ALL_NONES - {"10.0.0.0/8"}


def test_SYS_8_a_gateway_route_equal_to_a_reserved_range_does_the_same():
    net = network(vnet("a", "10.1.0.0/16"), vpn("a", "10.0.0.0/8"))
    assert nones(net, "a/s") == ALL_NONES - {"10.0.0.0/8"}
    assert "VirtualNetworkGateway Active 10.0.0.0/8 VirtualNetworkGateway 20.0.0.1" in table(net, "a/s")


def test_SYS_8_a_gateway_route_that_is_not_programmed_leaves_the_none_row():
    """The same prefix behind a peer that holds it: the peering row replaces the None row, the gateway row is absent."""
    net = network(
        vnet("a", "10.1.0.0/16"), vnet("b", "172.16.0.0/12"), peering("a", "b"), vpn("a", "172.16.0.0/12")
    )
    same(
        table(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Active 172.16.0.0/12 VNetPeering",
        INTERNET,
    )
    assert nones(net, "a/s") == ALL_NONES - {"172.16.0.0/12"}


def test_SYS_8_a_user_route_that_merely_holds_a_reserved_range_leaves_its_none_row():
    net = network(vnet("a", "10.1.0.0/16"), udr("a/s", "192.0.0.0/8 VirtualAppliance 10.1.0.4"))
    assert nones(net, "a/s") == ALL_NONES


def test_SYS_11_a_subnet_without_default_outbound_access_keeps_its_internet_row():
    net = network(
        vnet(
            "a",
            "10.1.0.0/16",
            subnets={"s": {"addressPrefix": "10.1.0.0/24", "defaultOutboundAccess": False}},
        )
    )
    assert INTERNET in table(net, "a/s")
