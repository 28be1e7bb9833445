"""What a platform plugs in: own steps, transforms, selectors, tags, instances that share an AS."""

import pytest

from routeng.bgp import (
    LOCAL_WEIGHT,
    RFC_STEPS,
    AsPath,
    Attributes,
    Decision,
    End,
    Graph,
    Multipath,
    Origination,
    Policy,
    PrefixMatch,
    Reject,
    Rule,
    Selector,
    Session,
    Speaker,
    Step,
    Transform,
    is_private,
    solve,
)
from routeng.lpm import Prefix

P, Q = Prefix("10.1.0.0/16"), Prefix("10.2.0.0/16")
OWN = Attributes(weight=LOCAL_WEIGHT, med=0)


def speaker(name, asn, *prefixes, **options):
    number = sum(name.encode()) % 250
    routes = tuple(Origination(p, options.pop("attributes", OWN)) for p in prefixes)
    return Speaker(name, asn, f"10.255.{asn % 250}.{number}", routes, **options)


def session(a, b, serial, a_options=None, b_options=None, **options):
    one = End(a, f"172.16.{serial}.1", **(a_options or {}))
    two = End(b, f"172.16.{serial}.2", **(b_options or {}))
    return Session(one, two, **options)


def path(solution, name, prefix=P):
    best = solution.best(name, prefix)
    return None if best is None else str(best.attributes.as_path)


def tag(word):
    return (Transform(lambda a, crossing: a.replace(tags=frozenset({word})), f"tag {word}"),)


def test_a_step_of_its_own_on_tags():
    preference = Step("source", lambda p: 0 if "circuit" in p.attributes.tags else 1)
    hub = speaker("hub", 65000, decision=Decision((preference, *RFC_STEPS)))
    far = Policy((Rule(prepend=(65001, 65001)),))
    graph = Graph(
        [hub, speaker("circuit", 65001, P), speaker("tunnel", 65002, P)],
        [
            session("hub", "circuit", 1, {"import_transforms": tag("circuit")}, {"export_policy": far}),
            session("hub", "tunnel", 2, {"import_transforms": tag("tunnel")}),
        ],
    )
    solution = solve(graph)
    entry = solution.rib("hub", P)
    assert entry.best.peer == "circuit"
    assert entry.reason == "source"
    assert entry.candidates[1].lost_to.peer == "circuit"


def test_tags_travel_unless_dropped():
    middle = speaker("middle", 65002)
    graph = Graph(
        [speaker("a", 65001, P, attributes=OWN.replace(tags={"vnet"})), middle, speaker("c", 65003)],
        [session("a", "middle", 1), session("middle", "c", 2)],
    )
    assert solve(graph).best("c", P).attributes.tags == {"vnet"}
    drop = Transform(lambda a, crossing: a.replace(tags=frozenset()), "forget")
    graph = graph.with_session(session("middle", "c", 2, {"export_transforms": (drop,)}))
    assert solve(graph).best("c", P).attributes.tags == frozenset()


def test_transforms_before_the_own_as():
    """A provider edge that drops leading private ASes towards a customer and hides one AS towards others."""
    strip = Transform(lambda a, c: a.replace(as_path=a.as_path.strip_leading(is_private)), "strip private")
    hide = Transform(lambda a, c: a.replace(as_path=a.as_path.replace(65515, 12076)), "hide")
    graph = Graph(
        [
            speaker("gateway", 65515, P),
            speaker("edge", 12076),
            speaker("customer", 64513),
            speaker("other", 65515),
        ],
        [
            session("gateway", "edge", 1),
            session("edge", "customer", 2, {"export_transforms": (strip,)}),
            session("edge", "other", 3, {"export_transforms": (hide,)}),
        ],
    )
    solution = solve(graph)
    assert path(solution, "customer") == "12076"
    assert path(solution, "other") == "12076 12076"
    assert solution.best("customer", P).attributes.next_hop == "172.16.2.1"


def test_a_transform_may_refuse_and_is_named_in_both_directions():
    no_default = Transform(
        lambda a, c: Reject("no_default", "not passed on") if c.prefix_class else a,
        "no default",
        prefix_class=lambda prefix: prefix.length == 0,
    )
    default = Prefix("0.0.0.0/0")
    origins = speaker("a", 65001, P, default)
    out = Graph([origins, speaker("b", 65002)], [session("a", "b", 1, {"export_transforms": (no_default,)})])
    solution = solve(out)
    assert path(solution, "b", P) == "65001"
    assert solution.best("b", default) is None
    (refused,) = solution.advertised("a", default)
    assert (refused.attributes, refused.reject.reason, refused.peer) == (None, "no_default", "b")
    into = Graph(
        [origins, speaker("b", 65002)], [session("a", "b", 1, None, {"import_transforms": (no_default,)})]
    )
    solution = solve(into)
    (received,) = solution.received("b", default)
    assert received.accepted is None
    assert received.reject == Reject("no_default", "not passed on")
    assert str(received.sent.as_path) == "65001"
    assert solution.rib("b", default) is None


