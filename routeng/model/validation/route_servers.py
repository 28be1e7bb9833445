"""Route servers and their BGP connections (A3, A7, A8)."""

from __future__ import annotations

from collections.abc import Sequence

from routeng.lpm import Prefix
from routeng.model.addresses import Path, host_at, hosts_at
from routeng.model.declaration import Declaration
from routeng.model.gateways import RouteServer, RouteServerPeer
from routeng.model.references import Names, report_case
from routeng.model.validation.asns import check_peer_asn, check_two_bytes

ASN = 65515


def check_route_servers(declaration: Declaration, names: Names) -> None:
    """One route server a VNet, in its RouteServerSubnet, with AS 65515 (A3); peers that Azure takes."""
    held: dict[str, str] = {}
    holders: list[Prefix] | None = None
    for name, server in declaration.topology.route_servers.items():
        path = ("routeServers", name)
        vnet = _place(server, path, declaration, names)
        if vnet is not None and held.setdefault(vnet, name) != name:
            names.problems.add(path, f"{vnet!r} has a route server already", held[vnet], rule="A3")
        if server.virtual_router_asn != ASN:
            names.problems.add(
                (*path, "virtualRouterAsn"),
                f"the ASN of a route server is {ASN}",
                server.virtual_router_asn,
                suggestion=str(ASN),
                rule="A3",
            )
        addresses = hosts_at(server.virtual_router_ips, (*path, "virtualRouterIps"), names.problems)
        if len(addresses) > 2:
            names.problems.add(
                (*path, "virtualRouterIps"),
                "a route server has two instances",
                server.virtual_router_ips,
                rule="A3",
            )
        for key, peer in server.bgp_connections.items():
            if peer.peer_ip is not None and holders is None:
                holders = [p for v in declaration.vnets.values() for p in v.prefixes]
            _check_peer(peer, (*path, "bgpConnections", key), declaration, names, holders or ())
        _check_twice(server, path, names)


def _place(server: RouteServer, path: Path, declaration: Declaration, names: Names) -> str | None:
    if server.subnet is not None:
        place = names.subnet(server.subnet, (*path, "subnet"))
        if place is None:
            return None
        if place[1].lower() != "routeserversubnet":
            names.problems.add(
                (*path, "subnet"),
                "a route server sits in a subnet named RouteServerSubnet",
                server.subnet,
                suggestion=f"{place[0]}/RouteServerSubnet",
                rule="A3",
            )
        if (
            server.vnet is not None
            and names.need("virtualNetworks", server.vnet, (*path, "vnet")) != place[0]
        ):
            names.problems.add((*path, "vnet"), f"the subnet is in {place[0]!r}", server.vnet)
        return place[0]
    if server.vnet is None:
        names.problems.add(path, "needs subnet or vnet", rule="A3")
        return None
    vnet = names.need("virtualNetworks", server.vnet, (*path, "vnet"))
    if vnet is not None and not any(
        s.lower() == "routeserversubnet" for s in declaration.vnets[vnet].subnets
    ):
        names.problems.find("no-route-server-subnet", path, f"{vnet!r} declares no RouteServerSubnet", "A3")
    return vnet


def _check_peer(
    peer: RouteServerPeer, path: Path, declaration: Declaration, names: Names, holders: Sequence[Prefix]
) -> None:
    if peer.peer is None and peer.peer_ip is None:
        names.problems.add(path, "needs peer, or peerIp and peerAsn")
        return
    if peer.peer is not None:
        device = names.need("devices", peer.peer, (*path, "peer"))
        bgp = declaration.topology.devices[device].bgp if device is not None else None
        if device is not None and bgp is None:
            names.problems.find(
                "no-session", (*path, "peer"), f"device {device!r} declares no bgp: no session", "A3"
            )
        if device is not None and bgp is not None:
            check_peer_asn(bgp.asn, ("devices", device, "bgp", "asn"), names.problems)
            check_two_bytes(bgp.asn, ("devices", device, "bgp", "asn"), names.problems)
            if peer.peer_asn is not None and peer.peer_asn != bgp.asn:
                names.problems.find(
                    "asn-mismatch",
                    (*path, "peerAsn"),
                    f"AS {peer.peer_asn} expected, device {device!r} has AS {bgp.asn}",
                )
    elif peer.peer_asn is None:
        names.problems.add(path, "peerIp needs peerAsn")
    if peer.peer_asn is not None:
        check_peer_asn(peer.peer_asn, (*path, "peerAsn"), names.problems)
        if peer.peer is None:
            check_two_bytes(peer.peer_asn, (*path, "peerAsn"), names.problems)
    if peer.peer_ip is not None:
        address = host_at(peer.peer_ip, (*path, "peerIp"), names.problems)
        if address is not None and not any(p.covers(address) for p in holders):
            names.problems.add(
                (*path, "peerIp"), "no virtual network holds this address", peer.peer_ip, rule="R24"
            )


def _check_twice(server: RouteServer, path: Path, names: Names) -> None:
    """Two connections to one device or address are one peer too many; names differ by more than case."""
    seen: dict[str, str] = {}
    report_case(server.bgp_connections, (*path, "bgpConnections"), names.problems)
    for key, peer in server.bgp_connections.items():
        target = names.find("devices", peer.peer) if peer.peer is not None else peer.peer_ip
        if target is None:
            continue
        other = seen.setdefault(f"{target}|{peer.peer_ip or ''}", key)
        if other != key:
            names.problems.add((*path, "bgpConnections", key), f"the peer of connection {other!r}", target)
