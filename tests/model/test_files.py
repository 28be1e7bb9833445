"""Real files load, and whatever is done to them, nothing but InputErrors is raised."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeng.inputs.errors import InputErrors
from routeng.model.change import change
from routeng.model.loading import from_plain, load, loads
from routeng.model.patch import merge_patch
from routeng.model.plan import load_plan
from routeng.model.resolve import resolve

SMALL = [
    Path(__file__).parents[1] / "recorded" / "cases" / name / "topology.json"
    for name in (
        "ars-b2b-vpn-active-active",
        "peering-1-subnet",
        "avnm-hubspoke-directconnectivity",
        "er-sgp-0-baseline",
    )
]
SMALL.append(Path(__file__).parents[2] / "examples" / "mesh-plan.json")
BYTES = [path.read_bytes() for path in SMALL]
JUNK: list[Any] = [
    None,
    True,
    -1,
    2**70,
    1.5,
    "",
    "x",
    "10.0.0.0/8",
    "@nva1",
    [],
    [None],
    {},
    {"x-a": 1},
    {"name": []},
    "a/b",
    "é" * 50,
]


def test_a_real_file_loads_fast_or_thoroughly_to_the_same(valid_file: Path) -> None:
    topology = load(valid_file)
    document = json.loads(valid_file.read_bytes())
    again = from_plain(document)
    assert again == topology
    one, two = resolve(topology), resolve(again)
    assert (one.vnets, one.route_tables, one.places, one.names) == (
        two.vnets,
        two.route_tables,
        two.places,
        two.names,
    )
    assert one.findings == two.findings
    assert resolve(topology) is one


def test_every_overlay_of_a_recorded_case_gives_a_valid_topology(valid_file: Path) -> None:
    case = valid_file.with_name("case.json")
    if valid_file.name != "topology.json":
        assert valid_file.parent.name == "examples"
        return
    document = json.loads(valid_file.read_bytes())
    for table in json.loads(case.read_bytes())["tables"]:
        assert from_plain(merge_patch(document, table.get("overlay", {})), table["id"])


def harmless(data: bytes) -> None:
    with contextlib.suppress(InputErrors):
        resolve(loads(data))
    with contextlib.suppress(InputErrors):
        load_plan(data)


@given(st.sampled_from(BYTES), st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_broken_bytes_are_refused_not_fatal(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    match draw.draw(st.sampled_from(["flip", "cut", "drop", "insert", "nest"])):
        case "flip":
            data = data[:at] + bytes([draw.draw(st.integers(0, 255))]) + data[at + 1 :]
        case "cut":
            data = data[:at]
        case "drop":
            data = data[:at] + data[at + draw.draw(st.integers(1, 40)) :]
        case "insert":
            data = data[:at] + draw.draw(st.binary(min_size=1, max_size=6)) + data[at:]
        case "nest":
            data = data[:at] + b'{"a":[' * draw.draw(st.integers(1, 200)) + data[at:]
    harmless(data)


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values of a document."""
    found = [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += spots(item, (*path, key))
    return found


DOCUMENTS = [json.loads(data) for data in BYTES]
SPOTS = [spots(document)[1:] for document in DOCUMENTS]


@given(st.integers(0, len(DOCUMENTS) - 1), st.data())
@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_wrong_values_anywhere_are_refused_not_fatal(which: int, draw: st.DataObject) -> None:
    document = copy.deepcopy(DOCUMENTS[which])
    for path in draw.draw(st.lists(st.sampled_from(SPOTS[which]), min_size=1, max_size=4)):
        *parents, last = path
        target = document
        try:
            for key in parents:
                target = target[key]
            match draw.draw(st.sampled_from(["swap", "delete", "rename", "copy"])):
                case "swap":
                    target[last] = copy.deepcopy(draw.draw(st.sampled_from(JUNK)))
                case "delete":
                    del target[last]
                case "rename":
                    target[draw.draw(st.sampled_from(["X", "tags", "id", "x-y", ""]))] = target.pop(last)
                case "copy":
                    other = draw.draw(st.sampled_from(SPOTS[which]))
                    value: Any = DOCUMENTS[which]
                    for key in other:
                        value = value[key]
                    target[last] = copy.deepcopy(value)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier change took the place away
    data = json.dumps(document).encode()
    harmless(data)
    with contextlib.suppress(InputErrors):
        assert from_plain(document) == loads(data)
    with contextlib.suppress(InputErrors):
        found = load_plan(data).plan
        assert found.steps
        topology = from_plain(DOCUMENTS[0])
        for i, step in enumerate(found.steps):
            with contextlib.suppress(InputErrors):
                change(topology, step.merge, step.update, "plan.json", ("steps", i))


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_files_that_are_none_are_input_errors(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputErrors):
        load(tmp_path / name)
