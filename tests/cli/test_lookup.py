"""``routeng lookup``: tables and address streams of every form, wrong ones, and memory that stays flat."""

import io
import json
import tracemalloc

import pytest

from routeng.cli.lookup import command
from routeng.inputs.errors import InputErrors
from routeng.lookup import CHUNK, addresses, answers, counts, read_table

TABLE = b"""# the plan
0.0.0.0/0 internet
10.0.0.0/8 corp   # a comment
10.1.0.0/16
2001:db8::/32, lab
192.0.2.1
"""


@pytest.fixture
def lookup(tmp_path, capfdbinary, monkeypatch):
    """Run the command itself; it need not be listed yet to be tested."""

    def call(*arguments, stdin=b""):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfdbinary.readouterr()
        status = command.main([str(a) for a in arguments], prog_name="routeng lookup", standalone_mode=False)
        out, err = capfdbinary.readouterr()
        return status, out.decode(), err.decode()

    return call


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.txt"
    path.write_bytes(TABLE)
    return path


def rows(text):
    return [line.split("\t") for line in text.splitlines()]


def test_a_prefix_list_and_addresses_as_arguments(lookup, plan):
    status, out, err = lookup(plan, "10.1.2.3", "10.2.0.1", "8.8.8.8", "2001:db8::1", "::1", "192.0.2.1")
    assert (status, err) == (0, "")
    assert rows(out) == [
        ["address", "prefix", "label"],
        ["10.1.2.3", "10.1.0.0/16", ""],
        ["10.2.0.1", "10.0.0.0/8", "corp"],
        ["8.8.8.8", "0.0.0.0/0", "internet"],
        ["2001:db8::1", "2001:db8::/32", "lab"],
        ["::1", "", ""],
        ["192.0.2.1", "192.0.2.1/32", ""],
    ]


def test_standard_input_and_jsonl(lookup, plan):
    status, out, _ = lookup(plan, "-o", "jsonl", stdin=b"10.1.2.3\n\n# no address\n::1  \r\n9.9.9.9")
    assert status == 0
    assert [json.loads(line) for line in out.splitlines()] == [
        {"address": "10.1.2.3", "prefix": "10.1.0.0/16", "label": None},
        {"address": "::1", "prefix": None, "label": None},
        {"address": "9.9.9.9", "prefix": "0.0.0.0/0", "label": "internet"},
    ]


def test_count_and_unmatched(lookup, plan):
    stream = b"10.1.0.1\n10.1.0.2\n::1\n10.1.0.3\n::2\n8.8.8.8\n"
    _, out, _ = lookup(plan, "--count", stdin=stream)
    assert rows(out) == [
        ["count", "prefix", "label"],
        ["3", "10.1.0.0/16", ""],
        ["2", "", ""],
        ["1", "0.0.0.0/0", "internet"],
    ]
    _, out, _ = lookup(plan, "--unmatched", stdin=stream)
    assert [row[0] for row in rows(out)] == ["address", "::1", "::2"]


def test_a_csv_table_and_a_csv_stream(lookup, tmp_path):
    table = tmp_path / "routes.csv"
    table.write_text('\ufeffname,cidr,"next hop"\nspoke,10.1.0.0/16,"10.0.0.4, nva"\nhub,10.0.0.0/16,local\n')
    stream = tmp_path / "flows.csv"
    stream.write_text('time;destination\n1;10.1.0.9\n2;10.0.0.9\n\n3;"11.0.0.1"\n')
    _, out, _ = lookup(table, stream, "--column", "Destination")
    assert rows(out) == [
        ["address", "prefix", "name", "next hop"],
        ["10.1.0.9", "10.1.0.0/16", "spoke", "10.0.0.4, nva"],
        ["10.0.0.9", "10.0.0.0/16", "hub", "local"],
        ["11.0.0.1", "", "", ""],
    ]
    _, out, _ = lookup(table, "--column", "2", stdin=b"a\t10.1.0.1\nb\t10.0.0.1\n")
    assert [row[1] for row in rows(out)] == ["prefix", "10.1.0.0/16", "10.0.0.0/16"]


