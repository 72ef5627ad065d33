"""Files of changes: all that is wrong is named by cell at once, and nothing is half taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from allocator.case import Case
from allocator.change_file import Told, read_changes
from allocator.errors import ConflictError, DataError, NotFoundError
from allocator.plan import Plan
from allocator.schema.changes import Change
from tests.allocator.change_cases import DIGEST, due_trip, faults, flood_plan, read
from tests.tiny import build_case


@pytest.fixture(scope="module")
def case() -> Case:
    """The tiny case."""
    return build_case()


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Its dispatch of the flood, with a digest."""
    return flood_plan()


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


def test_misspelt_members_of_a_document_are_named(tmp_path: Path, case: Case, plan: Plan) -> None:
    """By the first row that has one; in a document no line of headers can have been deleted."""
    rows = ({"kind": "no_change"}, {"kind": "no_change", "colour": "red"})
    _, found = read(tmp_path, case, plan, *rows)
    assert [(issue.code, issue.cell) for issue in found] == [("unknown_column", "[1].colour")]
    path = tmp_path / "changes.json"
    path.write_text('{"Replan": {"at_hour": 3}, "Changes": [{"amount": 1}]}', encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_changes(case, plan, path, Told())
    told = {issue.code: issue for issue in caught.value.issues}
    assert "none of its members (at_hour) is a column" in told["no_header"].message
    assert (told["missing_column"].field, told["missing_column"].cell) == ("kind", "")


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
    rows: list[dict[str, Any]] = [
        {"kind": "road_opened"},
        {"kind": "warehouse_lost"},
        {"kind": "trip_held", "trip": "flood-9999"},
    ]
    with pytest.raises(DataError) as caught:
        read(tmp_path, case, plan, *rows, at_hours="six")
    found = {(issue.sheet, issue.field, issue.code) for issue in caught.value.issues}
    assert found == {
        ("Replan", "at_hours", "not_a_number"),
        ("Changes", "kind", "not_a_choice"),
        ("Changes", "warehouse", "change_incomplete"),
        ("Changes", "trip", "unknown_code"),
    }


def test_the_scenario_must_be_dispatched(case: Case, plan: Plan) -> None:
    """An unknown scenario and one without trips are refused; so is a plan without a dispatch."""
    with pytest.raises(NotFoundError, match="'storm' is not in the case"):
        read_changes(case, plan, None, Told("storm", 3.0))
    with pytest.raises(NotFoundError, match="'quake' is not dispatched by the plan"):
        read_changes(case, plan, None, Told("quake", 3.0))
    with pytest.raises(ConflictError, match="nothing to plan anew"):
        read_changes(case, Plan({}), None, Told(at_hours=3.0))
