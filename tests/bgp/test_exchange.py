"""Crossing a session: each option of either side, on a line of three ASes or one AS with a reflector."""

import pytest

from routeng.bgp import (
    LOCAL_WEIGHT,
    AsPath,
    Attributes,
    Confederation,
    End,
    Graph,
    Origin,
    Origination,
    Policy,
    PrefixMatch,
    Rule,
    Session,
    Speaker,
    SubnetMetrics,
    solve,
)
from routeng.bgp.aggregate import aggregate_path
from routeng.bgp.exchange import remove_private
from routeng.lpm import Prefix

P = Prefix("10.1.0.0/16")


def line(asns, held=None, options=None, speakers=None):
    """Speakers r0..rn in a row; r0 originates.  `options[i]`: (what ri sets for r(i+1), the other way round)."""
    options, speakers = options or {}, speakers or {}
    nodes = [
        Speaker(
            f"r{i}",
            asn,
            f"10.255.0.{i + 1}",
            (Origination(P, held or Attributes(weight=LOCAL_WEIGHT, med=0)),) if i == 0 else (),
            **speakers.get(i, {}),
        )
        for i, asn in enumerate(asns)
    ]
    sessions = []
    for i in range(len(asns) - 1):
        there, back = options.get(i, ({}, {}))
        sessions.append(
            Session(End(f"r{i}", f"172.16.{i}.1", **there), End(f"r{i + 1}", f"172.16.{i}.2", **back))
        )
    return solve(Graph(nodes, sessions))


def at(solution, name):
    best = solution.best(name, P)
    return None if best is None else best.attributes


def reason(solution, name):
    """Why the only route announced to `name` is not in its table."""
    (received,) = solution.received(name, P)
    return received.reject.reason


def test_ebgp_resets_and_prepends():
    held = Attributes(
        local_pref=300,
        med=7,
        weight=9,
        communities={"65000:1"},
        large_communities={"1:2:3"},
        originator_id="9.9.9.9",
        cluster_list=("8.8.8.8",),
        origin=Origin.EGP,
    )
    solution = line([65001, 65002, 65003], held)
    assert at(solution, "r1") == Attributes(
        AsPath.of(65001),
        "172.16.0.1",
        Origin.EGP,
        med=7,
        communities={"65000:1"},
        large_communities={"1:2:3"},
    )
    assert at(solution, "r2").as_path == AsPath.of(65002, 65001)
    assert at(solution, "r2").med is None
    kept = line([65001, 65002, 65003], held, {1: ({"send_med": True}, {})})
    assert at(kept, "r2").med == 7


def test_ibgp_keeps_and_does_not_readvertise():
    solution = line([65001, 65002, 65002, 65002], options={0: ({}, {"local_pref": 150, "weight": 5})})
    assert at(solution, "r1").weight == 5
    assert at(solution, "r2") == Attributes(AsPath.of(65001), "172.16.0.1", local_pref=150, med=0)
    assert at(solution, "r3") is None
    (refused,) = [a for a in solution.advertised("r2", P) if a.peer == "r3"]
    assert refused.reject.reason == "ibgp_rule"


def test_reflection_marks_the_route():
    solution = line([65002] * 4, options={1: ({"rr_client": True}, {}), 2: ({"rr_client": True}, {})})
    assert at(solution, "r2").originator_id == "10.255.0.1"
    assert at(solution, "r2").cluster_list == ("10.255.0.2",)
    assert at(solution, "r3").cluster_list == ("10.255.0.3", "10.255.0.2")
    assert at(solution, "r3").originator_id == "10.255.0.1"
    same = {i: {"cluster_id": "1.2.3.4"} for i in (1, 2)}
    looped = line(
        [65002] * 4, options={1: ({"rr_client": True}, {}), 2: ({"rr_client": True}, {})}, speakers=same
    )
    assert reason(looped, "r2") == "cluster_loop"


def test_client_to_client_reflection_may_be_off():
    both = {0: ({}, {"rr_client": True}), 1: ({"rr_client": True}, {})}
    assert at(line([65002] * 3, options=both), "r2") is not None
    off = line([65002] * 3, options=both, speakers={1: {"reflect_clients": False}})
    assert at(off, "r2") is None


