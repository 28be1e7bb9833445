"""The decision process: one row per step, both directions; permutations where arrival must not matter."""

import itertools

import pytest

from routeng.bgp import AsPath, Attributes, Decision, Multipath, Origin, Path, Step
from routeng.bgp.decision import KEEP_OLDEST_STEPS, RFC_STEPS, rank, select

BASE = {
    "weight": 0,
    "local_pref": 100,
    "as_path": AsPath.of(65002, 65009),
    "origin": Origin.EGP,
    "med": 50,
    "next_hop": "10.0.0.9",
    "originator_id": None,
    "cluster_list": ("9.9.9.9", "8.8.8.8"),
}


def path(name, kind="ebgp", router_id="5.5.5.5", address="10.0.0.5", metric=10, arrival=0, **changes):
    return Path(
        Attributes(**{**BASE, **changes}),
        kind,
        peer=name,
        session=name if kind not in ("local", "aggregate") else "",
        peer_asn=65002,
        peer_address=address,
        peer_router_id=router_id,
        igp_metric=metric,
        arrival=arrival,
    )


# step, what makes the better path
ROWS = [
    ("weight", {"weight": 1}),
    ("local_pref", {"local_pref": 101}),
    ("local_origin", {"kind": "local"}),
    ("local_origin", {"kind": "aggregate"}),
    ("as_path", {"as_path": AsPath.of(65002)}),
    ("as_path", {"as_path": AsPath.of({65002, 65009})}),
    ("origin", {"origin": Origin.IGP}),
    ("med", {"med": 49}),
    ("med", {"med": None}),
    ("igp_metric", {"metric": 9}),
    ("router_id", {"router_id": "5.5.5.4"}),
    ("router_id", {"originator_id": "4.4.4.4"}),
    ("cluster_list", {"cluster_list": ("9.9.9.9",)}),
    ("peer_address", {"address": "10.0.0.4"}),
    ("session", {}),
]


@pytest.mark.parametrize(("step", "better"), ROWS, ids=[f"{s}-{i}" for i, (s, _) in enumerate(ROWS)])
def test_each_step_both_ways(step, better):
    good, base = path("a", **better), path("b")
    for paths in ([good, base], [base, good]):
        best, beaten = select(paths, Decision())
        assert best is good
        assert beaten == {base: (step, good)}
    assert Decision().compare(good, base) == (True, step)
    assert Decision().compare(base, good) == (False, step)


def test_external_step_compares_sessions():
    good, base = path("a"), path("b", kind="ibgp")
    assert Decision().compare(good, base) == (True, "external")
    assert Decision().compare(base, good) == (False, "external")
    member = path("c", kind="confed")
    assert Decision().compare(good, member) == (True, "external")
    assert Decision().compare(member, base) == (True, "confed_external")


@pytest.mark.parametrize(
    ("winning", "equal"),
    [
        ({"weight": 1}, {"weight": 1}),
        ({"local_pref": 200}, {"local_pref": 200}),
        ({"as_path": AsPath.of(65002)}, {"as_path": AsPath.of(65002)}),
        ({"origin": Origin.IGP}, {"origin": Origin.IGP}),
        ({"med": 1}, {"med": 1}),
        ({"metric": 1}, {"metric": 1}),
        ({"router_id": "1.1.1.1"}, {"router_id": "1.1.1.1"}),
    ],
)
def test_equalising_the_winning_attribute_changes_the_reason(winning, equal):
    """The reported step is the true one: without its difference the lower address decides the other way."""
    good, base = path("a", address="10.0.0.6", **winning), path("b", address="10.0.0.5")
    best, _ = select([good, base], Decision())
    assert best is good
    levelled = path("b", address="10.0.0.5", **equal)
    best, beaten = select([good, levelled], Decision())
    assert best is levelled
    assert beaten[good] == ("peer_address", levelled)


def test_med_counts_within_a_neighbour_as_only():
    low, high = path("a", med=1, address="10.0.0.6"), path("b", med=2)
    assert Decision().compare(low, high) == (True, "med")
    other = path("b", med=2, as_path=AsPath.of(65003, 65009))
    assert Decision().compare(low, other) == (False, "peer_address")
    assert Decision(always_compare_med=True).compare(low, other) == (True, "med")


def test_med_and_the_neighbour_as():
    decision = Decision()
    own, own_too = path("a", as_path=AsPath.of(), med=1), path("b", as_path=AsPath.of(), med=2)
    assert decision.compare(own, own_too) == (True, "med")
    a_set = path("a", as_path=AsPath.of({65002}, 65009), med=9)
    assert not decision.med_comparable(a_set, path("b"))
    confederate = path("a", as_path=AsPath.parse("(65101) 65002 65009"), med=1)
    assert decision.med_comparable(confederate, path("b"))


def test_missing_med():
    missing, ten = path("a", med=None, address="10.0.0.6"), path("b", med=10)
    assert Decision().compare(missing, ten) == (True, "med")
    assert Decision(med_missing_as_worst=True).compare(missing, ten) == (False, "med")


