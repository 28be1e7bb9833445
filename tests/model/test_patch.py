"""Merge patches: RFC 7396 on plain JSON, and patched topologies equal to freshly loaded ones."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeng.inputs.errors import InputErrors
from routeng.model.declaration import Declaration
from routeng.model.loading import from_plain
from routeng.model.patch import apply, merge_patch
from routeng.model.resolve import resolve
from routeng.model.topology import Topology

# The examples of RFC 7396, appendix A.
RFC_EXAMPLES: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("document", "patch", "result"), RFC_EXAMPLES)
def test_rfc_7396_appendix_a(document: Any, patch: Any, result: Any) -> None:
    before = copy.deepcopy((document, patch))
    assert merge_patch(document, patch) == result
    assert (document, patch) == before


def contents(declaration: Declaration) -> dict[str, Any]:
    """Everything that a declaration says, in its order."""
    return {
        "vnets": list(declaration.vnets.items()),
        "tables": list(declaration.route_tables.items()),
        "endpoints": list(declaration.endpoints.items()),
        "places": declaration.places,
        "special": declaration.special_subnets,
        "findings": declaration.findings,
        "names": {k: v for k, v in declaration.names.items() if "/" not in k[1]},
    }


def check_patch(document: dict[str, Any], patch: dict[str, Any]) -> Topology | None:
    """Both ways agree: on the result, or on refusing it with the same errors."""
    base = from_plain(document)
    before = contents(resolve(base))
    wanted: Topology | InputErrors
    try:
        wanted = from_plain(merge_patch(document, patch), "<patch>")
    except InputErrors as refused:
        wanted = refused
    if isinstance(wanted, InputErrors):
        with pytest.raises(InputErrors) as caught:
            apply(base, patch)
        assert {e.pointer for e in caught.value.errors} == {e.pointer for e in wanted.errors}
        return None
    found = apply(base, patch)
    assert found == wanted
    assert contents(resolve(found)) == contents(resolve(wanted))
    assert contents(resolve(base)) == before
    assert (found is base) == (found == base)
    return found


def half(remote: str, use: bool = False) -> dict[str, Any]:
    return {"remoteVirtualNetwork": remote, "useRemoteGateways": use}


def peer(remote: str, space: str) -> dict[str, Any]:
    return {"addressSpace": [space], "virtualNetworkPeerings": {"up": half(remote)}}


PATCHES: list[dict[str, Any]] = [
    {"virtualNetworks": {"hub": {"tags": {"wave": "1"}, "privateEndpointVNetPolicies": "basic"}}},
    {"virtualNetworks": {"hub": {"addressSpace": ["10.0.0.0/16", "10.5.0.0/16"]}}},
    {"virtualNetworks": {"hub": {"addressSpace": ["10.0.0.0/16", "10.1.5.0/24"]}}},
    {"virtualNetworks": {"hub": {"addressSpace": ["10.0.0.0/16", "224.0.0.0/8"]}}},
    {"virtualNetworks": {"hub": {"location": "westeurope"}}},
    {"virtualNetworks": {"hub": {"subnets": {"nva": None}}}},
    {"virtualNetworks": {"hub": {"subnets": {"nva": {"addressPrefix": "10.0.9.0/24"}}}}},
    {"virtualNetworks": {"hub": {"subnets": {"GatewaySubnet": {"routeTable": "RT"}}}}},
    {"virtualNetworks": {"hub": {"subnets": {"RouteServerSubnet": {"routeTable": "RT"}}}}},
    {"virtualNetworks": {"hub": {"subnets": {"GatewaySubnet": None}}}},
    {"virtualNetworks": {"spoke": None}},
    {
        "virtualNetworks": {"more": {"addressSpace": ["10.9.0.0/16"]}},
        "peerings": [{"hub": "hub", "spokes": ["spoke", "more"]}],
    },
    {"virtualNetworks": {"Hub": {"addressSpace": ["10.9.0.0/16"]}}},
    {"virtualNetworks": {"ce": {"addressSpace": ["10.9.0.0/16"]}}},
    {"virtualNetworks": {"": {"addressSpace": ["10.9.0.0/16"]}}},
    {"virtualNetworks": {"more": {"addressSpace": ["10.9.0.0/16"], "id": "/subscriptions/s/x"}}},
    {"virtualNetworks": {"more": {"addressSpace": ["10.0.0.0/16"]}}},
    {"virtualNetworks": {"more": {"addressSpace": ["127.9.0.0/16"]}}},
    {
        "virtualNetworks": {
            "more": peer("hub", "10.9.0.0/16"),
            "hub": {"virtualNetworkPeerings": {"m": half("more")}},
        }
    },
    {"virtualNetworks": {"more": peer("hub", "10.9.0.0/16")}},
    {"virtualNetworks": {"more": peer("hub", "10.0.9.0/24")}},
    {
        "virtualNetworks": {
            "more": peer("hub", "10.1.9.0/24"),
            "hub": {"virtualNetworkPeerings": {"m": half("more")}},
        }
    },
    {"virtualNetworks": {"more": peer("more", "10.9.0.0/16")}},
    {"virtualNetworks": {"third": None, "fourth": {"virtualNetworkPeerings": None}}},
    {"virtualNetworks": {"third": None}},
    {"virtualNetworks": {"third": {"virtualNetworkPeerings": {"4": {"remoteVirtualNetwork": "spoke"}}}}},
    {"virtualNetworks": {"third": {"virtualNetworkPeerings": {"5": half("fourth")}}}},
    {"virtualNetworks": {"third": {"location": "north europe"}}},
    {"virtualNetworks": {"third": {"addressSpace": ["10.40.0.0/17"]}}},
    {
        "virtualNetworks": {
            "third": {"virtualNetworkPeerings": {"4": {"useRemoteGateways": True}, "s": half("spoke", True)}}
        }
    },
    {
        "virtualNetworks": {
            "third": {"virtualNetworkPeerings": {"4": {"remoteAddressSpace": ["10.1.0.0/24"]}}}
        }
    },
    {"virtualNetworks": {"hub": {"adressSpace": []}}},
    {"virtualNetworks": []},
    {"virtualNetworks": None},
    {"peerings": None},
    {"peerings": {"p": {"vnets": ["hub", "spoke"]}}},
    {"routeTables": {"rt": {"routes": {"a": {"addressPrefix": "10.0.0.0/8", "nextHopType": "none"}}}}},
    {"routeTables": {"rt": {"routes": [{"addressPrefix": "10.0.0.0/8", "nextHopType": "x"}]}}},
    {"routeTables": {"rt": None}},
    {"routeTables": {"rt2": {}}},
    {"devices": {"nva": {"ip": "10.0.2.9"}}},
    {"devices": {"nva": {"subnet": "spoke/vm"}}},
    {"devices": {"nva": None}},
    {"devices": {"nva": {"bgp": {"asn": 70000}}}},
    {"devices": {"ce": {"bgp": None}}},
    {"networkManagers": {"avnm": {"networkGroups": {"all": {"members": {"where": {"name": "s*"}}}}}}},
    {"networkManagers": {"avnm": {"networkGroups": {"all": None}}}},
    {"privateEndpoints": {"p": {"subnet": "spoke/vm", "ip": "10.1.0.9"}}},
    {"features": {"Microsoft.Network/AllowHighScaleConnectedGroup": True}, "name": "after", "x-y": 1},
    {"profile": {"H3": "legacy-on"}},
    {"profile": {"H3": "x"}},
    {"profile": {"system-none-routes": 2021}},
    {"profile": {"system-none-routes": 2023}},
    {"virtualNetworkGateways": {"gw": {"vnet": "spoke"}}},
    {"defaults": {"location": "westus"}},
    {"defaults": None, "nonsense": None},
    {"nonsense": {}},
    {},
]


@pytest.mark.parametrize("patch", PATCHES, ids=[json.dumps(p)[:60] for p in PATCHES])
def test_a_patched_topology_equals_a_fresh_one(patch: dict[str, Any], document: dict[str, Any]) -> None:
    document["privateEndpoints"] = {"q": {"subnet": "spoke/vm", "ip": "10.1.0.8"}}
    vnets = document["virtualNetworks"]
    vnets["third"] = {"addressSpace": ["10.30.0.0/16"], "virtualNetworkPeerings": {"4": half("fourth")}}
    vnets["fourth"] = {"addressSpace": ["10.40.0.0/16"], "virtualNetworkPeerings": {"3": half("third")}}
    check_patch(document, patch)


@pytest.mark.parametrize("patch", PATCHES, ids=[json.dumps(p)[:60] for p in PATCHES])
def test_a_patched_topology_without_declared_regions_equals_a_fresh_one(
    patch: dict[str, Any], document: dict[str, Any]
) -> None:
    del document["defaults"]
    document["virtualNetworks"]["third"] = peer("hub", "10.30.0.0/16") | {"location": "eastus"}
    document["virtualNetworks"]["fourth"] = {"addressSpace": ["10.40.0.0/16"]}
    check_patch(document, patch)


def test_an_arm_id_that_no_longer_leads_anywhere_is_found(document: dict[str, Any]) -> None:
    ref = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/routeTables/rt"
    document["routeTables"]["rt"]["id"] = ref
    document["virtualNetworks"]["spoke"]["subnets"]["vm"]["routeTable"] = ref.upper()
    assert check_patch(document, {"routeTables": {"rt": {"id": ref.replace("/s/", "/t/")}}}) is None
    assert check_patch(document, {"routeTables": {"rt": {"id": None}}}) is not None
    assert check_patch(document, {"routeTables": {"rt": {"id": None, "resourceGroup": "q"}}}) is None


def test_what_a_patch_does_not_name_is_shared(document: dict[str, Any]) -> None:
    base = from_plain(document)
    found = apply(base, {"virtualNetworks": {"spoke": {"tags": {"a": "b"}}}})
    assert found.virtual_networks["hub"] is base.virtual_networks["hub"]
    assert resolve(found).vnets["hub"] is resolve(base).vnets["hub"]
    assert resolve(found).vnets["spoke"] is not resolve(base).vnets["spoke"]
    assert resolve(found).route_tables is resolve(base).route_tables
    assert apply(base, {"virtualNetworks": {"spoke": {"tags": None}}}) is base


HERE = Path(__file__).parents[1] / "recorded" / "cases"
DOCUMENTS = [
    json.loads((HERE / name / "topology.json").read_bytes())
    for name in (
        "ars-b2b-vpn-active-active",
        "peering-1-subnet",
        "hubspoke-udr-ilb",
        "er-vpn-coexist-0-all-up",
    )
]
VALUES = st.sampled_from(
    [None, True, 0, "10.77.0.0/24", "10.0.0.0/16", "x", ["10.77.0.0/16"], {}, "eastus", "None"]
)


@st.composite
def patches(draw: st.DrawFn, document: Any, depth: int = 0) -> Any:
    """A patch that follows the document for a while, then says something else."""
    if not isinstance(document, dict) or not document or (depth > 1 and draw(st.booleans())):
        other = (
            draw(st.sampled_from(DOCUMENTS[0]["virtualNetworks"]["Hub"]["addressSpace"]))
            if depth > 3
            else None
        )
        return other or draw(VALUES)
    keys = draw(st.lists(st.sampled_from(sorted(document)), min_size=1, max_size=2, unique=True))
    return {key: draw(patches(document[key], depth + 1)) for key in keys}


@given(st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_patch_of_real_files_equals_a_fresh_load(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(DOCUMENTS))
    patch = data.draw(patches(document))
    check_patch(document, patch)


def test_patches_follow_each_other(document: dict[str, Any], put: Callable[..., Any]) -> None:
    topology, plain = from_plain(document), document
    for i, patch in enumerate(PATCHES):
        try:
            plain_after = merge_patch(plain, patch)
            after = from_plain(plain_after)
        except InputErrors:
            continue
        topology, plain = apply(topology, patch), plain_after
        assert topology == after, i
        assert contents(resolve(topology)) == contents(resolve(after)), i
