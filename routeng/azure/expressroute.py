"""ExpressRoute: gateways, the two MSEEs of every circuit, Global Reach, and VNet-to-VNet through the MSEE.

Sessions: gateway instance and MSEE (S5, S6), MSEE and customer router (S7, made by :mod:`devices`), MSEE and MSEE
of another circuit (S8), gateway and VPN gateway of one VNet without a route server (C-18, :mod:`vpn_gateway`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Literal

import msgspec

from routeng.azure.connections import CircuitLink
from routeng.azure.instances import Instance, canonical_address
from routeng.azure.rules import Rule
from routeng.azure.session_plan import (
    OWN_WEIGHT,
    SessionPlan,
    instance_end,
    ipv4_only,
    learned_as,
    only,
    own_routes,
)
from routeng.bgp.aspath import is_private
from routeng.bgp.attributes import Attributes
from routeng.bgp.decision import Decision, Path, Step
from routeng.bgp.policy import Reject
from routeng.bgp.session import Crossing, End, Selector, SenderView, Transform
from routeng.bgp.speaker import Speaker
from routeng.lpm import Prefix

if TYPE_CHECKING:
    from routeng.model.gateways import ExpressRouteCircuit

RULES = (
    Rule("A1", "An ExpressRoute gateway has ASN 65515.", "recorded", "FAB-101, ERJ-HAIRPIN"),
    Rule("A4", "An MSEE has ASN 12076.", "documented", "expressroute-routing"),
    Rule("A10", "Towards the customer an MSEE removes leading private ASNs, then puts 12076 in front.", "recorded",
         "ERJ-ER, ERJ-2ER, DM-BOW"),
    Rule("A12", "Mixed paths: one MSEE platform drops leading private ASNs up to the first public one, the other"
         " strips only wholly private paths.", "recorded", "ADS-ASN", "A12"),
    Rule("A13", "Towards a gateway an MSEE replaces 65515 by 12076, then puts 12076 in front.", "recorded",
         "ERJ-HAIRPIN, FAB-2HUB, ADS-ANY"),
    Rule("A14", "An MSEE accepts paths that hold 12076 from a customer, and refuses them from a gateway.", "recorded",
         "ERJ-ER, ERJ-2ER, ADS-ASN"),
    Rule("A15", "A gateway drops a path that holds its own ASN.", "recorded", "MAYS"),
    Rule("A16", "A gateway does not announce routes of one circuit to another.", "recorded", "ADS-GR"),
    Rule("A17", "Beside a route server with branch-to-branch, a gateway drops hairpin routes with anything behind"
         " 12076 12076.", "recorded", "ADS-ANY, FAB-2HUB"),
    Rule("C-18", "Without a route server, an ExpressRoute and a VPN gateway of one VNet swap routes: VNet space one"
         " way, learned and static VPN prefixes the other; neither passes them on.", "recorded", "er-vpn-coexist"),
    Rule("C-22", "Whether a gateway that does not say takes part in hairpin.", "recorded", "C-22", "H3"),
    Rule("C-23", "An MSEE does not originate its link prefixes; learned from the customer they go to gateways. Tables"
         " of 2026 print a link's own prefix, one of 2024 leaves it out.", "recorded",
         "er-single-circuit, er-vpn-coexist", "C-23"),
    Rule("C-24", "A prefix that a customer router reflects is not given to a gateway that announces it itself.",
         "inferred", "C-24"),
    Rule("E10", "With branch-to-branch a gateway announces the route server's routes to its circuits.", "recorded",
         "FAB-101, ERJ-SAP"),
    Rule("H1", "Gateways on one circuit are offered each other's prefixes as 12076 12076.", "recorded",
         "ERJ-HAIRPIN, FAB-2HUB"),
    Rule("H2", "Hairpin needs allowRemoteVnetTraffic on both gateways; with Virtual WAN allowVirtualWanTraffic on"
         " one and allowNonVirtualWanTraffic on the other.", "documented", "SDK, add-gateway how-to"),
    Rule("H7", "An MSEE does not return a gateway's own prefixes to it.", "inferred", "Q4"),
    Rule("S5", "A gateway puts 65515 in front of everything that it sends an MSEE; the next hop is the instance.",
         "recorded", "FAB-101, FAB-2HUB, ERJ-SGP"),
    Rule("S6", "An MSEE puts 12076 in front of what it sends a gateway; the next hop is its address in the"
         " GatewaySubnet.", "recorded", "ERJ-ER"),
    Rule("S8", "The MSEEs of two circuits that Global Reach joins are iBGP peers, link by link.", "recorded", "ADS-GR"),
    Rule("W2", "Routes from an MSEE weigh 32769 plus the connection's routing weight, others 32768.", "recorded",
         "ADS-MIG, FAB-2HUB"),
    Rule("W3", "A gateway prefers any ExpressRoute path to what a route server gives it.", "recorded", "FAB-2HUB"),
    Rule("W7", "An MSEE keeps private ASNs of customer paths towards gateways.", "recorded", "ADS-MIG"),
    Rule("X1", "Over Global Reach a route gets two more 12076.", "recorded", "ADS-GR, DM-GR"),
    Rule("X2", "An MSEE prefers its own gateway or customer to an equally long Global Reach copy.", "recorded",
         "ADS-GR"),
)  # fmt: skip

GATEWAY_DECISION = Decision(steps=("local_origin", "weight", "as_path", "external", "peer_address"))
"""ExpressRoute gateway: own routes, weight, AS path length; then the lowest address stands for a tie (5.1)."""


@cache
def msee_decision(asn: int) -> Decision:
    """MSEE: local preference, AS path length, external over internal; equal external paths tie (5.1, Q10).

    Of a path and its reflection by a customer router the path itself is the older one, so it stays (RFC 5004).
    """
    reflected = Step("reflection", lambda path: asn in path.attributes.as_path.asns)
    return Decision(steps=("local_pref", "as_path", "external", reflected, "peer_address"))


LinkName = Literal["primary", "secondary"]
LINKS: tuple[LinkName, LinkName] = ("primary", "secondary")


def add(plan: SessionPlan) -> None:
    """Add MSEEs, ExpressRoute gateways and what joins them."""
    for name, circuit in sorted(plan.topology.express_route_circuits.items()):
        _add_msees(plan, name, circuit)
    for name, gateway in sorted(plan.topology.virtual_network_gateways.items()):
        if gateway.gateway_type == "ExpressRoute" and plan.enabled(name):
            _add_gateway(plan, name)
    _add_global_reach(plan)


def peering_up(circuit: ExpressRouteCircuit) -> bool:
    """Whether a circuit's private peering exists and is enabled."""
    peering = circuit.peerings.azure_private_peering
    return peering is not None and peering.state == "Enabled"


