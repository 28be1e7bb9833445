"""The comparison itself: what counts as the same row, and how a table is scored."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

import pytest
from recorded import scoring
from recorded.compare import Comparison, compare

ROUTE_KEYS = ["source", "state", "addressPrefix", "nextHopType", "nextHopIpAddress"]


def route(prefix: Any, *hops: Any, source: str = "VirtualNetworkGateway", **more: Any) -> dict[str, Any]:
    prefixes = prefix if isinstance(prefix, list) else [prefix]
    kind = more.pop("kind", "VirtualNetworkGateway")
    return {
        "source": source,
        "state": "Active",
        "addressPrefix": prefixes,
        "nextHopType": kind,
        "nextHopIpAddress": list(hops),
        **more,
    }


def routes(rows: list[Any], predicted: list[Any], **table: Any) -> Comparison:
    return compare(
        {"ask": "routes", "compare": ROUTE_KEYS, "rows": rows, "complete": True, **table}, predicted
    )


def rib(rows: list[Any], predicted: list[Any], **table: Any) -> Comparison:
    keys = table.pop("compare", ["network", "nextHop", "asPath"])
    return compare({"ask": "rib", "compare": keys, "rows": rows, "complete": True, **table}, predicted)


def path(network: str, hop: Any, as_path: str = "65001") -> dict[str, Any]:
    return {"network": network, "nextHop": hop, "asPath": as_path}


def test_a_row_of_several_prefixes_is_several_rows() -> None:
    result = routes([route(["10.0.0.0/16", "10.1.0.0/16"])], [route("10.1.0.0/16"), route("10.0.0.0/16")])
    assert (result.right, result.recorded, result.exact, result.score) == (2, 2, True, 1.0)


def test_a_row_a_next_hop_and_one_row_with_all_of_them_are_the_same() -> None:
    apart = [route("10.0.0.0/8", "10.1.0.5"), route("10.0.0.0/8", "10.1.0.4")]
    together = [route("10.0.0.0/8", "10.1.0.4", "10.1.0.5")]
    for recorded, predicted in itertools.product([apart, together], repeat=2):
        result = routes(recorded, predicted)
        assert (result.right, result.recorded, result.exact) == (1, 1, True)


def test_rows_that_differ_in_more_than_next_hops_stay_apart() -> None:
    both = [route("10.0.0.0/8", "10.1.0.4"), route("10.0.0.0/8", "10.1.0.4", source="User")]
    assert routes(both, both).recorded == 2
    assert routes(both, both[:1]).right == 1


def test_a_next_hop_too_few_or_too_many_is_a_wrong_row() -> None:
    recorded = [route("10.0.0.0/8", "10.1.0.4", "10.1.0.5")]
    for hops in (["10.1.0.4"], ["10.1.0.4", "10.1.0.5", "10.1.0.6"], []):
        result = routes(recorded, [route("10.0.0.0/8", *hops)])
        assert (result.right, len(result.missing), len(result.extra), result.score) == (0, 1, 1, 0.0)


@pytest.mark.parametrize("nothing", [None, "", "-", "0.0.0.0"])
def test_a_missing_next_hop_is_written_in_many_ways(nothing: Any) -> None:
    assert rib([path("10.0.0.0/8", nothing)], [path("10.0.0.0/8", None)]).exact
    assert routes([route("10.0.0.0/8", nothing)], [route("10.0.0.0/8")]).exact
    assert not rib([path("10.0.0.0/8", nothing)], [path("10.0.0.0/8", "10.0.0.1")]).exact


def test_addresses_and_prefixes_are_compared_as_addresses() -> None:
    recorded = [path("FD00:0::/32", "fd00::0001")]
    assert rib(recorded, [path("fd00::/32", "fd00::1")]).exact


def test_keys_that_do_not_count_are_not_compared() -> None:
    recorded = [{**path("10.0.0.0/8", "10.1.0.4"), "weight": 5}]
    predicted = [{**path("10.0.0.0/8", "10.1.0.4"), "weight": 32768}]
    assert rib(recorded, predicted).exact
    assert not rib(recorded, predicted, compare=["network", "weight"]).exact


def test_the_wildcard_matches_anything_even_nothing() -> None:
    for hop in ("10.0.0.1", None, "unknown"):
        assert rib([path("10.0.0.0/8", "*")], [path("10.0.0.0/8", hop)]).exact
    assert not rib([path("10.0.0.0/8", "*", "65002")], [path("10.0.0.0/8", "10.0.0.1")]).exact


def test_two_wildcards_in_a_list_are_two_next_hops() -> None:
    recorded = [route("10.0.0.0/8", "*", "*")]
    assert routes(recorded, [route("10.0.0.0/8", "10.1.0.4"), route("10.0.0.0/8", "10.1.0.5")]).exact
    assert routes(recorded, [route("10.0.0.0/8", "unknown", "unknown")]).exact
    assert not routes(recorded, [route("10.0.0.0/8", "10.1.0.4")]).exact
    assert not routes(recorded, [route("10.0.0.0/8", "10.1.0.4", "10.1.0.5", "10.1.0.6")]).exact


def test_two_wildcard_rows_of_one_route_are_two_next_hops_too() -> None:
    recorded = [route("10.0.0.0/8", "*"), route("10.0.0.0/8", "*")]
    assert routes(recorded, [route("10.0.0.0/8", "10.1.0.4", "10.1.0.5")]).exact
    assert not routes(recorded, [route("10.0.0.0/8", "10.1.0.4")]).exact


def test_a_bare_wildcard_is_any_number_of_next_hops() -> None:
    recorded = [{**route("10.0.0.0/8"), "nextHopIpAddress": "*"}]
    for hops in ([], ["10.1.0.4"], ["10.1.0.4", "10.1.0.5", "unknown"]):
        assert routes(recorded, [route("10.0.0.0/8", *hops)]).exact


def test_a_named_next_hop_beside_a_wildcard_must_be_there() -> None:
    recorded = [route("10.0.0.0/8", "10.1.0.4", "*")]
    assert routes(recorded, [route("10.0.0.0/8", "10.9.9.9", "10.1.0.4")]).exact
    assert not routes(recorded, [route("10.0.0.0/8", "10.9.9.9", "10.8.8.8")]).exact


def test_equal_rib_rows_are_counted_one_by_one() -> None:
    twice = [path("10.0.0.0/8", "*"), path("10.0.0.0/8", "*")]
    one, other = path("10.0.0.0/8", "10.1.0.4"), path("10.0.0.0/8", "10.1.0.5")
    assert rib(twice, [one, other]).exact
    assert rib(twice, [one]).right == 1
    assert len(rib(twice, [one, other, one]).extra) == 1
    assert rib([one, one], [one]).right == 1
    assert len(rib([one], [one, one]).extra) == 1


def test_exact_rows_are_matched_before_wildcards() -> None:
    recorded = [path("10.0.0.0/8", "*"), path("10.0.0.0/8", "10.1.0.4")]
    predicted = [path("10.0.0.0/8", "10.1.0.4"), path("10.0.0.0/8", "10.1.0.5")]
    for rows, have in itertools.product(itertools.permutations(recorded), itertools.permutations(predicted)):
        assert rib(list(rows), list(have)).exact


def test_wildcard_rows_are_paired_as_well_as_possible_in_any_order() -> None:
    recorded = [path("10.0.0.0/8", "*", "*"), path("10.0.0.0/8", "*", "65001"), path("*", "10.1.0.6", "*")]
    predicted = [
        path("10.0.0.0/8", "10.1.0.6", "65001"),
        path("10.0.0.0/8", "10.1.0.5", "65001"),
        path("10.0.0.0/8", "10.1.0.4", "65002"),
    ]
    for rows, have in itertools.product(itertools.permutations(recorded), itertools.permutations(predicted)):
        assert rib(list(rows), list(have)).exact


def test_order_never_counts() -> None:
    rows = [route("10.0.0.0/8", "10.1.0.4"), route("10.1.0.0/16", "10.1.0.5"), route("0.0.0.0/0")]
    for have in itertools.permutations(rows):
        assert routes(rows, list(have)).exact


def test_extra_rows_count_only_in_complete_tables() -> None:
    rows, more = [route("10.0.0.0/8")], [route("10.0.0.0/8"), route("10.1.0.0/16")]
    complete, trimmed = routes(rows, more), routes(rows, more, complete=False)
    assert (complete.score, complete.exact) == (0.5, False)
    assert (trimmed.score, trimmed.exact) == (1.0, True)


def test_ignored_rows_are_left_out_on_both_sides() -> None:
    none = route("192.168.0.0/16", source="Default", kind="None")
    rows = [route("10.0.0.0/8")]
    for recorded, predicted in ((rows, [*rows, none]), ([*rows, none], rows)):
        result = routes(recorded, predicted, ignore=[{"nextHopType": "None"}])
        assert (result.recorded, result.exact) == (1, True)


def test_all_keys_of_one_pattern_must_hold_and_any_pattern_suffices() -> None:
    rows = [path("10.0.0.0/8", "10.1.0.4", "65001"), path("10.0.0.0/8", "10.1.0.4", "65002")]
    assert rib(rows, rows[:1], ignore=[{"network": "10.0.0.0/8", "asPath": "65002"}]).exact
    assert rib(rows, [], ignore=[{"asPath": "65001"}, {"asPath": "65002"}]).recorded == 0


def test_a_pattern_may_name_keys_that_are_not_compared() -> None:
    rows = [{**path("10.0.0.0/8", None), "origin": "Network"}]
    assert rib(rows, [], ignore=[{"origin": "Network"}]).recorded == 0


def test_against_a_list_a_pattern_means_contains() -> None:
    rows = [route(["0.0.0.0/0", "10.0.0.0/8"], "10.1.0.4", "10.1.0.5")]
    assert routes(
        rows, [route("10.0.0.0/8", "10.1.0.4", "10.1.0.5")], ignore=[{"addressPrefix": ["0.0.0.0/0"]}]
    ).exact
    assert routes(
        rows, [route("10.0.0.0/8", "10.1.0.4", "10.1.0.5")], ignore=[{"addressPrefix": "0.0.0.0/0"}]
    ).exact
    assert routes(rows, [], ignore=[{"nextHopIpAddress": "10.1.0.5"}]).recorded == 0
    assert routes(rows, [], ignore=[{"nextHopIpAddress": "10.1.0.6"}]).recorded == 2


def test_missing_and_extra_rows_are_named() -> None:
    result = rib([path("10.0.0.0/8", "10.1.0.4")], [path("10.0.0.0/8", "10.1.0.5")])
    assert result.missing == (("10.0.0.0/8", "10.1.0.4", "65001"),)
    assert result.extra == (("10.0.0.0/8", "10.1.0.5", "65001"),)


@pytest.mark.parametrize("name", scoring.case_names())
def test_a_recorded_table_equals_itself_and_nothing_less_or_more(name: str) -> None:
    for table in json.loads((scoring.CASES / name / "case.json").read_bytes())["tables"]:
        rows = table["rows"]
        itself = compare(table, rows)
        assert itself.exact, table["id"]
        assert itself.right == itself.recorded > 0, table["id"]
        assert compare(table, []).right == 0
        stranger = copy.deepcopy(rows[0])
        stranger["addressPrefix" if table["ask"] == "routes" else "network"] = "203.0.113.77/32"
        more = compare(table, [*rows, stranger])
        assert more.right == itself.right
        assert more.exact is not bool(table["complete"])
        counted = compare({**table, "ignore": []}, rows[1:])
        assert counted.right < counted.recorded, table["id"]
