"""FrozenPrefixTable: equal to PrefixTable in every form of asking, on every kernel; files trusted by nobody."""

import array
import ctypes
import ipaddress
import mmap
import pickle
import random
import threading

import numpy as np
import pytest

from routeng.lpm import FrozenPrefixTable, Prefix, PrefixTable, format_address, kernels, use_kernel


@pytest.fixture(params=kernels())
def kernel(request):
    before = use_kernel(request.param)
    yield request.param
    use_kernel(before)


def packed6(addresses):
    rows = b"".join(a.to_bytes(16, "big") for a in addresses)
    return np.frombuffer(rows, dtype=np.uint8).reshape(-1, 16)


def pairs6(addresses):
    pairs = [[a >> 64, a & (2**64 - 1)] for a in addresses]
    return np.array(pairs, dtype=np.uint64).reshape(-1, 2)


def edges(table, rng):
    """The addresses at which answers can change, and random ones, shuffled: (IPv4, IPv6)."""
    found = {4: {0, 2**32 - 1}, 6: {0, 2**128 - 1}}
    for prefix in table:
        for address in (prefix.first, prefix.last, prefix.first - 1, prefix.last + 1):
            if 0 <= address < 2**prefix.bits:
                found[prefix.family].add(address)
    for _ in range(40):
        found[4].add(rng.getrandbits(32))
        found[6].add(rng.getrandbits(128))
    return tuple(rng.sample(sorted(found[family]), len(found[family])) for family in (4, 6))


def assert_agrees(frozen, table, rng):
    four, six = edges(table, rng)
    expected4 = [table.lookup(a, "none") for a in four]
    expected6 = [table.lookup(a, "none", family=6) for a in six]
    assert [frozen.lookup(a, "none") for a in four] == expected4
    assert [frozen.lookup(a, "none", family=6) for a in six] == expected6
    assert frozen.lookup_many(np.array(four, np.uint32), indices=False, default="none") == expected4
    assert frozen.lookup_many(array.array("I", four), indices=False, default="none") == expected4
    for form in (pairs6, packed6):
        assert frozen.lookup_many(form(six), indices=False, default="none") == expected6
    texts = [format_address(a, 4) for a in four] + [format_address(a, 6) for a in six]
    expected = expected4 + expected6
    mixed = list(zip(texts, expected, strict=True))
    rng.shuffle(mixed)
    texts, expected = [t for t, _ in mixed], [e for _, e in mixed]
    assert frozen.lookup_many(texts, default="none") == expected
    assert frozen.lookup_many("\n".join(texts).encode(), default="none") == expected
    values = frozen.values()
    indices = frozen.lookup_many(texts, indices=True)
    assert [values[i] if i >= 0 else "none" for i in indices] == expected
    assert [frozen.index(t) for t in texts[:100]] == list(indices)[:100]


@pytest.mark.parametrize("seed", range(24))
def test_agrees_with_the_mutable_table(seed, kernel, draw):
    rng = random.Random(seed)
    size = rng.choice([0, 1, 2, 7, 60, 700])
    prefixes = {draw(rng, rng.choice((4, 6)), bool(seed % 2)) for _ in range(size)}
    if seed % 3 == 0:  # a common part, as a plan inside 10.0.0.0/8 has
        prefixes = {p for p in prefixes if p.length > 8}
        prefixes = {
            Prefix.from_int(10 << 24 | p.network % 2**24, p.length, 4) for p in prefixes if p.family == 4
        }
    table = PrefixTable((p, str(p)) for p in prefixes)
    frozen = FrozenPrefixTable(table)
    assert (len(frozen), frozen.count(4), frozen.count(6)) == (len(table), table.count(4), table.count(6))
    assert_agrees(frozen, table, rng)
    assert_agrees(pickle.loads(pickle.dumps(frozen)), table, rng)


@pytest.mark.parametrize("mode", ["compact", "speed"])
def test_adversarial_sets(adversarial, mode, kernel):
    table = PrefixTable((prefix, i) for i, prefix in enumerate(adversarial))
    assert_agrees(FrozenPrefixTable(table, mode=mode), table, random.Random(1))


