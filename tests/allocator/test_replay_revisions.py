"""A dispatch with re-plans: certified as it is, and each broken rule caught by its name."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.plan import Plan
from allocator.replay import NOTES, RULES, plan_digest, verify
from allocator.schema import RESULT_SHEETS
from allocator.schema.changes import CHANGE_KINDS
from tests.allocator.replan_edits import also, certify, moved, told, trip, untold, violations
from tests.allocator.replan_example import A, B, C, replan_case, replan_results
from tests.allocator.replay_example import build_plan
from tests.allocator.result_edits import Change, append, both, delete, edit


def test_the_hand_made_replan_is_certified() -> None:
    """All changes together, with stages and the floor worked out by hand."""
    verdict = verify(replan_case(), build_plan(replan_results()))
    assert verdict.violations == ()
    found = {stage: value for _, stage, value in verdict.stages}
    assert found == pytest.approx({"unmet": 100, "waiting": 8030, "cost": 3180})


def test_the_example_tells_every_kind_of_change() -> None:
    """No kind of change is left out of the example."""
    assert {line["kind"] for line in replan_results()["Changes"]} == set(CHANGE_KINDS)


@dataclass(frozen=True)
class Breach:
    """A change of the plan, of the case, or of both that breaks a rule."""

    rule: str
    plan: Change | None = None
    case: Change | None = None


CHANGE_BREACHES = [
    Breach("cell_choice", edit("Changes", {"kind": "no_change"}, kind="rain")),
    Breach("cell_range", told("docks", amount=-1)),
    Breach("code_known", told("docks", warehouse="W9")),
    Breach("change_hours", edit("Changes", {"kind": "no_change"}, at_hours=None)),
    Breach("change_hours", append("Changes", at_hours=5, kind="no_change")),
    Breach("change_columns", told("vehicle_lost", amount=None)),
    Breach("change_columns", told("trip_lost", trip=None)),
    Breach("change_columns", told("docks", district=B)),
    Breach("change_units", told("stock_found", amount=10.5)),
    Breach("change_made", told("vehicle_lost", amount=4)),
    Breach("change_made", told("vehicle_lost", amount=0.5)),
    Breach("change_made", told("road_closed", warehouse=None, district=None)),
    Breach("change_made", told("road_slow", amount=0.5)),
    Breach("change_made", told("receiving", amount=0)),
    Breach("change_made", told("docks", amount=0)),
    Breach("change_made", told("signature_late", step="9")),
    Breach("change_made", told("signature_early", amount=0.75)),
    Breach("change_scenario", edit("Shortages", scenario="quake")),
    Breach("change_trip", told("trip_lost", trip="T99")),
    Breach("change_trip", delete("Dispatch_Trips", trip="T3")),
    Breach("change_once", also("trip_held", 3, trip="T5")),
    Breach("change_once", also("trip_held", 3, trip="T4")),
    Breach("change_once", also("trip_late", 3, trip="T3", amount=10)),
    Breach("change_once", also("trip_late", 6, trip="T4", amount=10)),
    Breach("change_once", also("trip_left", 6, trip="T5", from_hours=5)),
    Breach("change_left", told("trip_left", from_hours=3.5)),
    Breach("change_left", told("trip_left", from_hours=2)),
    Breach("change_left", told("trip_left", from_hours=None)),
    Breach("change_has_left", also("trip_late", 6, trip="T7", amount=13)),
    Breach("change_has_left", also("trip_lost", 3, trip="T6")),
    Breach(
        "change_has_left",
        both(
            also("trip_lost", 3, trip="T6"),
            also("trip_left", 6, trip="T6", from_hours=4),
        ),
    ),
    Breach("change_held", told("trip_held", trip="T6")),
    Breach("change_stock", told("stock_lost", amount=401)),
    Breach("change_stock", also("stock_lost", 6, warehouse="W2", item="TENT", amount=1)),
    Breach("change_warehouse_lost", told("warehouse_lost", warehouse="W1")),
    Breach("change_warehouse_lost", also("warehouse_lost", 6, warehouse="W1", from_hours=15)),
    Breach("trip_change_hours", edit("Trip_Changes", {"trip": "T8"}, at_hours=5)),
    Breach("trip_change_trip", edit("Trip_Changes", {"trip": "T8"}, trip="T99")),
    Breach("trip_change_lane", edit("Trip_Changes", {"trip": "T8"}, warehouse="W2")),
    Breach("trip_change_lane", edit("Trip_Changes", {"trip": "T8"}, district=A)),
    Breach("trip_change_start", edit("Trip_Changes", {"trip": "T8"}, load_start_hours=13)),
    Breach("trip_change_start", edit("Trip_Changes", {"trip": "T8"}, load_start_hours=None)),
    Breach("trip_change_cancelled", edit("Trip_Changes", {"trip": "T8"}, change="cancelled")),
]
"""Changes that cannot be as told, and what is said of trips that is not so."""

TRIP_BREACHES = [
    Breach("trip_state", trip("T6", state="planned")),
    Breach("trip_state", trip("T7", state="left")),
    Breach("trip_state", trip("T3", state="left")),
    Breach("trip_state", trip("T4", state="late")),
    Breach("trip_load_start_grid", untold("trip_left")),
    Breach("trip_closure", moved("T7", 6)),
    Breach("trip_closure", told("road_closed", district=None, to_hours=17)),
    Breach("trip_closure", told("road_closed", to_hours=9)),
    Breach("trip_release", moved("T10", 10)),
    Breach("trip_release_told", trip("T10", release_hours=2)),
    Breach("trip_release_told", trip("T6", release_hours=0.25)),
    Breach("trip_load_start_grid", moved("T8", 12.5)),
    Breach("trip_available", told("vehicle_lost", to_hours=8, amount=3)),
    Breach("trip_arrive", untold("road_slow")),
    Breach("trip_unload_end", trip("T3", unload_end_hours=7)),
    Breach("trip_return", trip("T3", return_hours=10)),
    Breach("trip_unload_end", untold("trip_late")),
    Breach("fleet_vehicles", moved("T8", 11)),
    Breach("fleet_vehicles", untold("vehicle_added")),
    Breach("fleet_vehicles", told("vehicle_added", from_hours=5)),
    Breach("fleet_vehicles", told("vehicle_lost", amount=2)),
    Breach("warehouse_docks", moved("T8", 7)),
    Breach("district_receiving", told("receiving", amount=4.9)),
    Breach("warehouse_stock", untold("stock_found")),
    Breach("warehouse_stock", told("stock_lost", amount=351)),
    Breach("home_reserve_loads", untold("stock_found"), edit("Stock", home_reserve_units=80)),
    Breach("demand_delivered", told("demand", amount=69)),
    Breach("arrival_trip", untold("trip_late")),
    Breach("arrival_units", told("trip_lost", trip="T6")),
    Breach("served_share", told("demand", amount=80)),
    Breach("shortage_demand", also("demand", 6, district=B, item="WATER", amount=210)),
    Breach("stage_objective", also("demand", 6, district=B, item="WATER", amount=210)),
    Breach("stage_floor", edit("Stages", {"stage": "waiting"}, floor=7651)),
]
"""Trips that do not keep the case of their revision, alone or together."""

BREACHES = CHANGE_BREACHES + TRIP_BREACHES


@pytest.mark.parametrize(
    "breach", [pytest.param(each, id=f"{k}-{each.rule}") for k, each in enumerate(BREACHES)]
)
def test_each_broken_rule_is_caught_by_its_name(breach: Breach) -> None:
    """A change that breaks a rule yields a violation of that rule, in words with a way out."""
    found = violations(breach.rule, breach.plan, breach.case)
    assert found, certify(breach.plan, breach.case).violations
    for violation in found:
        assert violation.amount >= 0
        assert violation.message.startswith(f"{violation.where}: ")
        assert ". Maybe " in violation.message
        assert violation.message.endswith(".")


def test_the_order_of_what_became_of_trips_does_not_matter() -> None:
    """The last re-plan's word on a trip counts, wherever its row stands."""
    results = replan_results()
    results["Trip_Changes"].reverse()
    assert verify(replan_case(), build_plan(results)).certified


