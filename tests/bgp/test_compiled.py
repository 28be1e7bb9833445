"""The compiled propagation and the general one give the same state, table by table."""

import json
from pathlib import Path

import pytest

from routeng.bgp.classes import Partition
from routeng.bgp.compiled_state import CompiledState
from routeng.bgp.generate import gao_rexford, random_policies, relations
from routeng.bgp.scenario_reader import read
from routeng.bgp.solve import Engine
from routeng.bgp.support import supports
from routeng.lpm import Prefix

CASES = sorted((Path(__file__).parent / "cases").glob("*/*.json"))


def chosen(path):
    return None if path is None else (path.source, path.attributes, path.kind, path.igp_metric)


def compared(graph, **order):
    """How many classes ran compiled; asserts that every node equals the general run's."""
    engine, other = Engine(graph), Engine(graph)
    count = 0
    for group in Partition(graph).groups:
        fast = engine.settle(group, **order)
        if not any(isinstance(state, CompiledState) for state in fast.values()):
            continue
        slow = other.solve_group(group, **order)
        for c in group:
            mine, theirs = fast[c], slow[c]
            if not isinstance(mine, CompiledState):
                continue
            assert theirs.oscillation is None
            count += 1
            for name in graph.speakers:
                assert mine.touches(name) == theirs.touches(name)
                assert mine.holds(name) == theirs.holds(name)
                a, b = mine.node(name), theirs.node(name)
                assert a.heard == b.heard
                assert a.refused == b.refused
                assert {k: chosen(p) for k, p in a.learned.items()} == {
                    k: chosen(p) for k, p in b.learned.items()
                }
                assert chosen(a.best) == chosen(b.best)
                assert [p.source for p in a.multipath] == [p.source for p in b.multipath]
                assert mine.changes(name) == theirs.changes(name)
            for link in graph.links:
                assert mine.announces(*link.key) == theirs.announces(*link.key)
                assert mine.crossed_any([link.key]) == theirs.crossed_any([link.key])
    return count


def test_recorded_scenarios():
    counts = {}
    for path in CASES:
        graph = read(json.loads(path.read_text())).graph
        counts[path.stem] = compared(graph) if supports(graph) is None else None
    assert sum(1 for count in counts.values() if count) > 90


@pytest.mark.parametrize("seed", range(0, 120, 10))
def test_random_policies(seed):
    assert sum(compared(random_policies(12, 4, s)) for s in range(seed, seed + 10)) > 20


@pytest.mark.parametrize("order", [{"reverse": True}, {"lifo": True}, {"reverse": True, "lifo": True}])
def test_other_activation_orders(order):
    assert sum(compared(random_policies(12, 4, seed), **order) for seed in range(12)) > 25


def test_gao_rexford_topology():
    shape = relations(60, 140, 3)
    origins = {asn: (Prefix.from_int((10 << 24) + (asn << 8), 24, 4),) for asn in shape.asns[::7]}
    graph = gao_rexford(shape, origins)
    assert supports(graph) is None
    assert compared(graph) == len(origins)


def test_obstacles_are_named():
    staged = read(json.loads((CASES[0].parent / "oldest-path.json").read_text())).graph
    assert supports(staged) == "start in stages"
    confederation = read(json.loads((CASES[0].parent / "confederation.json").read_text())).graph
    assert supports(confederation) == "A1: a confederation"