NEXT_HOPS = [
    ("default", "172.16.1.1", "172.16.0.1"),
    ("self", "172.16.1.1", "172.16.1.1"),
    ("self-all", "172.16.1.1", "172.16.1.1"),
    ("unchanged", "172.16.0.1", "172.16.0.1"),
    ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
]


@pytest.mark.parametrize(("mode", "ebgp", "ibgp"), NEXT_HOPS)
def test_next_hop(mode, ebgp, ibgp):
    options = {1: ({"next_hop": mode}, {})}
    assert at(line([65001, 65002, 65003], options=options), "r2").next_hop == ebgp
    assert at(line([65001, 65002, 65002], options=options), "r2").next_hop == ibgp


def test_next_hop_self_leaves_reflected_routes_alone():
    for mode, expected in (("self", "172.16.0.1"), ("self-all", "172.16.1.1")):
        solution = line([65002] * 3, options={1: ({"rr_client": True, "next_hop": mode}, {})})
        assert at(solution, "r2").next_hop == expected


def test_own_address_as_next_hop_is_refused():
    solution = line([65001, 65002], options={0: ({"next_hop": "172.16.0.2"}, {})})
    assert reason(solution, "r1") == "next_hop_own"


def test_unreachable_and_not_connected_next_hops_do_not_compete():
    far = SubnetMetrics(((Prefix("172.16.0.0/24"), None),))
    solution = line([65001, 65002], speakers={1: {"igp": far}})
    (candidate,) = solution.rib("r1", P).candidates
    assert candidate.ineligible.reason == "next_hop_unreachable"
    routed = SubnetMetrics(((Prefix("172.16.0.0/16"), 10),))
    assert at(line([65001, 65002], speakers={1: {"igp": routed}}), "r1") is not None
    strict = line(
        [65001, 65002], options={0: ({}, {"connected_next_hop": True})}, speakers={1: {"igp": routed}}
    )
    (candidate,) = strict.rib("r1", P).candidates
    assert candidate.ineligible.reason == "next_hop_not_connected"
    assert strict.rib("r1", P).best is None


@pytest.mark.parametrize(
    ("community", "reaches"),
    [
        ("no-export", (True, False)),
        ("no-advertise", (False, False)),
        ("local-as", (True, False)),
        ("65000:9", (True, True)),
    ],
)
def test_well_known_communities(community, reaches):
    """r1 learns over eBGP; r2 is iBGP, r3 eBGP behind r1."""
    held = Attributes(weight=LOCAL_WEIGHT)
    mark = Policy((Rule(add_communities=frozenset({community})),))
    nodes = [
        Speaker("r0", 65001, "1.0.0.1", (Origination(P, held),)),
        Speaker("r1", 65002, "1.0.0.2"),
        Speaker("r2", 65002, "1.0.0.3"),
        Speaker("r3", 65003, "1.0.0.4"),
    ]
    sessions = [
        Session(End("r0", "10.0.0.1"), End("r1", "10.0.0.2", import_policy=mark)),
        Session(End("r1", "10.0.1.1"), End("r2", "10.0.1.2")),
        Session(End("r1", "10.0.2.1"), End("r3", "10.0.2.2")),
    ]
    solution = solve(Graph(nodes, sessions))
    assert (at(solution, "r2") is not None, at(solution, "r3") is not None) == reaches
    deaf = solve(Graph(nodes, sessions).with_speaker(Speaker("r1", 65002, "1.0.0.2", honours=frozenset())))
    assert at(deaf, "r3") is not None


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({}, None),
        ({"as_override": "replace"}, "65002 65002"),
        ({"as_override": "delete"}, "65002"),
        ({"strip_asns": frozenset({65001})}, "65002"),
        ({"remove_private": "all-replace"}, None),
        ({"prepend_own": False, "as_override": "replace"}, "65002"),
    ],
)
def test_getting_past_the_peers_loop_check(options, path):
    solution = line([65001, 65002, 65001], options={1: (options, {})})
    assert (None if path is None else str(at(solution, "r2").as_path)) == path or at(solution, "r2") is None
    assert (at(solution, "r2") is None) == (path is None)


