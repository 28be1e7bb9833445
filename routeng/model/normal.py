"""The canonical form of a topology: fully expanded, references by name, keys sorted.

Two topologies that declare the same network in different words (sugar or halves, ARM ids or names, one route with
several prefixes or several routes) have equal canonical forms, as far as the words alone decide it. The form is itself
a topology; normalising it again changes nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from routeng.model.declaration import Declaration, PeeringDecl, UserRouteDecl, VNetDecl
from routeng.model.resolve import resolve
from routeng.model.topology import Topology


def normalize(topology: Topology) -> dict[str, Any]:
    """The canonical form as plain JSON, keys sorted at every level."""
    declaration = resolve(topology)
    out: dict[str, Any] = msgspec.to_builtins(topology)
    out["routeng"] = 1
    out.pop("peerings", None)
    if declaration.vnets:
        out["virtualNetworks"] = {
            n: _vnet(v, out["virtualNetworks"][n]) for n, v in declaration.vnets.items()
        }
    for name, table in declaration.route_tables.items():
        routes = sorted(table.routes, key=_route_key)
        out["routeTables"][name]["routes"] = [_route(r) for r in routes]
        if not routes:
            del out["routeTables"][name]["routes"]
    for name, endpoint in declaration.endpoints.items():
        out["privateEndpoints"][name] |= {
            "subnet": f"{endpoint.vnet}/{endpoint.subnet}",
            "ip": endpoint.host.address_text(0),
        }
    _name_references(out, declaration)
    sorted_: dict[str, Any] = _sorted(out)
    return sorted_


def _vnet(vnet: VNetDecl, plain: dict[str, Any]) -> dict[str, Any]:
    plain["addressSpace"] = [str(p) for p in sorted(vnet.prefixes)]
    if vnet.location and not plain.get("location"):
        plain["location"] = vnet.location
    if vnet.summaries:
        plain["summarizedGatewayPrefixes"] = [str(p) for p in sorted(vnet.summaries)]
    for name, subnet in vnet.subnets.items():
        made = plain["subnets"][name]
        texts = [str(p) for p in subnet.prefixes]
        made["addressPrefix"] = texts[0] if len(texts) == 1 else texts
        if subnet.route_table is not None:
            made["routeTable"] = subnet.route_table
    halves: dict[str, Any] = {}
    for half in vnet.peerings:
        name = half.name
        while name in halves:
            name += "-2"
        halves[name] = _half(half)
    if halves:
        plain["virtualNetworkPeerings"] = halves
    return plain


def _half(half: PeeringDecl) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(half.declared)
    plain["remoteVirtualNetwork"] = half.remote
    if half.synced is not None:
        plain["remoteAddressSpace"] = [str(p) for p in sorted(half.synced)]
    return plain


def _route_key(route: UserRouteDecl) -> tuple[str, str, str]:
    prefix = route.prefix
    return (
        f"{prefix.family}{prefix.network:039}" if prefix is not None else "",
        str(prefix),
        route.tag or "",
    )


def _route(route: UserRouteDecl) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "addressPrefix": str(route.prefix) if route.prefix is not None else route.tag,
        "nextHopType": route.next_hop_type,
    }
    if route.next_hops:
        plain["nextHopIpAddress"] = route.next_hops[0] if len(route.next_hops) == 1 else list(route.next_hops)
    if route.has_bgp_override:
        plain["hasBgpOverride"] = True
    return plain


_REFERENCES = {
    "virtualNetworkGateways": {"vnet": "virtualNetworks"},
    "connections": {
        "virtualNetworkGateway1": "virtualNetworkGateways",
        "virtualNetworkGateway2": "virtualNetworkGateways",
        "localNetworkGateway2": "localNetworkGateways",
        "peer": "expressRouteCircuits",
    },
    "localNetworkGateways": {"device": "devices", "gateway": "virtualNetworkGateways"},
    "expressRouteGateways": {"virtualHub": "virtualHubs"},
    "routeServers": {"vnet": "virtualNetworks"},
    "probes": {"device": "devices", "gateway": "virtualNetworkGateways", "service": "services"},
    "services": {"vnet": "virtualNetworks", "gateway": "virtualNetworkGateways"},
}
"""Keys that hold a reference, by section -> the section that it points into."""

_SUBNETS = (
    "networkInterfaces",
    "loadBalancers",
    "azureFirewalls",
    "virtualNetworkAppliances",
    "routeServers",
    "devices",
    "services",
    "probes",
)
"""Sections whose objects have a ``subnet``."""


def _name_references(out: dict[str, Any], declaration: Declaration) -> None:
    """References as the names they stand for."""
    for section, keys in _REFERENCES.items():
        for thing in out.get(section, {}).values():
            for key, target in keys.items():
                if isinstance(thing.get(key), str):
                    thing[key] = declaration.canonical(target, thing[key]) or thing[key]
    for section in _SUBNETS:
        for thing in out.get(section, {}).values():
            if isinstance(thing.get("subnet"), str):
                thing["subnet"] = _subnet(thing["subnet"], declaration)


def _subnet(ref: str, declaration: Declaration) -> str:
    key = ref.lower()
    at = key.rfind("/subnets/") if key.startswith("/subscriptions/") else key.find("/")
    vnet = declaration.canonical("virtualNetworks", ref[:at])
    name = ref[at:].rpartition("/")[2].lower()
    if vnet is None:
        return ref
    return next((f"{vnet}/{s}" for s in declaration.vnets[vnet].subnets if s.lower() == name), ref)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value
