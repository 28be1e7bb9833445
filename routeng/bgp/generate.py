"""Random topologies for tests and benchmarks, the same for the same seed.

Gao-Rexford: customers are preferred to peers and peers to providers, and only customer routes go to peers and
providers.  Such a topology has exactly one stable state, reached by every order of events (Gao and Rexford 2001),
when the customer relation has no cycle.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from routeng.bgp.aspath import AsPath
from routeng.bgp.attributes import Attributes, Origin
from routeng.bgp.decision import Decision, Multipath
from routeng.bgp.graph import Graph
from routeng.bgp.igp import SubnetMetrics
from routeng.bgp.policy import Policy, PrefixMatch, Rule
from routeng.bgp.session import End, Session
from routeng.bgp.speaker import LOCAL_WEIGHT, Origination, Speaker
from routeng.lpm import Prefix

#: Communities that mark where a route was learned.
FROM_CUSTOMER, FROM_PEER, FROM_PROVIDER = "65535:1", "65535:2", "65535:3"
_PREFERENCE = {FROM_CUSTOMER: 200, FROM_PEER: 150, FROM_PROVIDER: 100}


@dataclass(frozen=True)
class Relations:
    """Who is whose customer: (provider, customer) pairs and peer pairs of AS numbers."""

    asns: tuple[int, ...]
    customers: tuple[tuple[int, int], ...]
    peers: tuple[tuple[int, int], ...]


def relations(ases: int, links: int, seed: int, first_asn: int = 1, tier1: int = 10) -> Relations:
    """A random hierarchy of `ases` ASes and about `links` links: a clique of tier-1s, then 1-3 providers each.

    Links beyond those of the hierarchy are peerings.  Providers always have lower AS numbers: no customer cycle.
    """
    rng = random.Random(seed)
    asns = tuple(range(first_asn, first_asn + ases))
    tops = asns[: min(tier1, ases)]
    peers = {(a, b) for i, a in enumerate(tops) for b in tops[i + 1 :]}
    customers: set[tuple[int, int]] = set()
    for asn in asns[len(tops) :]:
        pool = range(first_asn, asn)
        for _ in range(rng.choice((1, 1, 2, 2, 3))):
            provider = min(rng.choice(pool), rng.choice(pool))
            customers.add((provider, asn))
    tries = 0
    while len(customers) + len(peers) < links and tries < 50 * links:
        tries += 1
        a, b = sorted(rng.sample(asns, 2))
        if (a, b) not in customers and (a, b) not in peers:
            peers.add((a, b))
    return Relations(asns, tuple(sorted(customers)), tuple(sorted(peers)))


def _marking(community: str) -> Policy:
    preference = _PREFERENCE[community]
    return Policy(
        (
            Rule(
                set_local_pref=preference,
                add_communities=frozenset({community}),
                replace_communities=True,
            ),
        )
    )


_IMPORT = {community: _marking(community) for community in _PREFERENCE}
_TO_ALL = Policy()
_CUSTOMER_ROUTES_ONLY = Policy(
    (
        Rule(deny=True, communities=frozenset({FROM_PEER}), name="from a peer"),
        Rule(deny=True, communities=frozenset({FROM_PROVIDER}), name="from a provider"),
    )
)


def _addresses() -> Iterator[tuple[str, str]]:
    base = int(ipaddress.ip_address("100.64.0.0"))
    while True:
        yield str(ipaddress.ip_address(base + 1)), str(ipaddress.ip_address(base + 2))
        base += 4


def gao_rexford(shape: Relations, origins: dict[int, tuple[Prefix, ...]]) -> Graph:
    """The topology with the Gao-Rexford policies; speaker `AS<asn>` originates `origins[asn]`."""
    own = Attributes(weight=LOCAL_WEIGHT, med=0)
    speakers = [
        Speaker(
            f"AS{asn}",
            asn,
            str(ipaddress.ip_address(0x0A000000 + asn)),
            tuple(Origination(prefix, own) for prefix in origins.get(asn, ())),
        )
        for asn in shape.asns
    ]
    sessions = []
    addresses = _addresses()
    for provider, customer in shape.customers:
        up, down = next(addresses)
        sessions.append(
            Session(
                End(f"AS{provider}", up, _IMPORT[FROM_CUSTOMER], _TO_ALL),
                End(f"AS{customer}", down, _IMPORT[FROM_PROVIDER], _CUSTOMER_ROUTES_ONLY),
            )
        )
    for a, b in shape.peers:
        one, two = next(addresses)
        sessions.append(
            Session(
                End(f"AS{a}", one, _IMPORT[FROM_PEER], _CUSTOMER_ROUTES_ONLY),
                End(f"AS{b}", two, _IMPORT[FROM_PEER], _CUSTOMER_ROUTES_ONLY),
            )
        )
    return Graph(speakers, sessions)


def random_policies(routers: int, prefixes: int, seed: int) -> Graph:
    """A random graph of eBGP and iBGP with arbitrary policies and session options; it need not be safe."""
    rng = random.Random(seed)
    asns = [rng.choice((65001, 65002, 65003, 65004, 65005, 3356)) for _ in range(routers)]
    speakers = [_random_speaker(rng, index, asn, prefixes) for index, asn in enumerate(asns)]
    addresses = _addresses()
    pairs = {(i, rng.randrange(i)) for i in range(1, routers)}
    for _ in range(routers):
        low, high = sorted(rng.sample(range(routers), 2))
        pairs.add((high, low))
    sessions = []
    for i, j in sorted(pairs):
        one, two = next(addresses)
        same = asns[i] == asns[j]
        client = same and rng.random() < 0.4
        sessions.append(
            Session(
                End(f"R{i}", one, **_random_options(rng, prefixes), rr_client=client),
                End(f"R{j}", two, **_random_options(rng, prefixes)),
            )
        )
    return Graph(speakers, sessions)


def _random_speaker(rng: random.Random, index: int, asn: int, prefixes: int) -> Speaker:
    routes = []
    for number in range(prefixes):
        if rng.random() < 0.25:
            held = Attributes(
                as_path=AsPath.of(*rng.choice(((), (), (64700,), (3356, 64700)))),
                weight=rng.choice((LOCAL_WEIGHT, 0)),
                med=rng.choice((None, 0, 10, 20)),
                communities=frozenset(rng.sample(("65000:1", "65000:2", "no-export"), rng.choice((0, 0, 1)))),
                large_communities=frozenset(rng.sample(("1:1:1", "2:2:2"), rng.choice((0, 1)))),
            )
            routes.append(Origination(_numbered(number), held))
    metrics = SubnetMetrics(
        (
            (Prefix("100.64.0.0/10"), rng.choice((0, 10))),
            (Prefix("100.64.0.64/26"), rng.choice((None, 5, 20))),
        )
    )
    return Speaker(
        f"R{index}",
        asn,
        f"10.255.0.{index + 1}",
        tuple(routes),
        decision=Decision(always_compare_med=rng.random() < 0.3, med_missing_as_worst=rng.random() < 0.3),
        multipath=Multipath(rng.choice((1, 3)), rng.choice((1, 3)), rng.random() < 0.5),
        cluster_id=rng.choice((None, None, "7.7.7.7")),
        igp=rng.choice((None, metrics)),
        refuse_asns=rng.choice((frozenset(), frozenset(), frozenset({64700}))),
        reflect_clients=rng.random() < 0.8,
    )


def _random_options(rng: random.Random, prefixes: int) -> dict[str, Any]:
    def rarely(value: object, default: object) -> object:
        return value if rng.random() < 0.12 else default

    return {
        "import_policy": _random_policy(rng, prefixes),
        "export_policy": _random_policy(rng, prefixes),
        "weight": rarely(7, 0),
        "local_pref": rarely(120, None),
        "allowas_in": rarely(1, 0),
        "allow_asns": rarely(frozenset({65001}), frozenset()),
        "refuse_asns": rarely(frozenset({65002}), frozenset()),
        "connected_next_hop": rarely(True, False),
        "next_hop": rng.choice(("default",) * 6 + ("self", "self-all", "unchanged", "100.64.0.70")),
        "as_override": rng.choice((None,) * 6 + ("replace", "delete")),
        "remove_private": rng.choice((None,) * 8 + ("on", "all", "replace", "all-replace")),
        "strip_asns": rarely(frozenset({65003}), frozenset()),
        "prepend_own": rarely(False, True),
        "send_med": rarely(True, False),
        "split_horizon": rng.choice(("session",) * 6 + ("peer", "none")),
    }


def _random_policy(rng: random.Random, prefixes: int) -> Policy:
    rules = []
    for _ in range(rng.choice((0, 0, 1, 2))):
        match = PrefixMatch(_numbered(rng.randrange(prefixes)))
        rules.append(
            Rule(
                deny=rng.random() < 0.2,
                prefixes=(match,) if rng.random() < 0.5 else None,
                communities=frozenset({"65000:1"}) if rng.random() < 0.2 else frozenset(),
                as_path_contains=rng.choice((None, None, None, 64700)),
                as_path_length=rng.choice((None, None, None, (1, 2))),
                origin=rng.choice((None, None, None, Origin.IGP)),
                med=rng.choice((None, None, None, -1, 10)),
                neighbour=rng.choice((None, None, None, "R1")),
                set_local_pref=rng.choice((None, None, 90, 110, 120)),
                set_med=rng.choice((None, None, 5, 15)),
                set_weight=rng.choice((None, None, None, 3)),
                set_origin=rng.choice((None, None, None, Origin.EGP)),
                set_next_hop=rng.choice((None,) * 8 + ("100.64.0.1", "192.0.2.1")),
                prepend=rng.choice(((), (), (64999,), (64999, 64998))),
                add_communities=rng.choice((frozenset(), frozenset({"65000:1"}), frozenset({"no-export"}))),
                remove_communities=rng.choice((frozenset(), frozenset(), frozenset({"65000:2"}))),
                replace_communities=rng.random() < 0.1,
            )
        )
    return Policy(tuple(rules), default_deny=rng.random() < 0.05)


def _numbered(number: int) -> Prefix:
    return Prefix.from_int((10 << 24) + (number << 8), 24, 4)
