"""The worker: claims a run, has it carried out in a process of its own, keeps what it leaves."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Final

import psutil

from allocator.child_process import Child, ChildOutcome, Ending
from allocator.documents import error_document
from allocator.errors import AllocatorError
from allocator.service_log import log_fields
from allocator.service_settings import ServiceSettings
from allocator.solver.results import Progress
from allocator.store.database import Database
from allocator.store.queue import (
    Claim,
    Orders,
    Results,
    claim,
    give_back,
    heartbeat,
    keep_results,
    settle,
)
from allocator.worker.inputs import write_inputs
from allocator.worker.work import Left, Note, Phase, carry_out

__all__ = ["Worker"]

LOG: Final = logging.getLogger("allocator.worker")

IDLE_SECONDS: Final = 0.5
"""How long a worker without a run waits before it looks again. [s]"""

EVENT_SECONDS: Final = 1.0
"""Progress becomes an event at most this often. [s]"""

_NO_LIMIT: Final = 0.0


@dataclass
class Worker:
    """One worker; it has one run at a time.

    Parameters
    ----------
    database, settings
        Where runs are, and how they may be run.
    name
        Under which it holds runs.
    leave
        Set to let it go, after giving its run back.
    """

    database: Database
    settings: ServiceSettings
    name: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}")
    leave: threading.Event = field(default_factory=threading.Event)

    def serve(self) -> None:
        """Carry out runs until asked to leave."""
        LOG.info("worker %s is ready", self.name)
        while not self.leave.is_set():
            if not self.work_once():
                self.leave.wait(IDLE_SECONDS)
        LOG.info("worker %s leaves", self.name)

    def work_once(self) -> bool:
        """Carry out the next run; return whether there was one."""
        held = claim(self.database, self.name, self.settings.lease_seconds, self.settings.attempts)
        if held is None:
            return False
        told = {"run_id": held.run_id}
        begins = "run %s (%s) begins, attempt %d"
        LOG.info(begins, held.run_id, held.kind, held.attempts, extra=told)
        with log_fields(**told), _scratch(self.settings.scratch_folder, held) as folder:
            try:
                work = write_inputs(self.database, held, folder)
            except AllocatorError as error:
                settle(self.database, held, "failed", error_document(error))
                return True
            ending = _Attempt(self, held).carry_out(work)
        LOG.info("run %s: %s", held.run_id, ending, extra=told)
        return True


@contextlib.contextmanager
def _scratch(root: Path, held: Claim) -> Iterator[Path]:
    """A folder for one attempt; nothing of it stays."""
    folder = root / f"{held.run_id}-{held.token}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Attempt:
    """One attempt at a run: its process, what it says, and what is asked of it."""

    def __init__(self, worker: Worker, held: Claim) -> None:
        self._worker = worker
        self._held = held
        self._events: list[tuple[str, Mapping[str, Any]]] = []
        self._progress: dict[str, Any] | None = None
        self._phase = "starting"
        self._stops_heard = 0
        self._last_event = self._last_beat = 0.0
        self._solving_since: float | None = None

    def carry_out(self, work: object) -> str:
        """Run to an end; return which, for the log."""
        settings = self._worker.settings
        child = Child(carry_out)
        try:
            child.begin(0, work, (settings.hard_limit_seconds, None, _NO_LIMIT))
            while True:
                wait([child.connection, child.process.sentinel], settings.heartbeat_seconds / 4)
                outcome = child.hear(self._hear)
                if outcome is not None:
                    return self._end(outcome)
                reason = self._beat(child)
                if reason is not None:
                    return reason
        finally:
            child.end(False)

    def _hear(self, _index: int, news: Any) -> None:
        """Take what the process says."""
        if isinstance(news, Phase):
            self._phase = news.name
            self._solving_since = time.monotonic() if news.name == "solving" else None
            self._last_beat = 0.0
        elif isinstance(news, Note):
            self._events.append(("log", {"line": news.line}))
        elif isinstance(news, Left):
            self._keep(news, is_last=False)
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

    def _beat(self, child: Child) -> str | None:
        """Say that the run goes on; return why it must not, if so."""
        now = time.monotonic()
        if now - self._last_beat < self._worker.settings.heartbeat_seconds:
            return None
        self._last_beat = now
        if self._worker.leave.is_set():
            give_back(self._worker.database, self._held, "its worker was asked to leave")
            return "given back"
        orders = heartbeat(
            self._worker.database,
            self._held,
            self._worker.settings.lease_seconds,
            phase=self._phase,
            progress=self._progress,
            events=self._events,
        )
        self._events = []
        if orders.is_lost:
            return "lost to another worker"
        if orders.is_cancelled:
            settle(self._worker.database, self._held, "cancelled")
            return "cancelled"
        self._pass_on_stop(child, orders)
        return self._over_memory(child)

    def _pass_on_stop(self, child: Child, orders: Orders) -> None:
        """Tell a process that searches to end with its best plan."""
        is_searching = self._solving_since is not None and self._progress is not None
        if orders.stops > self._stops_heard and is_searching:
            self._stops_heard = orders.stops
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.process.pid, signal.SIGTERM)

    def _over_memory(self, child: Child) -> str | None:
        """End a run whose processes need more memory than one may."""
        used = _memory_mb(child.process.pid)
        allowed = self._worker.settings.run_memory_mb
        if used <= allowed:
            return None
        detail = (
            f"the run took {used:,.0f} MB of memory, more than the {allowed:,} MB that one may. "
            "Maybe a smaller case or fewer workers; or raise ALLOCATOR_RUN_MEMORY_MB."
        )
        settle(self._worker.database, self._held, "failed", _failure("OutOfMemory", detail))
        return "out of memory"

    def _end(self, outcome: ChildOutcome) -> str:
        """Keep what the process ended with."""
        self._flush()
        if outcome.ending is Ending.FINISHED:
            if self._keep(outcome.result, is_last=True):
                return "finished"
            settle(self._worker.database, self._held, "cancelled")
            return "cancelled or lost"
        if outcome.ending is Ending.RAISED and outcome.error is not None:
            settle(self._worker.database, self._held, "failed", error_document(outcome.error))
            return "failed"
        if outcome.ending is Ending.CRASHED:
            detail = (
                f"{outcome.message} It is tried again up to {self._worker.settings.attempts} times."
            )
            if self._held.attempts < self._worker.settings.attempts:
                self._events.append(("log", {"line": detail}))
                self._flush()
                give_back(self._worker.database, self._held, outcome.message, counts=True)
                return "crashed, tried again"
        settle(self._worker.database, self._held, "failed", _failure("RunEnded", outcome.message))
        return "failed"

    def _flush(self) -> None:
        """Keep events that wait, without asking anything."""
        heartbeat(
            self._worker.database,
            self._held,
            self._worker.settings.lease_seconds,
            progress=self._progress,
            events=self._events,
        )
        self._events = []

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
        return keep_results(self._worker.database, self._held, results, is_last=is_last)


def _finite(value: float | None) -> float | None:
    """A number that JSON knows; None for infinite ones, which say nothing yet."""
    return value if value is not None and abs(value) < float("inf") else None


def _failure(kind: str, detail: str) -> dict[str, Any]:
    return {"status": "failed", "error": kind, "detail": detail}


def _memory_mb(pid: int) -> float:
    """Memory of a process and all that it started. [MB]"""
    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += one.memory_info().rss
    return total / 1e6
