"""Tables of the examples around one gateway: S7, A11, R12, R29, PATH-11, C-7."""

from collections.abc import Callable

import pytest

from routeng.network import Network

Compute = Callable[..., Network]


def _gateway_rows(network: Network, place: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Prefix -> state and next hops of the rows that a gateway or route server programs."""
    return {
        prefix: (route.state, route.next_hops)
        for route in network.routes(place)
        if route.source == "VirtualNetworkGateway"
        for prefix in route.prefixes
    }


def _paths(network: Network, node: str, **which: str) -> set[tuple[str, str, str]]:
    return {
        (str(row["network"]), str(row["nextHop"]), str(row["asPath"]))
        for row in network.rib(node, **which).rows()
    }


def test_a_virtual_edge_router_speaks_with_the_upper_host_of_each_30(example: Compute) -> None:
    network = example("virtual-edge-circuit")
    assert _paths(network, "virtual-edge", received="circuit/primary") == {
        ("10.0.0.0/16", "192.168.0.2", "12076"),
        ("10.1.0.0/16", "192.168.0.2", "12076"),
    }
    assert _paths(network, "virtual-edge", received="circuit/secondary") == {
        ("10.0.0.0/16", "192.168.0.6", "12076"),
        ("10.1.0.0/16", "192.168.0.6", "12076"),
    }


def test_azure_uses_both_links_of_a_virtual_edge_router(example: Compute) -> None:
    network = example("virtual-edge-circuit")
    for place in ("hub/GatewaySubnet", "spoke/vm"):
        state, hops = _gateway_rows(network, place)["172.16.0.0/16"]
        assert (state, len(hops)) == ("Active", 2)
    for side, router in (("primary", "192.168.0.1"), ("secondary", "192.168.0.5")):
        assert ("172.16.0.0/16", router, "64000") in _paths(network, f"circuit/{side}")
    assert {row["asPath"] for row in network.rib("ergw", received="circuit").rows()} == {"12076-64000"}


@pytest.mark.parametrize(
    ("file", "active", "standby"),
    [
        ("firewall-pair.json", "firewall-a", "firewall-b"),
        ("firewall-pair-failed-over.json", "firewall-b", "firewall-a"),
    ],
)
def test_the_active_firewall_holds_both_sessions(
    example: Compute, file: str, active: str, standby: str
) -> None:
    network = example("firewall-pair", file)
    assert {(p, hop) for p, hop, path in _paths(network, active) if path == "12076"} == {
        (prefix, hop) for prefix in ("10.0.0.0/16", "10.1.0.0/16") for hop in ("192.168.10.2", "192.168.10.6")
    }
    assert not any(path for _, _, path in _paths(network, standby))


def test_a_failover_of_the_firewall_pair_changes_no_table_of_azure(example: Compute) -> None:
    before = example("firewall-pair")
    after = example("firewall-pair", "firewall-pair-failed-over.json")
    for place in before.places():
        assert before.routes(place).rows() == after.routes(place).rows()
    assert before.rib("ergw").rows() == after.rib("ergw").rows()
    assert _gateway_rows(after, "spoke/vm")["172.20.0.0/16"][0] == "Active"


def test_vlan_tags_of_a_qinq_handoff_change_no_route(example: Compute) -> None:
    network = example("qinq-router")
    assert list(network.declaration.findings) == []
    assert list(network.control_plane.findings) == []
    nics = network.topology.devices["edge"].nics
    assert {(nic.vlan, nic.outer_vlan) for nic in nics.values() if not isinstance(nic, str)} == {
        (110, 2001),
        (110, 2002),
    }
    assert len(_gateway_rows(network, "spoke/vm")["172.24.0.0/16"][1]) == 2


@pytest.mark.parametrize(
    "file", ["p2s-beside-expressroute.json", "p2s-beside-expressroute-route-server.json"]
)
def test_r12_p2s_and_expressroute_both_reach_the_vnets_and_not_each_other(
    example: Compute, file: str
) -> None:
    network = example("p2s-beside-expressroute", file)
    for place in ("hub/GatewaySubnet", "spoke/vm"):
        assert _gateway_rows(network, place).keys() == {"172.16.0.0/16", "172.31.0.0/24"}
    for node in ("ce", "circuit/primary", "circuit/secondary"):
        assert not any(prefix == "172.31.0.0/24" for prefix, _, _ in _paths(network, node))
    assert {prefix for prefix, _, _ in _paths(network, "ce")} >= {"10.0.0.0/16", "10.1.0.0/16"}


def test_r29_an_nva_pair_is_one_next_hop(example: Compute) -> None:
    network = example("nva-pair-next-hop-ip")
    for spoke in ("spoke1", "spoke2"):
        assert _gateway_rows(network, f"{spoke}/vm") == {"0.0.0.0/0": ("Active", ("10.0.1.100",))}
    default = [row for row in network.rib("ars").rows() if row["network"] == "0.0.0.0/0"]
    assert {row["nextHop"] for row in default} == {"10.0.1.100"}
    assert {row["sourcePeer"] for row in default} == {"10.0.1.4", "10.0.1.5"}


def test_path11_the_nvas_own_default_is_kept_from_pointing_at_the_pair(example: Compute) -> None:
    network = example("nva-pair-next-hop-ip")
    assert _gateway_rows(network, "hub/nva") == {"0.0.0.0/0": ("Invalid", ("10.0.1.100",))}
    found = network.lookup("hub/nva", "8.8.8.8")
    assert found is not None
    assert (found.source, found.next_hop_type) == ("User", "Internet")


def test_c7_azure_reaches_the_whole_site_whatever_its_router_knows(example: Compute) -> None:
    for file in ("missing-return-route.json", "missing-return-route-fixed.json"):
        network = example("missing-return-route", file)
        assert _gateway_rows(network, "network/vm") == {"192.168.50.0/24": ("Active", ("203.0.113.20",))}


def test_the_fix_of_the_return_route_is_one_static_route(example: Compute) -> None:
    broken = example("missing-return-route").topology.devices
    fixed = example("missing-return-route", "missing-return-route-fixed.json").topology.devices
    changed = [name for name in broken if broken[name] != fixed[name]]
    assert changed == ["router"]
    assert [(r.prefix, r.via) for r in fixed["router"].static_routes] == [("10.0.0.0/16", "vpn-server")]


def test_hub_and_spoke_before_and_after_the_firewall(example: Compute) -> None:
    before = example("hub-and-spoke")
    after = example("hub-and-spoke", "hub-and-spoke-firewall.json")
    assert _gateway_rows(before, "spoke1/workload") == {"172.16.0.0/12": ("Active", ("203.0.113.10",))}
    assert _gateway_rows(after, "spoke1/workload") == {}
    default = after.lookup("spoke1/workload", "172.16.0.10")
    assert default is not None
    assert (default.next_hop_type, default.next_hops) == ("VirtualAppliance", ("10.0.1.4",))
    back = after.lookup("hub/GatewaySubnet", "10.1.0.10")
    assert back is not None
    assert (back.source, back.next_hops) == ("User", ("10.0.1.4",))
