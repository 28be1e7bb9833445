"""routeng: the routes an Azure network would have, and what a change does to them.

The public names, each imported when it is first used, so that ``import routeng`` costs nothing:

- :func:`load` a topology, :func:`compute` a network from it, :func:`diff` two networks, :func:`run_plan`;
- :class:`PrefixTable` and :class:`FrozenPrefixTable`: longest-prefix match;
- :mod:`routeng.bgp`: BGP without Azure; :func:`schema`: the JSON Schemas of the inputs.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routeng.diff import diff as diff
    from routeng.lpm import PrefixTable as PrefixTable
    from routeng.model.loading import load as load
    from routeng.network import compute as compute

__version__ = "0.1.0"

_HOMES = {
    "load": "routeng.model.loading",
    "schema": "routeng.model.json_schema",
    "compute": "routeng.network",
    "diff": "routeng.diff",
    "run_plan": "routeng.plan",
    "PrefixTable": "routeng.lpm",
    "FrozenPrefixTable": "routeng.lpm",
    "bgp": "routeng",
}

__all__ = ["__version__", *sorted(_HOMES)]


class _CallableModule(ModuleType):
    """A module that can be called like the function of its own name."""

    def __call__(self, *args: object, **kwargs: object) -> object:
        return getattr(self, self.__name__.rpartition(".")[2])(*args, **kwargs)


class _Package(ModuleType):
    """The package ``routeng``, where ``diff`` is a function and a module.

    Python binds ``routeng.diff`` to the module whenever anybody imports it; so the module can be called, too.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and _HOMES.get(name) == value.__name__:
            value.__class__ = _CallableModule
        super().__setattr__(name, value)


def __getattr__(name: str) -> object:
    """Import the home of a public name on first use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    if home == __name__:
        return importlib.import_module(f"{home}.{name}")
    module = importlib.import_module(home)
    value: object = module if home == f"{__name__}.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted({*globals(), *_HOMES})


sys.modules[__name__].__class__ = _Package
