"""Aggregate routes (RFC 4271 §9.2.2.2) as routers build them from the valid paths inside the summary."""

from __future__ import annotations

from collections.abc import Iterable

from routeng.bgp.aspath import EMPTY_PATH, AsPath, Segment
from routeng.bgp.attributes import Attributes, Origin
from routeng.bgp.speaker import Aggregate, Speaker


def aggregate_path(paths: Iterable[AsPath]) -> AsPath:
    """The common leading sequence of the paths, then one AS_SET of every other AS (RFC 4271 §9.2.2.2)."""
    distinct = sorted(set(paths), key=str)
    if not distinct:
        return EMPTY_PATH
    if len(distinct) == 1:
        return distinct[0]
    leads = [p.segments[0].asns if p.segments and p.segments[0].kind == "sequence" else () for p in distinct]
    common: list[int] = []
    for asns in zip(*leads, strict=False):
        if len(set(asns)) > 1:
            break
        common.append(asns[0])
    rest: set[int] = set()
    for path in distinct:
        rest.update(path.asns[len(common) :])
    segments: list[Segment] = [Segment("sequence", tuple(common))] if common else []
    if rest:
        segments.append(Segment("set", tuple(sorted(rest))))
    return AsPath(tuple(segments))


def aggregate_attributes(
    speaker: Speaker, aggregate: Aggregate, contributors: Iterable[Attributes]
) -> Attributes | None:
    """The aggregate's attributes, None without contributors.

    The worst ORIGIN counts; with `as_set` the ASes and communities are kept, otherwise ATOMIC_AGGREGATE is set.
    """
    held = list(dict.fromkeys(contributors))
    if not held:
        return None
    changes: dict[str, object] = {
        "origin": max((a.origin for a in held), default=Origin.IGP),
        "aggregator": (speaker.public_asn, speaker.router_id),
        "atomic": not aggregate.as_set or any(a.atomic for a in held),
    }
    if aggregate.as_set:
        changes["as_path"] = aggregate_path(a.as_path for a in held)
        changes["communities"] = aggregate.attributes.communities.union(*(a.communities for a in held))
        changes["large_communities"] = aggregate.attributes.large_communities.union(
            *(a.large_communities for a in held)
        )
    return aggregate.attributes.replace(**changes)
