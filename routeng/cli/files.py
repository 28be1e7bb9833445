"""Topologies of the command line: files, standard input, overlays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routeng.model.topology import Topology
    from routeng.network import Network


def topology(path: str, overlays: Sequence[str] = ()) -> Topology:
    """The topology in ``path`` with ``overlays`` merged on top, one after the other (RFC 7396).

    ``plan.json#3.1`` is the topology after step 3.1 of a plan; ``plan.json#base`` its base.
    """
    from routeng.model.loading import load, loads

    plan, hash_, step = path.rpartition("#")
    if hash_ and not os.path.exists(path):
        return _of_plan(plan, step, overlays)
    if not overlays:
        return _warned(load(path))

    import msgspec

    from routeng.inputs.strict import read_json
    from routeng.model.patch import merge_patch

    merged = read_json(path)
    for overlay in overlays:
        merged = merge_patch(merged, read_json(overlay))
    name = " + ".join("<stdin>" if p == "-" else p for p in (path, *overlays))
    return _warned(loads(msgspec.json.encode(merged), name))


def _warned(found: Topology) -> Topology:
    """The topology, after saying once what of it is declared but not computed."""
    from routeng.cli.output import say
    from routeng.model.coverage import warning

    words = warning(found)
    if words is not None:
        say(words)
    return found


def _of_plan(plan: str, step: str, overlays: Sequence[str]) -> Topology:
    from routeng.inputs.strict import read_json
    from routeng.model.loading import load
    from routeng.model.patch import apply
    from routeng.model.plan import load_plan
    from routeng.plan import step_topology

    file = load_plan(plan)
    base = step == "base" and not any(s.id == "base" for s in file.plan.steps)
    found = load(file.path(file.plan.base)) if base else step_topology(file, step)
    for overlay in overlays:
        found = apply(found, read_json(overlay), overlay)
    return found


def network(path: str, overlays: Sequence[str] = (), *, enforce_limits: bool = False) -> Network:
    """The computed network of :func:`topology`; ``enforce_limits`` applies what happens beyond breached limits."""
    from routeng.network import compute

    return compute(topology(path, overlays), enforce_limits=enforce_limits)
