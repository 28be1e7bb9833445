"""Devices: addresses, static routes, BGP neighbours and policies."""

from __future__ import annotations

import re
from collections.abc import Iterable

from routeng.inputs.nearest import nearest
from routeng.lpm import try_prefix
from routeng.model.addresses import Path, host, host_at, prefix_at, prefixes_at, report_prefix
from routeng.model.declaration import Declaration
from routeng.model.devices import Bgp, Device, Match, Neighbor, NeighborOptions, Rule, Set
from routeng.model.references import SECTIONS, Names, report_case

PEERS = (
    "routeServers",
    "virtualNetworkGateways",
    "expressRouteGateways",
    "expressRouteCircuits",
    "localNetworkGateways",
    "devices",
)
"""What a BGP neighbour of a device may name."""

_PREFIX_RULE = re.compile(r"(\S+)((?:\s+(?:ge|le)\s+\d+)*)\s*\Z")
_BOUND = re.compile(r"(ge|le)\s+(\d+)")
_COMMUNITY = re.compile(r"[+-]?(?:\d{1,10}(?::\d{1,10}){0,2}|[A-Za-z][A-Za-z0-9_-]*)\Z")


def check_devices(declaration: Declaration, names: Names) -> None:
    """Check every device."""
    for name, device in declaration.topology.devices.items():
        check_device(name, device, names)


def check_device(name: str, device: Device, names: Names) -> None:
    """Addresses, static routes and BGP of one device."""
    path: Path = ("devices", name)
    report_case(device.nics, (*path, "nics"), names.problems)
    for key, text in (("loopback", device.loopback), ("nextHopIp", device.next_hop_ip)):
        if text is not None:
            host_at(text.partition("/")[0] if key == "loopback" else text, (*path, key), names.problems)
    for i, route in enumerate(device.static_routes):
        where = (*path, "staticRoutes", i)
        prefix_at(route.prefix, (*where, "prefix"), names.problems)
        if route.via is not None and host(route.via) is None:
            _check_via(route.via, (*where, "via"), names)
    if device.bgp is not None:
        _check_bgp(device.bgp, (*path, "bgp"), names)


def _check_via(ref: str, path: Path, names: Names) -> None:
    """A next hop of a static route that is no address names a device or an Azure object with addresses."""
    sections = (
        "devices",
        "virtualNetworkGateways",
        "loadBalancers",
        "azureFirewalls",
        "virtualNetworkAppliances",
    )
    ref = ref[1:] if ref.startswith("@") else ref
    if all(names.find(s, ref) is None and not names.is_absent(s, ref) for s in sections):
        known = [n for s in sections for n in getattr(names.topology, SECTIONS[s])]
        names.problems.add(path, "neither an address nor a device", ref, valid=known)


def _check_bgp(bgp: Bgp, path: Path, names: Names) -> None:
    if bgp.router_id is not None:
        found = host(bgp.router_id)
        if found is None or found.family != 4:
            names.problems.add(
                (*path, "routerId"), "a router id is written as an IPv4 address", bgp.router_id
            )
    prefixes_at(bgp.networks, (*path, "networks"), names.problems)
    report_case(bgp.neighbors, (*path, "neighbors"), names.problems)
    for key, neighbor in bgp.neighbors.items():
        where = (*path, "neighbors", key)
        check_neighbor_name(key, where, names)
        _check_options(neighbor, where, names)
        for address, options in neighbor.instances.items():
            host_at(address, (*where, "instances", address), names.problems)
            _check_options(options, (*where, "instances", address), names)


def check_neighbor_name(key: str, path: Path, names: Names) -> None:
    """A neighbour is a route server, gateway, circuit, ``circuit/primary``, local network gateway or device."""
    if any(names.find(section, key) is not None for section in PEERS):
        return
    base, cut, end = key.rpartition("/")
    if cut and not key.startswith("/"):
        circuit = names.find("expressRouteCircuits", base)
        if circuit is not None:
            if end.lower() not in ("primary", "secondary"):
                names.problems.add(
                    path, "a circuit has the links primary and secondary", key, suggestion=f"{base}/primary"
                )
            return
        key = base
    if any(names.is_absent(section, key) for section in PEERS):
        return
    known = [n for s in PEERS for n in getattr(names.topology, SECTIONS[s])]
    names.problems.add(path, "no such BGP neighbour", key, suggestion=nearest(key, known))


