"""Two hubs on bowtie ExpressRoute: the baseline of user routes, and three designs with route servers.

The designs and their addresses are those of chapter 6 of the hybrid reference: hub1 and hub2 hold gateway,
NVA (65001, 65002) and route server; spokes 1 and 2 hang off hub1, 3 and 4 off hub2; each gateway prefers
its own circuit by a connection weight of 100; on-premises is AS 65000.
"""

from __future__ import annotations

import functools
from typing import Any

from routeng.gallery.registry import Document, Example, Option

_SPOKES = {1: ("spoke1", "spoke2"), 2: ("spoke3", "spoke4")}
_SPACE = {
    "spoke1": "192.168.0.0/24",
    "spoke2": "192.168.1.0/24",
    "spoke3": "192.168.2.0/24",
    "spoke4": "192.168.3.0/24",
}
_SUPERNET = {1: "192.168.0.0/23", 2: "192.168.2.0/23"}
_HUB = {1: "10.0", 2: "10.1"}
_TRANSIT = {1: "10.10.0", 2: "10.20.0"}
_NVA_IN_HUB = {1: "10.0.1.4", 2: "10.1.1.4"}


def _other(side: int) -> int:
    return 3 - side


def _subnet(prefix: str, route_table: str | None = None) -> dict[str, str]:
    return {"addressPrefix": prefix} | ({"routeTable": route_table} if route_table else {})


def _hub(
    side: int, *, nva: bool, gateway_table: bool, route_server: bool, nva_table: bool = False
) -> Document:
    base = _HUB[side]
    subnets = {"GatewaySubnet": _subnet(f"{base}.0.0/26", f"rt-gw{side}" if gateway_table else None)}
    if nva:
        subnets["nva"] = _subnet(f"{base}.1.0/24", f"rt-nva{side}" if nva_table else None)
    if route_server:
        subnets["RouteServerSubnet"] = _subnet(f"{base}.2.0/26")
    return {"location": f"region{side}", "addressSpace": [f"{base}.0.0/16"], "subnets": subnets}


def _spoke(name: str) -> Document:
    side = 1 if name in _SPOKES[1] else 2
    prefix = _SPACE[name]
    vm = prefix.replace("/24", "/25")
    return {
        "location": f"region{side}",
        "addressSpace": [prefix],
        "subnets": {"vm": _subnet(vm, f"rt-spoke-r{side}")},
    }


def _to_nva(prefix: str | list[str], side: int) -> Document:
    return {"addressPrefix": prefix, "nextHopType": "VirtualAppliance", "nextHopIpAddress": f"@nva{side}"}


def _bowtie() -> Document:
    """Gateways, circuits and connections: everything that all four designs share."""
    connections = {}
    for side in (1, 2):
        for circuit in (side, _other(side)):
            weight = {"routingWeight": 100} if circuit == side else {}
            connections[f"gw{side}-exr{circuit}"] = {
                "connectionType": "ExpressRoute",
                "virtualNetworkGateway1": f"gw{side}",
                "peer": f"exr{circuit}",
            } | weight
    return {
        "virtualNetworkGateways": {
            f"gw{side}": {"gatewayType": "ExpressRoute", "vnet": f"hub{side}", "sku": "ErGw1AZ"}
            for side in (1, 2)
        },
        "expressRouteCircuits": {
            f"exr{side}": {"peerings": {"AzurePrivatePeering": {"peer": f"ce{side}"}}} for side in (1, 2)
        },
        "connections": connections,
    }


def _route_servers() -> Document:
    return {
        f"ars{side}": {
            "subnet": f"hub{side}/RouteServerSubnet",
            "virtualRouterIps": [f"{_HUB[side]}.2.4", f"{_HUB[side]}.2.5"],
            "allowBranchToBranchTraffic": True,
            "bgpConnections": {"nva1": {"peer": "nva1"}, "nva2": {"peer": "nva2"}},
        }
        for side in (1, 2)
    }


def _customer_edges() -> Document:
    return {
        f"ce{side}": {"kind": "onprem", "bgp": {"asn": 65000, "networks": ["10.2.0.0/16"]}} for side in (1, 2)
    }


_PROBES = {
    "vm1": {"subnet": "spoke1/vm"},
    "vm3": {"subnet": "spoke3/vm"},
    "dc": {"device": "ce1", "ip": "10.2.0.10"},
}


def _hub_peerings() -> list[Document]:
    return [
        {"hub": "hub1", "spokes": list(_SPOKES[1]), "gatewayTransit": True, "allowForwardedTraffic": True},
        {"hub": "hub2", "spokes": list(_SPOKES[2]), "gatewayTransit": True, "allowForwardedTraffic": True},
        {"vnets": ["hub1", "hub2"], "allowForwardedTraffic": True},
    ]


