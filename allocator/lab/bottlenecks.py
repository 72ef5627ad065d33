"""Which step of a rehearsed procedure holds it up: at its longest, or told instead of asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from allocator.approvals import split_codes
from allocator.case import Case
from allocator.lab.cascade import run_cascade, signed_hours
from allocator.schema.lab import Drill
from allocator.schema.procedure import ApprovalStep

__all__ = ["HeldUp", "held_up_hours", "with_informed_step", "with_longest_step"]


@dataclass(frozen=True)
class HeldUp:
    """End of the rehearsed procedure under the failure, if one step is another.

    Parameters
    ----------
    longest_hours
        If this step alone takes its longest. [h]
    informed_hours
        If nothing waits for this step; None for the step that ends the procedure. [h]
    """

    longest_hours: float
    informed_hours: float | None


def held_up_hours(case: Case, drill: Drill) -> dict[str, HeldUp]:
    """Ends of the rehearsed procedure by step that is changed.

    Parameters
    ----------
    case
        The case.
    drill
        One of its drills.
    """
    steps = [
        row for row in case.approval_steps if row.procedure == drill.procedure and row.is_enabled
    ]
    found = {}
    for row in steps:
        longest = _end(case, drill, with_longest_step(case.approval_steps, row))
        is_last = row.step == _last(drill, steps)
        changed = with_informed_step(case.approval_steps, row)
        informed = None if is_last else _end(case, drill, changed)
        found[row.step] = HeldUp(longest, informed)
    return found


def _last(drill: Drill, steps: Iterable[ApprovalStep]) -> str | None:
    """Step that ends the procedure, if it is one only."""
    if drill.release_step is not None:
        return drill.release_step
    own = list(steps)
    waited = {code for row in own for code in split_codes(row.predecessors)}
    last = [row.step for row in own if row.step not in waited]
    return last[0] if len(last) == 1 else None


def _end(case: Case, drill: Drill, steps: list[ApprovalStep]) -> float:
    """End of the procedure with other steps. [h]"""
    course = run_cascade(case.replace(ApprovalStep, steps), drill)
    return signed_hours(drill, course.steps) or 0.0


def with_longest_step(steps: Iterable[ApprovalStep], slow: ApprovalStep) -> list[ApprovalStep]:
    """Steps of which one takes its longest, on paper or by word of mouth.

    Parameters
    ----------
    steps
        All steps.
    slow
        The one.
    """
    longest = max(slow.duration_hours, slow.duration_max_hours or 0.0)
    update = {"duration_hours": longest, "verbal_hours": None}
    return [row.model_copy(update=update) if row == slow else row for row in steps]


def with_informed_step(steps: Iterable[ApprovalStep], told: ApprovalStep) -> list[ApprovalStep]:
    """Steps of which one is told instead of asked: what waited for it waits for what it waits for.

    Parameters
    ----------
    steps
        All steps.
    told
        The one.
    """
    before = split_codes(told.predecessors)
    found = []
    for row in steps:
        waited = split_codes(row.predecessors)
        if row.procedure == told.procedure and told.step in waited:
            kept = [code for code in waited if code != told.step]
            more = [code for code in before if code not in kept]
            row = row.model_copy(update={"predecessors": ";".join([*kept, *more])})  # noqa: PLW2901
        found.append(row)
    return found
