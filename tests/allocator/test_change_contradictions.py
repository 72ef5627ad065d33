"""Changes that contradict the plan or each other are refused; what cuts a district off is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from allocator.case import Case
from allocator.plan import Plan
from allocator.schema.changes import Change
from allocator.schema.dispatch_rules import HourRule
from allocator.schema.results import Trip
from tests.allocator.change_cases import due_trip, faults, flood_plan, left_trip, read
from tests.tiny import build_case


@pytest.fixture(scope="module")
def case() -> Case:
    """The tiny case."""
    return build_case()


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Its dispatch of the flood, with a digest."""
    return flood_plan()


def test_what_is_told_of_trips_must_fit_the_plan(tmp_path: Path, case: Case, plan: Plan) -> None:
    """Trips that left cannot be due, those that are due cannot be late, and so on."""
    left, due = left_trip(plan), due_trip(plan)
    departed = {trip.trip: trip.depart_hours for trip in plan.trips}[left]
    for row, field, words in (
        ({"kind": "trip_held", "trip": due}, "trip", "is only due at hour"),
        ({"kind": "trip_late", "trip": due, "amount": 40}, "trip", "has not left"),
        ({"kind": "trip_lost", "trip": due}, "trip", "has not left"),
        ({"kind": "trip_left", "trip": due, "from_hours": 4}, "from_hours", "has not left yet"),
        (
            {"kind": "trip_late", "trip": left, "amount": departed / 2},
            "amount",
            "is before the trip departed",
        ),
    ):
        (issue,) = faults(tmp_path, case, plan, row)
        assert (issue.code, issue.field) == ("change_contradicts", field), row
        assert words in issue.message, row


def test_what_earlier_replans_told_of_trips_holds(tmp_path: Path, case: Case, plan: Plan) -> None:
    """A lost trip is not late, and one that was held had not left before."""
    lost, held = left_trip(plan), due_trip(plan)
    trips = [t.model_copy(update={"state": "lost"}) if t.trip == lost else t for t in plan.trips]
    earlier = plan.replace(Trip, trips).replace(
        Change,
        [
            Change(at_hours=2, kind="trip_lost", trip=lost),
            Change(at_hours=2, kind="trip_held", trip=held),
        ],
    )
    found = faults(
        tmp_path,
        case,
        earlier,
        {"kind": "trip_late", "trip": lost, "amount": 20},
        {"kind": "trip_left", "trip": held, "from_hours": 1.5},
    )
    assert [(issue.code, issue.field) for issue in found] == [
        ("change_contradicts", "trip"),
        ("change_contradicts", "from_hours"),
    ]
    assert "is lost" in found[0].message
    assert "before hour 2, when it was told to be held" in found[1].message


@pytest.mark.parametrize("is_earlier", [True, False])
def test_nothing_is_found_where_all_is_lost(
    tmp_path: Path, case: Case, plan: Plan, is_earlier: bool
) -> None:
    """Stock found at a warehouse that is lost by then is refused, not so where it is lost later."""
    found_there = {"kind": "stock_found", "warehouse": "W3", "item": "TENT", "amount": 5}
    lost = {"kind": "warehouse_lost", "warehouse": "W3"}
    if is_earlier:
        told = Change.model_validate({"at_hours": 1, **lost, "from_hours": 2.5})
        earlier = plan.replace(Change, [told])
        found = faults(tmp_path, case, earlier, found_there)
        (gone,) = faults(tmp_path, case, earlier, found_there | {"kind": "stock_lost"})
        assert "more than the 0 units" in gone.message
    else:
        found = faults(tmp_path, case, plan, found_there, lost)
    assert [(issue.code, issue.field) for issue in found] == [("change_contradicts", "warehouse")]
    read(tmp_path, case, plan, found_there, lost | {"from_hours": 9})


def test_nothing_is_found_in_a_warehouse_that_is_not_open(
    tmp_path: Path, case: Case, plan: Plan
) -> None:
    """W2 may be built one day; what is found there cannot be loaded."""
    row = {"kind": "stock_found", "warehouse": "W2", "item": "TENT", "amount": 5}
    (found,) = faults(tmp_path, case, plan, row)
    assert (found.code, found.field) == ("change_contradicts", "warehouse")
    assert "not open under the plan" in found.message


