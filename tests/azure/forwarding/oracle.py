"""Effective routes computed the slow and plain way, to compare with.

This is the one page of the algorithm (facts chapter 0) on plain lists: straight from the JSON document of a
topology, with the standard library's addresses, one subnet at a time, nothing shared and nothing remembered. It
knows explicit peering halves, meshes and hub-and-spoke configurations of named members, static prefixes of VPN
gateways, user routes and endpoints.
"""

from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from routeng.data.system_routes import none_prefixes

Json = dict[str, Any]
Net = Any
RESERVED = [ip_network(str(p)) for p in none_prefixes()]
ZERO = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}


class Row(NamedTuple):
    """A row with a single prefix."""

    source: str
    state: str
    prefix: Net
    kind: str
    hops: tuple[str, ...] = ()


class Link(NamedTuple):
    """A working peering as one side sees it."""

    remote: str
    prefixes: list[Net]
    uses_gateways: bool
    offers_gateways: bool
    whole: bool = True


def space(doc: Json, vnet: str) -> list[Net]:
    return [ip_network(p) for p in doc["virtualNetworks"][vnet]["addressSpace"]]


def subnet_prefixes(doc: Json, vnet: str, subnet: str) -> list[Net]:
    given = doc["virtualNetworks"][vnet]["subnets"][subnet]["addressPrefix"]
    return [ip_network(p) for p in ([given] if isinstance(given, str) else given)]


def inside(small: Net, big: Net) -> bool:
    return small.version == big.version and small.subnet_of(big)


def overlap(one: Net, two: Net) -> bool:
    return inside(one, two) or inside(two, one)


def deployed(doc: Json) -> list[tuple[Json, list[str], list[str]]]:
    """(configuration, hubs, members), each cut down to the VNets of the regions it is deployed to (AVNM-11)."""
    found = []
    for manager in doc.get("networkManagers", {}).values():
        for config in manager["connectivityConfigurations"].values():
            regions = config.get("deployedRegions", [])
            [item] = config["appliesToGroups"]
            names = manager["networkGroups"][item["networkGroup"]]["members"]
            here = [n for n in doc["virtualNetworks"] if n in names and location(doc, n) in regions]
            hubs = [n for n in config.get("hubs", []) if location(doc, n) in regions]
            if regions:
                found.append((config, hubs, [n for n in names if n in here]))
    return found


def location(doc: Json, vnet: str) -> str:
    return str(doc["virtualNetworks"][vnet]["location"])


def has_gateway(doc: Json, vnet: str) -> bool:
    return any(g["vnet"] == vnet for g in doc.get("virtualNetworkGateways", {}).values())


def half(doc: Json, vnet: str, remote: str) -> Json | None:
    halves = doc["virtualNetworks"][vnet].get("virtualNetworkPeerings", {}).values()
    return next((h for h in halves if h["remoteVirtualNetwork"] == remote), None)


def links(doc: Json, vnet: str) -> list[Link]:
    """Peerings that work: declared ones (PEER-3), then those of hub-and-spoke configurations (AVNM-2, -9, -10)."""
    found: list[Link] = []
    configs = deployed(doc)
    cleaned = [n for c, hubs, names in configs if c.get("deleteExistingPeering") for n in [*hubs, *names]]
    for mine in doc["virtualNetworks"][vnet].get("virtualNetworkPeerings", {}).values():
        remote = mine["remoteVirtualNetwork"]
        theirs = half(doc, remote, vnet)
        if theirs is None or vnet in cleaned or remote in cleaned:
            continue
        if mine.get("peeringState", "Connected") != "Connected":
            continue
        if theirs.get("peeringState", "Connected") != "Connected":
            continue
        if "remoteAddressSpace" in mine:
            prefixes = [ip_network(p) for p in mine["remoteAddressSpace"]]
        elif mine.get("peerCompleteVnets", True):
            prefixes = space(doc, remote)
        else:
            prefixes = [p for s in mine["remoteSubnetNames"] for p in subnet_prefixes(doc, remote, s)]
        if mine.get("enableOnlyIPv6Peering"):
            prefixes = [p for p in prefixes if p.version == 6]
        transit = mine.get("useRemoteGateways", False) and theirs.get("allowGatewayTransit", False)
        offers = theirs.get("useRemoteGateways", False) and mine.get("allowGatewayTransit", False)
        found.append(Link(remote, prefixes, transit, offers, mine.get("peerCompleteVnets", True)))
    for config, hubs, names in configs:
        if config["connectivityTopology"] != "HubAndSpoke":
            continue
        shares = config["appliesToGroups"][0].get("useHubGateway", False)
        for hub in hubs:
            if shares and not has_gateway(doc, hub):
                continue
            for spoke in names:
                if spoke != hub and vnet in (hub, spoke):
                    remote = spoke if vnet == hub else hub
                    if all(known.remote != remote for known in found):
                        found.append(
                            Link(remote, space(doc, remote), shares and vnet == spoke, shares and vnet == hub)
                        )
    return found


