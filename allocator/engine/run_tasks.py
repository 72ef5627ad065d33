"""What the child processes of a run are sent, and what they do with it.

Each task imports what it is about when it is called: the process that only names one waits for no
solver, and a dispatch not for the placement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allocator.errors import SolveError

if TYPE_CHECKING:
    from allocator.case import Case
    from allocator.child import Report
    from allocator.engine.crew_options import CrewOptions
    from allocator.engine.dispatch_memory import Memory
    from allocator.engine.placement_options import Allowed
    from allocator.engine.question_kinds import Question
    from allocator.plan import Plan
    from allocator.solver import SolveOptions

__all__ = [
    "DISPATCHING",
    "PLACING",
    "REPLANNING",
    "Task",
    "dispatch_task",
    "place_task",
    "question_task",
    "replan_task",
]

PLACING = "allocator.engine.reduced_placement"
DISPATCHING = "allocator.engine.dispatch"
REPLANNING = "allocator.engine.replan"
"""Modules that the tasks import: a child that is started beforehand may have done so."""


@dataclass(frozen=True)
class Task:
    """What a child process is sent."""

    case: Case
    options: SolveOptions
    scenario: str = ""
    placement: Plan | None = None
    question: Question | None = None
    crew: CrewOptions | None = None
    former: Plan | None = None
    move_price: float | None = None
    memory: Memory | None = None
    first: Plan | None = None
    allowed: Allowed | None = None


def place_task(task: Task, report: Report) -> Plan:
    """Placement, in a child process."""
    from allocator.engine.reduced_placement import place_sample

    return place_sample(task.case, task.options, report, task.crew, task.allowed)


def question_task(task: Task, report: Report) -> Plan:
    """Classical location question, in a child process."""
    from allocator.engine.questions import answer_question

    if task.question is None:
        raise SolveError("a location question was asked without a question")
    return answer_question(task.case, task.question, task.options, report)


def dispatch_task(task: Task, report: Report) -> Plan:
    """Dispatch of one scenario, in a child process."""
    from allocator.engine.dispatch import dispatch

    workers = 1 if task.crew is None else task.crew.workers
    return dispatch(
        task.case,
        task.scenario,
        placement=task.placement,
        options=task.options,
        report=report,
        workers=workers,
    )


def replan_task(task: Task, report: Report) -> Plan:
    """Dispatch of one scenario planned anew, in a child process."""
    from allocator.engine.replan import replan

    if task.former is None:
        raise SolveError("a re-plan was asked for without a plan")
    return replan(
        task.case,
        task.former,
        task.scenario,
        placement=task.placement,
        options=task.options,
        report=report,
        workers=1 if task.crew is None else task.crew.workers,
        move_price=task.move_price,
        memory=task.memory,
        first=task.first,
    )
