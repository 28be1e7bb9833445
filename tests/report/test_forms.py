"""The forms of output: the same report as table, JSON, JSON lines, TSV and Markdown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from routeng.report import Column, Details, Heading, Line, Lines, Report, Table, render, select
from routeng.report.query import QueryError, row_filter
from routeng.report.table import width

ROWS = [
    {
        "name": "hub",
        "used": 1471,
        "status": "breached",
        "prefixes": ["10.0.0.0/16", "10.1.0.0/16"],
        "at": None,
    },
    {"name": "spoke-1", "used": 9, "status": "ok", "prefixes": [], "at": {"vnet": "spoke-1"}},
]
COLUMNS = (Column("name", "Name"), Column("used", "Used", right=True), Column("status", "Status"))


def report(**changes: Any) -> Report:
    parts = [Heading("Limits"), Table(COLUMNS, ROWS, {"breached": "bad"})]
    return Report(**{"document": ROWS, "parts": parts, **changes})


def shown(given: Report, form: str, *, colour: bool = False) -> str:
    return "".join(render(given, form, colour=colour))


def test_a_table_is_laid_out_as_az_does() -> None:
    assert shown(report(), "table") == (
        "Limits\n"
        "\n"
        "Name       Used  Status\n"
        "-------  ------  --------\n"
        "hub       1,471  breached\n"
        "spoke-1       9  ok\n"
    )


def test_a_table_of_wide_characters_stays_aligned() -> None:
    rows = [{"name": "網路-1", "used": 1}, {"name": "Zürich", "used": 2}]
    table = Table((Column("name", "Name"), Column("used", "Used")), rows)
    lines = shown(report(parts=[table]), "table").splitlines()
    assert [width(line.rpartition(" ")[0]) for line in lines[2:]] == [7, 7]


def test_control_characters_of_names_never_reach_the_terminal() -> None:
    rows = [{"name": "a\x1b[31mb\nc\td", "used": 1, "status": ""}]
    for form in ("table", "markdown", "tsv"):
        text = shown(report(document=rows, parts=[Table(COLUMNS, rows)]), form)
        assert "\x1b" not in text
        assert "a\\x1b" in text.replace("\\\\", "\\").replace("\\[", "[")
        assert len(text.splitlines()) == {"table": 3, "markdown": 5, "tsv": 1}[form]


def test_colour_changes_nothing_but_colour() -> None:
    given = [Lines((Line("gone", mark="-"), Line("plain"), Line("quiet", tone="quiet"))), *report().parts]
    plain = shown(report(parts=given), "table")
    coloured = shown(report(parts=given), "table", colour=True)
    assert "\033[31mbreached\033[0m" in coloured
    assert "\033[31m- gone\033[0m" in coloured
    import re

    assert re.sub(r"\033\[\d+m", "", coloured) == plain
    assert "\033" not in plain


def test_json_is_one_list_of_objects_even_if_they_are_made_on_the_way() -> None:
    for document in (ROWS, (row for row in ROWS)):
        assert json.loads(shown(report(document=document), "json")) == ROWS
    assert shown(report(document=[]), "json") == "[]\n"
    assert shown(report(document=({"a": [1]} for _ in "x")), "json") == (
        '[\n  {\n    "a": [\n      1\n    ]\n  }\n]\n'
    )


def test_json_of_one_object_is_that_object() -> None:
    assert shown(report(document={"complete": True}), "json") == '{\n  "complete": true\n}\n'


def test_json_lines_are_one_object_a_line() -> None:
    lines = shown(report(), "jsonl").splitlines()
    assert [json.loads(line) for line in lines] == ROWS
    records = [{"part": "routes"}]
    assert shown(report(records=records), "jsonl") == '{"part":"routes"}\n'


def test_tsv_has_no_headings_and_one_line_a_row() -> None:
    assert shown(report(), "tsv") == (
        'hub\t1471\tbreached\t10.0.0.0/16 10.1.0.0/16\t\nspoke-1\t9\tok\t\t{"vnet":"spoke-1"}\n'
    )
    assert shown(report(flat=[("a", None, True, 5)]), "tsv") == "a\t\ttrue\t5\n"


def test_markdown_escapes_what_markdown_would_read() -> None:
    rows = [{"name": "a|b<script>*", "used": 1, "status": "_x_ `y`"}]
    text = shown(report(parts=[Table(COLUMNS, rows)]), "markdown")
    assert text.splitlines()[-1] == "| a\\|b\\<script\\>\\* | 1 | \\_x\\_ \\`y\\` |"


def test_markdown_folds_details_and_colours_lines_as_a_diff() -> None:
    lines = Lines(
        (Line("2 places", depth=1), Line("10.0.0.0/8", mark="+", depth=2), Line("x", mark="~", depth=1))
    )
    text = shown(report(parts=[Details("Routes", "& <more>", (lines,))]), "markdown")
    assert text == (
        "<!-- routeng -->\n"
        "\n"
        "<details><summary>Routes: &amp; &lt;more&gt;</summary>\n"
        "\n"
        "```diff\n"
        "  2 places\n"
        "+   10.0.0.0/8\n"
        "! x\n"
        "```\n"
        "\n"
        "</details>\n"
    )


def test_a_name_cannot_close_the_fence_it_is_shown_in() -> None:
    text = shown(report(parts=[Lines((Line("evil ``` name", mark="+"),))]), "markdown")
    assert text.splitlines()[2] == "````diff"
    assert text.splitlines()[-1] == "````"


@pytest.mark.parametrize(
    ("expression", "document", "table"),
    [
        ("[].name", ["hub", "spoke-1"], "hub\nspoke-1\n"),
        ("length(@)", 2, "2\n"),
        ("[?used > `10`] | [0].name", "hub", "hub\n"),
        ("[].{N: name, used: used}", [{"N": "hub", "used": 1471}, {"N": "spoke-1", "used": 9}], None),
        ("[].[name, used]", [["hub", 1471], ["spoke-1", 9]], None),
        ("nothing", None, ""),
        ("[?used > `10000`]", [], ""),
    ],
)
def test_a_query_selects_from_the_document(expression: str, document: Any, table: str | None) -> None:
    found = select(report(document=(row for row in ROWS)), expression)
    assert found.document == document
    assert json.loads(shown(found, "json")) == document
    words = shown(found, "table")
    if table is not None:
        assert words == table
    else:
        assert words.splitlines()[2].split() == ["hub", "1,471"]
        assert shown(found, "tsv") == "hub\t1471\nspoke-1\t9\n"


@pytest.mark.parametrize("expression", ["[?", "", "foo(", "abs(name)"])
def test_a_wrong_query_says_so(expression: str) -> None:
    with pytest.raises(QueryError, match=r"JMESPath|abs"):
        select(Report(document={"name": "x"}, parts=()), expression)


def test_a_row_filter_keeps_what_jmespath_calls_true() -> None:
    row = {"state": "Invalid", "prefixes": [], "count": 0}
    assert row_filter("state == 'Invalid'")(row)
    assert row_filter("count")(row)
    for expression in ("prefixes", "nothing", "state == 'Active'", '`""`'):
        assert not row_filter(expression)(row)
