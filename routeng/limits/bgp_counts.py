"""Counts that only BGP tables hold: what peers send, what gateways learn and pass on.

Every answer is a set of prefixes, or None where the tables are not computed; those nodes are named in
``missing``.
"""

from __future__ import annotations

from collections.abc import Iterable

from routeng.limits.view import View
from routeng.lpm import Prefix


class BgpCounts:
    """Reads the BGP tables of a network. Without a network nothing is known and nothing is missing."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.missing: dict[str, None] = {}

    def _networks(
        self, node: str, *, received: str | None = None, advertised: str | None = None
    ) -> set[Prefix] | None:
        network = self.view.network
        if network is None:
            return None
        control = network.control_plane
        missing = control.unsettled()
        if missing:
            self.missing.update(dict.fromkeys(missing))
            return None
        return control.networks(node, received=received, advertised=advertised)

    def to_circuit(self, gateway: str, vnet: str, circuit: str) -> tuple[set[Prefix], set[Prefix]] | None:
        """What ``gateway`` sends to ``circuit``, by family; None where a route server adds nothing (E10)."""
        servers = self.view.topology.route_servers
        if not any(servers[s].allow_branch_to_branch_traffic for s in self.view.route_servers.get(vnet, ())):
            return None
        sent: set[Prefix] = set()
        for path in self._paths(circuit):
            found = self._networks(gateway, advertised=f"{circuit}/{path}")
            if found is None:
                return None
            sent |= found
        return {p for p in sent if p.family == 4}, {p for p in sent if p.family == 6}

    def learned_from_circuits(self, gateway: str, circuits: Iterable[str]) -> set[Prefix] | None:
        """What ``gateway`` learns from its circuits."""
        learned: set[Prefix] = set()
        for circuit in circuits:
            for path in self._paths(circuit):
                found = self._networks(gateway, received=f"{circuit}/{path}")
                if found is None:
                    return None
                learned |= found
        return learned

    def from_onprem(self, circuit: str) -> set[Prefix] | None:
        """What the customer sends over the private peering of ``circuit``; the fuller of its two links."""
        most: set[Prefix] | None = None
        for path, device in self._customers(circuit):
            found = self._networks(f"{circuit}/{path}", received=device)
            if found is None:
                return None
            if most is None or len(found) > len(most):
                most = found
        return most

    def from_peer(self, server: str, peer: str) -> set[Prefix] | None:
        """What a route server holds from one peer, over both of its instances."""
        return self._networks(server, received=peer)

    def to_gateway(self, server: str, gateway: str) -> set[Prefix] | None:
        """What a route server gives a gateway of its VNet."""
        return self._networks(gateway, received=server)

    def from_vpn_peer(self, gateway: str, peer: str) -> set[Prefix] | None:
        """What a VPN gateway holds from one peer."""
        return self._networks(gateway, received=peer)

    def _paths(self, circuit: str) -> tuple[str, ...]:
        peering = self.view.topology.express_route_circuits[circuit].peerings.azure_private_peering
        return tuple(peering.paths) if peering is not None and peering.state == "Enabled" else ()

    def _customers(self, circuit: str) -> list[tuple[str, str]]:
        """(link, customer router) for every link that is up and has a declared router with BGP."""
        peering = self.view.topology.express_route_circuits[circuit].peerings.azure_private_peering
        if peering is None or peering.peer is None:
            return []
        found = []
        for path in self._paths(circuit):
            ref = peering.peer if isinstance(peering.peer, str) else getattr(peering.peer, path)
            device = self.view.declaration.canonical("devices", ref) if ref else None
            if device is not None and self.view.topology.devices[device].bgp is not None:
                found.append((path, device))
        return found
