"""Dispatch of a case: tables by hand, replay, reasons of shortages."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine import dispatch_exact
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.dispatch_memory import Memory
from allocator.errors import NotFoundError
from allocator.plan import Plan
from allocator.replay.verify import verify
from allocator.schema.results import OpenWarehouse, StockPlan
from allocator.solver import Progress, SolveOptions
from tests.tiny import build_case, build_tables

QUICK = SolveOptions(gap=0.01, time_limit_seconds=20.0)


def small_case(**changes: Any) -> Case:
    """The tiny case's quake, in a shape that is solved at once: 12 h, settings as given."""
    tables = build_tables()
    tables["Settings"][0].update({"horizon_hours": 12, **changes})
    tables["Scenarios"] = [{**tables["Scenarios"][1], "probability": 1}]
    tables["Scenario_Demand"] = tables["Scenario_Demand"][5:]
    tables["Scenario_Damage"] = [
        row for row in tables["Scenario_Damage"] if row["scenario"] == "quake"
    ]
    return build_case(tables)


@cache
def quake_plan() -> Plan:
    """Plan of the small case."""
    return dispatch(small_case(), "quake", options=QUICK)


def test_tiny_quake_by_hand() -> None:
    """25 tents and 500 boxes are usable; the first trips leave at the first hours they may.

    Into its own prefecture W1 is released at 1.5 h, so loading starts at 2 h; the van drives
    1.5 x 1.5 = 2.25 h, the truck 3 h, and the way to 450201 takes 6 h.
    """
    plan = quake_plan()
    first = plan.trips[0]
    assert first.load_start_hours == 2.0
    assert {trip.warehouse for trip in plan.trips} == {"W1"}
    assert sum(line.load_units for line in plan.loading_lines if line.item == "WATER") == 500
    assert sum(line.load_units for line in plan.loading_lines if line.item == "TENT") == 25
    vans = [trip for trip in plan.trips if trip.fleet == "VAN" and trip.district == "450102"]
    assert vans[0].depart_hours == 2.5
    assert vans[0].unload_end_hours == pytest.approx(2.5 + 2.25 + 0.5)
    assert vans[0].return_hours == pytest.approx(5.25 + 2.25)


def test_tables_of_the_quake_are_certified_by_the_replay() -> None:
    """The replay, which shares no code with the engine, finds nothing wrong."""
    assert verify(small_case(), quake_plan()).violations == ()


@pytest.mark.parametrize("objective", ["social", "cost"])
def test_money_objectives_are_certified_too(objective: str) -> None:
    """One stage, named like the objective, and no violation."""
    case = small_case(objective=objective)
    plan = dispatch(case, "quake", options=QUICK)
    assert [stage.stage for stage in plan.stages] == [objective]
    assert verify(case, plan).violations == ()


def test_clock_times_are_those_of_shanghai() -> None:
    """The quake is at 23:30 on 10 January; loading at 2 h is at 01:30 on the next day."""
    first = quake_plan().trips[0]
    assert first.load_start_time == "2026-01-11 01:30"


def test_case_without_a_start_of_the_clock_has_no_clock_times() -> None:
    """Without event times in settings and scenario the clock columns stay empty."""
    tables = build_tables()
    tables["Settings"][0].update({"horizon_hours": 12, "event_time": None})
    tables["Scenarios"] = [{"scenario": "quake", "name": "地震", "probability": 1}]
    tables["Scenario_Demand"] = tables["Scenario_Demand"][5:]
    tables["Scenario_Damage"] = []
    plan = dispatch(build_case(tables), "quake", options=QUICK)
    assert plan.trips
    assert {trip.depart_time for trip in plan.trips} == {""}


def test_approvals_name_procedure_and_steps() -> None:
    """Trips within the province wait for both local signatures, in order."""
    texts = {trip.approvals for trip in quake_plan().trips}
    assert texts == {"LOCAL: 1 报告, 2 批准"}


