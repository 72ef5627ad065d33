"""One seeded fault or oddity per issue code, each at a known cell of the tiny workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from tests.workbooks import Sheets

__all__ = ["SEEDS", "Seed", "put"]

Edit = Callable[[Sheets], str]


@dataclass(frozen=True)
class Seed:
    """A change of the tiny workbook and the issue it must bring.

    Parameters
    ----------
    code
        The issue's code.
    sheet
        Where the issue is.
    edit
        Changes the lines of cells and returns the address of the issue's cell.
    words
        Must stand in the sentence.
    dress
        Changes the finished workbook, for what is no cell value.
    """

    code: str
    sheet: str
    edit: Edit
    words: tuple[str, ...] = ()
    dress: Callable[[Workbook], None] | None = None


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


def cell(code: str, place: str, value: Any, *words: str) -> Seed:
    """Seed one cell: ``Sheet line field`` gets a value, and the issue is there."""
    sheet, line, field = place.split()
    return Seed(code, sheet, lambda sheets: put(sheets, sheet, int(line), field, value), words)


def row(code: str, sheet: str, values: dict[str, Any], field: str, *words: str) -> Seed:
    """Seed one more row; the issue is at one of its fields."""

    def edit(sheets: Sheets) -> str:
        line = len(sheets[sheet]) + 1
        for name, value in values.items():
            put(sheets, sheet, line, name, value)
        return f"{get_column_letter(sheets[sheet][0].index(field) + 1)}{line}"

    return Seed(code, sheet, edit, words)


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


SEEDS: list[Seed] = [
    Seed("missing_sheet", "Vehicles", drop_sheet, ("车型", "payload_kg")),
    Seed("missing_sheet", "Vehicles", rename_sheet, ("Maybe 'Vehicels'",)),
    Seed("empty_sheet", "Size_Classes", empty_sheet),
    Seed("duplicate_sheet", "区县", second_sheet, ("'Districts'",)),
    Seed("no_header", "Coverage", no_header, ("risk_level",)),
    Seed("missing_column", "Coverage", drop_column, ("target_hours (目标时间)",)),
    Seed("duplicate_column", "Departments", second_column, ("B1",)),
    Seed("other_unit", "Vehicles", other_unit, ("payload_kg (t) must be in kg",)),
    Seed("duplicate_setting", "Settings", second_setting, ("A4",)),
    cell("empty_cell", "Districts 3 name", None, "must not be empty"),
    cell("not_a_number", "Stock 4 stock_units", "many", "stock_units (many) is not a number"),
    cell("not_a_number", "Stock 4 stock_units", date(2026, 1, 3)),
    cell("not_an_integer", "Fleets 2 vehicles_count", 1.5, "whole number"),
    cell("not_yes_no", "Approval_Steps 2 is_enabled", "perhaps"),
    cell("not_a_date", "Stock 2 expiry_date", "next year"),
    cell("not_a_date", "Stock 2 expiry_date", "2030-02-30"),
    cell("not_a_time", "Scenarios 2 event_time", "soon"),
    cell("not_a_choice", "Warehouses 2 state", "exists", "Maybe 'existing'"),
    cell("not_text", "Approval_Steps 2 cosigners", date(2026, 3, 1), "date"),
    cell("bad_code", "Warehouses 2 district", "4501", "six digits"),
    cell("out_of_range", "Stock 4 stock_units", -3, "(-3) must be >= 0", "sign"),
    cell("out_of_range", "Scenario_Damage 2 usable_share", 85, "<= 1", "85 % is 0.85"),
    cell("out_of_range", "Settings 0 capital_budget_cny", 0, "(0) must be > 0"),
    cell("out_of_range", "Districts 3 lat", 110, "swapped"),
    cell("too_long", "Departments 2 name", "x" * 2001),
    Seed("error_value", "Stock", at("D4"), ("stock_units (#N/A)",), error),
    Seed("no_cached_value", "Stock", at("D4"), ("=10*100", "recalculate"), formula),
    row(
        "duplicate_key",
        "Scenario_Demand",
        {"scenario": "flood", "district": "450101", "item": "TENT", "demand_units": 1},
        "scenario",
        "already in A2",
    ),
    cell("unknown_code", "Scenario_Demand 4 district", "450103", "Maybe '450102'"),
    cell("unknown_code", "Scenario_Demand 4 item", "tent", "Maybe 'TENT'"),
    cell("unknown_code", "Warehouses 2 owner_department", "CITY_DEN", "'CITY_DEM'"),
    row(
        "province_code",
        "Districts",
        {
            "district": "450000",
            "name": "x",
            "province": "y",
            "lon": 110,
            "lat": 23.5,
            "population_people": 1,
        },
        "district",
    ),
    cell("probabilities", "Scenarios 2 probability", 0.5, "add up to 0.9"),
    cell("no_scenario", "Settings 0 sample", "s50", "sample (s50) has no scenario", "base"),
    Seed("no_demand", "Scenarios", no_demand, ("quake",)),
    cell("no_province", "Warehouses 4 province", None),
    cell("half_place", "Warehouses 4 lat", None),
    row(
        "no_place",
        "Warehouses",
        {"warehouse": "W9", "name": "x", "state": "external", "level": "city", "province": "p"},
        "warehouse",
    ),
    cell("no_size_class", "Warehouses 2 size_class", None),
    Seed(
        "class_order",
        "Warehouses",
        lambda sheets: (
            put(sheets, "Warehouses", 2, "size_class", "L"),
            put(sheets, "Warehouses", 2, "max_size_class", "S"),
        )[1],
    ),
    Seed("not_buildable", "Warehouses", no_buildable),
    cell("home_reserve", "Stock 5 home_reserve_units", 201, "more than the 200"),
    cell("bands_fall", "Waiting_Bands 4 deprivation_hours", 13, "(13) must not be below", "14"),
    cell("damage_target", "Scenario_Damage 3 warehouse", "W2", "both"),
    Seed(
        "damage_target",
        "Scenario_Damage",
        lambda sheets: (put(sheets, "Scenario_Damage", 3, "district", None), "B3")[1],
        ("neither",),
    ),
    Seed(
        "lane_without_figures",
        "Lanes",
        lambda sheets: (
            put(sheets, "Lanes", 2, "distance_km", None),
            put(sheets, "Lanes", 2, "drive_hours", None),
            "A2",
        )[-1],
    ),
    Seed(
        "closure_order",
        "Lanes",
        lambda sheets: (put(sheets, "Lanes", 3, "closed_from_hours", 9), "F3")[1],
        ("later than closed_from_hours (9)",),
    ),
    cell("unknown_step", "Approval_Steps 3 predecessors", "7", "'7', which does not exist"),
    cell("unknown_step", "Approval_Rules 5 release_step", "2c", "Maybe one of: 1, 2a"),
    cell("unknown_step", "Approval_Rules 5 release_step", "4", "is not enabled"),
    cell("unknown_step", "Approval_Rules 5 procedure", "CROS", "Maybe 'CROSS'"),
    Seed(
        "unknown_step",
        "Approval_Steps",
        lambda sheets: put(sheets, "Approval_Steps", 3, "cosigners", "PROV_GOW;CITY_DEM"),
        ("Maybe 'PROV_GOV'",),
    ),
    Seed("step_cycle", "Approval_Steps", cycle, ("9 <- 8 <- 9",)),
    Seed("bypass_targets", "Approval_Steps", bypass_without_targets),
    cell("bypass_targets", "Approval_Steps 3 bypasses", "1", "BYPASS"),
    cell("duration_order", "Approval_Steps 3 duration_min_hours", 2, "above duration_hours (1)"),
    cell("duration_order", "Approval_Steps 3 duration_max_hours", 0.5),
    Seed(
        "unknown_table",
        "Cases",
        lambda sheets: (
            sheets.update(
                Cases=[
                    ["case", "table", "row_key", "field", "operation", "new_value"],
                    ["a", "Fleet", "W1|TRUCK", "vehicles_count", "add", "1"],
                ]
            ),
            "B2",
        )[1],
        ("Maybe 'Fleets'",),
    ),
    # warnings
    Seed("unknown_sheet", "Notes", unknown_sheet),
    cell("unknown_column", "Stock 1 stok_units", "stok_units", "Maybe 'stock_units'"),
    Seed("unknown_setting_line", "Settings", unknown_setting_line, ("'horizon_hours'",)),
    Seed("lines_above_header", "Departments", lines_above),
    Seed("example_row", "Departments", example_row),
    Seed("hidden_rows", "Stock", at("A3"), ("line 3",), hide_row),
    Seed("hidden_columns", "Stock", at("D1"), ("stock_units",), hide_column),
    Seed("hidden_sheet", "Stock", at(""), (), hide_sheet),
    Seed("merged_cells", "Departments", at("C2"), ("C2:C3",), merge),
    Seed("stray_cells", "Departments", at("C1048576"), ("far away",), stray),
    Seed("error_extra", "Stock", at("G4"), ("#DIV/0!",), error_in_own_column),
    Seed("cell_without_header", "Departments", nameless_cell, ("stray",)),
    cell("text_number", "Stock 4 stock_units", "1,000", "was read as 1000"),
    cell("text_number", "Stock 4 stock_units", "\uff11\uff10\uff10\uff10"),
    cell("number_text", "Scenario_Demand 4 district", 450102, "'450102'"),
    cell("number_text", "Scenario_Demand 4 district", "450102.0", "'450102'"),
    cell("full_width", "Scenario_Demand 4 item", "\uff34ENT", "'TENT'"),
    cell("stray_spaces", "Scenario_Demand 4 item", " TENT\u3000", "'TENT'"),
    Seed(
        "control_characters",
        "Districts",
        lambda sheets: put(sheets, "Districts", 2, "source", "a\u007fb"),
    ),
    cell("serial_date", "Stock 2 expiry_date", 47664, "2030-06-30"),
    cell("date_with_time", "Stock 2 expiry_date", datetime(2030, 6, 30, 8)),  # noqa: DTZ001
    cell("naive_time", "Scenarios 2 event_time", "2026-07-01 08:00", "+08:00"),
    cell("other_spelling", "Warehouses 2 state", "Existing", "'existing'"),
    cell("list_separator", "Approval_Steps 7 predecessors", "2a\uff0c2b", "'2a;2b'"),
    Seed(
        "swapped_lon_lat",
        "Districts",
        lambda sheets: (
            [put(sheets, "Districts", k, "lon", 80.0) for k in (2, 3, 4)],
            put(sheets, "Warehouses", 4, "lon", 80.0),
            put(sheets, "Districts", 4, "lat", 80.0),
            put(sheets, "Districts", 4, "lon", 25.2),
        )[-1],
        ("swapped",),
    ),
    Seed("far_place", "Districts", far_place),
    Seed(
        "short_supply",
        "Items",
        lambda sheets: (put(sheets, "Scenario_Demand", 2, "demand_units", 90000), "A2")[1],
        ("flood", "90070"),
    ),
    Seed("unreachable_district", "Districts", unreachable),
    Seed("unused_sample", "Scenarios", unused_sample),
    cell("unused_group", "Approval_Rules 5 item_group", "medical"),
    Seed(
        "unknown_figure",
        "Figures",
        lambda sheets: (
            sheets.update(Figures=[["table", "field", "status"], ["Items", "price", "assumption"]]),
            "B2",
        )[1],
        ("Maybe 'price_cny'",),
    ),
    cell("unmet_cheaper", "Settings 0 unmet_hours", 50, "longest wait (72)"),
    Seed(
        "over_full",
        "Warehouses",
        lambda sheets: put(sheets, "Warehouses", 2, "volume_m3", 30),
        ("35 m3",),
    ),
]
"""Every seed alone brings its issue, and no other fault."""
