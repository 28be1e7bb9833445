# ruff: noqa: N802
"""Chapter 9 as far as a single look-up goes: what a packet that leaves a NIC follows."""

import pytest
from forwarding.tables import endpoint, lines, mesh, network, peering, to, udr, vnet, vpn

A = vnet("a", "10.1.0.0/16", location="r", subnets={"s": "10.1.0.0/24", "t": "10.1.1.0/24"})
B = vnet("b", "10.2.0.0/16", location="r")
C = vnet("c", "10.3.0.0/16", location="r")


def test_PATH_1_two_nics_of_one_appliance_have_two_tables():
    nics = {"in": {"subnet": "a/s", "ip": "10.1.0.4"}, "out": {"subnet": "a/t", "ip": "10.1.1.4"}}
    net = network(
        A,
        udr("a/s", "50.0.0.0/8 None"),
        {"devices": {"nva": {"kind": "nva", "nics": nics}}},
    )
    assert to(net, "nva/in", "50.0.0.1") == "50.0.0.0/8 None"
    assert to(net, "nva/out", "50.0.0.1") == "0.0.0.0/0 Internet"


@pytest.mark.parametrize("section", ["networkInterfaces", "loadBalancers", "azureFirewalls"])
def test_PATH_2_a_nic_uses_the_table_of_the_subnet_it_leaves(section):
    net = network(A, udr("a/t", "50.0.0.0/8 None"), {section: {"thing": {"subnet": "a/t", "ip": "10.1.1.4"}}})
    assert lines(net, "thing") == lines(net, "a/t") == lines(net, "THING")


def test_PATH_3_a_look_up_is_not_recursive():
    """The next hop 10.2.0.4 is itself routed to None; the row that names it still answers."""
    net = network(
        A, B, peering("a", "b"), udr("a/s", "50.0.0.0/8 VirtualAppliance 10.2.0.4", "10.2.0.4/32 None")
    )
    assert to(net, "a/s", "50.0.0.1") == "50.0.0.0/8 VirtualAppliance 10.2.0.4"


@pytest.mark.parametrize(
    ("address", "row"),
    [
        ("10.1.1.9", "10.1.0.0/16 VnetLocal"),
        ("10.2.0.9", "10.2.0.0/16 VNetPeering"),
        ("10.2.0.10", "10.2.0.10/32 InterfaceEndpoint"),
        ("10.3.0.9", "10.3.0.0/16 ConnectedGroup"),
        ("60.0.0.9", "60.0.0.0/8 VirtualNetworkGateway 20.0.0.1"),
        ("50.0.0.9", "50.0.0.0/8 VirtualAppliance 10.1.1.4"),
        ("8.8.8.8", "0.0.0.0/0 Internet"),
        ("10.9.0.9", "10.0.0.0/8 None"),
    ],
)
def test_PATH_9_each_type_of_row_answers_for_its_addresses(address, row):
    net = network(
        A, B, C, peering("a", "b"), mesh("a", "c"), vpn("a", "60.0.0.0/8"), endpoint("db", "b/s", "10.2.0.10"),
        udr("a/s", "50.0.0.0/8 VirtualAppliance 10.1.1.4"),
    )  # fmt: skip
    assert to(net, "a/s", address) == row


def test_PATH_10_the_gateway_subnet_has_a_table_that_steers_traffic_from_on_premises():
    hub = vnet("hub", "10.0.0.0/16", subnets={"GatewaySubnet": "10.0.0.0/27", "s": "10.0.1.0/24"})
    net = network(
        hub, B, peering("hub", "b"), vpn("hub", "60.0.0.0/8"),
        udr("hub/GatewaySubnet", "10.2.0.0/16 VirtualAppliance 10.0.1.4"),
    )  # fmt: skip
    assert to(net, "hub/GatewaySubnet", "10.2.0.9") == "10.2.0.0/16 VirtualAppliance 10.0.1.4"
    assert to(net, "hub/s", "10.2.0.9") == "10.2.0.0/16 VNetPeering"


def test_PATH_12_both_directions_are_looked_up_on_their_own():
    net = network(A, B, peering("a", "b"), udr("a/s", "10.2.0.0/16 VirtualAppliance 10.1.1.4"))
    assert to(net, "a/s", "10.2.0.9") == "10.2.0.0/16 VirtualAppliance 10.1.1.4"
    assert to(net, "b/s", "10.1.0.9") == "10.1.0.0/16 VNetPeering"
