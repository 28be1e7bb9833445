"""Circuits, links and gateways: E6, E7, T1, X3."""

from collections.abc import Callable
from typing import Any

import pytest

from routeng.limits import LimitReport, LimitRow

Report = Callable[[dict[str, Any]], LimitReport]


def _row(report: LimitReport, limit: str, name: str) -> LimitRow:
    row = report.get(limit, name)
    assert row is not None
    return row


def _circuits(count: int, sku: str | None = None, **circuit: Any) -> dict[str, Any]:
    """One gateway on ``count`` circuits."""
    return {
        "virtualNetworks": {
            "hub": {
                "addressSpace": ["10.0.0.0/16"],
                "subnets": {"GatewaySubnet": {"addressPrefix": "10.0.0.0/27"}},
            }
        },
        "virtualNetworkGateways": {"gw": {"gatewayType": "ExpressRoute", "vnet": "hub", "sku": sku}},
        "expressRouteCircuits": {f"c{i}": dict(circuit) for i in range(count)},
        "connections": {
            f"gw-c{i}": {"connectionType": "ExpressRoute", "virtualNetworkGateway1": "gw", "peer": f"c{i}"}
            for i in range(count)
        },
    }


@pytest.mark.parametrize(
    ("sku", "circuits", "limit", "status"),
    [
        ("Standard", 4, 4, "near"),
        ("ErGw1AZ", 5, 4, "breached"),
        ("HighPerformance", 8, 8, "near"),
        ("ErGw2AZ", 9, 8, "breached"),
        ("UltraPerformance", 12, 16, "ok"),
        ("ErGw3AZ", 17, 16, "breached"),
    ],
)
def test_e6_circuits_of_a_gateway_by_sku(
    report: Report, sku: str, circuits: int, limit: int, status: str
) -> None:
    rows = [row for row in report(_circuits(circuits, sku)) if row.id.startswith("er.circuits_per_gateway.")]
    assert [(row.used, row.limit, row.status) for row in rows] == [(circuits, limit, status)]


def test_a_gateway_without_a_sku_has_no_limit_of_circuits(report: Report) -> None:
    assert [row for row in report(_circuits(5)) if row.id.startswith("er.circuits_per_gateway.")] == []


def test_e6_four_circuits_of_one_location(report: Report) -> None:
    document = _circuits(6, peeringLocation="Dublin")
    document["expressRouteCircuits"]["c5"]["peeringLocation"] = "London"
    found = report(document)
    limit = "er.circuits_same_location_per_vnet"
    assert (_row(found, limit, "gw at Dublin").used, _row(found, limit, "gw at Dublin").status) == (
        5,
        "breached",
    )
    assert _row(found, limit, "gw at London").used == 1


def test_e6_a_gateway_of_16_circuits_wants_a_26(report: Report) -> None:
    limit = "er.gatewaysubnet_for_16_circuits"
    assert _row(report(_circuits(16, "ErGw3AZ")), limit, "hub/GatewaySubnet").status == "breached"
    assert report(_circuits(15, "ErGw3AZ")).get(limit, "hub/GatewaySubnet") is None
    document = _circuits(16, "ErGw3AZ")
    document["virtualNetworks"]["hub"]["subnets"]["GatewaySubnet"]["addressPrefix"] = "10.0.0.0/26"
    assert _row(report(document), limit, "hub/GatewaySubnet").status == "ok"


def _links(gateways: int, bandwidth: int, sku: str, reach: int = 0) -> dict[str, Any]:
    """``gateways`` gateways and ``reach`` other circuits on one circuit."""
    return {
        "virtualNetworks": {f"v{i}": {"addressSpace": [f"10.{i}.0.0/16"]} for i in range(gateways)},
        "virtualNetworkGateways": {
            f"gw{i}": {"gatewayType": "ExpressRoute", "vnet": f"v{i}"} for i in range(gateways)
        },
        "expressRouteCircuits": {
            "c": {"bandwidthInMbps": bandwidth, "sku": sku},
            **{f"far{i}": {"globalReach": ["c"]} for i in range(reach)},
        },
        "connections": {
            f"gw{i}-c": {"connectionType": "ExpressRoute", "virtualNetworkGateway1": f"gw{i}", "peer": "c"}
            for i in range(gateways)
        },
    }


@pytest.mark.parametrize(
    ("gateways", "bandwidth", "sku", "limit_id", "limit", "status"),
    [
        (10, 1000, "Standard", "er.vnet_links.1gbps", 10, "near"),
        (11, 1000, "Standard", "er.vnet_links.1gbps", 10, "breached"),
        (11, 1000, "Premium", "er.vnet_links.1gbps", 50, "ok"),
        (21, 50, "Premium", "er.vnet_links.50mbps", 20, "breached"),
        (21, 100, "Premium", "er.vnet_links.100mbps", 25, "near"),
        (3, 10_000, "Local", "er.vnet_links.10gbps", 10, "ok"),
    ],
)
def test_e7_links_of_a_circuit(
    report: Report, gateways: int, bandwidth: int, sku: str, limit_id: str, limit: int, status: str
) -> None:
    row = _row(report(_links(gateways, bandwidth, sku)), limit_id, "c")
    assert (row.used, row.limit, row.status) == (gateways, limit, status)


def test_e7_global_reach_takes_links_too(report: Report) -> None:
    assert _row(report(_links(4, 1000, "Premium", reach=3)), "er.vnet_links.1gbps", "c").used == 7


def test_t1_a_second_gateway_only_while_one_migrates(report: Report) -> None:
    document = _circuits(1)
    row = _row(report(document), "vnet.er_gateways", "hub")
    assert (row.used, row.limit, row.status) == (1, 1, "ok")
    document["virtualNetworkGateways"]["gw_migrate"] = {
        "gatewayType": "ExpressRoute",
        "vnet": "hub",
        "adminState": "Disabled",
        "migration": {"state": "InProgress", "phase": "PrepareSucceeded", "from": "gw"},
    }
    row = _row(report(document), "vnet.er_gateways", "hub")
    assert (row.used, row.limit, row.status) == (2, 2, "near")


def test_x3_fastpath_counts_addresses_that_no_topology_holds(report: Report) -> None:
    document = _circuits(1, bandwidthInMbps=10_000)
    document["connections"]["gw-c0"]["expressRouteGatewayBypass"] = True
    row = _row(report(document), "er.fastpath_ips.direct10g", "c0")
    assert (row.used, row.limit, row.status) == (None, 100_000, "not declared")


def test_prefixes_of_microsoft_peering_by_family(report: Report) -> None:
    prefixes = [f"203.0.{i}.0/24" for i in range(201)] + ["2001:db8::/32"]
    document = _circuits(
        1, peerings={"MicrosoftPeering": {"microsoftPeeringConfig": {"advertisedPublicPrefixes": prefixes}}}
    )
    found = report(document)
    assert _row(found, "er.prefixes_microsoft_peering", "c0 IPv4").status == "breached"
    assert _row(found, "er.prefixes_microsoft_peering", "c0 IPv6").used == 1


def test_circuits_of_a_subscription_and_region(report: Report) -> None:
    document = _circuits(0)
    document["expressRouteCircuits"] = {
        f"c{i}": {"subscription": "prod", "location": "East US" if i < 11 else "westus"} for i in range(13)
    }
    found = report(document)
    assert _row(found, "er.circuits_per_subscription", "prod").used == 13
    east = _row(found, "er.circuits_per_region_subscription", "prod eastus")
    assert (east.used, east.status) == (11, "breached")
