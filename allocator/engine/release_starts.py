"""What hours of release mean for one scenario: from which period on each lane may carry an item.

Loading starts at whole periods and only where a vehicle, a dock and an open road make a departure
possible. So two tables of release hours allow the same trips exactly if the first possible
departure after the release is the same on every lane for every item that is there and needed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release
from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_problem import DispatchProblem
from models.dispatch_hours import whole_up
from models.dispatch_values import DispatchResult

__all__ = ["ReleaseStarts", "rounded_release"]

Integers = NDArray[np.int64]
Starts = NDArray[np.int16]
Flags = NDArray[np.bool_]


class ReleaseStarts:
    """First load starts by lane and item, from the possible trips of a scenario released at once.

    Parameters
    ----------
    inputs
        The scenario with all goods released at once, without legs.
    problem
        Its possible trips, each departure once.
    """

    def __init__(self, inputs: DispatchInputs, problem: DispatchProblem) -> None:
        data, table = problem.data, problem.table
        self._warehouse = inputs.lanes.warehouse[inputs.lane]
        self._district = inputs.lanes.district[inputs.lane]
        is_hub = np.array([row.state == "hub" for row in inputs.case.warehouses], dtype=bool)
        self._is_hub = is_hub[self._warehouse][:, None]
        self._problem, self._period_hours = problem, data.period_hours
        self._never = problem.period_count
        self._next = np.full((data.lane_count, self._never + 1), self._never, dtype=np.int16)
        self._next[table.lane, table.start_period] = table.start_period
        for period in range(self._never - 1, -1, -1):
            np.minimum(self._next[:, period], self._next[:, period + 1], out=self._next[:, period])
        self._is_cell = np.zeros((data.lane_count, data.item_count), dtype=bool)
        for item in range(data.item_count):
            self._is_cell[table.lane[table.carries[:, item]], item] = True

        self._warehouse_of_cell = data.lane_warehouse[np.nonzero(self._is_cell)[0]]

    def of(self, release: Release) -> Starts:
        """First departure of each lane with each item, as a period, shape (cell,).

        A cell is a lane with an item that it could carry; ``period_count`` stands for never.

        Parameters
        ----------
        release
            Hours of release.
        """
        hours = release.lane_hours(self._warehouse, self._district)
        hours = np.where(self._is_hub, 0.0, hours)
        first = np.clip(whole_up(hours / self._period_hours), 0, self._never)
        lane = np.arange(len(first))[:, None]
        starts = self._next[lane, first][:, release.item_group]
        return np.asarray(starts[self._is_cell], dtype=np.int16)

    def problem(self, starts: Starts) -> DispatchProblem:
        """The same trips, those that start too early carrying nothing.

        Parameters
        ----------
        starts
            First departures, shape (cell,).
        """
        base, first = self._problem, self._by_lane(starts, nothing=self._never)
        table = base.table
        carries = table.carries & (first[table.lane] <= table.start_period[:, None])
        data = replace(base.data, release_hours=np.asarray(first * self._period_hours))
        return replace(base, data=data, table=replace(table, carries=carries))

    def used_by(self, result: DispatchResult) -> Starts:
        """First departure of each cell in a plan, ``period_count`` where it has none.

        The plan is one for every table of release hours whose first departures are not later.

        Parameters
        ----------
        result
            The plan.
        """
        vehicle, item = np.nonzero(result.load_units)
        return self.used(result.trip[vehicle], item)

    def used(self, trip: Integers, item: Integers) -> Starts:
        """First departure of each cell among loads, shape (cell,).

        Parameters
        ----------
        trip, item
            Of each load, shape (load,).
        """
        found = np.full(self._is_cell.shape, self._never, dtype=np.int16)
        table = self._problem.table
        np.minimum.at(found, (table.lane[trip], item), table.start_period[trip].astype(np.int16))
        return np.asarray(found[self._is_cell])

    def moved(self, result: DispatchResult, old: Starts, new: Starts) -> Integers:
        """Periods in which vehicles of a plan load if each is moved with its release, (vehicle,).

        Parameters
        ----------
        result
            The plan.
        old, new
            First departures that it was made for, and others, shape (cell,).
        """
        table = self._problem.table
        later = self._by_lane(new, nothing=0) - self._by_lane(old, nothing=0)
        vehicle, item = np.nonzero(result.load_units)
        by = np.full(len(result), -self._never, dtype=np.int64)
        np.maximum.at(by, vehicle, later[table.lane[result.trip[vehicle]], item])
        return np.asarray(table.start_period[result.trip] + by)

    def unevenness(self, old: Starts, new: Starts) -> float:
        """How unlike the lanes of each warehouse move from one table to another, >= 0.

        Plans are moved well where all of a warehouse moves alike: its vehicles stay in turn.

        Parameters
        ----------
        old, new
            First departures, shape (cell,).
        """
        by = (new - old).astype(np.float64)
        count = np.maximum(np.bincount(self._warehouse_of_cell), 1)
        mean = np.bincount(self._warehouse_of_cell, by) / count
        return float(np.abs(by - mean[self._warehouse_of_cell]).sum())

    def _by_lane(self, starts: Starts, *, nothing: int) -> Integers:
        """Write cells out, shape (lane, item)."""
        found = np.full(self._is_cell.shape, nothing, dtype=np.int64)
        found[self._is_cell] = starts
        return found


def rounded_release(release: Release, district: Integers, period_hours: float) -> Starts:
    """Periods in which every warehouse may load for some districts at first, flat.

    Tables with equal periods allow the same trips, through hubs, too; the reverse may not hold.

    Parameters
    ----------
    release
        Hours of release.
    district
        Positions of the districts, shape (district,).
    period_hours
        Length of a period. [h]
    """
    warehouse = np.arange(len(release.warehouse_level))
    pairs = np.repeat(warehouse, len(district)), np.tile(district, len(warehouse))
    periods = whole_up(release.lane_hours(*pairs) / period_hours)
    return np.clip(periods, 0, np.iinfo(np.int16).max).astype(np.int16).ravel()
