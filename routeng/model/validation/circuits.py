"""ExpressRoute circuits: customer ends, link prefixes, ASNs, Global Reach."""

from __future__ import annotations

from routeng.lpm import Prefix
from routeng.model.addresses import Path, prefix_at
from routeng.model.declaration import Declaration
from routeng.model.gateways import CircuitEnds, PrivatePeering
from routeng.model.references import Names
from routeng.model.validation.asns import EXPRESSROUTE


def check_circuits(declaration: Declaration, names: Names) -> None:
    """References, a /30 (IPv6: /126) for each link, no reserved ASN on the customer side (A7)."""
    for name, circuit in declaration.topology.express_route_circuits.items():
        path = ("expressRouteCircuits", name)
        for i, ref in enumerate(circuit.global_reach):
            other = names.need("expressRouteCircuits", ref, (*path, "globalReach", i))
            if other == name:
                names.problems.add((*path, "globalReach", i), "a circuit cannot reach itself", ref)
        peering = circuit.peerings.azure_private_peering
        if peering is not None:
            where = (*path, "peerings", "AzurePrivatePeering")
            _check_ends(peering, declaration, names, where)
            links = _links(peering, names, where)
            for i, (one, _) in enumerate(links):
                for other_link, at in links[i + 1 :]:
                    if one.overlaps(other_link):
                        names.problems.add(at, f"overlaps the other link's {one}", str(other_link))


def _check_ends(peering: PrivatePeering, declaration: Declaration, names: Names, path: Path) -> None:
    asn = peering.peer_asn
    if asn is not None and asn in EXPRESSROUTE:
        names.problems.add(
            (*path, "peerASN"), "an ASN reserved by Azure is refused on a circuit", asn, rule="A7"
        )
    peer = peering.peer
    ends: list[tuple[str | None, Path]]
    if isinstance(peer, CircuitEnds):
        ends = [(peer.primary, (*path, "peer", "primary")), (peer.secondary, (*path, "peer", "secondary"))]
    else:
        ends = [(peer, (*path, "peer"))]
    for ref, where in ends:
        device = names.need("devices", ref, where) if ref is not None else None
        if device is None:
            continue
        bgp = declaration.topology.devices[device].bgp
        if bgp is None:
            names.problems.find("no-session", where, f"device {device!r} declares no bgp: no session", "E1")
        elif bgp.asn in EXPRESSROUTE:
            names.problems.add(
                ("devices", device, "bgp", "asn"),
                "an ASN reserved by Azure is refused on a circuit",
                bgp.asn,
                rule="A7",
            )
        elif asn is not None and asn != bgp.asn:
            names.problems.find(
                "asn-mismatch",
                (*path, "peerASN"),
                f"AS {asn} expected, device {device!r} has AS {bgp.asn}",
                "A7",
            )


def _links(peering: PrivatePeering, names: Names, path: Path) -> list[tuple[Prefix, Path]]:
    """The link prefixes that are well formed, with where they stand."""
    given: list[tuple[str | None, Path, int, int]] = [
        (peering.primary_peer_address_prefix, (*path, "primaryPeerAddressPrefix"), 4, 30),
        (peering.secondary_peer_address_prefix, (*path, "secondaryPeerAddressPrefix"), 4, 30),
    ]
    six = peering.ipv6_peering_config
    if six is not None:
        where = (*path, "ipv6PeeringConfig")
        given += [
            (six.primary_peer_address_prefix, (*where, "primaryPeerAddressPrefix"), 6, 126),
            (six.secondary_peer_address_prefix, (*where, "secondaryPeerAddressPrefix"), 6, 126),
        ]
    links = []
    for text, at, family, length in given:
        prefix = prefix_at(text, at, names.problems) if text is not None else None
        if prefix is None:
            continue
        if prefix.family != family or prefix.length != length:
            names.problems.add(at, f"a link is an IPv{family} /{length}", text, rule="E1")
        links.append((prefix, at))
    return links
