"""Edits of the tiny workbook: each makes one fault or oddity and tells the cell it is at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from tests.workbooks import Sheets

__all__ = ["Edit", "at", "put"]

Edit = Callable[[Sheets], str]


def put(sheets: Sheets, sheet: str, line: int, field: str, value: Any) -> str:
    """Set one cell, adding the column where it is absent; return its address."""
    lines = sheets[sheet]
    if sheet == "Settings":
        for k, row in enumerate(lines):
            if row[0] == field:
                row[1] = value
                return f"B{k + 1}"
        lines.append([field, value])
        return f"B{len(lines)}"
    if field not in lines[0]:
        lines[0].append(field)
        for row in lines[1:]:
            row.append(None)
    column = lines[0].index(field)
    while len(lines) < line:
        lines.append([None] * len(lines[0]))
    lines[line - 1][column] = value
    return f"{get_column_letter(column + 1)}{line}"


def drop_sheet(sheets: Sheets) -> str:
    del sheets["Vehicles"]
    return ""


def rename_sheet(sheets: Sheets) -> str:
    sheets["Vehicels"] = sheets.pop("Vehicles")
    return ""


def empty_sheet(sheets: Sheets) -> str:
    del sheets["Size_Classes"][1:]
    put(sheets, "Warehouses", 2, "state", "external")
    put(sheets, "Warehouses", 2, "size_class", None)
    return ""


def second_sheet(sheets: Sheets) -> str:
    sheets["区县"] = [["区县代码"], ["450101"]]
    return ""


def no_header(sheets: Sheets) -> str:
    sheets["Coverage"] = [["what", "ever"], [1, 2]]
    return ""


def drop_column(sheets: Sheets) -> str:
    for line in sheets["Coverage"]:
        del line[2]
    return "A1"


def second_column(sheets: Sheets) -> str:
    for line, value in zip(sheets["Departments"], ["名称", "a", "b", "c"], strict=True):
        line.append(value)
    return "D1"


def other_unit(sheets: Sheets) -> str:
    lines = sheets["Vehicles"]
    lines.insert(1, [None, None, "[t]", *([None] * (len(lines[0]) - 3))])
    return "C2"


def second_setting(sheets: Sheets) -> str:
    sheets["Settings"].append(["circuity", 1.2])
    return f"A{len(sheets['Settings'])}"


def unknown_sheet(sheets: Sheets) -> str:
    sheets["Notes"] = [["a"], ["b"]]
    return ""


def unknown_setting_line(sheets: Sheets) -> str:
    sheets["Settings"].append(["horizon_hrs", 24])
    return f"A{len(sheets['Settings'])}"


def lines_above(sheets: Sheets) -> str:
    sheets["Departments"].insert(0, ["Who signs", None, None])
    return "A1"


def example_row(sheets: Sheets) -> str:
    width = len(sheets["Departments"][0])
    sheets["Departments"].insert(1, ["e.g. PROV_DEM", "my own name", *[None] * (width - 2)])
    return "B2"


def nameless_cell(sheets: Sheets) -> str:
    sheets["Departments"][2].append("stray")
    return "D3"


def add_step(sheets: Sheets, **values: Any) -> int:
    base = {"procedure": "LOCAL", "step": "9", "name": "x", "department": "CITY_DEM"}
    line = len(sheets["Approval_Steps"]) + 1
    for name, value in {**base, "duration_hours": 1, **values}.items():
        put(sheets, "Approval_Steps", line, name, value)
    return line


def cycle(sheets: Sheets) -> str:
    add_step(sheets, predecessors="8")
    line = add_step(sheets, step="8", predecessors="9")
    return f"E{line - 1}"


def bypass_without_targets(sheets: Sheets) -> str:
    return f"G{add_step(sheets, join='BYPASS')}"


def no_buildable(sheets: Sheets) -> str:
    put(sheets, "Size_Classes", 2, "is_buildable", False)
    return put(sheets, "Warehouses", 3, "max_size_class", "S")


def no_demand(sheets: Sheets) -> str:
    for line in (7, 8, 9):
        put(sheets, "Scenario_Demand", line, "demand_units", 0)
    return "A3"


def unused_sample(sheets: Sheets) -> str:
    values = {"scenario": "other", "name": "x", "probability": 1, "sample": "s9"}
    for line in (2, 3):
        put(sheets, "Scenarios", line, "sample", "base")
    for name, value in values.items():
        put(sheets, "Scenarios", 4, name, value)
    return "A4"


def far_place(sheets: Sheets) -> str:
    return put(sheets, "Districts", 4, "lon", 10.0)


def unreachable(sheets: Sheets) -> str:
    put(sheets, "Settings", 0, "horizon_hours", 7)
    put(sheets, "Settings", 0, "circuity", 9)
    for line in range(4, 1, -1):
        put(sheets, "Approval_Rules", line, "release_step", "1")
    return "A3"


def hide_row(book: Workbook) -> None:
    book["Stock"].row_dimensions[3].hidden = True


def hide_column(book: Workbook) -> None:
    book["Stock"].column_dimensions["D"].hidden = True


def hide_sheet(book: Workbook) -> None:
    book["Stock"].sheet_state = "hidden"


def merge(book: Workbook) -> None:
    book["Departments"].merge_cells("C2:C3")


def stray(book: Workbook) -> None:
    book["Departments"]["C1048576"] = "far away"


def formula(book: Workbook) -> None:
    book["Stock"]["D4"] = "=10*100"


def error(book: Workbook) -> None:
    book["Stock"]["D4"] = "#N/A"


def error_in_own_column(book: Workbook) -> None:
    book["Stock"]["G1"] = "mine"
    book["Stock"]["G4"] = "#DIV/0!"


def at(address: str) -> Edit:
    """The cells stay as they are; the issue is at this address."""
    return lambda _sheets: address


def no_start(sheets: Sheets) -> str:
    """Leave a scenario without a start of the clock."""
    put(sheets, "Scenarios", 3, "event_time", None)
    put(sheets, "Settings", 0, "event_time", None)
    return "E2"


def no_event_time(sheets: Sheets) -> str:
    """Give times of the day where a scenario has no start of the clock."""
    put(sheets, "Scenarios", 3, "event_time", None)
    put(sheets, "Settings", 0, "event_time", None)
    sheets["Hours"] = [["kind", "from_clock", "to_clock"], ["no_departure", "22:00", "06:00"]]
    return "B2"


def narrow_convoy(sheets: Sheets) -> str:
    """Ask for more vehicles at once than the docks take."""
    put(sheets, "Warehouses", 4, "docks_per_hour", 2)
    sheets["Hours"] = [["kind", "amount", "warehouse"], ["convoy", 3, "W3"]]
    return "B2"
