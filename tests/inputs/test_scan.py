"""The byte scanner agrees with a plain parser about duplicate keys and depth."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeng.inputs._scan import DUPLICATE_KEY, OK, TOO_DEEP, UNSURE, scan

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdefgh", max_size=2), inner, max_size=30)
    ),
    max_leaves=60,
)


def depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(values)
def test_documents_without_duplicates_pass_at_their_own_depth(value: object) -> None:
    data = json.dumps(value, ensure_ascii=False).encode()
    assert scan(data, 64)[0] == OK
    if depth(value):
        assert scan(data, depth(value))[0] == OK
        assert scan(data, depth(value) - 1)[0] == TOO_DEEP


@given(st.lists(st.text("abcd", max_size=3), max_size=60), st.text("abcd", max_size=3))
def test_a_key_that_comes_twice_is_found_however_many_there_are(keys: list[str], twice: str) -> None:
    unique = [k for k in dict.fromkeys(keys) if k != twice]
    members = [f'"{k}": {{"{k}": 1, "{twice}": 2}}' for k in unique]
    once = "{" + ", ".join([f'"{twice}": [1]', *members]) + "}"
    again = "{" + ", ".join([f'"{twice}": [1]', *members, f'"{twice}": 2']) + "}"
    assert scan(once.encode(), 64)[0] == (DUPLICATE_KEY if twice in unique else OK)
    assert scan(again.encode(), 64) == (DUPLICATE_KEY, again.rindex(f'"{twice}"') + 1)


def test_equal_keys_of_different_objects_are_no_duplicates() -> None:
    assert scan(b'[{"a": {"a": 1}}, {"a": [{"a": 2}, {"a": 3}]}]', 64)[0] == OK


def test_text_in_strings_is_not_structure() -> None:
    assert scan(rb'{"a": "{\"b\": [\\", "b": "]}{,\"b\":"}', 2)[0] == OK


def test_keys_with_escapes_are_left_to_the_parser() -> None:
    assert scan(rb'{"a": 1, "\u0061": 2}', 64) == (UNSURE, 10)


@pytest.mark.parametrize("first", [rb'{"a": 1, "a": 2, "b": ', rb'{"\u0061": '])
def test_the_depth_is_judged_even_after_a_finding_about_keys(first: bytes) -> None:
    assert scan(first + b"[" * 70 + b"]" * 70 + b"}", 64)[0] == TOO_DEEP


@given(st.binary(max_size=200))
def test_any_bytes_are_scanned_without_harm(data: bytes) -> None:
    assert scan(data, 8)[0] in (OK, TOO_DEEP, DUPLICATE_KEY, UNSURE)
    assert scan(bytearray(data), 8) == scan(data, 8)
