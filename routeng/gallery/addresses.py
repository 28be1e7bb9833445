"""Addresses that the generators hand out: /24s of 10.0.0.0/8, counted from the block after the hubs'."""

from __future__ import annotations

HUB_BLOCKS = 256
"""10.0.0.0/16 is left to hubs."""


def block(index: int, start: int = HUB_BLOCKS) -> str:
    """The first three octets of the /24 number ``index`` counted from number ``start`` of 10.0.0.0/8."""
    number = start + index
    if not 0 <= number < 65536:
        raise ValueError(f"10.0.0.0/8 has no /24 number {number}")
    return f"10.{number >> 8}.{number & 255}"


def digits(count: int, least: int = 3) -> int:
    """Digits that numbers up to ``count`` need, so that names sort as they count."""
    return max(least, len(str(count)))
