"""The verb ``drill``: terminal, JSON, workbook with curves, and the case with the drill in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from allocator.cli.program import program
from allocator.datasets import list_datasets
from allocator.errors import NotFoundError
from allocator.intake import read_case, write_case
from allocator.lab import DrillOptions, run_cascade, run_drill
from allocator.report.drills import curve_tables
from allocator.report.figures import cascade_figure
from allocator.schema import DRILL_SHEETS
from allocator.schema.row import columns
from allocator.schema.words import CHOICES_ZH
from tests.lab_cases import lab_case, lab_tables
from tests.tiny import build_case


@pytest.fixture(scope="module")
def case_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny case with its lab as a workbook."""
    path = tmp_path_factory.mktemp("lab") / "case.xlsx"
    write_case(lab_case(), path)
    return path


def run(*arguments: object) -> tuple[int, str]:
    """Carry the verb out without dispatches."""
    told = CliRunner().invoke(
        program, ["drill", *map(str, arguments), "--no-dispatch"], standalone_mode=False
    )
    if told.exception is not None:
        raise told.exception
    return told.exit_code, told.stdout


def test_terminal_says_what_fails_and_what_to_harden(case_file: Path) -> None:
    """Sectors with their peaks, the rehearsed steps, and the best links come in that order."""
    code, told = run(case_file)
    assert code == 0
    assert "the rehearsed procedure ends at hour 3.0 instead of 1.5" in told
    assert told.index("100% @ 0 h") < told.index("1.50 h -> 3.00 h") < told.index("1.  ")


def test_document_has_every_part(case_file: Path) -> None:
    """``--json`` has results, sectors, steps, hardening, curves and the summary."""
    document = json.loads(run(case_file, "--drill", "outage", "--json")[1])
    assert document["drills"][0]["signed_with_hours"] == pytest.approx(3.0)
    assert document["curves"][0]["inoperability_share"] == 1.0
    assert {row["sector"] for row in document["sectors"]} == {"power", "finance"}
    assert document["hardening"][0]["rank"] == 1
    assert document["summary"][0]["topic"] == "停电"
    assert len(document["case_digest"]) == 64


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_workbook_has_curves_and_a_native_chart(case_file: Path, tmp_path: Path, lang: str) -> None:
    """Each sheet is there in the language, and the chart is a line for each sector."""
    run(case_file, "-o", tmp_path / "drill.xlsx", "--lang", lang)
    book = load_workbook(tmp_path / "drill.xlsx")
    titles = {kind.sheet_zh if lang == "zh" else kind.sheet for kind in DRILL_SHEETS.values()}
    assert titles <= set(book.sheetnames)
    (chart,) = book["图表" if lang == "zh" else "Charts"]._charts
    assert len(chart.series) == 2
    curves = book["系统失效曲线" if lang == "zh" else "Sector_Curves"]
    assert curves.max_row == 2 + 48
    hardening = book["优先加固" if lang == "zh" else "Hardening"]
    told = {hardening.cell(line, 4).value for line in range(3, hardening.max_row + 1)}
    assert ("金融依赖电力" if lang == "zh" else "finance <- power") in told


def test_case_is_saved_with_the_drill_as_a_scenario(case_file: Path, tmp_path: Path) -> None:
    """``--save-case`` writes a case whose sample of that name is the drill."""
    run(case_file, "--save-case", tmp_path / "drilled.xlsx")
    case = read_case(f"{tmp_path / 'drilled.xlsx'}?sample=outage")
    assert [row.scenario for row in case.scenarios] == ["outage"]
    assert len(case.scenario_demand) >= 5


def test_unknown_drill_and_no_drill_are_told(case_file: Path) -> None:
    """What there is is named; a case without drills is refused with the way out."""
    with pytest.raises(NotFoundError, match=r"'outrage' is not in the case\. Maybe one of: outage"):
        run(case_file, "--drill", "outrage")
    with pytest.raises(NotFoundError, match=r"the case has no drill\. Maybe add one"):
        run("tiny")


def test_every_choice_of_the_results_has_a_chinese_word() -> None:
    """Closed lists of the result sheets can be written in Chinese."""
    for kind in DRILL_SHEETS.values():
        for column in columns(kind):
            assert {choice for choice in column.choices if choice not in CHOICES_ZH} == set()


def test_both_demonstrations_are_shipped() -> None:
    """Guangxi has the two drills, and their procedures in full."""
    assert "guangxi" in {each.name for each in list_datasets()}
    case = read_case("guangxi")
    assert [row.drill for row in case.drills] == ["power_finance", "metro_suspension"]
    power, metro = (run_cascade(case, drill) for drill in case.drills)
    backup, emergency = (power.steps["GRID_FINANCE_DRILL", code] for code in ("3", "5"))
    finance = power.inoperability[:, power.sectors.index("finance")]
    shocked = power.shock[:, power.sectors.index("finance")]
    # The direct loss of finance ends when the backup is signed, the failure of power does not.
    assert shocked[int(backup.end_hours)] < 0.6
    assert (shocked[int(backup.end_hours) + 1 :] == 0).all()
    assert finance[10] > 0.3
    assert emergency.end_hours > backup.end_hours
    end = metro.steps["METRO_SUSPENSION", "5"]
    assert metro.steps_without["METRO_SUSPENSION", "5"].end_hours == pytest.approx(1.5)
    assert end.end_hours > 1.5
    assert metro.shock[3:].max() == 0


def test_publicity_is_the_bottleneck_of_the_metro() -> None:
    """Alone at its longest the publicity signature delays most; told only, it delays nothing."""
    document = json.loads(run("guangxi", "--drill", "metro_suspension", "--json")[1])
    steps = [row for row in document["steps"] if row["procedure"] == "METRO_SUSPENSION"]
    worst = max(steps, key=lambda row: row["end_at_longest_hours"])
    assert (worst["step"], worst["department"]) == ("4", "CITY_PUB")
    last = next(row for row in steps if row["step"] == "5")
    assert worst["end_if_informed_hours"] < last["end_with_hours"] - 0.3


def test_figure_has_a_line_for_each_sector_and_no_markup() -> None:
    """Curves hold for whole hours; a name from the case is never read as markup."""
    tables = lab_tables()
    tables["Sectors"][0]["name"] = "<b>电力</b>"
    case = build_case(tables)
    run_of = run_drill(case, case.drills[0], DrillOptions(with_dispatch=False))
    (table,) = curve_tables(case, run_of.tables, "zh")
    figure = cascade_figure(table, "zh")
    assert [trace["name"] for trace in figure["data"]] == ["&lt;b>电力&lt;/b>", "金融"]
    assert figure["data"][0]["y"][:5] == [1, 1, 1, 1, 0.5]
    assert figure["data"][0]["line"]["shape"] == "hv"
