"""Runs: a case, options and a kind of question in; a complete plan out.

Every solve happens in a child process, so that its time limit holds and the best plan survives.
A plan that comes out of here has its run information, but is not certified yet: that is done on
the exported file (``allocator.publication``), whose summary is written with it.
"""

from __future__ import annotations

import time
from dataclasses import replace

from allocator.case import Case
from allocator.engine.crew_options import CrewOptions
from allocator.engine.given_placement import check_given_placement
from allocator.engine.plan_parts import merge_plans, placement_part, with_expected_accounts
from allocator.engine.question_kinds import Question
from allocator.engine.run_options import (
    RunOptions,
    engine_case,
    limit_seconds,
    solve_options,
    with_run_info,
)
from allocator.engine.run_tasks import Task, dispatch_task, place_task, question_task
from allocator.engine.stopping import SHORT_SECONDS, stops_taken
from allocator.engine.supervision import OnMemory, OnProgress, noted, supervise
from allocator.plan import Plan
from allocator.ready_child import ReadyChild
from allocator.solver import Progress

__all__ = [
    "run_dispatch",
    "run_place",
    "run_plan",
    "run_question",
]

PLACEMENT_SHARE = 0.4
"""Part of a plan's time limit that placement may use; dispatch gets what is left."""


def _crew(options: RunOptions) -> CrewOptions:
    """Who may help with the placement."""
    return CrewOptions(options.workers, options.scheduler)


def _heard(on_progress: OnProgress | None, notes: list[str]) -> OnProgress:
    """Hear progress, and keep what is to be said of the run."""

    def hear(part: str, progress: Progress) -> None:
        if progress.note:
            notes.append(progress.note)
        if on_progress is not None:
            on_progress(part, progress)

    return hear


def run_place(
    case: Case,
    options: RunOptions,
    on_progress: OnProgress | None = None,
    *,
    ready: ReadyChild | None = None,
) -> Plan:
    """Decide where to keep what, maybe in a child that was started beforehand.

    Raises
    ------
    InfeasibleError
        If the hard promises cannot all be kept.
    NoPlanError
        If the limit came before any plan.
    """
    began = time.monotonic()
    limit = limit_seconds(case, options, "place")
    work = engine_case(case, options)
    task = Task(work, solve_options(case, options, limit), crew=_crew(options))
    notes: list[str] = []
    plan = supervise(place_task, task, "placement", on_progress, notes, ready=ready)
    return with_run_info(case, merge_plans([plan]), options, "place", began, noted(notes))


def run_question(
    case: Case, question: Question, options: RunOptions, on_progress: OnProgress | None = None
) -> Plan:
    """Answer a classical location question.

    Raises
    ------
    InfeasibleError
        If no choice of warehouses will do.
    NoPlanError
        If the limit came before any answer.
    """
    began = time.monotonic()
    asked = solve_options(case, options, limit_seconds(case, options, "place"))
    task = Task(case, asked, question=question)
    notes: list[str] = []
    plan = supervise(question_task, task, question.name, on_progress, notes)
    asked_for = {"sites": question.sites, "within_hours": question.within_hours}
    more = {name: f"{value:g}" for name, value in asked_for.items() if value is not None}
    more |= noted(notes)
    return with_run_info(case, merge_plans([plan]), options, "question", began, more)


def run_dispatch(
    case: Case,
    scenario: str,
    placement: Plan | None,
    options: RunOptions,
    on_progress: OnProgress | None = None,
    on_memory: OnMemory | None = None,
    *,
    ready: ReadyChild | None = None,
) -> Plan:
    """Plan the trips of one scenario, from today's stock or from a placement.

    The child that does it may have been started beforehand.

    Raises
    ------
    NotFoundError
        If the case has no such scenario.
    ConflictError
        If the placement is none, or one of another case.
    NoPlanError
        If the limit came before any plan.
    """
    began = time.monotonic()
    case.scenario(scenario)
    if placement is not None:
        check_given_placement(case, placement)
    limit = limit_seconds(case, options, "dispatch")
    work = engine_case(case, options)
    solve = solve_options(case, options, limit)
    task = Task(work, solve, scenario, placement, crew=_crew(options))
    notes: list[str] = []
    plan = supervise(dispatch_task, task, scenario, on_progress, notes, on_memory, ready=ready)
    base = [] if placement is None else [placement_part(placement)]
    merged = merge_plans([*base, plan])
    return with_run_info(case, merged, options, "dispatch", began, noted(notes))


def run_plan(
    case: Case,
    options: RunOptions,
    on_progress: OnProgress | None = None,
    on_memory: OnMemory | None = None,
    *,
    ready: ReadyChild | None = None,
) -> Plan:
    """Do the main job: placement, then the dispatch of every scenario from it.

    The child that places may have been started beforehand.

    Raises
    ------
    InfeasibleError
        If the hard promises cannot all be kept.
    NoPlanError
        If the limit came before any plan of a part.
    """
    from allocator.engine.dispatch_turns import dispatch_all  # who plans one scenario needs none

    began = time.monotonic()
    limit = limit_seconds(case, options, "plan")
    work = engine_case(case, options)
    asked = solve_options(case, options, PLACEMENT_SHARE * limit)
    task = Task(work, asked, crew=_crew(options))
    notes: list[str] = []
    # Half of the job is no plan: who stops the placement has none, unless the process is patient;
    # then the trips are planned in little time.
    stops = stops_taken()
    placement = supervise(
        place_task, task, "placement", on_progress, notes, keeps_best=False, ready=ready
    )
    left = max(10.0, limit - (time.monotonic() - began))
    if stops_taken() > stops:
        left = min(left, SHORT_SECONDS)
    dispatches = dispatch_all(
        work,
        placement,
        options=replace(task.options, time_limit_seconds=left),
        report=_heard(on_progress, notes),
        workers=options.workers,
        on_memory=on_memory,
    )
    plan = with_expected_accounts(case, merge_plans([placement, *dispatches]))
    return with_run_info(case, plan, options, "plan", began, noted(notes))
