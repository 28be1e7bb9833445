"""The BGP graph that a topology implies, while it is being put together.

Each kind of node adds its speakers and sessions (:mod:`expressroute`, :mod:`vpn_gateway`, :mod:`route_server`,
:mod:`virtual_wan`, :mod:`devices`); this file holds what they share: names, the facts behind a session, the tags
that say how an Azure speaker came to a route, and what does not fit together (findings).

Tags on routes, set where a route enters a speaker and meaningless elsewhere:

    "vnet" "held" "summary" "static" "host" "pool"    own routes of gateways and route servers (:mod:`advertised`)
    "er" "vpn" "rs" "nva" "own-space"                 how a gateway or route server learned it
    ("tunnel", remote)                                the far end of the tunnel that brings a static or host route
    ("gateway", name), "customer", "global-reach"     how an MSEE learned it
    ("peer", name)                                    the neighbour from which a device learned it
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from typing import Any, TypeVar

import msgspec

from routeng.azure.advertised import LocalRoute, Spaces
from routeng.azure.connections import Connections
from routeng.azure.eras import dated_setting
from routeng.azure.instances import Instance, Nodes, Role
from routeng.azure.peering import Peerings
from routeng.bgp.attributes import Attributes
from routeng.bgp.policy import Reject
from routeng.bgp.session import Crossing, End, Session, Transform
from routeng.bgp.speaker import Origination, Speaker
from routeng.lpm import Prefix, PrefixTable
from routeng.model.declaration import Declaration

OWN_WEIGHT = 32768
"""Weight that Azure prints for own routes and for everything that did not come over ExpressRoute (W2)."""

T = TypeVar("T")


class Finding(msgspec.Struct, frozen=True):
    """Something declared that Azure would refuse or that cannot work: the rule, the object, what is wrong."""

    rule: str
    subject: str
    says: str


class SessionFacts(msgspec.Struct, frozen=True):
    """What stands behind a session of the graph: its type in chapter 1.2 of the facts, and the connection."""

    type: str
    connection: str | None = None


class SessionPlan:
    """Speakers, sessions and findings of one declaration, filled by the node modules. Not thread-safe."""

    def __init__(self, declaration: Declaration, peerings: Peerings) -> None:
        self.declaration = declaration
        self.topology = declaration.topology
        self.peerings = peerings
        self.nodes = Nodes(declaration)
        self.connections = Connections(declaration)
        self.spaces = Spaces(declaration, peerings, self.connections)
        self.speakers: dict[str, Speaker] = {}
        self.sessions: dict[str, Session] = {}
        self.facts: dict[str, SessionFacts] = {}
        self.findings: list[Finding] = []
        self.msee_addresses: set[str] = set()
        self._pairs: set[frozenset[str]] = set()
        self._shared: dict[Hashable, Any] = {}

    def setting(self, name: str) -> str:
        """The value of a profile switch."""
        return dated_setting(self.topology.profile, name)

    def find(self, rule: str, subject: str, says: str) -> None:
        """Note something that is wrong."""
        finding = Finding(rule, subject, says)
        if finding not in self.findings:
            self.findings.append(finding)

    def enabled(self, node: str) -> bool:
        """Whether a node takes part in routing: a Disabled gateway does not (T3)."""
        gateway = self.topology.virtual_network_gateways.get(node)
        return gateway is None or gateway.admin_state == "Enabled"

    def serving(self, vnet: str, role: Role) -> list[str]:
        """The nodes of ``role`` in ``vnet`` that take part in routing."""
        return [node for node in self.nodes.in_vnet(vnet, role) if self.enabled(node)]

    def add_speaker(self, speaker: Speaker) -> None:
        """Add a speaker."""
        self.speakers[speaker.name] = speaker

    def join(self, type_: str, a: End, b: End, *, up: bool = True, connection: str | None = None) -> None:
        """Add a session of a type (S1..S10) between two ends."""
        name = f"{a.speaker} ~ {b.speaker}"
        if name in self.sessions:
            name = f"{name} {a.address}-{b.address}"
        if name in self.sessions:
            return  # the same tunnel declared from both sides
        self._pairs.add(frozenset((a.speaker, b.speaker)))
        self.sessions[name] = Session(a, b, name, up=up)
        self.facts[name] = SessionFacts(type_, connection)

    def is_msee_address(self, address: str) -> bool:
        """Whether ``address`` is what a gateway knows an MSEE by (in the GatewaySubnet, C-25)."""
        return address in self.msee_addresses

    def joined(self, a: str, b: str) -> bool:
        """Whether two speakers have a session already."""
        return frozenset((a, b)) in self._pairs

    def shared(self, key: Hashable, make: Callable[[], T]) -> T:
        """One object for all who ask with ``key``: prefix classes must be one function to be one question."""
        if key not in self._shared:
            self._shared[key] = make()
        found: T = self._shared[key]
        return found

    def node_of(self, speaker: str) -> str:
        """The node that a speaker belongs to."""
        instance = self.nodes.by_speaker.get(speaker)
        return instance.node if instance is not None else speaker


def own_routes(routes: Iterable[LocalRoute]) -> tuple[Origination, ...]:
    """Own routes of a gateway or route server as originations, tagged with their kind.

    VNet space that is held but not announced is tagged "held"; equal kinds share their attributes, so that
    five hundred spokes are one route class. Of several kinds of one prefix the first counts.
    """
    found: dict[Prefix, LocalRoute] = {}
    for route in routes:
        found.setdefault(route.prefix, route)
    return tuple(
        Origination(
            route.prefix,
            _own_attributes(
                "held" if route.kind == "vnet" and not route.announced else route.kind,
                route.tunnels,
                route.communities,
            ),
        )
        for route in found.values()
    )


@lru_cache(maxsize=4096)
def _own_attributes(kind: str, tunnels: frozenset[str], communities: frozenset[str]) -> Attributes:
    tags: set[Hashable] = {kind, *(("tunnel", name) for name in tunnels)}
    return Attributes(weight=OWN_WEIGHT, tags=tags, communities=communities)


# Transforms are made once per meaning: two plans that ask for the same get the same object, so that the engine sees
# which sessions a change of the topology leaves as they were.


@cache
def learned_as(*tags: Hashable, keep: frozenset[Hashable] = frozenset(), keep_all: bool = False) -> Transform:
    """An import transform that says how a route came in; of the sender's tags ``keep`` survive, or all."""
    new = frozenset(tags)

    def mark(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
        tags = new | (attributes.tags if keep_all else attributes.tags & keep)
        return attributes if tags == attributes.tags else attributes.replace(tags=tags)

    return Transform(mark, "learned as " + ", ".join(map(str, tags)))


def only(name: str, allowed: Mapping[str, str | None]) -> Transform:
    """An export transform that lets own and learned routes pass by tag.

    ``allowed`` maps a tag to None (passes) or to ``"RULE: why"`` (does not); a route without any listed tag
    passes.
    """
    return _only(name, tuple(allowed.items()))


@cache
def _only(name: str, allowed: tuple[tuple[str, str | None], ...]) -> Transform:
    verdicts = {
        tag: None if why is None else Reject(*(part.strip() for part in why.split(":", 1)))
        for tag, why in allowed
    }

    def pass_or_not(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
        for tag, verdict in verdicts.items():
            if tag in attributes.tags:
                return attributes if verdict is None else verdict
        return attributes

    return Transform(pass_or_not, name)


@cache
def not_to_own_as(asn: int, rule: str) -> Transform:
    """Azure speakers do not send a path to a peer whose ASN it holds."""
    verdict = Reject(rule, f"the path holds the peer's AS {asn}")

    def check(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
        return verdict if asn in attributes.as_path.asns else attributes

    return Transform(check, f"not to AS {asn}")


def is_ipv6(prefix: Prefix) -> bool:
    """The prefix class of transforms that treat families apart."""
    return prefix.family == 6


@cache
def ipv4_only(rule: str, says: str) -> Transform:
    """Keep IPv6 off a session."""
    verdict = Reject(rule, says)

    def check(attributes: Attributes, crossing: Crossing) -> Attributes | Reject:
        return verdict if crossing.prefix_class else attributes

    return Transform(check, "IPv4 only", is_ipv6)


class Inside:
    """The prefix class "equal to or inside some space"; equal for equal spaces."""

    def __init__(self, space: Iterable[Prefix]) -> None:
        self.space = frozenset(space)
        self._hash = hash(self.space)

    @cached_property
    def table(self) -> PrefixTable[None]:
        """The space as a table."""
        return PrefixTable((p, None) for p in self.space)

    def __call__(self, prefix: Prefix) -> bool:
        """Whether ``prefix`` lies inside."""
        return self.table.parent(prefix) is not None or prefix in self.space

    def many(self, prefixes: Sequence[Prefix]) -> list[Hashable]:
        """The answers for many prefixes at once."""
        space, parent = self.space, self.table.parent
        return [p in space or parent(p) is not None for p in prefixes]

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self.space == other.space)

    def __hash__(self) -> int:
        return self._hash


class DefaultOrInside(Inside):
    """The prefix class "default route, equal to or inside some space"."""

    def __call__(self, prefix: Prefix) -> tuple[bool, bool]:  # type: ignore[override]
        """Whether ``prefix`` is a default route, and whether it lies inside the space."""
        return prefix.length == 0, super().__call__(prefix)

    def many(self, prefixes: Sequence[Prefix]) -> list[Hashable]:
        """The answers for many prefixes at once."""
        return [(p.length == 0, inside) for p, inside in zip(prefixes, super().many(prefixes), strict=True)]


def instance_end(instance: Instance, **options: object) -> End:
    """The end of a session at an instance."""
    return End(instance.speaker, instance.address, **options)  # type: ignore[arg-type]
