"""The complete tables of the inter-hub designs (hybrid reference, 6.1 to 6.3), and of their baseline.

Rows are written as one line each: ``prefix type next-hops``, with ``user`` for user routes and ``invalid``
for rows that do not count. The circuits' MSEE addresses are not declared and print as unknown.
"""

from collections.abc import Callable

import pytest

from routeng.network import Network

Compute = Callable[..., Network]

FULL, BYPASS, TRANSIT = (
    "two-hubs-full-inspection",
    "two-hubs-bypass-onprem-inspection",
    "two-hubs-transit-vnets",
)
_SHORT = {
    "VnetLocal": "local",
    "VNetPeering": "peering",
    "VNetGlobalPeering": "global-peering",
    "VirtualNetworkGateway": "gateway",
    "VirtualAppliance": "appliance",
    "Internet": "internet",
}


def _table(network: Network, place: str) -> set[str]:
    rows = set()
    for route in network.routes(place):
        if route.next_hop_type == "None":
            continue
        (prefix,) = route.prefixes
        words = [prefix, _SHORT[route.next_hop_type], ",".join(sorted(set(route.next_hops)))]
        if route.source == "User":
            words.insert(0, "user")
        if route.state == "Invalid":
            words.insert(0, "invalid")
        rows.add(" ".join(word for word in words if word))
    return rows


def _best(network: Network, node: str) -> set[str]:
    """The best routes of a node that it did not bring in itself: ``network (path) next-hop``."""
    return {
        " ".join(str(word) for word in (row["network"], f"({row['asPath']})", row["nextHop"]) if word)
        for row in network.rib(node).rows()
        if row["best"] and row["origin"] != "Network"
    }


def _sent(network: Network, node: str, peer: str) -> set[str]:
    return {f"{row['network']} ({row['asPath']})" for row in network.rib(node, advertised=peer).rows()}


def _paths(network: Network, node: str, prefix: str) -> dict[str, bool]:
    """Path -> whether it is (one of) the best, at an MSEE."""
    found: dict[str, bool] = {}
    for row in network.rib(node).rows():
        if row["network"] == prefix:
            path = str(row["asPath"])
            found[path] = found.get(path, False) or bool(row["best"])
    return found


MSEES = ["exr1/primary", "exr1/secondary", "exr2/primary", "exr2/secondary"]


# -- 6.1: NVA in the hub, everything inspected
# ----------------------------------------------------------------------


def test_full_inspection_spoke_nic(example: Compute) -> None:
    assert _table(example(FULL), "spoke1/vm") == {
        "192.168.0.0/24 local",
        "10.0.0.0/16 peering",
        "user 0.0.0.0/0 appliance 10.0.1.4",
        "invalid 0.0.0.0/0 internet",
    }


def test_full_inspection_nva_nic(example: Compute) -> None:
    assert _table(example(FULL), "hub1/nva") == {
        "10.0.0.0/16 local",
        "192.168.0.0/24 peering",
        "192.168.1.0/24 peering",
        "10.1.0.0/16 global-peering",
        "192.168.2.0/24 gateway 10.1.1.4",
        "192.168.3.0/24 gateway 10.1.1.4",
        "10.2.0.0/16 gateway unknown",
        "0.0.0.0/0 internet",
    }


def test_full_inspection_gateway_subnet(example: Compute) -> None:
    assert _table(example(FULL), "hub1/GatewaySubnet") == {
        "10.0.0.0/16 local",
        "invalid 192.168.0.0/24 peering",
        "invalid 192.168.1.0/24 peering",
        "user 192.168.0.0/24 appliance 10.0.1.4",
        "user 192.168.1.0/24 appliance 10.0.1.4",
        "10.1.0.0/16 global-peering",
        "192.168.2.0/24 gateway 10.1.1.4",
        "192.168.3.0/24 gateway 10.1.1.4",
        "10.2.0.0/16 gateway unknown",
        "0.0.0.0/0 internet",
    }


def test_full_inspection_route_server(example: Compute) -> None:
    assert _best(example(FULL), "ars1") == {
        "10.1.0.0/16 (65002-65002) 10.1.1.4",
        "192.168.2.0/24 (65002-65002) 10.1.1.4",
        "192.168.3.0/24 (65002-65002) 10.1.1.4",
        "10.2.0.0/16 (12076-65000) unknown",
    }


