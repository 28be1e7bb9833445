"""Run a scenario of the neutral format and print every router's table in the format of the recorded answers."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any

from routeng.bgp.attributes import DEFAULT_LOCAL_PREF, Attributes, Origin, community_value
from routeng.bgp.decision import Candidate
from routeng.bgp.scenario_reader import Scenario, read
from routeng.bgp.solution import RibEntry, Solution, solve
from routeng.inputs.strict import read_json

#: Speakers times classes up to which a document says whether its tables are proven to be the only ones.
_PROVABLE = 20_000
#: How many changes of a cycle a document shows.
_SHOWN_CHANGES = 100
#: How the recorded answers spell well-known communities.
_SPELLING = {"no-export": "noExport", "no-advertise": "noAdvertise", "local-as": "localAs"}


@dataclass(frozen=True, eq=False)
class ScenarioResult:
    """A scenario and its solution."""

    scenario: Scenario
    solution: Solution

    def routers(self) -> dict[str, dict[str, list[dict[str, Any]]]]:
        """Every router's table: prefix to paths, best first; fields at their default are left out."""
        solution = self.solution
        return {
            name: {
                str(prefix): [path_document(c) for c in entry.candidates]
                for prefix, entry in solution.table(name).items()
            }
            for name in sorted(solution.graph.speakers)
        }

    def rows(self) -> list[dict[str, Any]]:
        """One flat row a path, in the order of `routers`: keys `router`, `network`, `mark` ("*" best, "=" shares load,
        "!" does not compete), `nextHop`, `from`, `asPath`, `origin`, `weight`, `localPref`, `med`, `communities`, and
        `reason`: why the path won, lost or does not compete."""
        rows = []
        for name in sorted(self.solution.graph.speakers):
            for prefix, entry in self.solution.table(name).items():
                for candidate in entry.candidates:
                    held = candidate.attributes
                    rows.append(
                        {
                            "router": name,
                            "network": str(prefix),
                            "mark": _mark(candidate),
                            "nextHop": held.next_hop or "",
                            "from": candidate.path.peer,
                            "asPath": str(held.as_path),
                            "origin": Origin(held.origin).text,
                            "weight": str(held.weight),
                            "localPref": str(
                                DEFAULT_LOCAL_PREF if held.local_pref is None else held.local_pref
                            ),
                            "med": "" if held.med is None else str(held.med),
                            "communities": " ".join(sorted(held.communities, key=community_value)),
                            "reason": _reason(candidate, entry),
                        }
                    )
        return rows

    def to_dict(self) -> dict[str, Any]:
        """The whole answer as plain JSON, keys sorted, in the shape of the recorded cases.

        `converged` and `oscillations` (the first 100 changes of a period) say whether the routes settle;
        `unique` whether the tables are proven to be the only stable ones (null: not asked, the graph is too big);
        `other_outcomes` where another activation order was found to end elsewhere; `stable` means that none was,
        as with the recorded cases, and is no proof.
        """
        from routeng import __version__

        solution = self.solution
        return {
            "scenario": dict(self.scenario.document),
            "answers": {"routeng": {"version": f"routeng {__version__}", "routers": self.routers()}},
            "stable": solution.converged and not solution.alternatives,
            "converged": solution.converged,
            "unique": _all_proven(solution),
            "oscillations": [
                {
                    "prefixes": list(o.prefixes),
                    "speakers": list(o.speakers),
                    "period": len(o.cycle),
                    "cycle": [
                        {"speaker": c.speaker, "from": c.peer, "as_path": c.as_path}
                        for c in o.cycle[:_SHOWN_CHANGES]
                    ],
                }
                for o in solution.oscillations
            ],
            "other_outcomes": [
                {
                    "order": a.order,
                    "speaker": a.speaker,
                    "prefix": a.prefix,
                    "from": a.peer,
                    "as_path": a.as_path,
                }
                for a in solution.alternatives
            ],
        }


def _all_proven(solution: Solution) -> bool | None:
    classes = solution.partition.classes
    if len(classes) * len(solution.graph.speakers) > _PROVABLE:
        return None
    return all(solution.unique(c.representative) is True for c in classes)


def _mark(candidate: Candidate) -> str:
    return "*" if candidate.best else "=" if candidate.multipath else "" if candidate.valid else "!"


def _reason(candidate: Candidate, entry: RibEntry) -> str:
    if candidate.ineligible is not None:
        return str(candidate.ineligible)
    if candidate.best:
        return "only path" if entry.reason is None else f"won at {entry.reason}"
    lost_to = "" if candidate.lost_to is None else candidate.lost_to.peer
    return f"lost at {candidate.lost_at} to {lost_to}"


def path_document(candidate: Candidate) -> dict[str, Any]:
    """One path in the format of the recorded answers, plus `lost_at` / `lost_to` and why it is ineligible."""
    path, held = candidate.path, candidate.attributes
    fields: dict[str, Any] = {
        "from": path.peer,
        "peer_addr": path.peer_address,
        "next_hop": held.next_hop,
        "local_pref": DEFAULT_LOCAL_PREF if held.local_pref is None else held.local_pref,
        "igp_metric": path.igp_metric or 0,
        "valid": candidate.valid,
        "best": candidate.best,
        "multipath": candidate.multipath,
        "suppressed": candidate.suppressed,
        "lost_at": candidate.lost_at,
        "lost_to": None if candidate.lost_to is None else candidate.lost_to.peer,
        "ineligible": None if candidate.ineligible is None else str(candidate.ineligible),
        **attributes_document(held),
    }
    return {name: value for name, value in sorted(fields.items()) if value != _DEFAULTS.get(name)}


def attributes_document(held: Attributes) -> dict[str, Any]:
    """The attributes that do not depend on the holder."""
    return {
        "as_path": held.as_path.to_json(),
        "med": held.med,
        "weight": held.weight,
        "origin": Origin(held.origin).text,
        "communities": [_SPELLING.get(text, text) for text in sorted(held.communities, key=community_value)],
        "large_communities": sorted(held.large_communities),
        "originator_id": held.originator_id,
        "cluster_list": list(held.cluster_list) or None,
        "aggregator": None if held.aggregator is None else held.aggregator[0],
        "atomic": held.atomic,
    }


_DEFAULTS: dict[str, Any] = {
    "as_path": [],
    "local_pref": DEFAULT_LOCAL_PREF,
    "weight": 0,
    "origin": "igp",
    "communities": [],
    "large_communities": [],
    "igp_metric": 0,
    "valid": True,
    "best": False,
    "multipath": False,
    "suppressed": False,
    "atomic": False,
}


def run(source: str | PathLike[str] | bytes) -> ScenarioResult:
    """Read, solve and return a scenario file (`-` for standard input); InputErrors for bad input."""
    name = "<bytes>" if isinstance(source, bytes) else str(source)
    return run_document(read_json(source), name)


def run_document(document: Any, file: str = "<scenario>") -> ScenarioResult:
    """The same for an already parsed document."""
    scenario = read(document, file)
    return ScenarioResult(scenario, solve(scenario.graph))
