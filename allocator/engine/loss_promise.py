"""The promise under losses on its way through a placement: refuse, add what is broken, keep whole.

With one model, a loss that the plan does not withstand is added to it with flows of its own and
the model is solved again. The decomposition gets cuts instead (``engine.losses``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from allocator.engine.conflicts import conflict
from allocator.engine.loss_list import case_losses
from allocator.engine.loss_master import LossMaster
from allocator.engine.loss_program import (
    NEGLIGIBLE,
    LossAnswer,
    LossProgram,
    loss_conflict,
    whole_stock_under_losses,
)
from allocator.engine.losses import LossGuard
from allocator.engine.master import Master
from allocator.engine.placement_data import PlacementProblem
from allocator.engine.promised_master import PromisedMaster
from allocator.errors import InfeasibleError
from allocator.solver import Progress, SolveOptions, SolveResult, solve_model
from models.contingency import Contingency
from models.placement import build_placement, read_first_stage
from models.placement_data import Criterion, StageRule
from models.valuation import FirstStagePlan

__all__ = ["LossPromise"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Report = Callable[[Progress], None]

_CHECK_SHARE, _CHECK_SECONDS = 0.2, 60.0
"""Part of the time limit for finding out beforehand whether the promise can be kept; [s] without
one."""

_TIGHT = {
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-10,
    "mip_feasibility_tolerance": 1e-9,
}
"""Money is in million CNY: HiGHS' own tolerance would overdraw a small budget by one CNY."""

WHOLE_FLOWS = 3000
"""Up to so many flows the question whether the promise can be kept is asked for whole stock."""

_AT_ONCE = 8
"""Losses that are added to the whole model at once, the worst ones."""


