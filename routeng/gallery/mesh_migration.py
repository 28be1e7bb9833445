"""Two hubs whose spokes reach each other by hairpin at the MSEE, and the mesh that replaces it, with its
plan.

The base is built so that the checks have something to say (H5, H7, PE-8): both hubs stand at their 500
peerings, on-premises announces 10.0.0.0/8, which is what makes spokes of one hub hairpin, endpoint subnets
have network policies Enabled, and the VNets around hub-b hold 6,000 private endpoints against 4,000.
"""

from __future__ import annotations

import copy
from typing import Any

from routeng.gallery.addresses import HUB_BLOCKS, block, digits
from routeng.gallery.registry import Document, Example, Option

FEATURE = "Microsoft.Network/AllowHighScaleConnectedGroup"
GROUP = "eastus-mesh-all-spokes"
_SIDES = ("a", "b")
_HUB = {"a": "10.0.0", "b": "10.0.4"}
_FIRST_BLOCK = {"a": HUB_BLOCKS, "b": 32768}
_ENDPOINTS = {"a": 8, "b": 12}
MOST_SPOKES = 30_000


def wave(index: int, spokes: int) -> str:
    """The wave of spoke number ``index`` (from 0) of ``spokes``: the first 5 %, the next 20 %, the rest.

    Of 500 spokes a side that makes 25, 100 and 375: waves of 50, 200 and 750 in all.
    """
    if index * 20 < spokes:
        return "1"
    return "2" if index * 4 < spokes else "3"


def spoke_names(side: str, spokes: int) -> list[str]:
    """Names of the spokes of topology ``side`` ("a" or "b")."""
    width = digits(spokes)
    return [f"spoke-{side}-{i + 1:0{width}d}" for i in range(spokes)]


def hairpin(spokes: int, endpoints: str) -> Document:
    """The state before: two hubs of ``spokes`` spokes each on one circuit, remote VNet traffic allowed."""
    networks: Document = {}
    declared: Document = {}
    for side in _SIDES:
        networks[f"hub-{side}"] = {
            "addressSpace": [f"{_HUB[side]}.0/22"],
            "tags": {"topology": side},
            "subnets": {"GatewaySubnet": {"addressPrefix": f"{_HUB[side]}.0/26"}},
        }
        for i, name in enumerate(spoke_names(side, spokes)):
            base = block(i, _FIRST_BLOCK[side])
            held: Document = {
                "addressPrefix": f"{base}.128/26",
                "privateEndpointNetworkPolicies": "Enabled",
            }
            if endpoints == "counts":
                held["privateEndpointCount"] = _ENDPOINTS[side]
            else:
                for k in range(_ENDPOINTS[side]):
                    # The first four addresses of a subnet belong to Azure (SYS-9).
                    declared[f"pe-{name[6:]}-{k + 1:02d}"] = {
                        "subnet": f"{name}/endpoints",
                        "ip": f"{base}.{132 + k}",
                    }
            networks[name] = {
                "addressSpace": [f"{base}.0/24"],
                "tags": {"topology": side, "wave": wave(i, spokes)},
                "subnets": {"workload": {"addressPrefix": f"{base}.0/25"}, "endpoints": held},
            }
    document: Document = {
        "routeng": 1,
        "name": f"two hubs of {spokes} spokes on one circuit, spoke to spoke by MSEE hairpin",
        "defaults": {"location": "eastus"},
        "virtualNetworks": networks,
        "peerings": [
            {
                "hub": f"hub-{side}",
                "spokes": spoke_names(side, spokes),
                "gatewayTransit": True,
                "allowForwardedTraffic": True,
            }
            for side in _SIDES
        ],
        "virtualNetworkGateways": {
            f"er-gw-{side}": {
                "gatewayType": "ExpressRoute",
                "vnet": f"hub-{side}",
                "sku": "ErGw3AZ",
                "allowRemoteVnetTraffic": True,
            }
            for side in _SIDES
        },
        "expressRouteCircuits": {
            "shared-circuit": {
                "peeringLocation": "Washington DC",
                "sku": "Premium",
                "bandwidthInMbps": 10000,
                "peerings": {"AzurePrivatePeering": {"peer": "ce"}},
            }
        },
        "connections": {
            f"er-gw-{side}-shared-circuit": {
                "connectionType": "ExpressRoute",
                "virtualNetworkGateway1": f"er-gw-{side}",
                "peer": "shared-circuit",
            }
            for side in _SIDES
        },
        "devices": {
            "ce": {"kind": "onprem", "bgp": {"asn": 65000, "networks": ["172.16.0.0/12", "10.0.0.0/8"]}}
        },
        "probes": {
            "vm-a1": {"subnet": f"{spoke_names('a', spokes)[0]}/workload"},
            "vm-b1": {"subnet": f"{spoke_names('b', spokes)[0]}/workload"},
            "dc": {"device": "ce", "ip": "172.16.0.10"},
        },
    }
    if declared:
        document["privateEndpoints"] = declared
    return document


def _manager(waves: str | list[str], regions: list[str], scale: str) -> Document:
    return {
        "avnm": {
            "networkGroups": {GROUP: {"members": {"where": {"tags.wave": waves}}}},
            "connectivityConfigurations": {
                "mesh": {
                    "connectivityTopology": "Mesh",
                    "isGlobal": False,
                    "appliesToGroups": [{"networkGroup": GROUP, "groupConnectivity": "DirectlyConnected"}],
                    "connectivityCapabilities": {"connectedGroupPrivateEndpointsScale": scale},
                    "deployedRegions": regions,
                }
            },
        }
    }


