"""Overlapping spaces among peers (PEER-5, PEER-4, PEER-11)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from routeng.inputs.errors import InputErrors
from routeng.lpm import Prefix
from routeng.model.loading import from_plain
from routeng.model.resolve import resolve
from routeng.model.spaces import any_overlap, overlapping_pairs, unusable

OVERLAP = "VnetAddressSpacesOverlap"
ALREADY = "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet"

ipv4 = st.builds(
    lambda n, length: Prefix.from_int(n >> (32 - length) << (32 - length), length, 4),
    st.integers(0, 2**12),
    st.integers(20, 32),
)


def vnets(**spaces: str) -> dict[str, Any]:
    return {name: {"addressSpace": space.split()} for name, space in spaces.items()}


def codes(found: list[Any]) -> list[tuple[str, str | None]]:
    return [(e.pointer, e.code) for e in found]


@given(st.lists(ipv4, max_size=12))
def test_the_sweep_agrees_with_comparing_all_pairs(prefixes: list[Prefix]) -> None:
    networks = [ipaddress.ip_network(str(p)) for p in prefixes]
    slow = {(i, j) for i, a in enumerate(networks) for j, b in enumerate(networks) if i < j and a.overlaps(b)}
    assert any_overlap(sorted(prefixes)) == bool(slow)
    found = overlapping_pairs([(p, str(i)) for i, p in enumerate(prefixes)])
    pairs = {(min(a, b), max(a, b)) for a, b in ((int(one[1]), int(two[1])) for one, two in found)}
    assert pairs <= slow
    assert bool(pairs) == bool(slow)
    last = {max(pair, key=lambda i: (prefixes[i], str(i))) for pair in slow}
    assert {int(two[1]) for _, two in found} == last


@given(
    st.lists(
        st.sampled_from(
            [
                "10.0.0.0/8",
                "126.0.0.0/7",
                "128.0.0.0/1",
                "169.254.3.0/24",
                "168.63.129.16/32",
                "168.63.129.17/32",
                "255.255.255.255/32",
                "0.0.0.0/0",
                "fe80::/64",
            ]
        )
    )
)
def test_unusable_space_is_found_wherever_it_sorts(texts: list[str]) -> None:
    bad = {
        "126.0.0.0/7",
        "128.0.0.0/1",
        "169.254.3.0/24",
        "168.63.129.16/32",
        "255.255.255.255/32",
        "0.0.0.0/0",
    }
    assert unusable(sorted(Prefix(t) for t in texts)) == bool(bad.intersection(texts))


def test_peer_5_overlapping_peers_are_refused(errors: Callable[..., Any]) -> None:
    doc = {
        "virtualNetworks": vnets(a="10.0.0.0/16", b="10.1.0.0/16 10.0.8.0/24"),
        "peerings": [{"vnets": ["a", "b"]}],
    }
    (error,) = errors(doc)
    assert (error.pointer, error.rule, error.code) == ("/peerings/0/vnets/0", "PEER-5", OVERLAP)
    assert "'a' has 10.0.0.0/16, 'b' has 10.0.8.0/24" in error.message


def test_peer_5_two_peers_of_one_vnet_may_not_overlap_either(errors: Callable[..., Any]) -> None:
    doc = {
        "virtualNetworks": vnets(hub="10.0.0.0/16", a="10.1.0.0/16", b="10.2.0.0/16", c="10.1.128.0/24"),
        "peerings": [{"hub": "hub", "spokes": ["a", "b", "c"]}],
    }
    assert codes(errors(doc)) == [("/peerings/0/spokes/2", ALREADY)]


def test_a_hub_of_equal_spokes_is_refused_spoke_by_spoke(errors: Callable[..., Any]) -> None:
    spaces = {f"s{i:03}": "10.1.0.0/16" for i in range(400)}
    doc = {
        "virtualNetworks": vnets(hub="10.0.0.0/16", **spaces),
        "peerings": [{"hub": "hub", "spokes": list(spaces)}],
    }
    assert codes(errors(doc)) == [(f"/peerings/0/spokes/{i}", ALREADY) for i in range(1, 400)]


def test_vnets_that_are_not_peered_may_overlap(declared: Callable[..., Any]) -> None:
    doc = {
        "virtualNetworks": vnets(
            hub="10.0.0.0/16", a="10.1.0.0/16", hub2="10.8.0.0/16", b="10.1.0.0/16", c="10.1.0.0/16"
        ),
        "peerings": [{"vnets": ["hub", "a"]}, {"vnets": ["hub2", "b"]}],
    }
    assert len(declared(doc).vnets) == 5


def test_a_peering_that_is_not_connected_may_overlap(declared: Callable[..., Any]) -> None:
    doc = {
        "virtualNetworks": vnets(a="10.0.0.0/16", b="10.0.0.0/16"),
        "peerings": [{"vnets": ["a", "b"], "peeringState": "Initiated"}],
    }
    assert declared(doc).vnets["a"].peerings[0].remote == "b"


def test_peer_4_a_half_out_of_sync_counts_by_what_was_synchronised(
    declared: Callable[..., Any], errors: Callable[..., Any]
) -> None:
    spaces = vnets(a="10.0.0.0/16", b="10.1.0.0/16 10.0.0.0/24")
    spaces["a"]["virtualNetworkPeerings"] = {
        "b": {"remoteVirtualNetwork": "b", "remoteAddressSpace": ["10.1.0.0/16"]}
    }
    half = declared({"virtualNetworks": spaces}).vnets["a"].peerings[0]
    assert half.synced == (Prefix("10.1.0.0/16"),)
    spaces["a"]["virtualNetworkPeerings"]["b"]["remoteAddressSpace"] = {"addressPrefixes": ["10.0.128.0/17"]}
    assert codes(errors({"virtualNetworks": spaces})) == [
        ("/virtualNetworks/a/virtualNetworkPeerings/b", OVERLAP)
    ]


def partial(local: list[str], remote: list[str]) -> dict[str, Any]:
    return {
        "vnets": ["a", "b"],
        "peerCompleteVnets": False,
        "localSubnetNames": local,
        "remoteSubnetNames": remote,
    }


def with_subnets(**spaces: str) -> dict[str, Any]:
    made = vnets(**dict.fromkeys(spaces, "10.0.0.0/16"))
    for name, texts in spaces.items():
        made[name]["subnets"] = {f"s{i}": {"addressPrefix": t} for i, t in enumerate(texts.split())}
    return made


def test_peer_11_only_participating_subnets_of_a_subnet_peering_count(
    declared: Callable[..., Any], errors: Callable[..., Any]
) -> None:
    doc = {
        "virtualNetworks": with_subnets(a="10.0.0.0/24 10.0.1.0/24", b="10.0.0.0/25 10.0.2.0/24"),
        "peerings": [partial(["s1"], ["S1"])],
    }
    assert declared(doc).vnets["b"].peerings[0].declared.local_subnet_names == ["S1"]
    doc["peerings"] = [partial(["s0"], ["s0"])]
    assert codes(errors(doc)) == [("/peerings/0/vnets/0", OVERLAP)]


def test_peer_11_an_ipv6_only_peering_leaves_ipv4_out(declared: Callable[..., Any]) -> None:
    doc = {
        "virtualNetworks": vnets(a="10.0.0.0/16 fd00:a::/48", b="10.0.0.0/16 fd00:b::/48"),
        "peerings": [{"vnets": ["a", "b"], "enableOnlyIPv6Peering": True}],
    }
    assert len(declared(doc).vnets["a"].peerings) == 1


spaces = st.lists(
    st.lists(
        st.sampled_from(
            ["10.0.0.0/24", "10.0.0.0/25", "10.0.1.0/24", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/24"]
        ),
        min_size=1,
        max_size=2,
        unique=True,
    ),
    min_size=2,
    max_size=5,
)


@given(spaces, st.data())
def test_overlaps_are_refused_exactly_when_azure_refuses_them(
    spaces: list[list[str]], data: st.DataObject
) -> None:
    names = [f"v{i}" for i in range(len(spaces))]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    peered = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=6))
    networks = {n: [ipaddress.ip_network(t) for t in texts] for n, texts in zip(names, spaces, strict=True)}

    def clash(one: str, two: str) -> bool:
        return any(x.overlaps(y) for x in networks[one] for y in networks[two])

    inside = any(
        x.overlaps(y) for n in names for i, x in enumerate(networks[n]) for y in networks[n][i + 1 :]
    )
    around = {n: [b if a == n else a for a, b in peered if n in (a, b)] for n in names}
    refused = (
        inside
        or any(clash(a, b) for a, b in peered)
        or any(clash(x, y) for near in around.values() for i, x in enumerate(near) for y in near[i + 1 :])
    )
    doc = {
        "virtualNetworks": {n: {"addressSpace": texts} for n, texts in zip(names, spaces, strict=True)},
        "peerings": [{"vnets": list(pair)} for pair in peered],
    }
    try:
        resolve(from_plain(doc))
        accepted = True
    except InputErrors:
        accepted = False
    assert accepted != refused
