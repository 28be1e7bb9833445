"""``routeng why``: a verdict, every candidate with the rule that decided, and an exit status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_the_winner_comes_first_and_losers_say_why(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    done = routeng("why", hub_and_spoke, "spoke-1/vm", "8.8.8.8")
    assert done.status == 0
    assert done.out.startswith("spoke-1/vm to 8.8.8.8/32: VirtualAppliance 10.0.1.4\n")
    found = routeng("why", hub_and_spoke, "spoke-1/vm", "8.8.8.8", "-o", "json").json
    assert [(c["verdict"], c["next_hop_type"]) for c in found["candidates"]] == [
        ("wins", "VirtualAppliance"),
        ("invalid", "Internet"),
    ]
    assert all(c["rule"] and c["because"] for c in found["candidates"])


def test_no_route_is_status_1(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    done = routeng("why", hub_and_spoke, "hub/nva", "100.64.1.1")
    assert done.status == 1
    assert done.out.startswith("hub/nva to 100.64.1.1/32: None\n")


def test_it_says_that_filters_are_not_evaluated(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    assert "security groups" in routeng("why", hub_and_spoke, "hub/nva", "10.1.0.0/16").out


def test_a_wrong_destination_or_place_is_status_2(routeng: Callable[..., Any], hub_and_spoke: Path) -> None:
    for at, destination, words in (
        ("hub/nva", "10.0.0.1/8", "10.0.0.1/8"),
        ("hub/nva", "somewhere", "somewhere"),
        ("hub/nav", "10.0.0.1", "hub/nva"),
    ):
        done = routeng("why", hub_and_spoke, at, destination)
        assert (done.status, done.out) == (2, "")
        assert words in done.err