@pytest.mark.parametrize("size", [1, 30_000, 250_000])
def test_direct_bits_of_every_size(size, kernel):
    rng = random.Random(size)
    lengths = (16, 20, 23, 24, 24, 24, 28, 32)
    table = PrefixTable()
    for i in range(size):
        length = rng.choice(lengths)
        table.insert((rng.getrandbits(length) << (32 - length), length), i)
    if size > 1:
        table["0.0.0.0/0"] = "default"
    addresses = [rng.getrandbits(32) for _ in range(4_000)]
    addresses += [p.first for p in rng.sample(list(table), min(len(table), 2_000))]
    expected = [table.lookup(a) for a in addresses]
    for mode in ("compact", "speed"):
        frozen = FrozenPrefixTable(table, mode=mode)
        assert frozen.lookup_many(np.array(addresses, np.uint32), indices=False) == expected
        assert [frozen.lookup(a) for a in addresses[:500]] == expected[:500]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 127, 511, 512, 513, 1025])
def test_any_number_of_addresses(count, kernel, draw):
    """Blocks and vectors end anywhere; nothing is written beyond."""
    rng = random.Random(count)
    table = PrefixTable((draw(rng, f, False), i) for i in range(60) for f in (4, 6))
    four = [rng.getrandbits(32) for _ in range(count)]
    six = [rng.getrandbits(128) for _ in range(count)]
    for mode in ("compact", "speed"):
        frozen = FrozenPrefixTable(table, mode=mode)
        for array_, addresses, family in (
            (np.array(four, np.uint32), four, 4),
            (pairs6(six), six, 6),
            (packed6(six), six, 6),
        ):
            room = np.full(count + 2, 77, np.int32)
            result = frozen.lookup_many(array_, out=room[1 : count + 1])
            assert [frozen.index(a, family=family) for a in addresses] == result.tolist()
            assert room[0] == room[-1] == 77
        texts = [str(ipaddress.ip_address(a)) for a in four]
        assert frozen.lookup_many(texts) == [table.lookup(a) for a in four]


def test_text_forms(kernel):
    frozen = FrozenPrefixTable({"10.0.0.0/8": "a", "2001:db8::/32": "b"})
    expected = ["a", "b", None]
    assert frozen.lookup_many(b"10.1.2.3\n2001:db8::1\n11.0.0.0") == expected
    assert frozen.lookup_many(b"10.1.2.3\n2001:db8::1\n11.0.0.0\n") == expected
    assert frozen.lookup_many(b"10.1.2.3\r\n2001:db8::1\r\n11.0.0.0\r\n") == expected
    assert frozen.lookup_many(bytearray(b"10.1.2.3\n")) == ["a"]
    assert frozen.lookup_many(b"") == frozen.lookup_many([]) == []
    assert list(frozen.lookup_many(b"10.0.0.1\n9.0.0.0\n", indices=True)) == [0, -1]
    mapped = mmap.mmap(-1, 9)
    mapped[:] = b"10.1.2.3\n"
    assert frozen.lookup_many(mapped) == ["a"]
    mapped.close()
    objects = [ipaddress.ip_address("10.0.0.1"), b"\x0a\0\0\0", 0x0A000000, Prefix("10.0.0.0/32")]
    assert frozen.lookup_many(objects) == ["a"] * 4
    assert frozen.lookup_many(iter(["10.0.0.1"])) == ["a"]


@pytest.mark.parametrize(
    ("blob", "line"),
    [
        (b"\n", 1),
        (b"10.0.0.1\n\n10.0.0.2", 2),
        (b"10.0.0.1\n10.0.0.300\n", 2),
        (b"10.0.0.1\n10.0.0.0/8\n", 2),
        (b"x" * 1000, 1),
        (b"\xff\xfe\n", 1),
        (b"10.0.0.1\n" * 600 + b"10.0.0.1 \n", 601),
    ],
)
def test_wrong_lines_are_named(blob, line):
    frozen = FrozenPrefixTable({"10.0.0.0/8": 1})
    for indices in (True, False):
        with pytest.raises(ValueError, match=rf"^line {line}: "):
            frozen.lookup_many(blob, indices=indices)


