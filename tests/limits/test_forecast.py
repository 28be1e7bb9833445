"""How much more fits until a limit."""

from collections.abc import Callable
from typing import Any

import msgspec

from routeng.limits import Forecast, forecasts, limits
from routeng.model.resolve import resolve
from routeng.model.topology import decode

HubOf = Callable[..., dict[str, Any]]


def _forecasts(document: dict[str, Any]) -> dict[tuple[str, str], Forecast]:
    declaration = resolve(decode(msgspec.json.encode({"routeng": 1, **document})))
    return {(f.id, f.object): f for f in forecasts(declaration, limits(declaration))}


def test_spokes_of_three_prefixes_until_1000(hub_of: HubOf) -> None:
    forecast = _forecasts(hub_of(319, 3))["er.prefixes_to_onprem_v4", "gw-circuit"]
    assert (forecast.adds, forecast.more, forecast.like) == (3, 14, "spoke318")
    assert forecast.text == (
        "gw-circuit: 14 more spokes like spoke318 until the limit of 1,000 (er.prefixes_to_onprem_v4)"
    )


def test_the_forecast_comes_true(hub_of: HubOf) -> None:
    """So many more spokes hold the limit, one more breaks it."""
    more = _forecasts(hub_of(40, 7))["er.prefixes_to_onprem_v4", "gw-circuit"].more
    assert more is not None
    full, over = (
        limits(resolve(decode(msgspec.json.encode({"routeng": 1, **hub_of(40 + extra, 7)}))))
        for extra in (more, more + 1)
    )
    for report, held in ((full, True), (over, False)):
        row = report.get("er.prefixes_to_onprem_v4", "gw-circuit")
        assert row is not None
        assert (row.status != "breached") is held


def test_summarized_spokes_add_nothing(hub_of: HubOf) -> None:
    document = hub_of(20, 3, summarizedGatewayPrefixes=["10.0.0.0/8"])
    forecast = _forecasts(document)["er.prefixes_to_onprem_v4", "gw-circuit"]
    assert (forecast.adds, forecast.more) == (0, None)
    assert "add nothing" in forecast.text


def test_peerings_of_a_hub_and_not_of_its_spokes(hub_of: HubOf) -> None:
    found = _forecasts(hub_of(480))
    assert found["vnet.peerings", "hub"].more == 20
    assert ("vnet.peerings", "spoke0") not in found


def test_a_limit_that_is_past_has_no_room(hub_of: HubOf) -> None:
    assert _forecasts(hub_of(1100))["er.prefixes_to_onprem_v4", "gw-circuit"].more == 0


def test_members_of_a_mesh_by_number_and_by_endpoints() -> None:
    document = {
        "virtualNetworks": {
            f"v{i}": {"addressSpace": [f"10.0.{i}.0/24"], "privateEndpointCount": 12 if i else 500}
            for i in range(100)
        },
        "networkManagers": {
            "manager": {
                "networkGroups": {"all": {"members": ["*"]}},
                "connectivityConfigurations": {
                    "mesh": {
                        "connectivityTopology": "Mesh",
                        "appliesToGroups": [{"networkGroup": "all"}],
                        "deployedRegions": ["eastus"],
                    }
                },
            }
        },
    }
    found = _forecasts(document)
    assert found["avnm.vnets_per_connected_group", "mesh"].more == 150
    endpoints = found["avnm.private_endpoints_per_connected_group", "mesh"]
    assert (endpoints.adds, endpoints.more, endpoints.like) == (12, (2000 - 1688) // 12, "v99")


def test_the_tightest_forecast_comes_first(hub_of: HubOf) -> None:
    declaration = resolve(decode(msgspec.json.encode({"routeng": 1, **hub_of(498, 2)})))
    found = forecasts(declaration, limits(declaration))
    assert [(f.id, f.more) for f in found] == [("er.prefixes_to_onprem_v4", 1), ("vnet.peerings", 2)]
