"""Single cells: what is repaired, what is refused, and that clean cells stay as they are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.draft import Form, column_letter, shown
from allocator.intake.cells import CHINA_TIME, parse_column
from allocator.schema.disaster import Fleet, Scenario, ScenarioDemand
from allocator.schema.network import Stock, Warehouse
from allocator.schema.procedure import ApprovalStep
from allocator.schema.row import Column, Row, columns


def declared(kind: type[Row], field: str) -> Column:
    """Declaration of one column."""
    return next(column for column in columns(kind) if column.field == field)


DISTRICT = declared(ScenarioDemand, "district")
ITEM = declared(ScenarioDemand, "item")
UNITS = declared(ScenarioDemand, "demand_units")
SHARE = declared(Scenario, "probability")
COUNT = declared(Fleet, "vehicles_count")
NAME = declared(Scenario, "name")
STATE = declared(Warehouse, "state")
CLOSE = declared(Warehouse, "can_close")
EXPIRY = declared(Stock, "expiry_date")
TIME = declared(Scenario, "event_time")
BEFORE = declared(ApprovalStep, "predecessors")


def parsed(column: Column, value: Any, form: Form = "workbook") -> tuple[object, str]:
    """Value of one cell, and the code of its repair or fault."""
    found = parse_column(column, [value], form)
    return found.values[0], found.repairs.get(0, "") or found.faults.get(0, "")


CELLS = [
    # district codes
    (DISTRICT, "450103", "450103", ""),
    (DISTRICT, 450103.0, "450103", "number_text"),
    (DISTRICT, 450103, "450103", "number_text"),
    (DISTRICT, "450103.0", "450103", "number_text"),
    (DISTRICT, "\uff14\uff15\uff10\uff11\uff10\uff13", "450103", "full_width"),
    (DISTRICT, " 450103\xa0", "450103", "stray_spaces"),
    (DISTRICT, "45 01 03", "450103", "stray_spaces"),
    (DISTRICT, "45010", None, "bad_code"),
    (DISTRICT, 45010.0, None, "bad_code"),
    (DISTRICT, "4501030", None, "bad_code"),
    (DISTRICT, "青秀区", None, "bad_code"),
    (DISTRICT, True, None, "not_text"),
    (DISTRICT, float("nan"), None, "not_text"),
    (DISTRICT, "", None, ""),
    (DISTRICT, " \u3000", None, ""),
    # other codes and text
    (ITEM, 12.0, "12", "number_text"),
    (ITEM, 1.5, "1.5", "number_text"),
    (ITEM, date(2026, 3, 1), None, "not_text"),
    (ITEM, "a\nb", None, "bad_code"),
    (NAME, "超强台风(威马逊)\uff08一\uff09", "超强台风(威马逊)\uff08一\uff09", ""),
    (NAME, "a\r\nb", "a\nb", ""),
    (NAME, "a\x00b", "ab", "control_characters"),
    (NAME, 12.0, "12", "number_text"),
    (NAME, date(2026, 3, 1), "2026-03-01", ""),
    (BEFORE, "2a;2b", "2a;2b", ""),
    (BEFORE, "2a; 2b", "2a;2b", "stray_spaces"),
    (BEFORE, "2a、2b\uff0c3", "2a;2b;3", "list_separator"),
    (BEFORE, 2.0, "2", "number_text"),
    # choices
    (STATE, "candidate", "candidate", ""),
    (STATE, "候选", "candidate", ""),
    (STATE, "Candidate ", "candidate", "stray_spaces"),
    (STATE, "CANDIDATE", "candidate", "other_spelling"),
    (STATE, "new", None, "not_a_choice"),
    (CLOSE, "yes", True, ""),
    (CLOSE, "否", False, ""),
    (CLOSE, False, False, ""),
    (CLOSE, 1.0, True, "other_spelling"),
    (CLOSE, "Y", True, "other_spelling"),
    (CLOSE, 2.0, None, "not_yes_no"),
    (CLOSE, "maybe", None, "not_yes_no"),
    # numbers
    (UNITS, 5, 5.0, ""),
    (UNITS, "5", 5.0, "text_number"),
    (UNITS, "1,234.5", 1234.5, "text_number"),
    (UNITS, "\uff11\uff12", 12.0, "text_number"),
    (UNITS, "\u22125", -5.0, "text_number"),
    (UNITS, "1e3", 1000.0, "text_number"),
    (UNITS, "1,23", None, "not_a_number"),
    (UNITS, "5 boxes", None, "not_a_number"),
    (UNITS, "1_000", None, "not_a_number"),
    (UNITS, "nan", None, "not_a_number"),
    (UNITS, "inf", None, "not_a_number"),
    (UNITS, "1e999", None, "not_a_number"),
    (UNITS, float("inf"), None, "not_a_number"),
    (UNITS, 10**400, None, "not_a_number"),
    (UNITS, "五", None, "not_a_number"),
    (UNITS, "10%", None, "not_a_number"),
    (UNITS, True, None, "not_a_number"),
    (UNITS, [1], None, "not_a_number"),
    (SHARE, "10%", 0.1, "text_number"),
    (COUNT, 3.0, 3, ""),
    (COUNT, "3", 3, "text_number"),
    (COUNT, 3.5, None, "not_an_integer"),
    # dates and times
    (EXPIRY, date(2030, 6, 30), date(2030, 6, 30), ""),
    (EXPIRY, datetime(2030, 6, 30), date(2030, 6, 30), ""),  # noqa: DTZ001
    (EXPIRY, datetime(2030, 6, 30, 1), date(2030, 6, 30), "date_with_time"),  # noqa: DTZ001
    (EXPIRY, "2030/6/30", date(2030, 6, 30), ""),
    (EXPIRY, "2030年6月30日", date(2030, 6, 30), ""),
    (EXPIRY, "20300630", date(2030, 6, 30), ""),
    (EXPIRY, 20300630.0, date(2030, 6, 30), "serial_date"),
    (EXPIRY, 47664.0, date(2030, 6, 30), "serial_date"),
    (EXPIRY, 7.0, None, "not_a_date"),
    (EXPIRY, "30.6.2030", None, "not_a_date"),
    (EXPIRY, "2030-13-01", None, "not_a_date"),
    (EXPIRY, True, None, "not_a_date"),
    (TIME, "2026-07-01T08:00+08:00", datetime(2026, 7, 1, 8, tzinfo=CHINA_TIME), ""),
    (TIME, "2026-07-01T00:00:00Z", datetime(2026, 7, 1, tzinfo=UTC), ""),
    (TIME, "2026-07-01 08:00", datetime(2026, 7, 1, 8, tzinfo=CHINA_TIME), "naive_time"),
    (TIME, "2026年7月1日8时30分", datetime(2026, 7, 1, 8, 30, tzinfo=CHINA_TIME), "naive_time"),
    (TIME, date(2026, 7, 1), datetime(2026, 7, 1, tzinfo=CHINA_TIME), "naive_time"),
    (TIME, 46204.5, datetime(2026, 7, 1, 12, tzinfo=CHINA_TIME), "serial_date"),
    (TIME, "2026-07-01 25:00", None, "not_a_time"),
    (TIME, "2026-07-01 evening", None, "not_a_time"),
    (TIME, "08:00", None, "not_a_time"),
]


@pytest.mark.parametrize(("column", "raw", "value", "code"), CELLS)
def test_cell_is_read_as_declared(column: Column, raw: Any, value: object, code: str) -> None:
    """Each kind of cell gives its value and the code of its repair or fault."""
    found, noticed = parsed(column, raw)
    assert noticed == code
    assert found == value
    assert type(found) is type(value)


def test_numbers_in_csv_need_no_warning() -> None:
    """All cells of a CSV file are text; a plain number in it is no oddity, another form is."""
    assert parsed(UNITS, "12.50", "folder") == (12.5, "")
    assert parsed(UNITS, "1,250", "folder") == (1250.0, "text_number")
    assert parse_column(UNITS, ["1", "2.5", "1e3"], "folder").values == [1.0, 2.5, 1000.0]
    assert parse_column(UNITS, ["1", "1_0"], "folder").faults == {1: "not_a_number"}
    assert parse_column(UNITS, ["1", "nan"], "folder").faults == {1: "not_a_number"}


def test_mixed_columns_keep_truth_values_and_numbers_apart() -> None:
    """1, 1.0, True and '1' are equal or alike, but each is judged by its own kind."""
    found = parse_column(UNITS, [1, True, 1.0, "1", ""], "workbook")
    assert found.values == [1.0, None, 1.0, 1.0, None]
    assert found.faults == {1: "not_a_number"}
    assert found.repairs == {3: "text_number"}


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_clean_numbers_come_through_unchanged(numbers: list[float]) -> None:
    """A column of numbers is returned as it is, in a workbook and written out as CSV."""
    assert parse_column(UNITS, numbers, "workbook").values == numbers
    assert parse_column(UNITS, [repr(n) for n in numbers], "folder").values == numbers


@given(st.text(max_size=30))
def test_any_text_in_any_column_is_a_value_a_repair_or_a_fault(text: str) -> None:
    """No text makes a column of any kind fail, and a faulty cell never has a value."""
    for column in (DISTRICT, ITEM, NAME, STATE, CLOSE, UNITS, COUNT, EXPIRY, TIME, BEFORE):
        found = parse_column(column, [text], "workbook")
        if found.faults:
            assert found.values == [None]


def test_places_and_values_are_shown_as_in_spreadsheets() -> None:
    """Columns count A, Z, AA; whole numbers have no point; long text is cut."""
    assert [column_letter(k) for k in (0, 25, 26, 701, 702, 16383)] == [
        "A",
        "Z",
        "AA",
        "ZZ",
        "AAA",
        "XFD",
    ]
    assert [shown(v) for v in (3.0, 3.5, None, "a\nb")] == ["3", "3.5", "", "a b"]
    assert len(shown("x" * 500)) == 60
