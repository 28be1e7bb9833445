"""Random small topologies against the plain way of :mod:`forwarding.oracle`."""

import json
from ipaddress import ip_address, ip_network

from forwarding import oracle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeng import expand
from routeng.model.loading import loads
from routeng.network import compute

SPACES = [
    "10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "10.1.128.0/17", "10.1.2.0/23", "10.2.0.0/15", "10.2.0.0/16",
    "172.16.0.0/12", "172.16.0.0/16", "192.168.0.0/16", "192.168.4.0/22", "192.0.0.0/8", "100.64.0.0/10",
    "50.0.0.0/16", "50.0.0.0/20", "60.0.0.0/8",
]  # fmt: skip
APART = ["10.3.0.0/16", "192.168.0.0/16", "11.0.0.0/8", "10.2.0.0/16", "172.16.0.0/12"]
ROUTES = [
    *SPACES, *APART, "0.0.0.0/0", "0.0.0.0/1", "10.0.0.0/24", "10.1.2.0/24", "10.1.2.0/25", "10.2.0.0/24",
    "50.0.0.0/24", "172.0.0.0/8", "192.168.4.0/24", "198.18.0.0/15", "127.0.0.0/8",
]  # fmt: skip
HOPS = ["VirtualAppliance", "VirtualNetworkGateway", "VnetLocal", "Internet", "None"]
REGIONS = ["r1", "r2"]


def conflict(one, two):
    return any(oracle.overlap(ip_network(p), ip_network(q)) for p in one for q in two)


@st.composite
def topologies(draw):
    """A topology that Azure would accept, dense with overlaps, overrides and half-made things."""
    often = st.sampled_from([True, True, True, False])
    seldom = st.sampled_from([False, False, False, True])
    vnets = {f"v{i}": draw(virtual_networks(i)) for i in range(draw(st.integers(2, 5)))}
    doc = {"routeng": 1, "virtualNetworks": vnets, "routeTables": {}, "privateEndpoints": {}}
    gateways = draw(st.lists(st.sampled_from(sorted(vnets)), unique=True, max_size=2))
    _draw_gateways(draw, doc, gateways)
    _draw_peerings(draw, doc, gateways, often, seldom)
    _draw_tables(draw, doc, seldom)
    _draw_managers(draw, doc, seldom)
    return doc


@st.composite
def virtual_networks(draw, number):
    own = draw(st.sampled_from([True, True, False]))
    space = [APART[number] if own else draw(st.sampled_from(SPACES))]
    second = draw(st.none() | st.sampled_from(SPACES))
    if second is not None and not conflict(space, [second]):
        space.append(second)
    subnets = {
        f"s{i}": {"addressPrefix": [_slice(text, j)]}
        for i, (text, j) in enumerate([(space[0], 0), (space[-1], 1)])
    }
    if draw(st.booleans()):
        space.append(f"fd00:{number}::/48")
        if draw(st.booleans()):
            subnets["s0"]["addressPrefix"].append(f"fd00:{number}::/64")
    for subnet in subnets.values():
        subnet["privateEndpointNetworkPolicies"] = draw(
            st.sampled_from(["Disabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled", "Enabled"])
        )
    policies = draw(st.sampled_from(["Disabled", "Disabled", "Basic"]))
    return {
        "addressSpace": space,
        "location": draw(st.sampled_from(REGIONS)),
        "subnets": subnets,
        "privateEndpointVNetPolicies": policies,
        "virtualNetworkPeerings": {},
    }


def _slice(text, index):
    """The first or the second /25 of a prefix: small, so that both fit everywhere."""
    prefix = ip_network(text)
    address = prefix.network_address + 128 * index
    return f"{address}/25"


def _draw_gateways(draw, doc, names):
    for name in names:
        prefixes = draw(st.lists(st.sampled_from([*ROUTES, "10.1.2.9/32"]), unique=True, max_size=4))
        doc.setdefault("virtualNetworkGateways", {})[f"gw-{name}"] = {
            "gatewayType": "Vpn", "vnet": name, "publicIPAddresses": [f"20.0.0.{name[1:]}"],
        }  # fmt: skip
        doc.setdefault("localNetworkGateways", {})[f"site-{name}"] = {"addressPrefixes": prefixes}
        doc.setdefault("connections", {})[f"tunnel-{name}"] = {
            "connectionType": "IPsec",
            "virtualNetworkGateway1": f"gw-{name}",
            "localNetworkGateway2": f"site-{name}",
        }


