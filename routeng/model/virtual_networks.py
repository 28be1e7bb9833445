"""Virtual networks resolved: spaces, subnets with their tables, peering halves with their ends, regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from routeng.lpm import Prefix, try_prefix
from routeng.model.addresses import prefixes_at, report_prefix
from routeng.model.declaration import PeeringDecl, SubnetDecl, VNetDecl
from routeng.model.problems import Problems
from routeng.model.references import Names
from routeng.model.spaces import UNUSABLE, any_overlap, check_peered, overlapping_pairs
from routeng.model.sugar import Held, Path, entries, expand
from routeng.model.topology import Topology
from routeng.model.virtual_network import AddressSpace, VirtualNetwork

GATEWAY_SUBNET = "gatewaysubnet"
ROUTE_SERVER_SUBNET = "routeserversubnet"


def resolve_virtual_networks(topology: Topology, names: Names) -> dict[str, VNetDecl]:
    """All VNets by canonical name, in declared order."""
    declared = topology.virtual_networks
    halves: dict[str, list[Held]] = {name: [] for name in declared}
    for name, vnet in declared.items():
        if vnet.virtual_network_peerings:
            _explicit_halves(name, vnet, names, halves[name])
    for key, entry in entries(topology.peerings):
        expand(key, entry, names, halves)
    parts = {name: resolve_vnet_parts(name, vnet, names) for name, vnet in declared.items()}
    locations = _locations(topology, halves)
    vnets = {
        name: VNetDecl(
            name,
            locations[name],
            parts[name][0],
            parts[name][1],
            tuple([h[0] for h in halves[name]]),
            parts[name][2],
            declared[name],
        )
        for name in declared
    }
    check_usable(chain.from_iterable(v.prefixes for v in vnets.values()), vnets, names.problems)
    check_peerings(vnets, halves, names.problems)
    return vnets


def resolve_vnet_parts(
    name: str, vnet: VirtualNetwork, names: Names
) -> tuple[tuple[Prefix, ...], dict[str, SubnetDecl], tuple[Prefix, ...]]:
    """The address space, the subnets and the summaries of one VNet, each checked on its own."""
    space = vnet.address_space
    texts = space.address_prefixes if isinstance(space, AddressSpace) else space
    prefixes: tuple[Prefix, ...]
    if len(texts) == 1 and (only := try_prefix(texts[0])) is not None:
        prefixes = (only,)
    else:
        prefixes = _space(name, vnet, texts, names.problems)
    subnets: dict[str, SubnetDecl] = {}
    used: list[tuple[Prefix, str]] = []
    tables = names.of
    for sname, subnet in vnet.subnets.items():
        text = subnet.address_prefix
        own: tuple[Prefix, ...]
        if isinstance(text, str) and (one := try_prefix(text)) is not None:
            own = (one,)
        else:
            own = _subnet_prefixes(name, sname, text, names.problems)
        for prefix in own:
            if not prefixes or not (prefixes[0].covers(prefix) or any(p.covers(prefix) for p in prefixes)):
                _report_outside(name, sname, prefix, prefixes, names.problems)
            if prefix.length > 29 or prefix.family == 6:
                _check_size(name, sname, prefix, names.problems)
            used.append((prefix, sname))
        table = subnet.route_table
        if table is not None:
            path = ("virtualNetworks", name, "subnets", sname, "routeTable")
            table = tables.get(("routeTables", table.lower())) or names.need("routeTables", table, path)
        subnets[sname] = SubnetDecl(sname, name, own, table, subnet)
    if len(subnets) > 1:
        _check_subnets(name, used, subnets, names.problems)
    summaries = vnet.summarized_gateway_prefixes
    if not summaries:
        return prefixes, subnets, ()
    texts = summaries.address_prefixes if isinstance(summaries, AddressSpace) else summaries
    path = ("virtualNetworks", name, "summarizedGatewayPrefixes")
    return prefixes, subnets, prefixes_at(texts, path, names.problems)


def _space(name: str, vnet: VirtualNetwork, texts: list[str], problems: Problems) -> tuple[Prefix, ...]:
    path: Path = ("virtualNetworks", name, "addressSpace")
    if isinstance(vnet.address_space, AddressSpace):
        path = (*path, "addressPrefixes")
    if not texts:
        problems.add(path, "an address space needs a prefix", texts)
    prefixes = prefixes_at(texts, path, problems)
    for (wide, one), (narrow, _) in overlapping_pairs([(p, str(p)) for p in prefixes]):
        problems.add(path, f"prefixes of one address space overlap: {narrow} lies in {wide}", one)
    return prefixes


def _subnet_prefixes(vnet: str, name: str, text: str | list[str], problems: Problems) -> tuple[Prefix, ...]:
    path = ("virtualNetworks", vnet, "subnets", name, "addressPrefix")
    if isinstance(text, str):
        report_prefix(text, path, problems)
        return ()
    if not text:
        problems.add(path, "a subnet needs a prefix", text)
    return prefixes_at(text, path, problems)


def _report_outside(
    vnet: str, name: str, prefix: Prefix, space: Sequence[Prefix], problems: Problems
) -> None:
    if not space:
        return  # the address space itself is wrong and reported
    path = ("virtualNetworks", vnet, "subnets", name, "addressPrefix")
    text = ", ".join(map(str, space[:4])) + (" ..." if len(space) > 4 else "")
    problems.add(path, f"outside the address space of {vnet!r} ({text})", str(prefix), rule="SYS-9")


def _check_size(vnet: str, name: str, prefix: Prefix, problems: Problems) -> None:
    """IPv4 subnets are /29 or larger, IPv6 subnets exactly /64 (SYS-9)."""
    path = ("virtualNetworks", vnet, "subnets", name, "addressPrefix")
    if prefix.family == 4 and prefix.length > 29:
        problems.add(
            path, "smaller than a /29", str(prefix), suggestion=str(prefix.supernet(29)), rule="SYS-9"
        )
    elif prefix.family == 6 and prefix.length != 64:
        problems.add(path, "an IPv6 subnet is a /64", str(prefix), rule="SYS-9")


def _check_subnets(
    vnet: str, used: list[tuple[Prefix, str]], subnets: Mapping[str, SubnetDecl], problems: Problems
) -> None:
    """Subnets of one VNet share no address, and their names differ by more than case."""
    if any_overlap([p for p, _ in used]):
        for (wide, one), (narrow, other) in overlapping_pairs(used):
            path = ("virtualNetworks", vnet, "subnets", other, "addressPrefix")
            problems.add(path, f"overlaps subnet {one!r} ({wide})", str(narrow))
    lowered = {name.lower() for name in subnets}
    if len(lowered) != len(subnets):
        first: dict[str, str] = {}
        for name in subnets:
            other = first.setdefault(name.lower(), name)
            if other != name:
                path = ("virtualNetworks", vnet, "subnets", name)
                problems.add(path, f"differs only by case from {other!r}", name)


def _explicit_halves(name: str, vnet: VirtualNetwork, names: Names, held: list[Held]) -> None:
    """The halves that a VNet declares itself."""
    first: dict[str, str] = {}
    for pname, half in vnet.virtual_network_peerings.items():
        path: Path = ("virtualNetworks", name, "virtualNetworkPeerings", pname)
        same = first.setdefault(pname.lower(), pname)
        if same != pname:
            names.problems.add(path, f"differs only by case from {same!r}", pname)
        remote = names.need("virtualNetworks", half.remote_virtual_network, (*path, "remoteVirtualNetwork"))
        synced: tuple[Prefix, ...] | None = None
        space = half.remote_address_space
        if space is not None:
            texts, where = (
                (space.address_prefixes, (*path, "remoteAddressSpace", "addressPrefixes"))
                if isinstance(space, AddressSpace)
                else (space, (*path, "remoteAddressSpace"))
            )
            synced = prefixes_at(texts, where, names.problems)
        if remote is not None:
            held.append((PeeringDecl(pname, name, remote, synced, half), path))


def check_usable(prefixes: chain[Prefix], vnets: Mapping[str, VNetDecl], problems: Problems) -> None:
    """No VNet may use multicast, broadcast, loopback, link-local or the platform's address (SYS-10)."""
    four = [p for p in prefixes if p.family == 4]
    if not any(bad.overlaps(p) for bad in UNUSABLE for p in four):
        return
    for name, vnet in vnets.items():
        for prefix in vnet.prefixes:
            bad = next((b for b in UNUSABLE if b.overlaps(prefix)), None)
            if bad is not None:
                path = ("virtualNetworks", name, "addressSpace")
                problems.add(path, f"overlaps {bad}, which no VNet may use", str(prefix), rule="SYS-10")


