"""The workbook in which changes are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from allocator.case import Case
from allocator.change_file import Told, read_changes
from allocator.engine.dispatch import dispatch
from allocator.engine.plan_parts import merge_plans
from allocator.intake import write_template
from allocator.plan import Plan
from allocator.schema import CHANGE_SHEETS
from allocator.schema.changes import CHANGE_KINDS, Change
from allocator.schema.row import columns
from allocator.solver import SolveOptions
from tests.tiny import build_case


@pytest.fixture(scope="module")
def case() -> Case:
    """The tiny case."""
    return build_case()


@pytest.fixture(scope="module")
def plan(case: Case) -> Plan:
    """Its dispatch of the flood."""
    return merge_plans([dispatch(case, "flood", options=SolveOptions(time_limit_seconds=20))])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_template_of_changes_is_read_back(
    tmp_path: Path, case: Case, plan: Plan, lang: str
) -> None:
    """A line filled into the template in either language is one change."""
    path = tmp_path / "changes.xlsx"
    write_template(path, lang, CHANGE_SHEETS)
    book = load_workbook(path)
    sheet = book[Change.sheet_zh if lang == "zh" else Change.sheet]
    head = [cell.value for cell in sheet[1]]
    names = {
        column.field: column.zh if lang == "zh" else column.field for column in columns(Change)
    }
    values = {"kind": "road_closed", "district": "450102", "to_hours": 9}
    for name, value in values.items():
        place = next(k for k, text in enumerate(head) if str(text).startswith(names[name]))
        sheet.cell(row=4, column=place + 1, value=value)
    book.save(path)
    found, _ = read_changes(case, plan, path, Told(at_hours=3.0))
    assert found.changes == (Change.model_validate({"at_hours": 3.0, **values}),)


def test_every_kind_says_which_columns_it_needs() -> None:
    """The table of kinds is complete, and names columns that there are."""
    (kind,) = [column for column in columns(Change) if column.field == "kind"]
    assert set(CHANGE_KINDS) == set(kind.choices)
    fields = {column.field for column in columns(Change)}
    for needed, allowed in CHANGE_KINDS.values():
        assert needed | allowed <= fields
        assert not needed & allowed
