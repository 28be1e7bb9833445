# ruff: noqa: N802
"""Chapters 6 and 7: service endpoints and private endpoints."""

import pytest
from forwarding.tables import (
    endpoint,
    half,
    lines,
    mesh,
    network,
    peering,
    same,
    spokes,
    to,
    udr,
    vnet,
    vpn,
)

A = vnet("a", "10.1.0.0/16", subnets={"s": "10.1.0.0/24", "t": "10.1.1.0/24"})
B = vnet("b", "10.2.0.0/16", subnets={"s": "10.2.0.0/24", "pe": "10.2.1.0/24"})
C = vnet("c", "10.3.0.0/16")
POLICIES = ["Disabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled", "Enabled"]
NVA = "VirtualAppliance 10.1.1.4"


def enabled(policies="Enabled", vnet="b", subnet="pe"):
    return {"virtualNetworks": {vnet: {"subnets": {subnet: {"privateEndpointNetworkPolicies": policies}}}}}


def services(*names):
    return {"virtualNetworks": {"a": {"subnets": {"s": {"serviceEndpoints": list(names)}}}}}


def hosts(net, place):
    return [line for line in lines(net, place) if line.endswith("InterfaceEndpoint")]


def service_rows(net, place):
    return [line for line in lines(net, place) if line.endswith("ServiceEndpoint")]


def test_SE_1_a_service_endpoint_is_a_row_only_where_it_is_enabled():
    net = network(A, B, peering("a", "b"), services("Microsoft.Storage"))
    same(service_rows(net, "a/s"), "Default Active service:Microsoft.Storage VirtualNetworkServiceEndpoint")
    assert service_rows(net, "a/t") == service_rows(net, "b/s") == []


def test_SE_2_a_second_service_gives_a_second_row():
    net = network(A, services("Microsoft.Storage", {"service": "Microsoft.Sql", "locations": ["westeurope"]}))
    same(
        service_rows(net, "a/s"),
        "Default Active service:Microsoft.Sql VirtualNetworkServiceEndpoint",
        "Default Active service:Microsoft.Storage VirtualNetworkServiceEndpoint",
    )


@pytest.mark.parametrize("part", [udr("a/s", f"0.0.0.0/0 {NVA}"), vpn("a", "0.0.0.0/0")])
def test_SE_3_a_default_route_does_not_touch_the_row(part):
    net = network(A, services("Microsoft.Storage"), part)
    same(service_rows(net, "a/s"), "Default Active service:Microsoft.Storage VirtualNetworkServiceEndpoint")


def test_SE_5_both_notations_of_arm_give_the_symbolic_row():
    plain = network(A, services("Microsoft.Storage"))
    long = network(A, services({"service": "Microsoft.Storage", "locations": ["*"]}))
    assert service_rows(plain, "a/s") == service_rows(long, "a/s")


PE = endpoint("db", "b/pe", "10.2.1.9")
ROW = "Default Active 10.2.1.9/32 InterfaceEndpoint"
INVALID = "Default Invalid 10.2.1.9/32 InterfaceEndpoint"


def test_PE_1_an_endpoint_is_a_host_row_in_its_vnet_and_in_direct_peers_but_not_two_hops_away():
    net = network(A, B, C, peering("a", "b"), peering("a", "c"), PE)
    for place in ("b/s", "b/pe", "a/s", "a/t"):
        same(hosts(net, place), ROW)
    assert hosts(net, "c/s") == []


def test_PE_1_global_peering_too():
    net = network(
        A, B, peering("a", "b"), PE, {"virtualNetworks": {"a": {"location": "r1"}, "b": {"location": "r2"}}}
    )
    same(hosts(net, "a/s"), ROW)


def test_PE_1_a_peering_that_is_not_connected_brings_no_host_rows():
    net = network(A, B, half("a", "b", peeringState="Disconnected"), half("b", "a"), PE)
    assert hosts(net, "a/s") == []


def test_PE_1_the_row_is_not_a_gateway_route_and_survives_propagation_off():
    net = network(
        A, B, spokes("b", "a"), vpn("b", "50.0.0.0/8"), PE, udr("a/s", disableBgpRoutePropagation=True)
    )
    same(hosts(net, "a/s"), ROW)


def test_PE_1_over_a_subnet_peering_only_endpoints_of_peered_subnets_show():
    ends = {"peerCompleteVnets": False, "localSubnetNames": ["s"]}
    with_it = network(A, B, peering("a", "b", **ends, remoteSubnetNames=["pe"]), PE)
    without = network(A, B, peering("a", "b", **ends, remoteSubnetNames=["s"]), PE)
    same(hosts(with_it, "a/s"), ROW)
    assert hosts(without, "a/s") == []


def test_PE_1_over_a_peering_of_ipv6_only_an_ipv4_endpoint_does_not_show():
    net = network(
        vnet("a", "10.1.0.0/16", "fd00:1::/48", subnets={"s": ["10.1.0.0/24", "fd00:1::/64"]}),
        vnet("b", "10.2.0.0/16", "fd00:2::/48", subnets={"pe": ["10.2.1.0/24", "fd00:2::/64"]}),
        peering("a", "b", enableOnlyIPv6Peering=True),
        PE,
    )
    assert hosts(net, "a/s") == []
    same(hosts(net, "b/pe"), ROW)


@pytest.mark.parametrize("policies", POLICIES)
def test_PE_2_only_policies_for_route_tables_change_routing(policies):
    net = network(A, B, peering("a", "b"), PE, enabled(policies), udr("a/s", f"10.2.1.0/24 {NVA}"))
    same(hosts(net, "a/s"), INVALID if policies in ("RouteTableEnabled", "Enabled") else ROW)


