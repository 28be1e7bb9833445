"""Limits of virtual networks, subnets, peerings and interfaces."""

from __future__ import annotations

from collections.abc import Iterator

from routeng.limits.ledger import Ledger
from routeng.limits.view import View
from routeng.model.declaration import VNetDecl


def count(view: View, ledger: Ledger) -> None:
    """Enter every limit that a virtual network has by itself."""
    vnets = view.declaration.vnets
    ledger.add_many("vnet.subnets", ((n, len(v.subnets)) for n, v in vnets.items() if v.subnets))
    _peerings(view, ledger)
    _gateways(view, ledger)
    _subnets(view, ledger)
    ledger.add_many(
        "vnet.dns_servers",
        ((n, len(v.declared.dns_servers)) for n, v in vnets.items() if v.declared.dns_servers),
    )
    ledger.add_many(
        "vnet.nic_private_ips",
        (
            (name, len({*nic.ips, nic.ip} - {None}))
            for name, nic in view.topology.network_interfaces.items()
            if nic.ip or nic.ips
        ),
    )
    ledger.not_declared("vnet.private_ips", vnets)
    if len(vnets) > 1:
        ledger.not_declared("vnet.private_ips_peered_group", vnets)


def peering_count(view: View, vnet: VNetDecl) -> int:
    """Peering halves that ``vnet`` holds: declared ones that no deployment removes, and those a manager makes.

    A manager that asks for a peering that is there already makes none (PEER-14).
    """
    made = set(view.managed.made_links(vnet.name))
    if not made and not view.managed.deployed:
        return len(vnet.peerings)
    kept = {p.remote for p in vnet.peerings if not view.managed.removes(vnet.name, p.remote)}
    return len(kept | made)


def managed_hubs(view: View) -> set[str]:
    """VNets that are the hub of a deployed hub-and-spoke configuration (AVNM-15)."""
    return {
        hub
        for config in view.managed.deployed
        if config.declared.connectivity_topology == "HubAndSpoke"
        for hub in config.hubs
    }


def _peerings(view: View, ledger: Ledger) -> None:
    """The strictest of 500, 1,000 for a manager's hub, and 500 beside a gateway or route server."""
    hubs = managed_hubs(view)
    gateways = view.topology.virtual_network_gateways
    plain: list[tuple[str, int]] = []
    for name, vnet in view.declaration.vnets.items():
        used = peering_count(view, vnet)
        own = view.gateways.get(name, ())
        has_expressroute = any(gateways[g].gateway_type == "ExpressRoute" for g in own)
        has_route_server = name in view.route_servers
        if not (has_expressroute or has_route_server or name in hubs):
            if used:
                plain.append((name, used))
            continue
        ways = ["vnet.peerings"]
        ways += ["vnet.peerings_with_er_gateway"] if has_expressroute else []
        ways += ["vnet.peerings_with_route_server"] if has_route_server else []
        rule = ledger.strictest(*ways, raised=("vnet.peerings",) if name in hubs else ())
        ledger.add("vnet.peerings", name, used, rule=rule)
    ledger.add_many("vnet.peerings", plain)
    _links(view, ledger)


def _links(view: View, ledger: Ledger) -> None:
    """Per link: subnets of a subnet peering, several links of a pair; per VNet: remote gateways used."""
    partial: list[tuple[str, int]] = []
    twice: list[tuple[str, int]] = []
    remote_gateways: list[tuple[str, int]] = []
    for name, vnet in view.declaration.vnets.items():
        if not vnet.peerings:
            continue
        uses = 0
        for half in vnet.peerings:
            declared = half.declared
            uses += declared.use_remote_gateways
            if not declared.peer_complete_vnets:
                subnets = len(declared.local_subnet_names) + len(declared.remote_subnet_names)
                partial.append((f"{name} -> {half.remote}", subnets))
        if len({p.remote for p in vnet.peerings}) < len(vnet.peerings):
            links: dict[str, int] = {}
            for half in vnet.peerings:
                links[half.remote] = links.get(half.remote, 0) + 1
            twice += [(f"{name} -> {remote}", n) for remote, n in links.items() if n > 1]
        if uses and (name in view.gateways or name in view.route_servers):
            rule = ("peering.use_remote_gateways", 0, False)
            ledger.add(
                "peering.use_remote_gateways", name, uses, rule=rule, note="the VNet has a gateway of its own"
            )
        elif uses:
            remote_gateways.append((name, uses))
    ledger.add_many("peering.subnets_per_link", partial)
    ledger.add_many("peering.links_per_pair", twice)
    ledger.add_many("peering.use_remote_gateways", remote_gateways)


def _gateways(view: View, ledger: Ledger) -> None:
    gateways = view.topology.virtual_network_gateways
    for vnet, names in view.gateways.items():
        vpn = [n for n in names if gateways[n].gateway_type == "Vpn"]
        expressroute = [n for n in names if gateways[n].gateway_type == "ExpressRoute"]
        if vpn:
            ledger.add("vnet.vpn_gateways", vnet, len(vpn))
        if expressroute:
            # During a migration two gateways share the GatewaySubnet; the one that does not serve is
            # Disabled (T1).
            migrating = any(
                gateways[n].migration is not None or gateways[n].admin_state == "Disabled"
                for n in expressroute
            )
            ledger.add("vnet.er_gateways", vnet, len(expressroute), raised=migrating)
    ledger.add_many("vnet.route_servers", ((vnet, len(names)) for vnet, names in view.route_servers.items()))


def _ipv4_lengths(view: View) -> Iterator[tuple[int, str]]:
    for name, vnet in view.declaration.vnets.items():
        for subnet in vnet.subnets.values():
            for prefix in subnet.prefixes:
                if prefix.family == 4:
                    yield prefix.length, f"{name}/{subnet.name}"


def _subnets(view: View, ledger: Ledger) -> None:
    """The smallest IPv4 subnet stands for all: when it is large enough, so are the others (SYS-9)."""
    smallest = max(_ipv4_lengths(view), key=lambda found: found[0], default=None)
    if smallest is not None:
        length, name = smallest
        ledger.add("subnet.min_ipv4", name, length, note="the smallest of all subnets")
