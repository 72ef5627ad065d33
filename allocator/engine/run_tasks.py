"""What the child processes of a run are sent, and what they do with it."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.case import Case
from allocator.child import Report
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_memory import Memory
from allocator.engine.placement_options import Allowed
from allocator.engine.questions import Question, answer_question
from allocator.engine.recourse_crew import CrewOptions
from allocator.engine.reduced_placement import place_sample
from allocator.engine.replan import replan
from allocator.errors import SolveError
from allocator.plan import Plan
from allocator.solver import SolveOptions

__all__ = ["Task", "dispatch_task", "place_task", "question_task", "replan_task"]


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
    return place_sample(task.case, task.options, report, task.crew, task.allowed)


def question_task(task: Task, report: Report) -> Plan:
    """Classical location question, in a child process."""
    if task.question is None:
        raise SolveError("a location question was asked without a question")
    return answer_question(task.case, task.question, task.options, report)


def dispatch_task(task: Task, report: Report) -> Plan:
    """Dispatch of one scenario, in a child process."""
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
