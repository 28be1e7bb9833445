"""Connected groups: AVNM-4, AVNM-5, AVNM-11, AVNM-14."""

from collections.abc import Callable
from typing import Any

import pytest

from routeng.limits import LimitReport, LimitRow

Report = Callable[[dict[str, Any]], LimitReport]
SIZE = "avnm.vnets_per_connected_group"
ENDPOINTS = "avnm.private_endpoints_per_connected_group"
FEATURE = {"Microsoft.Network/AllowHighScaleConnectedGroup": True}


def _mesh(
    vnets: int, endpoints: int = 0, *, high_scale: bool = False, **configuration: Any
) -> dict[str, Any]:
    """``vnets`` members; ``endpoints`` in each."""
    networks = {
        f"v{i}": {
            "addressSpace": [f"10.{i >> 8}.{i & 255}.0/24"],
            "privateEndpointCount": endpoints,
            "privateEndpointVNetPolicies": "Basic" if high_scale else "Disabled",
        }
        for i in range(vnets)
    }
    return {
        "defaults": {"location": "eastus"},
        "virtualNetworks": networks,
        "networkManagers": {
            "manager": {
                "networkGroups": {"all": {"members": ["v*"]}},
                "connectivityConfigurations": {
                    "mesh": {
                        "connectivityTopology": "Mesh",
                        "appliesToGroups": [{"networkGroup": "all"}],
                        "deployedRegions": ["eastus"],
                        **configuration,
                    }
                },
            }
        },
    }


def _row(report: LimitReport, limit: str) -> LimitRow:
    rows = [row for row in report if row.id == limit]
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(("vnets", "status"), [(199, "ok"), (200, "near"), (250, "near"), (251, "breached")])
def test_avnm14_a_group_holds_250_vnets(report: Report, vnets: int, status: str) -> None:
    row = _row(report(_mesh(vnets)), SIZE)
    assert (row.used, row.limit, row.status, row.rule) == (vnets, 250, status, SIZE)
    assert row.to_dict()["consequence"] == "deploy_refused"


def test_avnm14_with_the_feature_it_is_5000(report: Report) -> None:
    document = _mesh(251) | {"features": FEATURE}
    row = _row(report(document), SIZE)
    assert (row.used, row.limit, row.status, row.rule) == (251, 5000, "ok", f"{SIZE}_high_scale")


def test_a_feature_that_is_off_raises_nothing(report: Report) -> None:
    document = _mesh(20) | {"features": dict.fromkeys(FEATURE, False)}
    assert _row(report(document), SIZE).limit == 250


def test_above_3000_the_disagreement_is_told(report: Report) -> None:
    document = _mesh(3001) | {"features": FEATURE}
    row = _row(report(document), SIZE)
    assert (row.used, row.status) == (3001, "ok")
    assert row.note is not None


def test_overrides_go_by_the_id_that_is_in_force(report: Report) -> None:
    document = _mesh(30) | {"features": FEATURE, "limits": {SIZE: 10, f"{SIZE}_high_scale": 20}}
    row = _row(report(document), SIZE)
    assert (row.limit, row.override, row.status) == (20, True, "breached")


def test_avnm11_a_draft_is_no_group(report: Report) -> None:
    assert [row for row in report(_mesh(300, deployedRegions=[])) if row.id.startswith("avnm.")] == []


def test_avnm4_a_regional_mesh_counts_region_by_region(report: Report) -> None:
    document = _mesh(10, deployedRegions=["eastus", "westus"])
    for i in range(4):
        document["virtualNetworks"][f"v{i}"]["location"] = "westus"
    sizes = sorted(row.used or 0 for row in report(document) if row.id == SIZE)
    assert sizes == [4, 6]
    configuration = document["networkManagers"]["manager"]["connectivityConfigurations"]["mesh"]
    configuration["isGlobal"] = True
    assert _row(report(document), SIZE).used == 10


def test_avnm5_a_vnet_that_overlaps_where_overlap_is_banned_is_no_member(report: Report) -> None:
    document = _mesh(10, connectivityCapabilities={"connectedGroupAddressOverlap": "Disallowed"})
    document["virtualNetworks"]["v9"]["addressSpace"] = ["10.0.0.0/25"]
    assert _row(report(document), SIZE).used == 9


@pytest.mark.parametrize(
    ("endpoints", "status"), [(159, "ok"), (160, "near"), (200, "near"), (201, "breached")]
)
def test_avnm14_a_group_holds_2000_endpoints(report: Report, endpoints: int, status: str) -> None:
    row = _row(report(_mesh(10, endpoints)), ENDPOINTS)
    assert (row.used, row.limit, row.status) == (10 * endpoints, 2000, status)


HIGH_SCALE = {"connectedGroupPrivateEndpointsScale": "HighScale"}


def test_avnm14_20000_endpoints_with_high_scale_everywhere(report: Report) -> None:
    document = _mesh(10, 2000, high_scale=True, connectivityCapabilities=HIGH_SCALE)
    row = _row(report(document), ENDPOINTS)
    assert (row.used, row.limit, row.status) == (20_000, 20_000, "near")
    document["virtualNetworks"]["v0"]["privateEndpointCount"] = 2001
    assert _row(report(document), ENDPOINTS).status == "breached"


def test_one_member_without_high_scale_brings_the_limit_back_to_2000(report: Report) -> None:
    document = _mesh(10, 201, high_scale=True, connectivityCapabilities=HIGH_SCALE)
    assert _row(report(document), ENDPOINTS).status == "ok"
    document["virtualNetworks"]["v7"]["privateEndpointVNetPolicies"] = "Disabled"
    row = _row(report(document), ENDPOINTS)
    assert (row.limit, row.status) == (2000, "breached")
    assert row.note is not None
    assert "v7" in row.note


def test_high_scale_members_do_not_help_a_standard_configuration(report: Report) -> None:
    row = _row(report(_mesh(10, 201, high_scale=True)), ENDPOINTS)
    assert (row.limit, row.status) == (2000, "breached")


def test_avnm14_a_vnet_is_in_two_groups_at_most(report: Report) -> None:
    document = _mesh(4)
    configurations = document["networkManagers"]["manager"]["connectivityConfigurations"]
    configurations["second"] = dict(configurations["mesh"])
    row = _row(report(document), "avnm.connected_groups_per_vnet")
    assert (row.used, row.limit, row.status) == (2, 2, "near")
    configurations["third"] = dict(configurations["mesh"])
    assert _row(report(document), "avnm.connected_groups_per_vnet").status == "breached"


def test_avnm2_directly_connected_spokes_are_a_group(report: Report) -> None:
    document = _mesh(12, 10)
    document["virtualNetworks"]["hub"] = {"addressSpace": ["172.16.0.0/24"]}
    configuration = document["networkManagers"]["manager"]["connectivityConfigurations"]["mesh"]
    configuration |= {"connectivityTopology": "HubAndSpoke", "hubs": ["hub"]}
    configuration["appliesToGroups"] = [{"networkGroup": "all", "groupConnectivity": "DirectlyConnected"}]
    found = report(document)
    assert _row(found, SIZE).used == 12
    assert _row(found, ENDPOINTS).used == 120
    hub = found.get("vnet.peerings", "hub")
    assert hub is not None
    assert (hub.used, hub.limit) == (12, 1000)
