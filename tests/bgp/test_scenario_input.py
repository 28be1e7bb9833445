"""Bad scenarios: all errors at once, each with its place and the nearest right value."""

import copy
import json
import random
from pathlib import Path

import pytest

from routeng.bgp.scenario import run, run_document
from routeng.inputs.errors import InputErrors

GOOD = {
    "name": "s",
    "routers": [
        {"name": "A", "asn": 65001, "router_id": "1.1.1.1", "originate": [{"prefix": "10.0.0.0/8"}]},
        {"name": "B", "asn": 65002, "router_id": "2.2.2.2"},
        {"name": "C", "asn": 65002, "router_id": "3.3.3.3"},
    ],
    "sessions": [
        {"a": "A", "a_addr": "172.30.0.1", "b": "B", "b_addr": "172.30.0.2"},
        {"a": "B", "a_addr": "172.30.0.5", "b": "C", "b_addr": "172.30.0.6"},
    ],
}


def changed(*path_and_value):
    *path, key, value = path_and_value
    document = copy.deepcopy(GOOD)
    place = document
    for step in path:
        place = place[step]
    place[key] = value
    return document


def errors_of(document):
    with pytest.raises(InputErrors) as caught:
        run_document(document, "s.json")
    return {(e.pointer, e.message, e.suggestion) for e in caught.value.errors}


def test_the_good_one_is_good():
    result = run_document(GOOD)
    assert str(result.solution.best("C", "10.0.0.0/8").attributes.as_path) == "65001"


RULE = ("sessions", 0, "a_opts", {"import": [{"match": {}}]})
ROWS = [
    (("routers", 0, "colour", 1), "/routers/0/colour", "unknown key", None),
    (("routers", 0, "asm", 1), "/routers/0/asm", "unknown key", "asn"),
    (("routers", 0, "asn", 0), "/routers/0/asn", "must be in 1..4294967295", None),
    (("routers", 0, "asn", "65001"), "/routers/0/asn", "a whole number is wanted", None),
    (("routers", 0, "asn", True), "/routers/0/asn", "a whole number is wanted", None),
    (
        ("routers", 1, "router_id", "1.1.1.1"),
        "/routers/1/router_id",
        "duplicate router id, 'A' has it too",
        None,
    ),
    (("routers", 1, "name", "A"), "/routers/1/name", "this router exists twice", None),
    (
        ("routers", 1, "router_id", "0.0.0.0"),
        "/routers/1/router_id",
        "a router id in dotted form, not 0.0.0.0, is wanted",
        None,
    ),
    (("sessions", 0, "b", "b"), "/sessions/0/b", "no router of this name", "B"),
    (("sessions", 0, "b", "A"), "/sessions/0/b", "a router cannot have a session with itself", None),
    (
        ("sessions", 0, "b_addr", "172.30.0.9"),
        "/sessions/0/b_addr",
        "not in the link's subnet 172.30.0.0/30",
        None,
    ),
    (("sessions", 0, "b_addr", "172.30.0.1"), "/sessions/0/b_addr", "both ends have the same address", None),
    (("sessions", 0, "b_addr", "::1"), "/sessions/0/b_addr", "the addresses are of different families", None),
    (
        ("sessions", 1, {**GOOD["sessions"][0], "a": "C"}),
        "/sessions/1/a_addr",
        "router 'A' has this address",
        None,
    ),
    (
        ("sessions", 1, GOOD["sessions"][0]),
        "/sessions/1",
        "a session between these addresses exists already",
        None,
    ),
    (("sessions", 0, "plen", 33), "/sessions/0/plen", "must be in 0..32", None),
    (
        ("sessions", 0, "a_opts", {"rr_client": True}),
        "/sessions/0/a_opts/rr_client",
        "a reflector client needs iBGP, this session is ebgp",
        None,
    ),
    (
        ("sessions", 1, "b_opts", {"as_override": True}),
        "/sessions/1/b_opts/as_override",
        "as-override needs eBGP, this session is ibgp",
        None,
    ),
    (
        ("sessions", 1, "b_opts", {"remove_private_as": "all"}),
        "/sessions/1/b_opts/remove_private_as",
        "remove-private-as needs eBGP, this session is ibgp",
        None,
    ),
    (
        ("sessions", 0, "a_opts", {"remove_private_as": "al"}),
        "/sessions/0/a_opts/remove_private_as",
        "must be one of on, all, replace, all-replace",
        "all",
    ),
    (("sessions", 0, "a_opts", {"weight": 65536}), "/sessions/0/a_opts/weight", "must be in 0..65535", None),
    (
        ("sessions", 0, "a_opts", {"import_default": "allow"}),
        "/sessions/0/a_opts/import_default",
        "must be one of permit, deny",
        None,
    ),
    (
        ("sessions", 0, "a_opts", {"import": [{"match": {"prefixes": ["10.0.0.1/8"]}}]}),
        "/sessions/0/a_opts/import/0/match/prefixes/0",
        "the prefix has host bits set",
        "10.0.0.0/8",
    ),
    (
        ("sessions", 0, "a_opts", {"import": [{"match": {"prefixes": []}}]}),
        "/sessions/0/a_opts/import/0/match/prefixes",
        "an empty prefix list matches nothing",
        None,
    ),
    (
        ("sessions", 0, "a_opts", {"export": [{"set": {"next_hop": "10.0.0.256"}}]}),
        "/sessions/0/a_opts/export/0/set/next_hop",
        None,
        None,
    ),
    (
        ("sessions", 0, "a_opts", {"export": [{"set": {"communities": ["65536:1"]}}]}),
        "/sessions/0/a_opts/export/0/set/communities/0",
        None,
        None,
    ),
    (
        ("routers", 0, "originate", [{"prefix": "10.0.0.1/8"}]),
        "/routers/0/originate/0/prefix",
        "the prefix has host bits set",
        "10.0.0.0/8",
    ),
    (
        ("routers", 0, "originate", [{"prefix": "2001:DB8::/32"}]),
        "/routers/0/originate/0/prefix",
        "the prefix is not in canonical form",
        "2001:db8::/32",
    ),
    (
        ("routers", 0, "originate", [{"prefix": "10.0.0.0/8"}, {"prefix": "10.0.0.0/8"}]),
        "/routers/0/originate/1/prefix",
        "declared twice",
        None,
    ),
    (
        ("routers", 0, "bgp", {"max_paths_ebgp": 0}),
        "/routers/0/bgp/max_paths_ebgp",
        "must be in 1..256",
        None,
    ),
    (
        ("routers", 0, "bgp", {"confederation": {"id": 65009, "peers": [65001]}}),
        "/routers/0/bgp/confederation/peers",
        "the own member AS is listed as a peer",
        None,
    ),
    (
        ("routers", 1, "bgp", {"confederation": {"id": 65009}}),
        "/sessions/1",
        "B and C share AS 65002, but only one is in a confederation",
        None,
    ),
    (
        ("routers", 1, "bgp", {"confederation": {"id": 65001}}),
        "/sessions/0",
        "an eBGP session inside AS 65001",
        None,
    ),
    (("stages", [["A", "B"], ["B", "D"]]), "/stages/1/0", "this router has started already", None),
    (("stages", [["A", "B"], ["c"]]), "/stages/1/0", "no router of this name", "C"),
    (("stages", [["A"]]), "/stages", "these routers never start: B, C", None),
    (("routers", {}), "/routers", "an array is wanted", None),
]


