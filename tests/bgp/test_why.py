"""Explanations: every route's fate, and why there is none."""

import pytest

from routeng.bgp import (
    LOCAL_WEIGHT,
    Attributes,
    Decision,
    End,
    Graph,
    Multipath,
    Origination,
    Policy,
    Rule,
    Session,
    Speaker,
    solve,
)
from routeng.lpm import Prefix

P = Prefix("10.1.0.0/16")
OWN = (Origination(P, Attributes(weight=LOCAL_WEIGHT)),)


def star(center_options=None, **policies):
    """A server with spokes b, c, d that originate P and a spoke e that does not."""
    server = Speaker("a", 65000, "9.9.9.9", **(center_options or {}))
    spokes = [Speaker(n, 65001 + i, f"1.1.1.{i + 1}", OWN if n != "e" else ()) for i, n in enumerate("bcde")]
    sessions = [
        Session(
            End("a", f"172.16.{i}.1", import_policy=policies.get(s.name, Policy())),
            End(s.name, f"172.16.{i}.2"),
        )
        for i, s in enumerate(spokes)
    ]
    return Graph([server, *spokes], sessions)


def test_best_lost_refused_and_not_sent():
    graph = star(b=Policy((Rule(deny=True, name="no b"),)), d=Policy((Rule(prepend=(65003,)),)), c=Policy())
    solution = solve(graph)
    assert str(solution.why("a", P)) == "\n".join(
        [
            "10.1.0.0/16 at a",
            "  best: from c over a-c (65002), at as_path against d over a-d",
            "  lost: from d over a-d (65003 65003), at as_path to c over a-c",
            "  refused: from b over a-b (65001), import_policy: no b",
            "  not sent: from e over a-e, split_horizon",
        ]
    )
    document = solution.why("a", P).to_dict()
    assert [r["stage"] for r in document["routes"]] == ["best", "lost", "refused", "not sent"]


def test_a_route_that_is_nowhere_and_one_that_is_alone():
    solution = solve(star())
    assert solution.why("a", "192.0.2.0/24").fates == ()
    (best, *rest) = solution.why("e", P).fates
    assert (best.stage, best.peer, best.reason, rest) == ("best", "a", "only_path", [])


def test_shared_and_ineligible_paths():
    server = {
        "multipath": Multipath(ebgp=2, relax=True),
        "igp": lambda hop: None if hop == "172.16.2.2" else 0,
    }
    fates = solve(star(server)).why("a", P).fates
    assert [(f.stage, f.peer, f.reason) for f in fates[:3]] == [
        ("best", "b", "router_id"),
        ("shares load", "c", "router_id"),
        ("ineligible", "d", "next_hop_unreachable"),
    ]


def test_sessions_that_are_down_are_named():
    graph = star().session_down("a-b")
    fate = solve(graph).why("a", P).fates[-1]
    assert str(fate) == "not sent: from b over a-b, session_down"
    limited = graph.sessions["a-c"]
    graph = graph.with_session(limited.replace(a=limited.a.replace(max_prefix=0)))
    fates = {f.session: f for f in solve(graph).why("a", P).fates}
    assert (fates["a-c"].reason, fates["a-c"].detail) == ("max_prefix", "a got 1 prefixes, its limit is 0")


def test_multipath_needs_a_step_to_tie_up_to():
    with pytest.raises(ValueError, match="multipath ties up to step 'external'"):
        Speaker(
            "a",
            65000,
            "1.1.1.1",
            decision=Decision(("as_path",)),
            multipath=Multipath(ebgp=2, after="external"),
        )
