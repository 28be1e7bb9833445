"""The plans that ship as examples, whole, with the limits, counts and verdicts that they must come to."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

import routeng
from routeng import gallery
from routeng.plan import PlanResult, StepResult, run_plan

EXAMPLES = Path(__file__).parents[2] / "examples"


@cache
def result(name: str) -> PlanResult:
    return run_plan(str(EXAMPLES / f"{name}.json"))


def step(found: PlanResult, name: str) -> StepResult:
    return next(s for s in found.steps if s.id == name)


def gains(found: StepResult) -> dict[int, set[tuple[str, int, str]]]:
    """Virtual networks of each shape -> its changes as (op, prefixes each, next-hop type)."""
    assert found.diff is not None
    out: dict[int, set[tuple[str, int, str]]] = {}
    for shape in found.diff.routes:
        out.setdefault(shape.vnets, set()).update((c.op, c.count, c.kind) for c in shape.changes)
    return out


def used(found: StepResult, limit: str) -> list[tuple[int | None, int | None]]:
    assert found.diff is not None
    return [(c.used_before, c.used_after) for c in found.diff.limits if c.id == limit]


def test_the_mesh_plan_holds_at_every_step() -> None:
    found = result("mesh-plan")
    assert [s.id for s in found.steps] == ["0", "1a", "1b", "2", "3.1", "3.2", "3.3", "4", "R"]
    assert not found.failed
    assert found.complete


@pytest.mark.parametrize("name", ["0", "1a", "1b", "2"])
def test_steps_before_the_first_wave_change_no_route(name: str) -> None:
    found = step(result("mesh-plan"), name)
    assert found.diff is not None
    assert not found.diff.routes
    assert not found.diff.bgp


def test_wave_1_gives_each_of_50_spokes_49_prefixes() -> None:
    found = step(result("mesh-plan"), "3.1")
    assert gains(found) == {50: {("+", 49, "ConnectedGroup"), ("-", 25, "VirtualNetworkGateway")}}


def test_mixed_pairs_still_hairpin_after_wave_1() -> None:
    network = routeng.compute(routeng.load(EXAMPLES / "hairpin.json"))
    for patch in json.loads((EXAMPLES / "mesh-plan.json").read_text())["steps"]:
        if patch["id"] in ("2", "3.1"):
            network = network.with_change(patch["merge"])
    row = network.lookup("spoke-a-001/workload", "10.128.200.4")
    assert row is not None
    assert row.next_hop_type == "VirtualNetworkGateway"
    inside = network.lookup("spoke-a-001/workload", "10.128.0.4")
    assert inside is not None
    assert inside.next_hop_type == "ConnectedGroup"


def test_wave_2_adds_200_spokes() -> None:
    found = gains(step(result("mesh-plan"), "3.2"))
    assert ("+", 249, "ConnectedGroup") in found[200]
    assert ("+", 200, "ConnectedGroup") in found[50]


def test_wave_3_gives_999_prefixes_a_spoke_and_10_000_endpoints() -> None:
    found = step(result("mesh-plan"), "3.3")
    assert ("+", 999, "ConnectedGroup") in gains(found)[750]
    assert ("+", 750, "ConnectedGroup") in gains(found)[250]
    assert used(found, "avnm.vnets_per_connected_group") == [(250, 1000)]
    assert used(found, "avnm.private_endpoints_per_connected_group") == [(2500, 10000)]
    worst = {w.row.id: w for w in result("mesh-plan").worst}["avnm.private_endpoints_per_connected_group"]
    assert (worst.row.used, worst.row.limit, worst.step) == (10000, 20000, "3.3")


def test_retiring_the_hairpin_loses_no_watched_flow() -> None:
    found = step(result("mesh-plan"), "4")
    assert found.wait == 14 * 24 * 60
    assert all(f.after.usable and not f.lost for f in found.flows)
    assert not found.failed


def test_the_rollback_computes_to_the_state_of_step_2() -> None:
    found = step(result("mesh-plan"), "R")
    assert (found.built_on, found.restores, found.restored) == ("3.3", "2", True)


def test_without_the_feature_wave_3_breaks_the_limit_of_250() -> None:
    found = result("mesh-plan-without-feature")
    assert step(found, "3.2").breaches == ()
    assert step(found, "3.3").breaches == ("avnm.vnets_per_connected_group",)
    assert found.failed


def test_without_hspe_wave_1_is_refused_and_the_state_stays() -> None:
    found = result("mesh-plan-without-hspe")
    first = step(found, "3.1")
    assert first.outcome == "refused"
    assert [f.code for f in first.refusals] == ["RTE103"]
    assert first.diff is None
    assert not any(s.diff.routes for s in found.steps if s.diff and s.id in ("3.2", "3.3"))


def test_retiring_the_hairpin_without_the_mesh_names_the_flows_that_lose_their_path() -> None:
    found = step(result("mesh-plan-without-hspe"), "4")
    lost = [(f.after.source, f.after.destination) for f in found.flows if f.lost]
    assert lost == [
        ("spoke-a-001/workload", "spoke-a-002/workload"),
        ("spoke-a-001/workload", "spoke-b-001/workload"),
    ]
    assert found.failed


def test_at_standard_scale_the_first_wave_over_2_000_endpoints_breaks_the_limit() -> None:
    found = result("mesh-plan-standard-scale")
    assert step(found, "3.1").breaches == ()
    assert step(found, "3.2").breaches == ("avnm.private_endpoints_per_connected_group",)
    assert used(step(found, "3.2"), "avnm.private_endpoints_per_connected_group") == [(500, 2500)]


def test_summarized_prefixes_bring_1_471_down_to_1() -> None:
    found = result("summarized-prefixes-plan")
    assert not found.failed
    assert used(found.steps[0], "er.prefixes_to_onprem_v4") == [(1471, 1)]
    worst = {w.row.id: w for w in found.worst}["er.prefixes_to_onprem_v4"]
    assert (worst.row.status, worst.step) == ("breached", "base")
    assert found.steps[0].rolled_back is True


def test_the_17th_peer_and_the_501st_peering_break_their_limits() -> None:
    found = result("peers-and-peerings-plan")
    assert [s.breaches for s in found.steps] == [(), (), ("ars.bgp_peers",), ("vnet.peerings",)]
    assert used(step(found, "3"), "ars.bgp_peers") == [(16, 17)]
    assert found.failed


def test_the_generated_plan_is_the_checked_in_one() -> None:
    assert gallery.build("mesh-migration")["mesh-plan.json"] == json.loads(
        (EXAMPLES / "mesh-plan.json").read_text()
    )
