"""A child process that stays: it keeps its state and answers one request after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from allocator.child_process import Child, ChildOutcome, wait_for_news
from allocator.child_service import Report
from allocator.errors import SolveError

__all__ = ["Companion", "core_count", "wait_for_any"]


def core_count() -> int:
    """Cores that this process and those beside it may run on, >= 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Companion:
    """A child at work beside this process.

    Parameters
    ----------
    task
        Called in the child with each request and a report; anything that can be pickled. An object
        may keep what it needs from one request to the next.
    """

    def __init__(self, task: Callable[[Any, Report], Any]) -> None:
        self._child = Child(task)
        self._is_asked = False
        self._outcome: ChildOutcome | None = None

    def ask(self, request: object) -> None:
        """Hand over a request and return at once; an answer nobody took is waited for first.

        Raises
        ------
        SolveError
            As for ``answer``.
        """
        if self._is_asked:
            self.answer()
        self._child.begin(0, request, (None, None, 0.0))
        self._is_asked = True

    def answer(self) -> Any:
        """Wait for the answer to the last request.

        Raises
        ------
        AllocatorError
            What the task raised.
        SolveError
            If the child is gone.
        """
        if not self._is_asked:
            raise RuntimeError("nothing was asked")
        while (outcome := self._heard()) is None:
            wait_for_news([self._child])
        self._is_asked, self._outcome = False, None
        if outcome.error is not None:
            raise outcome.error
        if outcome.exit_code is not None:
            raise SolveError(outcome.message)
        return outcome.result

    def _heard(self) -> ChildOutcome | None:
        """Take what has come; return the outcome once there is one."""
        if self._outcome is None:
            self._outcome = self._child.hear(None)
        return self._outcome

    def is_ready(self) -> bool:
        """Whether the answer to the last request is there; returns at once."""
        return self._is_asked and self._heard() is not None

    def best(self) -> Any:
        """Return what the task last handed to ``report.best``; None for nothing."""
        return self._child.best

    def close(self) -> None:
        """Let the child go if it is idle; end it if it is at work."""
        self._child.end(not self._is_asked)


def wait_for_any(companions: Sequence[Companion]) -> None:
    """Sleep until one of several companions at work has an answer or news.

    Parameters
    ----------
    companions
        At least one of them was asked something and has not been heard.
    """
    busy = [each for each in companions if each._is_asked]
    if not any(each.is_ready() for each in busy):
        wait_for_news([each._child for each in busy])
