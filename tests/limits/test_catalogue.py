"""The catalogue itself, and the page that is written from it."""

import importlib.util
from pathlib import Path

import pytest

from routeng.data.limits import by_id, catalogue

DOCS = Path(__file__).parents[2] / "docs"


def test_ids_are_unique_and_dotted() -> None:
    ids = [limit.id for limit in catalogue().limits]
    assert len(ids) == len(set(ids)) == len(by_id())
    assert all("." in identity for identity in ids)


def test_every_limit_has_a_source_and_says_what_is_counted() -> None:
    for limit in catalogue().limits:
        assert limit.sources, limit.id
        assert limit.counted, limit.id
        assert limit.default > 0, limit.id
        assert limit.confidence in ("documented", "source article"), limit.id


def test_a_maximum_is_above_the_default_and_says_how_it_is_reached() -> None:
    for limit in catalogue().limits:
        if limit.max is not None:
            assert limit.max > limit.default, limit.id
            assert limit.max_by, limit.id


def test_a_consequence_says_whether_it_is_documented() -> None:
    for limit in catalogue().limits:
        assert (limit.consequence is None) == (limit.consequence_basis is None), limit.id


@pytest.mark.parametrize(
    ("limit", "default", "most"),
    [
        ("er.prefixes_to_onprem_v4", 1000, None),
        ("er.prefixes_to_onprem_v6", 100, None),
        ("ars.bgp_peers", 16, None),
        ("ars.routes_per_peer", 1000, None),
        ("vnet.peerings", 500, 1000),
        ("avnm.vnets_per_connected_group", 250, None),
        ("avnm.vnets_per_connected_group_high_scale", 5000, None),
        ("avnm.private_endpoints_per_connected_group", 2000, 20_000),
        ("pe.per_vnet", 1000, 5000),
        ("pe.peered", 4000, 20_000),
        ("er.prefixes_from_onprem_v4.standard", 4000, 10_000),
        ("udr.routes_per_table", 400, 1000),
    ],
)
def test_the_numbers_that_migrations_meet(limit: str, default: int, most: int | None) -> None:
    assert (by_id()[limit].default, by_id()[limit].max) == (default, most)


def test_the_page_of_limits_is_what_the_catalogue_says() -> None:
    spec = importlib.util.spec_from_file_location("make_limits", DOCS / "make_limits.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = (DOCS / "limits.md").read_text(encoding="utf-8")
    assert written == module.page(catalogue()), "run: python docs/make_limits.py"
