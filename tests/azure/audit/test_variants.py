"""One thing changed in every recorded topology: what must hold whatever fails or is switched."""

import json

import pytest
from audit.cases import NAMES, document, network, patched


def variants(whole):
    """(name, patch) of failures and switches that the topology has something for."""
    for name, joined in whole.get("connections", {}).items():
        yield f"{name} down", {"connections": {name: {"connectionStatus": "NotConnected"}}}
        if "peer" in joined:
            yield f"{name} heavier", {"connections": {name: {"routingWeight": 50}}}
    for name in whole.get("expressRouteCircuits", {}):
        for links in (["secondary"], []):
            change = {"peerings": {"AzurePrivatePeering": {"paths": links}}}
            yield f"{name} left with {links}", {"expressRouteCircuits": {name: change}}
    for name, gateway in whole.get("virtualNetworkGateways", {}).items():
        yield f"{name} disabled", {"virtualNetworkGateways": {name: {"adminState": "Disabled"}}}
        if gateway["gatewayType"] == "Vpn":
            flipped = {"activeActive": not gateway.get("activeActive", False)}
            yield f"{name} {flipped}", {"virtualNetworkGateways": {name: flipped}}
        for summary in ("10.0.0.0/14", "172.16.0.0/16"):
            change = {gateway["vnet"]: {"summarizedGatewayPrefixes": [summary]}}
            yield f"{summary} on {gateway['vnet']}", {"virtualNetworks": change}
    for name, server in whole.get("routeServers", {}).items():
        flipped = {"allowBranchToBranchTraffic": not server.get("allowBranchToBranchTraffic", False)}
        yield f"{name} {flipped}", {"routeServers": {name: flipped}}
        for choice in ("VpnGateway", "ASPath"):
            yield f"{name} {choice}", {"routeServers": {name: {"hubRoutingPreference": choice}}}
    for name, device in whole.get("devices", {}).items():
        if "bgp" not in device:
            continue
        yield f"{name} off", {"devices": {name: {"bgp": {"enabled": False}}}}
        yield f"{name} default", {"devices": {name: {"bgp": {"networks": ["0.0.0.0/0"]}}}}
        for peer in device["bgp"].get("neighbors", {}):
            for change in (
                {"enabled": False},
                {"export": [{"set": {"prepend": 2}}]},
                {"asOverride": True},
                {"stripAs": [65515]},
            ):
                yield (
                    f"{name} to {peer} {change}",
                    {"devices": {name: {"bgp": {"neighbors": {peer: change}}}}},
                )


def tables(computed):
    """Everything that the control plane says, order aside."""
    plane = computed.control_plane
    rows = {
        node: sorted(json.dumps(row, sort_keys=True) for row in computed.rib(node).rows())
        for node in plane.nodes()
    }
    nics = {
        vnet: {r.prefix: sorted(map(str, r.next_hops)) for r in plane.nic_routes(vnet)}
        for vnet in computed.declaration.vnets
    }
    return rows, nics


def check(computed, name):
    """The invariants of one state."""
    plane = computed.control_plane
    solution, plan = plane.solution, plane.plan
    assert solution.converged or plane.unsettled(), name
    up = {n for n, session in plan.sessions.items() if session.up}
    for speaker, own in plan.speakers.items():
        role = plan.nodes.by_speaker[speaker].role
        for prefix in solution.prefixes(speaker):
            for candidate in solution.rib(speaker, prefix).candidates:
                path = candidate.path
                if path.is_local:
                    continue
                assert path.session in up, (name, speaker, prefix)
                if role not in ("msee", "device"):
                    assert own.asn not in candidate.attributes.as_path.asns, (name, speaker, prefix)
                sent = solution.advertised(path.peer, prefix)
                assert any(a.session == path.session and a.attributes is not None for a in sent), (
                    name,
                    speaker,
                    prefix,
                )
    alive = {i.address for n in plan.nodes.by_node for i in plan.nodes.of(n) if i.speaker in plan.speakers}
    for vnet in computed.declaration.vnets:
        routes = plane.nic_routes(vnet)
        assert len({r.prefix for r in routes}) == len(routes), (name, vnet)
        for route in routes:
            for hop in route.next_hops:
                at = plan.nodes.at(hop) if hop else None
                assert at is None or at.address in alive, (name, vnet, route)


@pytest.mark.parametrize("case", [n for n in NAMES if len(list(variants(document(n)))) > 0])
def test_one_change_leaves_a_sound_state_that_a_change_in_place_reaches_too(case):
    whole = document(case)
    base = network(whole)
    assert tables(base)[0], case  # solved first, so that changes start from it
    for name, change in variants(whole):
        fresh = network(patched(whole, change))
        check(fresh, name)
        assert tables(base.with_change(change)) == tables(fresh), name
