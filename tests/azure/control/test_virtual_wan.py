# ruff: noqa: N802
"""Virtual WAN where it meets a circuit."""

import pytest
from control.bgp import HUB, aspaths, circuit, er, lines, net, onprem, prefixes, quiet

CLOUD, SITE = "10.0.0.0/16", "172.20.0.0/16"


def vwan(name="vhub", prefix="10.100.0.0/23", spoke="10.101.0.0/24", peer="er", **gateway):
    """A hub with one connected VNet and an ExpressRoute gateway."""
    third = prefix.split(".")[2]
    return {
        "virtualNetworks": {
            f"{name}-spoke": {
                "location": "north",
                "addressSpace": [spoke, f"fd00:{third}::/48"],
                "subnets": {"vm": {"addressPrefix": spoke}},
            }
        },
        "virtualHubs": {
            name: {
                "addressPrefix": prefix,
                "hubVirtualNetworkConnections": {"c": {"remoteVirtualNetwork": f"{name}-spoke"}},
            }
        },
        "expressRouteGateways": {
            f"{name}-gw": {
                "virtualHub": name,
                "bgpAddresses": [prefix.replace(".0/23", ".12"), prefix.replace(".0/23", ".13")],
                "expressRouteConnections": {"x": {"peer": peer}},
                **gateway,
            }
        },
    }


BOTH = (HUB, er(allowVirtualWanTraffic=True), circuit(), onprem("ce", 65100, neighbors=quiet("er")))


def test_A5_LAB19_a_hub_announces_its_prefix_and_its_vnets_ipv4_only():
    computed = net(*BOTH, vwan())
    assert lines(computed.rib("er/primary", received="vhub-gw").rows()) == [
        f"{p} 65515 via 10.100.0.{host}" for p in ("10.100.0.0/23", "10.101.0.0/24") for host in (12, 13)
    ]


def test_A5_what_belongs_to_another_hub_carries_65520_twice():
    computed = net(*BOTH, vwan(), vwan("vhub2", "10.100.2.0/23", "10.102.0.0/24", peer="er"))
    assert aspaths(computed, "er/primary", "10.102.0.0/24") == {"65515", "65515-65520-65520"}
    assert aspaths(computed, "ce", "10.102.0.0/24") == {"12076"}


def test_H2_hairpin_with_virtual_wan_needs_both_flags():
    both = net(*BOTH, vwan(allowNonVirtualWanTraffic=True))
    assert aspaths(both, "gw", "10.101.0.0/24") == {"12076-12076"}
    assert aspaths(both, "vhub-gw", CLOUD) == {"12076-12076"}
    assert "10.101.0.0/24" not in prefixes(net(*BOTH, vwan()), "gw")
    closed = net(HUB, er(), circuit(), onprem(), vwan(allowNonVirtualWanTraffic=True))
    assert "10.101.0.0/24" not in prefixes(closed, "gw")


def test_VWAN1_a_connected_vnet_is_given_what_the_hub_learns():
    computed = net(
        *BOTH, vwan(allowNonVirtualWanTraffic=True), vwan("vhub2", "10.100.2.0/23", "10.102.0.0/24")
    )
    found = {str(r.prefix): (r.next_hops, r.kind) for r in computed.control_plane.nic_routes("vhub-spoke")}
    assert set(found) == {"10.100.2.0/23", "10.102.0.0/24", SITE, CLOUD, "10.1.0.0/16"}
    assert set(found.values()) == {((None,), "vwan")}


@pytest.mark.parametrize("weight", [0, 50])
def test_W2_a_hub_gateway_weighs_its_connection_too(weight):
    parts = vwan()
    parts["expressRouteGateways"]["vhub-gw"]["expressRouteConnections"]["x"]["routingWeight"] = weight
    rows = [r for r in net(*BOTH, parts).rib("vhub-gw").rows() if r["network"] == SITE]
    assert {r["weight"] for r in rows} == {32769 + weight}
