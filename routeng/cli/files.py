"""Topologies of the command line: files, standard input, overlays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routeng.model.topology import Topology
    from routeng.network import Network


def topology(path: str, overlays: Sequence[str] = ()) -> Topology:
    """The topology in ``path`` with ``overlays`` merged on top, one after the other (RFC 7396)."""
    from routeng.model.loading import load, loads

    if not overlays:
        return load(path)

    import msgspec

    from routeng.inputs.strict import read_json
    from routeng.model.patch import merge_patch

    merged = read_json(path)
    for overlay in overlays:
        merged = merge_patch(merged, read_json(overlay))
    name = " + ".join("<stdin>" if p == "-" else p for p in (path, *overlays))
    return loads(msgspec.json.encode(merged), name)


def network(path: str, overlays: Sequence[str] = (), *, enforce_limits: bool = False) -> Network:
    """The computed network of :func:`topology`; ``enforce_limits`` applies what happens beyond breached limits."""
    from routeng.network import compute

    return compute(topology(path, overlays), enforce_limits=enforce_limits)
