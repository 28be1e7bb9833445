"""Topologies in a few lines, and effective routes as short lines of text.

A line is ``source state prefix type next-hops``, such as ``Default Active 10.1.0.0/16 VNetPeering``; prefixes of a
row that Azure prints as a list are joined with commas, and so are next hops. The None rows of the platform are
asked for on their own (:func:`nones`), because most statements about routing are not about them.
"""

import json
from typing import Any

from routeng.lpm import Prefix, try_prefix
from routeng.model.loading import loads
from routeng.network import Network, compute

Json = dict[str, Any]

INTERNET = "Default Active 0.0.0.0/0 Internet"
DOCUMENTED_NONES = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"}


def topology(*parts: Json) -> bytes:
    """The JSON of a topology made of parts, merged section by section (lists are joined)."""
    whole: Json = {"routeng": 1}
    for part in parts:
        _merge(whole, part)
    return json.dumps(whole).encode()


def _merge(into: Json, part: Json) -> None:
    for key, value in part.items():
        if isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        elif isinstance(value, list) and key in into:
            into[key] = into[key] + value
        else:
            into[key] = value


def network(*parts: Json) -> Network:
    """The computed network of a topology made of parts."""
    return compute(loads(topology(*parts)))


def vnet(name: str, *space: str, subnets: dict[str, Any] | None = None, **more: Any) -> Json:
    """A VNet; without ``subnets`` it has one, ``s``, made of the first /24 (/64) of each prefix's family."""
    if subnets is None:
        subnets = {"s": [_first_subnet(p) for p in space[:1]]}
    made = {n: {"addressPrefix": s} if isinstance(s, str | list) else s for n, s in subnets.items()}
    return {"virtualNetworks": {name: {"addressSpace": list(space), "subnets": made, **more}}}


def _first_subnet(text: str) -> str:
    prefix = Prefix(text)
    length = 64 if prefix.family == 6 else max(24, prefix.length)
    return str(next(prefix.subnets(length)))


def peering(*vnets: str, **flags: Any) -> Json:
    """Two equal halves between two VNets."""
    return {"peerings": [{"vnets": list(vnets), **flags}]}


def spokes(hub: str, *others: str, **flags: Any) -> Json:
    """A hub with spokes that use its gateways."""
    return {"peerings": [{"hub": hub, "spokes": list(others), "gatewayTransit": True, **flags}]}


def half(vnet: str, remote: str, **flags: Any) -> Json:
    """One half of a peering, held by ``vnet``."""
    return {
        "virtualNetworks": {
            vnet: {"virtualNetworkPeerings": {f"to-{remote}": {"remoteVirtualNetwork": remote, **flags}}}
        }
    }


def udr(place: str, *routes: str | Json, **flags: Any) -> Json:
    """A route table on a subnet; a route is ``prefix type [next hop,...]`` or a dict."""
    name, _, subnet = place.partition("/")
    table = f"rt-{name}-{subnet}"
    return {
        "routeTables": {table: {"routes": [_route(r) for r in routes], **flags}},
        "virtualNetworks": {name: {"subnets": {subnet: {"routeTable": table}}}},
    }


def _route(text: str | Json) -> Json:
    if isinstance(text, dict):
        return text
    prefix, kind, *hops = text.split()
    route: Json = {"addressPrefix": prefix, "nextHopType": kind}
    if hops:
        addresses = hops[0].split(",")
        route["nextHopIpAddress"] = addresses if len(addresses) > 1 else addresses[0]
    return route


def vpn(vnet: str, *prefixes: str, name: str = "vpn", **gateway: Any) -> Json:
    """A VPN gateway in ``vnet`` with a tunnel to a site of static prefixes; its public address is 20.0.0.1."""
    return {
        "virtualNetworkGateways": {
            name: {"gatewayType": "Vpn", "vnet": vnet, "publicIPAddresses": ["20.0.0.1"], **gateway}
        },
        "localNetworkGateways": {f"{name}-site": {"addressPrefixes": list(prefixes)}},
        "connections": {
            f"{name}-tunnel": {
                "connectionType": "IPsec",
                "virtualNetworkGateway1": name,
                "localNetworkGateway2": f"{name}-site",
            }
        },
    }


def endpoint(name: str, subnet: str, ip: str) -> Json:
    """A private endpoint."""
    return {"privateEndpoints": {name: {"subnet": subnet, "ip": ip}}}


