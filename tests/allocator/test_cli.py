"""The command line as a planner meets it: verbs, files, exit codes, JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest

from allocator.cli import main
from allocator.cli.program import VERBS, program
from allocator.cli.solving import prices_beside
from allocator.engine.dispatch_memory import read_memories
from allocator.intake import read_plan

QUIET = ("--no-page", "--no-pictures")

SOLVE_KEYS = {
    "status",
    "objective",
    "bound",
    "gap",
    "controllable_gap",
    "seconds",
    "case_digest",
    "versions",
    "certified",
    "stages",
}


def run(*words: str | Path) -> int:
    """Run the program; return its exit code."""
    with pytest.raises(SystemExit) as leave:
        main([str(word) for word in words])
    code = leave.value.code
    return code if isinstance(code, int) else 1


def run_json(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, Any]:
    """Run a verb with ``--json``; return exit code and the one document on standard output."""
    capsys.readouterr()
    code = run(*words, "--json")
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The tiny case as a workbook, and its plan."""
    folder = tmp_path_factory.mktemp("planned")
    case, plan = folder / "case.xlsx", folder / "plan.xlsx"
    assert run("datasets", "tiny", "-o", case) == 0
    assert run("plan", case, "-o", plan, "--time-limit", "60", "--no-pictures") == 0
    return case, plan


def test_a_plan_keeps_the_prices_of_all_scenarios_beside_it(planned: tuple[Path, Path]) -> None:
    """They are the plan's own, for a re-plan of any of them to begin with."""
    _, plan = planned
    digest = read_plan(plan).run_info["plan_digest"]
    assert set(read_memories(prices_beside(plan), digest)) == {"flood", "quake"}
    assert read_memories(prices_beside(plan), "0" * 64) == {}


def test_module_is_the_program(tmp_path: Path) -> None:
    """``python -m allocator`` solves as the command does, child processes and all."""
    words = ["place", "tiny", "-o", str(tmp_path / "plan.xlsx"), *QUIET, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "allocator", *words],
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["certified"] is True


def test_datasets_lists_what_ships(capsys: pytest.CaptureFixture[str]) -> None:
    """All five shipped cases are listed."""
    assert run("datasets") == 0
    names = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert {"tiny", "guangxi", "south5", "china", "jishishan"} <= names


def test_plan_writes_workbook_and_page(planned: tuple[Path, Path]) -> None:
    """The main job leaves a certified workbook and a page beside it."""
    _case, plan = planned
    names = openpyxl.load_workbook(plan, read_only=True).sheetnames
    assert {"Summary", "Open_Warehouses", "Stock_Plan", "Dispatch_Trips", "Stages"} <= set(names)
    assert plan.with_suffix(".html").stat().st_size > 100_000


