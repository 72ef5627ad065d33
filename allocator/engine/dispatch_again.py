"""One scenario's dispatch, solved again and again under other hours of release.

Lanes, stock, needs and vehicles stay, and so do the trips: what is released later only closes
departures. The program of the relaxation keeps its rows, columns and basis from one table of
release hours to the next, so that a bound that takes six rounds at first takes one or two from
then on. The plan begins with the best one that is known, and is dived for anew.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_exact import is_small, solve_exact
from allocator.engine.dispatch_faults import dispatch_faults
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_planning import Planning
from allocator.engine.dispatch_pricing import Pricing
from allocator.engine.dispatch_problem import DispatchProblem, stage_prices
from allocator.engine.dispatch_program import RelaxationProgram
from allocator.engine.dispatch_relaxation import (
    Relaxation,
    RelaxationLimits,
    first_program,
    relax,
)
from allocator.engine.dispatch_transport import solve_transport
from allocator.engine.dispatch_vehicles import VehiclePlan, result_loads
from allocator.engine.dispatch_vertices import vertex_loads
from allocator.engine.objectives import STAGES
from allocator.engine.release_starts import ReleaseStarts
from allocator.errors import SolveError
from allocator.solver import SolveOptions
from models.dispatch_data import DispatchData
from models.dispatch_index import dispatch_index
from models.dispatch_values import DispatchResult, backlog_hours, dispatch_values
from models.trip_table import TripTable

__all__ = ["DispatchAgain", "TableSolution", "table_solution"]

Floats = NDArray[np.float64]
Starts = NDArray[np.int16]

STAGE = "social"
"""What is minimised: transport, waiting and unmet need. [CNY]"""

_RELAXED_GAP, _RELAXED_ROUNDS = 1e-8, 60
"""Distance of bound and value at which a relaxation ends, and its most rounds."""

_COLUMNS = 30_000
"""Columns kept from table to table: they are worth more than a small program."""

_EXACT_GAP, _EXACT_TRIPS = 1e-8, 50_000
"""Gap of small cases, which are solved exactly, and trips from which none is small."""

_QUICK_SECONDS = 0.5
"""Most time for a first plan of a small case. [s]"""

_USED = 1e-9
"""Vehicles by which the relaxation uses a trip at least."""

_TURNS = 20
"""Most turns of bettering a plan."""


@dataclass(frozen=True)
class TableSolution:
    """What the best dispatch is worth under one table of release hours.

    Parameters
    ----------
    bound_cny
        Proven: no plan is worth less. [CNY]
    value_cny
        Value of a plan. [CNY]
    relaxed_cny
        Value of the relaxation, or the exact value in a small case; None where neither is known.
    starts, relaxed_starts
        First departures of the plan and of the relaxed one, by cell of ``ReleaseStarts``; each
        holds under every table that is not later than this, shape (cell,).
    result
        The plan; None where it is of no use elsewhere.
    backlog_unit_hours
        Waiting by item under the plan, shape (item,). [unit-hours]
    served_share
        Weighted share of need in hand under the plan.
    """

    bound_cny: float
    value_cny: float
    relaxed_cny: float | None
    starts: Starts
    relaxed_starts: Starts
    result: DispatchResult | None
    backlog_unit_hours: Floats
    served_share: float


def table_solution(
    data: DispatchData,
    table: TripTable,
    result: DispatchResult,
    bounds: tuple[float, float | None],
    starts: tuple[Starts, Starts],
) -> TableSolution:
    """Write down what a plan is worth, computed from its departures and loads alone.

    Parameters
    ----------
    data, table, result
        The scenario, its trips, the plan.
    bounds
        Proven bound and value of the relaxation. [CNY]
    starts
        First departures of the plan and of the relaxation.
    """
    values = dispatch_values(data, table, result)
    need = float((data.need_weight * data.need_units).sum())
    value = values[STAGE]
    return TableSolution(
        bound_cny=min(max(bounds[0], 0.0), value),
        value_cny=value,
        relaxed_cny=bounds[1],
        starts=starts[0],
        relaxed_starts=starts[1],
        result=result,
        backlog_unit_hours=backlog_hours(data, table, result).sum(axis=0),
        served_share=1.0 if need <= 0 else 1.0 - values["unmet"] / need,
    )


class DispatchAgain:
    """Solves one scenario under one table of release hours after the other.

    Parameters
    ----------
    problem
        The scenario with all goods released at once; no legs, convoys or segregation.
    release_starts
        The same by first departures.
    options
        Gap at which planning may stop, threads, seed.

    Attributes
    ----------
    is_small
        Whether tables are solved exactly, by the whole model.
    """

    def __init__(
        self, problem: DispatchProblem, release_starts: ReleaseStarts, options: SolveOptions
    ) -> None:
        self._release_starts = release_starts
        self._options = replace(options, time_limit_seconds=None)
        self._vertices = vertex_loads(problem.data)
        self._program: RelaxationProgram | None = None
        few = problem.trip_count <= _EXACT_TRIPS
        self.is_small = few and is_small(dispatch_index(problem.data))

    def solve(self, starts: Starts, known: DispatchResult | None, seconds: float) -> TableSolution:
        """Bound and plan the dispatch under one table.

        Parameters
        ----------
        starts
            First departures, shape (cell,).
        known
            A plan that keeps them; None for none.
        seconds
            Time for the plan, or for the exact solution of a small case; the bound of others comes
            besides. [s]

        Raises
        ------
        SolveError
            If the plan breaks a limit.
        """
        problem = self._release_starts.problem(starts)
        relaxation = self._relaxed(problem)
        began = time.monotonic()
        most = min(seconds, _QUICK_SECONDS) if self.is_small else seconds
        outcome = self._planned(problem, relaxation, known, most)
        proven, relaxed, used = 0.0, None, starts
        if relaxation is not None:
            proven, relaxed = relaxation.bound(), relaxation.value
            used = self._relaxed_starts(problem, relaxation)
        if self.is_small:
            until = began + seconds
            exact = solve_exact(problem, outcome, self._options, until, gap=_EXACT_GAP)
            if exact is not None:
                outcome, proven = exact, exact.stages[0].bound
                relaxed = exact.stages[0].objective
                used = self._release_starts.used_by(exact.result)
        result = outcome.result
        faults = dispatch_faults(problem.data, problem.table, result)
        if faults:
            raise SolveError(
                f"a plan under other hours of release breaks its limits of {', '.join(faults)}. "
                "Maybe report it with the case: plans must keep every limit."
            )
        own = self._release_starts.used_by(result)
        return table_solution(problem.data, problem.table, result, (proven, relaxed), (own, used))

    def _relaxed(self, problem: DispatchProblem) -> Relaxation | None:
        """Relaxation of a table, from the program of the table before."""
        prices = stage_prices(problem.data, STAGE)
        if self._program is None:
            transport = solve_transport(problem, prices, self._options)
            self._program = first_program(problem, transport)
        else:
            self._program.turn_to(problem)
        limits = RelaxationLimits(
            gap=_RELAXED_GAP, rounds=_RELAXED_ROUNDS, columns=_COLUMNS, most_columns=2 * _COLUMNS
        )
        pricing = Pricing(problem, prices, self._vertices)
        return relax(pricing, self._program, limits, self._options)

    def _relaxed_starts(self, problem: DispatchProblem, relaxation: Relaxation) -> Starts:
        """First departures that a relaxation uses."""
        columns = relaxation.columns.only(np.flatnonzero(relaxation.use > _USED))
        column, need, _ = columns.entries()
        return self._release_starts.used(columns.trip[column], problem.data.need_item[need])

    def _planned(
        self,
        problem: DispatchProblem,
        relaxation: Relaxation | None,
        known: DispatchResult | None,
        seconds: float,
    ) -> DispatchOutcome:
        """The best plan found in a time, from a known one and from the relaxation."""
        options = replace(self._options, time_limit_seconds=max(seconds, 0.1))
        stages = STAGES[STAGE]
        planning = Planning(problem, stages, options, lambda _: None, lambda _: None)
        if known is not None:
            loads = result_loads(problem, known)
            planning.offer(VehiclePlan(problem, planning.prices(), known.trip, loads))
        if relaxation is not None:
            planning.proofs.add_lines(relaxation.proofs, 0.0)
            if not planning.is_good_enough():
                planning.dive(relaxation, 1.0)
            _better(planning, relaxation)
        if not planning.standing.has_plan:
            planning.construct()
        planning.standing.trim(planning.by(1.0))
        return planning.outcome()


def _better(planning: Planning, relaxation: Relaxation) -> None:
    """Better the best plan, by warehouses and by districts in turn, while that helps."""

    def is_over() -> bool:
        return planning.is_good_enough() or planning.is_over(1.0)

    for turn in range(_TURNS):
        before = planning.standing.total()
        if is_over():
            return
        planning.redive(relaxation, planning.step_end(1.0), turn)
        if is_over():
            return
        planning.relieve(relaxation)
        if is_over():
            return
        planning.search(relaxation, 1.0, turn)
        if planning.standing.total() >= before:
            return
