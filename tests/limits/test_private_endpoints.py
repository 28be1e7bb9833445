"""Private endpoints: PE-8, PE-10."""

from collections.abc import Callable
from typing import Any

import pytest

from routeng.limits import LimitReport

Report = Callable[[dict[str, Any]], LimitReport]


def _network(octet: int, endpoints: int = 0, *, high_scale: bool = False) -> dict[str, Any]:
    return {
        "addressSpace": [f"10.{octet}.0.0/16"],
        "privateEndpointVNetPolicies": "Basic" if high_scale else "Disabled",
        "subnets": {
            "endpoints": {
                "addressPrefix": f"10.{octet}.0.0/20",
                "privateEndpointNetworkPolicies": "Enabled",
                "privateEndpointCount": endpoints,
            }
        },
    }


def _use(report: LimitReport, limit: str, name: str) -> tuple[int | None, int, str]:
    row = report.get(limit, name)
    assert row is not None
    return row.used, row.limit, row.status


@pytest.mark.parametrize(
    ("endpoints", "high_scale", "limit", "status"),
    [
        (799, False, 1000, "ok"),
        (800, False, 1000, "near"),
        (1000, False, 1000, "near"),
        (1001, False, 1000, "breached"),
        (1001, True, 5000, "ok"),
        (5001, True, 5000, "breached"),
    ],
)
def test_pe8_endpoints_of_a_vnet(
    report: Report, endpoints: int, high_scale: bool, limit: int, status: str
) -> None:
    found = report({"virtualNetworks": {"one": _network(1, endpoints, high_scale=high_scale)}})
    assert _use(found, "pe.per_vnet", "one") == (endpoints, limit, status)


def test_counts_of_vnet_and_subnets_and_declared_objects_add_up(report: Report) -> None:
    network = _network(1, 5)
    network["privateEndpointCount"] = 7
    document = {
        "virtualNetworks": {"one": network},
        "privateEndpoints": {
            f"pe{i}": {"subnet": "one/endpoints", "ip": f"10.1.0.{10 + i}"} for i in range(3)
        },
    }
    assert _use(report(document), "pe.per_vnet", "one") == (15, 1000, "ok")


def test_pe10_own_and_directly_peered_endpoints_count_not_those_two_hops_away(report: Report) -> None:
    document = {
        "virtualNetworks": {
            "a": _network(1, 100),
            "b": _network(2, 30),
            "c": _network(3, 7),
            "alone": _network(4, 1),
        },
        "peerings": [{"vnets": ["a", "b"]}, {"vnets": ["b", "c"]}],
    }
    found = report(document)
    assert _use(found, "pe.peered", "a")[0] == 130
    assert _use(found, "pe.peered", "b")[0] == 137
    assert _use(found, "pe.peered", "c")[0] == 37
    assert found.get("pe.peered", "alone") is None


def test_a_peering_that_is_not_connected_adds_no_endpoints(report: Report) -> None:
    document = {
        "virtualNetworks": {"a": _network(1, 100), "b": _network(2, 30)},
        "peerings": [{"vnets": ["a", "b"], "peeringState": "Disconnected"}],
    }
    assert report(document).get("pe.peered", "a") is None


@pytest.mark.parametrize(
    ("hub", "spoke", "empty", "limit"),
    [
        (True, True, True, 20_000),
        (False, True, True, 4000),
        (True, False, True, 4000),
        (True, True, False, 20_000),
    ],
)
def test_pe8_20000_need_high_scale_where_endpoints_and_clients_are(
    report: Report, hub: bool, spoke: bool, empty: bool, limit: int
) -> None:
    document = {
        "virtualNetworks": {
            "hub": _network(1, 0, high_scale=hub),
            "spoke": _network(2, 900, high_scale=spoke),
            "empty": _network(3, 0, high_scale=empty),
        },
        "peerings": [{"hub": "hub", "spokes": ["spoke", "empty"]}],
    }
    assert _use(report(document), "pe.peered", "hub")[:2] == (900, limit)


def test_the_boundary_of_peered_endpoints(report: Report) -> None:
    networks = {f"s{i}": _network(2 + i, 1000) for i in range(4)}
    document = {
        "virtualNetworks": {"hub": _network(1), **networks},
        "peerings": [{"hub": "hub", "spokes": list(networks)}],
    }
    assert _use(report(document), "pe.peered", "hub") == (4000, 4000, "near")
    document["virtualNetworks"]["hub"]["subnets"]["endpoints"]["privateEndpointCount"] = 1
    row = report(document).get("pe.peered", "hub")
    assert row is not None
    assert row.status == "breached"
    assert row.to_dict()["consequence"] == "silent_degradation"


def test_a_subscription_is_counted_where_it_is_declared(report: Report) -> None:
    networks = {"a": _network(1, 40), "b": _network(2, 2)}
    assert _use(report({"virtualNetworks": networks}), "pe.per_subscription", "a")[0] is None
    found = report({"virtualNetworks": networks, "defaults": {"subscription": "Prod"}})
    assert _use(found, "pe.per_subscription", "prod") == (42, 64_000, "ok")


def test_endpoints_on_one_private_link_service(report: Report) -> None:
    service = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateLinkServices/pls"
    document = {
        "virtualNetworks": {"one": _network(1)},
        "privateEndpoints": {
            "a": {"subnet": "one/endpoints", "ip": "10.1.0.10", "target": service},
            "b": {
                "subnet": "one/endpoints",
                "ip": "10.1.0.11",
                "target": service.upper().replace("PLS", "pls"),
            },
            "c": {"subnet": "one/endpoints", "ip": "10.1.0.12", "target": "a storage account"},
        },
    }
    assert _use(report(document), "pe.per_private_link_service", "pls") == (2, 1000, "ok")