@pytest.mark.parametrize(
    ("change", "pointer", "message", "suggestion"), ROWS, ids=[r[1] + f"-{i}" for i, r in enumerate(ROWS)]
)
def test_each_error_has_its_place(change, pointer, message, suggestion):
    found = errors_of(changed(*change))
    matching = [e for e in found if e[0] == pointer]
    assert matching, found
    if message is not None:
        assert (pointer, message, suggestion) in matching


def test_all_errors_at_once_and_below_the_wrapper():
    document = changed("routers", 1, "router_id", "1.1.1.1")
    document["sessions"][0]["b"] = "Z"
    document["extra"] = 1
    document["routers"][2]["originate"] = [{"prefix": "10.0.0.1/8"}, {}]
    pointers = {e[0] for e in errors_of({"scenario": document, "answers": {}})}
    assert pointers == {
        "/scenario/extra",
        "/scenario/routers/1/router_id",
        "/scenario/sessions/0/b",
        "/scenario/routers/2/originate/0/prefix",
        "/scenario/routers/2/originate/1",
    }


@pytest.mark.parametrize("document", [None, [], 5, "x", {}, {"scenario": None}, {"scenario": {"routers": 1}}])
def test_wrong_shapes_are_errors_not_tracebacks(document):
    assert errors_of(document)


def test_duplicate_keys_are_refused(tmp_path):
    path = tmp_path / "s.json"
    path.write_text(json.dumps(GOOD).replace('"asn": 65001', '"asn": 65001, "asn": 65001'))
    with pytest.raises(InputErrors, match="duplicate key"):
        run(path)


def test_ipv6_and_parallel_sessions():
    document = copy.deepcopy(GOOD)
    document["routers"][0]["originate"].append({"prefix": "2001:db8::/32"})
    document["sessions"].append({"a": "A", "a_addr": "172.30.0.9", "b": "B", "b_addr": "172.30.0.10"})
    routers = run_document(document).routers()
    assert [p["peer_addr"] for p in routers["B"]["10.0.0.0/8"]] == ["172.30.0.1", "172.30.0.9"]
    assert routers["C"]["2001:db8::/32"][0]["as_path"] == [65001]


def test_stages_give_the_history_they_say():
    document = copy.deepcopy(GOOD)
    document["stages"] = [["A"], ["B", "C"]]
    assert run_document(document).routers() == run_document(GOOD).routers()


