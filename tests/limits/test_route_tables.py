"""Route tables and user routes: UDR-2, UDR-6, UDR-7."""

from collections.abc import Callable
from typing import Any

import pytest

from routeng.limits import LimitReport

Report = Callable[[dict[str, Any]], LimitReport]


def _report(report: Report, routes: list[dict[str, Any]]) -> LimitReport:
    return report({"routeTables": {"rt": {"routes": routes}}})


@pytest.mark.parametrize(("count", "status"), [(319, "ok"), (320, "near"), (400, "near"), (401, "breached")])
def test_udr7_one_entry_with_several_prefixes_counts_each(report: Report, count: int, status: str) -> None:
    prefixes = [f"10.{i >> 8}.{i & 255}.0/24" for i in range(count)]
    row = _report(report, [{"addressPrefix": prefixes, "nextHopType": "Internet"}]).get(
        "udr.routes_per_table", "rt"
    )
    assert row is not None
    assert (row.used, row.limit, row.status) == (count, 400, status)


def test_udr6_routes_with_service_tags(report: Report) -> None:
    routes = [{"addressPrefix": f"Tag{i}", "nextHopType": "Internet"} for i in range(26)]
    row = _report(report, routes).get("udr.service_tag_routes", "rt")
    assert row is not None
    assert (row.used, row.limit, row.status) == (26, 25, "breached")
    plain = _report(report, [{"addressPrefix": "10.0.0.0/8", "nextHopType": "Internet"}])
    assert plain.get("udr.service_tag_routes", "rt") is None


@pytest.mark.parametrize(("hops", "least", "most"), [(2, "ok", "ok"), (64, "ok", "near")])
def test_udr2_next_hops_of_an_ecmp_route(report: Report, hops: int, least: str, most: str) -> None:
    route = {
        "addressPrefix": "10.9.0.0/16",
        "nextHopType": "VirtualApplianceEcmp",
        "nextHopIpAddress": [f"10.0.0.{i + 1}" for i in range(hops)],
    }
    found = _report(report, [route])
    low, high = (found.get(f"udr.ecmp_next_hops_{end}", "rt: 10.9.0.0/16") for end in ("min", "max"))
    assert low is not None
    assert high is not None
    assert (low.used, low.status) == (hops, least)
    assert (high.used, high.status) == (hops, most)
