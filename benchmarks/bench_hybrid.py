"""The hybrid control plane: load and compute, and recomputing after one change.

S = ``json.loads`` of the file plus ``ipaddress.ip_network`` on every prefix in it, in the same rounds.
Run: ``python -m pytest benchmarks/bench_hybrid.py -s``.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from bench_network import least
from interleave import interleaved, record

import routeng
from routeng.model import loads

Document = dict[str, Any]


def bowtie(spokes: int, onprem: int, hubs: int = 2) -> Document:
    """``hubs`` hubs of ``spokes`` spokes, a route server with two appliances each, every hub on two circuits."""
    vnets: Document = {}
    document: Document = {
        "routeng": 1,
        "virtualNetworks": vnets,
        "peerings": [],
        "virtualNetworkGateways": {},
        "connections": {},
        "routeServers": {},
        "devices": {},
        "expressRouteCircuits": {},
    }
    announced = [f"172.{16 + i // 4096}.{(i // 16) % 256}.{i % 16 * 16}/28" for i in range(onprem)]
    for c in range(hubs):
        document["expressRouteCircuits"][f"er{c}"] = {"peerings": {"AzurePrivatePeering": {"peer": f"ce{c}"}}}
        document["devices"][f"ce{c}"] = {"kind": "onprem", "bgp": {"asn": 65000, "networks": announced}}
    for h in range(hubs):
        hub = f"hub{h}"
        vnets[hub] = {
            "addressSpace": [f"10.{h * 4}.0.0/22"],
            "subnets": {
                "GatewaySubnet": {"addressPrefix": f"10.{h * 4}.0.0/26"},
                "RouteServerSubnet": {"addressPrefix": f"10.{h * 4}.0.64/26"},
                "nva": {"addressPrefix": f"10.{h * 4}.1.0/24"},
            },
        }
        names = []
        for i in range(spokes):
            name = f"spoke{h}-{i:04d}"
            space = f"10.{h * 4 + 1 + i // 256}.{i % 256}"
            vnets[name] = {
                "addressSpace": [f"{space}.0/24"],
                "subnets": {"vm": {"addressPrefix": f"{space}.0/25"}},
            }
            names.append(name)
        document["peerings"].append({"hub": hub, "spokes": names, "gatewayTransit": True})
        document["virtualNetworkGateways"][f"gw{h}"] = {
            "gatewayType": "ExpressRoute",
            "vnet": hub,
            "sku": "ErGw3AZ",
        }
        for c in (h, (h + 1) % hubs):
            document["connections"][f"gw{h}-er{c}"] = {
                "connectionType": "ExpressRoute",
                "virtualNetworkGateway1": f"gw{h}",
                "peer": f"er{c}",
                "routingWeight": 100 if c == h else 0,
            }
        peers = [f"nva{h}-{k}" for k in range(2)]
        for k, peer in enumerate(peers):
            document["devices"][peer] = {
                "kind": "nva",
                "subnet": f"{hub}/nva",
                "ip": f"10.{h * 4}.1.{4 + k}",
                "bgp": {"asn": 65100 + h * 2 + k, "networks": [f"192.168.{h}.0/24"]},
            }
        document["routeServers"][f"ars{h}"] = {
            "subnet": f"{hub}/RouteServerSubnet",
            "allowBranchToBranchTraffic": True,
            "bgpConnections": {p: {"peer": p} for p in peers},
        }
    return document


def one_route_server(peers: int, routes: int) -> Document:
    """A route server with ``peers`` appliances that announce ``routes`` prefixes each."""
    devices: Document = {}
    for k in range(peers):
        devices[f"nva{k}"] = {
            "kind": "nva",
            "subnet": "hub/nva",
            "ip": f"10.0.1.{4 + k}",
            "bgp": {
                "asn": 65100 + k,
                "networks": [f"{20 + k}.{i // 256}.{i % 256}.0/24" for i in range(routes)],
            },
        }
    return {
        "routeng": 1,
        "virtualNetworks": {
            "hub": {
                "addressSpace": ["10.0.0.0/22"],
                "subnets": {
                    "RouteServerSubnet": {"addressPrefix": "10.0.0.0/26"},
                    "nva": {"addressPrefix": "10.0.1.0/24"},
                },
            }
        },
        "devices": devices,
        "routeServers": {
            "ars": {"subnet": "hub/RouteServerSubnet", "bgpConnections": {d: {"peer": d} for d in devices}}
        },
    }


CASES: dict[str, Any] = {
    "two hubs of 500 spokes, four route-server peers, 4,000 on-prem prefixes": lambda: bowtie(500, 4000),
    "ten hubs of 500 spokes, 100 on-prem prefixes": lambda: bowtie(500, 100, hubs=10),
    "one route server, 16 peers of 1,000 routes": lambda: one_route_server(16, 1000),
}


@cache
def data(name: str) -> bytes:
    return json.dumps(CASES[name]()).encode()


def computed(text: bytes) -> Any:
    """Every RIB settled, every stack of layers, and one table of each hub expanded."""
    network = routeng.compute(loads(text))
    network.prepare()
    for vnet in network.peerings.gateway_vnets:
        network.routes(f"{vnet}/nva")
    return network


@pytest.mark.parametrize("name", CASES)
def test_load_and_compute(benchmark: Any, name: str) -> None:
    text = data(name)
    ratio = record(benchmark, lambda: computed(text), least(text), rounds=7)
    print(f"\nload + compute, {name}: {ratio:.2f} S")


CHANGES: dict[str, Any] = {
    "one prefix withdrawn": {
        "devices": {"ce0": {"bgp": {"networks": bowtie(0, 3999)["devices"]["ce0"]["bgp"]["networks"]}}}
    },
    "one weight changed": {"connections": {"gw0-er1": {"routingWeight": 200}}},
    "one connection down": {"connections": {"gw0-er0": {"connectionStatus": "NotConnected"}}},
}


@pytest.mark.parametrize("name", CHANGES)
def test_recompute_after(benchmark: Any, name: str) -> None:
    text = data("two hubs of 500 spokes, four route-server peers, 4,000 on-prem prefixes")
    network = computed(text)

    def change() -> None:
        after = network.with_change(CHANGES[name])
        after.routes("hub0/nva")

    ratio = record(benchmark, change, least(text), rounds=7)
    fresh = interleaved({"change": change, "fresh": lambda: computed(text)}, 5)
    solution = network.with_change(CHANGES[name]).control_plane.solution
    print(
        f"\n{name}: {ratio:.3f} S, {fresh['change'] / fresh['fresh']:.2f} of a fresh run;"
        f" {solution.recomputed} of {len(solution.partition.classes)} route classes recomputed"
    )
