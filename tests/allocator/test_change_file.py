"""Files of changes: all that is wrong is named by cell at once, and nothing is half taken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from allocator.case import Case
from allocator.change_file import Told, read_changes
from allocator.change_set import ChangeSet
from allocator.engine.dispatch import dispatch
from allocator.engine.plan_parts import merge_plans
from allocator.errors import ConflictError, DataError, Issue, NotFoundError
from allocator.plan import Plan
from allocator.schema.changes import Change
from allocator.schema.dispatch_rules import HourRule
from allocator.schema.results import RunInfo, Trip
from allocator.solver import SolveOptions
from tests.tiny import build_case

DIGEST = "0123456789abcdef"


@pytest.fixture(scope="module")
def case() -> Case:
    """The tiny case."""
    return build_case()


@pytest.fixture(scope="module")
def plan(case: Case) -> Plan:
    """Its dispatch of the flood, with a digest."""
    found = merge_plans([dispatch(case, "flood", options=SolveOptions(time_limit_seconds=20))])
    return found.replace(RunInfo, [RunInfo(name="plan_digest", text=DIGEST)])


def left_trip(plan: Plan) -> str:
    """The trip that left first."""
    return min(plan.trips, key=lambda trip: trip.load_start_hours).trip


def due_trip(plan: Plan) -> str:
    """A trip that is due after hour 4."""
    return max(plan.trips, key=lambda trip: trip.load_start_hours).trip


def read(
    tmp_path: Path,
    case: Case,
    plan: Plan,
    *rows: dict[str, Any],
    told: Told | None = None,
    **replan: Any,
) -> tuple[ChangeSet, list[Issue]]:
    """Read a document of changes at hour 3."""
    path = tmp_path / "changes.json"
    document = {"Replan": {"at_hours": 3, **replan}, "Changes": list(rows)}
    path.write_text(json.dumps(document), encoding="utf-8")
    return read_changes(case, plan, path, told or Told())


def faults(tmp_path: Path, case: Case, plan: Plan, *rows: dict[str, Any]) -> list[Issue]:
    """What is wrong with some rows."""
    with pytest.raises(DataError) as caught:
        read(tmp_path, case, plan, *rows)
    return [issue for issue in caught.value.issues if issue.severity == "error"]


def test_changes_get_the_hour_of_the_replan(tmp_path: Path, case: Case, plan: Plan) -> None:
    """Scenario, hour and price are those of the file; every change says its hour."""
    found, warnings = read(
        tmp_path,
        case,
        plan,
        {"kind": "stock_found", "warehouse": "W1", "item": "TENT", "amount": 5},
        move_price_hours=40,
        plan_digest=DIGEST[:8],
    )
    assert (found.scenario, found.at_hours, found.move_price_hours) == ("flood", 3.0, 40.0)
    assert [row.at_hours for row in found.changes] == [3.0]
    assert warnings == []


def test_what_the_command_line_says_wins(tmp_path: Path, case: Case, plan: Plan) -> None:
    """Hour and price of the command line take the place of the file's."""
    told = Told("flood", 5.0, 7.0)
    found, _ = read(tmp_path, case, plan, {"kind": "no_change"}, told=told, move_price_hours=40)
    assert (found.at_hours, found.move_price_hours) == (5.0, 7.0)


def test_without_a_file_nothing_has_changed_but_the_hour(case: Case, plan: Plan) -> None:
    """The one change is that there is none."""
    found, _ = read_changes(case, plan, None, Told(at_hours=4.0))
    assert found.changes == (Change(at_hours=4.0, kind="no_change"),)


