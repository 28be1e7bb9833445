"""Limits of virtual networks, subnets, peerings and interfaces."""

from __future__ import annotations

from routeng.limits.ledger import Ledger
from routeng.limits.tally import Tally
from routeng.limits.view import View
from routeng.model.declaration import VNetDecl


def count(view: View, ledger: Ledger, tally: Tally) -> None:
    """Enter every limit that a virtual network has by itself."""
    groups = tally.groups.items()
    vnets = view.declaration.vnets
    ledger.add_groups("vnet.subnets", ((f.subnets, names) for f, names in groups if f.subnets))
    ledger.add_groups("vnet.dns_servers", ((f.dns_servers, names) for f, names in groups if f.dns_servers))
    _peerings(view, ledger, tally)
    _links(view, ledger, tally)
    _gateways(view, ledger)
    smallest = max(tally.groups, key=lambda f: f.smallest, default=None)
    if smallest is not None and smallest.smallest:
        _smallest_subnet(view, ledger, tally.groups[smallest][0], smallest.smallest)
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
    if not view.reshaped:
        return len(vnet.peerings)
    made = set(view.managed.made_links(vnet.name))
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


def _peerings(view: View, ledger: Ledger, tally: Tally) -> None:
    """The strictest of 500, 1,000 for a manager's hub, and 500 beside a gateway or route server."""
    hubs = managed_hubs(view)
    vnets = view.declaration.vnets
    special = hubs.union(view.gateways, view.route_servers)
    if view.reshaped:
        plain: list[tuple[int, list[str]]] = []
        for name, vnet in vnets.items():
            if name not in special and (used := peering_count(view, vnet)):
                plain.append((used, [name]))
    else:
        plain = [
            (facts.halves, [n for n in names if n not in special] if special else names)
            for facts, names in tally.groups.items()
            if facts.halves
        ]
    ledger.add_groups("vnet.peerings", [(used, names) for used, names in plain if names])
    gateways = view.topology.virtual_network_gateways
    for name in sorted(special):
        ways = ["vnet.peerings"]
        if any(gateways[g].gateway_type == "ExpressRoute" for g in view.gateways.get(name, ())):
            ways.append("vnet.peerings_with_er_gateway")
        if name in view.route_servers:
            ways.append("vnet.peerings_with_route_server")
        rule = ledger.strictest(*ways, raised=("vnet.peerings",) if name in hubs else ())
        ledger.add("vnet.peerings", name, peering_count(view, vnets[name]), rule=rule)


def _links(view: View, ledger: Ledger, tally: Tally) -> None:
    """Per link: subnets of a subnet peering, several links of a pair; per VNet: remote gateways used."""
    vnets = view.declaration.vnets
    partial: list[tuple[str, int]] = []
    twice: list[tuple[str, int]] = []
    remote_gateways: list[tuple[int, list[str]]] = []
    for facts, names in tally.groups.items():
        if facts.odd_links:
            for name in names:
                links: dict[str, int] = {}
                for half in vnets[name].peerings:
                    links[half.remote] = links.get(half.remote, 0) + 1
                    if not half.declared.peer_complete_vnets:
                        subnets = len(half.declared.local_subnet_names) + len(
                            half.declared.remote_subnet_names
                        )
                        partial.append((f"{name} -> {half.remote}", subnets))
                twice += [(f"{name} -> {remote}", n) for remote, n in links.items() if n > 1]
        if facts.remote_gateways:
            own = [n for n in names if n in view.gateways or n in view.route_servers]
            for name in own:
                ledger.add(
                    "peering.use_remote_gateways",
                    name,
                    facts.remote_gateways,
                    rule=("peering.use_remote_gateways", 0, False),
                    note="the VNet has a gateway of its own",
                )
            remote_gateways.append(
                (facts.remote_gateways, [n for n in names if n not in own] if own else names)
            )
    ledger.add_many("peering.subnets_per_link", partial)
    ledger.add_many("peering.links_per_pair", twice)
    ledger.add_groups(
        "peering.use_remote_gateways", [(used, names) for used, names in remote_gateways if names]
    )


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


def _smallest_subnet(view: View, ledger: Ledger, name: str, length: int) -> None:
    """The smallest IPv4 subnet stands for all: when it is large enough, so are the others (SYS-9)."""
    for subnet in view.declaration.vnets[name].subnets.values():
        if any(prefix.family == 4 and prefix.length == length for prefix in subnet.prefixes):
            ledger.add("subnet.min_ipv4", f"{name}/{subnet.name}", length, note="the smallest of all subnets")
            return
