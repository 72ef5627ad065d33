"""A process and all that it started: how much memory they take, and their certain end."""

from __future__ import annotations

import contextlib
import os
import signal

import psutil

from allocator.child_process import Child

__all__ = ["ask_to_stop", "end_family", "family_memory_mb"]


def family_memory_mb(child: Child) -> float:
    """Memory of a child and of all that it started. [MB]"""
    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(child.process.pid)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += one.memory_info().rss
    return total / 1e6


def ask_to_stop(child: Child) -> None:
    """Ask a run's process to end its search with the best plan."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.process.pid, signal.SIGTERM)


def end_family(child: Child) -> None:
    """Kill a child and all that it started, also what leads a process group of its own.

    Processes that it started end by themselves when it is gone, but not before they have done what
    keeps their interpreter busy.
    """
    descendants: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        descendants = psutil.Process(child.process.pid).children(recursive=True)
    child.end(False)
    for one in descendants:
        # psutil knows by the time a process began that the number is not another's by now.
        with contextlib.suppress(psutil.Error):
            one.kill()
