"""Import and export policies: ordered match/set rules, the first matching rule decides.

All conditions of a rule must hold.  A rule without `deny` permits and applies its `set`.  No matching rule: the
policy's default.  Policies see prefixes through `PrefixMatch`es only, so that prefixes which no match tells apart
share one computation (`routeng.bgp.classes`).
"""

from __future__ import annotations

import re
from functools import cached_property

import msgspec

from routeng.bgp.attributes import Attributes, Origin
from routeng.lpm import Prefix


class Reject(msgspec.Struct, frozen=True):
    """Why a route is not taken or not sent: a short stable `reason` and, where useful, a `detail`."""

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class PrefixMatch(msgspec.Struct, frozen=True):
    """A prefix-list entry: the prefix itself, or the range of lengths `ge`..`le` inside it.

    Without `ge` and `le` only the prefix itself matches; `ge` alone reaches to the full length, `le` alone
    starts at the prefix's own length.
    """

    prefix: Prefix
    ge: int | None = None
    le: int | None = None

    def __post_init__(self) -> None:
        """Reject ranges that can match nothing."""
        full = 32 if self.prefix.family == 4 else 128
        low, high = self.bounds
        if not self.prefix.length <= low <= high <= full:
            raise ValueError(f"{self}: lengths must satisfy {self.prefix.length} <= ge <= le <= {full}")

    @property
    def bounds(self) -> tuple[int, int]:
        """The lowest and highest length that match."""
        full = 32 if self.prefix.family == 4 else 128
        if self.ge is None and self.le is None:
            return self.prefix.length, self.prefix.length
        low = self.prefix.length if self.ge is None else self.ge
        return low, full if self.le is None else self.le

    @staticmethod
    def parse(text: str) -> PrefixMatch:
        """Read `10.0.0.0/8`, `10.0.0.0/8 ge 17 le 24`; ValueError otherwise."""
        words = text.split()
        if not words or len(words) % 2 == 0:
            raise ValueError(f"not a prefix match: {text!r}")
        bounds: dict[str, int] = {}
        for name, value in zip(words[1::2], words[2::2], strict=True):
            if name not in ("ge", "le") or name in bounds or not (value.isascii() and value.isdigit()):
                raise ValueError(f"not a prefix match: {text!r}")
            bounds[name] = int(value)
        return PrefixMatch(Prefix(words[0]), **bounds)

    def matches(self, prefix: Prefix) -> bool:
        """Whether `prefix` lies in the range; families never mix."""
        low, high = self.bounds
        return (
            prefix.family == self.prefix.family
            and low <= prefix.length <= high
            and self.prefix.covers(prefix)
        )

    def __str__(self) -> str:
        ge = "" if self.ge is None else f" ge {self.ge}"
        le = "" if self.le is None else f" le {self.le}"
        return f"{self.prefix}{ge}{le}"


