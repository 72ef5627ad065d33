"""Asks the elastic model of the hard rules: what is the least change, and which rules can hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo

from allocator.engine.placement_data import PlacementProblem, placement_problem
from allocator.schema.network import Warehouse
from allocator.solver import SolveOptions, Status, solve_model
from models.placement import read_first_stage
from models.repair import Family, Slack, build_repair, hold_choice, keep_near, loosen, set_aim
from models.valuation import FirstStagePlan

__all__ = ["NEGLIGIBLE", "LeastChange", "RepairSearch"]

NEGLIGIBLE = 1e-8
"""Changes worth less are rounding of the solver. [million CNY]"""

WHOLE_FLOWS = 3000
"""Up to so many flows stock is in whole units from the start; beyond, it is made whole after."""

_LEAST_SECONDS = 1.0
"""Every question gets so much time, even after the end. [s]"""

_SHARE = 0.5
"""Part of the time that is left which one question about a large case may use."""

_TIGHT = {"primal_feasibility_tolerance": 1e-9, "mip_feasibility_tolerance": 1e-9}
"""Money is in million CNY: HiGHS' own tolerance would overdraw a small budget by one CNY."""


@dataclass(frozen=True)
class LeastChange:
    """Answer to the question for the least change.

    Parameters
    ----------
    worth
        Of the change found. [million CNY]
    bound
        No change is worth less. [million CNY]
    slack
        Value of each slack, in the order of ``RepairSearch.slacks``.
    first_stage
        Sizes and whole stock that are possible under the change.
    """

    worth: float
    bound: float
    slack: tuple[float, ...]
    first_stage: FirstStagePlan

    @property
    def gap(self) -> float:
        """Share of the worth by which a smaller change may exist; 0 if the least is proven."""
        excess = self.worth - self.bound
        return 0.0 if excess <= NEGLIGIBLE + 1e-6 * self.worth else excess / self.worth


class RepairSearch:
    """The elastic model of a placement problem and its solver.

    Parameters
    ----------
    problem
        The placement problem.
    options
        Threads and seed of the solver.
    end
        When to stop, on the clock of ``time.monotonic``.
    """

    def __init__(self, problem: PlacementProblem, options: SolveOptions, end: float) -> None:
        case = problem.case
        may_close = [
            row.model_copy(update={"can_close": True}) if row.state == "existing" else row
            for row in case.warehouses
        ]
        # Closing a warehouse that must stay is one of the repairs, so it must be an option here.
        self.problem = placement_problem(
            case.replace(Warehouse, may_close), allowed=problem.allowed
        )
        self.end = end
        owner = self.problem.data.first_stage.option_warehouse.tolist()
        self.extra_closings = [
            o
            for o, option in enumerate(self.problem.options)
            if option.decision == "close" and not problem.warehouses[owner[o]].can_close
        ]
        self.is_refuted = False
        """Whether the last question had no answer because there is none, not for lack of time."""
        self._is_large = self.problem.data.flow_count > WHOLE_FLOWS
        self.model, self.slacks = build_repair(
            self.problem.data, self.extra_closings, whole=not self._is_large
        )
        self._options = replace(options, gap=1e-3 if self._is_large else 1e-7, highs=_TIGHT)

    def has(self, family: Family) -> bool:
        """Whether there are rules of a kind."""
        return any(slack.family == family for slack in self.slacks)

    def least(
        self,
        aim: Collection[Family],
        loosened: Collection[Family],
        kept: Collection[Family] = (),
        most: float = 0.0,
    ) -> LeastChange | None:
        """Return the least change of some families; None if there is none, or none in time.

        Parameters
        ----------
        aim
            Families whose worth is minimised; none for any plan.
        loosened
            Families that may change; with none it is asked for a plan that keeps all rules.
        kept, most
            Families whose change must not be worth more than so much. [million CNY]
        """
        loosen(self.slacks, loosened)
        set_aim(self.model, self.slacks, aim, kept, most)
        solved = solve_model(self.model, self._asked())
        self.is_refuted = solved.status is Status.INFEASIBLE
        if solved.values is None or solved.objective is None:
            return None
        found = LeastChange(
            worth=solved.objective,
            bound=max(0.0, solved.bound or 0.0),
            slack=_values(self.slacks),
            first_stage=read_first_stage(self.model, self.problem.data),
        )
        if not self._is_large:
            return found
        return self._whole(found, aim, loosened, kept, most)

    def _whole(
        self,
        found: LeastChange,
        aim: Collection[Family],
        loosened: Collection[Family],
        kept: Collection[Family],
        most: float,
    ) -> LeastChange | None:
        """Return a change found for stock in parts, with whole stock near it."""
        data, stock = self.problem.data, found.first_stage.stock_units
        model, slacks = build_repair(data, self.extra_closings)
        hold_choice(model, data, found.first_stage.option)
        loosen(slacks, loosened)
        # Whole stock may need a little more of what was to be kept.
        set_aim(model, slacks, aim, kept, most * (1.0 + 1e-3) + 1e-3 if most else 0.0)
        for steps in (0, 2, None):
            keep_near(model, data, stock, steps)
            solved = solve_model(model, self._asked())
            if solved.values is not None and solved.objective is not None:
                first_stage = read_first_stage(model, data)
                return LeastChange(solved.objective, found.bound, _values(slacks), first_stage)
        return None

    def original(self, plan: FirstStagePlan) -> FirstStagePlan:
        """Return a plan with the options counted as in the problem without extra closings."""
        before = np.searchsorted(np.array(self.extra_closings, dtype=np.int64), plan.option)
        return replace(plan, option=plan.option - before)

    def can_hold(self, is_enforced: Callable[[Slack], bool]) -> bool | None:
        """Whether some rules can hold together; None if that is not known in time.

        Parameters
        ----------
        is_enforced
            Which rules must hold; the minimum served share counts by district and scenario.
        """
        loosen(self.slacks, lambda slack: slack.family != "share" and not is_enforced(slack))
        set_aim(self.model, self.slacks, ())
        solved = solve_model(self.model, self._asked())
        if solved.status is Status.INFEASIBLE:
            return False
        return True if solved.values is not None else None

    def seconds_left(self) -> float:
        """Time until the end. [s]"""
        return self.end - time.monotonic()

    def _asked(self) -> SolveOptions:
        """Options of the next solve: part of the time that is left."""
        share = _SHARE if self._is_large else 1.0
        return replace(
            self._options, time_limit_seconds=max(_LEAST_SECONDS, share * self.seconds_left())
        )


def _values(slacks: Iterable[Slack]) -> tuple[float, ...]:
    """Values of slacks in a solved model."""
    return tuple(max(0.0, float(pyo.value(slack.variable))) for slack in slacks)
