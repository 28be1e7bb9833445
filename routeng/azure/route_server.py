"""Route servers: two instances, appliances, branch-to-branch with the gateways of the VNet.

Sessions: instance and appliance (S1, S2, made by :mod:`devices`), instance and gateway instance (S3, S4).
A route server hears the gateways of its VNet always, because it programs their routes into NICs; it passes
routes between them and its appliances only with branch-to-branch on (R7, R9).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from routeng.azure.instances import Instance, Role
from routeng.azure.rules import Rule
from routeng.azure.session_plan import (
    OWN_WEIGHT,
    Inside,
    SessionPlan,
    instance_end,
    ipv4_only,
    learned_as,
    not_to_own_as,
    only,
    own_routes,
)
from routeng.bgp.attributes import Attributes
from routeng.bgp.decision import Decision, Path, Step
from routeng.bgp.policy import Reject
from routeng.bgp.session import Crossing, End, Transform
from routeng.bgp.speaker import Speaker
from routeng.lpm import PrefixTable

RULES = (
    Rule("C-11", "One appliance's routes reach another only with branch-to-branch on.", "recorded", "C-11",
         "ars-nva-to-nva"),
    Rule("C-12", "Appliance routes equal to or inside own and gateway-transit space are not taken; in 2021-22 they"
         " were listed without effect.", "recorded", "C-12", "ars-local-prefixes-learned"),
    Rule("C-14", "A route server does not return a route to the gateway instance that it took it from.", "recorded",
         "er-vpn-coexist"),
    Rule("C-16", "Of two equal appliance paths both instances pass on the one with the lower address.", "recorded",
         "C-16"),
    Rule("C-17", "An appliance is not sent paths that hold its own ASN.", "recorded", "C-17"),
    Rule("Q12", "Routes of the VNet's gateways are programmed whether branch-to-branch is on or off.", "inferred",
         "Q12"),
    Rule("R1", "A route server drops any path that holds 65515.", "recorded", "MAYS"),
    Rule("R6", "Appliances are always sent the VNet's space and that of VNets using its gateways.", "recorded",
         "CYN-EP5, FAB-101"),
    Rule("R7", "With branch-to-branch on, appliances are sent gateway routes.", "recorded", "FAB-2HUB"),
    Rule("R8", "An appliance is sent the best route only, and none that it gave itself.", "recorded", "FAB-DH"),
    Rule("R9", "With branch-to-branch on, gateways are sent appliance routes and each other's, next hop untouched.",
         "recorded", "FAB-2HUB, FAB-VPN"),
    Rule("R10", "A default route reaches NICs, appliances and ExpressRoute; a VPN gateway never passes one on.",
         "recorded", "MAYS, troubleshoot-route-server"),
    Rule("R11", "A route with no-advertise is programmed into NICs and given to nobody.", "documented",
         "troubleshoot-route-server"),
    Rule("R19", "A route server ranks by hubRoutingPreference, then AS path length; equal routes share load.",
         "documented", "hub-routing-preference"),
    Rule("R19a", "A hairpin route counts as learned over ExpressRoute.", "inferred", "R19"),
    Rule("R26", "A user route on the GatewaySubnet for the hub's own range breaks the sessions between route server and"
         " gateway; a more specific VnetLocal route for the RouteServerSubnet mends them.", "documented",
         "troubleshoot-route-server"),
    Rule("R23", "Route servers exchange nothing by themselves.", "documented", "route-server-faq"),
    Rule("S1", "Towards appliances a route server puts 65515 in front and itself as next hop.", "recorded", "FAB-101"),
    Rule("S2", "An appliance's path and next hop are kept as sent, also a third party's.", "recorded", "FAB-2HUB"),
    Rule("S3", "A gateway with ASN 65515 is an iBGP peer of the route server: nothing is put in front, the next hop"
         " stays.", "recorded", "FAB-2HUB"),
    Rule("S4", "A gateway with another ASN is an eBGP peer: each side puts its ASN in front.", "recorded",
         "MAYS, MDD, ars-b2b-vpn"),
)  # fmt: skip

PREFERENCE = "hub_routing_preference"


@cache
def preference(choice: str) -> Callable[[Path], int]:
    """The rank that hubRoutingPreference gives a path: lower wins (R19). Hairpin counts as ExpressRoute (R19a)."""
    if choice == "ASPath":
        return lambda path: 0
    first = choice == "ExpressRoute"
    return lambda path: 0 if ("er" in path.attributes.tags) == first else 1


@cache
def decision(choice: str) -> Decision:
    """Own space, hubRoutingPreference, AS path length; the lowest address stands for a tie (R19, C-16)."""
    return Decision(steps=("local_origin", Step(PREFERENCE, preference(choice)), "as_path", "peer_address"))


def add(plan: SessionPlan) -> None:
    """Add route servers and their sessions with the gateways of their VNets."""
    for name, server in plan.topology.route_servers.items():
        instances = plan.nodes.of(name)
        vnet = instances[0].vnet
        if vnet is None:
            continue
        own = own_routes(
            r for r in plan.spaces.vnet_routes(vnet, ipv6=False, ipv6_announced=False) if r.kind == "vnet"
        )
        rules = decision(server.hub_routing_preference)
        for instance in instances:
            plan.add_speaker(Speaker(instance.speaker, instance.asn, instance.address, own, decision=rules))
        diverted = _diverted(plan, vnet)
        for role in _GATEWAYS:
            for gateway in plan.serving(vnet, role):
                if diverted is not None:
                    plan.find("R26", name, f"{diverted}: no sessions with {gateway}")
                for there in plan.nodes.of(gateway):
                    for here in instances:
                        _join_gateway(
                            plan, here, there, server.allow_branch_to_branch_traffic, up=diverted is None
                        )


_GATEWAYS: tuple[Role, ...] = ("er-gateway", "vpn-gateway")


def _diverted(plan: SessionPlan, vnet: str) -> str | None:
    """The user route of the GatewaySubnet that takes the RouteServerSubnet away from the gateway, in words (R26)."""
    subnets = {name.lower(): subnet for name, subnet in plan.declaration.vnets[vnet].subnets.items()}
    gateway, server = subnets.get("gatewaysubnet"), subnets.get("routeserversubnet")
    if gateway is None or server is None or gateway.route_table is None:
        return None
    own: PrefixTable[None] = PrefixTable((p, None) for p in plan.declaration.vnets[vnet].prefixes)
    for prefix in server.prefixes:
        space = own.lookup_prefix(prefix)
        routes = [
            r
            for r in plan.declaration.route_tables[gateway.route_table].routes
            if r.prefix is not None and r.prefix.covers(prefix)
        ]
        longest = max(routes, key=lambda r: r.prefix.length if r.prefix is not None else -1, default=None)
        if longest is None or longest.prefix is None or longest.next_hop_type == "VnetLocal":
            continue
        if space is None or longest.prefix.length >= space[0].length:
            return f"the user route {longest.prefix} of the GatewaySubnet covers the RouteServerSubnet"
    return None


def _join_gateway(plan: SessionPlan, server: Instance, gateway: Instance, open_: bool, *, up: bool) -> None:
    over_expressroute = gateway.role == "er-gateway"
    to_gateway = [_TO_GATEWAY if open_ else _CLOSED]
    if server.asn != gateway.asn:
        to_gateway.append(not_to_own_as(gateway.asn, "DOC-16"))
    plan.join(
        "S3" if server.asn == gateway.asn else "S4",
        instance_end(
            server,
            weight=OWN_WEIGHT,
            rr_client=server.asn == gateway.asn,
            import_transforms=(learned_as("er" if over_expressroute else "vpn", keep=_STATIC),),
            export_transforms=tuple(to_gateway),
        ),
        instance_end(
            gateway,
            weight=OWN_WEIGHT,
            next_hop="default" if over_expressroute else "self",
            import_transforms=(learned_as("rs"),),
            export_transforms=(_ER_TO_SERVER if over_expressroute else _VPN_TO_SERVER, _IPV4)
            + (() if server.asn == gateway.asn else (not_to_own_as(server.asn, "R1"),)),
        ),
        up=up,
    )


_STATIC = frozenset({"static"})
_CLOSED = Transform(
    lambda attributes, crossing: Reject("R9", "branch-to-branch is off: gateways are sent nothing"),
    "branch-to-branch off",
)
_TO_GATEWAY = only(
    "given to gateways",
    {
        "vnet": "E8: gateways announce VNet space themselves",
        "held": "E8: gateways announce VNet space themselves",
        "own-space": "C-12: inside own space, listed without effect",
    },
)
_IPV4 = ipv4_only("R20", "a route server carries IPv4 only")


def _er_to_server(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
    if "er" in attributes.tags:
        return attributes
    return Reject("R6", "a route server knows VNet space itself")


_ER_TO_SERVER = Transform(_er_to_server, "given to the route server")
_VPN_TO_SERVER = only(
    "given to the route server",
    {
        "vnet": "R6: a route server knows VNet space itself",
        "held": "R6: a route server knows VNet space itself",
        "summary": "R6: a route server knows VNet space itself",
        "host": "C-19: host routes of BGP peers never reach a route server",
        "pool": "R12: point-to-site pools do not reach a route server",
    },
)


def appliance_end(plan: SessionPlan, instance: Instance, peer_asn: int) -> End:
    """A route server instance's end of a session with an appliance (S1, S2, R6..R11, C-11, C-12, C-17)."""
    assert instance.vnet is not None
    server = plan.topology.route_servers[instance.node]
    open_ = server.allow_branch_to_branch_traffic
    vnet = instance.vnet
    inside = plan.shared(("own space", vnet), lambda: Inside(p for _, p in plan.spaces.space(vnet)))
    listed = plan.setting("ars-local-prefixes-learned") == "listed"
    closed_gateways = "R7: branch-to-branch is off: appliances are not sent gateway routes"
    closed_appliances = "C-11: branch-to-branch is off: appliances are not sent each other's routes"
    to_appliance = only(
        "sent to appliances",
        {
            "own-space": "C-12: inside own space, listed without effect",
            "er": None if open_ else closed_gateways,
            "vpn": None if open_ else closed_gateways,
            "nva": None if open_ or plan.setting("ars-nva-to-nva") == "always" else closed_appliances,
        },
    )
    return instance_end(
        instance,
        weight=OWN_WEIGHT,
        split_horizon="peer",
        import_transforms=(
            learned_as("nva"),
            Transform(_list if listed else _drop, "C-12", inside),
        ),
        export_transforms=(to_appliance, not_to_own_as(peer_asn, "C-17")),
    )


def _drop(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
    if crossing.prefix_class:
        return Reject("C-12", "the prefix lies inside own or gateway-transit space")
    return attributes


def _list(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
    if crossing.prefix_class:
        return attributes.replace(tags=attributes.tags | {"own-space"})
    return attributes