def test_wrong_input_is_named():
    frozen = FrozenPrefixTable({"10.0.0.0/8": 1})
    for wrong in (["10.0.0.1", "nonsense"], ["10.0.0.0/8"], [2**32]):
        with pytest.raises(ValueError, match=str(wrong[-1])):
            frozen.lookup_many(wrong)
    with pytest.raises(TypeError):
        frozen.lookup_many([None])
    with pytest.raises(TypeError):
        frozen.lookup_many(5)
    for wrong in (
        np.zeros(3, np.uint64),
        np.zeros(3, np.float32),
        np.zeros((3, 3), np.uint64),
        np.zeros(3, np.int32),
    ):
        with pytest.raises(TypeError, match="uint32"):
            frozen.lookup_many(wrong)
    with pytest.raises((ValueError, BufferError)):
        frozen.lookup_many(np.zeros(8, np.uint32)[::2])
    with pytest.raises(ValueError, match="not prefixes"):
        frozen.lookup("10.0.0.0/8")
    with pytest.raises(ValueError, match="has room for 3"):
        frozen.lookup_many(np.zeros(2, np.uint32), out=np.zeros(3, np.int32))
    with pytest.raises(TypeError, match="int32"):
        frozen.lookup_many(np.zeros(2, np.uint32), out=np.zeros(2, np.int64))
    with pytest.raises((ValueError, BufferError)):
        frozen.lookup_many(np.zeros(1, np.uint32), out=bytes(4))
    with pytest.raises(ValueError, match="indices"):
        frozen.lookup_many(np.zeros(1, np.uint32), out=np.zeros(1, np.int32), indices=False)
    with pytest.raises(ValueError, match="mode"):
        FrozenPrefixTable({}, mode="fast")
    with pytest.raises(ValueError, match="no such kernel"):
        use_kernel("mmx")
    with pytest.raises(IndexError):
        frozen.value(1)
    with pytest.raises(TypeError, match="immutable"):
        frozen.__init__({})
    empty = FrozenPrefixTable.__new__(FrozenPrefixTable)
    for ask in (empty.lookup, empty.lookup_many):
        with pytest.raises(ValueError, match="uninitialised"):
            ask("10.0.0.1")


def test_from_arrays_and_manners():
    frozen = FrozenPrefixTable.from_arrays(array.array("I", [10 << 24]), b"\x08", ["ten"])
    assert frozen.lookup("10.1.1.1") == frozen.value(0) == "ten"
    assert repr(frozen) == "FrozenPrefixTable(1 IPv4, 0 IPv6 prefixes, mode='compact')"
    assert frozen.nbytes < 10_000
    assert FrozenPrefixTable([("::/0", 1)], mode="speed").mode == "speed"
    with pytest.raises(ValueError, match="family"):
        frozen.count(5)