def test_full_inspection_gateway_prefers_its_own_circuit(example: Compute) -> None:
    rows = [row for row in example(FULL).rib("gw1").rows() if row["network"] == "10.2.0.0/16"]
    best = {(row["sourcePeer"], row["weight"]) for row in rows if row["best"]}
    assert {weight for _, weight in best} == {32869}
    assert {str(peer).partition("/")[0] for peer, _ in best} == {"exr1"}
    assert {row["weight"] for row in rows if str(row["sourcePeer"]).startswith("exr2")} == {32769}


def test_full_inspection_what_gateways_send_to_both_circuits(example: Compute) -> None:
    network = example(FULL)
    first = {
        "10.0.0.0/16 (65515)",
        "192.168.0.0/24 (65515)",
        "192.168.1.0/24 (65515)",
        "10.1.0.0/16 (65515-65002-65002)",
        "192.168.2.0/24 (65515-65002-65002)",
        "192.168.3.0/24 (65515-65002-65002)",
    }
    second = {
        "10.1.0.0/16 (65515)",
        "192.168.2.0/24 (65515)",
        "192.168.3.0/24 (65515)",
        "10.0.0.0/16 (65515-65001-65001)",
        "192.168.0.0/24 (65515-65001-65001)",
        "192.168.1.0/24 (65515-65001-65001)",
    }
    for msee in MSEES:
        assert _sent(network, "gw1", msee) == first
        assert _sent(network, "gw2", msee) == second


@pytest.mark.parametrize("msee", MSEES)
def test_full_inspection_circuits_prefer_the_local_gateway(example: Compute, msee: str) -> None:
    network = example(FULL)
    for prefix, path in (("192.168.0.0/24", "65515-65001-65001"), ("192.168.2.0/24", "65515-65002-65002")):
        found = _paths(network, msee, prefix)
        assert found["65515"] is True
        assert found[path] is False


@pytest.mark.parametrize("edge", ["ce1", "ce2"])
def test_a11_onprem_sees_every_azure_prefix_as_12076(example: Compute, edge: str) -> None:
    rows = example(FULL).rib(edge).rows()
    azure = {row["network"] for row in rows if row["asPath"]}
    assert azure == {"10.0.0.0/16", "10.1.0.0/16"} | {f"192.168.{i}.0/24" for i in range(4)}
    assert {row["asPath"] for row in rows if row["asPath"]} == {"12076"}


def test_full_inspection_nva_learns_onprem_from_all_four_route_server_instances(example: Compute) -> None:
    rows = [row for row in example(FULL).rib("nva1").rows() if row["network"] == "10.2.0.0/16"]
    assert {row["nextHop"] for row in rows} == {"10.0.2.4", "10.0.2.5", "10.1.2.4", "10.1.2.5"}
    assert {row["asPath"] for row in rows} == {"65515-12076-65000"}


# -- 6.2: NVA in the hub, on-premises past it
# ---------------------------------------------------------------------


def test_bypass_spoke_nic(example: Compute) -> None:
    assert _table(example(BYPASS), "spoke1/vm") == {
        "192.168.0.0/24 local",
        "10.0.0.0/16 peering",
        "invalid 192.168.2.0/23 gateway 10.1.1.4",
        "user 192.168.2.0/23 appliance 10.0.1.4",
        "10.2.0.0/16 gateway unknown",
        "0.0.0.0/0 internet",
    }


def test_bypass_nva_nic(example: Compute) -> None:
    assert _table(example(BYPASS), "hub1/nva") == {
        "10.0.0.0/16 local",
        "192.168.0.0/24 peering",
        "192.168.1.0/24 peering",
        "10.1.0.0/16 global-peering",
        "192.168.2.0/23 gateway 10.1.1.4",
        "10.2.0.0/16 gateway unknown",
        "0.0.0.0/0 internet",
    }


def test_bypass_route_server(example: Compute) -> None:
    assert _best(example(BYPASS), "ars1") == {
        "192.168.2.0/23 (65002) 10.1.1.4",
        "10.2.0.0/16 (12076-65000) unknown",
    }


@pytest.mark.parametrize("msee", MSEES)
def test_bypass_circuits_hold_specifics_and_the_supernet_behind_the_other_hub(
    example: Compute, msee: str
) -> None:
    network = example(BYPASS)
    assert _paths(network, msee, "192.168.2.0/24")["65515"] is True
    assert _paths(network, msee, "192.168.2.0/23") == {"65515-65002": True} | {
        path: False for path in _paths(network, msee, "192.168.2.0/23") if path.startswith("65000")
    }