def mesh(*members: str, name: str = "mesh", groups: Json | None = None, **more: Any) -> Json:
    """A mesh configuration, deployed to ``deployedRegions`` (default ``r``) over one network group."""
    return manager(name, list(members), {"connectivityTopology": "Mesh", **more})


def hub_and_spoke(hub: str, *members: str, item: Json | None = None, name: str = "hs", **more: Any) -> Json:
    """A hub-and-spoke configuration over one network group; ``item`` holds the group's options."""
    return manager(name, list(members), {"connectivityTopology": "HubAndSpoke", "hubs": [hub], **more}, item)


def manager(name: str, members: list[str], configuration: Json, item: Json | None = None) -> Json:
    """A network manager of one group and one configuration."""
    group = f"{name}-group"
    return {
        "networkManagers": {
            "avnm": {
                "networkGroups": {group: {"members": members}},
                "connectivityConfigurations": {
                    name: {
                        "appliesToGroups": [{"networkGroup": group, **(item or {})}],
                        "deployedRegions": ["r"],
                        **configuration,
                    }
                },
            }
        }
    }


def lines(net: Network, place: str) -> list[str]:
    """Every row of a place as a line."""
    return sorted(
        " ".join(
            filter(
                None,
                (
                    str(row["source"]),
                    str(row["state"]),
                    ",".join(sorted(row["addressPrefix"], key=_by_address)),
                    str(row["nextHopType"]),
                    ",".join(sorted(row["nextHopIpAddress"])),
                ),
            )
        )
        for row in net.routes(place).rows()
    )


def _by_address(text: str) -> tuple[int, int, int] | tuple[int, str]:
    prefix = try_prefix(text)
    return (9, text) if prefix is None else (prefix.family, prefix.first, prefix.length)


def table(net: Network, place: str) -> list[str]:
    """The rows of a place as sorted lines, without the platform's None rows."""
    return [line for line in lines(net, place) if not (line.startswith("Default") and line.endswith(" None"))]


def nones(net: Network, place: str) -> set[str]:
    """The prefixes of the platform's None rows that a place lists, which are always Active."""
    found = [
        line.split() for line in lines(net, place) if line.startswith("Default") and line.endswith(" None")
    ]
    assert all(state == "Active" for _, state, _, _ in found)
    return {prefix for _, _, prefix, _ in found}


def to(net: Network, place: str, address: str) -> str | None:
    """What a packet from a place to an address follows, as ``prefix type next-hops``; None if no row matches."""
    route = net.lookup(place, address)
    if route is None:
        return None
    return " ".join(filter(None, (route.prefixes[0], route.next_hop_type, ",".join(route.next_hops))))


def same(found: list[str], *expected: str) -> None:
    """Assert that a table holds exactly the expected lines."""
    assert sorted(found) == sorted(expected)


def route_server(subnet: str, *appliances: str, name: str = "ars", **more: Any) -> Json:
    """A route server in ``vnet/RouteServerSubnet`` (or a VNet) with a session to each appliance."""
    return {
        "routeServers": {
            name: {"vnet": subnet, "bgpConnections": {a: {"peer": a} for a in appliances}, **more}
        }
    }


def appliance(name: str, subnet: str, ip: str, *networks: str, asn: int = 65001) -> Json:
    """An appliance that originates ``networks`` over BGP."""
    bgp = {"asn": asn, "networks": list(networks)}
    return {"devices": {name: {"kind": "nva", "subnet": subnet, "ip": ip, "bgp": bgp}}}


def expressroute(vnet: str, *networks: str, name: str = "er") -> Json:
    """An ExpressRoute gateway in ``vnet`` with a circuit to a router that originates ``networks``."""
    return {
        "virtualNetworkGateways": {name: {"gatewayType": "ExpressRoute", "vnet": vnet}},
        "expressRouteCircuits": {
            f"{name}-circuit": {"peerings": {"AzurePrivatePeering": {"peer": f"{name}-ce"}}}
        },
        "connections": {
            f"{name}-connection": {
                "connectionType": "ExpressRoute",
                "virtualNetworkGateway1": name,
                "peer": f"{name}-circuit",
            }
        },
        "devices": {f"{name}-ce": {"kind": "onprem", "bgp": {"asn": 65000, "networks": list(networks)}}},
    }
