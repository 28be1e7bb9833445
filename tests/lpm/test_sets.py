"""Algebra of prefix sets against netaddr and against plain sets of addresses."""

import ipaddress
import itertools
import random

import netaddr
import pytest

from routeng.lpm import (
    HostBitsError,
    Prefix,
    PrefixTable,
    aggregate,
    first_free,
    gaps,
    intersect,
    subtract,
    summarize,
)

BASES = {
    "middle": {4: 0x0A000000, 6: 0x20010DB8 << 96},
    "top": {4: 2**32 - 256, 6: 2**128 - 256},
    "bottom": {4: 0, 6: 0},
}


def small(rng, family, base):
    """A prefix inside 256 addresses, few enough to enumerate."""
    bits = 32 if family == 4 else 128
    length = bits - rng.randrange(9)
    return Prefix.from_int((base + rng.randrange(256)) >> (bits - length) << (bits - length), length, family)


def addresses(prefixes):
    return {(p.family, a) for p in prefixes for a in range(p.first, p.last + 1)}


def fewest(wanted):
    """The minimal cover by netaddr's IPSet."""
    return [
        Prefix(cidr)
        for family in (4, 6)
        for cidr in netaddr.IPSet(netaddr.IPAddress(a, family) for f, a in wanted if f == family).iter_cidrs()
    ]


@pytest.mark.parametrize("where", sorted(BASES))
@pytest.mark.parametrize("seed", range(25))
def test_agrees_with_sets_of_addresses(where, seed):
    rng = random.Random(seed)
    left, right = (
        [small(rng, family, BASES[where][family]) for _ in range(rng.randrange(8)) for family in (4, 6)]
        for _ in range(2)
    )
    assert aggregate(left) == aggregate(PrefixTable.fromkeys(left)) == fewest(addresses(left))
    assert subtract(left, right) == fewest(addresses(left) - addresses(right))
    assert intersect(left, right) == fewest(addresses(left) & addresses(right))
    space = Prefix.from_int(BASES[where][4], 24, 4)
    assert gaps(left, space) == fewest(addresses([space]) - addresses(left))
    length = rng.randrange(24, 33)
    free = (p for p in space.subnets(length) if not any(p.overlaps(used) for used in left))
    assert first_free(left, length, space) == next(free, None)


def test_agrees_with_ipaddress_on_large_sets(draw):
    rng = random.Random(9)
    for family in (4, 6):
        prefixes = [draw(rng, family, True) for _ in range(400)]
        prefixes = [p for p in prefixes if p.length > 3]
        collapsed = ipaddress.collapse_addresses(ipaddress.ip_network(str(p)) for p in prefixes)
        assert aggregate(prefixes) == [Prefix(c) for c in collapsed]


def test_whole_families():
    assert aggregate(["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"]) == [
        Prefix("0.0.0.0/0"),
        Prefix("::/0"),
    ]
    assert subtract("::/0", "::/0") == subtract("0.0.0.0/0", ["0.0.0.0/1", "128.0.0.0/1"]) == []
    assert len(subtract("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")) == 128
    assert intersect("::/0", "0.0.0.0/0") == []
    assert first_free([], 0, "::/0") == Prefix("::/0")
    assert first_free(["::/1"], 1, "::/0") == Prefix("8000::/1")
    assert first_free(["::/1", "8000::/1"], 128, "::/0") is None
    assert first_free(["255.255.255.0/25"], 25, "255.255.255.0/24") == Prefix("255.255.255.128/25")


def test_within_may_be_several_prefixes():
    space = ["10.0.0.0/24", "10.2.0.0/16"]
    assert first_free(["10.0.0.0/25"], 24, space) == Prefix("10.2.0.0/24")
    assert first_free(["10.0.0.0/25"], 25, space) == Prefix("10.0.0.128/25")
    assert gaps(["10.0.0.0/25", "10.2.0.0/17"], space) == [Prefix("10.0.0.128/25"), Prefix("10.2.128.0/17")]


def every_cover(blocks, number):
    """The over-cover of each way to cover consecutive runs of the blocks with one prefix each."""
    for cuts in itertools.combinations(range(1, len(blocks)), number - 1):
        runs = [blocks[a:b] for a, b in zip((0, *cuts), (*cuts, len(blocks)), strict=True)]
        yield [smallest_cover(run[0], run[-1]) for run in runs]


def smallest_cover(first, last):
    length = first.length
    while not first.supernet(length).covers(last):
        length -= 1
    return first.supernet(length)


@pytest.mark.parametrize("seed", range(30))
def test_summaries_are_the_best_possible(seed):
    rng = random.Random(seed)
    family = 4 + 2 * (seed % 2)
    prefixes = [small(rng, family, BASES["middle"][family]) for _ in range(rng.randrange(2, 9))]
    wanted = addresses(prefixes)
    blocks = aggregate(prefixes)
    for number in range(1, len(blocks) + 2):
        found = summarize(prefixes, number)
        covered = addresses(found.prefixes)
        assert len(found.prefixes) <= number
        assert covered >= wanted
        assert found.extra == len(covered - wanted)
        if number <= len(blocks) <= 8:
            assert found.extra == min(len(addresses(c) - wanted) for c in every_cover(blocks, number))
        by_extra = summarize(prefixes, max_extra=found.extra)
        assert by_extra.extra <= found.extra
        assert len(by_extra.prefixes) == len(found.prefixes)  # none is superfluous


def test_summaries_of_whole_families():
    assert summarize(["::/2", "8000::/1"], 1) == ([Prefix("::/0")], 2**126)
    assert summarize([], 3) == ([], 0)
    assert summarize(["0.0.0.0/32", "255.255.255.255/32"], 1) == ([Prefix("0.0.0.0/0")], 2**32 - 2)


def test_what_is_wrong_is_said():
    with pytest.raises(HostBitsError):
        aggregate(["10.0.0.1/8"])
    with pytest.raises(ValueError, match="either max_prefixes or max_extra"):
        summarize(["10.0.0.0/8"])
    with pytest.raises(ValueError, match="at least 1"):
        summarize(["10.0.0.0/8"], 0)
    with pytest.raises(ValueError, match="at least 0"):
        summarize(["10.0.0.0/8"], max_extra=-1)
    with pytest.raises(ValueError, match="one family"):
        summarize(["10.0.0.0/8", "::/0"], 1)
    with pytest.raises(ValueError, match="one family"):
        first_free([], 8, ["0.0.0.0/0", "::/0"])
    with pytest.raises(ValueError, match="one family"):
        first_free([], 8, [])
    with pytest.raises(ValueError, match="0 to 32, not 33"):
        first_free([], 33, "10.0.0.0/8")
    with pytest.raises(TypeError):
        aggregate([1])
