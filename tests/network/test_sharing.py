"""A changed network shares what the change cannot touch: the very objects, not equal ones."""

import json
from pathlib import Path

import pytest

from routeng import gallery
from routeng.azure.connected_group import ConnectedGroup
from routeng.inputs.errors import InputErrors
from routeng.model.loading import loads
from routeng.network import compute

EXAMPLES = Path(__file__).parents[2] / "examples"
NEW = {
    "addressSpace": ["192.168.0.0/24"],
    "tags": {"mesh": "1"},
    "subnets": {"a": {"addressPrefix": "192.168.0.0/24"}},
}


@pytest.fixture
def mesh():
    """A mesh of 40, computed, with a user route at one subnet; one VNet is far from all."""
    (doc,) = gallery.build("mesh", vnets=40, endpoints=0).values()
    vnets = doc["virtualNetworks"]
    vnets["vnet00001"]["subnets"]["workload"]["routeTable"] = "rt"
    vnets["far"] = {"addressSpace": ["172.20.0.0/24"]}
    doc["routeTables"] = {"rt": {"routes": [{"addressPrefix": "0.0.0.0/0", "nextHopType": "None"}]}}
    net = compute(loads(json.dumps(doc).encode()))
    for place in net.places():
        net.routes(place).rows()
    return net


def group(net):
    (found,) = net.fabric.groups
    return found


def test_a_user_route_leaves_all_but_its_layer(mesh):
    route = {"addressPrefix": "10.0.0.0/8", "nextHopType": "None"}
    net = mesh.with_change({"routeTables": {"rt": {"routes": [route]}}})
    assert net.control_plane is mesh.control_plane
    assert group(net).table is group(mesh).table
    kept = {key for key, layer in mesh.fabric._layers.items() if net.fabric._layers.get(key) is layer}
    assert mesh.fabric._layers.keys() - kept == {("user", "rt")}


def test_a_new_member_edits_a_copy_of_the_table_and_leaves_other_vnets(mesh, monkeypatch):
    fresh = ConnectedGroup.__dict__["_content"].func
    built = []
    monkeypatch.setattr(ConnectedGroup.__dict__["_content"], "func", lambda g: built.append(g) or fresh(g))
    net = mesh.with_change({"virtualNetworks": {"new": NEW}})
    assert (len(group(mesh).table), len(group(net).table)) == (40, 41)
    assert built == []
    assert list(group(net).members) == [*group(mesh).members, "new"]
    own = ("own", "vnet00009")
    assert net.fabric._layers[own] is mesh.fabric._layers[own]
    assert net.lookup("vnet00009/workload", "192.168.0.1").next_hop_type == "ConnectedGroup"
    assert mesh.lookup("vnet00009/workload", "192.168.0.1").next_hop_type == "None"


def test_overlap_is_looked_at_anew(mesh):
    net = mesh.with_change(
        {"virtualNetworks": {"new": {**NEW, "addressSpace": ["10.0.0.0/24"], "subnets": {}}}}
    )
    (shared,) = set(group(net).left_out)
    assert str(shared) == "10.0.0.0/24"
    assert group(mesh).left_out == {}
    back = net.with_change({"virtualNetworks": {"new": None}})
    assert group(back).left_out == {}
    assert dict(group(back).table.items()) == dict(group(mesh).table.items())


def test_a_vnet_outside_leaves_the_group_as_it_is(mesh):
    net = mesh.with_change({"virtualNetworks": {"far": {"addressSpace": ["172.20.0.0/22"]}}})
    assert group(net).table is group(mesh).table
    assert net.declaration.vnets["vnet00001"] is mesh.declaration.vnets["vnet00001"]


def test_what_changes_nothing_gives_the_network_itself(mesh):
    assert mesh.with_change({"virtualNetworks": {"far": {"addressSpace": ["172.20.0.0/24"]}}}) is mesh


def test_a_refused_change_leaves_the_network_as_it_was(mesh):
    before = mesh.routes("vnet00002/workload").to_dict()
    with pytest.raises(InputErrors):
        mesh.with_change(
            {"virtualNetworks": {"new": {**NEW, "subnets": {"a": {"addressPrefix": "10.9.0.0/24"}}}}}
        )
    assert mesh.routes("vnet00002/workload").to_dict() == before


@pytest.fixture
def hybrid():
    """Two hubs with gateways, route servers and appliances; BGP solved."""
    net = compute(loads((EXAMPLES / "two-hubs-full-inspection.json").read_bytes()))
    assert net.control_plane.solution.converged
    net.prepare()
    return net


def test_bgp_is_not_solved_again_for_what_it_does_not_read(hybrid):
    for patch in (
        {"features": {"Microsoft.Network/X": True}, "note": "another"},
        {"virtualNetworks": {"spoke1": {"tags": {"a": "b"}}}},
    ):
        assert hybrid.with_change(patch).control_plane is hybrid.control_plane


@pytest.mark.parametrize(
    "patch",
    [
        {"devices": {"nva1": {"bgp": {"networks": ["10.77.0.0/16"]}}}},
        {"virtualNetworks": {"spoke1": {"addressSpace": ["192.168.0.0/24", "192.168.77.0/24"]}}},
        {"virtualNetworks": {"hub1": {"summarizedGatewayPrefixes": ["192.168.0.0/16"]}}},
        {"routeTables": {"rt-gw1": {"routes": []}}},
    ],
)
def test_bgp_follows_what_it_reads(hybrid, patch):
    net = hybrid.with_change(patch)
    assert net.control_plane is not hybrid.control_plane
    fresh = compute(net.topology)
    assert {n: net.rib(n).rows() for n in net.nodes()} == {n: fresh.rib(n).rows() for n in fresh.nodes()}
