# ruff: noqa: N802
"""Chapter 5: precedence between routes, and the states of rows."""

import pytest
from forwarding.tables import INTERNET, lines, mesh, network, nones, peering, same, table, to, udr, vnet, vpn

A = vnet("a", "10.1.0.0/16", location="r")
B = vnet("b", "10.2.0.0/16", location="r")
NVA = "VirtualAppliance 10.1.0.4"
GW = "VirtualNetworkGateway 20.0.0.1"


def test_PREC_1_the_longest_prefix_decides():
    net = network(
        A, vpn("a", "50.1.0.0/16", "50.1.2.0/24"), udr("a/s", f"50.0.0.0/8 {NVA}", f"50.1.2.3/32 {NVA}")
    )
    assert to(net, "a/s", "50.2.0.1") == f"50.0.0.0/8 {NVA}"
    assert to(net, "a/s", "50.1.0.1") == f"50.1.0.0/16 {GW}"
    assert to(net, "a/s", "50.1.2.1") == f"50.1.2.0/24 {GW}"
    assert to(net, "a/s", "50.1.2.3") == f"50.1.2.3/32 {NVA}"
    assert to(net, "a/s", "8.8.8.8") == "0.0.0.0/0 Internet"


def test_PREC_2_of_equal_prefixes_the_user_route_wins_then_the_gateway_route():
    net = network(A, vpn("a", "50.0.0.0/8", "60.0.0.0/8", "0.0.0.0/0"), udr("a/s", f"50.0.0.0/8 {NVA}"))
    assert to(net, "a/s", "50.0.0.1") == f"50.0.0.0/8 {NVA}"
    assert to(net, "a/s", "60.0.0.1") == f"60.0.0.0/8 {GW}"
    assert to(net, "a/s", "8.8.8.8") == f"0.0.0.0/0 {GW}"
    assert f"VirtualNetworkGateway Invalid 50.0.0.0/8 {GW}" in table(net, "a/s")


