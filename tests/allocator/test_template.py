"""The template, the annotated copy and the plain tables of a result workbook."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from allocator.case import Case
from allocator.errors import DataError, Issue, NotFoundError
from allocator.intake import (
    annotate,
    check_case,
    read_case,
    read_case_with_issues,
    read_plan,
    write_case,
    write_tables,
    write_template,
)
from allocator.intake.headers import match_sheets
from allocator.plan import Plan
from allocator.schema import CASE_SHEETS, CHANGE_SHEETS, RESULT_SHEETS
from allocator.schema.help_zh import help_zh
from allocator.schema.results import RunInfo, StockPlan, SummaryLine, Trip
from allocator.schema.row import columns
from allocator.schema.words import ABOUT_ZH, CHOICES_ZH
from tests.seeded_faults import put
from tests.tiny import Tables, build_case
from tests.workbooks import raw_sheets, save_workbook

LANGUAGES = ["en", "zh"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_template_has_every_sheet_and_column(tmp_path: Path, lang: str) -> None:
    """Each declared column has a header, its unit below, and its help as a comment."""
    write_template(tmp_path / "t.xlsx", lang)
    book = load_workbook(tmp_path / "t.xlsx")
    for kind in CASE_SHEETS.values():
        sheet = book[kind.sheet_zh if lang == "zh" else kind.sheet]
        if kind.vertical:
            names = [cell.value for cell in sheet["A"][1:]]
            assert names == [c.zh if lang == "zh" else c.field for c in columns(kind)]
            continue
        assert sheet.freeze_panes == "A3"
        for place, column in enumerate(columns(kind), start=1):
            header = sheet.cell(1, place)
            assert header.value == (column.zh if lang == "zh" else column.field)
            about = help_zh(kind.sheet, column.field) if lang == "zh" else column.help
            assert about
            assert header.comment.text.startswith(about)
            assert sheet.cell(2, place).value == (f"[{column.unit}]" if column.unit else None)
            assert header.fill.fgColor.rgb[2:] == ("DDEBF7" if column.is_required else "EDEDED")


def test_template_of_changes_is_explained_in_chinese() -> None:
    """Every column of Replan and Changes has its help in both languages."""
    for kind in CHANGE_SHEETS.values():
        for column in columns(kind):
            about = help_zh(kind.sheet, column.field)
            assert about, column.field
            assert not about.isascii()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_template_has_drop_downs(tmp_path: Path, lang: str) -> None:
    """Choices are listed in the language; codes come from the sheets they refer to."""
    write_template(tmp_path / "t.xlsx", lang)
    book = load_workbook(tmp_path / "t.xlsx")
    warehouses = book["储备库" if lang == "zh" else "Warehouses"]
    lists = {
        str(check.sqref).split(":")[0]: check.formula1
        for check in warehouses.data_validations.dataValidation
    }
    state = "existing,candidate,external,closed,hub"
    if lang == "zh":
        state = "现有,候选,外部,关闭,中转站"
    assert lists["C4"] == f'"{state}"'
    assert lists["E4"] == "Districts__district"
    named = book.defined_names["Districts__district"].attr_text
    tab = "'区县'" if lang == "zh" else "'Districts'"
    assert named.startswith(f"OFFSET({tab}!$A$4")
    for kind in CASE_SHEETS.values():
        for column in columns(kind):
            if column.refers_to:
                assert column.refers_to.replace(".", "__") in book.defined_names


@pytest.mark.parametrize("lang", LANGUAGES)
def test_agenda_links_to_every_sheet(tmp_path: Path, lang: str) -> None:
    """The first sheet names every other one, whether it is needed, and leads there."""
    write_template(tmp_path / "t.xlsx", lang)
    book = load_workbook(tmp_path / "t.xlsx")
    agenda = book.worksheets[0]
    links = [
        cell.hyperlink.location for line in agenda.iter_rows() for cell in line if cell.hyperlink
    ]
    assert links == [f"'{name}'!A1" for name in book.sheetnames[1:]]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_empty_template_is_read_without_its_examples(tmp_path: Path, lang: str) -> None:
    """The only issues of an untouched template are the required sheets without rows."""
    write_template(tmp_path / "t.xlsx", lang)
    issues = check_case(tmp_path / "t.xlsx")
    required = [kind for kind in CASE_SHEETS.values() if kind.required]
    assert [(issue.code, issue.sheet) for issue in issues] == [
        ("empty_sheet", kind.sheet_zh if lang == "zh" else kind.sheet) for kind in required
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_filled_template_is_a_case(tmp_path: Path, tiny_tables: Tables, lang: str) -> None:
    """Rows typed below the examples, by header, give the case."""
    write_template(tmp_path / "t.xlsx", lang)
    book = load_workbook(tmp_path / "t.xlsx")
    for name, rows in tiny_tables.items():
        kind = CASE_SHEETS[name]
        sheet = book[kind.sheet_zh if lang == "zh" else kind.sheet]
        fields = [column.field for column in columns(kind)]
        for line, row in enumerate(rows, start=4):
            for field, value in row.items():
                if kind.vertical:
                    sheet.cell(fields.index(field) + 2, 2).value = value
                else:
                    sheet.cell(line, fields.index(field) + 1).value = value
    book.save(tmp_path / "filled.xlsx")
    case = read_case(tmp_path / "filled.xlsx")
    assert [row.scenario for row in case.scenarios] == ["flood", "quake"]
    assert case.scenario_demand == build_case().scenario_demand


def test_unknown_language_is_refused(tmp_path: Path) -> None:
    """A language that no header exists in is an error."""
    with pytest.raises(ValueError, match=r"lang \(fr\) must be en or zh"):
        write_template(tmp_path / "t.xlsx", "fr")


def test_chinese_words_are_complete_and_unambiguous() -> None:
    """Each choice, sheet and column has a Chinese name, and none stands for two things."""
    kinds = {**CASE_SHEETS, **CHANGE_SHEETS, **RESULT_SHEETS}
    for kind in kinds.values():
        names = [column.zh for column in columns(kind)] + [c.field for c in columns(kind)]
        assert len(set(names)) == len(names), kind.sheet
        for column in columns(kind):
            words = [CHOICES_ZH[choice] for choice in column.choices]
            assert len(set(words)) == len(words), (kind.sheet, column.field)
    titles = [kind.sheet for kind in kinds.values()] + [kind.sheet_zh for kind in kinds.values()]
    assert len(set(titles)) == len(titles)
    assert set(ABOUT_ZH) == {*CASE_SHEETS, *CHANGE_SHEETS}
    assert match_sheets([], kinds) == ({}, [])


def seeded(tmp_path: Path, tiny_tables: Tables) -> tuple[Path, list[Issue]]:
    """A workbook with a fault, a warning and a formula, and its issues."""
    sheets = raw_sheets(tiny_tables)
    put(sheets, "Scenario_Demand", 5, "demand_units", -3)
    put(sheets, "Stock", 4, "stock_units", "1,000")
    path = save_workbook(
        tmp_path / "seeded.xlsx", sheets, lambda book: book["Stock"].__setitem__("H9", "=1+1")
    )
    return path, check_case(path)


def test_annotated_copy_marks_every_cell(tmp_path: Path, tiny_tables: Tables) -> None:
    """Faults are red, warnings amber, each with its sentence as a comment; formulas stay."""
    path, issues = seeded(tmp_path, tiny_tables)
    before = path.read_bytes()
    annotate(path, issues, tmp_path / "marked.xlsx")
    assert path.read_bytes() == before
    book = load_workbook(tmp_path / "marked.xlsx")
    fault, oddity = book["Scenario_Demand"]["D5"], book["Stock"]["D4"]
    assert fault.fill.fgColor.rgb[2:] == "FF7C80"
    assert "must be >= 0. Maybe the sign is wrong." in fault.comment.text
    assert oddity.fill.fgColor.rgb[2:] == "FFE699"
    assert book["Scenario_Demand"]["D4"].comment is None
    assert book["Stock"]["H9"].value == "=1+1"


def test_annotated_copy_lists_all_problems(tmp_path: Path, tiny_tables: Tables) -> None:
    """The Problems sheet comes first, with a row and a link for each issue."""
    path, issues = seeded(tmp_path, tiny_tables)
    annotate(path, issues, tmp_path / "marked.xlsx")
    book = load_workbook(tmp_path / "marked.xlsx")
    assert book.sheetnames[0] == "Problems"
    sheet = book["Problems"]
    assert sheet.max_row == len(issues) + 1
    codes = [sheet.cell(line, 8).value for line in range(2, sheet.max_row + 1)]
    assert codes == [issue.code for issue in issues]
    links = [sheet.cell(line, 3).hyperlink.location for line in range(2, sheet.max_row + 1)]
    assert "'Scenario_Demand'!D5" in links


def test_annotated_copy_can_be_repaired_and_read(tmp_path: Path, tiny_tables: Tables) -> None:
    """After the marked cells are put right, the annotated copy itself is the case."""
    path, issues = seeded(tmp_path, tiny_tables)
    annotate(path, issues, tmp_path / "marked.xlsx")
    book = load_workbook(tmp_path / "marked.xlsx")
    book["Scenario_Demand"]["D5"] = 40
    book["Stock"]["D4"] = 1000
    book["Stock"]["H9"] = None
    book.save(tmp_path / "mended.xlsx")
    assert [row.demand_units for row in read_case(tmp_path / "mended.xlsx").scenario_demand] == [
        row.demand_units for row in build_case().scenario_demand
    ]


@pytest.mark.parametrize("form", ["case", "case.json"])
def test_other_forms_are_annotated_as_workbooks(tmp_path: Path, tiny_case: Case, form: str) -> None:
    """A CSV folder or JSON document becomes a workbook with the same marks."""
    first, *others = tiny_case.scenario_demand
    bad = first.model_copy(update={"demand_units": -7.0})
    write_case(tiny_case.replace(type(first), [bad, *others]), tmp_path / form)
    issues = check_case(tmp_path / form)
    annotate(tmp_path / form, issues, tmp_path / "marked.xlsx")
    book = load_workbook(tmp_path / "marked.xlsx")
    marked = [
        cell
        for line in book["Scenario_Demand"].iter_rows()
        for cell in line
        if cell.comment is not None
    ]
    assert [float(cell.value) for cell in marked] == [-7.0]


def test_unreadable_files_give_the_list_alone(tmp_path: Path) -> None:
    """A file that is no workbook still gets a workbook that says so."""
    path = tmp_path / "junk.xlsx"
    path.write_bytes(b"junk")
    annotate(path, check_case(path), tmp_path / "marked.xlsx")
    book = load_workbook(tmp_path / "marked.xlsx")
    assert book.sheetnames == ["Problems"]
    assert book["Problems"]["H2"].value == "not_a_workbook"


def test_clean_case_says_so(tmp_path: Path, tiny_case: Case) -> None:
    """Without issues the Problems sheet says that there are none."""
    write_case(tiny_case, tmp_path / "a.xlsx")
    annotate(tmp_path / "a.xlsx", [], tmp_path / "marked.xlsx")
    assert load_workbook(tmp_path / "marked.xlsx")["Problems"]["F2"].value is not None


def trip(**values: object) -> Trip:
    """A trip with these values and hours that rise."""
    hours = dict.fromkeys(
        (name for name in Trip.model_fields if name.endswith("_hours")), 1.0 + 1 / 3
    )
    codes = {"trip": "T1", "scenario": "flood", "warehouse": "W1", "district": "450101"}
    loads = {"fleet": "VAN", "distance_km": 10, "cost_cny": 70, "weight_kg": 60, "volume_m3": 0.2}
    return Trip.model_validate({**hours, **codes, **loads, **values})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_plan_tables_survive_a_result_workbook(tmp_path: Path, lang: str) -> None:
    """Plain sheets written among others are read back as the same plan, in either language."""
    plan = Plan(
        {
            "Summary": (SummaryLine(topic="=SUM(A1)", figure="+1", sentence="#REF!"),),
            "Stock_Plan": (
                StockPlan(
                    warehouse="W1",
                    item="TENT",
                    today_units=50,
                    stock_units=0.1 + 0.2,
                    buy_units=0,
                    withdraw_units=10,
                ),
            ),
            "Dispatch_Trips": (trip(), trip(trip="T2", approvals="LOCAL/1")),
            "Run_Info": (RunInfo(name="seed", text="0"),),
        }
    )
    book = Workbook()
    book.active.title = "Charts"
    write_tables(book, plan, RESULT_SHEETS, lang)
    book.save(tmp_path / "p.xlsx")
    again = read_plan(tmp_path / "p.xlsx")
    assert again.tables == plan.tables
    assert again.digest == plan.digest
    written = load_workbook(tmp_path / "p.xlsx")
    kinds = {cell.data_type for sheet in written for line in sheet.iter_rows() for cell in line}
    assert "f" not in kinds
    assert "e" not in kinds


@pytest.mark.parametrize("amount", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_never_written(amount: float) -> None:
    """NaN and infinity would make a spreadsheet report damage; writing them is an error."""
    row = StockPlan.model_construct(
        warehouse="W1",
        item="TENT",
        today_units=amount,
        stock_units=0,
        buy_units=0,
        withdraw_units=0,
    )
    with pytest.raises(ValueError, match="cannot hold"):
        write_tables(Workbook(), Plan({"Stock_Plan": (row,)}), RESULT_SHEETS)


@pytest.mark.parametrize("text", ["a\x01b", "x" * 40000])
def test_texts_no_cell_can_hold_are_never_written(text: str) -> None:
    """Control characters and endless text are refused, not changed."""
    row = SummaryLine.model_construct(topic=text, figure="", sentence="")
    with pytest.raises(ValueError, match="cannot hold"):
        write_tables(Workbook(), Plan({"Summary": (row,)}), RESULT_SHEETS)


def test_plan_faults_name_their_cell(tmp_path: Path) -> None:
    """A quantity changed to nonsense in a result workbook is named like any other fault."""
    book = Workbook()
    write_tables(book, Plan({"Dispatch_Trips": (trip(),)}), RESULT_SHEETS)
    sheet = book["Dispatch_Trips"]
    place = [cell.value for cell in sheet[1]].index("depart_hours") + 1
    sheet.cell(3, place).value = -1
    book.save(tmp_path / "p.xlsx")
    with pytest.raises(DataError, match=r"Dispatch_Trips!H3: depart_hours \(-1\) must be >= 0"):
        read_plan(tmp_path / "p.xlsx")


def test_other_workbooks_are_no_plans(tmp_path: Path, tiny_case: Case) -> None:
    """A case given for a plan, and a file that does not exist, are told apart."""
    write_case(tiny_case, tmp_path / "case.xlsx")
    with pytest.raises(DataError, match="none of the expected sheets"):
        read_plan(tmp_path / "case.xlsx")
    with pytest.raises(NotFoundError, match=re.escape("absent.xlsx")):
        read_plan(tmp_path / "absent.xlsx")


@pytest.mark.office
@pytest.mark.parametrize("lang", LANGUAGES)
def test_office_program_keeps_the_case(
    tmp_path: Path, tiny_case: Case, office_path: Path, lang: str
) -> None:
    """Opened and saved again by LibreOffice, an export is still the case, drop-downs included."""
    write_case(tiny_case, tmp_path / "case.xlsx", lang)
    subprocess.run(
        [
            str(office_path),
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(tmp_path / "saved"),
            str(tmp_path / "case.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    case, issues = read_case_with_issues(tmp_path / "saved" / "case.xlsx")
    assert issues == []
    assert case is not None
    assert case.scenario_demand == tiny_case.scenario_demand
    assert case.approval_steps == tiny_case.approval_steps
    assert [row.lat for row in case.districts] == pytest.approx(
        [row.lat for row in tiny_case.districts], rel=1e-14
    )
    book = load_workbook(tmp_path / "saved" / "case.xlsx")
    sheet = book["储备库" if lang == "zh" else "Warehouses"]
    lists = [check.formula1 for check in sheet.data_validations.dataValidation]
    assert "Districts__district" in lists
