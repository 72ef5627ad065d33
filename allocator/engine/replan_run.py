"""A re-plan as a run: a plan at once in this process, then the solved one from a child process.

What only the solve needs is imported once the first plan is there: it must not wait for that.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from allocator.case import Case
from allocator.change_set import ChangeSet
from allocator.engine.first_replan import first_replan
from allocator.engine.plan_parts import merge_plans, placement_part
from allocator.engine.run_options import (
    RunOptions,
    engine_case,
    limit_seconds,
    solve_options,
    with_run_info,
)
from allocator.plan import Plan
from allocator.schema.changes import Change

if TYPE_CHECKING:
    from allocator.engine.dispatch_memory import Memory
    from allocator.engine.supervision import OnMemory, OnProgress
    from allocator.ready_child import ReadyChild

__all__ = ["ReplanRun"]


@dataclass(frozen=True)
class ReplanRun:
    """The trips of one scenario planned anew after changes.

    Parameters
    ----------
    case
        As it was before any change.
    plan
        The certified plan, maybe of an earlier re-plan.
    changes
        What has changed since, checked against case and plan.
    options
        As for other runs.
    """

    case: Case
    plan: Plan
    changes: ChangeSet
    options: RunOptions
    _began: float = field(init=False, default_factory=time.monotonic)

    @cached_property
    def _former(self) -> Plan:
        """The plan with all changes."""
        return self.plan.replace(Change, (*self.plan.changes, *self.changes.changes))

    @property
    def _placement(self) -> Plan | None:
        return self.plan if self.plan.has_placement else None

    @cached_property
    def _work(self) -> Case:
        return engine_case(self.case, self.options)

    def first(self) -> Plan:
        """Return a plan at once: the trips that can still go, before anything is solved."""
        found = first_replan(self._work, self._former, self.changes.scenario, self._placement)
        return self._whole(found, {})

    def solve(
        self,
        on_progress: OnProgress | None = None,
        *,
        first: Plan | None = None,
        memory: Memory | None = None,
        on_memory: OnMemory | None = None,
        ready: ReadyChild | None = None,
    ) -> Plan:
        """Return the solved plan.

        Parameters
        ----------
        on_progress
            Hears how far the solve is.
        first
            What ``first`` returned, to begin with.
        memory, on_memory
            Prices that the plan ended with, and who hears those of the re-plan.
        ready
            A child that was started beforehand.

        Raises
        ------
        NoPlanError
            If the limit came before any plan, and there is no first one.
        """
        from allocator.engine.crew_options import CrewOptions
        from allocator.engine.run_tasks import Task, replan_task
        from allocator.engine.supervision import noted, supervise

        limit = limit_seconds(self.case, self.options, "dispatch")
        task = Task(
            self._work,
            solve_options(self.case, self.options, limit),
            self.changes.scenario,
            self._placement,
            crew=CrewOptions(self.options.workers, self.options.scheduler),
            former=self._former,
            move_price=self.changes.move_price_hours,
            memory=memory,
            first=first,
        )
        notes: list[str] = []
        scenario = self.changes.scenario
        found = supervise(replan_task, task, scenario, on_progress, notes, on_memory, ready=ready)
        if found is first:
            return self._told(found, noted(notes))
        return self._whole(found, noted(notes))

    def _whole(self, found: Plan, more: dict[str, str]) -> Plan:
        """Put the placement and what is to be said of the run to the trips."""
        base = [] if self._placement is None else [placement_part(self._placement)]
        return self._told(merge_plans([*base, found]), more)

    def _told(self, plan: Plan, more: dict[str, str]) -> Plan:
        """Say of a plan what is to be said of the run."""
        facts = {
            "scenario": self.changes.scenario,
            "at_hours": f"{self.changes.at_hours:g}",
            "replanned_from": self.plan.run_info.get("plan_digest", ""),
            **more,
        }
        return with_run_info(self.case, plan, self.options, "replan", self._began, facts)
