"""What running a plan gives: a result per step, the worst point of every limit, and the verdict."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from routeng.checks import Finding
from routeng.diff import Diff
from routeng.inputs.errors import InputErrors
from routeng.limits import LimitRow
from routeng.plan.flows import Flow

Outcome = Literal["applied", "refused", "invalid"]


class FlowChange(msgspec.Struct, frozen=True):
    """A watched flow before and after a step."""

    before: Flow
    after: Flow

    @property
    def lost(self) -> bool:
        """True if the flow had a path and has none now."""
        return self.before.usable and not self.after.usable

    @property
    def changed(self) -> bool:
        """True if a way of the flow is carried by another row."""
        return self.before != self.after

    def to_dict(self) -> dict[str, Any]:
        """The change as plain data."""
        return {
            "lost": self.lost,
            "changed": self.changed,
            **self.after.to_dict(),
            "before": self.before.to_dict(),
        }


class Expected(msgspec.Struct, frozen=True):
    """An expectation and what became of it; ``met`` is None if it cannot be evaluated yet."""

    expectation: dict[str, Any]
    met: bool | None
    says: str

    def to_dict(self) -> dict[str, Any]:
        """The expectation as plain data."""
        return {"expect": self.expectation, "met": self.met, "says": self.says}


class Passing(msgspec.Struct, frozen=True):
    """A transient state inside a step: evaluated, not kept."""

    title: str
    minutes: tuple[float, ...]
    diff: Diff
    flows: tuple[FlowChange, ...]

    @property
    def breaches(self) -> tuple[str, ...]:
        """Limits newly breached while it lasts."""
        return tuple(c.id for c in self.diff.limits if c.newly_breached)

    def to_dict(self) -> dict[str, Any]:
        """The state as plain data."""
        return {
            "title": self.title,
            "minutes": list(self.minutes),
            "diff": self.diff.to_dict(),
            "flows": [f.to_dict() for f in self.flows],
        }


class StepResult(msgspec.Struct, frozen=True):
    """What one step does.

    ``outcome``: applied; refused (Azure would reject it, ``refusals`` say why, the earlier state stays); or invalid
    (``errors``). ``restored``: whether a step with ``restores``, or its rollback, computes to the state it should;
    None if nothing was asked.
    """

    id: str
    title: str
    built_on: str
    outcome: Outcome
    diff: Diff | None = None
    refusals: tuple[Finding, ...] = ()
    findings: tuple[Finding, ...] = ()
    flows: tuple[FlowChange, ...] = ()
    transients: tuple[Passing, ...] = ()
    expected: tuple[Expected, ...] = ()
    outages: tuple[dict[str, Any], ...] = ()
    wait: float = 0
    duration: float = 0
    restores: str | None = None
    restored: bool | None = None
    rolled_back: bool | None = None
    errors: InputErrors | None = None

    @property
    def breaches(self) -> tuple[str, ...]:
        """Limits that the step newly breaches, or a transient state inside it."""
        kept = [c.id for c in self.diff.limits if c.newly_breached] if self.diff is not None else []
        return tuple(dict.fromkeys([*kept, *(b for t in self.transients for b in t.breaches)]))

    @property
    def failed(self) -> bool:
        """True if the step is refused or invalid, breaches a limit, loses a watched flow, or breaks its word."""
        return (
            self.outcome != "applied"
            or bool(self.breaches)
            or any(f.lost for f in self.flows)
            or any(e.met is False for e in self.expected)
            or self.restored is False
            or self.rolled_back is False
        )

    def to_dict(self) -> dict[str, Any]:
        """The step as plain data."""
        return {
            "id": self.id,
            "title": self.title,
            "builtOn": self.built_on,
            "outcome": self.outcome,
            "failed": self.failed,
            "breaches": list(self.breaches),
            "refusals": [f.to_dict() for f in self.refusals],
            "findings": [f.to_dict() for f in self.findings],
            "diff": self.diff.to_dict() if self.diff is not None else None,
            "flows": [f.to_dict() for f in self.flows],
            "transients": [t.to_dict() for t in self.transients],
            "expected": [e.to_dict() for e in self.expected],
            "outages": list(self.outages),
            "waitMinutes": self.wait,
            "durationMinutes": self.duration,
            "restores": self.restores,
            "restored": self.restored,
            "rolledBack": self.rolled_back,
            "errors": [str(e) for e in self.errors.errors] if self.errors is not None else [],
        }


class Worst(msgspec.Struct, frozen=True):
    """The tightest moment of one limit over the whole plan."""

    row: LimitRow
    step: str

    def to_dict(self) -> dict[str, Any]:
        """The moment as plain data."""
        return {"step": self.step, **self.row.to_dict()}


class PlanResult(msgspec.Struct, frozen=True):
    """A plan after it was run: its steps in order and the worst point of every limit that moves or is tight."""

    name: str
    file: str
    steps: tuple[StepResult, ...]
    worst: tuple[Worst, ...]
    expected: tuple[Expected, ...] = ()
    complete: bool = True
    missing: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """True if any step failed, or an expectation of the whole plan is not met."""
        return any(s.failed for s in self.steps) or any(e.met is False for e in self.expected)

    @property
    def invalid(self) -> bool:
        """True if a step gave an invalid topology; the steps before it are reported."""
        return any(s.outcome == "invalid" for s in self.steps)

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data (the JSON of ``routeng plan -o json``)."""
        return {
            "name": self.name,
            "file": self.file,
            "failed": self.failed,
            "complete": self.complete,
            "missing": list(self.missing),
            "steps": [s.to_dict() for s in self.steps],
            "worst": [w.to_dict() for w in self.worst],
            "expected": [e.to_dict() for e in self.expected],
        }

    def rows(self) -> list[dict[str, Any]]:
        """The timeline: one flat dict a step."""
        rows = []
        elapsed = 0.0
        for step in self.steps:
            elapsed += step.wait
            routes = step.diff.routes if step.diff is not None else ()
            rows.append(
                {
                    "step": step.id,
                    "title": step.title,
                    "startsAtMinutes": elapsed,
                    "outcome": step.outcome,
                    "places": sum(len(s.places) for s in routes),
                    "shapes": len(routes),
                    "lost": sum(len(s.places) for s in routes if s.lost),
                    "flowsLost": sum(f.lost for f in step.flows),
                    "breaches": list(step.breaches),
                    "restored": step.restored if step.restored is not None else step.rolled_back,
                    "failed": step.failed,
                }
            )
            elapsed += step.duration
        return rows