def _default_to_nva(side: int) -> Document:
    """Spoke table of the inspecting designs: everything to the local NVA, no gateway routes."""
    return {"disableBgpRoutePropagation": True, "routes": [_to_nva("0.0.0.0/0", side)]}


def _gateway_table(side: int) -> Document:
    """What arrives from the circuit for a local spoke goes through the local NVA."""
    return {"routes": [_to_nva([_SPACE[name] for name in _SPOKES[side]], side)]}


def baseline() -> Document:
    """No route servers: user routes on the NVA subnets carry traffic between the hubs."""
    networks: dict[str, Any] = {
        f"hub{side}": _hub(side, nva=True, gateway_table=True, route_server=False, nva_table=True)
        for side in (1, 2)
    }
    networks |= {name: _spoke(name) for name in _SPACE}
    tables: Document = {f"rt-spoke-r{side}": _default_to_nva(side) for side in (1, 2)}
    tables |= {f"rt-gw{side}": _gateway_table(side) for side in (1, 2)}
    tables |= {
        f"rt-nva{side}": {
            "routes": [_to_nva([_SPACE[name] for name in _SPOKES[_other(side)]], _other(side))],
        }
        for side in (1, 2)
    }
    nvas = {
        f"nva{side}": {"kind": "nva", "subnet": f"hub{side}/nva", "ip": _NVA_IN_HUB[side]} for side in (1, 2)
    }
    return {
        "routeng": 1,
        "name": "two hubs, NVA in the hub, user routes between the hubs, bowtie ExpressRoute",
        "virtualNetworks": networks,
        "peerings": _hub_peerings(),
        "routeTables": tables,
        **_bowtie(),
        "devices": nvas | _customer_edges(),
        "probes": _PROBES,
    }


def full_inspection() -> Document:
    """Scenario 1, option A: the NVA in the hub peers with both route servers and sees all traffic (6.1)."""
    networks: dict[str, Any] = {
        f"hub{side}": _hub(side, nva=True, gateway_table=True, route_server=True) for side in (1, 2)
    }
    networks |= {name: _spoke(name) for name in _SPACE}
    tables: Document = {f"rt-spoke-r{side}": _default_to_nva(side) for side in (1, 2)}
    tables |= {f"rt-gw{side}": _gateway_table(side) for side in (1, 2)}
    devices: Document = {}
    for side in (1, 2):
        local = [f"{_HUB[side]}.0.0/16", f"{_SUPERNET[side]} le 24"]
        # The export filter is part of the design: without it the NVA returns the other hub's spokes to its
        # own route server at equal length, and half of the flows loop (M3).
        devices[f"nva{side}"] = {
            "kind": "nva",
            "subnet": f"hub{side}/nva",
            "ip": _NVA_IN_HUB[side],
            "bgp": {
                "asn": 65000 + side,
                "neighbors": {
                    f"ars{side}": {"export": [{"deny": True}]},
                    f"ars{_other(side)}": {
                        "asOverride": True,
                        "export": [{"match": {"prefix": local}}, {"deny": True}],
                    },
                },
            },
        }
    return {
        "routeng": 1,
        "name": "two hubs, ARS + NVA in the hub, bowtie ExpressRoute, full inspection",
        "virtualNetworks": networks,
        "peerings": _hub_peerings(),
        "routeTables": tables,
        **_bowtie(),
        "routeServers": _route_servers(),
        "devices": devices | _customer_edges(),
        "probes": _PROBES,
    }


def bypass_onprem_inspection() -> Document:
    """Scenario 1, option B: the NVA announces a supernet to the remote route server only (6.2)."""
    networks: dict[str, Any] = {
        f"hub{side}": _hub(side, nva=True, gateway_table=False, route_server=True) for side in (1, 2)
    }
    networks |= {name: _spoke(name) for name in _SPACE}
    tables: Document = {}
    devices: Document = {}
    servers = _route_servers()
    for side in (1, 2):
        other = _other(side)
        # Exactly the supernet that the other NVA announces: a shorter user route would lose by length (M7).
        tables[f"rt-spoke-r{side}"] = {"routes": [_to_nva(_SUPERNET[other], side)]}
        servers[f"ars{side}"]["bgpConnections"] = {f"nva{other}": {"peer": f"nva{other}"}}
        devices[f"nva{side}"] = {
            "kind": "nva",
            "subnet": f"hub{side}/nva",
            "ip": _NVA_IN_HUB[side],
            "bgp": {
                "asn": 65000 + side,
                "networks": [_SUPERNET[side]],
                "neighbors": {
                    f"ars{other}": {"export": [{"match": {"prefix": _SUPERNET[side]}}, {"deny": True}]},
                },
            },
        }
    return {
        "routeng": 1,
        "name": "two hubs, ARS + NVA in the hub, bowtie ExpressRoute, on-premises traffic bypasses the NVAs",
        "virtualNetworks": networks,
        "peerings": _hub_peerings(),
        "routeTables": tables,
        **_bowtie(),
        "routeServers": servers,
        "devices": devices | _customer_edges(),
        "probes": _PROBES,
    }


