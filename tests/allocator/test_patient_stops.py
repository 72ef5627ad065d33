"""A run of the service that is stopped ends with a plan, also when that comes too early."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

from allocator.child import Report
from allocator.engine import dispatch_turns, runs, stopping
from allocator.engine.dispatch_turns import dispatch_all
from allocator.engine.run_options import RunOptions
from allocator.engine.run_tasks import Task, dispatch_task
from allocator.engine.runs import run_dispatch, run_place, run_plan
from allocator.engine.stopping import TOO_EARLY, be_patient, stops_taken
from allocator.errors import NoPlanError
from allocator.explain import asking
from allocator.plan import Plan
from allocator.solver import Progress
from tests.allocator.test_stopping import (
    ASKED,
    SOON,
    Stopping,
    dispatch_for_ever,
    place_for_ever,
    search_in_vain,
)
from tests.tiny import build_case

KEPT = "stopped by the user; the best plan of placement so far is kept"


def dispatch_late(task: Task, report: Report) -> NoReturn:
    """Say twice that there is nothing yet, then find a plan, and go on."""
    for _ in range(2):
        report(Progress("waiting", 1.0, None, None, None))
    report.best(dispatch_task(task, report))
    time.sleep(600.0)
    raise AssertionError


def dispatch_one_for_ever(task: Any, report: Report) -> Plan:
    """Plan a scenario; in little time return, with all the time in the world go on."""
    found = dispatch_task(Task(task.case, task.options, task.scenario, task.placement), report)
    if task.options.time_limit_seconds == stopping.SHORT_SECONDS:
        return found
    report(Progress("waiting", 1.0, None, None, None))
    time.sleep(600.0)
    raise AssertionError


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make this process patient, and as it was afterwards."""
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(stopping, "_stops", None)
    be_patient()
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_stop_with_a_plan_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As elsewhere; the stop is used up."""
    monkeypatch.setattr(runs, "place_task", place_for_ever)
    stopping_ = Stopping(signal.SIGTERM)
    plan = run_place(build_case(), SOON, stopping_)
    assert plan.run_info["notes"] == KEPT
    assert stops_taken() == 1


def test_a_stop_that_comes_too_early_waits_for_the_first_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The log says that it waits, and why the plan is not better."""
    monkeypatch.setattr(runs, "dispatch_task", dispatch_late)
    hearing = Stopping(signal.SIGTERM)
    plan = run_dispatch(build_case(), "flood", None, SOON, hearing)
    assert plan.dispatched_scenarios == ("flood",)
    assert hearing.notes == [
        TOO_EARLY,
        "stopped by the user; the best plan of flood so far is kept",
    ]


def test_a_stop_before_the_search_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """It came while the case was read."""
    monkeypatch.setattr(runs, "place_task", place_for_ever)
    signal.raise_signal(signal.SIGTERM)
    hearing = Stopping(signal.SIGTERM, times=99)
    plan = run_place(build_case(), SOON, hearing)
    assert KEPT in plan.run_info["notes"]
    assert TOO_EARLY in hearing.notes


def test_a_stop_between_searches_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads or publishes goes on."""
    signal.raise_signal(signal.SIGTERM)
    assert stops_taken() == 0
    monkeypatch.setattr(stopping, "_stops", None)
    assert stops_taken() == 0
    assert not stopping.is_asked_too_early()


def test_a_stopped_placement_is_dispatched_in_little_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The plan is whole: placement as found, trips of every scenario."""
    monkeypatch.setattr(runs, "place_task", place_for_ever)
    given: list[float | None] = []
    real = dispatch_turns.dispatch_all

    def all_of_them(*asked: Any, **named: Any) -> list[Plan]:
        given.append(named["options"].time_limit_seconds)
        return real(*asked, **named)

    monkeypatch.setattr(dispatch_turns, "dispatch_all", all_of_them)
    monkeypatch.setattr(runs, "SHORT_SECONDS", 10.0)
    plan = run_plan(build_case(), SOON, Stopping(signal.SIGTERM))
    assert plan.has_placement
    assert set(plan.dispatched_scenarios) == {"flood", "quake"}
    assert given == [10.0]
    assert plan.run_info["notes"].startswith(KEPT)


def test_a_second_stop_ends_the_trips(monkeypatch: pytest.MonkeyPatch) -> None:
    """The best trips of each scenario are kept."""
    monkeypatch.setattr(runs, "place_task", place_for_ever)
    monkeypatch.setattr(dispatch_turns, "_dispatch_task", dispatch_for_ever)

    class Both(Stopping):
        """Stops the placement, and then as soon as both scenarios wait."""

        def __call__(self, part: str, news: Progress) -> None:
            super().__call__(part, news)
            if self.left == 0:
                self.left = 2

    hearing = Both(signal.SIGTERM)
    plan = run_plan(build_case(), SOON, hearing)
    assert set(plan.dispatched_scenarios) == {"flood", "quake"}
    assert stops_taken() == 2
    assert hearing.notes == [
        KEPT,
        "stopped by the user; the best plan of each scenario so far is kept",
    ]


def test_scenarios_whose_turn_had_not_come_are_planned_shortly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A plan without some of its scenarios would be none."""
    monkeypatch.setattr(dispatch_turns, "_dispatch_task", dispatch_one_for_ever)
    plans = dispatch_all(build_case(), options=ASKED, workers=1, report=Stopping(signal.SIGTERM))
    assert [plan.dispatched_scenarios for plan in plans] == [("flood",), ("quake",)]


def test_without_any_plan_the_limit_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """A patient stop does not make a run that finds nothing go on for ever."""
    monkeypatch.setattr(runs, "dispatch_task", search_in_vain)
    monkeypatch.setattr("allocator.child._Crew.__init__", _with_little_grace)
    signal.raise_signal(signal.SIGTERM)
    with pytest.raises(NoPlanError):
        run_dispatch(build_case(), "flood", None, RunOptions(time_limit_seconds=1.0))
    assert stopping.is_asked_too_early()


def _with_little_grace(self: Any, task: Any, workers: int, limits: Any) -> None:
    """Set up a crew whose children are killed soon after their limit."""
    self.task, self.workers, self.limits = task, workers, (limits[0], limits[1], 0.5)
    self.waiting, self.busy, self.idle = [], [], []


def answer_one(task: Any, report: Report) -> Any:
    """Answer the first scenario; take for ever over the other."""
    if task.scenario == "quake":
        time.sleep(600.0)
    report(Progress("", 0.0, None, None, None))
    return [], [], []


def test_a_stopped_explanation_keeps_its_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are there; how many are missing is said."""
    case = build_case()
    tasks = [asking._Task(case, Plan({}), code, (), None, ASKED) for code in ("flood", "quake")]
    monkeypatch.setattr(asking, "_answer", answer_one)
    notes: list[str] = []
    signal.raise_signal(signal.SIGTERM)
    found = asking._answers(tasks, 2, lambda _, news: notes.append(news.note))
    assert found == [([], [], [])]
    assert notes[-1] == "stopped by the user; 1 of 2 parts are answered"
