"""Counts that come from BGP tables: R20, L1, L3, L4, C-23."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from routeng.limits import LimitReport, LimitRow, limits
from routeng.model.loading import loads
from routeng.model.resolve import resolve
from routeng.network import compute

Report = Callable[[dict[str, Any]], LimitReport]
HubOf = Callable[..., dict[str, Any]]


def _networks(count: int) -> list[str]:
    return [f"172.{16 + (i >> 8)}.{i & 255}.0/24" for i in range(count)]


def _row(report: LimitReport, limit: str, name: str) -> LimitRow:
    row = report.get(limit, name)
    assert row is not None
    return row


def _route_server(announced: int) -> dict[str, Any]:
    return {
        "virtualNetworks": {
            "hub": {
                "addressSpace": ["10.0.0.0/16"],
                "subnets": {
                    "nva": {"addressPrefix": "10.0.1.0/24"},
                    "RouteServerSubnet": {"addressPrefix": "10.0.2.0/26"},
                },
            }
        },
        "routeServers": {
            "ars": {
                "subnet": "hub/RouteServerSubnet",
                "virtualRouterIps": ["10.0.2.4", "10.0.2.5"],
                "bgpConnections": {"to-nva": {"peer": "nva"}},
            }
        },
        "devices": {
            "nva": {
                "kind": "nva",
                "subnet": "hub/nva",
                "ip": "10.0.1.4",
                "bgp": {"asn": 65001, "networks": _networks(announced)},
            }
        },
    }


@pytest.mark.parametrize(
    ("announced", "status"), [(500, "ok"), (501, "near"), (1000, "near"), (1001, "breached")]
)
def test_r20_routes_of_a_peer_and_their_re_announcement(report: Report, announced: int, status: str) -> None:
    found = report(_route_server(announced))
    row = _row(found, "ars.routes_per_peer", "ars/to-nva")
    assert (row.used, row.limit, row.status) == (announced, 1000, status)
    assert (row.note is not None) == (500 < announced <= 1000)
    if row.note is not None:
        assert f"{2 * announced:,}" in row.note
    assert row.to_dict()["consequence"] == "bgp_session_dropped"
    assert _row(found, "ars.routes_total", "ars").used == announced


@pytest.mark.parametrize(("peers", "status"), [(12, "ok"), (13, "near"), (16, "near"), (17, "breached")])
def test_r20_peers_of_a_route_server(report: Report, peers: int, status: str) -> None:
    document = _route_server(1)
    nva = document["devices"].pop("nva")
    for i in range(peers):
        document["devices"][f"nva{i}"] = nva | {"ip": f"10.0.1.{4 + i}", "bgp": {"asn": 65001 + i}}
    document["routeServers"]["ars"]["bgpConnections"] = {f"nva{i}": {"peer": f"nva{i}"} for i in range(peers)}
    row = _row(report(document), "ars.bgp_peers", "ars")
    assert (row.used, row.limit, row.status) == (peers, 16, status)


def test_a_peer_known_by_its_address_alone_counts_as_peer_and_not_by_routes(report: Report) -> None:
    document = _route_server(3)
    document["routeServers"]["ars"]["bgpConnections"]["other"] = {"peerIp": "10.0.1.9", "peerAsn": 65009}
    found = report(document)
    assert _row(found, "ars.bgp_peers", "ars").used == 2
    assert _row(found, "ars.routes_per_peer", "ars/other").used is None


def _with_onprem(document: dict[str, Any], announced: int, sku: str = "Standard") -> dict[str, Any]:
    document["expressRouteCircuits"]["circuit"] = {
        "sku": sku,
        "peerings": {"AzurePrivatePeering": {"peer": "ce"}},
    }
    document["devices"] = {
        "ce": {"kind": "onprem", "bgp": {"asn": 65000, "networks": _networks(announced)}},
    }
    return document


@pytest.mark.parametrize(
    ("announced", "sku", "limit", "status"),
    [
        (3199, "Standard", 4000, "ok"),
        (4000, "Standard", 4000, "near"),
        (4001, "Standard", 4000, "breached"),
        (4001, "Premium", 10_000, "ok"),
    ],
)
def test_l3_prefixes_from_onprem(
    report: Report, hub_of: HubOf, announced: int, sku: str, limit: int, status: str
) -> None:
    row = _row(
        report(_with_onprem(hub_of(2), announced, sku)), "er.prefixes_from_onprem_v4.standard", "circuit"
    )
    assert (row.used, row.limit, row.status) == (announced, limit, status)


def test_c23_what_onprem_sends_back_is_told_apart_from_its_own(report: Report, hub_of: HubOf) -> None:
    row = _row(report(_with_onprem(hub_of(30), 5)), "er.prefixes_from_onprem_v4.standard", "circuit")
    assert row.used == 5
    assert row.note == "and 31 of Azure's own prefixes sent back"


def test_a_router_that_exports_only_its_own_sends_nothing_back(report: Report, hub_of: HubOf) -> None:
    document = _with_onprem(hub_of(30), 5)
    document["devices"]["ce"]["bgp"]["neighbors"] = {
        "circuit": {"export": [{"match": {"prefix": "172.16.0.0/12 le 24"}}, {"deny": True}]}
    }
    row = _row(report(document), "er.prefixes_from_onprem_v4.standard", "circuit")
    assert (row.used, row.note) == (5, None)


def test_what_a_gateway_learns_counts_by_its_sku(report: Report, hub_of: HubOf) -> None:
    document = _with_onprem(hub_of(2), 7)
    document["virtualNetworkGateways"]["gw"]["sku"] = "ErGw2AZ"
    found = report(document)
    assert _row(found, "er.gateway_routes_learned.ergw2az", "gw").used == 7
    assert _row(found, "er.circuits_per_gateway.ergw2az", "gw").limit == 8
    assert _row(found, "er.total_routes", "gw").used == 7 + 3


def _with_route_server(document: dict[str, Any], announced: int, *, branch_to_branch: bool) -> dict[str, Any]:
    extra = _route_server(announced)
    document["virtualNetworks"]["hub"]["addressSpace"] = ["10.0.0.0/16"]
    document["virtualNetworks"]["hub"]["subnets"] |= extra["virtualNetworks"]["hub"]["subnets"]
    document["routeServers"] = extra["routeServers"]
    document["routeServers"]["ars"]["allowBranchToBranchTraffic"] = branch_to_branch
    document["devices"] = extra["devices"]
    return document


@pytest.mark.parametrize(("branch_to_branch", "used"), [(True, 3 + 40), (False, 3)])
def test_l1_route_server_routes_share_the_1000_with_branch_to_branch(
    report: Report, hub_of: HubOf, branch_to_branch: bool, used: int
) -> None:
    document = _with_route_server(_with_onprem(hub_of(2), 0), 40, branch_to_branch=branch_to_branch)
    document["devices"]["ce"] = {"kind": "onprem", "bgp": {"asn": 65000}}
    found = report(document)
    assert _row(found, "er.prefixes_to_onprem_v4", "gw-circuit").used == used
    given = found.get("ars.routes_to_gateway", "ars -> gw")
    assert (given is not None) == branch_to_branch
    if given is not None:
        assert given.used == 40


def test_enforced_limits_do_not_hide_the_count_that_breaks_them(hub_of: HubOf) -> None:
    document = _with_route_server(_with_onprem(hub_of(900), 0), 200, branch_to_branch=True)
    document["devices"]["ce"] = {"kind": "onprem", "bgp": {"asn": 65000}}
    topology = loads(msgspec.json.encode({"routeng": 1, **document}), "topology.json")
    for enforced in (False, True):
        row = _row(
            limits(compute(topology, enforce_limits=enforced)), "er.prefixes_to_onprem_v4", "gw-circuit"
        )
        assert (row.used, row.status) == (1101, "breached")


@pytest.mark.parametrize(("announced", "status"), [(3000, "ok"), (4001, "breached")])
def test_l4_prefixes_that_a_vpn_gateway_accepts(report: Report, announced: int, status: str) -> None:
    document = {
        "virtualNetworks": {
            "hub": {
                "addressSpace": ["10.0.0.0/16"],
                "subnets": {"GatewaySubnet": {"addressPrefix": "10.0.0.0/26"}},
            }
        },
        "virtualNetworkGateways": {
            "vpn": {"gatewayType": "Vpn", "vnet": "hub", "bgpAddresses": ["10.0.0.30"]},
        },
        "localNetworkGateways": {
            "site": {"asn": 65010, "bgpPeeringAddress": "192.168.1.1", "device": "router"}
        },
        "connections": {
            "vpn-site": {
                "connectionType": "IPsec",
                "virtualNetworkGateway1": "vpn",
                "localNetworkGateway2": "site",
                "enableBgp": True,
            }
        },
        "devices": {
            "router": {
                "kind": "onprem",
                "ip": "192.168.1.1",
                "bgp": {"asn": 65010, "networks": _networks(announced)},
            }
        },
    }
    row = _row(report(document), "vpn.bgp_prefixes", "vpn <- router")
    assert (row.used, row.limit, row.status) == (announced, 4000, status)


def test_a_declaration_alone_says_that_it_lacks_bgp(hub_of: HubOf) -> None:
    topology = loads(msgspec.json.encode({"routeng": 1, **_with_onprem(hub_of(2), 7)}), "topology.json")
    alone, whole = limits(resolve(topology)), limits(compute(topology))
    assert not alone.complete
    assert alone.get("er.prefixes_from_onprem_v4.standard", "circuit") is None
    assert whole.complete
    assert _row(alone, "er.prefixes_to_onprem_v4", "gw-circuit").used == 3


def test_c14_what_a_gateway_brought_itself_is_not_what_the_route_server_gives_it(
    report: Report, hub_of: HubOf
) -> None:
    document = _with_route_server(_with_onprem(hub_of(2), 0), 40, branch_to_branch=True)
    onprem = [f"192.168.{i}.0/24" for i in range(60)]
    document["devices"]["ce"] = {"kind": "onprem", "bgp": {"asn": 65000, "networks": onprem}}
    assert _row(report(document), "ars.routes_to_gateway", "ars -> gw").used == 40