def test_allowas_in():
    for count, accepted in ((0, False), (1, True)):
        solution = line([65001, 65002, 65001], options={1: ({}, {"allowas_in": count})})
        assert (at(solution, "r2") is not None) == accepted
    assert reason(line([65001, 65002, 65001]), "r2") == "as_loop"


PRIVATE, MIXED = AsPath.of(65010, 65011), AsPath.of(65010, 3356, 65011)


@pytest.mark.parametrize(
    ("mode", "private", "mixed"),
    [
        ("on", "", "65010 3356 65011"),
        ("replace", "12076 12076", "65010 3356 65011"),
        ("all", "", "3356"),
        ("all-replace", "12076 12076", "12076 3356 12076"),
    ],
)
def test_remove_private(mode, private, mixed):
    assert str(remove_private(PRIVATE, mode, 12076, 8075)) == private
    assert str(remove_private(MIXED, mode, 12076, 8075)) == mixed
    assert 65011 in remove_private(PRIVATE, mode, 12076, 65011).asns, "the peer's own AS stays"


def test_confederation_edges():
    """r1, r2 are members 65101 and 65102 of 65001; r0 and r3 are outside."""
    inside = {
        1: {"confederation": Confederation(65001, frozenset({65102}))},
        2: {"confederation": Confederation(65001, frozenset({65101}))},
    }
    held = Attributes(weight=LOCAL_WEIGHT, med=5)
    solution = line([65000, 65101, 65102, 65003], held, speakers=inside)
    assert str(at(solution, "r2").as_path) == "(65101) 65000"
    assert at(solution, "r2").next_hop == "172.16.0.1"
    assert (at(solution, "r2").local_pref, at(solution, "r2").med) == (100, 5)
    assert str(at(solution, "r3").as_path) == "65001 65000"
    looped = line([65001, 65101, 65102], speakers=inside)
    assert reason(looped, "r1") == "as_loop", "the confederation's own AS is in the path"


def test_policy_rules():
    held = Attributes(
        as_path=AsPath.of(64999), med=5, communities={"65000:1", "65000:2"}, large_communities={"1:1:1"}
    )

    def after(*rules, default_deny=False):
        policy = Policy(tuple(rules), default_deny)
        solution = line([65001, 65002], held, {0: ({}, {"import_policy": policy})})
        return at(solution, "r1")

    deny = {"deny": True}
    assert after(Rule(**deny, as_path_contains=64999)) is None
    assert after(Rule(**deny, as_path_contains=64998)) is not None
    assert after(Rule(**deny, as_path_regex="_64999$")) is None
    assert after(Rule(**deny, as_path_regex="^64999_")) is not None
    assert after(Rule(**deny, as_path_length=(2, 2))) is None
    assert after(Rule(**deny, as_path_length=(3, 9))) is not None
    assert after(Rule(**deny, communities=frozenset({"65000:1", "65000:2"}))) is None
    assert after(Rule(**deny, communities=frozenset({"65000:1", "65000:3"}))) is not None
    assert after(Rule(**deny, large_communities=frozenset({"1:1:1"}))) is None
    assert after(Rule(**deny, med=5)) is None
    assert after(Rule(**deny, med=-1)) is not None
    assert after(Rule(**deny, origin=Origin.EGP)) is not None
    assert after(Rule(**deny, neighbour="r0")) is None
    assert after(Rule(**deny, neighbour="r9")) is not None
    assert after(Rule(**deny, next_hop="172.16.0.1")) is None
    assert after(Rule(**deny, prefixes=(PrefixMatch.parse("10.0.0.0/8 le 16"),))) is None
    assert after(Rule(**deny, prefixes=(PrefixMatch.parse("10.0.0.0/8 ge 17"),))) is not None
    assert after(default_deny=True) is None
    assert after(Rule(prepend=(1, 2))).as_path == AsPath.of(1, 2, 65001, 64999)
    changed = after(
        Rule(
            set_local_pref=7,
            set_med=8,
            set_weight=9,
            set_origin=Origin.INCOMPLETE,
            set_next_hop="192.0.2.1",
            remove_communities=frozenset({"65000:1"}),
            add_communities=frozenset({"65000:9"}),
            add_large_communities=frozenset({"2:2:2"}),
        )
    )
    assert changed == Attributes(
        AsPath.of(65001, 64999),
        "192.0.2.1",
        Origin.INCOMPLETE,
        7,
        8,
        9,
        {"65000:2", "65000:9"},
        {"1:1:1", "2:2:2"},
    )
    assert after(Rule(add_communities=frozenset({"1:1"}), replace_communities=True)).communities == {"1:1"}


