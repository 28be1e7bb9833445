"""A hub with a VPN gateway and its spokes, before and after a firewall in the hub inspects them."""

from __future__ import annotations

from routeng.gallery.addresses import block, digits
from routeng.gallery.registry import Document, Example, Option

FIREWALL = "10.0.1.4"


def _hub_and_spoke(spokes: int) -> dict[str, Document]:
    return {
        "hub-and-spoke.json": _topology(spokes, inspected=False),
        "hub-and-spoke-firewall.json": _topology(spokes, inspected=True),
    }


def _topology(spokes: int, *, inspected: bool) -> Document:
    width = digits(spokes, 1)
    names = [f"spoke{i + 1:0{width}d}" for i in range(spokes)]
    networks: Document = {
        "hub": {
            "addressSpace": ["10.0.0.0/22"],
            "subnets": {
                "GatewaySubnet": {"addressPrefix": "10.0.0.0/26"},
                "AzureFirewallSubnet": {"addressPrefix": "10.0.1.0/26"},
                "shared": {"addressPrefix": "10.0.2.0/24"},
            },
        }
    }
    for i, name in enumerate(names):
        workload: Document = {"addressPrefix": f"{block(i)}.0/25"}
        if inspected:
            workload["routeTable"] = "rt-spokes"
        networks[name] = {"addressSpace": [f"{block(i)}.0/24"], "subnets": {"workload": workload}}
    document: Document = {
        "routeng": 1,
        "name": f"hub and {spokes} spokes, " + ("inspected by a firewall" if inspected else "no inspection"),
        "defaults": {"location": "westeurope"},
        "virtualNetworks": networks,
        "peerings": [{"hub": "hub", "spokes": names, "gatewayTransit": True, "allowForwardedTraffic": True}],
    }
    if inspected:
        networks["hub"]["subnets"]["GatewaySubnet"]["routeTable"] = "rt-gateway"
        via = {"nextHopType": "VirtualAppliance", "nextHopIpAddress": "@firewall"}
        document["routeTables"] = {
            "rt-spokes": {
                "disableBgpRoutePropagation": True,
                "routes": [{"addressPrefix": "0.0.0.0/0", **via}],
            },
            "rt-gateway": {
                "routes": [{"addressPrefix": [f"{block(i)}.0/24" for i in range(spokes)], **via}],
            },
        }
        document["azureFirewalls"] = {"firewall": {"subnet": "hub/AzureFirewallSubnet", "ip": FIREWALL}}
    document["virtualNetworkGateways"] = {
        "vpngw": {
            "gatewayType": "Vpn",
            "vnet": "hub",
            "sku": "VpnGw1AZ",
            "bgpAddresses": ["10.0.0.30"],
            "publicIPAddresses": [{"ip": "203.0.113.10", "sku": "Standard"}],
        }
    }
    document["localNetworkGateways"] = {"datacenter": {"addressPrefixes": ["172.16.0.0/12"]}}
    document["connections"] = {
        "vpngw-datacenter": {
            "connectionType": "IPsec",
            "virtualNetworkGateway1": "vpngw",
            "localNetworkGateway2": "datacenter",
        }
    }
    document["probes"] = {"vm1": {"subnet": f"{names[0]}/workload"}}
    return document


EXAMPLES = (
    Example(
        name="hub-and-spoke",
        title="A hub with a VPN gateway and its spokes, before and after a firewall in the hub inspects them",
        shows="Gateway transit hands 172.16.0.0/12 to every spoke. In the second file one route table takes "
        "the default route to the firewall and stops gateway routes on the spokes, and a table on the "
        "GatewaySubnet does the same for the way back. A table holds at most 400 routes: try 401 "
        "spokes.",
        options=(Option("spokes", 4, "number of spokes", least=1, most=1000),),
        builder=_hub_and_spoke,
    ),
)
