"""``routeng rib``: nodes, one table, and what is wrong with a question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_without_a_node_it_lists_the_nodes(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    done = routeng("rib", hub_and_spoke, "-o", "json")
    assert done.status == 0
    assert {"node": "vpn"} in done.json


def test_an_unknown_node_is_answered_with_the_nearest(
    routeng: Callable[..., Any], hub_and_spoke: Path
) -> None:
    done = routeng("rib", hub_and_spoke, "vpm")
    assert (done.status, done.out) == (2, "")
    assert "'vpn'" in done.err


def test_a_wrong_prefix_is_status_2(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    done = routeng("rib", hub_and_spoke, "vpn", "--prefix", "10.0.0.1/8")
    assert (done.status, done.out) == (2, "")
    assert "10.0.0.1/8" in done.err
