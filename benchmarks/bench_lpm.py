"""The prefix table beside its peers, one call at a time.

    taskset -c 1 python -m pytest benchmarks/bench_lpm.py -q

Every test times routeng with pytest-benchmark, and before each round it times the peers on the same work, so the
rounds are interleaved; the ratio is between medians of at least five rounds. ``ROUTENG_BENCH_MARKDOWN=file``
writes the table of ratios. Memory is the growth of the resident set of a child process.
"""

import array
import gc
import ipaddress
import os
import pickle
import random
import statistics
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import pytest
import pytricia
import radix

sys.path.insert(0, str(Path(__file__).parent))
import lpm_data

from routeng.lpm import LayerStack, Prefix, PrefixTable

ROUNDS = int(os.environ.get("ROUTENG_BENCH_ROUNDS", "7"))
QUERIES = 100_000
RESULTS = []


@pytest.fixture(scope="session", autouse=True)
def report():
    gc.disable()  # peers keep no containers, so a collection in the middle would be charged at random
    yield
    gc.enable()
    lines = [
        f"Measured on {lpm_data.source()}; medians of {ROUNDS} interleaved rounds, one core.",
        "",
        "| measure | routeng | peer | ratio |",
        "|---|--:|--:|--:|",
        *(f"| {measure} | {ours} | {peer} | {ratio} |" for measure, ours, peer, ratio in RESULTS),
    ]
    print("\n" + "\n".join(lines))
    if target := os.environ.get("ROUTENG_BENCH_MARKDOWN"):
        Path(target).write_text("\n".join(lines) + "\n")


def settle():
    """Let the C library merge what the contender before has freed, or the next large allocation pays for it."""
    bytearray(1 << 16)


def side_by_side(benchmark, measure, ours, peers, count, *, setup=None, peer_setup=None, peer_count=None):
    """Time `ours` (count operations) with pytest-benchmark and each peer before every round of it."""
    times = {name: [] for name in peers}

    def before():
        for name, peer in peers.items():
            argument = peer_setup() if peer_setup else ()
            settle()
            start = time.perf_counter()
            peer(*argument)
            times[name].append(time.perf_counter() - start)
            del argument
        arguments = setup() if setup else ()
        settle()
        return (arguments, {})

    benchmark.pedantic(ours, setup=before, rounds=ROUNDS, iterations=1, warmup_rounds=1)
    mine = statistics.median(benchmark.stats.stats.data) / count * 1e9
    for name, samples in times.items():
        theirs = statistics.median(samples[1:]) / (peer_count or count) * 1e9
        benchmark.extra_info[name] = {"ns": theirs, "ratio": theirs / mine}
        RESULTS.append((measure, f"{mine:,.0f} ns", f"{name} {theirs:,.0f} ns", f"{theirs / mine:.1f}×"))
    if not peers:
        RESULTS.append((measure, f"{mine:,.0f} ns", "–", "–"))


TABLES = {"5,000": lpm_data.small, "full": lpm_data.full}


def built(prefixes, size=32):
    """(routeng, pytricia) with one object a prefix."""
    values = [object() for _ in prefixes]
    trie = pytricia.PyTricia(size)
    for prefix, value in zip(prefixes, values, strict=True):
        trie[prefix] = value
    return PrefixTable(zip(prefixes, values, strict=True)), trie


@pytest.fixture(scope="module", params=[(4, "5,000"), (4, "full"), (6, "5,000"), (6, "full")], ids=str)
def tables(request):
    family, name = request.param
    prefixes = TABLES[name](family)
    table, trie = built(prefixes, 32 if family == 4 else 128)
    hits = lpm_data.stream("hits", prefixes, QUERIES, family)
    return family, name, table, trie, hits


def consume(function, arguments):
    deque(map(function, arguments), maxlen=0)


@pytest.mark.parametrize("form", ["str", "int", "bytes", "ipaddress"])
def test_lookup(benchmark, tables, form):
    family, name, table, trie, hits = tables
    size, cls = (4, ipaddress.IPv4Address) if family == 4 else (16, ipaddress.IPv6Address)
    queries = {
        "str": lambda: [str(cls(a)) for a in hits],
        "int": lambda: hits,
        "bytes": lambda: [a.to_bytes(size, "big") for a in hits],
        "ipaddress": lambda: [cls(a) for a in hits],
    }[form]()
    if family == 6 and form == "int":
        pytest.skip("pytricia cannot look up 128-bit integers")
    assert [table.lookup(q) for q in queries[:500]] == [trie.get(q) for q in queries[:500]]
    side_by_side(
        benchmark,
        f"look-up by {form}, {name} IPv{family} prefixes, hits",
        lambda: consume(table.lookup, queries),
        {"pytricia": lambda: consume(trie.get, queries)},
        QUERIES,
    )


