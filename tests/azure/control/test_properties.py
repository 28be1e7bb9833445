"""Random hybrid networks: what holds whatever is declared, and changes that end where a fresh run ends."""

from ipaddress import ip_address, ip_network

from control.bgp import ars, circuit, er, net, nva, onprem, site, vpn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeng.azure.network_manager import Managed
from routeng.azure.peering import Peerings
from routeng.model.resolve import resolve
from routeng.network import compute

HUBS = {"hub": 0, "hub2": 2, "hub3": 3}


def hub(name):
    """A hub with every subnet and one spoke that uses its gateways."""
    n = HUBS[name]
    return {
        "virtualNetworks": {
            name: {
                "location": "north",
                "addressSpace": [f"10.{n}.0.0/16"],
                "subnets": {
                    "GatewaySubnet": {"addressPrefix": f"10.{n}.0.0/26"},
                    "RouteServerSubnet": {"addressPrefix": f"10.{n}.2.0/26"},
                    "nva": {"addressPrefix": f"10.{n}.1.0/24"},
                },
            },
            f"{name}-spoke": {
                "location": "north",
                "addressSpace": [f"192.168.{16 * n}.0/20"],
                "subnets": {"vm": {"addressPrefix": f"192.168.{16 * n}.0/24"}},
            },
        },
        "peerings": [{"hub": name, "spokes": [f"{name}-spoke"], "gatewayTransit": True}],
    }


@st.composite
def networks(draw):
    """Parts of a network of one to three hubs: gateways, circuits, route servers, appliances, routers."""
    hubs = draw(st.lists(st.sampled_from(list(HUBS)), min_size=1, max_size=3, unique=True))
    parts = [hub(name) for name in hubs]
    parts += [{"peerings": [{"vnets": [a, b]} for i, a in enumerate(hubs) for b in hubs[i + 1 :]]}]
    servers = []
    for name in hubs:
        n = HUBS[name]
        if draw(st.booleans()):
            links = draw(
                st.dictionaries(st.sampled_from(["e1", "e2"]), st.sampled_from([0, 100]), min_size=1)
            )
            flag = draw(st.booleans())
            parts.append(er(f"gw-{name}", name, circuits=links, allowRemoteVnetTraffic=flag))
        if draw(st.booleans()):
            asn = draw(st.sampled_from([65515, 65010 + n]))
            ips = [f"10.{n}.0.4", f"10.{n}.0.5"][: draw(st.integers(1, 2))]
            parts.append(vpn(f"vpn-{name}", name, *ips, asn=asn))
            parts.append(site(f"static-{name}", f"vpn-{name}", f"172.31.{n}.0/24"))
        if draw(st.booleans()):
            servers.append(name)
    appliances = {}
    for name in hubs:
        if servers and draw(st.booleans()):
            peers = draw(st.lists(st.sampled_from(servers), min_size=1, unique=True))
            entry = {}
            for server in peers:
                export = draw(
                    st.sampled_from(
                        [
                            [],
                            [{"match": {"from": "local"}}, {"deny": True}],
                            [{"match": {"prefix": "10.0.0.0/8 le 24"}, "set": {"prepend": 1}}],
                            [{"deny": True}],
                        ]
                    )
                )
                entry[f"ars-{server}"] = {"asOverride": draw(st.booleans()), "export": export}
            appliances[f"nva-{name}"] = peers
            own = draw(
                st.sampled_from([[], ["0.0.0.0/0"], ["10.50.0.0/16"], ["10.0.0.0/8", "192.168.0.0/24"]])
            )
            software = draw(st.sampled_from(["bird", "frr"]))
            n = HUBS[name]
            made = nva(f"nva-{name}", f"10.{n}.1.4", 65001 + n, *own, place=f"{name}/nva", neighbors=entry)
            made["devices"][f"nva-{name}"]["software"] = software
            parts.append(made)
    for name in servers:
        peers = [a for a, reached in appliances.items() if name in reached]
        branch = draw(st.booleans())
        choice = draw(st.sampled_from(["ExpressRoute", "VpnGateway", "ASPath"]))
        parts.append(ars(*peers, name=f"ars-{name}", vnet=name, branch=branch, hubRoutingPreference=choice))
    parts += [circuit("e1", "ce1", 1), circuit("e2", "ce2", 2)]
    parts.append(onprem("ce1", 65100, "172.20.0.0/16"))
    parts.append(onprem("ce2", draw(st.sampled_from([65100, 65200])), "172.20.0.0/16", "172.21.0.0/16"))
    return parts


