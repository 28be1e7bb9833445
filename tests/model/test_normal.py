"""The canonical form."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from routeng.model.loading import from_plain, load
from routeng.model.normal import normalize
from routeng.model.resolve import resolve


def test_it_is_sorted_expanded_and_means_the_same(valid_file: Path) -> None:
    topology = load(valid_file)
    form = normalize(topology)
    assert json.dumps(form) == json.dumps(form, sort_keys=True)
    assert "peerings" not in form
    again = from_plain(form)
    assert normalize(again) == form
    one, two = resolve(topology), resolve(again)
    assert {n: (v.location, set(v.prefixes), v.subnets.keys()) for n, v in one.vnets.items()} == {
        n: (v.location, set(v.prefixes), v.subnets.keys()) for n, v in two.vnets.items()
    }
    for name, vnet in one.vnets.items():
        assert sorted((h.remote, str(h.declared)) for h in vnet.peerings) == sorted(
            (h.remote, str(h.declared)) for h in two.vnets[name].peerings
        )
    assert one.places == two.places
    assert one.endpoints == two.endpoints


def test_different_words_for_one_network_have_one_form(
    document: dict[str, Any], put: Callable[..., Any]
) -> None:
    form = normalize(from_plain(document))
    document["virtualNetworks"] = dict(reversed(document["virtualNetworks"].items()))
    put("virtualNetworks.hub.addressSpace", {"addressPrefixes": ["10.0.0.0/16"]})
    put("virtualNetworks.spoke.addressSpace", ["fd00:0001::/48", "10.1.0.0/16"])
    put("virtualNetworks.spoke.subnets.vm.routeTable", "RT")
    put("peerings", {"p": {"hub": "Hub", "spokes": ["SPOKE"], "gatewayTransit": True}})
    put("devices.nva.subnet", "HUB/NVA")
    put("connections.gw-er.peer", "ER")
    put(
        "routeTables.rt.routes",
        {"out": document["routeTables"]["rt"]["routes"][0] | {"nextHopIpAddress": "10.0.2.4"}},
    )
    assert normalize(from_plain(document)) == form
