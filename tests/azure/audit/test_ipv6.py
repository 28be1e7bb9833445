# ruff: noqa: N802
"""IPv6 where only a part of a hybrid network has it."""

from control.bgp import HUB, circuit, er, net, nic, onprem, prefixes, quiet

V6_LINKS = {"primaryPeerAddressPrefix": "fd00:f::/126", "secondaryPeerAddressPrefix": "fd00:f::4/126"}
V6_HUB = {"virtualNetworks": {"hub": {"addressSpace": ["fd00:1::/48"]}}}
V6_GATEWAY_SUBNET = {
    "virtualNetworks": {
        "hub2": {
            "location": "north",
            "addressSpace": ["10.2.0.0/16", "fd00:2::/48"],
            "subnets": {
                "GatewaySubnet": {"addressPrefix": ["10.2.0.0/26", "fd00:2::/64"]},
                "vm": {"addressPrefix": ["10.2.3.0/24", "fd00:2:0:3::/64"]},
            },
        }
    }
}
VWAN = {
    "virtualNetworks": {"far": {"location": "north", "addressSpace": ["10.4.0.0/24", "fd00:4::/48"]}},
    "virtualHubs": {
        "vhub": {
            "addressPrefix": "10.3.0.0/23",
            "hubVirtualNetworkConnections": {"c": {"remoteVirtualNetwork": "far"}},
        }
    },
    "expressRouteGateways": {
        "vhub-gw": {
            "virtualHub": "vhub",
            "bgpAddresses": ["10.3.0.12", "10.3.0.13"],
            "allowNonVirtualWanTraffic": True,
            "expressRouteConnections": {"x": {"peer": "er"}},
        }
    },
}
CUSTOMER = (
    circuit(ipv6PeeringConfig=V6_LINKS),
    onprem("ce", 65100, "172.20.0.0/16", "fd00:99::/48", neighbors=quiet("er")),
)


def test_C26_a_gateway_without_an_ipv6_subnet_learns_no_ipv6_either():
    both = net(
        HUB,
        V6_HUB,
        V6_GATEWAY_SUBNET,
        *CUSTOMER,
        er("gw", "hub", allowRemoteVnetTraffic=True),
        er("gw2", "hub2", allowRemoteVnetTraffic=True),
    )
    assert prefixes(both, "gw", received="er") == {"172.20.0.0/16", "10.2.0.0/16"}
    assert prefixes(both, "gw2", received="er") == {
        "172.20.0.0/16",
        "fd00:99::/48",
        "10.0.0.0/16",
        "10.1.0.0/16",
    }
    assert "fd00:99::/48" in nic(both, "hub2/vm")


def test_VWAN6_a_hub_neither_sends_nor_takes_ipv6():
    joined = net(
        V6_GATEWAY_SUBNET,
        VWAN,
        *CUSTOMER,
        er("gw2", "hub2", allowVirtualWanTraffic=True),
    )
    assert prefixes(joined, "er/primary", received="vhub-gw") == {"10.3.0.0/23", "10.4.0.0/24"}
    assert prefixes(joined, "vhub-gw", received="er") == {"172.20.0.0/16", "10.2.0.0/16"}
    assert {str(r.prefix) for r in joined.control_plane.nic_routes("far")} == {"172.20.0.0/16", "10.2.0.0/16"}