class Rule(msgspec.Struct, frozen=True, dict=True):
    """One rule.  Conditions that are None or empty are not asked; all others must hold.

    `prefixes`: any entry matches; `communities` / `large_communities`: the route has all of them;
    `as_path_contains`: the AS occurs anywhere; `as_path_regex`: searched in the printed path (`_` stands for a
    boundary, as on routers); `origin`, `med` (-1: none), `neighbour` (the peer's name), `next_hop`, `tags`
    (has all).  `set_*`: None leaves the attribute alone; `prepend` goes in front, first AS first;
    `add_communities` are added after `remove_communities` are gone, or instead of all when
    `replace_communities`.
    """

    deny: bool = False
    prefixes: tuple[PrefixMatch, ...] | None = None
    communities: frozenset[str] = frozenset()
    large_communities: frozenset[str] = frozenset()
    as_path_contains: int | None = None
    as_path_regex: str | None = None
    as_path_length: tuple[int, int] | None = None
    origin: Origin | None = None
    med: int | None = None
    neighbour: str | None = None
    next_hop: str | None = None
    tags: frozenset[object] = frozenset()
    set_weight: int | None = None
    set_local_pref: int | None = None
    set_med: int | None = None
    set_origin: Origin | None = None
    set_next_hop: str | None = None
    prepend: tuple[int, ...] = ()
    add_communities: frozenset[str] = frozenset()
    add_large_communities: frozenset[str] = frozenset()
    remove_communities: frozenset[str] = frozenset()
    replace_communities: bool = False
    add_tags: frozenset[object] = frozenset()
    name: str = ""

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        assert self.as_path_regex is not None
        return re.compile(self.as_path_regex.replace("_", r"(?:^|$|[ {}(),\[\]])"))

    def accepts_prefix(self, prefix: Prefix) -> bool:
        """The part of the match that looks at the prefix."""
        return self.prefixes is None or any(match.matches(prefix) for match in self.prefixes)

    def accepts_attributes(self, attributes: Attributes, neighbour: str) -> bool:
        """The part of the match that does not look at the prefix."""
        path = attributes.as_path
        return (
            (self.communities <= attributes.communities)
            and (self.large_communities <= attributes.large_communities)
            and (self.as_path_contains is None or self.as_path_contains in path.asns)
            and (self.as_path_regex is None or self._regex.search(str(path)) is not None)
            and (self.as_path_length is None or self.as_path_length[0] <= path.hops <= self.as_path_length[1])
            and (self.origin is None or self.origin == attributes.origin)
            and (self.med is None or self.med == (-1 if attributes.med is None else attributes.med))
            and (self.neighbour is None or self.neighbour == neighbour)
            and (self.next_hop is None or self.next_hop == attributes.next_hop)
            and (self.tags <= attributes.tags)
        )

    @cached_property
    def changes(self) -> bool:
        """Whether a permit changes anything."""
        return (
            any(
                value is not None
                for value in (
                    self.set_weight,
                    self.set_local_pref,
                    self.set_med,
                    self.set_origin,
                    self.set_next_hop,
                )
            )
            or bool(self.prepend or self.add_communities or self.add_large_communities or self.add_tags)
            or bool(self.remove_communities)
            or self.replace_communities
        )

    def apply(self, attributes: Attributes) -> Attributes:
        """The attributes after this rule's `set` part."""
        if not self.changes:
            return attributes
        changes: dict[str, object] = {}
        if self.set_weight is not None:
            changes["weight"] = self.set_weight
        if self.set_local_pref is not None:
            changes["local_pref"] = self.set_local_pref
        if self.set_med is not None:
            changes["med"] = self.set_med
        if self.set_origin is not None:
            changes["origin"] = self.set_origin
        if self.set_next_hop is not None:
            changes["next_hop"] = self.set_next_hop
        if self.prepend:
            changes["as_path"] = attributes.as_path.prepend(*self.prepend)
        if self.replace_communities:
            changes["communities"] = self.add_communities
        elif self.add_communities or self.remove_communities:
            changes["communities"] = (attributes.communities - self.remove_communities) | self.add_communities
        if self.add_large_communities:
            changes["large_communities"] = attributes.large_communities | self.add_large_communities
        if self.add_tags:
            changes["tags"] = attributes.tags | self.add_tags
        return attributes.replace(**changes)

    @property
    def label(self) -> str:
        """What a reason calls this rule."""
        return self.name or ("deny" if self.deny else "permit")


class Policy(msgspec.Struct, frozen=True, dict=True):
    """Ordered rules; `default_deny` decides when none matches."""

    rules: tuple[Rule, ...] = ()
    default_deny: bool = False
    name: str = ""

    def apply(
        self, attributes: Attributes, prefix: Prefix, neighbour: str, direction: str
    ) -> Attributes | Reject:
        """The attributes after the first matching rule, or why the route is denied."""
        for index, rule in enumerate(self.rules):
            if rule.accepts_prefix(prefix) and rule.accepts_attributes(attributes, neighbour):
                if rule.deny:
                    label = rule.name or f"rule {index + 1}"
                    return Reject(f"{direction}_policy", f"{self.name + ' ' if self.name else ''}{label}")
                return rule.apply(attributes)
        if self.default_deny:
            return Reject(f"{direction}_policy", f"{self.name + ' ' if self.name else ''}default")
        return attributes

    @cached_property
    def prefix_matches(self) -> tuple[PrefixMatch, ...]:
        """Every prefix match that occurs: what splits the route classes."""
        return tuple(match for rule in self.rules for match in rule.prefixes or ())


PERMIT_ALL = Policy()
DENY_ALL = Policy(default_deny=True)
