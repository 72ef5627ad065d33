"""How long relaxations usually take, to notice one that does not end."""

from __future__ import annotations

from collections import deque

from allocator.solver import SolveResult, Status

__all__ = ["Pace"]

_SOLVES, _TIMES, _SECONDS = 12, 2.0, 1.0
"""A relaxation that takes so many times as long as the longest of so many last ones, and more than
so many seconds, has lost its way."""


class Pace:
    """The seconds that the last relaxations took."""

    def __init__(self) -> None:
        self._took: deque[float] = deque(maxlen=_SOLVES)

    def note(self, solved: SolveResult) -> None:
        """Take in a relaxation that came to its end."""
        if solved.status is Status.OPTIMAL:
            self._took.append(solved.seconds)

    def most_seconds(self) -> float:
        """What the next one may take, infinite while nothing is known. [s]"""
        return max(_SECONDS, _TIMES * max(self._took)) if self._took else float("inf")
