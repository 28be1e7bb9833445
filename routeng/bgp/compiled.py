"""Graphs of standard features as numbers, for the compiled propagation.

`compile_graph` translates a graph when every speaker decides by standard steps and every session uses standard
options and policies; `routeng.bgp.support` says what stands in the way otherwise.  Classes with aggregates, AS_SETs or
confederation segments, and everything that calls a platform's functions, run in `routeng.bgp.solve`, whose
activation order the compiled run follows: both give the same state, which property tests hold.

What is interned by Python: community sets (with a bit mask of the communities that policies ask for), next hops,
and the rare attributes (large communities, ORIGINATOR_ID, CLUSTER_LIST, AGGREGATOR, ATOMIC_AGGREGATE, tags).
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from routeng.bgp._propagate import Network, Table
from routeng.bgp.aspath import EMPTY_PATH, AsPath, Segment
from routeng.bgp.attributes import Attributes, Origin, address_key
from routeng.bgp.classes import RouteClass
from routeng.bgp.compiled_state import CompiledState
from routeng.bgp.graph import Graph
from routeng.bgp.policy import Policy, Rule
from routeng.bgp.session import Link
from routeng.bgp.support import COLUMNS, HONOURED, asked_communities, supports

if TYPE_CHECKING:
    from routeng.bgp.solve import Engine

_NEXT_HOP_MODES = {"default": 0, "self": 1, "self-all": 2, "unchanged": 3}
_PRIVATE_MODES = {None: 0, "on": 1, "replace": 2, "all": 3, "all-replace": 4}
_HORIZONS = {"session": 0, "peer": 1, "none": 2}
#: Attributes of `Attributes` that a record keeps in its "misc" number.
_RARE = ("large_communities", "originator_id", "cluster_list", "aggregator", "atomic", "tags")


class Compiled:
    """A graph as numbers, with the tables that lead back."""

    def __init__(self, engine: Engine) -> None:
        graph = engine.graph
        self.engine = engine
        self.links = graph.every_link
        self.names = list(graph.speakers)
        self.index = {name: i for i, name in enumerate(self.names)}
        self.link_index = {link.key: link.index for link in graph.every_link}
        self._comms: list[frozenset[str]] = []
        self._comm_ids: dict[frozenset[str], int] = {}
        self._hops: list[str] = []
        self._hop_ids: dict[str, int] = {}
        self._miscs: list[tuple[Any, ...]] = []
        self._misc_ids: dict[tuple[Any, ...], int] = {}
        self._rules: list[Rule] = []
        self._bits = {text: 8 << i for i, text in enumerate(asked_communities(graph))} | HONOURED
        self._active: dict[Any, bytes] = {}
        self._owners = {
            end.address: self.index[end.speaker]
            for session in graph.sessions.values()
            for end in (session.a, session.b)
        }
        self.net = Network(self._metric_of, self._comm_of, self._reflect_of)
        self._fill(graph)

    # -- interning -------------------------------------------------------------------------------------------------

    def _comm(self, communities: frozenset[str]) -> int:
        known = self._comm_ids.get(communities)
        if known is None:
            mask = sum(self._bits.get(text, 0) for text in communities)
            known = self._comm_ids[communities] = self.net.add_comm(mask)
            self._comms.append(communities)
        return known

    def _hop(self, next_hop: str | None) -> int:
        if next_hop is None:
            return -1
        known = self._hop_ids.get(next_hop)
        if known is None:
            known = self._hop_ids[next_hop] = self.net.add_hop(self._owners.get(next_hop, -1))
            self._hops.append(next_hop)
        return known

    def _misc(self, values: tuple[Any, ...]) -> int:
        known = self._misc_ids.get(values)
        if known is None:
            originator, clusters = values[1], values[2]
            plain = -1
            if originator is not None or clusters:
                plain = self._misc((values[0], None, (), *values[3:]))
            number = None if originator is None else address_key(originator)[1]
            known = self.net.add_misc(number, [address_key(c)[1] for c in clusters], plain)
            self._misc_ids[values] = known
            self._miscs.append(values)
        return known

    def _metric_of(self, speaker: int, hop: int) -> int:
        igp = self.engine.graph.speakers[self.names[speaker]].igp
        metric = 0 if igp is None else igp(self._hops[hop])
        return -1 if metric is None else min(metric, 2**31 - 1)

    def _comm_of(self, rule: int, comm: int) -> int:
        asked, held = self._rules[rule], self._comms[comm]
        return self._comm((held - asked.remove_communities) | asked.add_communities)

    def _reflect_of(self, sender: int, origin: int, misc: int) -> int:
        speakers = self.engine.graph.speakers
        values = list(self._miscs[misc])
        values[1] = values[1] or speakers[self.names[origin]].router_id
        values[2] = (speakers[self.names[sender]].cluster, *values[2])
        return self._misc(tuple(values))

    # -- translation -----------------------------------------------------------------------------------------------

    def _fill(self, graph: Graph) -> None:
        for speaker in graph.speakers.values():
            steps = [step for step in speaker.decision.steps if step != "session"]
            self.net.add_speaker(
                asn=speaker.asn,
                router_id=address_key(speaker.router_id)[1],
                cluster=address_key(speaker.cluster)[1],
                honours=sum(HONOURED[text] for text in speaker.honours if text in HONOURED),
                ops=[COLUMNS.index(str(step)) for step in steps],
                med_worst=speaker.decision.med_missing_as_worst,
                always_med=speaker.decision.always_compare_med,
                deterministic=speaker.decision.deterministic_med,
                has_igp=speaker.igp is not None,
                reflect_clients=speaker.reflect_clients,
            )
        keys = sorted({address_key(link.out.address) for link in graph.every_link})
        self._ranks = {key: rank + 1 for rank, key in enumerate(keys)}
        policies: dict[Any, tuple[int, int, bool]] = {}
        for link in graph.every_link:
            self._add_link(link, policies)
        outs: list[list[int]] = [[] for _ in self.names]
        for link in graph.every_link:
            outs[self.index[link.sender.name]].append(link.index)
        self.inbound = {
            name: [self.links[link].reverse for link in outs[i]] for i, name in enumerate(self.names)
        }
        ins: list[list[int]] = [[] for _ in self.names]
        for link in sorted(graph.every_link, key=lambda k: (k.session.id, k.sender.name)):
            ins[self.index[link.receiver.name]].append(link.index)
        self.net.ready(outs, ins)

    def _add_link(self, link: Link, policies: dict[Any, tuple[int, int, bool]]) -> None:
        out, into, receiver = link.out, link.into, link.receiver
        refused = (receiver.refuse_asns | into.refuse_asns) - into.allow_asns - {receiver.asn}
        fixed = out.next_hop not in _NEXT_HOP_MODES
        self.net.add_link(
            sender=self.index[link.sender.name],
            receiver=self.index[receiver.name],
            reverse=link.reverse,
            ibgp=link.kind == "ibgp",
            client_out=out.rr_client,
            client_in=into.rr_client,
            horizon=_HORIZONS[out.split_horizon],
            next_hop_mode=4 if fixed else _NEXT_HOP_MODES[out.next_hop],
            send_med=out.send_med,
            prepend_own=out.prepend_own,
            connected=into.connected_next_hop,
            override={None: 0, "replace": 1, "delete": 2}[out.as_override],
            remove_private=_PRIVATE_MODES[out.remove_private],
            own_hop=self._hop(out.address),
            fixed_hop=self._hop(out.next_hop) if fixed else -1,
            export=self._policy(out.export_policy, receiver.name, policies),
            import_=self._policy(into.import_policy, link.sender.name, policies),
            own_allowed=receiver.asn in into.allow_asns,
            weight=into.weight,
            allowas_in=into.allowas_in,
            local_pref=-1 if into.local_pref is None else into.local_pref,
            refuse=self.net.add_numbers(sorted(refused | into.refuse_asns)),
            strip=self.net.add_numbers(sorted(out.strip_asns)),
            peer_rank=self._ranks[address_key(out.address)],
        )

    def _policy(
        self, policy: Policy, neighbour: str, known: dict[Any, tuple[int, int, bool]]
    ) -> tuple[int, int, bool]:
        asks = any(rule.neighbour is not None for rule in policy.rules)
        key = (id(policy), neighbour if asks else None)
        found = known.get(key)
        if found is None:
            rules = [rule for rule in policy.rules if rule.neighbour in (None, neighbour)]
            first = self.net.rule_count
            for rule in rules:
                self._add_rule(rule)
            found = known[key] = (first, len(rules), policy.default_deny)
        return found

    def _add_rule(self, rule: Rule) -> None:
        def number(value: int | None, none: int = -1) -> int:
            return none if value is None else int(value)

        low, high = rule.as_path_length or (0, -1)
        mode, comm = 0, 0
        if rule.replace_communities:
            mode, comm = 1, self._comm(frozenset(rule.add_communities))
        elif rule.add_communities or rule.remove_communities:
            mode = 2
        self._rules.append(rule)
        self.net.add_rule(
            need=sum(self._bits[text] for text in rule.communities),
            contains=number(rule.as_path_contains, 0),
            low=low,
            high=min(high, 2**31 - 1),
            med=number(rule.med, -2),
            hop=-1 if rule.next_hop is None else self._hop(rule.next_hop),
            origin=number(rule.origin),
            deny=rule.deny,
            set_weight=number(rule.set_weight),
            set_local_pref=number(rule.set_local_pref),
            set_med=number(rule.set_med),
            set_origin=number(rule.set_origin),
            set_hop=-1 if rule.set_next_hop is None else self._hop(rule.set_next_hop),
            prepend=self.net.add_numbers(rule.prepend),
            comm_mode=mode,
            comm=comm,
            index=len(self._rules) - 1,
        )

    def _matching(self, c: RouteClass) -> bytes:
        """One byte a rule: whether it accepts the class's prefixes."""
        known = self._active.get(c.match)
        if known is None:
            prefix = c.representative
            known = bytes(rule.accepts_prefix(prefix) for rule in self._rules) + b"\0"
            self._active[c.match] = known
        return known

    # -- records ---------------------------------------------------------------------------------------------------

    def values(self, held: Attributes) -> tuple[Any, ...] | None:
        """Attributes as a record, None when the path holds sets or confederation segments."""
        path = held.as_path
        if len(path.segments) > 1 or (path.segments and path.segments[0].kind != "sequence"):
            return None
        return (
            self.net.path_number(path.asns),
            self._misc(tuple(getattr(held, name) for name in _RARE)),
            self._comm(held.communities),
            self._hop(held.next_hop),
            held.local_pref,
            held.med,
            held.weight,
            int(held.origin),
        )

    def attributes(self, values: tuple[Any, ...]) -> Attributes:
        """A record as attributes."""
        path, misc, comm, hop, local_pref, med, weight, origin = values
        asns = self.net.path_asns(path)
        return Attributes(
            AsPath((Segment("sequence", asns),)) if asns else EMPTY_PATH,
            None if hop < 0 else self._hops[hop],
            Origin(origin),
            local_pref,
            med,
            weight,
            self._comms[comm],
            **dict(zip(_RARE, self._miscs[misc], strict=True)),
        )

    def solve(
        self, c: RouteClass, up: bytes, reverse: bool = False, lifo: bool = False
    ) -> CompiledState | None:
        """The fixed point of one class on its own; None when it must run in `routeng.bgp.solve`.

        `up`: one byte a link of `Graph.every_link`, 0 for the links of sessions that are down; `reverse` and `lifo`
        give other activation orders.
        """
        if c.inside or c.summarises:
            return None
        origins = []
        for name in sorted(c.originations, key=self.index.__getitem__):
            records = [self.values(o.attributes) for o in c.originations[name]]
            if any(record is None for record in records):
                return None
            origins.append((self.index[name], [r for r in records if r is not None]))
        bound = 1000 + 64 * len(self.names)
        if reverse:
            origins.reverse()
        table = self.net.run(origins, self._matching(c), up, bound, lifo)
        return None if table is None else CompiledState(self, c, table)

    def touched(self, c: RouteClass, table: Table, gone: array[int], fresh: array[int]) -> int:
        """Whether a class crossed a link of `gone` or would cross one of `fresh`: 0 no, 1 yes, 2 ask `would_send`."""
        return self.net.touched(table, gone, fresh, self._matching(c))

    def would_send(self, c: RouteClass, table: Table, link: Link) -> bool:
        """Whether the sender of a link would announce its best path of the class there."""
        own = None
        choice = table.choice(self.index[link.sender.name])
        if choice < -1:
            own = self.values(c.originations[link.sender.name][-2 - choice].attributes)
        return self.net.would_send(table, link.index, own, self._matching(c))


def compile_graph(engine: Engine) -> Compiled | None:
    """The engine's graph as numbers, None when `supports` names an obstacle."""
    return Compiled(engine) if supports(engine.graph) is None else None