@pytest.mark.parametrize(
    ("row", "code", "field", "words"),
    [
        (
            {"kind": "demand", "district": "450101", "item": "TENT"},
            "change_incomplete",
            "amount",
            "needs it",
        ),
        (
            {"kind": "no_change", "district": "450101"},
            "change_too_full",
            "district",
            "does not go with no_change",
        ),
        ({"kind": "road_closed"}, "change_incomplete", "district", "needs one of them"),
        (
            {"kind": "warehouse_lost", "warehouse": "W9"},
            "unknown_code",
            "warehouse",
            "is not in the case",
        ),
        ({"kind": "trip_held", "trip": "T1"}, "unknown_code", "trip", "plan's Dispatch_Trips"),
        (
            {"kind": "signature_late", "procedure": "LOCAL", "step": "9", "amount": 1},
            "unknown_code",
            "step",
            "is not a step of the procedure",
        ),
        (
            {"kind": "road_closed", "district": "450101", "to_hours": 2},
            "change_hours",
            "to_hours",
            "must be after the hour from which it holds",
        ),
        (
            {"kind": "no_change", "at_hours": 5},
            "change_hours",
            "at_hours",
            "is not the hour of this re-plan",
        ),
        (
            {"kind": "stock_lost", "warehouse": "W3", "item": "TENT", "amount": 1.5},
            "out_of_range",
            "amount",
            "whole number of units",
        ),
        (
            {"kind": "stock_lost", "warehouse": "W3", "item": "TENT", "amount": 9999},
            "change_contradicts",
            "amount",
            "units that are left there",
        ),
        (
            {"kind": "vehicle_lost", "warehouse": "W1", "fleet": "TRUCK", "amount": 99},
            "change_impossible",
            "kind",
            "more than the",
        ),
        (
            {"kind": "vehicle_added", "warehouse": "W1", "fleet": "TRUCK", "amount": 0},
            "change_impossible",
            "kind",
            "whole number >= 1",
        ),
        (
            {"kind": "signature_late", "procedure": "LOCAL", "step": "1", "amount": 1},
            "change_contradicts",
            "step",
            "was through at hour 0.5",
        ),
        (
            {"kind": "signature_late", "procedure": "CROSS", "step": "4", "amount": 1},
            "change_contradicts",
            "step",
            "is not enabled",
        ),
    ],
)
def test_a_faulty_row_is_named_by_its_cell(
    tmp_path: Path,
    case: Case,
    plan: Plan,
    row: dict[str, Any],
    code: str,
    field: str,
    words: str,
) -> None:
    """Each fault says code, cell, value and rule, and how it may be mended."""
    (issue,) = faults(tmp_path, case, plan, row)
    assert (issue.code, issue.sheet, issue.cell) == (code, "Changes", f"[0].{field}")
    assert words in issue.message
    assert issue.hint.startswith("Maybe")


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


def test_all_faults_are_named_in_one_pass(tmp_path: Path, case: Case, plan: Plan) -> None:
    """Faults of cells, codes, trips and figures of different rows come together."""
    found = faults(
        tmp_path,
        case,
        plan,
        {"kind": "demand", "district": "999999", "item": "TENT", "amount": 5},
        {"kind": "trip_held", "trip": due_trip(plan)},
        {"kind": "vehicle_lost", "warehouse": "W1", "fleet": "TRUCK", "amount": 99},
        {"kind": "road_opened", "district": "450101"},
        {"kind": "stock_found", "warehouse": "W1", "item": "TENT", "amount": -3},
    )
    assert {(issue.cell, issue.code) for issue in found} == {
        ("[0].district", "unknown_code"),
        ("[1].trip", "change_contradicts"),
        ("[2].kind", "change_impossible"),
        ("[3].kind", "not_a_choice"),
        ("[4].amount", "out_of_range"),
    }


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


def test_changes_for_another_plan_are_refused(tmp_path: Path, case: Case, plan: Plan) -> None:
    """The digest in the file must be how the plan's begins, with eight digits at least."""
    for digest in ("fedcba9876543210", DIGEST[:5]):
        with pytest.raises(ConflictError, match="is not that of the plan"):
            read(tmp_path, case, plan, {"kind": "no_change"}, plan_digest=digest)


def test_the_hour_must_be_given_and_come_after_the_last(case: Case, plan: Plan) -> None:
    """No hour, one after the deadline, and one before the last re-plan are refused."""
    with pytest.raises(ConflictError, match="hour of the re-plan is not given"):
        read_changes(case, plan, None, Told())
    with pytest.raises(ConflictError, match=r"at_hours \(48\) must be from 0 to before"):
        read_changes(case, plan, None, Told(at_hours=48.0))
    again = plan.replace(Change, [Change(at_hours=6, kind="no_change")])
    with pytest.raises(ConflictError, match=r"must be after the plan's last re-plan \(6\)"):
        read_changes(case, again, None, Told(at_hours=6.0))


def test_an_hour_that_cannot_be_read_is_named_by_its_cell(
    tmp_path: Path, case: Case, plan: Plan
) -> None:
    """Who wrote "six" is not told that no hour was given, and learns of other cells at once."""
    with pytest.raises(DataError) as caught:
        read(tmp_path, case, plan, {"kind": "road_opened"}, at_hours="six")
    found = {(issue.sheet, issue.field, issue.code) for issue in caught.value.issues}
    assert found == {("Replan", "at_hours", "not_a_number"), ("Changes", "kind", "not_a_choice")}


def test_the_scenario_must_be_dispatched(case: Case, plan: Plan) -> None:
    """An unknown scenario and one without trips are refused; so is a plan without a dispatch."""
    with pytest.raises(NotFoundError, match="'storm' is not in the case"):
        read_changes(case, plan, None, Told("storm", 3.0))
    with pytest.raises(NotFoundError, match="'quake' is not dispatched by the plan"):
        read_changes(case, plan, None, Told("quake", 3.0))
    with pytest.raises(ConflictError, match="nothing to plan anew"):
        read_changes(case, Plan({}), None, Told(at_hours=3.0))
