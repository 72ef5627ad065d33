"""What is asked beside what is reached: what is read, what is judged, what is written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from allocator.solver import SolveOptions
from benchmarks import run, target_rows
from benchmarks.command_runs import read_run
from benchmarks.growth import growth_document
from benchmarks.instance_runs import InstanceRun
from benchmarks.opponents import OpponentAnswer
from benchmarks.race import RACES, Race, race_document, read_race
from benchmarks.target_page import read_literature, target_page
from benchmarks.target_rows import TARGETS, Target
from benchmarks.targets import TargetRow, Verdict, literature_verdicts, row_of, verdicts_of
from tests.allocator.test_benchmark_growth import row as growth_row

_ASKED = Target("tiny", "tiny", "4 districts", 0.01, 60.0, 20.0, 2.0, "It is too small.")


def _row(**changes: object) -> TargetRow:
    gaps = {"unmet": 0.001, "waiting": 0.002}
    return replace(TargetRow(_ASKED, 9.0, 0.3, True, gaps, dict(gaps)), **changes)


def _notes(lanes: int, added_gb: float, building: float) -> dict[str, float]:
    """What is watched in a command."""
    return {
        "lanes": lanes,
        "memory_before_gb": 0.1,
        "memory_peak_gb": 0.1 + added_gb,
        "building_seconds": building,
    }


@pytest.mark.parametrize(
    ("short", "words"),
    [
        ({"seconds": 144.0}, "2.4 x the time"),
        ({"memory_gb": 2.8}, "1.4 x the memory"),
        ({"certified": False}, "not certified by the replay"),
        ({"gaps": {"unmet": 0.37, "waiting": 0.002}}, "unmet 37 % instead of 1 %"),
        ({"gaps": {"unmet": None, "waiting": 0.002}}, "unmet without a bound instead of 1 %"),
        ({"gaps": {"unmet": 0.001}}, "waiting without a bound instead of 1 %"),
        (
            {"controllable_gaps": {"unmet": 0.001, "waiting": 0.0131}},
            "waiting controllable 1.31 % instead of 1 %",
        ),
        ({"error": "error: stopped"}, "no plan: error: stopped"),
    ],
)
def test_a_row_says_by_how_much_it_falls_short(short: dict[str, object], words: str) -> None:
    """Time, memory, replay, and both gaps of both stages."""
    assert _row().shortfalls() == []
    assert words in _row(**short).shortfalls()
    assert not _row(**short).is_reached


def test_a_gap_that_is_too_wide_is_told_once() -> None:
    """What is controllable is only told where the whole gap would do."""
    gaps = {"unmet": 0.001, "waiting": 0.2}
    (words,) = _row(gaps=gaps, controllable_gaps={"unmet": 0.001, "waiting": 0.3}).shortfalls()
    assert words == "waiting 20 % instead of 1 %"


def test_a_command_without_a_plan_is_told() -> None:
    """The last line it said stands in the table, with the reason that is written beside the row."""
    row = row_of(_ASKED, read_run(3.0, 0.1, "", "error: no such | case", {}))
    assert not row.is_reached
    page = target_page([row], verdicts_of([row], None, 0.0, None), "run targets", [])
    assert "| no plan: error: no such / case | It is too small. |" in page


def test_building_and_memory_are_judged_by_the_commands() -> None:
    """6 of 40 seconds are 15 %, 1.5 times the share; memory grows like n^1.5."""
    sizes = (100_000, 400_000, 900_000)
    rows = [
        _row(seconds=40.0, notes=_notes(lanes, (lanes / 1e6) ** 1.5, building))
        for lanes, building in zip(sizes, (1.0, 6.0, 2.0), strict=True)
    ]
    verdicts = {one.name: one for one in verdicts_of(rows, None, 0.0, None)}
    assert verdicts["building"].found == "15 % (tiny)"
    assert verdicts["building"].missed == "1.5 x the share"
    assert verdicts["memory"].missed == "1.50 instead of 1.05"
    few = {one.name: one for one in verdicts_of(rows[:1], None, 0.0, None)}
    assert few["memory"].missed is None
    assert few["building"].missed == ""


def test_memory_is_judged_by_growth_where_it_is_given() -> None:
    """Its rows grow linearly."""
    grown = [growth_row(lanes, 1.0) for lanes in (100_000, 200_000, 900_000)]
    (verdict,) = verdicts_of([], None, 0.0, grown)
    assert verdict.found == "exponent 1.00 ± 0.00 over 3 runs of `growth`"
    assert verdict.missed == ""


def _run_of(name: str, seconds: float, verdict: str, other: float) -> InstanceRun:
    """A proven run of an instance, and HiGHS and SCIP on it."""
    others = [OpponentAnswer(solver, 100.0, 100.0, other, "1") for solver in ("highs", "scip")]
    gap = 0.5 if verdict == "open" else 0.0
    return InstanceRun(
        f"shared/yang/{name}.txt", name, "sscflp", "optimal", 100.0, 100.0 - 100.0 * gap, gap,
        seconds, 100.0, "optimal", verdict, tuple(others),
    )  # fmt: skip


def _sets(*runs: InstanceRun) -> dict[str, list[InstanceRun]]:
    """All sets, the last one with these runs."""
    return {**{race.name: [] for race in RACES}, "yang": list(runs)}


def test_the_literature_is_judged_by_values_and_by_times() -> None:
    """Ratios 1/4 and 1: geometric mean 1/2, just as asked; one value is open."""
    quick, slow = _run_of("p1", 1.0, "reproduced", 4.0), _run_of("p3", 3.0, "improved", 3.0)
    values, times = literature_verdicts(_sets(quick, slow), 1e-6)
    assert (values.found, values.missed) == ("2 of 2, 1 of them improved", "")
    assert times.found.startswith("0.50 over 2 instances")
    assert times.missed == ""
    open_run = _run_of("p7", 9.0, "open", 1.0)
    values, times = literature_verdicts(_sets(quick, slow, open_run), 1e-6)
    assert values.missed == "1 missing: yang/p7"
    assert values.why
    assert times.missed == "1.31 instead of 0.5"
    values, _ = literature_verdicts({"yang": [quick]}, 1e-6)
    assert (values.missed or "").startswith("not measured: cap, ")


def test_a_document_of_the_race_is_read_again() -> None:
    """What was written is what is read, other solvers included."""
    made = [_run_of("p1", 1.0, "reproduced", 4.0)]
    found = [(Race("yang", "s", "yang", "sscflp", "p"), made)]
    document = json.loads(json.dumps(race_document(found, SolveOptions())))
    assert read_race(document) == {"yang": made}


def test_the_page_says_what_nobody_has_found_out() -> None:
    """Reached, missed with and without a reason, not measured."""
    verdicts = [
        Verdict("a", "s", "x", "y", ""),
        Verdict("b", "s", "x", "y", "2 x the time", "Because."),
        Verdict("c", "s", "x", "y", "2 x the time"),
        Verdict("d", "s", "x", "y", None),
    ]
    page = target_page([], verdicts, "run targets", ["Literature: before."])
    assert "| a | s | x | y | reached |  |" in page
    assert "| b | s | x | y | 2 x the time | Because. |" in page
    assert "| c | s | x | y | 2 x the time | Not yet looked into. |" in page
    assert "| d | s | x | y | not measured |  |" in page
    assert "Literature: before." in page


def test_targets_runs_the_command_and_writes_one_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small case in place of the shipped ones, the literature and the growth from files."""
    monkeypatch.setattr(target_rows, "TARGETS", (_ASKED,))
    # Drawing takes most of the time of a small case, and is no part of what is tested here.
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "none"))
    race, grown = tmp_path / "race.json", tmp_path / "growth.json"
    sets = _sets(_run_of("p1", 1.0, "reproduced", 4.0))
    made = [(Race(name, "s", "yang", "sscflp", "p"), runs) for name, runs in sets.items()]
    race.write_text(json.dumps(race_document(made, SolveOptions(time_limit_seconds=9.0))))
    rows = [growth_row(lanes, 1.0) for lanes in (100_000, 200_000, 900_000)]
    grown.write_text(json.dumps(growth_document(rows, 0.01, 60.0, "run growth")))
    page = tmp_path / "targets.md"
    files = ["--literature", str(race), "--growth", str(grown)]
    words = ["targets", "--row", "tiny", *files, "--output", str(page), "--json"]
    assert run.main(words) == 0
    document = json.loads(capsys.readouterr().out)
    (row,) = document["rows"]
    assert row["is_reached"]
    assert 0.02 < row["memory_gb"] < 2.0
    assert 0.0 < row["building_share"] < 1.0
    names = [one["name"] for one in document["verdicts"]]
    assert names == ["tiny", "building", "memory", "literature-values", "literature-time"]
    text = page.read_text(encoding="utf-8")
    assert "| tiny | `tiny`, 4 districts | 1 % in 60 s, 2 GB | unmet 0 %, waiting 0 %, " in text
    assert "| 0.25 over 1 instances" in text
    assert "9 s at most each." in text


