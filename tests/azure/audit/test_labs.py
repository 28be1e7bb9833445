# ruff: noqa: N802
"""Labs that the facts quote values of, built small: two hubs on one circuit, dual-homed spokes, one appliance between
two route servers, anycast, a Virtual WAN whose routes a customer router reflects."""

import pytest
from control.bgp import (
    HUB,
    ars,
    aspaths,
    best,
    circuit,
    er,
    lines,
    net,
    nic,
    nva,
    onprem,
    paths,
    prefixes,
    quiet,
)

ONPREM = "10.1.34.0/25"


def firewalled_hub(i, spoke):
    """A hub of FAB-2HUB: gateway, route server, an FRR appliance that sets the firewall as next hop."""
    base = f"10.1{i}"
    return {
        "virtualNetworks": {
            f"hub{i}": {
                "location": f"region{i}",
                "addressSpace": [f"{base}.0.0/23"],
                "subnets": {
                    "firewall": {"addressPrefix": f"{base}.0.0/26"},
                    "vm": {"addressPrefix": f"{base}.0.64/26"},
                    "RouteServerSubnet": {"addressPrefix": f"{base}.1.0/27"},
                    "nva": {"addressPrefix": f"{base}.1.32/27"},
                    "GatewaySubnet": {"addressPrefix": f"{base}.1.224/27"},
                },
            },
            f"spoke{i}": {
                "location": f"region{i}",
                "addressSpace": [spoke],
                "subnets": {"vm": {"addressPrefix": spoke}},
            },
        },
        "peerings": [{"vnets": [f"hub{i}", f"spoke{i}"]}],
        "virtualNetworkGateways": {
            f"gw{i}": {
                "gatewayType": "ExpressRoute",
                "vnet": f"hub{i}",
                "bgpAddresses": [f"{base}.1.236", f"{base}.1.237"],
                "allowRemoteVnetTraffic": True,
            }
        },
        "connections": {
            f"c{i}": {
                "connectionType": "ExpressRoute",
                "virtualNetworkGateway1": f"gw{i}",
                "peer": "er",
                "mseeAddresses": {"primary": f"{base}.1.228", "secondary": f"{base}.1.229"},
            }
        },
        "routeServers": {
            f"rs{i}": {
                "subnet": f"hub{i}/RouteServerSubnet",
                "virtualRouterIps": [f"{base}.1.4", f"{base}.1.5"],
                "allowBranchToBranchTraffic": True,
                "bgpConnections": {"nva": {"peer": f"nva{i}"}},
            }
        },
        "devices": {
            f"nva{i}": {
                "kind": "nva",
                "subnet": f"hub{i}/nva",
                "ip": f"{base}.1.50",
                "software": "frr",
                "bgp": {
                    "asn": 65000 + i,
                    "networks": [spoke],
                    "neighbors": {f"rs{i}": {"nextHop": f"{base}.0.4"}},
                },
            }
        },
    }


@pytest.fixture(scope="module")
def two_hubs():
    """FAB-2HUB."""
    return net(
        firewalled_hub(1, "10.0.1.0/24"),
        firewalled_hub(2, "10.0.3.0/24"),
        circuit("er", "ce"),
        onprem("ce", 65020, ONPREM, neighbors=quiet("er")),
    )


def test_S2_R29_the_firewall_is_the_next_hop_at_the_route_server(two_hubs):
    rows = two_hubs.rib("rs1", received="nva1").rows()
    assert lines(rows, "sourcePeer") == ["10.0.1.0/24 65001 via 10.11.0.4 10.11.1.50"] * 2


def test_S3_R29_the_gateway_keeps_the_firewall_as_next_hop_over_ibgp(two_hubs):
    rows = two_hubs.rib("gw1", local_address="10.11.1.236", received="rs1").rows()
    found = {(r["sourcePeer"], r["nextHop"], r["asPath"], r["origin"], r["weight"]) for r in rows}
    assert {r["network"] for r in rows} == {"10.0.1.0/24"}
    assert found == {(ip, "10.11.0.4", "65001", "IBgp", 32768) for ip in ("10.11.1.4", "10.11.1.5")}


def test_A13_A17_the_other_hub_is_hairpinned_and_its_appliances_routes_are_not(two_hubs):
    assert aspaths(two_hubs, "gw1", "10.12.0.0/23") == {"12076-12076"}
    assert aspaths(two_hubs, "er/primary", "10.0.3.0/24") == {"65515-65002"}
    assert "10.0.3.0/24" not in prefixes(two_hubs, "gw1")


