"""A solve in a child process, heard out and kept within its time limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allocator.child import Ending, Report, run_in_child
from allocator.engine.dispatch_memory import Memory
from allocator.engine.run_tasks import Task
from allocator.errors import NoPlanError, SolveError
from allocator.plan import Plan
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
) -> Plan:
    """Run a solve in a child process and return its plan, or the best it reported.

    Notes on the way are added to ``notes``.
    """
    stage = ""

    def listen(message: Any) -> None:
        nonlocal stage
        if isinstance(message, Memory) and on_memory is not None:
            on_memory(message)
        if not isinstance(message, Progress):
            return
        stage = message.stage or stage
        if message.note and notes is not None:
            notes.append(message.note)
        if on_progress is not None:
            on_progress(part, message)

    limit = task.options.time_limit_seconds
    outcome = run_in_child(run, task, time_limit_seconds=limit, on_report=listen)
    plan = outcome.result or outcome.best
    if isinstance(plan, Plan) and plan.stages:
        if outcome.ending is Ending.KILLED:
            kept = f"stopped by force after the time limit; the best plan of {part} so far is kept"
            listen(Progress(stage, outcome.seconds, None, None, None, note=kept))
        return plan
    if outcome.ending is Ending.CRASHED:
        raise SolveError(f"{part}: {outcome.message}")
    reached = f" in stage {stage}" if stage else ""
    raise NoPlanError(
        f"{part}: the limit of {limit:g} s came{reached}, before any plan was complete. "
        f"Maybe --time-limit {_longer(limit):g}, or loosen a hard promise."
    )


def _longer(limit: float | None) -> float:
    """Time limit to propose where one was too short. [s]."""
    return max(60.0, 3.0 * (limit or 0.0))
