# ruff: noqa: N802
"""One prefix from two sides: which one a gateway keeps, also after a failure and its repair."""

import pytest
from control.bgp import HUB, ars, aspaths, best, circuit, er, net, nic, nva, onprem, prefixes, quiet

DOWN = {"expressRouteCircuits": {"er": {"peerings": {"AzurePrivatePeering": {"paths": []}}}}}
UP = {
    "expressRouteCircuits": {"er": {"peerings": {"AzurePrivatePeering": {"paths": ["primary", "secondary"]}}}}
}


@pytest.mark.parametrize("prefix", ["0.0.0.0/0", "172.20.0.0/16"])
def test_W3_C24_a_route_of_the_customers_own_displaces_the_route_servers_also_after_a_failure(prefix):
    """C-24 keeps reflections away only: else the state before the repair would keep itself alive for ever."""
    computed = net(
        HUB,
        er(),
        circuit(),
        onprem("ce", 65100, prefix, neighbors=quiet("er")),
        ars("nva"),
        nva("nva", "10.0.1.4", 65001, prefix),
    )
    failed = computed.with_change(DOWN)
    assert aspaths(failed, "er/primary", prefix) == {"65515-65001"}
    assert nic(failed, "hub/vm")[prefix] == ["10.0.1.4"]
    for network in (computed, failed.with_change(UP)):
        assert best(network, "gw", prefix) == {"12076-65100"}
        assert aspaths(network, "er/primary", prefix) == {"65100"}
        assert prefix not in prefixes(network, "gw", advertised="er/primary")
