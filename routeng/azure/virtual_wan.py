"""Virtual WAN, as far as it meets a circuit: the ExpressRoute gateway of a hub.

A hub's gateway announces the hub prefix and the VNets connected to the hub, IPv4 only, with 65515 in front; what
belongs to another hub carries 65520 65520 (A5). What a hub does with routes inside is not computed.
"""

from __future__ import annotations

from collections.abc import Iterator

from routeng.azure.connections import CircuitLink
from routeng.azure.expressroute import GATEWAY_DECISION, msee_ends, peering_up
from routeng.azure.gateway_routes import NicRoute
from routeng.azure.rules import Rule
from routeng.azure.session_plan import OWN_WEIGHT, SessionPlan
from routeng.bgp.aspath import EMPTY_PATH, AsPath
from routeng.bgp.attributes import Attributes
from routeng.bgp.speaker import Origination, Speaker
from routeng.lpm import Prefix
from routeng.model.gateways import Connection

RULES = (
    Rule("A5", "A Virtual WAN hub router has ASN 65515; routes of another hub carry 65520 65520.", "recorded",
         "ADS-HRP, DM-GR, ERJ-2ER"),
    Rule("VWAN-1", "A VNet connected to a hub has a peering row for the hub; all else arrives as gateway routes.",
         "inferred", "OQ-19"),
    Rule("LAB-19", "A Virtual WAN hub neither sends nor takes IPv6.", "recorded", "ERJ-HAIRPIN 2026"),
)  # fmt: skip

_REMOTE_HUB = AsPath.of(65520, 65520)


def add(plan: SessionPlan) -> None:
    """Add the ExpressRoute gateways of Virtual WAN hubs."""
    topology = plan.topology
    for name, gateway in sorted(topology.express_route_gateways.items()):
        hub = plan.declaration.canonical("virtualHubs", gateway.virtual_hub)
        if hub is None:
            continue
        own = tuple(_own(plan, hub))
        instances = plan.nodes.of(name)
        for instance in instances:
            plan.add_speaker(
                Speaker(instance.speaker, instance.asn, instance.address, own, decision=GATEWAY_DECISION)
            )
        for label, joined in sorted(gateway.express_route_connections.items()):
            circuit = plan.declaration.canonical("expressRouteCircuits", joined.peer)
            if circuit is None:
                continue
            link = CircuitLink(
                label,
                name,
                circuit,
                joined.routing_weight,
                True,
                Connection(connection_type="ExpressRoute", virtual_network_gateway1=name),
            )
            msee_ends(plan, link, instances, peering_up(topology.express_route_circuits[circuit]))


def connected_vnets(plan: SessionPlan, hub: str) -> list[str]:
    """The VNets connected to a hub."""
    declared = plan.topology.virtual_hubs[hub].hub_virtual_network_connections.values()
    found = (plan.declaration.canonical("virtualNetworks", c.remote_virtual_network) for c in declared)
    return [name for name in found if name is not None]


def hub_of(plan: SessionPlan, vnet: str) -> str | None:
    """The hub that a VNet is connected to."""
    return next((hub for hub in plan.topology.virtual_hubs if vnet in connected_vnets(plan, hub)), None)


def hub_space(plan: SessionPlan, hub: str) -> Iterator[Prefix]:
    """The IPv4 prefixes of a hub and its connected VNets."""
    yield Prefix(plan.topology.virtual_hubs[hub].address_prefix)
    for vnet in connected_vnets(plan, hub):
        yield from (p for p in plan.declaration.vnets[vnet].prefixes if p.family == 4)


def _own(plan: SessionPlan, hub: str) -> Iterator[Origination]:
    for other in plan.topology.virtual_hubs:
        path = EMPTY_PATH if other == hub else _REMOTE_HUB
        for prefix in hub_space(plan, other):
            yield Origination(prefix, Attributes(as_path=path, weight=OWN_WEIGHT, tags={"vnet"}))


def nic_routes(plan: SessionPlan, vnet: str, learned: Iterator[Prefix]) -> Iterator[NicRoute]:
    """Gateway routes of a VNet connected to a hub: other VNets of the Virtual WAN and what its gateways learn."""
    hub = hub_of(plan, vnet)
    if hub is None:
        return
    own = set(plan.declaration.vnets[vnet].prefixes)
    hub_prefix = Prefix(plan.topology.virtual_hubs[hub].address_prefix)
    seen = {hub_prefix, *own}
    for other in plan.topology.virtual_hubs:
        for prefix in hub_space(plan, other):
            if prefix not in seen:
                seen.add(prefix)
                yield NicRoute(prefix, (None,), "vwan", "VWAN-1", f"hub {other}")
    for prefix in learned:
        if prefix not in seen:
            seen.add(prefix)
            yield NicRoute(prefix, (None,), "vwan", "VWAN-1", f"learned by the gateway of {hub}")
