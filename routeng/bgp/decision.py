"""The decision process: which path wins, at which step, against whom.

The document (RFC 4271 §9.1 with its usual extensions) and where each part lives here:

    9.1.1    degree of preference: steps ``weight`` (implementations' own), ``local_pref``, ``local_origin``
    9.1.2    excluded beforehand: unresolvable next hop, AS loop (`routeng.bgp.exchange`), cluster loop (4456 §8)
    9.1.2.2  a ``as_path``  b ``origin``  c ``med``  d ``external``  e ``igp_metric``  f ``router_id``
             g ``peer_address``
    5065 5.3 ``confed_external``: a path from another member AS before one from the own member AS
    5004     ``oldest``: between external paths the one already chosen stays (not in `STANDARD_STEPS`)
    4456 9   ORIGINATOR_ID stands for the router id in ``router_id``; then ``cluster_list``, the shorter list
    ``session``: the name of the session and the path id, so that two paths are never equal

MED (§9.1.2.2 c) is compared only between paths of one neighbour AS.  With `deterministic_med` the paths of each
neighbour AS are ranked first and the winners compared; without it the paths are folded newest first, and the
result depends on the order of arrival, as it does on routers.

A speaker's steps are data: names of the standard steps and `Step`s of its own, in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Literal

import msgspec

from routeng.bgp.attributes import DEFAULT_LOCAL_PREF, MAX_MED, Attributes, address_key
from routeng.bgp.policy import Reject
from routeng.bgp.session import SourceKind

StepName = Literal[
    "weight",
    "local_pref",
    "local_origin",
    "as_path",
    "origin",
    "med",
    "external",
    "igp_metric",
    "confed_external",
    "oldest",
    "router_id",
    "cluster_list",
    "peer_address",
    "session",
]

#: The order of FRR and IOS, with router ids compared between external paths (`bgp bestpath compare-routerid`).
STANDARD_STEPS: tuple[StepName, ...] = (
    "weight",
    "local_pref",
    "local_origin",
    "as_path",
    "origin",
    "med",
    "external",
    "igp_metric",
    "confed_external",
    "router_id",
    "cluster_list",
    "peer_address",
)
#: The same with RFC 5004: an external path that is already best is not displaced by a lower router id.
KEEP_OLDEST_STEPS: tuple[StepName, ...] = (*STANDARD_STEPS[:9], "oldest", *STANDARD_STEPS[9:])
#: RFC 4271 and 4456 only: no weight, no preference for own routes.
RFC_STEPS: tuple[StepName, ...] = ("local_pref", *STANDARD_STEPS[3:])


class Path:
    """One path a speaker holds: attributes after import policy, and where it came from.

    `kind` "local" and "aggregate" have no session.  `igp_metric` is the metric of the next hop, None when it is
    unreachable.  `arrival` counts the paths a speaker got for this prefix; a replaced path keeps its number.
    """

    __slots__ = (
        "arrival",
        "attributes",
        "igp_metric",
        "keys",
        "kind",
        "path_id",
        "peer",
        "peer_address",
        "peer_asn",
        "peer_router_id",
        "session",
    )

    def __init__(
        self,
        attributes: Attributes,
        kind: SourceKind,
        peer: str = "local",
        session: str = "",
        peer_asn: int = 0,
        peer_address: str | None = None,
        peer_router_id: str | None = None,
        igp_metric: int | None = 0,
        arrival: int = 0,
        path_id: int = 0,
    ) -> None:
        self.attributes = attributes
        self.kind: SourceKind = kind
        self.peer = peer
        self.session = session
        self.peer_asn = peer_asn
        self.peer_address = peer_address
        self.peer_router_id = peer_router_id
        self.igp_metric = igp_metric
        self.arrival = arrival
        self.path_id = path_id
        self.keys: tuple[Decision, tuple[Any, ...], tuple[Any, ...]] | None = None

    @property
    def source(self) -> tuple[str, str, int]:
        """What tells this path from the speaker's others: kind of source or session, peer, path id."""
        return (self.session or self.kind, self.peer, self.path_id)

    @property
    def is_local(self) -> bool:
        """Whether the speaker brought the route in itself."""
        return self.kind == "local" or self.kind == "aggregate"

    def __repr__(self) -> str:
        return f"<Path from {self.peer} as_path={str(self.attributes.as_path)!r}>"


