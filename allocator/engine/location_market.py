"""The uncapacitated problem among the warehouses that may open, and where its search stands."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.location_question import Proof, Search
from allocator.solver import Status
from models.location import assign_nearest
from models.location_data import LocationData
from models.parts.median_exchange import exchange, greedy_plan, plan_cost

__all__ = ["Market", "MedianState", "first_plan", "improved_plan", "market_of", "rounded_plan"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]

#: Rounding noise of a cost, relative.
_NOISE = 1e-9


@dataclass(frozen=True)
class Market:
    """The problem among the warehouses that may open, renumbered 0, 1, ...

    Parameters
    ----------
    numbers
        Their numbers in the caller's data, shape (warehouse,).
    lane_cost
        Weight times distance, shape (warehouse, district), ``inf`` for no lane.
    opening_cost, fixed_open
        Shape (warehouse,).
    count
        Number to open, None for any.
    step
        Least difference between the costs of two plans that is known: 1 where all costs are
        whole, else 0.
    """

    numbers: IndexArray
    lane_cost: FloatArray
    opening_cost: FloatArray
    fixed_open: BoolArray
    count: int | None
    step: float


def market_of(data: LocationData, count: int | None) -> Market:
    """Leave out what may not open."""
    numbers = np.flatnonzero(data.allowed)
    lane_cost = data.lane_cost[numbers]
    opening = data.opening_cost[numbers]
    figures = np.concatenate([lane_cost[np.isfinite(lane_cost)], opening])
    whole = bool((figures == np.rint(figures)).all()) and float(figures.sum()) < 2.0**50
    step = 1.0 if whole else 0.0
    return Market(numbers, lane_cost, opening, data.fixed_open[numbers], count, step)


def first_plan(market: Market) -> BoolArray:
    """Return a good plan by greedy opening and exchange, shape (warehouse,)."""
    cost = _finite_cost(market)
    plan = greedy_plan(cost, market.opening_cost, market.fixed_open, market.count)
    return improved_plan(market, plan)


def improved_plan(market: Market, plan: BoolArray) -> BoolArray:
    """Return a plan that no exchange makes better, shape (warehouse,)."""
    return exchange(
        _finite_cost(market),
        market.opening_cost,
        plan,
        ~market.fixed_open,
        fixed_count=market.count is not None,
    )


def _finite_cost(market: Market) -> FloatArray:
    """Return lane costs in which missing lanes count as very long, shape as ``lane_cost``."""
    finite = np.isfinite(market.lane_cost)
    long = 10.0 * (1.0 + market.lane_cost[finite].max()) * market.lane_cost.shape[1]
    return np.where(finite, market.lane_cost, long)


def rounded_plan(market: Market, share: FloatArray) -> BoolArray:
    """Return a plan near a fractional one, shape (warehouse,)."""
    plan = market.fixed_open.copy()
    if market.count is None:
        plan |= share > 0.5
        if not plan.any():
            plan[int(np.argmax(share))] = True
        return plan
    ranked = np.argsort(-(share + 2.0 * market.fixed_open), kind="stable")
    plan[ranked[: market.count]] = True
    return plan


@dataclass
class MedianState:
    """Where the search stands: best plan among the market's warehouses, and proven bound.

    Parameters
    ----------
    data, market, search
        What is solved.
    opened
        Best plan, shape (warehouse,).
    cost, bound
        Of the best plan, ``inf`` while there is none, and of the proof.
    is_infeasible
        Whether it is proven that there is no plan.
    """

    data: LocationData
    market: Market
    search: Search
    opened: BoolArray
    cost: float = math.inf
    bound: float = -math.inf
    is_infeasible: bool = False

    def offer(self, opened: BoolArray) -> None:
        """Keep a plan if it is better."""
        cost = plan_cost(self.market.lane_cost, self.market.opening_cost, opened)
        if cost < self.cost - _NOISE * abs(cost):
            self.cost, self.opened = cost, opened

    def lifted(self, bound: float) -> float:
        """Return a bound, raised to the next cost that a plan can have."""
        if self.market.step == 0.0 or not math.isfinite(bound):
            return bound
        noise = 1e-6 * max(1.0, abs(bound) * 1e-3)
        return max(bound, float(math.ceil(bound - noise)))

    def raise_bound(self, bound: float) -> None:
        """Take a bound if it is better, but never one beyond the plan."""
        self.bound = max(self.bound, min(self.lifted(bound), self.cost))

    @property
    def cutoff(self) -> float:
        """Bound from which on nothing is worth looking at: no plan there is better enough."""
        if not math.isfinite(self.cost):
            return math.inf
        worth = max(self.search.options.gap, _NOISE) * abs(self.cost)
        noise = 1e-6 * max(1.0, abs(self.cost) * 1e-3)
        return self.cost - max(worth, self.market.step - noise)

    @property
    def is_over(self) -> bool:
        """Whether the gap asked for is proven or the time is up."""
        if self.search.is_over:
            return True
        if not math.isfinite(self.cost):
            return False
        status = self.search.status(self.cost, self.bound)
        return status in (Status.OPTIMAL, Status.WITHIN_GAP)

    def report(self) -> None:
        """Tell the listener."""
        cost = self.cost if math.isfinite(self.cost) else None
        self.search.report(cost, self.bound if math.isfinite(self.bound) else None)

    def proof(self) -> Proof:
        """Return plan and bound in the numbers of the caller."""
        if self.is_infeasible:
            return Proof(Status.INFEASIBLE)
        proven = self.bound if math.isfinite(self.bound) else None
        if not math.isfinite(self.cost):
            return Proof(Status.NO_PLAN, bound=proven)
        plan = assign_nearest(self.data, self.market.numbers[self.opened])
        return Proof(self.search.status(self.cost, proven), self.cost, proven, plan)
