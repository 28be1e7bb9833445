"""Limits of ExpressRoute: circuits, links, and the prefixes that travel in both directions (E6, E7, L1..L3)."""

from __future__ import annotations

from routeng.limits.bgp_counts import BgpCounts
from routeng.limits.ledger import Ledger
from routeng.limits.view import View
from routeng.lpm import Prefix
from routeng.model.gateways import ExpressRouteCircuit

SKUS = {
    "standard": "ergw1az",
    "ergw1az": "ergw1az",
    "highperformance": "ergw2az",
    "ergw2az": "ergw2az",
    "ultraperformance": "ergw3az",
    "ergw3az": "ergw3az",
    "ergwscale": "ergwscale",
}
"""Gateway SKU in lower case -> the part of a limit's id that stands for it."""

BANDWIDTHS = (
    (50, "50mbps"),
    (100, "100mbps"),
    (200, "200mbps"),
    (500, "500mbps"),
    (1000, "1gbps"),
    (2000, "2gbps"),
    (5000, "5gbps"),
    (10000, "10gbps"),
    (40000, "40gbps"),
    (100000, "100gbps"),
)
"""Mbps -> the part of ``er.vnet_links`` that stands for it."""

_DIRECT_10, _DIRECT_100 = 10_000, 100_000
_FULL_GATEWAY = 16


def count(view: View, ledger: Ledger, bgp: BgpCounts) -> None:
    """Enter gateways, connections and circuits."""
    for name, gateway in view.topology.virtual_network_gateways.items():
        vnet = view.declaration.canonical("virtualNetworks", gateway.vnet)
        if gateway.gateway_type == "ExpressRoute" and gateway.admin_state == "Enabled" and vnet is not None:
            _gateway(view, ledger, bgp, name, vnet, SKUS.get((gateway.sku or "").lower()))
    for name, circuit in view.topology.express_route_circuits.items():
        _circuit(view, ledger, bgp, name, circuit)


def advertised(view: View, vnet: str) -> tuple[set[Prefix], set[Prefix]]:
    """The IPv4 and the IPv6 prefixes of VNets that a gateway in ``vnet`` advertises (E8, G3, G8, C-26)."""
    spaces = view.spaces
    subnets = {subnet.lower() for subnet in view.declaration.vnets[vnet].subnets}
    # A VNet whose GatewaySubnet is not declared is not held to having IPv6 in it.
    ipv6 = spaces.has_ipv6_gateway_subnet(vnet) or "gatewaysubnet" not in subnets
    found: tuple[set[Prefix], set[Prefix]] = (set(), set())
    for route in spaces.vnet_routes(vnet, ipv6=True, ipv6_announced=ipv6):
        if route.announced:
            found[route.prefix.family == 6].add(route.prefix)
    return found


def _gateway(view: View, ledger: Ledger, bgp: BgpCounts, name: str, vnet: str, sku: str | None) -> None:
    links = view.connections.circuits_of(name)
    circuits = view.topology.express_route_circuits
    own = advertised(view, vnet)
    for link in links:
        sent = [*own]
        extra = bgp.to_circuit(name, vnet, link.circuit)
        if extra is not None:
            sent = [own[0] | extra[0], own[1] | extra[1]]
        ledger.add("er.prefixes_to_onprem_v4", link.name, len(sent[0]), note=_sources(own[0], sent[0]))
        if sent[1]:
            ledger.add("er.prefixes_to_onprem_v6", link.name, len(sent[1]), note=_sources(own[1], sent[1]))
    connected = {link.circuit for link in links}
    places: dict[str, int] = {}
    unknown = 0
    for circuit in connected:
        place = circuits[circuit].peering_location
        if place:
            places[place] = places.get(place, 0) + 1
        else:
            unknown += 1
    limit = "er.circuits_same_location_per_vnet"
    ledger.add_many(limit, ((f"{name} at {place}", used) for place, used in places.items()))
    if unknown:
        ledger.not_declared(limit, (name,), f"{unknown} circuits without peeringLocation")
    learned = bgp.learned_from_circuits(name, sorted(connected))
    if sku is not None:
        _by_sku(ledger, name, sku, len(connected), learned)
    if learned is not None:
        prefixes = {p for _, p in view.spaces.space(vnet)}
        prefixes.update(p for link in view.peerings.links(vnet) for p in link.prefixes)
        ledger.add("er.total_routes", name, len(prefixes | learned))
    if len(connected) >= _FULL_GATEWAY:
        _gateway_subnet(view, ledger, vnet)


