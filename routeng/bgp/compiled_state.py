"""The state of a class that was solved by numbers, in the terms of `routeng.bgp.state`."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING

from routeng.bgp._propagate import Table
from routeng.bgp.classes import RouteClass
from routeng.bgp.decision import Path
from routeng.bgp.policy import Reject
from routeng.bgp.session import Link
from routeng.bgp.state import Node

if TYPE_CHECKING:
    from routeng.bgp.compiled import Compiled

_ABSENT, _ACCEPTED = 0, 1


class CompiledState:
    """The state of a class that was solved by numbers; nodes are built when asked for.

    Has the same methods as `ClassState`.
    """

    __slots__ = ("_class", "_compiled", "_nodes", "oscillation", "table")

    def __init__(self, compiled: Compiled, c: RouteClass, table: Table) -> None:
        self._compiled = compiled
        self._class = c
        self.table = table
        self.oscillation = None
        self._nodes: dict[str, Node] | None = None

    def holds(self, speaker: str) -> bool:
        """Whether the speaker has an accepted path."""
        index = self._compiled.index.get(speaker)
        if index is None:
            return False
        if self.table.choice(index) != -1:
            return True
        return any(self.table.state(link) == _ACCEPTED for link in self._compiled.inbound[speaker])

    def touches(self, speaker: str) -> bool:
        """Whether the speaker has anything at all, refused routes included."""
        if speaker not in self._compiled.index:
            return False
        if self.table.choice(self._compiled.index[speaker]) != -1:
            return True
        return any(self.table.state(link) != _ABSENT for link in self._compiled.inbound[speaker])

    def speakers(self) -> list[str]:
        """The speakers that have anything."""
        return [name for name in self._compiled.names if self.touches(name)]

    def crossed_any(self, keys: Iterable[tuple[str, str]]) -> bool:
        """Whether something was ever announced over one of the (session, sender)s."""
        index = self._compiled.link_index
        return any(key in index and self.table.did_cross(index[key]) for key in keys)

    def announces(self, session: str, sender: str) -> bool:
        """Whether the sender announces the class on the session now."""
        link = self._compiled.link_index.get((session, sender))
        return link is not None and self.table.state(link) != _ABSENT

    def changes(self, speaker: str) -> int:
        """How often the speaker's best path changed while solving."""
        index = self._compiled.index.get(speaker)
        return 0 if index is None else self.table.changed(index)

    def best(self, speaker: str) -> Path | None:
        """The speaker's best path."""
        index = self._compiled.index.get(speaker)
        choice = -1 if index is None else self.table.choice(index)
        return None if choice == -1 else self._path(speaker, choice)

    def find(self, speaker: str) -> Node | None:
        """The speaker's node, None when it has nothing."""
        if self._nodes is None:
            self._nodes = {}
        node = self._nodes.get(speaker)
        if node is None and self.touches(speaker):
            node = self._nodes[speaker] = self._build(speaker)
        return node

    def node(self, speaker: str) -> Node:
        """The speaker's node, an empty one when it has nothing."""
        return self.find(speaker) or Node()

    def would_send(self, c: RouteClass, link: Link) -> bool:
        """Whether the sender would announce the class on a link of the same numbering."""
        return self._compiled.would_send(c, self.table, link)

    def touched(self, c: RouteClass, gone: array[int], fresh: array[int]) -> int:
        """See `Compiled.touched`; the links have the numbering of this state."""
        return self._compiled.touched(c, self.table, gone, fresh)

    def equals(self, other: object) -> bool:
        """Whether another state of the same graph and class ends with the same choices and the same routes."""
        return (
            isinstance(other, CompiledState)
            and other._compiled is self._compiled
            and self.table.equals(other.table)
        )

    def is_of(self, compiled: Compiled | None) -> bool:
        """Whether the state has the numbering of `compiled`."""
        return self._compiled is compiled

    def _path(self, speaker: str, choice: int) -> Path:
        compiled = self._compiled
        if choice < -1:
            own = compiled.engine.graph.speakers[speaker]
            origination = self._class.originations[speaker][-2 - choice]
            path = Path(origination.attributes, "local", path_id=-2 - choice, arrival=-2 - choice)
            path.peer_router_id, path.peer_asn = own.router_id, own.asn
            return path
        link = compiled.links[choice]
        values = compiled.net.record(self.table, choice)
        assert values is not None
        return compiled.engine.path_over(link, compiled.attributes(values), 0, choice)

    def _build(self, speaker: str) -> Node:
        engine, c, table = self._compiled.engine, self._class, self.table
        node = Node()
        for index, origination in enumerate(c.originations.get(speaker, ())):
            node.local[f"{origination.kind}-{index}"] = self._path(speaker, -2 - index)
        for number in self._compiled.inbound[speaker]:
            link = self._compiled.links[number]
            status = table.state(number)
            if status == _ABSENT:
                continue
            slot = (link.session.id, 0)
            best = self.best(link.sender.name)
            assert best is not None
            sent = engine.exported(link, c, best)
            assert not isinstance(sent, Reject)
            node.heard[slot] = sent
            if status == _ACCEPTED:
                node.learned[slot] = self._path(speaker, link.index)
            else:
                refused = engine.accepted(link, c, sent)
                assert isinstance(refused, Reject)
                node.refused[slot] = refused
        known = engine.graph.speakers[speaker]
        best = self.best(speaker)
        if best is not None:
            own = {path.source: path for path in node.paths()}
            node.best = own[best.source]
            node.multipath = known.multipath.choose(node.best, node.usable(), known.decision)
        node.arrivals = len(node.learned) + len(node.local)
        node.changes = self.changes(speaker)
        node.fresh = False
        return node
