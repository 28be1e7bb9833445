"""Sessions of devices: with route servers, circuits, VPN gateways, and among themselves.

An Azure object has only the sessions that it declares: a route server's ``bgpConnections``, a circuit's ``peer``, a
connection to a local network gateway. What the device configures for that neighbour refines the session; a device
entry without an Azure side is a finding. Between two devices one side suffices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from routeng.azure.device_policy import policy
from routeng.azure.devices import ECHOING, main_address, nic_addresses
from routeng.azure.expressroute import (
    LINKS,
    circuit_links,
    customer_end,
    link_addresses,
    peering_up,
)
from routeng.azure.instances import canonical_address
from routeng.azure.route_server import appliance_end
from routeng.azure.rules import Rule
from routeng.azure.session_plan import SessionPlan, ipv4_only, learned_as
from routeng.azure.vpn_gateway import tunnel_end
from routeng.bgp.session import End, Transform
from routeng.lpm import Prefix
from routeng.model.devices import Bgp, Neighbor, NeighborOptions

RULES = (
    Rule("R24", "An appliance in another VNet needs a peering with the route server's VNet; route servers upgraded for"
         " route maps also ask for useRemoteGateways there.", "recorded", "ERJ-HUBLESS; ERJ-INTERHUB SQ-010"),
    Rule("R2", "as-override of IOS and FRR puts the own ASN in place of 65515; BIRD deletes it.", "recorded",
         "FAB-DH, MAYS, FAB-ALT, ERJ-HUBLESS"),
    Rule("S12", "An appliance must peer with both addresses of a route server.", "documented",
         "troubleshoot-route-server"),
    Rule("S7", "The customer side of a link has the first host of its prefix, the MSEE the second.", "documented",
         "expressroute-routing"),
    Rule("S14", "An appliance peers with the address of its NIC.", "recorded", "CYN, JOC"),
)  # fmt: skip


def add(plan: SessionPlan) -> None:
    """Add the sessions of all devices that have a BGP process."""
    used: set[tuple[str, str]] = set()
    _join_route_servers(plan, used)
    _join_circuits(plan, used)
    _join_tunnels(plan, used)
    _join_devices(plan, used)
    _unmatched(plan, used)


# -- the device's side of a session ------------------------------------------------


def _entry(
    plan: SessionPlan,
    used: set[tuple[str, str]],
    name: str,
    bgp: Bgp,
    names: Sequence[str],
    instance: str | None,
) -> NeighborOptions:
    """What a device configures for a neighbour: the first entry under one of ``names``, then for its instance."""
    by_name = {key.lower(): key for key in bgp.neighbors}
    for wanted in names:
        key = by_name.get(wanted.lower())
        if key is None:
            continue
        used.add((name, key))
        entry: Neighbor = bgp.neighbors[key]
        if instance is not None:
            for address, special in entry.instances.items():
                if canonical_address(address) == instance:
                    return _merged(entry, special)
        return entry
    return NeighborOptions()


def _merged(entry: Neighbor, special: NeighborOptions) -> NeighborOptions:
    """``entry`` with the keys that ``special`` sets."""
    default = NeighborOptions()
    values = {f: getattr(entry, f) for f in NeighborOptions.__struct_fields__}
    for field in NeighborOptions.__struct_fields__:
        value = getattr(special, field)
        if value != getattr(default, field):
            values[field] = value
    return NeighborOptions(**values)


def device_end(
    plan: SessionPlan, name: str, options: NeighborOptions, address: str, peer_names: Sequence[str]
) -> End:
    """A device's end of a session, from what it configures."""
    device = plan.topology.devices[name]
    assert device.bgp is not None
    software = (device.software or "").lower()
    allow = options.allowas_in
    next_hop = "self" if options.next_hop_self else "default"
    if options.next_hop is not None:
        next_hop = (
            options.next_hop if options.next_hop == "unchanged" else canonical_address(options.next_hop)
        )
    marks = tuple(("peer", n.lower()) for n in peer_names)
    return End(
        name,
        canonical_address(options.local_address) if options.local_address else address,
        weight=options.weight or 0,
        local_pref=options.local_preference,
        allowas_in=(3 if allow else 0) if isinstance(allow, bool) else allow,
        next_hop=next_hop,
        as_override=None if not options.as_override else "delete" if software == "bird" else "replace",
        strip_asns=frozenset(options.strip_as),
        split_horizon="none" if software in ECHOING else "session",
        import_policy=policy(options.import_, device.bgp.asn, peer_names, imported=True),
        export_policy=policy(options.export, device.bgp.asn, peer_names, imported=False),
        import_transforms=(learned_as(*marks),),
    )


