"""The nearest valid name."""

from __future__ import annotations

import pytest

from routeng.inputs.nearest import nearest


@pytest.mark.parametrize(
    ("wrong", "valid", "expected"),
    [
        ("adressSpace", ["addressSpace", "subnets", "tags"], "addressSpace"),
        ("expressroute", ["Vpn", "ExpressRoute"], "ExpressRoute"),
        ("hub_1", ["hub-10", "hub-1"], "hub-1"),
        ("spoke-a-0012", ["spoke-b-0012", "spoke-a-0012x", "spoke"], "spoke-a-0012x"),
        ("zzz", ["addressSpace"], None),
        ("", ["a"], None),
        (7, ["7"], None),
        ("a" * 300, ["a" * 300], None),
        ("hub", [], None),
    ],
)
def test_the_nearest_name(wrong: object, valid: list[str], expected: str | None) -> None:
    assert nearest(wrong, valid) == expected


def test_many_names_still_give_an_answer() -> None:
    assert nearest("spoke-29999x", [f"spoke-{i}" for i in range(30_000)]) == "spoke-29999"
