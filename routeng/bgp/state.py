"""What each speaker holds for one route class: Adj-RIB-In, Loc-RIB choice, Adj-RIB-Out.

States are keyed by names (speaker, session), not by positions in a graph, so that a solution of one graph can
share the states of untouched classes with the solution of another.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class Change:
    """One event of a cycle: `speaker` made the path `as_path` learned from `peer` its best (or had none)."""

    speaker: str
    prefix: str
    peer: str | None
    as_path: str | None


@dataclass(frozen=True)
class Oscillation:
    """A proof that the routes of `prefixes` never settle under the engine's order: the state repeats.

    `speakers` keep changing their choice; `cycle` lists the changes of one period in order.
    """

    prefixes: tuple[str, ...]
    speakers: tuple[str, ...]
    cycle: tuple[Change, ...]


@dataclass(eq=False)
class ClassState:
    """The state of one route class over all speakers that hold something, and the sessions it ever used.

    `crossed`: (session, sender) over which something was ever announced while solving.
    """

    nodes: dict[str, Node] = field(default_factory=dict)
    crossed: set[tuple[str, str]] = field(default_factory=set)
    oscillation: Oscillation | None = None

    def node(self, speaker: str) -> Node:
        """The speaker's node, created when missing."""
        found = self.nodes.get(speaker)
        if found is None:
            found = self.nodes[speaker] = Node()
        return found
