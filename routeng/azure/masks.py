"""Masks: what one layer of a stack takes away from another, and by which rule.

Two effects exist (PREC-8, PREC-7): a row that Azure does not list at all is *removed*; a row that it lists as
Invalid is *invalid*. Neither ever edits a layer. Every entry carries the id of the rule, so that the answer to
"why not" is "in the base, masked by rule X".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from routeng.azure.layers import Layer
from routeng.azure.rules import Rule
from routeng.data.system_routes import internet_prefixes
from routeng.lpm import Prefix
from routeng.model.declaration import Declaration, EndpointDecl, UserRouteDecl

RULES = (
    Rule("PREC-1", "The longest prefix among Active rows decides.", "documented", "UDR"),
    Rule(
        "PREC-2", "Equal prefixes: user routes, then gateway routes, then system routes.", "documented", "UDR"
    ),
    Rule(
        "PREC-3",
        "Rows of the VNet, of peerings and of service endpoints rank above gateway routes.",
        "documented",
        "UDR, azure-docs 5404",
    ),
    Rule(
        "PREC-4",
        "A gateway route that equals or lies inside the VNet's or a peered VNet's space is not programmed,"
        " however long it is.",
        "recorded",
        "UDR, ARSFAQ, L5",
    ),
    Rule("PREC-5", "User routes compete with system rows by length alone.", "recorded", "L1, L3, L4"),
    Rule("PREC-6", "Service-endpoint rows are not overridden by user routes.", "documented", "UDR", "SE-6"),
    Rule(
        "PREC-7",
        "A row is Invalid exactly if a user route has the same prefix; user rows never are.",
        "recorded",
        "UDR, L1, L3, L8, L15",
    ),
    Rule(
        "PREC-9",
        "User and gateway 0/0 together: the user row is Active, the gateway row Invalid, and no Internet"
        " row is listed.",
        "recorded",
        "surprises C-2",
    ),
    Rule(
        "PREC-10",
        "Space of a connected group keeps gateway routes out as peered space does.",
        "inferred",
        "seed 001",
        "PREC-10",
    ),
    Rule("PE-3", "A user host route of the same address invalidates an endpoint row.", "recorded", "L14"),
    Rule(
        "PE-4",
        "With network policies for route tables on the endpoint's subnet, a user route that holds the"
        " endpoint and is at least as long as the VNet prefix around it invalidates the endpoint row.",
        "recorded",
        "PEPOL, L8",
    ),
    Rule(
        "PE-5",
        "Of several VNet prefixes the one around the endpoint counts; the user route has to be the longest match"
        " once the host row is gone.",
        "inferred",
        "PEPOL",
        "PE-5",
    ),
    Rule(
        "SYS-4",
        "A VNet prefix that equals or holds a reserved range replaces its None row.",
        "documented",
        "UDR",
    ),
    Rule(
        "SYS-5",
        "A VNet prefix inside a reserved range leaves the None row Active.",
        "recorded",
        "L1, L2, L10",
    ),
    Rule(
        "SYS-6", "A user 0/0 removes all None rows and makes the Internet row Invalid.", "recorded", "L1, L3"
    ),
    Rule("SYS-7", "A gateway 0/0 removes all None rows and the Internet row.", "recorded", "L2"),
    Rule(
        "SYS-8",
        "A user or gateway route that equals a reserved range removes its None row.",
        "recorded",
        "L1",
    ),
    Rule("C-1", "A user 0/0 of type None leaves the None rows.", "recorded", "surprises C-1"),
    Rule("C-2", "User 0/0 and gateway 0/0 together: no Internet row.", "recorded", "surprises C-2"),
    Rule(
        "GW-13", "disableBgpRoutePropagation removes all gateway rows of the subnet.", "recorded", "UDR, L13"
    ),
)

Mask = Mapping[Prefix, str]
"""Prefix -> id of the rule that removes it or makes it Invalid."""


NOTHING: Mask = {}
"""The mask that hides nothing, shared."""


def inside(layer: Layer, spaces: Iterable[Prefix], rule: str) -> Mask:
    """The prefixes of ``layer`` that equal or lie inside one of ``spaces`` (PREC-4)."""
    if not len(layer):
        return NOTHING
    table = layer.table
    return {prefix: rule for space in spaces for prefix, _ in table.covered(space)} or NOTHING


def inside_layer(layer: Layer, preferred: Layer, rule: str) -> Mask:
    """The prefixes of ``layer`` that equal or lie inside one of ``preferred`` (PREC-4, PREC-10)."""
    if not len(layer) or not len(preferred):
        return NOTHING
    if len(preferred) * 4 < len(layer):
        return inside(layer, (p for p, _ in preferred.items()), rule)
    space = preferred.table
    return {prefix: rule for prefix in layer.entries if next(iter(space.covering(prefix)), None) is not None}


def equal(layer: Layer, prefixes: Iterable[Prefix], rule: str) -> dict[Prefix, str]:
    """The prefixes of ``layer`` that are among ``prefixes`` (PREC-7)."""
    return {p: rule for p in prefixes if layer.get(p) is not None}


def endpoint_policies(
    layer: Layer,
    routes: Iterable[UserRouteDecl],
    endpoints: Iterable[EndpointDecl],
    declaration: Declaration,
    peering: Layer | None = None,
) -> dict[Prefix, str]:
    """The endpoint rows that user routes make Invalid (PE-3, PE-4).

    A user route has to win once the host row is gone; rows of ``peering`` longer than it stand against that (PE-5).
    """
    user = [r.prefix for r in routes if r.prefix is not None]
    found: dict[Prefix, str] = {}
    for endpoint in endpoints:
        host = endpoint.host
        row = layer.get(host)
        if row is None or row.owner != f"{endpoint.vnet}/{endpoint.subnet}":
            continue
        vnet = declaration.vnets[endpoint.vnet]
        policies = vnet.subnets[endpoint.subnet].declared.private_endpoint_network_policies
        space = max((p.length for p in vnet.prefixes if p.covers(host)), default=host.length)
        if peering is not None:
            space = max([space, *(p.length for p, _ in peering.table.covering(host))])
        for prefix in user:
            if prefix == host:
                found[host] = "PE-3"
            elif (
                policies in {"RouteTableEnabled", "Enabled"}
                and prefix.length >= space
                and prefix.covers(host)
            ):
                found.setdefault(host, "PE-4")
    return found


def defaults(
    layer: Layer,
    own: Mask,
    taken: Iterable[Mask],
    user: Layer | None,
    gateway: Layer | None,
    learned: Mask,
    hidden: Iterable[Mask],
) -> tuple[Mask, Mask]:
    """What is removed from, and Invalid in, the Internet and None rows (SYS-4..8, C-1, C-2, PREC-9).

    ``own`` and ``taken`` are ranges that the VNet's space, peerings, groups and user routes replace; ``learned``
    those that gateway routes equal, of which ``hidden`` are not programmed.
    """
    hidden = tuple(hidden)
    removed: dict[Prefix, str] = {}
    invalid: dict[Prefix, str] = {}
    everything = None
    for internet in internet_prefixes():
        mine = user.get(internet) if user is not None else None
        heard = internet in learned and not any(internet in m for m in hidden)
        if heard:
            removed[internet] = "C-2" if mine is not None else "SYS-7"
        elif mine is not None:
            invalid[internet] = "SYS-6"
        if internet.family == 4:
            if mine is not None:
                everything = None if mine.next_hop_type == "None" else "SYS-6"
            elif heard:
                everything = "SYS-7"
    if everything is not None:
        removed.update((p, everything) for p, r in layer.items() if r.next_hop_type == "None")
        return removed, invalid
    for prefix, rule in learned.items():
        if prefix not in removed and not any(prefix in m for m in hidden):
            removed[prefix] = rule
    for mask in (*taken, own):
        removed.update((p, rule) for p, rule in mask.items() if p not in internet_prefixes())
    return removed or NOTHING, invalid or NOTHING
