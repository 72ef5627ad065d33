"""Dispatch: who drives what where and when, for one scenario."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from allocator.case import Case
from allocator.companion import core_count
from allocator.engine.dispatch_data import DispatchInputs, build_dispatch_inputs
from allocator.engine.dispatch_duals import Duals
from allocator.engine.dispatch_former import FormerTrips
from allocator.engine.dispatch_hubs import HubMethod
from allocator.engine.dispatch_keeping import kept_outcome
from allocator.engine.dispatch_memory import Memory, recalled, remembered
from allocator.engine.dispatch_method import Method
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.dispatch_tables import dispatch_plan
from allocator.engine.hub_former import resumed_trips
from allocator.engine.objectives import STAGES
from allocator.plan import Plan
from allocator.solver import SolveOptions
from models.dispatch_index import dispatch_index

__all__ = [
    "SHARED_GAP",
    "STAGES",
    "Asked",
    "DispatchReport",
    "Turn",
    "dispatch",
    "plan_trips",
    "solved_trips",
]

DEFAULT_LIMIT_SECONDS = 60.0
"""Time limit of one scenario where none is given. [s]"""

SHARED_GAP = 0.02
"""Where scenarios share a time limit, one of them may stop at this gap even if a smaller one is
asked for: what it leaves goes to those that are further from it."""

_LARGE = 50_000
"""Possible trips from which a process beside this one solves the relaxations."""

_QUICK_SHARE = 0.05
"""Part of the time that the scalable method may use for a small case."""

_RESERVE_SHARE, _RESERVE_SECONDS, _RESERVE_PER_TRIP = 0.08, 0.5, 2.5e-6
"""Part of the time, and its most, for writing the tables; and seconds for each possible trip to
bound the cost. [s]"""

_KEEP_SECONDS = 5.0
"""Most of the time for going back to a former plan in a small case. [s]"""


class Turn(Enum):
    """Whether other scenarios wait for the time that one leaves.

    ``SHARED`` and ``AGAIN`` stop at a gap of 2 %; ``SHARED`` moreover, after a part of the time,
    once the headline stage is there. The stages' status goes by the gap that was asked for.
    """

    ALONE = "alone"
    SHARED = "shared"
    AGAIN = "again"


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
    turn: Turn = Turn.ALONE,
    report: DispatchReport | None = None,
    workers: int = 1,
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
    turn
        Whether other scenarios share the time.
    report
        Hears progress, better plans, and at the end the prices (``Memory``).
    workers
        Processes that may work side by side: a second one bounds large scenarios while the first
        one plans.

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
    inputs = build_dispatch_inputs(case, scenario_code, placement)
    asked = Asked(begun, options, turn, workers)
    return plan_trips(inputs, asked, _Silence() if report is None else report)


@dataclass(frozen=True)
class Asked:
    """How trips are to be planned.

    Parameters
    ----------
    begun
        Reading of ``time.monotonic`` from which the time limit counts. [s]
    options
        Gap, time limit, threads, seed; None takes gap and seed from the settings.
    turn
        Whether other scenarios share the time.
    workers
        Processes that may work side by side.
    """

    begun: float
    options: SolveOptions | None = None
    turn: Turn = Turn.ALONE
    workers: int = 1


def plan_trips(
    inputs: DispatchInputs,
    asked: Asked,
    report: DispatchReport,
    former: FormerTrips | None = None,
    memory: Memory | None = None,
) -> Plan:
    """Plan the trips of one scenario, in whole or in what is left of it.

    Parameters
    ----------
    inputs
        The scenario.
    asked
        How.
    report
        Hears progress and better plans.
    former, memory
        Trips and prices of an earlier plan to begin with.
    """
    settings = inputs.case.settings
    options = asked.options
    if options is None:
        options = SolveOptions(gap=settings.gap, seed=settings.seed)
    problem = dispatch_problem(inputs.data)
    limit = options.time_limit_seconds
    if limit is not None:
        spent = time.monotonic() - asked.begun
        reserve = min(_RESERVE_SECONDS, _RESERVE_SHARE * limit)
        reserve += min(_RESERVE_SHARE * limit, _RESERVE_PER_TRIP * problem.trip_count)
        options = replace(options, time_limit_seconds=max(0.3, limit - spent - reserve))
    known = None if memory is None else recalled(inputs, problem, memory)
    solving = _Solving(inputs, problem, STAGES[settings.objective], report, (former, known))
    outcome = solving.solve(options, asked)
    return dispatch_plan(inputs, problem, outcome, options.gap)


def solved_trips(inputs: DispatchInputs, options: SolveOptions) -> DispatchOutcome:
    """Plan the trips of one scenario in this process, without writing tables.

    Parameters
    ----------
    inputs
        The scenario.
    options
        Gap, time limit, threads, seed.
    """
    stages = STAGES[inputs.case.settings.objective]
    solving = _Solving(inputs, dispatch_problem(inputs.data), stages, _Silence(), (None, None))
    return solving.solve(options, Asked(time.monotonic()))


@dataclass(frozen=True)
class _Solving:
    """One problem that is solved.

    Parameters
    ----------
    inputs, problem, stages
        What is planned.
    report
        Hears progress and better plans.
    start
        Trips and prices of an earlier plan to begin with.
    """

    inputs: DispatchInputs
    problem: DispatchProblem
    stages: tuple[str, ...]
    report: DispatchReport
    start: tuple[FormerTrips | None, Duals | None]

    def solve(self, options: SolveOptions, asked: Asked) -> DispatchOutcome:
        """Solve; the best plan there is goes back to the former one where nothing is lost."""
        outcome, is_exact = self._solved(options, asked)
        former = self.start[0]
        if former is None or not is_exact:
            return outcome
        if self.inputs.legs is not None:
            return self._as_before(outcome, former)
        until = time.monotonic() + _KEEP_SECONDS
        return kept_outcome(self.problem, outcome, former, until)

    def _as_before(self, outcome: DispatchOutcome, former: FormerTrips) -> DispatchOutcome:
        """The former trips of a plan with hubs, all together, where no stage gets worse by that."""
        start = former if former.first is None else former.first
        same = resumed_trips(self.problem, start, _KEEP_SECONDS / 10)
        found = DispatchOutcome.of(self.problem.data, self.problem.table, same, outcome.stages)
        pairs = zip(found.stages, outcome.stages, strict=True)
        is_no_worse = all(a.objective <= b.objective * (1 + 1e-9) + 1e-6 for a, b in pairs)
        return found if is_no_worse else outcome

    def _solved(self, options: SolveOptions, asked: Asked) -> tuple[DispatchOutcome, bool]:
        """Solve by the scalable method, and exactly where the case is small; say which."""
        if self.problem.trip_count <= _LARGE:
            # The exact model, and with it Pyomo, is imported where it may be of use only.
            from allocator.engine.dispatch_exact import is_small, solve_exact

            if is_small(dispatch_index(self.inputs.data)):
                limit = options.time_limit_seconds or DEFAULT_LIMIT_SECONDS
                begun = time.monotonic()
                quick = replace(options, time_limit_seconds=_QUICK_SHARE * limit)
                outcome = self._by_method(quick, options.gap, is_followed=True)
                exact = solve_exact(self.problem, outcome, options, begun + limit)
                # The method had but a part of the time: that is over, not the ways to go on.
                return exact or replace(outcome, is_stalled=False), exact is not None
        has_helper = min(asked.workers, core_count()) > 1 and self.problem.trip_count >= _LARGE
        work = options
        if asked.turn is not Turn.ALONE:
            work = replace(options, gap=max(options.gap, SHARED_GAP))
        is_sharing = asked.turn is Turn.SHARED
        found = self._by_method(work, options.gap, is_sharing=is_sharing, has_helper=has_helper)
        return found, False

    def _by_method(
        self,
        options: SolveOptions,
        gap: float,
        *,
        is_sharing: bool = False,
        has_helper: bool = False,
        is_followed: bool = False,
    ) -> DispatchOutcome:
        """Solve by the scalable method; ``gap`` is what the stages' status goes by."""

        def on_outcome(outcome: DispatchOutcome) -> None:
            plan = dispatch_plan(self.inputs, self.problem, outcome, gap, with_reasons=False)
            self.report.best(plan)

        if self.inputs.legs is not None:
            return HubMethod(
                self.problem,
                self.stages,
                options,
                self.report,
                on_outcome,
                has_helper=has_helper,
                former=self.start[0],
            ).run()
        method = Method(
            self.problem,
            self.stages,
            options,
            self.report,
            on_outcome,
            is_sharing=is_sharing,
            has_helper=has_helper,
            is_followed=is_followed,
            former=self.start[0],
            known=self.start[1],
        )
        outcome = method.run()
        if method.prices is not None:
            self.report(remembered(self.inputs, self.problem, method.prices))
        return outcome
