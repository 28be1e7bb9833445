"""PrefixTable against the naive table: long random runs with every old snapshot re-checked, and edge sets."""

import copy
import ipaddress
import pickle
import random

import netaddr
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from routeng.lpm import HostBitsError, Prefix, PrefixTable


def assert_answers(table, oracle, query):
    """Every question about one prefix."""
    assert table.covering(query) == oracle.covering(query)
    assert table.covered(query) == oracle.covered(query)
    assert table.children(query) == oracle.children(query)
    assert table.parent(query) == oracle.parent(query)
    assert table.lookup_prefix(query) == oracle.longest(query)
    assert table.get(query, "absent") == oracle.entries.get(query, "absent")
    assert (query in table) == (query in oracle.entries)
    assert list(table.items(within=query)) == oracle.covered(query)
    assert table.overlaps(query) == bool(oracle.covering(query) or oracle.covered(query))
    host = Prefix.from_int(query.last, query.bits, query.family)
    found = oracle.longest(host)
    assert table.lookup_prefix(query.last, family=query.family) == found
    assert table.lookup(host.packed, "absent") == (found[1] if found else "absent")


def assert_same(table, oracle):
    """The whole content, in every order of asking."""
    assert len(table) == len(oracle.entries)
    assert list(table.items()) == oracle.items()
    assert list(table) == list(table.keys()) == [p for p, _ in oracle.items()]
    assert list(table.values()) == [v for _, v in oracle.items()]
    for family in (4, 6):
        assert [p for p, _ in oracle.items() if p.family == family] == list(table.keys(family=family))
        assert table.count(family) == sum(p.family == family for p in oracle.entries)


@pytest.mark.parametrize("seed", range(24))
def test_random_edits_with_old_snapshots(seed, naive, draw):
    rng = random.Random(seed)
    dense = bool(seed % 2)
    table, oracle = PrefixTable(), naive()
    snapshots = []
    for step in range(250):
        prefix = draw(rng, rng.choice((4, 6)), dense)
        if oracle.entries and rng.random() < 0.3:
            prefix = rng.choice(list(oracle.entries))
        action = rng.random()
        if action < 0.5:
            value = rng.choice([None, step, -step, "text"])
            table[prefix] = value
            oracle.entries[prefix] = value
        elif action < 0.75:
            assert table.delete(prefix) == (prefix in oracle.entries)
            oracle.entries.pop(prefix, None)
        elif action < 0.83:
            snapshots.append((table.snapshot(), oracle.copy()))
        elif action < 0.86 and snapshots:
            snapshots.pop(rng.randrange(len(snapshots)))
        elif action < 0.90 and snapshots:
            table, oracle = rng.choice(snapshots)  # go on from an old state, sharing it
            table, oracle = table.snapshot(), oracle.copy()
        assert_answers(table, oracle, draw(rng, rng.choice((4, 6)), dense))
        if step % 25 == 0:
            for old, old_oracle in snapshots:
                assert_same(old, old_oracle)
    assert_same(table, oracle)
    for old, old_oracle in snapshots:
        assert_same(old, old_oracle)
        assert_two_tables(old, old_oracle, table, oracle)
        rebuilt = list(old_oracle.entries.items())
        rng.shuffle(rebuilt)
        assert PrefixTable(rebuilt) == old
        assert PrefixTable(rebuilt).memory().nodes == old.memory().nodes  # the shape is the content's alone


def assert_two_tables(left, left_oracle, right, right_oracle):
    assert (left == right) == (left_oracle.entries == right_oracle.entries)
    assert tuple(left.difference(right)) == left_oracle.difference(right_oracle)
    assert left.overlaps(right) == left_oracle.overlaps(right_oracle)
    union = left | right
    assert dict(union.items()) == {**left_oracle.entries, **right_oracle.entries}
    foreign = PrefixTable(right.items())  # the same content without a common origin
    assert foreign == right
    assert tuple(left.difference(foreign)) == left_oracle.difference(right_oracle)
    assert (left | foreign) == union


