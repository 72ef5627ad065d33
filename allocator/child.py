"""Runs long work in child processes that can be stopped for certain.

Solves of HiGHS in threads of one process hang, and a solver that is busy in presolve hears no
time limit. A process can always be killed, and its last reported plan is kept.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from allocator.child_process import Child, ChildOutcome, Ending, passed, wait_for_news
from allocator.child_service import Report
from allocator.ready_child import ReadyChild

__all__ = ["ChildOutcome", "Ending", "Report", "run_in_child", "run_many"]

PayloadT = TypeVar("PayloadT")

Task = Callable[[PayloadT, Report], Any]


def run_in_child(
    task: Task[PayloadT],
    payload: PayloadT,
    *,
    time_limit_seconds: float | None,
    on_report: Callable[[Any], None] | None = None,
    grace_seconds: float = 10.0,
    ready: ReadyChild | None = None,
) -> ChildOutcome:
    """Run a task in a child process of its own.

    Parameters
    ----------
    task
        Function at the top level of a module, called with payload and report.
    payload
        Anything that can be pickled.
    time_limit_seconds
        Limit that the task is expected to keep; None for none. [s]
    on_report
        Hears everything the task reports, in order.
    grace_seconds
        The child is killed this long after the limit. [s]
    ready
        A child that was started beforehand, to be used if it is still there.

    Returns
    -------
    ChildOutcome
        Finished, killed or crashed.

    Raises
    ------
    AllocatorError
        What the task raised; SolveError with the traceback for what is no AllocatorError.
    """

    def hear(_index: int, news: Any) -> None:
        if on_report is not None:
            on_report(news)

    outcomes = run_many(
        task,
        [payload],
        workers=1,
        time_limit_seconds=time_limit_seconds,
        on_report=hear,
        grace_seconds=grace_seconds,
        ready=ready,
    )
    with contextlib.closing(outcomes):
        outcome = next(outcomes)
    if outcome.error is not None:
        raise outcome.error
    return outcome


def run_many(
    task: Task[PayloadT],
    payloads: Sequence[PayloadT],
    *,
    workers: int = 2,
    time_limit_seconds: float | None = None,
    deadline_seconds: float | None = None,
    on_report: Callable[[int, Any], None] | None = None,
    grace_seconds: float = 10.0,
    ready: ReadyChild | None = None,
) -> Generator[ChildOutcome, None, None]:
    """Run a task on several payloads, some at a time, and yield outcomes as they end.

    A child that finished one payload takes the next, so that its imports are paid for once.

    Parameters
    ----------
    task
        Function at the top level of a module, called with payload and report.
    payloads
        Taken in order.
    workers
        Children at a time, >= 1.
    time_limit_seconds
        Limit for each payload; None for none. [s]
    deadline_seconds
        Limit for all together: nothing starts after it, and what runs is killed. [s]
    on_report
        Hears number of the payload and what its task reports.
    grace_seconds
        Children are killed this long after a limit. [s]
    ready
        A child that was started beforehand, to be used if it is still there.

    Yields
    ------
    ChildOutcome
        One for each payload, in the order in which they end.

    Raises
    ------
    ValueError
        If ``workers`` is below 1.
    """
    if workers < 1:
        raise ValueError(f"workers ({workers}) must be >= 1.")
    end = None if deadline_seconds is None else time.perf_counter() + deadline_seconds
    crew = _Crew(task, workers, (time_limit_seconds, end, grace_seconds))
    crew.waiting = list(enumerate(payloads))[::-1]
    try:
        crew.idle += [] if ready is None else ready.taken(task)
        while crew.waiting or crew.busy:
            crew.start_work()
            if not crew.busy:
                yield from (_not_started(index) for index, _ in reversed(crew.waiting))
                return
            wait_for_news(crew.busy)
            yield from crew.take_outcomes(on_report)
    finally:
        for child in (*crew.busy, *crew.idle):
            child.end(False)


@dataclass
class _Crew:
    """The children of one ``run_many``, and the payloads that wait for them.

    Parameters
    ----------
    task
        What the children do.
    workers
        How many at a time.
    limits
        Limit for each payload, end of all (on the clock of ``perf_counter``), grace. [s]
    """

    task: Callable[[Any, Report], Any]
    workers: int
    limits: tuple[float | None, float | None, float]
    waiting: list[tuple[int, Any]] = field(default_factory=list)
    busy: list[Child] = field(default_factory=list)
    idle: list[Child] = field(default_factory=list)

    def start_work(self) -> None:
        """Give waiting payloads to idle or new children, up to the number of workers."""
        while self.waiting and len(self.busy) < self.workers and not passed(self.limits[1]):
            child = self.idle.pop() if self.idle else Child(self.task)
            # Listed before it is given work: an interrupt in between must find it.
            self.busy.append(child)
            child.begin(*self.waiting.pop(), self.limits)

    def take_outcomes(
        self, on_report: Callable[[int, Any], None] | None
    ) -> Generator[ChildOutcome, None, None]:
        """Yield what has ended, and keep or end the child that did it."""
        for child in list(self.busy):
            outcome = child.hear(on_report)
            if outcome is None:
                continue
            is_sound = outcome.ending in (Ending.FINISHED, Ending.RAISED)
            self.busy.remove(child)
            if is_sound and self.waiting:
                self.idle.append(child)
            else:
                child.end(is_sound)
            yield outcome


def _not_started(index: int) -> ChildOutcome:
    return ChildOutcome(index, Ending.KILLED, message="not started before the time limit")