def test_every_rule_of_changes_has_a_breach() -> None:
    """Each rule about changes is broken above."""
    rules = {rule for rule in RULES if rule.startswith(("change_", "trip_change_"))}
    assert rules <= {breach.rule for breach in BREACHES}


def test_the_digest_covers_changes_but_not_their_notes() -> None:
    """Sealed are what was told and what became of trips, not the remarks about it."""
    digest = plan_digest(build_plan(replan_results()))
    for sheet, field, value in (("Changes", "amount", 71.0), ("Trip_Changes", "was_load", "x")):
        results = replan_results()
        results[sheet][1][field] = value
        assert plan_digest(build_plan(results)) != digest
    for sheet, field in sorted(NOTES):
        if sheet in {"Changes", "Trip_Changes"}:
            results = replan_results()
            results[sheet][0][field] = "rewritten"
            assert plan_digest(build_plan(results)) == digest
            assert verify(replan_case(), build_plan(results)).certified


EXAMPLE = build_plan(replan_results())
CASE = replan_case()
GARBAGE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([*CHANGE_KINDS, "T3", "T7", "W1", "W2", A, B, C, "TENT", "TRUCK", "CROSS"])
)
CELLS = [
    (sheet, number, field)
    for sheet in ("Changes", "Trip_Changes", "Dispatch_Trips")
    for number in range(len(EXAMPLE.tables[sheet]))
    for field in RESULT_SHEETS[sheet].model_fields
]


@settings(max_examples=150)
@given(changes=st.lists(st.tuples(st.sampled_from(CELLS), GARBAGE), min_size=1, max_size=6))
def test_garbage_in_any_cells_never_ends_in_a_traceback(
    changes: list[tuple[tuple[str, int, str], object]],
) -> None:
    """Whatever the cells hold, the replay answers with violations."""
    tables = dict(EXAMPLE.tables)
    for (sheet, number, field), value in changes:
        rows = list(tables[sheet])
        rows[number] = rows[number].model_copy(update={field: value})
        tables[sheet] = tuple(rows)
    verdict = verify(CASE, Plan(tables))
    assert verdict.certified == (not verdict.violations)
