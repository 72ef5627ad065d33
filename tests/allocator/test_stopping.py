"""Who stops a solve, with Ctrl-C or politely from outside, has the best plan so far."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from allocator.child import Report
from allocator.cli.terminal import ProgressLine
from allocator.engine import dispatch_turns, run_tasks, runs
from allocator.engine.dispatch_turns import dispatch_all
from allocator.engine.run_options import RunOptions
from allocator.engine.run_tasks import Task, dispatch_task, place_task, replan_task
from allocator.engine.runs import run_dispatch, run_place, run_plan
from allocator.intake import read_plan
from allocator.solver import Progress, SolveOptions
from tests.allocator.test_cli import QUIET, run
from tests.tiny import build_case

LIMIT = 20.0
SOON, ASKED = RunOptions(time_limit_seconds=LIMIT), SolveOptions(0.01, LIMIT)


def _and_go_on(report: Report) -> NoReturn:
    """Say that there is news, and do not end."""
    report(Progress("waiting", 1.0, None, None, None))
    time.sleep(600.0)
    raise AssertionError


def place_for_ever(task: Task, report: Report) -> NoReturn:
    """Find a placement, and go on."""
    report.best(place_task(task, report))
    _and_go_on(report)


def search_in_vain(_: Task, report: Report) -> NoReturn:
    """Find nothing, and go on."""
    _and_go_on(report)


def dispatch_for_ever(task: Any, report: Report) -> NoReturn:
    """Plan a scenario, and go on."""
    report.best(dispatch_task(Task(task.case, task.options, task.scenario, task.placement), report))
    _and_go_on(report)


def replan_for_ever(task: Task, report: Report) -> NoReturn:
    """Plan anew, and go on."""
    report.best(replan_task(task, report))
    _and_go_on(report)


@pytest.fixture(autouse=True)
def _surviving() -> Iterator[None]:
    """Let a signal that nobody takes fail the test, not end the tests."""

    def fail(*_: object) -> NoReturn:
        raise AssertionError("nobody took the signal")

    before = signal.signal(signal.SIGTERM, fail)
    # Whoever runs the tests in the background may have Ctrl-C ignored.
    interrupt = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, interrupt)
    assert signal.signal(signal.SIGTERM, before) is fail


class Stopping:
    """Sends this process a signal when there is news of a stage, and keeps the notes."""

    def __init__(self, how: signal.Signals, times: int = 1) -> None:
        self.how, self.left, self.notes = how, times, list[str]()

    def __call__(self, _: str, news: Progress) -> None:
        """Take one report."""
        if news.note:
            self.notes.append(news.note)
        elif news.stage == "waiting" and news.seconds == 1.0:
            self.left -= 1
            if self.left == 0:
                signal.raise_signal(self.how)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_solve_returns_its_best_plan(
    how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has all stages, and a note says why it is not better; the child is gone."""
    monkeypatch.setattr(runs, "place_task", place_for_ever)
    stopping = Stopping(how)
    plan = run_place(build_case(), SOON, stopping)
    assert [row.stage for row in plan.stages] == ["unmet", "waiting", "cost"]
    (note,) = stopping.notes
    assert note == "stopped by the user; the best plan of placement so far is kept"
    assert plan.run_info["notes"] == note


def test_without_any_plan_stopping_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to keep."""
    monkeypatch.setattr(runs, "dispatch_task", search_in_vain)
    with pytest.raises(KeyboardInterrupt):
        run_dispatch(build_case(), "flood", None, SOON, Stopping(signal.SIGINT))


def test_half_of_the_job_is_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """A placement without the trips that were asked for is not handed out."""
    monkeypatch.setattr(runs, "place_task", place_for_ever)
    with pytest.raises(KeyboardInterrupt):
        run_plan(build_case(), SOON, Stopping(signal.SIGINT))


def test_stopped_dispatches_keep_the_best_plan_of_each_scenario(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As soon as every scenario has one; two are planned at a time."""
    case = build_case()
    codes = [row.scenario for row in case.scenarios]
    monkeypatch.setattr(dispatch_turns, "_dispatch_task", dispatch_for_ever)
    stopping = Stopping(signal.SIGTERM, times=len(codes))
    plans = dispatch_all(case, options=ASKED, workers=len(codes), report=stopping)
    assert [plan.dispatched_scenarios for plan in plans] == [(code,) for code in codes]
    assert stopping.notes == ["stopped by the user; the best plan of each scenario so far is kept"]
    with pytest.raises(KeyboardInterrupt):
        dispatch_all(case, options=ASKED, workers=1, report=Stopping(signal.SIGINT))


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dispatch of a flood."""
    path = tmp_path_factory.mktemp("plan") / "plan.xlsx"
    limit = ("--time-limit", "2", *QUIET)
    assert run("dispatch", "tiny", "--scenario", "flood", "-o", path, *limit) == 0
    return path


@pytest.mark.parametrize("task", [replan_for_ever, search_in_vain])
def test_a_stopped_replan_writes_the_best_plan(
    task: Any,
    plan: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The better one in the place of the first, else the first, certified and with its note."""
    to, limit = tmp_path / "new.xlsx", ("--time-limit", "4", *QUIET)
    stopping = Stopping(signal.SIGINT)
    monkeypatch.setattr(ProgressLine, "__call__", lambda _, part, news: stopping(part, news))
    monkeypatch.setattr(run_tasks, "replan_task", task)
    assert run("replan", "tiny", "--plan", plan, "--at", "2", "-o", to, *limit) == 0
    assert "certified by replay" in capsys.readouterr().out
    found = read_plan(to)
    assert "stopped by the user; the best plan of flood" in found.run_info["notes"]
    waiting = {row.stage: row for row in found.stages}["waiting"]
    assert (waiting.status == "optimal") == (task is replan_for_ever)
    assert len(found.rows(type(found.changes[0]))) == 1
    assert run("verify", "tiny", to) == 0
