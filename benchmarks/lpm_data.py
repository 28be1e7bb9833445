"""Prefix tables and address streams for the benchmarks of the prefix table.

The real tables (a full Internet view of early 2024: 901,899 IPv4 and 160,147 IPv6 prefixes, derived from the
MIT-licensed test data of github.com/gaissmai/bart) are not part of this repository. They are looked for in
``$ROUTENG_BGP_DATA``, then in ``../shared/data`` beside the repository, as ``bgp_ipv4_2024-01.txt.gz`` and
``bgp_ipv6_2024-01.txt.gz``, one prefix a line. Without them a seeded synthetic table of the same size and length
profile takes their place, and every result says so.
"""

import gzip
import itertools
import os
import random
from bisect import bisect_left
from functools import cache
from pathlib import Path

from routeng.lpm import Prefix

SEED = 20241120
FILES = {4: "bgp_ipv4_2024-01.txt.gz", 6: "bgp_ipv6_2024-01.txt.gz"}

# Share of prefix lengths in the real tables, per thousand.
PROFILE = {
    4: {24: 596, 22: 120, 23: 107, 21: 56, 20: 48, 19: 27, 18: 15, 17: 9, 16: 14, 15: 2, 14: 2, 13: 1, 12: 1},
    6: {48: 471, 32: 141, 44: 90, 40: 84, 46: 60, 36: 44, 47: 30, 42: 25, 29: 20, 33: 15, 34: 10, 38: 10},
}
SIZE = {4: 901_899, 6: 160_147}


def folder() -> Path | None:
    """Where the real tables are, or None."""
    places = [os.environ.get("ROUTENG_BGP_DATA"), Path(__file__).parents[2] / "shared" / "data"]
    for place in places:
        if place and all((Path(place) / name).exists() for name in FILES.values()):
            return Path(place)
    return None


def source() -> str:
    """What the numbers were measured on, for the head of a result."""
    if folder() is None:
        return "a SYNTHETIC table of the real one's size and length profile (the real data was not found)"
    return "the real table of January 2024 (901,899 IPv4 and 160,147 IPv6 prefixes)"


@cache
def full(family: int) -> list[str]:
    """The whole table as sorted text."""
    place = folder()
    if place is None:
        return synthetic(family, SIZE[family])
    with gzip.open(place / FILES[family], "rt", encoding="ascii") as lines:
        return lines.read().split()


def synthetic(family: int, size: int) -> list[str]:
    """Random prefixes of the real length profile, clustered into allocations as real ones are."""
    rng = random.Random(f"{SEED}/table/{family}")
    bits, block = (32, 14) if family == 4 else (128, 32)
    lengths, weights = zip(*PROFILE[family].items(), strict=True)
    allocations = [
        rng.randrange(1, 224) << 24 | rng.getrandbits(24)
        if family == 4
        else (0x2 << 124 | rng.getrandbits(124)) & ~(0xF << 120)
        for _ in range(size // 60)
    ]
    allocations = [a >> (bits - block) << (bits - block) for a in allocations]
    found: set[Prefix] = set()
    while len(found) < size:
        length = rng.choices(lengths, weights)[0]
        # A quarter of the space below an allocation, so that neighbours and covering prefixes are common.
        address = rng.choice(allocations) | rng.getrandbits(bits - block - 2)
        found.add(Prefix.from_int(address >> (bits - length) << (bits - length), length, family))
    return [str(prefix) for prefix in sorted(found)]


@cache
def small(family: int, size: int = 5_000) -> list[str]:
    """An Azure-sized table: a seeded random sample of the full one, in order."""
    table = full(family)
    return [table[i] for i in sorted(random.Random(f"{SEED}/small/{family}").sample(range(len(table)), size))]


def stream(kind: str, prefixes: list[str], count: int, family: int) -> list[int]:
    """Addresses to ask for, as integers: "uniform", "hits", "zipf" or "sequential"."""
    rng = random.Random(f"{SEED}/{kind}/{family}")
    if kind == "uniform":
        if family == 4:
            return [rng.getrandbits(32) for _ in range(count)]
        return [1 << 125 | rng.getrandbits(125) for _ in range(count)]
    if kind == "sequential":
        start, step = (1 << 24, 16) if family == 4 else (0x20010200 << 96, 1 << 92)
        return [(start + step * i) % (1 << (32 if family == 4 else 128)) for i in range(count)]
    if kind == "hits":
        drawn = (Prefix(rng.choice(prefixes)) for _ in range(count))
        return [p.first + rng.randrange(p.num_addresses) for p in drawn]
    if kind == "zipf":
        hot = stream("hits", prefixes, 100_000, family)
        sums = list(itertools.accumulate(1 / rank for rank in range(1, len(hot) + 1)))
        return [hot[bisect_left(sums, rng.random() * sums[-1])] for _ in range(count)]
    raise ValueError(f"no such stream: {kind!r}")
