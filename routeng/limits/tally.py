"""What each virtual network declares, counted in one pass, VNets alike together.

Large networks are many alike VNets. The limits of VNets are entered group by group, so that their cost is
that of this one pass however many limits there are.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from routeng.limits.view import View
from routeng.model.declaration import PeeringDecl


class Facts(NamedTuple):
    """The counts of one VNet. ``smallest``: the longest IPv4 prefix of its subnets; ``odd_links``: some peering is
    a subnet peering or a second link to the same VNet.
    """

    subnets: int
    halves: int
    remote_gateways: int
    odd_links: bool
    dns_servers: int
    endpoints: int
    high_scale: bool
    subscription: str | None
    region: str
    smallest: int


_NO_LINKS = (0, False)


def _links(peerings: tuple[PeeringDecl, ...]) -> tuple[int, bool]:
    """How many of the halves use remote gateways, and whether some link is odd (see :class:`Facts`)."""
    uses = 0
    odd = len(peerings) > 1 and len({half.remote for half in peerings}) < len(peerings)
    for half in peerings:
        declared = half.declared
        uses += declared.use_remote_gateways
        if not declared.peer_complete_vnets:
            odd = True
    return uses, odd


class Tally:
    """The VNets of a declaration, grouped by :class:`Facts`."""

    def __init__(self, view: View) -> None:
        subscription = view.topology.defaults.subscription
        default = subscription.lower() if subscription else None
        one_by_one = Counter(map(attrgetter("vnet"), view.declaration.endpoints.values()))
        # Plain tuples while counting: making a named one for each of thousands of alike VNets costs more than
        # the counting.
        groups: dict[tuple[object, ...], list[str]] = {}
        for name, vnet in view.declaration.vnets.items():
            declared = vnet.declared
            endpoints = declared.private_endpoint_count + one_by_one.get(name, 0)
            smallest = 0
            for subnet in vnet.subnets.values():
                endpoints += subnet.declared.private_endpoint_count
                for prefix in subnet.prefixes:
                    if prefix.length > smallest and prefix.family == 4:
                        smallest = prefix.length
            peerings = vnet.peerings
            key = (
                len(vnet.subnets),
                len(peerings),
                *(_links(peerings) if peerings else _NO_LINKS),
                len(declared.dns_servers),
                endpoints,
                declared.private_endpoint_vnet_policies == "Basic",
                view.subscription(declared) if declared.subscription or declared.id else default,
                vnet.location,
                smallest,
            )
            if key in groups:
                groups[key].append(name)
            else:
                groups[key] = [name]
        self.groups: dict[Facts, list[str]] = {Facts._make(key): names for key, names in groups.items()}

    @cached_property
    def endpoints(self) -> dict[str, int]:
        """Private endpoints of every VNet that has some: VNet and subnet counts and those declared one by one."""
        return {
            name: facts.endpoints for facts, names in self.groups.items() if facts.endpoints for name in names
        }

    @cached_property
    def high_scale(self) -> frozenset[str]:
        """VNets with high-scale private endpoints (privateEndpointVNetPolicies Basic, PE-8)."""
        return frozenset(name for facts, names in self.groups.items() if facts.high_scale for name in names)
