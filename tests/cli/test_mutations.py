"""Whatever is done to a valid file, it is either computed or refused with a message; never a traceback."""

from __future__ import annotations

import contextlib
import copy
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routeng import gallery
from routeng.cli.app import run

NAMES = {
    "hub-and-spoke": {"spokes": 2},
    "mesh-migration": {"spokes": 3},
    "summarized-prefixes": {"spokes": 2},
    "two-hubs-full-inspection": {},
    "virtual-edge-circuit": {},
}
DOCUMENTS = [
    document
    for name, options in NAMES.items()
    for document in gallery.build(name, **options).values()
    if "routengPlan" not in document
]
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "10.0.0.0/8",
    "10.0.0.1/8",
    "0.0.0.0/0",
    "::/0",
    "fd00::/200",
    "hub",
    "HUB",
    "hub/vm",
    "@nva1",
    "*",
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/hub",
    "\u0000\u001b[2J\n",
    [],
    [[]],
    ["10.0.0.0/16", "10.0.0.0/16"],
    ["fd00::/48", "10.0.0.0/16"],
    {},
    {"": {}},
    {"x-note": 1},
]


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in items for found in paths(item, (*path, key)))]


def values(value: Any) -> Iterator[Any]:
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from values(item)


def alike(draw: st.DrawFn, value: Any, document: Any) -> Any:
    """Another value of the same type, often one that is valid there: most bugs wait behind the validation."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return draw(st.sampled_from([0, 1, 2, 100, 12076, 64512, 65001, 65515, 2**32 - 1]))
    if isinstance(value, str):
        return draw(st.sampled_from([v for v in values(document) if isinstance(v, str)]))
    if isinstance(value, list):
        return draw(st.sampled_from([value[::-1], value[:1], value[1:], value * 2, []]))
    if not isinstance(value, dict):
        return draw(st.sampled_from(VALUES))
    return draw(
        st.sampled_from([v for v in values(document) if isinstance(v, dict) and v.keys() == value.keys()])
    )


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A document with a few values replaced, removed, renamed or copied elsewhere; or its bytes damaged."""
    changed = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        every = [path for path in paths(changed) if path]
        if not every:
            break
        *parents, key = draw(st.sampled_from(every))
        parent = changed
        for step in parents:
            parent = parent[step]
        match draw(st.sampled_from(["alike"] * 6 + ["remove"] * 3 + ["replace", "rename", "copy"])):
            case "alike":
                parent[key] = copy.deepcopy(alike(draw, parent[key], changed))
            case "remove":
                del parent[key]
            case "rename" if isinstance(parent, dict):
                name = draw(st.sampled_from([f"{key}x", key.upper(), "", "x-y", "~/", "é"]))
                parent[name] = parent.pop(key)
            case "copy":
                parent[key] = copy.deepcopy(draw(st.sampled_from(list(values(changed)))))
            case _:
                parent[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
    data = json.dumps(changed).encode()
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=3)) + data[at + draw(st.integers(0, 5)) :]
    return data


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutated") / "topology.json"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=mutated())
def test_a_mutated_file_is_computed_or_refused(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    for arguments in (
        ["routes", str(path), "--all", "-o", "jsonl"],
        ["diff", str(path), str(path)],
        ["limits", str(path)],
    ):
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run(arguments)
        assert status in (0, 1, 2), err.getvalue()
        if status == 2:
            assert not out.buffer.tell(), "output of something that was refused"
            assert str(path) in err.getvalue()
            assert err.getvalue().endswith("nothing was computed\n")
