"""One scenario's dispatch, solved again and again under other hours of release.

Lanes, stock, needs and vehicles stay, and so do the trips: what is released later only closes
departures. The program of the relaxation keeps its rows, columns and basis from one table of
release hours to the next, so that a bound that takes six rounds at first takes one or two from
then on. Plans go along, too: one that is known for another table is moved with the releases,
vehicle by vehicle, which keeps its distance from the bound where all of a warehouse moves alike;
else the plan is dived for anew.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_faults import dispatch_faults
from allocator.engine.dispatch_former import FormerTrips
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
from allocator.solver import SolveOptions, relative_gap
from models.dispatch_data import DispatchData
from models.dispatch_values import DispatchResult, backlog_hours, dispatch_values
from models.trip_table import TripTable

__all__ = ["DispatchAgain", "Neighbour", "TableSolution", "table_solution"]

Floats = NDArray[np.float64]
Starts = NDArray[np.int16]

STAGE = "social"
"""What is minimised: transport, waiting and unmet need. [CNY]"""

_RELAXED_GAP, _RELAXED_ROUNDS = 1e-8, 60
"""Distance of bound and value at which a relaxation ends, and its most rounds."""

_COLUMNS = 60_000
"""Columns kept from table to table: they are worth more than a small program."""

_EXACT_GAP, _EXACT_TRIPS = 1e-8, 50_000
"""Gap of small cases, which are solved exactly, and trips from which none is small."""

_QUICK_SECONDS = 0.5
"""Most time for a first plan of a small case. [s]"""

_USED = 1e-9
"""Vehicles by which the relaxation uses a trip at least."""

_TURNS = 20
"""Most turns of bettering a plan."""

_AS_GOOD, _NEARLY = 1.15, 1.6
"""Distance of a plan that was moved from the bound, against that of the neighbour's plan: up to the
first it is left as it is, up to the second it is bettered at first, else dived for anew."""

_BETTERING = 0.4
"""Part of the time for bettering a plan that was moved."""


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

    @property
    def gap(self) -> float:
        """Relative distance of the plan from the bound."""
        return relative_gap(self.value_cny, self.bound_cny) or 0.0


@dataclass(frozen=True)
class Neighbour:
    """A table that is solved, to begin the next one with.

    Parameters
    ----------
    starts
        Its first departures, shape (cell,).
    result
        Its plan.
    gap
        Relative distance of that plan from the bound.
    """

    starts: Starts
    result: DispatchResult
    gap: float


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
        self.is_small = problem.trip_count <= _EXACT_TRIPS and _is_small(problem)

    def solve(
        self,
        starts: Starts,
        known: DispatchResult | None,
        seconds: float,
        near: Neighbour | None = None,
    ) -> TableSolution:
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
        near
            A table whose plan is moved to this one; None for none.

        Raises
        ------
        SolveError
            If the plan breaks a limit.
        """
        problem = self._release_starts.problem(starts)
        relaxation = self._relaxed(problem)
        began = time.monotonic()
        most = min(seconds, _QUICK_SECONDS) if self.is_small else seconds
        planning = self._planning(problem, most)
        if known is not None:
            loads = result_loads(problem, known)
            planning.offer(VehiclePlan(problem, planning.prices(), known.trip, loads))
        if near is not None:
            planning.offer(self._moved(problem, planning, near, starts))
        outcome = _planned(planning, relaxation, 0.0 if near is None else near.gap)
        proven, relaxed, used = 0.0, None, starts
        if relaxation is not None:
            proven, relaxed = relaxation.bound(), relaxation.value
            used = self._relaxed_starts(problem, relaxation)
        if self.is_small:
            # The exact model, and with it Pyomo, is imported where it is of use only.
            from allocator.engine.dispatch_exact import solve_exact

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

    def _planning(self, problem: DispatchProblem, seconds: float) -> Planning:
        """What is at hand to plan a table within a time. [s]"""
        options = replace(self._options, time_limit_seconds=max(seconds, 0.1))
        return Planning(problem, STAGES[STAGE], options, lambda _: None, lambda _: None)

    def _moved(
        self, problem: DispatchProblem, planning: Planning, near: Neighbour, starts: Starts
    ) -> VehiclePlan:
        """The plan of another table, each vehicle as much later or earlier as its release."""
        table, result = problem.table, near.result
        period = self._release_starts.moved(result, near.starts, starts)
        order = np.argsort(period, kind="stable")
        trip = result.trip[order]
        former = FormerTrips(
            table.lane[trip],
            table.fleet[trip],
            period[order],
            result.load_units[order].astype(np.float64),
            move_price=0.0,
        )
        return former.resumed(problem, planning.prices())


def _planned(planning: Planning, relaxation: Relaxation | None, near_gap: float) -> DispatchOutcome:
    """The best plan found in the time, from those that were offered and from the relaxation."""

    def is_within(share: float) -> bool:
        gap = relative_gap(planning.standing.value(), planning.standing.bound())
        return planning.is_good_enough() or (gap is not None and gap <= share * near_gap)

    if relaxation is not None:
        planning.proofs.add_lines(relaxation.proofs, 0.0)
        if is_within(_NEARLY) and not is_within(_AS_GOOD):
            planning.redive(relaxation, planning.by(_BETTERING), 0)
        if not is_within(_AS_GOOD):
            planning.dive(relaxation, 1.0)
            _better(planning, relaxation)
    if not planning.standing.has_plan:
        planning.construct()
    planning.standing.trim(planning.by(1.0))
    return planning.outcome()


def _is_small(problem: DispatchProblem) -> bool:
    """Whether the exact model is worth building."""
    from allocator.engine.dispatch_exact import is_small
    from models.dispatch_index import dispatch_index

    return is_small(dispatch_index(problem.data))


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
