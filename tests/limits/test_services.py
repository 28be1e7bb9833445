"""App Service, API Management, subnets, interfaces and appliances: APP-4, APP-5, APIM-1, APIM-5, SYS-9."""

from collections.abc import Callable
from typing import Any

import pytest

from routeng.limits import LimitReport, LimitRow

Report = Callable[[dict[str, Any]], LimitReport]
NETWORK = {
    "spoke": {
        "addressSpace": ["10.0.0.0/16"],
        "subnets": {
            "small": {"addressPrefix": "10.0.0.0/29"},
            "large": {"addressPrefix": "10.0.1.0/26"},
            "other": {"addressPrefix": "10.0.2.0/26"},
        },
    }
}


def _row(report: LimitReport, limit: str, name: str) -> LimitRow:
    row = report.get(limit, name)
    assert row is not None
    return row


def _app(subnet: str, plan: str = "plan") -> dict[str, Any]:
    return {
        "type": "Microsoft.Web/sites",
        "integration": "regional",
        "subnet": f"spoke/{subnet}",
        "plan": plan,
    }


@pytest.mark.parametrize(("subnet", "length", "status"), [("small", 29, "breached"), ("large", 26, "ok")])
def test_app4_smallest_integration_subnet(report: Report, subnet: str, length: int, status: str) -> None:
    found = report({"virtualNetworks": NETWORK, "services": {"app": _app(subnet)}})
    row = _row(found, "appsvc.integration_subnet_min", f"spoke/{subnet} (app)")
    assert (row.used, row.limit, row.status) == (length, 28, status)


def test_app4_integration_subnets_of_a_plan(report: Report) -> None:
    services = {
        "a": _app("small"),
        "b": _app("large"),
        "c": _app("large"),
        "d": _app("other", "another"),
    }
    limit = "appsvc.integrations_per_plan"
    assert _row(report({"virtualNetworks": NETWORK, "services": services}), limit, "plan").used == 2
    services["d"]["plan"] = "plan"
    assert (
        _row(report({"virtualNetworks": NETWORK, "services": services}), limit, "plan").status == "breached"
    )


@pytest.mark.parametrize(
    ("sku", "subnet", "limit", "status"),
    [
        ("Premium", "small", "apim.classic_subnet_min", "ok"),
        ("PremiumV2", "small", "apim.v2_subnet_min", "breached"),
        ("Premium v2", "large", "apim.v2_subnet_min", "ok"),
    ],
)
def test_apim_subnets_by_tier(report: Report, sku: str, subnet: str, limit: str, status: str) -> None:
    service = {"type": "Microsoft.ApiManagement/service", "subnet": f"spoke/{subnet}", "sku": sku}
    found = report({"virtualNetworks": NETWORK, "services": {"api": service}})
    assert _row(found, limit, f"spoke/{subnet} (api)").status == status


@pytest.mark.parametrize(
    ("sku", "units", "limit", "status"),
    [
        ("Premium", 31, "apim.classic_units", "near"),
        ("Premium", 32, "apim.classic_units", "breached"),
        ("PremiumV2", 31, "apim.v2_units", "breached"),
    ],
)
def test_apim_units(report: Report, sku: str, units: int, limit: str, status: str) -> None:
    service = {"type": "Microsoft.ApiManagement/service", "sku": sku, "units": units}
    assert _row(report({"services": {"api": service}}), limit, "api").status == status


def test_sys9_the_smallest_subnet_stands_for_all(report: Report) -> None:
    row = _row(report({"virtualNetworks": NETWORK}), "subnet.min_ipv4", "spoke/small")
    assert (row.used, row.limit, row.status) == (29, 29, "ok")


def test_route_tables_and_vnets_of_a_subscription(report: Report) -> None:
    document = {
        "defaults": {"subscription": "prod", "location": "westeurope"},
        "virtualNetworks": NETWORK,
        "routeTables": {f"rt{i}": {} for i in range(201)},
    }
    found = report(document)
    assert _row(found, "udr.tables", "prod westeurope").status == "breached"
    assert _row(found, "vnet.per_subscription_region", "prod westeurope").used == 1


def test_addresses_of_an_interface(report: Report) -> None:
    nic = {"subnet": "spoke/large", "ip": "10.0.1.4", "ips": ["10.0.1.4", "10.0.1.5"]}
    found = report({"virtualNetworks": NETWORK, "networkInterfaces": {"nic": nic}})
    assert _row(found, "vnet.nic_private_ips", "nic").used == 2


def test_three_routing_appliances_of_a_subscription_are_too_many(report: Report) -> None:
    appliances = {f"a{i}": {"subnet": "spoke/large", "subscription": "prod"} for i in range(3)}
    found = report({"virtualNetworks": NETWORK, "virtualNetworkAppliances": appliances})
    assert _row(found, "vnra.per_subscription", "prod").status == "breached"
    assert _row(found, "vnra.bandwidth", "a0").used is None
