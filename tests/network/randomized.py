"""Random topologies that hang together, and random changes of them, as hypothesis strategies.

Two hubs with gateways, spokes whose space may be shared, overlapping or dual-stack, meshes by tag, by name and by
glob, hub-and-spoke configurations, private endpoints, user routes, a circuit with a router behind it. A change may
also be one that Azure refuses: then both ways of computing it have to refuse.
"""

from typing import Any

from hypothesis import strategies as st

from routeng.model.patch import merge_patch

Json = dict[str, Any]
SPOKES = [f"s{i}" for i in range(6)]
REGIONS = ["r1", "r2"]
OTHER_SPACES = [
    "10.1.0.0/16",
    "10.2.0.0/24",
    "10.3.0.0/25",
    "10.1.128.0/17",
    "192.168.0.0/16",
    "172.20.0.0/16",
]
PREFIXES = [
    *OTHER_SPACES,
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.100.0.0/16",
    "10.2.0.8/32",
    "172.20.1.0/24",
    "fd00:2::/48",
]
HIGH_SCALE = "Microsoft.Network/AllowHighScaleConnectedGroup"

seldom = st.sampled_from([False, False, False, True])
often = st.sampled_from([True, True, True, False])


@st.composite
def topologies(draw: Any) -> Json:
    """A document; a few are refused, because spaces of peers overlap."""
    spokes = SPOKES[: draw(st.integers(2, 5))]
    doc: Json = {
        "routeng": 1,
        "virtualNetworks": {
            **{name: draw(spoke(name)) for name in spokes},
            "hub": _hub(100, draw(st.sampled_from(REGIONS))),
            "hub2": _hub(101, "r2"),
        },
        "routeTables": {name: draw(route_tables()) for name in ("rt1", "rt2")},
        "features": {HIGH_SCALE: draw(st.booleans())},
        "networkManagers": {"avnm": draw(managers(spokes))},
    }
    if draw(often):
        doc |= draw(gateways())
        near = draw(st.lists(st.sampled_from(spokes), unique=True))
        if near:
            doc["peerings"] = [{"hub": "hub", "spokes": near, "gatewayTransit": draw(st.booleans())}]
    else:
        doc["peerings"] = [{"vnets": ["hub", "hub2"]}]
    if draw(seldom):
        doc["virtualNetworks"]["hub"]["subnets"]["GatewaySubnet"]["routeTable"] = "rt1"
    if draw(seldom):
        doc["virtualNetworks"]["hub"]["summarizedGatewayPrefixes"] = ["10.0.0.0/14"]
    doc["privateEndpoints"] = {
        f"pe-{name}": {"subnet": f"{name}/a", "ip": _inside(doc["virtualNetworks"][name])}
        for name in spokes
        if draw(seldom)
    }
    if draw(seldom):
        one, two = draw(st.permutations(spokes))[:2]
        doc["virtualNetworks"][one]["virtualNetworkPeerings"] = {f"to-{two}": draw(half(two))}
        doc["virtualNetworks"][two]["virtualNetworkPeerings"] = {f"to-{one}": draw(half(one))}
    return doc


def _hub(number: int, region: str) -> Json:
    return {
        "location": region,
        "addressSpace": [f"10.{number}.0.0/16"],
        "subnets": {
            "GatewaySubnet": {"addressPrefix": f"10.{number}.0.0/26"},
            "RouteServerSubnet": {"addressPrefix": f"10.{number}.2.0/26"},
            "vm": {"addressPrefix": f"10.{number}.1.0/24"},
        },
    }


def _inside(vnet: Json) -> str:
    network = vnet["subnets"]["a"]["addressPrefix"]
    text = network if isinstance(network, str) else network[0]
    return text.rpartition(".")[0] + ".8"


@st.composite
def spoke(draw: Any, name: str) -> Json:
    number = int(name[1:])
    own = f"10.{number}.0.0/24"
    space = [own if draw(often) else draw(st.sampled_from(OTHER_SPACES))]
    if draw(seldom):
        space.append(f"10.{50 + number}.0.0/24")
    base = space[0].partition("/")[0].rpartition(".")[0]
    subnets: Json = {"a": {"addressPrefix": f"{base}.0/26"}}
    if draw(st.booleans()):
        subnets["b"] = {"addressPrefix": f"{base}.64/26"}
    if draw(seldom):
        space.append(f"fd00:{number}::/48")
        subnets["a"]["addressPrefix"] = [f"{base}.0/26", f"fd00:{number}::/64"]
    for subnet in subnets.values():
        if draw(st.booleans()):
            subnet["routeTable"] = draw(st.sampled_from(["rt1", "rt2"]))
        if draw(seldom):
            subnet["privateEndpointNetworkPolicies"] = "RouteTableEnabled"
        if draw(seldom):
            subnet["serviceEndpoints"] = ["Microsoft.Storage"]
    return {
        "addressSpace": space,
        "location": draw(st.sampled_from(REGIONS)),
        "tags": draw(st.sampled_from([{}, {"mesh": "1"}, {"mesh": "1"}, {"mesh": "2"}])),
        "privateEndpointVNetPolicies": draw(st.sampled_from(["Disabled", "Basic"])),
        "subnets": subnets,
    }


