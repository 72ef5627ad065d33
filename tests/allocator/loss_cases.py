"""Losses for the tests of the promise, and how a case with them is solved."""

from __future__ import annotations

from allocator.case import Case
from allocator.engine.placement import place
from allocator.plan import Plan
from allocator.schema.disaster import Loss
from allocator.schema.procedure import Settings
from allocator.solver import SolveOptions

__all__ = ["EXACT", "LISTED", "Silence", "promising", "solve", "values"]

EXACT = SolveOptions(gap=1e-7, time_limit_seconds=60)

LISTED = (
    Loss(loss="both", kind="warehouse", warehouse="W1"),
    Loss(loss="both", kind="warehouse", warehouse="W3"),
    Loss(loss="road", kind="corridor", from_place="北市", to_place="南市"),
    Loss(loss="border", kind="province_pair", from_place="广东省", to_place="广西壮族自治区"),
)


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Take news."""

    def best(self, plan: object) -> None:
        """Take a plan."""


def solve(case: Case, options: SolveOptions = EXACT) -> Plan:
    """Place without a listener."""
    return place(case, options, Silence())


def values(plan: Plan) -> dict[str, float]:
    """Objective of each stage."""
    return {stage.stage: stage.objective for stage in plan.stages}


def promising(case: Case, **settings: object) -> Case:
    """The case with other settings."""
    return case.replace(Settings, (case.settings.model_copy(update=settings),))