def test_a_trip_that_left_contradicts_a_warehouse_lost_before(
    tmp_path: Path, case: Case, plan: Plan
) -> None:
    """Unless the trip is told to have been held; so does a road that was closed before."""
    trip = min(plan.trips, key=lambda one: one.load_start_hours)
    lost = {"kind": "warehouse_lost", "warehouse": trip.warehouse, "from_hours": 0}
    (issue,) = faults(tmp_path, case, plan, lost)
    assert issue.code == "change_contradicts"
    assert trip.trip in issue.message
    assert "trip_held" in issue.hint
    closed = {"kind": "road_closed", "district": trip.district, "from_hours": 0}
    (issue,) = faults(tmp_path, case, plan, closed)
    assert f"contradicts trip {trip.trip}" in issue.message
    early = [one for one in plan.trips if one.load_start_hours < 3]
    held = [
        {"kind": "trip_held", "trip": one.trip} for one in early if one.warehouse == trip.warehouse
    ]
    assert read(tmp_path, case, plan, lost, *held)[0].changes[0].kind == "warehouse_lost"


def test_two_rows_about_one_thing_contradict_each_other(
    tmp_path: Path, case: Case, plan: Plan
) -> None:
    """The second one is named, with the cell of the first."""
    need = {"kind": "demand", "district": "450101", "item": "TENT", "amount": 5}
    (issue,) = faults(tmp_path, case, plan, need, need | {"amount": 6})
    assert (issue.code, issue.cell) == ("change_repeated", "[1].kind")
    assert "[0].kind" in issue.message
    left = left_trip(plan)
    (issue,) = faults(
        tmp_path,
        case,
        plan,
        {"kind": "trip_lost", "trip": left},
        {"kind": "trip_held", "trip": left},
    )
    assert issue.code == "change_repeated"


def test_a_district_that_is_cut_off_is_a_warning(tmp_path: Path, case: Case, plan: Plan) -> None:
    """It may be so; it is said which district, and that a fleet is gone altogether."""
    trucks = sum(
        row.vehicles_count for row in case.fleets if (row.warehouse, row.fleet) == ("W1", "TRUCK")
    )
    _, warnings = read(
        tmp_path,
        case,
        plan,
        {"kind": "road_closed", "district": "450102", "from_hours": 3.5},
        {"kind": "vehicle_lost", "warehouse": "W1", "fleet": "TRUCK", "amount": trucks},
    )
    assert [issue.code for issue in warnings] == ["district_cut_off", "no_vehicles_left"]
    assert "450102" in warnings[0].message
    assert "fleet TRUCK at warehouse W1" in warnings[1].message
    _, warnings = read(
        tmp_path,
        case,
        plan,
        {"kind": "road_closed", "district": "450102", "from_hours": 3.5, "to_hours": 9},
    )
    assert warnings == []


@pytest.mark.parametrize(
    ("hours", "is_cut_off"),
    [
        ({"from_hours": 9.0}, True),
        ({"from_hours": 9.0, "to_hours": 20.0}, False),
        ({"from_hours": 9.0, "fleet": "VAN"}, False),
        ({"from_hours": 0.0, "warehouse": "W1"}, False),
    ],
)
def test_hours_in_which_nothing_departs_cut_off_as_well(
    tmp_path: Path, case: Case, plan: Plan, hours: dict[str, Any], is_cut_off: bool
) -> None:
    """A road closed until hour 9 leaves no way where nothing departs from then on."""
    rule = {"kind": "no_departure", "district": "450102", **hours}
    closed = {"kind": "road_closed", "district": "450102", "from_hours": 3.5, "to_hours": 9}
    dark = case.replace(HourRule, (HourRule.model_validate(rule),))
    _, warnings = read(tmp_path, dark, plan, closed)
    assert [issue.code for issue in warnings] == ["district_cut_off"] * is_cut_off
