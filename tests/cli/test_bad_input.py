"""Bad input: status 2, a message that names the file, nothing on stdout, nothing half-written, no traceback."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COMMANDS = ["diff", "routes", "limits", "rib", "plan", "bgp"]

BAD: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n",
    "binary": bytes(range(256)),
    "elf": b"\x7fELF\x02\x01\x01" + bytes(64),
    "gzip": b"\x1f\x8b\x08\x00" + bytes(20),
    "utf-16": '{"routeng": 1}'.encode("utf-16"),
    "truncated": b'{"routeng": 1, "virtualNetworks": {"a": {"addressSpace": ["10.0.',
    "trailing": b'{"routeng": 1} x',
    "two documents": b'{"routeng": 1}{"routeng": 1}',
    "text": b"hub: 10.0.0.0/16\n",
    "list": b"[]",
    "string": b'"routeng"',
    "number": b"1",
    "null": b"null",
    "other version": b'{"routeng": 2}',
    "nested lists": b"[" * 100_000,
    "nested objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "section of the wrong type": b'{"routeng": 1, "virtualNetworks": []}',
    "entry of the wrong type": b'{"routeng": 1, "virtualNetworks": {"a": 5}}',
    "unknown section": b'{"routeng": 1, "virtualNetwork": {}}',
    "duplicate key": b'{"routeng": 1, "virtualNetworks": {}, "virtualNetworks": {}}',
    "not a number": b'{"routeng": 1, "limits": {"x": NaN}}',
    "huge number": b'{"routeng": 1, "limits": {"x": ' + b"9" * 5000 + b"}}",
    "host bits": b'{"routeng": 1, "virtualNetworks": {"a": {"addressSpace": ["10.0.0.1/16"]}}}',
    "dangling": b'{"routeng": 1, "virtualNetworkGateways": {"g": {"gatewayType": "Vpn", "vnet": "nowhere"}}}',
    "lone surrogate": b'{"routeng": 1, "name": "\\ud800"}',
    "not UTF-8 in a name": b'{"routeng": 1, "name": "\x80"}',
    "not UTF-8 in a key": b'{"\x80": 1}',
    "escapes in names": b'{"routeng": 1, "virtualNetworks": {"\\u001b[31m": {"addressSpace": ["x"]}}}',
}


def arguments(command: str, path: object) -> list[object]:
    extra = {"diff": [path], "routes": ["--all"], "rib": ["gw"]}
    return [command, path, *extra.get(command, [])]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_named_and_nothing_is_computed(
    routeng: Callable[..., Any], tmp_path: Path, command: str, kind: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(BAD[kind])
    done = routeng(*arguments(command, path))
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(str(path))
    assert "nothing was computed" in done.err
    assert "\x1b" not in done.err


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_not_a_file_is_named(routeng: Callable[..., Any], tmp_path: Path, command: str) -> None:
    looped = tmp_path / "looped.json"
    looped.symlink_to(looped)
    for path in (
        tmp_path,
        tmp_path / "missing.json",
        tmp_path / "missing" / "x.json",
        looped,
        Path("/dev/null"),
    ):
        done = routeng(*arguments(command, path))
        assert (done.status, done.out) == (2, "")
        assert done.err.startswith(str(path))
    for name in ("", "x" * 5000, "a\0b"):
        done = routeng(*arguments(command, name))
        assert (done.status, done.out) == (2, "")


def test_every_error_is_reported_with_pointer_value_and_nearest(
    routeng: Callable[..., Any], hub_and_spoke: Path
) -> None:
    document = json.loads(hub_and_spoke.read_bytes())
    document["virtualNetworks"]["spoke-1"]["subnets"]["vm"]["addressPrefix"] = "10.1.0.1/24"
    document["virtualNetworks"]["spoke-2"]["subnets"]["vm"]["routeTable"] = "to-nav"
    document["peerings"][0]["spokes"] = ["spoke-1", "spoke-3"]
    hub_and_spoke.write_text(json.dumps(document))
    done = routeng("routes", hub_and_spoke, "--all")
    assert (done.status, done.out) == (2, "")
    lines = done.err.splitlines()
    assert any(
        "#/virtualNetworks/spoke-1/subnets/vm/addressPrefix" in line and '"10.1.0.1/24"' in line
        for line in lines
    )
    assert any('"to-nav"' in line and '"to-nva"' in line for line in lines)
    assert any('"spoke-3"' in line for line in lines)
    assert lines[-1].startswith("routeng: 3 errors")


def test_errors_of_an_overlay_and_of_what_it_makes_are_named(
    routeng: Callable[..., Any], hub_and_spoke: Path, tmp_path: Path, overlay: Callable[..., Path]
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    done = routeng("routes", hub_and_spoke, "--overlay", broken, "--all")
    assert done.status == 2
    assert done.err.startswith(str(broken))
    patch = overlay(virtualNetworks={"hub": None})
    done = routeng("routes", hub_and_spoke, "--overlay", patch, "--all")
    assert done.status == 2
    assert str(patch) in done.err
    assert '"hub"' in done.err


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["--at", "spoke-1/mv"], "spoke-1/vm"),
        (["--at", "spoke-9/*"], "no subnet matches"),
        (["--at", ""], "no place"),
        (["--all", "--where", "[?"], "JMESPath"),
        (["--all", "--query", "foo("], "JMESPath"),
        (["--all", "--where", "length(name)"], "length"),
        (["--all", "--query", "[].length(name)"], "length"),
    ],
)
def test_wrong_selections_say_what_would_be_right(
    routeng: Callable[..., Any], hub_and_spoke: Path, extra: list[str], words: str
) -> None:
    done = routeng("routes", hub_and_spoke, *extra)
    assert (done.status, done.out) == (2, "")
    assert words in done.err


def test_secrets_are_not_echoed(routeng: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "topology.json"
    path.write_text('{"routeng": 1, "connections": {"c": {"sharedKey": "hunter2hunter2"}}}')
    done = routeng("limits", path)
    assert done.status == 2
    assert "hunter2" not in done.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    hub_and_spoke.chmod(0)
    done = routeng("limits", hub_and_spoke)
    assert (done.status, done.out) == (2, "")
    assert "ermission" in done.err
