"""When routing refuses to settle, or could have settled elsewhere."""

import random

import pytest

from routeng.bgp import (
    LOCAL_WEIGHT,
    AsPath,
    Attributes,
    Decision,
    End,
    Graph,
    Origination,
    Policy,
    Rule,
    Session,
    Speaker,
    SubnetMetrics,
    solve,
)
from routeng.bgp.classes import Partition
from routeng.bgp.generate import gao_rexford, relations
from routeng.bgp.solve import Engine
from routeng.lpm import Prefix

P = Prefix("10.0.0.0/8")


def speaker(name, asn, routes=False, number=None, **options):
    own = (Origination(P, Attributes(weight=LOCAL_WEIGHT)),) if routes else ()
    return Speaker(name, asn, f"10.255.0.{number or asn}", own, **options)


def prefer(*paths):
    """An import policy that ranks whole AS paths: the first is liked best, others are refused."""
    return Policy(
        tuple(
            Rule(as_path_regex=f"^{' '.join(map(str, path))}$", set_local_pref=300 - i)
            for i, path in enumerate(paths)
        ),
        default_deny=True,
    )


def wheel(preferences):
    """AS 9 originates; ASes 1..n around it like `preferences[asn]`, a list of AS paths."""
    speakers = [speaker("AS9", 9, routes=True)] + [speaker(f"AS{a}", a) for a in preferences]
    sessions, serial = [], 0
    asns = [9, *preferences]
    for i, a in enumerate(asns):
        for b in asns[i + 1 :]:
            serial += 4
            sessions.append(
                Session(
                    End(f"AS{a}", f"10.1.0.{serial}", prefer(*preferences.get(a, []))),
                    End(f"AS{b}", f"10.1.0.{serial + 1}", prefer(*preferences.get(b, []))),
                )
            )
    return Graph(speakers, sessions)


def test_bad_gadget_is_proven_to_oscillate():
    """Three ASes that each prefer the way through the next one (Griffin and Wilfong 1999)."""
    solution = solve(wheel({1: [(2, 9), (9,)], 2: [(3, 9), (9,)], 3: [(1, 9), (9,)]}))
    assert not solution.converged
    (oscillation,) = solution.oscillations
    assert oscillation.prefixes == ("10.0.0.0/8",)
    assert set(oscillation.speakers) == {"AS1", "AS2", "AS3"}
    assert {c.as_path for c in oscillation.cycle if c.speaker == "AS1"} == {"9", "2 9"}
    assert solution.alternatives == ()


def test_other_prefixes_of_an_oscillating_graph_settle():
    graph = wheel({1: [(2, 9), (9,)], 2: [(3, 9), (9,)], 3: [(1, 9), (9,)]})
    quiet = Prefix("192.0.2.0/24")
    lone = Speaker("AS5", 5, "10.255.0.5", (Origination(quiet, Attributes(weight=LOCAL_WEIGHT)),))
    graph = graph.with_speaker(lone).with_session(Session(End("AS5", "10.2.0.1"), End("AS9", "10.2.0.2")))
    solution = solve(graph)
    assert len(solution.oscillations) == 1
    assert str(solution.best("AS9", quiet).attributes.as_path) == "5"


def test_good_gadget_settles():
    """The same wheel with one AS content with its direct path."""
    solution = solve(wheel({1: [(9,)], 2: [(3, 9), (9,)], 3: [(1, 9), (9,)]}))
    assert solution.converged
    assert [str(solution.best(f"AS{a}", P).attributes.as_path) for a in (1, 2, 3)] == ["9", "9", "1 9"]


def test_disagree_names_the_other_outcome():
    """Two ASes that each prefer the way through the other: two stable states (Griffin, Shepherd, Wilfong 2002)."""
    solution = solve(wheel({1: [(2, 9), (9,)], 2: [(1, 9), (9,)]}))
    assert solution.converged
    computed = {a: str(solution.best(f"AS{a}", P).attributes.as_path) for a in (1, 2)}
    assert sorted(computed.values()) in (["1 9", "9"], ["2 9", "9"])
    other = {a.speaker: a.as_path for a in solution.alternatives}
    assert set(other) == {"AS1", "AS2"}
    assert all(other[f"AS{a}"] != computed[a] for a in (1, 2))


def test_agreement_has_no_other_outcome():
    assert solve(wheel({1: [(9,), (2, 9)], 2: [(9,), (1, 9)]})).alternatives == ()


