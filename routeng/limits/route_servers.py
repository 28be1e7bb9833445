"""Limits of route servers and VPN gateways: peers and routes (R20, L1, L4)."""

from __future__ import annotations

from routeng.limits.bgp_counts import BgpCounts
from routeng.limits.ledger import Ledger
from routeng.limits.view import View


def count(view: View, ledger: Ledger, bgp: BgpCounts) -> None:
    """Enter every route server and every VPN gateway."""
    servers = view.topology.route_servers
    for vnet, names in view.route_servers.items():
        for name in names:
            ledger.add("ars.bgp_peers", name, len(servers[name].bgp_connections))
            _routes(view, ledger, bgp, name, vnet)
    ledger.not_declared("ars.vms", servers)
    for name, gateway in view.topology.virtual_network_gateways.items():
        if gateway.gateway_type == "Vpn" and gateway.admin_state == "Enabled":
            _vpn(view, ledger, bgp, name)


def _routes(view: View, ledger: Ledger, bgp: BgpCounts, name: str, vnet: str) -> None:
    server = view.topology.route_servers[name]
    total = 0
    for connection, peer in server.bgp_connections.items():
        # A peer given by its address alone announces what nobody declares.
        device = view.declaration.canonical("devices", peer.peer) if peer.peer else None
        if device is None:
            ledger.not_declared(
                "ars.routes_per_peer", (f"{name}/{connection}",), "the peer is no declared device"
            )
            continue
        held = bgp.from_peer(name, device)
        if held is None:
            continue
        total += len(held)
        _per_peer(ledger, f"{name}/{connection}", len(held))
    if total:
        ledger.add("ars.routes_total", name, total)
    if server.allow_branch_to_branch_traffic:
        for gateway in view.gateways.get(vnet, ()):
            if view.topology.virtual_network_gateways[gateway].admin_state == "Enabled":
                given = bgp.to_gateway(name, gateway)
                if given:
                    ledger.add("ars.routes_to_gateway", f"{name} -> {gateway}", len(given))


def _per_peer(ledger: Ledger, name: str, held: int) -> None:
    """Held routes count; so do those of an update on top, which is where a re-announcement fails (R20)."""
    if not held:
        return
    value, _ = ledger.value("ars.routes_per_peer")
    note = None
    if held <= value < 2 * held:
        note = f"announcing all again counts {2 * held:,} while the update arrives and drops the session"
    ledger.add("ars.routes_per_peer", name, held, note=note, at_least_near=note is not None)


def _vpn(view: View, ledger: Ledger, bgp: BgpCounts, name: str) -> None:
    for tunnel in view.connections.tunnels_of(name):
        if tunnel.bgp and tunnel.up and tunnel.remote is not None:
            received = bgp.from_vpn_peer(name, tunnel.remote)
            if received:
                ledger.add("vpn.bgp_prefixes", f"{name} <- {tunnel.remote}", len(received))
