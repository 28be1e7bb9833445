"""What holds for every report and every comparison, on random networks."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from routeng.limits import LimitReport, changes, limits
from routeng.model.loading import loads
from routeng.model.resolve import resolve

_spoke = st.fixed_dictionaries(
    {
        "prefixes": st.integers(1, 4),
        "endpoints": st.integers(0, 3).map(lambda n: n * 700),
        "high_scale": st.booleans(),
        "transit": st.booleans(),
        "member": st.booleans(),
        "dns": st.integers(0, 2).map(lambda n: n * 11),
    }
)
_networks = st.lists(_spoke, min_size=1, max_size=12)


def _document(spokes: list[dict[str, Any]], feature: bool) -> dict[str, Any]:
    networks: dict[str, Any] = {"hub": {"addressSpace": ["10.0.0.0/16"]}}
    for i, spoke in enumerate(spokes):
        networks[f"s{i}"] = {
            "addressSpace": [f"10.{i + 1}.{k}.0/24" for k in range(spoke["prefixes"])],
            "privateEndpointCount": spoke["endpoints"],
            "privateEndpointVNetPolicies": "Basic" if spoke["high_scale"] else "Disabled",
            "dnsServers": [f"10.0.0.{k}" for k in range(spoke["dns"])],
            "tags": {"mesh": "yes" if spoke["member"] else "no"},
        }
    return {
        "routeng": 1,
        "virtualNetworks": networks,
        "peerings": [
            {"hub": "hub", "spokes": [f"s{i}"], "gatewayTransit": spoke["transit"]}
            for i, spoke in enumerate(spokes)
        ],
        "virtualNetworkGateways": {"gw": {"gatewayType": "ExpressRoute", "vnet": "hub"}},
        "expressRouteCircuits": {"circuit": {}},
        "connections": {
            "link": {"connectionType": "ExpressRoute", "virtualNetworkGateway1": "gw", "peer": "circuit"}
        },
        "networkManagers": {
            "m": {
                "networkGroups": {"g": {"members": {"where": {"tags.mesh": "yes"}}}},
                "connectivityConfigurations": {
                    "mesh": {
                        "connectivityTopology": "Mesh",
                        "appliesToGroups": [{"networkGroup": "g"}],
                        "connectivityCapabilities": {"connectedGroupPrivateEndpointsScale": "HighScale"},
                        "deployedRegions": ["anywhere"],
                    }
                },
            }
        },
        "features": {"Microsoft.Network/AllowHighScaleConnectedGroup": feature},
    }


def _report(spokes: list[dict[str, Any]], feature: bool = True) -> LimitReport:
    return limits(resolve(loads(msgspec.json.encode(_document(spokes, feature)), "topology.json")))


@settings(max_examples=60, deadline=None)
@given(_networks, st.booleans())
def test_rows_agree_with_a_naive_count(spokes: list[dict[str, Any]], feature: bool) -> None:
    report = _report(spokes, feature)
    used = {key: row.used for key, row in report.by_object().items()}
    transit = [spoke for spoke in spokes if spoke["transit"]]
    members = [spoke for spoke in spokes if spoke["member"]]
    assert used["vnet.peerings", "hub"] == len(spokes)
    assert used["er.prefixes_to_onprem_v4", "link"] == 1 + sum(spoke["prefixes"] for spoke in transit)
    total = sum(spoke["endpoints"] for spoke in spokes)
    assert used.get(("pe.peered", "hub"), 0) == total
    for i, spoke in enumerate(spokes):
        assert used.get(("pe.per_vnet", f"s{i}"), 0) == spoke["endpoints"]
        assert used.get(("pe.peered", f"s{i}"), 0) == spoke["endpoints"]
        assert used.get(("vnet.dns_servers", f"s{i}"), 0) == spoke["dns"]
    if len(members) > 1:
        assert used["avnm.vnets_per_connected_group", "mesh"] == len(members)
        row = report.get("avnm.private_endpoints_per_connected_group", "mesh")
        assert row is not None
        assert row.used == sum(spoke["endpoints"] for spoke in members)
        assert row.limit == (20_000 if all(spoke["high_scale"] for spoke in members) else 2000)


@settings(max_examples=60, deadline=None)
@given(_networks)
def test_every_row_is_consistent(spokes: list[dict[str, Any]]) -> None:
    report = _report(spokes)
    seen = set()
    for row in report:
        assert len(set(row.objects)) == len(row.objects)
        for name in row.objects:
            assert (row.id, name) not in seen
            seen.add((row.id, name))
        if row.used is None:
            assert (row.status, row.headroom) == ("not declared", None)
        else:
            assert (row.headroom is not None and row.headroom < 0) == (row.status == "breached")


@settings(max_examples=60, deadline=None)
@given(_networks, _networks)
def test_changes_are_those_that_comparing_object_by_object_finds(
    one: list[dict[str, Any]], two: list[dict[str, Any]]
) -> None:
    before, after = _report(one), _report(two)
    old = {k: (r.used, r.limit, r.status) for k, r in before.by_object().items() if r.used is not None}
    new = {k: (r.used, r.limit, r.status) for k, r in after.by_object().items() if r.used is not None}
    expected = {
        (*key, old.get(key), new.get(key)) for key in old.keys() | new.keys() if old.get(key) != new.get(key)
    }
    found = set()
    for change in changes(before, after):
        was = (change.used_before, change.limit_before, change.status_before)
        now = (change.used_after, change.limit_after, change.status_after)
        for name in change.objects:
            found.add(
                (change.id, name, was if was[1] is not None else None, now if now[1] is not None else None)
            )
    assert found == expected