EFFECTIVE = {
    "value": [
        {
            "addressPrefix": ["10.0.0.0/16", "10.1.0.0/16"],
            "nextHopIpAddress": [],
            "nextHopType": "VnetLocal",
            "source": "Default",
            "state": "Active",
        },
        {"addressPrefix": ["0.0.0.0/0"], "nextHopType": "Internet", "source": "Default", "state": "Invalid"},
        {
            "addressPrefix": ["0.0.0.0/0"],
            "nextHopIpAddress": ["10.0.0.4"],
            "nextHopType": "VirtualAppliance",
            "source": "User",
            "state": "Active",
        },
    ]
}


@pytest.mark.parametrize(
    "document",
    [EFFECTIVE, EFFECTIVE["value"], {"routes": EFFECTIVE["value"]}, [{"routes": EFFECTIVE["value"]}]],
)
def test_effective_routes_as_json(lookup, tmp_path, document):
    path = tmp_path / "routes.json"
    path.write_text(json.dumps(document))
    status, out, err = lookup(path, "10.1.0.1", "8.8.8.8", "-o", "jsonl")
    first, second = map(json.loads, out.splitlines())
    assert status == 0
    assert (first["prefix"], first["nextHopType"]) == ("10.1.0.0/16", "VnetLocal")
    assert (second["nextHopIpAddress"], second["source"]) == ("10.0.0.4", "User")
    assert "1 rows" in err
    assert "not active" in err


def test_a_place_of_a_topology(lookup, tmp_path):
    topology = tmp_path / "topology.json"
    topology.write_text(
        json.dumps(
            {
                "routeng": 1,
                "virtualNetworks": {
                    "hub": {
                        "addressSpace": ["10.0.0.0/16"],
                        "subnets": {"vm": {"addressPrefix": "10.0.1.0/24"}},
                    }
                },
            }
        )
    )
    _, out, _ = lookup(topology, "10.0.0.9", "8.8.8.8", "--at", "hub/vm", "-o", "jsonl")
    first, second = map(json.loads, out.splitlines())
    assert (first["prefix"], second["prefix"]) == ("10.0.0.0/16", "0.0.0.0/0")


def flow_log(tuples):
    groups = [{"rule": "allow", "flowTuples": tuples}]
    flows = [{"aclID": "x", "flowGroups": groups}]
    return json.dumps(
        {"records": [{"time": "2026-01-01T00:00:00Z", "flowRecords": {"flows": flows}}]}
    ).encode()


def test_flow_logs(lookup, plan, tmp_path):
    log = tmp_path / "PT1H.json"
    log.write_bytes(
        flow_log(
            [
                "1663146003599,10.1.0.6,192.0.2.1,23956,443,6,O,B,NX,0,0,0,0",
                "1663146003606,10.1.0.6,2001:db8::7,23956,443,6,O,E,NX,3,767,2,1580",
            ]
        )
    )
    _, out, _ = lookup(plan, log)
    assert [row[:2] for row in rows(out)[1:]] == [
        ["192.0.2.1", "192.0.2.1/32"],
        ["2001:db8::7", "2001:db8::/32"],
    ]
    _, out, _ = lookup(plan, log, "--field", "src", "--count")
    assert rows(out)[1][:2] == ["2", "10.1.0.0/16"]
    nsg = tmp_path / "nsg.json"
    nsg.write_bytes(flow_log(["1493763938,185.170.185.105,10.1.0.4,35370,23,T,I,A,B,,,,"]))
    _, out, _ = lookup(plan, nsg)
    assert rows(out)[1][:2] == ["10.1.0.4", "10.1.0.0/16"]


