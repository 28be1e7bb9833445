"""The prefixes that a gateway advertises to a circuit: L1, L2, G1..G8, C-26."""

from collections.abc import Callable
from typing import Any

import pytest

from routeng.limits import LimitReport, LimitRow

V4, V6 = "er.prefixes_to_onprem_v4", "er.prefixes_to_onprem_v6"
Report = Callable[[dict[str, Any]], LimitReport]
HubOf = Callable[..., dict[str, Any]]


def _row(report: LimitReport, limit: str = V4) -> LimitRow:
    row = report.get(limit, "gw-circuit")
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("spokes", "status"), [(798, "ok"), (799, "near"), (999, "near"), (1000, "breached"), (1200, "breached")]
)
def test_l1_hub_and_transit_spokes_count_against_1000(
    report: Report, hub_of: HubOf, spokes: int, status: str
) -> None:
    row = _row(report(hub_of(spokes)))
    assert (row.used, row.limit, row.headroom, row.status) == (spokes + 1, 1000, 999 - spokes, status)
    assert row.to_dict()["consequence"] == "connection_down"


def test_e8_spokes_without_gateway_transit_do_not_count(report: Report, hub_of: HubOf) -> None:
    document = hub_of(5)
    document["peerings"] = [{"vnets": ["hub", f"spoke{i}"]} for i in range(5)]
    assert _row(report(document)).used == 1


@pytest.mark.parametrize(
    ("summaries", "used"),
    [([], 3), (["10.0.0.0/14"], 1), (["10.0.0.0/15"], 2), (["172.16.0.0/16"], 3)],
)
def test_g3_a_summary_list_replaces_the_hub_and_what_it_covers(
    report: Report, summaries: list[str], used: int
) -> None:
    document = {
        "virtualNetworks": {
            "hub": {"addressSpace": ["10.0.0.0/16"], "summarizedGatewayPrefixes": summaries},
            "one": {"addressSpace": ["10.1.0.0/16"]},
            "two": {"addressSpace": ["10.2.0.0/16"]},
        },
        "peerings": [{"hub": "hub", "spokes": ["one", "two"], "gatewayTransit": True}],
        "virtualNetworkGateways": {"gw": {"gatewayType": "ExpressRoute", "vnet": "hub"}},
        "expressRouteCircuits": {"circuit": {}},
        "connections": {
            "gw-circuit": {
                "connectionType": "ExpressRoute",
                "virtualNetworkGateway1": "gw",
                "peer": "circuit",
            }
        },
    }
    assert _row(report(document)).used == used


@pytest.mark.parametrize(("switch", "used"), [("per-prefix", 2), ("all-or-nothing", 3)])
def test_g8_a_partly_covered_spoke(report: Report, hub_of: HubOf, switch: str, used: int) -> None:
    document = hub_of(1, summarizedGatewayPrefixes=["10.1.0.0/24"])
    document["virtualNetworks"]["spoke0"]["addressSpace"] = ["10.1.0.0/25", "10.2.0.0/24"]
    document["profile"] = {"G8": switch}
    assert _row(report(document)).used == used


def _dual(hub_of: HubOf, spokes: int, **hub: Any) -> dict[str, Any]:
    document = hub_of(spokes, **hub)
    for i, network in enumerate(document["virtualNetworks"].values()):
        network["addressSpace"].append(f"fd00:0:{i:x}::/48")
    document["virtualNetworks"]["hub"]["subnets"]["GatewaySubnet"]["addressPrefix"] = [
        "10.0.0.0/26",
        "fd00::/64",
    ]
    return document


@pytest.mark.parametrize(("spokes", "status"), [(78, "ok"), (79, "near"), (99, "near"), (100, "breached")])
def test_l1_ipv6_counts_against_100(report: Report, hub_of: HubOf, spokes: int, status: str) -> None:
    row = _row(report(_dual(hub_of, spokes)), V6)
    assert (row.used, row.limit, row.status) == (spokes + 1, 100, status)


def test_c26_no_ipv6_is_announced_without_ipv6_in_the_gateway_subnet(report: Report, hub_of: HubOf) -> None:
    document = _dual(hub_of, 3)
    document["virtualNetworks"]["hub"]["subnets"]["GatewaySubnet"]["addressPrefix"] = "10.0.0.0/26"
    found = report(document)
    assert _row(found).used == 4
    assert found.get(V6, "gw-circuit") is None


@pytest.mark.parametrize(("switch", "used"), [("whole-list", 3), ("per-family", 4)])
def test_g3_family_an_ipv4_list_on_a_dual_stack_hub(
    report: Report, hub_of: HubOf, switch: str, used: int
) -> None:
    document = _dual(hub_of, 3, summarizedGatewayPrefixes=["10.0.0.0/8"])
    document["profile"] = {"G3-family": switch}
    found = report(document)
    assert _row(found).used == 1
    assert _row(found, V6).used == used


@pytest.mark.parametrize(("switch", "used"), [("none", 1), ("subnets", 2)])
def test_e11_a_subnet_peered_spoke(report: Report, hub_of: HubOf, switch: str, used: int) -> None:
    document = hub_of(1)
    document["virtualNetworks"]["spoke0"]["subnets"] = {
        "in": {"addressPrefix": "10.1.0.0/26"},
        "out": {"addressPrefix": "10.1.0.64/26"},
    }
    half = {"peerCompleteVnets": False}
    document["peerings"] = []
    document["virtualNetworks"]["hub"]["virtualNetworkPeerings"] = {
        "to-spoke": {
            "remoteVirtualNetwork": "spoke0",
            "allowGatewayTransit": True,
            "localSubnetNames": ["GatewaySubnet"],
            "remoteSubnetNames": ["in"],
            **half,
        }
    }
    document["virtualNetworks"]["spoke0"]["virtualNetworkPeerings"] = {
        "to-hub": {
            "remoteVirtualNetwork": "hub",
            "useRemoteGateways": True,
            "localSubnetNames": ["in"],
            "remoteSubnetNames": ["GatewaySubnet"],
            **half,
        }
    }
    document["profile"] = {"subnet-peering-advertised": switch}
    assert _row(report(document)).used == used


def test_every_connection_of_a_gateway_has_its_own_row(report: Report, hub_of: HubOf) -> None:
    document = hub_of(4)
    document["expressRouteCircuits"]["second"] = {}
    document["connections"]["gw-second"] = {
        "connectionType": "ExpressRoute",
        "virtualNetworkGateway1": "gw",
        "peer": "second",
    }
    found = report(document)
    assert [row.object for row in found if row.id == V4] == ["gw-circuit", "gw-second"]


def test_t3_a_disabled_gateway_advertises_nothing(report: Report, hub_of: HubOf) -> None:
    document = hub_of(4)
    document["virtualNetworkGateways"]["gw"]["adminState"] = "Disabled"
    assert [row for row in report(document) if row.id == V4] == []


def test_an_override_moves_the_limit_and_is_marked(report: Report, hub_of: HubOf) -> None:
    document = hub_of(499)
    document["limits"] = {V4: 499, "er.no_such_limit": 1}
    found = report(document)
    row = _row(found)
    assert (row.used, row.limit, row.status, row.override) == (500, 499, "breached", True)
    assert found.unknown_overrides == ("er.no_such_limit",)
    assert _row(report(hub_of(499))).override is False
