"""A changed graph is solved by its touched classes only and equals a fresh run."""

import random

import pytest

from routeng.bgp import (
    LOCAL_WEIGHT,
    Aggregate,
    Attributes,
    End,
    Graph,
    Multipath,
    Origination,
    Policy,
    Rule,
    Selector,
    Session,
    Speaker,
    Transform,
    solve,
)
from routeng.bgp.generate import gao_rexford, random_policies, relations
from routeng.lpm import Prefix


def prefix(n):
    return Prefix.from_int((10 << 24) + (n << 8), 24, 4)


def document(solution):
    """Everything that can be asked, as plain values."""

    def source(p):
        return None if p is None else (p.source, p.attributes, p.igp_metric)

    tables = {}
    for name in solution.graph.speakers:
        tables[name] = (
            {
                str(p): [
                    (source(c.path), c.best, c.multipath, c.lost_at, source(c.lost_to), c.ineligible)
                    for c in entry.candidates
                ]
                for p, entry in solution.table(name).items()
            },
            [(str(r.prefix), r.session, r.sent, r.accepted, r.reject) for r in solution.received(name)],
            [(str(a.prefix), a.session, a.attributes, a.reject) for a in solution.advertised(name)],
        )
    return tables, [(o.prefixes, o.speakers) for o in solution.oscillations]


def check(before, graph):
    after = before.resolve_with(graph)
    fresh = solve(graph)
    assert document(after) == document(fresh)
    return after


@pytest.mark.parametrize("seed", range(15))
def test_random_changes_equal_a_fresh_run(seed):
    rng = random.Random(seed)
    if seed % 3:
        graph = random_policies(9, 4, seed)
    else:
        shape = relations(14, 30, seed)
        graph = gao_rexford(shape, {asn: (prefix(asn),) for asn in rng.sample(shape.asns, 5)})
    hook = Transform(lambda a, c: a, "nothing")
    solution = solve(graph)
    for _ in range(8):
        name = rng.choice(list(graph.sessions))
        speaker = graph.speakers[rng.choice(list(graph.speakers))]
        session = graph.sessions[name]
        match rng.randrange(7):
            case 0 | 1:
                graph = graph.session_up(name) if not session.up else graph.session_down(name)
            case 2:
                end = session.a.replace(import_policy=Policy((Rule(set_local_pref=rng.choice((80, 130))),)))
                graph = graph.with_session(session.replace(a=end))
            case 3:
                end = session.b.replace(weight=rng.choice((0, 7)), export_transforms=(hook,))
                graph = graph.with_session(session.replace(b=end))
            case 4:
                extra = Origination(prefix(rng.randrange(4)), Attributes(weight=LOCAL_WEIGHT, med=1))
                graph = graph.with_speaker(speaker.replace(originate=(extra,)))
            case 5:
                graph = graph.with_speaker(speaker.replace(multipath=Multipath(ebgp=4)))
            case 6:
                graph = graph.without_session(name) if len(graph.sessions) > 5 else graph
        solution = check(solution, graph)


def two_hubs():
    """Two hubs of two instances each, four appliances, two edges and two sites: 12 speakers, 30 classes."""
    own = Attributes(weight=LOCAL_WEIGHT, med=0)

    def origins(first, count):
        return tuple(Origination(prefix(n), own) for n in range(first, first + count))

    hubs = [
        Speaker(f"hub{h}{i}", 65000 + h, f"10.255.{h}.{i}", origins(40 * h, 5))
        for h in (1, 2)
        for i in (0, 1)
    ]
    nodes = [
        *hubs,
        *(Speaker(f"nva{n}", 65100 + n, f"10.254.0.{n}", origins(100 + 10 * n, 4)) for n in range(1, 5)),
        *(Speaker(f"edge{n}", 65200 + n, f"10.253.0.{n}") for n in (1, 2)),
        *(Speaker(f"site{n}", 65300 + n, f"10.252.0.{n}", origins(200 + 10 * n, 4)) for n in (1, 2)),
    ]
    pairs = [(f"nva{n}", f"hub{h}{i}") for n in range(1, 5) for h in (1, 2) for i in (0, 1) if (n + h) % 2]
    pairs += [(f"hub{h}{i}", f"edge{h}") for h in (1, 2) for i in (0, 1)]
    pairs += [("edge1", "site1"), ("edge2", "site2"), ("edge1", "site2")]
    sessions = [Session(End(a, f"172.17.{n}.1"), End(b, f"172.17.{n}.2")) for n, (a, b) in enumerate(pairs)]
    return Graph(nodes, sessions)


def test_only_classes_that_cross_a_session_are_recomputed():
    graph = two_hubs()
    assert len(graph.speakers) == 12
    solution = solve(graph)
    assert solution.recomputed == len(solution.partition.classes) == 8
    for name in graph.sessions:
        down_graph = graph.session_down(name)
        ends = {graph.sessions[name].a.speaker, graph.sessions[name].b.speaker}
        crossing = sum(any(state.announces(name, end) for end in ends) for state in solution.states.values())
        down = check(solution, down_graph)
        assert down.recomputed == crossing
        up = check(down, graph)
        assert up.recomputed <= len(solution.partition.classes)
        assert document(up) == document(solution)
    unused = graph.with_session(
        Session(
            End("site1", "172.18.0.1", export_policy=Policy(default_deny=True)),
            End("site2", "172.18.0.2", export_policy=Policy(default_deny=True)),
        )
    )
    assert check(solution, unused).recomputed == 0


def test_a_new_prefix_touches_its_class_only():
    graph = two_hubs()
    solution = solve(graph)
    site = graph.speakers["site1"]
    more = (*site.originate, Origination(prefix(250), Attributes(weight=LOCAL_WEIGHT, med=99)))
    after = check(solution, graph.with_speaker(site.replace(originate=more)))
    assert after.recomputed == 1
    fewer = check(after, graph.with_speaker(site.replace(originate=site.originate[:2])))
    assert fewer.recomputed == 0, "the class only lost prefixes"


def test_aggregates_tie_classes():
    summary = Aggregate(Prefix("10.0.0.0/16"), summary_only=True)
    graph = two_hubs()
    graph = graph.with_speaker(graph.speakers["edge1"].replace(aggregates=(summary,)))
    solution = solve(graph)
    assert solution.best("site1", "10.0.0.0/16") is not None
    assert solution.best("site1", prefix(40)) is None
    assert "suppressed" in {a.reject.reason for a in solution.advertised("edge1", prefix(40)) if a.reject}
    for name in ("nva2-hub10", "hub10-edge1", "edge1-site2"):
        solution = check(solution, graph.session_down(name))
        solution = check(solution, graph)


def test_selectors_are_asked_again_where_they_could_answer_differently():
    graph = two_hubs()
    quiet = Selector(lambda view: view.best if view.best and view.best.is_local else (), "own only")
    session = graph.sessions["hub10-edge1"]
    graph = graph.with_session(session.replace(a=session.a.replace(select=quiet)))
    solution = solve(graph)
    for name in ("nva2-hub10", "hub10-edge1", "edge1-site1"):
        solution = check(solution, graph.session_down(name))
        solution = check(solution, graph)


def test_a_removed_speaker():
    graph = two_hubs()
    check(solve(graph), graph.without_speaker("nva4"))
