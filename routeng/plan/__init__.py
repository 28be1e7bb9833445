"""Migration plans: limits and routes before and after every step.

``run_plan`` computes each step on top of the last: what changed, the limits with the worst point of the whole plan,
transient states, rollbacks compared with the state that they should restore. Plans as declared are in
:mod:`routeng.model.plan`.
"""

from routeng.plan.flows import Flow, flow
from routeng.plan.result import Expected, FlowChange, Passing, PlanResult, StepResult, Worst
from routeng.plan.run import run_plan, same_state, step_topology

__all__ = [
    "Expected",
    "Flow",
    "FlowChange",
    "Passing",
    "PlanResult",
    "StepResult",
    "Worst",
    "flow",
    "run_plan",
    "same_state",
    "step_topology",
]
