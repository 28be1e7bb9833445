"""A hub that grows past two limits: peers of its route server (R20), peerings of its VNet (PEER-16, R21)."""

from __future__ import annotations

from routeng.gallery.addresses import block
from routeng.gallery.registry import Document, Example

_PEERS = (8, 16, 17)
_SPOKES = (480, 500, 520)


def _nva(number: int) -> Document:
    return {
        "kind": "nva",
        "subnet": "hub/nva",
        "ip": f"10.0.1.{3 + number}",
        "bgp": {"asn": 65000 + number, "networks": [f"172.16.{number}.0/24"]},
    }


def _nvas(first: int, last: int) -> Document:
    return {f"nva{n:02d}": _nva(n) for n in range(first, last + 1)}


def _connections(first: int, last: int) -> Document:
    return {f"nva{n:02d}": {"peer": f"nva{n:02d}"} for n in range(first, last + 1)}


def _spokes(first: int, last: int) -> Document:
    return {
        f"spoke{n:03d}": {
            "addressSpace": [f"{block(n - 1)}.0/24"],
            "subnets": {"workload": {"addressPrefix": f"{block(n - 1)}.0/25"}},
        }
        for n in range(first, last + 1)
    }


def _peering(first: int, last: int) -> Document:
    names = [f"spoke{n:03d}" for n in range(first, last + 1)]
    return {"hub": "hub", "spokes": names, "gatewayTransit": True, "allowForwardedTraffic": True}


def _base() -> Document:
    return {
        "routeng": 1,
        "name": "a hub with a route server: 8 peers, 480 peerings",
        "defaults": {"location": "uksouth"},
        "virtualNetworks": {
            "hub": {
                "addressSpace": ["10.0.0.0/22"],
                "subnets": {
                    "RouteServerSubnet": {"addressPrefix": "10.0.0.0/26"},
                    "nva": {"addressPrefix": "10.0.1.0/24"},
                },
            },
            **_spokes(1, _SPOKES[0]),
        },
        "peerings": {"spokes": _peering(1, _SPOKES[0])},
        "routeServers": {
            "ars": {
                "subnet": "hub/RouteServerSubnet",
                "virtualRouterIps": ["10.0.0.4", "10.0.0.5"],
                "bgpConnections": _connections(1, _PEERS[0]),
            }
        },
        "devices": _nvas(1, _PEERS[0]),
        "probes": {"vm": {"subnet": "spoke001/workload"}},
    }


def _more_peers(first: int, last: int) -> Document:
    return {
        "devices": _nvas(first, last),
        "routeServers": {"ars": {"bgpConnections": _connections(first, last)}},
    }


def _more_spokes(key: str, first: int, last: int) -> Document:
    return {"virtualNetworks": _spokes(first, last), "peerings": {key: _peering(first, last)}}


def _build() -> dict[str, Document]:
    plan: Document = {
        "routengPlan": 1,
        "base": "peers-and-peerings.json",
        "check": {"limits": True},
        "steps": [
            {
                "id": "1",
                "title": "eight more NVAs: 16 peers of 16",
                "merge": _more_peers(_PEERS[0] + 1, _PEERS[1]),
            },
            {
                "id": "2",
                "title": "twenty more spokes: 500 peerings of 500",
                "merge": _more_spokes("spokes-2", _SPOKES[0] + 1, _SPOKES[1]),
            },
            {
                "id": "3",
                "title": "one NVA too many: 17 peers",
                "merge": _more_peers(_PEERS[1] + 1, _PEERS[2]),
            },
            {
                "id": "4",
                "title": "twenty spokes too many: 520 peerings",
                "merge": _more_spokes("spokes-3", _SPOKES[1] + 1, _SPOKES[2]),
            },
        ],
    }
    return {"peers-and-peerings.json": _base(), "peers-and-peerings-plan.json": plan}


EXAMPLES = (
    Example(
        name="peers-and-peerings",
        title="A route server from 8 to 17 peers, its hub from 480 to 520 peerings",
        shows="Two steps reach 16 of 16 peers and 500 of 500 peerings; the next two break one limit each. A "
        "hub with a route server stays at 500 peerings even under a network manager.",
        options=(),
        builder=_build,
    ),
)