@st.composite
def route_tables(draw: Any) -> Json:
    routes = []
    for prefix in draw(st.lists(st.sampled_from(PREFIXES), unique=True, max_size=4)):
        hop = draw(st.sampled_from(["VirtualAppliance", "None", "Internet", "VirtualNetworkGateway"]))
        route: Json = {"addressPrefix": prefix, "nextHopType": hop}
        if hop == "VirtualAppliance":
            route["nextHopIpAddress"] = "fd00::4" if ":" in prefix else "10.100.1.4"
        routes.append(route)
    return {
        "routes": routes,
        "disableBgpRoutePropagation": draw(seldom),
        "disablePeeringRoute": "All" if draw(seldom) else "None",
    }


@st.composite
def half(draw: Any, remote: str) -> Json:
    made: Json = {"remoteVirtualNetwork": remote, "allowForwardedTraffic": draw(st.booleans())}
    if not draw(often):
        made["peeringState"] = "Disconnected"
    if draw(seldom):
        made["remoteAddressSpace"] = ["10.77.0.0/24"]
    return made


@st.composite
def managers(draw: Any, spokes: list[str]) -> Json:
    names = draw(st.lists(st.sampled_from(spokes), unique=True, min_size=1))
    members = draw(st.sampled_from([names, ["s?"], {"where": {"name": "s*"}}]))
    hub: Json = {
        "connectivityTopology": "HubAndSpoke",
        "hubs": ["hub2"],
        "appliesToGroups": [
            {
                "networkGroup": "named",
                "groupConnectivity": draw(st.sampled_from(["None", "DirectlyConnected"])),
                "useHubGateway": draw(st.booleans()),
            }
        ],
        "deployedRegions": draw(deployed),
        "deleteExistingPeering": draw(seldom),
    }
    return {
        "networkGroups": {
            "tagged": {"members": {"where": {"tags.mesh": draw(st.sampled_from(["1", ["1", "2"]]))}}},
            "named": {"members": members},
        },
        "connectivityConfigurations": {"mesh": draw(mesh()), **({"hub": hub} if draw(st.booleans()) else {})},
    }


deployed = st.sampled_from([REGIONS, REGIONS, ["r1"], ["r2"], []])


@st.composite
def mesh(draw: Any) -> Json:
    groups = draw(st.sampled_from([["tagged"], ["tagged"], ["tagged", "named"]]))
    return {
        "connectivityTopology": "Mesh",
        "appliesToGroups": [{"networkGroup": g, "groupConnectivity": "DirectlyConnected"} for g in groups],
        "isGlobal": draw(st.booleans()),
        "deployedRegions": draw(deployed),
        "connectivityCapabilities": {
            "connectedGroupAddressOverlap": draw(st.sampled_from(["Allowed", "Disallowed"]))
        },
    }


@st.composite
def gateways(draw: Any) -> Json:
    """An ExpressRoute gateway in ``hub`` behind a router, a VPN gateway with static prefixes in ``hub2``."""
    announced = draw(
        st.lists(st.sampled_from(["172.20.0.0/16", "10.2.0.0/25", "0.0.0.0/0", "10.0.0.0/8"]), unique=True)
    )
    doc: Json = {
        "virtualNetworkGateways": {
            "er": {
                "gatewayType": "ExpressRoute",
                "vnet": "hub",
                "bgpAddresses": ["10.100.0.12", "10.100.0.13"],
            }
        },
        "expressRouteCircuits": {
            "circuit": {
                "peerings": {
                    "AzurePrivatePeering": {
                        "primaryPeerAddressPrefix": "192.0.2.0/30",
                        "secondaryPeerAddressPrefix": "192.0.2.4/30",
                        "peer": "ce",
                    }
                }
            }
        },
        "devices": {"ce": {"kind": "onprem", "bgp": {"asn": 65100, "networks": announced}}},
        "connections": {
            "c": {"connectionType": "ExpressRoute", "virtualNetworkGateway1": "er", "peer": "circuit"}
        },
    }
    if draw(st.booleans()):
        doc["devices"]["nva"] = {
            "kind": "nva", "subnet": "hub/vm", "ip": "10.100.1.4", "bgp": {"asn": 65001, "networks": ["10.66.0.0/16"]},
        }  # fmt: skip
        doc["routeServers"] = {
            "ars": {
                "subnet": "hub/RouteServerSubnet",
                "virtualRouterIps": ["10.100.2.4", "10.100.2.5"],
                "allowBranchToBranchTraffic": draw(st.booleans()),
                "bgpConnections": {"nva": {"peer": "nva"}},
            }
        }
    if draw(st.booleans()):
        doc["virtualNetworkGateways"]["vpn"] = {
            "gatewayType": "Vpn",
            "vnet": "hub2",
            "publicIPAddresses": ["20.0.0.1"],
        }
        doc["localNetworkGateways"] = {"site": {"addressPrefixes": ["198.51.100.0/24", "10.3.0.0/26"]}}
        doc["connections"]["t"] = {
            "connectionType": "IPsec", "virtualNetworkGateway1": "vpn", "localNetworkGateway2": "site",
        }  # fmt: skip
    return doc


