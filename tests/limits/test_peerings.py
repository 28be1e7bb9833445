"""Peerings of a virtual network: PEER-16, AVNM-10, AVNM-15, R21."""

from collections.abc import Callable
from typing import Any

import pytest

from routeng.limits import LimitReport, LimitRow

Report = Callable[[dict[str, Any]], LimitReport]


def _star(spokes: int) -> dict[str, Any]:
    names = [f"spoke{i}" for i in range(spokes)]
    networks: dict[str, Any] = {
        "hub": {
            "addressSpace": ["10.0.0.0/16"],
            "subnets": {
                "GatewaySubnet": {"addressPrefix": "10.0.0.0/26"},
                "RouteServerSubnet": {"addressPrefix": "10.0.1.0/26"},
            },
        }
    }
    networks |= {n: {"addressSpace": [f"10.{1 + i // 256}.{i % 256}.0/24"]} for i, n in enumerate(names)}
    return {"virtualNetworks": networks, "peerings": [{"hub": "hub", "spokes": names}]}


def _managed(spokes: int, **configuration: Any) -> dict[str, Any]:
    document = _star(spokes)
    del document["peerings"]
    document["networkManagers"] = {
        "manager": {
            "networkGroups": {"spokes": {"members": ["spoke*"]}},
            "connectivityConfigurations": {
                "star": {
                    "connectivityTopology": "HubAndSpoke",
                    "hubs": ["hub"],
                    "appliesToGroups": [{"networkGroup": "spokes"}],
                    "deployedRegions": ["anywhere"],
                    **configuration,
                }
            },
        }
    }
    return document


def _hub(report: LimitReport) -> LimitRow:
    row = report.get("vnet.peerings", "hub")
    assert row is not None
    return row


@pytest.mark.parametrize(("spokes", "status"), [(399, "ok"), (400, "near"), (500, "near"), (501, "breached")])
def test_peerings_count_against_500(report: Report, spokes: int, status: str) -> None:
    row = _hub(report(_star(spokes)))
    assert (row.used, row.limit, row.headroom, row.status) == (spokes, 500, 500 - spokes, status)


@pytest.mark.parametrize(("spokes", "status"), [(501, "ok"), (1000, "near"), (1001, "breached")])
def test_avnm15_a_managed_hub_may_have_1000(report: Report, spokes: int, status: str) -> None:
    row = _hub(report(_managed(spokes)))
    assert (row.used, row.limit, row.status) == (spokes, 1000, status)


def test_a_managed_hub_with_an_expressroute_gateway_stays_at_500(report: Report) -> None:
    document = _managed(501)
    document["virtualNetworkGateways"] = {"gw": {"gatewayType": "ExpressRoute", "vnet": "hub"}}
    row = _hub(report(document))
    assert (row.limit, row.status, row.rule) == (500, "breached", "vnet.peerings_with_er_gateway")


def test_a_managed_hub_with_a_vpn_gateway_may_have_1000(report: Report) -> None:
    document = _managed(501)
    document["virtualNetworkGateways"] = {"gw": {"gatewayType": "Vpn", "vnet": "hub"}}
    assert _hub(report(document)).limit == 1000


def test_r21_a_managed_hub_with_a_route_server_stays_at_500(report: Report) -> None:
    document = _managed(501)
    document["routeServers"] = {"ars": {"subnet": "hub/RouteServerSubnet"}}
    row = _hub(report(document))
    assert (row.limit, row.status, row.rule) == (500, "breached", "vnet.peerings_with_route_server")


def test_avnm11_a_draft_raises_nothing_and_makes_no_peering(report: Report) -> None:
    document = _managed(20, deployedRegions=[])
    row = report(document).get("vnet.peerings", "hub")
    assert row is None
    document["peerings"] = [{"vnets": ["hub", "spoke0"]}]
    assert (_hub(report(document)).used, _hub(report(document)).limit) == (1, 500)


def test_peer14_a_declared_peering_that_a_manager_also_asks_for_counts_once(report: Report) -> None:
    document = _managed(20)
    document["virtualNetworks"]["other"] = {"addressSpace": ["192.168.0.0/24"]}
    document["peerings"] = [{"vnets": ["hub", "spoke0"]}, {"vnets": ["hub", "other"]}]
    assert _hub(report(document)).used == 21


def test_avnm10_peerings_that_a_deployment_removes_do_not_count(report: Report) -> None:
    document = _managed(20, deleteExistingPeering=True)
    document["virtualNetworks"]["other"] = {"addressSpace": ["192.168.0.0/24"]}
    document["peerings"] = [{"vnets": ["hub", "spoke0"]}, {"vnets": ["hub", "other"]}]
    found = report(document)
    assert _hub(found).used == 20
    assert found.get("vnet.peerings", "other") is None


def test_spokes_per_hub_counts_a_managers_spokes(report: Report) -> None:
    row = report(_managed(30)).get("avnm.spokes_per_hub", "hub")
    assert row is not None
    assert (row.used, row.limit) == (30, 1000)


def test_an_override_of_the_general_limit_leaves_the_one_of_a_gateway(report: Report) -> None:
    document = _star(550)
    document["limits"] = {"vnet.peerings": 600}
    assert (_hub(report(document)).limit, _hub(report(document)).status) == (600, "near")
    document["virtualNetworkGateways"] = {"gw": {"gatewayType": "ExpressRoute", "vnet": "hub"}}
    assert (_hub(report(document)).limit, _hub(report(document)).status) == (500, "breached")


def test_spokes_alike_are_one_row_and_still_found_one_by_one(report: Report) -> None:
    found = report(_star(30))
    rows = [row for row in found if row.id == "vnet.peerings"]
    assert sorted(len(row.objects) for row in rows) == [1, 30]
    one = found.get("vnet.peerings", "spoke17")
    assert one is not None
    assert one.used == 1
    assert one.to_dict()["alike"] == 30


def test_peer11_subnets_of_a_subnet_peering(report: Report) -> None:
    def half(remote: str, local: int, far: int) -> dict[str, Any]:
        return {
            "remoteVirtualNetwork": remote,
            "peerCompleteVnets": False,
            "localSubnetNames": [f"s{i}" for i in range(local)],
            "remoteSubnetNames": [f"s{i}" for i in range(far)],
        }

    def network(octet: int, subnets: int) -> dict[str, Any]:
        held = {f"s{i}": {"addressPrefix": f"10.{octet}.{i}.0/24"} for i in range(subnets)}
        return {"addressSpace": [f"10.{octet}.0.0/16"], "subnets": held}

    left, right = network(1, 150), network(2, 51)
    left["virtualNetworkPeerings"] = {"to-right": half("right", 150, 51)}
    right["virtualNetworkPeerings"] = {"to-left": half("left", 51, 149)}
    found = report({"virtualNetworks": {"left": left, "right": right}})
    over, full = (found.get("peering.subnets_per_link", name) for name in ("left -> right", "right -> left"))
    assert over is not None
    assert full is not None
    assert (over.used, over.status) == (201, "breached")
    assert (full.used, full.status) == (200, "near")
