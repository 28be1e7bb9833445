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

from routeng.bgp.attributes import Attributes
from routeng.bgp.graph import Graph
from routeng.bgp.policy import Policy, Rule
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
    """A random eBGP / iBGP graph with arbitrary preferences, MEDs, filters and prepends; it need not be safe."""
    rng = random.Random(seed)
    asns = [rng.choice((65001, 65002, 65003, 65004, 65005, 65006)) for _ in range(routers)]
    speakers = []
    for index, asn in enumerate(asns):
        routes = []
        for number in range(prefixes):
            if rng.random() < 0.25:
                held = Attributes(
                    weight=LOCAL_WEIGHT,
                    med=rng.choice((0, 10, 20)),
                    communities=frozenset(
                        rng.sample(("65000:1", "65000:2", "no-export"), rng.choice((0, 0, 1)))
                    ),
                )
                routes.append(Origination(Prefix.from_int((10 << 24) + (number << 8), 24, 4), held))
        speakers.append(Speaker(f"R{index}", asn, f"10.255.0.{index + 1}", tuple(routes)))
    sessions = []
    addresses = _addresses()
    pairs = {(i, rng.randrange(i)) for i in range(1, routers)}
    pairs |= {tuple(sorted(rng.sample(range(routers), 2), reverse=True)) for _ in range(routers)}  # type: ignore[misc]
    for i, j in sorted(pairs):
        one, two = next(addresses)
        same = asns[i] == asns[j]
        sessions.append(
            Session(
                End(
                    f"R{i}",
                    one,
                    _random_policy(rng, prefixes),
                    _random_policy(rng, prefixes),
                    rr_client=same and rng.random() < 0.4,
                ),
                End(
                    f"R{j}",
                    two,
                    _random_policy(rng, prefixes),
                    _random_policy(rng, prefixes),
                    rr_client=False,
                ),
            )
        )
    return Graph(speakers, sessions)


def _random_policy(rng: random.Random, prefixes: int) -> Policy:
    from routeng.bgp.policy import PrefixMatch

    rules = []
    for _ in range(rng.choice((0, 0, 1, 2))):
        low = rng.randrange(prefixes)
        match = PrefixMatch(Prefix.from_int((10 << 24) + (low << 8), 24, 4))
        rules.append(
            Rule(
                deny=rng.random() < 0.2,
                prefixes=(match,) if rng.random() < 0.5 else None,
                communities=frozenset({"65000:1"}) if rng.random() < 0.2 else frozenset(),
                set_local_pref=rng.choice((None, None, 90, 110, 120)),
                set_med=rng.choice((None, None, 5, 15)),
                prepend=rng.choice(((), (), (64999,), (64999, 64999))),
            )
        )
    return Policy(tuple(rules))
