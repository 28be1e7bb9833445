from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from routeng.limits import LimitReport, limits
from routeng.model.loading import loads
from routeng.network import compute

Report = Callable[[dict[str, Any]], LimitReport]


@pytest.fixture
def report() -> Report:
    """A topology document -> its limit report."""

    def count(document: dict[str, Any]) -> LimitReport:
        return limits(compute(loads(msgspec.json.encode({"routeng": 1, **document}), "topology.json")))

    return count


@pytest.fixture
def hub_of() -> Callable[..., dict[str, Any]]:
    """``hub_of(spokes, prefixes=1, **hub)`` -> a hub with an ExpressRoute gateway and its transit spokes."""

    def build(spokes: int, prefixes: int = 1, **hub: Any) -> dict[str, Any]:
        networks: dict[str, Any] = {
            "hub": {
                "addressSpace": ["10.0.0.0/22"],
                "subnets": {"GatewaySubnet": {"addressPrefix": "10.0.0.0/26"}},
                **hub,
            }
        }
        names = [f"spoke{i}" for i in range(spokes)]
        for i, name in enumerate(names):
            blocks = range(256 + i * prefixes, 256 + (i + 1) * prefixes)
            networks[name] = {"addressSpace": [f"10.{b >> 8}.{b & 255}.0/24" for b in blocks]}
        return {
            "virtualNetworks": networks,
            "peerings": [{"hub": "hub", "spokes": names, "gatewayTransit": True}] if names else [],
            "virtualNetworkGateways": {"gw": {"gatewayType": "ExpressRoute", "vnet": "hub"}},
            "expressRouteCircuits": {"circuit": {}},
            "connections": {
                "gw-circuit": {
                    "connectionType": "ExpressRoute",
                    "virtualNetworkGateway1": "gw",
                    "peer": "circuit",
                }
            },
        }

    return build