class Step(msgspec.Struct, frozen=True):
    """A step of a speaker's own: the path with the lower `key(path)` wins; equal keys go on to the next step."""

    name: str
    key: Callable[[Path], Any]


def _router_id(path: Path) -> tuple[int, int]:
    text = path.attributes.originator_id or path.peer_router_id
    return (0, 0) if text is None else address_key(text)


_LOCAL_RANK = {"local": 0, "aggregate": 1}

_KEYS: dict[str, Callable[[Path], Any]] = {
    "weight": lambda path: -path.attributes.weight,
    "local_pref": lambda path: (
        -DEFAULT_LOCAL_PREF if path.attributes.local_pref is None else -path.attributes.local_pref
    ),
    "local_origin": lambda path: _LOCAL_RANK.get(path.kind, 2),
    "as_path": lambda path: path.attributes.as_path.hops,
    "origin": lambda path: int(path.attributes.origin),
    "external": lambda path: 1 if path.kind == "ibgp" or path.kind == "confed" else 0,
    "igp_metric": lambda path: 0 if path.igp_metric is None else path.igp_metric,
    "confed_external": lambda path: 1 if path.kind == "ibgp" else 0,
    "router_id": _router_id,
    "cluster_list": lambda path: len(path.attributes.cluster_list),
    "peer_address": lambda path: (0, 0) if path.peer_address is None else address_key(path.peer_address),
    "session": lambda path: (path.session, path.peer, path.path_id),
}


