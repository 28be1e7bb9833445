"""``routeng example``: lists, writes whole files, never over others."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from routeng import gallery


def test_without_a_name_it_lists_all_with_their_options(routeng: Callable[..., Any]) -> None:
    done = routeng("example")
    assert done.status == 0
    for name in gallery.names():
        assert f"\n{name} " in done.out
    assert "--spokes 4" in done.out


@pytest.mark.parametrize("name", gallery.names())
def test_every_example_is_written_and_its_topologies_load(
    routeng: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    sizes = {o.name: o.least for o in gallery.example(name).options if not o.choices}
    options = [word for key, least in sizes.items() for word in (f"--{key.replace('_', '-')}", least)]
    done = routeng("example", name, "-o", tmp_path / "new" / "folder", *options)
    assert (done.status, done.err) == (0, "")
    paths = [Path(line) for line in done.out.splitlines()]
    assert [path.name for path in paths] == list(gallery.build(name, **sizes))
    for path in paths:
        if "routengPlan" not in json.loads(path.read_bytes()):
            assert routeng("routes", path).status == 0


def test_options_are_those_of_the_example(routeng: Callable[..., Any], tmp_path: Path) -> None:
    told = routeng("example", "hub-and-spoke", "--help").out
    assert "--spokes" in told
    assert "[default: 4]" in told
    assert "--prepend" not in told
    assert "--prepend" in routeng("example", "two-hubs-transit-vnets", "--help").out
    assert routeng("example", "hub-and-spoke", "--prepend", "2").status == 2
    wrong = routeng("example", "hub-and-spoke", "--spokes", "many", "-o", tmp_path)
    assert wrong.status == 2
    assert "'many' is not a valid integer" in wrong.err
    assert not list(tmp_path.iterdir())
    one, nine = (
        routeng("example", "hub-and-spoke", "--spokes", n, "-o", tmp_path / str(n)).out.splitlines()
        for n in (1, 9)
    )
    assert [len(json.loads(Path(p[0]).read_bytes())["virtualNetworks"]) for p in (one, nine)] == [2, 10]


def test_files_that_are_there_stay_unless_forced(routeng: Callable[..., Any], tmp_path: Path) -> None:
    asked = ("example", "two-hubs-baseline", "-o", tmp_path)
    path = Path(routeng(*asked).out.strip())
    path.write_text("mine")
    refused = routeng(*asked)
    assert (refused.status, refused.out) == (2, "")
    assert "--force" in refused.err
    assert path.read_text() == "mine"
    assert routeng(*asked, "--force").status == 0
    assert json.loads(path.read_bytes())["routeng"] == 1


def test_one_document_may_go_to_a_file_or_standard_output(
    routeng: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "mine.json"
    routeng("example", "two-hubs-baseline", "-o", path)
    assert routeng("example", "two-hubs-baseline", "-o", "-").out.encode() == path.read_bytes()
    several = routeng("example", "hub-and-spoke", "-o", "-")
    assert (several.status, several.out) == (2, "")
    assert "name a folder" in several.err


def test_a_write_that_fails_leaves_nothing_behind(
    routeng: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "two-hubs-baseline.json"
    path.write_text("mine")
    monkeypatch.setattr(os, "replace", full)
    done = routeng("example", "two-hubs-baseline", "-o", tmp_path, "--force")
    assert done.status == 2
    assert "No space left" in done.err
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "mine"


def test_a_folder_that_cannot_be_is_named(routeng: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = routeng("example", "two-hubs-baseline", "-o", tmp_path / "file" / "folder")
    assert done.status == 2
    assert str(tmp_path / "file") in done.err


def test_written_files_have_the_usual_mode(routeng: Callable[..., Any], tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        path = Path(routeng("example", "two-hubs-baseline", "-o", tmp_path).out.strip())
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640