def test_adversarial_sets(adversarial, naive):
    oracle = naive((prefix, i) for i, prefix in enumerate(adversarial))
    in_order = PrefixTable(oracle.items())
    one_by_one = PrefixTable()
    order = list(oracle.entries.items())
    random.Random(1).shuffle(order)
    for prefix, value in order:
        one_by_one[prefix] = value
    assert_same(in_order, oracle)
    assert in_order == one_by_one
    for query in list(oracle.entries)[:: max(1, len(oracle.entries) // 40)]:
        assert_answers(one_by_one, oracle, query)
    kept = one_by_one.snapshot()
    for prefix, _ in order:
        del one_by_one[prefix]
    assert not one_by_one
    assert one_by_one == PrefixTable()
    assert one_by_one.memory().nodes == 0
    assert_same(kept, oracle)


prefixes = st.tuples(
    st.sampled_from((4, 6)), st.integers(0, 2**9 - 1), st.integers(0, 9), st.sampled_from((0, 23, 119))
).map(lambda t: small_prefix(*t))


def small_prefix(family, number, length, above):
    """A prefix in one of a few small corners, so that hypothesis finds collisions."""
    size = 32 if family == 4 else 128
    above = min(above, size - 9)
    value = number >> (9 - length) << (size - above - length) if length else 0
    return Prefix.from_int(value, above + length if length or above else 0, family)


class Machine(RuleBasedStateMachine):
    """Edits of a table and of any of its snapshots, in an order that hypothesis chooses and shrinks."""

    naive = None

    def __init__(self):
        super().__init__()
        self.tables = [(PrefixTable(), self.naive())]

    @rule(which=st.integers(0, 9), prefix=prefixes, value=st.integers(0, 3))
    def put(self, which, prefix, value):
        table, oracle = self.tables[which % len(self.tables)]
        table[prefix] = value
        oracle.entries[prefix] = value

    @rule(which=st.integers(0, 9), prefix=prefixes)
    def take(self, which, prefix):
        table, oracle = self.tables[which % len(self.tables)]
        assert table.delete(prefix) == (oracle.entries.pop(prefix, None) is not None)

    @rule(which=st.integers(0, 9))
    def snapshot(self, which):
        table, oracle = self.tables[which % len(self.tables)]
        self.tables = [*self.tables, (table.snapshot(), oracle.copy())][-6:]

    @rule(left=st.integers(0, 9), right=st.integers(0, 9))
    def merge(self, left, right):
        table, oracle = self.tables[left % len(self.tables)]
        other, other_oracle = self.tables[right % len(self.tables)]
        table |= other
        oracle.entries.update(other_oracle.entries)

    @rule(which=st.integers(0, 9))
    def clear(self, which):
        table, oracle = self.tables[which % len(self.tables)]
        table.clear()
        oracle.entries.clear()

    @rule(which=st.integers(0, 9), prefix=prefixes)
    def ask(self, which, prefix):
        assert_answers(*self.tables[which % len(self.tables)], prefix)

    @rule(left=st.integers(0, 9), right=st.integers(0, 9))
    def compare(self, left, right):
        assert_two_tables(*self.tables[left % len(self.tables)], *self.tables[right % len(self.tables)])

    @invariant()
    def all_tables_hold(self):
        for table, oracle in self.tables:
            assert list(table.items()) == oracle.items()


def test_state_machine(naive):
    machine = type("BoundMachine", (Machine,), {"naive": naive})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=60, stateful_step_count=40, deadline=None)
    )


def test_families_never_answer_for_each_other():
    table = PrefixTable({"32.0.0.0/8": "v4", "::/0": "v6"})
    assert table.lookup("2001:db8::1") == "v6"  # 0x20 = 32: the same first bits
    assert table.lookup("1.2.3.4") is None
    assert table.lookup("::ffff:32.1.2.3") == "v6"
    assert table.lookup("32.1.2.3") == "v4"


def test_forms_of_keys_and_addresses():
    table = PrefixTable()
    table[ipaddress.ip_network("10.0.0.0/8")] = "ipaddress"
    table[netaddr.IPNetwork("10.1.0.0/16")] = "netaddr"
    table[0x0A020000, 16] = "int"
    table[b"\x0a\x03\x00\x00", 16] = "bytes"
    table[Prefix("10.4.0.0/16")] = "prefix"
    table.insert((0x20010DB8 << 96, 32), "int, family", family=6)
    assert table[b"\x0a\x03\x00\x00", 16] == "bytes"
    assert table["2001:db8::/32"] == "int, family"
    expected = {"10.9.9.9": "ipaddress", "10.1.2.3": "netaddr", "10.2.2.3": "int", "10.3.0.0": "bytes"}
    expected |= {"10.4.255.255": "prefix", "2001:db8::1": "int, family", "11.0.0.0": None}
    for text, value in expected.items():
        address = ipaddress.ip_address(text)
        assert table.lookup(text) == value
        assert table.lookup(address) == value
        assert table.lookup(address.packed) == table.lookup(bytearray(address.packed)) == value
        assert table.lookup(memoryview(address.packed)) == value
        assert table.lookup(int(address), family=address.version) == value
        assert table.lookup(netaddr.IPAddress(text)) == value
        assert table.lookup(Prefix.from_int(int(address), address.max_prefixlen, address.version)) == value


