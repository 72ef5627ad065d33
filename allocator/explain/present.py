"""The trips of a plan as arrays, by position in the case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.plan import Plan
from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip

__all__ = ["PresentTrips", "present_trips"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class PresentTrips:
    """What drives under the plan in one scenario and has not left, to districts and to hubs.

    Parameters
    ----------
    warehouse, district, fleet
        Positions in the case, shape (vehicle,); -1 for the district of a trip to a hub.
    hub
        Hub that a trip leads to as a position among the warehouses of the case, -1 for a district,
        shape (vehicle,).
    start_hours, unload_end_hours, free_hours
        Shape (vehicle,). [h]
    load_units
        On board, shape (vehicle, item). [units]
    """

    warehouse: Integers
    district: Integers
    fleet: Integers
    hub: Integers
    start_hours: Floats
    unload_end_hours: Floats
    free_hours: Floats
    load_units: Floats

    def __len__(self) -> int:
        return len(self.warehouse)


def present_trips(case: Case, plan: Plan, scenario: str) -> PresentTrips:
    """Read the trips of a scenario from a plan, but those that have left.

    Parameters
    ----------
    case, plan
        The case and a certified plan of it.
    scenario
        Code of the scenario.
    """
    every: list[Trip | LegTrip] = [*plan.trips, *plan.leg_trips]
    trips = [row for row in every if row.scenario == scenario and row.state == "planned"]
    place = {row.trip: k for k, row in enumerate(trips)}
    warehouse, district, item = case.warehouse_index(), case.district_index(), case.item_index()
    fleet = {row.fleet: k for k, row in enumerate(case.vehicles)}
    one_way = {row.fleet for row in case.vehicles if row.is_one_way}
    load = np.zeros((len(trips), len(case.items)))
    for line in plan.loading_lines:
        if line.scenario == scenario and line.trip in place:
            load[place[line.trip], item[line.item]] += line.load_units
    ends = [
        (-1, warehouse[row.hub]) if isinstance(row, LegTrip) else (district[row.district], -1)
        for row in trips
    ]
    return PresentTrips(
        warehouse=np.array([warehouse[row.warehouse] for row in trips], dtype=np.int64),
        district=np.array([end[0] for end in ends], dtype=np.int64),
        fleet=np.array([fleet[row.fleet] for row in trips], dtype=np.int64),
        hub=np.array([end[1] for end in ends], dtype=np.int64),
        start_hours=np.array([row.load_start_hours for row in trips], dtype=float),
        unload_end_hours=np.array([row.unload_end_hours for row in trips], dtype=float),
        free_hours=np.array(
            [np.inf if row.fleet in one_way else row.return_hours for row in trips], dtype=float
        ),
        load_units=load,
    )
