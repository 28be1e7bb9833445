"""Virtual networks resolved: spaces, subnets with their tables, peering halves with their ends, regions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from routeng.inputs.errors import pointer
from routeng.lpm import Prefix, try_prefix
from routeng.model.addresses import Path, prefix_at, prefixes_at
from routeng.model.declaration import PeeringDecl, SubnetDecl, VNetDecl
from routeng.model.problems import Problems
from routeng.model.references import Names, report_case
from routeng.model.spaces import UNUSABLE, any_overlap, check_peered, overlapping_pairs, unusable
from routeng.model.sugar import Halves, entries, expand, paths_of
from routeng.model.topology import Topology
from routeng.model.virtual_network import AddressSpace, VirtualNetwork


def resolve_virtual_networks(
    topology: Topology, names: Names, known: Mapping[str, VNetDecl] | None = None
) -> dict[str, VNetDecl]:
    """All VNets by canonical name, in declared order.

    ``known`` are those of a topology with the same route tables: the parts of a VNet that is the same object
    are taken from there.
    """
    declared = topology.virtual_networks
    halves: Halves = {name: [] for name in declared}
    for name, vnet in declared.items():
        if vnet.virtual_network_peerings:
            explicit_halves(name, vnet, names, halves[name])
    for key, entry in entries(topology.peerings):
        expand(key, entry, names, halves)
    vnets: dict[str, VNetDecl] = {}
    owned: list[Prefix] = []
    locations = iter(_locations(topology, halves))
    for name, vnet in declared.items():
        was = known.get(name) if known else None
        if was is not None and was.declared is vnet:
            prefixes, subnets, summaries = was.prefixes, was.subnets, was.summaries
        else:
            prefixes, subnets, summaries = resolve_parts(name, vnet, names)
        owned += prefixes
        vnets[name] = VNetDecl(name, next(locations), prefixes, subnets, tuple(halves[name]), summaries, vnet)
    owned.sort()
    if unusable(owned):
        _report_unusable(vnets, names.problems)
    # A half of the short notation that is whole and alone on its VNet leaves nothing to check.
    plain = all(entry.peer_complete_vnets for _, entry in entries(topology.peerings)) and not any(
        vnet.virtual_network_peerings for vnet in declared.values()
    )
    several = [name for name, held in halves.items() if len(held) > 1] if plain else vnets
    if check_halves(vnets, several, names) or any_overlap(owned):
        check_peered(vnets, vnets, names)
    return vnets


def resolve_parts(
    name: str, vnet: VirtualNetwork, names: Names
) -> tuple[tuple[Prefix, ...], Mapping[str, SubnetDecl], tuple[Prefix, ...]]:
    """The address space, the subnets and the summaries of one VNet, each checked on its own."""
    space = vnet.address_space
    texts = space if type(space) is list else space.address_prefixes  # type: ignore[union-attr]
    prefixes: tuple[Prefix, ...]
    if len(texts) == 1 and (only := try_prefix(texts[0])) is not None:
        prefixes = (only,)
    else:
        prefixes = _space(name, vnet, texts, names.problems)
    subnets: dict[str, SubnetDecl] = {}
    six = len(prefixes) != 1 or prefixes[0].family == 6
    ordered = True
    before: Prefix | None = None
    for sname, subnet in vnet.subnets.items():
        text = subnet.address_prefix
        prefix = try_prefix(text) if type(text) is str else None
        own: tuple[Prefix, ...]
        if prefix is not None and prefix.length <= 29 and not six and prefixes[0].covers(prefix):
            own = (prefix,)
            if before is not None and (prefix < before or before.covers(prefix)):
                ordered = False
            before = prefix
        else:
            own = _subnet_prefixes(name, sname, text, prefixes, names.problems)
            ordered = False
        table = subnet.route_table
        if table is not None:
            path: Path = ("virtualNetworks", name, "subnets", sname, "routeTable")
            table = names.of.get(("routeTables", table.lower())) or names.need("routeTables", table, path)
        subnets[sname] = SubnetDecl(sname, name, own, table, subnet)
    if not ordered and len(subnets) > 1:
        _check_subnets(name, subnets, names.problems)
    if len(subnets) > 1 and (labels := tuple(subnets)) not in names.distinct:
        distinct = report_case(labels, ("virtualNetworks", name, "subnets"), names.problems)
        names.distinct |= {labels} if distinct else set()
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


def _subnet_prefixes(
    vnet: str, name: str, text: str | list[str], space: Sequence[Prefix], problems: Problems
) -> tuple[Prefix, ...]:
    """The prefixes of a subnet, each inside the space and of a size that Azure has."""
    path = ("virtualNetworks", vnet, "subnets", name, "addressPrefix")
    own: tuple[Prefix, ...]
    if isinstance(text, str):
        one = prefix_at(text, path, problems)
        own = (one,) if one is not None else ()
    else:
        if not text:
            problems.add(path, "a subnet needs a prefix", text)
        own = prefixes_at(text, path, problems)
    for prefix in own:
        if not any(p.covers(prefix) for p in space):
            _report_outside(vnet, name, prefix, space, problems)
        _check_size(vnet, name, prefix, problems)
    return own


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


def _check_subnets(vnet: str, subnets: Mapping[str, SubnetDecl], problems: Problems) -> None:
    """Subnets of one VNet share no address."""
    used = [(prefix, name) for name, subnet in subnets.items() for prefix in subnet.prefixes]
    if any_overlap(sorted([prefix for prefix, _ in used])):
        for (wide, one), (narrow, other) in overlapping_pairs(used):
            path: Path = ("virtualNetworks", vnet, "subnets", other, "addressPrefix")
            problems.add(path, f"overlaps subnet {one!r} ({wide})", str(narrow))


def explicit_halves(name: str, vnet: VirtualNetwork, names: Names, held: list[PeeringDecl]) -> None:
    """The halves that a VNet declares itself."""
    report_case(
        vnet.virtual_network_peerings, ("virtualNetworks", name, "virtualNetworkPeerings"), names.problems
    )
    for pname, half in vnet.virtual_network_peerings.items():
        path: Path = ("virtualNetworks", name, "virtualNetworkPeerings", pname)
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
            held.append(PeeringDecl(pname, name, remote, synced, half))


def _report_unusable(vnets: Mapping[str, VNetDecl], problems: Problems) -> None:
    """No VNet may use multicast, broadcast, loopback, link-local or the platform's address (SYS-10)."""
    for name, vnet in vnets.items():
        for prefix in vnet.prefixes:
            bad = next((b for b in UNUSABLE if b.overlaps(prefix)), None)
            if bad is not None:
                path = ("virtualNetworks", name, "addressSpace")
                problems.add(path, f"overlaps {bad}, which no VNet may use", str(prefix), rule="SYS-10")


