"""Lagrangian bound of the single-source problem: prices for the districts, a knapsack a warehouse.

With the districts' balances priced out, each warehouse packs what pays most, and a last knapsack
chooses the warehouses: ``sum_d price[d] + min sum_w (opening_cost[w] - gain[w]) y[w]`` over the
choices that hold the whole demand. This bounds the cost of all plans for any prices >= 0, and at
its best equals the bound of the program over packings, or more.

Sources: Fisher, Management Science 27 (1981) 1-18; Holmberg, Ronnqvist, Yuan, European Journal of
Operational Research 113 (1999) 544-559.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.engine.location_rows import least_number, rooms_of
from models.location_data import LocationData
from models.parts.location_knapsacks import entry_losses, forced_losses, packings

__all__ = ["Evaluation", "Part", "Pricing", "ascend", "first_part"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]
IntArray = NDArray[np.int64]

#: Districts in each warehouse: whole ones as flags, or shares.
Taken = NDArray[Any]

#: Entries of the table that chooses warehouses above which their shares are taken instead.
_MOST_ENTRIES = 400_000

#: Steps of the ascent, steps without progress after which the step is halved, least step.
_STEPS = 120
_PATIENCE = 6
_LEAST_STEP = 2e-3

#: Least progress of a bound, and its rounding noise, relative.
_PROGRESS = 1e-6
_NOISE = 1e-9


@dataclass(frozen=True)
class Part:
    """A part of the plans.

    Parameters
    ----------
    must, may
        Warehouses that are open there, and that may be, shape (warehouse,).
    free
        Lanes that may be used, those of ``home`` left out, shape (warehouse, district).
    home
        Warehouse that a district is bound to, -1 for none, shape (district,).
    bound
        No plan of the part costs less.
    price
        Of the districts, to begin with, shape (district,).
    depth
        Decisions taken.
    is_new
        Whether the last of them was about a warehouse.
    """

    must: BoolArray
    may: BoolArray
    free: BoolArray
    home: IndexArray
    bound: float
    price: FloatArray
    depth: int = 0
    is_new: bool = False


@dataclass(frozen=True)
class Evaluation:
    """The bound at some prices, and what attains it.

    Parameters
    ----------
    bound
        On the cost of all plans of the part; ``inf`` where there are none.
    price
        Of the districts, shape (district,).
    packed
        What each warehouse packs if it is open, shape (warehouse, district).
    value
        Cost of each warehouse with what it packs, less the prices, shape (warehouse,).
    opened
        Warehouses that attain the bound, shape (warehouse,).
    priced
        What is left of the value when the rows about all warehouses are priced out, shape
        (warehouse,); None where they are a knapsack.
    """

    bound: float
    price: FloatArray
    packed: Taken
    value: FloatArray
    opened: BoolArray
    priced: FloatArray | None = None


class Pricing:
    """The bound of any part at any prices.

    Parameters
    ----------
    data
        Demands are whole, and lanes to districts that do not fit are left out.
    count
        Number of open warehouses, None for any.
    """

    def __init__(self, data: LocationData, count: int | None) -> None:
        self.data, self.count = data, count
        self.cost = data.lane_cost
        self.size: IntArray = np.rint(data.demand_units).astype(np.int64)
        self.room: IntArray = np.floor(rooms_of(data) * (1.0 + 1e-12)).astype(np.int64)
        self.total = int(self.size.sum())
        self.least = count or least_number(data, np.flatnonzero(data.allowed))

    def evaluate(
        self,
        price: FloatArray,
        part: Part,
        room_price: float = 0.0,
        number_price: float = 0.0,
    ) -> Evaluation:
        """Return the bound of a part.

        Parameters
        ----------
        price
            Of the districts, shape (district,), >= 0.
        part
            Its decisions.
        room_price, number_price
            Of a unit of room, >= 0, and of an open warehouse (>= 0 without a count): they matter
            only where the choice of warehouses is not solved as a knapsack.
        """
        rows = np.flatnonzero(part.may)
        gain = np.where(part.free[rows], price - self.cost[rows], -1.0)
        bound_to = np.flatnonzero(part.home >= 0)
        room = self._room_left(part)
        extra: FloatArray = np.zeros(self.room.size)
        if (room < 0).any():
            return self._none(price)
        gained, taken = self.pack(gain, room[rows])
        total = np.zeros(room.size)
        packed = np.zeros(self.cost.shape, dtype=taken.dtype)
        total[rows], packed[rows] = gained, taken
        if bound_to.size:
            homes = part.home[bound_to]
            packed[homes, bound_to] = True
            extra += np.bincount(homes, (price - self.cost)[homes, bound_to], room.size)
        value = self.data.opening_cost - total - extra
        least, opened, priced = self._choose(value, part, room_price, number_price)
        bound = float(price.sum()) + least
        noise = _NOISE * max(1.0, abs(bound)) if np.isfinite(bound) else 0.0
        return Evaluation(bound - noise, price, packed, value, opened, priced)

    def pack(self, gain: FloatArray, room: IntArray) -> tuple[FloatArray, Taken]:
        """Return what fits in for the largest gain, as ``packings`` does."""
        return packings(gain, self.size, room)

    def fits(self) -> BoolArray:
        """Return whether a warehouse can serve a district, shape (warehouse, district)."""
        return np.asarray(self.size <= self.room[:, None])

    def _room_left(self, part: Part) -> IntArray:
        """Return the room beside the districts that are bound, shape (warehouse,). [units]"""
        room = self.room.copy()
        bound_to = np.flatnonzero(part.home >= 0)
        np.subtract.at(room, part.home[bound_to], self.size[bound_to])
        return room

    def _none(self, price: FloatArray) -> Evaluation:
        """Return the answer for a part without plans."""
        count = self.room.size
        nothing = np.zeros(self.cost.shape, dtype=np.bool_)
        return Evaluation(np.inf, price, nothing, np.zeros(count), np.zeros(count, dtype=np.bool_))

    def _choose(
        self, value: FloatArray, part: Part, room_price: float, number_price: float
    ) -> tuple[float, BoolArray, FloatArray | None]:
        """Return the least value of warehouses that hold the demand, and the warehouses."""
        if self.count is not None:
            return self._choose_number(value, part, room_price)
        knapsack = self._closing(value, part)
        if knapsack is None:
            return np.inf, part.must, None
        gain, room, slack = knapsack
        if int((gain > 0.0).sum()) * (slack + 1) <= _MOST_ENTRIES:
            saved, closed = packings(gain[None, :], room, np.array([slack]))
            opened = part.may & ~closed[0]
            return float(value[part.may].sum() - saved[0]), opened, None
        return self._choose_shares(value, part, room_price, number_price)

    def _closing(self, value: FloatArray, part: Part) -> tuple[FloatArray, IntArray, int] | None:
        """Return the knapsack of what may be closed: gains, sizes, room; None where infeasible."""
        slack = int(self.room[part.may].sum()) - self.total
        if slack < 0:
            return None
        divisor = max(1, int(np.gcd.reduce(self.room[part.may])))
        gain = np.where(part.may & ~part.must, value, -1.0)
        return gain, self.room // divisor, slack // divisor

    def _choose_number(
        self, value: FloatArray, part: Part, room_price: float
    ) -> tuple[float, BoolArray, FloatArray | None]:
        """Return the least value of so many warehouses, room priced."""
        count = int(self.count or 0)
        if int(part.must.sum()) > count or int(part.may.sum()) < count:
            return np.inf, part.must, None
        priced = value - room_price * self.room
        rank = np.where(part.must, -np.inf, np.where(part.may, priced, np.inf))
        opened = np.zeros(value.size, dtype=np.bool_)
        opened[np.argsort(rank, kind="stable")[:count]] = True
        return float(priced[opened].sum()) + room_price * self.total, opened, priced

    def _choose_shares(
        self, value: FloatArray, part: Part, room_price: float, number_price: float
    ) -> tuple[float, BoolArray, FloatArray | None]:
        """Return the least value with warehouses open in part, the better of two relaxations."""
        priced = value - room_price * self.room - number_price
        least = float(priced[part.must | (part.may & (priced < 0.0))].sum())
        least += room_price * self.total + number_price * self.least
        sure = part.must | (part.may & (value <= 0.0))
        left, ratio = self.total - int(self.room[sure].sum()), 0.0
        opened = sure.copy()
        others = np.flatnonzero(part.may & ~sure & (self.room > 0))
        others = others[np.argsort(value[others] / self.room[others], kind="stable")]
        for warehouse in others.tolist():
            if left <= 0:
                break
            ratio = float(value[warehouse]) / int(self.room[warehouse])
            opened[warehouse] = True
            left -= int(self.room[warehouse])
        rated = value - ratio * self.room
        other = float(rated[part.must | (part.may & (rated < 0.0))].sum()) + ratio * self.total
        if other > least:
            least, priced = other, rated
        return least, opened, priced

    def tightened(self, found: Evaluation, part: Part, limit: float) -> tuple[Part, float]:
        """Return a part without what costs the limit or more, and the least bound left out.

        Parameters
        ----------
        found
            The bound of the part at good prices.
        part
            What is tightened.
        limit
            Cost that is to be beaten.
        """
        chosen, left_out = self.chosen(found, part, limit)
        opening, _ = self._choice_losses(found, part)
        with_open = found.bound + opening
        rows = np.flatnonzero(part.may)
        gain = np.where(part.free[rows], found.price - self.cost[rows], -np.inf)
        lane = np.full(self.cost.shape, np.inf)
        lane[rows] = with_open[rows, None] + entry_losses(
            gain, self.size, self._room_left(part)[rows]
        )
        free = part.free & (lane < limit) & chosen.may[:, None]
        lost = lane[part.free & ~free]
        return replace(chosen, free=free), min(left_out, float(lost.min(initial=np.inf)))

    def chosen(self, found: Evaluation, part: Part, limit: float) -> tuple[Part, float]:
        """Do as ``tightened`` does for warehouses only."""
        opening, closing = self._choice_losses(found, part)
        with_open, with_closed = found.bound + opening, found.bound + closing
        may = part.may & ((with_open < limit) | part.must)
        must = part.must | (part.may & (with_closed >= limit))
        lost = np.concatenate([with_open[part.may & ~may], with_closed[must & ~part.must]])
        return replace(part, may=may, must=must), float(lost.min(initial=np.inf))

    def _choice_losses(self, found: Evaluation, part: Part) -> tuple[FloatArray, FloatArray]:
        """Return what the choice of warehouses loses if one must be open, or closed."""
        value, nothing = found.value, np.zeros(found.value.size)
        open_part, must = found.opened & part.may, part.must
        if found.priced is None:
            knapsack = self._closing(value, part)
            if knapsack is None:
                return nothing, nothing
            _, room, slack = knapsack
            gain = np.where(part.may & ~must, value, -1e30)
            inside, outside = forced_losses(gain[None, :], room, np.array([slack]))
            return np.where(must, 0.0, outside[0]), np.where(must, np.inf, inside[0])
        priced = found.priced
        if self.count is None:
            return np.where(must, 0.0, np.maximum(priced, 0.0)), np.maximum(-priced, 0.0)
        last = float(priced[open_part & ~must].max(initial=-np.inf))
        next_one = float(priced[part.may & ~open_part].min(initial=np.inf))
        opening = np.where(open_part, 0.0, priced - last)
        closing = np.where(open_part, next_one - priced, 0.0)
        return np.maximum(opening, 0.0), np.maximum(closing, 0.0)


def first_part(pricing: Pricing, price: FloatArray, bound: float) -> Part:
    """Return the whole problem as a part.

    Parameters
    ----------
    pricing
        The problem.
    price
        Of the districts, shape (district,).
    bound
        What is proven already.
    """
    data = pricing.data
    free = np.isfinite(pricing.cost) & data.allowed[:, None]
    free &= pricing.fits()
    home = np.full(data.district_count, -1, dtype=np.intp)
    start = np.maximum(price, 0.0)
    return Part(data.fixed_open & data.allowed, data.allowed, free, home, bound, start)


def ascend(
    pricing: Pricing,
    part: Part,
    target: Callable[[], float],
    visit: Callable[[Evaluation], None],
    steps: int = _STEPS,
) -> tuple[Evaluation, list[Evaluation]]:
    """Raise the bound by Polyak's steps towards a target.

    Parameters
    ----------
    pricing, part
        What is bounded.
    target
        Returns the cost of a plan that is to be beaten.
    visit
        Hears each evaluation.
    steps
        At most so many.

    Returns
    -------
    tuple
        The best evaluation, and all of them in order.
    """
    price, step, since = part.price, 1.0, 0
    best = pricing.evaluate(price, part)
    seen = [best]
    now = best
    for _ in range(steps):
        direction = 1.0 - now.packed[now.opened].sum(axis=0)
        length = float((direction**2).sum())
        if length == 0.0 or best.bound >= target() or step < _LEAST_STEP:
            break
        price = np.maximum(price + step * (target() - now.bound) / length * direction, 0.0)
        now = pricing.evaluate(price, part)
        seen.append(now)
        visit(now)
        if now.bound > best.bound + _PROGRESS * abs(best.bound):
            best, since = now, 0
            continue
        since += 1
        if since >= _PATIENCE:
            step, since, price, now = step / 2.0, 0, best.price, best
    return best, seen