def test_host_bits():
    table = PrefixTable()
    with pytest.raises(HostBitsError):
        table["10.1.2.3/16"] = 1
    table.insert("10.1.2.3/16", 1, strict=False)
    assert list(table) == [Prefix("10.1.0.0/16")]
    assert table.get("10.1.9.9/16", strict=False) == 1
    assert table.delete("10.1.9.9/16", strict=False)
    assert not table


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("1.2.3", ValueError),
        ("1.2.3.4/33", ValueError),
        ("1.2.3.4/8", HostBitsError),
        (-1, ValueError),
        (2**32, ValueError),
        (2**200, ValueError),
        (True, TypeError),
        (1.0, TypeError),
        (None, TypeError),
        (b"123", ValueError),
        (ipaddress.ip_address("fe80::1%eth0"), ValueError),
        ([], TypeError),
    ],
)
def test_wrong_addresses(address, error):
    table = PrefixTable({"0.0.0.0/0": 1, "::/0": 2})
    with pytest.raises(error):
        table.lookup(address)
    with pytest.raises(error):
        table.covering(address)


@pytest.mark.parametrize("family", [0, 5, -4, 46])
def test_wrong_family(family):
    with pytest.raises(ValueError, match="family is 4 or 6"):
        PrefixTable().lookup(1, family=family)


def test_dict_manners():
    table = PrefixTable({"10.0.0.0/8": 1})
    with pytest.raises(KeyError, match=r"10\.0\.0\.0/9"):
        table["10.0.0.0/9"]
    with pytest.raises(KeyError):
        del table["10.0.0.0/9"]
    with pytest.raises(KeyError):
        table.pop("10.0.0.0/9")
    with pytest.raises(TypeError):
        hash(table)
    assert table.pop("10.0.0.0/9", "none") == "none"
    assert table.setdefault("10.0.0.0/9", 2) == table.setdefault("10.0.0.0/9", 3) == 2
    assert table.pop("10.0.0.0/9") == 2
    assert table.get("10.0.0.0/9") is None
    table.insert("0.0.0.0/0")
    assert table["0.0.0.0/0"] is None
    assert "0.0.0.0/0" in table
    assert repr(table) == "PrefixTable(2 IPv4, 0 IPv6 prefixes)"
    assert table != {"10.0.0.0/8": 1}
    assert PrefixTable.fromkeys(["10.0.0.0/8"], 1) == PrefixTable([("10.0.0.0/8", 1)])
    table.clear()
    assert table == PrefixTable()


def test_loading_refuses_what_is_no_pair():
    with pytest.raises(TypeError, match="fromkeys"):
        PrefixTable(["10.0.0.0/8"])
    with pytest.raises(TypeError):
        PrefixTable(5)
    with pytest.raises(ValueError, match=r"10\.0\.0\.1/8"):
        PrefixTable({"10.0.0.0/8": 1, "10.0.0.1/8": 2})
    table = PrefixTable({"10.0.0.0/8": 1})
    with pytest.raises(ValueError, match="bad"):
        table.update([("10.0.0.0/16", 2), ("bad", 3)])
    assert list(table.items()) == [(Prefix("10.0.0.0/8"), 1)]  # all or nothing


def test_later_duplicates_win():
    pairs = [("10.0.0.0/8", 1), ("0.0.0.0/0", 2), ("10.0.0.0/8", 3), ("0.0.0.0/0", 4), ("10.0.0.0/8", 5)]
    assert PrefixTable(pairs) == PrefixTable({"0.0.0.0/0": 4, "10.0.0.0/8": 5})
    table = PrefixTable({"9.0.0.0/8": 0})
    table.update(pairs)
    assert table["10.0.0.0/8"] == 5


