"""Address spaces that may not overlap: inside a VNet, between peered VNets, among the peers of one VNet.

Azure refuses a peering between overlapping spaces (PEER-5, ``VnetAddressSpacesOverlap``) and a peering to a VNet
whose space overlaps that of a VNet already peered (``VnetAddressSpaceOverlapsWithAlreadyPeeredVnet``, seen in many
deployments' error reports). Subnet peerings count by their participating subnets only (PEER-11), halves out of
sync by what was synchronised last (PEER-4). One sorted sweep over all VNets settles the usual case; neighbourhoods
are looked at one by one only if some two VNets of the file overlap at all, or a half is out of sync or partial.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from routeng.lpm import Prefix, parse_prefix
from routeng.model.addresses import Path
from routeng.model.declaration import PeeringDecl, VNetDecl
from routeng.model.references import Names
from routeng.model.sugar import paths_of

UNUSABLE = tuple(
    parse_prefix(p)
    for p in ("224.0.0.0/4", "255.255.255.255/32", "127.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32")
)
"""What no virtual network may use (SYS-10)."""

Owned = list[tuple[Prefix, str]]


def any_overlap(ordered: Sequence[Prefix]) -> bool:
    """True if two of the prefixes, given in order, share an address."""
    return any(map(Prefix.overlaps, ordered, ordered[1:]))


_AROUND = tuple({bad.supernet(length): None for bad in UNUSABLE for length in range(bad.length)})
"""Every prefix that holds an unusable one."""


def unusable(ordered: Sequence[Prefix]) -> bool:
    """True if one of the prefixes, given in order, touches what no VNet may use (SYS-10)."""
    for bad in UNUSABLE:
        at = bisect_left(ordered, bad)
        if at < len(ordered) and bad.covers(ordered[at]):
            return True
    for wide in _AROUND:
        at = bisect_left(ordered, wide)
        if at < len(ordered) and ordered[at] == wide:
            return True
    return False


def overlapping_pairs(owned: Owned) -> list[tuple[tuple[Prefix, str], tuple[Prefix, str]]]:
    """Each entry that shares addresses with one of another owner, after the widest such entry; O(n log n)."""
    found: list[tuple[tuple[Prefix, str], tuple[Prefix, str]]] = []
    around: list[tuple[Prefix, str]] = []
    for entry in sorted(owned):
        while around and not around[-1][0].covers(entry[0]):
            around.pop()
        other = next((o for o in around if o[1] != entry[1]), None)
        if other is not None:
            found.append((other, entry))
        if not around or around[-1][1] != entry[1]:
            around.append(entry)
    return found


def check_peered(
    vnets: Mapping[str, VNetDecl],
    only: Iterable[str],
    names: Names,
) -> None:
    """Report overlaps between each VNet of ``only`` and its peers, and among its peers."""
    reported: set[frozenset[str]] = set()
    for name in only:
        vnet = vnets[name]
        where: dict[str, int] = {}
        whole: Owned = [(p, name) for p in vnet.prefixes]
        everything: Owned = []
        groups = [whole]
        for i, half in enumerate(vnet.peerings):
            if half.declared.peering_state != "Connected" or half.remote == name:
                continue
            seen = [(p, half.remote) for p in seen_prefixes(vnets, half)]
            everything += seen
            where.setdefault(half.remote, i)
            if half.declared.peer_complete_vnets:
                whole += seen
            else:
                own = [(p, name) for s in half.declared.local_subnet_names for p in _subnet_prefixes(vnet, s)]
                groups.append(own + seen)
        if len(groups) > 1:
            groups.append(everything)
        paths: list[Path] = []
        for group in groups:
            for (wide, holder), (narrow, other) in overlapping_pairs(group):
                pair = frozenset((holder, other))
                if pair not in reported:
                    reported.add(pair)
                    paths = paths or paths_of(name, names)
                    at = paths[where[holder if other == name else other]]
                    _report(name, (wide, holder), (narrow, other), at, names)


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


def _report(name: str, one: tuple[Prefix, str], two: tuple[Prefix, str], path: Path, names: Names) -> None:
    (wide, holder), (narrow, other) = one, two
    what = f"{holder!r} has {wide}, {other!r} has {narrow}"
    if name in (holder, other):
        said, code = f"peered VNets overlap: {what}", "VnetAddressSpacesOverlap"
    else:
        said, code = f"two peers of {name!r} overlap: {what}", "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet"
    names.problems.add(path, said, holder if other == name else other, rule="PEER-5", code=code)
