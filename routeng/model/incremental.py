"""The declaration of a changed topology from that of the one before: only what the change touches is redone.

A change of objects that exist, and stay, is local: a VNet has its spaces and subnets resolved again, a route table its
routes, and the checks run that read the touched sections. A change of peerings, of defaults, of what VNets or route
tables there are, or of where a VNet lies, is not local; then everything is resolved anew. Either way the result
equals a fresh resolution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from routeng.model.declaration import Declaration, EndpointDecl, RouteTableDecl, VNetDecl
from routeng.model.endpoints import resolve_endpoints, resolve_places
from routeng.model.problems import Problems
from routeng.model.references import SECTIONS, Names
from routeng.model.spaces import any_overlap, check_peered, unusable
from routeng.model.topology import Topology
from routeng.model.user_routes import APPLIANCES, resolve_table, resolve_tables
from routeng.model.validation import CHECKS
from routeng.model.validation.managers import check_managers
from routeng.model.validation.others import check_profile
from routeng.model.validation.subnets import check_special_subnets, special_subnets
from routeng.model.virtual_networks import check_halves, resolve_parts

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
    renamed = any(
        _names_changed(old.topology, topology, section, changed)
        for section, changed in touched.items()
        if section in SECTIONS
    )
    names = Names(topology, problems, known=None if renamed else old.names)
    tables = _tables(old, topology, touched, names)
    vnets, reshaped = _virtual_networks(old, touched, names)
    special = old.special_subnets
    for name in touched.get("virtualNetworks", ()):
        special = special - {name} | special_subnets([vnets[name]])
    endpoints: Mapping[str, EndpointDecl] = old.endpoints
    if "privateEndpoints" in touched or (
        reshaped and any(e.vnet in reshaped for e in old.endpoints.values())
    ):
        endpoints = resolve_endpoints(topology, vnets, names)
    places = old.places
    if reshaped or not HOLDERS.isdisjoint(touched):
        places = resolve_places(topology, vnets, names)
    new = Declaration(topology, vnets, tables, endpoints, names.of, places, special)
    done = _run_checks(new, touched, bool(reshaped), names)
    kept = {k: v for k, v in old.findings_by_check.items() if k not in done and not _is_stale(k, touched)}
    new.findings_by_check = kept | problems.findings
    return new


def _is_local(old: Declaration, topology: Topology, touched: Touched) -> bool:
    if "peerings" in touched or "defaults" in touched:
        return False
    before, after = old.topology.virtual_networks, topology.virtual_networks
    for name in touched.get("virtualNetworks", ()):
        one, two = before.get(name), after.get(name)
        if one is None or two is None:
            return False
        if one.location != two.location or one.virtual_network_peerings != two.virtual_network_peerings:
            return False
    return not any(
        _names_changed(old.topology, topology, section, touched[section])
        for section in ("virtualNetworks", "routeTables")
        if section in touched
    )


def _names_changed(before: Topology, after: Topology, section: str, touched: Iterable[str]) -> bool:
    """True if the section gained or lost a name, or an object's identity changed."""
    one, two = getattr(before, SECTIONS[section]), getattr(after, SECTIONS[section])
    for name in touched:
        was, now = one.get(name), two.get(name)
        if was is None or now is None:
            return True
        if section != "probes" and (was.id, was.resource_group, was.subscription) != (
            now.id,
            now.resource_group,
            now.subscription,
        ):
            return True
    return False


def _tables(
    old: Declaration, topology: Topology, touched: Touched, names: Names
) -> Mapping[str, RouteTableDecl]:
    if not HOLDERS.isdisjoint(touched):
        return resolve_tables(topology, names)  # what "@device" stands for may have changed
    changed = touched.get("routeTables")
    if not changed:
        return old.route_tables
    tables = dict(old.route_tables)
    for name in changed:
        tables[name] = resolve_table(name, topology.route_tables[name], names)
    return tables


def _virtual_networks(
    old: Declaration, touched: Touched, names: Names
) -> tuple[Mapping[str, VNetDecl], frozenset[str]]:
    """The VNets, and those whose space or subnets changed."""
    changed = touched.get("virtualNetworks")
    if not changed:
        return old.vnets, frozenset()
    vnets = dict(old.vnets)
    reshaped: set[str] = set()
    moved: set[str] = set()
    for name in changed:
        was = vnets[name]
        declared = names.topology.virtual_networks[name]
        prefixes, subnets, summaries = resolve_parts(name, declared, names)
        vnets[name] = VNetDecl(name, was.location, prefixes, subnets, was.peerings, summaries, declared)
        if prefixes != was.prefixes:
            moved.add(name)
        if name in moved or {n: s.prefixes for n, s in subnets.items()} != {
            n: s.prefixes for n, s in was.subnets.items()
        }:
            reshaped.add(name)
    _check_spaces(vnets, moved, reshaped, names)
    return vnets, frozenset(reshaped)


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


def _run_checks(new: Declaration, touched: Touched, reshaped: bool, names: Names) -> set[str]:
    """Run the checks that read what changed; their names."""
    wanted: list[Callable[[Declaration, Names], None]] = []
    others = set(touched) - FREE - set(OWN_CHECK) - {"virtualNetworks", "routeTables", "privateEndpoints"}
    if others or reshaped:
        wanted = list(CHECKS)
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
