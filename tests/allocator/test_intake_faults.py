"""Every fault is named with its cell, all of them in one pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.draft import MAX_ISSUES_PER_COLUMN
from allocator.errors import DataError, Issue
from allocator.intake import check_case, read_case, read_case_with_issues
from allocator.issue_codes import ISSUE_CODES
from tests.seeded_faults import SEEDS as OTHER_SEEDS
from tests.seeded_faults import Seed, put
from tests.seeded_hubs import HUB_SEEDS
from tests.seeded_lab import LAB_SEEDS
from tests.seeded_responsibility import RESPONSIBILITY_SEEDS
from tests.seeded_risks import RISK_SEEDS
from tests.seeded_sign_offs import SIGN_OFF_SEEDS
from tests.tiny import Tables
from tests.workbooks import Sheets, raw_sheets, save_workbook

SEEDS = [
    *OTHER_SEEDS,
    *HUB_SEEDS,
    *LAB_SEEDS,
    *RESPONSIBILITY_SEEDS,
    *RISK_SEEDS,
    *SIGN_OFF_SEEDS,
]

FILE_CODES = {
    "not_a_workbook",
    "old_workbook",
    "encrypted",
    "damaged",
    "too_big",
    "unsafe_xml",
    "missing_part",
    "unreadable_text",
    "empty_folder",
    "stray_cell_block",
    "other_encoding",
    "unknown_setting",
}
"""Codes about whole files, seeded in ``test_intake_workbook`` and ``test_intake_folder``."""


@pytest.fixture
def sheets(tiny_tables: Tables) -> Sheets:
    """Lines of cells of the tiny case, to be changed at will."""
    return raw_sheets(tiny_tables)


@pytest.mark.parametrize("seed", SEEDS, ids=[f"{k}-{seed.code}" for k, seed in enumerate(SEEDS)])
def test_each_seed_is_found_at_its_cell(seed: Seed, sheets: Sheets, tmp_path: Path) -> None:
    """One seeded fault brings one issue with its code, cell and words, and no other fault."""
    cell = seed.edit(sheets)
    issues = check_case(save_workbook(tmp_path / "seeded.xlsx", sheets, seed.dress))
    found = [issue for issue in issues if issue.code == seed.code]
    assert [(issue.sheet, issue.cell) for issue in found] == [(seed.sheet, cell)], issues
    (issue,) = found
    assert issue.severity == ISSUE_CODES[seed.code].severity
    sentence = issue.sentence()
    for words in seed.words:
        assert words in sentence
    assert [one for one in issues if one.severity == "error" and one.code != seed.code] == []


def test_every_code_is_seeded() -> None:
    """No code of the table is without a test, and no test has an unknown code."""
    assert {seed.code for seed in SEEDS} | FILE_CODES | CHANGE_CODES == set(ISSUE_CODES)


CHANGE_CODES = {
    "change_contradicts",
    "change_hours",
    "change_impossible",
    "change_incomplete",
    "change_repeated",
    "change_too_full",
    "district_cut_off",
    "hub_cut_off",
    "no_changes",
    "no_vehicles_left",
}
"""Codes of files of changes; ``test_change_file`` or ``test_change_contradictions`` has a test of
each."""

TWENTY = [
    ("Settings", 0, "capital_budget_cny", 0, "out_of_range"),
    ("Settings", 0, "clock", "sunrise", "not_a_choice"),
    ("Districts", 2, "lat", 110.0, "out_of_range"),
    ("Districts", 3, "name", None, "empty_cell"),
    ("Districts", 4, "population_people", "lots", "not_a_number"),
    ("Warehouses", 2, "size_class", "XL", "unknown_code"),
    ("Warehouses", 3, "state", "maybe", "not_a_choice"),
    ("Warehouses", 4, "lat", None, "half_place"),
    ("Size_Classes", 3, "volume_m3", -5, "out_of_range"),
    ("Items", 3, "weight_kg", 0, "out_of_range"),
    ("Stock", 2, "expiry_date", "someday", "not_a_date"),
    ("Stock", 5, "home_reserve_units", 300, "home_reserve"),
    ("Waiting_Bands", 3, "deprivation_hours", 5, "bands_fall"),
    ("Scenarios", 3, "probability", 0.5, "probabilities"),
    ("Scenario_Demand", 5, "demand_units", -1, "out_of_range"),
    ("Scenario_Demand", 6, "item", "WATRE", "unknown_code"),
    ("Scenario_Damage", 3, "warehouse", "W1", "damage_target"),
    ("Vehicles", 2, "speed_kmh", "60 km/h", "not_a_number"),
    ("Fleets", 4, "vehicles_count", 2.5, "not_an_integer"),
    ("Approval_Steps", 7, "predecessors", "2a;2x", "unknown_step"),
    ("Approval_Rules", 4, "release_step", "5", "unknown_step"),
]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_twenty_faults_are_named_in_one_pass(sheets: Sheets, tmp_path: Path, lang: str) -> None:
    """A workbook with 21 seeded faults names all their cells, and nothing else, at once."""
    wanted = set()
    for sheet, line, field, value, code in TWENTY:
        cell = put(sheets, sheet, line, field, value)
        if code == "probabilities":
            cell = cell.replace("3", "2")
        wanted.add((sheet, cell, code))
    if lang == "zh":
        sheets, names = translated(sheets)
        wanted = {(names[sheet], cell, code) for sheet, cell, code in wanted}
    with pytest.raises(DataError) as caught:
        read_case(save_workbook(tmp_path / "twenty.xlsx", sheets))
    faults = [issue for issue in caught.value.issues if issue.severity == "error"]
    assert {(issue.sheet, issue.cell, issue.code) for issue in faults} == wanted
    assert len(faults) == len(TWENTY)
    assert places(faults) == sorted(places(faults))


def places(faults: list[Issue]) -> list[tuple[int, int]]:
    """Order in which the issues come: sheet, line."""
    order = list(dict.fromkeys(issue.sheet for issue in faults))
    return [
        (order.index(issue.sheet), int(issue.cell.lstrip("ABCDEFGHIJKLMNOP"))) for issue in faults
    ]


def translated(sheets: Sheets) -> tuple[Sheets, dict[str, str]]:
    """The same cells under Chinese sheet names and headers."""
    from allocator.schema import CASE_SHEETS
    from allocator.schema.row import columns

    names = {sheet: CASE_SHEETS[sheet].sheet_zh for sheet in sheets}
    turned: Sheets = {}
    for sheet, lines in sheets.items():
        zh = {column.field: column.zh for column in columns(CASE_SHEETS[sheet])}
        if sheet == "Settings":
            head = [["设置项", "取值"]]
            turned[names[sheet]] = head + [[zh[line[0]], line[1]] for line in lines[1:]]
        else:
            turned[names[sheet]] = [[zh[field] for field in lines[0]], *lines[1:]]
    return turned, names


def test_messages_use_the_header_the_planner_wrote(sheets: Sheets, tmp_path: Path) -> None:
    """In a Chinese workbook the sentence names the Chinese header; the field stays English."""
    put(sheets, "Scenario_Demand", 5, "demand_units", -3)
    turned, _ = translated(sheets)
    (issue,) = check_case(save_workbook(tmp_path / "zh.xlsx", turned))
    expected = "情景需求!D5: 需求量 (-3) must be >= 0. Maybe the sign is wrong."
    assert issue.sentence() == expected
    assert issue.field == "demand_units"
    assert issue.value == "-3"


def test_one_bad_row_does_not_bring_others(sheets: Sheets, tmp_path: Path) -> None:
    """A district with a faulty figure is still a district for the sheets that name it."""
    put(sheets, "Districts", 4, "population_people", -1)
    issues = check_case(save_workbook(tmp_path / "one.xlsx", sheets))
    assert [issue.code for issue in issues] == ["out_of_range"]


def test_two_faults_in_one_row_are_both_named(sheets: Sheets, tmp_path: Path) -> None:
    """Text in one cell does not hide a negative number in the next."""
    put(sheets, "Vehicles", 2, "payload_kg", "heavy")
    put(sheets, "Vehicles", 2, "volume_m3", -1)
    issues = check_case(save_workbook(tmp_path / "two.xlsx", sheets))
    assert [(issue.cell, issue.code) for issue in issues] == [
        ("C2", "not_a_number"),
        ("D2", "out_of_range"),
    ]


def test_many_faults_of_a_kind_are_counted(sheets: Sheets, tmp_path: Path) -> None:
    """A column full of faults is spelled out up to a limit and then summed up."""
    lines = sheets["Scenario_Demand"]
    del lines[1:]
    lines += [["flood", "450101", "TENT", "x", k] for k in range(250)]
    issues = check_case(save_workbook(tmp_path / "many.xlsx", sheets))
    found = [issue for issue in issues if issue.code == "not_a_number"]
    assert len(found) == MAX_ISSUES_PER_COLUMN + 1
    assert "150 more" in found[-1].message
    assert found[0].cell == "D2"


def test_warnings_come_with_the_case(sheets: Sheets, tmp_path: Path) -> None:
    """What was repaired is told, and the case is the same as the clean one."""
    clean = read_case(save_workbook(tmp_path / "clean.xlsx", sheets))
    put(sheets, "Scenario_Demand", 4, "district", 450102.0)
    put(sheets, "Scenario_Demand", 5, "item", "\uff34\uff25\uff2e\uff34 ")
    put(sheets, "Stock", 4, "stock_units", "1,000")
    case, issues = read_case_with_issues(save_workbook(tmp_path / "odd.xlsx", sheets))
    assert case is not None
    assert case.digest == clean.digest
    assert [issue.code for issue in issues] == ["text_number", "number_text", "full_width"]
    assert {issue.severity for issue in issues} == {"warning"}


def test_a_setting_beside_the_case_is_named_without_a_cell() -> None:
    """It stands in no file: the message names the setting, its value, and no cell."""
    issues = check_case("guangxi", options={"capital_budget_cny": "minus", "cvar_weight": "7"})
    told = [issue.sentence() for issue in issues if issue.severity == "error"]
    assert len(told) == 2
    assert told[0].startswith("options: capital_budget_cny (minus) is not a number.")
    assert told[1].startswith("options: cvar_weight (7) must be <= 1.")
