"""A placement watched from inside the process that solves it.

What is written down: seconds spent building, each evaluation of the recourse, each round of cuts,
each relaxation of the master, and when which stage had come down to which gap. The notes are
written anew with each piece of news, so that they survive if the process is ended at its limit.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allocator.plan import Plan
from allocator.solver import Progress
from benchmarks.building import BuildingClock
from benchmarks.machine import memory_gb
from benchmarks.wrapping import CallTimes, wrapped

__all__ = ["WATCHED", "WatchOrder", "watched_place"]

WATCHED = {
    "evaluation": "allocator.engine.recourse:Recourse.evaluate",
    "round": "allocator.engine.decomposition:StageSearch.harvest",
    "master": "allocator.engine.master:Master.solve",
}
"""Functions whose calls are timed while a stage's relaxation is solved: all blocks of the recourse
solved once (cuts included); the same with the cuts that are worth a row given to the master; the
master solved once. The search for plans makes calls that are quicker, with most of it fixed."""

_RELAXATION = "allocator.engine.decomposition:StageSearch.relax"


@dataclass(frozen=True)
class WatchOrder:
    """What the solving process is told besides its work.

    Parameters
    ----------
    notes
        File to write.
    began
        When the command began, on the clock of ``time.monotonic``, which all processes share.
    stages
        How many of the objective's stages are solved; None for all.
    """

    notes: Path
    began: float
    stages: int | None = None


class _Watch:
    """Hears what the search reports, passes it on and writes the notes."""

    def __init__(self, order: WatchOrder, report: Any) -> None:
        self._order, self._report = order, report
        self._clock = BuildingClock()
        self._relaxation = CallTimes()
        self._times = {name: CallTimes(within=self._relaxation) for name in WATCHED}
        self._problems: list[Any] = []
        self._events: list[tuple[float, str, float]] = []
        self._began = time.monotonic()
        self._memory_before = memory_gb("VmRSS")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._report, name)

    def __call__(self, news: object) -> None:
        """Note the gap of a stage and pass the news on."""
        if isinstance(news, Progress) and news.gap is not None:
            self._hear(news.stage, news.gap)
        self.write()
        self._report(news)

    def best(self, plan: object) -> None:
        """Note the gaps of a plan and pass it on."""
        if isinstance(plan, Plan):
            for stage in plan.stages:
                if stage.gap is not None:
                    self._hear(stage.stage, stage.gap)
        self.write()
        self._report.best(plan)

    def _hear(self, stage: str, gap: float) -> None:
        self._events.append((time.monotonic() - self._order.began, stage, gap))

    def write(self) -> None:
        """Write the notes, whole or not at all."""
        notes = {
            **(_size_of(self._problems[0]) if self._problems else {}),
            "memory_before_gb": self._memory_before,
            "memory_peak_gb": memory_gb("VmHWM"),
            "search_began": self._began - self._order.began,
            "search_seconds": time.monotonic() - self._began,
            "building_seconds": self._clock.seconds,
            "building_by_part": self._clock.by_part(),
            "relaxation": self._relaxation.as_dict(),
            **{name: times.as_dict() for name, times in self._times.items()},
            "events": self._events,
        }
        draft = self._order.notes.with_suffix(".draft")
        draft.write_text(json.dumps(notes), encoding="utf-8")
        draft.replace(self._order.notes)

    def run(self, work: Callable[[], Any]) -> Any:
        """Do the work with clocks around everything that is watched."""

        def keeping(function: Callable[..., Any]) -> Callable[..., Any]:
            def kept(*arguments: Any, **named: Any) -> Any:
                self._problems.append(function(*arguments, **named))
                return self._problems[-1]

            return kept

        with contextlib.ExitStack() as stack:
            stack.enter_context(
                wrapped("allocator.engine.placement_data:placement_problem", keeping)
            )
            stack.enter_context(self._clock)
            stack.enter_context(wrapped(_RELAXATION, self._relaxation.around))
            for name, place in WATCHED.items():
                stack.enter_context(wrapped(place, self._times[name].around))
            result = work()
        self.write()
        return result


def _size_of(problem: Any) -> dict[str, int]:
    """Return districts, warehouses, scenarios, items and lanes of a placement."""
    return {
        "districts": len(problem.case.districts),
        "warehouses": len(problem.case.warehouses),
        "scenarios": len(problem.case.scenarios),
        "items": len(problem.case.items),
        "lanes": problem.data.flow_count,
    }


def watched_place(order: WatchOrder, task: Any, report: Any) -> Plan:
    """Do a placement as ``allocator.engine.run_tasks`` has its child process do it, watched.

    Parameters
    ----------
    order
        What to write where, and how many stages to solve.
    task, report
        As for ``allocator.engine.run_tasks``.
    """
    from allocator.engine import placement, reduced_placement

    watch = _Watch(order, report)

    def work() -> Plan:
        # Through the modules: their functions are wrapped only once the work begins.
        if order.stages is None:
            return reduced_placement.place_sample(task.case, task.options, watch, task.crew)
        asked = {"stage_count": order.stages}
        return placement.place(task.case, task.options, watch, task.crew, **asked)

    plan: Plan = watch.run(work)
    return plan
