"""The greedy plan: from today's network, always the step that brings most for its budget.

A step buys a lot of an item for an open warehouse, or opens or enlarges a warehouse with a first
filling. What it brings is priced by the exact recourse. The prices of the last evaluation prove
that no step brings more than its worth at those prices, so steps are priced in that order until
the next one cannot be better (lazy evaluation, Minoux 1978).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.baselines import today_plan
from allocator.engine.greedy_steps import (
    Slopes,
    Step,
    buy,
    greedy_steps,
    money_left,
    purchase_share,
)
from allocator.engine.plan_pricing import first_stage_point
from allocator.engine.recourse import Recourse
from allocator.engine.recourse_pricing import faithful_weights
from allocator.solver import Progress
from models.placement_data import OBJECTIVES, Objective, PlacementData
from models.recourse import value_scale
from models.valuation import (
    FirstStagePlan,
    risk_value,
    shortfall_units,
    yearly_cost_cny,
)

__all__ = ["GreedyResult", "GreedySearch", "greedy_plan"]

Floats = NDArray[np.float64]

_LOTS = 20
"""A lot is the largest need of an item in any scenario over this."""

_TRIED = 4
"""Steps priced exactly before the best of them is taken."""

_LEAST_GAIN = 1e-7
"""Share of the value at the beginning that a step must bring."""

_STEADY = 0.9
"""A step is repeated with larger lots while it brings this share of what it brought at first."""

_HARD_PRICE = 1e6
"""Worth of a unit missing to a hard promise, scaled: these come before everything else."""


@dataclass(frozen=True)
class GreedyResult:
    """The greedy plan.

    Parameters
    ----------
    plan
        Sizes and stock.
    steps
        Steps taken.
    is_complete
        Whether no further step would help; else the time was up.
    """

    plan: FirstStagePlan
    steps: int
    is_complete: bool


@dataclass(frozen=True)
class _At:
    """A plan with its value, and what the prices of its recourse say.

    Parameters
    ----------
    plan
        Sizes and stock.
    value
        Scaled.
    totals
        Scaled recourse value, shape (item, scenario).
    unit, opening
        Most that a unit in stock and an open warehouse bring, shape (item, scenario, warehouse).
    """

    plan: FirstStagePlan
    value: float
    totals: Floats
    unit: Floats
    opening: Floats


def greedy_plan(
    data: PlacementData,
    objective: Objective,
    seconds: float | None = None,
    report: Callable[[Progress], None] | None = None,
) -> GreedyResult:
    """Take steps until none helps, nothing can be paid for, or the time is up.

    Parameters
    ----------
    data
        The placement problem.
    objective
        ``lives`` counts unmet need, and waiting as a tie-break; the others count their one sum.
    seconds
        Limit, None for none. [s]
    report
        Hears the progress.
    """
    if not any(scenario.demand_units.any() for scenario in data.scenarios):
        return GreedyResult(today_plan(data), 0, is_complete=True)
    search = GreedySearch(data, objective)
    began, end = time.monotonic(), np.inf if seconds is None else time.monotonic() + seconds
    here = search.at(today_plan(data))
    least, steps = _LEAST_GAIN * max(abs(here.value), 1e-9), 0
    while time.monotonic() < end:
        ahead = search.best_step(here, least, end)
        if ahead is None:
            return GreedyResult(here.plan, steps, is_complete=True)
        here, steps = ahead, steps + 1
        now = time.monotonic()
        if report is not None:
            report(Progress("greedy", now - began, here.value, None, None))
        # Half-way through the time larger lots make sure that the budgets are used.
        search.lots = _LOTS if now - began < 0.5 * (end - began) else _LOTS / 4
    return GreedyResult(here.plan, steps, is_complete=False)


class GreedySearch:
    """Values and steps of one problem; without a served-share floor its items are apart.

    Parameters
    ----------
    data
        The placement problem, with some need.
    objective
        As in ``greedy_plan``.
    """

    def __init__(self, data: PlacementData, objective: Objective) -> None:
        self.data, self.lots = data, float(_LOTS)
        rules = OBJECTIVES[objective][:2] if objective == "lives" else OBJECTIVES[objective]
        self._is_money = rules[0].counts_first_stage
        self._factor = data.first_stage.disasters_per_year if self._is_money else 1.0
        self._largest = np.max([s.demand_units.sum(axis=0) for s in data.scenarios], axis=0)
        self._recourse: dict[int, Recourse] = {}
        self._scale: dict[int, float] = {}
        for i in np.flatnonzero(self._largest > 0).tolist():
            own = _only_item(data, i)
            self._recourse[i] = Recourse(own, [rule.criterion for rule in rules])
            criterion = rules[0].criterion
            self._scale[i] = value_scale(own, criterion) / value_scale(data, criterion)
        some = next(iter(self._recourse.values()))
        self._weights = faithful_weights(some, rules[-1])
        self._share = np.array([self._weights[0][c] for c in some.criteria])

    def at(self, plan: FirstStagePlan, before: _At | None = None) -> _At:
        """Price a plan; items that are as before keep their figures."""
        first, count = self.data.first_stage, len(self.data.scenarios)
        shape = (first.item_count, count, first.warehouse_count)
        if before is None:
            totals, unit, opening = np.zeros(shape[:2]), np.zeros(shape), np.zeros(shape)
        else:
            totals, unit, opening = before.totals.copy(), before.unit.copy(), before.opening.copy()
        point = first_stage_point(self.data, plan)
        for i, recourse in self._recourse.items():
            if (
                before is not None
                and (plan.stock_units[:, i] == before.plan.stock_units[:, i]).all()
            ):
                continue
            found, scale = recourse.evaluate(point, self._weights), self._scale[i]
            totals[i] = scale * (recourse.scenario_values(found.values) @ self._share)
            unit[i], opening[i] = 0.0, 0.0
            for cut in found.cuts:
                s = recourse.block_scenario[cut.block]
                unit[i, s] += scale * cut.stock[0]
                opening[i, s] -= scale * cut.open
        return _At(plan, self._value(plan, totals), totals, unit, opening)

    def _value(self, plan: FirstStagePlan, totals: Floats) -> float:
        """Scaled value of a plan with recourse values of shape (item, scenario)."""
        joined = risk_value(totals.sum(axis=0), self.data.probability, self.data.risk)
        return self._factor * joined + self._own_value(plan)

    def _own_value(self, plan: FirstStagePlan) -> float:
        """Scaled part of a value that needs no recourse."""
        data = self.data
        missing = shortfall_units(data, plan)[data.first_stage.coverage.is_hard].sum()
        money = yearly_cost_cny(data, plan) / 1e6 if self._is_money else 0.0
        return money + _HARD_PRICE * float(missing)

    def _scenario_rates(self, totals: Floats) -> Floats:
        """Rate at which the joined value rises with each scenario's, shape (scenario,)."""
        risk, probability = self.data.risk, self.data.probability
        left, tail = 1.0 - risk.cvar_alpha, np.zeros(len(totals))
        for s in np.argsort(-totals).tolist():
            tail[s] = min(float(probability[s]), left)
            left -= tail[s]
        tail /= 1.0 - risk.cvar_alpha
        return self._factor * ((1.0 - risk.cvar_weight) * probability + risk.cvar_weight * tail)

    def slopes(self, here: _At) -> Slopes:
        """What steps from a plan may bring at most."""
        coverage, data = self.data.first_stage.coverage, self.data
        rates = self._scenario_rates(here.totals.sum(axis=0))
        unit = np.einsum("s,isw->wi", rates, here.unit)
        cny = 1e-6 if self._is_money else 0.0
        price = np.where(coverage.is_hard, _HARD_PRICE, 0.0)
        price[~coverage.is_hard] = cny * coverage.shortfall_price_cny[~coverage.is_hard]
        price = np.where(shortfall_units(data, here.plan) > 0, price, 0.0)
        place = (coverage.reach_warehouse, coverage.item[coverage.reach_promise])
        np.add.at(unit, place, price[coverage.reach_promise])
        return Slopes(unit, np.einsum("s,isw->w", rates, here.opening), cny)

    def best_step(self, here: _At, least: float, end: float) -> _At | None:
        """Return the place after the best step; None if no step brings the least gain."""
        lots = np.ceil(self._largest / self.lots)
        steps = greedy_steps(self.data, here.plan, self.slopes(here), lots)
        steps = sorted((s for s in steps if s.at_most > least), key=lambda s: -s.promise)
        best: tuple[Step, _At] | None = None
        best_rate = 0.0
        for tried, step in enumerate(steps):
            if step.promise <= best_rate or (tried >= _TRIED and best is not None):
                break
            found = self.at(step.plan, here)
            rate = (here.value - found.value) / step.budget_share
            if here.value - found.value > least and rate > best_rate:
                best, best_rate = (step, found), rate
        return None if best is None else self._repeated(*best, _STEADY * best_rate, end)

    def _repeated(self, step: Step, there: _At, least_rate: float, end: float) -> _At:
        """Take a step again, each time with twice the lot, as long as it pays as well."""
        data, w = self.data, step.warehouse
        lot = step.bought
        while time.monotonic() < end:
            wanted = [(int(i), 2.0 * float(lot[i])) for i in np.flatnonzero(lot)]
            bought = buy(data, there.plan, w, wanted, money_left(data, there.plan))
            stock = there.plan.stock_units.copy()
            stock[w] += bought
            if not bought.any():
                return there
            found = self.at(FirstStagePlan(there.plan.option, stock), there)
            if (there.value - found.value) / purchase_share(data, bought) < least_rate:
                return there
            there, lot = found, 2.0 * lot
        return there


def _only_item(data: PlacementData, item: int) -> PlacementData:
    """Return the problem with the need of one item alone."""
    keep = np.zeros(data.first_stage.item_count)
    keep[item] = 1.0
    scenarios = tuple(replace(s, demand_units=s.demand_units * keep) for s in data.scenarios)
    risk = replace(data.risk, min_served_share=0.0)
    return replace(data, scenarios=scenarios, risk=risk)
