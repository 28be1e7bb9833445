"""The documentation's code runs and prints what it shows."""

import re
from pathlib import Path

from routeng.bgp import STANDARD_STEPS
from routeng.bgp.scenario import run

PAGE = (Path(__file__).parents[2] / "docs" / "bgp.md").read_text()
CASES = Path(__file__).parent / "cases" / "handwritten"


def test_python_example(capsys):
    code, shown = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", PAGE, re.DOTALL).groups()
    exec(compile(code, "docs/bgp.md", "exec"), {})
    assert capsys.readouterr().out == shown


def test_worked_why():
    section = PAGE[PAGE.index("### One worked `why`") :]
    shown = re.search(r"```\n(.*?)```", section, re.DOTALL).group(1)
    solution = run(CASES / "med-deterministic-on.json").solution
    assert f"{solution.why('A', '10.1.0.0/16')}\n" == shown


def test_table_of_steps():
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert [name for _, name in rows] == list(STANDARD_STEPS)
    assert [int(number) for number, _ in rows] == list(range(1, len(STANDARD_STEPS) + 1))
