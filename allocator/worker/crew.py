"""Keeps so many workers alive beside a server, and ends them with it."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Crew", "leave_with_parent", "step_back"]

LOG: Final = logging.getLogger("allocator.worker")

LOOK_SECONDS: Final = 0.5
"""How often the crew looks whether its workers live. [s]"""

SHORT_LIFE_SECONDS: Final = 5.0
"""A worker that lived shorter is started again only after so long. [s]"""

LEAVE_SECONDS: Final = 20.0
"""How long workers may take to give their runs back. [s]"""

NICENESS: Final = 10
"""People who ask go first: a solve takes whatever the server leaves, which is nearly all."""

_STANDARD_INPUT: Final = 0


@dataclass
class Crew:
    """Worker processes of one server.

    Parameters
    ----------
    count
        How many.
    environment
        Their variables, with the service's settings.
    """

    count: int
    environment: Mapping[str, str]
    _workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _started: list[float] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the workers and watch over them."""
        self._thread = threading.Thread(target=self._watch, name="crew", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the workers to give their runs back and go; after a while, make them."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()
        for worker in self._workers:
            worker.terminate()
        end = time.monotonic() + LEAVE_SECONDS
        for worker in self._workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.wait(max(0.1, end - time.monotonic()))
            worker.kill()
            worker.wait()

    def _watch(self) -> None:
        while not self._is_over.wait(LOOK_SECONDS):
            for worker in [one for one in self._workers if one.poll() is not None]:
                LOG.warning("worker process %d ended with %s", worker.pid, worker.returncode)
                self._workers.remove(worker)
            now = time.monotonic()
            self._started = [one for one in self._started if now - one < SHORT_LIFE_SECONDS]
            # As many as are missing, but none in place of one that has only just been started.
            missing = self.count - max(len(self._workers), len(self._started))
            for _ in range(missing):
                self._started.append(now)
                try:
                    self._workers.append(_start(self.environment))
                except OSError as error:
                    LOG.warning("no worker could be started (%s)", error)


def _start(environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a worker that goes when its standard input is closed, as it is when we are killed."""
    return subprocess.Popen(
        [sys.executable, "-m", "allocator", "worker", "--with-parent"],
        stdin=subprocess.PIPE,
        env=dict(environment),
        start_new_session=True,
    )


def leave_with_parent(leave: threading.Event) -> None:
    """Set an event when standard input ends: whoever started this process is gone."""

    def watch() -> None:
        # Not by `sys.stdin`: its lock would be held by this thread when the process ends, which
        # Python does not survive.
        while os.read(_STANDARD_INPUT, 1):
            pass
        leave.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()


def step_back() -> None:
    """Let the server beside this worker, and whoever asks it, have the processor first."""
    # A process may always become nicer; one that is as nice as can be stays so.
    os.nice(NICENESS)
