"""One seeded fault or oddity per issue code, each at a known cell of the tiny workbook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from tests.seeded_edits import (
    Edit,
    at,
    bypass_without_targets,
    cycle,
    drop_column,
    drop_sheet,
    empty_sheet,
    error,
    error_in_own_column,
    example_row,
    far_place,
    formula,
    hide_column,
    hide_row,
    hide_sheet,
    lines_above,
    merge,
    nameless_cell,
    narrow_convoy,
    no_buildable,
    no_demand,
    no_event_time,
    no_header,
    no_start,
    other_unit,
    put,
    rename_sheet,
    second_column,
    second_setting,
    second_sheet,
    stray,
    unknown_setting_line,
    unknown_sheet,
    unreachable,
    unused_sample,
)
from tests.workbooks import Sheets

__all__ = ["SEEDS", "Seed", "put"]


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


def losses(code: str, line: list[str | None], place: str, *words: str) -> Seed:
    """Seed a Losses sheet of one line."""

    def edit(sheets: Sheets) -> str:
        sheets["Losses"] = [["loss", "kind", "warehouse", "from_place", "to_place"], line]
        return place

    return Seed(code, "Losses", edit, words)


def hours(code: str, values: dict[str, Any], field: str, *words: str) -> Seed:
    """Seed an Hours sheet of one line; the issue is at one of its fields."""

    def edit(sheets: Sheets) -> str:
        names = [*values, *(() if field in values else (field,))]
        sheets["Hours"] = [names, [values.get(name) for name in names]]
        return f"{get_column_letter(names.index(field) + 1)}2"

    return Seed(code, "Hours", edit, words)


def segregation(lines: list[list[str | None]], place: str, *words: str) -> Seed:
    """Seed a Segregation sheet."""

    def edit(sheets: Sheets) -> str:
        sheets["Segregation"] = [["item", "other_item"], *lines]
        return place

    return Seed("segregation_pair", "Segregation", edit, words)


def promise_about_a_list(sheets: Sheets) -> str:
    """Promise something about losses that nobody has listed."""
    put(sheets, "Settings", 0, "n1_served_share", 0.5)
    return put(sheets, "Settings", 0, "n1_losses", "listed")


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
    cell("reserved_lot", "Stock 2 lot", "(new)", "stands in results"),
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
    segregation([["TENT", "TENT"]], "B2", "another item than item (TENT)"),
    segregation([["TENT", "WATER"], ["WATER", "TENT"]], "B3", "in A2 already", "both ways"),
    hours(
        "hours_target",
        {"kind": "docks", "amount": 1, "from_hours": 0},
        "warehouse",
        "must be filled in (kind docks)",
    ),
    hours(
        "hours_target",
        {"kind": "receiving", "district": "450101", "from_hours": 0},
        "amount",
        "Maybe 0: closed",
    ),
    hours(
        "hours_target", {"kind": "no_departure", "amount": 1, "from_hours": 0}, "amount", "empty"
    ),
    hours("hours_target", {"kind": "convoy", "from_hours": 0}, "amount", "Maybe 2."),
    hours("convoy_amount", {"kind": "convoy", "amount": 1}, "amount", "whole number", "2 or more"),
    hours("convoy_amount", {"kind": "convoy", "amount": 2.5}, "amount", "(2.5)"),
    hours(
        "convoy_fleets",
        {"kind": "convoy", "amount": 9},
        "amount",
        "is more than W1 has",
        "nothing sets off there",
    ),
    Seed("convoy_docks", "Hours", narrow_convoy, ("W3 has (2 load starts", "docks_per_hour")),
    hours("hours_span", {"kind": "no_departure"}, "from_hours", "or from_clock"),
    hours("hours_span", {"kind": "convoy", "amount": 2, "to_hours": 5}, "from_hours", "or from"),
    hours(
        "hours_span",
        {"kind": "no_departure", "from_hours": 5, "to_hours": 5},
        "to_hours",
        "later than from_hours (5)",
    ),
    hours("hours_span", {"kind": "no_departure", "from_clock": "22:00"}, "to_clock", "Maybe 00:00"),
    hours(
        "hours_span",
        {"kind": "no_departure", "from_clock": "22:00", "to_clock": "22:00"},
        "to_clock",
        "must differ",
    ),
    hours(
        "hours_span",
        {"kind": "no_departure", "from_clock": "22:00", "to_clock": "06:00", "from_hours": 1},
        "from_hours",
        "must be empty",
    ),
    hours(
        "bad_code",
        {"kind": "no_departure", "from_clock": "25:00", "to_clock": "06:00"},
        "from_clock",
        "must be a time of day",
        "22:00",
    ),
    Seed("hours_clock", "Hours", no_event_time, ("scenario quake has no event_time",)),
    losses("loss_target", ["a", "warehouse", None, None, None], "C2", "must name the warehouse"),
    losses("loss_target", ["a", "warehouse", "W1", "南市", None], "D2", "must be empty"),
    losses("loss_target", ["a", "corridor", "W1", "南市", "北市"], "C2", "must be empty"),
    losses("loss_target", ["a", "province_pair", None, "广东省", None], "E2", "name a province"),
    losses("unknown_place", ["a", "corridor", None, "南市", "北京"], "E2", "is no prefecture"),
    Seed("no_losses", "Settings", promise_about_a_list, ("Maybe each_warehouse",)),
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
    cell(
        "lot_expires",
        "Stock 2 expiry_date",
        date(2026, 7, 2),
        "deadline of scenario flood: it is sent only where it is unloaded by then",
    ),
    Seed("unread_expiry", "Stock", no_start, ("not looked at in scenario quake",)),
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
