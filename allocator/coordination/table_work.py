"""Solving one scenario under tables of release hours: the warm way, or each table by itself.

The warm way keeps trips, program and prices from table to table. It knows nothing of hubs, convoys
and items that must not share a vehicle, and very great scenarios are not bounded by a linear
program at all: there each table is a dispatch of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release
from allocator.approvals import release as planned_release
from allocator.case import Case
from allocator.child import Report
from allocator.engine.dispatch import solved_trips
from allocator.engine.dispatch_again import (
    STAGE,
    DispatchAgain,
    Neighbour,
    TableSolution,
    table_solution,
)
from allocator.engine.dispatch_data import DispatchInputs, build_dispatch_inputs
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.release_starts import ReleaseStarts, rounded_release
from allocator.plan import Plan
from allocator.schema.procedure import Settings
from allocator.solver import SolveOptions
from models.dispatch_values import DispatchResult

__all__ = ["TableQuestion", "TableWork"]

Starts = NDArray[np.int16]

_MOST_TRIPS = 2_000_000
"""Possible trips up to which one program is kept: 1.2 million take 14 s at first, 8 s from then on.
"""

_USUAL_TRIPS = 300_000
"""Possible trips that the time for a plan is meant for."""

_PLAIN_SECONDS = 10.0
"""Least time limit of a dispatch of its own: it begins from nothing. [s]"""


@dataclass(frozen=True)
class TableQuestion:
    """One table that is to be solved.

    Parameters
    ----------
    starts
        The table as ``TableWork.starts`` gives it, shape (cell,).
    release
        Hours of release; None where first departures say it all.
    known
        A plan that the table allows; None for none.
    near
        A solved table whose plan may be moved to this one; None for none.
    seconds
        Time for planning. [s]
    """

    starts: Starts
    release: Release | None
    known: DispatchResult | None
    near: Neighbour | None
    seconds: float


class TableWork:
    """Solves tables of one scenario under the objective ``social``, one after the other.

    Called with a question and a report it is the task of a child process.

    Parameters
    ----------
    case, scenario, placement
        The case, the code of the scenario, and the plan whose stock holds (None: today's).
    options
        Gap at which planning may stop, threads, seed.
    """

    def __init__(
        self, case: Case, scenario: str, placement: Plan | None, options: SolveOptions
    ) -> None:
        settings = case.settings.model_copy(update={"objective": STAGE})
        self.case = case.replace(Settings, (settings,))
        self.scenario, self.placement, self.options = scenario, placement, options

    def __getstate__(self) -> dict[str, object]:
        """What a child process is told; it builds the rest by itself."""
        kept = ("case", "scenario", "placement", "options")
        return {name: getattr(self, name) for name in kept}

    def __call__(self, question: TableQuestion, _report: Report) -> TableSolution:
        """Solve a table in a child process."""
        return self.solve(question)

    def _inputs(self, release: Release) -> DispatchInputs:
        """The scenario under hours of release."""
        return build_dispatch_inputs(self.case, self.scenario, self.placement, rules=release)

    @cached_property
    def _at_once(self) -> DispatchInputs:
        """The scenario with all goods released at once."""
        row = self.case.scenario(self.scenario)
        return self._inputs(planned_release(self.case, row).at_once())

    @cached_property
    def _problem(self) -> DispatchProblem:
        return dispatch_problem(self._at_once.data)

    @cached_property
    def is_warm(self) -> bool:
        """Whether one table is solved from where the one before ended."""
        data = self._at_once.data
        is_plain = data.segregated is None and data.convoys is None
        if self._at_once.legs is not None or not is_plain:
            return False
        return self._problem.trip_count <= _MOST_TRIPS

    @cached_property
    def _release_starts(self) -> ReleaseStarts:
        return ReleaseStarts(self._at_once, self._problem)

    @cached_property
    def _again(self) -> DispatchAgain:
        return DispatchAgain(self._problem, self._release_starts, self.options)

    @property
    def size(self) -> float:
        """Possible trips as a share of those that the time for a plan is meant for, >= 1."""
        return max(1.0, self._problem.trip_count / _USUAL_TRIPS)

    @property
    def is_small(self) -> bool:
        """Whether tables are solved exactly, by the whole model."""
        return self.is_warm and self._again.is_small

    def starts(self, release: Release) -> Starts:
        """First departures of every lane and item; equal ones are one table, shape (cell,)."""
        if self.is_warm:
            return self._release_starts.of(release)
        inputs = self._at_once
        return rounded_release(release, inputs.district, inputs.data.period_hours)

    def unevenness(self, old: Starts, new: Starts) -> float:
        """How ill plans can be moved from one table to another, >= 0; 0 where none are.

        Parameters
        ----------
        old, new
            The tables, shape (cell,).
        """
        return self._release_starts.unevenness(old, new) if self.is_warm else 0.0

    def idle(self) -> TableSolution:
        """What it comes to if nobody drives, which every table allows."""
        problem, items = self._problem, self._problem.data.item_count
        nothing = DispatchResult(np.zeros(0, dtype=np.int64), np.zeros((0, items), dtype=np.int64))
        row = self.case.scenario(self.scenario)
        cells = self.starts(planned_release(self.case, row))
        never = np.full(len(cells), np.iinfo(np.int16).max, dtype=np.int16)
        found = table_solution(problem.data, problem.table, nothing, (0.0, None), (never, never))
        return replace(found, result=None)

    def solve(self, question: TableQuestion) -> TableSolution:
        """Bound and plan the dispatch under one table.

        Parameters
        ----------
        question
            The table.

        Raises
        ------
        SolveError
            If a plan breaks a limit.
        """
        if question.release is None:
            asked = question.starts, question.known, question.seconds, question.near
            return self._again.solve(*asked)
        inputs = self._inputs(question.release)
        limit = max(question.seconds, _PLAIN_SECONDS)
        options = replace(self.options, time_limit_seconds=limit)
        outcome = solved_trips(inputs, options)
        starts = question.starts
        bounds = outcome.stages[0].bound, None
        found = table_solution(inputs.data, outcome.table, outcome.result, bounds, (starts, starts))
        return replace(found, result=None)
