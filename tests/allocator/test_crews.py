"""Crews: two drivers drive on, one alone takes long rests, on the way back as well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.case import Case
from allocator.crews import long_rests_of_trip
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.plan_parts import merge_plans
from allocator.engine.replan import replan
from allocator.explain.grounds import Grounds
from allocator.explain.present import present_trips
from allocator.explain.reasons import Reasons, shortfalls
from allocator.plan import Plan
from allocator.replay import verify
from allocator.replay.ground import Ground
from allocator.report.order_books import order_books
from allocator.report.order_rests import RestStops, crew_words, rest_words
from allocator.report.order_sheets import order_sheets
from allocator.report.reach import reach_km
from allocator.report.trip_lines import trip_lines
from allocator.schema.changes import Change
from allocator.schema.disaster import ScenarioDamage, Vehicle
from allocator.solver import SolveOptions
from models.trip_table import trip_table
from tests.allocator.explain_cases import least_unmet, tables
from tests.allocator.explain_cases import planned as explained
from tests.models.dispatch_cases import brute_force, single_lane
from tests.tiny import build_case

ROUGH = SolveOptions(gap=0.5, time_limit_seconds=0.5)


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""


def alone(case: Case, day: float = 8.0, rest: float = 11.0, **cells: object) -> Case:
    """The case with one driver on every vehicle."""
    update = {"drivers": 1, "daily_driving_hours": day, "daily_rest_hours": rest, **cells}
    return case.replace(Vehicle, [row.model_copy(update=update) for row in case.vehicles])


def planned(case: Case, scenario: str = "flood") -> Plan:
    """A plan of a scenario."""
    return merge_plans([dispatch(case, scenario, options=ROUGH)])


def driver(**cells: object) -> Vehicle:
    """A lorry with one driver: 8 h a day, then 16 h."""
    (truck,) = (row for row in build_case().vehicles if row.fleet == "TRUCK")
    alone = {"drivers": 1, "daily_driving_hours": 8.0, "daily_rest_hours": 16.0}
    return truck.model_copy(update=alone | cells)


@pytest.mark.parametrize(
    ("driving", "there", "back"),
    [
        (4, 0, 0),  # a day there and back
        (4.5, 0, 1),  # the ninth hour is on the way back
        (8, 0, 1),  # the day ends at the door of the district
        (9, 1, 1),  # 8 + 1 there, 7 + 2 back
        (12, 1, 1),  # 8 + 4 there, 4 + 8 back
        (13, 1, 2),  # 8 + 5 there, 3 + 8 + 2 back
        (20, 2, 2),
    ],
)
def test_long_rests_by_hand(driving: float, there: int, back: int) -> None:
    """A rest is due after each 8 h of driving that goes on, counted over both ways."""
    assert long_rests_of_trip(driver(), driving) == (16 * there, 16 * back)


@pytest.mark.parametrize(
    "cells", [{"drivers": 2}, {"drivers": 0}, {"daily_driving_hours": 0.0}, {"drivers": 3}]
)
def test_no_long_rests_without_a_limit_on_one_driver(cells: dict[str, object]) -> None:
    """Two drivers relieve each other, and a limit of 0 is none."""
    assert long_rests_of_trip(driver(**cells), 100.0) == (0, 0)


def test_unloading_as_long_as_a_rest_begins_a_new_day() -> None:
    """8 h there and 8 h back need no rest on the road where unloading lasts as long as one."""
    assert long_rests_of_trip(driver(unload_hours=16.0), 8.0) == (0, 0)
    assert long_rests_of_trip(driver(unload_hours=15.9), 8.0) == (0, 16)


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.5, 12), st.floats(0, 20), st.floats(1, 3), st.sampled_from([1, 2]), st.booleans()
)
def test_lanes_and_replay_agree(
    day: float, rest: float, factor: float, drivers: int, is_one_way: bool
) -> None:
    """Way there and way back are the same, found by arrays and lane by lane."""
    damage = ScenarioDamage(scenario="flood", district="450102", road_time_factor=factor)
    case = alone(build_case(), day, rest, drivers=drivers, is_one_way=is_one_way)
    kept = [row for row in case.scenario_damage if row.district != "450102"]
    case = case.replace(ScenarioDamage, [*kept, damage])
    inputs = build_dispatch_inputs(case, "flood")
    data, clock = inputs.data, Ground(case).clock
    table = trip_table(data)
    assert len(table) > 0
    for k in range(len(table)):
        lane, fleet = int(table.lane[k]), case.vehicles[int(table.fleet[k])]
        home = case.warehouses[int(inputs.warehouse[data.lane_warehouse[lane]])].warehouse
        district = case.districts[int(inputs.district[data.lane_district[lane]])].district
        journey = clock.journey("flood", home, district, fleet.fleet, float(table.start_period[k]))
        assert journey.unload_end_hours == pytest.approx(float(table.unload_end_hours[k]))
        assert journey.return_hours == pytest.approx(float(table.return_hours[k]))


def test_a_longer_way_back_keeps_the_vehicle_away() -> None:
    """One vehicle, back at 3 h, makes three trips in 9 h; back at 6 h it makes two."""
    one = single_lane(deadline_hours=9.0, vehicles_count=np.array([[1.0]]))
    rested = replace(one, drive_back_hours=np.array([[4.0]]))
    assert (trip_table(one).busy_until_period[0], trip_table(rested).busy_until_period[0]) == (3, 6)
    best, slower = brute_force(one), brute_force(rested)
    assert best is not None
    assert slower is not None
    assert (best.lives[0], slower.lives[0]) == (0, 2)


def test_a_plan_for_two_drivers_is_refused_for_one() -> None:
    """Trips that came at once are not there yet: the rest is due after two hours."""
    case = build_case()
    plan = planned(case)
    assert verify(case, plan).violations == ()
    rules = {each.rule for each in verify(alone(case, 2.0, 9.0), plan).violations}
    assert rules >= {"trip_arrive", "trip_unload_end", "trip_return"}


def test_one_driver_brings_less_and_a_second_repairs_it() -> None:
    """With a rest of 9 h after 2 h of driving less comes; without rests it could."""
    case = alone(build_case(), 2.0, 9.0)
    plan, free = planned(case), planned(build_case())
    assert verify(case, plan).violations == ()
    waits = {row.stage: row.objective for row in plan.stages if row.stage == "waiting"}
    shorter = {row.stage: row.objective for row in free.stages if row.stage == "waiting"}
    assert waits["waiting"] > shorter["waiting"]
    needs = {("450201", "TENT")}
    grounds = Grounds(case, None, "flood", needs, present_trips(case, plan, "flood"))
    rested, relieved = (len(grounds.get(way).problem.table) for way in ((), ("drivers",)))
    assert relieved > rested


@pytest.mark.parametrize(("horizon", "cells"), [(7.75, {}), (30.0, {"vehicles_count": 1})])
def test_a_second_driver_is_the_reason(horizon: float, cells: dict[str, Any]) -> None:
    """300 km are 5 h: one driver rests on the way there, or on the way back."""
    raw = tables(horizon=horizon, km=250)
    day = 4.0 if horizon < 10 else 8.0
    raw["Vehicles"][0] |= {"drivers": 1, "daily_driving_hours": day, "daily_rest_hours": 12.0}
    raw["Fleets"][0] |= cells
    case, plan = explained(raw)
    (wanted,) = shortfalls(case, plan, "s")
    reason = Reasons(case, plan, "s", [wanted]).explain(wanted, 1.0)
    assert "drivers" in {*reason.words, *reason.also}
    raw["Vehicles"][0]["drivers"] = 2
    assert least_unmet(raw) == pytest.approx(0.0)
    raw["Vehicles"][0]["drivers"] = 1
    assert least_unmet(raw) > 0


@pytest.mark.parametrize("kind", ["trip_lost", "trip_late", "trip_left"])
def test_a_replan_keeps_the_rests(kind: str) -> None:
    """Whatever is told of a trip with long rests, also on slower roads, the plan is right."""
    case = alone(build_case(), 1.5, 3.0)
    plan = planned(case)
    ordered = sorted(plan.trips, key=lambda trip: trip.load_start_hours)
    there = [trip.return_hours - trip.unload_end_hours for trip in ordered]
    back = [trip.arrive_hours - trip.depart_hours for trip in ordered]
    assert there != pytest.approx(back), "the ways must differ, or the test says nothing"
    trip = ordered[-1] if kind == "trip_left" else ordered[0]
    at_hours = ordered[0].load_start_hours + 1
    cells: dict[str, object] = {"kind": kind, "at_hours": at_hours, "trip": trip.trip}
    if kind == "trip_late":
        cells["amount"] = trip.unload_end_hours + 2
    slow = {"kind": "road_slow", "at_hours": at_hours, "district": trip.district, "amount": 1.5}
    changes = [Change.model_validate(each) for each in (cells, slow)]
    found = merge_plans(
        [replan(case, plan.replace(Change, changes), "flood", report=Silence(), options=ROUGH)]
    )
    assert verify(case, found).violations == ()
    (told,) = (each for each in found.trips if each.trip == trip.trip)
    assert told.state == kind.removeprefix("trip_")


def test_orders_say_when_drivers_rest() -> None:
    """Rests of every trip add up to its hours, and stand in the words with their clock time."""
    case = alone(build_case(), 2.5, 3.0)
    plan = planned(case)
    (book,) = order_books(case, plan, ("flood",))
    stops = RestStops(case, "flood")
    trips, *_ = order_sheets(book, "en")
    heads = [column.header for column in trips.columns]
    assert heads[-2:] == ["crew rule", "rest stops"]
    assert [column.is_page_start for column in trips.columns[-2:]] == [True, False]
    told = {line.cells[0]: line.cells[-1] for line in trips.lines}
    facts, seen = Ground(case).facts, 0
    lines = {row["id"]: row["properties"] for row in trip_lines(book, "en")["features"]}
    for order in book.trips:
        trip = order.trip
        rests = stops.of(trip)
        is_told = any(
            row.drive_hours is not None
            for row in case.lanes
            if (row.warehouse, row.district) == (trip.warehouse, trip.district)
            and row.fleet in {None, trip.fleet}
        )
        assert (rests is None) == is_told
        on_map = lines[trip.trip]["rest_stops"]
        assert lines[trip.trip]["drivers"] == 1
        if rests is None:
            assert on_map is None
            assert told[trip.trip] == "as told in Lanes"
            continue
        assert [(row["begin_hours"], row["is_back"]) for row in on_map] == [
            (pytest.approx(stop.begin_hours, abs=1e-6), stop.is_back) for stop in rests
        ]
        (kind,) = (row for row in case.vehicles if row.fleet == trip.fleet)
        driving = trip.distance_km / kind.speed_kmh
        driving *= facts.road_time_factor("flood", trip.district)
        for is_back, begin, end in (
            (False, trip.depart_hours, trip.arrive_hours),
            (True, trip.unload_end_hours, trip.return_hours),
        ):
            own = [stop for stop in rests if stop.is_back is is_back]
            assert all(begin - 1e-9 <= s.begin_hours <= s.end_hours <= end + 1e-9 for s in own)
            rested = sum(stop.end_hours - stop.begin_hours for stop in own)
            assert rested == pytest.approx(end - begin - driving)
            seen += len(own)
        if rests:
            first = book.clock(rests[0].begin_hours)
            assert first is not None
            said = rest_words(book, stops, order, "zh")
            assert f"{first:%m-%d %H:%M} ({rests[0].minutes})" in said
            assert ("/" in said) == rests[-1].is_back
    assert seen > 0


def test_orders_name_the_crew_rule() -> None:
    """How many drive, the short rest and, alone, the long one."""
    assert crew_words(driver(), "en") == "drivers: 1, 30 min after 4 h, 16 h after 8 h"
    assert crew_words(driver(drivers=2), "en") == "drivers: 2, 30 min after 4 h"
    assert crew_words(driver(), "zh") == "驾驶员 1，每4 h休息30 min，累计8 h长休16 h"


@settings(max_examples=50, deadline=None)
@given(st.floats(2.1, 60), st.floats(1, 12), st.floats(0, 16))
def test_a_ring_is_as_far_as_a_driver_gets(hours: float, day: float, rest: float) -> None:
    """Driving to the ring with all rests takes the hours given, or a rest falls due there."""
    kind = driver(daily_driving_hours=day, daily_rest_hours=rest)
    wheels = reach_km(kind, hours, 1.0) / kind.speed_kmh
    available = hours - kind.load_hours - kind.unload_hours

    def needed(driving: float) -> float:
        shorts = max(0, int(np.ceil(driving / 4 - 1e-9)) - 1)
        return driving + 0.5 * shorts + long_rests_of_trip(kind, driving)[0]

    assert needed(wheels - 1e-6) <= available + 1e-6
    assert needed(wheels + 1e-4) >= available - 1e-6
