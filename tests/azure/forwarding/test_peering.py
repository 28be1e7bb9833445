# ruff: noqa: N802
"""Chapter 2: virtual-network peering."""

import pytest
from forwarding.tables import INTERNET, half, network, peering, same, table, to, udr, vnet, vpn

A = vnet("a", "10.1.0.0/16")
B = vnet("b", "10.2.0.0/16")
C = vnet("c", "10.3.0.0/16")


def peers_of(net, place):
    return [line for line in table(net, place) if "Peering" in line]


def test_PEER_1_one_row_per_remote_prefix_in_all_subnets():
    net = network(
        vnet("a", "10.1.0.0/16", subnets={"x": "10.1.0.0/24", "y": "10.1.1.0/24"}),
        vnet("b", "10.2.0.0/16", "10.9.0.0/24"),
        peering("a", "b"),
    )
    for place in ("a/x", "a/y"):
        same(
            peers_of(net, place),
            "Default Active 10.2.0.0/16 VNetPeering",
            "Default Active 10.9.0.0/24 VNetPeering",
        )


def test_PEER_1_across_regions_the_type_is_global_and_spelled_as_recordings_do():
    net = network(
        vnet("a", "10.1.0.0/16", location="West Europe"),
        vnet("b", "10.2.0.0/16", location="northeurope"),
        vnet("c", "10.3.0.0/16", location="westeurope"),
        peering("a", "b"),
        peering("a", "c"),
    )
    same(
        peers_of(net, "a/s"),
        "Default Active 10.2.0.0/16 VNetGlobalPeering",
        "Default Active 10.3.0.0/16 VNetPeering",
    )


def test_PEER_2_peering_is_not_transitive():
    net = network(A, B, C, peering("a", "b"), peering("b", "c"))
    same(peers_of(net, "a/s"), "Default Active 10.2.0.0/16 VNetPeering")
    assert to(net, "a/s", "10.3.0.4") == "10.0.0.0/8 None"


@pytest.mark.parametrize("state", ["Initiated", "Disconnected"])
@pytest.mark.parametrize("side", ["a", "b"])
def test_PEER_3_rows_exist_only_while_both_halves_are_connected(state, side):
    states = {"a": "Connected", "b": "Connected", side: state}
    net = network(A, B, half("a", "b", peeringState=states["a"]), half("b", "a", peeringState=states["b"]))
    same(peers_of(net, "a/s"))
    same(peers_of(net, "b/s"))


def test_PEER_3_a_peering_with_one_half_only_gives_no_rows():
    net = network(A, B, half("a", "b"))
    same(peers_of(net, "a/s"))
    same(peers_of(net, "b/s"))


def test_PEER_4_rows_follow_the_space_as_last_synchronised():
    net = network(
        A,
        vnet("b", "10.2.0.0/16", "10.9.0.0/24"),
        half("a", "b", remoteAddressSpace=["10.2.0.0/16"]),
        half("b", "a"),
    )
    same(peers_of(net, "a/s"), "Default Active 10.2.0.0/16 VNetPeering")
    same(peers_of(net, "b/s"), "Default Active 10.1.0.0/16 VNetPeering")


def test_PEER_4_a_prefix_that_the_remote_vnet_gave_up_stays_until_the_sync():
    net = network(A, B, half("a", "b", remoteAddressSpace=["10.2.0.0/16", "10.8.0.0/16"]), half("b", "a"))
    assert "Default Active 10.8.0.0/16 VNetPeering" in peers_of(net, "a/s")


@pytest.mark.parametrize("flag", ["allowVirtualNetworkAccess", "allowForwardedTraffic"])
@pytest.mark.parametrize("value", [True, False])
def test_PEER_7_and_PEER_8_access_and_forwarding_flags_do_not_change_rows(flag, value):
    net = network(A, B, peering("a", "b", **{flag: value}))
    same(peers_of(net, "a/s"), "Default Active 10.2.0.0/16 VNetPeering")


