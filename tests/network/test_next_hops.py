"""Compiled next hops say what the tables say, address by address and by the array."""

import ipaddress
import json

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from network.randomized import topologies

from routeng.inputs.errors import InputErrors
from routeng.model.loading import loads
from routeng.network import compute

RANDOM = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@RANDOM
@given(topologies(), st.lists(st.ip_addresses(v=4) | st.ip_addresses(v=6), max_size=8))
def test_next_hops_are_those_of_the_longest_active_row(doc, more):
    try:
        net = compute(loads(json.dumps(doc).encode()))
    except InputErrors:
        assume(False)
    for place in net.places():
        hops = net.next_hops(place)
        rows = [
            (ipaddress.ip_network(prefix), row)
            for row in net.routes(place).routes
            for prefix in row.prefixes
            if row.state == "Active" and not prefix.startswith("service:")
        ]
        addresses = [str(a) for a in more] + [str(network[0]) for network, _ in rows]
        bulk = hops.many(addresses)
        for address, route in zip(addresses, bulk, strict=True):
            parsed = ipaddress.ip_address(address)
            longest = max((n.prefixlen for n, _ in rows if parsed in n), default=None)
            expected = [r for n, r in rows if parsed in n and n.prefixlen == longest]
            for found in (route, hops(address), hops(int(parsed), parsed.version)):
                if longest is None:
                    assert found is None
                else:
                    assert found is not None
                    assert (found.next_hop_type, found.next_hops, found.rule) in {
                        (r.next_hop_type, r.next_hops, r.rule) for r in expected
                    }
            assert route == hops(address)
