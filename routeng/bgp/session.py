"""Sessions: two ends, what each end configures for the other, and the extension points of a platform.

A session is up or down as a whole.  `Link` is one direction of it, the thing routes actually cross.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

from routeng.bgp.attributes import Attributes, address_key
from routeng.bgp.policy import PERMIT_ALL, Policy, Reject
from routeng.lpm import Prefix

if TYPE_CHECKING:
    from routeng.bgp.decision import Candidate, Path
    from routeng.bgp.speaker import Speaker

SessionKind = Literal["ebgp", "ibgp", "confed"]
SourceKind = Literal["local", "aggregate", "ebgp", "ibgp", "confed"]
RemovePrivate = Literal["on", "replace", "all", "all-replace"]
SplitHorizon = Literal["session", "peer", "none"]
AsOverride = Literal["replace", "delete"]


class Crossing(msgspec.Struct, frozen=True):
    """What a transform may know besides the attributes: which session, which way, how the sender knows it.

    `source_kind` is how the sender learned the route (None on import, where the receiver cannot know).
    """

    session: str
    sender: str
    receiver: str
    direction: Literal["export", "import"]
    source_kind: SourceKind | None
    prefix_class: Hashable = None


class Transform(msgspec.Struct, frozen=True):
    """A platform's own rewrite on one direction of a session.

    `fn(attributes, crossing)` returns the attributes to go on with or a `Reject`.  Results are memoised, so `fn`
    must depend on its arguments only.  A transform that looks at prefixes gives `prefix_class`: routes of
    different classes are computed apart, and `crossing.prefix_class` holds the class.  Where `prefix_class` has a
    method `many(prefixes)`, that is asked once for all prefixes, in order.  Equal functions are asked once.
    """

    fn: Callable[[Attributes, Crossing], Attributes | Reject]
    name: str
    prefix_class: Callable[[Prefix], Hashable] | None = None


class SenderView(Protocol):
    """The sender's state for one route class, as a `Selector` sees it."""

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All paths the sender holds, best first."""

    @property
    def best(self) -> Path | None:
        """The sender's best path."""

    @property
    def multipath(self) -> tuple[Path, ...]:
        """The paths the sender shares load over, the best first."""

    @property
    def session(self) -> str:
        """The session asked about."""

    @property
    def peer(self) -> str:
        """The speaker at its other end."""

    @property
    def prefix_class(self) -> Hashable:
        """The selector's own class of the prefix (None without `prefix_class`)."""

    def heard_from(self, peer: str) -> tuple[Attributes, ...]:
        """What `peer` announces to the sender for this prefix, before import policy."""


class Selector(msgspec.Struct, frozen=True):
    """Chooses what a speaker sends on a session, seeing its whole state for the prefix.

    `fn(view)` returns a path, several paths (sent with path ids, RFC 7911) or a `Reject`.
    Split horizon, the iBGP rule, communities, transforms and policy still apply to what it returns.
    """

    fn: Callable[[SenderView], Path | tuple[Path, ...] | Reject]
    name: str
    prefix_class: Callable[[Prefix], Hashable] | None = None


class End(msgspec.Struct, frozen=True):
    """One side of a session: what `speaker` configures for the speaker at the other end.

    On what is learned: `weight`, `local_pref` are defaults set before the import policy; `allowas_in` own-AS
    occurrences are tolerated, ASes in `allow_asns` are never a loop, ASes in `refuse_asns` always are;
    `connected_next_hop` makes a next hop at metric > 0 unusable (single-hop eBGP); `max_prefix` takes the session
    down when more prefixes are received.
    On what is sent: `next_hop` "default" (self over eBGP, else unchanged), "self" (not for reflected routes),
    "self-all", "unchanged", "third-party" (a next hop inside `subnet`, the link's own, stays: RFC 4271 §5.1.3), or an
    address; `as_override` replaces the peer's AS by the own one, in the manner
    "replace" (IOS, FRR) or "delete" (BIRD filters); `remove_private` as FRR's four modes; `strip_asns` are dropped;
    `prepend_own=False` leaves the path alone (RFC 7947); `send_med` keeps a learned MED over eBGP;
    `split_horizon` says what is not sent back: what came over this session, from this peer over any session, or
    nothing; `default_originate` always sends a default route; `add_path` > 1 sends up to that many paths.
    Order on export: selection, AS-path options, next hop, `export_policy`, `export_transforms`, own AS in front.
    Order on import: loop checks, defaults, `import_policy`, `import_transforms`.
    """

    speaker: str
    address: str
    import_policy: Policy = PERMIT_ALL
    export_policy: Policy = PERMIT_ALL
    import_transforms: tuple[Transform, ...] = ()
    export_transforms: tuple[Transform, ...] = ()
    select: Selector | None = None
    weight: int = 0
    local_pref: int | None = None
    allowas_in: int = 0
    allow_asns: frozenset[int] = frozenset()
    refuse_asns: frozenset[int] = frozenset()
    connected_next_hop: bool = False
    max_prefix: int | None = None
    next_hop: str = "default"
    subnet: Prefix | None = None
    rr_client: bool = False
    as_override: AsOverride | None = None
    remove_private: RemovePrivate | None = None
    strip_asns: frozenset[int] = frozenset()
    prepend_own: bool = True
    send_med: bool = False
    split_horizon: SplitHorizon = "session"
    default_originate: bool = False
    add_path: int = 1

    def __post_init__(self) -> None:
        """Check the address early."""
        address_key(self.address)

    def replace(self, **changes: Any) -> End:
        """The same end with some fields changed."""
        return msgspec.structs.replace(self, **changes)


class Session(msgspec.Struct, frozen=True):
    """A session between the speakers of `a` and `b`; `kind` "auto" derives it from their ASes.

    `name` identifies it in a graph; "" stands for `a_speaker-b_speaker`.
    """

    a: End
    b: End
    name: str = ""
    kind: Literal["auto", "ebgp", "ibgp", "confed"] = "auto"
    up: bool = True

    def replace(self, **changes: Any) -> Session:
        """The same session with some fields changed."""
        return msgspec.structs.replace(self, **changes)

    @property
    def id(self) -> str:
        """The name under which the graph knows it."""
        return self.name or f"{self.a.speaker}-{self.b.speaker}"


class Link(msgspec.Struct, frozen=True, eq=False):
    """One direction of a session: `sender` announces, `receiver` learns."""

    index: int
    session: Session
    sender: Speaker
    receiver: Speaker
    out: End
    into: End
    kind: SessionKind
    reverse: int = -1

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the direction across graphs: session and sender."""
        return (self.session.id, self.out.speaker)


def session_kind(session: Session, a: Speaker, b: Speaker) -> SessionKind:
    """The kind of a session: as forced, else by the speakers' ASes (RFC 4271 §1.1, RFC 5065 §4.1)."""
    if session.kind != "auto":
        return session.kind
    if a.asn == b.asn:
        return "ibgp"
    one, two = a.confederation, b.confederation
    return "confed" if one is not None and two is not None and one.identifier == two.identifier else "ebgp"