class Decision(msgspec.Struct, frozen=True, dict=True):
    """How a speaker chooses: the steps in order and how MEDs are compared.

    `med_missing_as_worst`: a path without MED counts as 2^32-1 instead of 0.
    """

    steps: tuple[StepName | Step, ...] = STANDARD_STEPS
    always_compare_med: bool = False
    deterministic_med: bool = True
    med_missing_as_worst: bool = False

    def __post_init__(self) -> None:
        """Reject unknown and repeated steps."""
        names = self.names
        if len(set(names)) != len(names):
            raise ValueError(f"a decision step occurs twice: {names}")
        for step in self.steps:
            if isinstance(step, str) and step not in _KEYS and step not in ("med", "oldest"):
                raise ValueError(f"unknown decision step {step!r}")

    def without(self, *names: str) -> Decision:
        """The same without some steps (`without("as_path")` ignores the path length)."""
        return Decision(
            tuple(s for s in self.steps if (s if isinstance(s, str) else s.name) not in names),
            self.always_compare_med,
            self.deterministic_med,
            self.med_missing_as_worst,
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all steps, the closing ``session`` included."""
        names = tuple(step if isinstance(step, str) else step.name for step in self.steps)
        return names if "session" in names else (*names, "session")

    @cached_property
    def _functions(self) -> tuple[Callable[[Path], Any] | None, ...]:
        own = {step.name: step.key for step in self.steps if isinstance(step, Step)}
        return tuple(own.get(name) or _KEYS.get(name) for name in self.names)

    @cached_property
    def _med_index(self) -> int:
        return self.names.index("med") if "med" in self.names else len(self.names)

    @cached_property
    def has_oldest(self) -> bool:
        """Whether the outcome depends on what was chosen before."""
        return "oldest" in self.names

    def keys(self, path: Path) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The path's keys of the steps before and after MED; cached on the path."""
        known = path.keys
        if known is None or known[0] is not self:
            values = tuple(0 if f is None else f(path) for f in self._functions)
            known = path.keys = self, values[: self._med_index], values[self._med_index + 1 :]
        return known[1], known[2]

    def med(self, path: Path) -> int:
        """The MED that counts."""
        med = path.attributes.med
        return med if med is not None else MAX_MED if self.med_missing_as_worst else 0

    def med_comparable(self, a: Path, b: Path) -> bool:
        """Whether MED may decide between the two: same neighbour AS, or none on either side (§9.1.2.2 c)."""
        if self.always_compare_med:
            return True
        one, two = a.attributes.as_path, b.attributes.as_path
        if one.first is not None and one.first == two.first:
            return True
        if one.hops == 0 and two.hops == 0:
            return True
        return one.confed_first is not None and one.confed_first == two.confed_first

    def compare(self, a: Path, b: Path, current: tuple[str, str, int] | None = None) -> tuple[bool, str]:
        """Whether `a` beats `b`, and the step that says so; two distinct paths are never equal.

        `current`: source of the path chosen so far, for ``oldest``.
        """
        (a_before, a_after), (b_before, b_after) = self.keys(a), self.keys(b)
        if a_before != b_before:
            index = next(i for i, (x, y) in enumerate(zip(a_before, b_before, strict=True)) if x != y)
            return a_before < b_before, self.names[index]
        if self._med_index < len(self.names) and self.med_comparable(a, b):
            a_med, b_med = self.med(a), self.med(b)
            if a_med != b_med:
                return a_med < b_med, "med"
        if self.has_oldest and current is not None:
            at = self.names.index("oldest") - self._med_index - 1
            a_after, b_after = _aged(a, a_after, at, current), _aged(b, b_after, at, current)
        for index, (x, y) in enumerate(zip(a_after, b_after, strict=True)):
            if x != y:
                return x < y, self.names[self._med_index + 1 + index]
        raise ValueError(f"two paths of one source: {a} and {b}")

    def ties_through(self, a: Path, b: Path, last: str) -> bool:
        """Whether the two tie in every step up to and including `last`."""
        upto = self.names.index(last) + 1
        (a_before, a_after), (b_before, b_after) = self.keys(a), self.keys(b)
        if upto <= self._med_index:
            return a_before[:upto] == b_before[:upto]
        if a_before != b_before or (self.med_comparable(a, b) and self.med(a) != self.med(b)):
            return False
        rest = upto - self._med_index - 1
        return a_after[:rest] == b_after[:rest]


def _aged(path: Path, after: tuple[Any, ...], at: int, current: tuple[str, str, int]) -> tuple[Any, ...]:
    age = 1 if path.kind == "ebgp" and path.source != current else 0
    return (*after[:at], age, *after[at + 1 :])


class Multipath(msgspec.Struct, frozen=True):
    """How many equal paths a speaker uses: `ebgp` / `ibgp` at most, by the kind of the best path.

    Equal means: a tie in every step up to `after`, a next hop of its own, and unless `relax` the same neighbour
    AS (external) or the same AS path (iBGP).  `local` lets own routes share, which routers do not.
    Surplus paths are cut by next hop, then by peer address.
    """

    ebgp: int = 1
    ibgp: int = 1
    relax: bool = False
    after: str = "confed_external"
    distinct_next_hop: bool = True
    local: bool = False

    def choose(self, best: Path, others: Iterable[Path], decision: Decision) -> tuple[Path, ...]:
        """The multipath set, `best` first."""
        limit = self.ibgp if best.kind == "ibgp" else self.ebgp
        if limit <= 1 or (best.is_local and not self.local):
            return (best,)
        equal = [path for path in others if self._equal(best, path, decision)]
        equal.sort(key=_next_hop_order)
        chosen = [best]
        for path in equal:
            if len(chosen) == limit:
                break
            if (
                self.distinct_next_hop
                and path.attributes.next_hop is not None
                and path.attributes.next_hop in (best.attributes.next_hop, chosen[-1].attributes.next_hop)
            ):
                continue
            chosen.append(path)
        return tuple(chosen)

    def _equal(self, best: Path, path: Path, decision: Decision) -> bool:
        if path is best or not decision.ties_through(best, path, self.after):
            return False
        if path.is_local and not self.local:
            return False
        if self.relax:
            return True
        if path.kind == "ibgp":
            return path.attributes.as_path is best.attributes.as_path
        return path.peer_asn == best.peer_asn


def _next_hop_order(path: Path) -> tuple[Any, ...]:
    hop = path.attributes.next_hop
    return (
        (0, 0) if hop is None else address_key(hop),
        (0, 0) if path.peer_address is None else address_key(path.peer_address),
        path.source,
    )


class Candidate(msgspec.Struct, frozen=True, eq=False):
    """A path with what the decision made of it.

    `ineligible`: why it never competed.  `lost_at`, `lost_to`: the step and the path that beat it (None for the
    best and for ineligible paths; a multipath member carries them too, as it is not the best).
    """

    path: Path
    best: bool = False
    multipath: bool = False
    suppressed: bool = False
    ineligible: Reject | None = None
    lost_at: str | None = None
    lost_to: Path | None = None

    @property
    def attributes(self) -> Attributes:
        """The path's attributes."""
        return self.path.attributes

    @property
    def valid(self) -> bool:
        """Whether it competed."""
        return self.ineligible is None


def select(
    paths: Sequence[Path], decision: Decision, current: tuple[str, str, int] | None = None
) -> tuple[Path | None, dict[Path, tuple[str, Path]]]:
    """The best of the eligible `paths` and, for every other, the step it lost at and the path that beat it.

    A path of the winner's neighbour AS, or one that loses to the winner directly, lost to the winner; one that
    the winner would not beat directly lost to the best path of its own neighbour AS (deterministic MED).
    """
    if not paths:
        return None, {}
    if len(paths) == 1:
        return paths[0], {}
    ordered = sorted(paths, key=lambda path: -path.arrival)
    groups: list[list[Path]] = []
    if decision.deterministic_med:
        for path in ordered:
            for group in groups:
                if decision.med_comparable(group[0], path):
                    group.append(path)
                    break
            else:
                groups.append([path])
    else:
        groups = [[path] for path in ordered]
    beaten: dict[Path, tuple[str, Path]] = {}

    def fold(rivals: Sequence[Path]) -> Path:
        winner = rivals[0]
        for rival in rivals[1:]:
            wins, step = decision.compare(rival, winner, current)
            if wins:
                beaten[winner] = (step, rival)
                winner = rival
            else:
                beaten[rival] = (step, winner)
        return winner

    winners = [fold(group) for group in groups]
    best = fold(winners)
    for group, winner in zip(groups, winners, strict=True):
        for path in group:
            if path is best or beaten[path][1] is best:
                continue
            wins, step = decision.compare(best, path, current)
            if wins:
                beaten[path] = (step, best)
            elif path is not winner:
                beaten[path] = (decision.compare(winner, path, current)[1], winner)
    return best, beaten


def rank(
    paths: Sequence[Path],
    decision: Decision,
    multipath: Multipath,
    ineligible: Callable[[Path], Reject | None] = lambda path: None,
    suppressed: Callable[[Path], bool] = lambda path: False,
    current: tuple[str, str, int] | None = None,
) -> tuple[Candidate, ...]:
    """All paths as candidates, best first: repeated selection orders the losers, ineligible paths come last."""
    barred = {path: reason for path in paths if (reason := ineligible(path)) is not None}
    rest = [path for path in paths if path not in barred]
    best, beaten = select(rest, decision, current)
    shared = set(multipath.choose(best, rest, decision)) if best is not None else set()
    out: list[Candidate] = []
    while rest:
        winner, _ = select(rest, decision, current)
        assert winner is not None
        rest.remove(winner)
        step, to = beaten.get(winner, (None, None))
        out.append(
            Candidate(
                winner,
                best=winner is best,
                multipath=winner in shared and len(shared) > 1,
                suppressed=suppressed(winner),
                lost_at=step,
                lost_to=to,
            )
        )
    out.extend(
        Candidate(path, ineligible=reason, suppressed=suppressed(path))
        for path, reason in sorted(barred.items(), key=lambda item: item[0].source)
    )
    return tuple(out)