def transit_vnets(prepend: int) -> Document:
    """Scenario 2: the NVAs sit in transit VNets, announce supernets to both route servers (6.3).

    ``prepend`` is how often an NVA adds its ASN towards the remote route server; with 0 both gateways look
    alike on the circuits (M8).
    """
    networks: dict[str, Any] = {
        f"hub{side}": _hub(side, nva=False, gateway_table=False, route_server=True) for side in (1, 2)
    }
    peerings: list[Document] = []
    tables: Document = {}
    devices: Document = {}
    for side in (1, 2):
        other = _other(side)
        base = _TRANSIT[side]
        networks[f"transit{side}"] = {
            "location": f"region{side}",
            "addressSpace": [f"{base}.0/24"],
            "subnets": {"nva": _subnet(f"{base}.0/26")},
        }
        peerings += [
            {
                "hub": f"hub{side}",
                "spokes": [f"transit{side}"],
                "gatewayTransit": True,
                "allowForwardedTraffic": True,
            },
            {"vnets": [f"transit{side}", f"hub{other}"], "allowForwardedTraffic": True},
        ]
        peerings += [
            {"vnets": [f"transit{side}", name], "allowForwardedTraffic": True} for name in _SPOKES[side]
        ]
        tables[f"rt-spoke-r{side}"] = _default_to_nva(side)
        own = {"match": {"prefix": _SUPERNET[side]}}
        remote = own | ({"set": {"prepend": prepend}} if prepend else {})
        devices[f"nva{side}"] = {
            "kind": "nva",
            "subnet": f"transit{side}/nva",
            "ip": f"{base}.4",
            "bgp": {
                "asn": 65000 + side,
                "networks": [_SUPERNET[side]],
                "neighbors": {
                    f"ars{side}": {"export": [own, {"deny": True}]},
                    f"ars{other}": {"export": [remote, {"deny": True}]},
                },
            },
        }
    peerings.append({"vnets": ["transit1", "transit2"], "allowForwardedTraffic": True})
    networks |= {name: _spoke(name) for name in _SPACE}
    return {
        "routeng": 1,
        "name": "two hubs with ARS, NVAs in transit VNets, bowtie ExpressRoute",
        "virtualNetworks": networks,
        "peerings": peerings,
        "routeTables": tables,
        **_bowtie(),
        "routeServers": _route_servers(),
        "devices": devices | _customer_edges(),
        "probes": _PROBES,
    }


def _baseline_files() -> dict[str, Document]:
    return {"two-hubs-baseline.json": baseline()}


def _with_baseline(name: str, design: Document) -> dict[str, Document]:
    return {**_baseline_files(), f"{name}.json": design}


def _full_inspection_files() -> dict[str, Document]:
    return _with_baseline("two-hubs-full-inspection", full_inspection())


def _bypass_files() -> dict[str, Document]:
    return _with_baseline("two-hubs-bypass-onprem-inspection", bypass_onprem_inspection())


def _transit_files(prepend: int) -> dict[str, Document]:
    return _with_baseline("two-hubs-transit-vnets", transit_vnets(prepend))


_entry = functools.partial(Example, options=())

EXAMPLES = (
    _entry(
        name="two-hubs-baseline",
        title="Two hubs and bowtie ExpressRoute, held together by user routes",
        shows="Every NVA subnet carries one user route for each spoke of the other hub. On-premises learns "
        "each spoke from its own gateway only: when a gateway is gone, so are its spokes.",
        builder=_baseline_files,
    ),
    _entry(
        name="two-hubs-full-inspection",
        title="Two hubs with route servers, NVA in the hub, all traffic inspected",
        shows="NVAs peer with both route servers and use AS override towards the remote one. The circuits "
        "see each spoke as 65515 from its own gateway and as 65515 65001 65001 from the other: the "
        "shorter path wins. Comes with the baseline to compare with.",
        builder=_full_inspection_files,
    ),
    _entry(
        name="two-hubs-bypass-onprem-inspection",
        title="Two hubs with route servers, NVA in the hub, on-premises traffic goes past it",
        shows="NVAs announce one supernet to the remote route server and keep no session with their own. "
        "Spokes need a user route for exactly that supernet; on-premises is reached straight through "
        "the circuit.",
        builder=_bypass_files,
    ),
    _entry(
        name="two-hubs-transit-vnets",
        title="Two hubs with route servers, NVAs in transit VNets",
        shows="Spokes peer with the transit VNet only, so hubs keep few peerings and the NVAs decide what "
        "on-premises learns. Prepending towards the remote route server keeps inbound traffic local.",
        options=(
            Option(
                "prepend", 2, "how often an NVA prepends towards the remote route server", least=0, most=10
            ),
        ),
        builder=_transit_files,
    ),
)
