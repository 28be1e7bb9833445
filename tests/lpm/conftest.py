"""The deliberately naive table that every method is compared with, and generators of prefixes."""

import random

import pytest

from routeng.lpm import Prefix


class Naive:
    """A dict of prefixes; every question is a scan of all of them."""

    def __init__(self, entries=()):
        self.entries = dict(entries)

    def copy(self):
        return Naive(self.entries)

    def covering(self, query):
        return sorted(((p, v) for p, v in self.entries.items() if p.covers(query)), key=first)

    def covered(self, query):
        return sorted(((p, v) for p, v in self.entries.items() if query.covers(p)), key=first)

    def children(self, query):
        found = []
        for prefix, value in self.covered(query):
            if prefix != query and not any(outer.covers(prefix) for outer, _ in found):
                found.append((prefix, value))
        return found

    def longest(self, query):
        covering = self.covering(query)
        return covering[-1] if covering else None

    def parent(self, query):
        shorter = [entry for entry in self.covering(query) if entry[0] != query]
        return shorter[-1] if shorter else None

    def items(self):
        return sorted(self.entries.items(), key=first)

    def overlaps(self, other):
        return any(a.overlaps(b) for a in self.entries for b in other.entries)

    def difference(self, newer):
        added = [(p, v) for p, v in newer.items() if p not in self.entries]
        removed = [(p, v) for p, v in self.items() if p not in newer.entries]
        changed = [
            (p, v, newer.entries[p]) for p, v in self.items() if p in newer.entries and newer.entries[p] != v
        ]
        return added, removed, changed


def first(entry):
    return entry[0]


@pytest.fixture(scope="session")
def naive():
    return Naive


def draw_prefix(rng: random.Random, family: int, dense: bool) -> Prefix:
    """A prefix; `dense` ones fall into a small space, so that they nest and collide."""
    bits = 32 if family == 4 else 128
    length = rng.choice([rng.randrange(bits + 1), rng.randrange(10), bits, bits - 1, 8, 16, 20, 23, 24, 25])
    address = rng.getrandbits(bits)
    if dense:
        address &= 0x0F0F00FF if family == 4 else 0xF0F << 100 | 0xF << 60 | 0xFF
    elif rng.random() < 0.1:
        address = rng.choice([0, 2**bits - 1, 2 ** (bits - 1)])
    return Prefix.from_int(address >> (bits - length) << (bits - length), length, family)


@pytest.fixture(scope="session")
def draw():
    return draw_prefix


ADVERSARIAL = {
    "every length nested, zeros": lambda: [
        Prefix.from_int(0, n, f) for f in (4, 6) for n in range(bits(f) + 1)
    ],
    "every length nested, ones": lambda: [
        Prefix.from_int((2**n - 1) << (bits(f) - n), n, f) for f in (4, 6) for n in range(bits(f) + 1)
    ],
    "alternating bits": lambda: (
        [Prefix.from_int((0xAAAAAAAA >> (32 - n) << (32 - n)) if n else 0, n, 4) for n in range(33)]
        + [Prefix.from_int(int("a" * 32, 16) >> (128 - n) << (128 - n) if n else 0, n, 6) for n in range(129)]
    ),
    "host routes at the edges of each /8": lambda: [
        Prefix.from_int((i << 24) + edge, 32, 4) for i in range(256) for edge in (0, 2**24 - 1)
    ],
    "one off at each bit": lambda: [
        Prefix.from_int(1 << (bits(f) - 1 - i), n, f)
        for f in (4, 6)
        for i in range(bits(f))
        for n in (i + 1, bits(f))
    ],
    "a full /24 of host routes": lambda: [Prefix.from_int(0x0A000000 + i, 32, 4) for i in range(256)],
    "halves": lambda: [
        Prefix(p) for p in ("0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1", "0.0.0.0/0", "::/0")
    ],
}


def bits(family):
    return 32 if family == 4 else 128


@pytest.fixture(params=sorted(ADVERSARIAL))
def adversarial(request):
    """Prefix sets chosen to break tries."""
    return ADVERSARIAL[request.param]()