def test_targets_needs_a_folder_and_the_right_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be is told before half an hour of measuring."""
    assert run.main(["targets", "--output", str(tmp_path / "no" / "x.md")]) == 2
    assert "no such folder" in capsys.readouterr().err
    wrong = tmp_path / "wrong.json"
    wrong.write_text("[1]")
    page = str(tmp_path / "x.md")
    assert run.main(["targets", "--literature", str(wrong), "--output", page]) == 2
    assert "race --json" in capsys.readouterr().err
    monkeypatch.setenv("ALLOCATOR_SHARED", str(tmp_path))
    assert run.main(["targets", "--output", page]) == 2
    assert "no file of the set cap" in capsys.readouterr().err


def test_every_target_leaves_time_to_write() -> None:
    """The limit of the solves is below the time of the command."""
    assert all(target.limit_seconds < target.seconds for target in TARGETS)


def test_lines_on_the_literature_are_kept_from_an_earlier_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As they stand, with their source; a page without any is refused in one sentence."""
    verdicts = [
        Verdict("tiny", "`tiny`", "1 %", "2 %", "twice as much", "It is too small."),
        Verdict("literature-values", "cap", "all", "97 of 107", "10 missing: p1", "One source."),
        Verdict("literature-time", "the same", "at most 0.5", "0.39", ""),
        Verdict("literature-open", "others", "some", "", None),
    ]
    source = "Literature: 2026-11-29 01:31 UTC, some machine, 10 s at most each."
    page = tmp_path / "targets.md"
    page.write_text(target_page([], verdicts, "command", [source]), encoding="utf-8")
    assert read_literature(page) == (verdicts[1:], source)
    page.write_text(target_page([], verdicts[:1], "command", []), encoding="utf-8")
    other = str(tmp_path / "other.md")
    assert run.main(["targets", "--literature", str(page), "--output", other]) == 2
    assert "no page of `targets` with lines on the literature" in capsys.readouterr().err
