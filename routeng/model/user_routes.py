"""Route tables resolved: one entry per prefix, the ARM spelling of the next-hop type, addresses for ``@device``."""

from __future__ import annotations

import re

from routeng.inputs.nearest import nearest
from routeng.lpm import try_prefix
from routeng.model.addresses import Path, host, host_at, report_prefix
from routeng.model.declaration import RouteTableDecl, UserRouteDecl
from routeng.model.devices import Device, DeviceNic
from routeng.model.references import SECTIONS, Names
from routeng.model.topology import Topology
from routeng.model.virtual_network import NetworkInterface, RouteTable, UserRoute

NEXT_HOP_TYPES = {
    "virtualappliance": "VirtualAppliance",
    "virtualapplianceecmp": "VirtualApplianceEcmp",
    "virtualnetworkgateway": "VirtualNetworkGateway",
    "vnetlocal": "VnetLocal",
    "virtualnetwork": "VnetLocal",
    "internet": "Internet",
    "none": "None",
    "nonexthop": "None",
}
"""Spellings of next-hop types, lower case without blanks -> ARM's (UDR-2)."""

APPLIANCES = ("devices", "azureFirewalls", "loadBalancers", "virtualNetworkAppliances", "networkInterfaces")
"""What ``"@name"`` may name."""

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*\Z")


def resolve_tables(topology: Topology, names: Names) -> dict[str, RouteTableDecl]:
    """All route tables by canonical name."""
    return {name: resolve_table(name, table, names) for name, table in topology.route_tables.items()}


def resolve_table(name: str, table: RouteTable, names: Names) -> RouteTableDecl:
    """One route table; two routes with one prefix are refused (RouteConflict)."""
    names.problems.scope = f"route table {name}"
    routes: list[UserRouteDecl] = []
    prefixes: set[object] = set()
    labels: set[str] = set()
    declared = table.routes
    items = declared.items() if isinstance(declared, dict) else enumerate(declared)
    for key, route in items:
        path: Path = ("routeTables", name, "routes", key)
        label = route.name or (key if isinstance(key, str) else None)
        if label is not None:
            if label.lower() in labels:
                names.problems.add((*path, "name"), "the name of another route of this table", label)
            labels.add(label.lower())
        for made in _routes(label, route, path, names):
            target: object = made.prefix if made.prefix is not None else (made.tag or "").lower()
            if target in prefixes:
                names.problems.add(
                    (*path, "addressPrefix"),
                    "a second route of this table for",
                    str(made.prefix or made.tag),
                    rule="UDR-1",
                    code="RouteConflict",
                )
            prefixes.add(target)
            routes.append(made)
    return RouteTableDecl(name, tuple(routes), table)


def _routes(label: str | None, route: UserRoute, path: Path, names: Names) -> list[UserRouteDecl]:
    kind = NEXT_HOP_TYPES.get(route.next_hop_type.replace(" ", "").lower())
    if kind is None:
        names.problems.add(
            (*path, "nextHopType"),
            "not a next-hop type of a user route",
            route.next_hop_type,
            valid=dict.fromkeys(NEXT_HOP_TYPES.values()),
            rule="UDR-2",
        )
        kind = "None"
    hops = _next_hops(kind, route, path, names)
    made = []
    several = isinstance(route.address_prefix, list)
    if not route.prefixes:
        names.problems.add((*path, "addressPrefix"), "a route needs a prefix", route.address_prefix)
    for i, text in enumerate(route.prefixes):
        prefix = try_prefix(text)
        tag = None
        if prefix is None:
            if _TAG.match(text) is None or host(text) is not None:
                report_prefix(
                    text, (*path, "addressPrefix", i) if several else (*path, "addressPrefix"), names.problems
                )
                continue
            tag = text
        family = prefix.family if prefix is not None else 4
        chosen = tuple(_of_family(group, family) for group in hops)
        made.append(UserRouteDecl(label, prefix, tag, kind, chosen, route.has_bgp_override))
    return made


def _of_family(addresses: list[str], family: int) -> str:
    """Of the addresses of one next hop, the first of the wanted family, else the first."""
    return next((a for a in addresses if (":" in a) == (family == 6)), addresses[0])


def _next_hops(kind: str, route: UserRoute, path: Path, names: Names) -> list[list[str]]:
    """For each next hop the addresses it may stand for (several for a dual-stack device)."""
    where = (*path, "nextHopIpAddress")
    given = route.next_hop_ip_address
    texts = [given] if isinstance(given, str) else list(given or ())
    texts = [t for t in texts if t] if given == "" else texts
    if not kind.startswith("VirtualAppliance"):
        if texts:
            names.problems.add(
                where, f"only appliances have a next-hop address, not {kind}", given, rule="UDR-2"
            )
        return []
    if not texts:
        names.problems.add(path, f"{kind} needs nextHopIpAddress", rule="UDR-2")
        return []
    found = []
    for i, text in enumerate(texts):
        at = where if isinstance(given, str) else (*where, i)
        if text.startswith("@"):
            addresses = _appliance_addresses(text[1:], at, names)
        else:
            made = host_at(text, at, names.problems)
            addresses = [] if made is None else [made.address_text(0)]
        if addresses:
            found.append(addresses)
    if kind == "VirtualApplianceEcmp" and not 2 <= len(texts) <= 64:
        names.problems.add(where, "VirtualApplianceEcmp takes 2 to 64 addresses", given, rule="UDR-2")
    elif kind == "VirtualAppliance" and len(texts) > 1:
        names.problems.find(
            "several-next-hops",
            where,
            "several next hops are VirtualApplianceEcmp in ARM; taken as such",
            "UDR-2",
        )
    return found


def _appliance_addresses(ref: str, path: Path, names: Names) -> list[str]:
    found = None
    for section in APPLIANCES:
        name = names.find(section, ref)
        if name is not None:
            found = getattr(names.topology, SECTIONS[section])[name]
            break
    if found is None:
        if not any(names.is_absent(section, ref) for section in APPLIANCES):
            known = [n for s in APPLIANCES for n in getattr(names.topology, SECTIONS[s])]
            close = nearest(ref, known)
            names.problems.add(path, "no such device", "@" + ref, suggestion=close and "@" + close)
        return []
    addresses = device_addresses(found) if isinstance(found, Device) else interface_addresses(found)
    valid = [a for a in addresses if host(a) is not None]
    if not valid:
        names.problems.add(path, "the device has no address", "@" + ref)
    return valid


def interface_addresses(nic: NetworkInterface) -> list[str]:
    """The addresses of a NIC, firewall, load balancer or appliance, the main one first."""
    return list(dict.fromkeys(([nic.ip] if nic.ip else []) + nic.ips))


def device_addresses(device: Device) -> list[str]:
    """What ``"@device"`` stands for: ``nextHopIp``, then ``ip``, ``ips`` and those of its NICs."""
    found = [device.next_hop_ip, device.ip, *device.ips]
    for nic in device.nics.values():
        found.append(nic.ip if isinstance(nic, DeviceNic) else nic)
    return list(dict.fromkeys(a for a in found if a))
