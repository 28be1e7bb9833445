"""The Azure side that the small hybrid examples share: a hub with an ExpressRoute gateway and one spoke."""

from __future__ import annotations

from routeng.gallery.registry import Document

GATEWAY_SUBNET = {"addressPrefix": "10.0.0.0/26"}


def hub_on_circuit(name: str, private_peering: Document) -> Document:
    """hub 10.0.0.0/16 with gateway ``ergw`` on ``circuit``, spoke 10.1.0.0/16 through gateway transit."""
    return {
        "routeng": 1,
        "name": name,
        "defaults": {"location": "westeurope"},
        "virtualNetworks": {
            "hub": {"addressSpace": ["10.0.0.0/16"], "subnets": {"GatewaySubnet": dict(GATEWAY_SUBNET)}},
            "spoke": {"addressSpace": ["10.1.0.0/16"], "subnets": {"vm": {"addressPrefix": "10.1.0.0/24"}}},
        },
        "peerings": [{"hub": "hub", "spokes": ["spoke"], "gatewayTransit": True}],
        "virtualNetworkGateways": {"ergw": {"gatewayType": "ExpressRoute", "vnet": "hub", "sku": "ErGw1AZ"}},
        "expressRouteCircuits": {
            "circuit": {
                "peeringLocation": "Amsterdam",
                "sku": "Standard",
                "bandwidthInMbps": 1000,
                "peerings": {"AzurePrivatePeering": private_peering},
            }
        },
        "connections": {
            "ergw-circuit": {
                "connectionType": "ExpressRoute",
                "virtualNetworkGateway1": "ergw",
                "peer": "circuit",
            }
        },
    }