class LossPromise:
    """The promise under losses of a case; it may have none.

    Parameters
    ----------
    problem
        The placement problem.
    """

    def __init__(self, problem: PlacementProblem) -> None:
        self.problem = problem
        self.guard: LossGuard | None = None
        self._known: dict[tuple[int, int], Contingency] = {}
        share = problem.case.settings.n1_served_share
        losses = case_losses(problem, promised=True)
        if share and losses:
            self.guard = LossGuard(problem.data, losses, share)

    def refuse_impossible(
        self, options: SolveOptions, report: Report, known: FirstStagePlan | None = None
    ) -> tuple[SolveOptions, FirstStagePlan | None]:
        """Raise if no plan keeps the promise, before the search for a plan begins.

        Parameters
        ----------
        options
            Limit, threads and seed.
        report
            Hears that the promise is looked at.
        known
            A first stage that keeps the other hard rules, if one is known.

        Returns
        -------
        tuple
            The options with the time that is left, and a first stage that keeps the promise too,
            if one was found; ``known`` where there is no promise.

        Raises
        ------
        InfeasibleError
            With the loss that cannot be withstood and ways out.
        """
        if self.guard is None:
            return options, known
        began = time.monotonic()
        limit = options.time_limit_seconds
        seconds = _CHECK_SECONDS if limit is None else _CHECK_SHARE * limit
        report(Progress("losses", 0.0, None, None, None))
        found, is_refuted = self._least_given_up(options, began + seconds)
        left = None if limit is None else max(0.0, limit - (time.monotonic() - began))
        options = replace(options, time_limit_seconds=left)
        if is_refuted:
            raise conflict(self.problem, options, report, left)
        if found is None:
            return options, None
        if found.bound > NEGLIGIBLE:
            raise loss_conflict(self.problem, self.guard, found, self._budgets(options))
        return options, found.plan if found.value <= NEGLIGIBLE else None

    def master(self, block_scenario: Sequence[int], criteria: Sequence[Criterion]) -> Master:
        """Return the master problem of a search by decomposition, as ``Master`` is built."""
        data = self.problem.data
        if self.guard is None:
            return Master(data, block_scenario, criteria)
        return PromisedMaster(data, block_scenario, criteria, self.guard)

    def refusal(
        self, options: SolveOptions, report: Report, seconds_left: float | None
    ) -> InfeasibleError:
        """Return the error for a case in which a search has refuted every plan.

        Parameters
        ----------
        options
            Threads and seed.
        report
            Hears that the ways out are looked for.
        seconds_left
            Time that is left; None for no limit. [s]
        """
        if self.guard is not None:
            seconds = _CHECK_SECONDS if seconds_left is None else max(5.0, seconds_left)
            program = LossMaster(
                self.problem, self.guard, options, time.monotonic() + min(seconds, _CHECK_SECONDS)
            )
            found = program.largest_share()
            if found is not None and found.value > NEGLIGIBLE:
                return loss_conflict(self.problem, self.guard, found, None)
        return conflict(self.problem, options, report, seconds_left)

    def _least_given_up(self, options: SolveOptions, end: float) -> tuple[LossAnswer | None, bool]:
        """Plan that gives up least of the share, if it is needed and found; whether none can be.

        In a large case the relaxation says first whether anything has to be given up.
        """
        if self.guard is None:
            return None, False
        if self._is_small():
            program = LossProgram(self.problem, self.guard, options, end)
            return program.largest_share(), program.is_refuted
        master = LossMaster(self.problem, self.guard, options, end)
        master.relax()
        if master.is_refuted or master.bound <= NEGLIGIBLE:
            return None, master.is_refuted
        return master.largest_share(), False

    def _budgets(self, options: SolveOptions) -> LossAnswer | None:
        """Plan that keeps the promise with the least excess over the budgets; small cases only."""
        if self.guard is None or not self._is_small():
            return None
        end = time.monotonic() + _CHECK_SECONDS
        return LossProgram(self.problem, self.guard, options, end).least_budgets()

    def _is_small(self) -> bool:
        return self.problem.data.flow_count <= WHOLE_FLOWS

    def solve(
        self,
        rule: StageRule,
        limits: Mapping[Criterion, float],
        options: SolveOptions,
        end: float,
        report: Report,
    ) -> tuple[SolveResult, pyo.ConcreteModel]:
        """Solve a stage of the whole model, with losses added until its plan withstands all.

        Parameters
        ----------
        rule, limits
            What is minimised, and risk values that must be kept.
        options
            Gap, threads and seed.
        end
            When to stop, on the clock of ``time.monotonic``.
        report
            Hears the progress.

        Returns
        -------
        tuple
            Result and model of the last solve; the bound is one for all losses, because fewer of
            them only leave more plans.
        """
        data = self.problem.data
        while True:
            known = replace(data, contingencies=tuple(self._known.values()))
            model = build_placement(known, rule, limits, whole=True)
            left = end - time.monotonic()
            asked = replace(
                options,
                time_limit_seconds=max(0.0, left) if np.isfinite(left) else None,
                highs={**options.highs, **_TIGHT},
            )
            solved = solve_model(model, asked, stage=rule.stage, progress=report)
            if solved.values is None or not self._learn(read_first_stage(model, data)):
                return solved, model

    def _learn(self, plan: FirstStagePlan) -> bool:
        """Note the worst losses that a plan does not withstand; return whether any is new."""
        if self.guard is None:
            return False
        first = self.problem.data.first_stage
        whole = first.is_decided[:, None] & first.is_whole
        stock = np.where(whole, np.rint(plan.stock_units), plan.stock_units)
        is_open = first.option_is_open[plan.option].astype(float)
        if self.guard.is_kept(stock, is_open):
            return False
        share, count = self.guard.served_share, len(self._known)
        for own in self.guard.broken(stock, is_open, share)[0][:_AT_ONCE]:
            found = self.guard.unmet.contingency(own.scenario, own.loss, share)
            self._known.setdefault((own.scenario, own.loss), found)
        return len(self._known) > count

    def whole_stock(self, option: Integers, stock_units: Floats, rounded_units: Floats) -> Floats:
        """Return whole stock near a plan that keeps the promise as well, where there is one.

        Parameters
        ----------
        option
            Option of each warehouse, shape (warehouse,).
        stock_units, rounded_units
            Stock in parts, and whole stock that keeps the other rules, shape (warehouse, item).
            [units]
        """
        if self.guard is None:
            return rounded_units
        return whole_stock_under_losses(
            self.problem.data, self.guard, option, stock_units, rounded_units
        )
