"""GitHub-flavoured Markdown, fit for a comment on a pull request: the bulk is folded into ``<details>``."""

from __future__ import annotations

from collections.abc import Iterator

from routeng.report.parts import Details, Heading, Lines, Part, Report, Table, text

MARKER = "<!-- routeng -->"
"""First line of every Markdown report: a bot finds its own comment by it, and updates it in place."""

_ESCAPED = str.maketrans({c: "\\" + c for c in "\\`*_{}[]<>#|~"})


def render(report: Report) -> Iterator[str]:
    """The parts of ``report``, a blank line between two parts."""
    yield MARKER + "\n"
    for part in report.parts:
        yield "\n"
        yield from _part(part)


def _part(part: Part) -> Iterator[str]:
    if isinstance(part, Heading):
        yield f"### {escaped(part.text)}\n"
    elif isinstance(part, Table):
        yield from _table(part)
    elif isinstance(part, Details):
        yield f"<details><summary>{_html(text(f'{part.title}: {part.summary}'))}</summary>\n"
        for inner in part.parts:
            yield "\n"
            yield from _part(inner)
        yield "\n</details>\n"
    else:
        yield from _lines(part)


def _lines(part: Lines) -> Iterator[str]:
    if not any(line.mark for line in part.lines):
        yield "  \n".join(_plain(line.text, line.tone) for line in part.lines) + "\n"
        return
    # GitHub colours a diff block by the first character of a line and knows "!" for "changed".
    fence = "```"
    while any(fence in line.text for line in part.lines):
        fence += "`"
    yield f"{fence}diff\n"
    for line in part.lines:
        mark = "!" if line.mark == "~" else line.mark or " "
        yield f"{mark} {'  ' * max(0, line.depth - 1)}{text(line.text)}\n"
    yield f"{fence}\n"


def _plain(words: str, tone: str) -> str:
    found = escaped(words)
    return f"**{found}**" if tone in ("bad", "strong") and found else found


def _table(table: Table) -> Iterator[str]:
    yield "| " + " | ".join(escaped(column.title) for column in table.columns) + " |\n"
    yield "|" + "|".join(" ---: " if column.right else " --- " for column in table.columns) + "|\n"
    for row in table.rows:
        cells = (text(row.get(column.key)) for column in table.columns)
        yield "| " + " | ".join(escaped(cell) for cell in cells) + " |\n"


def escaped(words: str) -> str:
    """``words`` with everything that Markdown or HTML would read as markup made plain."""
    return text(words).translate(_ESCAPED)


def _html(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
