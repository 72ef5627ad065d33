"""Dispatch: who drives what where and when, for one scenario or for all of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from allocator.case import Case
from allocator.child import ChildOutcome, Report, run_many
from allocator.engine.dispatch_data import DispatchInputs, build_dispatch_inputs
from allocator.engine.dispatch_exact import is_small, solve_exact
from allocator.engine.dispatch_method import Method
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.dispatch_tables import dispatch_plan
from allocator.errors import NoPlanError, SolveError
from allocator.plan import Plan
from allocator.solver import Progress, SolveOptions
from models.dispatch_index import dispatch_index

__all__ = ["STAGES", "DispatchReport", "dispatch", "dispatch_all", "shared_part"]

STAGES: dict[str, tuple[str, ...]] = {
    "lives": ("unmet", "waiting", "cost"),
    "social": ("social",),
    "cost": ("served_cost",),
}
"""Stages of each objective, in the order in which they count."""

DEFAULT_LIMIT_SECONDS = 60.0
"""Time limit of one scenario where none is given. [s]"""

_SHARED_GAP = 0.02
"""Where scenarios share a time limit, one of them may stop at this gap even if a smaller one is
asked for: what it leaves goes to those that are further from it."""

_MEAN_MASS, _MEAN_NEEDS = 0.4, 1.0
"""Parts of the mean mass and the mean number of needs that count for every scenario when time is
shared."""

_SHARED_MORE = 0.3
"""Where scenarios share a time limit, one may use up to so much more than its fair part."""

_QUICK_SHARE = 0.05
"""Part of the time that the scalable method may use for a small case."""

_RESERVE_SHARE, _RESERVE_SECONDS = 0.08, 0.5
"""Part of the time, and its most, for writing the tables. [s]"""

OnProgress = Callable[[str, Progress], None]


class DispatchReport(Protocol):
    """Who hears of progress and of plans; ``allocator.child.Report`` is one."""

    def __call__(self, news: object) -> None:
        """Take a line of progress."""

    def best(self, plan: object) -> None:
        """Take a plan that is better than the one before."""


class _Silence:
    """Report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""


def dispatch(
    case: Case,
    scenario_code: str,
    *,
    placement: Plan | None = None,
    options: SolveOptions | None = None,
    is_sharing: bool = False,
    report: DispatchReport | None = None,
) -> Plan:
    """Plan the trips of one scenario.

    Parameters
    ----------
    case
        The case; its settings name the objective.
    scenario_code
        Scenario of the chosen sample.
    placement
        Plan whose stock and open warehouses hold; None means today's stock.
    options
        Gap, time limit, threads, seed; None takes gap and seed from the settings.
    is_sharing
        Whether other scenarios wait for the time that this one leaves: then planning stops at a
        gap of 2 % and, after a part of the time, once the headline stage is there; the stages'
        status goes by the gap that ``options`` ask for.
    report
        Hears progress and better plans.

    Returns
    -------
    Plan
        Trips, load lists, arrivals, served share by hour, shortages with reasons, stages.

    Raises
    ------
    NotFoundError
        If the case has no such scenario.
    SolveError
        If the solver refuses an option.
    """
    begun = time.monotonic()
    settings = case.settings
    if options is None:
        options = SolveOptions(gap=settings.gap, seed=settings.seed)
    report = _Silence() if report is None else report
    inputs = build_dispatch_inputs(case, scenario_code, placement)
    problem = dispatch_problem(inputs.data)
    stages = STAGES[settings.objective]
    limit = options.time_limit_seconds
    if limit is not None:
        spent = time.monotonic() - begun
        reserve = min(_RESERVE_SECONDS, _RESERVE_SHARE * limit)
        options = replace(options, time_limit_seconds=max(0.3, limit - spent - reserve))
    outcome = _solve(inputs, problem, stages, options, is_sharing, report)
    return dispatch_plan(inputs, problem, outcome, options.gap)


def _solve(
    inputs: DispatchInputs,
    problem: DispatchProblem,
    stages: tuple[str, ...],
    options: SolveOptions,
    is_sharing: bool,
    report: DispatchReport,
) -> DispatchOutcome:
    """Solve by the scalable method, and exactly where the case is small."""
    limit = options.time_limit_seconds or DEFAULT_LIMIT_SECONDS
    begun = time.monotonic()

    def on_outcome(outcome: DispatchOutcome) -> None:
        report.best(dispatch_plan(inputs, problem, outcome, options.gap, with_reasons=False))

    if not is_small(dispatch_index(inputs.data)):
        if not is_sharing:
            return Method(problem, stages, options, report, on_outcome).run()
        enough = replace(options, gap=max(options.gap, _SHARED_GAP))
        return Method(problem, stages, enough, report, on_outcome, is_sharing=True).run()
    quick = replace(options, time_limit_seconds=_QUICK_SHARE * limit)
    outcome = Method(problem, stages, quick, report, on_outcome).run()
    return solve_exact(inputs.data, outcome, options, begun + limit) or outcome


@dataclass(frozen=True)
class _Task:
    """One scenario of several, with its turn.

    Parameters
    ----------
    case, scenario, placement, options
        As in ``dispatch``.
    share
        Its fair part of the time that is left at its turn: of its own weight and that of those
        that come after it in the same process, if the processes take turns.
    is_shared
        Whether there are more scenarios than processes.
    end
        Reading of ``time.monotonic``, which processes of one machine share, when all must be
        done; None for no limit. [s]
    """

    case: Case
    scenario: str
    placement: Plan | None
    options: SolveOptions
    share: float
    is_shared: bool
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
        is_sharing=task.is_shared and task.end is not None,
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
) -> list[Plan]:
    """Plan the trips of every scenario, some at a time in child processes.

    Parameters
    ----------
    case, placement
        As in ``dispatch``.
    options
        Gap, threads, seed; the time limit is for all scenarios together, and what one scenario
        does not use goes to those after it.
    report
        Hears scenario code and progress.
    workers
        Processes at a time, >= 1.

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
    limit = options.time_limit_seconds
    tasks = _queue(case, placement, options, workers)

    def hear(index: int, news: Any) -> None:
        if report is not None and isinstance(news, Progress):
            report(tasks[index].scenario, news)

    plans: dict[str, Plan] = {}
    # No deadline for all: a scenario whose turn comes late still gets its second for a first plan.
    for outcome in run_many(
        _dispatch_task, tasks, workers=workers, time_limit_seconds=limit, on_report=hear
    ):
        code = tasks[outcome.index].scenario
        plans[code] = _plan_of(outcome, code)
    return [plans[row.scenario] for row in case.scenarios]


def _queue(case: Case, placement: Plan | None, options: SolveOptions, workers: int) -> list[_Task]:
    """Scenarios in the order of their turns, each with its part of the time."""
    limit = options.time_limit_seconds
    end = None if limit is None else time.monotonic() + limit
    weights = _weights(case)
    codes = sorted(weights, key=weights.__getitem__)
    weight = np.array([weights[code] for code in codes])
    return [
        _Task(
            case,
            code,
            placement,
            options,
            share=float(weight[turn] / weight[turn::workers].sum()),
            is_shared=len(codes) > workers,
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
