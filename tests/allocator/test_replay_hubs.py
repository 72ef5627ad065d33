"""The replay of plans with hubs: certified as they are, and each broken rule caught by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from allocator.engine.dispatch import dispatch
from allocator.plan import Plan
from allocator.replay import RULES, verify
from allocator.schema.legs import LegTrip
from allocator.schema.results import LoadingLine, Stage, Trip
from allocator.schema.row import Row
from allocator.solver import SolveOptions
from tests.hub_cases import hand_tables
from tests.tiny import Tables, build_case


@cache
def example() -> Plan:
    """The best plan of the example of the docs."""
    options = SolveOptions(gap=1e-4, time_limit_seconds=10.0)
    return dispatch(build_case(hand_tables()), "flood", options=options)


def edited(kind: type[Row], place: int, **changes: Any) -> Plan:
    """The plan with one row changed."""
    rows = list(example().rows(kind))
    rows[place] = rows[place].model_copy(update=changes)
    return example().replace(kind, tuple(rows))


def with_case(sheet: str, place: int, **changes: Any) -> Tables:
    """The tables of the example with one row changed."""
    tables = hand_tables()
    tables[sheet][place] = {**tables[sheet][place], **changes}
    return tables


def rules(plan: Plan, tables: Tables | None = None) -> set[str]:
    """Rules that a plan breaks."""
    case = build_case(hand_tables() if tables is None else tables)
    return {violation.rule for violation in verify(case, plan).violations}


def test_the_example_is_certified() -> None:
    """The hand-made case is planned and certified."""
    assert rules(example()) == set()


def later(hours: float) -> dict[str, float]:
    """All hours of the first truck moved."""
    first = example().trips[0]
    names = ("load_start", "depart", "arrive", "unload_end", "return")
    return {f"{name}_hours": getattr(first, f"{name}_hours") + hours for name in names}


PLANS: list[tuple[str, Callable[[], Plan]]] = [
    # the truck starts an hour before its goods are ready, which would pay
    ("hub_stock", lambda: edited(Trip, 0, **later(-1))),
    # more goes on than has come
    ("hub_stock", lambda: edited(LoadingLine, 2, load_units=5.0, weight_kg=300.0)),
    ("leg_ready", lambda: edited(LegTrip, 0, ready_hours=5.0)),
    ("leg_listed", lambda: edited(LegTrip, 0, fleet="TRUCK")),
    ("trip_depart", lambda: edited(LegTrip, 0, depart_hours=0.5)),
    ("trip_cost", lambda: edited(LegTrip, 0, cost_cny=1.0)),
    ("trip_distance", lambda: edited(LegTrip, 0, distance_km=1.0)),
    ("trip_weight", lambda: edited(LegTrip, 0, weight_kg=1.0)),
    ("trip_release_told", lambda: edited(LegTrip, 0, release_hours=1.0)),
    ("trip_clock", lambda: edited(LegTrip, 0, depart_time="2026-07-01 10:00")),
    ("trip_load_start_grid", lambda: edited(LegTrip, 0, load_start_hours=0.5)),
    ("trip_load_list", lambda: edited(LoadingLine, 0, trip="flood-0001", lot="")),
    ("code_known", lambda: edited(LegTrip, 0, hub="W")),
    ("lot_told", lambda: edited(LoadingLine, 1, lot="A")),
    ("lot_known", lambda: edited(LoadingLine, 0, lot="B")),
    ("stage_objective", lambda: edited(Stage, 2, objective=1160.0)),
    ("stage_floor", lambda: edited(Stage, 1, floor=0.0)),
]


@pytest.mark.parametrize(("rule", "make"), PLANS)
def test_a_plan_that_breaks_a_rule_is_refused(rule: str, make: Callable[[], Plan]) -> None:
    """A row changed by hand is caught under the rule's name."""
    assert rule in rules(make())


CASES: list[tuple[str, Tables]] = [
    ("hub_stock", with_case("Warehouses", 1, transfer_hours=2)),
    ("hub_receiving", with_case("Warehouses", 1, receive_m3_per_hour=1)),
    ("warehouse_stock", with_case("Stock", 0, stock_units=9)),
    ("vehicle_payload", with_case("Vehicles", 0, payload_kg=540)),
    ("trip_closure", with_case("Legs", 0, closed_from_hours=0, closed_to_hours=2)),
    ("trip_available", with_case("Fleets", 0, available_from_hours=1)),
    ("trip_deadline", with_case("Settings", 0, horizon_hours=4)),
    ("trip_fleet", with_case("Fleets", 0, vehicles_count=0)),
]


@pytest.mark.parametrize(("rule", "tables"), CASES)
def test_a_plan_of_an_easier_case_is_refused(rule: str, tables: Tables) -> None:
    """The same plan breaks the rule where the case is stricter."""
    assert rule in rules(example(), tables)


def test_the_home_reserve_holds_on_legs_to_other_provinces() -> None:
    """Ten tents leave where one is to stay: right only as long as the hub is at home."""
    tables = with_case("Stock", 0, home_reserve_units=1)
    assert rules(example(), tables) == set()
    tables["Warehouses"][1]["province"] = "广东省"
    assert "home_reserve_loads" in rules(example(), tables)


def test_hours_without_departures_hold_on_legs_unless_they_name_a_district() -> None:
    """A curfew for trains stops the leg; one into a district does not."""
    tables = hand_tables()
    row = {"kind": "no_departure", "fleet": "TRAIN", "from_hours": 0, "to_hours": 2}
    tables["Hours"] = [row]
    assert "trip_departure_hours" in rules(example(), tables)
    tables["Hours"] = [{**row, "district": "450101"}]
    assert rules(example(), tables) == set()


def test_a_closed_dock_stops_the_leg() -> None:
    """Load starts of a leg count at the docks of where it starts."""
    tables = hand_tables()
    tables["Hours"] = [
        {"kind": "docks", "warehouse": "W", "from_hours": 0, "to_hours": 1, "amount": 0}
    ]
    assert "warehouse_docks" in rules(example(), tables)


def test_a_leg_and_a_trip_share_a_vehicle() -> None:
    """The train twice at once is one train too many."""
    again = example().leg_trips[0].model_copy(update={"trip": "flood-L0002"})
    line = example().loading_lines[0].model_copy(update={"trip": "flood-L0002"})
    plan = example().replace(LegTrip, (*example().leg_trips, again))
    plan = plan.replace(LoadingLine, (*plan.loading_lines, line))
    assert {"fleet_vehicles", "warehouse_stock"} <= rules(plan)


def test_a_leg_waits_for_the_sign_offs_towards_all_whom_the_hub_serves() -> None:
    """Signed after an hour, the plan that loads at once is refused."""
    tables = hand_tables()
    step = {"procedure": "P", "step": "1", "name": "a", "department": "X", "join": "START"}
    tables["Approval_Steps"] = [{**step, "duration_hours": 1}]
    rule = {"warehouse_level": "any", "receiver": "any", "item_group": "any"}
    tables["Approval_Rules"] = [{**rule, "procedure": "P", "release_step": "1"}]
    assert {"trip_release", "trip_release_told"} <= rules(example(), tables)


def test_every_rule_of_hubs_is_broken_above() -> None:
    """No rule of hubs and legs is without a test."""
    wanted = {rule for rule in RULES if rule.startswith(("hub_", "leg_"))}
    assert wanted <= {rule for rule, _ in (*PLANS, *CASES)}
