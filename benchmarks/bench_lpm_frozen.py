"""Bulk look-ups on the frozen table beside what Python has: numpy.searchsorted and loops over pytricia.

    taskset -c 1 python -m pytest benchmarks/bench_lpm_frozen.py -q

Rounds are interleaved as in bench_lpm.py. ``ROUTENG_BENCH_MARKDOWN=file`` writes the table of ratios. The test of two
threads needs two cores; it lifts the pinning for itself.
"""

import gc
import ipaddress
import os
import statistics
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import pytricia

sys.path.insert(0, str(Path(__file__).parent))
import lpm_data

from routeng.lpm import FrozenPrefixTable, Prefix, PrefixTable, kernels, use_kernel

ROUNDS = int(os.environ.get("ROUTENG_BENCH_ROUNDS", "7"))
QUERIES = 4_000_000
RESULTS = []


@pytest.fixture(scope="session", autouse=True)
def report():
    gc.disable()
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


def side_by_side(benchmark, measure, ours, peer_name, peer, count, unit="M/s"):
    """Both in turn, `count` look-ups each; the ratio of medians."""
    theirs = []

    def before():
        start = time.perf_counter()
        peer()
        theirs.append(time.perf_counter() - start)

    benchmark.pedantic(ours, setup=before, rounds=ROUNDS, iterations=1, warmup_rounds=1)
    mine, other = statistics.median(benchmark.stats.stats.data), statistics.median(theirs[1:])
    benchmark.extra_info[peer_name] = {"ratio": other / mine}
    if unit == "M/s":
        shown = f"{count / mine / 1e6:,.0f} M/s", f"{peer_name} {count / other / 1e6:,.1f} M/s"
    elif unit == "ns":
        shown = f"{mine / count * 1e9:,.0f} ns", f"{peer_name} {other / count * 1e9:,.0f} ns"
    else:
        shown = f"{mine * 1e3:,.1f} ms", f"{peer_name} {other * 1e3:,.1f} ms"
    RESULTS.append((measure, *shown, f"{other / mine:.1f}×"))


def numbers(prefixes):
    """(upper or only word, lower word, length) arrays of prefixes in text."""
    parsed = [Prefix(p) for p in prefixes]
    shift = 64 if parsed[0].family == 6 else 0
    upper = np.array([p.network >> shift for p in parsed], dtype=np.uint64)
    lower = np.array([p.network & (2**64 - 1) for p in parsed], dtype=np.uint64)
    return upper, lower, np.array([p.length for p in parsed], dtype=np.uint64)


def draw_hits(prefixes, count, family):
    """The `hits` stream as an array: uint32, or (count, 2) uint64."""
    rng = np.random.default_rng(lpm_data.SEED)
    upper, lower, lengths = numbers(prefixes)
    chosen = rng.integers(0, len(upper), count)
    lengths = lengths[chosen]
    noise = rng.integers(0, 2**64, count, dtype=np.uint64)
    if family == 4:
        return (upper[chosen] | (noise & 0xFFFFFFFF) >> lengths).astype(np.uint32)
    rows = np.empty((count, 2), dtype=np.uint64)
    rows[:, 0] = upper[chosen] | np.where(lengths < 64, noise >> np.minimum(lengths, 63), 0)
    noise = rng.integers(0, 2**64, count, dtype=np.uint64)
    host = np.where(lengths > 64, noise >> np.minimum(np.maximum(lengths, 65) - 64, 63), noise)
    rows[:, 1] = lower[chosen] | np.where(lengths == 128, 0, host)
    return rows


def intervals(table, family):
    """What searchsorted users build: sorted first addresses (upper 64 bits for IPv6) and their answers."""
    edges = {0}
    for prefix in table.keys(family=family):
        first, last = prefix.first, prefix.last
        if family == 6:
            if prefix.length > 64:
                continue
            first, last = first >> 64, last >> 64
        edges.update((first, last + 1))
    edges = sorted(edge for edge in edges if edge < 2 ** (32 if family == 4 else 64))
    starts = np.array(edges, dtype=np.uint32 if family == 4 else np.uint64)
    step = 0 if family == 4 else 64
    frozen = FrozenPrefixTable(table)
    answers = np.array([frozen.index(edge << step, family=family) for edge in edges], dtype=np.int32)
    return starts, answers


@pytest.fixture(scope="module", params=[4, 6], ids=["IPv4", "IPv6"])
def bulk(request):
    family = request.param
    prefixes = lpm_data.full(family)
    table = PrefixTable(zip(prefixes, range(len(prefixes)), strict=True))
    return family, table, intervals(table, family), draw_hits(prefixes, QUERIES, family)


