"""Running a plan: each step is a change on top of the last, compared with it, checked, and kept or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from routeng.checks import Finding, check
from routeng.collector import paused
from routeng.diff import Diff, diff
from routeng.inputs.errors import InputError, InputErrors, single
from routeng.model.addresses import Path
from routeng.model.change import TouchesNothing, change
from routeng.model.loading import load
from routeng.model.plan import INTENTS, Expectation, PlanFile, Rollback, Step, load_plan, minutes_of
from routeng.model.topology import Topology
from routeng.network import Network, UnknownPlace, compute
from routeng.plan.flows import Flow, flow
from routeng.plan.result import Expected, FlowChange, Passing, PlanResult, StepResult, Worst

Progress = Callable[[int, int, str], None]
"""Called before each step with its number from 0, how many there are, and its id."""

LATER = {
    "whatif": "reading what-if results is not computed yet",
    "terraform_plan": "reading Terraform plans is not computed yet",
    "template": "templates of known migrations are not computed yet",
}


def run_plan(
    plan: str | PlanFile, *, until: str | None = None, progress: Progress | None = None
) -> PlanResult:
    """Run a plan file step by step, up to and including step ``until``.

    Raises ``InputErrors`` if the plan or its base is invalid, or ``until`` is no step. A step whose change is invalid
    ends the run: its result carries the errors, and the steps before it are there.
    """
    file = plan if isinstance(plan, PlanFile) else load_plan(plan)
    _check_until(file, until)
    return _Run(file, progress).run(until)


def step_topology(plan: str | PlanFile, step: str) -> Topology:
    """The topology after one step of a plan (``plan.json#3.1``), the earlier state if Azure would refuse it."""
    file = plan if isinstance(plan, PlanFile) else load_plan(plan)
    _check_until(file, step)
    run = _Run(file, None)
    result = run.run(step, compare=False)
    last = result.steps[-1]
    if last.errors is not None:
        raise last.errors
    return run.states[last.id].topology


def _check_until(file: PlanFile, until: str | None) -> None:
    ids = [s.id for s in file.plan.steps]
    if until is not None and until not in ids:
        from routeng.inputs.nearest import nearest

        raise single(file.file, "/steps", "no such step", until, nearest(until, ids))


class _Run:
    """The states of a plan while it runs."""

    def __init__(self, file: PlanFile, progress: Progress | None) -> None:
        self.file = file
        self.plan = file.plan
        self.progress = progress
        self.base = compute(load(file.path(file.plan.base)))
        self.states: dict[str, Network] = {}
        self.findings: dict[int, list[Finding]] = {}
        self.refused = False
        self.kept: list[Network] = []
        self.worst: dict[tuple[str, str], Worst] = {}
        self.flows: dict[tuple[int, str, str], Flow] = {}

    def run(self, until: str | None, *, compare: bool = True) -> PlanResult:
        """All steps up to ``until``; ``compare`` False computes the states alone."""
        missing: dict[str, None] = dict.fromkeys(self.base.all_missing())
        expected: tuple[Expected, ...] = ()
        if compare:
            self._note_limits(self.base, "base")
            self._check_flows()
            expected = tuple(self._expected(e, self.base, None, ()) for e in self.plan.check.expect)
        results: list[StepResult] = []
        current, current_id = self.base, "base"
        for i, step in enumerate(self.plan.steps):
            if self.progress is not None:
                self.progress(i, len(self.plan.steps), step.id)
            before = self.states[step.from_] if step.from_ is not None else current
            built_on = step.from_ if step.from_ is not None else current_id
            with paused():  # a step makes thousands of objects and keeps them
                result, network = self._step(i, step, before, built_on, compare)
            results.append(result)
            if result.outcome == "invalid":
                break
            self.states[step.id] = network
            missing.update(dict.fromkeys(network.all_missing()))
            current, current_id = network, step.id
            if step.id == until:
                break
        return PlanResult(
            name=self.plan.name or self.file.file,
            file=self.file.file,
            steps=tuple(results),
            worst=tuple(self._tightest(results)),
            expected=expected,
            complete=not missing,
            missing=tuple(missing),
        )

    # -- one step ---------------------------------------------------------------------------------------------------

    def _step(
        self, i: int, step: Step, before: Network, built_on: str, compare: bool
    ) -> tuple[StepResult, Network]:
        title = step.title or step.id
        path: Path = ("steps", i)
        try:
            after = self._changed(step, before, path)
        except InputErrors as errors:
            return StepResult(step.id, title, built_on, "invalid", errors=errors), before
        refusals = self._new_refusals(before, after)
        if refusals:
            self.refused = True
            refused = StepResult(
                step.id,
                title,
                built_on,
                "refused",
                refusals=tuple(refusals),
                expected=tuple(self._expected(e, before, None, tuple(refusals)) for e in step.expect),
                wait=_minutes(step.after),
                duration=_minutes(step.duration),
            )
            return refused, before
        if not compare:
            return StepResult(step.id, title, built_on, "applied"), after
        self._note_limits(after, step.id)
        known, found = self._findings(before), self._findings(after)
        difference = diff(before, after)
        try:
            transients = self._transients(step, before, path)
            rolled_back = self._rolled_back(step, before, after, path)
        except InputErrors as errors:
            return StepResult(step.id, title, built_on, "invalid", diff=difference, errors=errors), before
        expectations = [*step.expect, *self.plan.check.expect]
        return StepResult(
            id=step.id,
            title=title,
            built_on=built_on,
            outcome="applied",
            diff=difference,
            findings=tuple(f for f in found if f not in known),
            flows=tuple(self._flow_changes(before, after)),
            transients=transients,
            expected=tuple(self._expected(e, after, difference, tuple(found)) for e in expectations),
            outages=tuple(_outage(o) for o in step.outage),
            wait=_minutes(step.after),
            duration=_minutes(step.duration),
            restores=step.restores,
            restored=self._restored(step, after),
            rolled_back=rolled_back,
        ), after

    def _changed(self, step: Step, before: Network, path: Path) -> Network:
        """The network after a step; raises ``InputErrors``."""
        for kind, says in LATER.items():
            if getattr(step, kind) is not None:
                key = "terraformPlan" if kind == "terraform_plan" else kind
                raise single(self.file.file, f"/steps/{path[1]}/{key}", f"step {step.id!r}: {says}")
        if step.topology is not None:
            return compute(load(self.file.path(step.topology)))
        return self._after(before, step.merge, step.update, path)

    def _after(self, before: Network, merge: Any, update: Any, path: Path) -> Network:
        try:
            topology = change(before.topology, merge, update, self.file.file, path)
        except TouchesNothing:
            if not self.refused:
                raise
            return before  # what it would undo or repeat was refused before, so there is nothing to do
        return before.changed_to(topology)

    def _transients(self, step: Step, before: Network, path: Path) -> tuple[Passing, ...]:
        found = []
        for i, transient in enumerate(step.transient):
            state = self._after(before, transient.merge, transient.update, (*path, "transient", i))
            self._note_limits(state, f"{step.id} (transient {i + 1})")
            found.append(
                Passing(
                    title=transient.title or f"transient state {i + 1}",
                    minutes=tuple(transient.minutes),
                    diff=diff(before, state),
                    flows=tuple(self._flow_changes(before, state)),
                )
            )
        return tuple(found)

    def _rolled_back(self, step: Step, before: Network, after: Network, path: Path) -> bool | None:
        """Whether the step's rollback computes to the state before it."""
        if step.rollback is None:
            return None
        if not isinstance(step.rollback, Rollback):
            return True  # the earlier topology is deployed again as it was
        back = self._after(after, step.rollback.merge, step.rollback.update, (*path, "rollback"))
        return same_state(before, back)

    def _restored(self, step: Step, after: Network) -> bool | None:
        return None if step.restores is None else same_state(self.states[step.restores], after)

    def _new_refusals(self, before: Network, after: Network) -> list[Finding]:
        """Deployments that Azure would refuse now and would not have refused before."""
        was = {(f.code, f.message) for f in self._findings(before) if f.refused}
        return [f for f in self._findings(after) if f.refused and (f.code, f.message) not in was]

    def _findings(self, network: Network) -> list[Finding]:
        """The findings of a state, made once; the states of a run outlive it, so that their ids stay theirs."""
        found = self.findings.get(id(network))
        if found is None:
            self.kept.append(network)
            found = self.findings[id(network)] = check(network)
        return found

    # -- flows ------------------------------------------------------------------------------------------------------

    def _check_flows(self) -> None:
        """Every end of every flow exists in the base; raises ``InputErrors`` with all that do not."""
        problems: list[InputError] = []
        for i, (source, destination) in enumerate(self.plan.check.flows):
            for j, end in enumerate((source, destination)):
                try:
                    flow(self.base, end, end)
                except UnknownPlace as error:
                    pointer = f"/check/flows/{i}/{j}"
                    problems += single(self.file.file, pointer, "no such place", end, error.nearest).errors
                except ValueError as error:
                    problems += single(self.file.file, f"/check/flows/{i}/{j}", str(error), end).errors
        if problems:
            raise InputErrors(problems)

    def _flow(self, network: Network, source: str, destination: str) -> Flow:
        key = (id(network), source, destination)
        if key not in self.flows:
            self.kept.append(network)
            self.flows[key] = flow(network, source, destination)
        return self.flows[key]

    def _flow_changes(self, before: Network, after: Network) -> list[FlowChange]:
        return [
            FlowChange(self._flow(before, source, destination), self._flow(after, source, destination))
            for source, destination in self.plan.check.flows
        ]

    # -- limits and expectations --------------------------------------------------------------------------------------

    def _note_limits(self, network: Network, step: str) -> None:
        for row in network.limits():
            key = (row.id, row.object)
            worst = self.worst.get(key)
            if worst is None or row.left < worst.row.left:
                self.worst[key] = Worst(row, step)

    def _tightest(self, results: list[StepResult]) -> list[Worst]:
        """The worst point of limits that move during the plan, or are breached or near at some point."""
        moved = {c.id for r in results if r.diff is not None for c in r.diff.limits}
        found = [w for w in self.worst.values() if w.row.id in moved or w.row.status in {"breached", "near"}]
        return sorted(found, key=lambda w: (w.row.left, w.row.id, w.row.object))

    def _expected(
        self,
        expectation: Expectation,
        network: Network,
        difference: Diff | None,
        findings: tuple[Finding, ...],
    ) -> Expected:
        if "limit" in expectation:
            name, wanted = expectation["limit"], expectation["breached"]
            rows = [r for r in network.limits() if r.id == name]
            breached = [r for r in rows if r.status == "breached"]
            if not rows:
                return Expected(expectation, not wanted, f"{name} does not occur")
            tightest = (breached or rows)[0]
            says = f"{tightest.used} of {tightest.limit} at {tightest.object}"
            return Expected(expectation, bool(breached) == wanted, says)
        if "finding" in expectation:
            code = expectation["finding"]
            present = any(f.code == code for f in findings)
            return Expected(expectation, present, f"{code} is {'there' if present else 'not there'}")
        verb = next((k for k in expectation if k in INTENTS), "intent")
        return Expected(expectation, None, f"{verb}: intents are not computed yet")


def same_state(one: Network, other: Network) -> bool:
    """True if two networks compute to the same routes, BGP tables and limits, whatever their declarations say."""
    found = diff(one, other)
    return not (found.routes or found.places_added or found.places_removed or found.bgp or found.limits)


def _outage(outage: Any) -> dict[str, Any]:
    return {
        "affects": list(outage.affects),
        "kind": outage.kind,
        "minutes": list(outage.minutes),
        "source": outage.source,
    }


def _minutes(duration: str | None) -> float:
    return (minutes_of(duration) or 0) if duration is not None else 0
