"""The clock of one planning: which part of its time is over, and when its steps were done."""

from __future__ import annotations

import time

__all__ = ["Clock"]

_LATE_SHARE = 0.25
"""Share of the time left that a step may use at least which its part of the time has passed."""


class Clock:
    """Runs from its making on.

    Parameters
    ----------
    limit_seconds
        Time there is. [s]

    Attributes
    ----------
    marks
        When steps were done, by name. [s]
    """

    def __init__(self, limit_seconds: float) -> None:
        self._begun = time.monotonic()
        self.limit_seconds = limit_seconds
        self.marks: dict[str, float] = {}

    def by(self, part: float) -> float:
        """Reading of ``time.monotonic`` when a part of the time is over. [s]."""
        return self._begun + part * self.limit_seconds

    def by_or_later(self, part: float) -> float:
        """The same, but a share of what is left where the steps before took longer. [s]."""
        now = time.monotonic()
        return max(self.by(part), now + _LATE_SHARE * (self.by(1.0) - now))

    def is_over(self, part: float) -> bool:
        """Whether a part of the time is over."""
        return time.monotonic() > self.by(part)

    def seconds(self) -> float:
        """Time since the beginning. [s]."""
        return time.monotonic() - self._begun

    def mark(self, name: str) -> None:
        """Note that a step is done."""
        self.marks[name] = self.seconds()
