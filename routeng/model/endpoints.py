"""What sits in subnets: private endpoints, and the places of NICs, appliances and devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from routeng.lpm import Prefix
from routeng.model.addresses import Path, host, host_at, hosts_at
from routeng.model.declaration import EndpointDecl, VNetDecl
from routeng.model.devices import Device, DeviceNic
from routeng.model.references import SECTIONS, Names
from routeng.model.topology import Topology
from routeng.model.virtual_network import NetworkInterface

Place = tuple[str, str]


def resolve_endpoints(
    topology: Topology, vnets: Mapping[str, VNetDecl], names: Names
) -> dict[str, EndpointDecl]:
    """The private endpoints that are declared one by one (PE-1), each address inside its subnet."""
    names.problems.scope = "endpoints"
    found: dict[str, EndpointDecl] = {}
    usable: dict[str, tuple[str, str, int, int]] = {}
    for name, endpoint in topology.private_endpoints.items():
        address = host(endpoint.ip)
        span = usable.get(endpoint.subnet)
        if (
            span is not None
            and address is not None
            and address.family == 4
            and span[2] <= address.first < span[3]
        ):
            found[name] = EndpointDecl(name, span[0], span[1], address)
            continue
        path = ("privateEndpoints", name)
        place = names.subnet(endpoint.subnet, (*path, "subnet"))
        address = host_at(endpoint.ip, (*path, "ip"), names.problems)
        if place is None or address is None:
            continue
        _check_inside(endpoint.ip, address, place, vnets, (*path, "ip"), names)
        found[name] = EndpointDecl(name, *place, address)
        if len(prefixes := vnets[place[0]].subnets[place[1]].prefixes) == 1 and prefixes[0].family == 4:
            usable[endpoint.subnet] = (*place, prefixes[0].first + 4, prefixes[0].last)
    return found


def resolve_places(topology: Topology, vnets: Mapping[str, VNetDecl], names: Names) -> dict[str, Place]:
    """Lower-case name of a NIC, load balancer, firewall, appliance, device or ``device/nic`` -> (VNet, subnet)."""
    names.problems.scope = "places"
    places: dict[str, Place] = {}
    for section in ("networkInterfaces", "loadBalancers", "azureFirewalls", "virtualNetworkAppliances"):
        interfaces: Mapping[str, NetworkInterface] = getattr(topology, SECTIONS[section])
        for name, nic in interfaces.items():
            place = names.subnet(nic.subnet, (section, name, "subnet"))
            if place is not None:
                places.setdefault(name.lower(), place)
            _check_addresses(nic.ip, nic.ips, place, vnets, (section, name), names)
    for name, device in topology.devices.items():
        _place_device(name, device, vnets, names, places)
    return places


def _place_device(
    name: str, device: Device, vnets: Mapping[str, VNetDecl], names: Names, places: dict[str, Place]
) -> None:
    path: Path = ("devices", name)
    place = names.subnet(device.subnet, (*path, "subnet")) if device.subnet is not None else None
    _check_addresses(device.ip, device.ips if place is None else [], place, vnets, path, names)
    if place is not None:
        hosts_at(device.ips, (*path, "ips"), names.problems)
    text: str | None
    for nic_name, nic in device.nics.items():
        where = (*path, "nics", nic_name)
        if isinstance(nic, DeviceNic):
            nic_place = names.subnet(nic.subnet, (*where, "subnet")) if nic.subnet is not None else None
            _check_addresses(nic.ip, [], nic_place, vnets, where, names)
            text = nic.ip
        else:
            nic_place, text = None, nic
            host_at(nic, where, names.problems)
        if nic_place is None and text is not None and place is not None:
            nic_place = _subnet_holding(vnets[place[0]], text)
        if nic_place is not None:
            places.setdefault(f"{name}/{nic_name}".lower(), nic_place)
            place = place or nic_place
    if place is None and device.kind == "nva" and device.ip is not None:
        place = _only_holder(vnets, device.ip)
    if place is not None:
        places.setdefault(name.lower(), place)


def _subnet_holding(vnet: VNetDecl, text: str) -> Place | None:
    for subnet in vnet.subnets.values():
        if any(_holds(p, text) for p in subnet.prefixes):
            return vnet.name, subnet.name
    return None


def _only_holder(vnets: Mapping[str, VNetDecl], text: str) -> Place | None:
    """The subnet that holds the address, if exactly one VNet does."""
    found = [
        place
        for v in vnets.values()
        if any(_holds(p, text) for p in v.prefixes) and (place := _subnet_holding(v, text))
    ]
    return found[0] if len(found) == 1 else None


def _holds(prefix: Prefix, text: str) -> bool:
    try:
        return text in prefix
    except ValueError:
        return False


def _check_addresses(
    ip: str | None,
    ips: Iterable[str],
    place: Place | None,
    vnets: Mapping[str, VNetDecl],
    path: Path,
    names: Names,
) -> None:
    given: list[tuple[str, Path]] = [(ip, (*path, "ip"))] if ip is not None else []
    given += [(text, (*path, "ips", i)) for i, text in enumerate(ips)]
    for text, where in given:
        address = host_at(text, where, names.problems)
        if address is not None and place is not None:
            _check_inside(text, address, place, vnets, where, names)


def _is_reserved(address: Prefix, subnet: Prefix) -> bool:
    """Of an IPv4 subnet Azure keeps the first four addresses and the last one (SYS-9)."""
    offset = address.first - subnet.first
    return offset < 4 or offset == subnet.num_addresses - 1


def _check_inside(
    text: str, address: Prefix, place: Place, vnets: Mapping[str, VNetDecl], path: Path, names: Names
) -> None:
    """An address of a subnet lies in one of its prefixes."""
    prefixes = vnets[place[0]].subnets[place[1]].prefixes
    for prefix in prefixes:
        if prefix.covers(address):
            if prefix.family == 4 and _is_reserved(address, prefix):
                text = f"{text} is one of the five addresses that Azure keeps of {prefix}"
                names.problems.find("reserved-address", path, text, "SYS-9")
            return
    if prefixes:
        held = ", ".join(map(str, prefixes))
        names.problems.add(path, f"not in subnet {place[0]}/{place[1]} ({held})", text)