def test_PE_2_the_policies_of_the_readers_subnet_do_not_matter():
    net = network(
        A, B, peering("a", "b"), PE, enabled(vnet="a", subnet="s"), udr("a/s", f"10.2.1.0/24 {NVA}")
    )
    same(hosts(net, "a/s"), ROW)


@pytest.mark.parametrize("policies", POLICIES)
def test_PE_3_a_user_host_route_always_overrides_the_row(policies):
    net = network(A, B, peering("a", "b"), PE, enabled(policies), udr("a/s", f"10.2.1.9/32 {NVA}"))
    same(hosts(net, "a/s"), INVALID)
    assert to(net, "a/s", "10.2.1.9") == f"10.2.1.9/32 {NVA}"


def test_PE_3_without_policies_a_shorter_user_route_does_not():
    net = network(A, B, peering("a", "b"), PE, udr("a/s", f"10.2.1.0/24 {NVA}"))
    assert to(net, "a/s", "10.2.1.9") == "10.2.1.9/32 InterfaceEndpoint"


@pytest.mark.parametrize(
    ("user", "row"),
    [
        ("0.0.0.0/0", ROW),
        ("10.0.0.0/8", ROW),
        ("10.2.0.0/15", ROW),
        ("10.2.0.0/16", INVALID),
        ("10.2.0.0/17", INVALID),
        ("10.2.1.8/31", INVALID),
        ("10.2.2.0/24", ROW),
    ],
)
def test_PE_4_the_user_route_holds_the_endpoint_and_is_at_least_as_long_as_the_vnet_prefix(user, row):
    net = network(A, B, peering("a", "b"), PE, enabled(), udr("a/s", f"{user} {NVA}"))
    same(hosts(net, "a/s"), row)


def test_PE_4_in_the_endpoints_own_vnet_the_same_rule_holds():
    net = network(B, PE, enabled(), udr("b/s", "10.2.0.0/16 VirtualAppliance 10.2.0.4"))
    same(hosts(net, "b/s"), INVALID)
    same(hosts(net, "b/pe"), ROW)


def test_PE_4_counts_for_endpoints_of_every_subnet_on_its_own():
    net = network(
        A,
        B,
        peering("a", "b"),
        PE,
        endpoint("other", "b/s", "10.2.0.9"),
        enabled(),
        udr("a/s", f"10.2.0.0/16 {NVA}"),
    )
    same(hosts(net, "a/s"), INVALID, "Default Active 10.2.0.9/32 InterfaceEndpoint")


def test_PE_5_of_several_vnet_prefixes_the_one_around_the_endpoint_counts():
    space = vnet("b", "10.2.0.0/16", "10.4.0.0/24", subnets={"pe": "10.2.1.0/24", "pf": "10.4.0.0/25"})
    both = {**enabled()}
    net = network(
        A, space, peering("a", "b"), PE, endpoint("two", "b/pf", "10.4.0.9"), both, enabled(subnet="pf"),
        udr("a/s", f"10.2.0.0/20 {NVA}", f"10.4.0.0/20 {NVA}"),
    )  # fmt: skip
    same(hosts(net, "a/s"), INVALID, "Default Active 10.4.0.9/32 InterfaceEndpoint")


def test_PE_5_the_user_route_has_to_win_once_the_host_row_is_gone():
    """The peered subnet's row is longer than the user route, which therefore takes nothing over."""
    net = network(
        A,
        B,
        peering("a", "b", peerCompleteVnets=False, localSubnetNames=["s"], remoteSubnetNames=["pe"]),
        PE,
        enabled(),
        udr("a/s", f"10.2.0.0/16 {NVA}"),
    )
    same(hosts(net, "a/s"), ROW)


BASIC = {"virtualNetworks": {"b": {"privateEndpointVNetPolicies": "Basic"}}}


def test_PE_9_with_high_scale_endpoints_no_host_rows_are_programmed_and_plain_prefixes_decide():
    net = network(A, B, peering("a", "b"), PE, enabled(), BASIC, udr("a/s", f"10.2.0.0/16 {NVA}"))
    assert hosts(net, "a/s") == hosts(net, "b/s") == []
    assert to(net, "a/s", "10.2.1.9") == f"10.2.0.0/16 {NVA}"


def test_PE_9_counts_in_the_vnet_that_holds_the_endpoint_not_in_the_readers():
    basic = {"virtualNetworks": {"a": {"privateEndpointVNetPolicies": "Basic"}}}
    same(hosts(network(A, B, peering("a", "b"), PE, basic), "a/s"), ROW)


REGION = {"virtualNetworks": {v: {"location": "r"} for v in "abc"}}


def test_AVNM_16_host_rows_reach_the_members_of_a_connected_group():
    net = network(A, B, C, REGION, mesh("a", "b"), PE)
    same(hosts(net, "a/s"), ROW)
    assert hosts(net, "c/s") == []


def test_AVNM_16_not_from_space_that_the_group_leaves_out():
    """B's space overlaps C's and is removed from the mesh; with it goes the way to the endpoint (AVNM-5)."""
    net = network(A, B, vnet("c", "10.2.0.0/20"), REGION, mesh("a", "b", "c"), PE)
    assert hosts(net, "a/s") == []
    same(hosts(net, "b/s"), ROW)


def test_AVNM_16_not_from_subnets_that_a_subnet_peering_between_the_members_leaves_out():
    net = network(
        A, B, C, REGION, mesh("a", "b"), PE,
        peering("a", "b", peerCompleteVnets=False, localSubnetNames=["s"], remoteSubnetNames=["s"]),
    )  # fmt: skip
    assert hosts(net, "a/s") == []
