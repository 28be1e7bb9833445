"""Migration plans as declared (``"routengPlan": 1``): a base, steps, and what to check at each of them.

``load_plan`` reads and validates a plan; running one is the business of ``routeng.plan``. What a step does to a
topology is in :mod:`routeng.model.change`.
"""

# ruff: noqa: RUF012 - msgspec gives each object its own copy of an empty default

from __future__ import annotations

import os
import re
from pathlib import Path as FilePath
from typing import Any, Literal

import msgspec

from routeng.inputs.nearest import nearest
from routeng.inputs.strict import Source, parse, read_bytes
from routeng.model.addresses import Path
from routeng.model.base import Declared
from routeng.model.problems import Problems
from routeng.model.structure import WRONG, Walk, type_of

SOURCES = ("merge", "update", "topology", "whatif", "terraform_plan", "template")
"""What a step may consist of; exactly one."""

INTENTS = ("reach", "isolate", "via", "notVia", "symmetric", "prefer", "maxAdvertised", "nextHopType")
"""The verbs of an intent, any of which may stand in an expectation."""

Expectation = dict[str, Any]
"""``{"limit": id, "breached": bool}``, ``{"finding": code}`` or an intent."""


class Update(Declared, frozen=True, kw_only=True):
    """Objects picked by ``where`` get ``set`` merged, ``append`` added to lists and ``remove`` taken from them."""

    where: dict[str, str | bool | int | list[str | bool | int]] = {}
    set: dict[str, Any] = {}
    append: dict[str, list[Any]] = {}
    remove: dict[str, list[Any]] = {}


Updates = dict[str, Update | list[Update]]


class Outage(Declared, frozen=True, kw_only=True):
    """What is down, or locked, while a step runs."""

    affects: list[str]
    kind: Literal["reset", "down", "locked"]
    minutes: list[float] = []
    source: str | None = None
    note: str | None = None


class Transient(Declared, frozen=True, kw_only=True):
    """A state inside a step: evaluated, not kept."""

    title: str | None = None
    merge: dict[str, Any] | None = None
    update: Updates | None = None
    minutes: list[float] = []
    note: str | None = None


class Rollback(Declared, frozen=True, kw_only=True):
    """How a step is undone, where the previous state is not simply deployed again."""

    merge: dict[str, Any] | None = None
    update: Updates | None = None


class Step(Declared, frozen=True, kw_only=True):
    """One step; exactly one of merge, update, topology, whatif, terraformPlan and template."""

    id: str
    title: str | None = None
    note: str | None = None
    from_: str | None = msgspec.field(default=None, name="from")
    merge: dict[str, Any] | None = None
    update: Updates | None = None
    topology: str | None = None
    whatif: str | None = None
    terraform_plan: str | None = None
    template: dict[str, Any] | None = None
    after: str | None = None
    duration: str | None = None
    transient: list[Transient] = []
    outage: list[Outage] = []
    expect: list[Expectation] = []
    restores: str | None = None
    rollback: Rollback | Literal["previous"] | None = None


class Check(Declared, frozen=True, kw_only=True):
    """What is looked at before the first step and after each one."""

    flows: list[list[str]] = []
    limits: bool = False
    intents: str | None = None
    expect: list[Expectation] = []


class Plan(Declared, frozen=True, kw_only=True):
    """A migration plan. ``base`` and other files are relative to the folder of the plan's own file."""

    routeng_plan: Literal[1] = 1
    base: str
    name: str | None = None
    note: str | None = None
    check: Check = Check()
    steps: list[Step]


class PlanFile(msgspec.Struct, frozen=True):
    """A plan with the file it came from."""

    plan: Plan
    file: str
    folder: FilePath

    def path(self, name: str) -> str:
        """The path of a file that the plan names."""
        return os.fspath(self.folder / name)


def load_plan(path: Source, folder: str | os.PathLike[str] | None = None) -> PlanFile:
    """The plan in a file, in standard input (``-``) or in bytes; raises InputErrors with every error of it.

    ``folder`` is where the files that it names are looked for: by default beside the plan, or the current folder.
    """
    data, file = read_bytes(path)
    document, errors = parse(data, file)
    problems = Problems(file)
    problems.errors.extend(errors)
    plan = plan_from(document, problems)
    if folder is None:
        named = isinstance(path, str | os.PathLike) and path != "-"
        folder = FilePath(os.fspath(path)).parent if named else FilePath()  # type: ignore[arg-type]
    return PlanFile(plan, file, FilePath(folder))


