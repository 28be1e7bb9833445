"""The short notation for peerings gives the halves that one would have written (GW-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from routeng.model.references import Names
from routeng.model.sugar import paths_of

VNETS = {name: {"addressSpace": [f"10.{i}.0.0/16"]} for i, name in enumerate(["hub", "a", "b"])}


def halves(declaration: Any, vnet: str) -> list[tuple[str, str, bool, bool]]:
    return [
        (h.name, h.remote, h.declared.allow_gateway_transit, h.declared.use_remote_gateways)
        for h in declaration.vnets[vnet].peerings
    ]


def test_a_hub_allows_transit_and_its_spokes_use_it(declared: Callable[..., Any]) -> None:
    found = declared(
        {
            "virtualNetworks": VNETS,
            "peerings": [
                {"hub": "HUB", "spokes": ["a", "B"], "gatewayTransit": True, "allowForwardedTraffic": True}
            ],
        }
    )
    assert halves(found, "hub") == [("hub-to-a", "a", True, False), ("hub-to-b", "b", True, False)]
    assert halves(found, "a") == [("a-to-hub", "hub", False, True)]
    every = [h for v in found.vnets.values() for h in v.peerings]
    assert all(h.declared.allow_forwarded_traffic and h.declared.peering_state == "Connected" for h in every)
    assert all(h.declared.remote_virtual_network == h.remote and h.synced is None for h in every)


def test_without_transit_no_flag_is_set_and_explicit_flags_win(declared: Callable[..., Any]) -> None:
    plain = declared({"virtualNetworks": VNETS, "peerings": {"p": {"hub": "hub", "spokes": ["a"]}}})
    assert halves(plain, "hub") == [("hub-to-a", "a", False, False)]
    entry = {"hub": "hub", "spokes": ["a"], "gatewayTransit": True, "useRemoteGateways": False}
    assert halves(declared({"virtualNetworks": VNETS, "peerings": [entry]}), "a") == [
        ("a-to-hub", "hub", False, False)
    ]


def test_two_vnets_get_equal_halves_and_each_its_own_subnets(declared: Callable[..., Any]) -> None:
    vnets = {
        name: {
            "addressSpace": [f"10.{i}.0.0/16"],
            "subnets": {f"{name}1": {"addressPrefix": f"10.{i}.0.0/24"}},
        }
        for i, name in enumerate(["a", "b"])
    }
    entry = {
        "vnets": ["a", "b"],
        "peerCompleteVnets": False,
        "localSubnetNames": ["a1"],
        "remoteSubnetNames": ["b1"],
        "allowVirtualNetworkAccess": False,
    }
    found = declared({"virtualNetworks": vnets, "peerings": {"ab": entry}})
    one, other = found.vnets["a"].peerings[0].declared, found.vnets["b"].peerings[0].declared
    assert (one.local_subnet_names, one.remote_subnet_names) == (["a1"], ["b1"])
    assert (other.local_subnet_names, other.remote_subnet_names) == (["b1"], ["a1"])
    assert not one.allow_virtual_network_access
    assert not other.allow_virtual_network_access


def test_own_halves_come_first_and_every_half_knows_where_it_is_declared(
    declared: Callable[..., Any],
) -> None:
    vnets = {
        **VNETS,
        "hub": VNETS["hub"] | {"virtualNetworkPeerings": {"own": {"remoteVirtualNetwork": "b"}}},
    }
    found = declared(
        {"virtualNetworks": vnets, "peerings": [{"vnets": ["b", "a"]}, {"hub": "hub", "spokes": ["a"]}]}
    )
    assert [h.name for h in found.vnets["hub"].peerings] == ["own", "hub-to-a"]
    names = Names(found.topology, None, known=found.names)  # type: ignore[arg-type]
    assert paths_of("hub", names) == [
        ("virtualNetworks", "hub", "virtualNetworkPeerings", "own"),
        ("peerings", 1, "spokes", 0),
    ]
    assert paths_of("a", names) == [("peerings", 0, "vnets", 1), ("peerings", 1, "spokes", 0)]
    for vnet in found.vnets.values():
        assert len(paths_of(vnet.name, names)) == len(vnet.peerings)
