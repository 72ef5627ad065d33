"""One attempt at a run: its process, what it says, what is asked of it, how it ends."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import wait
from threading import Event
from typing import Any, Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from allocator.child_process import Child, ChildOutcome, Ending
from allocator.documents import error_document
from allocator.service_settings import ServiceSettings
from allocator.solver.results import Progress
from allocator.store.database import Database
from allocator.store.keeping import Results, keep_results
from allocator.store.leases import Claim, Orders
from allocator.store.outages import is_outage, words_of
from allocator.store.queue import give_back, hear_orders, heartbeat, settle
from allocator.worker.family import ask_to_stop, end_family, family_memory_mb
from allocator.worker.work import Left, Note, Phase, Work

__all__ = ["Attempt"]

LOG: Final = logging.getLogger("allocator.worker")

LOOK_SECONDS: Final = 0.5
"""How often a worker asks whether its run shall end. [s]"""

EVENT_SECONDS: Final = 1.0
"""Progress becomes an event at most this often. [s]"""

HOLD_SECONDS: Final = 600.0
"""A worker that cannot keep the end of a run holds on to it for so long. [s]"""

AGAIN_SECONDS: Final = 1.0
"""Pause before the database is tried again. [s]"""

_NO_GRACE: Final = 0.0

T = TypeVar("T")


class Attempt:
    """One attempt at a run.

    Parameters
    ----------
    database, settings
        Where runs are, and how they may be run.
    held
        The run.
    leave
        Set when the worker shall go.
    """

    def __init__(
        self, database: Database, settings: ServiceSettings, held: Claim, leave: Event
    ) -> None:
        self._database, self._settings, self._held, self._leave = database, settings, held, leave
        self._events: list[tuple[str, Mapping[str, Any]]] = []
        self._progress: dict[str, Any] | None = None
        self._phase = "starting"
        self._first: Left | None = None
        self._stops_passed = 0
        self._last_event = self._last_beat = self._last_look = 0.0
        self._last_kept = time.monotonic()

    def carry_out(self, work: Work, child: Child) -> str:
        """Run to an end in a process, which is gone afterwards; return which end, for the log."""
        limit = self._settings.hard_limit_seconds
        try:
            child.begin(0, work, (limit, None, _NO_GRACE))
            while True:
                wait([child.connection, child.process.sentinel], LOOK_SECONDS)
                outcome = child.hear(self._hear)
                if outcome is not None and not _is_ready(outcome):
                    end_family(child)
                    return self._end(outcome)
                end = self._look(child)
                if end is not None:
                    end_family(child)
                    return end()
        finally:
            # Ended already, unless something went wrong on the way.
            if not child.connection.closed:
                end_family(child)

    # --- what the process says ------------------------------------------------------------------

    def _hear(self, _index: int, news: Any) -> None:
        if isinstance(news, Phase):
            self._phase = news.name
            self._last_beat = 0.0
        elif isinstance(news, Note):
            self._events.append(("log", {"line": news.line}))
        elif isinstance(news, Left):
            self._first = news
        elif isinstance(news, tuple) and isinstance(news[1], Progress):
            self._hear_progress(news[0], news[1])

    def _hear_progress(self, part: str, progress: Progress) -> None:
        if progress.note:
            self._events.append(("log", {"line": f"{part}: {progress.note}"}))
            return
        self._progress = {
            "part": part,
            "stage": progress.stage,
            "seconds": round(progress.seconds, 3),
            "incumbent": _finite(progress.incumbent),
            "bound": _finite(progress.bound),
            "gap": _finite(progress.gap),
        }
        now = time.monotonic()
        if now - self._last_event >= EVENT_SECONDS:
            self._last_event = now
            self._events.append(("progress", self._progress))

    # --- what is asked of it --------------------------------------------------------------------

    def _look(self, child: Child) -> Callable[[], str] | None:
        """Look after the run; return how it must end now, if it must."""
        now = time.monotonic()
        if self._leave.is_set():
            return self._given_back
        if now - self._last_look < LOOK_SECONDS:
            return None
        self._last_look = now
        try:
            orders = self._asked(now)
            if self._first is not None and not orders.is_lost:
                self._keep(self._first, is_last=False)
                self._first = None
        except SQLAlchemyError as error:
            if not is_outage(error):
                raise
            return self._without_database(error)
        self._last_kept = time.monotonic()
        if orders.is_lost:
            return lambda: "lost to another worker"
        if orders.is_cancelled:
            return lambda: self._settled("cancelled")
        if orders.stops > self._stops_passed and self._phase != "starting":
            # One at a time: signals of one kind that wait are one signal.
            self._stops_passed += 1
            ask_to_stop(child)
        return self._over_memory(child)

    def _asked(self, now: float) -> Orders:
        """Hear what is asked; say from time to time that the worker lives."""
        if now - self._last_beat < self._settings.heartbeat_seconds:
            return hear_orders(self._database, self._held)
        events = list(self._events)
        try:
            orders = heartbeat(
                self._database,
                self._held,
                self._settings.lease_seconds,
                phase=self._phase,
                progress=self._progress,
                events=events,
            )
        except SQLAlchemyError as error:
            if not is_outage(error):
                raise
            LOG.warning("run %s: the heartbeat failed (%s)", self._held.run_id, words_of(error))
            # Nothing can be written, by others neither: what can be read says whose the run is.
            return hear_orders(self._database, self._held)
        self._last_beat = now
        del self._events[: len(events)]
        return orders

    def _without_database(self, error: SQLAlchemyError) -> Callable[[], str] | None:
        """Go on for as long as the lease lasts: after that the run may be another's."""
        silent = time.monotonic() - self._last_kept
        LOG.warning(
            "run %s: no database for %.1f s (%s)", self._held.run_id, silent, words_of(error)
        )
        if silent > self._settings.lease_seconds:
            return lambda: "given up: the database was out of reach for longer than the lease"
        return None

    def _over_memory(self, child: Child) -> Callable[[], str] | None:
        used, allowed = family_memory_mb(child), self._settings.run_memory_mb
        if used <= allowed:
            return None
        detail = (
            f"the run took {used:,.0f} MB of memory, more than the {allowed:,} MB that one may. "
            "Maybe a smaller case or fewer workers; or raise ALLOCATOR_RUN_MEMORY_MB."
        )
        return lambda: self._settled("failed", _failure("OutOfMemory", detail))

    # --- how it ends ----------------------------------------------------------------------------

    def _end(self, outcome: ChildOutcome) -> str:
        """Keep what the process ended with."""
        if outcome.ending is Ending.FINISHED:
            return self._finished(outcome.result)
        first = self._first
        if first is not None:
            self._insist(lambda: self._keep(first, is_last=False))
        if outcome.ending is Ending.RAISED and outcome.error is not None:
            return self._settled("failed", error_document(outcome.error))
        if outcome.ending is Ending.KILLED:
            detail = (
                f"the run was ended by force after {self._settings.hard_limit_seconds:g} s. "
                "Maybe a shorter time limit; or raise ALLOCATOR_HARD_LIMIT_SECONDS."
            )
            return self._settled("failed", _failure("TooLong", detail))
        attempts = self._settings.attempts
        if self._held.attempts < attempts:
            line = f"{outcome.message} It is tried again, up to {attempts} times."
            self._events.append(("log", {"line": line}))
            return self._given_back(outcome.message, counts=True)
        return self._settled("failed", _failure("RunEnded", outcome.message))

    def _finished(self, left: Left) -> str:
        try:
            is_kept = self._insist(lambda: self._keep(left, is_last=True))
        except SQLAlchemyError as error:
            # What the database refuses once it refuses every time.
            detail = f"the results could not be kept ({words_of(error)}). Maybe report this."
            return self._settled("failed", _failure("ResultsRefused", detail))
        if is_kept is None:
            return _NOT_KEPT
        return "finished" if is_kept else self._settled("cancelled")

    def _given_back(self, why: str = "its worker was asked to leave", counts: bool = False) -> str:
        status = self._insist(
            lambda: give_back(self._database, self._held, why, counts=counts, events=self._events)
        )
        return f"given back ({why}): {status}"

    def _settled(self, status: str, error: Mapping[str, Any] | None = None) -> str:
        ended = self._insist(
            lambda: settle(self._database, self._held, status, error, events=self._events)
        )
        return ended or _NOT_KEPT

    def _insist(self, keep: Callable[[], T]) -> T | None:
        """Try until the database takes it; None when that took too long."""
        end = time.monotonic() + HOLD_SECONDS
        while True:
            try:
                return keep()
            except SQLAlchemyError as error:
                if not is_outage(error):
                    raise
                LOG.warning("run %s cannot be kept yet (%s)", self._held.run_id, words_of(error))
            # Who leaves does not wait: the lease runs out by itself.
            if self._leave.wait(AGAIN_SECONDS) or time.monotonic() > end:
                return None

    def _keep(self, left: Left, *, is_last: bool) -> bool:
        """Keep results of the process, the last or first ones."""
        files = {
            name: (media_type, path.read_bytes()) for name, (media_type, path) in left.files.items()
        }

        def rows() -> Iterator[dict[str, Any]]:
            if left.rows is not None:
                with left.rows.open(encoding="utf-8") as lines:
                    for line in lines:
                        yield json.loads(line)

        results = Results(left.document, left.outcome, left.plan_digest, files, rows)
        events = list(self._events)
        is_kept = keep_results(
            self._database,
            self._held,
            results,
            self._settings.lease_seconds,
            is_last=is_last,
            events=events,
        )
        if is_kept:
            del self._events[: len(events)]
        return is_kept


_NOT_KEPT: Final = "not the worker's any more, or not kept: whoever is next carries it out"


def _is_ready(outcome: ChildOutcome) -> bool:
    """Whether a process has only said that it is ready to begin."""
    return outcome.ending is Ending.FINISHED and outcome.result is None


def _finite(value: float | None) -> float | None:
    """A number that JSON knows; None for infinite ones, which say nothing yet."""
    return value if value is not None and abs(value) < float("inf") else None


def _failure(kind: str, detail: str) -> dict[str, Any]:
    return {"status": "failed", "error": kind, "detail": detail}