def check_peerings(
    vnets: Mapping[str, VNetDecl], halves: Mapping[str, list[Held]], problems: Problems
) -> None:
    """One half per direction and pair (PEER-6), named subnets that exist (PEER-11), one remote gateway (GW-5), no overlap (PEER-5)."""
    partial = False
    for name, held in halves.items():
        if len(held) == 1:
            half = held[0][0]
            flags = half.declared
            if half.remote != name and half.synced is None and flags.peer_complete_vnets:
                continue
        elif not held:
            continue
        remotes: set[str] = set()
        users = 0
        for half, path in held:
            if half.remote == name:
                problems.add(path, "a VNet cannot be peered with itself", name, rule="PEER-6")
            elif half.remote in remotes:
                problems.add(path, f"a second peering of {name!r} with", half.remote, rule="PEER-6")
            remotes.add(half.remote)
            flags = half.declared
            if flags.use_remote_gateways:
                users += 1
                if users > 1:
                    problems.add(
                        path, f"{name!r} already uses the gateways of another peer", True, rule="GW-5"
                    )
            if half.synced is not None or not flags.peer_complete_vnets:
                partial = True
                _check_subnet_names(vnets, half, path, problems)
    everything = [p for v in vnets.values() for p in v.prefixes]
    if partial or any_overlap(everything):
        check_peered(vnets, {n: [path for _, path in held] for n, held in halves.items()}, None, problems)


