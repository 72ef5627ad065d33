"""Reading processes of the server: a hostile file costs one of them, never the server.

They stay warm, because starting one and importing what reads a workbook takes a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
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
        self._put_back(task, self._take(task))

    def close(self) -> None:
        """End all processes that are idle."""
        with self._lock:
            children = [child for idle in self._idle.values() for child in idle]
            self._idle.clear()
        for child in children:
            child.end(False)

    def _take(self, task: Task) -> Child:
        with self._lock:
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