@st.composite
def changes(draw: Any, doc: Json) -> Json:
    """A merge patch of one to three changes, each of a kind that plans consist of."""
    patch: Json = {}
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(KINDS))
        patch = merge_patch_of_patches(patch, kind(draw, merge_patch(doc, patch)))
    return patch


def merge_patch_of_patches(one: Json, two: Json) -> Json:
    """One patch that does what two in turn do."""
    out = dict(one)
    for key, value in two.items():
        old = out.get(key)
        out[key] = (
            merge_patch_of_patches(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return out


def _spokes(doc: Json) -> list[str]:
    return [n for n in doc["virtualNetworks"] if n in SPOKES]


def _a_spoke(draw: Any, doc: Json) -> str:
    return str(draw(st.sampled_from(_spokes(doc) or ["hub"])))


def _vnet(name: str, change: Any) -> Json:
    return {"virtualNetworks": {name: change}}


def _add_vnet(draw: Any, doc: Json) -> Json:
    free = [n for n in SPOKES if n not in doc["virtualNetworks"]] or SPOKES[:1]
    name = draw(st.sampled_from(free))
    made = draw(spoke(name))
    if draw(seldom):
        made["virtualNetworkPeerings"] = {"to-hub2": draw(half("hub2"))}
        back = {"virtualNetworkPeerings": {f"to-{name}": draw(half(name))}}
        return {"virtualNetworks": {name: made, "hub2": back}}
    return _vnet(name, made)


def _remove_vnet(draw: Any, doc: Json) -> Json:
    name = _a_spoke(draw, doc)
    patch = _vnet(name, None)
    ends = [n for n, e in doc.get("privateEndpoints", {}).items() if e["subnet"].startswith(f"{name}/")]
    if ends:
        patch["privateEndpoints"] = dict.fromkeys(ends)
    peerings = [
        {**p, "spokes": [s for s in p["spokes"] if s != name]} if "spokes" in p else p
        for p in doc.get("peerings", [])
    ]
    if peerings != doc.get("peerings", []):
        patch["peerings"] = peerings
    return patch


def _replace_vnet(draw: Any, doc: Json) -> Json:
    name = _a_spoke(draw, doc)
    return _vnet(name, draw(spoke(name))) if name != "hub" else {}


def _tags(draw: Any, doc: Json) -> Json:
    return _vnet(_a_spoke(draw, doc), {"tags": {"mesh": draw(st.sampled_from(["1", "2", None]))}})


def _space(draw: Any, doc: Json) -> Json:
    name = draw(st.sampled_from(sorted(doc["virtualNetworks"])))
    more = draw(st.sampled_from([*OTHER_SPACES, "10.200.0.0/16"]))
    return _vnet(name, {"addressSpace": [*doc["virtualNetworks"][name]["addressSpace"], more]})


def _location(draw: Any, doc: Json) -> Json:
    return _vnet(_a_spoke(draw, doc), {"location": draw(st.sampled_from(REGIONS))})


def _subnet(draw: Any, doc: Json) -> Json:
    name = _a_spoke(draw, doc)
    table = draw(st.sampled_from(["rt1", "rt2", None]))
    inner = next(iter(doc["virtualNetworks"][name]["subnets"]))
    return _vnet(name, {"subnets": {inner: {"routeTable": table}}})


def _gateway_subnet(draw: Any, doc: Json) -> Json:
    table = draw(st.sampled_from(["rt1", "rt2", None]))
    return _vnet("hub", {"subnets": {"GatewaySubnet": {"routeTable": table}}})


def _summaries(draw: Any, doc: Json) -> Json:
    name = draw(st.sampled_from(["hub", "hub", _a_spoke(draw, doc)]))
    return _vnet(name, {"summarizedGatewayPrefixes": draw(st.sampled_from([["10.0.0.0/14"], None]))})


def _hub_wan(draw: Any, doc: Json) -> Json:
    joined = {
        n: {"remoteVirtualNetwork": n}
        for n in draw(st.sets(st.sampled_from(_spokes(doc) or ["hub2"]), max_size=2))
    }
    if draw(seldom):
        return {"virtualHubs": {"wan": None}} if "virtualHubs" in doc else {}
    return {
        "virtualHubs": {"wan": {"addressPrefix": "10.250.0.0/23", "hubVirtualNetworkConnections": joined}}
    }


def _route(draw: Any, doc: Json) -> Json:
    return {"routeTables": {draw(st.sampled_from(["rt1", "rt2"])): draw(route_tables())}}


def _half(draw: Any, doc: Json) -> Json:
    for name, vnet in doc["virtualNetworks"].items():
        for key, held in vnet.get("virtualNetworkPeerings", {}).items():
            if draw(st.booleans()):
                state = draw(st.sampled_from(["Connected", "Disconnected"]))
                return _vnet(name, {"virtualNetworkPeerings": {key: {"peeringState": state}}})
            return _vnet(name, {"virtualNetworkPeerings": {key: draw(half(held["remoteVirtualNetwork"]))}})
    one, two = _a_spoke(draw, doc), "hub2"
    return {
        "virtualNetworks": {
            one: {"virtualNetworkPeerings": {"x": draw(half(two))}},
            two: {"virtualNetworkPeerings": {"x": draw(half(one))}},
        }
    }


def _peerings(draw: Any, doc: Json) -> Json:
    near = draw(st.lists(st.sampled_from(_spokes(doc)), unique=True)) if _spokes(doc) else []
    return {"peerings": [{"hub": "hub", "spokes": near, "gatewayTransit": draw(st.booleans())}]}


def _deploy(draw: Any, doc: Json) -> Json:
    config = {"deployedRegions": draw(deployed), "isGlobal": draw(st.booleans())}
    return {"networkManagers": {"avnm": {"connectivityConfigurations": {"mesh": config}}}}


def _managers(draw: Any, doc: Json) -> Json:
    return {"networkManagers": {"avnm": draw(managers(_spokes(doc) or ["hub"]))}}


def _endpoint(draw: Any, doc: Json) -> Json:
    name = _a_spoke(draw, doc)
    subnets = doc["virtualNetworks"][name]["subnets"]
    if draw(seldom) or "a" not in subnets:
        return {"privateEndpoints": {f"pe-{name}": None}}
    made = {"subnet": f"{name}/a", "ip": _inside(doc["virtualNetworks"][name])}
    return {"privateEndpoints": {f"pe-{name}": made}}


def _policies(draw: Any, doc: Json) -> Json:
    value = draw(st.sampled_from(["Disabled", "Basic"]))
    return _vnet(_a_spoke(draw, doc), {"privateEndpointVNetPolicies": value})


def _features(draw: Any, doc: Json) -> Json:
    return {"features": {HIGH_SCALE: draw(st.booleans())}, "note": draw(st.sampled_from(["a", "b"]))}


def _gateway(draw: Any, doc: Json) -> Json:
    if "virtualNetworkGateways" not in doc:
        return draw(gateways())  # type: ignore[no-any-return]
    if draw(st.booleans()):
        return {
            "devices": {
                "ce": {"bgp": {"networks": draw(st.lists(st.sampled_from(PREFIXES[:7]), unique=True))}}
            }
        }
    if draw(st.booleans()):
        return {
            "virtualNetworkGateways": {"er": {"adminState": draw(st.sampled_from(["Enabled", "Disabled"]))}}
        }
    return {"connections": {"c": None}} if "c" in doc.get("connections", {}) else {}


def _profile(draw: Any, doc: Json) -> Json:
    switches = {"PEER-12": "local-only", "AVNM-3": "hub-in", "PE-9": "kept", "system-none-routes": "2018"}
    name = draw(st.sampled_from(sorted(switches)))
    return {"profile": {name: draw(st.sampled_from([switches[name], None]))}}


KINDS = [
    _add_vnet, _add_vnet, _remove_vnet, _replace_vnet, _tags, _tags, _space, _location, _subnet, _route, _route, _half,
    _half, _gateway_subnet, _summaries, _hub_wan, _peerings, _deploy, _managers, _endpoint, _policies, _features,
    _gateway, _profile,
]  # fmt: skip
