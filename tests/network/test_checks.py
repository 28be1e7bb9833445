"""Every finding code, on the smallest network that earns it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import routeng
from routeng.checks import CODES, Finding, check
from routeng.model import loads

EXAMPLES = Path(__file__).parents[2] / "examples"


def findings(**sections: Any) -> dict[str, Finding]:
    made = routeng.compute(loads(json.dumps({"routeng": 1, **sections}).encode()))
    return {f.code: f for f in check(made)}


def vnets(count: int, **keys: Any) -> dict[str, Any]:
    return {
        f"v{i}": {
            "addressSpace": [f"10.{i}.0.0/24"],
            "location": "r",
            "subnets": {"s": {"addressPrefix": f"10.{i}.0.0/25"}},
            **keys,
        }
        for i in range(count)
    }


def mesh(*members: str, regions: tuple[str, ...] = ("r",), **keys: Any) -> dict[str, Any]:
    config = {
        "connectivityTopology": "Mesh",
        "appliesToGroups": [{"networkGroup": "g"}],
        "deployedRegions": list(regions),
    }
    return {
        "m": {
            "networkGroups": {"g": {"members": list(members)}},
            "connectivityConfigurations": {"c": {**config, **keys}},
        }
    }


def test_a_plain_network_has_no_finding() -> None:
    assert findings(virtualNetworks=vnets(2), peerings=[{"vnets": ["v0", "v1"]}]) == {}


def test_rte101_overlapping_space_is_dropped_from_the_group() -> None:
    twins = vnets(3)
    twins["v1"]["addressSpace"] = twins["v0"]["addressSpace"]
    twins["v1"]["subnets"] = {}
    found = findings(virtualNetworks=twins, networkManagers=mesh("v0", "v1", "v2"))["RTE101"]
    assert (found.severity, found.objects, found.rule) == ("warning", ("10.0.0.0/24",), "AVNM-5")


def test_rte102_an_overlapping_vnet_is_not_added_where_overlap_is_disallowed() -> None:
    twins = vnets(3)
    twins["v1"]["addressSpace"] = twins["v0"]["addressSpace"]
    twins["v1"]["subnets"] = {}
    config = {"connectivityCapabilities": {"connectedGroupAddressOverlap": "Disallowed"}}
    found = findings(virtualNetworks=twins, networkManagers=mesh("v0", "v1", "v2", **config))["RTE102"]
    assert (found.severity, found.objects) == ("error", ("v1",))


def test_rte103_high_scale_without_high_scale_endpoints_is_refused() -> None:
    high = {"connectivityCapabilities": {"connectedGroupPrivateEndpointsScale": "HighScale"}}
    found = findings(virtualNetworks=vnets(2), networkManagers=mesh("v0", "v1", **high))["RTE103"]
    assert found.refused
    assert found.objects == ("v0", "v1")
    ready = vnets(2, privateEndpointVNetPolicies="Basic")
    assert "RTE103" not in findings(virtualNetworks=ready, networkManagers=mesh("v0", "v1", **high))


def test_rte104_a_draft_changes_nothing() -> None:
    found = findings(virtualNetworks=vnets(2), networkManagers=mesh("v0", "v1", regions=()))
    assert found["RTE104"].severity == "info"


def test_rte105_members_in_a_region_without_deployment() -> None:
    spread = vnets(3)
    spread["v2"]["location"] = "elsewhere"
    found = findings(virtualNetworks=spread, networkManagers=mesh("v0", "v1", "v2"))["RTE105"]
    assert found.objects == ("v2",)


def test_rte106_a_deployment_removes_peerings() -> None:
    config = mesh("v0", "v1", deleteExistingPeering=True)
    found = findings(virtualNetworks=vnets(3), peerings=[{"vnets": ["v1", "v2"]}], networkManagers=config)[
        "RTE106"
    ]
    assert found.objects == ("v1 - v2",)


@pytest.mark.parametrize(
    ("prefix", "kept"), [("10.1.0.0/24", True), ("10.1.0.0/26", True), ("0.0.0.0/0", False)]
)
def test_rte107_user_routes_keep_a_member_from_its_group(prefix: str, kept: bool) -> None:
    routed = vnets(2)
    routed["v0"]["subnets"]["s"]["routeTable"] = "rt"
    table = {"rt": {"routes": [{"addressPrefix": prefix, "nextHopType": "Internet"}]}}
    found = findings(virtualNetworks=routed, routeTables=table, networkManagers=mesh("v0", "v1"))
    assert ("RTE107" in found) is kept


def test_rte108_spokes_outside_the_group_of_the_others() -> None:
    found = findings(
        virtualNetworks=vnets(4),
        peerings=[{"hub": "v0", "spokes": ["v1", "v2", "v3"], "gatewayTransit": True}],
        virtualNetworkGateways={"gw": {"gatewayType": "ExpressRoute", "vnet": "v0"}},
        networkManagers=mesh("v1", "v2"),
    )["RTE108"]
    assert found.objects == ("v3",)


def test_rte201_appliances_that_an_upgraded_route_server_would_refuse() -> None:
    made = routeng.compute(routeng.load(EXAMPLES / "two-hubs-full-inspection.json"))
    assert {(f.code, f.rule) for f in check(made)} == {("RTE201", "R24")}


def test_every_code_is_explained_and_refusals_come_first() -> None:
    high = {"connectivityCapabilities": {"connectedGroupPrivateEndpointsScale": "HighScale"}}
    twins = vnets(3)
    twins["v1"]["addressSpace"] = twins["v0"]["addressSpace"]
    twins["v1"]["subnets"] = {}
    made = routeng.compute(
        loads(
            json.dumps(
                {"routeng": 1, "virtualNetworks": twins, "networkManagers": mesh("v0", "v1", "v2", **high)}
            ).encode()
        )
    )
    found = check(made)
    assert found[0].code == "RTE103"
    assert {f.code for f in found} <= CODES.keys()