def test_iteration_notices_changes():
    table = PrefixTable({"10.0.0.0/8": 1, "11.0.0.0/8": 2})
    for change in (
        lambda: table.insert("12.0.0.0/8", 3),
        lambda: table.delete("10.0.0.0/8"),
        lambda: table.update({"10.0.0.0/8": 7}),
        lambda: table.clear(),
    ):
        table.update({"10.0.0.0/8": 1, "11.0.0.0/8": 2})
        walk = iter(table)
        next(walk)
        change()
        with pytest.raises(RuntimeError, match="changed during iteration"):
            next(walk)
        with pytest.raises(StopIteration):
            next(walk)
    table.update({"10.0.0.0/8": 1, "11.0.0.0/8": 2})
    for prefix in table.snapshot():  # the way to walk and change in one pass
        table[prefix.supernet(7)] = 0
    assert len(table) == 3


def test_iterator_outlives_its_table():
    walk = iter(PrefixTable({"10.0.0.0/8": 1, "::/0": 2}))
    assert list(walk) == [Prefix("10.0.0.0/8"), Prefix("::/0")]


def test_within_must_be_of_the_family():
    table = PrefixTable({"10.0.0.0/8": 1})
    with pytest.raises(ValueError, match="not of family 6"):
        table.keys(family=6, within="10.0.0.0/8")


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(protocol, naive, draw):
    rng = random.Random(protocol)
    for values in ([1, -1, 2**62], [2**63, 1], ["a", None, 1.5], [None]):
        oracle = naive((draw(rng, rng.choice((4, 6)), False), rng.choice(values)) for _ in range(60))
        table = PrefixTable(oracle.entries)
        again = pickle.loads(pickle.dumps(table, protocol))
        assert_same(again, oracle)
        assert copy.deepcopy(table) == copy.copy(table) == table
    assert pickle.loads(pickle.dumps(PrefixTable(), protocol)) == PrefixTable()


def test_damaged_pickles_are_refused():
    rebuild, state = PrefixTable({"10.0.0.0/8": 1, "2001:db8::/32": 2, "0.0.0.0/0": 3}).__reduce__()
    networks4, lengths4, networks6, lengths6, values = state
    assert len(rebuild(*state)) == 3
    for wrong in (
        (networks4[:-1], lengths4, networks6, lengths6, values),
        (networks4, lengths4[:-1], networks6, lengths6, values),
        (networks4, lengths4 + b"\0", networks6, lengths6, values),
        (networks4, b"\xff\xff", networks6, lengths6, values),
        (networks4, bytes([0, 1]), networks6, lengths6, values),
        (networks4, lengths4, networks6, b"\x81", values),
        (networks4, lengths4, b"\xff" * 16, lengths6, values),
        (networks4, lengths4, networks6, lengths6, values[:-1]),
        (networks4, lengths4, networks6, lengths6, values[:-8]),
        (networks4, lengths4, networks6, lengths6, [1, 2]),
        (networks4, lengths4, networks6, lengths6, None),
    ):
        with pytest.raises(ValueError, match=r"damaged|host bits|prefix length"):
            rebuild(*wrong)


def test_equality_compares_values_as_dicts_do():
    nan = float("nan")
    assert PrefixTable({"::/0": nan}) == PrefixTable({"::/0": nan})
    assert PrefixTable({"::/0": 1}) == PrefixTable({"::/0": 1.0})
    assert PrefixTable({"::/0": [1]}) != PrefixTable({"::/0": [2]})
    assert PrefixTable({"::/0": None}) != PrefixTable({"::/0": 0})


def test_values_that_change_the_table_while_compared():
    class Meddler:
        def __init__(self, table):
            self.table = table

        def __eq__(self, other):
            self.table.clear()
            self.table.update((f"10.{i}.0.0/16", i) for i in range(50))
            return True

        __hash__ = None

    left, right = PrefixTable(), PrefixTable()
    for i in range(200):
        left[f"10.0.{i}.0/24"] = Meddler(left)
        right[f"10.0.{i}.0/24"] = Meddler(right)
    assert left == right
    assert len(left) == 50


def test_memory_counts_only_what_is_not_shared():
    table = PrefixTable((Prefix.from_int(i << 8, 24, 4), i) for i in range(5000))
    assert table.memory().own_bytes == table.memory().node_bytes
    copy_ = table.snapshot()
    assert copy_.memory().own_bytes == 0
    copy_["0.0.5.0/24"] = "changed"
    assert 0 < copy_.memory().own_bytes < copy_.memory().node_bytes / 20
