"""What the user declares: topologies and plans as typed, frozen structures.

``load``, ``loads`` (files to topologies), ``schema`` (JSON Schema),
``apply`` and ``merge_patch`` (RFC 7396), ``normalize`` (the canonical form); each is imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routeng.model.json_schema import schema as schema
    from routeng.model.loading import load as load
    from routeng.model.loading import loads as loads
    from routeng.model.normal import normalize as normalize
    from routeng.model.patch import apply as apply
    from routeng.model.patch import merge_patch as merge_patch
    from routeng.model.topology import Topology as Topology

_HOMES = {
    "load": "loading",
    "loads": "loading",
    "Topology": "topology",
    "schema": "json_schema",
    "apply": "patch",
    "merge_patch": "patch",
    "normalize": "normal",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    """Import the home of a public name on first use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'routeng.model' has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(f"routeng.model.{home}"), name)
    globals()[name] = value
    return value
