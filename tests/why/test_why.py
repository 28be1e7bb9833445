"""Why a place has its route, why others lost, and why there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import routeng
from routeng.model import loads
from routeng.network import Network, UnknownPlace
from routeng.why import Why

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def inspected() -> Network:
    return routeng.compute(routeng.load(EXAMPLES / "two-hubs-full-inspection.json"))


def verdicts(found: Why) -> list[tuple[str, str, str, str]]:
    return [(c.prefix, c.next_hop_type, c.verdict, c.rule) for c in found.candidates]


def test_the_spoke_has_no_route_of_the_gateway_because_propagation_is_off(inspected: Network) -> None:
    found = inspected.why("spoke1/vm", "192.168.2.0/24")
    assert verdicts(found)[0] == ("0.0.0.0/0", "VirtualAppliance", "wins", "PREC-1")
    assert any(hint.startswith("GW-13: route table rt-spoke-r1") for hint in found.hints)
    assert any(step["node"] == "ars1" and step["verdict"] == "wins" for step in found.control)


def test_exr1_prefers_gw1_by_the_shorter_as_path(inspected: Network) -> None:
    found = inspected.why("exr1", "192.168.0.0/24")
    assert found.found
    wins = [s for s in found.control if s["verdict"] == "wins" and s["node"] == "exr1/primary"]
    assert [(s["peer"], s["as_path"]) for s in wins] == [("gw1", "65515")]
    assert "as_path" in wins[0]["because"]
    loses = [s for s in found.control if s["verdict"] == "loses" and s["node"] == "exr1/primary"]
    assert ("gw2", "65515-65001-65001") in [(s["peer"], s["as_path"]) for s in loses]


def test_every_candidate_says_which_rule_decided(inspected: Network) -> None:
    found = inspected.why("spoke1/vm", "192.168.2.9")
    assert ("192.168.0.0/16", "None", "removed", "SYS-6") in verdicts(found)
    assert ("0.0.0.0/0", "Internet", "invalid", "PREC-7") in verdicts(found)


def test_a_route_inside_a_peers_space_is_removed_by_prec_4(inspected: Network) -> None:
    found = inspected.why("hub1/nva", "10.1.0.0/16")
    assert verdicts(found)[0] == ("10.1.0.0/16", "VNetGlobalPeering", "wins", "PREC-1")
    assert ("10.1.0.0/16", "VirtualNetworkGateway", "removed", "PREC-4") in verdicts(found)


def test_a_shorter_route_is_beaten_by_a_longer_one(inspected: Network) -> None:
    found = inspected.why("hub1/nva", "192.168.2.5")
    assert verdicts(found)[0][:3] == ("192.168.2.0/24", "VirtualNetworkGateway", "wins")
    assert ("192.168.0.0/16", "None", "beaten", "PREC-1") in verdicts(found)


def network(**sections: Any) -> Network:
    return routeng.compute(loads(json.dumps({"routeng": 1, **sections}).encode()))


def test_a_spoke_without_transit_is_told_what_it_takes() -> None:
    made = network(
        virtualNetworks={
            n: {"addressSpace": [f"10.{i}.0.0/24"], "subnets": {"s": {"addressPrefix": f"10.{i}.0.0/26"}}}
            for i, n in enumerate(("hub", "spoke"))
        },
        peerings=[{"vnets": ["hub", "spoke"]}],
        virtualNetworkGateways={"gw": {"gatewayType": "Vpn", "vnet": "hub"}},
    )
    assert made.why("spoke/s", "172.16.0.1").hints == (
        "GW-4: spoke does not use the gateways of hub: it takes useRemoteGateways in spoke and allowGatewayTransit"
        " in hub",
    )


def test_a_peering_that_is_not_connected_is_named() -> None:
    half = {"remoteVirtualNetwork": "b", "peeringState": "Disconnected"}
    made = network(
        virtualNetworks={
            "a": {
                "addressSpace": ["10.0.0.0/24"],
                "subnets": {"s": {"addressPrefix": "10.0.0.0/26"}},
                "virtualNetworkPeerings": {"to-b": half},
            },
            "b": {
                "addressSpace": ["10.1.0.0/24"],
                "virtualNetworkPeerings": {"to-a": {"remoteVirtualNetwork": "a"}},
            },
        }
    )
    found = made.why("a/s", "10.1.0.0/24")
    assert not found.found
    assert found.hints == ("PEER-3: the peering to-b to b is Disconnected",)
    assert verdicts(found)[0][:2] == ("10.0.0.0/8", "None")


def test_wrong_questions(inspected: Network) -> None:
    with pytest.raises(UnknownPlace) as error:
        inspected.why("spoke1/vmm", "10.0.0.0/8")
    assert error.value.nearest == "spoke1/vm"
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/33"):
        inspected.why("spoke1/vm", "10.0.0.0/33")


def test_the_answer_is_plain_data(inspected: Network) -> None:
    found = inspected.why("spoke1/vm", "192.168.2.0/24")
    assert json.loads(json.dumps(found.to_dict()))["at"] == "spoke1/vm"
    assert {row["part"] for row in found.rows()} == {"route", "control"}
