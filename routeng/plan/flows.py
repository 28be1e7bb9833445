"""The flows that a plan watches, judged by effective next hops: which row carries each direction.

This is not a packet trace: security rules, appliances' forwarding and the far end's return path beyond the first
next hop are not looked at, and the answer says so.
"""

from __future__ import annotations

from typing import Any

import msgspec

from routeng.lpm import Prefix, format_address, parse_address
from routeng.network import Network

JUDGED_BY = "effective next hops; packets are not traced"


class Way(msgspec.Struct, frozen=True):
    """One direction of a flow: the row or best path that carries it, and whether there is one."""

    end: str
    address: str
    usable: bool
    by: str

    def to_dict(self) -> dict[str, Any]:
        """The way as plain data."""
        return {f: getattr(self, f) for f in self.__struct_fields__}


class Flow(msgspec.Struct, frozen=True):
    """A flow with both of its ways."""

    source: str
    destination: str
    forward: Way
    back: Way

    @property
    def usable(self) -> bool:
        """True if both directions have a next hop."""
        return self.forward.usable and self.back.usable

    def to_dict(self) -> dict[str, Any]:
        """The flow as plain data."""
        return {
            "from": self.source,
            "to": self.destination,
            "usable": self.usable,
            "forward": self.forward.to_dict(),
            "back": self.back.to_dict(),
            "judgedBy": JUDGED_BY,
        }


def flow(network: Network, source: str, destination: str) -> Flow:
    """The two ways of a flow; raises ``UnknownPlace`` for an end that does not exist."""
    here, there = address_of(network, source), address_of(network, destination)
    return Flow(source, destination, _way(network, source, there), _way(network, destination, here))


def address_of(network: Network, end: str) -> str:
    """The address that stands for a flow's end.

    ``end@address`` says it; a subnet is its first free host, a device its ``ip``, else its loopback, else the first
    host of its first announced prefix.
    """
    name, at, address = end.partition("@")
    if at:
        return address
    device = _device(network, name)
    if device is not None:
        declared = network.topology.devices[device]
        if declared.ip or declared.loopback:
            return declared.ip or declared.loopback or ""
        networks = declared.bgp.networks if declared.bgp is not None else []
        if networks:
            return _host(Prefix(networks[0]), 1)
    vnet, subnet = network.place(name)
    prefix = network.declaration.vnets[vnet].subnets[subnet].prefixes[0]
    taken = _taken(network, prefix)
    for n in range(4, min(prefix.num_addresses - 1, 4096)):  # Azure keeps the first four and the last (SYS-9)
        text = _host(prefix, n)
        if text not in taken:
            return text
    return _host(prefix, 4)


def _host(prefix: Prefix, n: int) -> str:
    return format_address(prefix.network + min(n, prefix.num_addresses - 1), prefix.family)


def _taken(network: Network, prefix: Prefix) -> set[str]:
    topology = network.topology
    holders = (
        topology.network_interfaces,
        topology.load_balancers,
        topology.azure_firewalls,
        topology.virtual_network_appliances,
        topology.devices,
    )
    found = {a for section in holders for o in section.values() for a in (o.ip, *o.ips) if a}
    found.update(e.ip for e in topology.private_endpoints.values())
    return {a for a in found if prefix.contains_address(parse_address(a)[1])}


def _device(network: Network, name: str) -> str | None:
    return network.declaration.canonical("devices", name)


def _way(network: Network, end: str, address: str) -> Way:
    name = end.partition("@")[0]
    device = _device(network, name)
    if device is not None and not network.has_place(name):
        return _router_way(network, device, end, address)
    row = network.lookup(name, address)
    if row is None:
        return Way(end, address, False, "no route")
    hops = ", ".join(row.next_hops)
    text = f"{row.next_hop_type} {hops}".rstrip() + f" ({row.prefixes[0]})"
    return Way(end, address, row.next_hop_type != "None", text)


def _router_way(network: Network, device: str, end: str, address: str) -> Way:
    """The best path of an on-prem router for an address."""
    if device not in network.nodes():
        return Way(end, address, False, "no BGP table")
    family, value = parse_address(address)
    best: Prefix | None = None
    table = network.control_plane.chosen(device)
    for prefix, how in table.items():
        if prefix.family == family and prefix.contains_address(value) and how.paths:
            best = prefix if best is None or prefix.length > best.length else best
    if best is None:
        return Way(end, address, False, "no route")
    return Way(end, address, True, f"{table[best]} ({best})")
