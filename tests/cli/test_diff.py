"""``routeng diff``: totals first, then what was declared, routes by shape, limits; exit status by what got worse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

EXAMPLES = Path(__file__).parents[2] / "examples"
HARMLESS = {"virtualNetworks": {"spoke-2": {"addressSpace": ["10.2.0.0/16", "10.102.0.0/16"]}}}
LOSING = {"routeTables": {"to-nva": {"routes": [{"addressPrefix": "10.0.0.0/16", "nextHopType": "None"}]}}}


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "tsv", "markdown"])
def test_every_form(
    routeng: Callable[..., Any],
    hub_and_spoke: Path,
    overlay: Callable[..., Path],
    snapshot: SnapshotAssertion,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(hub_and_spoke.parent)
    patch = overlay(**HARMLESS)
    done = routeng("diff", hub_and_spoke.name, "--overlay", patch.name, "-o", form)
    assert done.err == ""
    assert done.out == snapshot


def test_nothing_changed_is_said_and_is_status_0(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    done = routeng("diff", hub_and_spoke, hub_and_spoke, "--exit-code")
    assert done.status == 0
    assert done.out.splitlines()[2:] == ["No change."]


def test_a_change_that_makes_nothing_worse_is_status_0_unless_asked(
    routeng: Callable[..., Any], hub_and_spoke: Path, overlay: Callable[..., Path]
) -> None:
    asked = ("diff", hub_and_spoke, "--overlay", overlay(**HARMLESS))
    assert routeng(*asked).status == 0
    assert routeng(*asked, "--exit-code").status == 1


def test_a_destination_lost_is_worse_and_said_first(
    routeng: Callable[..., Any], hub_and_spoke: Path, overlay: Callable[..., Path]
) -> None:
    asked = ("diff", hub_and_spoke, "--overlay", overlay(**LOSING))
    done = routeng(*asked)
    assert done.status == 1
    worse = [line for line in done.out.splitlines() if line.startswith("Worse: ")]
    assert worse
    assert done.out.index(worse[0]) < done.out.index("\nDeclaration\n")
    found = routeng(*asked, "-o", "json").json
    assert found["worse"] == [line.removeprefix("Worse: ") for line in worse]


def test_a_limit_newly_breached_is_worse(
    routeng: Callable[..., Any], hub_and_spoke: Path, overlay: Callable[..., Path]
) -> None:
    done = routeng("diff", hub_and_spoke, "--overlay", overlay(limits={"vnet.peerings": 1}))
    assert done.status == 1
    assert "vnet.peerings" in done.out
    assert "ok -> breached" in done.out or "near -> breached" in done.out


def test_the_hairpin_to_mesh_example_is_one_shape(routeng: Callable[..., Any]) -> None:
    done = routeng("diff", EXAMPLES / "hairpin.json", EXAMPLES / "mesh.json")
    shapes = done.out[done.out.index("\nRoutes\n") :].split("\n\n")[0]
    assert "in 1 shape" in done.out
    assert "1,000 virtual networks" in shapes
    assert "+ 999 prefixes each: every other member of connected group mesh/eastus" in shapes


def test_an_overlay_on_two_files_is_merged_on_both(
    routeng: Callable[..., Any], hub_and_spoke: Path, overlay: Callable[..., Path]
) -> None:
    done = routeng("diff", hub_and_spoke, hub_and_spoke, "--overlay", overlay(**LOSING))
    assert (done.status, "No change." in done.out) == (0, True)


def test_json_is_one_object_and_its_rows_are_flat(
    routeng: Callable[..., Any], hub_and_spoke: Path, overlay: Callable[..., Path]
) -> None:
    asked = ("diff", hub_and_spoke, "--overlay", overlay(**HARMLESS))
    found = routeng(*asked, "-o", "json").json
    assert list(found) == [
        "declaration", "routes", "placesAdded", "placesRemoved", "bgp", "limits", "complete", "missing", "worse",
    ]  # fmt: skip
    assert found["complete"] is True
    parts = [line.split("\t")[0] for line in routeng(*asked, "-o", "tsv").out.splitlines()]
    assert parts == sorted(parts, key=["declaration", "routes", "places", "bgp", "limits"].index)
    assert routeng(*asked, "--query", "length(declaration)").out == "1\n"


def test_markdown_fits_a_comment(routeng: Callable[..., Any]) -> None:
    out = routeng("diff", EXAMPLES / "hairpin.json", EXAMPLES / "mesh.json", "-o", "markdown").out
    assert out.startswith("<!-- routeng -->\n")
    assert len(out) < 60_000
    assert out.count("<details>") == out.count("</details>") == 3
    assert out.count("```") % 2 == 0
