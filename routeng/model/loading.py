"""Files to topologies: the fast way first, and the way that names every error when that fails.

Fast: a scan of the bytes (depth, duplicate keys), the decoder straight into structs, ``resolve``. Files with ``x-...``
keys are decoded to plain objects first, where those keys are dropped. Only if that fails does the slow way walk the
plain document, collect every error of shape, and resolve what is left to collect every error of meaning.
"""

from __future__ import annotations

import os
from typing import Any

import msgspec

from routeng.collector import paused
from routeng.inputs.errors import InputErrors
from routeng.inputs.strict import Source, check, parse, read_bytes
from routeng.model.problems import Problems
from routeng.model.resolve import collect, resolve
from routeng.model.structure import WRONG, Walk, strip_extensions, type_of
from routeng.model.topology import Topology, decode


def load(path: str | os.PathLike[str]) -> Topology:
    """The topology in a file (``-`` is standard input), decoded, checked and resolved.

    Raises :class:`~routeng.inputs.errors.InputErrors` with every error of the file.
    """
    data, file = read_bytes(path)
    return loads(data, file)


def loads(data: Source, file: str | None = None) -> Topology:
    """The topology in bytes of JSON; see :func:`load`."""
    data, file = read_bytes(data, file)
    with paused():  # tens of thousands of small objects are made and none becomes garbage
        return _fast(data, file) or _thorough(data, file)


def from_plain(document: Any, file: str = "<topology>") -> Topology:
    """The topology of a plain JSON document (dicts and lists, not modified); every error as in :func:`load`."""
    problems = Problems(file)
    topology = _from_document(document, problems)
    problems.check()
    return topology


def _fast(data: bytes, file: str) -> Topology | None:
    """The topology if nothing is wrong with it; None to say that a thorough look is needed."""
    try:
        check(data, file)
        if b'"x-' in data or b"\\u" in data:
            document = msgspec.json.decode(data)
            if type(document) is not dict or strip_extensions(document):
                return None
            topology = msgspec.convert(document, Topology)
        else:
            topology = decode(data)
        resolve(topology, file)
    except (InputErrors, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return topology


def _thorough(data: bytes, file: str) -> Topology:
    """The topology, or every error of the file."""
    document, errors = parse(data, file)
    problems = Problems(file)
    problems.errors.extend(errors)
    topology = _from_document(document, problems)
    problems.check()
    return topology


def _from_document(document: Any, problems: Problems) -> Topology:
    walk = Walk(problems)
    cleaned = walk.clean(document, type_of(Topology), ())
    if cleaned is WRONG:
        problems.check()
    problems.kept = walk.kept
    topology = msgspec.convert(cleaned, Topology)
    declaration = collect(
        topology, problems, {section: frozenset(names) for section, names in walk.absent.items()}
    )
    if not problems.errors:
        topology.__dict__["declaration"] = declaration
    return topology
