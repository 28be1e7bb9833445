"""How errors read, and what they never show."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeng.inputs.errors import InputError, InputErrors, pointer, single


def test_an_error_reads_as_file_pointer_message_value_and_suggestion() -> None:
    error = InputError("a.json", "/x/0", "no such device", "nva", "nva1", "A7", "Refused")
    assert str(error) == 'a.json#/x/0: no such device: "nva" [A7 Refused] (did you mean "nva1"?)'
    assert error.to_dict() == {
        "file": "a.json",
        "pointer": "/x/0",
        "message": "no such device",
        "value": "nva",
        "suggestion": "nva1",
        "rule": "A7",
        "code": "Refused",
    }


def test_an_error_about_a_whole_file_has_no_pointer_and_null_is_a_value() -> None:
    assert str(InputError("a.json", "", "no such file")) == "a.json: no such file"
    assert str(InputError("a.json", "/x", "expected a string", None)) == "a.json#/x: expected a string: null"


def test_pointers_escape_as_rfc_6901_says() -> None:
    assert pointer("a/b", "c~d", 0, "") == "/a~1b/c~0d/0/"


@pytest.mark.parametrize("key", ["sharedKey", "password", "authorizationKey", "client_secret", "accessToken"])
def test_secrets_are_not_echoed(key: str) -> None:
    error = InputError("a.json", f"/connections/c/{key}", "unknown key", "hunter2")
    assert "hunter2" not in str(error)
    assert "hunter2" not in str(error.to_dict())


@given(
    st.recursive(st.text() | st.integers() | st.none(), lambda s: st.lists(s) | st.dictionaries(st.text(), s))
)
def test_any_value_is_shown_on_one_short_line(value: object) -> None:
    text = str(InputError("f", "/a", "m", value))
    assert len(text) < 120
    assert text.isprintable()


def test_names_cannot_reach_the_terminal_as_they_are() -> None:
    error = InputError("a\x1b[2J.json", pointer("\x1b[31m"), "no\nsense")
    assert str(error) == "a\\u001b[2J.json#/\\u001b[31m: no\\u000asense"


def test_errors_survive_pickling_and_are_never_empty() -> None:
    errors = InputErrors([InputError("f", "/a", "m", {"k": 1}), InputError("f", "/b", "n")])
    assert pickle.loads(pickle.dumps(errors)).errors == errors.errors
    assert str(errors).splitlines() == ['f#/a: m: {"k": 1}', "f#/b: n"]
    with pytest.raises(AssertionError):
        InputErrors([])
    assert single("f", "", "m").errors == (InputError("f", "", "m"),)
