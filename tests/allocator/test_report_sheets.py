"""Result sheets as a planner meets them: names beside codes, units, percentages, nothing empty."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from allocator.intake.headers import field_of
from allocator.plan import Plan
from allocator.report import write_workbook
from allocator.report.facts import Facts
from allocator.report.sheet_columns import sheet_table, stage_unit
from allocator.report.sheets import lay_out
from allocator.report.summary import summarise
from allocator.report.words import LANGUAGES, Language, word
from allocator.schema import RESULT_SHEETS
from allocator.schema.changes import Change
from allocator.schema.results import LossResult, ReductionError, ScenarioReduction, Stage
from tests.allocator.report_example import example_case
from tests.allocator.report_plan_example import example_plan

LOSS = {
    "loss": "W450103",
    "origin": "each_warehouse",
    "lost": "W450103",
    "expected_added_unmet": 12.0,
    "scenario": "rammasun2014",
    "served_share": 0.5,
    "share_without_loss": 0.75,
    "added_unmet": 30.0,
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A plan with a placement, a dispatch, losses without a promise, and kept scenarios."""
    case = example_case()
    first = case.scenarios[0].scenario
    made = example_plan(case).replace(
        LossResult, [LossResult.model_validate({**LOSS, "scenario": first})]
    )
    kept = {
        "scenario": first,
        "is_kept": True,
        "represented_by": first,
        "distance": 0.0,
        "probability_before": 0.25,
        "probability_after": 1.0,
        "reason": "largest need; " * 12,
    }
    error = {"measure": "unmet", "value": 1.0, "compared_to": 2.0, "share": 1.0, "sentence": "x"}
    made = made.replace(ScenarioReduction, [ScenarioReduction.model_validate(kept)])
    return made.replace(ReductionError, [ReductionError.model_validate(error)])


