"""The columnar decision equals the one-prefix decision, reasons included."""

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeng.bgp import AsPath, Attributes, Decision, Multipath, Origin, Path, Step
from routeng.bgp.attributes import address_key
from routeng.bgp.bulk import INTERNAL, decide_table, share_table
from routeng.bgp.decision import KEEP_OLDEST_STEPS, RFC_STEPS, STANDARD_STEPS, select

PATHS = [
    AsPath.of(),
    AsPath.of(65002),
    AsPath.of(65002, 65004),
    AsPath.of(65003, 65004),
    AsPath.of({65002}, 65004),
]


@st.composite
def a_path(draw, arrival):
    kind = draw(st.sampled_from(["ebgp", "ibgp", "local", "aggregate"]))
    learned = kind in ("ebgp", "ibgp")
    held = Attributes(
        as_path=draw(st.sampled_from(PATHS)),
        next_hop=draw(st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.3"])),
        origin=draw(st.sampled_from(list(Origin))),
        local_pref=draw(st.sampled_from([None, 100, 200])),
        med=draw(st.sampled_from([None, 0, 7, 9])),
        weight=draw(st.sampled_from([0, 0, 0, 5])),
        originator_id=draw(st.sampled_from([None, "1.1.1.1"])),
        cluster_list=draw(st.sampled_from([(), ("9.9.9.9",)])),
    )
    return Path(
        held,
        kind,
        peer="p" if learned else "local",
        session=f"s{99 - arrival:02}" if learned else "",
        peer_asn=held.as_path.first or 0,
        peer_address=draw(st.sampled_from(["10.0.0.1", "10.0.0.2"])) if learned else None,
        peer_router_id=draw(st.sampled_from(["1.1.1.1", "2.2.2.2"])),
        igp_metric=draw(st.sampled_from([0, 10])) if learned else 0,
        arrival=arrival,
        path_id=arrival,
    )


@st.composite
def a_prefix(draw):
    return [draw(a_path(n)) for n in range(draw(st.integers(0, 6)))]


DECISIONS = [
    Decision(),
    Decision(always_compare_med=True),
    Decision(deterministic_med=False),
    Decision(med_missing_as_worst=True),
    Decision(RFC_STEPS),
    Decision().without("as_path", "med"),
    Decision(tuple(reversed(STANDARD_STEPS))),
]


def ordered(paths):
    """Newest first, which is also the order of the closing step `session` here; own paths first among equals."""
    return sorted(paths, key=lambda p: (p.session, -p.arrival))


def columns_of(paths, decision):
    def column(values):
        return array("I", list(values))

    def med_group(p):
        held = p.attributes.as_path
        return INTERNAL if held.hops == 0 else held.first or 0

    return {
        "weight": column(p.attributes.weight for p in paths),
        "local_pref": column(
            100 if p.attributes.local_pref is None else p.attributes.local_pref for p in paths
        ),
        "local_origin": column({"local": 0, "aggregate": 1}.get(p.kind, 2) for p in paths),
        "as_path": column(p.attributes.as_path.hops for p in paths),
        "origin": column(int(p.attributes.origin) for p in paths),
        "med": column(decision.med(p) for p in paths),
        "external": column(int(p.kind == "ibgp") for p in paths),
        "igp_metric": column(p.igp_metric for p in paths),
        "confed_external": column(int(p.kind == "ibgp") for p in paths),
        "router_id": column(address_key(p.attributes.originator_id or p.peer_router_id)[1] for p in paths),
        "cluster_list": column(len(p.attributes.cluster_list) for p in paths),
        "peer_address": column(
            0 if p.peer_address is None else address_key(p.peer_address)[1] for p in paths
        ),
        "med_group": column(med_group(p) for p in paths),
    }


@settings(max_examples=250, deadline=None)
@given(st.lists(a_prefix(), min_size=1, max_size=4), st.sampled_from(DECISIONS), st.data())
def test_equals_the_single_decision(table, decision, data):
    if not decision.deterministic_med:
        # Folding follows arrival; the closing step must agree with it in both forms.
        for prefix in table:
            for p in prefix:
                p.session = f"s{99 - p.arrival:02}"
    rows = [ordered(paths) for paths in table]
    flat = [p for paths in rows for p in paths]
    for number, p in enumerate(flat):
        p.path_id = number
    offsets = array("q", [0])
    for paths in rows:
        offsets.append(offsets[-1] + len(paths))
    eligible = array("B", [data.draw(st.sampled_from([1, 1, 1, 0])) for _ in flat])
    columns = columns_of(flat, decision)
    found = decide_table(offsets, columns, decision, eligible)
    multipath = Multipath(ebgp=3, ibgp=2)
    mask = share_table(
        offsets,
        columns,
        decision,
        found,
        kind=array("I", [{"ebgp": 1, "ibgp": 2}.get(p.kind, 0) for p in flat]),
        same=array(
            "I", [PATHS.index(p.attributes.as_path) + 10 if p.kind == "ibgp" else p.peer_asn for p in flat]
        ),
        next_hop=array("I", [address_key(p.attributes.next_hop)[1] for p in flat]),
        ebgp=multipath.ebgp,
        ibgp=multipath.ibgp,
        after="external" if "confed_external" not in decision.names else "confed_external",
        eligible=eligible,
    )
    shared = set()
    for number, paths in enumerate(rows):
        usable = [p for p in paths if eligible[p.path_id]]
        best, beaten = select(usable, decision)
        row = found.best[number]
        assert (None if row < 0 else flat[row]) is best
        for p in paths:
            if p in beaten:
                assert (found.reason(p.path_id), flat[found.lost_to[p.path_id]]) == beaten[p]
            else:
                assert found.lost_to[p.path_id] == -1
        if best is not None:
            chosen = multipath.choose(best, usable, decision)
            if len(chosen) > 1:
                shared.update(p.path_id for p in chosen)
    assert {i for i, on in enumerate(mask) if on} == shared


def test_bad_columns_are_refused():
    one = array("I", [1, 2])
    offsets = array("q", [0, 2])
    with pytest.raises(ValueError, match="has 1 rows, 2 are wanted"):
        decide_table(offsets, {"weight": array("I", [1])}, Decision())
    with pytest.raises(ValueError, match="unknown columns: colour"):
        decide_table(offsets, {"colour": one}, Decision())
    with pytest.raises(ValueError, match="oldest"):
        decide_table(offsets, {}, Decision(KEEP_OLDEST_STEPS))
    with pytest.raises(ValueError, match="mine"):
        decide_table(offsets, {}, Decision((Step("mine", lambda p: 0),)))
    with pytest.raises(ValueError, match="must not fall"):
        decide_table(array("q", [0, 3, 1, 2]), {"weight": one}, Decision())
    with pytest.raises(ValueError, match="eligible"):
        decide_table(offsets, {"weight": one}, Decision(), array("B", [1]))


def test_equal_in_every_step_the_first_wins():
    found = decide_table(array("q", [0, 2, 2]), {"weight": array("I", [1, 1])}, Decision())
    assert list(found.best) == [0, -1]
    assert found.reason(1) == "session"
    assert found.reason(0) is None
