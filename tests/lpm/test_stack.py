"""LayerStack: longest match over shared tables with masks, against a scan of all layers."""

import random

import pytest

from routeng.lpm import LayerStack, Prefix, PrefixTable


def naive_covering(layers, host):
    found = []
    for index, (table, mask) in enumerate(layers):
        for prefix, value in table.items():
            if prefix.covers(host) and (mask is None or prefix not in mask):
                found.append((index, prefix, value))
    return sorted(found, key=lambda entry: (entry[1].length, entry[0]))


def naive_lookup(layers, host):
    best = None
    for entry in naive_covering(layers, host):
        if best is None or entry[1].length > best[1].length:
            best = entry
    return best


@pytest.mark.parametrize("seed", range(30))
def test_agrees_with_a_scan(seed, draw):
    rng = random.Random(seed)
    shared = PrefixTable((draw(rng, 4, True), "shared") for _ in range(40))
    layers = []
    for number in range(rng.randrange(1, 7)):
        table = rng.choice(
            [shared, PrefixTable((draw(rng, rng.choice((4, 6)), True), number) for _ in range(30))]
        )
        stored = list(table)
        mask = (
            PrefixTable.fromkeys(rng.sample(stored, rng.randrange(len(stored))))
            if rng.random() < 0.7
            else None
        )
        if mask is not None:
            mask[draw(rng, 4, True)] = None  # masks may name what the layer lacks
        layers.append((table, mask))
    stack = LayerStack(layers)
    assert len(stack) == len(layers)
    for _ in range(60):
        prefix = draw(rng, rng.choice((4, 6)), True)
        host = Prefix.from_int(prefix.last, prefix.bits, prefix.family)
        best = naive_lookup(layers, host)
        for form in (host, str(host).partition("/")[0], host.packed):
            assert stack.lookup(form) == best
            assert stack.lookup_value(form, "none") == (best[2] if best else "none")
        assert stack.lookup(host.first, family=host.family) == best
        assert stack.covering(host) == naive_covering(layers, host)
        assert stack.covering(prefix) == naive_covering(layers, prefix)
        assert stack.lookup(prefix) == naive_lookup(layers, prefix)


def test_the_earlier_layer_wins_at_equal_length():
    user = PrefixTable({"10.0.0.0/8": "user"})
    system = PrefixTable({"10.0.0.0/8": "system", "10.1.0.0/16": "longer"})
    assert LayerStack([user, system]).lookup("10.2.0.1") == (0, Prefix("10.0.0.0/8"), "user")
    assert LayerStack([system, user]).lookup("10.2.0.1") == (0, Prefix("10.0.0.0/8"), "system")
    assert LayerStack([user, system]).lookup_value("10.1.0.1") == "longer"


def test_a_masked_prefix_gives_way_to_a_shorter_one_of_its_layer():
    layer = PrefixTable({"0.0.0.0/0": 0, "10.0.0.0/8": 8, "10.1.0.0/16": 16})
    other = PrefixTable({"10.0.0.0/12": 12})
    mask = PrefixTable.fromkeys(["10.1.0.0/16"])
    assert LayerStack([(layer, mask)]).lookup_value("10.1.2.3") == 8
    assert LayerStack([(layer, mask), other]).lookup_value("10.1.2.3") == 12
    mask["10.0.0.0/8"] = mask["0.0.0.0/0"] = None
    assert LayerStack([(layer, mask)]).lookup("10.1.2.3") is None
    assert LayerStack([]).lookup("10.1.2.3") is None


def test_later_changes_of_a_table_are_seen():
    layer, mask = PrefixTable(), PrefixTable()
    stack = LayerStack([(layer, mask)])
    layer["10.0.0.0/8"] = 1
    assert stack.lookup_value("10.0.0.1") == 1
    mask["10.0.0.0/8"] = None
    assert stack.lookup_value("10.0.0.1") is None


@pytest.mark.parametrize("wrong", [[1], [(PrefixTable(), 1)], [({}, None)], [(PrefixTable(), None, None)], 5])
def test_wrong_layers(wrong):
    with pytest.raises((TypeError, ValueError)):
        LayerStack(wrong)
