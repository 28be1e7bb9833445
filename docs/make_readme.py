"""Fills the outputs in README.md with real runs.

python docs/make_readme.py            write them
python docs/make_readme.py --check    say whether they are up to date (exit status 1 if not)

A block to fill stands between ``<!-- run: ARGUMENTS -->`` and ``<!-- end -->``; ``until=TEXT`` in front of the
arguments stops the output before the first line that starts with TEXT (``:`` stands for a blank).
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
from pathlib import Path

from routeng.cli.app import run

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"<!-- run: (?:until=(?P<until>\S+) )?(?P<line>.+?) -->\n.*?<!-- end -->", re.S)


def output(line: str, until: str | None) -> str:
    """What a command prints, run in the root of the repository."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out):
        status = run(shlex.split(line))
    if status not in (0, 1):
        raise SystemExit(f"routeng {line}: exit status {status}")
    out.seek(0)
    lines = out.read().rstrip().splitlines()
    if until is not None:
        start = until.replace(":", " ", 1)
        lines = lines[: next((i for i, text in enumerate(lines) if text.startswith(start)), len(lines))]
    return "\n".join(text.rstrip() for text in lines).rstrip()


def filled(text: str) -> str:
    """The README with every block filled."""

    def block(found: re.Match[str]) -> str:
        until = f"until={found['until']} " if found["until"] else ""
        shown = output(found["line"], found["until"])
        return f"<!-- run: {until}{found['line']} -->\n```text\n{shown}\n```\n<!-- end -->"

    return BLOCK.sub(block, text)


if __name__ == "__main__":
    os.environ.update(COLUMNS="110", NO_COLOR="1")
    old = README.read_text(encoding="utf-8")
    new = filled(old)
    if "--check" not in sys.argv[1:]:
        README.write_text(new, encoding="utf-8")
    elif new != old:
        sys.exit("README.md is not up to date: python docs/make_readme.py")
