"""How a search is told to end with its best plan: at once, or patiently once there is one.

Ctrl-C and SIGTERM end a search at once, as whoever sits at a terminal expects; where there is no
plan yet, they end the run. A run of the service is asked by somebody who wants a plan: it is
patient, so that a stop which comes too early waits for the first plan.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

__all__ = [
    "AT_ONCE",
    "SHORT_SECONDS",
    "TOO_EARLY",
    "Ready",
    "be_patient",
    "end_if_asked",
    "ended_as_interrupted",
    "is_asked_too_early",
    "is_patient",
    "stops_taken",
]

SHORT_SECONDS: Final = 20.0
"""Time for what a stopped run still has to do, so that it is a whole plan. [s]"""

TOO_EARLY: Final = "asked to stop before there was a plan; it ends with the first one"

Ready = Callable[[], bool]
"""Whether a search has what it may end with."""


@dataclass
class _Stops:
    """Stops that were asked of this process.

    Parameters
    ----------
    asked, taken
        How many, and how many of them ended a search.
    is_ready
        Of the search that is under way, None between searches.
    """

    asked: int = 0
    taken: int = 0
    is_ready: Ready | None = None

    def hear(self, *_: object) -> None:
        """Take a signal."""
        self.asked += 1
        self.end_if_asked()

    def end_if_asked(self) -> None:
        """End the search under way, once, if that was asked and it is ready."""
        if self.is_pending and self.is_ready is not None and self.is_ready():
            self.taken += 1
            self.is_ready = None
            raise KeyboardInterrupt

    @property
    def is_pending(self) -> bool:
        """Whether a stop waits."""
        return self.asked > self.taken


_stops: _Stops | None = None
# Signals come to a process, so that what is known of them belongs to the process.


def be_patient() -> None:
    """From now on SIGTERM asks searches of this process to end as soon as they have a plan."""
    global _stops  # noqa: PLW0603 - one for the process, like its signal handlers
    _stops = _Stops()
    signal.signal(signal.SIGTERM, _stops.hear)


def is_patient() -> bool:
    """Whether stops wait for a plan in this process."""
    return _stops is not None


def stops_taken() -> int:
    """How many searches of this process were ended because that was asked."""
    return 0 if _stops is None else _stops.taken


def is_asked_too_early() -> bool:
    """Whether a stop waits for the first plan."""
    return _stops is not None and _stops.is_pending


def end_if_asked() -> None:
    """Raise KeyboardInterrupt if a stop waits and the search under way has its plan now."""
    if _stops is not None:
        _stops.end_if_asked()


AT_ONCE: Final[Ready] = lambda: True  # noqa: E731
"""For searches that can end at any time."""


@contextmanager
def ended_as_interrupted(is_ready: Ready = AT_ONCE) -> Iterator[None]:
    """Let SIGTERM come as Ctrl-C does while this is entered, in the thread that hears signals.

    Parameters
    ----------
    is_ready
        In a patient process: only when this holds, here or at ``end_if_asked``.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    if _stops is not None:
        _stops.is_ready = is_ready
        try:
            _stops.end_if_asked()
            yield
        finally:
            _stops.is_ready = None
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)