def _address(plan: SessionPlan, name: str, given: str | None, what: str) -> str:
    return plan.nodes.addresses.real_or_stand_in(given, f"{name} towards {what}")


def _speaks(plan: SessionPlan, name: str) -> Bgp | None:
    """The BGP process of a device that is up."""
    device = plan.topology.devices.get(name)
    return None if device is None else device.bgp


# -- route servers ------------------------------------------------


def _join_route_servers(plan: SessionPlan, used: set[tuple[str, str]]) -> None:
    for server, declared in sorted(plan.topology.route_servers.items()):
        for label, connection in sorted(declared.bgp_connections.items()):
            name = None
            if connection.peer is not None:
                name = plan.declaration.canonical("devices", connection.peer)
            elif connection.peer_ip is not None:
                name = _device_at(plan, canonical_address(connection.peer_ip))
            bgp = _speaks(plan, name) if name is not None else None
            if name is None or bgp is None:
                plan.find(
                    "S2", f"{server}/{label}", "the peer is no declared device that speaks BGP: no session"
                )
                continue
            right_as = connection.peer_asn in (None, bgp.asn)
            if not right_as:
                plan.find(
                    "S2", f"{server}/{label}", f"the peer has AS {bgp.asn}, declared is {connection.peer_asn}"
                )
            address = connection.peer_ip or main_address(plan.topology.devices[name])
            _check_peer(plan, server, f"{server}/{label}", name, address)
            configured = [
                _entry(plan, used, name, bgp, (server, i.address), i.address) for i in plan.nodes.of(server)
            ]
            if any(other != configured[0] for other in configured[1:]):
                plan.find("S12", f"{server}/{label}", f"{name} treats the instances of {server} differently")
            for instance in plan.nodes.of(server):
                names = (server, instance.address)
                options = _entry(plan, used, name, bgp, names, instance.address)
                if instance.speaker not in plan.speakers:
                    continue
                plan.join(
                    "S1",
                    appliance_end(plan, instance, bgp.asn),
                    device_end(plan, name, options, _address(plan, name, address, server), names),
                    up=bgp.enabled and options.enabled and right_as,
                    connection=label,
                )


def _check_peer(plan: SessionPlan, server: str, subject: str, name: str, address: str | None) -> None:
    """What Azure would say about a peer of a route server: its address (S14), its VNet (R24)."""
    home = plan.nodes.of(server)[0].vnet
    found = plan.spaces.holders.lookup_prefix(_host(address)) if address else None
    holder = None if found is None else found[1]
    if holder is None:
        plan.find("S14", subject, f"no virtual network holds the peer's address {address or '(none)'}")
    elif home is not None and holder != home:
        link = next((one for one in plan.peerings.links(home) if one.remote == holder), None)
        if link is None:
            plan.find("R24", subject, f"{name} is in {holder}, which is not peered with {home}")
        elif not link.offers_transit:
            plan.find(
                "R24",
                subject,
                f"{name} is in {holder}, which does not use the gateways of {home}: refused by route servers"
                " that were upgraded for route maps",
            )


def _host(address: str) -> Prefix:
    return Prefix(f"{canonical_address(address)}/{128 if ':' in address else 32}")


def _device_at(plan: SessionPlan, address: str) -> str | None:
    for name, device in plan.topology.devices.items():
        held = [device.ip, *device.ips, *nic_addresses(device), device.loopback]
        if any(ip and canonical_address(ip) == address for ip in held):
            return name
    return None


# -- circuits ------------------------------------------------


