"""The same answers as pytricia and py-radix, where those are right."""

import ipaddress
import random

import pytest
import pytricia
import radix

from routeng.lpm import Prefix, PrefixTable


@pytest.mark.parametrize(("family", "size"), [(4, 32), (6, 128)])
def test_same_answers(family, size):
    rng = random.Random(family)
    corner = 0x0A000000 if family == 4 else 0x20010DB8 << 96
    table, trie, tree = PrefixTable(), pytricia.PyTricia(size), radix.Radix()
    stored = set()
    for step in range(6_000):
        length = rng.randrange(8, size + 1)
        address = corner | rng.getrandbits(size - 8)
        if rng.random() < 0.5:
            address = corner | rng.getrandbits(12) << (size - 24)
        prefix = Prefix.from_int(address >> (size - length) << (size - length), length, family)
        text = str(prefix)
        if rng.random() < 0.75 or prefix not in stored:
            table[prefix] = trie[text] = step
            tree.add(text).data["value"] = step
            stored.add(prefix)
        else:
            del table[prefix], trie[text]
            tree.delete(text)
            stored.remove(prefix)
    texts = {str(ipaddress.ip_network(str(p))): p for p in stored}
    assert {texts[p] for p in trie} == set(table)
    for _ in range(6_000):
        prefix = (
            rng.choice(sorted(stored))
            if rng.random() < 0.01
            else Prefix.from_int(corner | rng.getrandbits(size - 8), size, family)
        )
        host = prefix.address_text(0)
        found = table.lookup_prefix(host)
        assert trie.get(host) == (found[1] if found else None)
        best = tree.search_best(host)
        assert (best.data["value"] if best else None) == (found[1] if found else None)
    for prefix in rng.sample(sorted(stored), 400):
        assert sorted(n.data["value"] for n in tree.search_covered(str(prefix))) == sorted(
            value for _, value in table.covered(prefix)
        )
        assert [n.data["value"] for n in tree.search_covering(str(prefix))] == [
            value for _, value in reversed(table.covering(prefix))
        ]
        parent = table.parent(prefix)
        name = trie.parent(str(ipaddress.ip_network(str(prefix))))
        assert (Prefix(name) if name else None) == (parent[0] if parent else None)