def _draw_peerings(draw, doc, gateways, often, seldom):
    vnets = doc["virtualNetworks"]
    spaces = {n: v["addressSpace"] for n, v in vnets.items()}
    near = {n: {n} for n in vnets}
    uses = set()
    for one in vnets:
        for other in vnets:
            if other <= one or not draw(st.booleans()):
                continue
            if any(conflict(spaces[x], spaces[other]) for x in near[one]):
                continue
            if any(conflict(spaces[x], spaces[one]) for x in near[other]):
                continue
            near[one].add(other)
            near[other].add(one)
            kind = draw(st.sampled_from(["whole", "whole", "subnets", "six", "stale"]))
            for here, there in ((one, other), (other, one)):
                half = {"remoteVirtualNetwork": there, "allowGatewayTransit": draw(often)}
                if not draw(often):
                    half["peeringState"] = draw(st.sampled_from(["Initiated", "Disconnected"]))
                if there in gateways and here not in gateways and here not in uses and draw(often):
                    half["useRemoteGateways"] = True
                    uses.add(here)
                if kind == "subnets":
                    half |= {
                        "peerCompleteVnets": False,
                        "localSubnetNames": ["s0"],
                        "remoteSubnetNames": ["s0"],
                    }
                elif kind == "six":
                    half["enableOnlyIPv6Peering"] = True
                elif kind == "stale":
                    half["remoteAddressSpace"] = [*spaces[there][:1], f"80.{here[1:]}.{there[1:]}.0/24"]
                vnets[here]["virtualNetworkPeerings"][f"to-{there}"] = half


def _draw_tables(draw, doc, seldom):
    hosts = []
    for name, vnet in doc["virtualNetworks"].items():
        for subnet, declared in vnet["subnets"].items():
            if draw(seldom):
                address = str(ip_network(declared["addressPrefix"][0]).network_address + 10 + int(name[1:]))
                doc["privateEndpoints"][f"pe-{name}-{subnet}"] = {"subnet": f"{name}/{subnet}", "ip": address}
                hosts.append(f"{address}/32")
    for name, vnet in doc["virtualNetworks"].items():
        for subnet, declared in vnet["subnets"].items():
            if not draw(st.booleans()):
                continue
            prefixes = draw(
                st.lists(st.sampled_from([*ROUTES, *hosts, "::/0", "fd00:1::/48"]), unique=True, max_size=5)
            )
            routes = []
            for prefix in prefixes:
                hop = draw(st.sampled_from(HOPS))
                route = {"addressPrefix": prefix, "nextHopType": hop, "hasBgpOverride": draw(seldom)}
                if hop == "VirtualAppliance":
                    route["nextHopIpAddress"] = "fd00::4" if ":" in prefix else "10.1.2.4"
                routes.append(route)
            declared["routeTable"] = f"rt-{name}-{subnet}"
            doc["routeTables"][f"rt-{name}-{subnet}"] = {
                "routes": routes,
                "disableBgpRoutePropagation": draw(seldom),
                "disablePeeringRoute": "All" if draw(seldom) else "None",
            }


def _draw_managers(draw, doc, seldom):
    names = sorted(doc["virtualNetworks"])
    for number in range(draw(st.integers(0, 2))):
        members = draw(st.just(names) | st.lists(st.sampled_from(names), unique=True, min_size=1))
        item = {"networkGroup": "g", "groupConnectivity": "None"}
        config = {
            "connectivityTopology": "Mesh",
            "appliesToGroups": [item],
            "isGlobal": draw(st.booleans()),
            "deployedRegions": draw(st.sampled_from([REGIONS, REGIONS, ["r1"], []])),
            "connectivityCapabilities": {
                "connectedGroupAddressOverlap": draw(st.sampled_from(["Allowed", "Disallowed"]))
            },
            "deleteExistingPeering": draw(seldom),
        }
        hub = draw(st.sampled_from(names))
        if draw(st.booleans()) and _may_peer(doc, hub, members):
            item["groupConnectivity"] = draw(st.sampled_from(["None", "DirectlyConnected"]))
            item["useHubGateway"] = draw(st.booleans())
            config |= {"connectivityTopology": "HubAndSpoke", "hubs": [hub]}
        doc.setdefault("networkManagers", {})[f"manager{number}"] = {
            "networkGroups": {"g": {"members": members}},
            "connectivityConfigurations": {"c": config},
        }
    if any(_peers_overlap(doc, name) for name in names):
        del doc["networkManagers"]  # Azure refuses to make such a peering (PEER-5)


