"""A migration plan: the verdict and the timeline first, then each step as a diff, then the tightest limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from routeng.report.diff import declared_lines, limit_row, route_lines
from routeng.report.parts import Column, Details, Heading, Line, Lines, Part, Report, Table, Tone

if TYPE_CHECKING:
    from routeng.plan import PlanResult, StepResult

_TIMELINE = (
    Column("step", "Step"),
    Column("title", "What"),
    Column("starts", "Starts", right=True),
    Column("places", "Subnets", right=True),
    Column("gain", "Routes"),
    Column("limits", "Limits"),
    Column("flows", "Flows"),
    Column("verdict", "Verdict"),
)
_WORST = (
    Column("id", "Limit"),
    Column("object", "At"),
    Column("used", "Most", right=True),
    Column("limit", "Of", right=True),
    Column("headroom", "Headroom", right=True),
    Column("status", "Status"),
    Column("step", "In step"),
)
_LIMITS = (
    Column("id", "Limit"),
    Column("at", "At"),
    Column("usedBefore", "Before", right=True),
    Column("usedAfter", "After", right=True),
    Column("of", "Of", right=True),
    Column("status", "Status"),
)
_TONES: dict[str, Tone] = {
    "breached": "bad",
    "near": "warn",
    "ok": "good",
    "refused": "bad",
    "fails": "bad",
    "breaches": "bad",
    "loses flows": "bad",
}


def report(found: PlanResult) -> Report:
    """The result of a plan, for people and as data."""
    return Report(document=found.to_dict(), parts=_parts(found), records=found.rows(), flat=_flat(found))


def _parts(found: PlanResult) -> Iterator[Part]:
    yield Heading(found.name)
    failed = [s.id for s in found.steps if s.failed]
    verdict = f"Fails at {', '.join(failed)}." if failed else "Every step holds."
    yield Lines(
        (Line(f"{len(found.steps)} steps. {verdict}", tone="bad" if failed else "strong"), *_notes(found))
    )
    yield Table(
        _TIMELINE, [_timeline(step, row) for step, row in zip(found.steps, found.rows(), strict=True)], _TONES
    )
    for step in found.steps:
        lines = tuple(_step(step))
        if lines:
            yield Details(f"Step {step.id}: {step.title}", _summary(step), (Lines(lines), *_moved(step)))
    if found.worst:
        rows = [{**w.row.to_dict(), "step": w.step} for w in found.worst]
        yield Details("Limits at their worst", f"{len(rows)} limits", (Table(_WORST, rows, _TONES),))


def _notes(found: PlanResult) -> Iterator[Line]:
    if not found.complete:
        yield Line(f"Not complete: {'; '.join(found.missing)}", tone="warn")
    if any(s.flows for s in found.steps):
        yield Line("Flows are judged by effective next hops; packets are not traced.", tone="quiet")
    for expected in found.expected:
        if expected.met is not True:
            yield Line(
                f"Expected {expected.expectation}: {expected.says}",
                tone="bad" if expected.met is False else "warn",
            )


def _timeline(step: StepResult, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "step": step.id,
        "title": step.title,
        "starts": _clock(row["startsAtMinutes"]),
        "places": row["places"] or None,
        "gain": _gain(step),
        "limits": f"breaks {', '.join(step.breaches)}" if step.breaches else "hold",
        "flows": _flows(step),
        "verdict": _verdict(step),
    }


def _gain(step: StepResult) -> str:
    """The most telling change of the largest shape."""
    if step.diff is None:
        return ""
    shapes = step.diff.routes
    if not shapes:
        return ""
    changes = sorted(shapes[0].changes, key=lambda c: "+~-".index(c.op))[:2]
    words = ", ".join(f"{c.op}{c.count:,} {c.kind}" for c in changes)
    more = f" and {len(shapes) - 1} more" if len(shapes) > 1 else ""
    return f"{words} in {shapes[0].vnets:,} VNets{more}"


def _flows(step: StepResult) -> str:
    lost = sum(f.lost for f in step.flows)
    changed = sum(f.changed for f in step.flows)
    if lost:
        return f"{lost} lost"
    return f"{changed} moved" if changed else ""


def _verdict(step: StepResult) -> str:
    if step.outcome != "applied":
        return step.outcome
    if step.restores is not None:
        return f"restores {step.restores}" if step.restored else "fails"
    if step.breaches:
        return "breaches"
    if any(f.lost for f in step.flows):
        return "loses flows"
    return "fails" if step.failed else "ok"


def _summary(step: StepResult) -> str:
    return _verdict(step)


def _step(step: StepResult) -> Iterator[Line]:
    for refusal in step.refusals:
        yield Line(
            f"Azure would refuse this: {refusal.message} [{refusal.code}]; the earlier state stays",
            tone="bad",
            depth=1,
        )
    for error in step.errors.errors if step.errors is not None else ():
        yield Line(str(error), tone="bad", depth=1)
    if step.diff is not None:
        yield from declared_lines(step.diff)
        yield from route_lines(step.diff)
    for flow in step.flows:
        if flow.changed:
            tone: Tone = "bad" if flow.lost else ""
            ends = f"{flow.after.source} to {flow.after.destination}"
            words = f"{ends}: {flow.before.forward.by} -> {flow.after.forward.by}"
            yield Line(("lost: " if flow.lost else "") + words, mark="~", tone=tone, depth=1)
    for finding in step.findings:
        yield Line(
            f"{finding.code} {finding.message}",
            tone="warn" if finding.severity != "info" else "quiet",
            depth=1,
        )
    for passing in step.transients:
        minutes = f" ({' to '.join(f'{m:g}' for m in passing.minutes)} minutes)" if passing.minutes else ""
        bad = [
            *passing.breaches,
            *(f"{f.after.source} to {f.after.destination} lost" for f in passing.flows if f.lost),
        ]
        says = ", ".join(bad) if bad else "nothing is lost"
        yield Line(f"meanwhile, {passing.title}{minutes}: {says}", tone="bad" if bad else "", depth=1)
    for outage in step.outages:
        minutes = " to ".join(f"{m:g}" for m in outage["minutes"])
        yield Line(
            f"{outage['kind']}: {', '.join(outage['affects'])}, {minutes} minutes", tone="warn", depth=1
        )
    for expected in step.expected:
        if expected.met is not True:
            words = f"expected {expected.expectation}: {expected.says}"
            yield Line(words, tone="bad" if expected.met is False else "warn", depth=1)
    if step.restored is not None:
        words = "computes to" if step.restored else "does not compute to"
        yield Line(
            f"{words} the state of step {step.restores}", tone="good" if step.restored else "bad", depth=1
        )
    if step.rolled_back is not None:
        words = "its rollback restores" if step.rolled_back else "its rollback does not restore"
        yield Line(f"{words} the state before it", tone="good" if step.rolled_back else "bad", depth=1)


def _moved(step: StepResult) -> tuple[Table, ...]:
    if step.diff is None or not step.diff.limits:
        return ()
    return (Table(_LIMITS, [limit_row(c) for c in step.diff.limits], _TONES),)


def _clock(minutes: float) -> str:
    """Minutes from the start as days, hours and minutes."""
    if not minutes:
        return "0"
    days, rest = divmod(int(minutes), 1440)
    hours, left = divmod(rest, 60)
    parts = ((days, "d"), (hours, "h"), (left, "min"))
    return "+" + " ".join(f"{n} {unit}" for n, unit in parts if n)


def _flat(found: PlanResult) -> Iterator[tuple[Any, ...]]:
    for row in found.rows():
        yield tuple(row.values())
