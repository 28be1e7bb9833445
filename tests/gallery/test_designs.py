"""What the examples declare, counted on the documents themselves."""

import itertools
from typing import Any

import msgspec
import pytest

from routeng import gallery
from routeng.gallery.mesh_migration import FEATURE, wave
from routeng.lpm import Prefix
from routeng.model.loading import loads
from routeng.model.plan import plan_from
from routeng.model.problems import Problems
from routeng.model.resolve import resolve
from routeng.model.topology import decode


def _topologies(name: str, **options: int | str) -> dict[str, Any]:
    files = gallery.build(name, **options)
    return {file: document for file, document in files.items() if "routeng" in document}


@pytest.mark.parametrize("name", gallery.names())
def test_every_topology_is_in_the_notation(name: str) -> None:
    for document in _topologies(name).values():
        decode(msgspec.json.encode(document))


@pytest.mark.parametrize("name", gallery.names())
def test_no_two_virtual_networks_overlap_and_subnets_lie_inside(name: str) -> None:
    for document in _topologies(name).values():
        spaces = []
        for network in document["virtualNetworks"].values():
            own = [Prefix(text) for text in network["addressSpace"]]
            spaces += own
            for subnet in network["subnets"].values():
                held = subnet["addressPrefix"]
                for text in [held] if isinstance(held, str) else held:
                    assert any(space.covers(Prefix(text)) for space in own)
        spaces.sort(key=lambda p: (p.family, p.first))
        for before, after in itertools.pairwise(spaces):
            assert before.family != after.family or before.last < after.first


def test_hub_and_spoke_grows_with_its_option() -> None:
    files = gallery.build("hub-and-spoke", spokes=300)
    document = files["hub-and-spoke-firewall.json"]
    assert len(document["virtualNetworks"]) == 301
    assert document["virtualNetworks"]["spoke001"]["addressSpace"] == ["10.1.0.0/24"]
    assert document["virtualNetworks"]["spoke300"]["addressSpace"] == ["10.2.43.0/24"]
    assert len(document["routeTables"]["rt-gateway"]["routes"][0]["addressPrefix"]) == 300


def test_waves_of_500_spokes_a_side_are_50_200_and_750() -> None:
    networks = gallery.build("mesh-migration")["hairpin.json"]["virtualNetworks"]
    waves = [network["tags"]["wave"] for network in networks.values() if "wave" in network["tags"]]
    assert [waves.count(number) for number in "123"] == [50, 200, 750]


def test_wave_numbers_never_fall() -> None:
    for spokes in (1, 2, 3, 7, 19, 500):
        waves = [wave(i, spokes) for i in range(spokes)]
        assert waves == sorted(waves)
        assert waves[0] == "1"


@pytest.mark.parametrize("endpoints", ["counts", "objects"])
def test_the_mesh_holds_10000_endpoints_either_way(endpoints: str) -> None:
    document = gallery.build("mesh-migration", endpoints=endpoints)["mesh.json"]
    counted = sum(
        subnet.get("privateEndpointCount", 0)
        for network in document["virtualNetworks"].values()
        for subnet in network["subnets"].values()
    )
    assert counted + len(document.get("privateEndpoints", {})) == 10_000


def test_the_mesh_plan_has_nine_steps_and_its_variants_leave_some_out() -> None:
    files = gallery.build("mesh-migration")
    steps = {
        file: [step["id"] for step in document["steps"]]
        for file, document in files.items()
        if "base" in document
    }
    nine = ["0", "1a", "1b", "2", "3.1", "3.2", "3.3", "4", "R"]
    assert steps["mesh-plan.json"] == nine
    assert steps["mesh-plan-without-feature.json"] == nine[1:]
    assert steps["mesh-plan-without-hspe.json"] == [nine[0], *nine[3:]]
    assert files["mesh.json"]["features"] == {FEATURE: True}
    assert "features" not in files["hairpin.json"]


def test_summarized_prefixes_declares_1471_prefixes() -> None:
    document = gallery.build("summarized-prefixes")["summarized-prefixes-before.json"]
    assert sum(len(network["addressSpace"]) for network in document["virtualNetworks"].values()) == 1471


def test_the_dual_stack_variant_adds_491_ipv6_prefixes() -> None:
    document = gallery.build("summarized-prefixes", stack="dual")[
        "summarized-prefixes-before-dual-stack.json"
    ]
    v6 = [
        text
        for network in document["virtualNetworks"].values()
        for text in network["addressSpace"]
        if ":" in text
    ]
    assert len(v6) == 491


def test_peers_and_peerings_ends_at_17_and_520() -> None:
    files = gallery.build("peers-and-peerings")
    base, plan = files["peers-and-peerings.json"], files["peers-and-peerings-plan.json"]
    peers = len(base["routeServers"]["ars"]["bgpConnections"])
    spokes = sum(len(entry["spokes"]) for entry in base["peerings"].values())
    assert (peers, spokes) == (8, 480)
    for step in plan["steps"]:
        merge = step["merge"]
        peers += len(merge.get("routeServers", {}).get("ars", {}).get("bgpConnections", {}))
        spokes += sum(len(entry["spokes"]) for entry in merge.get("peerings", {}).values())
    assert (peers, spokes) == (17, 520)


def test_a_mesh_above_5000_is_several_of_5000() -> None:
    document = gallery.build("mesh", vnets=12_000, endpoints=0)["mesh-of-any-size.json"]
    sizes: dict[str, int] = {}
    for network in document["virtualNetworks"].values():
        sizes[network["tags"]["mesh"]] = sizes.get(network["tags"]["mesh"], 0) + 1
    assert sizes == {"1": 5000, "2": 5000, "3": 2000}
    groups = document["networkManagers"]["avnm"]["networkGroups"]
    assert [group["members"]["where"]["tags.mesh"] for group in groups.values()] == ["1", "2", "3"]


def test_endpoints_of_the_mesh_are_spread_evenly() -> None:
    document = gallery.build("mesh", vnets=300, endpoints=1000)["mesh-of-any-size.json"]
    per_subnet: dict[str, int] = {}
    for endpoint in document["privateEndpoints"].values():
        per_subnet[endpoint["subnet"]] = per_subnet.get(endpoint["subnet"], 0) + 1
    assert sum(per_subnet.values()) == 1000
    assert set(per_subnet.values()) == {3, 4}


def test_more_endpoints_than_a_24_holds_are_refused() -> None:
    with pytest.raises(ValueError, match="endpoints"):
        gallery.build("mesh", vnets=2, endpoints=600)


@pytest.mark.parametrize("name", gallery.names())
def test_every_topology_resolves_without_error_or_finding(name: str) -> None:
    for file, document in _topologies(name).items():
        declaration = resolve(loads(gallery.render(document), file))
        assert declaration.vnets.keys() == document["virtualNetworks"].keys()
        assert list(declaration.findings) == []


@pytest.mark.parametrize("name", gallery.names())
def test_every_plan_is_valid_and_starts_from_a_file_of_its_example(name: str) -> None:
    files = gallery.build(name)
    for document in files.values():
        if "routengPlan" in document:
            problems = Problems(name)
            plan = plan_from(document, problems)
            problems.check()
            assert plan.base in files
            assert [step.id for step in plan.steps] == [step["id"] for step in document["steps"]]
