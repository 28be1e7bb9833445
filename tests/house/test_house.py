"""The house stays a house: what import-linter cannot see."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "routeng"
SOURCES = sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyx"), *PACKAGE.rglob("*.pyi")])
IMPORT = re.compile(r"^\s*(?:from\s+(routeng[\w.]*)\s+c?import\s+(\w+)|c?import\s+(routeng[\w.]*))", re.M)

TABLES = {"_lpm", "_lpm_sets", "_frozen"}
"""The compiled modules of the prefix table, which may import each other and nothing else of the package."""


def imports(path: Path) -> set[str]:
    found = set()
    for module, name, plain in IMPORT.findall(path.read_text(encoding="utf-8")):
        found.add(plain or (f"routeng.{name}" if module == "routeng" else module))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_the_compiled_prefix_table_is_reached_through_one_door(path: Path) -> None:
    if path.stem not in {"lpm", *TABLES}:
        assert not imports(path) & {f"routeng.{t}" for t in TABLES}


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.pyx")), ids=lambda p: p.relative_to(PACKAGE).as_posix()
)
def test_compiled_modules_import_only_their_own_room(path: Path) -> None:
    room = "routeng." + path.relative_to(PACKAGE).parts[0]
    allowed = {f"routeng.{t}" for t in TABLES} if path.stem in TABLES else {"routeng.lpm"}
    for module in imports(path):
        assert module in allowed or (path.stem not in TABLES and module.startswith(room))


def test_compiled_modules_have_stubs() -> None:
    for path in PACKAGE.rglob("*.pyx"):
        assert path.with_suffix(".pyi").exists(), path