def check_halves(vnets: Mapping[str, VNetDecl], only: Iterable[str], names: Names) -> bool:
    """One half per direction (PEER-6), subnets that exist (PEER-11), one remote gateway (GW-5), for each of ``only``.

    True if a half is partial or out of sync, so that spaces cannot be compared as wholes.
    """
    partial = False
    for name in only:
        held = vnets[name].peerings
        if len(held) > 1:
            if len({half.remote for half in held}) != len(held):
                _report_twice(name, held, names)
            if sum([half.declared.use_remote_gateways for half in held]) > 1:
                _report_gateway_users(name, held, names)
        for i, half in enumerate(held):
            if half.remote == name:
                names.problems.add(
                    paths_of(name, names)[i], "a VNet cannot be peered with itself", name, rule="PEER-6"
                )
            if half.synced is not None or not half.declared.peer_complete_vnets:
                partial = True
                _check_subnet_names(vnets, half, i, names)
    return partial


def _report_twice(name: str, held: Sequence[PeeringDecl], names: Names) -> None:
    """Each pair once: on the side that comes first in the file, or that declares it."""
    remotes: set[str] = set()
    for half, path in zip(held, paths_of(name, names), strict=True):
        if half.remote in remotes and half.remote != name:
            text = f"a second peering of {name!r} with"
            known = any(e.pointer == pointer(*path) and e.rule == "PEER-6" for e in names.problems.errors)
            if not known:
                names.problems.add(path, text, half.remote, rule="PEER-6")
        remotes.add(half.remote)


def _report_gateway_users(name: str, held: Sequence[PeeringDecl], names: Names) -> None:
    users = 0
    for half, path in zip(held, paths_of(name, names), strict=True):
        users += half.declared.use_remote_gateways
        if half.declared.use_remote_gateways and users > 1:
            text = f"{name!r} already uses the gateways of another peer, not also those of"
            names.problems.add(path, text, half.remote, rule="GW-5")


def _check_subnet_names(vnets: Mapping[str, VNetDecl], half: PeeringDecl, index: int, names: Names) -> None:
    """The participating subnets of a subnet peering exist on their side."""
    for key, vnet, refs in (
        ("localSubnetNames", half.vnet, half.declared.local_subnet_names),
        ("remoteSubnetNames", half.remote, half.declared.remote_subnet_names),
    ):
        known = {s.lower() for s in vnets[vnet].subnets}
        for i, ref in enumerate(refs):
            if ref.lower() not in known:
                path = paths_of(half.vnet, names)[index]
                where = (*path, key, i) if path[0] == "virtualNetworks" else (*path[:2], key)
                names.problems.add(
                    where, f"no such subnet in {vnet!r}", ref, valid=vnets[vnet].subnets, rule="PEER-11"
                )


def region(location: str | None) -> str:
    """A location as it is compared: lower case without blanks ("" if none)."""
    return location.replace(" ", "").lower() if location else ""


def _locations(topology: Topology, halves: Halves) -> Sequence[str]:
    """The region of each VNet: its own, the file's default, that of the nearest peer with one, or the only one."""
    default = region(topology.defaults.location)
    cache: dict[str | None, str] = {None: default}
    found: list[str] = []
    for vnet in topology.virtual_networks.values():
        location = vnet.location
        where = cache.get(location)
        if where is None:
            where = cache[location] = region(location)
        found.append(where)
    if "" not in found or not any(found):
        return found
    known = dict(zip(topology.virtual_networks, found, strict=True))
    wave = [name for name, where in known.items() if where]
    while wave:
        reached: dict[str, str] = {}
        for name in wave:
            for half in halves[name]:
                if not known[half.remote]:
                    reached.setdefault(half.remote, known[name])
        known.update(reached)
        wave = list(reached)
    regions = {where for where in known.values() if where}
    only = regions.pop() if len(regions) == 1 else ""
    return [where or only for where in known.values()]
