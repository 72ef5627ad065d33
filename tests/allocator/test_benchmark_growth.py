"""Growth of time and memory: parts of cases, what is watched, what is fitted, what is written."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from allocator.case import Case
from allocator.engine.placement_data import placement_problem
from allocator.errors import NotFoundError
from allocator.report.pictures import PicturesUnavailableError
from benchmarks import run
from benchmarks.case_parts import cut_case, fewer_scenarios, read_part
from benchmarks.command_runs import CommandRun, read_run, run_command, time_to_gap
from benchmarks.growth import (
    MEASURES,
    MEMORY,
    GrowthRow,
    fit_power,
    growth_document,
    growth_row,
    laws_of,
    read_growth,
)
from benchmarks.growth_page import growth_figures, growth_page
from benchmarks.watch import WATCHED
from benchmarks.wrapping import CallTimes, wrapped

HEADLINE = ("unmet", "waiting")


def row(lanes: int, seconds: float | None, gap: float = 0.005, **changes: object) -> GrowthRow:
    """A run of so many lanes that came down to 1 % after so many seconds of search."""
    reached = None if seconds is None else 3.0 + seconds
    made = GrowthRow(
        series="districts",
        case=f"case:{lanes}",
        districts=lanes // 1000,
        warehouses=lanes // 900,
        scenarios=20,
        lanes=lanes,
        seconds_to_gap={"0.1": 4.0, "0.05": 5.0, "0.01": reached},
        search_began_seconds=3.0,
        ended_seconds=120.0,
        gaps={"unmet": 0.001, "waiting": gap},
        building_seconds=1e-6 * lanes,
        evaluation_seconds=2e-6 * lanes,
        round_seconds=3e-6 * lanes,
        master_seconds=1e-3,
        reading_seconds=0.5,
        publishing_seconds=2.0,
        seconds=130.0,
        memory_gb=0.2 + 1e-7 * lanes,
        added_memory_gb=1e-7 * lanes,
    )
    return replace(made, **changes)


def test_a_part_keeps_the_scenarios_of_a_smaller_one() -> None:
    """Fewer scenarios are among those of more, and their probabilities add up to 1."""
    case = read_part("guangxi:4501")
    few, more = fewer_scenarios(case, 3), fewer_scenarios(case, 6)
    assert (len(few.scenarios), len(more.scenarios)) == (3, 6)
    names = {line.scenario for line in few.scenarios}
    assert names < {line.scenario for line in more.scenarios}
    assert sum(line.probability for line in few.scenarios) == pytest.approx(1.0)
    assert {line.scenario for line in few.scenario_demand} == names
    assert {line.scenario for line in few.scenario_damage} <= names
    assert fewer_scenarios(case, 99) is case


def test_names_of_parts_are_read(tmp_path: Path) -> None:
    """Codes, count, settings; a path with a colon in it is left alone."""
    case = read_part("guangxi?gap=0.03:4502,4503@2")
    assert (len(case.scenarios), case.settings.gap) == (2, 0.03)
    assert {line.district[:4] for line in case.districts} == {"4502", "4503"}
    with pytest.raises(NotFoundError, match=r"a:b\.xlsx"):
        read_part(str(tmp_path / "a:b.xlsx"))


def test_a_part_without_districts_is_refused(tiny_case: Case) -> None:
    """The message names the codes, and one that there is."""
    with pytest.raises(NotFoundError, match=r"begins with 77 or 78.*4501"):
        cut_case(tiny_case, "77,78")


def test_time_to_a_gap_waits_for_both_stages() -> None:
    """5 % once both had it, though one of them later rose again; 1 % never."""
    events = [(2.0, "unmet", 0.04), (3.0, "waiting", 0.2), (4.0, "unmet", 0.06)]
    events += [(5.0, "waiting", 0.05), (6.0, "cost", 0.0), (7.0, "waiting", 0.001)]
    assert time_to_gap(events, HEADLINE, 0.05) == 5.0
    assert time_to_gap(events, HEADLINE, 0.01) is None


def test_power_laws_are_found() -> None:
    """2 n^1.3 with n in millions, without error; two sizes say nothing."""
    lanes = [1e5, 1e6, 2e6, 8e6]
    law = fit_power(lanes, [2.0 * (n / 1e6) ** 1.3 for n in lanes])
    assert (law.runs, law.exponent) == (4, pytest.approx(1.3))
    assert (law.scale, law.error) == (pytest.approx(2.0), pytest.approx(0.0, abs=1e-9))
    assert fit_power([1e5, 1e5, 1e6], [1.0, 2.0, 3.0]).exponent is None


def test_runs_that_did_not_close_are_left_out_of_times_only() -> None:
    """Three closed runs fit the time; all four, the open one too, fit memory and rounds."""
    rows = [row(100_000, 1.0), row(200_000, 2.0), row(400_000, 4.0), row(9_000_000, None, 0.3)]
    laws = {measure.name: laws_of(rows, measure, 0.01)[1] for measure in MEASURES}
    assert (laws["search to 1 %"].runs, laws["one round of cuts"].runs) == (3, 4)
    assert laws["search to 1 %"].exponent == pytest.approx(1.0)
    assert (laws["memory, where closed"].runs, laws[MEMORY.name].runs) == (3, 4)
    small = [row(10_000, 50.0), *rows]
    every, large = laws_of(small, MEASURES[0], 0.01)
    assert (every.runs, large.runs) == (4, 3)
    assert every.exponent != pytest.approx(1.0)
    assert large.exponent == pytest.approx(1.0)


def test_the_page_judges_by_the_large_runs_and_marks_what_did_not_close() -> None:
    """Search grows like n^1.5: too fast; rounds like n: as asked; the last case ended above 1 %."""
    rows = [row(n, (n / 1e5) ** 1.5) for n in (100_000, 200_000, 400_000)]
    rows.append(row(9_000_000, None, 0.3))
    rows.append(replace(row(5, None, error="error: no plan", gaps={}), lanes=None, districts=None))
    page = growth_page([growth_document(rows, 0.01, 120.0, "run growth")], {"lanes": "g.png"})
    assert "| search to 1 % | 3 | 1.50 ± 0.00 |" in page
    lines = {line.split("|")[1].strip(): line for line in page.splitlines() if "|" in line}
    assert lines["search to 1 %"].endswith("| 1.3 | no |")
    assert lines["one round of cuts"].endswith("| 1.3 | yes |")
    assert lines["memory, where closed"].endswith(
        "as far as it goes: 1 of 4 large runs have none |"
    )
    assert lines["memory, every run"].endswith("| 1.05 | yes |")
    assert "> 120" in lines["`case:9000000`"]
    assert "error: no plan" in lines["`case:5`"]
    assert "3 of 5 runs closed both stages." in page
    assert "![lanes](g.png)" in page
    assert "Machine: " in page


def test_pictures_show_every_run_and_the_power_asked() -> None:
    """Seconds at 1 % of three runs, the ended one as a triangle, and lanes ^ 1.3 from the first."""
    rows = [row(n, (n / 1e5)) for n in (100_000, 200_000, 400_000)]
    rows.append(row(1_000_000, None, 0.3))
    figures = growth_figures([growth_document(rows, 0.01, 120.0, "x")])
    assert list(figures) == ["districts", "lanes", "memory"]
    traces = {trace["name"]: trace for trace in figures["lanes"]["data"]}
    assert traces["time to 1 %"]["y"] == [4.0, 5.0, 7.0]
    assert (traces["ended above 1 %"]["x"], traces["ended above 1 %"]["y"]) == (
        [1_000_000],
        [120.0],
    )
    guide = traces["lanes ^ 1.3, from the first round"]
    assert guide["y"][-1] == pytest.approx(0.3 * 10**1.3)
    for figure in figures.values():
        axes = figure["layout"]["xaxis"], figure["layout"]["yaxis"]
        assert all(axis["type"] == "log" and axis["title"]["text"] for axis in axes)


def test_a_wrapped_function_is_put_back_and_timed_within_another() -> None:
    """Only calls inside the outer function count."""
    outer, inner = CallTimes(), CallTimes(within=None)
    within = CallTimes(within=outer)
    place = "allocator.solver.results:relative_gap"
    from allocator.solver import results

    before = results.relative_gap
    with wrapped(place, within.around):
        assert results.relative_gap is not before
        results.relative_gap(2.0, 1.0)
        outer.around(lambda: results.relative_gap(2.0, 1.0))()
    assert results.relative_gap is before
    assert within.as_dict()["calls"] == 1
    assert inner.as_dict() == {"calls": 0, "seconds": 0, "median": None}


def _check_notes(made: CommandRun) -> None:
    """Every watched function was called, a round holds an evaluation, the parts fit the whole."""
    notes = made.notes
    assert made.answer is not None
    assert made.answer["certified"]
    assert all(notes[name]["calls"] > 0 for name in WATCHED)
    assert notes["round"]["seconds"] <= notes["relaxation"]["seconds"] <= notes["search_seconds"]
    assert notes["evaluation"]["calls"] >= notes["round"]["calls"]
    parts = ("starting", "reading", "solving", "publishing")
    assert sum(notes[f"{part}_seconds"] for part in parts) <= made.seconds
    assert notes["memory_peak_gb"] >= notes["memory_before_gb"] > 0.0


def test_growth_measures_writes_and_reads_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real command with cuts: sizes, both stages, rounds, memory; then the page from its file."""
    page = tmp_path / "growth.md"
    words = ["--output", str(page), "--json"]
    case = "guangxi:4501@8"
    made: list[CommandRun] = []

    def keep(*given: object, **named: object) -> CommandRun:
        made.append(run_command(*given, **named))
        return made[-1]

    monkeypatch.setattr("benchmarks.growth.run_command", keep)
    assert run.main(["growth", "--case", case, "--time-limit", "20", "--no-pictures", *words]) == 0
    document = json.loads(capsys.readouterr().out)
    (found,) = read_growth(document)
    _check_notes(made[0])
    assert (found.districts, found.scenarios) == (12, 8)
    assert found.lanes == placement_problem(read_part(case)).data.flow_count
    assert found.is_closed(0.01)
    assert (found.time_to(0.1) or 99.0) <= (found.time_to(0.01) or 99.0) <= found.ended_seconds
    assert 0.0 < (found.building_seconds or 0.0) < found.seconds
    assert 0.02 < found.memory_gb < 2.0
    assert not found.error
    kept = tmp_path / "growth.json"
    kept.write_text(json.dumps(document), encoding="utf-8")

    def unable(*_: object, **__: object) -> None:
        raise PicturesUnavailableError("no browser here")

    monkeypatch.setattr("benchmarks.verbs.render_figures", unable)
    assert run.main(["growth", "--read", str(kept), "--read", str(kept), *words]) == 0
    caught = capsys.readouterr()
    assert len(json.loads(caught.out)["rows"]) == 2
    assert "no pictures: no browser here" in caught.err
    assert page.read_text(encoding="utf-8").count(f"| `{case}` | 12 |") == 2


