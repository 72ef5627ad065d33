"""Coordination as people meet it: verb, document, workbook with charts, page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from allocator.case import Case
from allocator.cli.program import main
from allocator.coordination import CoordinationOptions, coordinate
from allocator.coordination_documents import coordination_document
from allocator.report.coordination_page import write_coordination_page
from allocator.report.coordination_workbook import write_coordination_workbook
from allocator.schema.coordination import DelayCost, Duty
from allocator.schema.procedure import Department
from allocator.schema.results import RunInfo
from allocator.tables import TableSet
from tests.allocator.coordination_cases import ToyLosses
from tests.allocator.replay_example import build_plan, example_case
from tests.allocator.report_example import NASTY
from tests.browser import FLAGS, drive

DRIVER = """
<script type="module">
document.body.dataset.report = JSON.stringify({
  drawings: document.querySelectorAll(".drawing svg").length,
  cards: [...document.querySelectorAll(".card h3")].map((e) => e.textContent),
  made: document.querySelectorAll("h3 b, td b").length,
  width: document.documentElement.scrollWidth,
  inner: window.innerWidth,
});
</script>
"""

POLICY = "default-src 'none'"
"""How the page's own rule begins: without it widened no script runs, the driver's neither."""

FIXED = (
    "department",
    "share_cny",
    "share_low",
    "share_high",
    "share_person_hours",
    "criticality",
    "plus_one_hour",
)


@pytest.fixture(scope="module")
def late_case() -> Case:
    """The tiny case with late offices, two of which have hostile names."""
    delays = {"CITY_DEM": 0.0, "PROV_DEM": 1.5, "PROV_GOV": 2.0}
    names = {"PROV_DEM": NASTY[4], "PROV_GOV": NASTY[0]}
    case = example_case()
    told = [
        row.model_copy(
            update={
                "delay_mean_hours": delays[row.department],
                "name": names.get(row.department, row.name),
            }
        )
        for row in case.departments
    ]
    return case.replace(Department, told)


@pytest.fixture(scope="module")
def tables(late_case: Case) -> TableSet:
    """All sheets of its two scenarios, with losses of 100 CNY for each hour of release."""
    plan = build_plan().replace(RunInfo, [RunInfo(name="case_digest", text=late_case.digest)])
    options = CoordinationOptions(plans_trips=False, samples=50)
    return coordinate(late_case, None, plan, options, losses_of=lambda *_: ToyLosses(gap_cny=20.0))


@pytest.fixture(scope="module")
def workbook(late_case: Case, tables: TableSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook."""
    path = tmp_path_factory.mktemp("coordination") / "coordination.xlsx"
    write_coordination_workbook(late_case, tables, path, "en")
    return path


