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


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("size", [70, 1_100, 70_000])
@pytest.mark.parametrize("inside", ["everywhere", "below one prefix"])
def test_the_index_of_busy_tables_follows_changes(family, size, inside):
    """Tables that are asked often build an index; it must never answer from an old state."""
    bits = 32 if family == 4 else 128
    host = bits - 20  # of the prefixes, which are /20s everywhere or /28s below 10.0.0.0/8 or a00::/8
    base = 0
    if inside != "everywhere":
        host, base = bits - 28, 10 << (bits - 8)
    table = PrefixTable((Prefix.from_int(base + (i << host), bits - host, family), i) for i in range(size))
    plain = table.snapshot()  # is never asked often
    default = Prefix.from_int(0, 0, family)
    asked = 70_000 if size > 65_536 else 4_000
    addresses = [base + (i * 0x9E3779B97F4A7C15) % (size << host) for i in range(asked)]
    outside = [(3 << (bits - 2)) + 5, 2**bits - 1]
    for present in (False, True, False):
        if present:
            table[default] = "default"
        else:
            table.delete(default)
        for address in addresses:
            assert table.lookup(address, family=family) == (address - base) >> host
        for address in outside:
            assert table.lookup(address, family=family) == ("default" if present else None)
        probe = addresses[1]
        inner = Prefix.from_int(probe >> 2 << 2, bits - 2, family)
        for change in (lambda: table.insert(inner, "inner"), lambda: table.delete(inner)):  # noqa: B023
            change()
            for address in addresses:
                table.lookup(address, family=family)
            expected = "inner" if inner in table else (probe - base) >> host
            assert table.lookup(probe, family=family) == expected
    assert table == plain


def test_indexes_give_way_to_newer_ones():
    """There is room for 64 indexes of this size; seventy tables still answer."""
    base = PrefixTable((Prefix.from_int(i << 16, 16, 4), i) for i in range(65_536))
    tables = [base.snapshot() for _ in range(70)]
    addresses = [(i * 2_654_435_761) % 2**32 for i in range(33_000)]
    for table in tables:
        assert [table.lookup(a) for a in addresses[:32_900]] == [a >> 16 for a in addresses[:32_900]]
    del tables[::2]
    for table in tables:
        assert [table.lookup(a) for a in addresses[:200]] == [a >> 16 for a in addresses[:200]]


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
