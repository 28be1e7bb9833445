"""Files to topologies: the fast way first, and the way that names every error when that fails."""

from __future__ import annotations

import gc
import os

import msgspec

from routeng.inputs.errors import InputErrors
from routeng.inputs.strict import Source, check, parse, read_bytes
from routeng.model.problems import Problems
from routeng.model.topology import Topology, decode


def load(path: str | os.PathLike[str]) -> Topology:
    """The topology in a file (``-`` is standard input), decoded, checked and resolved.

    Raises :class:`~routeng.inputs.errors.InputErrors` with every error of the file.
    """
    data, file = read_bytes(path)
    return loads(data, file)


def loads(data: Source, file: str | None = None) -> Topology:
    """The topology in bytes of JSON; see :func:`load`."""
    from routeng.model.resolve import resolve

    data, file = read_bytes(data, file)
    collecting = gc.isenabled()
    gc.disable()  # tens of thousands of small objects are made and none becomes garbage
    try:
        check(data, file)
        topology = decode(data)
        resolve(topology, file)
        return topology
    finally:
        if collecting:
            gc.enable()
