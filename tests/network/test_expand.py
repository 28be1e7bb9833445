"""Streams of all rows say what the tables say, in JSON lines and in Parquet, and keep nothing behind."""

import io
import json

import pytest
from hypothesis import HealthCheck, assume, given, settings
from network.randomized import topologies

from routeng import expand, gallery, tables_parquet
from routeng.inputs.errors import InputErrors
from routeng.model.loading import loads
from routeng.network import compute

RANDOM = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def network(doc):
    return compute(loads(json.dumps(doc).encode()))


def expected_rows(net):
    """One dict a place, prefix and next hop, from the tables themselves."""
    return [
        {"place": place, **row, "addressPrefix": [prefix], "complete": True}
        for place in net.places()
        for row in net.routes(place).rows()
        for prefix in row["addressPrefix"]
    ]


def lines(net, places=None):
    return [json.loads(line) for chunk in expand.jsonl(net.tables(places)) for line in chunk.splitlines()]


def parquet_rows(net):
    parquet = pytest.importorskip("pyarrow.parquet")
    file = io.BytesIO()
    count = tables_parquet.write_parquet(net.tables(), file)
    rows = parquet.read_table(io.BytesIO(file.getvalue())).to_pylist()
    assert len(rows) == count
    return rows


def as_parquet(row):
    """A JSON row as the columns of a Parquet file."""
    return {
        **row,
        "addressPrefix": row["addressPrefix"][0],
        "nextHopIpAddress": ",".join(row["nextHopIpAddress"]),
        "complete": "true" if row["complete"] else "false",
    }


def in_order(rows):
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def accepted(doc):
    try:
        return network(doc)
    except InputErrors:
        assume(False)


@RANDOM
@given(topologies())
def test_json_lines_are_the_rows_of_all_tables_in_their_order(doc):
    net = accepted(doc)
    assert lines(net) == expected_rows(accepted(doc))
    assert expand.count_rows(net) == len(expected_rows(net))


@RANDOM
@given(topologies())
def test_parquet_has_the_same_rows(doc):
    net = accepted(doc)
    assert in_order(parquet_rows(net)) == in_order(map(as_parquet, expected_rows(net)))


def mesh(vnets, endpoints=0):
    (doc,) = gallery.build("mesh", vnets=vnets, endpoints=endpoints).values()
    return doc


def test_row_groups_do_not_change_what_is_written(monkeypatch):
    monkeypatch.setattr(tables_parquet, "ROW_GROUP", 100)
    net = network(mesh(30))
    assert in_order(parquet_rows(net)) == in_order(map(as_parquet, expected_rows(net)))


def test_places_asked_for_alone():
    net = network(mesh(5))
    assert lines(net, ["vnet00002/workload"]) == [
        row for row in expected_rows(net) if row["place"] == "vnet00002/workload"
    ]


def test_incomplete_tables_say_so_on_every_line():
    net = network(mesh(3))
    table = net.routes("vnet00001/workload")
    table.missing = ("BGP routes of vpn",)
    rows = [json.loads(line) for chunk in expand.jsonl([table]) for line in chunk.splitlines()]
    assert {row["complete"] for row in rows} == {False}


def test_a_stream_leaves_nothing_behind_but_what_is_shared():
    doc = mesh(40, 80)
    for vnet in doc["virtualNetworks"].values():
        vnet["privateEndpointVNetPolicies"] = "Disabled"
    doc["peerings"] = [{"vnets": ["vnet00001", "vnet00002"]}]
    net = network(doc)
    net.prepare()
    known = len(net.fabric._layers)
    assert sum(len(chunk.splitlines()) for chunk in expand.jsonl(net.tables())) == expand.count_rows(net)
    assert len(net.fabric._stacks) == 0
    assert len(net.fabric._layers) <= known + 2  # the group and the system routes
