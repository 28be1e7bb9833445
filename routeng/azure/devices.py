"""Appliances and on-premises routers as BGP speakers: own routes, habits of their software, decision.

Their sessions are in :mod:`device_sessions`, their policies in :mod:`device_policy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from routeng.azure.expressroute import circuit_links
from routeng.azure.instances import Instance, canonical_address
from routeng.azure.rules import Rule
from routeng.azure.session_plan import OWN_WEIGHT, SessionPlan
from routeng.bgp.attributes import Attributes, Origin
from routeng.bgp.decision import STANDARD_STEPS, Decision, Multipath, Path, Step
from routeng.bgp.speaker import Origination, Speaker
from routeng.lpm import Prefix
from routeng.model.devices import Bgp, Device, DeviceNic

RULES = (
    Rule("A7", "ASNs that Azure and IANA reserve are refused for appliances and VPN peers (an input error).",
         "documented", "route-server-faq, vpn-gateway-faq-bgp"),
    Rule("B1", "Devices decide as RFC 4271 9.1 and their vendor extensions say.", "documented", "RFC 4271"),
    Rule("C-13", "FRR, Quagga and IOS send their best path back to the peer that it came from; BIRD sends it to the"
         " other sessions only.", "recorded", "C-13"),
    Rule("C-27", "Where a router's choice among equal paths is not recorded, tieBreak settles it.", "recorded", "C-27"),
)  # fmt: skip

ECHOING = frozenset({"ios", "iosxe", "ios-xe", "cisco", "frr", "quagga"})
"""Software that sends its best path back to the peer that it came from (C-13)."""


def add(plan: SessionPlan) -> None:
    """Add the speakers of all devices that have a BGP process; their sessions are added by the other file."""
    for name, device in sorted(plan.topology.devices.items()):
        if device.bgp is not None:
            _add_speaker(plan, name, device, device.bgp)


def _add_speaker(plan: SessionPlan, name: str, device: Device, bgp: Bgp) -> None:
    address = plan.nodes.addresses.real_or_stand_in(main_address(device), name)
    router_id = canonical_address(bgp.router_id) if bgp.router_id else address
    vnet = plan.declaration.places.get(name.lower(), (None,))[0]
    plan.nodes.put((Instance(name, 0, name, address, "device", bgp.asn, vnet),))
    ways = max([bgp.max_paths or 1, *(n.max_paths or 1 for n in bgp.neighbors.values())])
    plan.add_speaker(
        Speaker(
            name,
            bgp.asn,
            router_id,
            _originations(plan, name, device, bgp),
            decision=Decision(steps=_steps(plan, device, bgp)),
            multipath=Multipath(ebgp=ways, ibgp=ways, relax=True),
        )
    )


def main_address(device: Device) -> str | None:
    """The address that a device is known by: ``ip``, else the first of ``ips``, else a NIC's, else the loopback."""
    if device.ip or device.ips:
        return device.ip or device.ips[0]
    return next((ip for ip in nic_addresses(device)), device.loopback)


def nic_addresses(device: Device) -> Iterator[str]:
    """The declared addresses of a device's NICs."""
    for nic in device.nics.values():
        ip = nic if isinstance(nic, str) else nic.ip
        if ip:
            yield ip


def _originations(plan: SessionPlan, name: str, device: Device, bgp: Bgp) -> tuple[Origination, ...]:
    """Own routes: network statements, then what is redistributed; each prefix once."""
    origin = Origin[bgp.network_origin.upper()]
    statements = _statements(tuple(bgp.networks), origin)
    if not bgp.redistribute:
        return statements
    if (device.software or "").lower() in ECHOING:
        origin = Origin.INCOMPLETE
    brought = _own_attributes(origin)
    found = {o.prefix: o for o in statements}
    for source in bgp.redistribute:
        for prefix in _statics(device) if source == "static" else _connected(plan, name, device):
            if prefix not in found:
                found[prefix] = Origination(prefix, brought, "redistributed")
    return tuple(found.values())


@lru_cache(maxsize=64)
def _statements(networks: tuple[str, ...], origin: Origin) -> tuple[Origination, ...]:
    """Network statements as originations; routers with the same list share them."""
    mine = _own_attributes(origin)
    return tuple(Origination(prefix, mine) for prefix in dict.fromkeys(map(Prefix, networks)))


def _own_attributes(origin: Origin) -> Attributes:
    return Attributes(weight=OWN_WEIGHT, origin=origin, med=0, tags={("peer", "local")})


def _statics(device: Device) -> Iterator[Prefix]:
    return (Prefix(route.prefix) for route in device.static_routes)


def _connected(plan: SessionPlan, name: str, device: Device) -> Iterator[Prefix]:
    """The subnets of a device's NICs, its links to circuits, and its loopback."""
    vnets = plan.declaration.vnets
    place = plan.declaration.places.get(name.lower())
    places = [place] if place is not None else []
    for nic in device.nics.values():
        if isinstance(nic, DeviceNic) and nic.subnet and place is not None:
            vnet, _, subnet = nic.subnet.partition("/")
            canonical = plan.declaration.canonical("virtualNetworks", vnet)
            if canonical is not None and subnet in vnets[canonical].subnets:
                places.append((canonical, subnet))
    for vnet, subnet in dict.fromkeys(places):
        yield from vnets[vnet].subnets[subnet].prefixes
    for circuit, side, peer in circuit_links(plan):
        if peer == name:
            peering = plan.topology.express_route_circuits[circuit].peerings.azure_private_peering
            text = getattr(peering, f"{side}_peer_address_prefix")
            if text:
                yield Prefix(text)
    if device.loopback:
        yield Prefix(f"{device.loopback}/32")


def _steps(plan: SessionPlan, device: Device, bgp: Bgp) -> tuple[Any, ...]:
    """The decision steps of a device; ``tieBreak`` stands in front of the router id (C-27)."""
    steps: list[Any] = list(STANDARD_STEPS)
    if (device.software or "").lower() == "bird":
        steps.remove("weight")
    if bgp.tie_break:
        order = tuple(name.lower() for name in bgp.tie_break)
        steps.insert(steps.index("router_id"), Step("tie_break", TieBreak(order)))
    return tuple(steps)


class TieBreak(msgspec.Struct, frozen=True):
    """The rank of a path by the neighbour's place in ``tieBreak``; equal for equal lists (C-27)."""

    order: tuple[str, ...]

    def __call__(self, path: Path) -> int:
        """The place of the neighbour, by node, circuit or address."""
        node = path.peer.partition("@")[0].lower()
        names = (path.peer.lower(), node, node.partition("/")[0], path.peer_address)
        return min((self.order.index(n) for n in names if n in self.order), default=len(self.order))