def test_shortages_carry_figures_and_the_reason() -> None:
    """Half of W1's stock is lost: 100 boxes are missing, and W3's tents cannot come in 12 h."""
    rows = {(row.district, row.item): row for row in quake_plan().shortages}
    water = rows["450102", "WATER"]
    assert (water.demand_units, water.served_units, water.unmet_units) == (600, 500, 100)
    assert water.reason == "no_stock"
    assert "100 of 600 units are missing" in water.sentence
    tents = [row for row in quake_plan().shortages if row.item == "TENT"]
    assert sum(row.unmet_units for row in tents) == 45
    assert {row.reason for row in tents} == {"out_of_reach"}


def test_served_share_rises_to_the_weighted_share_at_the_deadline() -> None:
    """Served_By_Hour has one row an hour, never falls, and ends at 1 - unmet / need."""
    plan = quake_plan()
    shares = [row.served_share for row in plan.served_by_hour]
    assert [row.hour for row in plan.served_by_hour] == list(range(13))
    assert shares == sorted(shares)
    need = 2 * 60 + 600 + 2 * 2 * 10
    assert shares[-1] == pytest.approx(1 - plan.stages[0].objective / need)


def test_unknown_scenario_is_named() -> None:
    """A misspelt scenario is an error that lists the known ones."""
    with pytest.raises(NotFoundError, match="scenario 'quak' is not in the case"):
        dispatch(small_case(), "quak")


def reason_of(tables: dict[str, list[dict[str, Any]]], district: str, item: str) -> str:
    """Reason for the shortage of one item in one district under the quake."""
    plan = dispatch(build_case(tables), "quake", options=QUICK)
    return next(
        row.reason for row in plan.shortages if (row.district, row.item) == (district, item)
    )


def reason_tables() -> dict[str, list[dict[str, Any]]]:
    """The tiny quake with plenty of stock everywhere and a deadline of 12 h."""
    tables = build_tables()
    tables["Settings"][0].update({"horizon_hours": 12})
    tables["Scenarios"] = [{**tables["Scenarios"][1], "probability": 1}]
    tables["Scenario_Demand"] = [
        {"scenario": "quake", "district": "450102", "item": "TENT", "demand_units": 300}
    ]
    tables["Scenario_Damage"] = []
    tables["Stock"] = [{"warehouse": "W1", "item": "TENT", "stock_units": 1000}]
    return tables


def test_reason_vehicles() -> None:
    """One van that makes two trips of 25 tents leaves 250 missing for want of vehicles."""
    tables = reason_tables()
    tables["Fleets"] = [{"warehouse": "W1", "fleet": "VAN", "vehicles_count": 1}]
    assert reason_of(tables, "450102", "TENT") == "vehicles"


def test_reason_vehicles_where_there_are_none() -> None:
    """A warehouse without any vehicle wants vehicles; one from which all come late does not."""
    tables = reason_tables()
    for row in tables["Fleets"]:
        row["vehicles_count"] = 0
    assert reason_of(tables, "450102", "TENT") == "vehicles"
    tables["Settings"][0].update({"horizon_hours": 2})
    assert reason_of(tables, "450102", "TENT") == "out_of_reach"


def test_reason_docks() -> None:
    """Many vans but one load start an hour: docks are the reason."""
    tables = reason_tables()
    tables["Warehouses"][0]["docks_per_hour"] = 1
    tables["Fleets"] = [{"warehouse": "W1", "fleet": "VAN", "vehicles_count": 99}]
    tables["Scenario_Demand"][0]["demand_units"] = 900
    assert reason_of(tables, "450102", "TENT") == "docks"


def test_reason_receiving() -> None:
    """A district that takes in 1 m3 an hour is the reason itself."""
    tables = reason_tables()
    tables["Districts"][1]["receive_m3_per_hour"] = 1
    tables["Fleets"] = [{"warehouse": "W1", "fleet": "TRUCK", "vehicles_count": 99}]
    tables["Warehouses"][0]["docks_per_hour"] = 99
    assert reason_of(tables, "450102", "TENT") == "receiving"


def test_reason_paper() -> None:
    """Signatures that take 11 h leave too little time for a drive of two."""
    tables = reason_tables()
    tables["Approval_Steps"][0]["duration_hours"] = 11
    assert reason_of(tables, "450102", "TENT") == "paper"


def test_reason_home_reserve() -> None:
    """Goods that may not leave their province are the reason although they could arrive."""
    tables = reason_tables()
    tables["Settings"][0]["horizon_hours"] = 30
    tables["Stock"] = [
        {"warehouse": "W3", "item": "TENT", "stock_units": 500, "home_reserve_units": 400}
    ]
    assert reason_of(tables, "450102", "TENT") == "home_reserve"


