"""Where a draft falls short of the bound, and which part of it to plan anew next.

At the prices of a relaxation the gap between a draft and the bound is a sum: what its trips cost
more than their loads are worth, and the value of the resources that lie idle. So every district
and every warehouse has its part of the gap.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_draft import Draft, loaded, residual
from allocator.engine.dispatch_duals import Duals, resource_price
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices

__all__ = ["Attention", "Ranking", "gap_by_district", "gap_by_warehouse", "unlikeness"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_PATIENCE = 0.6
"""Factor on the chance of a place that was tried in vain."""

_TRIES = 3
"""So often a place is tried in vain before the search may end."""


def unlikeness(problem: DispatchProblem) -> Floats:
    """How unlike two districts are in who can reach them when, shape (district, district)."""
    data, table = problem.data, problem.table
    hours = np.full((data.warehouse_count, data.district_count), data.deadline_hours + 12.0)
    np.minimum.at(hours, (problem.warehouse, problem.district), table.unload_end_hours)
    square = (hours**2).sum(axis=0)
    return np.asarray(np.maximum(square[:, None] + square[None, :] - 2 * hours.T @ hours, 0.0))


def _idle_worth(price: Floats, left: Floats) -> Floats:
    """Worth of what lies idle by first index; what is unlimited is worth nothing."""
    finite = np.where(np.isfinite(left), left, 0.0)
    return np.asarray((np.maximum(price, 0.0) * finite).sum(axis=1))


def _idle_at_warehouses(problem: DispatchProblem, draft: Draft, duals: Duals) -> Floats:
    """Worth of what lies idle at each warehouse, shape (warehouse,)."""
    left = residual(problem, draft)
    idle = _idle_worth(duals.dock, left.dock)
    vehicles = _idle_worth(duals.vehicle, left.vehicle)
    data = problem.data
    idle += vehicles.reshape(data.warehouse_count, data.fleet_count).sum(axis=1)
    idle += _idle_worth(duals.outside, left.outside)
    return idle + _idle_worth(duals.stock, left.stock)


def gap_by_district(
    problem: DispatchProblem, draft: Draft, duals: Duals, reduced: Floats
) -> Floats:
    """Part of the gap that each district accounts for, shape (district,), >= 0.

    What lies idle at a warehouse is shared among the districts it sends to.
    """
    data = problem.data
    gap = np.zeros(data.district_count)
    district = problem.district[draft.trip]
    np.add.at(gap, district, np.maximum(reduced[draft.trip], 0.0) * draft.vehicles)
    idle = _idle_at_warehouses(problem, draft, duals)
    sent = np.zeros((data.warehouse_count, data.district_count))
    np.add.at(sent, (problem.warehouse[draft.trip], district), draft.vehicles)
    total = np.maximum(sent.sum(axis=1, keepdims=True), 1.0)
    return np.asarray(gap + (sent / total * idle[:, None]).sum(axis=0))


def gap_by_warehouse(
    problem: DispatchProblem, prices: StagePrices, draft: Draft, duals: Duals
) -> Floats:
    """Part of the gap that each warehouse accounts for, shape (warehouse,), >= 0."""
    data = problem.data
    departure, need, units = loaded(problem, draft)
    trip = draft.trip[departure]
    warehouse, item = problem.warehouse[trip], data.need_item[need]
    worth = duals.need[need] - duals.stock[warehouse, item]
    worth -= np.where(problem.leaves[trip], duals.outside[warehouse, item], 0.0)
    worth -= prices.late[need] * problem.wait_hours(trip, need)
    hour = problem.district[trip], problem.table.receive_hour[trip]
    worth -= duals.receive[hour] * problem.volume_m3[need]
    price = problem.trip_price(prices, draft.trip) + resource_price(problem, duals)[draft.trip]
    home = problem.warehouse[draft.trip]
    count = data.warehouse_count
    gap = np.bincount(home, price * draft.vehicles, minlength=count)
    gap -= np.bincount(warehouse, worth * units, minlength=count)
    return np.maximum(gap + _idle_at_warehouses(problem, draft, duals), 0.0)


class Attention:
    """Chooses places: costly ones first, those that were tried in vain less often.

    Parameters
    ----------
    gap
        Part of the gap of each place, shape (place,).
    seed
        Of the random choice.
    allowed
        Places that may be chosen, shape (place,); None for all.
    """

    def __init__(self, gap: Floats, seed: int, allowed: Flags | None = None) -> None:
        self.random = np.random.default_rng(seed)
        self._patience = np.ones(len(gap))
        self._allowed = np.ones(len(gap), dtype=bool) if allowed is None else allowed
        self.weigh(gap)

    def weigh(self, gap: Floats) -> None:
        """Take note of what each place accounts for now, shape (place,)."""
        weight = gap + 0.02 * gap.sum() / max(len(gap), 1) + 1e-12
        self._weight = np.where(self._allowed, weight, 0.0)

    @property
    def is_exhausted(self) -> bool:
        """Whether every place was tried in vain a few times since the last success."""
        left = self._patience[self._allowed]
        return bool(left.max(initial=0.0) <= _PATIENCE**_TRIES + 1e-12)

    def choose(self, count: int) -> Integers:
        """Return different places, the chance of each by its part of the gap."""
        chance = self._weight * self._patience
        chance = chance / chance.sum()
        most = int(self._allowed.sum())
        chosen = self.random.choice(len(chance), size=min(count, most), replace=False, p=chance)
        return np.sort(chosen)

    def learn(self, places: Integers, *, is_better: bool) -> None:
        """Remember how it went with some places."""
        if is_better:
            self._patience[:] = np.maximum(self._patience, _PATIENCE)
            self._patience[places] = 1.0
        else:
            self._patience[places] *= _PATIENCE


class Ranking:
    """Departures of each place, the least reduced price first.

    Parameters
    ----------
    place
        Of each trip, shape (trip,).
    count
        Number of places.
    order
        Trips, the best first, shape (trip,).
    """

    def __init__(self, place: Integers, count: int, order: Integers) -> None:
        by_place = np.argsort(place[order], kind="stable")
        self._order = order[by_place]
        self._begin = np.searchsorted(place[self._order], np.arange(count + 1))

    def of(self, places: Integers, each: int) -> Integers:
        """Best departures of some places, ``each`` at most."""
        parts = [
            self._order[begin : min(begin + each, end)]
            for begin, end in zip(self._begin[places], self._begin[places + 1], strict=True)
        ]
        return np.concatenate([np.zeros(0, dtype=np.int64), *parts])