def test_document_has_the_recorded_form_and_is_stable():
    first, second = (json.dumps(run_document(GOOD).to_dict()) for _ in range(2))
    assert first == second
    document = json.loads(first)
    assert document["scenario"] == GOOD
    assert (document["stable"], document["unique"]) == (True, True)
    routers = document["answers"]["routeng"]["routers"]
    assert routers["A"]["10.0.0.0/8"] == [{"best": True, "from": "local", "med": 0, "weight": 32768}]
    assert routers["B"]["10.0.0.0/8"] == [
        {
            "as_path": [65001],
            "best": True,
            "from": "A",
            "med": 0,
            "next_hop": "172.30.0.1",
            "peer_addr": "172.30.0.1",
        }
    ]
    assert run_document(document).routers() == routers, "the answer is itself a scenario file"


def test_command(tmp_path, capfd):
    from routeng.cli.bgp import command

    path = tmp_path / "s.json"
    path.write_text(json.dumps(GOOD))
    assert command.main([str(path), "--router", "C"], standalone_mode=False) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[2].split() == [
        "C",
        "*",
        "10.0.0.0/8",
        "172.30.0.1",
        "B",
        "65001",
        "igp",
        "0",
        "100",
        "0",
        "only",
        "path",
    ]
    assert command.main([str(path), "-o", "json"], standalone_mode=False) == 0
    assert json.loads(capfd.readouterr().out) == run(path).to_dict()


def test_a_scenario_that_never_settles_says_so(tmp_path, capfd):
    """RFC 3345 in the scenario's own terms is long; three ASes that prefer each other's way are not."""
    from routeng.cli.bgp import command

    ring = {1: 2, 2: 3, 3: 1}
    routers = [{"name": "R9", "asn": 9, "router_id": "9.9.9.9", "originate": [{"prefix": "10.0.0.0/8"}]}]
    routers += [{"name": f"R{n}", "asn": n, "router_id": f"{n}.{n}.{n}.{n}"} for n in ring]
    sessions = [{"a": "R9", "a_addr": f"172.30.{n}.1", "b": f"R{n}", "b_addr": f"172.30.{n}.2"} for n in ring]
    for n, liked in ring.items():
        # Only the liked neighbour's direct path: one that passed through the third AS is denied.
        third = ({1, 2, 3} - {n, liked}).pop()
        rules = [{"action": "deny", "match": {"as_path_contains": third}}, {"set": {"local_pref": 200}}]
        sessions.append(
            {
                "a": f"R{n}",
                "a_addr": f"172.30.1{n}.1",
                "b": f"R{liked}",
                "b_addr": f"172.30.1{n}.2",
                "a_opts": {"import": rules},
                "b_opts": {"import_default": "deny"},
            }
        )
    document = {"name": "gadget", "routers": routers, "sessions": sessions}
    path = tmp_path / "gadget.json"
    path.write_text(json.dumps(document))
    assert command.main([str(path)], standalone_mode=False) == 1
    assert "10.0.0.0/8 never settles: " in capfd.readouterr().out
    answer = run_document(document).to_dict()
    assert (answer["stable"], answer["converged"], answer["unique"]) == (False, False, False)
    (oscillation,) = answer["oscillations"]
    assert set(oscillation["speakers"]) == {"R1", "R2", "R3"}
    assert oscillation["period"] == len(oscillation["cycle"])


def test_command_line_reports_every_error_and_exits_2(tmp_path, capfd):
    from routeng.cli.app import run as routeng

    document = changed("routers", 1, "router_id", "1.1.1.1")
    document["sessions"][0]["b"] = "b"
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(document))
    assert routeng(["bgp", str(path)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "bad.json#/routers/1/router_id: duplicate router id" in err
    assert 'bad.json#/sessions/0/b: no router of this name: "b" (did you mean "B"?)' in err
    path.write_text(json.dumps(GOOD))
    assert routeng(["bgp", str(path), "--router", "c"]) == 2
    assert "Did you mean 'C'?" in capfd.readouterr().err
    assert routeng(["bgp", str(path), "--prefix", "10.0.0.0/8"]) == 0


JUNK = [
    None,
    True,
    -1,
    1.5,
    2**40,
    10**30,
    "",
    "x",
    "10.0.0.1/8",
    "::1",
    [],
    {},
    [None],
    {"a": 1},
    [[1]],
    "１",
]


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


@pytest.mark.parametrize(
    "name", ["aggregate-nested", "confederation", "community-replace", "oldest-path", "igp-metric"]
)
def test_spoilt_scenarios_never_raise_anything_else(name):
    """Every value of a good file replaced by junk, or listed twice: accepted, or InputErrors with a place."""
    case = Path(__file__).parent / "cases" / "handwritten" / f"{name}.json"
    good = json.loads(case.read_text())["scenario"]
    rng = random.Random(name)
    refused = []
    for path in places(good):
        for junk in rng.sample(JUNK, 4):
            document = copy.deepcopy(good)
            place = document
            for step in path[:-1]:
                place = place[step]
            if not path:
                document = junk
            elif isinstance(place, list) and junk is None:
                place.append(copy.deepcopy(place[path[-1]]))
            else:
                place[path[-1]] = junk
            try:
                run_document(document).rows()
            except InputErrors as caught:
                refused.extend(caught.errors)
    assert len(refused) > 50
    assert all(e.message and (not e.pointer or e.pointer.startswith("/")) for e in refused)
