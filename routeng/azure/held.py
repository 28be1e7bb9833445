"""Which prefixes a node holds from, or sends to, some peers: for counting, one look per route class.

The printed tables are in :mod:`routeng.azure.rib`; here nothing is formatted, so a count costs as much as there are
classes of routes, not routes.
"""

from __future__ import annotations

from collections.abc import Iterable

from routeng.azure.instances import Instance
from routeng.azure.session_plan import SessionPlan
from routeng.bgp.solution import Solution
from routeng.lpm import Prefix


def held(
    plan: SessionPlan, solution: Solution, instances: Iterable[Instance], peers: frozenset[str] | None
) -> set[Prefix]:
    """The prefixes of accepted paths at some instances of a node, or only of paths from ``peers``."""
    speakers = [i.speaker for i in instances if i.speaker in plan.speakers]
    found: set[Prefix] = set()
    for one in solution.partition.classes:
        for speaker in speakers:
            entry = solution.rib(speaker, one.prefixes[0])
            if entry is not None and any(
                (peers is None or c.path.peer in peers) and "summary" not in c.attributes.tags
                for c in entry.candidates
            ):
                found.update(one.prefixes)
                break
    return found


def sent(
    plan: SessionPlan, solution: Solution, instances: Iterable[Instance], peers: frozenset[str]
) -> set[Prefix]:
    """The prefixes that some instances of a node send to ``peers`` (speaker names)."""
    speakers = [i.speaker for i in instances if i.speaker in plan.speakers]
    found: set[Prefix] = set()
    for one in solution.partition.classes:
        for speaker in speakers:
            if any(
                a.peer in peers and a.attributes is not None
                for a in solution.advertised(speaker, one.prefixes[0])
            ):
                found.update(one.prefixes)
                break
    return found
