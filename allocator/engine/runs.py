"""Runs: a case, options and a kind of question in; a complete plan out.

Every solve happens in a child process, so that its time limit holds and the best plan survives.
A plan that comes out of here has its run information, but is not certified yet: that is done on
the exported file (``allocator.publication``), whose summary is written with it.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from allocator.case import Case
from allocator.change_set import ChangeSet
from allocator.child import Ending, Report, run_in_child
from allocator.engine.dispatch_memory import Memory
from allocator.engine.dispatch_turns import dispatch_all
from allocator.engine.given_placement import check_given_placement
from allocator.engine.plan_parts import merge_plans, placement_part
from allocator.engine.questions import QUESTIONS, Question
from allocator.engine.recourse_crew import CrewOptions
from allocator.engine.replan import first_replan
from allocator.engine.run_tasks import (
    Task,
    dispatch_task,
    place_task,
    question_task,
    replan_task,
)
from allocator.errors import NoPlanError, SolveError
from allocator.plan import Plan
from allocator.schema.changes import Change
from allocator.schema.procedure import Settings
from allocator.schema.results import RunInfo
from allocator.solver import Progress, SolveOptions

__all__ = [
    "RunOptions",
    "run_dispatch",
    "run_place",
    "run_plan",
    "run_question",
    "run_replan",
    "versions",
]

PLACEMENT_SHARE = 0.4
"""Part of a plan's time limit that placement may use; dispatch gets what is left."""

DEFAULT_LIMITS_SECONDS = {"place": 120.0, "dispatch": 60.0, "plan": 155.0}
"""Time limits where neither the command nor the case sets one."""

OnProgress = Callable[[str, Progress], None]
OnMemory = Callable[[Memory], None]


@dataclass(frozen=True)
class RunOptions:
    """What a run may be told besides its case; None takes the case's setting.

    Parameters
    ----------
    gap
        Relative gap at which a solve may stop.
    time_limit_seconds
        Limit on the solving time of the whole run. [s]
    seed, threads, workers
        For the solver; workers are processes that work on scenarios side by side.
    scheduler
        Address of a Dask scheduler whose workers evaluate scenarios of the placement.
    objective
        ``lives``, ``social`` or ``cost``.
    reduce_to
        Number of representative scenarios on which the placement is searched.
    """

    gap: float | None = None
    time_limit_seconds: float | None = None
    seed: int | None = None
    threads: int = 1
    workers: int = 2
    objective: str | None = None
    scheduler: str | None = None
    reduce_to: int | None = None


def versions() -> dict[str, str]:
    """Versions of what decides over a result."""
    names = ("reserve-allocator", "pyomo", "highspy", "numpy")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def _engine_case(case: Case, options: RunOptions) -> Case:
    """Return the case with the command's objective and number of scenarios, if it names them."""
    asked: dict[str, object] = {}
    if options.objective is not None and options.objective not in QUESTIONS:
        asked["objective"] = options.objective
    if options.reduce_to is not None:
        asked["reduce_to"] = options.reduce_to
    if not asked:
        return case
    return case.replace(Settings, (case.settings.model_copy(update=asked),))


def _solve_options(case: Case, options: RunOptions, limit_seconds: float) -> SolveOptions:
    """Options of one solve: the command's word, else the case's."""
    settings = case.settings
    return SolveOptions(
        gap=settings.gap if options.gap is None else options.gap,
        time_limit_seconds=limit_seconds,
        threads=options.threads,
        seed=settings.seed if options.seed is None else options.seed,
    )


def _limit(case: Case, options: RunOptions, kind: str) -> float:
    """Time limit of a run: the command's, the case's, or the kind's own. [s]."""
    given = options.time_limit_seconds or case.settings.time_limit_seconds
    return given or DEFAULT_LIMITS_SECONDS[kind]


def _crew(options: RunOptions) -> CrewOptions:
    """Who may help with the placement."""
    return CrewOptions(options.workers, options.scheduler)


def _noted(notes: list[str]) -> dict[str, str]:
    """Facts of the run that were told on the way."""
    return {"notes": "; ".join(notes)} if notes else {}


def _supervise(
    run: Callable[[Task, Report], Plan],
    task: Task,
    part: str,
    on_progress: OnProgress | None,
    notes: list[str] | None = None,
    on_memory: OnMemory | None = None,
) -> Plan:
    """Run a solve in a child process and return its plan, or the best it reported.

    Notes on the way are added to ``notes``.
    """
    stage = ""

    def listen(message: Any) -> None:
        nonlocal stage
        if isinstance(message, Memory) and on_memory is not None:
            on_memory(message)
        if not isinstance(message, Progress):
            return
        stage = message.stage or stage
        if message.note and notes is not None:
            notes.append(message.note)
        if on_progress is not None:
            on_progress(part, message)

    limit = task.options.time_limit_seconds
    outcome = run_in_child(run, task, time_limit_seconds=limit, on_report=listen)
    plan = outcome.result or outcome.best
    if isinstance(plan, Plan) and plan.stages:
        if outcome.ending is Ending.KILLED:
            kept = f"stopped by force after the time limit; the best plan of {part} so far is kept"
            listen(Progress(stage, outcome.seconds, None, None, None, note=kept))
        return plan
    if outcome.ending is Ending.CRASHED:
        raise SolveError(f"{part}: {outcome.message}")
    reached = f" in stage {stage}" if stage else ""
    raise NoPlanError(
        f"{part}: the limit of {limit:g} s came{reached}, before any plan was complete. "
        f"Maybe --time-limit {_longer(limit):g}, or loosen a hard promise."
    )


def _longer(limit: float | None) -> float:
    """Time limit to propose where one was too short. [s]."""
    return max(60.0, 3.0 * (limit or 0.0))


