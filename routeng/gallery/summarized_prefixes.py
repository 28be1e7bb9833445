"""A hub whose spokes exceed what a gateway may advertise, before and after one summary replaces them
(G1..G8).
"""

from __future__ import annotations

import copy

from routeng.gallery.addresses import HUB_BLOCKS, block, digits
from routeng.gallery.registry import Document, Example, Option

SUMMARY_V4 = "10.0.0.0/8"
SUMMARY_V6 = "fd00:db8::/32"


def hub_with_spokes(spokes: int, prefixes: int, *, dual_stack: bool) -> Document:
    """A hub with an ExpressRoute gateway and ``spokes`` spokes of ``prefixes`` /24s each.

    Dual stack adds one IPv6 /48 a VNet, and a /64 to the GatewaySubnet, without which the gateway announces
    no IPv6 at all (C-26).
    """
    gateway_subnet = ["10.0.0.0/26"]
    space = ["10.0.0.0/22"]
    if dual_stack:
        space.append("fd00:db8::/48")
        gateway_subnet.append("fd00:db8::/64")
    networks: Document = {
        "hub": {"addressSpace": space, "subnets": {"GatewaySubnet": {"addressPrefix": gateway_subnet}}}
    }
    width = digits(spokes)
    names = [f"spoke{i + 1:0{width}d}" for i in range(spokes)]
    for i, name in enumerate(names):
        own = [f"{block(i * prefixes + k, HUB_BLOCKS)}.0/24" for k in range(prefixes)]
        workload = [own[0].replace("/24", "/25")]
        if dual_stack:
            own.append(f"fd00:db8:{i + 1:x}::/48")
            workload.append(f"fd00:db8:{i + 1:x}::/64")
        networks[name] = {"addressSpace": own, "subnets": {"workload": {"addressPrefix": workload}}}
    return {
        "routeng": 1,
        "name": f"hub of {spokes} spokes with {prefixes} prefixes each"
        + (", dual stack" if dual_stack else ""),
        "defaults": {"location": "northeurope"},
        "virtualNetworks": networks,
        "peerings": [{"hub": "hub", "spokes": names, "gatewayTransit": True, "allowForwardedTraffic": True}],
        "virtualNetworkGateways": {"ergw": {"gatewayType": "ExpressRoute", "vnet": "hub", "sku": "ErGw2AZ"}},
        "expressRouteCircuits": {
            "circuit": {
                "peeringLocation": "Dublin",
                "sku": "Standard",
                "bandwidthInMbps": 1000,
                "peerings": {"AzurePrivatePeering": {"peer": "ce"}},
            }
        },
        "connections": {
            "ergw-circuit": {
                "connectionType": "ExpressRoute",
                "virtualNetworkGateway1": "ergw",
                "peer": "circuit",
            }
        },
        "devices": {"ce": {"kind": "onprem", "bgp": {"asn": 65000, "networks": ["172.16.0.0/12"]}}},
        "probes": {"vm": {"subnet": f"{names[0]}/workload"}, "dc": {"device": "ce", "ip": "172.16.0.10"}},
    }


def _build(spokes: int, prefixes: int, stack: str) -> dict[str, Document]:
    dual = stack == "dual"
    suffix = "-dual-stack" if dual else ""
    summaries = [SUMMARY_V4, SUMMARY_V6] if dual else [SUMMARY_V4]
    before = hub_with_spokes(spokes, prefixes, dual_stack=dual)
    after = copy.deepcopy(before)
    after["name"] += ", summarized"
    after["virtualNetworks"]["hub"]["summarizedGatewayPrefixes"] = summaries
    plan: Document = {
        "routengPlan": 1,
        "base": f"summarized-prefixes-before{suffix}.json",
        "check": {"flows": [[f"{_first_spoke(before)}/workload", "ce"]], "limits": True},
        "steps": [
            {
                "id": "1",
                "title": "summarize what the gateway advertises",
                "merge": {"virtualNetworks": {"hub": {"summarizedGatewayPrefixes": summaries}}},
                "expect": [
                    {"limit": f"er.prefixes_to_onprem_{family}", "breached": False}
                    for family in (("v4", "v6") if dual else ("v4",))
                ],
                "rollback": {"merge": {"virtualNetworks": {"hub": {"summarizedGatewayPrefixes": None}}}},
            },
        ],
    }
    return {
        f"summarized-prefixes-before{suffix}.json": before,
        f"summarized-prefixes-after{suffix}.json": after,
        f"summarized-prefixes-plan{suffix}.json": plan,
    }


def _first_spoke(document: Document) -> str:
    return next(str(name) for name in document["virtualNetworks"] if name != "hub")


EXAMPLES = (
    Example(
        name="summarized-prefixes",
        title="A gateway past its 1,000 prefixes, and one summary that brings it down to 1",
        shows="490 spokes of three prefixes and the hub make 1,471 advertised IPv4 prefixes; past 1,000 the "
        "connection to the circuit goes down (L2). With summarizedGatewayPrefixes the gateway "
        "advertises 10.0.0.0/8 alone. The dual-stack variant does the same for 491 IPv6 prefixes "
        "against 100. The plan takes the step and shows what taking it back would do.",
        options=(
            Option("spokes", 490, "number of spokes", least=1, most=5000),
            Option("prefixes", 3, "IPv4 prefixes per spoke", least=1, most=12),
            Option("stack", "ipv4", "address families", choices=("ipv4", "dual")),
        ),
        builder=_build,
    ),
)
