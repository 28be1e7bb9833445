# ruff: noqa: N802
"""Two Azure VPN gateways joined by local network gateways, one for each instance at the other end."""

import pytest
from control.bgp import net, nic, prefixes, tunnel, vpn

VNETS = {
    "virtualNetworks": {
        name: {
            "location": "north",
            "addressSpace": [f"10.{n}.0.0/16"],
            "subnets": {
                "GatewaySubnet": {"addressPrefix": f"10.{n}.0.0/26"},
                "vm": {"addressPrefix": f"10.{n}.3.0/24"},
            },
        }
        for name, n in (("hub", 0), ("far", 9))
    }
}
GATEWAYS = (
    vpn("a", "hub", "10.0.0.4", "10.0.0.5", asn=65001),
    vpn("b", "far", "10.9.0.4", "10.9.0.5", asn=65002),
)
ENDS = {"b4": ("a", "b", "10.9.0.4"), "b5": ("a", "b", "10.9.0.5")}
ENDS |= {"a4": ("b", "a", "10.0.0.4"), "a5": ("b", "a", "10.0.0.5")}


def pair(*down, order=tuple(ENDS)):
    """The network with some of its four connections down, declared in an order."""
    return net(
        VNETS,
        *GATEWAYS,
        *(
            {
                "localNetworkGateways": {
                    end: {"asn": 65001 if gw == "b" else 65002, "bgpPeeringAddress": ip, "gateway": far}
                },
                "connections": {
                    f"to-{end}": {
                        "connectionType": "IPsec",
                        "virtualNetworkGateway1": gw,
                        "localNetworkGateway2": end,
                        "enableBgp": True,
                        "connectionStatus": "NotConnected" if end in down else "Connected",
                    }
                },
            }
            for end in order
            for gw, far, ip in [ENDS[end]]
        ),
    )


def test_S9_every_instance_speaks_with_every_instance():
    for instance in ("10.0.0.4", "10.0.0.5"):
        rows = pair().rib("a", local_address=instance).rows()
        sources = {r["sourcePeer"] for r in rows if r["network"] == "10.9.0.0/16" and r["origin"] == "EBgp"}
        assert sources == {"10.9.0.4", "10.9.0.5"}
    assert nic(pair(), "hub/vm")["10.9.0.0/16"] == ["10.0.0.4", "10.0.0.5"]


@pytest.mark.parametrize("order", [tuple(ENDS), tuple(reversed(ENDS))])
def test_a_tunnel_is_down_when_either_side_says_so_in_whatever_order(order):
    one = pair("a4", order=order)
    rows = one.rib("a", local_address="10.0.0.4").rows()
    assert {r["origin"] for r in rows if r["network"] == "10.9.0.0/16"} == {"IBgp"}
    assert nic(one, "hub/vm")["10.9.0.0/16"] == ["10.0.0.5"]
    both = pair("a4", "a5", order=order)
    assert "10.9.0.0/16" not in prefixes(both, "a")
    assert "10.0.0.0/16" not in prefixes(both, "b")


@pytest.mark.parametrize("active", [True, False])
def test_S10_V4_only_instances_that_exist_are_peers(active):
    """An active-standby gateway has one instance, even where the address of a second one is still declared."""
    far = vpn("b", "far", "10.9.0.4", "10.9.0.5", asn=65002)
    far["virtualNetworkGateways"]["b"]["activeActive"] = active
    computed = net(VNETS, GATEWAYS[0], far, tunnel("a", "b"))
    hosts = {p for p in prefixes(computed, "a") if p.endswith("/32")}
    assert hosts == ({"10.9.0.4/32", "10.9.0.5/32"} if active else {"10.9.0.4/32"})
    assert {p for p in nic(computed, "hub/vm") if p.endswith("/32")} == hosts
