"""Dispatch of all scenarios: whose turn it is, how long, and who gets what is left over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.child import ChildOutcome, Report, run_many
from allocator.engine.dispatch import SHARED_GAP, Turn, dispatch
from allocator.engine.dispatch_memory import Memory
from allocator.engine.stopping import SHORT_SECONDS, ended_as_interrupted, is_patient
from allocator.engine.supervision import OnMemory
from allocator.errors import NoPlanError, SolveError
from allocator.plan import Plan
from allocator.solver import Progress, SolveOptions

__all__ = ["dispatch_all", "shared_part"]

_MEAN_MASS, _MEAN_NEEDS = 0.4, 1.0
"""Parts of the mean mass and the mean number of needs that count for every scenario when time is
shared."""

_SHARED_MORE = 0.3
"""Where scenarios share a time limit, one may use up to so much more than its fair part."""

_AGAIN_MORE = 1.1
"""A scenario is planned again in the time left over if that is so many times what it had."""

OnProgress = Callable[[str, Progress], None]

_Hearers = tuple[OnProgress | None, OnMemory | None]


@dataclass(frozen=True)
class _Task:
    """One scenario of several, with its turn.

    Parameters
    ----------
    case, scenario, placement, options, turn
        As in ``dispatch``.
    share
        Its fair part of the time that is left at its turn: of its own weight and that of those
        that come after it in the same process, if the processes take turns.
    end
        Reading of ``time.monotonic``, which processes of one machine share, when all must be
        done; None for no limit. [s]
    """

    case: Case
    scenario: str
    placement: Plan | None
    options: SolveOptions
    turn: Turn
    share: float
    end: float | None


def shared_part(share: float) -> float:
    """Part of the time left that a scenario may use at most, 0 to 1.

    Parameters
    ----------
    share
        Its fair part, 0 to 1; somewhat more is given while others come after it.
    """
    return share * (1.0 + _SHARED_MORE * (1.0 - share))


def _dispatch_task(task: _Task, report: Report) -> Plan:
    """Plan one scenario in a child process, within its fair part of the time that is left."""
    options = task.options
    if task.end is not None:
        seconds = shared_part(task.share) * (task.end - time.monotonic())
        options = replace(options, time_limit_seconds=max(1.0, seconds))
    return dispatch(
        task.case,
        task.scenario,
        placement=task.placement,
        options=options,
        turn=task.turn,
        report=report,
    )


def _plan_of(outcome: ChildOutcome, scenario: str) -> Plan:
    """Return the plan a child made or last reported; say why where there is none."""
    if outcome.error is not None:
        raise outcome.error
    plan = outcome.result or outcome.best
    if isinstance(plan, Plan):
        return plan
    if outcome.exit_code is not None:
        raise SolveError(f"scenario {scenario}: {outcome.message}")
    raise NoPlanError(
        f"scenario {scenario}: stopped at the limit without any plan. Maybe raise --time-limit."
    )


def dispatch_all(
    case: Case,
    placement: Plan | None = None,
    *,
    options: SolveOptions | None = None,
    report: OnProgress | None = None,
    workers: int = 2,
    on_memory: OnMemory | None = None,
) -> list[Plan]:
    """Plan the trips of every scenario, some at a time in child processes.

    Parameters
    ----------
    case, placement
        As in ``dispatch``.
    options
        Gap, threads, seed; the time limit is for all scenarios together: what one scenario does
        not use goes to those after it, and what is left at the end to those furthest from a proof.
    report
        Hears scenario code and progress.
    workers
        Processes at a time, >= 1.
    on_memory
        Hears the prices that each scenario ended with.

    Returns
    -------
    list
        One plan for each scenario, in the order of the case.

    Raises
    ------
    NoPlanError
        If a scenario got no plan before the limit.
    SolveError
        If a process crashed.
    """
    settings = case.settings
    if options is None:
        options = SolveOptions(gap=settings.gap, seed=settings.seed)
    tasks = _queue(case, placement, options, workers)
    hearers = report, on_memory
    plans: dict[str, Plan] = {}
    try:
        with ended_as_interrupted():
            for outcome in _planned(tasks, workers, hearers, plans):
                plans.update([outcome])
            _plan_again(tasks, plans, workers, hearers)
    except KeyboardInterrupt:
        if len(plans) < len(tasks):
            if not is_patient():
                raise
            plans.update(_planned(_hurried(tasks, plans), workers, hearers, {}))
        if report is not None:
            note = "stopped by the user; the best plan of each scenario so far is kept"
            report("dispatch", Progress("", 0.0, None, None, None, note=note))
    return [plans[row.scenario] for row in case.scenarios]


def _hurried(tasks: list[_Task], plans: Mapping[str, Plan]) -> list[_Task]:
    """Scenarios without a plan when a patient run is stopped, with the little time it still has."""
    end = time.monotonic() + SHORT_SECONDS
    return [
        replace(
            task,
            end=end if task.end is None else min(task.end, end),
            options=replace(task.options, time_limit_seconds=SHORT_SECONDS),
            turn=Turn.SHARED,
        )
        for task in tasks
        if task.scenario not in plans
    ]


def _plan_again(
    tasks: list[_Task], plans: dict[str, Plan], workers: int, hearers: _Hearers
) -> None:
    """Plan scenarios again in the time left over, those furthest from a proof first."""
    order = sorted(tasks, key=lambda task: _distance(plans[task.scenario]), reverse=True)
    while order:
        turn, order = order[:workers], order[workers:]
        again = [replace(t, turn=Turn.AGAIN, share=1.0) for t in turn if _pays(t, plans)]
        for code, plan in _planned(again, workers, hearers, {}):
            plans[code] = min(plans[code], plan, key=_rank)


def _planned(
    tasks: list[_Task], workers: int, hearers: _Hearers, best: dict[str, Plan]
) -> Iterator[tuple[str, Plan]]:
    """Do some tasks, a few at a time; yield scenario and plan as they end.

    ``best`` takes what is heard of them meanwhile.
    """
    report, on_memory = hearers

    def hear(index: int, news: Any) -> None:
        if on_memory is not None and isinstance(news, Memory):
            on_memory(news)
        if isinstance(news, Plan):
            best[tasks[index].scenario] = news
        if report is not None and isinstance(news, Progress):
            report(tasks[index].scenario, news)

    # No deadline for all: a scenario whose turn comes late still gets its second for a first plan.
    limit = tasks[0].options.time_limit_seconds if tasks else None
    for outcome in run_many(
        _dispatch_task, tasks, workers=workers, time_limit_seconds=limit, on_report=hear
    ):
        code = tasks[outcome.index].scenario
        yield code, _plan_of(outcome, code)


# --- a second turn ------------------------------------------------------------------------------


def _distance(plan: Plan) -> float:
    """How far the headline stage of a dispatch is from the gap that is enough; 0 within it.

    The unmet stage by itself does not count: what is open there, more time does not close.
    """
    headline = next((s for s in plan.stages if s.stage == "waiting"), plan.stages[0])
    return 1.0 if headline.gap is None else max(0.0, headline.gap - SHARED_GAP)


def _pays(task: _Task, plans: dict[str, Plan]) -> bool:
    """Whether planning a scenario again may bring more than the first time."""
    plan = plans[task.scenario]
    if task.end is None or _distance(plan) <= 0.0:
        return False
    had = sum(stage.seconds for stage in plan.stages)
    return task.end - time.monotonic() >= _AGAIN_MORE * max(had, 1.0)


def _rank(plan: Plan) -> tuple[bool, list[float]]:
    """Order of plans of one scenario: headline within the gap, then the stages in their order."""
    return _distance(plan) > 0.0, [stage.objective for stage in plan.stages]


# --- the first turn -----------------------------------------------------------------------------


def _queue(case: Case, placement: Plan | None, options: SolveOptions, workers: int) -> list[_Task]:
    """Scenarios in the order of their turns, each with its part of the time."""
    limit = options.time_limit_seconds
    end = None if limit is None else time.monotonic() + limit
    weights = _weights(case)
    codes = sorted(weights, key=weights.__getitem__)
    weight = np.array([weights[code] for code in codes])
    is_shared = len(codes) > workers and end is not None
    return [
        _Task(
            case,
            code,
            placement,
            options,
            Turn.SHARED if is_shared else Turn.ALONE,
            share=float(weight[turn] / weight[turn::workers].sum()),
            end=end,
        )
        for turn, code in enumerate(codes)
    ]


def _weights(case: Case) -> dict[str, float]:
    """Weight of each scenario when time is shared: by its mass to bring and by its needs.

    What each has is counted together with some of the mean. Those with the least go first, so that
    what they leave goes to the others.
    """
    weight_kg = {item.item: item.weight_kg for item in case.items}
    mass_kg = dict.fromkeys((row.scenario for row in case.scenarios), 0.0)
    needs = dict.fromkeys(mass_kg, 0.0)
    for row in case.scenario_demand:
        mass_kg[row.scenario] += row.demand_units * weight_kg[row.item]
        needs[row.scenario] += 1.0
    heavy, many = _with_mean(mass_kg, _MEAN_MASS), _with_mean(needs, _MEAN_NEEDS)
    return {code: heavy[code] * many[code] for code in mass_kg}


def _with_mean(amounts: dict[str, float], share: float) -> dict[str, float]:
    """Amounts over their mean, with a share of the mean added to each."""
    mean = max(sum(amounts.values()) / max(len(amounts), 1), 1e-9)
    return {code: amount / mean + share for code, amount in amounts.items()}
