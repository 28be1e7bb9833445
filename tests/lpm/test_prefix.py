"""Prefix values: agreement with ipaddress and netaddr, order, hash, pickle, and what is not a prefix."""

import copy
import ipaddress
import pickle
import random

import netaddr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeng.lpm import HostBitsError, Prefix, parse_prefix, try_prefix

networks = st.one_of(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
        lambda t: ipaddress.IPv4Network(t, strict=False)
    ),
    st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(
        lambda t: ipaddress.IPv6Network(t, strict=False)
    ),
)


@given(networks)
def test_agrees_with_ipaddress(network):
    prefix = Prefix(str(network))
    assert prefix == Prefix(network) == parse_prefix(network.exploded) == try_prefix(str(network))
    assert prefix.family == network.version
    assert prefix.network == prefix.first == int(network.network_address)
    assert prefix.last == int(network.broadcast_address)
    assert prefix.length == network.prefixlen
    assert prefix.bits == network.max_prefixlen
    assert prefix.num_addresses == network.num_addresses
    assert prefix.packed == network.network_address.packed
    assert ipaddress.ip_network(str(prefix)) == network


@given(networks)
def test_every_input_form_is_the_same_prefix(network):
    prefix = Prefix(network)
    number = int(network.network_address)
    forms = [
        netaddr.IPNetwork(str(network)),
        ipaddress.ip_interface(str(network)),
        (number, network.prefixlen, network.version),
        (network.network_address.packed, network.prefixlen),
        prefix,
    ]
    for form in forms:
        assert Prefix(form) == prefix, form
    assert Prefix.from_int(number, network.prefixlen, network.version) == prefix


@given(networks)
def test_text_is_canonical_as_netaddr_and_python_3_13_write_it(network):
    text = str(Prefix(network))
    mapped = network.version == 6 and int(network.network_address) >> 32 == 0xFFFF
    if mapped:
        assert text.startswith("::ffff:")
        assert "." in text
    else:
        assert text == str(network)


def test_mapped_prefixes_stay_ipv6():
    prefix = Prefix("::ffff:10.0.0.0/104")
    assert (prefix.family, str(prefix)) == (6, "::ffff:10.0.0.0/104")
    assert prefix == Prefix("::ffff:a00:0/104")
    assert not prefix.covers(Prefix("10.0.0.0/8"))


@given(networks, networks)
def test_order_is_family_network_length(a, b):
    p, q = Prefix(a), Prefix(b)
    key_p, key_q = (p.family, p.network, p.length), (q.family, q.network, q.length)
    assert (p < q, p <= q, p > q, p >= q, p == q, p != q) == (
        key_p < key_q,
        key_p <= key_q,
        key_p > key_q,
        key_p >= key_q,
        key_p == key_q,
        key_p != key_q,
    )
    if p == q:
        assert hash(p) == hash(q)


@given(networks, networks)
def test_covers_and_overlaps(a, b):
    p, q = Prefix(a), Prefix(b)
    same_family = a.version == b.version
    assert p.covers(q) == (same_family and b.subnet_of(a))
    assert p.overlaps(q) == (same_family and a.overlaps(b))
    assert (q in p) == p.covers(q)


@given(networks, st.data())
def test_supernet_and_addresses(network, data):
    prefix = Prefix(network)
    length = data.draw(st.integers(0, prefix.length))
    assert prefix.supernet(length) == Prefix(network.supernet(new_prefix=length))
    n = data.draw(st.integers(0, prefix.num_addresses - 1))
    assert ipaddress.ip_address(prefix.address_text(n)) == network[n]
    assert prefix.address_text(-1) == prefix.address_text(prefix.num_addresses - 1)
    assert prefix.contains_address(prefix.first + n)
    outside = prefix.last + 1
    if outside < 2**prefix.bits:
        assert not prefix.contains_address(outside)


def test_subnets_and_limits():
    assert [str(p) for p in Prefix("10.0.0.0/30").subnets(32)] == [f"10.0.0.{i}/32" for i in range(4)]
    assert len(list(Prefix("::/0").subnets(3))) == 8
    with pytest.raises(ValueError, match="no subnets of length 8"):
        list(Prefix("10.0.0.0/16").subnets(8))
    with pytest.raises(ValueError, match="no supernet of length 17"):
        Prefix("10.0.0.0/16").supernet(17)
    with pytest.raises(IndexError, match="no address number 256"):
        Prefix("10.0.0.0/24").address_text(256)


def test_host_bits_carry_the_masked_prefix():
    with pytest.raises(HostBitsError, match=r"10\.1\.2\.3/16") as caught:
        Prefix("10.1.2.3/16")
    assert caught.value.masked == Prefix("10.1.0.0/16") == Prefix("10.1.2.3/16", strict=False)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.masked) == (str(caught.value), caught.value.masked)
    for wrong in [netaddr.IPNetwork("10.1.2.3/16"), ipaddress.ip_interface("2001:db8::1/64"), (1, 31, 4)]:
        with pytest.raises(HostBitsError):
            Prefix(wrong)


@pytest.mark.parametrize(
    "wrong",
    [None, 1, 1.5, b"10.0.0.0/8", ["10.0.0.0", 8], object(), (1.5, 8, 4), (True, 8, 4), (10, True, 4)],
)
def test_wrong_types(wrong):
    with pytest.raises(TypeError):
        Prefix(wrong)
    assert try_prefix(wrong) is None


@pytest.mark.parametrize(
    "wrong",
    [
        (2**32, 32, 4),
        (-1, 32, 4),
        (2**128, 128, 6),
        (-1, 0, 6),
        (0, 33, 4),
        (0, -1, 4),
        (0, 129, 6),
        (0, 8, 5),
        (b"123", 8),
        (b"1234", 8, 6),
        (0,),
        (0, 0, 4, 4),
    ],
)
def test_wrong_tuples(wrong):
    with pytest.raises(ValueError, match=r"not|is"):
        Prefix(wrong)


def test_immutable_copied_and_pickled():
    rng = random.Random(5)
    for family, size in ((4, 32), (6, 128)):
        for _ in range(50):
            length = rng.randrange(size + 1)
            prefix = Prefix.from_int(rng.getrandbits(length) << (size - length), length, family)
            assert pickle.loads(pickle.dumps(prefix)) == prefix
            assert copy.deepcopy(prefix) is copy.copy(prefix) is prefix
            assert eval(repr(prefix)) == prefix
            with pytest.raises(TypeError, match="immutable"):
                prefix.__init__("10.0.0.0/8")
            with pytest.raises(AttributeError):
                prefix.length = 3


def test_an_uninitialised_prefix_is_refused():
    empty = Prefix.__new__(Prefix)
    with pytest.raises(ValueError, match="uninitialised"):
        Prefix(empty)
