"""The declaration of a changed topology from that of the one before: only what the change touches is redone.

Most changes are local: a VNet has its space, subnets and own halves resolved again, a route table its routes, and the
checks run that read the touched sections. A change of the short notation for peerings, of defaults or of ARM ids, and
one that may change the region of another VNet, is not local; then everything is resolved anew. Either way the result
equals a fresh resolution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from routeng.lpm import Prefix
from routeng.model.declaration import (
    Declaration,
    EndpointDecl,
    PeeringDecl,
    RouteTableDecl,
    SubnetDecl,
    VNetDecl,
)
from routeng.model.endpoints import resolve_endpoints, resolve_places
from routeng.model.problems import Problems
from routeng.model.references import SECTIONS, Names
from routeng.model.spaces import any_overlap, check_peered, unusable
from routeng.model.topology import Topology
from routeng.model.user_routes import APPLIANCES, resolve_table, resolve_tables
from routeng.model.validation import CHECKS
from routeng.model.validation.managers import check_managers
from routeng.model.validation.others import check_profile
from routeng.model.validation.peerings import check_peerings
from routeng.model.validation.subnets import check_special_subnets, special_subnets
from routeng.model.virtual_network import VirtualNetwork
from routeng.model.virtual_networks import check_halves, explicit_halves, region, resolve_parts

Touched = Mapping[str, frozenset[str]]
"""JSON key of a section -> the names touched in it (empty for a section that is no map of objects)."""

FREE = frozenset({"name", "note", "features", "limits", "routeng"})
"""Sections that nothing in a declaration depends on."""

OWN_CHECK: Mapping[str, Callable[[Declaration, Names], None]] = {
    "profile": check_profile,
    "networkManagers": check_managers,
}
"""Sections that one check alone reads."""

HOLDERS = frozenset({*APPLIANCES, "devices"})
"""Sections whose objects have places and may be the next hop of a user route."""


def redo(old: Declaration, topology: Topology, touched: Touched, problems: Problems) -> Declaration | None:
    """The declaration of ``topology``, which differs from ``old.topology`` only in ``touched``; None if not local."""
    if not _is_local(old, topology, touched):
        return None
    names = _names(old, topology, touched, problems)
    tables = _tables(old, topology, touched, names)
    vnets, reshaped = _virtual_networks(old, touched, names)
    special = old.special_subnets
    for name in touched.get("virtualNetworks", ()):
        special = special - {name} | special_subnets([vnets[name]] if name in vnets else [])
    redone: set[str] = set()
    endpoints: Mapping[str, EndpointDecl] = old.endpoints
    if "privateEndpoints" in touched or (reshaped and any(e.vnet in reshaped for e in endpoints.values())):
        endpoints = resolve_endpoints(topology, vnets, names)
        redone.add("endpoints")
    places = old.places
    if reshaped or not HOLDERS.isdisjoint(touched):
        places = resolve_places(topology, vnets, names)
        redone.add("places")
    new = Declaration(topology, vnets, tables, endpoints, names.of, places, special)
    linked = any(side[n].peerings for side in (old.vnets, vnets) for n in reshaped if n in side)
    redone |= _run_checks(new, touched, bool(reshaped), linked, names)
    kept = {k: v for k, v in old.findings_by_check.items() if k not in redone and not _is_stale(k, touched)}
    new.findings_by_check = kept | problems.findings
    return new


def _is_local(old: Declaration, topology: Topology, touched: Touched) -> bool:
    if "peerings" in touched or "defaults" in touched:
        return False
    if any(_identity_changed(old.topology, topology, s, touched[s]) for s in touched if s in SECTIONS):
        return False
    before, after = old.topology, topology
    lost_tables = touched.get("routeTables", frozenset()) - after.route_tables.keys()
    if lost_tables:
        return False
    relocated = False
    for name in touched.get("virtualNetworks", ()):
        one, two = before.virtual_networks.get(name), after.virtual_networks.get(name)
        if one is not None and two is not None:
            if one.virtual_network_peerings == two.virtual_network_peerings and one.location == two.location:
                continue
        elif two is None and any(
            h.remote == name for v in old.vnets.values() for h in v.peerings if v.name != name
        ):
            return False
        relocated = True
    if not relocated or region(after.defaults.location):
        return True
    # No VNet takes its region from another one, neither before nor after.
    lost = [before.virtual_networks[n] for n in touched["virtualNetworks"] if n in before.virtual_networks]
    return all(v.location and v.location.strip() for v in (*after.virtual_networks.values(), *lost))


def _identity_changed(before: Topology, after: Topology, section: str, touched: Iterable[str]) -> bool:
    """True if an ARM id may now stand for another object of the section, or for none."""
    if section == "probes":
        return False
    one, two = getattr(before, SECTIONS[section]), getattr(after, SECTIONS[section])
    for name in touched:
        was, now = one.get(name), two.get(name)
        if was is None or now is None:
            if (was or now).id is not None:
                return True
        elif (was.id, was.resource_group, was.subscription) != (now.id, now.resource_group, now.subscription):
            return True
    return False


def _names(old: Declaration, topology: Topology, touched: Touched, problems: Problems) -> Names:
    """The names of ``topology``: those known, but for the objects that came and went."""
    names = Names(topology, problems, known=old.names)
    for section, changed in touched.items():
        if section in SECTIONS:
            before = getattr(old.topology, SECTIONS[section])
            after = getattr(topology, SECTIONS[section])
            lost = [n for n in changed if n in before and n not in after]
            gained = [n for n in changed if n in after and n not in before]
            if lost or gained:
                names.renamed(section, lost, gained)
    return names


def _tables(
    old: Declaration, topology: Topology, touched: Touched, names: Names
) -> Mapping[str, RouteTableDecl]:
    if not HOLDERS.isdisjoint(touched):
        return resolve_tables(topology, names)  # what "@device" stands for may have changed
    changed = touched.get("routeTables")
    if not changed:
        return old.route_tables
    made = {name: resolve_table(name, topology.route_tables[name], names) for name in changed}
    return {name: made.get(name) or old.route_tables[name] for name in topology.route_tables}


def _virtual_networks(
    old: Declaration, touched: Touched, names: Names
) -> tuple[Mapping[str, VNetDecl], frozenset[str]]:
    """The VNets, and those that came or went, or whose space, subnets or peerings changed."""
    changed = touched.get("virtualNetworks")
    if not changed:
        return old.vnets, frozenset()
    topology = names.topology
    vnets = {**old.vnets}
    reshaped: set[str] = set()
    moved: set[str] = set()
    for name in changed:
        was = old.vnets.get(name)
        declared = topology.virtual_networks.get(name)
        if declared is None:
            vnets.pop(name, None)
            reshaped.add(name)
            continue
        if was is not None and _has_same_parts(declared, was.declared):
            prefixes, subnets, summaries = was.prefixes, was.subnets, was.summaries
        else:
            prefixes, subnets, summaries = resolve_parts(name, declared, names)
        location = region(declared.location) or (was.location if was else region(topology.defaults.location))
        peerings = _peerings(name, was, declared, names)
        vnets[name] = VNetDecl(name, location, prefixes, subnets, peerings, summaries, declared)
        if was is None or prefixes != was.prefixes:
            moved.add(name)
        if (
            name in moved
            or was is None
            or peerings is not was.peerings
            or _shape(subnets) != _shape(was.subnets)
        ):
            reshaped.add(name)
    came = [name for name in changed if name not in old.vnets]
    if came and (len(came) > 1 or next(reversed(topology.virtual_networks)) != came[0]):
        vnets = {name: vnets[name] for name in topology.virtual_networks}
    _check_spaces(vnets, moved, [n for n in reshaped if n in vnets], names)
    return vnets, frozenset(reshaped)


def _peerings(
    name: str, was: VNetDecl | None, declared: VirtualNetwork, names: Names
) -> tuple[PeeringDecl, ...]:
    """The halves of a VNet: its own as declared now, and those of the short notation, which are as they were."""
    if was is not None and declared.virtual_network_peerings == was.declared.virtual_network_peerings:
        return was.peerings
    own: list[PeeringDecl] = []
    explicit_halves(name, declared, names, own)
    sugar = was.peerings[len(was.declared.virtual_network_peerings) :] if was is not None else ()
    return (*own, *sugar)


def _has_same_parts(one: VirtualNetwork, two: VirtualNetwork) -> bool:
    return (
        one.subnets == two.subnets
        and one.address_space == two.address_space
        and one.summarized_gateway_prefixes == two.summarized_gateway_prefixes
    )


def _shape(subnets: Mapping[str, SubnetDecl]) -> dict[str, tuple[Prefix, ...]]:
    return {name: subnet.prefixes for name, subnet in subnets.items()}


def _check_spaces(
    vnets: Mapping[str, VNetDecl], moved: Iterable[str], reshaped: Iterable[str], names: Names
) -> None:
    """What a new space or a new set of subnets may break: itself, the peers, and the peers among each other."""
    for name in moved:
        if unusable(sorted(vnets[name].prefixes)):
            names.problems.add(("virtualNetworks", name, "addressSpace"), "unusable", rule="SYS-10")
    around = dict.fromkeys(reshaped)
    for name in list(around):
        around.update((half.remote, None) for half in vnets[name].peerings)
    if around and (check_halves(vnets, around, names) or _overlaps(vnets, around)):
        check_peered(vnets, around, names)


def _overlaps(vnets: Mapping[str, VNetDecl], around: Iterable[str]) -> bool:
    """True if among some VNet, and its peers, two spaces share an address."""
    for name in around:
        owned = [*vnets[name].prefixes]
        for remote in {half.remote for half in vnets[name].peerings}:
            owned += vnets[remote].prefixes
        owned.sort()
        if any_overlap(owned):
            return True
    return False


def _run_checks(new: Declaration, touched: Touched, reshaped: bool, linked: bool, names: Names) -> set[str]:
    """Run the checks that read what changed; their names. ``linked``: reshaped VNets have or had peerings."""
    wanted: list[Callable[[Declaration, Names], None]] = []
    others = set(touched) - FREE - set(OWN_CHECK) - {"virtualNetworks", "routeTables", "privateEndpoints"}
    if others or reshaped:
        wanted = [check for check in CHECKS if others or linked or check is not check_peerings]
    else:
        wanted += [OWN_CHECK[section] for section in touched if section in OWN_CHECK]
        if "virtualNetworks" in touched or "routeTables" in touched:
            wanted.append(check_special_subnets)
    for check in wanted:
        names.problems.scope = check.__name__
        check(new, names)
    return {check.__name__ for check in wanted}


def _is_stale(scope: str, touched: Touched) -> bool:
    if not HOLDERS.isdisjoint(touched):
        return scope.startswith("route table ")
    return scope.startswith("route table ") and scope.removeprefix("route table ") in touched.get(
        "routeTables", ()
    )