@pytest.fixture(scope="module")
def book(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    """The plan's workbook, read by a program that knows nothing of this product."""
    path = tmp_path_factory.mktemp("book") / "plan.xlsx"
    write_workbook(example_case(), plan, path, pictures=False)
    return load_workbook(path)


def heads(sheet: Worksheet) -> dict[str, int]:
    """Place of each header, counted from 1."""
    return {str(cell.value): k for k, cell in enumerate(sheet[1], start=1)}


def test_names_stand_beside_codes(book: Workbook) -> None:
    """A trip says by name from where to where it goes, right of the code."""
    case, trips = example_case(), book["Dispatch_Trips"]
    place = heads(trips)
    warehouses = {row.warehouse: row.name for row in case.warehouses}
    districts = {row.district: row.name for row in case.districts}
    assert place["warehouse_name"] == place["warehouse"] + 1
    assert place["district_name"] == place["district"] + 1
    for row in range(3, trips.max_row + 1):
        code = trips.cell(row=row, column=place["warehouse"]).value
        assert trips.cell(row=row, column=place["warehouse_name"]).value == warehouses[str(code)]
        code = trips.cell(row=row, column=place["district"]).value
        assert trips.cell(row=row, column=place["district_name"]).value == districts[str(code)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_added_columns_are_nobody_s_data(plan: Plan, lang: Language) -> None:
    """No header that is added can be taken for a declared one when the workbook is read back."""
    facts, added = Facts(example_case(), plan), 0
    for kind in RESULT_SHEETS.values():
        for column in sheet_table(kind, plan.rows(kind), facts, lang).columns:
            if column.declared is None:
                assert field_of(kind, column.header) is None, column.header
                added += 1
    assert added > 15


def test_sheets_without_rows_are_out_of_the_way(book: Workbook, plan: Plan) -> None:
    """A sheet is hidden exactly if the plan has nothing for it."""
    for sheet, kind in RESULT_SHEETS.items():
        has_rows = sheet == "Summary" or bool(plan.rows(kind))
        assert book[sheet].sheet_state == ("visible" if has_rows else "hidden"), sheet
    assert book["Worth"].sheet_state == "hidden"


def test_columns_without_values_are_out_of_the_way(book: Workbook) -> None:
    """Losses that are only reported show no promise; what has values is shown."""
    sheet = book["Loss_Result"]
    letters = {name: sheet.cell(row=1, column=k).column_letter for name, k in heads(sheet).items()}
    hidden = {name for name, at in letters.items() if sheet.column_dimensions[at].hidden}
    assert hidden == {"promised_share", "is_kept"}


def test_units_of_hidden_columns_stay_hidden(plan: Plan) -> None:
    """A unit that may run over would be read as that of the column beside it."""
    rows = [Change(at_hours=3, kind="docks", warehouse="W450103", amount=2)]
    sheet = Workbook().worksheets[0]
    lay_out(sheet, sheet_table(Change, rows, Facts(example_case(), plan), "en"), "en")
    units = {
        sheet.cell(row=1, column=k).value: sheet.cell(row=2, column=k)
        for k in range(1, sheet.max_column + 1)
    }
    assert not units["amount"].value
    assert units["from_hours"].value == "[h]"
    wrapped = {name for name, unit in units.items() if unit.value and unit.alignment.wrap_text}
    assert wrapped == {"from_hours", "to_hours"}


@pytest.mark.parametrize(
    ("sheet", "field", "expected"),
    [
        ("Loss_Result", "share_without_loss", "0.0%"),
        ("Scenario_Reduction", "probability_before", "0.00%"),
        ("Reduction_Error", "share", "0.00%"),
        ("Dispatch_Trips", "cost_cny", "#,##0"),
        ("Dispatch_Trips", "depart_hours", "#,##0.00"),
    ],
)
def test_figures_have_the_format_of_their_kind(
    book: Workbook, sheet: str, field: str, expected: str
) -> None:
    """Shares are percentages; money is whole; hours have two digits."""
    cell = book[sheet].cell(row=3, column=heads(book[sheet])[field])
    assert cell.number_format == expected


def test_headers_stand_over_their_figures(book: Workbook) -> None:
    """The header of numbers is on the right, as they are; that of texts on the left."""
    sheet = book["Stock_Plan"]
    place = heads(sheet)
    for row in (1, 2):
        assert sheet.cell(row=row, column=place["buy_units"]).alignment.horizontal == "right"
        assert sheet.cell(row=row, column=place["item_name"]).alignment.horizontal == "left"


def test_every_cell_names_its_font(book: Workbook) -> None:
    """A font without a name is one with serifs in some programs."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows(max_row=6):
            for cell in row:
                assert cell.font.name == "Calibri", (sheet.title, cell.coordinate)
                assert cell.font.size == 11, (sheet.title, cell.coordinate)


def test_long_reasons_are_broken_into_lines(book: Workbook) -> None:
    """Text beyond the widest column makes its row higher instead of running over the sheet."""
    sheet = book["Scenario_Reduction"]
    assert sheet.cell(row=3, column=heads(sheet)["reason"]).alignment.wrap_text
    assert float(sheet.row_dimensions[3].height or 0.0) >= 45.0


def test_summary_is_wide_enough(book: Workbook) -> None:
    """Topics and figures are not cut off: each fits, or its row has the lines for it."""
    sheet = book["Summary"]
    for row in range(3, sheet.max_row + 1):
        lines = float(sheet.row_dimensions[row].height or 15.0) / 15.0
        for letter in ("A", "B", "C"):
            text = str(sheet[f"{letter}{row}"].value or "")
            assert len(text) <= lines * sheet.column_dimensions[letter].width, text


def test_stages_have_units(book: Workbook, plan: Plan) -> None:
    """Beside each stage stands what its values count: CNY in dispatch, CNY/year in placement."""
    sheet = book["Stages"]
    place = heads(sheet)
    shown = [sheet.cell(row=row, column=place["unit"]).value for row in range(3, sheet.max_row + 1)]
    assert shown
    assert shown == [stage_unit(row.part, row.stage, "en") for row in plan.stages]
    assert stage_unit("placement", "cost", "en") == "CNY/year"
    assert stage_unit("rammasun2014", "cost", "en") == "CNY"
    assert stage_unit("location", "median", "zh") == "人·小时"


def test_a_stage_that_the_limit_cut_off_is_said(plan: Plan) -> None:
    """A lives plan without a cost stage says so, and the figures of the others have units."""
    stage = next(row for row in plan.stages if row.part == "placement")
    cut = [stage.model_copy(update={"stage": name}) for name in ("unmet", "waiting")]
    lines = {
        row.topic: row
        for row in summarise(Facts(example_case(), plan.replace(Stage, cut)), "en")
        if row.topic.startswith("Placement")
    }
    assert list(lines) == ["Placement: unmet need", "Placement: waiting", "Placement: cost"]
    assert lines["Placement: waiting"].figure.endswith(" weighted unit-hours")
    assert "before this stage had a plan" in lines["Placement: cost"].sentence
    whole = [*cut, stage.model_copy(update={"stage": "cost"})]
    said = summarise(Facts(example_case(), plan.replace(Stage, whole)), "en")
    assert not any("before this stage had a plan" in row.sentence for row in said)


def test_a_tiny_gap_is_not_nothing(plan: Plan) -> None:
    """A gap that two digits would round to nothing is given as its upper end."""
    stage = next(row for row in plan.stages if row.part == "placement")
    tiny = stage.model_copy(update={"stage": "unmet", "bound": 1.0, "gap": 3e-6})
    said = summarise(Facts(example_case(), plan.replace(Stage, [tiny])), "en")
    words = next(row.sentence for row in said if row.topic == "Placement: unmet need")
    assert words.startswith("No plan can be better by more than 0.01%.")


def test_pages_break_before_the_frame_of_a_chart(book: Workbook) -> None:
    """A break on the chart's own edge would leave its frame on the page before."""
    sheet = book["Charts"]
    starts = [chart.anchor._from.row + 1 for chart in sheet._charts]
    breaks = [entry.id for entry in sheet.row_breaks.brk]
    assert breaks
    assert all(entry + 2 in starts for entry in breaks)


def test_added_columns_have_chinese_headers(tmp_path: Path, plan: Plan) -> None:
    """Chinese names of the added columns follow the Chinese headers."""
    path = tmp_path / "plan.xlsx"
    write_workbook(example_case(), plan, path, lang="zh", pictures=False)
    book = load_workbook(path)
    assert {"储备库名称", "区县名称", "情景名称", "车型名称"} <= set(heads(book["运输车次"]))
    short = book["缺口"]
    place = heads(short)
    said = {short.cell(row=3, column=place[head]).value for head in ("原因", "原因名称")}
    assert said == {plan.shortages[0].reason, word(plan.shortages[0].reason, "zh")}