def _finish(
    case: Case,
    plan: Plan,
    options: RunOptions,
    kind: str,
    began: float,
    more: Mapping[str, str] | None = None,
) -> Plan:
    """Add the run information to a solved plan."""
    facts: Mapping[str, str] = {
        "kind": kind,
        "case": case.settings.plan_name,
        "case_digest": case.digest,
        "objective": options.objective or case.settings.objective,
        "clock": case.settings.clock,
        "gap": f"{case.settings.gap if options.gap is None else options.gap:g}",
        "reduce_to": str(options.reduce_to or case.settings.reduce_to or ""),
        "seed": str(case.settings.seed if options.seed is None else options.seed),
        "threads": str(options.threads),
        "seconds": f"{time.monotonic() - began:.1f}",
        **{f"version {name}": text for name, text in versions().items()},
        **(more or {}),
    }
    rows = tuple(RunInfo(name=name, text=text) for name, text in facts.items())
    return Plan({**plan.tables, RunInfo.sheet: rows})


def run_place(case: Case, options: RunOptions, on_progress: OnProgress | None = None) -> Plan:
    """Decide where to keep what.

    Raises
    ------
    InfeasibleError
        If the hard promises cannot all be kept.
    NoPlanError
        If the limit came before any plan.
    """
    began = time.monotonic()
    limit = _limit(case, options, "place")
    work = _engine_case(case, options)
    task = Task(work, _solve_options(case, options, limit), crew=_crew(options))
    notes: list[str] = []
    plan = _supervise(place_task, task, "placement", on_progress, notes)
    return _finish(case, merge_plans([plan]), options, "place", began, _noted(notes))


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
    asked = _solve_options(case, options, _limit(case, options, "place"))
    task = Task(case, asked, question=question)
    notes: list[str] = []
    plan = _supervise(question_task, task, question.name, on_progress, notes)
    asked_for = {"sites": question.sites, "within_hours": question.within_hours}
    more = {name: f"{value:g}" for name, value in asked_for.items() if value is not None}
    more |= _noted(notes)
    return _finish(case, merge_plans([plan]), options, "question", began, more)


def run_dispatch(
    case: Case,
    scenario: str,
    placement: Plan | None,
    options: RunOptions,
    on_progress: OnProgress | None = None,
    on_memory: OnMemory | None = None,
) -> Plan:
    """Plan the trips of one scenario, from today's stock or from a placement.

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
    limit = _limit(case, options, "dispatch")
    work = _engine_case(case, options)
    solve = _solve_options(case, options, limit)
    task = Task(work, solve, scenario, placement, crew=_crew(options))
    notes: list[str] = []
    plan = _supervise(dispatch_task, task, scenario, on_progress, notes, on_memory)
    base = [] if placement is None else [placement_part(placement)]
    merged = merge_plans([*base, plan])
    return _finish(case, merged, options, "dispatch", began, _noted(notes))


def run_replan(
    case: Case,
    plan: Plan,
    changes: ChangeSet,
    options: RunOptions,
    on_progress: OnProgress | None = None,
    on_first: Callable[[Plan], None] | None = None,
    memory: Memory | None = None,
    on_memory: OnMemory | None = None,
) -> Plan:
    """Plan the trips of a scenario anew after changes.

    Parameters
    ----------
    case
        As it was before any change.
    plan
        The certified plan, maybe of an earlier re-plan.
    changes
        What has changed since, checked against case and plan.
    options, on_progress
        As for the other runs.
    on_first
        Gets a plan at once: the trips that can still go, before anything is solved.
    memory, on_memory
        Prices that the plan ended with, and who hears those of the re-plan.

    Raises
    ------
    NoPlanError
        If the limit came before any plan.
    """
    began = time.monotonic()
    limit = _limit(case, options, "dispatch")
    work = _engine_case(case, options)
    former = plan.replace(Change, (*plan.changes, *changes.changes))
    placement = plan if plan.has_placement else None
    task = Task(
        work,
        _solve_options(case, options, limit),
        changes.scenario,
        placement,
        crew=_crew(options),
        former=former,
        move_price=changes.move_price_hours,
        memory=memory,
    )
    base = [] if placement is None else [placement_part(placement)]
    facts = {
        "scenario": changes.scenario,
        "at_hours": f"{changes.at_hours:g}",
        "replanned_from": plan.run_info.get("plan_digest", ""),
    }
    if on_first is not None:
        first = first_replan(work, former, changes.scenario, placement)
        on_first(_finish(case, merge_plans([*base, first]), options, "replan", began, facts))
    notes: list[str] = []
    found = _supervise(replan_task, task, changes.scenario, on_progress, notes, on_memory)
    more = facts | _noted(notes)
    return _finish(case, merge_plans([*base, found]), options, "replan", began, more)


def run_plan(case: Case, options: RunOptions, on_progress: OnProgress | None = None) -> Plan:
    """Do the main job: placement, then the dispatch of every scenario from it.

    Raises
    ------
    InfeasibleError
        If the hard promises cannot all be kept.
    NoPlanError
        If the limit came before any plan of a part.
    """
    began = time.monotonic()
    limit = _limit(case, options, "plan")
    work = _engine_case(case, options)
    asked = _solve_options(case, options, PLACEMENT_SHARE * limit)
    task = Task(work, asked, crew=_crew(options))
    notes: list[str] = []
    placement = _supervise(place_task, task, "placement", on_progress, notes)
    left = max(10.0, limit - (time.monotonic() - began))
    dispatches = dispatch_all(
        work,
        placement,
        options=replace(task.options, time_limit_seconds=left),
        report=on_progress,
        workers=options.workers,
    )
    plan = merge_plans([placement, *dispatches])
    return _finish(case, plan, options, "plan", began, _noted(notes))
