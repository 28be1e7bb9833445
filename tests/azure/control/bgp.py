"""Hybrid networks in a few lines, and their tables as short lines of text.

The building blocks are parts of a topology: :func:`net` merges them and computes the network. A line of a table says
``prefix path via next-hop``; the best path ends in ``*``. :func:`paths` leaves the prefix out.
"""

import json
from pathlib import Path
from typing import Any

from forwarding.tables import Json, topology

from routeng.model.loading import loads
from routeng.network import Network, compute

EXAMPLES = Path(__file__).parents[3] / "examples"

HUB: Json = {
    "virtualNetworks": {
        "hub": {
            "location": "north",
            "addressSpace": ["10.0.0.0/16"],
            "subnets": {
                "GatewaySubnet": {"addressPrefix": "10.0.0.0/26"},
                "RouteServerSubnet": {"addressPrefix": "10.0.2.0/26"},
                "nva": {"addressPrefix": "10.0.1.0/24"},
                "vm": {"addressPrefix": "10.0.3.0/24"},
            },
        },
        "spoke": {
            "location": "north",
            "addressSpace": ["10.1.0.0/16"],
            "subnets": {"vm": {"addressPrefix": "10.1.0.0/24"}},
        },
    },
    "peerings": [{"hub": "hub", "spokes": ["spoke"], "gatewayTransit": True}],
}
"""A hub with room for everything and a spoke that uses its gateways."""


def net(*parts: Json, enforce_limits: bool = False) -> Network:
    """The computed network of a topology made of parts."""
    return compute(loads(topology(*parts)), enforce_limits=enforce_limits)


def example(name: str, *changes: Json) -> Network:
    """A checked-in example with RFC 7396 merge patches on top."""
    computed = compute(loads((EXAMPLES / f"{name}.json").read_bytes()))
    for change in changes:
        computed = computed.with_change(change)
    return computed


def document(name: str) -> Json:
    """A checked-in example as plain data."""
    found: Json = json.loads((EXAMPLES / f"{name}.json").read_text())
    return found


def er(name: str = "gw", vnet: str = "hub", circuits: dict[str, int] | None = None, **more: Any) -> Json:
    """An ExpressRoute gateway (instances .12 and .13 of its VNet's first /24) with circuits and their weights."""
    base = {"hub": "10.0.0", "hub2": "10.2.0", "hub3": "10.3.0"}.get(vnet, "10.9.0")
    made = {"gatewayType": "ExpressRoute", "vnet": vnet, "bgpAddresses": [f"{base}.12", f"{base}.13"], **more}
    return {
        "virtualNetworkGateways": {name: made},
        "connections": {
            f"{name}-{circuit}": {
                "connectionType": "ExpressRoute",
                "virtualNetworkGateway1": name,
                "peer": circuit,
                "routingWeight": weight,
            }
            for circuit, weight in ({"er": 0} if circuits is None else circuits).items()
        },
    }


def circuit(name: str = "er", peer: str | Json | None = "ce", number: int = 0, **more: Any) -> Json:
    """A circuit with two links, 192.168.number.0/30 and .4/30, to a customer router."""
    peering: Json = {
        "primaryPeerAddressPrefix": f"192.168.{number}.0/30",
        "secondaryPeerAddressPrefix": f"192.168.{number}.4/30",
        **more,
    }
    if peer is not None:
        peering["peer"] = peer
    return {"expressRouteCircuits": {name: {"peerings": {"AzurePrivatePeering": peering}}}}


def onprem(name: str = "ce", asn: int = 65100, *networks: str, **bgp: Any) -> Json:
    """A router on-premises; it announces 172.20.0.0/16 unless told otherwise, and exports nothing else."""
    own = list(networks or ["172.20.0.0/16"])
    neighbors = bgp.pop("neighbors", None)
    made = {"asn": asn, "networks": own, **bgp}
    if neighbors is not None:
        made["neighbors"] = neighbors
    return {"devices": {name: {"kind": "onprem", "bgp": made}}}


def quiet(*peers: str) -> Json:
    """Neighbour entries of a router that sends its own networks only."""
    return {peer: {"export": [{"match": {"from": "local"}}, {"deny": True}]} for peer in peers}