def plan_from(document: Any, problems: Problems) -> Plan:
    """The plan of a plain JSON document, validated."""
    walk = Walk(problems)
    if isinstance(document, dict) and "routengPlan" not in document:
        problems.add((), "missing key 'routengPlan'")
    cleaned = walk.clean(document, type_of(Plan), ())
    if cleaned is WRONG:
        problems.check()
    problems.kept = walk.kept
    plan = msgspec.convert(cleaned, Plan)
    _check(plan, problems)
    problems.check()
    return plan


def _check(plan: Plan, problems: Problems) -> None:
    if not plan.steps:
        problems.add(("steps",), "a plan needs a step", [])
    for i, flow in enumerate(plan.check.flows):
        if len(flow) != 2:
            problems.add(("check", "flows", i), "a flow has two ends", flow)
    _check_expectations(plan.check.expect, ("check", "expect"), problems)
    before: dict[str, int] = {}
    for i, step in enumerate(plan.steps):
        path: Path = ("steps", i)
        if step.id in before:
            problems.add((*path, "id"), f"the id of step number {before[step.id] + 1} already", step.id)
        if not step.id:
            problems.add((*path, "id"), "an id is not empty", step.id)
        for key, ref in (("from", step.from_), ("restores", step.restores)):
            if ref is not None and ref not in before:
                later = any(ref == other.id for other in plan.steps)
                problems.add(
                    (*path, key), "not an earlier step" if later else "no such step", ref, valid=before
                )
        _check_step(step, path, problems)
        before.setdefault(step.id, i)


def _check_step(step: Step, path: Path, problems: Problems) -> None:
    given = [s for s in SOURCES if getattr(step, s) is not None]
    names = ["terraformPlan" if s == "terraform_plan" else s for s in given]
    if len(given) != 1:
        said = f"has {' and '.join(names)}" if given else "has none"
        problems.add(
            path,
            f"step {step.id!r} needs one of merge, update, topology, whatif, terraformPlan, template; {said}",
        )
    if step.template is not None and not isinstance(step.template.get("name"), str):
        problems.add((*path, "template"), "missing key 'name'")
    for key, text in (("after", step.after), ("duration", step.duration)):
        if text is not None and minutes_of(text) is None:
            problems.add((*path, key), "not an ISO 8601 duration, like P15D or PT45M", text)
    for i, transient in enumerate(step.transient):
        where = (*path, "transient", i)
        if (transient.merge is None) == (transient.update is None):
            problems.add(where, "a transient state needs merge or update, one of them")
        _check_minutes(transient.minutes, (*where, "minutes"), problems)
        _check_updates(transient.update, (*where, "update"), problems)
    for i, outage in enumerate(step.outage):
        _check_minutes(outage.minutes, (*path, "outage", i, "minutes"), problems)
    if isinstance(step.rollback, Rollback):
        if (step.rollback.merge is None) == (step.rollback.update is None):
            problems.add((*path, "rollback"), 'needs merge or update, one of them, or is "previous"')
        _check_updates(step.rollback.update, (*path, "rollback", "update"), problems)
    _check_updates(step.update, (*path, "update"), problems)
    _check_expectations(step.expect, (*path, "expect"), problems)


def _check_updates(updates: Updates | None, path: Path, problems: Problems) -> None:
    for key, value in (updates or {}).items():
        for i, update in enumerate(value if isinstance(value, list) else [value]):
            where = (*path, key, i) if isinstance(value, list) else (*path, key)
            if not (update.set or update.append or update.remove):
                problems.add(where, "an update needs set, append or remove")


def _check_minutes(minutes: list[float], path: Path, problems: Problems) -> None:
    if minutes and (len(minutes) != 2 or not 0 <= minutes[0] <= minutes[1]):
        problems.add(path, "expected [typical, most] in minutes", minutes)


def _check_expectations(expectations: list[Expectation], path: Path, problems: Problems) -> None:
    for i, expectation in enumerate(expectations):
        known = ("limit", "finding", *INTENTS)
        if not any(key in expectation for key in known):
            key = next(iter(expectation), "")
            problems.add(
                (*path, i),
                "expected a limit, a finding or an intent",
                expectation,
                suggestion=nearest(key, known),
            )
        elif "limit" in expectation and not isinstance(expectation.get("breached"), bool):
            problems.add((*path, i), 'an expected limit says "breached": true or false', expectation)


_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z")


def minutes_of(duration: str) -> float | None:
    """The minutes of an ISO 8601 duration in weeks, days, hours, minutes and seconds; None if it is not one."""
    found = _DURATION.match(duration)
    if found is None or not any(found.groups()) or duration.endswith("T"):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((weeks * 7 + days) * 24 + hours) * 60 + minutes + seconds / 60