def test_flow_tuples_across_chunks_are_found_once():
    tuples = [
        f"1663146003599,10.0.{i % 256}.{i // 256 % 256},10.1.{i % 256}.9,1,2,6,O,B,NX,0,0,0,0"
        for i in range(60_000)
    ]
    data = flow_log(tuples)
    assert len(data) > 3 * CHUNK
    found = [text for batch in addresses(io.BytesIO(data), "log") for _, text in batch]
    assert found == [text.split(",")[2] for text in tuples]


class Endless(io.RawIOBase):
    """A long stream that is never in memory."""

    def __init__(self, line, times):
        self.block = line * (CHUNK // len(line))
        self.left = times

    def read(self, size=-1):
        self.left -= 1
        return self.block if self.left >= 0 else b""


@pytest.mark.parametrize("line", [b"10.1.2.3\n", b'"1663146003599,10.0.0.1,10.1.2.3,1,2,6,O,B,NX,0,0,0,0",'])
def test_memory_stays_flat(line):
    table = read_table(TABLE, "plan")

    def peak(times):
        stream = Endless(line, times)
        if line.startswith(b'"'):
            stream.block = b"{" + stream.block[1:]
        tracemalloc.start()
        try:
            number = sum(n for _, n in counts(answers(table, addresses(stream, "stream"), "stream")))
            return number, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    (few, small), (many, large) = peak(4), peak(12)
    assert many > 2.9 * few
    assert large < 1.3 * small


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"10.0.0.0/33\n", "plan:1: not a prefix length"),
        (b"10.0.0.0/8\n10.1.2.3/16 x\n", "plan:2: host bits are set.*did you mean"),
        (b"", "no prefix in it"),
        (b"\xff\xfe", "not UTF-8"),
        (b"{", "not JSON"),
        (b'{"value": [{"nextHopType": "None"}]}', "plan#/value/0: a route has an addressPrefix"),
        (b'[{"addressPrefix": ["10.0.0.0/64"]}]', "plan#/0/addressPrefix: not a prefix length"),
        (b"name,comment\nx,y\n", "plan:2: no column holds a prefix"),
        (b"cidr,name\n10.0.0.0/8,a\nten,b\n", "plan:3: "),
    ],
)
def test_wrong_tables_are_named_by_line(content, message):
    with pytest.raises(InputErrors, match=message):
        read_table(content, "plan")


def test_wrong_addresses(lookup, plan):
    stream = b"10.0.0.1\nten\n10.0.0.0/8\n10.0.0.2\n"
    with pytest.raises(InputErrors, match=r"<stdin>:2: .*ten"):
        lookup(plan, stdin=stream)
    status, out, err = lookup(plan, "--skip-invalid", stdin=stream)
    assert status == 0
    assert [row[0] for row in rows(out)[1:]] == ["10.0.0.1", "10.0.0.2"]
    assert "2 lines are no addresses" in err
    assert "line 2" in err
    with pytest.raises(InputErrors, match="no column 'x'; there are a, b"):
        lookup(plan, "--column", "x", stdin=b"a,b\n")
    with pytest.raises(InputErrors, match="the line has 2"):
        lookup(plan, "--column", "3", stdin=b"a,b\n")
    with pytest.raises(InputErrors, match="longer than"):
        list(addresses(io.BytesIO(b"1" * (3 * CHUNK)), "stream"))


def test_the_first_of_equal_prefixes_counts():
    table = read_table(b"10.0.0.0/8 first\n10.0.0.0/8 second\n", "plan")
    assert table.frozen.lookup("10.0.0.1").fields == {"label": "first"}


def test_listed_and_explained(routeng, plan):
    assert routeng("lookup", plan, "10.1.0.1").out.splitlines()[1].startswith("10.1.0.1\t10.1.0.0/16")
    wrong = routeng("lookup", plan, "missing-file")
    assert wrong.status == 2
    assert "missing-file" in wrong.err