def test_transforms_are_memoised_and_see_the_crossing():
    seen = []

    def watch(attributes, crossing):
        seen.append(crossing)
        return attributes

    prefixes = [Prefix.from_int((10 << 24) + (n << 8), 24, 4) for n in range(50)]
    graph = Graph(
        [speaker("a", 65001, *prefixes), speaker("b", 65002)],
        [session("a", "b", 1, {"export_transforms": (Transform(watch, "watch"),)}, name="link")],
    )
    solution = solve(graph)
    assert len(solution.prefixes("b")) == 50
    assert len(seen) == 1
    crossing = seen[0]
    assert (crossing.session, crossing.sender, crossing.receiver) == ("link", "a", "b")
    assert (crossing.direction, crossing.source_kind) == ("export", "local")


def not_to_announcers(view):
    """Do not send a learned route to a peer that announces the prefix itself."""
    if view.best is None:
        return Reject("no_route")
    if not view.best.is_local and view.heard_from(view.peer):
        return Reject("peer_announces_it")
    return view.best


def test_a_selector_sees_what_the_peer_announces():
    server = speaker("server", 65000)
    spokes = [speaker("a", 65001, P), speaker("b", 65002, P, Q), speaker("c", 65003)]
    choose = {"select": Selector(not_to_announcers, "not to announcers")}
    graph = Graph([server, *spokes], [session("server", s.name, i, choose) for i, s in enumerate(spokes)])
    solution = solve(graph)
    best = solution.best("server", P).peer
    loser = {"a": "b", "b": "a"}[best]
    reasons = {x.peer: x.reject and x.reject.reason for x in solution.advertised("server", P)}
    assert reasons == {loser: "peer_announces_it", best: "peer_announces_it", "c": None}
    assert path(solution, "a", Q) == "65000 65002"


def lowest_next_hop(view):
    """Of the paths in use send the one with the lowest next hop, chosen as best or not."""
    paths = view.multipath
    return min(paths, key=lambda p: p.attributes.next_hop) if paths else Reject("no_route")


def test_a_selector_may_send_a_path_that_is_not_best():
    server = speaker("server", 65000, multipath=Multipath(ebgp=4, relax=True))
    best_id = Speaker("a", 65001, "1.1.1.1", (Origination(P, OWN),))
    other = Speaker("b", 65002, "9.9.9.9", (Origination(P, OWN),))
    keep = {"next_hop": "unchanged", "select": Selector(lowest_next_hop, "lowest next hop")}
    graph = Graph(
        [server, best_id, other, speaker("c", 65003)],
        [session("server", "a", 9), session("server", "b", 2), session("server", "c", 3, keep)],
    )
    solution = solve(graph)
    assert solution.best("server", P).peer == "a"
    assert path(solution, "c") == "65000 65002"
    assert solution.best("c", P).attributes.next_hop == "172.16.2.2"


def test_a_selector_with_prefix_classes():
    def only_even(view):
        return view.best or Reject("no_route") if view.prefix_class == 0 else Reject("odd")

    choose = Selector(only_even, "even", prefix_class=lambda p: (p.network >> 16) % 2)
    graph = Graph(
        [speaker("a", 65001, P, Q), speaker("b", 65002)], [session("a", "b", 1, {"select": choose})]
    )
    solution = solve(graph)
    assert solution.prefixes("b") == [Q]
    assert solution.advertised("a", P)[0].reject.reason == "odd"


def test_split_horizon_by_session_peer_or_not_at_all():
    a, b = speaker("a", 65001, P), speaker("b", 65002)
    for mode, expected in (
        ("session", {"one": False, "two": True}),
        ("peer", {"one": False, "two": False}),
        ("none", {"one": True, "two": True}),
    ):
        options = {"split_horizon": mode}
        graph = Graph(
            [a, b],
            [
                session("a", "b", 1, None, options, name="one"),
                session("a", "b", 2, None, options, name="two"),
            ],
        )
        solution = solve(graph)
        assert solution.best("b", P).session == "one"
        sent = {x.session: x.attributes is not None for x in solution.advertised("b", P)}
        assert sent == expected, mode