def test_PEER_10_gateway_flags_do_not_change_the_peering_rows():
    net = network(
        A,
        B,
        half("a", "b", useRemoteGateways=True),
        half("b", "a", allowGatewayTransit=True),
        vpn("b", "50.0.0.0/8"),
    )
    same(peers_of(net, "a/s"), "Default Active 10.2.0.0/16 VNetPeering")
    same(peers_of(net, "b/s"), "Default Active 10.1.0.0/16 VNetPeering")


SUBNETS_A = vnet("a", "10.1.0.0/16", subnets={"one": "10.1.1.0/24", "two": "10.1.2.0/24"})
SUBNETS_B = vnet(
    "b", "10.2.0.0/16", subnets={"one": "10.2.1.0/24", "two": "10.2.2.0/24", "three": "10.2.3.0/24"}
)


def test_PEER_11_a_subnet_peering_joins_only_the_named_subnets():
    net = network(
        SUBNETS_A,
        SUBNETS_B,
        peering(
            "a", "b", peerCompleteVnets=False, localSubnetNames=["one"], remoteSubnetNames=["ONE", "three"]
        ),
    )
    same(
        peers_of(net, "a/one"),
        "Default Active 10.2.1.0/24 VNetPeering",
        "Default Active 10.2.3.0/24 VNetPeering",
    )
    same(peers_of(net, "b/one"), "Default Active 10.1.1.0/24 VNetPeering")


def test_PEER_11_non_participating_space_may_overlap():
    net = network(
        vnet("a", "10.1.0.0/16", "10.7.0.0/16", subnets={"one": "10.1.1.0/24"}),
        vnet("b", "10.2.0.0/16", "10.7.0.0/16", subnets={"one": "10.2.1.0/24"}),
        peering("a", "b", peerCompleteVnets=False, localSubnetNames=["one"], remoteSubnetNames=["one"]),
    )
    same(peers_of(net, "a/one"), "Default Active 10.2.1.0/24 VNetPeering")


def test_PEER_11_only_the_ipv6_prefixes_of_dual_stack_vnets_are_peered_where_asked():
    dual = {"s": ["10.1.0.0/24", "fd00:1::/64"]}
    net = network(
        vnet("a", "10.1.0.0/16", "fd00:1::/48", subnets=dual),
        vnet("b", "10.2.0.0/16", "fd00:2::/48"),
        peering("a", "b", enableOnlyIPv6Peering=True),
    )
    same(peers_of(net, "a/s"), "Default Active fd00:2::/48 VNetPeering")


def test_PEER_12_the_rows_of_a_subnet_peering_are_in_all_local_subnets():
    net = network(
        SUBNETS_A,
        SUBNETS_B,
        peering("a", "b", peerCompleteVnets=False, localSubnetNames=["one"], remoteSubnetNames=["one"]),
    )
    assert peers_of(net, "a/two") == peers_of(net, "a/one") == ["Default Active 10.2.1.0/24 VNetPeering"]


def test_PEER_13_rows_of_a_subnet_peering_are_longer_than_a_user_route_for_the_vnet():
    net = network(
        SUBNETS_A,
        SUBNETS_B,
        peering("a", "b", peerCompleteVnets=False, localSubnetNames=["one"], remoteSubnetNames=["one"]),
        udr("a/one", "10.2.0.0/16 VirtualAppliance 10.1.2.4"),
    )
    assert to(net, "a/one", "10.2.1.4") == "10.2.1.0/24 VNetPeering"
    assert to(net, "a/one", "10.2.2.4") == "10.2.0.0/16 VirtualAppliance 10.1.2.4"


def test_PEER_15_a_peering_is_preferred_to_gateway_routes_of_the_same_vnet():
    net = network(A, B, peering("a", "b"), vpn("a", "10.2.0.0/16", "10.2.7.0/24"))
    same(
        table(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Active 10.2.0.0/16 VNetPeering",
        INTERNET,
    )
