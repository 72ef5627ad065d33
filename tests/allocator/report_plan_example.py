"""A plan of the example case by a plain greedy rule: every sheet agrees with every other."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from math import asin, ceil, cos, radians, sin, sqrt

from allocator.case import Case
from allocator.plan import PLACEMENT_PART, Plan
from allocator.schema.network import District, Item
from allocator.schema.results import (
    Allocation,
    Arrival,
    CoverageResult,
    LoadingLine,
    OpenWarehouse,
    RunInfo,
    ServedByHour,
    Shortage,
    Stage,
    StockPlan,
    Trip,
)
from allocator.schema.row import Row
from tests.allocator.report_example import (
    EVENT,
    FLEET,
    NEEDS,
    STOCK_UNITS,
    VEHICLES_COUNT,
    needs,
    tables,
)

__all__ = ["example_plan"]

DECISIONS = {
    "W450103": ("keep", True, "P1", 6000.0, 0.0, 1.1e6),
    "W450205": ("resize", True, "D3", 3200.0, 2.1e6, 5.9e5),
    "W450702": ("open", True, "D3", 3200.0, 6.3e6, 5.9e5),
    "W450602": ("open", True, "D1", 1500.0, 3.1e6, 3.2e5),
    "W451002": ("close", False, None, 0.0, 2.0e5, 0.0),
    "WC4301": ("external", True, None, 30000.0, 0.0, 0.0),
}

RELEASE_HOURS = {"province": 2.5, "city": 1.5, "county": 0.5, "central": 8.0}


def example_plan(case: Case) -> Plan:
    """Return a plan of the example case, greedy but consistent in itself."""
    rows: list[Row] = [*_placement_rows(case), *_promise_rows()]
    for scenario in NEEDS:
        rows += _dispatch_rows(case, scenario)
    rows += [
        RunInfo(name=name, text=text)
        for name, text in (
            ("certified", "yes"),
            ("case_digest", case.digest),
            ("created", datetime(2026, 1, 1, tzinfo=UTC).isoformat()),
            ("seconds", "12.5"),
            ("objective", "lives"),
            ("highs", "1.16.0"),
        )
    ]
    return Plan(tables(rows))


def _placement_rows(case: Case) -> list[Row]:
    names = {row.warehouse: row.name for row in case.warehouses}
    volume = {row.item: row.volume_m3 for row in case.items}
    today = {(row.warehouse, row.item): row.stock_units for row in case.stock}
    rows: list[Row] = []
    for code, (decision, is_open, size, m3, once, yearly) in DECISIONS.items():
        stock = STOCK_UNITS.get(code, {})
        rows.append(
            OpenWarehouse(
                warehouse=code,
                name=names[code],
                decision=decision,
                is_open=is_open,
                size_class=size,
                volume_m3=m3,
                used_m3=sum(volume[item] * units for item, units in stock.items()),
                one_off_cost_cny=once,
                annual_cost_cny=yearly,
            )
        )
    for code, stock in STOCK_UNITS.items():
        for item, units in stock.items():
            lying = today.get((code, item), 0.0)
            rows.append(
                StockPlan(
                    warehouse=code,
                    item=item,
                    today_units=lying,
                    stock_units=units,
                    buy_units=max(0.0, units - lying),
                    withdraw_units=max(0.0, lying - units),
                )
            )
    return rows


def _promise_rows() -> list[Row]:
    rows: list[Row] = [
        Allocation(
            scenario="nesat2011", warehouse="W450702", district="450521", item="QUILT", ship_units=9
        ),
        CoverageResult(
            district="450602",
            item="TENT12S",
            target_hours=6,
            required_units=95,
            reachable_units=95,
            short_units=0,
        ),
        CoverageResult(
            district="451002",
            item="TENT12S",
            target_hours=6,
            required_units=200,
            reachable_units=40,
            short_units=160,
        ),
    ]
    figures = (
        ("unmet", 812.0, 812.0, 0.0, None, "optimal", 3.1),
        ("waiting", 255000.0, 251000.0, 0.0157, 0.021, "within_gap", 8.2),
        ("cost", 3.1e6, 3.05e6, 0.0161, None, "time_limit", 1.2),
    )
    rows += [
        Stage(
            part=PLACEMENT_PART,
            stage=stage,
            objective=value,
            bound=bound,
            gap=gap,
            controllable_gap=controllable,
            status=status,
            seconds=seconds,
        )
        for stage, value, bound, gap, controllable, status, seconds in figures
    ]
    return rows


def _dispatch_rows(case: Case, scenario: str) -> list[Row]:
    """Nearest stock first, full vehicles, one departure an hour for each two vehicles."""
    items = {row.item: row for row in case.items}
    places = {row.district: row for row in case.districts}
    stock = {code: dict(units) for code, units in STOCK_UNITS.items()}
    left = needs(scenario)
    slots: dict[str, int] = defaultdict(int)
    trips: list[Trip] = []
    loads: list[LoadingLine] = []
    for district in NEEDS[scenario]:
        lanes = sorted(stock, key=lambda code: _distance_km(case, code, places[district]))
        for code in lanes:
            while len(trips) < 60 and slots[code] < 2 * VEHICLES_COUNT[code]:
                cargo = _cargo(items, stock[code], left, district)
                if not cargo:
                    break
                trip = _trip(case, scenario, code, district, slots[code], cargo)
                if trip.unload_end_hours > 48:
                    break
                trip = trip.model_copy(update={"trip": f"{scenario}-{len(trips) + 1:04d}"})
                trips.append(trip)
                slots[code] += 1
                for item, units in cargo.items():
                    stock[code][item] -= int(units)
                    left[district, item] -= units
                    loads.append(
                        LoadingLine(
                            trip=trip.trip,
                            scenario=scenario,
                            item=item,
                            load_units=units,
                            weight_kg=units * items[item].weight_kg,
                            volume_m3=units * items[item].volume_m3,
                        )
                    )
    return [*trips, *loads, *_outcome_rows(case, scenario, trips, loads)]


def _outcome_rows(
    case: Case, scenario: str, trips: list[Trip], loads: list[LoadingLine]
) -> list[Row]:
    weight = {row.item: row.priority_weight for row in case.items}
    ends = {trip.trip: (trip.district, trip.unload_end_hours) for trip in trips}
    arrivals: dict[tuple[str, str, float], float] = defaultdict(float)
    for line in loads:
        district, hours = ends[line.trip]
        arrivals[district, line.item, hours] += line.load_units
    need = needs(scenario)
    total = sum(weight[item] * units for (_, item), units in need.items())
    rows: list[Row] = [
        Arrival(
            scenario=scenario,
            district=district,
            item=item,
            unload_end_hours=hours,
            arrive_units=units,
        )
        for (district, item, hours), units in sorted(arrivals.items())
    ]
    for hour in range(49):
        served = sum(
            weight[item] * units for (_, item, end), units in arrivals.items() if end <= hour
        )
        rows.append(ServedByHour(scenario=scenario, hour=hour, served_share=served / total))
    for (district, item), units in need.items():
        served = sum(value for (d, i, _), value in arrivals.items() if (d, i) == (district, item))
        if units - served > 0:
            rows.append(
                Shortage(
                    scenario=scenario,
                    district=district,
                    item=item,
                    demand_units=units,
                    served_units=served,
                    unmet_units=units - served,
                    reason="vehicles",
                    sentence="every vehicle is under way until the horizon",
                )
            )
    unmet = sum(weight[row.item] * row.unmet_units for row in rows if isinstance(row, Shortage))
    rows += [
        Stage(
            part=scenario,
            stage=stage,
            objective=value,
            bound=value * 0.99,
            gap=0.01,
            status="within_gap",
            seconds=1.5,
        )
        for stage, value in (("unmet", unmet), ("waiting", unmet * 48 + 9000), ("cost", 82000.0))
    ]
    return rows


def _cargo(
    items: dict[str, Item],
    stock: dict[str, int],
    left: dict[tuple[str, str], float],
    district: str,
) -> dict[str, float]:
    """Fill one vehicle with what is needed and there, heaviest need first."""
    kg, m3 = FLEET.payload_kg, FLEET.volume_m3
    cargo: dict[str, float] = {}
    for item, row in items.items():
        most = min(kg // row.weight_kg, m3 // row.volume_m3)
        units = min(most, stock.get(item, 0), left.get((district, item), 0.0))
        if units >= 1:
            cargo[item] = float(int(units))
            kg -= cargo[item] * row.weight_kg
            m3 -= cargo[item] * row.volume_m3
    return cargo


def _trip(
    case: Case, scenario: str, warehouse: str, district: str, slot: int, cargo: dict[str, float]
) -> Trip:
    items = {row.item: row for row in case.items}
    level = next(row.level for row in case.warehouses if row.warehouse == warehouse)
    release = RELEASE_HOURS[level]
    place = next(row for row in case.districts if row.district == district)
    km = max(10.0, 1.3 * _distance_km(case, warehouse, place))
    wheels = km / FLEET.speed_kmh
    drive = wheels + max(0, ceil(wheels / 4) - 1) / 3
    count = VEHICLES_COUNT[warehouse]
    start = float(ceil(release + slot % count / 2))
    if slot >= count:
        start = float(ceil(start + 2 * drive + 2))
    clock = [
        (EVENT + timedelta(hours=start + more)).isoformat() for more in (0.0, 1.0, 2.0 + drive)
    ]
    return Trip(
        trip="0",
        scenario=scenario,
        warehouse=warehouse,
        district=district,
        fleet="MT68",
        release_hours=release,
        load_start_hours=start,
        depart_hours=start + 1,
        arrive_hours=start + 1 + drive,
        unload_end_hours=start + 2 + drive,
        return_hours=start + 2 + 2 * drive,
        load_start_time=clock[0],
        depart_time=clock[1],
        unload_end_time=clock[2],
        latest_load_start_hours=max(0.0, 46 - drive),
        distance_km=km,
        cost_cny=300 + 2 * 4.5 * km,
        weight_kg=sum(items[item].weight_kg * units for item, units in cargo.items()),
        volume_m3=sum(items[item].volume_m3 * units for item, units in cargo.items()),
        approvals="PROV:1",
    )


def _distance_km(case: Case, warehouse: str, district: District) -> float:
    row = next(found for found in case.warehouses if found.warehouse == warehouse)
    home = next((found for found in case.districts if found.district == row.district), None)
    lon, lat = (home.lon, home.lat) if home else (row.lon or 0.0, row.lat or 0.0)
    east, north = radians(district.lon - lon), radians(district.lat - lat)
    half = sin(north / 2) ** 2 + cos(radians(lat)) * cos(radians(district.lat)) * sin(east / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(half))