def _check_subnet_names(
    vnets: Mapping[str, VNetDecl], half: PeeringDecl, path: Path, problems: Problems
) -> None:
    """The participating subnets of a subnet peering exist on their side."""
    for key, vnet, refs in (
        ("localSubnetNames", half.vnet, half.declared.local_subnet_names),
        ("remoteSubnetNames", half.remote, half.declared.remote_subnet_names),
    ):
        known = {s.lower() for s in vnets[vnet].subnets}
        for i, ref in enumerate(refs):
            if ref.lower() not in known:
                where = (*path, key, i) if path[0] == "virtualNetworks" else (*path[:2], key)
                problems.add(
                    where, f"no such subnet in {vnet!r}", ref, valid=vnets[vnet].subnets, rule="PEER-11"
                )


def region(location: str | None) -> str:
    """A location as it is compared: lower case without blanks ("" if none)."""
    return location.replace(" ", "").lower() if location else ""


def _locations(topology: Topology, halves: Mapping[str, list[Held]]) -> dict[str, str]:
    """The region of each VNet: its own, the file's default, that of the nearest peer that has one, or the only one."""
    default = region(topology.defaults.location)
    cache: dict[str | None, str] = {None: default}
    found: dict[str, str] = {}
    missing = False
    for name, vnet in topology.virtual_networks.items():
        location = vnet.location
        where = cache.get(location)
        if where is None:
            where = cache[location] = region(location)
        if not where:
            missing = True
        found[name] = where
    if not missing or not any(found.values()):
        return found
    wave = [name for name, where in found.items() if where]
    while wave:
        reached: dict[str, str] = {}
        for name in wave:
            for half, _ in halves[name]:
                if not found[half.remote]:
                    reached.setdefault(half.remote, found[name])
        found.update(reached)
        wave = list(reached)
    known = {where for where in found.values() if where}
    if len(known) == 1:
        only = known.pop()
        return {name: where or only for name, where in found.items()}
    return found


__all__ = ["check_peerings", "check_usable", "region", "resolve_virtual_networks"]