def cycle():
    """Pairwise a beats b beats c beats a: ids, ids, MED inside one AS."""
    return [
        path("a", router_id="1.0.0.1", med=200, as_path=AsPath.of(65002)),
        path("b", router_id="2.0.0.2", med=0, as_path=AsPath.of(65003)),
        path("c", router_id="3.0.0.3", med=100, as_path=AsPath.of(65002)),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_deterministic_med_does_not_depend_on_arrival(order):
    paths = cycle()
    for arrival, index in enumerate(order):
        paths[index].arrival = arrival
    best, beaten = select([paths[i] for i in order], Decision())
    a, b, c = paths
    assert best is b
    assert beaten[c] == ("router_id", b)
    assert beaten[a] == ("med", c), "the winner would not beat it; the best of its own AS did"


def test_without_grouping_the_last_fold_wins():
    winners = set()
    for order in itertools.permutations(range(3)):
        paths = cycle()
        for arrival, index in enumerate(order):
            paths[index].arrival = arrival
        best, _ = select(paths, Decision(deterministic_med=False))
        winners.add(best.peer)
    assert winners == {"a", "b", "c"}


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_multipath_does_not_depend_on_arrival(order):
    paths = [path(n, address=f"10.0.1.{i}", next_hop=f"10.0.1.{9 - i}") for i, n in enumerate("abcd")]
    for arrival, index in enumerate(order):
        paths[index].arrival = arrival
    candidates = rank([paths[i] for i in order], Decision(), Multipath(ebgp=3))
    assert [c.path.peer for c in candidates if c.best] == ["a"]
    assert {c.path.peer for c in candidates if c.multipath} == {"a", "d", "c"}, "surplus is cut by next hop"


def test_multipath_needs_what_routers_need():
    best = path("a", next_hop="10.0.0.1")
    others = {
        "same": path("b", address="10.0.0.6", next_hop="10.0.0.2"),
        "same next hop": path("c", address="10.0.0.7", next_hop="10.0.0.1"),
        "longer": path("d", address="10.0.0.8", next_hop="10.0.0.3", as_path=AsPath.of(65002, 1, 2)),
        "med": path("e", address="10.0.0.9", next_hop="10.0.0.4", med=51),
        "ibgp": path("f", kind="ibgp", next_hop="10.0.0.5"),
    }
    other_as = path("g", address="10.0.0.10", next_hop="10.0.0.6", as_path=AsPath.of(65003, 65009))
    other_as.peer_asn = 65003
    paths = [best, *others.values(), other_as]
    chosen = Multipath(ebgp=8).choose(best, paths, Decision())
    assert [p.peer for p in chosen] == ["a", "b"]
    relaxed = Multipath(ebgp=8, relax=True).choose(best, paths, Decision())
    assert [p.peer for p in relaxed] == ["a", "b", "g"]
    assert Multipath().choose(best, paths, Decision()) == (best,)


def test_ibgp_multipath_needs_the_same_path():
    best = path("a", kind="ibgp", next_hop="10.0.0.1")
    same = path("b", kind="ibgp", next_hop="10.0.0.2", address="10.0.0.6")
    other = path("c", kind="ibgp", next_hop="10.0.0.3", address="10.0.0.7", as_path=AsPath.of(65002, 7))
    chosen = Multipath(ibgp=8).choose(best, [best, same, other], Decision())
    assert [p.peer for p in chosen] == ["a", "b"]


def test_oldest_keeps_what_was_chosen():
    kept, lower = path("a", router_id="9.9.9.9"), path("b", router_id="1.1.1.1")
    decision = Decision(KEEP_OLDEST_STEPS)
    assert select([kept, lower], decision)[0] is lower
    best, beaten = select([kept, lower], decision, current=kept.source)
    assert best is kept
    assert beaten[lower] == ("oldest", kept)
    inside = [path("a", kind="ibgp", router_id="9.9.9.9"), path("b", kind="ibgp", router_id="1.1.1.1")]
    assert select(inside, decision, current=inside[0].source)[0] is inside[1], "RFC 5004 is about eBGP"


def test_steps_are_data():
    preferred, shorter = path("a", tags={"er"}), path("b", as_path=AsPath.of(65002))
    own = Step("hub_preference", lambda p: 0 if "er" in p.attributes.tags else 1)
    assert Decision().compare(preferred, shorter) == (False, "as_path")
    assert Decision((own, *RFC_STEPS)).compare(preferred, shorter) == (True, "hub_preference")
    assert Decision().without("as_path").compare(preferred, shorter) == (True, "session")
    with pytest.raises(ValueError, match="unknown decision step"):
        Decision(("colour",))
    with pytest.raises(ValueError, match="twice"):
        Decision(("med", "med"))


def test_runner_up_is_who_would_win_without_the_winner():
    paths = [path(n, address=f"10.0.2.{i}", local_pref=300 - i) for i, n in enumerate("abc")]
    candidates = rank(list(reversed(paths)), Decision(), Multipath())
    assert [c.path.peer for c in candidates] == ["a", "b", "c"]
    assert [c.lost_at for c in candidates] == [None, "local_pref", "local_pref"]
    assert candidates[2].lost_to is paths[0]
