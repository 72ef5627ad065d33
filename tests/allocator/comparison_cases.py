"""Small plans, put together by hand, for the tests of comparisons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from allocator.case import Case
from allocator.compare import Compared
from allocator.plan import Plan
from allocator.schema.results import (
    LoadingLine,
    OpenWarehouse,
    RunInfo,
    Shortage,
    Stage,
    StockPlan,
    Trip,
)
from allocator.schema.row import Row

__all__ = ["compared", "info", "loading", "opened", "plan_of", "short", "stage", "stocked", "trip"]


def plan_of(*rows: Row) -> Plan:
    """A plan of these rows."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.sheet].append(row)
    return Plan({sheet: tuple(table) for sheet, table in found.items()})


def compared(name: str, rows: Iterable[Row], case: Case | None = None) -> Compared:
    """A plan of these rows, with a name."""
    return Compared(name, plan_of(*rows), case)


def stage(
    part: str, name: str, objective: float, bound: float | None = None, status: str = "time_limit"
) -> Stage:
    """One stage of a part; the gap plays no part in a comparison."""
    return Stage(part=part, stage=name, objective=objective, bound=bound, status=status, seconds=1)


def opened(warehouse: str, size: str | None, volume_m3: float, *, is_open: bool = True) -> Row:
    """What becomes of a warehouse; half of it is used."""
    return OpenWarehouse(
        warehouse=warehouse,
        decision="keep" if is_open else "close",
        is_open=is_open,
        size_class=size,
        volume_m3=volume_m3,
        used_m3=volume_m3 / 2,
        one_off_cost_cny=0,
        annual_cost_cny=0,
    )


def stocked(warehouse: str, item: str, units: float) -> Row:
    """Stock under a plan."""
    return StockPlan(
        warehouse=warehouse,
        item=item,
        today_units=0,
        stock_units=units,
        buy_units=units,
        withdraw_units=0,
    )


def trip(name: str, depart_hours: float, to: str = "450101", of: str = "W1") -> Row:
    """A truck's trip that is there an hour later."""
    return Trip(
        trip=name,
        scenario="flood",
        warehouse=of,
        district=to,
        fleet="TRUCK",
        release_hours=0,
        load_start_hours=max(0.0, depart_hours - 1),
        depart_hours=depart_hours,
        arrive_hours=depart_hours + 1,
        unload_end_hours=depart_hours + 2,
        return_hours=depart_hours + 3,
        latest_load_start_hours=40,
        distance_km=60,
        cost_cny=100,
        weight_kg=60,
        volume_m3=2,
    )


def loading(name: str, item: str, units: float) -> Row:
    """What a trip carries of an item."""
    return LoadingLine(
        trip=name, scenario="flood", item=item, load_units=units, weight_kg=1, volume_m3=1
    )


def short(district: str, item: str, demand: float, unmet: float, reason: str = "no_stock") -> Row:
    """A shortage of the flood."""
    return Shortage(
        scenario="flood",
        district=district,
        item=item,
        demand_units=demand,
        served_units=demand - unmet,
        unmet_units=unmet,
        reason=reason if unmet else "",
    )


def info(**told: str) -> list[Row]:
    """Lines of Run_Info."""
    return [RunInfo(name=name, text=text) for name, text in told.items()]