def groups(doc: Json) -> list[tuple[list[str], list[tuple[Net, str]]]]:
    """Connected groups: members, and what anybody sees of them as (prefix, member) (AVNM-1..6)."""
    found = []
    for config, _, names in deployed(doc):
        item = config["appliesToGroups"][0]
        if (
            config["connectivityTopology"] == "HubAndSpoke"
            and item.get("groupConnectivity") != "DirectlyConnected"
        ):
            continue
        is_global = config.get("isGlobal", False) or item.get("isGlobal", False)
        regions = [None] if is_global else sorted({location(doc, n) for n in names})
        for region in regions:
            candidates = [n for n in names if region is None or location(doc, n) == region]
            if len(candidates) < 2:
                continue
            overlaps = config.get("connectivityCapabilities", {}).get(
                "connectedGroupAddressOverlap", "Allowed"
            )
            members: list[str] = []
            for name in candidates:
                taken = [p for m in members for p in space(doc, m)]
                if overlaps == "Allowed" or not any(overlap(p, q) for p in space(doc, name) for q in taken):
                    members.append(name)
            outside = [
                p
                for c in candidates
                for k in links(doc, c)
                if k.remote not in candidates
                for p in space(doc, k.remote)
            ]
            seen = [
                (p, m)
                for m in members
                for p in space(doc, m)
                if not any(overlap(p, q) for o in members if o != m for q in space(doc, o))
                and not any(overlap(p, q) for q in outside)
            ]
            found.append((members, seen))
    return found


def effective_routes(doc: Json, vnet: str, subnet: str) -> list[Row]:
    """Every row of a subnet, lists of prefixes split."""
    declared = doc["virtualNetworks"][vnet]["subnets"][subnet]
    table = doc.get("routeTables", {}).get(declared.get("routeTable"), {})
    user = [
        Row(
            "User",
            "Active",
            ip_network(r["addressPrefix"]),
            r["nextHopType"],
            tuple(filter(None, [r.get("nextHopIpAddress")])),
        )
        for r in table.get("routes", [])
    ]
    mine = links(doc, vnet)

    preferred = [Row("Default", "", p, "VnetLocal") for p in space(doc, vnet)]
    peered = []
    peerings_count = table.get("disablePeeringRoute", "None") == "None"
    if peerings_count:
        for link in mine:
            here = location(doc, link.remote) == location(doc, vnet)
            kind = "VNetPeering" if here else "VNetGlobalPeering"
            peered += [Row("Default", "", p, kind) for p in link.prefixes]
    preferred += peered
    met = []
    for members, seen in groups(doc):
        if vnet in members:
            hidden = [link.remote for link in mine] if peerings_count else []
            for prefix, owner in seen:
                if owner == vnet or owner in hidden or any(r.prefix == prefix for r in preferred):
                    continue
                preferred.append(Row("Default", "", prefix, "ConnectedGroup"))
            met.append((members, seen))

    gateway = gateway_routes(doc, vnet, mine)
    if table.get("disableBgpRoutePropagation"):
        gateway = []
    gateway = [g for g in gateway if not any(inside(g.prefix, r.prefix) for r in preferred)]
    overriding = [ip_network(r["addressPrefix"]) for r in table.get("routes", []) if r.get("hasBgpOverride")]
    gateway = [g for g in gateway if not any(inside(g.prefix, p) for p in overriding)]

    rows = preferred + gateway + defaults(doc, vnet, preferred, gateway, user)
    taken = [u.prefix for u in user]
    rows = [r._replace(state=r.state or ("Invalid" if r.prefix in taken else "Active")) for r in rows]
    rows += list(endpoint_rows(doc, vnet, mine, met, user, peered)) + user
    families = {4} | {p.version for p in subnet_prefixes(doc, vnet, subnet)}
    return sorted((r for r in rows if r.prefix.version in families), key=str)