@pytest.mark.parametrize("kind", ["uniform", "zipf", "sequential"])
def test_streams(benchmark, tables, kind):
    family, name, table, trie, _ = tables
    if name != "full":
        pytest.skip("the full tables show what caches do")
    cls = ipaddress.IPv4Address if family == 4 else ipaddress.IPv6Address
    queries = [str(cls(a)) for a in lpm_data.stream(kind, TABLES[name](family), QUERIES, family)]
    side_by_side(
        benchmark,
        f"look-up by str, {name} IPv{family} table, {kind}",
        lambda: consume(table.lookup, queries),
        {"pytricia": lambda: consume(trie.get, queries)},
        QUERIES,
    )


@pytest.fixture(scope="module")
def full4():
    prefixes = lpm_data.full(4)
    return prefixes, list(range(len(prefixes)))


def fill(table, prefixes, values):
    for prefix, value in zip(prefixes, values, strict=True):
        table[prefix] = value


def empty(table, prefixes):
    for prefix in prefixes:
        del table[prefix]


def test_build_from_text(benchmark, full4):
    prefixes, values = full4
    side_by_side(
        benchmark,
        "build from sorted text, full IPv4",
        lambda: PrefixTable(zip(prefixes, values, strict=True)),
        {"pytricia": lambda: fill(pytricia.PyTricia(), prefixes, values)},
        len(prefixes),
    )


@pytest.mark.parametrize("with_values", [True, False])
def test_build_from_arrays(benchmark, full4, with_values):
    """The values are 901,899 objects, each of which is touched when the table comes and when it goes."""
    prefixes, values = full4
    parsed = [Prefix(p) for p in prefixes]
    networks = array.array("I", [p.network for p in parsed])
    lengths = bytes(p.length for p in parsed)
    del parsed
    side_by_side(
        benchmark,
        f"build from sorted arrays, full IPv4, {'one object a prefix' if with_values else 'no values'}",
        lambda: PrefixTable.from_arrays(networks, lengths, values if with_values else None),
        {"pytricia (text)": lambda: fill(pytricia.PyTricia(), prefixes, values)},
        len(prefixes),
    )


def test_insert_and_delete(benchmark, full4):
    prefixes, values = full4
    order = random.Random(lpm_data.SEED).sample(range(len(prefixes)), len(prefixes))
    mixed = [prefixes[i] for i in order]
    side_by_side(
        benchmark,
        "insert in random order, full IPv4",
        lambda: fill(PrefixTable(), mixed, values),
        {"pytricia": lambda: fill(pytricia.PyTricia(), mixed, values)},
        len(prefixes),
    )


def test_delete(benchmark, full4):
    prefixes, values = full4
    order = random.Random(lpm_data.SEED).sample(range(len(prefixes)), len(prefixes))
    mixed = [prefixes[i] for i in order]

    def full_trie():
        trie = pytricia.PyTricia()
        fill(trie, mixed, values)
        return (trie, mixed)

    def full_table():
        table = PrefixTable()
        fill(table, mixed, values)
        return (table, mixed)

    side_by_side(
        benchmark,
        "delete in random order, full IPv4",
        empty,
        {"pytricia": empty},
        len(prefixes),
        setup=full_table,
        peer_setup=full_trie,
    )


@pytest.fixture(scope="module")
def radix_full(full4):
    prefixes, values = full4
    tree = radix.Radix()
    for prefix in prefixes:
        tree.add(prefix)
    return PrefixTable(zip(prefixes, values, strict=True)), tree


def test_covering(benchmark, radix_full):
    table, tree = radix_full
    prefixes = lpm_data.full(4)
    hosts = [str(ipaddress.IPv4Address(a)) for a in lpm_data.stream("hits", prefixes, 20_000, 4)]
    assert sum(len(table.covering(h)) for h in hosts) == sum(len(tree.search_covering(h)) for h in hosts)
    side_by_side(
        benchmark,
        "covering prefixes of an address, full IPv4",
        lambda: consume(table.covering, hosts),
        {"py-radix": lambda: consume(tree.search_covering, hosts)},
        len(hosts),
    )


def test_covered(benchmark, radix_full):
    table, tree = radix_full
    asked = random.Random(lpm_data.SEED).sample(lpm_data.full(4), 20_000)
    assert sum(len(table.covered(p)) for p in asked) == sum(len(tree.search_covered(p)) for p in asked)
    side_by_side(
        benchmark,
        "covered prefixes of a prefix, full IPv4",
        lambda: consume(table.covered, asked),
        {"py-radix": lambda: consume(tree.search_covered, asked)},
        len(asked),
    )


