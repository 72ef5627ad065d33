"""The verb compare: what it says, what it writes, what it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from allocator.case import Case
from allocator.cli import main
from allocator.compare import Compared, compare
from allocator.documents import compare_document
from allocator.intake import read_case, read_plan, read_tables, write_case
from allocator.plan import Plan
from allocator.report import comparison_workbook
from allocator.report.comparison_words import COMPARISON_WORDS
from allocator.report.comparisons import told_comparison, write_comparison
from allocator.report.words import LANGUAGES
from allocator.schema import COMPARISON_SHEETS
from allocator.schema.comparison import InputChange, Kpi, TripDifference
from allocator.schema.network import Stock, Warehouse
from allocator.schema.procedure import Settings
from allocator.schema.results import SummaryLine
from allocator.tables import TableSet
from tests.allocator.comparison_cases import compared, loading, opened, short, stage, trip
from tests.allocator.report_example import NASTY
from tests.tiny import build_case

QUIET = ("--no-page", "--no-pictures", "--time-limit", "60")

VOID = {"meta", "link", "line", "rect", "polyline"}


def run(*words: str | Path) -> int:
    """Exit code of the program."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    code = ended.value.code
    return code if isinstance(code, int) else 1


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The data set tiny, and a case with fewer tents and a hostile name; a plan of each."""
    folder = tmp_path_factory.mktemp("results")
    case = read_case("tiny")
    lot, *lots = case.stock
    fewer = lot.model_copy(update={"stock_units": 60})
    first, *others = case.warehouses
    named = first.model_copy(update={"name": NASTY[4]})
    less = case.replace(Stock, [fewer, *lots]).replace(Warehouse, [named, *others])
    paths = {name: folder / f"{name}.xlsx" for name in ("case", "less", "base", "other")}
    write_case(case, paths["case"])
    write_case(less, paths["less"])
    assert run("plan", paths["case"], "-o", paths["base"], *QUIET) == 0
    assert run("plan", paths["less"], "-o", paths["other"], *QUIET) == 0
    return paths


@pytest.fixture(scope="module")
def answer(
    results: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, TableSet]:
    """Workbook of the comparison of both, and what is in it."""
    path = tmp_path_factory.mktemp("diff") / "diff.xlsx"
    cases = ("--case", results["case"], "--case", results["less"])
    assert run("compare", results["base"], results["other"], *cases, "-o", path) == 0
    return path, read_tables(path, COMPARISON_SHEETS)


def test_document_keeps_the_contract(
    results: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Inputs first: tents and the name; key figures with what can be told apart."""
    capsys.readouterr()
    cases = ("--case", results["case"], "--case", results["less"])
    assert run("compare", results["base"], results["other"], *cases, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["certified"] is True
    assert document["base"] == "base"
    tables = {row["table"] for row in document["inputs_changed"]}
    assert tables == {"Stock", "Warehouses"}
    assert len(document["inputs_changed"]) == 2
    keys = {"name", "base", "other", "difference", "distinguishable"}
    assert all(keys <= set(row) for row in document["kpis"])
    assert {"warehouses", "shortages", "trips", "stock", "summary"} <= set(document)
    assert {row["part"] for row in document["kpis"]} == {"placement", "dispatch", "flood", "quake"}


def test_workbook_holds_what_the_document_says(
    answer: tuple[Path, TableSet], results: dict[str, Path]
) -> None:
    """Every sheet reads back as the rows that were compared."""
    _, read = answer
    everyone = [
        Compared(name, read_plan(results[name]), read_case(results[case]))
        for name, case in (("base", "case"), ("other", "less"))
    ]
    told = told_comparison(everyone, compare(everyone[0], everyone[1:]), "en")
    for sheet, kind in COMPARISON_SHEETS.items():
        if kind is not Kpi:
            assert read.tables.get(sheet, ()) == told.tables.get(sheet, ()), sheet
    for ours, theirs in zip(read.rows(Kpi), told.rows(Kpi), strict=True):
        assert ours == theirs


def test_workbook_has_native_charts_and_no_formula(answer: tuple[Path, TableSet]) -> None:
    """Charts can be edited; a name that looks like a formula or markup stays text."""
    book = load_workbook(answer[0])
    assert len(book["Charts"]._charts) >= 3  # type: ignore[attr-defined]
    kinds = {
        cell.data_type
        for sheet in book.worksheets
        for line in sheet.iter_rows()
        for cell in line
        if cell.value is not None
    }
    assert kinds <= {"s", "n", "b"}


def test_shares_are_percentages_and_trips_whole(answer: tuple[Path, TableSet]) -> None:
    """Each key figure in the format of its unit."""
    sheet = load_workbook(answer[0])["KPIs"]
    places = {str(cell.value): k for k, cell in enumerate(sheet[1])}
    formats = {
        line[places["name"]].value: line[places["base"]].number_format
        for line in sheet.iter_rows(min_row=3)
    }
    assert formats["served_share"] == "0.00%"
    assert formats["trips"] == "#,##0"
    assert formats["hours_paper"] == "#,##0.00"


class Reader(HTMLParser):
    """Checks that tags are closed, and gathers elements and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, and what it points to."""
        self.seen.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself."""
        self.seen.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        """Close the last one."""
        assert self.open.pop() == tag


def test_page_is_one_file_without_script_and_escapes_names(
    answer: tuple[Path, TableSet],
) -> None:
    """The hostile name of a warehouse is shown and does nothing."""
    text = answer[0].with_suffix(".html").read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert "script" not in reader.seen
    assert reader.addresses == ["data:,"]
    assert "&lt;/script&gt;&lt;b&gt;x&lt;/b&gt;" in text
    assert {"svg", "polyline", "table"} <= reader.seen


def test_chinese_comparison_has_no_english_sentence(
    results: dict[str, Path], tmp_path: Path
) -> None:
    """Sentences, sheets, headers and choices are Chinese, and read back."""
    path = tmp_path / "对比.xlsx"
    cases = ("--case", results["case"], "--case", results["less"])
    words = ("compare", results["base"], results["other"], *cases, "-o", path, "--lang", "zh")
    assert run(*words) == 0
    book = load_workbook(path, read_only=True)
    assert {"摘要", "输入变化", "指标对比"} <= set(book.sheetnames)
    read = read_tables(path, COMPARISON_SHEETS)
    assert {row.table for row in read.rows(InputChange)} == {"库存", "储备库"}
    for row in (*read.rows(SummaryLine), *read.rows(Kpi)):
        assert not re.search(r"[a-z]{3,} [a-z]{3,}", row.sentence), row.sentence
    assert 'lang="zh"' in path.with_suffix(".html").read_text(encoding="utf-8")


def test_plan_against_itself_differs_in_nothing(
    results: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy of a result under another name; one --case stands for both."""
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(results["base"].read_bytes())
    capsys.readouterr()
    assert run("compare", results["base"], copy, "--case", results["case"], "--json") == 0
    document = json.loads(capsys.readouterr().out)
    for key in ("inputs_changed", "stock", "trips", "shortages"):
        assert document[key] == [], key
    assert {row["note"] for row in document["kpis"]} == {"same"}
    assert {row["change"] for row in document["warehouses"]} == {"kept"}
    assert document["plans"][1]["inputs"] == "same"


def test_without_case_the_inputs_are_said_not_to_be_compared(
    results: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The results tell that their cases differ, not in what; and nothing was replayed."""
    assert run("compare", results["base"], results["other"]) == 0
    told = capsys.readouterr().out
    assert "The plans are of different cases" in told
    assert "Not replayed, as no case was given: base, other" in told


def test_two_files_of_one_name_are_told_apart_by_their_paths(
    results: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Plans are named by their files; where these are alike, by their folders too."""
    copy = tmp_path / "base.xlsx"
    copy.write_bytes(results["base"].read_bytes())
    capsys.readouterr()
    assert run("compare", results["base"], copy, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [row["plan"] for row in document["plans"]] == [str(results["base"]), str(copy)]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("{base}",), 2, "Name two results or more"),
        (("{base}", "{other}", "{base}", "--case", "tiny", "--case", "tiny"), 2, "given 2 times"),
        (("{base}", "{other}", "-o", "{base}"), 1, "written over what it is made from"),
        (("{base}", "{other}", "--case", "{case}", "-o", "{case}"), 1, "written over what"),
        (("{base}", "{other}", "--case", "{case}"), 1, "other: the plan was made from another"),
        (("{base}", "{case}", "--case", "{case}"), 1, "none of the expected sheets"),
        (("{base}", "{other}", "-o", "diff.txt"), 1, "a result is written as .xlsx"),
    ],
)
def test_wrong_use_is_refused_with_what_to_do(
    results: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    """Wrong usage ends with 2, what cannot be compared with 1."""
    told = {name: str(path) for name, path in results.items()}
    assert run("compare", *(word.format(**told) for word in words)) == code
    assert message in " ".join(capsys.readouterr().err.split())


def test_plan_that_does_not_replay_is_refused_by_name(
    results: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One stock changed by hand."""
    book = load_workbook(results["base"])
    sheet = book["Stock_Plan"]
    places = {str(cell.value): k for k, cell in enumerate(sheet[1], start=1)}
    cell: Any = sheet.cell(row=3, column=places["stock_units"])
    cell.value += 1
    forged = tmp_path / "forged.xlsx"
    book.save(forged)
    capsys.readouterr()
    assert run("compare", results["base"], forged, "--case", results["case"]) == 1
    told = capsys.readouterr().err
    assert "did not survive its replay" in told
    assert "forged: " in told


def test_page_of_a_result_is_not_written_over(
    results: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """base.html is the page of base.xlsx, also where the base is given as another form of it."""
    folder = results["base"].parent
    page = folder / "other.html"
    page.write_text("page of the plan", encoding="utf-8")
    moved = folder / "other.json"
    moved.write_text("{}", encoding="utf-8")
    words = ("compare", results["base"], moved, "-o", folder / "other.xlsx")
    capsys.readouterr()
    assert run(*words) == 1
    assert "would be written over that of" in " ".join(capsys.readouterr().err.split())
    assert page.read_text(encoding="utf-8") == "page of the plan"


def test_verb_does_not_wait_for_solvers() -> None:
    """Nothing is solved, so neither Pyomo nor HiGHS nor Plotly is imported."""
    heavy = ("pyomo", "highspy", "plotly", "scipy")
    code = f"import sys, allocator.cli.compare; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    assert done.stdout.strip() == "[]"


def big(case: Case, trips_count: int) -> Plan:
    """A dispatch with many trips."""
    rows = [stage("flood", "unmet", 0, 0), opened("W1", "S", 100), short("450101", "TENT", 20, 0)]
    for number in range(trips_count):
        rows += [trip(f"t{number}", number % 40), loading(f"t{number}", "TENT", 1)]
    return compared("other", rows, case).plan


def test_rows_that_are_left_out_are_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The workbook lists ten of thirty trips and says so; the document has all of them."""
    monkeypatch.setattr(comparison_workbook, "MOST_SHEET_ROWS", 10)
    case = build_case()
    everyone = [Compared("base", big(case, 0), case), Compared("other", big(case, 30), case)]
    monkeypatch.setattr("allocator.compare.check_replay", lambda _: None)
    tables = told_comparison(everyone, compare(everyone[0], everyone[1:]), "en")
    path = tmp_path / "diff.xlsx"
    page = write_comparison(everyone, tables, path, "en")
    read = read_tables(path, COMPARISON_SHEETS)
    assert len(read.rows(TripDifference)) == 10
    assert read.rows(SummaryLine)[-1].sentence == (
        "Trips_Changed: the first 10 of 30 rows are listed; --json has all."
    )
    assert len(compare_document(tables)["trips"]) == 30
    assert page.read_text(encoding="utf-8").count(">added<") == 30


def test_objectives_that_differ_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lives against cost: no stage is compared, and the Summary says why."""
    monkeypatch.setattr("allocator.compare.check_replay", lambda _: None)
    case = build_case()
    other = case.replace(Settings, (Settings(objective="cost"),))
    everyone = [
        compared("base", [stage("flood", "unmet", 0, 0), stage("flood", "cost", 1, 1)], case),
        compared("other", [stage("flood", "cost", 9, 9)], other),
    ]
    tables = told_comparison(everyone, compare(everyone[0], everyone[1:]), "en")
    cost = next(row for row in tables.rows(Kpi) if row.name == "cost")
    assert cost.sentence.startswith("The plans minimise different things")
    assert any(row.figure == "lives → cost" for row in tables.rows(SummaryLine))


@pytest.mark.parametrize("key", COMPARISON_WORDS)
def test_every_word_has_both_languages_with_the_same_places(key: str) -> None:
    """What one language fills in, the other does too, in whatever order."""
    english, chinese = COMPARISON_WORDS[key]
    assert len(COMPARISON_WORDS[key]) == len(LANGUAGES)
    places = [set(re.findall(r"{(\w+)", text)) for text in (english, chinese)]
    assert places[0] == places[1]
