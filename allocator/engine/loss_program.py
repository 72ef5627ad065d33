"""The hard rules with the promise under losses, its rows added as plans break them.

It answers before the search whether the promise can be kept at all, and what else could be: the
largest share, the smallest budget. Every answer is a lower bound until no loss breaks it.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from allocator.engine.losses import LossCut, LossGuard
from allocator.engine.placement_data import PlacementProblem
from allocator.errors import Change, InfeasibleError, Repair
from allocator.solver import SolveOptions, Status, solve_model
from models.parts.linear import linear
from models.placement import read_first_stage
from models.placement_data import PlacementData
from models.repair import (
    Family,
    aim_at_stock,
    build_repair,
    hold_choice,
    keep_near,
    loosen,
    set_aim,
)
from models.valuation import FirstStagePlan, annual_cost_cny, one_off_cost_cny

__all__ = ["LossAnswer", "LossProgram", "loss_conflict", "whole_stock_under_losses"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

NEGLIGIBLE = 1e-7
"""A share given up by less is rounding of the solver."""

_SHARE_STEPS = 10_000
"""A share is proposed in steps of one ten-thousandth."""

_LEAST_SECONDS = 1.0
_WHOLE_SECONDS = 8.0
"""Whole stock is looked for no longer than this. [s]"""

WHOLE_FLOWS = 3000
"""Beyond so many flows any whole stock near the plan will do; else the nearest."""

_TIGHT = {"primal_feasibility_tolerance": 1e-9, "mip_feasibility_tolerance": 1e-9}

_BUDGETS = {
    "capital": ("capital_budget_cny", "CNY", one_off_cost_cny),
    "annual": ("annual_budget_cny", "CNY/year", annual_cost_cny),
}


@dataclass(frozen=True)
class LossAnswer:
    """Answer to a question about the promise under losses.

    Parameters
    ----------
    plan
        Sizes and stock that keep what was asked for.
    value
        What had to be given up: part of the promised share, or million CNY.
    bound
        Proven: no plan gives up less.
    worst
        What the plan serves worst, if anything.
    """

    plan: FirstStagePlan
    value: float
    bound: float
    worst: LossCut | None

    @property
    def gap(self) -> float:
        """Share by which less may have to be given up; 0 if the least is proven."""
        excess = self.value - self.bound
        return 0.0 if excess <= NEGLIGIBLE + 1e-6 * self.value else excess / self.value


class LossProgram:
    """Sizes and stock under the hard rules and the promise.

    Parameters
    ----------
    problem
        The placement problem.
    guard
        The promise.
    options
        Threads and seed.
    end
        When to stop, on the clock of ``time.monotonic``.
    """

    def __init__(
        self, problem: PlacementProblem, guard: LossGuard, options: SolveOptions, end: float
    ) -> None:
        self.data, self.guard, self.end = problem.data, guard, end
        self.is_refuted = False
        """Whether the last question had no answer because there is none."""
        self._options = replace(options, gap=1e-7, highs=_TIGHT)
        self.model, self.slacks = build_repair(problem.data)
        self.model.given_up = pyo.Var(bounds=(0.0, guard.served_share))
        self.model.loss_rows = pyo.ConstraintList()

    def largest_share(self) -> LossAnswer | None:
        """Find the plan that gives up least of the share; None if there is none, or not in time."""
        loosen(self.slacks, ())
        set_aim(self.model, self.slacks, ())
        self.model.aim.set_value(self.model.given_up)
        return self._cut()

    def least_budgets(self) -> LossAnswer | None:
        """Find the plan that keeps the promise with the least excess over the budgets."""
        budgets: tuple[Family, ...] = ("budgets",)
        loosen(self.slacks, budgets)
        set_aim(self.model, self.slacks, budgets)
        self.model.given_up.fix(0.0)
        return self._cut()

    def _cut(self) -> LossAnswer | None:
        """Solve, test all losses, add what is broken, until nothing is."""
        bound = 0.0
        while True:
            seconds = max(_LEAST_SECONDS, self.end - time.monotonic())
            solved = solve_model(self.model, replace(self._options, time_limit_seconds=seconds))
            self.is_refuted = solved.status is Status.INFEASIBLE
            if solved.values is None:
                return None
            bound = max(bound, solved.bound or 0.0)
            stock, is_open = self._first_stage()
            share = self.guard.served_share - float(pyo.value(self.model.given_up))
            broken = self.guard.broken(stock, is_open, share)[0]
            if not broken:
                plan = read_first_stage(self.model, self.data)
                worst = self.guard.worst(stock, is_open)
                return LossAnswer(plan, float(solved.objective or 0.0), bound, worst)
            if time.monotonic() >= self.end:
                return None
            for own in broken:
                share = self.guard.served_share
                add_loss_row(self.model, self.data, own, share, self.model.given_up)

    def _first_stage(self) -> tuple[Floats, Floats]:
        """Stock, shape (warehouse, item) [units], and what is open, shape (warehouse,)."""
        plan = read_first_stage(self.model, self.data)
        is_open = self.data.first_stage.option_is_open[plan.option].astype(float)
        return plan.stock_units, is_open


def add_loss_row(
    model: pyo.ConcreteModel,
    data: PlacementData,
    broken: LossCut,
    served_share: float,
    given_up: object | None = None,
) -> None:
    """Add the row of a broken promise to ``model.loss_rows``.

    Parameters
    ----------
    model
        With size_choice and stock_balance.
    data
        The placement problem.
    broken
        The promise as it was broken.
    served_share
        The promised share.
    given_up
        Variable for the part of the share that is given up; None for none.
    """
    cut, first = broken.cut, data.first_stage
    coefficients: list[float] = []
    variables: list[object] = []
    for row, item in zip(cut.stock, cut.items, strict=True):
        for w in np.flatnonzero(row).tolist():
            coefficients.append(float(row[w]))
            variables.append(model.stock_units[w, item])
    for w in np.flatnonzero(cut.open).tolist():
        for o in first.options_of[w]:
            if first.option_is_open[o]:
                coefficients.append(-float(cut.open[w]))
                variables.append(model.choose_option[o])
    if given_up is not None:
        coefficients.append(broken.need)
        variables.append(given_up)
    least = cut.constant - (1.0 - served_share) * broken.need
    model.loss_rows.add(linear(coefficients, variables) >= least)


# --- whole stock ----------------------------------------------------------------------------------


def whole_stock_under_losses(
    data: PlacementData,
    guard: LossGuard,
    option: Integers,
    stock_units: Floats,
    rounded_units: Floats,
) -> Floats:
    """Return whole stock near a plan that keeps the hard rules and the promise under losses.

    Parameters
    ----------
    data
        The placement problem.
    guard
        The promise.
    option
        Option of each warehouse, shape (warehouse,).
    stock_units
        Stock in parts that keeps the promise, shape (warehouse, item). [units]
    rounded_units
        The same in whole units, which need not keep it, same shape. [units]
    """
    first = data.first_stage
    is_open = first.option_is_open[option].astype(float)
    if guard.is_kept(rounded_units, is_open):
        return rounded_units
    model, slacks = build_repair(data)
    loosen(slacks, ())
    hold_choice(model, data, option)
    aim_at_stock(model, data, stock_units)
    model.loss_rows = pyo.ConstraintList()
    gap = 1e-3 if data.flow_count <= WHOLE_FLOWS else 0.05
    options = SolveOptions(gap=gap, time_limit_seconds=3.0, highs=_TIGHT)
    is_whole = first.is_whole & first.is_decided[:, None]
    end = time.monotonic() + _WHOLE_SECONDS
    for steps in (0, 2, 10, None):
        keep_near(model, data, stock_units, steps)
        while time.monotonic() < end:
            if solve_model(model, options).values is None:
                break
            found = read_first_stage(model, data).stock_units
            whole = np.where(is_whole, np.rint(found), found)
            if guard.is_kept(whole, is_open):
                return whole
            for own in guard.broken(whole, is_open, guard.served_share)[0]:
                add_loss_row(model, data, own, guard.served_share)
    return rounded_units


# --- refusal --------------------------------------------------------------------------------------


def loss_conflict(
    problem: PlacementProblem, guard: LossGuard, found: LossAnswer, budgets: LossAnswer | None
) -> InfeasibleError:
    """Return the error for a promise under losses that no plan keeps.

    Parameters
    ----------
    problem
        The placement problem.
    guard
        The promise.
    found
        The plan that gives up least of it.
    budgets
        A plan with larger budgets that keeps it, if there is one.
    """
    promised = guard.served_share
    most = math.floor((promised - found.value) * _SHARE_STEPS + 1e-3) / _SHARE_STEPS
    lower = f"lower Settings n1_served_share from {promised:g} to at most {most:g}"
    change = Change("Settings", "", "n1_served_share", f"{promised:g}", f"{most:g}", lower)
    repairs = [Repair("share under losses", found.gap, (change,))]
    if budgets is not None:
        changes = tuple(_budget_changes(problem, budgets.plan))
        if changes:
            repairs.append(Repair("budgets", budgets.gap, changes))
    rule = f"Settings n1_served_share: {promised:g} of the need under any one loss"
    if found.worst is not None:
        scenario = problem.case.scenarios[found.worst.scenario].scenario
        lost = found.worst.loss
        what = f"without {guard.unmet.losses[lost].words}" if lost >= 0 else "without any loss"
        rule += f", but scenario {scenario} {what} can be served to {most:.4g} at most"
        if found.gap > 0.0:
            rule += f" by the best plan found, to {promised - found.bound:.4g} at most by any"
    message = f"no plan keeps the promise under losses. Maybe {lower}. In conflict:"
    return InfeasibleError(message, (rule,), tuple(repairs))


def _budget_changes(problem: PlacementProblem, plan: FirstStagePlan) -> list[Change]:
    """Budgets that pay for a plan, in whole CNY and for whole stock."""
    first = problem.data.first_stage
    whole = np.where(first.is_whole, np.ceil(plan.stock_units - 1e-6), plan.stock_units)
    plan = replace(plan, stock_units=whole)
    changes = []
    for field, unit, cost in _BUDGETS.values():
        today = getattr(problem.case.settings, field)
        needed = math.ceil(cost(problem.data, plan) - 1e-3)
        if today is not None and needed > today:
            message = f"raise Settings {field} from {today:,.0f} to {needed:,.0f} {unit}"
            changes.append(Change("Settings", "", field, f"{today:.15g}", str(needed), message))
    return changes
