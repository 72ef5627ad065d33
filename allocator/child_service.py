"""The inside of a child process: takes payloads from the parent, reports, ends with it."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from allocator.collection import no_collection
from allocator.errors import AllocatorError, SolveError

__all__ = ["Report", "serve"]

#: A pickled payload with its limit in seconds, or None to leave.
_Order = tuple[bytes, float | None] | None


class Report:
    """Through which a task in a child tells its parent how it gets on.

    Parameters
    ----------
    connection
        Pipe to the parent.
    limit_seconds
        Time that the task has, None for no limit. [s]
    """

    def __init__(self, connection: Connection, limit_seconds: float | None) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._deadline = None if limit_seconds is None else time.perf_counter() + limit_seconds

    def __call__(self, news: object) -> None:
        """Send news (anything that can be pickled) to the parent's ``on_report``."""
        self._send("news", news)

    def best(self, plan: object) -> None:
        """Send a plan that the parent keeps should this child be killed; also goes to reports."""
        self._send("best", plan)

    def remaining_seconds(self) -> float | None:
        """Time until the limit, None without one. [s]"""
        if self._deadline is None:
            return None
        return max(0.0, self._deadline - time.perf_counter())

    def _send(self, kind: str, content: object) -> None:
        with self._lock:
            self._connection.send((kind, content))


def serve(connection: Connection, imports: str = "") -> None:
    """Work in the child: take a task, then payloads from the parent one after the other.

    Parameters
    ----------
    connection
        Pipe to the parent. First comes the pickled task, a function that is called with each
        payload and its report.
    imports
        Module to import meanwhile; none if empty.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _keep_locks_private()
    if hasattr(os, "setsid"):
        os.setsid()
    # Standard output belongs to the parent's one JSON document.
    sys.stdout.flush()
    os.dup2(2, 1)
    if imports:
        with no_collection():
            import_module(imports)
    try:
        pickled_task = connection.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)
    inbox: queue.SimpleQueue[_Order] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, inbox), daemon=True).start()
    task: Callable[[Any, Report], Any] = pickle.loads(pickled_task)
    while (order := inbox.get()) is not None:
        payload, limit = order
        report = Report(connection, limit)
        kind, content = _work(task, payload, report)
        try:
            connection.send((kind, content))
        except (pickle.PicklingError, TypeError, AttributeError):
            connection.send(("raised", SolveError(traceback.format_exc())))


def _keep_locks_private() -> None:
    """Give the locks of this process no name that would outlive it.

    A spawned process names its locks, so that processes it spawns could find them, and each name is
    announced to the resource tracker. Pyomo makes such a lock when it is imported, and a child
    that is killed never takes it back: the tracker then complains of a leak on standard error. A
    process whose own children would be forked drops the name at once. Nothing here forks: children
    are asked for as spawned ones by name.
    """
    if "fork" in multiprocessing.get_all_start_methods():
        multiprocessing.set_start_method("fork", force=True)


def _work(task: Callable[[Any, Report], Any], payload: bytes, report: Report) -> tuple[str, object]:
    """Run the task on one payload; return how it ended and with what."""
    try:
        return "finished", task(pickle.loads(payload), report)
    except AllocatorError as error:
        return "raised", error
    except Exception:  # noqa: BLE001 - whatever it is, the parent must hear of it
        return "raised", SolveError(traceback.format_exc())


def _listen(connection: Connection, inbox: queue.SimpleQueue[_Order]) -> None:
    """Pass orders on, and end this process with its group when the parent is gone."""
    try:
        while True:
            inbox.put(connection.recv())
    except (EOFError, OSError):
        if hasattr(os, "killpg"):
            os.killpg(os.getpgrp(), signal.SIGKILL)
        os._exit(1)
