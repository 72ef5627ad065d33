"""Paper and wheels of a plan, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.coordination.paper_and_wheels import PARTS, lane_bars, paper_and_wheels
from allocator.plan import Plan
from allocator.schema.results import LoadingLine, Stage, Trip
from tests.tiny import build_case


def trip(name: str, warehouse: str, district: str, hours: list[float], **more: Any) -> Trip:
    """A trip of the flood; hours are release, load start, departure, arrival, end of unloading."""
    release, start, depart, arrive, end = hours
    fields: dict[str, Any] = {
        "trip": name,
        "scenario": "flood",
        "warehouse": warehouse,
        "district": district,
        "fleet": "TRUCK",
        "release_hours": release,
        "load_start_hours": start,
        "depart_hours": depart,
        "arrive_hours": arrive,
        "unload_end_hours": end,
        "return_hours": end,
        "latest_load_start_hours": start,
        "distance_km": 1,
        "cost_cny": 0,
        "weight_kg": 1,
        "volume_m3": 1,
    }
    return Trip(**{**fields, **more})


def plan_of(*trips: Trip) -> Plan:
    """A plan of some trips, each with tents on board."""
    lines = [
        LoadingLine(
            trip=row.trip, scenario="flood", item="TENT", load_units=1, weight_kg=1, volume_m3=1
        )
        for row in trips
    ]
    stage = Stage(part="flood", stage="unmet", objective=0, status="optimal", seconds=0)
    return Plan({"Dispatch_Trips": trips, "Loading_List": tuple(lines), "Stages": (stage,)})


FAR = trip("f1", "W3", "450101", [5, 6, 7, 17, 18], volume_m3=30)
LATER = trip("f2", "W3", "450201", [5, 8, 9, 24.5, 25.5], volume_m3=10)
NEAR = trip("n1", "W1", "450102", [1.5, 2, 3, 5, 6], volume_m3=12)


def test_means_by_hand() -> None:
    """Weighted 30 to 10: 5 h paper, 1.5 h waiting, 1 h loading, 11.375 h driving, 1 h unloading."""
    near, far = sorted(
        paper_and_wheels(build_case(), plan_of(FAR, NEAR, LATER)), key=lambda row: row.drive_hours
    )
    assert (near.procedure, far.procedure) == ("LOCAL", "CROSS")
    assert (far.trips_count, far.volume_m3) == (2, 40.0)
    hours = [getattr(far, f"{part}_hours") for part in PARTS]
    assert hours == pytest.approx([5.0, (30 * 1 + 10 * 3) / 40, 1.0, (30 * 10 + 10 * 15.5) / 40, 1])
    assert far.paper_share == pytest.approx(5 / (5 + 1.5 + 1 + 11.375 + 1))
    assert [getattr(near, f"{part}_hours") for part in PARTS] == [1.5, 0.5, 1.0, 2.0, 1.0]


def test_hours_add_up_to_the_mean_until_in_hand() -> None:
    """The five parts of each row are the whole of the hours from the event."""
    for row in paper_and_wheels(build_case(), plan_of(FAR, LATER)):
        whole = sum(getattr(row, f"{part}_hours") for part in PARTS)
        assert whole == pytest.approx((30 * 18 + 10 * 25.5) / 40)


def test_lost_trips_are_left_out() -> None:
    """A trip that never arrives spends no hours until goods are in hand."""
    lost = LATER.model_copy(update={"state": "lost"})
    rows = paper_and_wheels(build_case(), plan_of(FAR, lost))
    assert rows == paper_and_wheels(build_case(), plan_of(FAR))


def test_what_left_before_a_late_signature_waited_for_nothing() -> None:
    """Loaded at 6 h where the release is at 9 h: six hours of paper, no negative wait."""
    early = FAR.model_copy(update={"release_hours": 9.0})
    (row,) = paper_and_wheels(build_case(), plan_of(early))
    assert (row.paper_hours, row.wait_hours) == (6.0, 0.0)


def test_bars_stand_end_to_end_below_their_steps() -> None:
    """Steps of the procedure as planned end with the release; the parts follow each other."""
    case = build_case()
    (bars,) = lane_bars(case, paper_and_wheels(case, plan_of(FAR)))
    assert [(bar.part, bar.from_hours, bar.to_hours) for bar in bars.parts] == [
        ("paper", 0.0, 5.0),
        ("wait", 5.0, 6.0),
        ("load", 6.0, 7.0),
        ("drive", 7.0, 17.0),
        ("unload", 17.0, 18.0),
    ]
    assert [(bar.part, bar.from_hours, bar.to_hours, bar.is_critical) for bar in bars.steps] == [
        ("1", 0.0, 1.0, True),
        ("2a", 1.0, 3.0, False),
        ("2b", 1.0, 4.0, True),
        ("3", 4.0, 5.0, True),
    ]
    assert {bar.department for bar in bars.steps} == {"CITY_DEM", "PROV_DEM", "PROV_GOV"}
