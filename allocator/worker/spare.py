"""A process that has imported what runs need: the next run need not wait for that."""

from __future__ import annotations

from allocator.child_process import Child
from allocator.worker.work import carry_out

__all__ = ["Spare"]

_NO_LIMITS = (None, None, 0.0)


class Spare:
    """One process at most, made ready while nothing else is to be done."""

    def __init__(self) -> None:
        self._child: Child | None = None

    def prepare(self) -> None:
        """Start a process that makes itself ready, unless there is one."""
        if self._child is None:
            self._child = Child(carry_out)
            self._child.begin(0, None, _NO_LIMITS)

    def take(self) -> Child:
        """Return the process, or a fresh one; its first answer may be that it is ready (None)."""
        child, self._child = self._child, None
        if child is not None and not child.process.is_alive():
            child.end(False)
            child = None
        return Child(carry_out) if child is None else child

    def close(self) -> None:
        """End the process that nobody took."""
        if self._child is not None:
            self._child.end(False)
            self._child = None
