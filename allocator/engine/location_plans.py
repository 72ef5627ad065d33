"""Plans with one source per district, from choices of warehouses and lanes that a bound has met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.location_ascent import Evaluation, Part, Pricing
from allocator.engine.location_cores import CapacityState, cost_of, plan_by
from models.parts.assignment_balance import balance_assignment
from models.parts.assignment_exchange import improve_assignment

__all__ = ["PlanOffers"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]

#: Choices of warehouses that are tried by exchanges from the best plan's.
_MOST_EXCHANGES = 40


class PlanOffers:
    """Offers plans near what it is shown; each choice of warehouses once.

    Parameters
    ----------
    state, pricing
        The problem, and who hears about plans.
    scale
        Size of the costs.
    limit
        Returns the bound from which on a choice is not worth a plan.
    """

    def __init__(
        self,
        state: CapacityState,
        pricing: Pricing,
        scale: float,
        limit: Callable[[], float],
    ) -> None:
        self.state, self.pricing, self.scale, self.limit = state, pricing, scale, limit
        self.tried: set[bytes] = set()

    def visit(self, found: Evaluation) -> None:
        """Offer a plan of the warehouses and lanes of a step, once for each choice."""
        key = np.packbits(found.opened).tobytes()
        if key not in self.tried and not self.state.search.is_over:
            self.tried.add(key)
            self.near(found.opened, found.packed.astype(np.float64))

    def exchange(self, found: Evaluation, part: Part) -> None:
        """Offer plans that open or close a warehouse or both, in the order of their bounds."""
        state, left = self.state, _MOST_EXCHANGES
        while left > 0 and state.plan is not None and not state.is_over:
            cost, opened = state.cost, np.zeros(found.opened.size, dtype=np.bool_)
            opened[state.plan.open_warehouses] = True
            for other in self._neighbours(found, part, opened):
                self.visit(replace(found, opened=other))
                left -= 1
                if left <= 0 or state.cost < cost:
                    break
            else:
                return

    def _neighbours(self, found: Evaluation, part: Part, opened: BoolArray) -> list[BoolArray]:
        """Return choices of warehouses one exchange away that may still be better."""
        room, value = self.pricing.room, found.value
        outs = [-1, *np.flatnonzero(opened & ~part.must).tolist()]
        ins = [-1, *np.flatnonzero(part.may & ~opened).tolist()]
        held, paid = int(room[opened].sum()), float(value[opened].sum() + found.price.sum())
        ranked = []
        for out in outs:
            for into in ins:
                other_room = (
                    held + (room[into] if into >= 0 else 0) - (room[out] if out >= 0 else 0)
                )
                bound = paid + (value[into] if into >= 0 else 0.0)
                bound -= value[out] if out >= 0 else 0.0
                if other_room >= self.pricing.total and bound < self.limit():
                    ranked.append((bound, out, into))
        chosen = []
        for _, out, into in sorted(ranked):
            other = opened.copy()
            if out >= 0:
                other[out] = False
            if into >= 0:
                other[into] = True
            if np.packbits(other).tobytes() not in self.tried:
                chosen.append(other)
        return chosen

    def near(self, opened: BoolArray, lanes: FloatArray) -> None:
        """Offer a plan that takes the lanes used most, and improves from there."""
        data = self.state.data
        room = np.where(opened, data.capacity_units, 0.0)
        if room.sum() < self.pricing.total:
            return
        cost = np.where(opened[:, None], self.pricing.cost, np.inf)
        wished = np.argmin(cost - self.scale * lanes, axis=0)
        if not np.isfinite(cost[wished, np.arange(wished.size)]).all():
            return
        assigned = balance_assignment(cost, data.demand_units, room, wished)
        if assigned is not None:
            assigned = improve_assignment(cost, data.demand_units, room, assigned)
            self._assigned(assigned)

    def _assigned(self, assigned: IndexArray) -> None:
        """Offer the plan of an assignment, of the number of warehouses that is asked for."""
        data, count = self.state.data, self.pricing.count
        plan = plan_by(data, assigned)
        if count is not None:
            missing = count - plan.open_warehouses.size
            if missing < 0:
                return
            idle = data.allowed.copy()
            idle[plan.open_warehouses] = False
            more = np.flatnonzero(idle)
            more = more[np.argsort(data.opening_cost[more], kind="stable")][:missing]
            opened = np.sort(np.concatenate([plan.open_warehouses, more]))
            if opened.size < count:
                return
            plan = replace(plan, open_warehouses=opened)
        self.state.offer(cost_of(data, plan), plan)
