"""A changed control plane equals a fresh one and recomputes only what the change touches."""

import pytest
from control.bgp import HUB, ars, circuit, document, er, net, nva, onprem

from routeng.azure.network_manager import Managed
from routeng.azure.peering import Peerings
from routeng.model.patch import apply
from routeng.model.resolve import resolve
from routeng.network import compute


def changed(before, patch):
    """The control plane after a patch, once derived from the one before and once fresh."""
    topology = apply(before.topology, patch)
    declaration = resolve(topology)
    peerings = Peerings(declaration, Managed(declaration))
    return before.control_plane.changed_to(declaration, peerings), compute(topology).control_plane


def everything(control_plane, vnets):
    return (
        {n: control_plane.rib(n).rows() for n in control_plane.nodes()},
        {v: control_plane.nic_routes(v) for v in vnets},
    )


PATCHES = {
    "weight": {"connections": {"gw1-exr1": {"routingWeight": 7}}},
    "connection": {"connections": {"gw1-exr1": {"connectionStatus": "NotConnected"}}},
    "gateway": {"virtualNetworkGateways": {"gw2": {"adminState": "Disabled"}}},
    "hairpin": {"virtualNetworkGateways": {g: {"allowRemoteVnetTraffic": True} for g in ("gw1", "gw2")}},
    "branch-to-branch": {"routeServers": {"ars1": {"allowBranchToBranchTraffic": False}}},
    "preference": {"routeServers": {"ars1": {"hubRoutingPreference": "ASPath"}}},
    "no-override": {"devices": {"nva1": {"bgp": {"neighbors": {"ars2": {"asOverride": False}}}}}},
    "network": {"devices": {"ce1": {"bgp": {"networks": ["10.2.0.0/16", "10.99.0.0/16"]}}}},
    "spoke": {"virtualNetworks": {"spoke1": {"addressSpace": ["192.168.0.0/24", "192.168.9.0/24"]}}},
    "router": {"devices": {"ce2": {"bgp": {"enabled": False}}}},
    "circuit": {
        "expressRouteCircuits": {"exr1": {"peerings": {"AzurePrivatePeering": {"paths": ["primary"]}}}}
    },
    "platform": {"profile": {"A12": "cisco"}},
    "summary": {"virtualNetworks": {"hub1": {"summarizedGatewayPrefixes": ["192.168.0.0/16"]}}},
}


@pytest.mark.parametrize("name", PATCHES)
@pytest.mark.parametrize(
    "design", ["two-hubs-full-inspection", "two-hubs-bypass-onprem-inspection", "two-hubs-transit-vnets"]
)
def test_a_change_gives_the_state_of_a_fresh_run(design, name):
    before = net(document(design))
    everything(before.control_plane, ("hub1", "hub2"))
    derived, fresh = changed(before, PATCHES[name])
    assert everything(derived, ("hub1", "hub2")) == everything(fresh, ("hub1", "hub2"))


def test_changes_on_top_of_changes_and_back():
    before = net(document("two-hubs-full-inspection"))
    start = everything(before.control_plane, ("hub1", "hub2"))
    current, topology = before.control_plane, before.topology
    for patch in PATCHES.values():
        topology = apply(topology, patch)
        declaration = resolve(topology)
        current = current.changed_to(declaration, Peerings(declaration, Managed(declaration)))
        fresh = compute(topology).control_plane
        assert everything(current, ("hub1", "hub2")) == everything(fresh, ("hub1", "hub2"))
    back = current.changed_to(before.declaration, before.peerings)
    assert everything(back, ("hub1", "hub2")) == start


def test_a_change_that_touches_no_route_recomputes_no_class():
    before = net(document("two-hubs-full-inspection"))
    assert before.control_plane.solution.converged
    derived, _ = changed(before, {"virtualNetworks": {"spoke1": {"tags": {"wave": "1"}}}})
    assert derived.solution.recomputed == 0


def test_a_session_of_an_appliance_touches_only_the_classes_that_cross_it():
    """Taking an appliance's session down leaves what neither it nor the other side ever carried."""
    quiet = {"ars": {"export": [{"match": {"from": "local"}}, {"deny": True}], "import": [{"deny": True}]}}
    far = {
        "virtualNetworks": {
            "lone": {
                "location": "west",
                "addressSpace": ["10.77.0.0/16"],
                "subnets": {"GatewaySubnet": {"addressPrefix": "10.77.0.0/26"}},
            }
        }
    }
    before = net(
        HUB,
        ars("nva"),
        nva("nva", "10.0.1.4", 65001, "10.50.0.0/16", neighbors=quiet),
        far,
        er("lone-gw", "lone", circuits={"er": 0}),
        circuit(),
        onprem(),
    )
    assert before.control_plane.solution.converged
    classes = len(before.control_plane.solution.partition.classes)
    derived, fresh = changed(before, {"devices": {"nva": {"bgp": {"enabled": False}}}})
    assert everything(derived, ("hub",)) == everything(fresh, ("hub",))
    assert 0 < derived.solution.recomputed < classes