def _add_msees(plan: SessionPlan, name: str, circuit: ExpressRouteCircuit) -> None:
    peering = circuit.peerings.azure_private_peering
    if peering is None:
        return
    for link in LINKS:
        node = f"{name}/{link}"
        address = plan.nodes.addresses.real_or_stand_in(None, node)
        plan.nodes.put((Instance(node, 0, node, address, "msee", peering.azure_asn),))
        plan.add_speaker(Speaker(node, peering.azure_asn, address, decision=msee_decision(peering.azure_asn)))


def _add_gateway(plan: SessionPlan, name: str) -> None:
    instances = plan.nodes.of(name)
    vnet = instances[0].vnet
    assert vnet is not None
    ipv6 = plan.spaces.has_ipv6_gateway_subnet(vnet)
    own = own_routes(plan.spaces.vnet_routes(vnet, ipv6=True, ipv6_announced=ipv6))
    for instance in instances:
        plan.add_speaker(
            Speaker(instance.speaker, instance.asn, instance.address, own, decision=GATEWAY_DECISION)
        )
    for link in plan.connections.circuits_of(name):
        circuit = plan.topology.express_route_circuits[link.circuit]
        up = link.up and peering_up(circuit)
        msee_ends(plan, link, instances, up)


def msee_ends(plan: SessionPlan, link: CircuitLink, instances: Iterable[Instance], up: bool) -> None:
    """The sessions of a gateway's instances with both MSEEs of a circuit (S5, S6, S13)."""
    gateway = link.gateway
    instances = tuple(instances)
    declared = link.declared.msee_addresses
    selector = hairpin(plan, gateway, instances, edge_asn(plan, link.circuit))
    asn = edge_asn(plan, link.circuit)
    imports = [learned_as("er")]
    if beside_branch_to_branch(plan, instances[0]):
        imports.append(_without_hairpinned_routes(asn))
    offered: tuple[Transform, ...] = (_global_reach_prepends(asn),)
    if (no_ipv6 := _no_ipv6(plan, instances[0])) is not None:
        offered += (no_ipv6,)
    for side in LINKS:
        node = f"{link.circuit}/{side}"
        if node not in plan.speakers:
            continue
        given = getattr(declared, side) if declared is not None else None
        address = plan.nodes.addresses.real_or_stand_in(given, f"{node} towards {gateway}")
        plan.msee_addresses.add(address)
        for instance in instances:
            plan.join(
                "S5",
                instance_end(
                    instance,
                    weight=OWN_WEIGHT + 1 + link.weight,
                    import_transforms=tuple(imports),
                    export_transforms=(_no_circuit_to_circuit(asn), BY_KIND),
                ),
                End(
                    node,
                    address,
                    import_transforms=(learned_as(("gateway", gateway)),),
                    export_transforms=offered,
                    as_override="replace",
                    select=selector,
                ),
                up=up,
                connection=link.name,
            )


