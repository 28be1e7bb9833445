import itertools

import pytest

from routeng.data import system_routes
from routeng.lpm import Prefix


def _texts(profile: str) -> set[str]:
    return {str(prefix) for prefix in system_routes.none_prefixes(profile)}


def test_the_profiles_are_dated_and_in_order() -> None:
    assert list(system_routes.profiles()) == ["2018", "2021-03", "2021-11", "2023", "2026-08"]
    assert system_routes.default_profile() == "2026-08"


def test_sys3_2018_has_three_rows_and_not_172_16() -> None:
    assert _texts("2018") == {"10.0.0.0/8", "100.64.0.0/10", "192.168.0.0/16"}


def test_sys3_2021_03_adds_two_small_ranges() -> None:
    assert _texts("2021-03") - _texts("2018") == {"25.33.80.0/20", "25.41.3.0/25"}


def test_sys3_2021_11_has_fifteen_rows() -> None:
    assert len(_texts("2021-11")) == 15
    assert {"25.48.0.0/12", "198.18.0.0/15", "20.35.252.0/22"} <= _texts("2021-11")
    assert not _texts("2021-11") & {"172.16.0.0/12", "25.33.80.0/20"}


def test_sys3_2023_adds_loopback_and_172_16() -> None:
    assert _texts("2023") - _texts("2021-11") == {"127.0.0.0/8", "172.16.0.0/12"}
    assert _texts("2021-11") <= _texts("2023")


def test_sys3_2026_08_has_21_rows() -> None:
    rows = _texts("2026-08")
    assert len(rows) == 21
    assert {"172.16.0.0/12", "25.176.0.0/13", "40.108.0.0/17"} <= rows
    assert "25.48.0.0/12" not in rows


def test_rows_are_sorted_and_disjoint() -> None:
    for profile in system_routes.profiles():
        rows = system_routes.none_prefixes(profile)
        assert list(rows) == sorted(rows)
        assert all(a.last < b.first for a, b in itertools.pairwise(rows))


def test_the_default_profile_is_taken_when_none_is_named() -> None:
    assert system_routes.none_prefixes() == system_routes.none_prefixes("2026-08")


def test_an_unknown_profile_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        system_routes.none_prefixes("2019")


def test_internet_defaults_of_both_families() -> None:
    assert system_routes.internet_prefixes() == (Prefix("0.0.0.0/0"), Prefix("::/0"))