@pytest.mark.parametrize(
    ("text", "prefix", "matches"),
    [
        ("10.0.0.0/8", "10.0.0.0/8", True),
        ("10.0.0.0/8", "10.0.0.0/9", False),
        ("10.0.0.0/8 le 16", "10.0.0.0/8", True),
        ("10.0.0.0/8 le 16", "10.1.0.0/16", True),
        ("10.0.0.0/8 le 16", "10.1.0.0/17", False),
        ("10.0.0.0/8 ge 17", "10.1.0.0/16", False),
        ("10.0.0.0/8 ge 17", "10.1.2.3/32", True),
        ("10.0.0.0/8 ge 17 le 24", "10.1.2.0/25", False),
        ("10.0.0.0/8 le 32", "11.0.0.0/16", False),
        ("0.0.0.0/0 le 32", "2001:db8::/32", False),
        ("::/0 le 128", "2001:db8::/32", True),
    ],
)
def test_prefix_matches(text, prefix, matches):
    assert PrefixMatch.parse(text).matches(Prefix(prefix)) is matches
    assert str(PrefixMatch.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.0.0.0/8 ge",
        "10.0.0.0/8 ge 7",
        "10.0.0.0/8 ge 20 le 19",
        "10.0.0.0/8 le 33",
        "10.0.0.0/8 eq 9",
        "10.0.0.0/8 ge 9 ge 9",
    ],
)
def test_bad_prefix_matches(text):
    with pytest.raises(ValueError, match=r"not a prefix match|lengths must satisfy"):
        PrefixMatch.parse(text)


def test_aggregate_paths():
    paths = [AsPath.of(1, 2, 3), AsPath.of(1, 2, 4, 5), AsPath.of(1, 2, {6, 7})]
    assert aggregate_path(paths) == AsPath.of(1, 2, {3, 4, 5, 6, 7})
    assert aggregate_path([AsPath.of(1, 2)]) == AsPath.of(1, 2)
    assert aggregate_path([AsPath.of(1), AsPath.of()]) == AsPath.of({1})
    assert aggregate_path([]) == AsPath.of()


def test_as_path_reading_and_writing():
    text = "(65101 65102) 65001 65002 {65003,65004}"
    path = AsPath.parse(text)
    assert str(path) == text
    assert AsPath.from_json(path.to_json()) is path
    assert (path.hops, path.first, path.confed_first) == (3, 65001, 65101)
    assert path.count(65003) == 1
    assert str(path.without_leading_confed()) == "65001 65002 {65003,65004}"
    assert str(path.prepend(7)) == "7 (65101 65102) 65001 65002 {65003,65004}"
    assert str(AsPath.of(64512, 65534, 3356, 64512).strip_leading(lambda asn: asn != 3356)) == "3356 64512"
    for bad in ("x", "1 {", "4294967296", "{}"):
        with pytest.raises(ValueError, match=r"not an AS path|outside 0"):
            AsPath.parse(bad)


def test_third_party_next_hops_stay_inside_the_shared_subnet():
    held = Attributes(weight=LOCAL_WEIGHT, next_hop="172.16.1.9")
    for subnet, expected in (("172.16.1.0/24", "172.16.1.9"), ("172.16.9.0/24", "172.16.1.1")):
        shared = {"next_hop": "third-party", "subnet": Prefix(subnet)}
        options = {0: ({"next_hop": "unchanged"}, {}), 1: (shared, {})}
        assert at(line([65001, 65002, 65003], held, options), "r2").next_hop == expected
