"""The promise of the replay: change any one cell of a result by hand, and it is not certified."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.plan import Plan
from allocator.replay import NOTES, verify
from allocator.schema import RESULT_SHEETS
from allocator.schema.row import Column, columns
from tests.allocator.replay_example import build_plan, example_case
from tests.tiny import build_case, build_tables

EXAMPLE = build_plan()
CASE = example_case()

CHECKED_SHEETS = [sheet for sheet in EXAMPLE.tables if sheet not in {"Summary", "Run_Info"}]

CODES = {
    "scenario": ("flood", "quake"),
    "warehouse": ("W1", "W2", "W3"),
    "district": ("450101", "450102", "450201"),
    "item": ("TENT", "WATER"),
    "fleet": ("TRUCK", "VAN"),
    "size_class": ("S", "L", None),
    "trip": ("F1", "F2", "F4", "Q1", "Z9"),
    "decision": ("keep", "open", "resize", "close", "external"),
    "part": ("placement", "flood", "quake"),
    "stage": ("unmet", "waiting", "cost", "social"),
    "status": ("infeasible", "no_plan"),
    "lot": ("A", "B", "1", "Z"),
    "state": ("planned", "left", "late", "lost", "gone"),
    "load_start_time": ("", "2026-07-01 09:01", "2026-07-02 09:00"),
    "depart_time": ("", "2026-07-01 09:01", "2026-07-02 09:00"),
    "unload_end_time": ("", "2026-07-01 09:01", "2026-07-02 09:00"),
}
"""Other values for text columns."""


def changed(plan: Plan, sheet: str, number: int, field: str, value: object) -> Plan:
    """The plan with one cell changed."""
    rows = list(plan.tables[sheet])
    rows[number] = rows[number].model_copy(update={field: value})
    return Plan({**plan.tables, sheet: tuple(rows)})


def other_values(column: Column, value: Any) -> Iterator[object]:
    """What a hand might type instead."""
    if column.kind == "yes_no":
        yield not value
    elif column.kind in {"number", "integer"}:
        if value is None:
            yield 1.0
            return
        yield value + 1
        if value >= 1:
            yield value - 1
        if value != 0:
            yield 0
            yield -value
        if column.kind == "number" and value != 0:
            yield value * 1.001
            yield value * 2
        if not column.is_required:
            yield None
    else:
        yield from (code for code in CODES[column.field] if code != value)


def checked_columns(sheet: str) -> list[Column]:
    """Columns of a sheet that the replay answers for."""
    return [
        column for column in columns(RESULT_SHEETS[sheet]) if (sheet, column.field) not in NOTES
    ]


@pytest.mark.parametrize("sheet", CHECKED_SHEETS)
def test_no_single_change_of_a_cell_is_certified(sheet: str) -> None:
    """Every column of every row, changed to several other values, breaks the certificate."""
    passed = []
    for number, row in enumerate(EXAMPLE.tables[sheet]):
        if sheet == "Served_By_Hour" and number % 12:
            continue
        for column in checked_columns(sheet):
            for value in other_values(column, getattr(row, column.field)):
                if column.field == "controllable_gap" and value is None:
                    continue  # takes a claim away, makes no false one
                plan = changed(EXAMPLE, sheet, number, column.field, value)
                if verify(CASE, plan).certified:
                    passed.append((number, column.field, getattr(row, column.field), value))
    assert passed == []


@pytest.mark.parametrize("sheet", CHECKED_SHEETS)
def test_no_deleted_row_is_certified(sheet: str) -> None:
    """A result that lost a row is not certified.

    External warehouses need not be listed, and the last stage may not have been reached.
    """
    passed = []
    for number, row in enumerate(EXAMPLE.tables[sheet]):
        rows = EXAMPLE.tables[sheet]
        plan = Plan({**EXAMPLE.tables, sheet: rows[:number] + rows[number + 1 :]})
        is_free = getattr(row, "warehouse", None) == "W3" or getattr(row, "stage", None) == "cost"
        if verify(CASE, plan).certified and not is_free:
            passed.append((number, row))
    assert passed == []


@pytest.mark.parametrize("sheet", CHECKED_SHEETS)
def test_the_order_of_rows_does_not_matter(sheet: str) -> None:
    """A sheet that was sorted in a spreadsheet program is still certified."""
    plan = Plan({**EXAMPLE.tables, sheet: EXAMPLE.tables[sheet][::-1]})
    assert verify(CASE, plan).certified


@pytest.mark.parametrize(
    ("sheet", "field"), [note for note in sorted(NOTES) if note[0] in EXAMPLE.tables]
)
def test_notes_are_free(sheet: str, field: str) -> None:
    """Columns that explain may be rewritten."""
    value = 9.0 if field == "seconds" else "rewritten"
    assert verify(CASE, changed(EXAMPLE, sheet, 0, field, value)).certified


NUMBERS = [
    (sheet, number, column)
    for sheet in CHECKED_SHEETS
    for number in range(len(EXAMPLE.tables[sheet]))
    for column in checked_columns(sheet)
    if column.kind in {"number", "integer"}
    and getattr(EXAMPLE.tables[sheet][number], column.field) is not None
]


@settings(max_examples=200)
@given(place=st.sampled_from(NUMBERS), value=st.floats(-1e6, 1e6) | st.floats(0, 100))
def test_no_number_but_the_right_one_is_certified(
    place: tuple[str, int, Column], value: float
) -> None:
    """Any number that differs by more than the rounding of the figures is caught."""
    sheet, number, column = place
    told: float = getattr(EXAMPLE.tables[sheet][number], column.field)
    typed: float = int(value) if column.kind == "integer" else value
    if math.isclose(typed, told, rel_tol=1e-6, abs_tol=1e-4):
        return
    assert not verify(CASE, changed(EXAMPLE, sheet, number, column.field, typed)).certified


GARBAGE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
CELLS = [
    (sheet, number, field)
    for sheet, rows in EXAMPLE.tables.items()
    for number in range(len(rows))
    for field in RESULT_SHEETS[sheet].model_fields
]


@settings(max_examples=150)
@given(changes=st.lists(st.tuples(st.sampled_from(CELLS), GARBAGE), min_size=1, max_size=8))
def test_garbage_in_any_cells_never_ends_in_a_traceback(
    changes: list[tuple[tuple[str, int, str], object]],
) -> None:
    """Whatever the cells hold, the replay answers with violations."""
    plan = EXAMPLE
    for (sheet, number, field), value in changes:
        plan = changed(plan, sheet, number, field, value)
    verdict = verify(CASE, plan)
    assert verdict.certified == (not verdict.violations)


def test_a_plan_of_another_case_is_not_certified() -> None:
    """The digest tells that the result was made from another case."""
    tables = build_tables()
    tables["Districts"][0]["name"] = "another name"
    verdict = verify(build_case(tables), EXAMPLE)
    assert [violation.rule for violation in verdict.violations] == ["case_digest"]
    assert "made from another case" in verdict.violations[0].message
