"""Cases compared cell by cell."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.case import Case
from allocator.compare import Compared
from allocator.compare.inputs import input_changes, table_changes
from allocator.plan import Plan
from allocator.schema.changes import Change
from allocator.schema.comparison import InputChange
from allocator.schema.disaster import Fleet
from allocator.schema.procedure import Settings
from tests.allocator.comparison_cases import compared, info
from tests.tiny import Tables, build_case, build_tables


def changes(base: Case, other: Case) -> list[InputChange]:
    """What differs between two cases."""
    return input_changes(Compared("base", Plan({}), base), Compared("other", Plan({}), other))


def edited(tables: Tables, sheet: str, row: int, **cells: Any) -> Case:
    """The tiny case with some cells of one row changed."""
    tables[sheet][row] |= cells
    return build_case(tables)


def test_equal_cases_differ_in_nothing(tiny_case: Case) -> None:
    """The same rows, made twice."""
    assert changes(tiny_case, build_case()) == []


def test_changed_cell_is_told_with_sheet_key_field_unit_and_values(
    tiny_case: Case, tiny_tables: Tables
) -> None:
    """W1 has 20 tents of lot B; 25 are five more."""
    (row,) = changes(tiny_case, edited(tiny_tables, "Stock", 1, stock_units=25))
    assert (row.plan, row.table, row.row_key) == ("other", "Stock", "W1|TENT|B")
    assert (row.field, row.unit, row.change) == ("stock_units", "units", "changed")
    assert (row.base_value, row.other_value, row.difference) == ("20", "25", 5.0)


def test_cell_that_is_filled_has_no_difference(tiny_case: Case, tiny_tables: Tables) -> None:
    """Nothing stood there: that is not 0."""
    (row,) = changes(tiny_case, edited(tiny_tables, "Districts", 0, receive_m3_per_hour=8.5))
    assert (row.base_value, row.other_value, row.difference) == ("", "8.5", None)


def test_every_changed_cell_of_a_row_is_told(tiny_case: Case, tiny_tables: Tables) -> None:
    """Flags and dates as text, without a difference."""
    other = edited(tiny_tables, "Stock", 0, expiry_date="2031-01-01", home_reserve_units=0)
    rows = {row.field: (row.base_value, row.other_value) for row in changes(tiny_case, other)}
    assert rows == {
        "expiry_date": ("2030-06-30", "2031-01-01"),
        "home_reserve_units": ("10", "0"),
    }


def test_added_and_removed_rows_say_what_they_hold(tiny_case: Case, tiny_tables: Tables) -> None:
    """A van comes to W3, the closure of its lane goes."""
    tiny_tables["Fleets"].append({"warehouse": "W3", "fleet": "VAN", "vehicles_count": 2})
    del tiny_tables["Lanes"][1]
    added, removed = changes(tiny_case, build_case(tiny_tables))
    assert (added.table, added.row_key, added.change) == ("Fleets", "W3|VAN|0", "added")
    assert (added.base_value, added.other_value) == ("", "vehicles_count=2")
    assert (removed.table, removed.change) == ("Lanes", "removed")
    assert removed.row_key == "W3|450201||0"
    assert removed.base_value == "closed_to_hours=8"


def test_other_order_of_equal_rows_is_told_once(tiny_case: Case, tiny_tables: Tables) -> None:
    """The first rule that fits counts, so an order is an input."""
    tiny_tables["Approval_Rules"].reverse()
    (row,) = changes(tiny_case, build_case(tiny_tables))
    assert (row.table, row.change, row.row_key) == ("Approval_Rules", "reordered", "")


def test_settings_left_out_are_the_defaults(tiny_case: Case) -> None:
    """A sheet of defaults says nothing new; a setting that is not one does."""
    assert (
        changes(tiny_case.replace(Settings, ()), tiny_case.replace(Settings, (Settings(),))) == []
    )
    (row,) = changes(
        tiny_case.replace(Settings, ()), tiny_case.replace(Settings, (Settings(gap=0.5),))
    )
    assert (row.table, row.row_key, row.field) == ("Settings", "", "gap")
    assert row.difference == pytest.approx(0.49)


def test_rows_of_one_key_are_paired_in_their_order() -> None:
    """Twice the key: the second of them is numbered."""
    one, two, three = (
        Fleet(warehouse="W1", fleet="VAN", vehicles_count=count) for count in (1, 2, 3)
    )
    (cell,) = table_changes("other", Fleet, [one, two], [one, three])
    assert (cell.row_key, cell.base_value, cell.other_value) == ("W1|VAN|0 #2", "2", "3")
    (row,) = table_changes("other", Fleet, [one], [one, two])
    assert (row.row_key, row.change) == ("W1|VAN|0 #2", "added")


def test_rows_without_key_are_pairs_where_they_are_equal() -> None:
    """Changes told to re-plans have no key: of two that are alike one is new."""
    slow = Change(at_hours=6, kind="road_slow", district="450101", amount=2)
    lost = Change(at_hours=6, kind="warehouse_lost", warehouse="W1")
    base, other = compared("base", [slow]), compared("other", [slow, lost, slow])
    rows = input_changes(base, other)
    assert [(row.table, row.change) for row in rows] == [("Changes", "added")] * 2
    assert {row.row_key for row in rows} == {
        "6|warehouse_lost|W1",
        "6|road_slow||450101|||||||2 #2",
    }


def test_options_of_the_runs_are_inputs_and_seconds_are_not() -> None:
    """Another seed and version are told, how long it took is not."""
    base = compared("base", info(seed="0", seconds="3.0", certified="yes"))
    other = compared(
        "other", info(seed="1", seconds="9.0", certified="yes", **{"version highspy": "1.16"})
    )
    rows = {row.row_key: row for row in input_changes(base, other)}
    assert set(rows) == {"seed", "version highspy"}
    assert (rows["seed"].table, rows["seed"].base_value) == ("Run_Info", "0")


EDITS = st.lists(
    st.tuples(st.sampled_from(["Stock", "Scenario_Demand", "Fleets", "Districts"]), st.integers(0)),
    max_size=6,
)
FIELDS = {
    "Stock": "stock_units",
    "Scenario_Demand": "demand_units",
    "Fleets": "vehicles_count",
    "Districts": "priority_weight",
}


def random_case(edits: list[tuple[str, int]]) -> Case:
    """The tiny case with rows taken out and cells made larger."""
    tables = build_tables()
    for sheet, number in edits:
        rows = tables[sheet]
        if number % 3 == 0 and len(rows) > 1:
            del rows[number % len(rows)]
        else:
            rows[number % len(rows)][FIELDS[sheet]] = 1 + number % 7
    return build_case(tables)


@given(EDITS, EDITS)
def test_changing_places_turns_every_difference_round(
    ours: list[tuple[str, int]], theirs: list[tuple[str, int]]
) -> None:
    """Added is removed, values change places, differences their sign; and nothing else."""
    turned = {"added": "removed", "removed": "added"}
    forth = changes(random_case(ours), random_case(theirs))
    back = {
        (row.table, row.row_key, row.field): row
        for row in changes(random_case(theirs), random_case(ours))
    }
    assert len(forth) == len(back)
    for row in forth:
        found = back[row.table, row.row_key, row.field]
        assert found.change == turned.get(row.change, row.change)
        assert (found.base_value, found.other_value) == (row.other_value, row.base_value)
        assert found.difference == (None if row.difference is None else -row.difference)
