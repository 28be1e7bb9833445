"""Writes docs/rules.md from the rule register and the profile switches: run it after changing a rule."""

from __future__ import annotations

from pathlib import Path

from routeng.azure.catalogue import rule_register
from routeng.azure.profile import SWITCHES

HEAD = """# Rules

Every route, and every route that is absent, names the rule behind it (`routeng rules ID` prints one). The grade
says how well a rule is supported: *recorded* in real tables, *documented* by Microsoft, *reported* by an engineer
who tested it, or *inferred*. This page is generated from the register by `docs/make_rules.py`.

| id | says | grade | source | switch |
|---|---|---|---|---|
"""

SWITCH_HEAD = """
## Switches

Rules that are dated, disputed or inferred can be switched in the topology's `profile`; the first value is the
default.

| switch | values | decides |
|---|---|---|
"""


def page() -> str:
    """The page as text."""
    rules = "".join(
        f"| {r.id} | {r.says} | {r.grade} | {r.source} | {r.switch or ''} |\n"
        for r in rule_register().values()
    )
    switches = "".join(f"| `{n}` | {', '.join(s.values)} | {s.decides} |\n" for n, s in SWITCHES.items())
    return HEAD + rules + SWITCH_HEAD + switches


if __name__ == "__main__":
    Path(__file__).with_name("rules.md").write_text(page(), encoding="utf-8")