def gateway_routes(doc: Json, vnet: str, mine: list[Link]) -> list[Row]:
    """Static prefixes of the VNet's own gateway, else of the one whose transit it uses (GW-4, GW-5)."""
    source = vnet if has_gateway(doc, vnet) else None
    for link in mine:
        if source is None and link.uses_gateways and has_gateway(doc, link.remote):
            source = link.remote
    if source is None:
        return []
    held = space(doc, source)  # what a gateway announces itself, it programs nowhere
    held += [p for link in links(doc, source) if link.offers_gateways and link.whole for p in link.prefixes]
    found = []
    for name, gateway in doc.get("virtualNetworkGateways", {}).items():
        for connection in doc["connections"].values():
            if gateway["vnet"] == source and connection["virtualNetworkGateway1"] == name:
                site = doc["localNetworkGateways"][connection["localNetworkGateway2"]]
                hops = tuple(gateway["publicIPAddresses"])
                kind = "VirtualNetworkGateway"
                statics = [ip_network(p) for p in site["addressPrefixes"]]
                found += [Row(kind, "", p, kind, hops) for p in statics if p not in held]
    return found


def defaults(doc: Json, vnet: str, preferred: list[Row], gateway: list[Row], user: list[Row]) -> list[Row]:
    """The Internet and None rows that are left (SYS-2..8, C-1, C-2)."""
    found = []
    for zero in ZERO.values():
        if all(g.prefix != zero for g in gateway):
            found.append(Row("Default", "", zero, "Internet"))
    mine = [u for u in user if u.prefix == ZERO[4]]
    vanish = mine[0].kind != "None" if mine else any(g.prefix == ZERO[4] for g in gateway)
    for reserved in [] if vanish else RESERVED:
        if any(inside(reserved, p) for p in space(doc, vnet)):
            continue
        if all(r.prefix != reserved for r in [*preferred, *gateway, *user]):
            found.append(Row("Default", "", reserved, "None"))
    return found


def endpoint_rows(
    doc: Json,
    vnet: str,
    mine: list[Link],
    met: list[tuple[list[str], list[tuple[Net, str]]]],
    user: list[Row],
    peered: list[Row],
) -> list[Row]:
    """Host rows of endpoints nearby (PE-1, PE-9, AVNM-16) with their state (PE-3, PE-4, PE-5)."""
    found = []
    for declared in doc.get("privateEndpoints", {}).values():
        holder, _, subnet = declared["subnet"].partition("/")
        address = ip_address(declared["ip"])
        host = ip_network(declared["ip"])
        if doc["virtualNetworks"][holder].get("privateEndpointVNetPolicies") == "Basic":
            continue
        link = next((k for k in mine if k.remote == holder), None)
        if holder == vnet:
            seen = True
        elif link is not None:
            seen = any(address in p for p in link.prefixes)
        else:
            seen = any(owner == holder and address in p for _, shown in met for p, owner in shown)
        if not seen:
            continue
        policies = doc["virtualNetworks"][holder]["subnets"][subnet].get("privateEndpointNetworkPolicies")
        around = [p.prefixlen for p in space(doc, holder) if address in p]
        around += [r.prefix.prefixlen for r in peered if address in r.prefix]
        state = "Active"
        for route in user:
            enabled = policies in ("RouteTableEnabled", "Enabled") and route.prefix.prefixlen >= max(around)
            if address in route.prefix and (enabled or route.prefix == host):
                state = "Invalid"
        found.append(Row("Default", state, host, "InterfaceEndpoint"))
    return found


def follow(rows: list[Row], address: str) -> Row | None:
    """The longest match among Active rows; an error if two rows match equally well."""
    destination = ip_address(address)
    matching = [r for r in rows if r.state == "Active" and destination in r.prefix]
    matching.sort(key=lambda r: r.prefix.prefixlen)
    if len(matching) > 1 and matching[-1].prefix == matching[-2].prefix:
        raise AssertionError(f"two rows for {address}: {matching[-2:]}")
    return matching[-1] if matching else None
