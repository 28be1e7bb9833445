# ruff: noqa: N802
"""The test vectors of chapter 13: tables that were recorded, with their set-up in a few lines."""

from forwarding.tables import (
    INTERNET,
    appliance,
    endpoint,
    expressroute,
    hub_and_spoke,
    lines,
    mesh,
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

GLOBAL = {"a": {"location": "r1"}, "b": {"location": "r2"}}


def learned(net, place):
    return [
        line.removeprefix("VirtualNetworkGateway ")
        for line in table(net, place)
        if line.startswith("Virtual")
    ]


def test_TV_1_two_peered_vnets():
    net = network(vnet("a", "10.0.0.0/16"), vnet("b", "10.1.0.0/16"), peering("a", "b"))
    same(
        table(net, "a/s"),
        "Default Active 10.0.0.0/16 VnetLocal",
        "Default Active 10.1.0.0/16 VNetPeering",
        INTERNET,
    )
    assert "10.0.0.0/8" in nones(net, "a/s")


def test_TV_2_global_peering_with_a_user_default_route():
    net = network(
        vnet("a", "10.3.0.0/16"),
        vnet("b", "10.4.0.0/16"),
        {"virtualNetworks": GLOBAL},
        peering("a", "b"),
        udr("a/s", "0.0.0.0/0 VirtualAppliance 10.4.2.101"),
    )
    same(
        lines(net, "a/s"),
        "Default Active 10.3.0.0/16 VnetLocal",
        "Default Active 10.4.0.0/16 VNetGlobalPeering",
        "Default Invalid 0.0.0.0/0 Internet",
        "User Active 0.0.0.0/0 VirtualAppliance 10.4.2.101",
    )


def test_TV_3_supernet_and_default_user_routes_leave_vnet_and_peering_active():
    net = network(
        vnet("spoke", "10.0.1.0/24"),
        vnet("hub", "10.0.0.0/24"),
        peering("spoke", "hub"),
        udr("spoke/s", "0.0.0.0/0 VirtualAppliance 10.0.0.166", "10.0.0.0/16 VirtualAppliance 10.0.0.166"),
    )
    same(
        lines(net, "spoke/s"),
        "Default Active 10.0.1.0/24 VnetLocal",
        "Default Active 10.0.0.0/24 VNetPeering",
        "Default Invalid 0.0.0.0/0 Internet",
        "User Active 0.0.0.0/0 VirtualAppliance 10.0.0.166",
        "User Active 10.0.0.0/16 VirtualAppliance 10.0.0.166",
    )


def test_TV_4_spoke_of_a_vpn_hub_with_a_user_route_for_ten_slash_eight():
    site = {
        "localNetworkGateways": {"vpn-site": {"addressPrefixes": ["10.5.0.0/16", "10.5.0.254/32"]}},
    }
    net = network(
        vnet("spoke", "10.1.0.0/16"),
        vnet("hub", "10.4.0.0/16"),
        vpn("hub"),
        site,
        spokes("hub", "spoke"),
        udr("spoke/s", "10.0.0.0/8 VirtualAppliance 10.4.0.4", "10.1.1.0/24 VirtualAppliance 10.4.0.4"),
    )
    same(
        table(net, "spoke/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Active 10.4.0.0/16 VNetPeering",
        INTERNET,
        "User Active 10.0.0.0/8 VirtualAppliance 10.4.0.4",
        "User Active 10.1.1.0/24 VirtualAppliance 10.4.0.4",
        "VirtualNetworkGateway Active 10.5.0.0/16 VirtualNetworkGateway 20.0.0.1",
        "VirtualNetworkGateway Active 10.5.0.254/32 VirtualNetworkGateway 20.0.0.1",
    )
    assert "10.0.0.0/8" not in nones(net, "spoke/s")
    assert {"172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"} <= nones(net, "spoke/s")


HUB = vnet(
    "hub",
    "10.1.0.0/16",
    subnets={
        "s": "10.1.0.0/24",
        "nva": "10.1.1.0/24",
        "RouteServerSubnet": "10.1.2.0/26",
        "GatewaySubnet": "10.1.3.0/27",
    },
)


def test_TV_5_a_default_route_from_an_appliance_over_a_route_server():
    net = network(
        HUB,
        vnet("spoke", "10.0.0.0/16"),
        spokes("hub", "spoke"),
        route_server("hub", "nva"),
        appliance("nva", "hub/nva", "10.1.1.5", "0.0.0.0/0", "10.2.0.0/16"),
    )
    same(
        lines(net, "spoke/s"),
        "Default Active 10.0.0.0/16 VnetLocal",
        "Default Active 10.1.0.0/16 VNetPeering",
        "VirtualNetworkGateway Active 10.2.0.0/16 VirtualNetworkGateway 10.1.1.5",
        "VirtualNetworkGateway Active 0.0.0.0/0 VirtualNetworkGateway 10.1.1.5",
    )


def test_TV_6_four_appliances_are_four_next_hops():
    addresses = ["10.1.1.9", "10.1.1.12", "10.1.1.13", "10.1.1.17"]
    names = [f"nva{i}" for i in range(4)]
    net = network(
        HUB,
        vnet("spoke", "10.0.0.0/16"),
        spokes("hub", "spoke"),
        route_server("hub", *names),
        *(
            appliance(n, "hub/nva", a, "0.0.0.0/0", "10.2.0.0/16")
            for n, a in zip(names, addresses, strict=True)
        ),
    )
    hops = ",".join(sorted(addresses))
    same(
        learned(net, "spoke/s"),
        f"Active 10.2.0.0/16 VirtualNetworkGateway {hops}",
        f"Active 0.0.0.0/0 VirtualNetworkGateway {hops}",
    )


def test_TV_7_each_prefix_of_an_active_active_vpn_gateway_has_both_instances():
    net = network(
        vnet("onprem", "10.2.0.0/16"),
        vpn("onprem", "10.0.0.0/16", "10.1.0.0/16", activeActive=True, bgpAddresses=["10.2.0.4", "10.2.0.5"]),
    )
    same(
        learned(net, "onprem/s"),
        "Active 10.0.0.0/16 VirtualNetworkGateway 10.2.0.4,10.2.0.5",
        "Active 10.1.0.0/16 VirtualNetworkGateway 10.2.0.4,10.2.0.5",
    )


def test_TV_8_and_C_3_space_of_a_plain_peer_is_a_gateway_row_in_the_spokes_only():
    net = network(
        HUB,
        vnet("plain", "10.3.0.0/16"),
        vnet("spoke", "10.4.0.0/16"),
        {
            "virtualNetworks": {
                "hub": {"location": "r1"},
                "plain": {"location": "r2"},
                "spoke": {"location": "r3"},
            }
        },
        peering("hub", "plain"),
        spokes("hub", "spoke"),
        route_server("hub", "nva"),
        appliance("nva", "hub/nva", "10.1.1.4", "10.0.0.0/16", "10.5.0.0/16", "10.3.0.0/16"),
    )
    both = [f"Active {p} VirtualNetworkGateway 10.1.1.4" for p in ("10.0.0.0/16", "10.5.0.0/16")]
    same(learned(net, "hub/s"), *both)
    assert "Default Active 10.3.0.0/16 VNetGlobalPeering" in table(net, "hub/s")
    same(learned(net, "spoke/s"), *both, "Active 10.3.0.0/16 VirtualNetworkGateway 10.1.1.4")


def test_TV_9_an_announced_subnet_of_the_route_servers_own_vnet_is_not_programmed():
    net = network(
        HUB,
        vnet("spoke", "10.4.0.0/16"),
        spokes("hub", "spoke"),
        route_server("hub", "nva"),
        appliance("nva", "hub/nva", "10.1.1.4", "10.1.10.0/24"),
    )
    assert learned(net, "hub/s") == learned(net, "spoke/s") == []


def test_TV_10_a_service_endpoint_is_one_extra_row_in_its_subnet_only():
    subnets = {
        "s": {"addressPrefix": "10.0.0.0/25", "serviceEndpoints": ["Microsoft.Storage"]},
        "t": "10.0.0.128/25",
    }
    net = network(vnet("a", "10.0.0.0/24", subnets=subnets), vnet("b", "10.1.0.0/24"), peering("a", "b"))
    extra = "Default Active service:Microsoft.Storage VirtualNetworkServiceEndpoint"
    same(table(net, "a/s"), *table(net, "a/t"), extra)
    assert extra not in table(net, "b/s")


def test_TV_11_an_endpoint_is_a_host_row_in_its_vnet_and_the_peer():
    net = network(
        vnet("a", "10.0.0.0/24"),
        vnet("b", "10.1.0.0/24"),
        peering("a", "b"),
        endpoint("db", "a/s", "10.0.0.5"),
    )
    for place in ("a/s", "b/s"):
        assert "Default Active 10.0.0.5/32 InterfaceEndpoint" in table(net, place)


def test_TV_12_endpoints_under_a_user_route_with_policies_on():
    parts = [
        vnet(
            "a",
            "192.168.0.0/16",
            subnets={
                "s": "192.168.0.0/24",
                "pe": {"addressPrefix": "192.168.2.0/24", "privateEndpointNetworkPolicies": "Enabled"},
            },
        ),
        endpoint("one", "a/pe", "192.168.2.4"),
        endpoint("two", "a/pe", "192.168.2.5"),
    ]
    hosts = ["Default {} 192.168.2.4/32 InterfaceEndpoint", "Default {} 192.168.2.5/32 InterfaceEndpoint"]
    local = ["Default Active 192.168.0.0/16 VnetLocal", INTERNET]
    same(table(network(*parts), "a/s"), *local, *(h.format("Active") for h in hosts))
    same(
        table(network(*parts, udr("a/s", "192.168.2.0/24 VirtualAppliance 192.168.16.4")), "a/s"),
        *local,
        *(h.format("Invalid") for h in hosts),
        "User Active 192.168.2.0/24 VirtualAppliance 192.168.16.4",
    )


def test_TV_13_a_mesh_of_six_is_one_row_of_five_prefixes():
    members = [vnet(f"m{i}", f"172.16.{i}.0/24", location="r") for i in range(6)]
    net = network(*members, mesh(*(f"m{i}" for i in range(6))))
    same(
        table(net, "m0/s"),
        "Default Active 172.16.0.0/24 VnetLocal",
        "Default Active 172.16.1.0/24,172.16.2.0/24,172.16.3.0/24,172.16.4.0/24,172.16.5.0/24 ConnectedGroup",
        INTERNET,
    )
    assert nones(net, "m0/s") >= {"172.16.0.0/12"}


def test_TV_14_subnet_peering_with_a_user_route_for_the_whole_vnet():
    net = network(
        vnet("left", "10.0.0.0/16", subnets={f"subnet{i}": f"10.0.{i}.0/24" for i in range(3)}),
        vnet("right", "10.1.0.0/16", subnets={f"subnet{i}": f"10.1.{i}.0/24" for i in range(3)}),
        peering(
            "left",
            "right",
            peerCompleteVnets=False,
            localSubnetNames=["subnet1"],
            remoteSubnetNames=["subnet0", "subnet2"],
        ),
        *(udr(f"left/subnet{i}", "10.1.0.0/16 VirtualAppliance 10.0.4.4") for i in range(3)),
    )
    for i in range(3):
        same(
            table(net, f"left/subnet{i}"),
            "Default Active 10.0.0.0/16 VnetLocal",
            "Default Active 10.1.0.0/24 VNetPeering",
            "Default Active 10.1.2.0/24 VNetPeering",
            INTERNET,
            "User Active 10.1.0.0/16 VirtualAppliance 10.0.4.4",
        )
        assert to(net, f"left/subnet{i}", "10.1.0.4") == "10.1.0.0/24 VNetPeering"
        same(
            table(net, f"right/subnet{i}"),
            "Default Active 10.1.0.0/16 VnetLocal",
            "Default Active 10.0.1.0/24 VNetPeering",
            INTERNET,
        )


def test_TV_15_expressroute_rows_show_the_same_msee_addresses_in_hub_and_spokes():
    """Recorded next hops are addresses of the platform that nothing declares (C-25)."""
    net = network(
        HUB, vnet("spoke", "10.7.0.0/16"), spokes("hub", "spoke"), expressroute("hub", "10.100.0.0/24")
    )
    row = "Active 10.100.0.0/24 VirtualNetworkGateway unknown,unknown"
    same(learned(net, "hub/s"), row)
    same(learned(net, "spoke/s"), row)


def test_TV_16_the_documented_example():
    """The example of the user-defined-routes page, without the addresses that the page leaves out."""
    nva = "VirtualAppliance 10.0.100.4"
    net = network(
        vnet(
            "Virtual-network-1",
            "10.0.0.0/16",
            subnets={
                "Subnet1": {"addressPrefix": "10.0.0.0/24", "serviceEndpoints": ["Microsoft.Storage"]},
                "Subnet2": "10.0.1.0/24",
            },
        ),
        vnet("Virtual-network-2", "10.1.0.0/16", "10.2.0.0/16"),
        peering("Virtual-network-1", "Virtual-network-2"),
        vpn("Virtual-network-1", "10.10.0.0/16"),
        udr(
            "Virtual-network-1/Subnet1",
            f"10.0.0.0/16 {nva}", "10.0.0.0/24 VnetLocal", "10.1.0.0/16 None", "10.2.0.0/16 None",
            f"10.10.0.0/16 {nva}", f"0.0.0.0/0 {nva}",
        ),
    )  # fmt: skip
    same(
        lines(net, "Virtual-network-1/Subnet1"),
        "Default Invalid 10.0.0.0/16 VnetLocal",
        f"User Active 10.0.0.0/16 {nva}",
        "User Active 10.0.0.0/24 VnetLocal",
        "Default Invalid 10.1.0.0/16 VNetPeering",
        "Default Invalid 10.2.0.0/16 VNetPeering",
        "User Active 10.1.0.0/16 None",
        "User Active 10.2.0.0/16 None",
        "VirtualNetworkGateway Invalid 10.10.0.0/16 VirtualNetworkGateway 20.0.0.1",
        f"User Active 10.10.0.0/16 {nva}",
        "Default Active service:Microsoft.Storage VirtualNetworkServiceEndpoint",
        "Default Invalid 0.0.0.0/0 Internet",
        f"User Active 0.0.0.0/0 {nva}",
    )
    same(
        table(net, "Virtual-network-1/Subnet2"),
        "Default Active 10.0.0.0/16 VnetLocal",
        "Default Active 10.1.0.0/16 VNetPeering",
        "Default Active 10.2.0.0/16 VNetPeering",
        "VirtualNetworkGateway Active 10.10.0.0/16 VirtualNetworkGateway 20.0.0.1",
        INTERNET,
    )
    documented = {"10.0.0.0/8", "100.64.0.0/10", "192.168.0.0/16"}
    assert nones(net, "Virtual-network-1/Subnet2") >= documented
    assert nones(net, "Virtual-network-1/Subnet1") == set()


def test_TV_1_and_TV_13_hold_for_hub_and_spoke_with_direct_connectivity():
    net = network(
        vnet("hub", "10.0.0.0/16", location="r"),
        vnet("a", "10.1.0.0/16", location="r"),
        vnet("b", "10.2.0.0/16", location="r"),
        hub_and_spoke("hub", "a", "b", item={"groupConnectivity": "DirectlyConnected"}),
    )
    same(
        table(net, "a/s"),
        "Default Active 10.1.0.0/16 VnetLocal",
        "Default Active 10.0.0.0/16 VNetPeering",
        "Default Active 10.2.0.0/16 ConnectedGroup",
        INTERNET,
    )
