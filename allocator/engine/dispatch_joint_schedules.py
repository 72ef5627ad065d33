"""What the two vehicles of a warehouse with a single dock can do best together.

A price of the dock lets both leave half in one hour and half in the next. Here no two of them begin
to load in the same hour: given what each departure is worth, the best pair of schedules is a
longest path over the hours at which one and the other is free. No price of the dock proves a better
bound, and most prove a worse one. Larger yards are left to prices, which lose little there.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import DispatchProblem

__all__ = ["JointSchedules"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_NEVER = -1e30
"""Worth of a departure that there is not."""


class JointSchedules:
    """Longest paths over both vehicles' hours, for all such warehouses at once.

    Parameters
    ----------
    problem
        The problem.

    Attributes
    ----------
    warehouses
        Those with two vehicles, one dock at most, and vehicles that stay, shape (yard,).
    trips
        Departures of their vehicles, shape (n,).
    """

    def __init__(self, problem: DispatchProblem) -> None:
        fleets, self._periods = problem.data.fleet_count, problem.period_count
        limit = problem.pool_limit.reshape(-1, fleets, self._periods)
        self.warehouses = np.flatnonzero(_is_small(limit, problem.dock_limit))
        own = limit[self.warehouses]
        # Of two vehicles of one kind the first is there when one is, the second when both are.
        kind = np.argsort(own[:, :, -1], axis=1, kind="stable")[:, [max(fleets - 2, 0), -1]]
        is_twin = own[np.arange(len(own)), kind[:, 1], -1] > 1
        kind[is_twin, 0] = kind[is_twin, 1]
        yard = np.arange(len(own))
        least = np.ones(kind.shape)
        least[is_twin, 0] = 2
        there = own[yard[:, None], kind] >= least[:, :, None]
        self._begin = np.where(there.any(axis=2), there.argmax(axis=2), self._periods)
        self._is_open = problem.dock_limit[self.warehouses] >= 1
        self._gather(problem, self.warehouses[:, None] * fleets + kind)

    def _gather(self, problem: DispatchProblem, pools: Integers) -> None:
        """Put departures that keep the same vehicle busy for the same hours side by side.

        ``pools`` are those of both vehicles, shape (yard, 2).
        """
        periods, table = self._periods, problem.table
        pool = problem.pool
        parts, keys = [], []
        for vehicle in (0, 1):
            yard_of = np.full(len(problem.pool_limit), -1, dtype=np.int64)
            yard_of[pools[:, vehicle]] = np.arange(len(pools))
            trip = np.flatnonzero(yard_of[pool] >= 0)
            place = vehicle * len(pools) + yard_of[pool[trip]]
            key = place * periods + table.start_period[trip]
            parts.append(trip)
            keys.append(key * (periods + 1) + problem.until[trip])
        key = np.concatenate(keys)
        order = np.argsort(key, kind="stable")
        self._trip = np.concatenate(parts)[order]
        self.trips = np.unique(self._trip)
        key = key[order]
        self._first = np.flatnonzero(np.diff(key, prepend=-1))
        self._key = key[self._first]
        self._group = np.repeat(
            np.arange(len(self._first)), np.diff(np.append(self._first, len(key)))
        )

    def __len__(self) -> int:
        """Return the number of such warehouses."""
        return len(self.warehouses)

    @cached_property
    def _worthless(self) -> Floats:
        return np.full((2, len(self), self._periods, self._periods + 1), _NEVER)

    def _gains(self, gain: Floats) -> tuple[Floats, Floats]:
        """Worth of the best departure by vehicle, yard, start and end, and by group of trips."""
        best = np.maximum.reduceat(gain[self._trip], self._first)
        gains = self._worthless.copy()
        gains.reshape(-1)[self._key] = best
        gains.transpose(1, 2, 0, 3)[~self._is_open] = _NEVER
        return gains, best

    def values(self, gain: Floats) -> Floats:
        """Worth of both vehicles from the hours on at which one and the other are free.

        Parameters
        ----------
        gain
            Worth of each departure, shape (trip,).

        Returns
        -------
        ndarray
            Shape (yard, period + 1, period + 1).
        """
        count = self._periods + 1
        worth = np.zeros((len(self), count, count))
        if len(self.trips) == 0:
            return worth
        one, other = self._gains(gain)[0]
        for now in range(self._periods - 1, -1, -1):
            then = now + 1
            # The other vehicle is free later than this one, or is not there to choose any more.
            worth[:, now, then:] = worth[:, then, then:]
            worth[:, then:, now] = worth[:, then:, then]
            both = worth[:, then, then].copy()
            ends = then + np.flatnonzero((one[:, now, then:] > _NEVER).any(axis=0))
            if len(ends):
                after = one[:, now][:, ends, None] + worth[:, ends, then:]
                np.maximum(worth[:, now, then:], after.max(axis=1), out=worth[:, now, then:])
                both = np.maximum(both, after[:, :, 0].max(axis=1))
            ends = then + np.flatnonzero((other[:, now, then:] > _NEVER).any(axis=0))
            if len(ends):
                after = other[:, now][:, None, ends] + worth[:, then:, ends]
                np.maximum(worth[:, then:, now], after.max(axis=2), out=worth[:, then:, now])
                both = np.maximum(both, after[:, 0].max(axis=1))
            worth[:, now, now] = both
        return worth

    def total(self, worth: Floats) -> float:
        """Worth of all of these vehicles, each from when it is there.

        Parameters
        ----------
        worth
            As returned by ``values``.
        """
        return float(worth[np.arange(len(self)), self._begin[:, 0], self._begin[:, 1]].sum())

    def driven(self, gain: Floats, worth: Floats) -> Integers:
        """Departures of a best pair of schedules of each warehouse, one vehicle each.

        Parameters
        ----------
        gain, worth
            As given to and returned by ``values``.
        """
        if len(self.trips) == 0:
            return np.zeros(0, dtype=np.int64)
        gains, best = self._gains(gain)
        count, free = self._periods + 1, self._begin.copy()
        chosen = [np.zeros(0, dtype=np.int64)]
        while True:
            yard = np.flatnonzero(free.min(axis=1) < self._periods)
            if len(yard) == 0:
                break
            now = free[yard].min(axis=1)
            acts = free[yard] == now[:, None]
            later = np.where(acts, now[:, None] + 1, free[yard])
            ways = np.concatenate(
                [
                    worth[yard, later[:, 0], later[:, 1], None],
                    gains[0, yard, now] + worth[yard, :, later[:, 1]],
                    gains[1, yard, now] + worth[yard, later[:, 0]],
                ],
                axis=1,
            )
            ways[:, 1 : 1 + count][~acts[:, 0]] = ways[:, 1 + count :][~acts[:, 1]] = _NEVER
            way = ways.argmax(axis=1) - 1
            free[yard] = later
            goes = np.flatnonzero(way >= 0)
            vehicle, until = np.divmod(way[goes], count)
            free[yard[goes], vehicle] = until
            place = vehicle * len(self) + yard[goes]
            chosen.append((place * self._periods + now[goes]) * count + until)
        return self._best_of(gain, best, np.concatenate(chosen))

    def _best_of(self, gain: Floats, best: Floats, keys: Integers) -> Integers:
        """Trip that is worth most in each of some groups."""
        is_best = np.flatnonzero(gain[self._trip] >= best[self._group])
        place = np.zeros(len(best), dtype=np.int64)
        place[self._group[is_best[::-1]]] = is_best[::-1]
        return np.asarray(self._trip[place[np.searchsorted(self._key, keys)]])


def _is_small(limit: Floats, docks: Floats) -> NDArray[np.bool_]:
    """Whether a warehouse has two vehicles that stay once they are there, and one dock at most.

    ``limit`` are the vehicles there, shape (warehouse, fleet, period).
    """
    there = np.where(np.isfinite(limit), limit, -1.0)
    stays = (there >= 0).all(axis=(1, 2)) & (np.diff(there, axis=2) >= 0).all(axis=(1, 2))
    is_pair = stays & (there[:, :, -1].sum(axis=1) == 2)
    return np.asarray(is_pair & (docks.max(axis=1, initial=0.0) <= 1))
