"""The prefix table knows nothing but prefixes: its compiled modules import no other part of routeng."""

import re
from pathlib import Path

import pytest

import routeng.lpm

PACKAGE = Path(routeng.lpm.__file__).parent
ALLOWED = {"routeng._lpm"}


@pytest.mark.parametrize("name", ["_lpm.pyx", "_lpm.pxd", "_lpm_sets.pyx", "_frozen.pyx", "lpm.py"])
def test_imports_of_the_prefix_table(name):
    source = (PACKAGE / name).read_text()
    found = set(
        re.findall(r"^\s*(?:from|c?import)\s+(routeng[\w.]*)(?:\s+c?import\s+(\w+))?", source, re.MULTILINE)
    )
    modules = {f"{module}.{what}" if module == "routeng" and what else module for module, what in found}
    allowed = ALLOWED if name != "lpm.py" else {"routeng._lpm", "routeng._lpm_sets", "routeng._frozen"}
    assert modules <= allowed
    if name in ("_lpm_sets.pyx", "_frozen.pyx", "lpm.py"):
        assert "routeng._lpm" in modules  # the pattern does find imports
