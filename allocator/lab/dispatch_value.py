"""What the best dispatch of a scenario costs, as an interval, and what a drill adds to that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from allocator.case import Case
from allocator.engine.run_options import RunOptions
from allocator.engine.runs import run_dispatch
from allocator.engine.summary import dispatch_figures, headline, weighted_demand
from allocator.engine.supervision import OnProgress
from allocator.errors import ReplayError, SolveError
from allocator.replay import verify

__all__ = ["Added", "DispatchValue", "Valuer", "added_value", "difference", "dispatch_valuer"]

DEFAULT_SECONDS = 60.0
"""Time of one dispatch where no limit is given. [s]"""

DEFAULT_GAP = 0.003
"""Gap of a dispatch where none is given: differences are small against the values themselves."""


@dataclass(frozen=True)
class DispatchValue:
    """Social cost of the best dispatch of a scenario.

    Parameters
    ----------
    low_cny, high_cny
        Proven bound, and a plan's value. [CNY]
    served_share
        Weighted share of the need that this plan serves.
    """

    low_cny: float
    high_cny: float
    served_share: float


Valuer = Callable[[Case, str], DispatchValue]
"""Values one scenario of the chosen sample of a case."""


@dataclass(frozen=True)
class Added:
    """What one state of things costs more than another.

    Parameters
    ----------
    cny
        Difference of the plans' values. [CNY]
    low_cny, high_cny
        The true difference lies between them. [CNY]
    """

    cny: float
    low_cny: float
    high_cny: float


def added_value(better: DispatchValue, worse: DispatchValue) -> Added:
    """What is added where things can only get worse.

    A plan for the worse state is worth no more in the better one, so its value bounds that of the
    best plan there, and the better state's bound holds for the worse one; the difference is never
    below 0. (Rounding to whole hours aside; see ``docs/model.md``.)

    Parameters
    ----------
    better, worse
        Values without and with a failure.
    """
    high = min(better.high_cny, worse.high_cny)
    low = max(better.low_cny, worse.low_cny)
    return Added(
        cny=worse.high_cny - high,
        low_cny=max(0.0, low - high),
        high_cny=worse.high_cny - better.low_cny,
    )


def difference(better: DispatchValue, worse: DispatchValue) -> Added:
    """What is added where nothing says which of the two is better; it may be below 0.

    Parameters
    ----------
    better, worse
        Values of two states of things.
    """
    return Added(
        cny=worse.high_cny - better.high_cny,
        low_cny=worse.low_cny - better.high_cny,
        high_cny=worse.high_cny - better.low_cny,
    )


def dispatch_valuer(options: RunOptions, solves: int, on_progress: OnProgress | None) -> Valuer:
    """Value scenarios by dispatches from today's stock under the objective ``social``, replayed.

    Parameters
    ----------
    options
        Gap, seed, threads; the time limit is for all solves together.
    solves
        How many there will be.
    on_progress
        Hears how far a solve is.
    """
    total = options.time_limit_seconds
    each = DEFAULT_SECONDS if total is None else total / max(1, solves)
    gap = DEFAULT_GAP if options.gap is None else options.gap
    # One process for each dispatch: a second one on a busy machine costs more than it bounds.
    asked = replace(options, objective="social", time_limit_seconds=each, gap=gap, workers=1)

    def value(case: Case, scenario: str) -> DispatchValue:
        plan = run_dispatch(case, scenario, None, asked, on_progress)
        stage = headline(plan.stages, scenario, "social")
        if stage is None or stage.objective is None:
            raise SolveError(f"the dispatch of {scenario} has no value. Maybe raise --time-limit.")
        verdict = verify(case, plan)
        if not verdict.certified:
            raise ReplayError(verdict.violations)
        figures = dispatch_figures(weighted_demand(case), plan, scenario)
        return DispatchValue(
            low_cny=min(stage.objective, stage.bound or 0.0),
            high_cny=stage.objective,
            served_share=figures.served_share,
        )

    return value
