"""Rows as files: no text of a case becomes a formula, no figure is lost."""

from __future__ import annotations

import csv
import io
import json

import pytest
from openpyxl import load_workbook

from allocator.row_files import csv_head, csv_lines, feature_lines, rows_workbook
from allocator.schema.records import TripRecord
from allocator.schema.results import Shortage

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", '=HYPERLINK("http://x")']


def _record(sentence: str, units: float = 1.0) -> str:
    row = Shortage(
        scenario="flood", district="450101", item="TENT", demand_units=units, served_units=0,
        unmet_units=units, sentence=sentence,
    )  # fmt: skip
    return row.model_dump_json()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_in_csv(text: str) -> None:
    """Whatever a spreadsheet would take for a formula has an apostrophe before it."""
    lines = csv_lines(Shortage, [_record(text)], "en")
    (cells,) = csv.reader(io.StringIO(lines, newline=""))

    assert cells[-1] == "'" + text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_in_a_workbook(text: str) -> None:
    """The cell is text, and marked as such where it could be taken for something else."""
    content = rows_workbook(Shortage, [_record(text)], "en")
    cell = load_workbook(io.BytesIO(content)).worksheets[0]["H3"]

    assert cell.data_type == "s"
    assert cell.quotePrefix is not text.startswith("'")
    # A line may end in another way within XML.
    assert str(cell.value).splitlines() == text.splitlines()


def test_figures_keep_all_their_digits() -> None:
    """A number reads back from CSV and workbook as it was."""
    units = 0.1 + 0.2
    line = csv_lines(Shortage, [_record("", units)], "en")
    sheet = load_workbook(io.BytesIO(rows_workbook(Shortage, [_record("", units)], "zh")))

    assert float(line.split(",")[3]) == units
    assert sheet.worksheets[0]["D3"].value == units
    assert csv_head(Shortage, "zh").startswith("\ufeff情景代码,区县代码")


def test_a_trip_without_places_is_no_line() -> None:
    """A map leaves it out, and its properties are there all the same."""
    record = dict.fromkeys(TripRecord.model_fields) | {"trip": "t", "line": None}
    (feature,) = feature_lines([json.dumps(record)])

    assert json.loads(feature)["geometry"] is None
    assert json.loads(feature)["properties"]["trip"] == "t"