def mesh(spokes: int, endpoints: str) -> Document:
    """The state after the last wave: every spoke in one mesh, the hairpin still there as the way back."""
    document = copy.deepcopy(hairpin(spokes, endpoints))
    document["name"] = f"two hubs of {spokes} spokes on one circuit, all spokes in one mesh"
    for network in document["virtualNetworks"].values():
        network["privateEndpointVNetPolicies"] = "Basic"
    document["networkManagers"] = _manager(["1", "2", "3"], ["eastus"], "HighScale")
    document["features"] = {FEATURE: True}
    return document


def _step(identity: str, title: str, **what: Any) -> Document:
    return {"id": identity, "title": title, **what}


def _members(*waves: str) -> Document:
    return {"networkGroups": {GROUP: {"members": {"where": {"tags.wave": list(waves)}}}}}


def mesh_plan(
    base: str, spokes: int, *, feature: bool, high_scale: bool, scale: str = "HighScale"
) -> Document:
    """The migration step by step; ``feature`` and ``high_scale`` keep or leave out steps 0 and 1a/1b."""
    pilot, neighbour = spoke_names("a", spokes)[0], spoke_names("a", spokes)[min(1, spokes - 1)]
    remote = spoke_names("b", spokes)[0]
    pilots = 2 * sum(wave(i, spokes) == "1" for i in range(spokes))
    draft = _manager("none", [], scale)
    deployed = {"connectivityConfigurations": {"mesh": {"deployedRegions": ["eastus"]}}}
    steps: list[Document] = []
    if feature:
        steps.append(_step("0", "register high-scale mesh", merge={"features": {FEATURE: True}}))
    if high_scale:
        for number, side in (("1a", "a"), ("1b", "b")):
            change = {"where": {"tags.topology": side}, "set": {"privateEndpointVNetPolicies": "Basic"}}
            steps.append(
                _step(number, f"HSPE on topology {side.upper()}", update={"virtualNetworks": change}),
            )
    steps += [
        _step("2", "draft the mesh, not deployed", merge={"networkManagers": draft}),
        _step(
            "3.1",
            f"wave 1: {pilots} pilot spokes",
            merge={"networkManagers": {"avnm": _members("1") | deployed}},
        ),
        _step("3.2", "wave 2: light production", merge={"networkManagers": {"avnm": _members("1", "2")}}),
        _step(
            "3.3",
            "wave 3: the rest",
            merge={"networkManagers": {"avnm": _members("1", "2", "3")}},
            expect=[
                {"limit": "avnm.vnets_per_connected_group", "breached": False},
                {"limit": "avnm.private_endpoints_per_connected_group", "breached": False},
            ],
        ),
        _step(
            "4",
            "retire the hairpin after two weeks",
            after="P14D",
            merge={
                "virtualNetworkGateways": {
                    f"er-gw-{side}": {"allowRemoteVnetTraffic": False} for side in _SIDES
                },
                "devices": {"ce": {"bgp": {"networks": ["172.16.0.0/12"]}}},
            },
        ),
        _step(
            "R",
            "rollback: undeploy the mesh",
            **{"from": "3.3"},
            restores="2",
            merge={
                "networkManagers": {"avnm": {"connectivityConfigurations": {"mesh": {"deployedRegions": []}}}}
            },
        ),
    ]
    workload = f"{pilot}/workload"
    return {
        "routengPlan": 1,
        "base": base,
        "check": {
            "flows": [
                [workload, f"{neighbour}/workload"],
                [workload, f"{remote}/workload"],
                [workload, "ce"],
            ],
            "limits": True,
        },
        "steps": steps,
    }


def _build(spokes: int, endpoints: str) -> dict[str, Document]:
    return {
        "hairpin.json": hairpin(spokes, endpoints),
        "mesh.json": mesh(spokes, endpoints),
        "mesh-plan.json": mesh_plan("hairpin.json", spokes, feature=True, high_scale=True),
        "mesh-plan-without-feature.json": mesh_plan("hairpin.json", spokes, feature=False, high_scale=True),
        "mesh-plan-without-hspe.json": mesh_plan("hairpin.json", spokes, feature=True, high_scale=False),
        "mesh-plan-standard-scale.json": mesh_plan(
            "hairpin.json", spokes, feature=True, high_scale=False, scale="Standard"
        ),
    }


EXAMPLES = (
    Example(
        name="mesh-migration",
        title="From MSEE hairpin to a mesh of 1,000 spokes, step by step",
        shows="Two hubs of 500 spokes share a circuit; 8 and 12 private endpoints a spoke. After the "
        "migration every spoke reaches the 999 others directly. The nine-step plan registers the "
        "feature, turns on high-scale private endpoints, adds the spokes in waves of 50, 200 and 750 "
        "and retires the hairpin; three wrong variants leave out the feature, the endpoint setting, "
        "or use the standard scale.",
        options=(
            Option("spokes", 500, "spokes per hub", least=1, most=MOST_SPOKES),
            Option(
                "endpoints",
                "counts",
                "private endpoints as counts or one by one",
                choices=("counts", "objects"),
            ),
        ),
        builder=_build,
    ),
)