def _join_circuits(plan: SessionPlan, used: set[tuple[str, str]]) -> None:
    for circuit, side, name in circuit_links(plan):
        declared = plan.topology.express_route_circuits[circuit]
        peering = declared.peerings.azure_private_peering
        bgp = _speaks(plan, name)
        if bgp is None or peering is None:
            plan.find("S7", f"{circuit}/{side}", f"{name} speaks no BGP: no session")
            continue
        right_as = peering.peer_asn in (None, bgp.asn)
        if not right_as:
            plan.find(
                "S7", f"{circuit}/{side}", f"{name} has AS {bgp.asn}, the circuit expects {peering.peer_asn}"
            )
        node = f"{circuit}/{side}"
        names = (node, circuit)
        options = _entry(plan, used, name, bgp, names, None)
        addresses = link_addresses(declared, side)
        device = plan.topology.devices[name]
        at = LINKS.index(side)
        if addresses is not None:
            mine, theirs = addresses
        else:
            mine = _address(
                plan, name, device.ips[at] if at < len(device.ips) else main_address(device), node
            )
            theirs = plan.nodes.addresses.real_or_stand_in(None, f"{node} towards {name}")
        end = device_end(plan, name, options, mine, names)
        msee = customer_end(plan, node, theirs)
        if not _carries_ipv6(peering):
            no_ipv6 = ipv4_only("S7", "the private peering has no IPv6 configuration")
            end, msee = _with_export(end, no_ipv6), _with_export(msee, no_ipv6)
        up = bgp.enabled and options.enabled and right_as and side in peering.paths and peering_up(declared)
        plan.join("S7", msee, end, up=up)


def _carries_ipv6(peering: Any) -> bool:
    """IPv6 crosses a link with an IPv6 configuration, or one whose prefixes are not declared at all."""
    config = peering.ipv6_peering_config
    if config is not None:
        return True
    return not (peering.primary_peer_address_prefix or peering.secondary_peer_address_prefix)


def _with_export(end: End, transform: Transform) -> End:
    return end.replace(export_transforms=(*end.export_transforms, transform))


# -- tunnels ------------------------------------------------


def _join_tunnels(plan: SessionPlan, used: set[tuple[str, str]]) -> None:
    for tunnel in plan.connections.tunnels:
        name = tunnel.remote
        if not tunnel.bgp or tunnel.remote_is_gateway or name is None:
            continue
        bgp = _speaks(plan, name)
        if bgp is None:
            plan.find("S9", tunnel.name, f"{name} speaks no BGP: no session")
            continue
        right_as = tunnel.asn in (None, bgp.asn)
        if not right_as:
            plan.find("S9", tunnel.name, f"{name} has AS {bgp.asn}, the connection expects {tunnel.asn}")
        device = plan.topology.devices[name]
        address = _address(
            plan, name, tunnel.address or device.loopback or main_address(device), tunnel.gateway
        )
        for instance in plan.nodes.of(tunnel.gateway):
            names = (tunnel.gateway, instance.address, tunnel.name)
            options = _entry(plan, used, name, bgp, names, instance.address)
            plan.join(
                "S9",
                tunnel_end(plan, instance, bgp.asn, name),
                device_end(plan, name, options, address, names),
                up=tunnel.up and bgp.enabled and options.enabled and right_as,
                connection=tunnel.name,
            )


# -- devices among themselves ------------------------------------------------


def _join_devices(plan: SessionPlan, used: set[tuple[str, str]]) -> None:
    for name, device in sorted(plan.topology.devices.items()):
        if device.bgp is None:
            continue
        for key in sorted(device.bgp.neighbors):
            other = plan.declaration.canonical("devices", key)
            if other is None or other == name:
                continue
            used.add((name, key))
            theirs = _speaks(plan, other)
            if theirs is None:
                plan.find("B1", f"{name}/{key}", f"{other} speaks no BGP: no session")
                continue
            if plan.joined(name, other):
                continue
            mine = _entry(plan, used, name, device.bgp, (other,), None)
            back = _entry(plan, used, other, theirs, (name,), None)
            up = device.bgp.enabled and theirs.enabled and mine.enabled and back.enabled
            here = _address(plan, name, main_address(device), other)
            there = _address(plan, other, main_address(plan.topology.devices[other]), name)
            plan.join(
                "B1",
                device_end(plan, name, mine, here, (other,)),
                device_end(plan, other, back, there, (name,)),
                up=up,
            )


def _unmatched(plan: SessionPlan, used: set[tuple[str, str]]) -> None:
    """Neighbours that a device configures but that Azure's side does not declare."""
    for name, device in plan.topology.devices.items():
        for key in device.bgp.neighbors if device.bgp is not None else ():
            if (name, key) not in used:
                plan.find("S2", f"{name}/{key}", "the other side declares no session with this device")
