"""A solve in a child process, heard out and kept within its time limit.

Who stops it with Ctrl-C, or ends it politely (SIGTERM), gets the best plan so far; in a patient
process (``stopping``) the first one, if there is none yet.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from allocator.child import ChildOutcome, Ending, Report, run_in_child
from allocator.engine.dispatch_memory import Memory
from allocator.engine.run_tasks import Task
from allocator.engine.stopping import (
    TOO_EARLY,
    end_if_asked,
    ended_as_interrupted,
    is_asked_too_early,
    is_patient,
)
from allocator.errors import NoPlanError, SolveError
from allocator.plan import Plan
from allocator.ready_child import ReadyChild
from allocator.solver import Progress

__all__ = ["OnMemory", "OnProgress", "noted", "supervise"]

OnProgress = Callable[[str, Progress], None]
OnMemory = Callable[[Memory], None]


def noted(notes: list[str]) -> dict[str, str]:
    """Facts of the run that were told on the way."""
    return {"notes": "; ".join(notes)} if notes else {}


def supervise(
    run: Callable[[Task, Report], Plan],
    task: Task,
    part: str,
    on_progress: OnProgress | None,
    notes: list[str] | None = None,
    on_memory: OnMemory | None = None,
    *,
    keeps_best: bool = True,
    ready: ReadyChild | None = None,
) -> Plan:
    """Run a solve in a child process and return its plan, or the best it reported.

    Parameters
    ----------
    run, task
        What the child does, and with what; a plan to begin with (``task.first``) is returned where
        nothing better comes.
    part
        What is solved, in words.
    on_progress, on_memory
        Hear how far it is, and prices.
    notes
        Takes what is to be said of the run.
    keeps_best
        Whether who stops the solve gets the best plan so far, or is told so by KeyboardInterrupt;
        a patient process always gets it.
    ready
        A child that was started beforehand.

    Raises
    ------
    NoPlanError
        If the limit came before any plan.
    SolveError
        If the child crashed before any plan.
    """
    heard = _Heard(part, task.first, on_progress, notes, on_memory)
    limit = task.options.time_limit_seconds
    try:
        with ended_as_interrupted(lambda: heard.best is not None):
            outcome = run_in_child(
                run, task, time_limit_seconds=limit, on_report=heard, ready=ready
            )
    except KeyboardInterrupt:
        kept = heard.keep("stopped by the user") if keeps_best or is_patient() else None
        if kept is None:
            raise
        return kept
    if isinstance(outcome.result, Plan) and outcome.result.stages:
        return outcome.result
    heard.best = outcome.best or heard.best
    is_killed = outcome.ending is Ending.KILLED
    kept = heard.keep("stopped by force after the time limit" if is_killed else outcome.message)
    if kept is not None:
        return kept
    raise _without_plan(part, heard.stage, outcome, limit)


@dataclass
class _Heard:
    """What a child has said so far: its stage, and its best plan."""

    part: str
    best: Plan | None
    on_progress: OnProgress | None
    notes: list[str] | None
    on_memory: OnMemory | None
    stage: str = ""
    begun: float = field(default_factory=time.perf_counter)
    is_told: bool = False

    def __call__(self, message: Any) -> None:
        """Take a message, and pass it on."""
        if isinstance(message, Plan) and message.stages:
            self.best = message
            end_if_asked()
        if isinstance(message, Memory) and self.on_memory is not None:
            self.on_memory(message)
        if isinstance(message, Progress):
            self._hear_progress(message)

    def _hear_progress(self, progress: Progress) -> None:
        self.stage = progress.stage or self.stage
        if progress.note and self.notes is not None:
            self.notes.append(progress.note)
        if self.on_progress is not None:
            self.on_progress(self.part, progress)
        if self.best is None and is_asked_too_early() and not self.is_told:
            self.is_told = True
            self(Progress(self.stage, progress.seconds, None, None, None, note=TOO_EARLY))

    def keep(self, why: str) -> Plan | None:
        """Say why the best plan so far is kept, and return it; None if there is none."""
        if self.best is not None:
            note = f"{why}; the best plan of {self.part} so far is kept"
            seconds = time.perf_counter() - self.begun
            self(Progress(self.stage, seconds, None, None, None, note=note))
        return self.best


def _without_plan(
    part: str, stage: str, outcome: ChildOutcome, limit: float | None
) -> SolveError | NoPlanError:
    """Say why there is no plan at all."""
    if outcome.ending is Ending.CRASHED:
        return SolveError(f"{part}: {outcome.message}")
    reached = f" in stage {stage}" if stage else ""
    return NoPlanError(
        f"{part}: the limit of {limit:g} s came{reached}, before any plan was complete. "
        f"Maybe --time-limit {_longer(limit):g}, or loosen a hard promise."
    )


def _longer(limit: float | None) -> float:
    """Time limit to propose where one was too short. [s]."""
    return max(60.0, 3.0 * (limit or 0.0))
