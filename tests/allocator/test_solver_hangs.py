"""A run of HiGHS that never comes back is noticed, left behind, and its program solved anew."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from allocator.solver import LinearProgram, Session, SolveOptions, Status, solve_program
from allocator.solver import answers as answers_module
from allocator.solver import runs as runs_module
from allocator.solver.runs import HungError, RunListener, run_highs

PATIENCE_SECONDS = 0.2


class Hanging:
    """Stands for a HiGHS object whose run ends when it is told to, and signs of life before."""

    def __init__(self) -> None:
        self.end = threading.Event()
        self.signs = 0
        self.is_run = False
        self.listener: Any = None

    def run(self) -> None:
        """Give signs of life, then none."""
        for _ in range(self.signs):
            time.sleep(PATIENCE_SECONDS / 2)
            self.listener(1, "", Figures(), Figures(), None)
        self.end.wait(60)
        self.is_run = True

    def setCallback(self, listener: Any, _data: object) -> None:  # noqa: N802
        """Keep who listens."""
        self.listener = listener

    def startCallback(self, _kind: object) -> None:  # noqa: N802
        """Nothing to start."""

    stopCallback = startCallback  # noqa: N815

    def getModelStatus(self) -> str:  # noqa: N802
        """Any word."""
        return "ended"


class Figures:
    """Stands for what a callback tells and is told."""

    mip_primal_bound = mip_dual_bound = 0.0
    user_interrupt = False


def listening() -> RunListener:
    """A listener that nobody hears through."""
    return RunListener("", None, None, time.perf_counter())


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    """A run that hangs until the test is over."""
    monkeypatch.setattr(runs_module, "_LOOK_SECONDS", PATIENCE_SECONDS / 4)
    found = Hanging()
    yield found
    found.end.set()


def test_a_run_that_is_not_heard_of_is_left_behind(hanging: Hanging) -> None:
    """The caller goes on; the object is kept for the thread that still works at it."""
    with pytest.raises(HungError, match="not heard of"):
        run_highs(hanging, 1, listening(), PATIENCE_SECONDS)
    assert not hanging.is_run
    assert runs_module._left_behind.pop() is hanging


def test_a_run_that_gives_signs_of_life_is_waited_for(hanging: Hanging) -> None:
    """Eight signs take four times the patience; the silence after them is what counts."""
    hanging.signs = 8
    begun = time.monotonic()
    with pytest.raises(HungError):
        run_highs(hanging, 1, listening(), PATIENCE_SECONDS)
    assert time.monotonic() - begun > 4 * PATIENCE_SECONDS


def test_a_run_that_ends_is_no_trouble(hanging: Hanging) -> None:
    """Its status comes back."""
    hanging.end.set()
    assert run_highs(hanging, 1, listening(), PATIENCE_SECONDS) == "ended"


def test_who_stops_a_run_that_hangs_is_obeyed(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is handed to HiGHS, which does not hear it; the answer is still Ctrl-C."""
    monkeypatch.setattr(runs_module, "_STOP_SECONDS", PATIENCE_SECONDS)
    true_wait = runs_module._wait_for
    calls: list[float] = []

    def wait(done: threading.Event, listener: RunListener, patience_seconds: float) -> bool:
        calls.append(patience_seconds)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return true_wait(done, listener, patience_seconds)

    monkeypatch.setattr(runs_module, "_wait_for", wait)
    listener = listening()
    with pytest.raises(HungError) as raised:
        run_highs(hanging, 1, listener, 60.0)
    assert isinstance(raised.value.__cause__, KeyboardInterrupt)
    assert isinstance(listener.error, KeyboardInterrupt)
    assert calls == [60.0, PATIENCE_SECONDS]
    runs_module._left_behind.clear()


def knapsack() -> LinearProgram:
    """Max 5a + 4b + 3c with 2a + 3b + c <= 5 and binaries: a and b, worth 9."""
    return LinearProgram(
        np.array([5.0, 4.0, 3.0]), 0.0, np.zeros(3), np.ones(3), np.ones(3, dtype=np.bool_),
        sparse.csc_array(np.array([[2.0, 3.0, 1.0]])), np.full(1, -np.inf), np.full(1, 5.0),
        maximise=True,
    )  # fmt: skip