def test_reason_fraction_of_a_unit() -> None:
    """Half a tent that is missing because only whole ones are sent has the reason other."""
    tables = reason_tables()
    tables["Scenario_Demand"][0]["demand_units"] = 20.5
    assert reason_of(tables, "450102", "TENT") == "other"


def test_placement_decides_stock_docks_and_what_is_open() -> None:
    """Stock of the plan replaces today's, closed warehouses send nothing, the class sets docks."""
    case = small_case()
    rows = (
        StockPlan(
            warehouse="W2",
            item="TENT",
            today_units=0,
            stock_units=30,
            buy_units=30,
            withdraw_units=0,
        ),
        StockPlan(
            warehouse="W1",
            item="TENT",
            today_units=50,
            stock_units=50,
            buy_units=0,
            withdraw_units=0,
        ),
    )
    common = {"volume_m3": 100, "used_m3": 10, "one_off_cost_cny": 0, "annual_cost_cny": 0}
    states = (
        OpenWarehouse(warehouse="W1", decision="close", is_open=False, size_class=None, **common),
        OpenWarehouse(warehouse="W2", decision="open", is_open=True, size_class="L", **common),
    )
    placement = Plan({"Stock_Plan": rows, "Open_Warehouses": states})
    inputs = build_dispatch_inputs(case, "quake", placement)
    assert inputs.held.stock_units[:, 0].tolist() == [0, 30, 200]
    w2 = inputs.warehouse.tolist().index(1)
    assert inputs.data.docks[w2] == 4
    assert inputs.data.stock_units[w2].tolist() == [30, 0]


def test_usable_share_and_home_reserve_are_rounded_down_to_whole_units() -> None:
    """Half of 50 tents is 25, half of what exceeds the reserve of 10 is 20."""
    inputs = build_dispatch_inputs(small_case(), "quake")
    assert inputs.held.usable_units[0].tolist() == [25, 500]
    assert inputs.held.outside_units[0].tolist() == [20, 500]
    assert inputs.held.usable_units[2].tolist() == [200, 0]
    assert inputs.held.outside_units[2].tolist() == [100, 0]


def test_lanes_of_all_fleets_and_prices_reach_the_arrays() -> None:
    """W1 to 450201 has 320 km: the truck's trip costs 100 + 2 x 320 x 5 CNY."""
    inputs = build_dispatch_inputs(small_case(), "quake")
    data = inputs.data
    names = [inputs.case.districts[k].district for k in inputs.district]
    lane = next(
        p
        for p in range(data.lane_count)
        if data.lane_warehouse[p] == 0 and names[data.lane_district[p]] == "450201"
    )
    assert data.trip_cost_cny[lane, 0] == pytest.approx(100 + 2 * 320 * 5)
    assert data.drive_hours[lane].tolist() == [6.0, 6.0]
    assert not data.leaves_province[lane]
    assert data.need_weight.max() == 4
    assert np.isinf(data.receive_m3_per_hour[names.index("450102")])


def test_report_hears_progress_and_better_plans() -> None:
    """A report gets progress lines and complete plans before the end, and then the prices."""

    class Ear:
        news: list[Any]
        plans: list[Plan]

        def __init__(self) -> None:
            self.news, self.plans = [], []

        def __call__(self, news: object) -> None:
            self.news.append(news)

        def best(self, plan: object) -> None:
            assert isinstance(plan, Plan)
            self.plans.append(plan)

    ear = Ear()
    dispatch(small_case(), "quake", options=QUICK, report=ear)
    assert all(isinstance(line, Progress | Memory) for line in ear.news)
    assert isinstance(ear.news[-1], Memory)
    assert ear.plans
    assert ear.plans[-1].stages


def test_scalable_method_alone_is_certified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the exact model the tables pass the replay all the same."""
    monkeypatch.setattr(dispatch_exact, "is_small", lambda _: False)
    case = build_case()
    for scenario in ("flood", "quake"):
        plan = dispatch(case, scenario, options=replace(QUICK, time_limit_seconds=3.0))
        assert verify(case, plan).violations == ()
