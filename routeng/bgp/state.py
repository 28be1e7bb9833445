"""What each speaker holds for one route class: Adj-RIB-In, Loc-RIB choice, Adj-RIB-Out.

States are keyed by names (speaker, session), not by positions in a graph, so that a solution of one graph can
share the states of untouched classes with the solution of another.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from routeng.bgp.attributes import Attributes
from routeng.bgp.decision import Path
from routeng.bgp.policy import Reject

#: A route on a session: session id and path id.
Slot = tuple[str, int]
#: What is sent on a session: path id to attributes.
Sent = dict[int, Attributes]


class Node:
    """One speaker's state for one class.

    `heard`: Adj-RIB-In before policy; `learned`: the accepted paths; `refused`: the others with their reason.
    `local`: own paths.  `sent`: Adj-RIB-Out.  `source` is the origin of the best path, kept for ``oldest``.
    `changes` counts how often the best path changed.
    """

    __slots__ = (
        "arrivals",
        "best",
        "changes",
        "fresh",
        "heard",
        "learned",
        "local",
        "multipath",
        "refused",
        "sent",
    )

    def __init__(self) -> None:
        self.heard: dict[Slot, Attributes] = {}
        self.learned: dict[Slot, Path] = {}
        self.refused: dict[Slot, Reject] = {}
        self.local: dict[str, Path] = {}
        self.best: Path | None = None
        self.multipath: tuple[Path, ...] = ()
        self.sent: dict[str, Sent] = {}
        self.arrivals = 0
        self.changes = 0
        self.fresh = True

    def paths(self) -> list[Path]:
        """Every accepted path, own ones first."""
        return [*self.local.values(), *self.learned.values()]

    def usable(self) -> list[Path]:
        """The paths that compete: their next hop resolves."""
        return [path for path in self.paths() if path.igp_metric is not None]


class Change(msgspec.Struct, frozen=True):
    """One event of a cycle: `speaker` made the path `as_path` learned from `peer` its best (or had none)."""

    speaker: str
    prefix: str
    peer: str | None
    as_path: str | None


class Oscillation(msgspec.Struct, frozen=True):
    """A proof that the routes of `prefixes` never settle under the engine's order: the state repeats.

    `speakers` keep changing their choice; `cycle` lists the changes of one period in order.
    """

    prefixes: tuple[str, ...]
    speakers: tuple[str, ...]
    cycle: tuple[Change, ...]


class ClassState(msgspec.Struct, eq=False):
    """The state of one route class over all speakers that hold something, and the sessions it ever used.

    `crossed`: (session, sender) over which something was ever announced while solving.
    """

    nodes: dict[str, Node] = msgspec.field(default_factory=dict)
    crossed: set[tuple[str, str]] = msgspec.field(default_factory=set)
    oscillation: Oscillation | None = None

    def holds(self, speaker: str) -> bool:
        """Whether the speaker has an accepted path."""
        node = self.nodes.get(speaker)
        return node is not None and bool(node.learned or node.local)

    def touches(self, speaker: str) -> bool:
        """Whether the speaker has anything at all, refused routes included."""
        node = self.nodes.get(speaker)
        return node is not None and bool(node.heard or node.local)

    def speakers(self) -> list[str]:
        """The speakers that have anything."""
        return [name for name in self.nodes if self.touches(name)]

    def crossed_any(self, keys: Iterable[tuple[str, str]]) -> bool:
        """Whether something was ever announced over one of the (session, sender)s."""
        return any(key in self.crossed for key in keys)

    def announces(self, session: str, sender: str) -> bool:
        """Whether the sender announces the class on the session now."""
        node = self.nodes.get(sender)
        return node is not None and bool(node.sent.get(session))

    def changes(self, speaker: str) -> int:
        """How often the speaker's best path changed while solving."""
        node = self.nodes.get(speaker)
        return 0 if node is None else node.changes

    def best(self, speaker: str) -> Path | None:
        """The speaker's best path."""
        node = self.nodes.get(speaker)
        return None if node is None else node.best

    def equals(self, other: object) -> bool:
        """Whether `other` is known to be the same state without comparing speaker by speaker."""
        return other is self

    def find(self, speaker: str) -> Node | None:
        """The speaker's node, None when it has nothing."""
        return self.nodes.get(speaker)

    def node(self, speaker: str) -> Node:
        """The speaker's node, created when missing."""
        found = self.nodes.get(speaker)
        if found is None:
            found = self.nodes[speaker] = Node()
        return found