def _peers_overlap(doc, vnet):
    spaces = [oracle.space(doc, vnet), *(link.prefixes for link in oracle.links(doc, vnet))]
    return any(conflict(a, b) for i, a in enumerate(spaces) for b in spaces[i + 1 :])


def _may_peer(doc, hub, members):
    spaces = [doc["virtualNetworks"][n]["addressSpace"] for n in dict.fromkeys([hub, *members])]
    return not any(conflict(a, b) for i, a in enumerate(spaces) for b in spaces[i + 1 :])


def found_rows(net, place):
    return sorted(
        (
            oracle.Row(
                str(row["source"]),
                str(row["state"]),
                ip_network(prefix),
                str(row["nextHopType"]),
                tuple(row["nextHopIpAddress"]),
            )
            for row in net.routes(place).rows()
            for prefix in row["addressPrefix"]
        ),
        key=str,
    )


RANDOM = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@RANDOM
@given(topologies())
def test_tables_agree_row_for_row_with_the_plain_way(doc):
    net = compute(loads(json.dumps(doc).encode()))
    for name, vnet in doc["virtualNetworks"].items():
        for subnet in vnet["subnets"]:
            assert found_rows(net, f"{name}/{subnet}") == oracle.effective_routes(doc, name, subnet)


@RANDOM
@given(topologies(), st.lists(st.ip_addresses(v=4), max_size=10))
def test_look_ups_agree_with_the_longest_active_row(doc, addresses):
    net = compute(loads(json.dumps(doc).encode()))
    for place in net.places():
        rows = found_rows(net, place)
        for address in [*map(str, addresses), *edges(rows)]:
            expected = oracle.follow(rows, address)
            found = net.lookup(place, address)
            if expected is None:
                assert found is None
            else:
                assert found is not None
                assert (found.source, found.next_hop_type, found.next_hops) == (
                    expected.source,
                    expected.kind,
                    expected.hops,
                )
                assert [ip_network(p) for p in found.prefixes] == [expected.prefix]


@RANDOM
@given(topologies())
def test_the_stream_of_all_rows_agrees_with_the_tables(doc):
    for vnet in doc["virtualNetworks"].values():
        vnet["subnets"]["s0"]["serviceEndpoints"] = ["Microsoft.Storage", "Microsoft.Sql"]
    for table in doc["routeTables"].values():
        table["routes"].append({"addressPrefix": "storage", "nextHopType": "Internet"})
    doc["profile"] = {"SE-6": "invalid"}
    net = compute(loads(json.dumps(doc).encode()))
    shown = [{"place": place, **row} for place in net.places() for row in net.routes(place).rows()]
    split = [{**row, "addressPrefix": [p]} for row in shown for p in row["addressPrefix"]]
    assert sorted(map(_canonical, split)) == sorted(map(_canonical, expand.rows(net)))


def _canonical(row):
    return json.dumps(row, sort_keys=True)


def edges(rows):
    """First and last address of every row, and the ones just outside."""
    found = set()
    for row in rows:
        top = 2**row.prefix.max_prefixlen - 1
        for number in (int(row.prefix[0]), int(row.prefix[-1])):
            for near in (number - 1, number, number + 1):
                if 0 <= near <= top:
                    found.add(str(ip_address(near) if row.prefix.version == 4 else _six(near)))
    return sorted(found)


def _six(number):
    return ip_network((number, 128)).network_address if number > 2**32 else ip_address(f"::{number:x}")
