# ruff: noqa: N802
"""Every value of every switch that turns a rule of the forwarding side."""

import pytest
from forwarding.tables import (
    endpoint,
    hub_and_spoke,
    lines,
    mesh,
    network,
    nones,
    peering,
    table,
    to,
    udr,
    vnet,
    vpn,
)

from routeng.azure.profile import SWITCHES, setting
from routeng.inputs.errors import InputErrors

A = vnet("a", "10.1.0.0/16", location="r", subnets={"s": "10.1.0.0/24", "t": "10.1.1.0/24"})
B = vnet("b", "10.2.0.0/16", location="r", subnets={"s": "10.2.0.0/24", "pe": "10.2.1.0/24"})
C = vnet("c", "10.3.0.0/16", location="r")
NVA = "VirtualAppliance 10.1.1.4"
PE = endpoint("db", "b/pe", "10.2.1.9")
POLICIES = {"virtualNetworks": {"b": {"subnets": {"pe": {"privateEndpointNetworkPolicies": "Enabled"}}}}}
SUBNETS = {"peerCompleteVnets": False, "localSubnetNames": ["s"], "remoteSubnetNames": ["pe"]}


def switched(name, value, *parts):
    return network(*parts, {"profile": {name: value}})


def has(net, place, text):
    return any(text in line for line in lines(net, place))


@pytest.mark.parametrize("name", sorted(SWITCHES))
def test_the_first_value_of_a_switch_is_its_default(name):
    assert setting({}, name) == SWITCHES[name].values[0]
    assert all(setting({name: value}, name) == value for value in SWITCHES[name].values)


@pytest.mark.parametrize("name", sorted(SWITCHES))
def test_a_value_that_a_switch_does_not_have_is_refused(name):
    with pytest.raises(InputErrors, match=f"/profile/{name}: expected one of"):
        switched(name, "maybe", A)


@pytest.mark.parametrize(
    ("value", "count"), [("2018", 3), ("2021-03", 5), ("2021-11", 15), ("2023", 17), ("2026-08", 21)]
)
def test_system_none_routes_SYS_3(value, count):
    assert len(nones(switched("system-none-routes", value, vnet("a", "11.0.0.0/16")), "a/s")) == count


@pytest.mark.parametrize(("value", "others"), [("all-subnets", True), ("local-only", False)])
def test_PEER_12_rows_of_a_subnet_peering_in_other_subnets(value, others):
    net = switched("PEER-12", value, A, B, peering("a", "b", **SUBNETS))
    assert has(net, "a/s", "10.2.1.0/24 VNetPeering")
    assert has(net, "a/t", "10.2.1.0/24 VNetPeering") is others
    assert has(net, "b/pe", "10.1.0.0/24 VNetPeering")
    assert has(net, "b/s", "10.1.0.0/24 VNetPeering") is others


@pytest.mark.parametrize(("value", "host"), [("removed", False), ("kept", True)])
def test_PE_9_host_rows_under_high_scale_endpoints(value, host):
    basic = {"virtualNetworks": {"b": {"privateEndpointVNetPolicies": "Basic"}}}
    net = switched("PE-9", value, A, B, peering("a", "b"), PE, basic)
    assert has(net, "a/s", "InterfaceEndpoint") is has(net, "b/s", "InterfaceEndpoint") is host


@pytest.mark.parametrize(("value", "state"), [("longest-match", "Active"), ("vnet-prefix", "Invalid")])
def test_PE_5_a_user_route_shorter_than_the_row_of_a_subnet_peering(value, state):
    net = switched(
        "PE-5", value, A, B, peering("a", "b", **SUBNETS), PE, POLICIES, udr("a/s", f"10.2.0.0/16 {NVA}")
    )
    assert has(net, "a/s", f"{state} 10.2.1.9/32 InterfaceEndpoint")


@pytest.mark.parametrize(("value", "met"), [("hub-out", False), ("hub-in", True)])
def test_AVNM_3_the_hub_in_the_connected_group(value, met):
    item = {"groupConnectivity": "DirectlyConnected", "useHubGateway": True}
    net = switched("AVNM-3", value, A, B, C, hub_and_spoke("c", "a", "b", item=item))
    assert (to(net, "a/s", "10.3.0.9") == "10.3.0.0/16 ConnectedGroup") is met
    assert (to(net, "c/s", "10.1.0.9") == "10.1.0.0/16 ConnectedGroup") is met
    assert to(net, "a/s", "10.2.0.9") == "10.2.0.0/16 ConnectedGroup"


@pytest.mark.parametrize(("value", "host"), [("reached", True), ("not-reached", False)])
def test_AVNM_16_host_rows_across_a_connected_group(value, host):
    net = switched("AVNM-16", value, A, B, mesh("a", "b"), PE)
    assert has(net, "a/s", "InterfaceEndpoint") is host
    assert has(net, "b/s", "InterfaceEndpoint")


@pytest.mark.parametrize(
    ("value", "row"),
    [("on", "10.2.0.0/16 ConnectedGroup"), ("off", "10.2.7.0/24 VirtualNetworkGateway 20.0.0.1")],
)
def test_PREC_10_a_longer_gateway_route_in_the_space_of_a_connected_group(value, row):
    net = switched("PREC-10", value, A, B, mesh("a", "b"), vpn("a", "10.2.7.0/24"))
    assert to(net, "a/s", "10.2.7.9") == row


def test_PREC_10_off_an_equal_gateway_route_does_not_win_either():
    net = switched("PREC-10", "off", A, B, mesh("a", "b"), vpn("a", "10.2.0.0/16"))
    assert to(net, "a/s", "10.2.0.9") == "10.2.0.0/16 ConnectedGroup"


@pytest.mark.parametrize(("value", "groups"), [("peering", True), ("peering-and-groups", False)])
def test_UDR_9_connected_groups_under_disable_peering_route(value, groups):
    net = switched(
        "UDR-9", value, A, B, C, peering("a", "b"), mesh("a", "c"), udr("a/s", disablePeeringRoute="All")
    )
    assert not has(net, "a/s", "VNetPeering")
    assert has(net, "a/s", "ConnectedGroup") is groups
    assert has(net, "a/t", "ConnectedGroup")


STORAGE = {
    "virtualNetworks": {"a": {"subnets": {"s": {"serviceEndpoints": ["Microsoft.Storage", "Microsoft.Sql"]}}}}
}


@pytest.mark.parametrize(("value", "state"), [("kept", "Active"), ("invalid", "Invalid")])
def test_SE_6_a_service_endpoint_under_a_user_route_to_the_services_tag(value, state):
    net = switched("SE-6", value, A, STORAGE, udr("a/s", f"Storage {NVA}"))
    assert has(net, "a/s", f"{state} service:Microsoft.Storage")
    assert has(net, "a/s", "Active service:Microsoft.Sql")


@pytest.mark.parametrize("value", ["kept", "invalid"])
def test_SE_6_a_default_route_is_no_equal_prefix(value):
    net = switched("SE-6", value, A, STORAGE, udr("a/s", f"0.0.0.0/0 {NVA}"))
    assert has(net, "a/s", "Active service:Microsoft.Storage")
    assert "Default Active 10.1.0.0/16 VnetLocal" in table(net, "a/s")
