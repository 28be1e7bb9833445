"""The customer side of a circuit: a virtual edge router, a firewall pair with a VIP, a QinQ router."""

from __future__ import annotations

import functools

from routeng.gallery.hybrid import hub_on_circuit
from routeng.gallery.registry import Document, Example


def _virtual_edge() -> dict[str, Document]:
    document = hub_on_circuit(
        "circuit on a virtual edge router with two /30 links",
        {
            "vlanId": 100,
            "peer": "virtual-edge",
            "peerASN": 64000,
            "primaryPeerAddressPrefix": "192.168.0.0/30",
            "secondaryPeerAddressPrefix": "192.168.0.4/30",
        },
    )
    document["devices"] = {
        "virtual-edge": {
            "kind": "onprem",
            "software": "ios",
            # The customer has the lower host of each /30; the VLANs of the two virtual cross connects may
            # differ.
            "nics": {
                "GigabitEthernet2.100": {"ip": "192.168.0.1", "vlan": 100},
                "GigabitEthernet3.101": {"ip": "192.168.0.5", "vlan": 101},
            },
            "bgp": {
                "asn": 64000,
                "networks": ["172.16.0.0/16"],
                "neighbors": {"circuit/primary": {}, "circuit/secondary": {}},
            },
        }
    }
    document["probes"] = {
        "vm": {"subnet": "spoke/vm"},
        "site": {"device": "virtual-edge", "ip": "172.16.0.10"},
    }
    return {"virtual-edge-circuit.json": document}


def _firewall_pair(active: str) -> Document:
    document = hub_on_circuit(
        f"active/standby firewall pair on both links, {active} active",
        {
            "vlanId": 200,
            "peer": active,
            "peerASN": 65050,
            "primaryPeerAddressPrefix": "192.168.10.0/30",
            "secondaryPeerAddressPrefix": "192.168.10.4/30",
        },
    )
    units: Document = {}
    for number, name in enumerate(("firewall-a", "firewall-b")):
        bgp: Document = {"asn": 65050, "networks": ["172.20.0.0/16"]}
        unit: Document = {"kind": "onprem", "loopback": f"172.20.255.{number + 1}"}
        if name == active:
            # Both link addresses and the VIP live on whichever unit is active, as a firewall cluster moves
            # them.
            unit["nics"] = {
                "outside.200-primary": {"ip": "192.168.10.1", "vlan": 200},
                "outside.200-secondary": {"ip": "192.168.10.5", "vlan": 200},
                "inside-vip": "172.20.0.1",
            }
        else:
            bgp["enabled"] = False
        units[name] = unit | {"bgp": bgp}
    units["server"] = {
        "kind": "onprem",
        "ip": "172.20.0.50",
        "forwarding": False,
        "staticRoutes": [{"prefix": "0.0.0.0/0", "via": "172.20.0.1"}],
    }
    document["devices"] = units
    document["probes"] = {"vm": {"subnet": "spoke/vm"}, "server": {"device": "server", "ip": "172.20.0.50"}}
    return document


def _firewall_pair_files() -> dict[str, Document]:
    return {
        "firewall-pair.json": _firewall_pair("firewall-a"),
        "firewall-pair-failed-over.json": _firewall_pair("firewall-b"),
    }


def _qinq() -> dict[str, Document]:
    document = hub_on_circuit(
        "customer router behind a QinQ handoff",
        {
            "vlanId": 110,
            "peer": "edge",
            "peerASN": 65010,
            "primaryPeerAddressPrefix": "192.168.20.0/30",
            "secondaryPeerAddressPrefix": "192.168.20.4/30",
        },
    )
    document["devices"] = {
        "edge": {
            "kind": "onprem",
            "software": "ios",
            # Outer tag from the provider, inner tag = the VLAN of the private peering.
            "nics": {
                "TenGigabitEthernet0/0/0.110": {"ip": "192.168.20.1", "vlan": 110, "outerVlan": 2001},
                "TenGigabitEthernet0/0/1.110": {"ip": "192.168.20.5", "vlan": 110, "outerVlan": 2002},
            },
            "bgp": {"asn": 65010, "networks": ["172.24.0.0/16"]},
        }
    }
    document["probes"] = {"vm": {"subnet": "spoke/vm"}, "site": {"device": "edge", "ip": "172.24.0.10"}}
    return {"qinq-router.json": document}


_entry = functools.partial(Example, options=())

EXAMPLES = (
    _entry(
        name="virtual-edge-circuit",
        title="A circuit on a virtual edge router with two /30 links",
        shows="AS 64000 peers with both MSEEs over 192.168.0.0/30 and 192.168.0.4/30, one VLAN each; the "
        "router has the lower host of each link. Both links carry the same routes, so Azure uses "
        "both.",
        builder=_virtual_edge,
    ),
    _entry(
        name="firewall-pair",
        title="An active/standby firewall pair with a VIP as the customer side of both links",
        shows="A circuit wants two /30s, a firewall cluster has one active unit: both link addresses live "
        "on the active unit, which holds both sessions. The second file is the state after a "
        "failover: the same tables through the other unit.",
        builder=_firewall_pair_files,
    ),
    _entry(
        name="qinq-router",
        title="A customer router behind a QinQ handoff",
        shows="Inner tag 110 is the VLAN of the private peering, outer tags 2001 and 2002 are the "
        "provider's. Tags are kept and checked; they change no route.",
        builder=_qinq,
    ),
)