def test_R7_the_appliance_hears_the_circuit_and_the_hairpinned_vnet(two_hubs):
    sent = two_hubs.rib("rs1", advertised="nva1", local_address="10.11.1.4").rows()
    assert lines(sent) == [
        "10.1.34.0/25 65515-12076-65020 via 10.11.1.4",
        "10.11.0.0/23 65515 via 10.11.1.4",
        "10.12.0.0/23 65515-12076-12076 via 10.11.1.4",
    ]


def test_B6_the_two_instances_of_a_route_server_are_equal_to_the_appliance(two_hubs):
    found = paths(two_hubs, "nva1", ONPREM)
    assert [p.removesuffix(" *") for p in found] == [
        f"65515-12076-65020 via 10.11.1.{host}" for host in (4, 5)
    ]


# -- dual-homed spoke (FAB-DH) ------------------------------------------------


def ios_hub(i, site):
    """A hub of FAB-DH: gateway and circuit of its own, a CSR that peers with two route servers."""
    base = f"10.10{i}"
    return {
        "virtualNetworks": {
            f"hub{i}": {
                "location": "north",
                "addressSpace": [f"{base}.0.0/16"],
                "subnets": {
                    "GatewaySubnet": {"addressPrefix": f"{base}.1.0/26"},
                    "RouteServerSubnet": {"addressPrefix": f"{base}.2.0/26"},
                    "nva": {"addressPrefix": f"{base}.3.0/24"},
                },
            }
        },
        "peerings": [{"vnets": ["spoke", f"hub{i}"]}],
        "virtualNetworkGateways": {f"gw{i}": {"gatewayType": "ExpressRoute", "vnet": f"hub{i}"}},
        "connections": {
            f"c{i}": {
                "connectionType": "ExpressRoute",
                "virtualNetworkGateway1": f"gw{i}",
                "peer": f"er{i}",
            }
        },
        "routeServers": {
            f"rs{i}": {
                "subnet": f"hub{i}/RouteServerSubnet",
                "virtualRouterIps": [f"{base}.2.4", f"{base}.2.5"],
                "allowBranchToBranchTraffic": True,
                "bgpConnections": {"csr": {"peer": f"csr{i}"}},
            },
            "rs0": {"bgpConnections": {f"csr{i}": {"peer": f"csr{i}"}}},
        },
        "devices": {
            f"csr{i}": {
                "kind": "nva",
                "subnet": f"hub{i}/nva",
                "ip": f"{base}.3.10",
                "software": "ios",
                "bgp": {
                    "asn": 65000 + i,
                    "networks": [f"{base}.3.0/24"],
                    "neighbors": {f"rs{i}": {"asOverride": True}, "rs0": {"asOverride": True}},
                },
            },
            f"ce{i}": {
                "kind": "onprem",
                "bgp": {"asn": 65020 + i, "networks": [site], "neighbors": quiet(f"er{i}")},
            },
        },
        "expressRouteCircuits": {f"er{i}": {"peerings": {"AzurePrivatePeering": {"peer": f"ce{i}"}}}},
    }


SPOKE = {
    "virtualNetworks": {
        "spoke": {
            "location": "north",
            "addressSpace": ["10.100.0.0/24"],
            "subnets": {
                "RouteServerSubnet": {"addressPrefix": "10.100.0.0/26"},
                "vm": {"addressPrefix": "10.100.0.64/26"},
            },
        }
    },
    "routeServers": {
        "rs0": {
            "subnet": "spoke/RouteServerSubnet",
            "virtualRouterIps": ["10.100.0.4", "10.100.0.5"],
            "allowBranchToBranchTraffic": True,
        }
    },
}
DUAL_HOMED = (SPOKE, ios_hub(1, "10.2.13.0/25"), ios_hub(2, "10.2.20.0/25"))


def test_R28_each_site_is_reached_through_the_appliance_with_the_shorter_path():
    computed = net(*DUAL_HOMED)
    assert nic(computed, "spoke/vm") == {"10.2.13.0/25": ["10.101.3.10"], "10.2.20.0/25": ["10.102.3.10"]}
    assert best(computed, "rs0", "10.2.13.0/25") == {"65001-65001-12076-65021"}


def test_R14_the_appliances_own_nic_points_at_itself_for_the_other_hubs_subnet():
    assert nic(net(*DUAL_HOMED), "hub1/nva")["10.102.3.0/24"] == ["10.101.3.10"]


@pytest.mark.parametrize(("choice", "listed"), [("listed", {"65001-65001"}), ("dropped", set())])
def test_C12_R4_echoes_of_the_route_servers_own_space(choice, listed):
    computed = net(*DUAL_HOMED, {"profile": {"ars-local-prefixes-learned": choice}})
    assert aspaths(computed, "rs0", "10.100.0.0/24", received="csr1") == listed
    assert "10.100.0.0/24" not in nic(computed, "spoke/vm")