def _sources(own: set[Prefix], sent: set[Prefix]) -> str | None:
    extra = len(sent) - len(own)
    return f"{len(own)} of virtual networks, {extra} from the route server" if extra else None


def _by_sku(ledger: Ledger, name: str, sku: str, circuits: int, learned: set[Prefix] | None) -> None:
    if sku != "ergwscale":
        ledger.add(f"er.circuits_per_gateway.{sku}", name, circuits)
        ledger.not_declared(f"er.gateway_flows.{sku}", (name,))
    ledger.not_declared(f"er.gateway_vms.{sku}", (name,))
    if learned is not None:
        ledger.add(f"er.gateway_routes_learned.{sku}", name, len(learned))


def _gateway_subnet(view: View, ledger: Ledger, vnet: str) -> None:
    for subnet in view.declaration.vnets[vnet].subnets.values():
        lengths = [p.length for p in subnet.prefixes if p.family == 4]
        if subnet.name.lower() == "gatewaysubnet" and lengths:
            ledger.add("er.gatewaysubnet_for_16_circuits", f"{vnet}/{subnet.name}", min(lengths))


def _circuit(view: View, ledger: Ledger, bgp: BgpCounts, name: str, circuit: ExpressRouteCircuit) -> None:
    premium = (circuit.sku or "").lower().startswith("premium")
    links = [link for link in view.connections.circuits if link.circuit == name]
    bandwidth = circuit.bandwidth_in_mbps
    if bandwidth is not None and bandwidth >= BANDWIDTHS[0][0]:
        way = [key for mbps, key in BANDWIDTHS if mbps <= bandwidth][-1]
        reach = set(circuit.global_reach) | {
            other
            for other, far in view.topology.express_route_circuits.items()
            if name in {view.declaration.canonical("expressRouteCircuits", ref) for ref in far.global_reach}
        }
        ledger.add(f"er.vnet_links.{way}", name, len(links) + len(reach), raised=premium)
    received = bgp.from_onprem(name)
    if received is not None:
        own, back = received
        _from_onprem(ledger, "er.prefixes_from_onprem_v4.standard", name, own, back, 4, raised=premium)
        _from_onprem(ledger, "er.prefixes_from_onprem_v6", name, own, back, 6)
    _microsoft_peering(ledger, name, circuit)
    if any(link.declared.express_route_gateway_bypass for link in links):
        direct = (bandwidth or 0) >= _DIRECT_10 and circuit.service_provider is None
        kind = (
            "direct100g"
            if direct and (bandwidth or 0) >= _DIRECT_100
            else "direct10g"
            if direct
            else "provider"
        )
        ledger.not_declared(f"er.fastpath_ips.{kind}", (name,))


def _from_onprem(
    ledger: Ledger,
    limit: str,
    name: str,
    own: set[Prefix],
    back: set[Prefix],
    family: int,
    *,
    raised: bool = False,
) -> None:
    """On-premises' own prefixes count; what it sends back of Azure's is told, and near where it would not fit."""
    used = sum(p.family == family for p in own)
    repeated = sum(p.family == family for p in back)
    if not used and not repeated:
        return
    value, _ = ledger.value(limit, raised=raised)
    note = f"and {repeated:,} of Azure's own prefixes sent back" if repeated else None
    ledger.add(limit, name, used, raised=raised, note=note, at_least_near=used + repeated > value)


def _microsoft_peering(ledger: Ledger, name: str, circuit: ExpressRouteCircuit) -> None:
    """The advertised public prefixes, in either of the two places where ARM keeps them, per family."""
    peering = circuit.peerings.microsoft_peering
    if peering is None:
        return
    config = peering.get("microsoftPeeringConfig")
    found = (config if isinstance(config, dict) else peering).get("advertisedPublicPrefixes")
    limit = "er.prefixes_microsoft_peering"
    if not isinstance(found, list):
        ledger.not_declared(limit, (name,))
        return
    v6 = sum(":" in str(prefix) for prefix in found)
    ledger.add(limit, f"{name} IPv4", len(found) - v6)
    if v6:
        ledger.add(limit, f"{name} IPv6", v6)
