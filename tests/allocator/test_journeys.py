"""Records that the service keeps of trips: with what orders know, and found by both ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.plan import Plan
from allocator.schema.changes import Change
from allocator.schema.records import LegRecord, SignOffRow, TripRecord
from allocator.schema.results import Trip
from allocator.solver import SolveOptions
from allocator.worker.rows import row_records
from tests.hub_cases import hand_tables
from tests.tiny import build_case

OPTIONS = SolveOptions(gap=1e-4, time_limit_seconds=10.0)


@pytest.fixture(scope="module")
def case() -> Case:
    """The example of the docs: a train to a hub, and on by truck."""
    return build_case(hand_tables())


@pytest.fixture(scope="module")
def plan(case: Case) -> Plan:
    """Its dispatch."""
    return dispatch(case, "flood", options=OPTIONS)


def _rows(case: Case, plan: Plan, sheet: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Columns and records of a sheet."""
    found = [row for row in row_records(case, plan) if row["sheet"] == sheet]
    return [(row, json.loads(row["record"])) for row in found]


def test_a_leg_is_found_by_its_hub(case: Case, plan: Plan) -> None:
    """The train's row has the hub where a trip has its district, and its cargo and both ends."""
    ((row, record),) = _rows(case, plan, "Leg_Trips")

    assert (row["warehouse"], row["district"], row["fleet"]) == ("W", "H", "TRAIN")
    # The case has no district for either, but one of the same province.
    assert (row["warehouse_province"], row["district_province"]) == ("45", "45")
    leg = LegRecord.model_validate_json(row["record"])
    assert leg.hub_name == "铁路货场"
    assert [(one.item, one.lot, one.load_units) for one in leg.cargo] == [("TENT", "A", 10)]
    assert leg.line is not None
    assert leg.line[0] == (110.0, 28.0)
    assert record["latest_depart_hours"] == record["depart_hours"]


def test_what_goes_on_from_a_hub_is_a_trip(case: Case, plan: Plan) -> None:
    """Trucks from the hub are trips to the district, with all that a record has."""
    trips = [
        TripRecord.model_validate_json(row["record"])
        for row, _ in _rows(case, plan, "Dispatch_Trips")
    ]

    assert [(one.warehouse, one.district) for one in trips] == [("H", "450101")] * 2
    assert sum(one.cargo[0].load_units for one in trips) == 10


def test_a_load_is_found_like_its_trip(case: Case, plan: Plan) -> None:
    """A line of a load list has the places, hours and vehicle of its trip, also of a leg."""
    columns = ("warehouse", "district", "fleet", "from_hours", "to_hours", "district_province")
    places = {
        row["trip"]: [row[name] for name in columns]
        for sheet in ("Dispatch_Trips", "Leg_Trips")
        for row, _ in _rows(case, plan, sheet)
    }
    loads = _rows(case, plan, "Loading_List")

    assert len(loads) >= len(places)
    for row, _ in loads:
        assert [row[name] for name in columns] == places[row["trip"]]


def test_a_lost_trip_is_kept_without_an_order(case: Case, plan: Plan) -> None:
    """Who asks for a trip that never arrives still finds its row, but nothing to carry out."""
    first, *others = plan.trips
    lost = plan.replace(Trip, (first.model_copy(update={"state": "lost"}), *others))
    record = _rows(case, lost, "Dispatch_Trips")[0][1]

    assert (record["state"], record["cargo"], record["line"]) == ("lost", [], None)
    TripRecord.model_validate_json(json.dumps(record))


def test_sign_offs_are_listed_by_lane_and_told_as_through() -> None:
    """Steps that a re-plan finds behind it are through; each lane has its own rows."""
    tiny = build_case()
    first = dispatch(tiny, "flood", options=OPTIONS)
    lanes = {(trip.warehouse, trip.district) for trip in first.trips}
    hours = sorted({row["due_hours"] for _, row in _rows(tiny, first, SignOffRow.sheet)})
    assert len(hours) > 1
    later = first.replace(Change, [Change(kind="no_change", at_hours=hours[0])])

    told = [row for _, row in _rows(tiny, later, SignOffRow.sheet)]
    assert {(row["warehouse"], row["district"]) for row in told} == lanes
    for row in told:
        assert row["state"] == ("through" if row["due_hours"] <= hours[0] else "due")
        trips = [
            trip for trip in first.trips
            if (trip.warehouse, trip.district) == (row["warehouse"], row["district"])
        ]  # fmt: skip
        assert row["trips_count"] == len(trips)
        assert row["first_load_start_hours"] == min(trip.load_start_hours for trip in trips)
