"""One child process, seen from its parent: started, given work, heard, and ended for certain.

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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from multiprocessing.connection import Connection, wait
from typing import Any

from allocator.child_service import Report, serve
from allocator.errors import AllocatorError

__all__ = ["Child", "ChildOutcome", "Ending", "passed", "wait_for_news"]

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


def passed(end: float | None) -> bool:
    """Whether a time on the clock of ``perf_counter`` is over; None never is."""
    return end is not None and time.perf_counter() >= end


def wait_for_news(children: Sequence[Child]) -> None:
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
class Child:
    """The parent's side of one child process.

    Parameters
    ----------
    task
        What the child does; may be set later, but before the first payload.
    imports
        Module that the child imports before it is told anything, so that it is ready by then.
    """

    task: Callable[[Any, Report], Any] | None
    imports: str = ""
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
        self._is_told = False
        self.process = context.Process(target=serve, args=(theirs, self.imports))
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
        # Pickled twice, so that what the task imports is imported only once ``serve`` runs. Sent
        # now, so that a child which dies while it starts is noticed: as an argument of the process,
        # a task larger than a pipe holds would be written to nobody for ever.
        task = pickle.dumps(self.task, protocol=pickle.HIGHEST_PROTOCOL)
        # A child that died already is found out by its sentinel.
        with contextlib.suppress(OSError):
            if not self._is_told:
                self.connection.send_bytes(task)
                self._is_told = True
            self.connection.send((order, allowed))

    def hear(self, on_report: Callable[[int, Any], None] | None) -> ChildOutcome | None:
        """Take what has come; return the outcome once there is one."""
        try:
            # The limit holds even for a child that never stops talking.
            while self.connection.poll() and not passed(self.kill_at):
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
        if passed(self.kill_at):
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
            if gently and self._is_told:
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