def _check_options(options: Neighbor | NeighborOptions, path: Path, names: Names) -> None:
    if options.next_hop is not None and options.next_hop not in ("unchanged", "self"):
        _address_or_device(options.next_hop, (*path, "nextHop"), names)
    if options.local_address is not None:
        host_at(options.local_address, (*path, "localAddress"), names.problems)
    for key, rules in (("import", options.import_), ("export", options.export)):
        for i, rule in enumerate(rules):
            _check_rule(rule, (*path, key, i), names)


def _check_rule(rule: Rule, path: Path, names: Names) -> None:
    if rule.deny and rule.accept:
        names.problems.add(path, "a rule denies or accepts, not both")
    if rule.match is not None:
        _check_match(rule.match, (*path, "match"), names)
    if rule.set is not None:
        _check_set(rule.set, (*path, "set"), names)


def _check_match(match: Match, path: Path, names: Names) -> None:
    for text, where in _listed(match.prefix, (*path, "prefix")):
        check_prefix_rule(text, where, names)
    for text, where in _listed(match.community, (*path, "community")):
        _check_community(text, where, names)
    if match.as_path_regex is not None:
        try:
            re.compile(match.as_path_regex.replace("_", "(?:^|$| )"))
        except re.error as error:
            names.problems.add(
                (*path, "asPathRegex"), f"not an AS-path expression ({error})", match.as_path_regex
            )


def check_prefix_rule(text: str, path: Path, names: Names) -> None:
    """``prefix``, ``prefix ge 16``, ``prefix le 24`` or both, with length <= ge <= le <= 32 or 128."""
    found = _PREFIX_RULE.match(text)
    if found is None:
        names.problems.add(path, "not of the form 'prefix ge n le m'", text)
        return
    prefix = try_prefix(found[1])
    if prefix is None:
        report_prefix(found[1], path, names.problems)
        return
    bounds = _BOUND.findall(found[2])
    if len({kind for kind, _ in bounds}) != len(bounds):
        names.problems.add(path, "ge or le comes twice", text)
        return
    values = {kind: int(number) for kind, number in bounds}
    low = values.get("ge", prefix.length)
    high = values.get("le", prefix.bits)
    if not prefix.length <= low <= high <= prefix.bits:
        names.problems.add(path, f"lengths must satisfy {prefix.length} <= ge <= le <= {prefix.bits}", text)


def _check_set(change: Set, path: Path, names: Names) -> None:
    for text, where in _listed(change.community, (*path, "community")):
        _check_community(text, where, names)
    if change.next_hop is not None and change.next_hop not in ("unchanged", "self"):
        _address_or_device(change.next_hop, (*path, "nextHop"), names)
    counts = change.prepend
    if isinstance(counts, int) and not 0 <= counts <= 64:
        names.problems.add((*path, "prepend"), "prepends 0 to 64 times", counts)
    for i, asn in enumerate(counts if isinstance(counts, list) else ()):
        if not 1 <= asn <= 0xFFFFFFFF:
            names.problems.add((*path, "prepend", i), "not an AS number", asn)


def _check_community(text: str, path: Path, names: Names) -> None:
    if _COMMUNITY.match(text) is None:
        names.problems.add(path, "not a community (65000:100, a:b:c or a well-known name)", text)


def _address_or_device(text: str, path: Path, names: Names) -> None:
    if host(text) is None:
        _check_via(text, path, names)


def _listed(given: str | list[str] | None, path: Path) -> Iterable[tuple[str, Path]]:
    if isinstance(given, str):
        return ((given, path),)
    return [(text, (*path, i)) for i, text in enumerate(given or ())]