def test_verify_certifies_what_plan_wrote(
    planned: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The exported workbook replays from the exported case."""
    code, document = run_json(capsys, "verify", *planned)
    assert code == 0
    assert document["certified"] is True
    assert document["violations"] == []


@pytest.mark.parametrize(
    ("sheet", "header"),
    [
        ("Stock_Plan", "stock_units"),
        ("Dispatch_Trips", "load_start_hours"),
        ("Open_Warehouses", "is_open"),
        ("Loading_List", "load_units"),
    ],
)
def test_verify_refuses_a_change_by_hand(
    planned: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    sheet: str,
    header: str,
) -> None:
    """One changed quantity, departure or open flag ends the certificate."""
    case, plan = planned
    book = openpyxl.load_workbook(plan)
    page = book[sheet]
    titles = [cell.value for cell in page[1]]
    cell = page.cell(row=3, column=titles.index(header) + 1)
    was = cell.value
    flags = {"yes": "no", "no": "yes"}
    cell.value = flags[was] if was in flags else not was if isinstance(was, bool) else was + 1
    changed = tmp_path / "changed.xlsx"
    book.save(changed)
    code, document = run_json(capsys, "verify", case, changed)
    assert code == 1
    assert document["certified"] is False
    assert document["violations"], (sheet, header, was)


def test_plan_document_keeps_the_contract(
    planned: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``plan --json`` prints what DESIGN promises, and the workbook's case gives the same plan."""
    code, document = run_json(capsys, "plan", "tiny", "-o", tmp_path / "p.xlsx", *QUIET)
    assert code == 0
    assert set(document) >= SOLVE_KEYS
    placement = document["placement"]
    assert SOLVE_KEYS | {
        "open_warehouses",
        "stock_units",
        "expected_unmet_share",
        "cvar_unmet_share",
        "cost_cny",
    } <= set(placement)
    for part in document["dispatch"]:
        assert SOLVE_KEYS | {
            "scenario",
            "trips",
            "served_share",
            "unmet_share",
            "served_share_by_hour",
            "hours_paper",
            "hours_wheels",
        } <= set(part)
        assert part["bound"] <= part["objective"] * (1 + 1e-6)
        assert part["served_share"] + part["unmet_share"] == pytest.approx(1)
    assert [stage["stage"] for stage in placement["stages"]] == ["unmet", "waiting", "cost"]
    assert document["certified"] is True
    code, verified = run_json(capsys, "verify", planned[0], tmp_path / "p.xlsx")
    assert (code, verified["certified"]) == (0, True)


def test_dispatch_from_todays_stock_and_from_a_plan(
    planned: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """More stock under the plan never serves less than today's stock."""
    case, plan = planned
    scenario = "flood"
    words = ("dispatch", case, "--scenario", scenario, *QUIET, "-o")
    code, today = run_json(capsys, *words, tmp_path / "today.xlsx")
    assert code == 0
    code, planned_stock = run_json(capsys, *words, tmp_path / "planned.xlsx", "--plan", plan)
    assert code == 0
    assert planned_stock["served_share"] >= today["served_share"] - 1e-9
    for name in ("today", "planned"):
        assert run("verify", case, tmp_path / f"{name}.xlsx") == 0


def test_objective_of_the_command_wins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--objective social`` has one stage, in CNY, and verifies against the unchanged case."""
    code, document = run_json(
        capsys, "place", "tiny", "--objective", "social", *QUIET, "-o", tmp_path / "s.xlsx"
    )
    assert code == 0
    assert [stage["stage"] for stage in document["stages"]] == ["social"]
    assert run("verify", "tiny", tmp_path / "s.xlsx") == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--objective", "cover-all", "--within-hours", "8"),
        ("--objective", "cover-most", "--within-hours", "5", "--sites", "2"),
        ("--objective", "median", "--sites", "2"),
        ("--objective", "center", "--sites", "2"),
    ],
)
def test_classical_questions_are_answered_and_replay(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A planner without costs gets an answer that replays."""
    out = tmp_path / "q.xlsx"
    code, document = run_json(capsys, "place", "tiny", *QUIET, "-o", out, *words)
    assert code == 0
    assert document["status"] == "optimal"
    assert run("verify", "tiny", out) == 0


def test_faults_end_with_exit_code_1_and_issues(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is no workbook is refused with an issue by every verb, without a traceback."""
    bad = tmp_path / "bad.xlsx"
    bad.write_text("this is no workbook", encoding="utf-8")
    for words in (("check", bad), ("plan", bad, "-o", tmp_path / "x.xlsx")):
        code, document = run_json(capsys, *words)
        assert code == 1
        assert document["issues"]
    assert not (tmp_path / "x.xlsx").exists()


def test_unknown_scenario_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario that does not exist ends with 1 and lists those that do."""
    words = ("dispatch", "tiny", "--scenario", "nosuch", "-o", tmp_path / "x.xlsx")
    code, document = run_json(capsys, *words)
    assert code == 1
    assert "flood" in document["detail"]


@pytest.mark.parametrize(
    "words",
    [
        ("nosuch",),
        ("plan", "tiny"),
        ("plan", "tiny", "-o", "x.xlsx", "--gap", "7"),
        ("datasets", "x"),
    ],
)
def test_wrong_usage_is_exit_code_2(words: tuple[str, ...]) -> None:
    """Click's usage errors keep the code 2."""
    assert run(*words) == 2


def test_every_verb_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """``--help`` of each verb teaches by example."""
    for verb in ("template", "datasets", "check", "place", "dispatch", "plan", "worth", "verify"):
        assert run(verb, "--help") == 0
        assert f"allocator {verb}" in capsys.readouterr().out, verb


def test_template_in_both_languages_reads_as_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An untouched template is refused for its empty sheets, not for its example rows."""
    for lang in ("en", "zh"):
        path = tmp_path / f"{lang}.xlsx"
        assert run("template", "--lang", lang, "-o", path) == 0
        code, document = run_json(capsys, "check", path)
        assert code == 1
        assert {issue["code"] for issue in document["issues"]} <= {"empty_sheet"}


@pytest.mark.parametrize("target", ["result.csv", "a_file/result.xlsx"])
def test_target_that_cannot_be_written_is_said_before_solving(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    """A wrong suffix or folder ends at once with a sentence, without any progress of a solve."""
    (tmp_path / "a_file").write_text("in the way", encoding="utf-8")
    assert run("plan", "tiny", "-o", tmp_path / target) == 1
    said = capsys.readouterr().err
    assert "Maybe" in said
    assert "placement" not in said


def test_result_given_as_case_is_told_what_it_is(
    planned: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """No sheet of a result is called a misspelling, least of all of itself."""
    code, document = run_json(capsys, "check", planned[1])
    assert code == 1
    hints = {issue["sheet"]: issue["hint"] for issue in document["issues"]}
    assert "belongs to a result" in hints["Dispatch_Trips"]
    assert not any("rename" in hints[sheet] for sheet in ("Districts", "Stages", "Warehouses"))


@pytest.mark.parametrize("verb", list(VERBS))
def test_the_list_of_verbs_says_what_their_help_says(verb: str) -> None:
    """What the program's help says of a verb, without importing it, is how its own help begins."""
    command = program.get_command(click.Context(program), verb)

    assert command is not None
    assert " ".join((command.help or "").partition("\n\n")[0].split()) == VERBS[verb][1]
