import json

from hypothesis import given
from hypothesis import strategies as st

from routeng.gallery.rendering import WIDTH, render

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(st.text(max_size=12), inner, max_size=12),
    max_leaves=60,
)


@given(json_values)
def test_what_is_rendered_reads_back_as_the_same_document(document: object) -> None:
    text = render(document)
    assert json.loads(text) == document
    assert text.endswith(b"\n")


def test_a_long_list_of_names_fills_its_lines() -> None:
    names = [f"spoke{i:03d}" for i in range(100)]
    lines = render({"peerings": [{"hub": "hub", "spokes": names}]}).decode().splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert len(lines) < 20


def test_a_short_object_stays_on_one_line() -> None:
    assert (
        render({"hub": {"addressSpace": ["10.0.0.0/16"]}}) == b'{"hub": {"addressSpace": ["10.0.0.0/16"]}}\n'
    )