def test_a_command_without_a_plan_is_a_row_with_an_error() -> None:
    """What it said last stands in the row; nothing is invented."""
    told = "reading\nerror: stopped\n  warnings.warn('leaked')\n"
    made = read_run(3.0, 0.1, "", told, {})
    assert read_run(3.0, 0.1, '{"detail": "no plan\\nmore"}', told, {}).error == "no plan"
    assert read_run(3.0, 0.1, "[]", "", {}).error == "no answer"
    found = growth_row("districts", "china", made)
    assert (found.error, found.lanes, found.is_closed(1.0)) == ("error: stopped", None, False)
    assert found.ended_seconds == 3.0
    assert asdict(found)["seconds_to_gap"] == {"0.1": None, "0.05": None, "0.01": None}
    assert growth_row("districts", "china", CommandRun(1.0, 0.1, None)).gaps == {}


def test_files_that_are_no_growth_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the file and the verb that prints the right one."""
    other = tmp_path / "race.json"
    other.write_text('{"command": "race"}', encoding="utf-8")
    for path in (other, tmp_path / "none.json"):
        assert run.main(["growth", "--read", str(path), "--output", str(tmp_path / "p.md")]) == 2
        said = capsys.readouterr().err
        assert str(path) in said
        assert "growth --json" in said


def test_a_page_is_not_lost_to_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no case could be measured the page of before stays as it is."""
    page = tmp_path / "growth.md"
    page.write_text("measured before", encoding="utf-8")
    words = ["--case", "tiny:99", "--no-pictures", "--output", str(page)]
    assert run.main(["growth", *words]) == 1
    assert page.read_text(encoding="utf-8") == "measured before"
    assert "nothing was measured" in capsys.readouterr().err