@pytest.mark.parametrize("kernel", kernels())
@pytest.mark.parametrize("mode", ["compact", "speed"])
def test_arrays_to_indices(benchmark, bulk, mode, kernel):
    family, table, (starts, answers), queries = bulk
    if family == 6 and mode == "speed":
        pytest.skip("the direct table is for IPv4")
    frozen = FrozenPrefixTable(table, mode=mode)
    out = np.empty(QUERIES, dtype=np.int32)
    keys = queries if family == 4 else np.ascontiguousarray(queries[:, 0])

    def search():
        return answers[np.searchsorted(starts, keys, side="right") - 1]

    before = use_kernel(kernel)
    try:
        found = frozen.lookup_many(queries, out=out)
        wrong = np.count_nonzero(search() != found)
        longer = sum(p.length > 64 for p in table.keys(family=6)) if family == 6 else 0
        assert wrong == 0 or (longer and wrong < QUERIES * 2 * longer / len(table))
        side_by_side(
            benchmark,
            f"full IPv{family}, {mode}, {kernel} kernel, {QUERIES:,} hits",
            lambda: frozen.lookup_many(queries, out=out),
            "numpy.searchsorted",
            search,
            QUERIES,
        )
    finally:
        use_kernel(before)
    if kernel == kernels()[-1]:
        RESULTS.append(
            (f"size, full IPv{family}, {mode}", f"{frozen.nbytes / len(table):.1f} B a prefix", "–", "–")
        )


@pytest.fixture(scope="module", params=["full", "5,000"])
def strings(request):
    prefixes = lpm_data.full(4) if request.param == "full" else lpm_data.small(4)
    values = [object() for _ in prefixes]
    trie = pytricia.PyTricia()
    for prefix, value in zip(prefixes, values, strict=True):
        trie[prefix] = value
    frozen = FrozenPrefixTable(zip(prefixes, values, strict=True))
    texts = [str(ipaddress.IPv4Address(int(a))) for a in draw_hits(prefixes, 200_000, 4)]
    assert frozen.lookup_many(texts[:5_000]) == [trie.get(t) for t in texts[:5_000]]
    return request.param, frozen, trie, texts


def test_list_of_text(benchmark, strings):
    name, frozen, trie, texts = strings
    side_by_side(
        benchmark,
        f"lookup_many(list of str) to objects, {name} IPv4",
        lambda: frozen.lookup_many(texts),
        "pytricia loop",
        lambda: [trie.get(text) for text in texts],
        len(texts),
        "ns",
    )


def test_blob_of_text(benchmark, strings):
    name, frozen, trie, texts = strings
    blob = "\n".join(texts).encode()
    side_by_side(
        benchmark,
        f"lookup_many(text blob) to indices, {name} IPv4",
        lambda: frozen.lookup_many(blob, indices=True),
        "pytricia loop",
        lambda: [trie.get(text) for text in texts],
        len(texts),
        "ns",
    )


def test_one_at_a_time(benchmark, strings):
    name, frozen, trie, texts = strings
    side_by_side(
        benchmark,
        f"lookup(str), frozen, {name} IPv4",
        lambda: [frozen.lookup(text) for text in texts],
        "pytricia",
        lambda: [trie.get(text) for text in texts],
        len(texts),
        "ns",
    )


def test_freezing(benchmark):
    prefixes = lpm_data.full(4)
    table = PrefixTable(zip(prefixes, range(len(prefixes)), strict=True))
    upper, _, lengths = numbers(prefixes)
    shuffled = np.random.default_rng(lpm_data.SEED).permutation(upper << np.uint64(6) | lengths)
    side_by_side(
        benchmark,
        "freezing the full IPv4 table",
        lambda: FrozenPrefixTable(table),
        "numpy.sort of the prefixes",
        lambda: np.sort(shuffled),
        len(prefixes),
        "ms",
    )


def test_two_threads(benchmark):
    prefixes = lpm_data.full(4)
    frozen = FrozenPrefixTable.from_arrays(
        numbers(prefixes)[0].astype(np.uint32), numbers(prefixes)[2].astype(np.uint8)
    )
    queries = draw_hits(prefixes, QUERIES, 4)
    outs = [np.empty(QUERIES, dtype=np.int32) for _ in range(2)]

    def ask(out):
        for _ in range(8):
            frozen.lookup_many(queries, out=out)

    def both():
        threads = [threading.Thread(target=ask, args=(out,)) for out in outs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        if len(os.sched_getaffinity(0)) < 2:
            pytest.skip("this needs two cores")
        side_by_side(
            benchmark,
            "two threads on two cores, each the whole work",
            both,
            "one thread, twice",
            lambda: (ask(outs[0]), ask(outs[1])),
            16 * QUERIES,
        )
    finally:
        os.sched_setaffinity(0, pinned)
