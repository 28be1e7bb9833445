"""Deciding whole tables at once, from columns (one entry a path, the paths of a prefix side by side).

Columns are buffers of unsigned 32-bit numbers (`array("I")`, NumPy `uint32`), offsets of signed 64-bit ones.  A
missing column is a tie.  The steps and their order are those of a `Decision`; the rules are those of
`routeng.bgp.decision`, of which a property test proves this path the equal.

| column | step | better |
|---|---|---|
| `weight`, `local_pref` | same name | higher |
| `local_origin` 0 network, 1 aggregate, 2 learned | same name | lower |
| `as_path` hops, `origin` 0-2, `med`, `igp_metric`, `cluster_list` length | same name | lower |
| `external` 0 eBGP or own, 1 otherwise; `confed_external` 1 iBGP, 0 otherwise | same name | lower |
| `router_id`, `peer_address` as numbers (IPv6: ranks) | same name | lower |
| `med_group` the neighbour AS; `INTERNAL` for an empty path; 0 compares with nothing | `med` | |

A path without MED carries 0, or 2^32-1 where missing counts as worst.  Paths equal in every step are separated by
their place: the first wins, which is the step ``session``.  Without deterministic MED the paths of a prefix must
be given newest first.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeng.bgp._kernel import NONE, Columns, decide, share
from routeng.bgp.decision import Decision, Step

if TYPE_CHECKING:
    from typing_extensions import Buffer

#: `med_group` of a path that no neighbour AS sent.
INTERNAL = 2**32 - 1
_HIGHER = frozenset({"weight", "local_pref"})
_STEPS = frozenset(
    {
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
    }
)


@dataclass(frozen=True, eq=False)
class Choices:
    """What `decide_table` found.

    `best`: a row number a prefix, -1 where no path is eligible.  `step`, `lost_to`: one entry a path, the number
    of the step in `names` at which it lost and the row that beat it; `NONE` (255) and -1 for best and ineligible
    paths, `NONE` with a row for a path equal in every step.
    """

    best: array[int]
    step: array[int]
    lost_to: array[int]
    names: tuple[str, ...]

    def reason(self, row: int) -> str | None:
        """The name of the step at which a path lost; None when it did not lose."""
        if self.lost_to[row] < 0:
            return None
        return "session" if self.step[row] == NONE else self.names[self.step[row]]


def _columns(columns: Mapping[str, Buffer], decision: Decision, rows: int) -> tuple[Columns, tuple[str, ...]]:
    names: list[str] = []
    for step in decision.steps:
        if isinstance(step, Step) or step not in _STEPS | {"session"}:
            name = step.name if isinstance(step, Step) else step
            raise ValueError(f"step {name!r} cannot be decided from columns")
        if step != "session":
            names.append(step)
    unknown = set(columns) - _STEPS - {"med_group"}
    if unknown:
        raise ValueError(f"unknown columns: {', '.join(sorted(unknown))}")
    steps = [(name, columns.get(name), name in _HIGHER) for name in names]
    made = Columns(
        steps,
        columns.get("med_group"),
        decision.always_compare_med,
        decision.deterministic_med,
        rows,
    )
    return made, tuple(names)


def decide_table(
    offsets: Buffer,
    columns: Mapping[str, Buffer],
    decision: Decision,
    eligible: Buffer | None = None,
) -> Choices:
    """Choose for every prefix; rows `offsets[i]`..`offsets[i+1]` are the paths of prefix i.

    `eligible`: one byte a path, 0 for paths that must not compete.  Cost: linear in the number of paths.
    ValueError for columns of different length, unknown columns and steps that are not columnar.
    """
    view = memoryview(offsets)
    if view.ndim != 1 or len(view) == 0:
        raise ValueError("offsets must be a row of numbers")
    rows = int(view[-1])
    made, names = _columns(columns, decision, rows)
    best = array("q", [0]) * (len(view) - 1)
    step = array("B", [0]) * rows
    lost_to = array("q", [0]) * rows
    decide(made, offsets, eligible, best, step, lost_to)
    return Choices(best, step, lost_to, names)


def share_table(
    offsets: Buffer,
    columns: Mapping[str, Buffer],
    decision: Decision,
    choices: Choices,
    *,
    kind: Buffer,
    same: Buffer,
    next_hop: Buffer,
    ebgp: int,
    ibgp: int,
    after: str = "confed_external",
    eligible: Buffer | None = None,
) -> array[int]:
    """The multipath mask, one byte a path, in the manner of `Multipath`.

    `kind` 0 own, 1 external, 2 internal; `same`: number of what must be equal besides the steps up to `after`
    (the neighbour AS or the AS path; all 0 with as-path relax); `next_hop`: address or rank.
    """
    rows = len(memoryview(kind))
    made, names = _columns(columns, decision, rows)
    mask = array("B", [0]) * rows
    peers = columns.get("peer_address")
    peer_address = peers if peers is not None else array("I", [0]) * rows
    share(
        made,
        offsets,
        choices.best,
        choices.step,
        choices.lost_to,
        eligible,
        names.index(after),
        kind,
        same,
        next_hop,
        peer_address,
        ebgp,
        ibgp,
        mask,
    )
    return mask
