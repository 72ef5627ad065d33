"""What a planner may get wrong: each mistake has one clear sentence, with the way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from allocator.child import ChildOutcome, Ending
from allocator.engine import supervision
from allocator.engine.run_options import RunOptions
from allocator.engine.runs import run_place
from allocator.errors import NoPlanError
from allocator.intake import read_plan
from allocator.plan import Plan
from allocator.solver import Progress
from tests.allocator.test_cli import QUIET, run
from tests.tiny import build_case

LIMIT = ("--time-limit", "5", *QUIET)


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """All that was written so far."""
    captured = capsys.readouterr()
    return captured.out + captured.err


@pytest.mark.parametrize("source", ["", " ", "tiny?", "tiny?gap", "tiny?gap=0.1&", "tiny?=1"])
def test_case_that_names_nothing(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty name is not this folder, and a setting has a name and a value."""
    assert run("plan", source, "-o", tmp_path / "x.xlsx", *LIMIT) == 1
    said = told(capsys)
    assert said.count("error: ") == 1
    assert ("no case is named" in said) if not source.strip() else ("tiny?gap=0.01" in said)


def test_one_table_is_no_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A single CSV file is answered with the folder it should be in."""
    table = tmp_path / "Districts.csv"
    table.write_text("district,name\n", encoding="utf-8")
    assert run("check", table) == 1
    said = told(capsys)
    assert "one .csv file is no case. Maybe name its folder" in said
    assert said.rstrip().endswith("1 fault, 0 warnings")


@pytest.mark.parametrize("target", ["", "plan.csv"])
def test_result_without_a_name(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The proposed name is one that works."""
    assert run("plan", "tiny", "-o", target, *LIMIT) == 1
    assert "plan.xlsx." in told(capsys)


def test_template_is_a_workbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No workbook is written under the name of a text."""
    assert run("template", "-o", tmp_path / "case.txt") == 1
    assert "Maybe name it case.xlsx." in told(capsys)
    assert list(tmp_path.iterdir()) == []


def test_outlines_are_read_before_anything_is_solved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is no map is refused at once, not after the solve."""
    outlines = tmp_path / "map.json"
    outlines.write_text("hello", encoding="utf-8")
    assert run("plan", "tiny", "-o", tmp_path / "x.xlsx", "--outlines", outlines, *LIMIT) == 1
    said = told(capsys)
    assert "cannot be read as GeoJSON" in said
    assert "placement" not in said


@pytest.fixture(scope="module")
def dispatched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Result of a dispatch from today's stock: it has no placement."""
    target = tmp_path_factory.mktemp("dispatched") / "trips.xlsx"
    assert run("dispatch", "tiny", "--scenario", "flood", "-o", target, *LIMIT) == 0
    return target


def test_result_without_a_placement_gives_no_stock(
    dispatched: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be a plan from empty warehouses."""
    words = ("dispatch", "tiny", "--scenario", "flood", "--plan", dispatched)
    assert run(*words, "-o", tmp_path / "x.xlsx", *LIMIT) == 1
    said = told(capsys)
    assert "the result has no placement" in said
    assert "leave --plan out for today's stock" in said


def test_placement_of_another_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Codes that the case lacks are named, in a sentence."""
    placed, source = tmp_path / "placed.xlsx", tmp_path / "other"
    assert run("place", "tiny", "-o", placed, *LIMIT) == 0
    assert run("datasets", "tiny", "-o", source) == 0
    for table in source.glob("*.csv"):
        text = table.read_text(encoding="utf-8")
        table.write_text(text.replace("W2,", "W9,"), encoding="utf-8")
    told(capsys)
    words = ("dispatch", source, "--scenario", "flood", "--plan", placed)
    assert run(*words, "-o", tmp_path / "x.xlsx", *LIMIT) == 1
    said = told(capsys)
    assert "the placement names warehouse 'W2', not in the case" in said
    assert "Traceback" not in said


def test_result_of_another_case_is_said_first(
    dispatched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The digests differ, and the list of violations ends."""
    told(capsys)
    assert run("verify", "guangxi", dispatched) == 1
    lines = told(capsys).splitlines()
    assert any("made from another case" in line for line in lines)
    assert len(lines) <= 43
    assert run("verify", "tiny", dispatched) == 0
    assert "another case" not in told(capsys)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--sites", "50"), "--sites (50) is more than the 2 warehouses that may open"),
        (("--sites", "1", "--within-hours", "4"), "Maybe raise --sites to 2 or --within-hours."),
    ],
)
def test_questions_are_answered_in_the_words_of_the_command(
    words: tuple[str, ...], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the methods call count and radius has the names of the options."""
    target = tmp_path / "x.xlsx"
    assert run("place", "tiny", "-o", target, "--objective", "median", *words, *LIMIT) == 1
    said = told(capsys)
    assert expected in said
    assert "count" not in said
    assert "fixed_closed" not in said


@pytest.mark.parametrize(
    ("option", "value", "fix"),
    [("--gap", "nan", "Maybe 0.01"), ("--seed", "99999999999", "Maybe 0"),
     ("--threads", "9999", "Maybe 1"), ("--time-limit", "inf", "Maybe leave it out")],
)  # fmt: skip
def test_numbers_that_are_none(
    option: str, value: str, fix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The range is said with a value that works."""
    assert run("place", "tiny", "-o", tmp_path / "x.xlsx", *QUIET, option, value) == 1
    assert fix in told(capsys)


NUMBERS_MEANT = [
    ("0,02", "write it as 0.02."),
    ("2%", "as 0.02."),
    ("0,5 %", "as 0.005."),
    ("20s", "as 20."),
    ("wide", "as 0.5."),
    ("%", "as 0.5."),
]


@pytest.mark.parametrize(("value", "fix"), NUMBERS_MEANT)
def test_numbers_have_a_point(
    value: str, fix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number with a comma is answered with the one that was meant."""
    assert run("place", "tiny", "-o", tmp_path / "x.xlsx", *QUIET, "--gap", value) == 2
    said = told(capsys)
    assert f"'{value}' is not a number" in said
    assert fix in said


def outcome(ending: Ending, best: Plan | None) -> Any:
    """Stand-in for the child process: it reports a stage, then ends as told."""

    def run_in_child(_task: Any, _payload: Any, *, on_report: Any, **_limits: Any) -> ChildOutcome:
        on_report(Progress("unmet", 1.0, None, None, None))
        return ChildOutcome(0, ending, best=best, seconds=2.0)

    return run_in_child


def test_no_plan_within_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage that was reached is named, and a limit that may do."""
    monkeypatch.setattr(supervision, "run_in_child", outcome(Ending.KILLED, None))
    with pytest.raises(NoPlanError, match=r"came in stage unmet, .* Maybe --time-limit 90, or"):
        run_place(build_case(), RunOptions(time_limit_seconds=30.0))


def test_a_plan_kept_from_a_killed_process_says_so(
    dispatched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note reaches who waits, and stands in the result."""
    best = read_plan(dispatched)
    monkeypatch.setattr(supervision, "run_in_child", outcome(Ending.KILLED, best))
    heard: list[str] = []
    plan = run_place(build_case(), RunOptions(), lambda _, news: heard.append(news.note))
    assert heard[-1] == plan.run_info["notes"]
    assert "the best plan of placement so far is kept" in heard[-1]