def test_pickle(benchmark, full4):
    prefixes, values = full4
    table = PrefixTable(zip(prefixes, values, strict=True))
    trie = pytricia.PyTricia()
    fill(trie, prefixes, values)

    def through_frozen():
        """pytricia pickles frozen tries only, and what it loads is frozen."""
        trie.freeze()
        packed = pickle.dumps(trie, 5)
        trie.thaw()
        pickle.loads(packed).thaw()

    assert pickle.loads(pickle.dumps(table)) == table
    side_by_side(
        benchmark,
        "pickle: editable table to bytes to editable table, full IPv4",
        lambda: pickle.loads(pickle.dumps(table, 5)),
        {"pytricia (freeze, dump, thaw, load, thaw)": through_frozen},
        len(prefixes),
    )


def changes(prefixes, variants):
    """Ten changes each: half of them replacements, half new prefixes."""
    rng = random.Random(lpm_data.SEED)
    everything = lpm_data.full(4)
    return [[(rng.choice(prefixes if i % 2 else everything), i) for i in range(10)] for _ in range(variants)]


def make_variants(base, edits):
    alive = []
    for edit in edits:
        variant = base.snapshot()
        for prefix, value in edit:
            variant[prefix] = value
        alive.append(variant)
    return alive


def rebuild_variants(prefixes, edits):
    alive = []
    for edit in edits:
        trie = pytricia.PyTricia()
        fill(trie, prefixes, prefixes)
        for prefix, value in edit:
            trie[prefix] = value
        alive.append(trie)
    return alive


def test_variants(benchmark):
    prefixes = lpm_data.small(4)
    base = PrefixTable(zip(prefixes, prefixes, strict=True))
    edits = changes(prefixes, 5_000)
    side_by_side(
        benchmark,
        "a variant of 5,000 routes with 10 changes (of 5,000 alive)",
        lambda: make_variants(base, edits),
        {"pytricia rebuild": lambda: rebuild_variants(prefixes, edits[:100])},
        5_000,
        peer_count=100,
    )


def test_equality_and_difference(benchmark, full4):
    prefixes, values = full4
    base = PrefixTable(zip(prefixes, values, strict=True))
    changed = base.snapshot()
    for prefix in prefixes[::90_000]:
        changed[prefix] = -1
    other = PrefixTable(zip(prefixes, values, strict=True))
    assert len(base.difference(changed).changed) == 11
    side_by_side(
        benchmark,
        "difference of two snapshots, 11 of 901,899 prefixes changed",
        lambda: base.difference(changed),
        {"routeng, nothing shared": lambda: base.difference(other)},
        1,
    )


def test_prefix_from_text(benchmark, full4):
    prefixes = full4[0][:QUERIES]
    side_by_side(
        benchmark,
        "Prefix from text",
        lambda: consume(Prefix, prefixes),
        {"ipaddress": lambda: consume(ipaddress.IPv4Network, prefixes[:5_000])},
        QUERIES,
        peer_count=5_000,
    )


def test_stack(benchmark):
    rng = random.Random(lpm_data.SEED)
    layers = [
        PrefixTable({f"10.{a}.{b}.0/24": None for a in range(4) for b in rng.sample(range(256), 20)})
        for _ in range(4)
    ]
    layers.append(PrefixTable({"0.0.0.0/0": "internet", "10.0.0.0/8": "none"}))
    mask = PrefixTable.fromkeys(rng.sample(list(layers[0]), 30))
    stack = LayerStack([(layers[0], mask), *((layer, None) for layer in layers[1:])])
    hosts = [f"10.{rng.randrange(6)}.{rng.randrange(256)}.9" for _ in range(QUERIES)]
    side_by_side(
        benchmark, "stack look-up, 5 layers with a mask", lambda: consume(stack.lookup, hosts), {}, QUERIES
    )


