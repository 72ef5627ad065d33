"""A child process that is started, and imports what it will need, before its work is known."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from allocator.child_process import Child
from allocator.child_service import Report

__all__ = ["ReadyChild"]


class ReadyChild:
    """A child that starts while its parent reads; nobody has to take it.

    Parameters
    ----------
    imports
        Module that its work will need.
    """

    def __init__(self, imports: str) -> None:
        self._child: Child | None = Child(None, imports)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the child if nobody took it."""
        if self._child is not None:
            self._child.end(False)
            self._child = None

    def taken(self, task: Callable[[Any, Report], Any]) -> list[Child]:
        """Hand the child over for a task; none if it is gone, or was taken before."""
        child = self._child
        if child is None or not child.process.is_alive():
            return []
        self._child = None
        child.task = task
        return [child]
