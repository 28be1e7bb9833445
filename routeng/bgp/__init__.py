"""Vendor-neutral BGP: paths, policies, the decision process with reasons, propagation to a fixed point.

The room knows prefixes and nothing of any platform.  A `Graph` of `Speaker`s and `Session`s goes in, `solve`
gives a `Solution`: every Adj-RIB-In (before and after policy), Loc-RIB and Adj-RIB-Out with reasons.

Values (immutable, interned; addresses and router ids are canonical text, prefixes `routeng.lpm.Prefix`)
    AsPath          `AsPath.of(65001, 65002)`, `AsPath.parse("65001 {65002,65003}")`; `.prepend(*asns)`,
                    `.replace(old, new)`, `.without(asns)`, `.strip_leading(pred)`, `.asns`, `.first`, `.hops`, `.count(asn)`
    Attributes      `Attributes(as_path=, next_hop=, origin=Origin.IGP, local_pref=None, med=None, weight=0,
                    communities=frozenset[str], large_communities=, originator_id=, cluster_list=, aggregator=,
                    atomic=, tags=frozenset[Hashable])`; `.replace(**changes)`.  `tags` are opaque to the engine and
                    cross sessions with the route unless a transform drops them.

Declaration
    Speaker(name, asn, router_id, originate=(Origination(prefix, attributes), ...), aggregates=(), decision=Decision(),
            multipath=Multipath(), confederation=None, cluster_id=None, igp=None, refuse_asns=frozenset(), ...)
        `igp(next_hop: str) -> metric | None` says how far a next hop is (None: unreachable); `igp=None`: all at 0.
        Several speakers may share one ASN.
    Decision(steps=STANDARD_STEPS, always_compare_med=False, deterministic_med=True, med_missing_as_worst=False)
        `steps` is data: standard step names and own `Step(name, key=lambda path: comparable)`s (lower key wins), in order.
        `path` there is a `Path`: `.attributes`, `.kind` ("local" "aggregate" "ebgp" "ibgp" "confed"), `.peer`,
        `.session`, `.igp_metric`, `.peer_router_id`, `.peer_address`.
    Multipath(ebgp=1, ibgp=1, relax=False, after="confed_external", local=False)
        paths that tie in every step up to `after` share, at most `ebgp`/`ibgp` of them.
    Session(name, a=End(...), b=End(...), kind="auto" | "ebgp" | "ibgp" | "confed", up=True)
    End(speaker, address, ...)    what `speaker` configures for the other end:
        import_policy / export_policy: Policy            ordered match/set rules
        import_transforms / export_transforms: tuple[Transform, ...]   run after the policy of that direction;
            export transforms run before the own AS goes in front, but see the next hop that will be sent
        select: Selector | None       what to send: sees the sender's whole state (`SenderView`)
        weight, local_pref            defaults for what is learned here
        next_hop: "default" | "self" | "self-all" | "unchanged" | an address
        rr_client, as_override, remove_private, strip_asns, allowas_in (int), allow_asns (frozenset: never a loop),
        refuse_asns (frozenset: a path holding one is refused), prepend_own (False: transparent route server),
        split_horizon: "session" (default) | "peer" | "none" (echo), max_prefix, default_originate, add_path,
        connected_next_hop, send_med
    Transform(fn, name, prefix_class=None)
        `fn(attributes, context) -> Attributes | Reject(reason)`; results are memoised per session, direction, attributes
        and prefix class, so `fn` must depend on nothing else.  `context` is a `Crossing`: `.session`, `.sender`,
        `.receiver`, `.direction` ("export" | "import"), `.source_kind` (how the sender learned it; export only),
        `.prefix_class`.  `prefix_class(prefix) -> Hashable` splits the route classes for a transform that looks at prefixes.
    Selector(fn, name)
        `fn(view: SenderView) -> Path | tuple[Path, ...] | Reject(reason)`; view: `.candidates` (`Candidate`s best first),
        `.best`, `.multipath`, `.prefix_class`, `.session`, `.peer`, `.heard_from(peer) -> tuple[Attributes, ...]` (what that
        peer announces to the sender, accepted or not).  Standard iBGP, split-horizon and community rules apply after it.
    Graph(speakers, sessions)         validates: unknown speakers, duplicate names, ... (`ValueError`s)
        `.with_session(s)`, `.without_session(name)`, `.with_speaker(s)`, `.session_down(name)`, `.session_up(name)`

Answers
    solve(graph, observer=None) -> Solution
    Solution.rib(speaker, prefix) -> RibEntry | None    `.candidates: tuple[Candidate, ...]` best first, `.best`, `.multipath`,
                                                   `.reason` (the winner's step against its runner-up), `.runner_up`
        Candidate: `.path`, `.attributes`, `.best`, `.multipath`, `.valid`, `.suppressed`, `.ineligible` (Reject | None),
                   `.lost_at` (step name), `.lost_to` (Path)
    Solution.table(speaker) -> dict[Prefix, RibEntry]
    Solution.received(speaker, prefix=None) -> tuple[Received, ...]      Adj-RIB-In: `.session .peer .prefix .sent` (before policy)
                                                                        `.accepted` (after) `.reject`
    Solution.advertised(speaker, prefix=None) -> tuple[Advertised, ...]  Adj-RIB-Out: `.session .peer .prefix .attributes .reject`
    Solution.converged, .oscillations, .alternatives, .dropped_sessions (max-prefix)
    Solution.resolve_with(graph) -> Solution     recomputes only the touched route classes; equals `solve(graph)`
    routeng.bgp.scenario.run(path)               the neutral scenario format
"""
