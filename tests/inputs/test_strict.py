"""Strict JSON: what is refused, and that nothing but InputErrors is ever raised."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeng.inputs.errors import InputErrors
from routeng.inputs.strict import check, read_bytes, read_json

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


def errors_of(data: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InputErrors) as caught:
        read_json(data)
    return [(e.pointer, e.message) for e in caught.value.errors]


@given(values)
def test_plain_json_comes_back_as_it_is(value: object) -> None:
    data = json.dumps(value).encode()
    check(data)
    assert read_json(data) == value


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty: no JSON value in it"),
        (b" \n", "empty: no JSON value in it"),
        (b"\xef\xbb\xbf{}", "starts with a UTF-8 byte-order mark; plain UTF-8 without it is wanted"),
        (b"\xff\xfe{\x00}\x00", "starts with a UTF-16 byte-order mark; plain UTF-8 without it is wanted"),
        (b"\x7fELF\x00\x00", "binary: holds NUL bytes, not JSON text"),
        (b'{"a": "\xe9"}', "not UTF-8 at byte 7: not text, or another encoding"),
        (b'{"a": 1', "not JSON: the document ends early at line 1 column 8"),
        (b'{"a": [1,\n', "not JSON: the document ends early at line 2 column 1"),
        (b'{"a": 1} {"b": 2}', "not JSON: extra data at line 1 column 10"),
        (b"{'a': 1}", "not JSON: expecting property name enclosed in double quotes at line 1 column 2"),
        (b"[" * 65 + b"]" * 65, "nested deeper than 64 levels at line 1 column 65"),
        (b"[" * 1_000_000, "nested deeper than 64 levels at line 1 column 65"),
    ],
)
def test_what_is_no_document_is_refused_as_a_whole(data: bytes, message: str) -> None:
    assert errors_of(data) == [("", message)]


def test_every_ambiguity_is_named_with_its_pointer() -> None:
    data = (
        rb'{"a/b": {"x": 1, "\u0078": 2, "y": NaN}, "c~": [1e999, -Infinity], "d": "\ud800", "a/b": 0,'
        rb' "e": {"k": 1, "k": 2}}'
    )
    assert errors_of(data) == [
        ("/a~1b", "duplicate key"),
        ("/c~0/0", "not a finite number of reasonable size"),
        ("/c~0/1", "not a finite number of reasonable size"),
        ("/d", "half of a surrogate pair"),
        ("/e/k", "duplicate key"),
    ]


def test_a_number_of_thousands_of_digits_is_an_error_and_no_traceback() -> None:
    assert errors_of(b'{"n": ' + b"1" * 10_000 + b"}")[0][0] == "/n"


def test_check_names_the_duplicates_that_the_scan_only_suspects() -> None:
    check(rb'{"\u0061": 1, "b": 2}')
    with pytest.raises(InputErrors, match="/a: duplicate key"):
        check(rb'{"\u0061": 1, "a": 2}')


def test_files_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    for path, message in [
        (tmp_path / "missing.json", "no such file"),
        (tmp_path, "Is a directory"),
        (Path("/dev/null"), "not a regular file"),
        ("a\0b", "not a file name"),
    ]:
        with pytest.raises(InputErrors, match=message):
            read_bytes(path)


def test_size_is_bounded_before_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_bytes(b" " * 2000)
    with pytest.raises(InputErrors, match="larger than 1000 bytes"):
        read_bytes(path, max_bytes=1000)
    with pytest.raises(InputErrors, match="larger than 1000 bytes: 2000 bytes"):
        read_bytes(b" " * 2000, max_bytes=1000)


def test_standard_input_is_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"a": 1}')))
    assert read_json("-") == {"a": 1}
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(InputErrors, match="<stdin>: cannot be read"):
        read_json("-")


def test_a_pipe_is_a_file_like_any_other(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"[1, 2]")
    os.close(writer)
    assert read_json(f"/dev/fd/{reader}") == [1, 2]
    os.close(reader)


@given(st.binary(max_size=300))
def test_no_bytes_whatever_give_another_exception(data: bytes) -> None:
    with contextlib.suppress(InputErrors):
        read_json(data)
    with contextlib.suppress(InputErrors):
        check(data)
