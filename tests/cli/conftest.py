"""Run the command line in this process, as ``routeng`` would be run, and see what comes out where."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from routeng.cli.app import run


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def routeng(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    """``routeng("routes", path, "--all")`` -> status, stdout, stderr; neither may ever hold a traceback."""
    for name in ("NO_COLOR", "FORCE_COLOR", "ROUTENG_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: object) -> Outcome:
        capfdbinary.readouterr()
        status = run([str(argument) for argument in arguments])
        out, err = capfdbinary.readouterr()
        outcome = Outcome(status, out.decode(), err.decode())
        assert "Traceback" not in outcome.err
        assert status in (0, 1, 2), outcome.err
        return outcome

    return call


HUB_AND_SPOKE: dict[str, Any] = {
    "routeng": 1,
    "virtualNetworks": {
        "hub": {
            "addressSpace": ["10.0.0.0/16"],
            "subnets": {
                "GatewaySubnet": {"addressPrefix": "10.0.0.0/26"},
                "nva": {"addressPrefix": "10.0.1.0/24"},
            },
        },
        "spoke-1": {
            "addressSpace": ["10.1.0.0/16", "10.101.0.0/16"],
            "subnets": {"vm": {"addressPrefix": "10.1.0.0/24", "routeTable": "to-nva"}},
        },
        "spoke-2": {
            "addressSpace": ["10.2.0.0/16"],
            "subnets": {"vm": {"addressPrefix": "10.2.0.0/24", "routeTable": "to-nva"}},
        },
    },
    "peerings": [{"hub": "hub", "spokes": ["spoke-1", "spoke-2"], "gatewayTransit": True}],
    "virtualNetworkGateways": {
        "vpn": {
            "gatewayType": "Vpn",
            "vnet": "hub",
            "bgpAddresses": ["10.0.0.4"],
            "publicIPAddresses": ["198.51.100.4"],
        }
    },
    "localNetworkGateways": {"office": {"addressPrefixes": ["192.168.10.0/24"]}},
    "connections": {
        "to-office": {
            "connectionType": "IPsec",
            "virtualNetworkGateway1": "vpn",
            "localNetworkGateway2": "office",
        }
    },
    "routeTables": {
        "to-nva": {
            "routes": [
                {
                    "name": "default",
                    "addressPrefix": "0.0.0.0/0",
                    "nextHopType": "VirtualAppliance",
                    "nextHopIpAddress": "10.0.1.4",
                }
            ]
        }
    },
}


@pytest.fixture
def hub_and_spoke(tmp_path: Path) -> Path:
    """A hub with a VPN gateway, two spokes, a user route to an appliance."""
    path = tmp_path / "topology.json"
    path.write_text(json.dumps(HUB_AND_SPOKE))
    return path


@pytest.fixture
def overlay(tmp_path: Path) -> Callable[..., Path]:
    """``overlay(virtualNetworks={...})`` writes a merge patch."""

    def write(**patch: Any) -> Path:
        path = tmp_path / "overlay.json"
        path.write_text(json.dumps(patch))
        return path

    return write
