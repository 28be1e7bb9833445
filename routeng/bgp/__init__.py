"""Vendor-neutral BGP: paths, policies, the decision process with reasons, propagation to a fixed point.

The room knows prefixes and nothing of any platform.  A `Graph` of `Speaker`s and `Session`s goes in, `solve`
gives a `Solution`: every Adj-RIB-In (before and after policy), Loc-RIB and Adj-RIB-Out with reasons.

Values (immutable, interned; addresses and router ids are canonical text, prefixes `routeng.lpm.Prefix`)
    AsPath       `AsPath.of(65001, 65002)`, `AsPath.parse("65001 {65002,65003}")`; `.prepend(*asns)`,
                 `.replace(old, new)`, `.without(asns)`, `.strip_leading(predicate)`, `.asns`, `.first`,
                 `.hops`, `.count(asn)`
    Attributes   `Attributes(as_path=, next_hop=, origin=, local_pref=, med=, weight=, communities=, tags=...)`;
                 `.replace(**changes)`.  `tags` are opaque and cross sessions unless a transform drops them.

Declaration
    Speaker      name, AS, router id, `originate`, `aggregates`, `decision`, `multipath`, `igp(next_hop)`.
                 Several speakers may share one AS.
    Decision     `steps` is data: names of standard steps and own `Step(name, key)`s (the lower `key(path)` wins).
    Multipath    paths that tie in every step up to `after` share, at most `ebgp` / `ibgp` of them.
    Session      two `End`s; `kind` is derived from the ASes or forced, `up` may be False.
    End          what one side configures for the other: policies, options, and the extension points
                 `import_transforms`, `export_transforms`, `select`.
    Transform    `fn(attributes, crossing) -> Attributes | Reject`; memoised per session, direction, attributes and
                 prefix class, so `fn` must depend on nothing else.
    Selector     `fn(view) -> Path | tuple of paths | Reject`: what to send, seeing the sender's whole state
                 (`SenderView`); split horizon, iBGP and community rules still apply to its choice.
    Graph        validates (ValueError); `.with_session`, `.session_down`, `.with_speaker`, ... give changed copies.

Answers
    solve(graph) -> Solution
        .rib(speaker, prefix) -> RibEntry | None   candidates best first, each with the step it lost at and to whom
        .table(speaker), .best(speaker, prefix)
        .received(speaker, prefix)                 Adj-RIB-In: as sent, as accepted, or why refused
        .advertised(speaker, prefix)               Adj-RIB-Out: as sent, or why not
        .why(speaker, prefix)                      every route's fate: best, lost, ineligible, refused, not sent
        .converged, .oscillations, .alternatives, .dropped_sessions
        .resolve_with(graph) -> Solution           only the touched route classes anew; equals `solve(graph)`
    `routeng.bgp.scenario.run(path)` runs a file of the neutral scenario format.
"""

from routeng.bgp.aspath import AsPath, is_private
from routeng.bgp.attributes import WELL_KNOWN, Attributes, Origin, community, large_community
from routeng.bgp.decision import (
    KEEP_OLDEST_STEPS,
    RFC_STEPS,
    STANDARD_STEPS,
    Candidate,
    Decision,
    Multipath,
    Path,
    Step,
)
from routeng.bgp.graph import Graph
from routeng.bgp.igp import SubnetMetrics
from routeng.bgp.policy import DENY_ALL, PERMIT_ALL, Policy, PrefixMatch, Reject, Rule
from routeng.bgp.session import Crossing, End, Selector, SenderView, Session, Transform
from routeng.bgp.solution import (
    Advertised,
    Alternative,
    DroppedSession,
    Received,
    RibEntry,
    Solution,
    solve,
)
from routeng.bgp.speaker import LOCAL_WEIGHT, Aggregate, Confederation, Origination, Speaker
from routeng.bgp.state import Oscillation
from routeng.bgp.why import Explanation, Fate

__all__ = [
    "DENY_ALL",
    "KEEP_OLDEST_STEPS",
    "LOCAL_WEIGHT",
    "PERMIT_ALL",
    "RFC_STEPS",
    "STANDARD_STEPS",
    "WELL_KNOWN",
    "Advertised",
    "Aggregate",
    "Alternative",
    "AsPath",
    "Attributes",
    "Candidate",
    "Confederation",
    "Crossing",
    "Decision",
    "DroppedSession",
    "End",
    "Explanation",
    "Fate",
    "Graph",
    "Multipath",
    "Origin",
    "Origination",
    "Oscillation",
    "Path",
    "Policy",
    "PrefixMatch",
    "Received",
    "Reject",
    "RibEntry",
    "Rule",
    "Selector",
    "SenderView",
    "Session",
    "Solution",
    "Speaker",
    "Step",
    "SubnetMetrics",
    "Transform",
    "community",
    "is_private",
    "large_community",
    "solve",
]
