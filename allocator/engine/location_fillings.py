"""Which warehouses of a large problem with several sources can be open at all.

With the districts' balances priced out, each warehouse fills its room with the districts that pay
most per unit. A few hundred evaluations of that bound, 5 ms each for 100 warehouses and 1,000
districts, leave 4 to 7 of the 100 warehouses of OR-Library's capa, where the linear relaxation over
all of them takes 20 s.

Source: Beasley, European Journal of Operational Research 33 (1988) 314-325.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.location_ascent import Evaluation, Pricing, ascend, first_part
from allocator.engine.location_cores import CapacityState, offer_transport
from allocator.engine.location_rows import rooms_of
from models.location_data import LocationData
from models.parts.location_knapsacks import fillings

__all__ = ["FillingPricing", "can_fill", "leave_out"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

#: Lanes from which on the relaxation takes longer than leaving warehouses out.
_MANY_LANES = 20_000

#: Ascents one after the other, steps of each, designs whose plans are found after each.
_ASCENTS = 3
_STEPS = 100
_PLANS = 10

#: How far above the bound so far an ascent aims at most, relative.
_AIM = 0.05


class FillingPricing(Pricing):
    """The bound with districts that may be split: fillings in the place of packings."""

    def __init__(self, data: LocationData, count: int | None) -> None:
        super().__init__(data, count)
        # A room that is not whole is rounded up: the bound stays below all plans.
        self.room = np.ceil(rooms_of(data) * (1.0 - 1e-12)).astype(np.int64)

    def pack(self, gain: FloatArray, room: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the shares of districts that fit in for the largest gain."""
        return fillings(gain, self.size, room)

    def fits(self) -> BoolArray:
        """Return that a warehouse can serve any district, at least in part."""
        return np.ones(self.cost.shape, dtype=np.bool_)


def can_fill(data: LocationData) -> bool:
    """Whether the problem is large, with whole demands and limited rooms."""
    size = data.demand_units
    lanes = int(np.isfinite(data.lane_distance[data.allowed]).sum())
    return lanes > _MANY_LANES and bool((size == np.rint(size)).all())


def leave_out(state: CapacityState) -> None:
    """Close the warehouses with which no plan is better than the best one.

    Parameters
    ----------
    state
        Its data lose the warehouses; ``left_out`` becomes the bound of what they could bring.
    """
    data = state.data
    pricing = FillingPricing(data, state.search.question.count)
    part = first_part(pricing, _prices(data), state.bound)
    tried: set[bytes] = set()
    for _ in range(_ASCENTS):
        near = [pricing.evaluate(part.price, part)]

        def target(near: list[Evaluation] = near) -> float:
            return min(state.cost, _aim(max(found.bound for found in near)))

        best, _ = ascend(pricing, part, target, near.append, _STEPS)
        state.raise_bound(best.bound)
        _offer_near(state, near, tried)
        part = replace(part, price=best.price, bound=best.bound)
        if state.is_over:
            return
    kept, left_out = pricing.chosen(best, part, state.cutoff)
    state.left_out = min(state.left_out, left_out)
    state.data = replace(data, fixed_closed=~kept.may, fixed_open=kept.must)


def _aim(bound: float) -> float:
    """Return a cost to aim at, from a bound."""
    return bound + _AIM * max(abs(bound), 1.0)


def _prices(data: LocationData) -> FloatArray:
    """Return what serving each district costs at least, the opening shared by room."""
    rate = data.opening_cost / np.maximum(rooms_of(data), 1.0)
    full = data.lane_cost + rate[:, None] * data.demand_units
    price: FloatArray = np.where(data.allowed[:, None], full, np.inf).min(axis=0)
    return price


def _offer_near(state: CapacityState, near: list[Evaluation], tried: set[bytes]) -> None:
    """Offer plans of the designs with the best bounds, those that are new."""
    left = _PLANS
    for found in sorted(near, key=lambda one: -one.bound):
        key = found.opened.tobytes()
        if left and key not in tried and not state.is_over:
            tried.add(key)
            offer_transport(state, found.opened)
            left -= 1
