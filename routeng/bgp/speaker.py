"""What one BGP speaker is: identity, originated routes, aggregates, how it decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from routeng.bgp.attributes import NO_ATTRIBUTES, Attributes, address_key
from routeng.bgp.decision import Decision, Multipath
from routeng.lpm import Prefix

OriginationKind = Literal["network", "static", "redistributed"]
#: Weight of a speaker's own routes on weight-aware implementations (IOS, FRR).
LOCAL_WEIGHT = 32768
STANDARD = Decision()
SINGLE_PATH = Multipath()
_AGGREGATE_ATTRIBUTES = Attributes(weight=LOCAL_WEIGHT, med=0)


class Origination(msgspec.Struct, frozen=True):
    """A route a speaker brings in itself; it is always there (no RIB check).

    `attributes` are those of the speaker's own Loc-RIB (weight, MED, communities, tags, a path when it
    pretends one); `kind` is shown only.  A `next_hop` is kept when the route goes out to iBGP peers.
    """

    prefix: Prefix
    attributes: Attributes = NO_ATTRIBUTES
    kind: OriginationKind = "network"


class Aggregate(msgspec.Struct, frozen=True):
    """An aggregate-address (RFC 4271 §9.2.2.2): present while a longer valid route lies inside.

    `summary_only` withholds the contributors from all peers; `as_set` keeps the contributors' ASes as a set and
    merges their communities.  Other aggregates of the same speaker do not contribute.
    """

    prefix: Prefix
    summary_only: bool = False
    as_set: bool = False
    attributes: Attributes = _AGGREGATE_ATTRIBUTES


class Confederation(msgspec.Struct, frozen=True):
    """Membership in a confederation (RFC 5065): its public AS and the other member ASes."""

    identifier: int
    members: frozenset[int] = frozenset()


class Speaker(msgspec.Struct, frozen=True):
    """One BGP process.  `asn` is the member AS inside a confederation.

    `igp`: metric of a next hop, None when unreachable; no function means everything is reachable at 0.
    `refuse_asns`: a received path holding one of them is refused, like the own AS.
    `honours`: the well-known communities it acts on.
    """

    name: str
    asn: int
    router_id: str
    originate: tuple[Origination, ...] = ()
    aggregates: tuple[Aggregate, ...] = ()
    decision: Decision = STANDARD
    multipath: Multipath = SINGLE_PATH
    confederation: Confederation | None = None
    cluster_id: str | None = None
    igp: Callable[[str], int | None] | None = None
    refuse_asns: frozenset[int] = frozenset()
    honours: frozenset[str] = frozenset({"no-export", "no-advertise", "local-as"})
    reflect_clients: bool = True

    def __post_init__(self) -> None:
        """Check the values that would otherwise fail far away."""
        if not 0 < self.asn < 2**32:
            raise ValueError(f"speaker {self.name}: AS number {self.asn} is outside 1..4294967295")
        address_key(self.router_id)
        shares = self.multipath.ebgp > 1 or self.multipath.ibgp > 1
        if shares and self.multipath.after not in self.decision.names:
            raise ValueError(
                f"speaker {self.name}: multipath ties up to step {self.multipath.after!r}, which it does not have"
            )

    def replace(self, **changes: Any) -> Speaker:
        """The same speaker with some fields changed."""
        return msgspec.structs.replace(self, **changes)

    @property
    def public_asn(self) -> int:
        """The AS that external peers see."""
        return self.asn if self.confederation is None else self.confederation.identifier

    @property
    def cluster(self) -> str:
        """The cluster id it reflects with (RFC 4456 §8)."""
        return self.cluster_id or self.router_id
