"""The command as a whole: help, version, what is imported, what becomes of errors."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import routeng as package
from routeng.cli.app import COMMANDS, run

ROOT = Path(__file__).parents[2]
HEAVY = {
    "msgspec",
    "networkx",
    "netaddr",
    "rich",
    "jmespath",
    "numpy",
    "json",
    "routeng.model",
    "routeng.network",
}


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["-h"]])
def test_help_and_version_import_nothing_heavy(arguments: list[str]) -> None:
    done = process("-X", "importtime", "-m", "routeng", *arguments)
    assert done.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()}
    assert "routeng.cli.app" in imported
    assert not imported & HEAVY


def test_importing_the_package_imports_nothing_of_it() -> None:
    done = process("-c", "import sys, routeng; print([m for m in sys.modules if m.startswith('routeng.')])")
    assert done.stdout == b"[]\n"


def test_the_version_is_that_of_the_metadata(routeng: Callable[..., Any]) -> None:
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert package.__version__ == metadata["version"]
    assert routeng("--version").out == f"routeng {package.__version__}\n"


def test_every_command_is_listed_with_its_own_words(routeng: Callable[..., Any]) -> None:
    listed = routeng("--help").out
    for name, words in COMMANDS.items():
        command = importlib.import_module(f"routeng.cli.{name}").command
        assert command.name == name
        assert command.short_help == words
        assert f" {name} {words} " in " ".join([*listed.split(), ""])
        told = routeng(name, "--help")
        assert told.status == 0
        assert told.out.startswith(f"Usage: routeng {name} ")


def test_every_public_name_is_there() -> None:
    assert {"load", "compute", "diff", "schema", "PrefixTable"} <= set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="no attribute 'frobnicate'"):
        _ = package.frobnicate


@pytest.mark.parametrize("first", ["import routeng.diff", "from routeng.diff import Diff", "import routeng"])
def test_diff_can_be_called_and_imported_whatever_is_imported_first(first: str) -> None:
    code = """
import routeng, routeng.diff.shapes as shapes
from routeng import diff
from routeng.model.topology import Topology
empty = Topology()
assert routeng.diff(empty, empty).empty and diff(empty, empty).empty
assert shapes.Shape is routeng.diff.Shape
"""
    done = process("-c", first + code)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rotues"], "Did you mean 'routes'?"),
        (["frobnicate"], "There are diff, "),
        (["routes"], "Missing argument 'TOPOLOGY'"),
        (["diff", "a.json"], "Missing AFTER"),
        (["diff", "-", "-"], "Only one of BEFORE and AFTER"),
        (["routes", "a.json", "--output", "yaml"], "'yaml' is not one of"),
        (["limits", "a.json", "--only", "all"], "'all' is not one of"),
        (["rib", "a.json", "n", "--received", "x", "--advertised", "y"], "exclude each other"),
        (["--frobnicate"], "No such option"),
        (["schema", "nonsense"], "nonsense"),
        (["example", "mehs"], "no example 'mehs'"),
        (["rules", "PREC4"], "Did you mean 'PREC-4'?"),
    ],
)
def test_wrong_usage_is_status_2_and_says_what_would_be_right(
    routeng: Callable[..., Any], arguments: list[str], words: str
) -> None:
    done = routeng(*arguments)
    assert (done.status, done.out) == (2, "")
    assert words in done.err


def test_without_arguments_it_helps(routeng: Callable[..., Any]) -> None:
    done = routeng()
    assert done.status == 2
    assert "Usage: routeng" in done.out + done.err


def test_output_that_nobody_reads_is_status_141_without_a_word(hub_and_spoke: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "routeng", "routes", str(hub_and_spoke), "--all"],
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
        cwd=ROOT,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_disk_is_status_2(hub_and_spoke: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "routeng", "routes", str(hub_and_spoke), "--all"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            cwd=ROOT,
        )
    assert done.returncode == 2
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


def test_output_is_utf_8_in_any_locale(tmp_path: Path, overlay: Callable[..., Path]) -> None:
    path = overlay(
        routeng=1,
        virtualNetworks={
            "zürich": {"addressSpace": ["10.0.0.0/16"], "subnets": {"網": {"addressPrefix": "10.0.0.0/24"}}}
        },
    )
    outputs = {
        process("-m", "routeng", "routes", str(path), PYTHONIOENCODING=encoding, LC_ALL="C").stdout
        for encoding in ("ascii", "latin-1", "utf-8")
    }
    assert len(outputs) == 1
    assert "zürich/網".encode() in outputs.pop()


def test_a_fault_of_routeng_itself_says_so_and_how_to_see_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], hub_and_spoke: Path
) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("the impossible happened")

    monkeypatch.setattr("routeng.cli.files.topology", broken)
    assert run(["limits", str(hub_and_spoke)]) == 70
    captured = capfd.readouterr()
    assert "fault of routeng itself" in captured.err
    assert "the impossible happened" in captured.err
    assert "Traceback" not in captured.err
    monkeypatch.setenv("ROUTENG_DEBUG", "1")
    run(["limits", str(hub_and_spoke)])
    assert "Traceback" in capfd.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_there(shell: str) -> None:
    done = process("-c", "from routeng.cli import main; main()", _ROUTENG_COMPLETE=f"{shell}_source")
    assert b"_ROUTENG_COMPLETE" in done.stdout
