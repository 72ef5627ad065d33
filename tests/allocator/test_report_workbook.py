"""The result workbook: reads back as the same plan, text stays text, charts are there."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from allocator.errors import ConflictError
from allocator.intake.plans import read_plan
from allocator.plan import Plan
from allocator.replay import verify
from allocator.report import pictures, workbook, write_workbook
from allocator.report.facts import Facts
from allocator.report.summary import summarise
from allocator.schema import RESULT_SHEETS
from allocator.schema.results import RunInfo, Shortage, SummaryLine
from tests.allocator import replay_example
from tests.allocator.report_example import NASTY, example_case
from tests.allocator.report_plan_example import example_plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A plan full of names that look like formulas or markup."""
    made = example_plan(example_case(NASTY))
    texts = ("=1+1", "_x0041_", " 两端空格 ", "#N/A", "a\nb", "１２")
    notes = [RunInfo(name=f"note{k}", text=text) for k, text in enumerate(texts)]
    return made.replace(RunInfo, [*made.rows(RunInfo), *notes])


@pytest.fixture(scope="module", params=["en", "zh"])
def written(
    request: pytest.FixtureRequest, plan: Plan, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The workbook in each language."""
    path = tmp_path_factory.mktemp("book") / f"plan_{request.param}.xlsx"
    write_workbook(example_case(NASTY), plan, path, lang=request.param, pictures=False)
    return path


def test_workbook_reads_back_as_the_same_plan(written: Path, plan: Plan) -> None:
    """All sheets but the Summary, which is made anew, come back equal to the last digit."""
    found = read_plan(written)
    for sheet, kind in RESULT_SHEETS.items():
        if kind is RunInfo:
            # Spaces around a text are the reader's to take away.
            expected = {row.name: row.text.strip() for row in plan.rows(RunInfo)}
            assert found.run_info == expected
        elif kind is not SummaryLine:
            assert found.tables.get(sheet, ()) == plan.tables.get(sheet, ()), sheet


def test_summary_sheet_holds_the_sentences(written: Path, plan: Plan) -> None:
    """The first sheet is the verdict in the language of the workbook."""
    lang = "zh" if written.stem.endswith("zh") else "en"
    expected = summarise(Facts(example_case(NASTY), plan), lang)
    assert read_plan(written).summary == expected
    first = load_workbook(written, read_only=True).worksheets[0]
    assert first.title == ("摘要" if lang == "zh" else "Summary")


def test_no_text_becomes_a_formula_or_an_error(written: Path) -> None:
    """Every cell of every sheet is text, number or truth value."""
    kinds = set()
    for sheet in load_workbook(written).worksheets:
        for row in sheet.iter_rows():
            kinds |= {cell.data_type for cell in row if cell.value is not None}
    assert kinds <= {"s", "n", "b"}
    with zipfile.ZipFile(written) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/sheet"):
                text = re.sub(
                    r"<(cfRule|conditionalFormatting).*?</\1>", "", archive.read(name).decode()
                )
                assert "<f>" not in text
                assert "NaN" not in text


def test_sheets_stand_in_tab_order_with_units(written: Path) -> None:
    """Result sheets keep their order; header, units in brackets, frozen, filtered, landscape."""
    book = load_workbook(written)
    zh = written.stem.endswith("zh")
    titles = [kind.sheet_zh if zh else kind.sheet for kind in RESULT_SHEETS.values()]
    assert [name for name in book.sheetnames if name in titles] == titles
    trips = book["运输车次" if zh else "Dispatch_Trips"]
    assert trips.freeze_panes == "B3"
    heads = {trips.cell(row=1, column=k).value: k for k in range(1, trips.max_column + 1)}
    assert trips.cell(row=2, column=heads["放行" if zh else "release_hours"]).value == "[h]"
    assert trips.auto_filter.ref.startswith("A2:")
    assert trips.page_setup.orientation == "landscape"
    assert trips.page_setup.fitToWidth == 2
    assert trips.print_title_cols == "$A:$A"
    assert book["库存方案" if zh else "Stock_Plan"].page_setup.fitToWidth == 1
    assert trips.dimensions.endswith(str(2 + len(read_plan(written).trips)))


def test_charts_and_conditional_formats_are_there(written: Path) -> None:
    """Five native charts, with axes that newer Excel shows, and formats on the shortages."""
    book = load_workbook(written)
    zh = written.stem.endswith("zh")
    charts = book["图表" if zh else "Charts"]._charts
    assert len(charts) == 5
    with zipfile.ZipFile(written) as archive:
        members = [
            name for name in archive.namelist() if re.fullmatch(r"xl/charts/chart\d+\.xml", name)
        ]
        for name in members:
            text = archive.read(name).decode()
            assert text.count('<c:delete val="0"') + text.count('<delete val="0"') >= 2
            assert 'smooth val="1"' not in text
    for title in (
        ("缺口", "库存方案", "满足率曲线") if zh else ("Shortages", "Stock_Plan", "Served_By_Hour")
    ):
        assert len(book[title].conditional_formatting) > 0


def test_assumptions_are_said_in_the_workbook(written: Path) -> None:
    """The sheet of assumptions names the rows and the figures that are none but assumed."""
    book = load_workbook(written)
    zh = written.stem.endswith("zh")
    sheet = book["假设说明" if zh else "Assumptions"]
    cells = {str(cell.value) for row in sheet.iter_rows() for cell in row}
    assert ("假设" if zh else "assumption") in cells
    assert ("单价" if zh else "price_cny") in cells


def test_equal_plans_give_equal_files(plan: Plan, tmp_path: Path) -> None:
    """Apart from the time in its properties, a workbook is a function of case and plan."""
    case = example_case(NASTY)
    members = []
    for name in ("one.xlsx", "two.xlsx"):
        write_workbook(case, plan, tmp_path / name, pictures=False)
        with zipfile.ZipFile(tmp_path / name) as archive:
            members.append({n: archive.read(n) for n in archive.namelist() if "core.xml" not in n})
    assert members[0] == members[1]


def test_an_empty_plan_is_a_workbook_too(tmp_path: Path) -> None:
    """Without any rows there are headers, no charts and no fault."""
    path = tmp_path / "empty.xlsx"
    write_workbook(example_case(), Plan({}), path, pictures=False)
    book = load_workbook(path)
    assert book["Dispatch_Trips"].max_row == 2
    assert book["Shortages"]["A1"].value == "scenario"


def test_without_a_browser_a_sentence_says_how_to_get_pictures(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No Chromium is no error; the sheet says what to install."""
    monkeypatch.setattr(workbook, "find_browser", lambda: None)
    path = tmp_path / "plain.xlsx"
    write_workbook(example_case(NASTY), plan, path)
    text = str(load_workbook(path)["Pictures"]["A1"].value)
    assert "chromium" in text
    assert "BROWSER_PATH" in text


def test_a_browser_that_fails_is_no_fault_of_the_plan(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser that is no browser leaves a sentence with the reason."""
    fake = tmp_path / "browser"
    fake.write_text("#!/bin/sh\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("BROWSER_PATH", str(fake))
    monkeypatch.setattr(pictures, "RENDER_SECONDS", 3.0)
    path = tmp_path / "plain.xlsx"
    write_workbook(example_case(NASTY), plan, path)
    assert "could not be made" in str(load_workbook(path)["Pictures"]["A1"].value)


def test_an_unknown_language_is_refused(plan: Plan, tmp_path: Path) -> None:
    """A report is in English or Chinese."""
    with pytest.raises(ConflictError, match="'fr'"):
        write_workbook(example_case(), plan, tmp_path / "plan.xlsx", lang="fr")


def test_control_characters_do_not_break_the_file(tmp_path: Path) -> None:
    """What XML forbids is left out, the rest stays."""
    case = example_case()
    made = example_plan(case)
    row = made.shortages[0].model_copy(update={"sentence": "a\x00b\x1bc"})
    path = tmp_path / "plan.xlsx"
    write_workbook(case, made.replace(Shortage, [row]), path, pictures=False)
    assert read_plan(path).shortages[0].sentence == "abc"


@pytest.mark.browser
def test_pictures_are_put_in_by_the_browser(plan: Plan, tmp_path: Path) -> None:
    """With a Chromium, map, Gantt chart and curve are PNG pictures in the workbook."""
    path = tmp_path / "plan.xlsx"
    write_workbook(example_case(NASTY), plan, path, lang="zh")
    with zipfile.ZipFile(path) as archive:
        images = [archive.read(n) for n in archive.namelist() if n.startswith("xl/media/")]
    assert len(images) == 3
    assert all(image.startswith(b"\x89PNG") for image in images)
    assert all(len(image) > 15_000 for image in images)


@pytest.mark.office
def test_a_spreadsheet_program_opens_it(plan: Plan, office_path: Path, tmp_path: Path) -> None:
    """LibreOffice turns the workbook into a PDF of several pages."""
    written = tmp_path / "plan.xlsx"
    write_workbook(example_case(NASTY), plan, written, lang="zh", pictures=False)
    command = [
        str(office_path),
        "--headless",
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(written),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    content = (tmp_path / f"{written.stem}.pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", content)) >= 10


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_certified_plan_stays_certified_in_the_file(lang: str, tmp_path: Path) -> None:
    """The replay finds every figure of the exported workbook as exact as in the plan."""
    case = replay_example.example_case()
    path = tmp_path / "plan.xlsx"
    write_workbook(case, replay_example.build_plan(), path, lang=lang, pictures=False)
    assert verify(case, read_plan(path)).certified
