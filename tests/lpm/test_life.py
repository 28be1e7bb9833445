"""Memory and threads: nothing leaks, cycles are collected, snapshots may be read while another thread writes.

ROUTENG_LONG_TESTS=1 runs the leak test over ten million operations and the real tables; see
docs/prefix-table.md.
"""

import contextlib
import gc
import os
import random
import sys
import threading
import tracemalloc
import weakref

import pytest

from routeng.lpm import LayerStack, Prefix, PrefixTable, arena_bytes

LONG = os.environ.get("ROUTENG_LONG_TESTS") == "1"


class Value:
    """Something that weak references can watch."""


def test_values_go_with_their_last_table():
    table = PrefixTable()
    value = Value()
    watch = weakref.ref(value)
    table["10.0.0.0/8"] = value
    first, second = table.snapshot(), table.snapshot()
    del value
    del table["10.0.0.0/8"]
    first.clear()
    assert watch() is not None
    del second
    assert watch() is None


def test_replaced_and_default_route_values_are_dropped():
    for prefix in ("0.0.0.0/0", "::/0", "10.0.0.0/8"):
        table = PrefixTable()
        value = Value()
        watch = weakref.ref(value)
        table[prefix] = value
        del value
        table[prefix] = 1
        assert watch() is None


@pytest.mark.parametrize("prefix", ["0.0.0.0/0", "10.0.0.0/8", "2001:db8::/32"])
def test_cycles_through_values_are_collected(prefix):
    gc.collect()
    before = arena_bytes()[0]
    value = Value()
    watch = weakref.ref(value)
    table = PrefixTable({prefix: value})
    value.table, value.snapshot, value.iterator = table, table.snapshot(), iter(table)
    value.stack = LayerStack([(table, table)])
    watch_table = weakref.ref(table)
    del table, value
    assert watch() is not None
    gc.collect()
    assert watch() is None
    assert watch_table() is None
    assert arena_bytes()[0] == before


def test_destructors_may_use_the_table():
    table = PrefixTable()

    class Stubborn:
        def __del__(self):
            table["10.0.0.0/8"] = len(table)
            table.delete("11.0.0.0/8")

    for i in range(100):
        table[f"12.{i}.0.0/16"] = Stubborn()
        table[f"12.{i}.0.0/16"] = Stubborn()
        table["11.0.0.0/8"] = Stubborn()
    table.clear()
    gc.collect()
    assert list(table) == [Prefix("10.0.0.0/8")]


def edit(table, operations, rng):
    """Random inserts, replacements, deletes, look-ups and snapshots."""
    snapshots = []
    for step in range(operations):
        address = rng.getrandbits(12) << 12
        length = rng.choice((20, 22, 24))
        key = (address >> (32 - length) << (32 - length), length)
        if rng.random() < 0.5:
            table.insert(key, str(step))
        else:
            table.delete(key)
        if step % 1000 == 0:
            snapshots = [*snapshots, table.snapshot()][-5:]
            for prefix, _ in table.items():
                table.lookup(prefix.first)