def rounds_of(operation, count, rounds=ROUNDS):
    """Median ns of one of `count` operations."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        operation()
        times.append((time.perf_counter() - start) / count * 1e9)
    return statistics.median(times)


ADVERSARIAL = {
    "host routes at both edges of every /16": lambda: [
        Prefix.from_int((i << 16) + edge, 32, 4) for i in range(65_536) for edge in (0, 65_535)
    ],
    "all lengths nested, 4,000 chains": lambda: sorted(
        {Prefix.from_int(((i * 0x9E3779B1) & 0xFFFFFFFF) >> (32 - n) << (32 - n), n, 4) for i in range(4_000)
         for n in range(1, 33)}
    ),
    "alternating bits below every /12": lambda: [
        Prefix.from_int((i << 20 | 0xAAAAA) >> (32 - n) << (32 - n), n, 4) for i in range(4_096) for n in range(13, 33)
    ],
    "IPv6, all lengths nested, 1,000 chains": lambda: sorted(
        {Prefix.from_int((i * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128) >> (128 - n) << (128 - n), n, 6)
         for i in range(1_000) for n in range(1, 129)}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ADVERSARIAL))
def test_no_cliff(benchmark, name, full4):
    """Insert, look up, delete on hostile sets beside a random sample of as many real prefixes."""
    hostile = ADVERSARIAL[name]()
    rng = random.Random(lpm_data.SEED)
    family = hostile[0].family
    pool = lpm_data.full(family)
    typical = [Prefix(p) for p in rng.sample(pool, min(len(hostile), len(pool)))]
    rng.shuffle(hostile)

    def work(prefixes):
        table = PrefixTable()
        fill(table, prefixes, prefixes)
        consume(table.lookup, prefixes)
        empty(table, prefixes)

    side_by_side(
        benchmark,
        f"insert + look-up + delete: {name}",
        lambda: work(hostile),
        {"typical": lambda: work(typical)},
        len(hostile),
        peer_count=len(typical),
    )


def test_ten_million_edits(benchmark):
    """The cost of an insert or delete after ten million of them, beside the first ones."""
    rng = random.Random(lpm_data.SEED)
    keys = [Prefix(p) for p in rng.sample(lpm_data.full(4), 200_000)]
    table = PrefixTable()
    for key in keys[::2]:
        table[key] = key

    def million(seed):
        chosen = random.Random(seed).choices(keys, k=1_000_000)
        start = time.perf_counter()
        for key in chosen:
            if not table.delete(key):
                table[key] = key
        return time.perf_counter() - start

    early = [million(seed) for seed in range(3)]
    for seed in range(3, 7):
        million(seed)
    late = [million(seed) for seed in range(7, 10)]
    benchmark.pedantic(million, args=(10,), rounds=1, iterations=1)
    early, late = statistics.median(early) * 1e3, statistics.median(late) * 1e3
    measure = "insert or delete after ten million of them, 100,000 prefixes"
    RESULTS.append((measure, f"{late:,.0f} ns", f"the first million {early:,.0f} ns", f"{early / late:.1f}×"))


CHILD = """
import gc, sys
sys.path.insert(0, {here!r})
import lpm_data
def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096
prefixes = lpm_data.{table}
values = list(range(len(prefixes)))
edits = None
{prepare}
gc.collect()
before = resident()
{work}
gc.collect()
print(resident() - before)
"""


def child_memory(table, prepare, work):
    code = CHILD.format(here=str(Path(__file__).parent), table=table, prepare=prepare, work=work)
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(output.stdout)


def test_memory_of_a_full_table():
    for family, size in ((4, 32), (6, 128)):
        count = len(lpm_data.full(family))
        ours = child_memory(
            f"full({family})",
            "from routeng.lpm import PrefixTable",
            "t = PrefixTable()\nfor p, v in zip(prefixes, values): t[p] = v",
        )
        theirs = child_memory(
            f"full({family})",
            f"import pytricia\nt = pytricia.PyTricia({size})",
            "for p, v in zip(prefixes, values): t[p] = v",
        )
        RESULTS.append(
            (
                f"memory of the editable table, full IPv{family}",
                f"{ours / count:.1f} B a prefix",
                f"pytricia {theirs / count:.0f} B",
                f"1/{theirs / ours:.1f}",
            )
        )


def test_memory_of_variants():
    ours = child_memory(
        "small(4)",
        "import bench_lpm\nedits = bench_lpm.changes(prefixes, 5000)\n"
        "base = bench_lpm.PrefixTable(zip(prefixes, prefixes))",
        "alive = bench_lpm.make_variants(base, edits)",
    )
    theirs = child_memory(
        "small(4)",
        "import bench_lpm\nedits = bench_lpm.changes(prefixes, 200)",
        "alive = bench_lpm.rebuild_variants(prefixes, edits)",
    )
    ours, theirs = ours / 5_000 / 1024, theirs / 200 / 1024
    RESULTS.append(
        (
            "memory of a variant with 10 changes",
            f"{ours:.2f} KiB",
            f"pytricia rebuild {theirs:,.0f} KiB",
            f"1/{theirs / ours:.0f}",
        )
    )
