"""Steps that mend plans look at many departures at once, and find what one by one finds."""

from __future__ import annotations

import numpy as np

from allocator.engine.dispatch_draft import empty_draft
from allocator.engine.dispatch_filling import add_vehicles
from allocator.engine.dispatch_problem import dispatch_problem, stage_prices
from allocator.engine.dispatch_vehicles import whole_vehicles
from tests.models.dispatch_cases import random_data, regional_data


def test_departures_with_room_are_those_that_have_room_one_by_one() -> None:
    """Of all departures of the lane and kind of each vehicle, earlier, later and its own."""
    refused = allowed = 0
    for seed in range(12):
        data = regional_data(seed) if seed % 2 else random_data(seed)
        problem = dispatch_problem(data)
        plan = whole_vehicles(problem, stage_prices(data, "waiting"), empty_draft(problem))
        add_vehicles(plan)
        way = problem.table.lane * data.fleet_count + problem.table.fleet
        for vehicle in range(len(plan.trip)):
            trips = np.flatnonzero(way == way[plan.trip[vehicle]])
            found = plan.with_room(vehicle, trips).tolist()
            one_by_one = [trip for trip in trips.tolist() if plan.has_room(vehicle, trip)]
            # Goods that do not last are looked at afterwards.
            assert set(one_by_one) <= set(found)
            if not len(plan.left.lasting):
                assert one_by_one == found
            refused += len(trips) - len(one_by_one)
            allowed += len(one_by_one)
    assert refused > 100
    assert allowed > 100
