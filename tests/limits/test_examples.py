"""The figures that the shipped examples stand for."""

from collections.abc import Callable
from typing import Any

import pytest

from routeng import gallery
from routeng.limits import LimitReport, changes

Report = Callable[[dict[str, Any]], LimitReport]
GROUP = "mesh/eastus"


@pytest.fixture(scope="module")
def migration() -> dict[str, Any]:
    return gallery.build("mesh-migration")


def _use(report: LimitReport, limit: str, name: str) -> tuple[int | None, int, str]:
    row = report.get(limit, name)
    assert row is not None
    return row.used, row.limit, row.status


def test_hubs_of_the_hairpin_stand_at_500_of_500_peerings(report: Report, migration: dict[str, Any]) -> None:
    found = report(migration["hairpin.json"])
    for side in "ab":
        assert _use(found, "vnet.peerings", f"hub-{side}") == (500, 500, "near")
        assert _use(found, "er.prefixes_to_onprem_v4", f"er-gw-{side}-shared-circuit") == (501, 1000, "ok")


def test_hub_b_sees_6000_endpoints_against_4000_from_the_start(
    report: Report, migration: dict[str, Any]
) -> None:
    found = report(migration["hairpin.json"])
    assert [(row.id, row.object) for row in found.breached] == [("pe.peered", "hub-b")]
    assert _use(found, "pe.peered", "hub-b") == (6000, 4000, "breached")
    assert _use(found, "pe.peered", "hub-a") == (4000, 4000, "near")


def test_the_mesh_uses_10000_of_20000_endpoints_and_breaks_nothing(
    report: Report, migration: dict[str, Any]
) -> None:
    found = report(migration["mesh.json"])
    assert _use(found, "avnm.private_endpoints_per_connected_group", GROUP) == (10_000, 20_000, "ok")
    assert _use(found, "avnm.vnets_per_connected_group", GROUP) == (1000, 5000, "ok")
    assert found.breached == []


def test_without_the_feature_the_mesh_breaks_the_limit_of_250(
    report: Report, migration: dict[str, Any]
) -> None:
    document = {key: value for key, value in migration["mesh.json"].items() if key != "features"}
    found = report(document)
    assert [row.id for row in found.breached] == ["avnm.vnets_per_connected_group"]
    assert _use(found, "avnm.vnets_per_connected_group", GROUP) == (1000, 250, "breached")


def test_without_hspe_the_mesh_breaks_the_limit_of_2000(report: Report, migration: dict[str, Any]) -> None:
    document = dict(migration["mesh.json"])
    document["virtualNetworks"] = {
        name: {key: value for key, value in network.items() if key != "privateEndpointVNetPolicies"}
        for name, network in document["virtualNetworks"].items()
    }
    found = report(document)
    assert {row.id for row in found.breached} == {"avnm.private_endpoints_per_connected_group", "pe.peered"}
    assert _use(found, "avnm.private_endpoints_per_connected_group", GROUP) == (10_000, 2000, "breached")


def test_what_the_migration_moves_is_told_group_by_group(report: Report, migration: dict[str, Any]) -> None:
    moved = changes(report(migration["hairpin.json"]), report(migration["mesh.json"]))
    healed = [change for change in moved if change.healed]
    assert [(change.id, change.object) for change in healed] == [("pe.peered", "hub-b")]
    assert not any(change.newly_breached for change in moved)
    spokes = next(change for change in moved if change.id == "pe.per_vnet" and change.used_after == 8)
    assert (len(spokes.objects), spokes.limit_before, spokes.limit_after) == (500, 1000, 5000)


@pytest.mark.parametrize("stack", ["ipv4", "dual"])
def test_one_summary_brings_1471_prefixes_down_to_1(report: Report, stack: str) -> None:
    before, after, _ = gallery.build("summarized-prefixes", stack=stack).values()
    limit = "er.prefixes_to_onprem_v4"
    assert _use(report(before), limit, "ergw-circuit") == (1471, 1000, "breached")
    assert _use(report(after), limit, "ergw-circuit") == (1, 1000, "ok")
    if stack == "dual":
        assert _use(report(before), "er.prefixes_to_onprem_v6", "ergw-circuit") == (491, 100, "breached")
        assert _use(report(after), "er.prefixes_to_onprem_v6", "ergw-circuit") == (1, 100, "ok")
    assert _use(report(before), "vnet.peerings", "hub") == (490, 500, "near")


def test_peers_and_peerings_start_within_their_limits(report: Report) -> None:
    found = report(gallery.build("peers-and-peerings")["peers-and-peerings.json"])
    assert _use(found, "ars.bgp_peers", "ars") == (8, 16, "ok")
    assert _use(found, "vnet.peerings", "hub") == (480, 500, "near")


def test_the_firewall_example_outgrows_its_route_table_at_401_spokes(report: Report) -> None:
    for spokes, status in ((400, "near"), (401, "breached")):
        document = gallery.build("hub-and-spoke", spokes=spokes)["hub-and-spoke-firewall.json"]
        assert _use(report(document), "udr.routes_per_table", "rt-gateway") == (spokes, 400, status)


def test_meshes_of_any_size_stay_within_their_limits(report: Report) -> None:
    document = gallery.build("mesh", vnets=5001, endpoints=100)["mesh-of-any-size.json"]
    found = report(document)
    assert found.breached == []
    assert _use(found, "avnm.vnets_per_connected_group", "mesh-1/eastus") == (5000, 5000, "near")