def test_no_leak():
    operations = 10_000_000 if LONG else 60_000
    rng = random.Random(1)
    gc.collect()
    before = arena_bytes()[0]
    table = PrefixTable()
    edit(table, 20_000, rng)  # reach the steady state first
    gc.collect()
    tracemalloc.start()
    try:
        edit(table, operations // 2, rng)
        gc.collect()
        middle, resident = tracemalloc.get_traced_memory()[0], resident_bytes()
        edit(table, operations // 2, rng)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - middle
    finally:
        tracemalloc.stop()
    assert grown < 1_500_000  # about one size of the table; a leak of 100 bytes a step would be far more
    assert resident_bytes() - resident < 50_000_000
    del table
    gc.collect()
    assert arena_bytes()[0] == before


def resident_bytes():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096


def test_memory_returns_when_snapshots_go():
    gc.collect()
    base = PrefixTable((Prefix.from_int(i << 12, 20, 4), i) for i in range(5_000))
    used, held = arena_bytes()
    rng = random.Random(2)
    variants = []
    for _ in range(400):
        variant = base.snapshot()
        for _ in range(10):
            variant.insert((rng.randrange(5_000) << 12, 20), 0)
        variants.append(variant)
    assert arena_bytes()[0] > used + 100_000
    rng.shuffle(variants)
    variants.clear()
    del variant
    assert arena_bytes()[0] == used
    assert arena_bytes()[1] <= held + 30 * 16384  # at most one idle slab for each size of node
    assert len(base) == 5_000


def test_reference_counts_of_values_and_arguments():
    value, key = Value(), "10.20.30.0/24"
    counts = sys.getrefcount(value), sys.getrefcount(key), sys.getrefcount(None)
    table = PrefixTable()
    for _ in range(1_000):
        table[key] = value
        table.get(key)
        table.lookup("10.20.30.1")
        table.covering(key)
        list(table.items())
        table.snapshot()[key] = None
        table.delete(key)
    del table
    after = sys.getrefcount(value), sys.getrefcount(key), sys.getrefcount(None)
    assert after[:2] == counts[:2]
    assert abs(after[2] - counts[2]) < 200


def test_readers_of_snapshots_beside_a_writer():
    table = PrefixTable((Prefix.from_int(i << 16, 16, 4), 0) for i in range(2_000))
    published = [table.snapshot()]
    stop = threading.Event()
    problems = []

    def read(seed):
        rng = random.Random(seed)
        rounds = 0
        while not stop.is_set() or rounds < 20:
            seen = published[-1]
            version = seen.lookup("0.0.0.1")
            values = set(seen.values())
            if values != {version}:
                problems.append(values)
            if seen.lookup(rng.randrange(2_000) << 16) != version:
                problems.append("look-up")
            rounds += 1

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    try:
        for thread in threads:
            thread.start()
        for version in range(1, 30):
            for i in range(2_000):
                table.insert((i << 16, 16), version)
            published.append(table.snapshot())
            published[:] = published[-2:]
        stop.set()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(interval)
    assert problems == []


def test_two_writers_and_an_iterator():
    table = PrefixTable()

    def write(seed):
        rng = random.Random(seed)
        for _ in range(4_000):
            key = (rng.randrange(256) << 24, 8 + seed)
            table.insert(key, seed)
            if rng.random() < 0.5:
                table.delete(key)

    def walk():
        for _ in range(200):
            with contextlib.suppress(RuntimeError):  # "changed during iteration"
                for _ in table:
                    pass

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(2)]
    threads.append(threading.Thread(target=walk))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(table) == list(table)


def test_the_index_of_busy_tables_follows_changes():
    """Tables that are asked often build an index; it must never answer from an old state."""
    rng = random.Random(8)
    tables = [
        PrefixTable((Prefix.from_int(i << 12, 20, 4), -1) for i in range(n)) for n in (70, 1_100, 70_000)
    ]
    for table in tables:
        table["0.0.0.0/0"] = "default"
        size = table.count(4) - 1
        for round_ in range(3):
            for i in range(70_000 if size > 65_536 else 4_000):
                address = (i * 2_654_435_761 + round_) % (size << 12)
                assert table.lookup(address) is not None
            probe = rng.randrange(size) << 12
            table.insert((probe, 20), "new")
            assert table.lookup(probe + 5) == "new"
            table.insert((probe, 28), "inner")
            table.insert((0xFF000000, 9), "short")
            for _ in range(40_000 if size > 65_536 else 3_000):
                table.lookup(probe)
            assert table.lookup(probe + 5) == "inner"
            assert table.lookup(probe + 25) == "new"
            assert table.lookup(0xFF000001) == "short"
            assert table.lookup(0xFFF00001) == "default"
            table.delete((probe, 28))
            assert table.lookup(probe + 5) == "new"


@pytest.mark.skipif(not LONG, reason="ROUTENG_LONG_TESTS=1 runs it")
def test_ten_million_edits_keep_every_snapshot():
    rng = random.Random(3)
    table, entries = PrefixTable(), {}
    snapshots = []
    for step in range(10_000_000):
        length = rng.randrange(33)
        key = (rng.getrandbits(length) << (32 - length), length)
        if rng.random() < 0.5:
            table.insert(key, step)
            entries[key] = step
        else:
            assert table.delete(key) == (entries.pop(key, None) is not None)
        if step % 500_000 == 0:
            snapshots.append((table.snapshot(), dict(entries)))
    for old, expected in snapshots:
        assert {(p.network, p.length): v for p, v in old.items()} == expected