def test_instances_share_an_as_and_a_session_kind_may_be_forced():
    one, two = speaker("one", 65515, P), speaker("two", 65515)
    inside = solve(Graph([one, two], [session("one", "two", 1)]))
    assert inside.best("two", P).kind == "ibgp"
    assert path(inside, "two") == ""
    outside = solve(Graph([one, two], [session("one", "two", 1, kind="ebgp")]))
    assert outside.best("two", P) is None
    assert outside.received("two", P)[0].reject.reason == "as_loop"
    tolerant = {"allow_asns": frozenset({65515})}
    allowed = solve(Graph([one, two], [session("one", "two", 1, None, tolerant, kind="ebgp")]))
    assert path(allowed, "two") == "65515"


@pytest.mark.parametrize("where", ["end", "speaker"])
def test_refused_as_numbers(where):
    refused = frozenset({65001})
    options = {"refuse_asns": refused} if where == "speaker" else {}
    b = speaker("b", 65002)
    c = speaker("c", 65003, **options)
    graph = Graph(
        [speaker("a", 65001, P), b, c],
        [session("a", "b", 1), session("b", "c", 2, None, {} if options else {"refuse_asns": refused})],
    )
    solution = solve(graph)
    assert solution.best("c", P) is None
    assert solution.received("c", P)[0].reject == Reject("refused_asn", "AS 65001")


def test_default_originate_and_add_path():
    default = Prefix("0.0.0.0/0")
    graph = Graph(
        [speaker("a", 65001), speaker("b", 65002)], [session("a", "b", 1, {"default_originate": True})]
    )
    solution = solve(graph)
    assert path(solution, "b", default) == "65001"
    assert solution.best("a", default) is None
    down = solution.resolve_with(graph.session_down("a-b"))
    assert down.best("b", default) is None
    several = Graph(
        [speaker("rs", 65000), speaker("x", 65001, P), speaker("y", 65002, P), speaker("z", 65003)],
        [session("rs", "x", 1), session("rs", "y", 2), session("rs", "z", 3, {"add_path": 2})],
    )
    solution = solve(several)
    entry = solution.rib("z", P)
    assert {str(c.attributes.as_path) for c in entry.candidates} == {"65000 65001", "65000 65002"}
    assert len({c.path.path_id for c in entry.candidates}) == 2


def test_max_prefix_takes_the_session_down():
    prefixes = [Prefix.from_int((10 << 24) + (n << 8), 24, 4) for n in range(11)]
    graph = Graph(
        [speaker("a", 65001, *prefixes), speaker("b", 65002, P), speaker("c", 65003)],
        [session("a", "b", 1, None, {"max_prefix": 10}), session("b", "c", 2)],
    )
    solution = solve(graph)
    (dropped,) = solution.dropped_sessions
    assert (dropped.session, dropped.receiver, dropped.received, dropped.limit) == ("a-b", "b", 11, 10)
    assert solution.prefixes("c") == [P]
    assert solution.best("a", P) is None, "both directions are gone"
    fewer = solution.resolve_with(graph.with_speaker(speaker("a", 65001, *prefixes[:10])))
    assert fewer.dropped_sessions == ()
    assert len(fewer.prefixes("c")) == 11


def test_prefix_matches_split_classes_and_answers_do_not_depend_on_it():
    prefixes = [Prefix.from_int((10 << 24) + (n << 8), 24, 4) for n in range(8)]
    only = Policy((Rule(prefixes=(PrefixMatch(prefixes[3]),), set_local_pref=50, prepend=(65009,)), Rule()))
    graph = Graph(
        [speaker("a", 65001, *prefixes), speaker("b", 65002), speaker("c", 65003)],
        [session("a", "b", 1, None, {"import_policy": only}), session("b", "c", 2)],
    )
    solution = solve(graph)
    assert len(solution.partition.classes) == 2
    for prefix in prefixes:
        expected = "65002 65009 65001" if prefix == prefixes[3] else "65002 65001"
        assert path(solution, "c", prefix) == expected
    assert solution.best("b", prefixes[3]).attributes.local_pref == 50


def test_interning():
    assert AsPath.of(1, 2) is AsPath.parse("1 2")
    assert Attributes(as_path=AsPath.of(1)) is Attributes(as_path=AsPath.of(1))
    with pytest.raises(TypeError, match="no such attribute"):
        OWN.replace(colour=1)
