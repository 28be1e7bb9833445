"""Meshes of any size: one subnet and one /24 a VNet, at most 5,000 VNets a mesh."""

from __future__ import annotations

from routeng.gallery.addresses import block, digits
from routeng.gallery.mesh_migration import FEATURE
from routeng.gallery.registry import Document, Example, Option

MESH_SIZE = 5000
"""Most VNets of one connected group (AVNM-14)."""


def mesh(vnets: int, endpoints: int, form: str = "objects") -> Document:
    """``vnets`` VNets in as many meshes of up to 5,000 as they need, with ``endpoints`` spread evenly.

    ``form`` "objects" declares each endpoint, "counts" only their number per subnet.
    """
    width = digits(vnets, 5)
    meshes = -(-vnets // MESH_SIZE)
    groups: Document = {}
    configurations: Document = {}
    for number in range(1, meshes + 1):
        groups[f"mesh-{number}"] = {"members": {"where": {"tags.mesh": str(number)}}}
        configurations[f"mesh-{number}"] = {
            "connectivityTopology": "Mesh",
            "appliesToGroups": [{"networkGroup": f"mesh-{number}", "groupConnectivity": "DirectlyConnected"}],
            "connectivityCapabilities": {"connectedGroupPrivateEndpointsScale": "HighScale"},
            "deployedRegions": ["eastus"],
        }
    networks: Document = {}
    declared: Document = {}
    each, rest = divmod(endpoints, vnets)
    if each + (1 if rest else 0) > 247:
        raise ValueError(
            f"endpoints: a /24 holds 247 of them beside one free address, not {each + bool(rest)}"
        )
    for i in range(vnets):
        base = block(i, 0)
        name = f"vnet{i + 1:0{width}d}"
        held = each + (1 if i < rest else 0)
        subnet: Document = {"addressPrefix": f"{base}.0/24"}
        if held:
            subnet["privateEndpointNetworkPolicies"] = "Enabled"
            if form == "counts":
                subnet["privateEndpointCount"] = held
            else:
                for k in range(held):
                    declared[f"pe-{name}-{k + 1}"] = {"subnet": f"{name}/workload", "ip": f"{base}.{8 + k}"}
        networks[name] = {
            "addressSpace": [f"{base}.0/24"],
            "tags": {"mesh": str(i // MESH_SIZE + 1)},
            "privateEndpointVNetPolicies": "Basic",
            "subnets": {"workload": subnet},
        }
    document: Document = {
        "routeng": 1,
        "name": f"{vnets} VNets in {meshes} mesh{'es' if meshes > 1 else ''}, {endpoints} private endpoints",
        "defaults": {"location": "eastus"},
        "virtualNetworks": networks,
        "networkManagers": {"avnm": {"networkGroups": groups, "connectivityConfigurations": configurations}},
        "features": {FEATURE: True},
    }
    if declared:
        document["privateEndpoints"] = declared
    return document


def _build(vnets: int, endpoints: int, form: str) -> dict[str, Document]:
    return {"mesh-of-any-size.json": mesh(vnets, endpoints, form)}


EXAMPLES = (
    Example(
        name="mesh",
        title="A mesh of any size, for measuring",
        shows="Every VNet has one /24, one subnet and a share of the private endpoints. Above 5,000 VNets "
        "there are several meshes of 5,000.",
        options=(
            Option("vnets", 1000, "number of VNets", least=1, most=65536),
            Option("endpoints", 0, "private endpoints in all", least=0, most=1_000_000),
            Option(
                "form", "objects", "private endpoints as counts or one by one", choices=("objects", "counts")
            ),
        ),
        builder=_build,
    ),
)
