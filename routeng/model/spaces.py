"""Address spaces that may not overlap: inside a VNet, between peered VNets, among the peers of one VNet.

Azure refuses a peering between overlapping spaces (PEER-5, ``VnetAddressSpacesOverlap``) and a peering to a VNet
whose space overlaps that of a VNet already peered (``VnetAddressSpaceOverlapsWithAlreadyPeeredVnet``, seen in many
deployments' error reports). Subnet peerings count by their participating subnets only (PEER-11), halves out of
sync by what was synchronised last (PEER-4). One sorted sweep over all VNets settles the usual case; neighbourhoods
are looked at one by one only if some two VNets of the file overlap at all, or a half is out of sync or partial.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from routeng.lpm import Prefix, parse_prefix
from routeng.model.declaration import PeeringDecl, VNetDecl
from routeng.model.problems import Problems
from routeng.model.sugar import Path

UNUSABLE = tuple(
    parse_prefix(p)
    for p in ("224.0.0.0/4", "255.255.255.255/32", "127.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32")
)
"""What no virtual network may use (SYS-10)."""

Owned = list[tuple[Prefix, str]]


def any_overlap(owned: Iterable[Prefix]) -> bool:
    """True if two of the prefixes share an address; O(n log n)."""
    ordered = sorted(owned)
    return any(map(Prefix.overlaps, ordered, ordered[1:]))


def overlapping_pairs(owned: Owned) -> list[tuple[tuple[Prefix, str], tuple[Prefix, str]]]:
    """Pairs of entries of different owners that share an address: each entry with the innermost ones around it."""
    found = []
    around: list[tuple[Prefix, str]] = []
    for entry in sorted(owned):
        while around and not around[-1][0].covers(entry[0]):
            around.pop()
        found.extend((other, entry) for other in around if other[1] != entry[1])
        around.append(entry)
    return found


def check_peered(
    vnets: Mapping[str, VNetDecl],
    paths: Mapping[str, list[Path]],
    only: Iterable[str] | None,
    problems: Problems,
) -> None:
    """Report overlaps between each VNet (or those in ``only``) and its peers, and among its peers.

    ``paths`` holds, by VNet, where each of its halves is declared.
    """
    reported: set[frozenset[str]] = set()
    for name in vnets if only is None else only:
        vnet = vnets[name]
        where: dict[str, Path] = {}
        whole: Owned = [(p, name) for p in vnet.prefixes]
        everything: Owned = []
        groups = [whole]
        for half, path in zip(vnet.peerings, paths[name], strict=True):
            if half.declared.peering_state != "Connected" or half.remote == name:
                continue
            seen = [(p, half.remote) for p in seen_prefixes(vnets, half)]
            everything += seen
            where.setdefault(half.remote, path)
            if half.declared.peer_complete_vnets:
                whole += seen
            else:
                own = [(p, name) for s in half.declared.local_subnet_names for p in _subnet_prefixes(vnet, s)]
                groups.append(own + seen)
        if len(groups) > 1:
            groups.append(everything)
        for group in groups:
            for (wide, holder), (narrow, other) in overlapping_pairs(group):
                pair = frozenset((holder, other))
                if pair not in reported:
                    reported.add(pair)
                    _report(name, (wide, holder), (narrow, other), where, problems)


def seen_prefixes(vnets: Mapping[str, VNetDecl], half: PeeringDecl) -> Iterable[Prefix]:
    """What ``half`` brings of the remote VNet: its space as last synchronised, or the participating subnets."""
    remote = vnets[half.remote]
    if half.synced is not None:
        return half.synced
    if half.declared.peer_complete_vnets:
        if half.declared.enable_only_ipv6_peering:
            return [p for p in remote.prefixes if p.family == 6]
        return remote.prefixes
    found = [p for s in half.declared.remote_subnet_names for p in _subnet_prefixes(remote, s)]
    return [p for p in found if p.family == 6] if half.declared.enable_only_ipv6_peering else found


def _subnet_prefixes(vnet: VNetDecl, name: str) -> tuple[Prefix, ...]:
    subnet = vnet.subnets.get(name)
    if subnet is None:
        key = name.lower()
        subnet = next((s for s in vnet.subnets.values() if s.name.lower() == key), None)
    return subnet.prefixes if subnet is not None else ()


def _report(
    name: str, one: tuple[Prefix, str], two: tuple[Prefix, str], where: Mapping[str, Path], problems: Problems
) -> None:
    (wide, holder), (narrow, other) = one, two
    if name in (holder, other):
        remote = other if holder == name else holder
        problems.add(
            where[remote],
            f"peered VNets overlap: {holder!r} has {wide}, {other!r} has {narrow}",
            remote,
            rule="PEER-5",
            code="VnetAddressSpacesOverlap",
        )
        return
    problems.add(
        where[other],
        f"two peers of {name!r} overlap: {holder!r} has {wide}, {other!r} has {narrow}",
        other,
        rule="PEER-5",
        code="VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
    )
