"""What the compiled propagation can do: the columns of its decision, the communities it can ask for, its obstacles."""

from __future__ import annotations

from collections.abc import Iterable

from routeng.bgp.graph import Graph
from routeng.bgp.policy import Policy
from routeng.bgp.speaker import Speaker

#: The numbers of the decision columns in ``_propagate``.
COLUMNS = (
    "weight",
    "local_pref",
    "local_origin",
    "as_path",
    "origin",
    "med",
    "external",
    "igp_metric",
    "confed_external",
    "router_id",
    "cluster_list",
    "peer_address",
)
#: The bits of the communities that speakers act on.
HONOURED = {"no-export": 1, "no-advertise": 2, "local-as": 4}


def _speaker_obstacle(speaker: Speaker) -> str | None:
    decision = speaker.decision
    if any(step not in (*COLUMNS, "session") for step in decision.steps):
        return "a decision step of its own, or `oldest`"
    if not decision.deterministic_med and not decision.always_compare_med and "med" in decision.names:
        return "MED compared in order of arrival"
    if speaker.confederation is not None:
        return "a confederation"
    if ":" in speaker.router_id or ":" in speaker.cluster:
        return "a router id that is no IPv4 address"
    return None


def _policy_obstacle(policy: Policy) -> str | None:
    for rule in policy.rules:
        if rule.as_path_regex is not None or rule.large_communities or rule.add_large_communities:
            return "a rule on path expressions or large communities"
        if rule.tags or rule.add_tags:
            return "a rule on tags"
        if len(rule.prepend) > 255:
            return "more than 255 prepends"
    return None


def supports(graph: Graph) -> str | None:
    """None when the graph can be compiled, else the first feature that stands in the way."""
    if graph.stages:
        return "start in stages"
    for speaker in graph.speakers.values():
        found = _speaker_obstacle(speaker)
        if found is not None:
            return f"{speaker.name}: {found}"
    owners: dict[str, str] = {}
    checked: dict[int, str | None] = {}
    for session in graph.sessions.values():
        for end in (session.a, session.b):
            if end.import_transforms or end.export_transforms or end.select is not None:
                return f"{session.id}: a transform or selector"
            if end.next_hop == "third-party":
                return f"{session.id}: third-party next hops"
            if end.default_originate or end.add_path > 1:
                return f"{session.id}: default-originate or add-path"
            if owners.setdefault(end.address, end.speaker) != end.speaker:
                return f"{session.id}: address {end.address} belongs to two speakers"
            for policy in (end.import_policy, end.export_policy):
                if id(policy) not in checked:
                    checked[id(policy)] = _policy_obstacle(policy)
                found = checked[id(policy)]
                if found is not None:
                    return f"{session.id}: {found}"
    if any(link.kind == "confed" for link in graph.every_link):
        return "a confederation session"
    return None if len(asked_communities(graph)) <= 61 else "more than 61 communities in conditions"


def _policies(graph: Graph) -> Iterable[Policy]:
    seen: dict[int, Policy] = {}
    for link in graph.every_link:
        for policy in (link.out.export_policy, link.into.import_policy):
            seen.setdefault(id(policy), policy)
    return seen.values()


def asked_communities(graph: Graph) -> list[str]:
    """The communities that conditions of policies ask for, the honoured ones left out."""
    found: dict[str, None] = {}
    for policy in _policies(graph):
        for rule in policy.rules:
            found.update(dict.fromkeys(sorted(rule.communities)))
    return [text for text in found if text not in HONOURED]
