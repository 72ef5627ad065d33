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
from allocator.engine.plan_pricing import first_stage_point
from allocator.engine.recourse import Recourse
from allocator.engine.recourse_pricing import faithful_weights
from allocator.solver import Progress
from models.placement_data import OBJECTIVES, Objective, PlacementData
from models.recourse import value_scale
from models.valuation import (
    FirstStagePlan,
    annual_cost_cny,
    one_off_cost_cny,
    risk_value,
    shortfall_units,
    yearly_cost_cny,
)

__all__ = ["GreedyResult", "greedy_plan"]

Floats = NDArray[np.float64]

_LOTS = 20
"""A lot is the largest need of an item in any scenario over this."""

_FILLING_LOTS = 4
"""A new or larger warehouse begins with so many lots of each item that pays, if they fit."""

_TRIED = 4
"""Steps priced exactly before the best of them is taken."""

_LEAST_GAIN = 1e-7
"""Share of the value at the beginning that a step must bring."""

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


@dataclass(frozen=True)
class _Step:
    """A plan one step ahead, what the step may bring at most, and its part of the budgets."""

    plan: FirstStagePlan
    at_most: float
    budget_share: float
    warehouse: int
    bought: Floats

    @property
    def promise(self) -> float:
        """What it may bring for its budget."""
        return self.at_most / self.budget_share


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
    search = _Greedy(data, objective)
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


