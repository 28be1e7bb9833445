"""Small topologies to change, and the errors that a document is refused with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from routeng.inputs.errors import InputError, InputErrors
from routeng.model.declaration import Declaration
from routeng.model.loading import loads
from routeng.model.resolve import resolve

HERE = Path(__file__).parent
RECORDED = sorted((HERE.parent / "recorded" / "cases").glob("*/topology.json"))
EXAMPLES = sorted((HERE.parents[1] / "examples").glob("*.json"))


def is_plan(path: Path) -> bool:
    return "routengPlan" in json.loads(path.read_bytes())


@pytest.fixture
def document() -> dict[str, Any]:
    """Two VNets in one region, peered; a gateway, a circuit, an appliance and a route table."""
    return {
        "routeng": 1,
        "defaults": {"location": "eastus"},
        "virtualNetworks": {
            "hub": {
                "addressSpace": ["10.0.0.0/16"],
                "subnets": {
                    "GatewaySubnet": {"addressPrefix": "10.0.0.0/26"},
                    "RouteServerSubnet": {"addressPrefix": "10.0.1.0/26"},
                    "nva": {"addressPrefix": "10.0.2.0/24"},
                },
            },
            "spoke": {
                "addressSpace": ["10.1.0.0/16", "fd00:1::/48"],
                "subnets": {"vm": {"addressPrefix": ["10.1.0.0/24", "fd00:1::/64"], "routeTable": "rt"}},
            },
        },
        "peerings": [{"hub": "hub", "spokes": ["spoke"], "gatewayTransit": True}],
        "routeTables": {
            "rt": {
                "routes": [
                    {
                        "name": "out",
                        "addressPrefix": "0.0.0.0/0",
                        "nextHopType": "VirtualAppliance",
                        "nextHopIpAddress": "@nva",
                    }
                ]
            }
        },
        "virtualNetworkGateways": {"gw": {"gatewayType": "ExpressRoute", "vnet": "hub"}},
        "expressRouteCircuits": {"er": {"peerings": {"AzurePrivatePeering": {"peer": "ce"}}}},
        "connections": {
            "gw-er": {"connectionType": "ExpressRoute", "virtualNetworkGateway1": "gw", "peer": "er"}
        },
        "routeServers": {
            "rs": {"subnet": "hub/RouteServerSubnet", "bgpConnections": {"nva": {"peer": "nva"}}}
        },
        "devices": {
            "nva": {
                "kind": "nva",
                "subnet": "hub/nva",
                "ip": "10.0.2.4",
                "bgp": {"asn": 65001, "neighbors": {"rs": {}}},
            },
            "ce": {"kind": "onprem", "bgp": {"asn": 65010, "networks": ["172.16.0.0/12"]}},
        },
        "networkManagers": {
            "avnm": {
                "networkGroups": {"all": {"members": ["spoke", "sp*"]}},
                "connectivityConfigurations": {
                    "mesh": {"connectivityTopology": "Mesh", "appliesToGroups": [{"networkGroup": "all"}]}
                },
            }
        },
        "probes": {"vm": {"subnet": "spoke/vm"}, "dc": {"device": "ce"}},
    }


@pytest.fixture
def put(document: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """Set one value of the document by a path ("a.b.c") and give the document; ``...`` deletes it."""

    def setter(path: str, value: Any) -> dict[str, Any]:
        target: Any = document
        *parents, last = path.split(".")
        for key in parents:
            target = target[int(key)] if isinstance(target, list) else target.setdefault(key, {})
        index = int(last) if isinstance(target, list) else last
        if value is ...:
            del target[index]
        else:
            target[index] = value
        return document

    return setter


@pytest.fixture
def errors() -> Callable[[Any], list[InputError]]:
    """The errors that a document (or bytes) is refused with; fails if it is accepted."""

    def find(doc: Any) -> list[InputError]:
        data = doc if isinstance(doc, bytes) else json.dumps(doc).encode()
        with pytest.raises(InputErrors) as caught:
            loads(data, "t.json")
        return list(caught.value.errors)

    return find


@pytest.fixture
def declared() -> Callable[[Any], Declaration]:
    """The declaration of a document that is accepted."""

    def find(doc: Any) -> Declaration:
        return resolve(loads(json.dumps(doc).encode(), "t.json"))

    return find


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """``valid_file``: every topology among the recorded cases and the examples; ``plan_file``: every plan."""
    if "valid_file" in metafunc.fixturenames:
        files = [*RECORDED, *(e for e in EXAMPLES if not is_plan(e))]
        assert len(RECORDED) >= 33
        metafunc.parametrize("valid_file", files, ids=[f"{f.parent.name}-{f.stem}" for f in files])
    if "plan_file" in metafunc.fixturenames:
        plans = [e for e in EXAMPLES if is_plan(e)]
        assert plans
        metafunc.parametrize("plan_file", plans, ids=[f.stem for f in plans])
