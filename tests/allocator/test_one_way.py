"""Vehicles hired for one way: no way back, one trip, half the distance to pay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.engine.placement_data import placement_problem
from allocator.engine.plan_parts import merge_plans
from allocator.engine.replan import replan
from allocator.explain.certificates import certificates
from allocator.explain.grounds import Grounds
from allocator.explain.present import present_trips
from allocator.plan import Plan
from allocator.replay import verify
from allocator.replay.ground import Ground
from allocator.schema.changes import Change
from allocator.schema.disaster import Vehicle
from allocator.schema.results import Trip
from allocator.solver import SolveOptions
from models.trip_table import trip_table
from tests.models.dispatch_cases import brute_force, single_lane
from tests.tiny import build_case

ROUGH = SolveOptions(gap=0.5, time_limit_seconds=0.5)


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""


def one_way(case: Case, *fleets: str) -> Case:
    """The case with some kinds hired for one way."""
    rows = (row.model_copy(update={"is_one_way": row.fleet in fleets}) for row in case.vehicles)
    return case.replace(Vehicle, rows)


def planned(case: Case) -> Plan:
    """A plan of the flood."""
    return merge_plans([dispatch(case, "flood", options=ROUGH)])


def test_a_one_way_vehicle_is_out_to_the_end() -> None:
    """It is unloaded at 2 h like any other, returns then, and is never free again."""
    data = single_lane(deadline_hours=9.0, is_one_way=np.array([True]))
    table = trip_table(data)
    assert table.unload_end_hours[0] == table.return_hours[0] == 2
    assert set(table.busy_until_period) == {data.period_count}
    coming_back = trip_table(single_lane(deadline_hours=9.0))
    assert (coming_back.return_hours[0], coming_back.busy_until_period[0]) == (3, 3)


def test_one_vehicle_brings_one_load() -> None:
    """In nine hours a vehicle that comes back brings all 6 units, one that does not 2."""
    both = single_lane(deadline_hours=9.0, vehicles_count=np.array([[1.0]]))
    best = brute_force(both)
    gone = brute_force(replace(both, is_one_way=np.array([True])))
    assert best is not None
    assert gone is not None
    assert (best.lives[0], gone.lives[0]) == (0, 4)


def test_the_trip_of_a_one_way_hire_costs_one_way() -> None:
    """W1 to 450102 are 120 km: 50 + 2 CNY/km are 290 one way and 530 with the way back."""
    case = build_case()
    assert Ground(case).clock.trip_cny("W1", "450102", "VAN") == pytest.approx(530)
    hired = one_way(case, "VAN")
    assert Ground(hired).clock.trip_cny("W1", "450102", "VAN") == pytest.approx(290)
    plan = planned(hired)
    assert verify(hired, plan).violations == ()
    vans = [trip for trip in plan.trips if trip.fleet == "VAN"]
    assert len(vans) == 1, "there is one van at W1, and none elsewhere"
    assert vans[0].return_hours == vans[0].unload_end_hours
    assert vans[0].cost_cny == pytest.approx(50 + 2 * vans[0].distance_km)


def test_placement_pays_one_way() -> None:
    """Transport by van of the placement costs the dispatch and one way."""
    both, gone = (
        placement_problem(case).data for case in (build_case(), one_way(build_case(), "VAN"))
    )
    for block, single in zip(both.scenarios, gone.scenarios, strict=True):
        van, cheaper = block.trip_cost_cny[1], single.trip_cost_cny[1]
        real = np.isfinite(van)
        assert np.allclose(cheaper[real], 50 + (van[real] - 50) / 2)
        assert np.array_equal(block.trip_cost_cny[0], single.trip_cost_cny[0])


def test_a_plan_with_vehicles_that_come_back_is_refused() -> None:
    """Where trucks are hired for one way, trips of trucks that came back break the rules."""
    case = build_case()
    plan = planned(case)
    rules = {each.rule for each in verify(one_way(case, "TRUCK", "VAN"), plan).violations}
    assert rules >= {"fleet_vehicles", "trip_cost", "trip_return"}


@pytest.mark.parametrize("kind", ["trip_lost", "trip_late", "trip_left"])
def test_a_replan_knows_that_nothing_comes_back(kind: str) -> None:
    """Whatever is told of a one-way trip, the re-plan is certified and no van goes twice."""
    case = one_way(build_case(), "VAN", "TRUCK")
    plan = planned(case)
    ordered = sorted(plan.trips, key=lambda trip: trip.load_start_hours)
    trip = ordered[-1] if kind == "trip_left" else ordered[0]
    at_hours = ordered[0].load_start_hours + 1
    cells: dict[str, object] = {"kind": kind, "at_hours": at_hours, "trip": trip.trip}
    if kind == "trip_late":
        cells["amount"] = trip.unload_end_hours + 2
    if kind == "trip_left":
        cells["from_hours"] = at_hours
    former = plan.replace(Change, [Change.model_validate(cells)])
    found = merge_plans([replan(case, former, "flood", report=Silence(), options=ROUGH)])
    assert verify(case, found).violations == ()
    per_van = [each for each in found.trips if (each.warehouse, each.fleet) == ("W1", "VAN")]
    assert len(per_van) <= 1
    if kind == "trip_lost":
        (lost,) = (each for each in found.trips if each.state == "lost")
        assert lost.arrive_hours == pytest.approx(trip.arrive_hours)
        assert lost.return_hours == pytest.approx(trip.unload_end_hours)


def test_a_certificate_counts_one_trip_of_each() -> None:
    """Of 6 units a vehicle with room for 2 brings 2: 4 are missing under every plan."""
    data = single_lane(
        deadline_hours=9.0, vehicles_count=np.array([[1.0]]), is_one_way=np.array([True])
    )
    found = certificates(dispatch_problem(data), np.array([[6.0]]))
    (fleet,) = (each for each in found if each.kind == "fleet" and each.unit == "m3")
    assert (fleet.have, fleet.short_units) == (2, 4)


def test_a_vehicle_that_is_gone_is_not_left_for_others() -> None:
    """After the van's one trip W1 has none left in any hour, also with quicker roads."""
    case = one_way(build_case(), "VAN")
    plan = planned(case)
    plan = plan.replace(Trip, [trip for trip in plan.trips if trip.fleet == "VAN"])
    plan = plan.replace(
        type(plan.loading_lines[0]),
        [line for line in plan.loading_lines if line.trip == plan.trips[0].trip],
    )
    grounds = Grounds(case, None, "flood", {("450101", "TENT")}, present_trips(case, plan, "flood"))
    for relaxed in ((), ("drivers",), ("roads",)):
        ground = grounds.get(relaxed)
        pool = ground.warehouse_place[0] * 2 + 1
        start = int(plan.trips[0].load_start_hours)
        assert not ground.left.vehicle[pool, start:].any()
