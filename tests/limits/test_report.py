"""Order, grouping, status and comparison of reports."""

from collections.abc import Callable
from typing import Any

import pytest

from routeng.limits import LimitReport, changes, limits
from routeng.limits.report import status_of
from routeng.model.resolve import resolve
from routeng.model.topology import Topology, VirtualNetwork

Report = Callable[[dict[str, Any]], LimitReport]


@pytest.mark.parametrize(
    ("used", "limit", "status"),
    [
        (None, 10, "not declared"),
        (0, 10, "ok"),
        (7, 10, "ok"),
        (8, 10, "near"),
        (10, 10, "near"),
        (11, 10, "breached"),
        (1, 1, "ok"),
        (2, 1, "breached"),
        (1, 0, "breached"),
    ],
)
def test_status(used: int | None, limit: int, status: str) -> None:
    assert status_of(used, limit) == status


@pytest.mark.parametrize(("used", "status"), [(1, "breached"), (2, "ok"), (64, "ok")])
def test_status_of_a_minimum(used: int, status: str) -> None:
    assert status_of(used, 2, minimum=True) == status


def _tables(**routes: int) -> dict[str, Any]:
    """Route tables by name with so many routes."""
    return {
        "virtualNetworks": {},
        "routeTables": {
            name: {
                "routes": [
                    {"addressPrefix": f"10.{i >> 8}.{i & 255}.0/24", "nextHopType": "None"}
                    for i in range(count)
                ]
            }
            for name, count in routes.items()
        },
    }


def test_the_tightest_comes_first(report: Report) -> None:
    found = report(_tables(roomy=10, over=450, full=400, far=410))
    rows = [(row.object, row.status) for row in found if row.id == "udr.routes_per_table"]
    assert rows == [("over", "breached"), ("far", "breached"), ("full", "near"), ("roomy", "ok")]
    statuses = [row.status for row in found]
    assert statuses == sorted(statuses, key=["breached", "near", "ok", "not declared"].index)


def test_rows_can_be_kept_by_status(report: Report) -> None:
    found = report(_tables(over=450, full=400, roomy=10))
    assert [row["object"] for row in found.rows("breached")] == ["over"]
    assert [row["object"] for row in found.rows("near")] == ["full"]
    assert found.to_dict()["breached"] == 1
    assert found.to_dict()["near"] == 1


def test_a_row_says_what_is_counted_and_where_the_number_comes_from(report: Report) -> None:
    row = next(row for row in report(_tables(one=3)).rows() if row["id"] == "udr.routes_per_table")
    assert (row["used"], row["limit"], row["headroom"], row["unit"]) == (3, 400, 397, "routes")
    assert row["counted"] == "routes, one for each prefix or service tag"
    assert row["consequence"] == "create_refused"
    assert all(source.startswith("http") for source in row["source"])


def test_changes_group_objects_that_moved_alike(report: Report) -> None:
    moved = changes(report(_tables(a=5, b=5, c=9)), report(_tables(a=6, b=6, c=9, d=1)))
    seen = [(c.objects, c.used_before, c.used_after) for c in moved if c.id == "udr.routes_per_table"]
    assert sorted(seen, key=str) == [(("a", "b"), 5, 6), (("d",), None, 1)]


def test_changes_put_new_breaches_first(report: Report) -> None:
    moved = changes(report(_tables(a=1, b=450, c=10)), report(_tables(a=401, b=460, c=20)))
    assert [(c.object, c.newly_breached) for c in moved] == [("a", True), ("b", False), ("c", False)]
    assert changes(report(_tables(a=1)), report(_tables(a=1))) == []


def test_an_object_that_leaves_a_group_is_the_only_change(report: Report) -> None:
    names = {f"t{i}": 5 for i in range(50)}
    moved = changes(report(_tables(**names)), report(_tables(**(names | {"t7": 6}))))
    assert [(c.objects, c.used_before, c.used_after) for c in moved] == [(("t7",), 5, 6)]


def test_a_declaration_alone_can_be_counted() -> None:
    topology = Topology(
        virtual_networks={
            "a": VirtualNetwork(address_space=["10.0.0.0/16"], dns_servers=["10.0.0.4"] * 21),
        }
    )
    row = limits(resolve(topology)).get("vnet.dns_servers", "a")
    assert row is not None
    assert (row.used, row.limit, row.status) == (21, 20, "breached")


def test_counts_that_no_topology_holds_are_not_declared(report: Report) -> None:
    row = report({"virtualNetworks": {"a": {"addressSpace": ["10.0.0.0/16"]}}}).get("vnet.private_ips", "a")
    assert row is not None
    assert (row.used, row.headroom, row.status) == (None, None, "not declared")


def test_an_empty_topology_touches_no_limit(report: Report) -> None:
    assert list(report({})) == []
