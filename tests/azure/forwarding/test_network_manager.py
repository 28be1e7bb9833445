# ruff: noqa: N802
"""Chapter 8: connectivity configurations of Azure Virtual Network Manager."""

import pytest
from forwarding.tables import (
    INTERNET,
    half,
    hub_and_spoke,
    manager,
    mesh,
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

HUB = vnet("hub", "10.0.0.0/16", location="r")
A = vnet("a", "10.1.0.0/16", location="r")
B = vnet("b", "10.2.0.0/16", location="r")
C = vnet("c", "10.3.0.0/16", location="r")
FAR = vnet("far", "10.9.0.0/16", location="far")
NVA = "VirtualAppliance 10.1.0.4"


def linked(net, place):
    """The rows by which a place reaches other VNets, as ``prefix type``."""
    return [
        line.removeprefix("Default Active ")
        for line in table(net, place)
        if line.endswith(("Peering", "ConnectedGroup"))
    ]


def test_AVNM_1_a_mesh_is_one_row_with_the_prefixes_of_all_other_members():
    net = network(A, B, C, mesh("a", "b", "c"))
    same(linked(net, "a/s"), "10.2.0.0/16,10.3.0.0/16 ConnectedGroup")
    same(linked(net, "c/s"), "10.1.0.0/16,10.2.0.0/16 ConnectedGroup")


def test_AVNM_1_the_row_splits_where_a_user_route_overrides_a_member():
    net = network(A, B, C, mesh("a", "b", "c"), udr("a/s", f"10.2.0.0/16 {NVA}"))
    same(
        table(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Active 10.3.0.0/16 ConnectedGroup",
        "Default Invalid 10.2.0.0/16 ConnectedGroup",
        INTERNET,
        f"User Active 10.2.0.0/16 {NVA}",
    )


def test_AVNM_1_a_group_of_one_gives_no_rows():
    assert linked(network(A, B, mesh("a")), "a/s") == []


def test_AVNM_2_hub_and_spoke_makes_peerings_between_hub_and_spokes():
    net = network(HUB, A, B, FAR, hub_and_spoke("hub", "a", "b", "far", deployedRegions=["r", "far"]))
    same(
        linked(net, "hub/s"),
        "10.1.0.0/16 VNetPeering",
        "10.2.0.0/16 VNetPeering",
        "10.9.0.0/16 VNetGlobalPeering",
    )
    same(linked(net, "a/s"), "10.0.0.0/16 VNetPeering")
    same(linked(net, "far/s"), "10.0.0.0/16 VNetGlobalPeering")


def test_AVNM_2_direct_connectivity_adds_a_group_among_the_spokes_of_one_network_group():
    net = network(HUB, A, B, hub_and_spoke("hub", "a", "b", item={"groupConnectivity": "DirectlyConnected"}))
    same(linked(net, "a/s"), "10.0.0.0/16 VNetPeering", "10.2.0.0/16 ConnectedGroup")
    same(linked(net, "hub/s"), "10.1.0.0/16 VNetPeering", "10.2.0.0/16 VNetPeering")


def test_AVNM_2_not_between_network_groups():
    net = network(
        HUB,
        A,
        B,
        C,
        hub_and_spoke("hub", "a", "b", item={"groupConnectivity": "DirectlyConnected"}),
        {
            "networkManagers": {
                "avnm": {
                    "networkGroups": {"second": {"members": ["c"]}},
                    "connectivityConfigurations": {
                        "hs": {
                            "appliesToGroups": [
                                {"networkGroup": "second", "groupConnectivity": "DirectlyConnected"}
                            ]
                        }
                    },
                }
            }
        },
    )
    same(linked(net, "c/s"), "10.0.0.0/16 VNetPeering")
    same(linked(net, "a/s"), "10.0.0.0/16 VNetPeering", "10.2.0.0/16 ConnectedGroup")


def test_AVNM_3_the_hub_is_not_in_the_connected_group_of_its_spokes():
    """Its link to the spokes is not made (no gateway to share), and the group does not replace it."""
    net = network(
        HUB,
        A,
        B,
        hub_and_spoke(
            "hub", "a", "b", item={"groupConnectivity": "DirectlyConnected", "useHubGateway": True}
        ),
    )
    same(linked(net, "a/s"), "10.2.0.0/16 ConnectedGroup")
    assert linked(net, "hub/s") == []


def test_AVNM_4_a_mesh_is_regional():
    near = vnet("near", "10.8.0.0/16", location="far")
    net = network(A, B, FAR, near, mesh("a", "b", "far", "near", deployedRegions=["r", "far"]))
    same(linked(net, "a/s"), "10.2.0.0/16 ConnectedGroup")
    same(linked(net, "far/s"), "10.8.0.0/16 ConnectedGroup")


def test_AVNM_4_unless_it_is_global():
    net = network(A, B, FAR, mesh("a", "b", "far", deployedRegions=["r", "far"], isGlobal=True))
    same(linked(net, "a/s"), "10.2.0.0/16,10.9.0.0/16 ConnectedGroup")


@pytest.mark.parametrize(("is_global", "row"), [(False, []), (True, ["10.9.0.0/16 ConnectedGroup"])])
def test_AVNM_4_in_hub_and_spoke_the_group_item_says_so(is_global, row):
    item = {"groupConnectivity": "DirectlyConnected", "isGlobal": is_global}
    net = network(HUB, A, FAR, hub_and_spoke("hub", "a", "far", item=item, deployedRegions=["r", "far"]))
    same(linked(net, "a/s"), "10.0.0.0/16 VNetPeering", *row)


@pytest.mark.parametrize("space", ["10.2.0.0/16", "10.2.7.0/24"])
def test_AVNM_5_overlapping_space_is_left_out_of_the_mesh(space):
    net = network(A, B, vnet("c", space, "10.3.0.0/16", location="r"), mesh("a", "b", "c"))
    same(linked(net, "a/s"), "10.3.0.0/16 ConnectedGroup")
    same(linked(net, "b/s"), "10.1.0.0/16,10.3.0.0/16 ConnectedGroup")
    assert to(net, "a/s", "10.2.7.9") == "10.0.0.0/8 None"


def test_AVNM_5_where_overlap_is_disallowed_the_later_vnet_is_not_added():
    net = network(
        A,
        B,
        vnet("c", "10.2.7.0/24", "10.3.0.0/16", location="r"),
        mesh("a", "b", "c", connectivityCapabilities={"connectedGroupAddressOverlap": "Disallowed"}),
    )
    same(linked(net, "a/s"), "10.2.0.0/16 ConnectedGroup")
    same(linked(net, "b/s"), "10.1.0.0/16 ConnectedGroup")
    assert linked(net, "c/s") == []


def test_AVNM_6_space_that_a_member_reaches_through_an_outside_peer_goes_there_and_is_dropped_for_the_others():
    outside = vnet("outside", "10.3.0.0/16", location="r")
    net = network(A, B, C, outside, peering("a", "outside"), mesh("a", "b", "c"))
    same(linked(net, "a/s"), "10.2.0.0/16 ConnectedGroup", "10.3.0.0/16 VNetPeering")
    same(linked(net, "b/s"), "10.1.0.0/16 ConnectedGroup")
    assert to(net, "b/s", "10.3.0.9") == "10.0.0.0/8 None"


def test_AVNM_7_a_peering_outranks_the_group_between_the_same_vnets():
    net = network(A, B, C, mesh("a", "b", "c"), peering("a", "b"))
    same(linked(net, "a/s"), "10.2.0.0/16 VNetPeering", "10.3.0.0/16 ConnectedGroup")


def test_AVNM_7_and_PEER_14_a_subnet_peering_takes_the_other_subnets_connectivity_away():
    net = network(
        A,
        vnet("b", "10.2.0.0/16", location="r", subnets={"s": "10.2.0.0/24", "t": "10.2.1.0/24"}),
        C,
        mesh("a", "b", "c"),
        peering("a", "b", peerCompleteVnets=False, localSubnetNames=["s"], remoteSubnetNames=["s"]),
    )
    same(linked(net, "a/s"), "10.2.0.0/24 VNetPeering", "10.3.0.0/16 ConnectedGroup")
    assert to(net, "a/s", "10.2.1.9") == "10.0.0.0/8 None"


def test_AVNM_7_what_no_group_row_replaces_stays_reserved():
    """The group's prefix equals a reserved range, but a subnet peering hides it: the None row is still in force."""
    net = network(
        A,
        vnet("b", "192.168.0.0/16", location="r", subnets={"s": "192.168.0.0/24"}),
        mesh("a", "b"),
        peering("a", "b", peerCompleteVnets=False, localSubnetNames=["s"], remoteSubnetNames=["s"]),
    )
    assert "192.168.0.0/16" in nones(net, "a/s")
    assert to(net, "a/s", "192.168.9.9") == "192.168.0.0/16 None"


def test_AVNM_8_gateway_routes_do_not_cross_a_mesh():
    net = network(HUB, A, B, vpn("hub", "50.0.0.0/8"), spokes("hub", "a"), mesh("a", "b"))
    assert to(net, "a/s", "50.0.0.1") == "50.0.0.0/8 VirtualNetworkGateway 20.0.0.1"
    assert to(net, "b/s", "50.0.0.1") == "0.0.0.0/0 Internet"


def test_AVNM_8_not_even_from_a_member_that_holds_the_gateway():
    net = network(A, B, vpn("b", "50.0.0.0/8"), mesh("a", "b"))
    assert to(net, "a/s", "50.0.0.1") == "0.0.0.0/0 Internet"


def test_AVNM_9_the_hub_as_gateway_brings_its_routes():
    net = network(HUB, A, vpn("hub", "50.0.0.0/8"), hub_and_spoke("hub", "a", item={"useHubGateway": True}))
    same(
        table(net, "a/s"),
        "Default Active 10.0.0.0/16 VNetPeering",
        "Default Active 10.1.0.0/16 VnetLocal",
        INTERNET,
        "VirtualNetworkGateway Active 50.0.0.0/8 VirtualNetworkGateway 20.0.0.1",
    )


def test_AVNM_9_without_asking_for_it_the_spoke_has_no_gateway_routes():
    net = network(HUB, A, vpn("hub", "50.0.0.0/8"), hub_and_spoke("hub", "a"))
    same(linked(net, "a/s"), "10.0.0.0/16 VNetPeering")
    assert to(net, "a/s", "50.0.0.1") == "0.0.0.0/0 Internet"


def test_AVNM_9_asked_for_without_a_gateway_in_the_hub_the_link_is_not_made():
    net = network(HUB, A, hub_and_spoke("hub", "a", item={"useHubGateway": True}))
    assert linked(net, "a/s") == linked(net, "hub/s") == []


def test_AVNM_10_delete_existing_peering_removes_peerings_that_no_configuration_asks_for():
    net = network(HUB, A, B, peering("a", "b"), hub_and_spoke("hub", "a", "b", deleteExistingPeering=True))
    same(linked(net, "a/s"), "10.0.0.0/16 VNetPeering")


def test_AVNM_10_by_default_they_stay():
    net = network(HUB, A, B, peering("a", "b"), hub_and_spoke("hub", "a", "b"))
    same(linked(net, "a/s"), "10.0.0.0/16 VNetPeering", "10.2.0.0/16 VNetPeering")


def test_AVNM_10_peerings_of_vnets_outside_the_configuration_are_left_alone():
    net = network(HUB, A, B, C, peering("b", "c"), hub_and_spoke("hub", "a", deleteExistingPeering=True))
    same(linked(net, "b/s"), "10.3.0.0/16 VNetPeering")


def test_AVNM_11_a_draft_does_nothing():
    net = network(
        HUB,
        A,
        B,
        hub_and_spoke("hub", "a", "b", deployedRegions=[], deleteExistingPeering=True),
        peering("a", "b"),
    )
    same(linked(net, "a/s"), "10.2.0.0/16 VNetPeering")


def test_AVNM_11_only_vnets_in_the_target_regions_are_configured():
    net = network(HUB, A, FAR, hub_and_spoke("hub", "a", "far"))
    same(linked(net, "hub/s"), "10.1.0.0/16 VNetPeering")
    assert linked(net, "far/s") == []


def test_AVNM_12_a_member_outside_the_deployed_regions_takes_no_part():
    net = network(A, B, FAR, mesh("a", "b", "far", isGlobal=True))
    same(linked(net, "a/s"), "10.2.0.0/16 ConnectedGroup")
    assert linked(net, "far/s") == []


def test_AVNM_13_a_mesh_follows_the_space_of_its_members_without_a_sync():
    grown = vnet("b", "10.2.0.0/16", "10.7.0.0/16", location="r")
    out_of_sync = half("a", "b", remoteAddressSpace=["10.2.0.0/16"]), half("b", "a")
    same(linked(network(A, grown, mesh("a", "b")), "a/s"), "10.2.0.0/16,10.7.0.0/16 ConnectedGroup")
    same(linked(network(A, grown, *out_of_sync), "a/s"), "10.2.0.0/16 VNetPeering")


def test_AVNM_14_a_member_of_two_groups_sees_the_members_of_both():
    net = network(A, B, C, mesh("a", "b"), mesh("a", "c", name="second"))
    same(linked(net, "a/s"), "10.2.0.0/16 ConnectedGroup", "10.3.0.0/16 ConnectedGroup")
    same(linked(net, "b/s"), "10.1.0.0/16 ConnectedGroup")


def test_AVNM_14_a_vnet_met_in_two_groups_is_listed_once():
    net = network(A, B, C, mesh("a", "b", "c"), mesh("a", "b", name="second"))
    same(linked(net, "a/s"), "10.2.0.0/16,10.3.0.0/16 ConnectedGroup")


def test_AVNM_17_members_may_be_chosen_by_tag_or_glob():
    tagged = {"virtualNetworks": {"a": {"tags": {"mesh": "on"}}, "b": {"tags": {"mesh": "on"}}}}
    by_tag = manager("mesh", [], {"connectivityTopology": "Mesh"})
    by_tag["networkManagers"]["avnm"]["networkGroups"]["mesh-group"] = {
        "members": {"where": {"tags.mesh": "on"}}
    }
    same(linked(network(A, B, C, tagged, by_tag), "a/s"), "10.2.0.0/16 ConnectedGroup")
    same(linked(network(A, B, C, mesh("[ab]*", "?")), "a/s"), "10.2.0.0/16,10.3.0.0/16 ConnectedGroup")
