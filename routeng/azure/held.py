"""What a node holds, chooses and sends, by prefix: for counting and comparing, one look per route class.

The printed tables are in :mod:`routeng.azure.rib`; here the cost is that of the classes of routes, not of routes.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

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


class Chosen(msgspec.Struct, frozen=True):
    """How a node reaches a prefix: the best paths of its instances, each as AS path, neighbour and weight."""

    paths: tuple[tuple[str, str, int], ...]

    def __str__(self) -> str:
        words = (
            f"{path or 'own'} from {peer}" + (f" weight {w}" if w else "") if peer else "own"
            for path, peer, w in self.paths
        )
        return ", ".join(words) or "held, none best"


def chosen(plan: SessionPlan, solution: Solution, instances: Iterable[Instance]) -> dict[Prefix, Chosen]:
    """The best paths of a node by prefix; prefixes that travel together share one object."""
    speakers = [i.speaker for i in instances if i.speaker in plan.speakers]
    found: dict[Prefix, Chosen] = {}
    for one in solution.partition.classes:
        paths: dict[tuple[str, str, int], None] = {}
        known = False
        for speaker in speakers:
            entry = solution.rib(speaker, one.prefixes[0])
            for candidate in entry.candidates if entry is not None else ():
                if "summary" in candidate.attributes.tags:
                    continue
                known = True
                if candidate.best or candidate.multipath:
                    peer = "" if candidate.path.is_local else plan.node_of(candidate.path.peer)
                    text = str(candidate.attributes.as_path).replace(" ", "-")
                    paths[text, peer, candidate.attributes.weight] = None
        if known:
            found.update(dict.fromkeys(one.prefixes, Chosen(tuple(sorted(paths)))))
    return found


def announced(
    plan: SessionPlan, solution: Solution, instances: Iterable[Instance]
) -> dict[str, dict[Prefix, tuple[str, ...]]]:
    """What a node sends, by receiving node and prefix: the AS paths sent."""
    speakers = [i.speaker for i in instances if i.speaker in plan.speakers]
    found: dict[str, dict[Prefix, tuple[str, ...]]] = {}
    for one in solution.partition.classes:
        paths: dict[str, set[str]] = {}
        for speaker in speakers:
            for a in solution.advertised(speaker, one.prefixes[0]):
                if a.attributes is not None:
                    text = str(a.attributes.as_path).replace(" ", "-")
                    paths.setdefault(plan.node_of(a.peer), set()).add(text)
        for peer, texts in paths.items():
            found.setdefault(peer, {}).update(dict.fromkeys(one.prefixes, tuple(sorted(texts))))
    return found
