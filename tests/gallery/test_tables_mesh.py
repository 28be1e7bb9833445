"""What a spoke sees before and after the mesh: H5, H7, T6, AVNM-1."""

from collections.abc import Callable

from routeng.network import Network

Compute = Callable[..., Network]
SPOKE = "spoke-a-001/workload"


def _prefixes(network: Network, place: str, kind: str) -> set[str]:
    return {
        prefix for route in network.routes(place) if route.next_hop_type == kind for prefix in route.prefixes
    }


def test_before_the_supernet_and_the_other_hubs_prefixes_come_by_the_gateway(example: Compute) -> None:
    network = example("mesh-migration", "hairpin.json")
    gateway = _prefixes(network, SPOKE, "VirtualNetworkGateway")
    assert {"10.0.0.0/8", "172.16.0.0/12"} <= gateway
    others = {v.prefixes[0] for name, v in network.declaration.vnets.items() if name.startswith("spoke-b-")}
    assert {str(prefix) for prefix in others} <= gateway
    assert len(gateway) == 2 + 501


def test_h5_spokes_of_one_hub_hairpin_by_the_supernet_and_of_two_by_the_specific(example: Compute) -> None:
    network = example("mesh-migration", "hairpin.json")
    vnets = network.declaration.vnets
    for other, row in (("spoke-a-002", "10.0.0.0/8"), ("spoke-b-001", str(vnets["spoke-b-001"].prefixes[0]))):
        address = str(vnets[other].prefixes[0]).replace(".0/24", ".4")
        found = network.lookup(SPOKE, address)
        assert found is not None
        assert (found.next_hop_type, found.prefixes) == ("VirtualNetworkGateway", (row,))


def test_after_every_spoke_sees_the_999_others_directly(example: Compute) -> None:
    network = example("mesh-migration", "mesh.json")
    own = str(network.declaration.vnets["spoke-a-001"].prefixes[0])
    spokes = {str(v.prefixes[0]) for n, v in network.declaration.vnets.items() if n.startswith("spoke-")}
    for place in (SPOKE, "spoke-b-500/workload"):
        assert len(_prefixes(network, place, "ConnectedGroup")) == 999
    assert _prefixes(network, SPOKE, "ConnectedGroup") == spokes - {own}


def test_t6_after_the_hairpin_rows_of_members_are_gone_and_onprem_stays(example: Compute) -> None:
    network = example("mesh-migration", "mesh.json")
    hub_b = str(network.declaration.vnets["hub-b"].prefixes[0])
    assert _prefixes(network, SPOKE, "VirtualNetworkGateway") == {"172.16.0.0/12", "10.0.0.0/8", hub_b}


def test_hubs_are_not_in_the_mesh(example: Compute) -> None:
    network = example("mesh-migration", "mesh.json")
    assert _prefixes(network, "hub-a/GatewaySubnet", "ConnectedGroup") == set()
    assert len(_prefixes(network, "hub-a/GatewaySubnet", "VNetPeering")) == 500


def test_pe9_endpoints_declared_one_by_one_lose_their_rows_with_high_scale(example: Compute) -> None:
    before = example("mesh-migration", "hairpin.json", spokes=4, endpoints="objects")
    after = example("mesh-migration", "mesh.json", spokes=4, endpoints="objects")
    assert len(_prefixes(before, SPOKE, "InterfaceEndpoint")) == 8
    assert len(_prefixes(before, "hub-b/GatewaySubnet", "InterfaceEndpoint")) == 48
    assert _prefixes(after, SPOKE, "InterfaceEndpoint") == set()


def test_summaries_change_no_route_of_azure(example: Compute) -> None:
    before = example("summarized-prefixes", "summarized-prefixes-before.json")
    after = example("summarized-prefixes", "summarized-prefixes-after.json")
    for place in ("hub/GatewaySubnet", "spoke001/workload"):
        assert before.routes(place).rows() == after.routes(place).rows()
    sent = after.rib("ergw", advertised="circuit/primary").rows()
    assert {row["network"] for row in sent} == {"10.0.0.0/8"}
    assert len({row["network"] for row in before.rib("ergw", advertised="circuit/primary").rows()}) == 1471