def hang(
    monkeypatch: pytest.MonkeyPatch, times: int, best: list[float] | None = None
) -> list[tuple[str, Any]]:
    """Let the first runs hang after a better plan was heard of; presolve and object of all runs."""
    true_run = answers_module.run_highs
    asked: list[tuple[str, Any]] = []

    def run(highs: Any, threads: int, listener: RunListener, patience: float | None = None) -> Any:
        if patience is not None:  # not the linear program that mends a plan
            asked.append((highs.getOptionValue("presolve")[1], highs))
        if patience is not None and len(asked) <= times:
            listener.best = None if best is None else np.array(best)
            listener.bound = 10.0
            raise HungError("hung")
        return true_run(highs, threads, listener, patience)

    monkeypatch.setattr(answers_module, "run_highs", run)
    return asked


def test_what_hung_is_solved_without_presolve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another object has the same program; the session goes on with it."""
    asked = hang(monkeypatch, 1)
    session = Session(knapsack())
    first = session.solve(SolveOptions())
    assert (first.status, first.objective) == (Status.OPTIMAL, pytest.approx(9.0))
    assert [presolve for presolve, _ in asked] == ["choose", "off"]
    assert asked[0][1] is not asked[1][1]

    session.change_column_bounds([1], [0.0], [0.0])
    second = session.solve(SolveOptions())
    assert (second.status, second.objective) == (Status.OPTIMAL, pytest.approx(8.0))
    assert asked[2][1] is asked[1][1]


def test_what_hangs_twice_keeps_the_best_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan that was heard of comes back with its bound and gap."""
    hang(monkeypatch, 2, best=[1.0, 0.0, 1.0])
    found = solve_program(knapsack(), SolveOptions())
    assert found.values is not None
    assert found.values.tolist() == [1.0, 0.0, 1.0]
    assert (found.objective, found.bound) == (8.0, 10.0)
    assert found.gap == pytest.approx(0.25)
    assert found.message == "hung"


@pytest.mark.parametrize(
    ("start", "objective"),
    [([0.0, 1.0, 1.0], 7.0), ([1.0, 1.0, 1.0], None), ([np.nan, 1, 1], None)],
)
def test_without_news_the_start_is_the_plan(
    monkeypatch: pytest.MonkeyPatch, start: list[float], objective: float | None
) -> None:
    """A start that breaks a row, or is not whole, is none."""
    hang(monkeypatch, 2)
    found = solve_program(knapsack(), SolveOptions(), start=np.array(start))
    assert found.objective == objective
    assert found.bound == 10.0
    assert found.status is (Status.NO_PLAN if objective is None else found.status)


def test_where_time_is_up_nothing_is_tried_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit holds for both runs together."""
    asked = hang(monkeypatch, 1, best=[1.0, 1.0, 0.0])
    found = solve_program(knapsack(), SolveOptions(time_limit_seconds=1e-9))
    assert len(asked) == 1
    assert found.objective == 9.0


def test_what_a_run_raises_is_raised_where_it_is_waited_for(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread goes on: the next run is carried out."""
    hanging.end.set()
    monkeypatch.setattr(Hanging, "run", lambda _self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_highs(hanging, 1, listening(), PATIENCE_SECONDS)
    assert solve_program(knapsack(), SolveOptions()).objective == pytest.approx(9.0)


def test_a_thread_of_its_own_takes_any_count_of_threads() -> None:
    """Linear programs here and others there, with one thread and two, do not disturb each other."""
    linear = LinearProgram(
        np.ones(1), 0.0, np.zeros(1), np.full(1, 9.0), np.zeros(1, dtype=np.bool_),
        sparse.csc_array(np.ones((1, 1))), np.full(1, 2.0), np.full(1, np.inf),
    )  # fmt: skip
    for threads in (1, 2, 1, 2):
        options = SolveOptions(threads=threads)
        assert solve_program(knapsack(), options).objective == pytest.approx(9.0)
        assert solve_program(linear, options).objective == pytest.approx(2.0)
        assert solve_program(knapsack(), SolveOptions(threads=3 - threads)).status.has_plan