# -- 6.3: NVA in a transit VNet
# ----------------------------------------------------------------------------------------


def test_transit_spoke_nic(example: Compute) -> None:
    assert _table(example(TRANSIT), "spoke1/vm") == {
        "192.168.0.0/24 local",
        "10.10.0.0/24 peering",
        "user 0.0.0.0/0 appliance 10.10.0.4",
        "invalid 0.0.0.0/0 internet",
    }


def test_transit_nva_nic_points_at_itself_for_its_own_supernet(example: Compute) -> None:
    assert _table(example(TRANSIT), "transit1/nva") == {
        "10.10.0.0/24 local",
        "192.168.0.0/24 peering",
        "192.168.1.0/24 peering",
        "10.0.0.0/16 peering",
        "10.20.0.0/24 global-peering",
        "10.1.0.0/16 global-peering",
        "192.168.0.0/23 gateway 10.10.0.4",
        "192.168.2.0/23 gateway 10.20.0.4",
        "10.2.0.0/16 gateway unknown",
        "0.0.0.0/0 internet",
    }


@pytest.mark.parametrize(
    ("prepend", "path"), [(0, "65002"), (2, "65002-65002-65002"), (3, "65002-65002-65002-65002")]
)
def test_transit_route_server(example: Compute, prepend: int, path: str) -> None:
    network = example(TRANSIT, prepend=prepend)
    assert {row for row in _best(network, "ars1") if row.startswith("192.168")} == {
        "192.168.0.0/23 (65001) 10.10.0.4",
        f"192.168.2.0/23 ({path}) 10.20.0.4",
    }


def test_transit_gateways_announce_hub_transit_and_supernets(example: Compute) -> None:
    network = example(TRANSIT)
    assert _sent(network, "gw1", "exr1/primary") == {
        "10.0.0.0/16 (65515)",
        "10.10.0.0/24 (65515)",
        "192.168.0.0/23 (65515-65001)",
        "192.168.2.0/23 (65515-65002-65002-65002)",
    }
    assert _sent(network, "gw2", "exr1/primary") == {
        "10.1.0.0/16 (65515)",
        "10.20.0.0/24 (65515)",
        "192.168.2.0/23 (65515-65002)",
        "192.168.0.0/23 (65515-65001-65001-65001)",
    }


def test_m8_without_prepend_the_gateways_tie_at_the_circuits(example: Compute) -> None:
    """Both gateways send 65515 65001; with two prepends only gw1's is best."""
    for prepend, sent in ((0, "65515-65001"), (2, "65515-65001-65001-65001")):
        network = example(TRANSIT, prepend=prepend)
        assert "192.168.0.0/23 (65515-65001)" in _sent(network, "gw1", "exr1/primary")
        assert f"192.168.0.0/23 ({sent})" in _sent(network, "gw2", "exr1/primary")


# -- the baseline
# -------------------------------------------------------------------------------------------------------


def test_baseline_nva_nic_carries_a_user_route_for_each_remote_spoke(example: Compute) -> None:
    assert _table(example("two-hubs-baseline"), "hub1/nva") == {
        "10.0.0.0/16 local",
        "192.168.0.0/24 peering",
        "192.168.1.0/24 peering",
        "10.1.0.0/16 global-peering",
        "user 192.168.2.0/24 appliance 10.1.1.4",
        "user 192.168.3.0/24 appliance 10.1.1.4",
        "10.2.0.0/16 gateway unknown",
        "0.0.0.0/0 internet",
    }


def test_baseline_gateways_announce_their_own_hub_only(example: Compute) -> None:
    network = example("two-hubs-baseline")
    for msee in MSEES:
        assert _sent(network, "gw1", msee) == {
            "10.0.0.0/16 (65515)",
            "192.168.0.0/24 (65515)",
            "192.168.1.0/24 (65515)",
        }


def test_e5_two_next_hops_to_onprem_without_a_route_server_and_one_beside_it(example: Compute) -> None:
    for name, hops in (("two-hubs-baseline", 2), (FULL, 1)):
        route = next(r for r in example(name).routes("hub1/nva") if r.prefixes == ("10.2.0.0/16",))
        assert len(route.next_hops) == hops