def test_R8_the_spokes_route_server_gives_one_appliance_what_the_other_brought():
    computed = net(*DUAL_HOMED)
    assert aspaths(computed, "csr1", "10.2.20.0/25") == {"65515-65002-65002-12076-65022"}
    assert aspaths(computed, "csr1", "10.102.3.0/24") == {"65515-65002"}


# -- one appliance between two route servers (FAB-ALT) ------------------------------------------------

SECOND = {
    "virtualNetworks": {
        "hub2": {
            "location": "south",
            "addressSpace": ["10.2.0.0/16"],
            "subnets": {
                "RouteServerSubnet": {"addressPrefix": "10.2.2.0/26"},
                "GatewaySubnet": {"addressPrefix": "10.2.0.0/26"},
                "nva": {"addressPrefix": "10.2.1.0/24"},
                "vm": {"addressPrefix": "10.2.3.0/24"},
            },
        }
    },
    "peerings": [{"vnets": ["hub", "hub2"]}],
}


@pytest.mark.parametrize(("how", "hop"), [({}, "10.0.1.4"), ({"nextHop": "unchanged"}, "10.0.2.4")])
def test_R2_R29_an_appliance_between_two_route_servers(how, hop):
    override = {"asOverride": True, **how}
    computed = net(
        HUB,
        SECOND,
        er(),
        circuit(),
        onprem("ce", 65020, ONPREM, neighbors=quiet("er")),
        ars("nva"),
        ars("nva", name="ars2", vnet="hub2"),
        nva("nva", software="frr", neighbors={"ars": override, "ars2": override}),
    )
    assert lines(computed.rib("ars2", received="nva", local_address="10.2.2.4").rows()) == [
        f"10.0.0.0/16 65001-65001 via {hop}",
        f"10.1.0.0/16 65001-65001 via {hop}",
        f"{ONPREM} 65001-65001-12076-65020 via {hop}",
    ]
    assert nic(computed, "hub2/vm") == {"10.1.0.0/16": [hop], ONPREM: [hop]}


# -- anycast (ADS-ANY) ------------------------------------------------


def test_A17_branch_to_branch_turns_a_hairpinned_anycast_route_into_the_local_one():
    def lab(branch):
        return net(
            HUB,
            SECOND,
            er(allowRemoteVnetTraffic=True),
            er("gw2", "hub2", allowRemoteVnetTraffic=True),
            circuit(),
            onprem("ce", 65020, ONPREM, neighbors=quiet("er")),
            ars("nva", branch=branch),
            ars("nva2", name="ars2", vnet="hub2"),
            nva("nva", "10.0.1.4", 65001, "9.9.9.9/32"),
            nva("nva2", "10.2.1.4", 65003, "9.9.9.9/32", "10.60.0.0/16", place="hub2/nva"),
        )

    off, on = lab(False), lab(True)
    for prefix in ("9.9.9.9/32", "10.60.0.0/16"):
        assert aspaths(off, "gw", prefix) == {"12076-12076-65003"}
    assert aspaths(on, "gw", "9.9.9.9/32") == {"65001"}
    assert "10.60.0.0/16" not in prefixes(on, "gw")
    assert aspaths(on, "gw", "10.2.0.0/16") == aspaths(off, "gw", "10.2.0.0/16") == {"12076-12076"}


# -- a customer router between two circuits of a Virtual WAN (ERJ-2ER) ------------------------------------------------


def vhub(i, prefix, spoke):
    """A Virtual WAN hub with a VNet and a circuit."""
    return {
        "virtualNetworks": {f"s{i}": {"location": "north", "addressSpace": [spoke]}},
        "virtualHubs": {
            f"vhub{i}": {
                "addressPrefix": prefix,
                "hubVirtualNetworkConnections": {"c": {"remoteVirtualNetwork": f"s{i}"}},
            }
        },
        "expressRouteGateways": {
            f"vgw{i}": {
                "virtualHub": f"vhub{i}",
                "expressRouteConnections": {f"x{i}": {"peer": f"er{i}"}},
            }
        },
    }


def test_A14_A5_an_msee_prefers_the_reflected_copy_to_the_longer_path_of_the_other_hub():
    computed = net(
        vhub(1, "192.168.10.0/23", "10.1.0.0/24"),
        vhub(2, "192.168.20.0/23", "10.2.0.0/24"),
        circuit("er1", "ce", 1),
        circuit("er2", "ce", 2),
        onprem("ce", 65001, "172.20.0.0/16"),
    )
    assert aspaths(computed, "er2/primary", "10.1.0.0/24") == {"65001-12076", "65515-65520-65520"}
    assert best(computed, "er2/primary", "10.1.0.0/24") == {"65001-12076"}
    assert aspaths(computed, "vgw2", "10.1.0.0/24") == {"65520-65520"}
