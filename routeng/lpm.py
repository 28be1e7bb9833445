"""Prefixes and the table that answers "which prefix covers this address".

This is the only door to the compiled modules ``_lpm``, ``_lpm_sets`` and ``_frozen``. Concepts, costs and
measured ratios to other libraries: ``docs/prefix-table.md``.
"""

from routeng._frozen import FrozenPrefixTable, kernels, use_kernel
from routeng._lpm import (
    HostBitsError,
    LayerStack,
    Memory,
    Prefix,
    PrefixTable,
    TableDiff,
    arena_bytes,
    format_address,
    parse_address,
    parse_prefix,
    try_prefix,
)
from routeng._lpm_sets import Summary, aggregate, first_free, gaps, intersect, subtract, summarize

__all__ = [
    "FrozenPrefixTable",
    "HostBitsError",
    "LayerStack",
    "Memory",
    "Prefix",
    "PrefixTable",
    "Summary",
    "TableDiff",
    "aggregate",
    "arena_bytes",
    "first_free",
    "format_address",
    "gaps",
    "intersect",
    "kernels",
    "parse_address",
    "parse_prefix",
    "subtract",
    "summarize",
    "try_prefix",
    "use_kernel",
]
