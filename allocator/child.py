"""Runs long work in child processes that can be stopped for certain.

Solves of HiGHS in threads of one process hang, and a solver that is busy in presolve hears no
time limit. A process can always be killed, and its last reported plan is kept.

A child leads its own process group, so that Ctrl-C in the terminal reaches the parent only and
killing the child takes what it started with it. When its parent dies, even by ``kill -9``, the
child notices that its pipe is closed and ends itself.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from allocator.child_service import Report, serve
from allocator.errors import AllocatorError

__all__ = ["ChildOutcome", "Ending", "Report", "run_in_child", "run_many"]

PayloadT = TypeVar("PayloadT")

#: Time for a child to leave by itself once its work is done. [s]
_FAREWELL_SECONDS = 5.0


class Ending(StrEnum):
    """How the work in a child ended."""

    FINISHED = "finished"
    KILLED = "killed"
    CRASHED = "crashed"
    RAISED = "raised"


@dataclass(frozen=True)
class ChildOutcome:
    """What came of one payload.

    Parameters
    ----------
    index
        Number of the payload.
    ending
        How it ended.
    result
        What the task returned, if it finished.
    best
        What the task last handed to ``report.best``.
    error
        What the task raised: an AllocatorError as it was, anything else as SolveError.
    exit_code
        Of a crashed child; negative for the number of a signal.
    seconds
        Wall time. [s]
    message
        What happened, in words, where it did not finish.
    """

    index: int
    ending: Ending
    result: Any = None
    best: Any = None
    error: AllocatorError | None = None
    exit_code: int | None = None
    seconds: float = 0.0
    message: str = ""


Task = Callable[[PayloadT, Report], Any]


def run_in_child(
    task: Task[PayloadT],
    payload: PayloadT,
    *,
    time_limit_seconds: float | None,
    on_report: Callable[[Any], None] | None = None,
    grace_seconds: float = 10.0,
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
        while crew.waiting or crew.busy:
            crew.start_work()
            if not crew.busy:
                yield from (_not_started(index) for index, _ in reversed(crew.waiting))
                return
            _wait_for_news(crew.busy)
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
    busy: list[_Child] = field(default_factory=list)
    idle: list[_Child] = field(default_factory=list)

    def start_work(self) -> None:
        """Give waiting payloads to idle or new children, up to the number of workers."""
        while self.waiting and len(self.busy) < self.workers and not _passed(self.limits[1]):
            child = self.idle.pop() if self.idle else _Child(self.task)
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


def _passed(end: float | None) -> bool:
    return end is not None and time.perf_counter() >= end


def _not_started(index: int) -> ChildOutcome:
    return ChildOutcome(index, Ending.KILLED, message="not started before the time limit")


def _wait_for_news(children: list[_Child]) -> None:
    """Sleep until a child says something, ends, or has to be killed."""
    handles: list[Any] = []
    for child in children:
        handles += [child.connection, child.process.sentinel]
    kill_times = [child.kill_at for child in children if child.kill_at is not None]
    timeout = None
    if kill_times:
        timeout = max(0.0, min(kill_times) - time.perf_counter())
    wait(handles, timeout)


_ALGEBRA_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
"""Variables by which the libraries under NumPy learn how many threads to use."""

_environment = threading.Lock()


@contextlib.contextmanager
def _single_threaded_algebra() -> Iterator[None]:
    """Let processes started meanwhile multiply matrices with one thread.

    As many children as cores are at work; threads of their own only get in each other's way (the
    pricing of trips took five times as long). What the user has set is kept.
    """
    with _environment:
        unset = [name for name in _ALGEBRA_THREADS if name not in os.environ]
        os.environ.update(dict.fromkeys(unset, "1"))
        try:
            yield
        finally:
            for name in unset:
                del os.environ[name]


@dataclass
class _Child:
    """The parent's side of one child process."""

    task: Callable[[Any, Report], Any]
    index: int = -1
    started: float = 0.0
    kill_at: float | None = None
    best: Any = None
    connection: Connection = field(init=False)
    process: Any = field(init=False)

    def __post_init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self.connection = ours
        self.process = context.Process(target=serve, args=(self.task, theirs))
        with _single_threaded_algebra():
            self.process.start()
        theirs.close()

    def begin(
        self, index: int, payload: object, limits: tuple[float | None, float | None, float]
    ) -> None:
        """Hand over a payload; limits are those of ``_Crew``."""
        limit, end, grace = limits
        self.index, self.best = index, None
        self.started = time.perf_counter()
        left = None if end is None else end - self.started
        known = [seconds for seconds in (limit, left) if seconds is not None]
        allowed = min(known) if known else None
        self.kill_at = None if allowed is None else self.started + allowed + grace
        order = pickle.dumps(payload, protocol=pickle.HIGHEST_PROTOCOL)
        # A child that died already is found out by its sentinel.
        with contextlib.suppress(OSError):
            self.connection.send((order, allowed))

    def hear(self, on_report: Callable[[int, Any], None] | None) -> ChildOutcome | None:
        """Take what has come; return the outcome once there is one."""
        try:
            # The limit holds even for a child that never stops talking.
            while self.connection.poll() and not _passed(self.kill_at):
                kind, content = self.connection.recv()
                if kind == "finished":
                    return self._outcome(Ending.FINISHED, result=content)
                if kind == "raised":
                    return self._outcome(Ending.RAISED, error=content, message=str(content))
                if kind == "best":
                    self.best = content
                if on_report is not None:
                    on_report(self.index, content)
        except (EOFError, OSError):
            # The pipe closes a moment before the process is gone.
            self.process.join(_FAREWELL_SECONDS)
        if not self.process.is_alive():
            code = int(self.process.exitcode)
            return self._outcome(Ending.CRASHED, exit_code=code, message=_crash_message(code))
        if _passed(self.kill_at):
            return self._outcome(
                Ending.KILLED, message="stopped by force: it did not keep its time limit"
            )
        return None

    def _outcome(self, ending: Ending, **details: Any) -> ChildOutcome:
        seconds = time.perf_counter() - self.started
        return ChildOutcome(self.index, ending, best=self.best, seconds=seconds, **details)

    def end(self, gently: bool) -> None:
        """Let the child go, or kill it and what it started; afterwards it is gone."""
        try:
            if gently:
                with contextlib.suppress(OSError):
                    self.connection.send(None)
                self.process.join(_FAREWELL_SECONDS)
        finally:
            _kill_group(self.process)
            self.connection.close()


def _kill_group(process: Any) -> None:
    """Kill a child and its process group and wait until it is gone."""
    pid = process.pid
    if process.is_alive():
        if hasattr(os, "killpg"):
            # No such group: the child has not got as far as to found one.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        process.kill()
    process.join()
    process.close()


def _crash_message(code: int) -> str:
    """Return what an exit code says, in words."""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = "unknown"
        return (
            f"the process that solves was ended by signal {-code} ({name}). "
            "Maybe the machine ran out of memory."
        )
    return f"the process that solves ended with exit code {code} before it gave an answer."
