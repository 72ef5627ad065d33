"""Where missing units could still come from: trips under relaxed rules, and what the plan leaves.

The trips of the plan stay as they are. A ground has every further trip that some relaxation of
amounts allows, with the true limits less what the plan takes; one is made for each set of relaxed
ways and kept, so that all shortages of a scenario share them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.engine.dispatch_data import (
    DispatchInputs,
    Limits,
    build_dispatch_inputs,
    limits_there,
)
from allocator.engine.dispatch_draft import Residual, empty_draft, residual
from allocator.engine.dispatch_hours import convoy_rules
from allocator.engine.dispatch_periods import HOUR_NOISE
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.dispatch_stock import Holdings, holdings
from allocator.engine.underway import Underway
from allocator.explain.company import Company, company_of
from allocator.explain.present import PresentTrips
from allocator.explain.things import WAYS, Thing, wide_case
from allocator.plan import Plan
from allocator.travel import build_lanes
from models.dispatch_data import by_hour

__all__ = ["Ground", "Grounds"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

_HOURS = 1e-7
"""Hours closer than this are the same. [h]"""


@dataclass(frozen=True)
class Ground:
    """Trips that there are under some relaxed ways, and what the plan leaves of every limit.

    Parameters
    ----------
    inputs, problem
        The wide case; its limits mean nothing.
    left
        True limits less what the plan takes.
    late
        Hour and units of what has left and comes after the true deadline only, by positions of
        district and item in the case; nothing but under a later deadline. [h], [units]
    company
        Who needs company, and has it under the plan; None where nobody needs any.
    """

    inputs: DispatchInputs
    problem: DispatchProblem
    left: Residual
    late: Mapping[tuple[int, int], tuple[tuple[float, float], ...]] = field(default_factory=dict)
    company: Company | None = None

    @cached_property
    def trips_by_district(self) -> tuple[Integers, ...]:
        """Positions of the trips to each district."""
        order = np.argsort(self.problem.district, kind="stable")
        count = self.problem.data.district_count
        ends = np.searchsorted(self.problem.district[order], np.arange(count + 1))
        return tuple(order[begin:end] for begin, end in pairwise(ends.tolist()))

    @cached_property
    def warehouse_place(self) -> Integers:
        """Position here of each warehouse of the case, -1 for none, shape (case warehouse,)."""
        return _places(self.inputs.warehouse, len(self.inputs.case.warehouses))

    @cached_property
    def district_place(self) -> Integers:
        """Position here of each district of the case, -1 for none, shape (case district,)."""
        return _places(self.inputs.district, len(self.inputs.case.districts))

    @cached_property
    def lane_of(self) -> Integers:
        """Lane of each warehouse and district, -1 for none, shape (warehouse, district)."""
        data = self.problem.data
        lane = np.full((data.warehouse_count, data.district_count), -1, dtype=np.int64)
        lane[data.lane_warehouse, data.lane_district] = np.arange(data.lane_count)
        return lane


def _places(chosen: Integers, count: int) -> Integers:
    place = np.full(count, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    return place


def _either(one: Holdings, other: Holdings) -> Holdings:
    """Return the larger of two stocks, place by place."""
    return replace(
        one,
        usable_units=np.maximum(one.usable_units, other.usable_units),
        outside_units=np.maximum(one.outside_units, other.outside_units),
    )


class Grounds:
    """Makes grounds when they are asked for, and keeps them.

    Parameters
    ----------
    case, placement
        The case, and the plan whose placement holds; None for today's stock.
    scenario
        Code of the scenario.
    needs
        District and item of the needs that are asked about.
    present
        Trips of the plan; an empty one shows what there is before anything drives.
    before
        What has left already: nothing else starts before that hour. None for a first plan.
    """

    def __init__(
        self,
        case: Case,
        placement: Plan | None,
        scenario: str,
        needs: Collection[tuple[str, str]],
        present: PresentTrips,
        before: Underway | None = None,
    ) -> None:
        self.case, self.placement = case, placement
        self.scenario = case.scenario(scenario)
        self.present, self.before = present, before
        self.true = build_dispatch_inputs(case, scenario, placement, before)
        self._needs = frozenset(needs)
        self._made: dict[frozenset[Thing], Ground] = {}

    def get(self, relaxed: Collection[Thing] = ()) -> Ground:
        """Return the ground with some things relaxed; only ways make a difference here."""
        key = frozenset(relaxed) & frozenset(WAYS)
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    def _make(self, relaxed: frozenset[Thing]) -> Ground:
        wide = wide_case(self.case, self.placement, self.scenario, self._needs, relaxed)
        then = None if self.before is None else self.before.under(wide.case)
        free = None
        if then is not None:
            held = holdings(wide.case, self.scenario, wide.placement)
            free = then.without_limits(wide.case, _either(held, then.held))
        inputs = build_dispatch_inputs(wide.case, self.scenario.scenario, wide.placement, free)
        problem = dispatch_problem(inputs.data)
        back = self._free_hours(wide.case) if relaxed & {"drivers", "roads"} else None
        given = self.case, self.scenario, self.placement, then, problem.data.deadline_hours
        left = self._left(inputs, problem, limits_there(*given), back)
        ground = Ground(inputs, problem, left, self._late(then))
        rules = convoy_rules(self.case, self.scenario, inputs.lanes, inputs.lane)
        if rules is None:
            return ground
        present, data = self.present, problem.data
        home = ground.warehouse_place[present.warehouse]
        there = ground.district_place[present.district]
        lane = np.where((home >= 0) & (there >= 0), ground.lane_of[home, there], -1)
        depart = present.start_hours + data.load_hours[present.fleet]
        company = company_of(data, problem.table, rules, (lane, present.fleet, depart))
        return replace(ground, company=company)

    def _late(
        self, then: Underway | None
    ) -> dict[tuple[int, int], tuple[tuple[float, float], ...]]:
        """What comes by a later deadline and not by the true one."""
        deadline = self.true.data.deadline_hours
        if then is None or then.case.deadline_hours(self.scenario) <= deadline:
            return {}
        return {
            pair: tuple(batch for batch in batches if batch[0] > deadline + HOUR_NOISE)
            for pair, batches in then.coming.items()
        }

    def _free_hours(self, case: Case) -> Floats:
        """When the plan's vehicles would be back under relaxed driving, shape (vehicle,). [h]."""
        present = self.present
        if len(present) == 0:
            return present.free_hours
        lanes = build_lanes(case, self.scenario, districts=np.unique(present.district))
        key = lanes.warehouse * len(case.districts) + lanes.district
        wanted = present.warehouse * len(case.districts) + present.district
        at = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
        both = lanes.drive_hours + lanes.drive_back_hours
        drive = np.where(key[at] == wanted, both[at, present.fleet], np.inf)
        handling = (lanes.load_hours + lanes.unload_hours)[present.fleet]
        back = present.start_hours + handling + drive
        back = np.where(np.isinf(present.free_hours), np.inf, back)
        return np.asarray(np.minimum(present.free_hours, back))

    def _left(
        self,
        inputs: DispatchInputs,
        problem: DispatchProblem,
        limits: Limits,
        back: Floats | None,
    ) -> Residual:
        """Limits of the case less what the plan takes."""
        whole = residual(problem, empty_draft(problem))
        present, data = self.present, problem.data
        home = _places(inputs.warehouse, len(inputs.case.warehouses))[present.warehouse]
        start = np.rint(present.start_hours / data.period_hours).astype(np.int64)
        stock = self.true.held.usable_units[inputs.warehouse].astype(float)
        outside = np.minimum(self.true.held.outside_units, self.true.held.usable_units)
        outside = outside[inputs.warehouse].astype(float)
        here = np.flatnonzero(home >= 0)
        np.subtract.at(stock, home[here], present.load_units[here])
        rules = inputs.lanes.release
        abroad = (
            rules.warehouse_province[present.warehouse] != rules.district_province[present.district]
        )
        gone = here[abroad[here]]
        np.subtract.at(outside, home[gone], present.load_units[gone])
        self._keep_lasting(home, abroad, (inputs.warehouse, stock, outside))
        dock = by_hour(limits.docks[inputs.warehouse], 1, problem.period_count).copy()
        np.subtract.at(dock, (home[here], start[here]), 1.0)
        taken_in = limits.receive_m3_per_hour[inputs.district]
        receive = by_hour(taken_in, 1, data.receive_count).copy()
        there = _places(inputs.district, len(inputs.case.districts))[present.district]
        volume = present.load_units @ data.item_volume_m3
        hour = np.ceil(present.unload_end_hours - _HOURS).astype(np.int64) - 1
        arrived = np.flatnonzero(there >= 0)
        np.subtract.at(receive, (there[arrived], hour[arrived]), volume[arrived])
        idle = limits.vehicles_count[inputs.warehouse]
        vehicle = self._vehicles_left(problem, idle, (home, start, back))
        return Residual(whole.need, stock, outside, dock, vehicle, receive, whole.lasting)

    def _keep_lasting(
        self, home: Integers, abroad: Flags, left: tuple[Integers, Floats, Floats]
    ) -> None:
        """Leave of goods that expire before the deadline only what lasts: it can come any hour."""
        present, (warehouse, stock, outside) = self.present, left
        for each in self.true.held.limits:
            for place in np.flatnonzero(warehouse == each.warehouse).tolist():
                late = (home == place) & (present.unload_end_hours > each.from_hours + _HOURS)
                units, leaving = (
                    present.load_units[late & which, each.item].sum() for which in (True, abroad)
                )
                key = place, each.item
                stock[key] = min(stock[key], each.units - units)
                outside[key] = min(outside[key], each.outside_units - leaving)

    def _vehicles_left(
        self,
        problem: DispatchProblem,
        there: Floats,
        taken: tuple[Integers, Integers, Floats | None],
    ) -> Floats:
        """Vehicles that stand idle, shape (pool, period)."""
        home, start, back = taken
        present, period = self.present, problem.data.period_hours
        idle = there.reshape(-1, problem.period_count)
        back = present.free_hours if back is None else back
        until = np.minimum(np.ceil(back / period - _HOURS), problem.period_count).astype(np.int64)
        fleets = there.shape[1]
        for k in np.flatnonzero(home >= 0).tolist():
            pool = home[k] * fleets + present.fleet[k]
            idle[pool, start[k] : until[k]] -= 1.0
        return np.asarray(idle)
