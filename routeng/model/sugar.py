"""The short notation for peerings, expanded into the two halves that Azure has.

``{vnets: [a, b]}`` gives two equal halves, ``{hub, spokes}`` one pair for each spoke; with ``gatewayTransit`` the
hub's half allows gateway transit and the spoke's half uses the remote gateway (GW-4). Where a half is declared is
worked out only when there is something to say about it (:func:`paths_of`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from routeng.model.addresses import Path
from routeng.model.declaration import PeeringDecl
from routeng.model.references import Names
from routeng.model.virtual_network import PeeringHalf, PeeringSugar

Halves = dict[str, list[PeeringDecl]]
"""What each VNet holds: its own halves, then those of the short notation, in declared order."""


def entries(
    peerings: list[PeeringSugar] | Mapping[str, PeeringSugar],
) -> Iterator[tuple[str | int, PeeringSugar]]:
    """The entries of the section, a list or a map, with their keys."""
    return iter(peerings.items()) if isinstance(peerings, Mapping) else enumerate(peerings)


def expand(key: str | int, entry: PeeringSugar, names: Names, halves: Halves) -> None:
    """Append the halves of one entry to ``halves``."""
    path: Path = ("peerings", key)
    if entry.vnets is not None:
        if entry.hub is not None or entry.spokes is not None:
            names.problems.add(path, "has vnets together with hub or spokes: one form or the other")
        elif len(entry.vnets) != 2:
            names.problems.add((*path, "vnets"), "a peering has two ends", entry.vnets)
        else:
            _pair(path, entry, names, halves)
        return
    if entry.hub is None or entry.spokes is None:
        names.problems.add(path, "needs vnets, or hub and spokes")
        return
    hub = names.need("virtualNetworks", entry.hub, (*path, "hub"))
    if hub is None:
        for i, ref in enumerate(entry.spokes):
            names.need("virtualNetworks", ref, (*path, "spokes", i))
        return
    transit = entry.gateway_transit
    allow = transit if entry.allow_gateway_transit is None else entry.allow_gateway_transit
    use = transit if entry.use_remote_gateways is None else entry.use_remote_gateways
    hub_half = half_of(entry, "", allow=allow)
    spoke_half = half_of(entry, hub, use=use, swap=True)
    hold = halves[hub].append
    copy = PeeringHalf.__copy__  # type: ignore[attr-defined]
    set_field = msgspec.structs.force_setattr
    to_hub = f"-to-{hub}"
    from_hub = f"{hub}-to-"
    for i, ref in enumerate(entry.spokes):
        held = halves.get(ref)
        if held is not None:
            spoke = ref
        else:
            found = names.need("virtualNetworks", ref, (*path, "spokes", i))
            if found is None:
                continue
            spoke = found
            held = halves[spoke]
        half = copy(hub_half)
        set_field(half, "remote_virtual_network", spoke)
        hold(PeeringDecl(from_hub + spoke, hub, spoke, None, half))
        held.append(PeeringDecl(spoke + to_hub, spoke, hub, None, spoke_half))


def paths_of(vnet: str, names: Names) -> list[Path]:
    """Where each half that ``vnet`` holds is declared, in the order of ``Halves``."""
    topology = names.topology
    find = names.find
    paths: list[Path] = [
        ("virtualNetworks", vnet, "virtualNetworkPeerings", name)
        for name, half in topology.virtual_networks[vnet].virtual_network_peerings.items()
        if find("virtualNetworks", half.remote_virtual_network) is not None
    ]
    for key, entry in entries(topology.peerings):
        path: Path = ("peerings", key)
        if entry.vnets is not None:
            ends = [find("virtualNetworks", ref) for ref in entry.vnets]
            if entry.hub is None and entry.spokes is None and len(ends) == 2 and None not in ends:
                paths += [(*path, "vnets", i) for i, end in enumerate(ends) if end == vnet]
            continue
        hub = find("virtualNetworks", entry.hub) if entry.hub is not None else None
        if hub is None or entry.spokes is None:
            continue
        for i, ref in enumerate(entry.spokes):
            spoke = find("virtualNetworks", ref)
            if spoke is not None:
                paths += [(*path, "spokes", i)] * ((hub == vnet) + (spoke == vnet))
    return paths


def half_of(
    entry: PeeringSugar, remote: str, use: bool = False, allow: bool = False, swap: bool = False
) -> PeeringHalf:
    """One half; ``swap`` for the second end, whose local subnets are the first end's remote ones."""
    return PeeringHalf(
        remote_virtual_network=remote,
        allow_virtual_network_access=entry.allow_virtual_network_access,
        allow_forwarded_traffic=entry.allow_forwarded_traffic,
        allow_gateway_transit=allow,
        use_remote_gateways=use,
        peer_complete_vnets=entry.peer_complete_vnets,
        enable_only_ipv6_peering=entry.enable_only_ipv6_peering,
        local_subnet_names=entry.remote_subnet_names if swap else entry.local_subnet_names,
        remote_subnet_names=entry.local_subnet_names if swap else entry.remote_subnet_names,
        peering_state=entry.peering_state,
    )


def _pair(path: Path, entry: PeeringSugar, names: Names, halves: Halves) -> None:
    if entry.gateway_transit:
        names.problems.add((*path, "gatewayTransit"), "needs the form with hub and spokes", True)
    refs = entry.vnets or []
    one, other = [names.need("virtualNetworks", ref, (*path, "vnets", i)) for i, ref in enumerate(refs)]
    if one is None or other is None:
        return
    use, allow = bool(entry.use_remote_gateways), bool(entry.allow_gateway_transit)
    for vnet, remote, swap in ((one, other, False), (other, one, True)):
        half = half_of(entry, remote, use=use, allow=allow, swap=swap)
        halves[vnet].append(PeeringDecl(f"{vnet}-to-{remote}", vnet, remote, None, half))
