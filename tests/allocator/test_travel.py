"""Lanes: distances, driving hours with rests, the user's rows, reach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.case import Case
from allocator.travel import Lanes, build_lanes, drive_hours, great_circle_km
from tests.tiny import build_case, build_tables


def lane(case: Case, lanes: Lanes, warehouse: str, district: str) -> int:
    """Position of one lane."""
    w, d = case.warehouse_index()[warehouse], case.district_index()[district]
    found = np.flatnonzero((lanes.warehouse == w) & (lanes.district == d))
    assert len(found) == 1, (warehouse, district)
    return int(found[0])


def test_great_circle_is_the_known_distance() -> None:
    """A degree of latitude is 111.195 km, and Nanning to Guangzhou about 500 km."""
    degree = great_circle_km(np.array(108.0), np.array(22.0), np.array(108.0), np.array(23.0))
    assert float(degree) == pytest.approx(111.195, abs=0.001)
    far = great_circle_km(np.array(108.37), np.array(22.82), np.array(113.26), np.array(23.13))
    assert float(far) == pytest.approx(502, abs=3)


@pytest.mark.parametrize(
    ("wheels", "hours"), [(0.0, 0.0), (4.0, 4.0), (4.1, 4.6), (8.0, 8.5), (8.5, 9.5), (12.0, 13.0)]
)
def test_rest_after_each_block_that_is_driven_on(wheels: float, hours: float) -> None:
    """A rest is due after four hours only if the driving goes on."""
    found = drive_hours(np.array(wheels), np.array(4.0), np.array(0.5))
    assert float(found) == pytest.approx(hours)


def test_no_block_means_no_rest() -> None:
    """Block 0 switches the rests off."""
    assert float(drive_hours(np.array(30.0), np.array(0.0), np.array(0.5))) == 30.0


TABLE = [
    ("W1", "450101", 10, 1 / 6, 1 / 8),
    ("W1", "450102", 120, 2, 1.5),
    ("W1", "450201", 320, 6, 6),
    ("W2", "450102", 180, 3, np.inf),
    ("W2", "450101", 300, 5.5, np.inf),
    ("W3", "450101", 540, 10, np.inf),
    ("W3", "450102", 660, 12, np.inf),
    ("W3", "450201", 840, 15.5, np.inf),
]


@pytest.mark.parametrize(("warehouse", "district", "km", "truck", "van"), TABLE)
def test_tiny_case_lanes(
    warehouse: str, district: str, km: float, truck: float, van: float
) -> None:
    """The roads of the tiny case are those of its docstring."""
    case = build_case()
    lanes = build_lanes(case)
    p = lane(case, lanes, warehouse, district)
    assert lanes.distance_km[p, 0] == pytest.approx(km)
    assert lanes.drive_hours[p] == pytest.approx([truck, van])


def test_arrival_waits_for_paper_vehicle_and_closure() -> None:
    """The outside warehouse leaves at 8 h for the closed lane and arrives at 24.5 h."""
    case = build_case()
    lanes = build_lanes(case)
    arrival = lanes.arrival_hours()[:, 0]
    # released 5, trucks from 6: loaded by 7, closed until 8, 15.5 h of road, 1 h of unloading
    assert arrival[lane(case, lanes, "W3", "450201")] == pytest.approx(8 + 15.5 + 1)
    assert arrival[lane(case, lanes, "W3", "450101")] == pytest.approx(6 + 1 + 10 + 1)
    assert arrival[lane(case, lanes, "W1", "450102")] == pytest.approx(1.5 + 0.5 + 1.5 + 0.5)


def test_damaged_roads_take_longer() -> None:
    """A road factor of 1.5 lengthens the driving into the district, rests included."""
    case = build_case()
    lanes = build_lanes(case, case.scenario("quake"))
    assert lanes.drive_hours[lane(case, lanes, "W1", "450102"), 0] == pytest.approx(3.0)
    assert lanes.drive_hours[lane(case, lanes, "W1", "450101"), 0] == pytest.approx(1 / 6)


def test_cut_off_district_has_no_road_lane() -> None:
    """Where the roads are cut nothing arrives by road, whatever the user's rows say."""
    tables = build_tables()
    tables["Scenario_Damage"].append(
        {"scenario": "flood", "district": "450201", "is_cut_off": True}
    )
    case = build_case(tables)
    lanes = build_lanes(case, case.scenario("flood"))
    assert case.district_index()["450201"] not in set(lanes.district.tolist())


def test_aircraft_fly_only_where_a_row_names_them() -> None:
    """A fleet that is not of the road has no lane without its own row."""
    tables = build_tables()
    plane = {
        "fleet": "AIR",
        "mode": "air",
        "payload_kg": 18000,
        "volume_m3": 110,
        "speed_kmh": 600,
        "cost_cny_per_km": 100,
        "driving_block_hours": 0,
    }
    tables["Vehicles"].append(plane)
    tables["Fleets"].append({"warehouse": "W3", "fleet": "AIR", "vehicles_count": 1})
    without = build_case(tables)
    assert np.isinf(build_lanes(without).drive_hours[:, 2]).all()
    tables["Lanes"].append(
        {"warehouse": "W3", "district": "450101", "fleet": "AIR", "distance_km": 450}
    )
    case = build_case(tables)
    lanes = build_lanes(case)
    p = lane(case, lanes, "W3", "450101")
    assert lanes.drive_hours[p, 2] == pytest.approx(0.75)
    assert lanes.distance_km[p].tolist() == pytest.approx([540, 540, 450])
    assert np.isfinite(lanes.drive_hours[:, 2]).sum() == 1


def test_short_horizon_leaves_only_lanes_that_arrive() -> None:
    """With six hours only the warehouses nearby have lanes left."""
    tables = build_tables()
    tables["Settings"][0]["horizon_hours"] = 6
    case = build_case(tables)
    lanes = build_lanes(case)
    kept = {
        (case.warehouses[w].warehouse, case.districts[d].district)
        for w, d in zip(lanes.warehouse, lanes.district, strict=True)
    }
    # W2 to 450102: released 1.5, loaded 2.5, three hours of road, unloaded at 6.5: too late
    assert kept == {("W1", "450101"), ("W1", "450102"), ("W2", "450201")}


@given(st.permutations(range(3)), st.permutations(range(3)))
def test_order_of_rows_does_not_matter(first: list[int], second: list[int]) -> None:
    """Permuting warehouses and districts gives the same lanes by code."""
    tables = build_tables()
    base = build_case(tables)
    tables["Warehouses"] = [tables["Warehouses"][k] for k in first]
    tables["Districts"] = [tables["Districts"][k] for k in second]
    mixed = build_case(tables)
    one, two = build_lanes(base), build_lanes(mixed)
    assert len(one.warehouse) == len(two.warehouse)
    for warehouse, district, *_ in TABLE:
        p, q = lane(base, one, warehouse, district), lane(mixed, two, warehouse, district)
        assert one.drive_hours[p] == pytest.approx(two.drive_hours[q])
        assert one.release_hours[p] == pytest.approx(two.release_hours[q])
