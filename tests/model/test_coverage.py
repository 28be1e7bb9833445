"""What is declared and not computed is named once, and VNets that could lack routes know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from routeng.model import coverage


def test_a_plain_topology_is_covered(document: dict[str, Any], declared: Callable[..., Any]) -> None:
    found = declared(document)
    assert coverage.warning(found.topology) is None
    assert coverage.missing(found.topology) == ()
    assert coverage.complete_at(found, "hub")


def test_parts_are_counted_in_one_sentence_and_reach_vnets(
    document: dict[str, Any], declared: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = (
        coverage.Part("virtualNetworkGateways", lambda t: len(t.virtual_network_gateways), lambda d: ["hub"]),
        coverage.Part("services", lambda t: len(t.services)),
        coverage.Part("probes", lambda t: len(t.probes)),
    )
    monkeypatch.setattr(coverage, "PARTS", parts)
    document["virtualNetworks"]["alone"] = {"addressSpace": ["10.9.0.0/16"]}
    found = declared(document)
    assert (
        coverage.warning(found.topology)
        == "declared but not yet computed: virtualNetworkGateways (1), probes (2)"
    )
    assert coverage.missing(found.topology) == ("virtualNetworkGateways", "probes")
    assert coverage.incomplete_vnets(found) == {"hub", "spoke"}
    assert not coverage.complete_at(found, "spoke")
    assert coverage.complete_at(found, "alone")


def test_the_parts_of_today_count_what_they_name(
    document: dict[str, Any], declared: Callable[..., Any]
) -> None:
    document["services"] = {"a": {"type": "Microsoft.Web/sites"}}
    document["virtualHubs"] = {
        "vh": {
            "addressPrefix": "10.200.0.0/23",
            "hubVirtualNetworkConnections": {
                "c": {"remoteVirtualNetwork": "SPOKE"},
                "d": {"remoteVirtualNetwork": "other"},
            },
        },
        "lonely": {
            "addressPrefix": "10.202.0.0/23",
            "hubVirtualNetworkConnections": {"c": {"remoteVirtualNetwork": "third"}},
        },
    }
    for i, name in enumerate(("other", "third")):
        document["virtualNetworks"][name] = {"addressSpace": [f"10.21{i}.0.0/24"]}
    document["expressRouteCircuits"]["er"]["peerings"]["MicrosoftPeering"] = {"anything": 1}
    counted = {part.key: part.declared(declared(document).topology) for part in coverage.PARTS}
    assert set(counted.values()) <= {1}
    reached = {part.key: set(part.vnets(declared(document))) for part in coverage.PARTS if part.vnets}
    assert reached == {"virtualHubs between their own VNets": {"spoke", "other"}}
