"""What one vehicle of each pool can do best in the whole horizon, trip after trip.

Given what each departure is worth, the best sequence of departures of one vehicle is a longest path
over the periods. Vehicles of a pool differ in nothing, and intervals on a line form a totally
unimodular matrix, so that the value of this path, times the number of vehicles, is what the pool's
vehicles are worth at these prices: no prices of single hours prove a better bound. A vehicle that
is there later follows the best path from then on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import DispatchProblem

__all__ = ["Schedules"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Schedules:
    """Longest paths over the periods, for all pools at once.

    Parameters
    ----------
    problem
        The problem.
    """

    def __init__(self, problem: DispatchProblem) -> None:
        start, pool = problem.table.start_period, problem.pool
        self._problem = problem
        self._order = np.lexsort((pool, start))
        self._pool = pool[self._order]
        # Places of (pool, period) in what is kept by pool and period.
        self._free_at = problem.pool * (problem.period_count + 1) + problem.until
        self._start_at = problem.pool * (problem.period_count + 1) + start
        self._ordered_free_at = self._free_at[self._order]
        ordered = start[self._order]
        self._begin = np.searchsorted(ordered, np.arange(problem.period_count + 1))
        is_first = np.ones(len(ordered), dtype=bool)
        is_first[1:] = (np.diff(self._pool) != 0) | (np.diff(ordered) != 0)
        self._first = np.flatnonzero(is_first)
        self._group = np.searchsorted(self._first, self._begin)
        self.is_bounded = bool((problem.until > start).all())
        """Whether every trip takes a period at least; else no number of vehicles limits them."""

    def values(self, gain: Floats) -> Floats:
        """Worth of one vehicle of a pool from each period on.

        Parameters
        ----------
        gain
            Worth of each departure, shape (trip,).

        Returns
        -------
        ndarray
            Falls with the period and ends with 0, shape (pool, period + 1). Differences between
            periods are prices of a vehicle at which no departure is worth more than it costs.
        """
        problem = self._problem
        gain = gain.take(self._order)
        worth = np.zeros((len(problem.pool_limit), problem.period_count + 1))
        for period in range(problem.period_count - 1, -1, -1):
            worth[:, period] = worth[:, period + 1]
            begin, end = self._begin[period], self._begin[period + 1]
            if begin == end:
                continue
            firsts = self._first[self._group[period] : self._group[period + 1]] - begin
            after = worth.ravel().take(self._ordered_free_at[begin:end])
            best = np.maximum.reduceat(gain[begin:end] + after, firsts)
            pools = self._pool[begin:end][firsts]
            worth[pools, period] = np.maximum(worth[pools, period], best)
        return worth

    def best_trips(self, gain: Floats, worth: Floats, pools: Integers) -> Integers:
        """Departures of one best sequence of each of some pools in the whole horizon, ascending.

        Parameters
        ----------
        gain, worth
            As given to and returned by ``values``.
        pools
            Which pools.
        """
        trips, _ = self._followed(gain, worth, pools, np.zeros(len(pools), dtype=np.int64))
        return np.unique(trips)

    def driven(self, gain: Floats, worth: Floats) -> tuple[Integers, Floats]:
        """Departures of the best sequences of all vehicles, each from when it is there.

        Parameters
        ----------
        gain, worth
            As given to and returned by ``values``.

        Returns
        -------
        tuple
            Departures, ascending, and how many vehicles drive each, shape (departure,).
        """
        limit = self._problem.pool_limit
        arrived = np.diff(limit, axis=1, prepend=0.0)
        pool, begin = np.nonzero((arrived > 0) & (worth[:, :-1] > 0))
        trips, entry = self._followed(gain, worth, pool, begin)
        trips, place = np.unique(trips, return_inverse=True)
        count = np.zeros(len(trips))
        np.add.at(count, place.reshape(-1), arrived[pool, begin][entry])
        return trips, count

    def _followed(
        self, gain: Floats, worth: Floats, pools: Integers, begin: Integers
    ) -> tuple[Integers, Integers]:
        """Departures of one best sequence of each entry, and the entry of each departure.

        An entry is a pool and the period from which its vehicle is there.
        """
        problem = self._problem
        start, until, pool = problem.table.start_period, problem.until, problem.pool
        wanted = np.zeros(len(problem.pool_limit), dtype=bool)
        wanted[pools] = True
        paying = np.flatnonzero(gain > 0)
        paying = paying[wanted[pool[paying]]]
        value = gain[paying] + worth.ravel().take(self._free_at[paying])
        tight = paying[value >= worth.ravel().take(self._start_at[paying]) - 1e-12]
        # Of the departures that lie on a best sequence each pool takes the first it comes to.
        key = pool[tight] * (problem.period_count + 1) + start[tight]
        tight = tight[np.argsort(key, kind="stable")]
        key = np.sort(key)
        nothing = np.zeros(0, dtype=np.int64)
        now, chosen, entries = begin, [nothing], [nothing]
        alive, entry = pools, np.arange(len(pools))
        while len(alive):
            place = np.searchsorted(key, alive * (problem.period_count + 1) + now)
            inside = place < len(tight)
            alive, place, entry = alive[inside], place[inside], entry[inside]
            own = pool[tight[place]] == alive
            alive, place, entry = alive[own], place[own], entry[own]
            chosen.append(tight[place])
            entries.append(entry)
            now = until[tight[place]]
        return np.concatenate(chosen), np.concatenate(entries)
