"""The tiny flood with trips and shortages made by hand, and a list of who answers.

From W1 to 450201 it is 6 h of driving, an hour of loading and one of unloading: 8 h against the
10 h promised after the order, which is at hour 0. LOCAL/2 releases at 1.5 h, CROSS/3 at 5 h.
"""

from __future__ import annotations

from typing import Any

from allocator.case import Case
from allocator.plan import Plan
from allocator.schema.coordination import Owner
from allocator.schema.results import LoadingLine, Shortage, Stage, Trip
from tests.tiny import Tables, build_case, build_tables
from tests.tiny_sign_offs import step

__all__ = ["case_of", "change", "only", "plan_of", "short", "trip"]

FAR = {"450101": 2.0, "450201": 6.0}
"""Driving from W1 by truck, the first longer than on the map, for the sake of whole hours. [h]"""


def change(tables: Tables, sheet: str, line: int, **fields: Any) -> Tables:
    """Change some fields of one row in place."""
    tables[sheet][line].update(fields)
    return tables


def case_of(tables: Tables | None = None) -> Case:
    """The tiny case with rows for a level, a warehouse and two causes."""
    raw = build_tables() if tables is None else tables
    raw["Responsibility"] = [
        *raw.get("Responsibility", []),
        {"trigger": "warehouse", "subject": "city", **_parties("CITY_DEM")},
        {"trigger": "warehouse", "subject": "county", **_parties("CITY_DEM"), "due_hours": 6},
        {"trigger": "warehouse", "subject": "W3", **_parties("PROV_GOV")},
        {"trigger": "cause", "subject": "vehicles", **_parties("PROV_DEM")},
        {"trigger": "cause", "subject": "out_of_reach", **_parties("PROV_GOV")},
    ]
    return build_case(raw)


def _parties(owner: str) -> dict[str, str]:
    """Initiator, coordinator and owner of a row."""
    return {"initiator": "CITY_DEM", "coordinator": "PROV_DEM", "department": owner}


def trip(
    code: str,
    start: float,
    load: dict[str, float],
    *,
    warehouse: str = "W1",
    district: str = "450201",
    release: float = 1.5,
    drive: float | None = None,
    fleet: str = "TRUCK",
    volume: float = 1.0,
) -> tuple[Trip, list[LoadingLine]]:
    """One trip with its load list; loading and unloading take an hour each."""
    hours = FAR[district] if drive is None else drive
    depart, arrive, end = start + 1, start + 1 + hours, start + 2 + hours
    row = Trip(
        trip=code,
        scenario="flood",
        warehouse=warehouse,
        district=district,
        fleet=fleet,
        release_hours=release,
        load_start_hours=start,
        depart_hours=depart,
        arrive_hours=arrive,
        unload_end_hours=end,
        return_hours=end + hours,
        latest_load_start_hours=start,
        distance_km=1,
        cost_cny=1,
        weight_kg=1,
        volume_m3=volume,
    )
    lines = [
        LoadingLine(
            trip=code, scenario="flood", item=item, load_units=units, weight_kg=1, volume_m3=1
        )
        for item, units in load.items()
    ]
    return row, lines


def short(district: str, item: str, units: float, reason: str) -> Shortage:
    """One shortage of the flood."""
    return Shortage(
        scenario="flood",
        district=district,
        item=item,
        demand_units=units,
        served_units=0,
        unmet_units=units,
        reason=reason,
    )


def plan_of(*trips: tuple[Trip, list[LoadingLine]], shortages: tuple[Shortage, ...] = ()) -> Plan:
    """A plan of the flood with these trips and shortages."""
    stage = Stage(part="flood", stage="unmet", objective=0.0, status="optimal", seconds=0.0)
    return Plan(
        {
            "Dispatch_Trips": tuple(row for row, _ in trips),
            "Loading_List": tuple(line for _, lines in trips for line in lines),
            "Shortages": shortages,
            "Stages": (stage,),
        }
    )


def only(rows: list[Owner]) -> tuple[str, str, str, float, float | None]:
    """Cause, subject, department, units and lateness of the one row there is."""
    (row,) = rows
    return row.cause, row.subject, row.department, row.amount_units, row.late_hours


def slow_local(tables: Tables) -> Tables:
    """LOCAL takes 3 h: 0.5 h for the report, 2.5 h for the consent."""
    return change(tables, "Approval_Steps", 1, duration_hours=2.5)


def two_ways(tables: Tables) -> Tables:
    """LOCAL/2 waits for two steps of equal length, so that neither alone holds it up."""
    tables["Approval_Steps"] += [
        step("LOCAL", "1b", "会商", "PROV_GOV", 0.5, join="START"),
    ]
    return change(tables, "Approval_Steps", 1, predecessors="1;1b", duration_hours=0)
