"""Autonomous system numbers that Azure refuses on its peers (A7, A8)."""

from __future__ import annotations

from routeng.model.addresses import Path
from routeng.model.problems import Problems

AZURE = frozenset({8074, 8075, 12076, 65515, 65517, 65518, 65519, 65520})
"""Reserved by Azure: refused on an appliance or an on-premises VPN peer (A7)."""

IANA = frozenset({23456, *range(64496, 64512), *range(65535, 65552)})
"""Reserved by IANA: refused likewise (A7; RFC 5398, RFC 6793, RFC 7300)."""

EXPRESSROUTE = frozenset(range(65515, 65521))
"""Refused on the customer side of a private peering (A7)."""


def check_peer_asn(asn: int, path: Path, problems: Problems) -> None:
    """The ASN of an appliance or an on-premises VPN device, as its Azure side sees it."""
    if asn in AZURE or asn in IANA:
        owner = "Azure" if asn in AZURE else "IANA"
        problems.add(path, f"an ASN reserved by {owner} is refused on a peer", asn, rule="A7")


def check_two_bytes(asn: int, path: Path, problems: Problems) -> None:
    """Documents give two bytes to the peers of a route server (A8); a recording shows AS 65555, so it is no error."""
    if asn > 0xFFFF:
        problems.find(
            "four-byte-asn", path, f"AS {asn}: documented as refused by route servers, seen to work", "A8"
        )