CHANGES = (
    {"connections": {}},
    {"devices": {"ce1": {"bgp": {"enabled": False}}}},
    {"devices": {"ce2": {"bgp": {"networks": ["172.21.0.0/16"]}}}},
    {"expressRouteCircuits": {"e1": {"peerings": {"AzurePrivatePeering": {"paths": ["secondary"]}}}}},
    {"profile": {"E5": "ecmp"}},
)

SLOW = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@SLOW
@given(networks())
def test_loops_are_refused_and_tables_are_consistent(parts):
    computed = net(*parts)
    control_plane = computed.control_plane
    solution = control_plane.solution
    for node in computed.nodes():
        for instance in control_plane.plan.nodes.of(node):
            if instance.speaker not in control_plane.plan.speakers:
                continue
            for prefix, entry in solution.table(instance.speaker).items():
                for candidate in entry.candidates:
                    asns = candidate.attributes.as_path.asns
                    if instance.role in ("er-gateway", "vpn-gateway", "route-server"):
                        assert instance.asn not in asns, (node, prefix, asns)
                    if instance.role == "msee" and any(
                        isinstance(tag, tuple) and tag[0] == "gateway" for tag in candidate.attributes.tags
                    ):
                        assert 12076 not in asns, (node, prefix, asns)
                assert entry.best is not None


@SLOW
@given(networks())
def test_what_is_programmed_is_outside_own_space_once_and_through_known_next_hops(parts):
    computed = net(*parts)
    for vnet in computed.declaration.vnets:
        routes = computed.control_plane.nic_routes(vnet)
        assert len({r.prefix for r in routes}) == len(routes)
        for route in routes:
            assert route.next_hops
            for hop in route.next_hops:
                assert hop is None or ip_address(hop)
            assert not ip_network(str(route.prefix)).subnet_of(ip_network("169.254.0.0/16"))
        if computed.control_plane.plan.serving(vnet, "route-server"):
            space = [ip_network(str(p)) for p in computed.declaration.vnets[vnet].prefixes]
            assert not any(ip_network(str(r.prefix)).subnet_of(s) for r in routes for s in space)


@SLOW
@given(networks(), st.sampled_from(CHANGES))
def test_a_change_ends_where_a_fresh_run_ends(parts, change):
    before = net(*parts)
    assert before.control_plane.solution is not None
    after = before.with_change(change).topology
    declaration = resolve(after)
    derived = before.control_plane.changed_to(declaration, Peerings(declaration, Managed(declaration)))
    fresh = compute(after).control_plane
    for node in fresh.nodes():
        assert derived.rib(node).rows() == fresh.rib(node).rows()
    for vnet in declaration.vnets:
        assert derived.nic_routes(vnet) == fresh.nic_routes(vnet)


@SLOW
@given(networks())
def test_every_route_that_a_node_lacks_is_explained(parts):
    computed = net(*parts)
    prefixes = [str(p) for p in computed.control_plane.solution.partition.of][:6]
    for node in computed.nodes():
        for prefix in prefixes:
            steps = computed.why(node, prefix).control
            assert steps
            assert all(s["verdict"] and s["node"] for s in steps)
            assert all(s["rule"] and s["because"] for s in steps if s["verdict"] == "filtered")
