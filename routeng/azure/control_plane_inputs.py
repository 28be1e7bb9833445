"""What the control plane reads of a declaration: whether a change can reach it, so that BGP need not be solved again.

The BGP graph is made of gateways, route servers, circuits, devices and their connections, and of VNets only as far as
they hold such nodes, or give their space to a gateway: gateway VNets, their peers, VNets of a virtual hub, and VNets
with placed NICs. Of those VNets it reads space, summaries, community, and subnets with their prefixes and, at
gateways, their user routes (R26). Of others it reads summaries, which are a finding there (G2), and, where a device
has a peer by address, who holds the address.
"""

from __future__ import annotations

from collections.abc import Iterator

from routeng.azure.control_plane import ControlPlane
from routeng.azure.peering import Peerings
from routeng.model.declaration import Declaration, VNetDecl
from routeng.model.delta import Delta

_UNREAD = frozenset(
    {
        "name", "note", "features", "limits", "probes", "services", "virtualNetworks", "routeTables",
        "networkManagers", "privateEndpoints",
    }
)  # fmt: skip
"""Sections that the control plane does not read, or reads only as far as :func:`_read` says."""
_LIMITS = frozenset({"limits", "features"})
"""What it reads besides when limits are enforced."""


def reaches(old: ControlPlane, peerings: Peerings, delta: Delta) -> bool:
    """Whether the change to the declaration of ``peerings`` may alter anything that ``old`` answers."""
    if not delta.sections <= _UNREAD or delta.places or peerings.stale is None:
        return True
    if old.enforce_limits and not delta.sections.isdisjoint(_LIMITS):
        return True
    hubs = peerings.gateway_vnets
    if any(old.peerings.links(hub) != peerings.links(hub) for hub in hubs & peerings.stale):
        return True
    if delta.tables and any(
        subnet.route_table in delta.tables
        for hub in hubs
        for subnet in peerings.declaration.vnets[hub].subnets.values()
    ):
        return True
    if not delta.vnets:
        return False
    was, now = old.declaration.vnets, peerings.declaration.vnets
    changed = [n for n in delta.vnets if n not in was or n not in now or _facts(was[n]) != _facts(now[n])]
    if any(side[n].summaries for side in (was, now) for n in changed if n in side):
        return True
    if changed and old.asks_who_holds:
        return True
    return not {*_read(old.declaration, old.peerings), *_read(peerings.declaration, peerings)}.isdisjoint(
        changed
    )


def _read(declaration: Declaration, peerings: Peerings) -> Iterator[str]:
    """The VNets that the control plane reads."""
    for hub in peerings.gateway_vnets:
        yield hub
        yield from (link.remote for link in peerings.links(hub))
    yield from (vnet for vnet, _ in declaration.places.values())
    for wan in declaration.topology.virtual_hubs.values():
        for joined in wan.hub_virtual_network_connections.values():
            vnet = declaration.canonical("virtualNetworks", joined.remote_virtual_network)
            if vnet is not None:
                yield vnet


def _facts(vnet: VNetDecl) -> object:
    """What the control plane reads of a VNet."""
    subnets = {name: (subnet.prefixes, subnet.route_table) for name, subnet in vnet.subnets.items()}
    return vnet.prefixes, vnet.summaries, vnet.declared.virtual_network_community, subnets