class ArrowSchema(ctypes.Structure):
    _fields_ = [
        ("format", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("metadata", ctypes.c_char_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    ]


class ArrowArray(ctypes.Structure):
    _fields_ = [
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    ]


class Arrow:
    """An Arrow array by the C data interface, as pyarrow and polars hand them out."""

    def __init__(self, form, content, length, offset=0, nulls=0):
        self.content = ctypes.create_string_buffer(content, len(content))
        validity = ctypes.create_string_buffer(b"\0" * 8)
        self.buffers = (ctypes.c_void_p * 2)(
            ctypes.addressof(validity) if nulls else None, ctypes.addressof(self.content)
        )
        self.keep = validity
        self.schema = ArrowSchema(form, release=1)
        self.array = ArrowArray(length, nulls, offset, 2, 0, self.buffers, release=1)

    def __arrow_c_array__(self, requested_schema=None):
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return (
            new(ctypes.addressof(self.schema), b"arrow_schema", None),
            new(ctypes.addressof(self.array), b"arrow_array", None),
        )


def test_arrow_arrays():
    frozen = FrozenPrefixTable({"10.0.0.0/8": "a", "2001:db8::/32": "b"})
    four = np.array([9 << 24, 10 << 24, 11 << 24], np.uint32).tobytes()
    assert list(frozen.lookup_many(Arrow(b"I", four, 3))) == [-1, 0, -1]
    assert frozen.lookup_many(Arrow(b"I", four, 2, offset=1), indices=False) == ["a", None]
    six = ipaddress.ip_address("2001:db8::7").packed + bytes(16)
    assert frozen.lookup_many(Arrow(b"w:16", six, 2), indices=False) == ["b", None]
    with pytest.raises(TypeError, match="'l'"):
        frozen.lookup_many(Arrow(b"l", four, 1))
    with pytest.raises(ValueError, match="nulls"):
        frozen.lookup_many(Arrow(b"I", four, 3, nulls=1))


@pytest.mark.parametrize("mode", ["compact", "speed"])
def test_save_and_load(mode, tmp_path, draw, kernel):
    rng = random.Random(6)
    values = [None, 1, "text", 2.5, [1, "x"], {"route": True}]
    table = PrefixTable((draw(rng, rng.choice((4, 6)), True), rng.choice(values)) for _ in range(300))
    frozen = FrozenPrefixTable(table, mode=mode)
    frozen.save(tmp_path / "table")
    loaded = FrozenPrefixTable.load(tmp_path / "table")
    assert (loaded.mode, len(loaded), loaded.values()) == (mode, len(frozen), frozen.values())
    assert_agrees(loaded, table, rng)
    (tmp_path / "table").unlink()  # the mapping outlives the name
    assert_agrees(pickle.loads(pickle.dumps(loaded)), table, rng)
    assert list(tmp_path.iterdir()) == []


def test_values_that_a_file_cannot_keep(tmp_path):
    for value in (object(), (1, 2), {1: 2}, b"bytes"):
        with pytest.raises(TypeError):
            FrozenPrefixTable({"10.0.0.0/8": value}).save(tmp_path / "table")
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_something_else(tmp_path):
    path = tmp_path / "table"
    for content in (b"", b"x", b"routeng frozen 1", b"x" * 5_000):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="table"):
            FrozenPrefixTable.load(path)
    with pytest.raises(FileNotFoundError):
        FrozenPrefixTable.load(tmp_path / "missing")


def test_damaged_files_give_an_error_or_a_safe_table(tmp_path, draw):
    """Flip and cut bytes: whatever still loads must answer every address without leaving its arrays."""
    rng = random.Random(7)
    table = PrefixTable((draw(rng, rng.choice((4, 6)), True), 1) for _ in range(60))
    table["0.0.0.0/0"] = 2
    path = tmp_path / "table"
    FrozenPrefixTable(table).save(path)
    good = path.read_bytes()
    four, six = edges(table, rng)
    four, six = np.array(four, np.uint32), pairs6(six)
    refused = 0
    positions = list(range(256)) + [rng.randrange(len(good)) for _ in range(500)]
    for position in positions:
        bad = bytearray(good)
        if rng.random() < 0.1:
            del bad[position:]
        else:
            bad[position] ^= 1 << rng.randrange(8)
        path.write_bytes(bad)
        try:
            loaded = FrozenPrefixTable.load(path)
        except ValueError:
            refused += 1
            continue
        loaded.lookup_many(four, indices=False)
        loaded.lookup_many(six, indices=False)
    assert refused > len(positions) / 3


def test_damaged_pickles_are_refused():
    rebuild, (packed, values) = FrozenPrefixTable({"10.0.0.0/8": 1}).__reduce__()
    assert rebuild(packed, values).lookup("10.0.0.1") == 1
    for wrong in ((packed[:-1], values), (packed + b"\0", values), (packed, []), (packed, [1, 2])):
        with pytest.raises(ValueError, match="damaged"):
            rebuild(*wrong)


def test_threads_share_a_table(kernel):
    rng = random.Random(11)
    table = PrefixTable((Prefix.from_int(i << 12, 20, 4), i) for i in range(50_000))
    frozen = FrozenPrefixTable(table)
    addresses = np.array([rng.randrange(50_000 << 12) for _ in range(20_000)], np.uint32)
    expected = (addresses >> 12).tolist()
    wrong = []

    def ask():
        for _ in range(20):
            if frozen.lookup_many(addresses).tolist() != expected:
                wrong.append(1)
            if frozen.lookup_many(addresses[:500], indices=False) != expected[:500]:
                wrong.append(2)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