def nva(
    name: str = "nva",
    ip: str = "10.0.1.4",
    asn: int = 65001,
    *networks: str,
    place: str = "hub/nva",
    **more: Any,
) -> Json:
    """An appliance; keys of ``bgp`` and of the device may be given."""
    device_keys = {"software", "loopback", "staticRoutes", "nics", "ips"}
    device = {key: more.pop(key) for key in list(more) if key in device_keys}
    bgp = {"asn": asn, "networks": list(networks), **more}
    return {"devices": {name: {"kind": "nva", "subnet": place, "ip": ip, **device, "bgp": bgp}}}


def ars(*peers: str, name: str = "ars", vnet: str = "hub", branch: bool = True, **more: Any) -> Json:
    """A route server (instances .4 and .5 of x.x.2.0/26) with appliances as peers."""
    base = {"hub": "10.0.2", "hub2": "10.2.2", "hub3": "10.3.2"}[vnet]
    return {
        "routeServers": {
            name: {
                "subnet": f"{vnet}/RouteServerSubnet",
                "virtualRouterIps": [f"{base}.4", f"{base}.5"],
                "allowBranchToBranchTraffic": branch,
                "bgpConnections": {peer: {"peer": peer} for peer in peers},
                **more,
            }
        }
    }


def vpn(name: str = "vpn", vnet: str = "hub", *ips: str, **more: Any) -> Json:
    """A VPN gateway, active-active with two addresses."""
    return {
        "virtualNetworkGateways": {
            name: {
                "gatewayType": "Vpn",
                "vnet": vnet,
                "activeActive": len(ips) > 1,
                "bgpAddresses": list(ips),
                **more,
            }
        }
    }


def site(
    name: str = "site", gateway: str = "vpn", *prefixes: str, device: str | None = None, **more: Any
) -> Json:
    """A local network gateway and the connection to it; with a device, over BGP to its loopback."""
    local: Json = {"addressPrefixes": list(prefixes)}
    status = {k: more.pop(k) for k in ("connectionStatus",) if k in more}
    if device is not None:
        local.update(device=device, **more)
    return {
        "localNetworkGateways": {name: local},
        "connections": {
            f"{gateway}-{name}": {
                "connectionType": "IPsec",
                "virtualNetworkGateway1": gateway,
                "localNetworkGateway2": name,
                "enableBgp": device is not None,
                **status,
            }
        },
    }


def tunnel(a: str, b: str, bgp: bool = True, **more: Any) -> Json:
    """A VNet-to-VNet connection."""
    return {
        "connections": {
            f"{a}-{b}": {
                "connectionType": "Vnet2Vnet",
                "virtualNetworkGateway1": a,
                "virtualNetworkGateway2": b,
                "enableBgp": bgp,
                **more,
            }
        }
    }


def lines(rows: list[dict[str, Any]], *extra: str) -> list[str]:
    """Rows as sorted lines ``prefix path via next-hop [extra columns]``; an empty path is ``-``."""
    return sorted(
        " ".join(
            [
                r["network"],
                r["asPath"] or "-",
                "via",
                r["nextHop"] or "itself",
                *(str(r[key]) for key in extra),
            ]
        )
        for r in rows
    )


def paths(network: Network, node: str, prefix: str, *, at: str | None = None, **which: str) -> list[str]:
    """The paths of a node for a prefix as sorted lines ``path via next-hop``, the best ones marked with ``*``."""
    rows = network.rib(node, local_address=at, **which).rows()
    return sorted(
        f"{r['asPath'] or '-'} via {r['nextHop'] or 'itself'}" + (" *" if r.get("best") else "")
        for r in rows
        if r["network"] == prefix
    )


def aspaths(network: Network, node: str, prefix: str, **which: Any) -> set[str]:
    """The AS paths of a node for a prefix; ``-`` is the empty one."""
    rows = network.rib(node, **which).rows()
    return {r["asPath"] or "-" for r in rows if r["network"] == prefix}


def best(network: Network, node: str, prefix: str) -> set[str]:
    """The AS paths that the instances of a node chose."""
    rows = network.rib(node).rows()
    return {r["asPath"] or "-" for r in rows if r["network"] == prefix and r["best"]}


def prefixes(network: Network, node: str, **which: Any) -> set[str]:
    """The prefixes in a table."""
    return {r["network"] for r in network.rib(node, **which).rows()}


def nic(network: Network, place: str) -> dict[str, list[str]]:
    """Gateway routes of a place: prefix to next hops (sorted)."""
    return {
        p: sorted(r["nextHopIpAddress"])
        for r in network.routes(place).rows()
        if r["source"] == "VirtualNetworkGateway"
        for p in r["addressPrefix"]
    }
