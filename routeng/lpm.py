"""Prefixes and the table that answers "which prefix covers this address".

This is the only door to the compiled module ``routeng._lpm``. Concepts, costs and measured ratios to other
libraries: ``docs/prefix-table.md``.
"""

from routeng._lpm import (
    HostBitsError,
    LayerStack,
    Prefix,
    PrefixTable,
    format_address,
    parse_address,
    parse_prefix,
    try_prefix,
)

__all__ = [
    "HostBitsError",
    "LayerStack",
    "Prefix",
    "PrefixTable",
    "format_address",
    "parse_address",
    "parse_prefix",
    "try_prefix",
]
