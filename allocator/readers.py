"""Reading processes of the server: a hostile file costs one of them, never the server.

They stay warm, because starting one and importing what reads a workbook takes a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any, Final

from allocator.child_process import Child, Ending, passed
from allocator.child_service import Report
from allocator.errors import SolveError

__all__ = ["Readers"]

Task = Callable[[Any, Report], Any]

READ_SECONDS: Final = 120.0
"""A file that takes longer to read is refused. [s]"""

_LOOK_SECONDS: Final = 1.0


class Readers:
    """So many processes, each doing one task at a time.

    Parameters
    ----------
    count
        How many may be busy; who comes later waits.
    limit_seconds
        Time for one task. [s]
    """

    def __init__(self, count: int, limit_seconds: float = READ_SECONDS) -> None:
        self._limit = limit_seconds
        self._free = threading.Semaphore(count)
        self._lock = threading.Lock()
        self._idle: dict[Task, list[Child]] = {}
        self._busy: list[Child] = []
        self._is_closed = False

    def ask(self, task: Task, payload: object) -> Any:
        """Have a task done in one of the processes and return what it returned.

        Raises
        ------
        AllocatorError
            What the task raised; SolveError if the process was lost or took too long.
        """
        with self._free:
            child = self._take(task)
            try:
                with self._at_work(child):
                    child.begin(0, payload, (self._limit, None, 0.0))
                    outcome = None
                    while outcome is None:
                        wait([child.connection, child.process.sentinel], _LOOK_SECONDS)
                        outcome = child.hear(None)
            except BaseException:
                child.end(False)
                raise
            if outcome.ending in (Ending.FINISHED, Ending.RAISED):
                self._put_back(task, child)
            else:
                child.end(False)
        if outcome.ending is Ending.FINISHED:
            return outcome.result
        if outcome.error is not None:
            raise outcome.error
        raise SolveError(f"the file could not be read: {outcome.message}")

    def warm(self, task: Task) -> None:
        """Start a process for a task before anyone waits for it."""
        self._is_closed = False
        self._put_back(task, self._take(task))

    def close(self) -> None:
        """End all processes; who waits for one hears that it was lost."""
        with self._lock:
            self._is_closed = True
            children = [child for idle in self._idle.values() for child in idle]
            self._idle.clear()
            # Only killed: the pipe is still listened to by the thread that asked.
            for child in self._busy:
                child.process.kill()
        for child in children:
            child.end(False)

    @contextmanager
    def _at_work(self, child: Child) -> Iterator[None]:
        """Let a process be found while it is busy."""
        with self._lock:
            self._busy.append(child)
        try:
            yield
        finally:
            with self._lock:
                self._busy = [one for one in self._busy if one is not child]

    def _take(self, task: Task) -> Child:
        with self._lock:
            if self._is_closed:
                raise SolveError("the file was not read: the service is ending.")
            idle = self._idle.get(task, [])
            child = idle.pop() if idle else None
        if child is not None and not child.process.is_alive():
            child.end(False)
            child = None
        return Child(task) if child is None else child

    def _put_back(self, task: Task, child: Child) -> None:
        if passed(child.kill_at):
            child.end(False)
            return
        with self._lock:
            self._idle.setdefault(task, []).append(child)
