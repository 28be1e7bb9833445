"""The order in which a topology declares its objects decides nothing: not even between routers without addresses."""

import json
import random

import pytest
from control.bgp import HUB, ars, circuit, er, net, nva, onprem, site, tunnel, vpn
from forwarding.tables import topology

from routeng.model.loading import loads
from routeng.network import compute

FAR = {
    "virtualNetworks": {
        "far": {
            "addressSpace": ["10.9.0.0/16"],
            "subnets": {"GatewaySubnet": {"addressPrefix": "10.9.0.0/26"}},
        }
    }
}
SITE = "172.20.0.0/16"
NETWORKS = {
    "routers without addresses": (
        HUB,
        er(circuits={"e1": 0, "e2": 0}),
        circuit("e1", "ce1", 1),
        circuit("e2", "ce2", 2),
        onprem("ce1", 65000, "172.21.0.0/16"),
        onprem("ce2", 65000, "172.22.0.0/16"),
        onprem("core", 65001, "172.23.0.0/16", neighbors={"ce1": {}, "ce2": {}, "site": {}}),
        onprem("site", 65002, SITE),
    ),
    "gateways without addresses": (
        HUB,
        FAR,
        vpn("vpn", "hub", asn=65010),
        vpn("far-vpn", "far", asn=65011),
        tunnel("vpn", "far-vpn"),
        er(bgpAddresses=[]),
        circuit("er", "ce", 1),
        onprem("ce", 65000, SITE),
        site("static", "vpn", "172.24.0.0/24"),
        ars("nva1", "nva2"),
        nva("nva1", "10.0.1.4", 65001, "172.25.0.0/16"),
        nva("nva2", "10.0.1.5", 65002, "172.25.0.0/16"),
    ),
}


def shuffled(value, source):
    """A document with the keys of every object in another order."""
    if isinstance(value, dict):
        keys = list(value)
        source.shuffle(keys)
        return {key: shuffled(value[key], source) for key in keys}
    return value


def tables(network):
    """Everything that the control plane says, order aside."""
    rows = {
        node: sorted(json.dumps(row, sort_keys=True) for row in network.rib(node).rows())
        for node in network.control_plane.nodes()
    }
    nics = {
        vnet: {r.prefix: sorted(map(str, r.next_hops)) for r in network.control_plane.nic_routes(vnet)}
        for vnet in network.declaration.vnets
    }
    return rows, nics


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_declaration_decides_nothing(name, seed):
    document = json.loads(topology(*NETWORKS[name]))
    other = compute(loads(json.dumps(shuffled(document, random.Random(seed))).encode()))
    assert tables(other) == tables(net(*NETWORKS[name]))