def test_med_oscillation_with_reflectors():
    """RFC 3345 §2.1: reflectors that see one exit each, MED inside one neighbour AS, IGP metrics against it."""
    link = {name: Prefix(f"172.16.{i}.0/30") for i, name in enumerate("abc")}

    def inside(name, number, metrics, cluster=None):
        return Speaker(
            name,
            100,
            f"10.255.1.{number}",
            cluster_id=cluster,
            igp=SubnetMetrics(tuple((link[k], m) for k, m in metrics.items())),
        )

    speakers = [
        inside("Ra", 1, {"a": 0, "b": 0, "c": 0}),
        inside("Rb", 2, {"a": 0, "b": 0, "c": 0}),
        inside("Rc", 3, {"a": 0, "b": 0, "c": 0}),
        inside("RR1", 4, {"a": 5, "b": 4, "c": 13}, "0.0.0.1"),
        inside("RR2", 5, {"a": 6, "b": 5, "c": 12}, "0.0.0.2"),
        Speaker("X", 10, "10.255.2.1", (Origination(P, Attributes(weight=LOCAL_WEIGHT, med=0)),)),
        Speaker("Y1", 6, "10.255.2.2"),
        Speaker("Y2", 6, "10.255.2.3"),
        Speaker("Z", 7, "10.255.2.4"),
    ]
    with_med = {m: Policy((Rule(set_med=m),)) for m in (1, 0)}
    sessions = [
        Session(End("X", "192.168.0.1"), End("Y1", "192.168.0.2")),
        Session(End("X", "192.168.0.5"), End("Y2", "192.168.0.6")),
        Session(End("X", "192.168.0.9"), End("Z", "192.168.0.10")),
        Session(End("Z", "172.16.0.1"), End("Ra", "172.16.0.2")),
        Session(End("Y1", "172.16.1.1", export_policy=with_med[1]), End("Rb", "172.16.1.2")),
        Session(End("Y2", "172.16.2.1", export_policy=with_med[0]), End("Rc", "172.16.2.2")),
        Session(End("RR1", "10.9.0.1", rr_client=True), End("Ra", "10.9.0.2")),
        Session(End("RR1", "10.9.0.5", rr_client=True), End("Rb", "10.9.0.6")),
        Session(End("RR2", "10.9.0.9", rr_client=True), End("Rc", "10.9.0.10")),
        Session(End("RR1", "10.9.0.13"), End("RR2", "10.9.0.14")),
    ]
    solution = solve(Graph(speakers, sessions))
    (oscillation,) = solution.oscillations
    assert {"RR1", "RR2"} <= set(oscillation.speakers)
    settled = Graph(
        [s if s.asn != 100 else s.replace(decision=Decision(always_compare_med=True)) for s in speakers],
        sessions,
    )
    assert solve(settled).converged, "always-compare-med cures it (RFC 3345 §3.2.2)"


def test_growing_paths_end_at_the_size_of_an_update():
    """Without loop checks a path goes round and grows; that it must fit an UPDATE makes the states finite."""
    tolerant = {"allow_asns": frozenset({1, 2, 3}), "split_horizon": "none"}
    longer = Policy((Rule(set_local_pref=200, as_path_length=(2, 5000)), Rule()))
    speakers = [speaker("AS9", 9, routes=True), *(speaker(f"AS{a}", a) for a in (1, 2, 3))]
    sessions = [Session(End("AS9", "10.1.9.1"), End("AS1", "10.1.9.2"))]
    for a, b in ((1, 2), (2, 3), (3, 1)):
        sessions.append(
            Session(
                End(f"AS{a}", f"10.1.{a}.1", longer, **tolerant),
                End(f"AS{b}", f"10.1.{a}.2", longer, **tolerant),
            )
        )
    solution = solve(Graph(speakers, sessions))
    assert not solution.converged
    assert {"AS1", "AS2", "AS3"} <= set(solution.oscillations[0].speakers)


@pytest.mark.parametrize("seed", range(12))
def test_valley_free_topologies_end_in_one_state_from_any_order(seed):
    shape = relations(25, 55, seed)
    rng = random.Random(seed)
    origins = {asn: (Prefix.from_int((10 << 24) + (asn << 8), 24, 4),) for asn in rng.sample(shape.asns, 4)}
    graph = gao_rexford(shape, origins)

    def state(g, **order):
        engine = Engine(g)
        out = {}
        for group in Partition(g).groups:
            for c, found in engine.solve_group(group, **order).items():
                for name, node in found.nodes.items():
                    best = node.best
                    out[c.prefixes, name] = None if best is None else (best.source, best.attributes)
        return {key: value for key, value in out.items() if value is not None}

    expected = state(graph)
    assert len(expected) > 50
    for reverse, lifo in ((True, False), (False, True), (True, True)):
        assert state(graph, reverse=reverse, lifo=lifo) == expected
    for _ in range(3):
        speakers, sessions = list(graph.speakers.values()), list(graph.sessions.values())
        rng.shuffle(speakers)
        rng.shuffle(sessions)
        assert state(Graph(speakers, sessions)) == expected
    names = list(graph.speakers)
    rng.shuffle(names)
    staged = Graph(graph.speakers.values(), graph.sessions.values(), (names[:9], names[9:14], names[14:]))
    assert state(staged) == expected
    assert solve(graph).alternatives == ()