class _Greedy:
    """Values and steps of one problem; without a served-share floor its items are apart."""

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

    def best_step(self, here: _At, least: float, end: float) -> _At | None:
        """Return the place after the best step; None if no step brings the least gain."""
        steps = [step for step in self._steps(here) if step.at_most > least]
        steps.sort(key=lambda step: -step.promise)
        best: tuple[_Step, _At] | None = None
        best_rate, other_rate = 0.0, 0.0
        for tried, step in enumerate(steps):
            if step.promise <= best_rate or (tried >= _TRIED and best is not None):
                other_rate = max(other_rate, step.promise)
                break
            found = self.at(step.plan, here)
            rate = (here.value - found.value) / step.budget_share
            if here.value - found.value > least and rate > best_rate:
                best, best_rate, other_rate = (step, found), rate, best_rate
            else:
                other_rate = max(other_rate, rate)
        return None if best is None else self._repeated(*best, other_rate, end)

    def _repeated(self, step: _Step, there: _At, other_rate: float, end: float) -> _At:
        """Take a step again, each time with twice the lot, as long as it stays the best."""
        data, first = self.data, self.data.first_stage
        lot = step.bought
        while time.monotonic() < end:
            lot = 2.0 * lot
            items = np.flatnonzero(lot > 0).tolist()
            capital = first.capital_budget_cny - one_off_cost_cny(data, there.plan)
            annual = first.annual_budget_cny - annual_cost_cny(data, there.plan)
            more = self._bought(there.plan, step.warehouse, items, lot, (capital, annual))
            if more is None:
                return there
            found = self.at(more, there)
            rate = (there.value - found.value) / self._budget_share(there.plan, more)
            if rate <= max(other_rate, 0.0):
                return there
            there = found
        return there

    def _steps(self, here: _At) -> list[_Step]:
        """All steps that fit and can be paid for."""
        first, plan = self.data.first_stage, here.plan
        rates = self._scenario_rates(here.totals.sum(axis=0))
        unit = np.einsum("s,isw->wi", rates, here.unit)
        opening = np.einsum("s,isw->w", rates, here.opening)
        own = self._own_value(plan)
        capital = first.capital_budget_cny - one_off_cost_cny(self.data, plan)
        annual = first.annual_budget_cny - annual_cost_cny(self.data, plan)
        found = []
        for w in np.flatnonzero(first.is_decided).tolist():
            current = int(plan.option[w])
            for o in first.options_of[w]:
                is_larger = first.option_volume_m3[o] > first.option_volume_m3[current] + 1e-9
                if o != current and not (first.option_is_open[o] and is_larger):
                    continue
                if o == current and not first.option_is_open[o]:
                    continue
                base = _with_option(plan, w, o)
                money = (
                    capital - (first.option_one_off_cny[o] - first.option_one_off_cny[current]),
                    annual - (first.option_annual_cny[o] - first.option_annual_cny[current]),
                )
                if min(money) < 0.0:
                    continue
                gained = float(opening[w]) if not first.option_is_open[current] else 0.0
                for ahead in self._fillings(base, w, unit[w], money, is_first=o != current):
                    more = ahead.stock_units[w] - plan.stock_units[w]
                    at_most = gained + float(unit[w] @ more) + own - self._own_value(ahead)
                    share = self._budget_share(plan, ahead)
                    found.append(_Step(ahead, at_most, share, w, more))
        return found

    def _fillings(
        self,
        plan: FirstStagePlan,
        warehouse: int,
        unit: Floats,
        money: tuple[float, float],
        *,
        is_first: bool,
    ) -> list[FirstStagePlan]:
        """Plans with a lot of one item more, or with a first filling."""
        first = self.data.first_stage
        wanted = np.ceil(self._largest / self.lots)
        is_hard = np.zeros(first.item_count, dtype=bool)
        is_hard[first.coverage.item[first.coverage.is_hard]] = True
        worth = np.flatnonzero((wanted > 0) & ((unit > 0.0) | is_hard))
        if not is_first:
            plans = [self._bought(plan, warehouse, [int(i)], wanted, money) for i in worth]
        else:
            rate = unit / np.maximum(first.price_cny + first.keeping_cny, 1e-9)
            order = sorted(worth.tolist(), key=lambda i: -float(rate[i]))
            plans = [self._bought(plan, warehouse, order, _FILLING_LOTS * wanted, money)]
        return [found for found in plans if found is not None]

    def _bought(
        self,
        plan: FirstStagePlan,
        warehouse: int,
        items: list[int],
        wanted: Floats,
        money: tuple[float, float],
    ) -> FirstStagePlan | None:
        """Buy items in order, as much as is wanted, fits and can be paid for; None for nothing."""
        first = self.data.first_stage
        stock = plan.stock_units.copy()
        volume = float(first.option_volume_m3[plan.option[warehouse]])
        capital, annual = money
        for i in items:
            room = volume - float(stock[warehouse] @ first.unit_volume_m3)
            fits = np.inf if first.unit_volume_m3[i] <= 0 else room / first.unit_volume_m3[i]
            paid = np.inf if first.price_cny[i] <= 0 else capital / first.price_cny[i]
            kept = np.inf if first.keeping_cny[i] <= 0 else annual / first.keeping_cny[i]
            units = float(max(0.0, np.floor(min(wanted[i], fits, paid, kept) + 1e-9)))
            stock[warehouse, i] += units
            capital -= units * float(first.price_cny[i])
            annual -= units * float(first.keeping_cny[i])
        if (stock <= plan.stock_units).all():
            return None
        return FirstStagePlan(plan.option, stock)

    def _budget_share(self, plan: FirstStagePlan, ahead: FirstStagePlan) -> float:
        """Part of both budgets that a step takes; without budgets, its yearly cost."""
        data, first = self.data, self.data.first_stage
        one_off = max(0.0, one_off_cost_cny(data, ahead) - one_off_cost_cny(data, plan))
        annual = max(0.0, annual_cost_cny(data, ahead) - annual_cost_cny(data, plan))
        share = one_off / first.capital_budget_cny + annual / first.annual_budget_cny
        if np.isinf(first.capital_budget_cny) and np.isinf(first.annual_budget_cny):
            share = annual + one_off / first.amortisation_years
        return max(share, 1e-12)


def _only_item(data: PlacementData, item: int) -> PlacementData:
    """Return the problem with the need of one item alone."""
    keep = np.zeros(data.first_stage.item_count)
    keep[item] = 1.0
    scenarios = tuple(replace(s, demand_units=s.demand_units * keep) for s in data.scenarios)
    risk = replace(data.risk, min_served_share=0.0)
    return replace(data, scenarios=scenarios, risk=risk)


def _with_option(plan: FirstStagePlan, warehouse: int, option: int) -> FirstStagePlan:
    """Return the plan with another option for one warehouse."""
    if plan.option[warehouse] == option:
        return plan
    changed = plan.option.copy()
    changed[warehouse] = option
    return FirstStagePlan(changed, plan.stock_units)