@pytest.fixture(scope="module")
def page(late_case: Case, tables: TableSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page."""
    path = tmp_path_factory.mktemp("coordination") / "coordination.html"
    write_coordination_page(late_case, tables, path, "en")
    return path


def test_document_has_the_names_that_others_rely_on(tables: TableSet) -> None:
    """Names are fixed; shares add up to the total, of which none is outside of its interval."""
    document = coordination_document(tables)
    assert {"total", "degree", "bottlenecks", "solves", "speeds", "reforms"} <= set(document)
    assert {"variant_results", "release_hours", "owners"} <= set(document)
    for row in document["departments"]:
        assert set(FIXED) <= set(row)
        assert row["share_low"] <= row["share_cny"] <= row["share_high"]
    shares = sum(row["share_cny"] for row in document["departments"])
    charged_to_nobody = document["not_attributable"]["share_cny"]
    assert document["total"] == pytest.approx(shares + charged_to_nobody)
    assert document["total"] > 0
    assert json.loads(json.dumps(document)) == document


def test_workbook_has_charts_and_a_sheet_for_each_department(
    workbook: Path, tables: TableSet
) -> None:
    """Summary first, three native charts, and the duties of each department by themselves."""
    book = load_workbook(workbook)
    assert book.sheetnames[:2] == ["Summary", "Charts"]
    assert len(book["Charts"]._charts) == 3
    owned = {row.department for row in tables.rows(Duty)}
    assert owned
    for department in owned:
        sheet = book[f"{department} duties"]
        heads = [cell.value for cell in sheet[1]]
        column = heads.index("department") + 1
        told = {sheet.cell(row=k, column=column).value for k in range(3, sheet.max_row + 1)}
        assert told - {None} == {department}


def test_workbook_tells_the_shares_as_they_are(workbook: Path, tables: TableSet) -> None:
    """Each share reads back as the number it is."""
    sheet = load_workbook(workbook)["Delay_Cost"]
    lines = [list(line) for line in sheet.iter_rows(values_only=True)]
    place = {str(head): k for k, head in enumerate(lines[0])}
    read = [
        (line[place["scenario"]], line[place["department"]], line[place["share_cny"]])
        for line in lines[2:]
        if line[place["scenario"]]
    ]
    rows = tables.rows(DelayCost)
    assert [one[:2] for one in read] == [(row.scenario, row.department) for row in rows]
    assert [one[2] for one in read] == pytest.approx([row.share_cny for row in rows])


def test_hostile_names_are_no_formulas(workbook: Path) -> None:
    """A name that begins like a formula is kept as text, in every sheet."""
    found = [
        cell.data_type
        for sheet in load_workbook(workbook)
        for line in sheet.iter_rows()
        for cell in line
        if isinstance(cell.value, str) and cell.value.startswith(NASTY[0])
    ]
    assert found
    assert set(found) == {"s"}


def test_page_has_no_script_and_escapes_names(page: Path) -> None:
    """A hostile name is shown, and is no markup."""
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert NASTY[4] not in text
    assert "&lt;/script&gt;&lt;b&gt;x&lt;/b&gt;" in text


@pytest.mark.parametrize("width", [1400, 500])
def test_page_is_drawn_in_a_browser(
    page: Path, browser_path: Path, tmp_path: Path, width: int
) -> None:
    """Three figures and a card for each department; nothing is wider than the window."""
    flags = (*FLAGS[:-1], f"--window-size={width},2600")
    text = page.read_text(encoding="utf-8")
    assert text.count(POLICY) == 1
    opened = tmp_path / "opened.html"
    opened.write_text(text.replace(POLICY, f"{POLICY}; script-src 'unsafe-inline'"), "utf-8")
    seen = drive(opened, DRIVER, browser_path, tmp_path, flags)
    assert seen["drawings"] == 3
    assert {NASTY[0], NASTY[4]} <= set(seen["cards"])
    assert seen["made"] == 0
    assert seen["width"] <= seen["inner"]


def test_verb_writes_workbook_page_and_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One scenario of the shipped data set tiny, as a person asks for it."""
    path = tmp_path / "delays.xlsx"
    words = ("coordination", "tiny", "--scenario", "flood", "--samples", "10", "--json")
    with pytest.raises(SystemExit) as ended:
        main([*words, "--time-limit", "20", "-o", str(path)])
    assert ended.value.code == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["file"], document["page"]) == (str(path), str(path.with_suffix(".html")))
    assert document["scenario"] == "flood"
    assert 0 <= document["degree"] <= 1
    assert path.exists()
    assert path.with_suffix(".html").exists()


@pytest.mark.parametrize("name", ["delays.html", "delays.pdf"])
def test_verb_writes_the_page_alone_and_refuses_what_it_cannot_write(
    name: str,
    late_case: Case,
    tables: TableSet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the ending .html there is no workbook; any other ending is refused before solving."""
    monkeypatch.setattr("allocator.cli.coordination.coordinate", lambda *_: tables)
    monkeypatch.setattr("allocator.cli.coordination.read_case", lambda _: late_case)
    with pytest.raises(SystemExit) as ended:
        main(["coordination", "tiny", "-o", str(tmp_path / name)])
    is_page = name.endswith(".html")
    assert ended.value.code == (0 if is_page else 1)
    assert [path.name for path in tmp_path.iterdir()] == ([name] if is_page else [])
