"""The short notation for peerings, expanded into the two halves that Azure has.

``{vnets: [a, b]}`` gives two equal halves, ``{hub, spokes}`` one pair for each spoke; with ``gatewayTransit`` the hub's
half allows gateway transit and the spoke's half uses the remote gateway (GW-4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from routeng.model.declaration import PeeringDecl
from routeng.model.references import Names
from routeng.model.virtual_network import PeeringHalf, PeeringSugar

Path = tuple[str | int, ...]
Held = tuple[PeeringDecl, Path]
"""A half and where it is declared."""


def entries(
    peerings: list[PeeringSugar] | Mapping[str, PeeringSugar],
) -> Iterator[tuple[str | int, PeeringSugar]]:
    """The entries of the section, a list or a map, with their keys."""
    return iter(peerings.items()) if isinstance(peerings, Mapping) else enumerate(peerings)


def expand(key: str | int, entry: PeeringSugar, names: Names, halves: dict[str, list[Held]]) -> None:
    """Append the halves of one entry to ``halves``, which maps a VNet to what it holds."""
    path: Path = ("peerings", key)
    if entry.vnets is not None:
        if entry.hub is not None or entry.spokes is not None:
            names.problems.add(path, "has vnets together with hub or spokes: one form or the other")
        elif len(entry.vnets) != 2:
            names.problems.add((*path, "vnets"), "a peering has two ends", entry.vnets)
        else:
            _pair(path, key, entry, names, halves)
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
    hub_half = _half(
        entry, "", allow=transit if entry.allow_gateway_transit is None else entry.allow_gateway_transit
    )
    spoke_half = _half(
        entry, hub, use=transit if entry.use_remote_gateways is None else entry.use_remote_gateways, swap=True
    )
    held_by_hub = halves[hub]
    find = names.of.get
    set_field = msgspec.structs.force_setattr
    copy = PeeringHalf.__copy__  # type: ignore[attr-defined]
    for i, ref in enumerate(entry.spokes):
        spoke = find(("virtualNetworks", ref.lower())) or names.need(
            "virtualNetworks", ref, (*path, "spokes", i)
        )
        if spoke is None:
            continue
        half = copy(hub_half)
        set_field(half, "remote_virtual_network", spoke)
        where = (*path, "spokes", i)
        held_by_hub.append((PeeringDecl(f"{hub}-to-{spoke}", hub, spoke, None, half), where))
        halves[spoke].append((PeeringDecl(f"{spoke}-to-{hub}", spoke, hub, None, spoke_half), where))


def _pair(
    path: Path, key: str | int, entry: PeeringSugar, names: Names, halves: dict[str, list[Held]]
) -> None:
    refs = entry.vnets or []
    if entry.gateway_transit:
        names.problems.add((*path, "gatewayTransit"), "needs the form with hub and spokes", True)
    found = [names.need("virtualNetworks", ref, (*path, "vnets", i)) for i, ref in enumerate(refs)]
    one, other = found
    if one is None or other is None:
        return
    use, allow = bool(entry.use_remote_gateways), bool(entry.allow_gateway_transit)
    where = (*path, "vnets")
    for vnet, remote, swap in ((one, other, False), (other, one, True)):
        half = _half(entry, remote, use=use, allow=allow, swap=swap)
        halves[vnet].append((PeeringDecl(f"{vnet}-to-{remote}", vnet, remote, None, half), where))


def _half(
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