def test_paths_are_those_of_the_hierarchy():
    """A hand-made hierarchy: provider 1, customers 2 and 3, which peer; 3's customer 4."""
    from routeng.bgp.generate import Relations

    shape = Relations((1, 2, 3, 4), ((1, 2), (1, 3), (3, 4)), ((2, 3),))
    solution = solve(gao_rexford(shape, {4: (P,)}))
    assert {n: str(solution.best(n, P).attributes.as_path) for n in ("AS1", "AS2", "AS3")} == {
        "AS1": "3 4",
        "AS2": "3 4",
        "AS3": "4",
    }
    assert solution.rib("AS2", P).reason == "local_pref"
    assert AsPath.of(3, 4) == solution.best("AS2", P).attributes.as_path


def test_uniqueness_is_proven_refuted_or_left_open():
    shape = relations(40, 90, 1)
    origins = {asn: (Prefix.from_int((10 << 24) + (asn << 8), 24, 4),) for asn in shape.asns[::5]}
    solution = solve(gao_rexford(shape, origins))
    assert all(solution.unique(p) is True for (p,) in origins.values())
    assert solve(wheel({1: [(2, 9), (9,)], 2: [(3, 9), (9,)], 3: [(1, 9), (9,)]})).unique(P) is False
    assert solve(wheel({1: [(2, 9), (9,)], 2: [(1, 9), (9,)]})).unique(P) is False
    agreed = solve(wheel({1: [(9,), (2, 9)], 2: [(9,), (1, 9)]}))
    assert agreed.unique(P) is None, "rules on AS paths are beyond the proof"


def preferring(preferences):
    """AS 9 originates; ASes around it that prefer some neighbours, whatever the path."""
    asns = [9, *preferences]
    speakers = [speaker("AS9", 9, routes=True), *(speaker(f"AS{a}", a) for a in preferences)]
    sessions = []
    for i, a in enumerate(asns):
        for b in asns[i + 1 :]:
            liked = [
                Policy((Rule(set_local_pref=200),)) if y in preferences.get(x, ()) else Policy()
                for x, y in ((a, b), (b, a))
            ]
            sessions.append(
                Session(
                    End(f"AS{a}", f"10.3.{a}.{2 * b}", liked[0]),
                    End(f"AS{b}", f"10.3.{a}.{2 * b + 1}", liked[1]),
                )
            )
    return Graph(speakers, sessions)


def test_the_proof_does_not_cover_disagreement():
    """The same gadget by local preference: proven while one of the two is indifferent, refuted when both insist."""
    assert solve(preferring({1: (), 2: ()})).unique(P) is True
    assert solve(preferring({1: (2,), 2: ()})).unique(P) is True
    assert solve(preferring({1: (2,), 2: (1,)})).unique(P) is False


@pytest.mark.parametrize("seed", range(0, 60, 5))
def test_what_is_proven_unique_is_reached_from_every_order(seed):
    """No other order may end elsewhere where a proof was given."""
    proofs = 0
    for number in range(seed, seed + 5):
        rng = random.Random(number)
        n = 7
        likes = {a: tuple(b for b in range(1, n) if b != a and rng.random() < 0.08) for a in range(1, n)}
        graph = preferring(likes)
        solution = solve(graph)
        if solution.unique(P) is not True:
            continue
        proofs += 1
        assert solution.alternatives == ()
        expected = {name: source(solution.best(name, P)) for name in graph.speakers}
        for _ in range(6):
            names, links = list(graph.speakers.values()), list(graph.sessions.values())
            rng.shuffle(names)
            rng.shuffle(links)
            stages = [s.name for s in names]
            other = solve(Graph(names, links, (stages[:3], stages[3:5], stages[5:])))
            assert {name: source(other.best(name, P)) for name in graph.speakers} == expected
    assert proofs


def source(path):
    return None if path is None else (path.source, path.attributes)