@pytest.mark.parametrize("prefix", ["10.1.0.0/16", "10.2.0.0/16"])
def test_PREC_3_vnet_and_peering_rows_rank_above_a_gateway_route_of_equal_prefix(prefix):
    net = network(A, B, peering("a", "b"), vpn("a", prefix))
    same(
        table(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Active 10.2.0.0/16 VNetPeering",
        INTERNET,
    )


@pytest.mark.parametrize("prefix", ["10.1.0.0/16", "10.2.0.0/16"])
def test_PREC_3_the_user_route_ranks_above_them(prefix):
    net = network(A, B, peering("a", "b"), udr("a/s", f"{prefix} {NVA}"))
    assert to(net, "a/s", prefix.replace(".0.0/16", ".9.9")) == f"{prefix} {NVA}"


def test_PREC_4_longer_gateway_routes_inside_vnet_and_peered_space_are_absent_and_supersets_kept():
    net = network(
        A,
        B,
        peering("a", "b"),
        vpn("a", "10.1.7.0/24", "10.2.7.0/24", "10.2.0.5/32", "10.0.0.0/14", "10.3.0.0/16"),
    )
    same(
        table(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Active 10.2.0.0/16 VNetPeering",
        INTERNET,
        f"VirtualNetworkGateway Active 10.0.0.0/14 {GW}",
        f"VirtualNetworkGateway Active 10.3.0.0/16 {GW}",
    )


def test_PREC_4_once_the_covering_peering_is_gone_the_same_prefix_is_programmed():
    net = network(A, B, vpn("a", "10.2.7.0/24"))
    assert f"VirtualNetworkGateway Active 10.2.7.0/24 {GW}" in table(net, "a/s")


def test_PREC_4_an_equal_user_route_does_not_bring_an_absent_gateway_row_back():
    net = network(A, B, peering("a", "b"), vpn("a", "10.2.7.0/24"), udr("a/s", f"10.2.0.0/16 {NVA}"))
    assert "VirtualNetworkGateway" not in " ".join(table(net, "a/s"))


def test_PREC_5_user_routes_compete_with_system_rows_by_length_alone():
    net = network(
        A, B, peering("a", "b"), udr("a/s", f"10.0.0.0/8 {NVA}", f"10.2.0.0/16 {NVA}", f"10.1.5.0/24 {NVA}")
    )
    same(
        table(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Invalid 10.2.0.0/16 VNetPeering",
        INTERNET,
        f"User Active 10.0.0.0/8 {NVA}",
        f"User Active 10.1.5.0/24 {NVA}",
        f"User Active 10.2.0.0/16 {NVA}",
    )
    assert to(net, "a/s", "10.1.5.9") == f"10.1.5.0/24 {NVA}"
    assert to(net, "a/s", "10.1.6.9") == "10.1.0.0/16 VnetLocal"


def test_PREC_5_a_shorter_user_route_does_not_beat_a_peering():
    net = network(A, B, peering("a", "b"), udr("a/s", f"10.0.0.0/8 {NVA}"))
    assert to(net, "a/s", "10.2.0.9") == "10.2.0.0/16 VNetPeering"


def test_PREC_6_service_endpoint_rows_stay_active_under_a_user_route():
    net = network(
        vnet(
            "a",
            "10.1.0.0/16",
            subnets={"s": {"addressPrefix": "10.1.0.0/24", "serviceEndpoints": ["Microsoft.Storage"]}},
        ),
        udr("a/s", f"Storage {NVA}", f"0.0.0.0/0 {NVA}"),
    )
    assert "Default Active service:Microsoft.Storage VirtualNetworkServiceEndpoint" in table(net, "a/s")


def test_PREC_7_a_row_is_invalid_exactly_if_a_user_route_has_the_same_prefix():
    net = network(
        A,
        B,
        vnet("c", "10.3.0.0/16", location="r2"),
        peering("a", "b"),
        peering("a", "c"),
        vpn("a", "50.0.0.0/8", "60.0.0.0/8"),
        udr(
            "a/s",
            f"10.1.0.0/16 {NVA}",
            f"10.3.0.0/16 {NVA}",
            f"50.0.0.0/8 {NVA}",
            f"10.2.0.0/17 {NVA}",
            f"60.0.0.0/7 {NVA}",
        ),
    )
    same(
        [line for line in table(net, "a/s") if not line.startswith("User")],
        "Default Invalid 10.1.0.0/16 VnetLocal",
        "Default Active 10.2.0.0/16 VNetPeering",
        "Default Invalid 10.3.0.0/16 VNetGlobalPeering",
        INTERNET,
        f"VirtualNetworkGateway Invalid 50.0.0.0/8 {GW}",
        f"VirtualNetworkGateway Active 60.0.0.0/8 {GW}",
    )
    assert {line.split()[1] for line in table(net, "a/s") if line.startswith("User")} == {"Active"}


def test_PREC_8_some_rows_are_removed_rather_than_invalid():
    """None rows under a user 0/0, the Internet row under a gateway 0/0, gateway rows in preferred space."""
    user = network(A, udr("a/s", f"0.0.0.0/0 {NVA}"))
    gateway = network(A, B, peering("a", "b"), vpn("a", "0.0.0.0/0", "10.2.1.0/24"))
    assert nones(user, "a/s") == nones(gateway, "a/s") == set()
    assert not any("Invalid" in line for line in lines(gateway, "a/s"))
    assert [line for line in lines(user, "a/s") if "Invalid" in line] == [
        "Default Invalid 0.0.0.0/0 Internet"
    ]


def test_PREC_9_user_and_gateway_default_routes_together_leave_no_internet_row():
    net = network(A, vpn("a", "0.0.0.0/0"), udr("a/s", f"0.0.0.0/0 {NVA}"))
    same(
        lines(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        f"User Active 0.0.0.0/0 {NVA}",
        f"VirtualNetworkGateway Invalid 0.0.0.0/0 {GW}",
    )


def test_PREC_9_with_propagation_off_the_internet_row_is_back_as_invalid():
    net = network(A, vpn("a", "0.0.0.0/0"), udr("a/s", f"0.0.0.0/0 {NVA}", disableBgpRoutePropagation=True))
    same(
        lines(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Invalid 0.0.0.0/0 Internet",
        f"User Active 0.0.0.0/0 {NVA}",
    )


MESH = mesh("a", "b")


def test_PREC_10_connected_group_rows_keep_gateway_routes_out_and_user_routes_override_them():
    net = network(
        A, B, MESH, vpn("a", "10.2.0.0/16", "10.2.7.0/24", "10.2.0.0/15"), udr("a/s", f"10.2.7.0/24 {NVA}")
    )
    same(
        table(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Active 10.2.0.0/16 ConnectedGroup",
        INTERNET,
        f"User Active 10.2.7.0/24 {NVA}",
        f"VirtualNetworkGateway Active 10.2.0.0/15 {GW}",
    )


def test_PREC_10_of_equal_prefixes_of_peering_and_connected_group_only_the_peering_is_listed():
    net = network(A, B, MESH, peering("a", "b"))
    same(
        table(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Active 10.2.0.0/16 VNetPeering",
        INTERNET,
    )


def test_PREC_11_an_endpoint_row_wins_against_a_learned_host_route():
    net = network(
        A, B, peering("a", "b"), vpn("a", "10.2.0.9/32", "10.1.0.9/32"),
        {"privateEndpoints": {"one": {"subnet": "a/s", "ip": "10.1.0.9"}, "two": {"subnet": "b/s", "ip": "10.2.0.9"}}},
    )  # fmt: skip
    assert to(net, "a/s", "10.1.0.9") == "10.1.0.9/32 InterfaceEndpoint"
    assert to(net, "a/s", "10.2.0.9") == "10.2.0.9/32 InterfaceEndpoint"
    assert "VirtualNetworkGateway" not in " ".join(table(net, "a/s"))
