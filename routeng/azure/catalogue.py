"""All rules of the azure room, gathered from the files that implement them."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping

import routeng.azure
from routeng.azure.rules import Rule


@functools.cache
def rule_register() -> Mapping[str, Rule]:
    """Every rule by id, in the order of files and of statements within a file.

    Raises ``ValueError`` if two files state the same id: a rule lives in one place.
    """
    register: dict[str, Rule] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(routeng.azure.__path__)):
        if module == "catalogue":
            continue
        for rule in getattr(importlib.import_module(f"routeng.azure.{module}"), "RULES", ()):
            if rule.id in register:
                raise ValueError(f"rule {rule.id} is stated twice, the second time in routeng.azure.{module}")
            register[rule.id] = rule
    return register
