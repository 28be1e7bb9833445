"""A full Internet table: the same answers as pytricia, py-radix and the frozen form, and exact round trips.

Runs with ROUTENG_LONG_TESTS=1 where the tables are found (see benchmarks/lpm_data.py for where they are looked for).
"""

import gzip
import ipaddress
import os
import pickle
import random
from pathlib import Path

import numpy as np
import pytest
import pytricia
import radix

from routeng.lpm import FrozenPrefixTable, Prefix, PrefixTable, aggregate

NAMES = {4: "bgp_ipv4_2024-01.txt.gz", 6: "bgp_ipv6_2024-01.txt.gz"}
PLACES = [os.environ.get("ROUTENG_BGP_DATA", ""), Path(__file__).parents[3] / "shared" / "data"]
FOUND = next((Path(p) for p in PLACES if p and all((Path(p) / n).exists() for n in NAMES.values())), None)

pytestmark = [
    pytest.mark.skipif(os.environ.get("ROUTENG_LONG_TESTS") != "1", reason="ROUTENG_LONG_TESTS=1 runs it"),
    pytest.mark.skipif(FOUND is None, reason="ROUTENG_BGP_DATA names no folder with the real tables"),
]


@pytest.fixture(scope="module", params=[4, 6])
def real(request):
    family = request.param
    with gzip.open(FOUND / NAMES[family], "rt", encoding="ascii") as lines:
        texts = lines.read().split()
    return family, texts, PrefixTable(zip(texts, texts, strict=True))


def hits(texts, count, rng):
    for text in rng.choices(texts, k=count):
        prefix = Prefix(text)
        yield prefix.first + rng.randrange(prefix.num_addresses)


def test_content(real):
    family, texts, table = real
    assert len(table) == table.count(family) == len(texts)
    assert [str(prefix) for prefix in table] == texts
    assert list(table.values()) == texts
    assert pickle.loads(pickle.dumps(table)) == table


def test_random_order_gives_the_same_table(real):
    _, texts, table = real
    rng = random.Random(1)
    mixed = rng.sample(texts, len(texts))
    other = PrefixTable()
    for text in mixed:
        other[text] = text
    assert other == table
    assert other.memory().nodes == table.memory().nodes
    gone = mixed[: len(mixed) // 2]
    before = other.snapshot()
    for text in gone:
        del other[text]
    assert before == table
    assert [str(p) for p, _ in before.difference(other).removed] == sorted(gone, key=Prefix)


def test_look_ups_agree_with_pytricia_and_radix(real):
    family, texts, table = real
    trie = pytricia.PyTricia(32 if family == 4 else 128)
    tree = radix.Radix()
    for text in texts:
        trie[text] = text
        tree.add(text)
    rng = random.Random(2)
    cls = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    bits = 32 if family == 4 else 128
    addresses = [*hits(texts, 100_000, rng), *(rng.getrandbits(bits) for _ in range(100_000))]
    frozen = FrozenPrefixTable(table)
    for address in addresses:
        text = str(cls(address))
        assert table.lookup(text) == trie.get(text) == frozen.lookup(text)
    for address in addresses[:20_000]:
        text = str(cls(address))
        assert [v for _, v in reversed(table.covering(text))] == [
            n.prefix for n in tree.search_covering(text)
        ]
    for text in rng.sample(texts, 20_000):
        assert sorted(v for _, v in table.covered(text)) == sorted(
            n.prefix for n in tree.search_covered(text)
        )


def test_frozen_answers_agree(real):
    family, texts, table = real
    rng = random.Random(3)
    addresses = list(hits(texts, 200_000, rng))
    expected = [table.lookup(a, family=family) for a in addresses]
    if family == 4:
        queries = np.array(addresses, dtype=np.uint32)
    else:
        queries = np.array([[a >> 64, a & (2**64 - 1)] for a in addresses], dtype=np.uint64)
    for mode in ("compact", "speed"):
        assert FrozenPrefixTable(table, mode=mode).lookup_many(queries, indices=False) == expected


def test_aggregate_agrees_with_ipaddress(real):
    _, _, table = real
    collapsed = ipaddress.collapse_addresses(ipaddress.ip_network(str(p)) for p in table)
    assert aggregate(table) == [Prefix(network) for network in collapsed]
