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
from allocator.engine.dispatch_data import DispatchInputs, build_dispatch_inputs, limits_there
from allocator.engine.dispatch_draft import Residual
from allocator.engine.dispatch_hours import convoy_rules
from allocator.engine.dispatch_periods import HOUR_NOISE
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.dispatch_stock import Holdings, holdings
from allocator.engine.underway import Underway
from allocator.explain.company import Company, company_of
from allocator.explain.hub_ground import HubGround, hub_ground, with_open_legs
from allocator.explain.hub_reach import HubReach
from allocator.explain.leftovers import leftovers, places_of
from allocator.explain.present import PresentTrips
from allocator.explain.things import CONVOY, THINGS, THROUGH_HUB, WAYS, Thing, wide_case
from allocator.plan import Plan
from allocator.travel import build_lanes

__all__ = ["Ground", "Grounds"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


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
    hubs
        What the plan leaves at hubs, and who may go through them; None without ways to hubs.
    """

    inputs: DispatchInputs
    problem: DispatchProblem
    left: Residual
    late: Mapping[tuple[int, int], tuple[tuple[float, float], ...]] = field(default_factory=dict)
    company: Company | None = None
    hubs: HubGround | None = None

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
        return places_of(self.inputs.warehouse, len(self.inputs.case.warehouses))

    @cached_property
    def district_place(self) -> Integers:
        """Position here of each district of the case, -1 for none, shape (case district,)."""
        return places_of(self.inputs.district, len(self.inputs.case.districts))

    @cached_property
    def lane_of(self) -> Integers:
        """Lane of each warehouse and district, -1 for none, shape (warehouse, district)."""
        data = self.problem.data
        lane = np.full((data.warehouse_count, data.district_count), -1, dtype=np.int64)
        lane[data.lane_warehouse, data.lane_district] = np.arange(data.lane_count)
        return lane


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
        self.reach = HubReach(case, self.scenario) if case.legs else None
        self._needs = frozenset(needs)
        self._made: dict[frozenset[Thing], Ground] = {}

    @property
    def things(self) -> tuple[Thing, ...]:
        """What may be relaxed in this case, in the order in which things are named."""
        idle = set() if self.true.data.convoys is not None else {CONVOY}
        idle |= set() if self.reach is not None else {THROUGH_HUB}
        return tuple(thing for thing in THINGS if thing not in idle)

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
        served = None if self.reach is None else self.reach.served(relaxed)
        code = self.scenario.scenario
        inputs = build_dispatch_inputs(wide.case, code, wide.placement, free, served=served)
        data = with_open_legs(inputs.data) if THROUGH_HUB in relaxed else inputs.data
        problem = dispatch_problem(data)
        back = self._free_hours(wide.case) if relaxed & {"drivers", "roads"} else None
        given = self.case, self.scenario, self.placement, then, problem.data.deadline_hours
        left = leftovers(self.true, inputs, problem, limits_there(*given), (self.present, back))
        hubs = None
        if self.reach is not None and inputs.legs is not None:
            asked = relaxed, self.reach
            hubs = hub_ground(inputs, problem, self.present, asked)
        ground = Ground(inputs, problem, left, self._late(then), hubs=hubs)
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
        districts = np.unique(present.district[present.district >= 0])
        lanes = build_lanes(case, self.scenario, districts=districts)
        key = lanes.warehouse * len(case.districts) + lanes.district
        wanted = present.warehouse * len(case.districts) + present.district
        at = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
        both = lanes.drive_hours + lanes.drive_back_hours
        if len(key) == 0:
            return present.free_hours
        is_known = (key[at] == wanted) & (present.district >= 0)
        drive = np.where(is_known, both[at, present.fleet], np.inf)
        handling = (lanes.load_hours + lanes.unload_hours)[present.fleet]
        back = present.start_hours + handling + drive
        back = np.where(np.isinf(present.free_hours), np.inf, back)
        return np.asarray(np.minimum(present.free_hours, back))
