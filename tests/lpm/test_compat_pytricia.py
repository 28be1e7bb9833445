"""routeng.compat.pytricia beside pytricia itself: the same answers where it is right, errors where it is wrong."""

import gc
import ipaddress
import pickle
import random
import socket
import weakref

import pytest
import pytricia

from routeng.compat.pytricia import PyTricia


@pytest.fixture(params=[pytricia.PyTricia, PyTricia], ids=["pytricia", "routeng"])
def cls(request):
    """Every test of documented behaviour runs on the original as well."""
    return request.param


def test_documented_behaviour(cls):
    trie = cls()
    trie["10.0.0.0/8"] = "a"
    assert trie.insert("10.1.0.0/16", "b") is None
    assert trie.insert("10.1.1.0", 24, "c") is None
    assert trie["10.1.1.5"] == trie["10.1.1.0/25"] == trie.get("10.1.1.0/24") == "c"
    assert trie.get("11.0.0.0") is None
    assert trie.get("11.0.0.0", "x") == "x"
    assert "10.9.9.9" in trie
    assert "11.0.0.0" not in trie
    assert trie.get_key("10.1.2.3") == "10.1.0.0/16"
    assert trie.get_key("11.0.0.0") is None
    assert trie.has_key("10.1.0.0/16")
    assert not trie.has_key("10.1.1.5")
    assert trie.keys() == list(trie) == ["10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24"]
    assert len(trie) == 3
    assert trie.children("10.0.0.0/8") == ["10.1.0.0/16", "10.1.1.0/24"]
    assert trie.children("10.1.1.0/24") == []
    assert trie.parent("10.1.1.0/24") == "10.1.0.0/16"
    assert trie.parent("10.0.0.0/8") is None
    del trie["10.1.0.0/16"]
    trie.delete("10.1.1.0/24")
    assert trie.keys() == ["10.0.0.0/8"]


def test_what_is_missing_is_a_key_error(cls):
    trie = cls()
    trie["10.0.0.0/8"] = 1
    with pytest.raises(KeyError):
        trie["11.0.0.0"]
    with pytest.raises(KeyError):
        trie.delete("10.0.0.0/9")
    with pytest.raises(KeyError):
        del trie["10.0.0.1"]
    with pytest.raises(KeyError):
        trie.children("10.0.0.0/9")
    with pytest.raises(KeyError):
        trie.parent("10.0.0.0/9")


def test_keys_of_other_types(cls):
    trie = cls()
    trie[b"\x0a\x02\x00\x00"] = "bytes"
    trie[0x0A030000] = "int"
    trie[ipaddress.ip_network("10.6.0.0/16")] = "network"
    trie[ipaddress.ip_address("10.7.0.1")] = "address"
    trie[(b"\x0a\x08\x00\x00", 16)] = "pair"
    assert trie.keys() == ["10.2.0.0/32", "10.3.0.0/32", "10.6.0.0/16", "10.7.0.1/32", "10.8.0.0/16"]
    assert trie[ipaddress.ip_address("10.6.1.1")] == "network"
    assert trie[0x0A080001] == trie[b"\x0a\x08\x00\x01"] == "pair"
    for wrong in (1.5, None, "abc", ("10.0.0.0", 8), ""):
        with pytest.raises(ValueError):  # noqa: PT011 - the texts differ
            trie[wrong] = 1


def test_raw_output_and_ipv6(cls):
    trie = cls(32, socket.AF_INET, True)
    trie["10.0.0.0/8"] = "a"
    assert trie.keys() == list(trie) == [(b"\x0a\0\0\0", 8)]
    assert trie.get_key("10.1.1.1") == (b"\x0a\0\0\0", 8)
    six = cls(128, socket.AF_INET6)
    six["fe80::/10"] = "link"
    six.insert("2001:db8::", 32, "doc")
    assert six.keys() == ["2001:db8::/32", "fe80::/10"]
    assert six["2001:db8::1"] == "doc"
    assert six.get_key("fe80::1") == "fe80::/10"


def test_freeze_and_thaw(cls):
    trie = cls()
    trie["10.0.0.0/8"] = "a"
    trie.freeze()
    assert trie["10.0.0.1"] == "a"
    for change in (lambda: trie.insert("1.0.0.0/8", 1), lambda: trie.delete("10.0.0.0/8")):
        with pytest.raises(ValueError):  # noqa: PT011 - the texts differ
            change()
    again = pickle.loads(pickle.dumps(trie))
    assert again.keys() == trie.keys()
    trie.thaw()
    trie["1.0.0.0/8"] = "b"
    assert len(trie) == 2


@pytest.mark.parametrize("bits", [-1, 129])
def test_wrong_sizes(cls, bits):
    with pytest.raises(ValueError, match="maximum bits"):
        cls(bits)


def test_same_answers_over_many_edits():
    rng = random.Random(12)
    theirs, ours = pytricia.PyTricia(), PyTricia()
    for step in range(5_000):
        length = rng.choice((8, 12, 16, 20, 24, 28, 32))
        prefix = (
            f"{ipaddress.IPv4Address(rng.getrandbits(14) << 18 >> (32 - length) << (32 - length))}/{length}"
        )
        if rng.random() < 0.7:
            theirs[prefix] = ours[prefix] = step
        elif theirs.has_key(prefix):
            theirs.delete(prefix)
            ours.delete(prefix)
        else:
            assert not ours.has_key(prefix)
        address = str(ipaddress.IPv4Address(rng.getrandbits(32)))
        assert ours.get(address, "none") == theirs.get(address, "none")
        assert ours.get_key(address) == theirs.get_key(address)
        assert (prefix in ours) == (prefix in theirs)
    assert ours.keys() == theirs.keys()
    for prefix in ours:
        assert ours.children(prefix) == theirs.children(prefix)
        assert ours.parent(prefix) == theirs.parent(prefix)


def test_the_families_are_apart():
    both = PyTricia(128)
    both["32.0.0.0/8"] = "v4"
    assert both.get("2001:db8::1") is None
    both["::/0"] = "v6"
    assert both.get("1.2.3.4") is None
    with pytest.raises(ValueError, match="32 bits"):
        PyTricia()["2001:db8::/32"] = 1


@pytest.mark.parametrize(
    "wrong",
    ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/0x8", "1.2.3.4/8/9", "300.1.1.1", "010.0.0.1"],
)
def test_wrong_text_is_refused(wrong):
    trie = PyTricia()
    with pytest.raises(ValueError, match="1"):
        trie[wrong] = 1
    with pytest.raises(ValueError, match="1"):
        trie.get(wrong)
    assert len(trie) == 0


def test_host_bits_are_cleared_and_cycles_collected():
    trie = PyTricia()
    trie["10.1.2.3/16"] = "a"
    assert trie.keys() == ["10.1.0.0/16"]
    assert trie.get("10.1.9.9/16") == "a"

    class Value:
        pass

    value = Value()
    value.trie = trie
    trie["11.0.0.0/8"] = value
    watch = weakref.ref(value)
    del trie, value
    gc.collect()
    assert watch() is None
