"""User-defined routes: the rows of a route table."""

from __future__ import annotations

from routeng.azure.layers import Layer, Route
from routeng.azure.rules import Rule
from routeng.lpm import Prefix
from routeng.model.declaration import RouteTableDecl, UserRouteDecl

RULES = (
    Rule(
        "UDR-1",
        "A user route is a row of every subnet that uses its route table, always Active.",
        "recorded",
        "UDR, L1",
    ),
    Rule(
        "UDR-3", "An ECMP user route shows as one VirtualAppliance row with all addresses.", "recorded", "L11"
    ),
    Rule(
        "UDR-6",
        "A service tag may stand for a prefix; it is kept by name where its prefixes are unknown.",
        "documented",
        "UDR",
    ),
    Rule(
        "UDR-8",
        "A user route with hasBgpOverride drops gateway routes inside its prefix.",
        "documented",
        "SDK",
    ),
    Rule(
        "UDR-9", "disablePeeringRoute All removes the rows of peerings.", "documented", "SDK, PS162", "UDR-9"
    ),
)


def user_layer(table: RouteTableDecl) -> Layer:
    """The rows that ``table`` gives to its subnets (UDR-1)."""
    entries: dict[Prefix, Route] = {}
    symbolic: list[tuple[str, Route]] = []
    for route in table.routes:
        if route.prefix is not None:
            entries[route.prefix] = _route(route, "UDR-1", table.name)
        elif route.tag is not None:
            symbolic.append((route.tag, _route(route, "UDR-6", table.name)))
    return Layer(("user", table.name), entries, tuple(symbolic))


def _route(route: UserRouteDecl, rule: str, table: str) -> Route:
    kind, hops = route.next_hop_type, route.next_hops
    if kind == "VirtualApplianceEcmp":
        kind, rule = "VirtualAppliance", "UDR-3"
    if kind != "VirtualAppliance":
        hops = ()
    detail = "hasBgpOverride" if route.has_bgp_override else None
    return Route("User", kind, rule, hops, name=route.name, owner=table, detail=detail)
