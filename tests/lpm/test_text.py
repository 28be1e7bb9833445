"""The strict parser: what it takes, what it refuses, and the bugs of other libraries that it must not have."""

import ipaddress
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeng.lpm import PrefixTable, format_address, parse_address, parse_prefix, try_prefix

WRONG_ADDRESSES = [
    "",
    " ",
    "1.2.3",
    "1.2.3.",
    "1.2.3.4.",
    "1.2.3.4.5",
    ".1.2.3.4",
    "1..2.3",
    "010.0.0.1",
    "1.2.3.00",
    "0x1.2.3.4",
    "256.1.1.1",
    "300.1.1.1",
    "1.2.3.1000",
    "1.2.3.-4",
    "1.2.3.+4",
    "1.2.3.4 ",
    " 1.2.3.4",
    "1.2.3.4\n",
    "1.2.3.4\0",
    "１.2.3.4",
    "١.2.3.4",
    "1,2,3,4",
    "16909060",
    ":",
    ":::",
    "1:",
    ":1",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "::1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::",
    "1:2:3:4:5:6:7:1.2.3.4",
    "::1.2.3",
    "::1.2.3.4:5",
    "::01.2.3.4",
    "::256.2.3.4",
    "fe80::1%eth0",
    "[::1]",
    "::1 ",
    "::é",
]


@pytest.mark.parametrize("text", WRONG_ADDRESSES)
def test_wrong_addresses(text):
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        parse_address(text)
    assert try_prefix(text + "/8") is None
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        PrefixTable().lookup(text)


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/08",
        "10.0.0.0/0x8",
        "10.0.0.0/ 8",
        "10.0.0.0/8 ",
        "10.0.0.0 /8",
        "10.0.0.0/8/9",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/256",
        "10.0.0.0/1000",
        "10.0.0.0/\u0668",
        "10/8",
        "/",
        "/8",
        "::",
        "::/129",
        "::/0128",
        "::/1a",
        "::/ffff::",
        "1.2.3.4/8/9",
        "::/8/9",
    ],
)
def test_wrong_prefixes(text):
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        parse_prefix(text)
    assert try_prefix(text) is None
    table = PrefixTable()
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        table[text] = 1
    assert len(table) == 0


@given(st.integers(0, 2**32 - 1))
def test_ipv4_round_trip(value):
    text = format_address(value, 4)
    assert text == str(ipaddress.IPv4Address(value))
    assert parse_address(text) == (4, value)


sparse = st.lists(st.integers(0, 7)).map(lambda gaps: sum(0xFFFF << (16 * i) for i in set(gaps)))


@given(st.integers(0, 2**128 - 1), sparse)
def test_ipv6_round_trip(value, mask):
    value &= mask | 0xF
    text = format_address(value, 6)
    address = ipaddress.IPv6Address(value)
    assert ipaddress.IPv6Address(text) == address
    if value >> 32 != 0xFFFF:
        assert text == str(address)
    for form in (text, text.upper(), address.exploded):
        assert parse_address(form) == (6, value)
    mixed = f"{':'.join(address.exploded.split(':')[:6])}:{ipaddress.IPv4Address(value & 0xFFFFFFFF)}"
    assert parse_address(mixed) == (6, value)


@given(st.text(alphabet="0123456789abcfF:./ x%", max_size=30))
def test_accepts_nothing_that_ipaddress_refuses(text):
    try:
        family, value = parse_address(text)
    except ValueError:
        return
    address = ipaddress.ip_address(text)
    assert (address.version, int(address)) == (family, value)


def test_mutated_addresses_agree_with_ipaddress():
    rng = random.Random(20)
    accepted = 0
    for _ in range(20_000):
        size, cls = rng.choice([(32, ipaddress.IPv4Address), (128, ipaddress.IPv6Address)])
        text = list(str(cls(rng.getrandbits(size) & rng.choice([-1, 0xFF, 0xFFFF << 64]))))
        for _ in range(rng.randrange(3)):
            where = rng.randrange(len(text) + 1)
            text[where : where + rng.randrange(2)] = rng.choice(["", ":", ".", "0", "f", "::", "1", "%"])
        joined = "".join(text)
        try:
            expected = ipaddress.ip_address(joined)
            expected = (expected.version, int(expected)) if "%" not in joined else None
        except ValueError:
            expected = None
        try:
            found = parse_address(joined)
        except ValueError:
            found = None
        assert found == expected, joined
        accepted += found is not None
    assert accepted > 5_000


@pytest.mark.parametrize("wrong", [None, 5, b"1.2.3.4", 1.5])
def test_only_text_is_parsed_as_an_address(wrong):
    with pytest.raises(TypeError):
        parse_address(wrong)


@pytest.mark.parametrize(("value", "family"), [(-1, 4), (2**32, 4), (2**128, 6), (-1, 6), (0, 5)])
def test_numbers_out_of_range(value, family):
    with pytest.raises(ValueError, match=r"not an IPv|family is 4 or 6"):
        format_address(value, family)
