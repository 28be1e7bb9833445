"""One run of one group of classes, from empty to the fixed point.

Activation is sequential, fair and fixed: a queue of (class, speaker) in order of first disturbance, filled at the
start in declaration order.  An activated speaker decides, and what it announces reaches each neighbour's
Adj-RIB-In at once; neighbours whose accepted paths changed join the queue.

A run that does not settle repeats a state.  Snapshots at growing distances (Brent) find the repetition, which
proves the oscillation; nothing is stopped by a bound on work.  States are finite because a path that does not
fit an UPDATE is not sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from routeng.bgp.aggregate import aggregate_attributes
from routeng.bgp.classes import RouteClass
from routeng.bgp.decision import Path
from routeng.bgp.policy import Reject
from routeng.bgp.session import Link
from routeng.bgp.speaker import Aggregate, Speaker
from routeng.bgp.state import Change, ClassState, Node, Oscillation, Sent

if TYPE_CHECKING:
    from routeng.bgp.solve import Engine

#: Called at every change of a best path: speaker, class, the new best path.
Observer = Callable[[str, RouteClass, Path | None], None]
NO_SENT: Sent = {}


class Run:
    """One run of one group."""

    def __init__(
        self,
        engine: Engine,
        group: Sequence[RouteClass],
        observer: Observer | None,
        reverse: bool,
        lifo: bool,
    ) -> None:
        self.engine = engine
        self.group = group
        self.observer = observer
        self.reverse, self.lifo = reverse, lifo
        self.states = {c: ClassState() for c in group}
        self.by_prefix = {p: c for c in group for p in c.prefixes}
        self.active: set[str] = set()
        self.queue: deque[tuple[RouteClass, str]] = deque()
        self.waiting: set[tuple[RouteClass, str]] = set()
        self.fingerprint = 0
        self.activations = 0
        self.trail: list[Change] | None = None

    def start(self, names: Iterable[str]) -> None:
        """Bring speakers up: their own routes appear, everybody announces to the newcomers."""
        graph = self.engine.graph
        chosen = set(names)
        newcomers = [name for name in graph.speakers if name in chosen and name not in self.active]
        self.active.update(newcomers)
        ordered = list(reversed(newcomers)) if self.reverse else newcomers
        for c in self.group:
            state = self.states[c]
            for name in ordered:
                for index, origination in enumerate(c.originations.get(name, ())):
                    node = state.node(name)
                    path = Path(origination.attributes, "local", arrival=node.arrivals, path_id=index)
                    speaker = graph.speakers[name]
                    path.peer_router_id, path.peer_asn = speaker.router_id, speaker.asn
                    node.arrivals += 1
                    node.local[f"{origination.kind}-{index}"] = path
                    self.disturb(c, name)
                if c.is_default and any(link.out.default_originate for link in self.engine.links_from[name]):
                    state.node(name)
                    self.disturb(c, name)
            for name, node in state.nodes.items():
                if name not in chosen and (node.best is not None or node.heard):
                    node.fresh = True
                    self.disturb(c, name)

    def disturb(self, c: RouteClass, name: str) -> None:
        """Put the speaker in the queue for the class unless it waits already."""
        if (c, name) not in self.waiting:
            self.waiting.add((c, name))
            self.queue.append((c, name))

    def settle(self) -> bool:
        """Activate until the queue is empty; False when the run oscillates."""
        saved: tuple[int, Any] | None = None
        power = max(64, 4 * len(self.group) * len(self.engine.graph.speakers))
        limit = self.activations + power
        while self.queue:
            c, name = self.queue.pop() if self.lifo else self.queue.popleft()
            self.waiting.discard((c, name))
            self.activate(c, name)
            self.activations += 1
            if saved is not None and saved[0] == self.fingerprint and self.snapshot() == saved[1]:
                self.report()
                return False
            if self.activations == limit:
                saved = (self.fingerprint, self.snapshot())
                self.trail = []
                power *= 2
                limit += power
        return True

    def snapshot(self) -> Any:
        """Everything the future depends on."""
        held = []
        for c in self.group:
            for name, node in sorted(self.states[c].nodes.items()):
                ordered = sorted(node.learned.items(), key=lambda item: item[1].arrival)
                held.append(
                    (
                        name,
                        node.fresh,
                        None if node.best is None else node.best.source,
                        tuple((slot, path.attributes) for slot, path in ordered),
                        tuple((slot, node.heard[slot]) for slot in sorted(node.heard)),
                    )
                )
        return tuple((id(c), name) for c, name in self.queue), tuple(held)

    def report(self) -> None:
        """Write the cycle found into the states it belongs to."""
        assert self.trail is not None
        for c in self.group:
            prefix = str(c.representative)
            cycle = tuple(change for change in self.trail if change.prefix == prefix)
            if cycle:
                speakers = tuple(dict.fromkeys(change.speaker for change in cycle))
                prefixes = tuple(map(str, sorted(c.prefixes)))
                self.states[c].oscillation = Oscillation(prefixes, speakers, cycle)

    def activate(self, c: RouteClass, name: str) -> None:
        """Let one speaker decide for one class and announce what follows."""
        engine = self.engine
        state = self.states[c]
        node = state.node(name)
        speaker = engine.graph.speakers[name]
        before = None if node.best is None else node.best.source
        changed = engine._decide(speaker, node)
        if changed:
            now = None if node.best is None else node.best.source
            self.fingerprint ^= hash((id(c), name, before)) ^ hash((id(c), name, now))
            if self.observer is not None:
                self.observer(name, c, node.best)
            if self.trail is not None:
                best = node.best
                self.trail.append(
                    Change(
                        name,
                        str(c.representative),
                        None if best is None else best.peer,
                        None if best is None else str(best.attributes.as_path),
                    )
                )
        if changed or node.fresh or name in engine._shares:
            node.fresh = False
            for link in engine.links_from[name]:
                if link.receiver.name in self.active:
                    self.announce(c, state, node, link)
        for owner, aggregate in c.inside:
            if owner == name:
                self.summarise(speaker, aggregate)

    def announce(self, c: RouteClass, state: ClassState, node: Node, link: Link) -> None:
        """Send what differs from what was sent before on one link."""
        session = link.session.id
        before = node.sent.get(session, NO_SENT)
        now, _ = self.engine.announcements(c, state, link)
        if now == before:
            return
        node.sent[session] = now
        state.crossed.add((session, link.sender.name))
        receiver = link.receiver
        peer = state.node(receiver.name)
        disturbed = receiver.name in self.engine._watchful
        for path_id in before:
            if path_id not in now:
                slot = (session, path_id)
                del peer.heard[slot]
                peer.refused.pop(slot, None)
                if peer.learned.pop(slot, None) is not None:
                    disturbed = True
        for path_id, attributes in now.items():
            slot = (session, path_id)
            if before.get(path_id) is attributes:
                continue
            peer.heard[slot] = attributes
            taken = self.engine._accepted(link, c, attributes)
            old = peer.learned.get(slot)
            if isinstance(taken, Reject):
                peer.refused[slot] = taken
                if old is not None:
                    del peer.learned[slot]
                    disturbed = True
                continue
            peer.refused.pop(slot, None)
            held, metric = taken
            if old is not None and old.attributes is held:
                continue
            arrival = peer.arrivals if old is None else old.arrival
            peer.arrivals += old is None
            peer.learned[slot] = self.engine._path(link, held, metric, path_id, arrival)
            disturbed = True
        place = (id(c), session, link.sender.name)
        self.fingerprint ^= hash((place, tuple(before.items()))) ^ hash((place, tuple(now.items())))
        if disturbed:
            self.disturb(c, receiver.name)

    def summarise(self, speaker: Speaker, aggregate: Aggregate) -> None:
        """Rebuild one aggregate of one speaker from its contributors."""
        contributors = [
            path.attributes
            for c in self.group
            if any(owner == speaker.name and a is aggregate for owner, a in c.inside)
            and speaker.name in self.states[c].nodes
            for path in self.states[c].nodes[speaker.name].usable()
            if path.kind != "aggregate"
        ]
        c = self.by_prefix[aggregate.prefix]
        node = self.states[c].node(speaker.name)
        attributes = aggregate_attributes(speaker, aggregate, contributors)
        old = node.local.get("aggregate")
        if attributes is None:
            if old is None:
                return
            del node.local["aggregate"]
        else:
            if old is not None and old.attributes is attributes:
                return
            arrival = node.arrivals if old is None else old.arrival
            node.arrivals += old is None
            path = Path(attributes, "aggregate", arrival=arrival)
            path.peer_router_id, path.peer_asn = speaker.router_id, speaker.asn
            node.local["aggregate"] = path
        self.disturb(c, speaker.name)
