"""VPN gateways: instances, tunnels with and without BGP, and coexistence with an ExpressRoute gateway.

Sessions: gateway and remote gateway or device (S9), instance and instance (S10), and with an ExpressRoute gateway
of the same VNet when no route server stands between them (C-15, C-18).
"""

from __future__ import annotations

from functools import cache

from routeng.azure.connections import Tunnel
from routeng.azure.instances import Instance
from routeng.azure.rules import Rule
from routeng.azure.session_plan import (
    OWN_WEIGHT,
    DefaultOrInside,
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
from routeng.bgp.decision import Decision
from routeng.bgp.policy import Reject
from routeng.bgp.session import Crossing, End, Transform
from routeng.bgp.speaker import Speaker

RULES = (
    Rule("A2", "A VPN gateway has ASN 65515 unless told otherwise; beside a route server it should keep it and be"
         " active-active.", "documented", "expressroute-vpn-support"),
    Rule("C-15", "With a route server in the VNet, coexisting gateways see each other's routes through it, not"
         " directly.", "recorded", "C-15"),
    Rule("C-21", "Static prefixes of a local network gateway are not sent to that same peer.", "recorded", "C-21"),
    Rule("R12", "Point-to-site clients and ExpressRoute do not reach each other; pools go to tunnels only.",
         "documented", "route-server-faq"),
    Rule("S10", "The instances of an active-active gateway give each other their best external, static and host"
         " routes over iBGP with themselves as next hop.", "recorded", "FAB-VPN, C-20"),
    Rule("S9", "A tunnel carries eBGP between every instance of the gateway and every address of the peer.",
         "recorded", "ERJ-HUBLESS, ars-b2b-vpn"),
    Rule("V1", "A VPN gateway announces its VNet space, static prefixes and routes of its other peers, but no"
         " default and nothing equal to or inside its VNet; supersets, as half-defaults are, travel.", "documented",
         "vpn-gateway-faq-bgp, troubleshoot-route-server"),
    Rule("V2", "A VPN gateway refuses prefixes equal to or inside its VNet's space; supersets are fine.",
         "documented", "vpn-gateway-faq-bgp"),
    Rule("V6", "ExpressRoute and VPN reach each other only through a route server with branch-to-branch.",
         "recorded", "FAB-VPN"),
    Rule("DOC-16", "A VPN gateway does not send a peer a path that holds the peer's ASN.", "recorded",
         "three-vpn-gateways"),
    Rule("LAB-14", "A VPN gateway compares AS path length before it prefers external over internal paths; an instance"
         " whose best path is its sibling's copy is no next hop on NICs.", "recorded", "er-vpn-coexist"),
)  # fmt: skip

VPN_DECISION = Decision(steps=("local_origin", "as_path", "external", "peer_address"))
"""VPN gateway: own routes, AS path length, external over internal (LAB-14); weights are shown, not compared."""


def add(plan: SessionPlan) -> None:
    """Add VPN gateways, their tunnels, and the sessions between coexisting gateways."""
    gateways = [
        name
        for name, gateway in plan.topology.virtual_network_gateways.items()
        if gateway.gateway_type == "Vpn" and plan.enabled(name)
    ]
    for name in gateways:
        _add_gateway(plan, name)
    for name in gateways:
        for tunnel in plan.connections.tunnels_of(name):
            if tunnel.bgp and tunnel.remote_is_gateway:
                _join_gateways(plan, tunnel)
    for name in gateways:
        _join_expressroute(plan, name)


def _add_gateway(plan: SessionPlan, name: str) -> None:
    instances = plan.nodes.of(name)
    vnet = instances[0].vnet
    assert vnet is not None
    routes = [
        *plan.spaces.vnet_routes(vnet, ipv6=False, ipv6_announced=False),
        *plan.spaces.tunnel_routes(name),
        *plan.spaces.pool_routes(name),
    ]
    own = own_routes(routes)
    for instance in instances:
        plan.add_speaker(
            Speaker(instance.speaker, instance.asn, instance.address, own, decision=VPN_DECISION)
        )
    for i, one in enumerate(instances):
        for other in instances[i + 1 :]:
            plan.join("S10", _sibling_end(one), _sibling_end(other))


def _sibling_end(instance: Instance) -> End:
    return instance_end(
        instance,
        weight=OWN_WEIGHT,
        next_hop="self",
        import_transforms=(learned_as(keep_all=True),),
        export_transforms=(
            only(
                "given to the sibling",
                dict.fromkeys(("vnet", "held", "summary", "pool"), "S10: the sibling has its own"),
            ),
        ),
    )


def _join_gateways(plan: SessionPlan, tunnel: Tunnel) -> None:
    """BGP between two declared gateways: every instance with every instance, or the one that is named (S9)."""
    assert tunnel.remote is not None
    here, there = plan.nodes.of(tunnel.gateway), plan.nodes.of(tunnel.remote)
    if not here or not there or not plan.enabled(tunnel.remote):
        return
    if here[0].asn == there[0].asn:
        plan.find(
            "V7",
            tunnel.name,
            f"{' and '.join(sorted((tunnel.gateway, tunnel.remote)))} have one AS, {here[0].asn}: no BGP session",
        )
        return
    named = [i for i in there if i.address == tunnel.address]
    for one in here:
        for other in named or there:
            if not plan.joined(one.speaker, other.speaker):
                plan.join(
                    "S9",
                    tunnel_end(plan, one, other.asn, tunnel.remote),
                    tunnel_end(plan, other, one.asn, tunnel.gateway),
                    up=_all_up(plan, one, other),
                    connection=tunnel.name,
                )


def _all_up(plan: SessionPlan, one: Instance, other: Instance) -> bool:
    """Whether every connection that describes the tunnel between two instances is up, from whichever side."""
    for here, there in ((one, other), (other, one)):
        for tunnel in plan.connections.tunnels_of(here.node):
            if tunnel.bgp and not tunnel.up and tunnel.remote == there.node:
                named = any(i.address == tunnel.address for i in plan.nodes.of(there.node))
                if not named or tunnel.address == there.address:
                    return False
    return True


def tunnel_end(plan: SessionPlan, instance: Instance, peer_asn: int, remote: str) -> End:
    """A VPN gateway instance's end of a tunnel: V1, V2, C-19, C-21."""
    assert instance.vnet is not None
    own = plan.declaration.vnets[instance.vnet].prefixes
    inside = plan.shared(("inside", instance.vnet), lambda: Inside(own))
    kept_back = plan.shared(("default or inside", instance.vnet), lambda: DefaultOrInside(own))
    return instance_end(
        instance,
        weight=OWN_WEIGHT,
        import_transforms=(Transform(_refuse_own_space, "V2", inside), learned_as("vpn")),
        export_transforms=(
            _to_peer(remote, plan.setting("vpn-peer-host-routes") == "transit"),
            Transform(_no_default_no_own_space, "V1", kept_back),
            not_to_own_as(peer_asn, "DOC-16"),
        ),
    )


def _refuse_own_space(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
    if crossing.prefix_class:
        return Reject("V2", "the prefix lies inside the VNet's own space")
    return attributes


def _no_default_no_own_space(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
    if crossing.prefix_class in _DEFAULT:
        return Reject("R10", "a VPN gateway passes no default route on; use 0.0.0.0/1 and 128.0.0.0/1")
    if crossing.prefix_class in _INSIDE and crossing.source_kind not in ("local", "aggregate"):
        return Reject("V1", "the prefix lies inside the VNet's own space")
    return attributes


_DEFAULT = frozenset({(True, False), (True, True)})
_INSIDE = frozenset({(False, True)})


@cache
def _to_peer(remote: str, hosts_travel: bool) -> Transform:
    """What goes to the peer of a tunnel, by kind of route."""
    held = Reject("G3", "replaced by the summary list")
    same = Reject("C-21", "a static prefix of this very connection")
    own_host = Reject("C-19", "the peer's own address")
    local_host = Reject("C-19", "host routes of BGP peers stay local")
    mine = ("tunnel", remote)

    def check(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
        tags = attributes.tags
        if "held" in tags:
            return held
        if crossing.source_kind != "local":
            return attributes if hosts_travel or "host" not in tags else local_host
        if "static" in tags and mine in tags:
            return same
        if "host" in tags:
            return own_host if mine in tags else attributes if hosts_travel else local_host
        return attributes

    return Transform(check, "announced over tunnels")


def _join_expressroute(plan: SessionPlan, name: str) -> None:
    """iBGP with the ExpressRoute gateways of the VNet, if no route server stands between (C-15, C-18)."""
    instances = plan.nodes.of(name)
    vnet = instances[0].vnet
    if vnet is None or plan.serving(vnet, "route-server"):
        return
    for other in plan.serving(vnet, "er-gateway"):
        for er in plan.nodes.of(other):
            for vpn in instances:
                plan.join(
                    "C-18",
                    instance_end(
                        er,
                        weight=OWN_WEIGHT,
                        next_hop="self",
                        import_transforms=(learned_as("vpn", keep=frozenset({"static"})),),
                        export_transforms=(_ER_TO_VPN, _IPV4),
                    ),
                    instance_end(
                        vpn,
                        weight=OWN_WEIGHT + 1,
                        next_hop="self",
                        import_transforms=(learned_as("er-gateway"),),
                        export_transforms=(_VPN_TO_ER,),
                    ),
                )


def _er_to_vpn(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
    if attributes.tags & {"vnet", "held"}:
        return attributes
    return Reject("C-18", "an ExpressRoute gateway gives a VPN gateway its VNet space only")


_ER_TO_VPN = Transform(_er_to_vpn, "given to the VPN gateway")
_IPV4 = ipv4_only("C-26", "VPN gateways hold no IPv6")
_VPN_TO_ER = only(
    "given to the ExpressRoute gateway",
    dict.fromkeys(
        ("vnet", "held", "summary", "host", "pool", "er-gateway"),
        "C-18: a VPN gateway gives an ExpressRoute gateway learned and static prefixes only",
    ),
)