def _no_ipv6(plan: SessionPlan, gateway: Instance) -> Transform | None:
    """What keeps IPv6 from a gateway that speaks none with its circuits: a hub's (LAB-19), or without IPv6 (C-26)."""
    if gateway.role == "vwan-gateway":
        return ipv4_only("LAB-19", "a Virtual WAN hub takes no IPv6")
    if gateway.vnet is not None and not plan.spaces.has_ipv6_gateway_subnet(gateway.vnet):
        return ipv4_only("C-26", "the GatewaySubnet has no IPv6 prefix")
    return None


def edge_asn(plan: SessionPlan, circuit: str) -> int:
    """The ASN of a circuit's MSEEs (A4)."""
    peering = plan.topology.express_route_circuits[circuit].peerings.azure_private_peering
    return 12076 if peering is None else peering.azure_asn


@cache
def _no_circuit_to_circuit(asn: int) -> Transform:
    verdict = Reject("A16", "a route of a circuit is not announced to circuits")

    def check(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
        return verdict if asn in attributes.as_path.asns else attributes

    return Transform(check, "A16")


BY_KIND = only(
    "announced to circuits",
    {
        "held": "G3: replaced by the summary list, or IPv6 without an IPv6 GatewaySubnet (C-26)",
        "vpn": "C-18: VPN routes reach a circuit through a route server with branch-to-branch only",
    },
)
"""What a gateway lets go to an MSEE: its VNets and, with branch-to-branch, what the route server gives it (E10)."""


def beside_branch_to_branch(plan: SessionPlan, instance: Instance) -> bool:
    """Whether the gateway's VNet holds a route server with branch-to-branch on."""
    if instance.vnet is None:
        return False
    servers = plan.nodes.in_vnet(instance.vnet, "route-server")
    return any(plan.topology.route_servers[s].allow_branch_to_branch_traffic for s in servers)


@cache
def _without_hairpinned_routes(asn: int) -> Transform:
    """A17: 12076 12076 alone (a VNet) stays; so do customer routes, also over Global Reach (an odd run)."""
    verdict = Reject(
        "A17", "hairpin routes of another gateway's route server are dropped beside branch-to-branch"
    )

    def check(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
        asns = attributes.as_path.asns
        run = 0
        while run < len(asns) and asns[run] == asn:
            run += 1
        return verdict if run and run % 2 == 0 and run < len(asns) else attributes

    return Transform(check, "A17")


# -- what an MSEE offers to gateways ------------------------------------------------


class Offered(msgspec.Struct, frozen=True):
    """What an MSEE sends to a gateway: its best path, unless H2, H7 or C-24 forbid it; equal for equal rules.

    ``asn`` is the MSEE's, ``speakers`` are the gateway's instances; ``refused`` says which other gateways' VNets it is
    not offered.
    """

    asn: int
    gateway: str
    speakers: tuple[str, ...]
    refused: tuple[tuple[str, Reject], ...]

    def __call__(self, view: SenderView) -> Path | Reject:
        """The path to send, or why none."""
        best = view.best
        if best is None:
            return Reject("no_route")
        for tag in best.attributes.tags:
            if isinstance(tag, tuple) and tag[0] == "gateway":
                if tag[1] == self.gateway:
                    return _OWN_PREFIX
                return next((why for source, why in self.refused if source == tag[1]), best)
        reflected = self.asn in best.attributes.as_path.asns
        if reflected and any(view.heard_from(speaker) for speaker in self.speakers):
            return _ANNOUNCED_ITSELF
        return best


_OWN_PREFIX = Reject("H7", "an MSEE does not return a gateway's own prefixes")
_ANNOUNCED_ITSELF = Reject("C-24", "a customer router reflects what the gateway announces itself")


def hairpin(plan: SessionPlan, gateway: str, instances: tuple[Instance, ...], asn: int) -> Selector:
    """The selection of an MSEE towards a gateway."""
    others = [
        *(n for n, g in plan.topology.virtual_network_gateways.items() if g.gateway_type == "ExpressRoute"),
        *plan.topology.express_route_gateways,
    ]
    refused = ((o, hairpin_refused(plan, o, gateway)) for o in others if o != gateway)
    rules = Offered(
        asn,
        gateway,
        tuple(i.speaker for i in instances),
        tuple((o, why) for o, why in refused if why is not None),
    )
    return Selector(rules, f"offered to {gateway}")


def hairpin_refused(plan: SessionPlan, source: str, receiver: str) -> Reject | None:
    """Why ``receiver`` is not offered the VNets of ``source`` through a shared circuit (H2), or None."""
    topology = plan.topology
    gateways, wans = topology.virtual_network_gateways, topology.express_route_gateways
    for name, other in ((receiver, source), (source, receiver)):
        if name in gateways:
            gateway = gateways[name]
            if other in gateways:
                flag = gateway.allow_remote_vnet_traffic
                if flag is None:
                    flag = plan.setting("H3") == "legacy-on"
                if not flag:
                    return Reject("H2", f"allowRemoteVnetTraffic is off on {name}")
            elif not gateway.allow_virtual_wan_traffic:
                return Reject("H2", f"allowVirtualWanTraffic is off on {name}")
        elif other in wans:
            return Reject("A5", "hubs of one Virtual WAN reach each other inside it")
        elif not wans[name].allow_non_virtual_wan_traffic:
            return Reject("H2", f"allowNonVirtualWanTraffic is off on {name}")
    return None


@cache
def _global_reach_prepends(asn: int) -> Transform:
    """X1: two more of the MSEE's ASN in front of what came over Global Reach."""

    def prepend(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
        if "global-reach" in attributes.tags:
            return attributes.replace(as_path=attributes.as_path.prepend(asn, asn))
        return attributes

    return Transform(prepend, "X1")


def _add_global_reach(plan: SessionPlan) -> None:
    """MSEE to MSEE of the same side of the circuits that Global Reach joins (S8)."""
    done: set[frozenset[str]] = set()
    for name, circuit in sorted(plan.topology.express_route_circuits.items()):
        for ref in circuit.global_reach:
            other = plan.declaration.canonical("expressRouteCircuits", ref)
            if other is None or other == name or frozenset((name, other)) in done:
                continue
            done.add(frozenset((name, other)))
            up = peering_up(circuit) and peering_up(plan.topology.express_route_circuits[other])
            keep = learned_as("global-reach", keep_all=True)
            for side in LINKS:
                ends = [
                    End(node, plan.nodes.of(node)[0].address, next_hop="self", import_transforms=(keep,))
                    for node in (f"{name}/{side}", f"{other}/{side}")
                    if node in plan.speakers
                ]
                if len(ends) == 2:
                    plan.join("S8", ends[0], ends[1], up=up)


# -- what an MSEE sends to the customer ------------------------------------------------


def _juniper(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
    return attributes.replace(as_path=attributes.as_path.strip_leading(is_private))


def _cisco(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
    path = attributes.as_path
    return (
        attributes.replace(as_path=path.strip_leading(is_private))
        if all(map(is_private, path.asns))
        else attributes
    )


def customer_end(plan: SessionPlan, node: str, address: str) -> End:
    """The MSEE's end of a session with a customer router (S7): A10, A12, A14."""
    strip = _juniper if plan.setting("A12") == "juniper" else _cisco
    return End(
        node,
        address,
        allow_asns=frozenset((plan.speakers[node].asn,)),
        import_transforms=(learned_as("customer"),),
        export_transforms=(Transform(strip, "A12"), _global_reach_prepends(plan.speakers[node].asn)),
    )


def circuit_links(plan: SessionPlan) -> Iterator[tuple[str, LinkName, str]]:
    """(circuit, link, device) of every link with a declared customer router."""
    for circuit, declared in sorted(plan.topology.express_route_circuits.items()):
        peering = declared.peerings.azure_private_peering
        if peering is None or peering.peer is None:
            continue
        for side in LINKS:
            ref = peering.peer if isinstance(peering.peer, str) else getattr(peering.peer, side)
            name = plan.declaration.canonical("devices", ref) if ref else None
            if name is not None:
                yield circuit, side, name


def link_addresses(circuit: ExpressRouteCircuit, side: LinkName) -> tuple[str, str] | None:
    """(customer, MSEE) addresses of a link: first and second host of its prefix (S7), None if not declared."""
    peering = circuit.peerings.azure_private_peering
    text = None if peering is None else getattr(peering, f"{side}_peer_address_prefix")
    if not text:
        return None
    prefix = Prefix(text)
    first = 1 if prefix.num_addresses > 2 else 0
    return canonical_address(prefix.address_text(first)), canonical_address(prefix.address_text(first + 1))
