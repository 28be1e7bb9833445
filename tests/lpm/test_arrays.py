"""Building from arrays."""

import array
import random

import numpy as np
import pytest

from routeng.lpm import HostBitsError, Prefix, PrefixTable


def test_ipv4_from_numpy_and_array(draw):
    rng = random.Random(3)
    prefixes = sorted({draw(rng, 4, False) for _ in range(300)})
    expected = PrefixTable((p, i) for i, p in enumerate(prefixes))
    networks = np.array([p.network for p in prefixes], dtype=np.uint32)
    lengths = np.array([p.length for p in prefixes], dtype=np.uint8)
    assert PrefixTable.from_arrays(networks, lengths, range(len(prefixes))) == expected
    table = PrefixTable.from_arrays(
        array.array("I", networks.tolist()), lengths.tobytes(), range(len(prefixes))
    )
    assert table == expected
    order = np.array(rng.sample(range(len(prefixes)), len(prefixes)))
    assert PrefixTable.from_arrays(networks[order], lengths[order], order.tolist()) == expected
    assert PrefixTable.from_arrays(networks, lengths) == PrefixTable.fromkeys(prefixes)


def test_ipv6_from_numpy(draw):
    rng = random.Random(4)
    prefixes = sorted({draw(rng, 6, False) for _ in range(300)})
    halves = np.array([[p.network >> 64, p.network & (2**64 - 1)] for p in prefixes], dtype=np.uint64)
    lengths = bytes(p.length for p in prefixes)
    assert PrefixTable.from_arrays(halves, lengths, prefixes, family=6) == PrefixTable(
        zip(prefixes, prefixes, strict=True)
    )
    backwards = PrefixTable.from_arrays(halves[::-1].copy(), lengths[::-1], prefixes[::-1], family=6)
    assert backwards == PrefixTable(zip(prefixes, prefixes, strict=True))


def test_duplicates_and_empty():
    table = PrefixTable.from_arrays(array.array("I", [0, 0]), b"\x08\x08", ["first", "last"])
    assert list(table.items()) == [(Prefix("0.0.0.0/8"), "last")]
    assert len(PrefixTable.from_arrays(array.array("I"), b"")) == 0


def test_what_is_wrong_is_named():
    with pytest.raises(HostBitsError, match=r"0\.0\.0\.0/8"):
        PrefixTable.from_arrays(array.array("I", [1]), b"\x08")
    with pytest.raises(ValueError, match="not 33"):
        PrefixTable.from_arrays(array.array("I", [0]), b"\x21")
    with pytest.raises(ValueError, match="not 129"):
        PrefixTable.from_arrays(np.zeros((1, 2), np.uint64), b"\x81", family=6)
    with pytest.raises(HostBitsError):
        PrefixTable.from_arrays(np.array([[0, 1]], np.uint64), b"\x40", family=6)
    with pytest.raises(HostBitsError):
        PrefixTable.from_arrays(np.array([[1, 0]], np.uint64), b"\x00", family=6)
    with pytest.raises(ValueError, match="1 networks but 2 lengths"):
        PrefixTable.from_arrays(array.array("I", [0]), b"\x08\x08")
    with pytest.raises(ValueError, match="1 networks but 2 values"):
        PrefixTable.from_arrays(array.array("I", [0]), b"\x08", [1, 2])
    with pytest.raises(ValueError, match=r"not \(N, 3\)"):
        PrefixTable.from_arrays(np.zeros((2, 3), np.uint64), b"\0\0", family=6)
    with pytest.raises(ValueError, match="Buffer dtype mismatch"):
        PrefixTable.from_arrays(np.zeros(3, np.uint64), b"\0\0\0")
    with pytest.raises(TypeError):
        PrefixTable.from_arrays([0], b"\x08")
