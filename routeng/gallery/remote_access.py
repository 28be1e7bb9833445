"""Three situations around a gateway: P2S beside ExpressRoute, an NVA pair behind a VIP, a missing return
route.
"""

from __future__ import annotations

import copy
import functools

from routeng.gallery.hybrid import GATEWAY_SUBNET, hub_on_circuit
from routeng.gallery.registry import Document, Example


def _p2s(*, route_server: bool) -> Document:
    document = hub_on_circuit(
        "point-to-site beside ExpressRoute" + (", with a route server" if route_server else ""),
        {"peer": "ce"},
    )
    document["virtualNetworkGateways"]["vpngw"] = {
        "gatewayType": "Vpn",
        "vnet": "hub",
        "sku": "VpnGw2AZ",
        "activeActive": True,
        "bgpAddresses": ["10.0.0.30", "10.0.0.31"],
        "vpnClientAddressPool": ["172.31.0.0/24"],
    }
    if route_server:
        document["virtualNetworks"]["hub"]["subnets"]["RouteServerSubnet"] = {"addressPrefix": "10.0.2.0/26"}
        document["routeServers"] = {
            "ars": {
                "subnet": "hub/RouteServerSubnet",
                "virtualRouterIps": ["10.0.2.4", "10.0.2.5"],
                "allowBranchToBranchTraffic": True,
            }
        }
    document["devices"] = {"ce": {"kind": "onprem", "bgp": {"asn": 65000, "networks": ["172.16.0.0/16"]}}}
    document["probes"] = {
        "vm": {"subnet": "spoke/vm"},
        "client": {"gateway": "vpngw"},
        "dc": {"device": "ce", "ip": "172.16.0.10"},
    }
    return document


def _p2s_files() -> dict[str, Document]:
    return {
        "p2s-beside-expressroute.json": _p2s(route_server=False),
        "p2s-beside-expressroute-route-server.json": _p2s(route_server=True),
    }


def _nva_pair() -> dict[str, Document]:
    vip = "10.0.1.100"
    nvas = {
        f"nva{n}": {
            "kind": "nva",
            "subnet": "hub/nva",
            "ip": f"10.0.1.{3 + n}",
            "nextHopIp": vip,
            "bgp": {
                "asn": 65010,
                "networks": ["0.0.0.0/0"],
                "neighbors": {"ars": {"nextHop": vip}},
            },
        }
        for n in (1, 2)
    }
    document: Document = {
        "routeng": 1,
        "name": "HA pair of NVAs behind a load balancer, next-hop IP",
        "defaults": {"location": "westeurope"},
        "virtualNetworks": {
            "hub": {
                "addressSpace": ["10.0.0.0/16"],
                "subnets": {
                    "nva": {"addressPrefix": "10.0.1.0/24", "routeTable": "rt-nva"},
                    "RouteServerSubnet": {"addressPrefix": "10.0.2.0/26"},
                },
            },
            "spoke1": {"addressSpace": ["10.1.0.0/16"], "subnets": {"vm": {"addressPrefix": "10.1.0.0/24"}}},
            "spoke2": {"addressSpace": ["10.2.0.0/16"], "subnets": {"vm": {"addressPrefix": "10.2.0.0/24"}}},
        },
        "peerings": [
            {
                "hub": "hub",
                "spokes": ["spoke1", "spoke2"],
                "gatewayTransit": True,
                "allowForwardedTraffic": True,
            }
        ],
        # Without this table the NVAs' own NICs would send Internet traffic back to the VIP (PATH-11).
        "routeTables": {"rt-nva": {"routes": [{"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}]}},
        "loadBalancers": {"nva-vip": {"subnet": "hub/nva", "ip": vip, "backends": ["nva1", "nva2"]}},
        "routeServers": {
            "ars": {
                "subnet": "hub/RouteServerSubnet",
                "virtualRouterIps": ["10.0.2.4", "10.0.2.5"],
                "bgpConnections": {"nva1": {"peer": "nva1"}, "nva2": {"peer": "nva2"}},
            }
        },
        "devices": nvas,
        "probes": {"vm1": {"subnet": "spoke1/vm"}, "vm2": {"subnet": "spoke2/vm"}},
    }
    return {"nva-pair-next-hop-ip.json": document}


def _return_route() -> dict[str, Document]:
    azure = "10.0.0.0/16"
    site = "192.168.50.0/24"
    document: Document = {
        "routeng": 1,
        "name": "site-to-site VPN on a server of the site; its router has no route back",
        "defaults": {"location": "westeurope"},
        "virtualNetworks": {
            "network": {
                "addressSpace": [azure],
                "subnets": {"GatewaySubnet": dict(GATEWAY_SUBNET), "vm": {"addressPrefix": "10.0.1.0/24"}},
            }
        },
        "virtualNetworkGateways": {
            "vpngw": {
                "gatewayType": "Vpn",
                "vnet": "network",
                "sku": "VpnGw1AZ",
                "publicIPAddresses": [{"ip": "203.0.113.20", "sku": "Standard"}],
            }
        },
        "localNetworkGateways": {"site": {"addressPrefixes": [site], "device": "vpn-server"}},
        "connections": {
            "vpngw-site": {
                "connectionType": "IPsec",
                "virtualNetworkGateway1": "vpngw",
                "localNetworkGateway2": "site",
            }
        },
        "devices": {
            "vpn-server": {
                "kind": "onprem",
                "ip": "192.168.50.10",
                "staticRoutes": [
                    {"prefix": azure, "via": "vpngw"},
                    {"prefix": "0.0.0.0/0", "via": "router"},
                ],
            },
            "router": {"kind": "onprem", "ip": "192.168.50.1", "staticRoutes": []},
            "file-server": {
                "kind": "onprem",
                "ip": "192.168.50.20",
                "forwarding": False,
                "staticRoutes": [{"prefix": "0.0.0.0/0", "via": "router"}],
            },
        },
        "probes": {
            "vm": {"subnet": "network/vm"},
            "vpn-server": {"device": "vpn-server", "ip": "192.168.50.10"},
            "file-server": {"device": "file-server", "ip": "192.168.50.20"},
        },
    }
    fixed = copy.deepcopy(document)
    fixed["name"] = "site-to-site VPN on a server of the site; its router knows the way back"
    fixed["devices"]["router"]["staticRoutes"] = [{"prefix": azure, "via": "vpn-server"}]
    return {"missing-return-route.json": document, "missing-return-route-fixed.json": fixed}


_entry = functools.partial(Example, options=())

EXAMPLES = (
    _entry(
        name="p2s-beside-expressroute",
        title="Point-to-site clients beside ExpressRoute in one hub",
        shows="Clients reach hub and spoke, on-premises reaches hub and spoke, and the two do not reach "
        "each other: transit between point-to-site and ExpressRoute is not provided (R12). A route "
        "server, in the second file, does not change that.",
        builder=_p2s_files,
    ),
    _entry(
        name="nva-pair-next-hop-ip",
        title="An HA pair of NVAs behind a load balancer, announced with its VIP as next hop",
        shows="Both NVAs announce the default route with the load balancer's address as next hop, so NICs "
        "show one next hop and both directions of a flow meet the same NVA (R29).",
        builder=_nva_pair,
    ),
    _entry(
        name="missing-return-route",
        title="A host on-premises behind a router that lacks the return route",
        shows="The VPN ends on one server of the site. Other hosts send their answers to their router, "
        "which has no route to Azure: the server is reachable, its neighbours are not. The second "
        "file adds the route.",
        builder=_return_route,
    ),
)
