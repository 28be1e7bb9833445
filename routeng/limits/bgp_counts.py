"""Counts that only BGP tables hold: what peers send, what gateways learn and pass on.

Every answer is a set of prefixes, or None where the tables are not computed; those nodes are named in
``missing``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from routeng.azure.control_plane import UnknownNode
from routeng.limits.view import View
from routeng.lpm import Prefix

if TYPE_CHECKING:
    from routeng.azure.control_plane import ControlPlane
    from routeng.network import Network


class BgpCounts:
    """Reads the BGP tables of a network; without a network nothing is known, which ``missing`` says."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.missing: dict[str, None] = {}

    @cached_property
    def _network(self) -> Network | None:
        """The network to read: with enforced limits, the one before their consequences, which hide the counts."""
        network = self.view.network
        if network is None or not network.enforce_limits:
            return network
        from routeng.network import compute

        return compute(network.topology)

    @cached_property
    def _control_plane(self) -> ControlPlane | None:
        if self._network is None:
            self.missing["routes that BGP brings: only a declaration was given"] = None
            return None
        found = self._network.control_plane
        self.missing.update(dict.fromkeys(found.unsettled()))
        return found

    def _networks(
        self, node: str, *, received: str | None = None, advertised: str | None = None
    ) -> set[Prefix] | None:
        if self._control_plane is None:
            return None
        try:
            return self._control_plane.networks(node, received=received, advertised=advertised)
        except UnknownNode:
            return set()  # it speaks no BGP

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

    def from_onprem(self, circuit: str) -> tuple[set[Prefix], set[Prefix]] | None:
        """What the customer sends over the private peering of ``circuit``: its own, and Azure's sent back.

        A router with both links repeats on one what it learned on the other; such paths hold the ASN of the
        MSEEs (C-23). Of two links the fuller one counts.
        """
        peering = self.view.topology.express_route_circuits[circuit].peerings.azure_private_peering
        if peering is None or not self._customers(circuit):
            return None
        control_plane = self._control_plane
        if control_plane is None:
            return None
        most: tuple[set[Prefix], set[Prefix]] | None = None
        solution = control_plane.solution
        for path, device in self._customers(circuit):
            speakers = [i.speaker for i in control_plane.plan.nodes.of(f"{circuit}/{path}")]
            peers = {i.speaker for i in control_plane.plan.nodes.of(device)}
            own: set[Prefix] = set()
            back: set[Prefix] = set()
            for one in solution.partition.classes:
                for speaker in speakers:
                    entry = solution.rib(speaker, one.prefixes[0])
                    for candidate in entry.candidates if entry is not None else ():
                        if candidate.path.peer in peers:
                            repeated = peering.azure_asn in candidate.attributes.as_path.asns
                            (back if repeated else own).update(one.prefixes)
            back -= own
            if most is None or (len(own), len(back)) > (len(most[0]), len(most[1])):
                most = own, back
        return most

    def from_peer(self, server: str, peer: str) -> set[Prefix] | None:
        """What a route server holds from one peer, over both of its instances."""
        return self._networks(server, received=peer)

    def to_gateway(self, server: str, gateway: str) -> set[Prefix] | None:
        """What a route server gives a gateway of its VNet, without what that gateway brought itself (C-14)."""
        given = self._networks(gateway, received=server)
        brought = self._networks(server, received=gateway)
        return None if given is None or brought is None else given - brought

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
