"""What is declared but not yet computed: sections and keys whose behaviour is still to come, kept as data.

``missing`` says what of a topology falls under it, ``warning`` puts it into one sentence, and ``complete_at`` says for
one VNet whether its routes may lack rows because of it. A part that becomes computed loses its line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from routeng.model.declaration import Declaration
from routeng.model.topology import Topology


class Part(msgspec.Struct, frozen=True):
    """A part of the notation whose behaviour is not computed.

    ``key`` is how it is named to the user; ``declared`` counts what a topology has of it; ``reach`` names the VNets
    whose effective routes it could change: ``"all"``, ``"none"`` (it has no routes) or those that ``vnets`` lists.
    """

    key: str
    declared: Callable[[Topology], int]
    vnets: Callable[[Declaration], Iterable[str]] | None = None


def _busy_hubs(topology: Topology) -> int:
    return sum(len(h.hub_virtual_network_connections) > 1 for h in topology.virtual_hubs.values())


def _hub_vnets(declaration: Declaration) -> Iterable[str]:
    """VNets of hubs that connect several: what a hub passes between them is not computed."""
    for hub in declaration.topology.virtual_hubs.values():
        if len(hub.hub_virtual_network_connections) < 2:
            continue
        for connection in hub.hub_virtual_network_connections.values():
            name = declaration.canonical("virtualNetworks", connection.remote_virtual_network)
            if name is not None:
                yield name


def _microsoft_peerings(topology: Topology) -> int:
    return sum(c.peerings.microsoft_peering is not None for c in topology.express_route_circuits.values())


PARTS: tuple[Part, ...] = (
    Part("services", lambda t: len(t.services)),
    Part("virtualHubs between their own VNets", _busy_hubs, _hub_vnets),
    Part("expressRouteCircuits.*.peerings.MicrosoftPeering", _microsoft_peerings),
)
"""The parts that are accepted and validated, but not computed."""


def missing(topology: Topology) -> tuple[str, ...]:
    """The keys of the parts that ``topology`` declares and that are not computed."""
    return tuple(part.key for part in PARTS if part.declared(topology))


def warning(topology: Topology) -> str | None:
    """One sentence that names all of them, or None."""
    counted = [(part.key, part.declared(topology)) for part in PARTS]
    said = [f"{key} ({count})" for key, count in counted if count]
    return f"declared but not yet computed: {', '.join(said)}" if said else None


def incomplete_vnets(declaration: Declaration) -> frozenset[str]:
    """The VNets whose routes may lack rows that come from parts not computed, and those that use their gateways.

    A VNet that reaches an incomplete one by ``useRemoteGateways`` learns what that one learns (GW-4).
    """
    found: set[str] = set()
    for part in PARTS:
        if part.vnets is not None and part.declared(declaration.topology):
            found.update(part.vnets(declaration))
    if found:
        users = {
            vnet.name
            for vnet in declaration.vnets.values()
            for half in vnet.peerings
            if half.declared.use_remote_gateways and half.remote in found
        }
        found |= users
    return frozenset(found)


def complete_at(declaration: Declaration, vnet: str) -> bool:
    """False if routes of ``vnet`` (a canonical name) may be missing because something declared is not computed."""
    return vnet not in incomplete_vnets(declaration)
