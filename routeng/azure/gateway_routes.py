"""Gateway routes on NICs: what gateways and route servers program into the subnets they serve.

A VNet takes its gateway routes from one place (GW-5): the route server if it has one, else the ExpressRoute
gateway, else the VPN gateway. This file says which of their routes reach NICs and with which next hops; what a
single subnet does to them (propagation, own and peered space, user routes) is the business of the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from routeng.azure.advertised import Spaces
from routeng.azure.instances import Nodes, public_addresses
from routeng.azure.rules import Rule
from routeng.lpm import Prefix

RULES = (
    Rule("GW-1", "Gateways and route servers add a row per learned or static prefix to all subnets of their VNet.",
         "documented", "UDR, ARSFAQ"),
    Rule("GW-2", "Next hops on NICs: an MSEE address for ExpressRoute, the gateway's public address for"
         " active-standby VPN, the instance addresses for active-active VPN, the appliance for route-server routes.",
         "recorded", "L1, L2, L5, L7"),
    Rule("C-7", "Static prefixes of a local network gateway vanish from NICs while their connection is down; an"
         " active-active gateway shows them once per instance.", "recorded", "C-7"),
    Rule("C-8", "A point-to-site pool is a row with an address of the platform as next hop.", "recorded", "C-8"),
)  # fmt: skip

Kind = Literal["er", "vpn", "nva", "static", "p2s", "vwan"]


class NicRoute(msgspec.Struct, frozen=True):
    """One gateway route as programmed into NICs.

    ``next_hops`` holds one entry per next hop, None where Azure shows an address that nothing declares.
    ``rule`` is the id of the rule that programs it, ``note`` what stands behind it.
    """

    prefix: Prefix
    next_hops: tuple[str | None, ...]
    kind: Kind
    rule: str
    note: str = ""


def vpn_next_hops(nodes: Nodes, gateway: str) -> tuple[str | None, ...]:
    """What NICs show for a VPN gateway: instance addresses if active-active, else its public address (GW-2)."""
    declared = nodes.declaration.topology.virtual_network_gateways[gateway]
    if declared.active_active:
        return tuple(_real(nodes, i.address) for i in nodes.of(gateway))
    public = public_addresses(declared)
    return (public[0] if public else None,)


def static_routes(nodes: Nodes, spaces: Spaces, gateway: str) -> Iterator[NicRoute]:
    """Routes of a VPN gateway that need no BGP: static prefixes, peer addresses, point-to-site pools."""
    hops = vpn_next_hops(nodes, gateway)
    for route in spaces.tunnel_routes(gateway):
        if route.kind == "host":
            yield NicRoute(route.prefix, hops, "static", "C-6", "address of a BGP peer")
        else:
            yield NicRoute(
                route.prefix, hops, "static", "C-7", "static route of " + ", ".join(sorted(route.tunnels))
            )
    yield from pools(nodes, gateway)


def pools(nodes: Nodes, gateway: str) -> Iterator[NicRoute]:
    """The point-to-site pools of a VPN gateway (C-8)."""
    declared = nodes.declaration.topology.virtual_network_gateways[gateway]
    public = public_addresses(declared)
    hop = public[0] if public and not declared.active_active else None
    for pool in declared.vpn_client_address_pool:
        yield NicRoute(Prefix(pool), (hop,), "p2s", "C-8", f"point-to-site pool of {gateway}")


def _real(nodes: Nodes, address: str) -> str | None:
    return address if nodes.addresses.label(address) == address else None
