"""Linear relaxation of the hourly dispatch over all lanes, by columns and windows.

Starts from the flows of the transport problem with few, wide windows. Each round solves the
restricted program, splits the windows whose hourly limits the solution breaks, prices every trip at
the prices of the resources and at their mean with the best ones so far, and adds the best trips as
columns. Every round's prices prove a bound; the best one is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_columns import (
    NO_CAP,
    Columns,
    UnmetCap,
    join_columns,
    loaded_columns,
)
from allocator.engine.dispatch_duals import Duals, mixed_duals
from allocator.engine.dispatch_pricing import Pricing, Quote
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.engine.dispatch_program import RelaxationProgram
from allocator.engine.dispatch_transport import Transport
from allocator.solver import SolveOptions, SolveResult

__all__ = ["NO_CAP", "Relaxation", "RelaxationLimits", "first_program", "relax"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SHIFTS = (0, 1, 2, 3, 4, 6, 8, 11, 14, 18, 23)
"""Periods after the first possible start at which a flow of the transport problem is offered."""

_STANDSTILL = 1e-4
"""Share of the value by which a round must lower it for columns to be dropped."""

_FAR = 1.0
"""Distance of the bound from the value, as a share of it, that is far."""

_EARLY_ROUNDS = 2
"""Rounds of a new program whose solutions are too far off to look at their windows closely."""

_WINDOW_ROUNDS = 3
"""Times that windows are split and solved for before trips are priced again."""

_ROUND_SHARE = 0.7
"""Part of the last round's time that must be left for another one."""

_FEW_CUTS = 0.005
"""Cuts below this share of the rows no longer move the value of the relaxation by much."""


@dataclass(frozen=True)
class RelaxationLimits:
    """When to stop, and how much to carry along.

    Parameters
    ----------
    gap
        Relative difference between the program's value and the bound at which to stop.
    until
        Reading of ``time.monotonic`` by which the last round shall end: none is begun that would
        take longer, judged by the one before. [s]
    rounds
        Most rounds.
    columns
        Columns kept from round to round while the value still falls.
    most_columns
        Columns kept in any case: dropping some while the value stands still may go in circles.
    per_key
        New columns for each kind of choice (by pool and period, lane and fleet, district and hour).
    """

    gap: float = 0.003
    until: float = float("inf")
    rounds: int = 40
    columns: int = 9_000
    most_columns: int = 40_000
    per_key: int = 500


@dataclass(frozen=True)
class Relaxation:
    """Outcome of the relaxation.

    Parameters
    ----------
    proofs
        What each round proved: lower bound of the stage plus a price times the unmet need, and
        that price, shape (proof, 2).
    value
        Value of the last restricted program.
    duals
        The prices that prove the bound.
    reduced
        Reduced price of every trip at the last prices, shape (trip,).
    columns, use
        Trips of the last program, and how much its solution uses each, shape (column,).
    unmet_units
        In that solution, shape (need,). [units]
    rounds
        Rounds taken.
    """

    proofs: Floats
    value: float
    duals: Duals
    reduced: Floats
    columns: Columns
    use: Floats
    unmet_units: Floats
    rounds: int

    def bound(self, unmet_limit: float = 0.0) -> float:
        """Proven bound of the stage over all lanes, for plans whose unmet need is in the limit."""
        return float((self.proofs[:, 0] - self.proofs[:, 1] * unmet_limit).max())


def first_program(problem: DispatchProblem, transport: Transport) -> RelaxationProgram:
    """Return a program of the flows of the transport problem, with one window for all hours."""
    return RelaxationProgram(problem, _seed_columns(problem, transport))


def _seed_columns(problem: DispatchProblem, transport: Transport) -> Columns:
    """Columns that carry each flow of the transport problem, by every fleet, now or later."""
    data, table = problem.data, problem.table
    fleets = data.fleet_count
    way = table.lane * fleets + table.fleet
    ends = np.searchsorted(way, np.arange(data.lane_count * fleets + 1))
    most = np.minimum(
        data.payload_kg[:, None] / data.item_weight_kg,
        data.vehicle_volume_m3[:, None] / data.item_volume_m3,
    )
    item = data.need_item[transport.need]
    parts = []
    for fleet in range(fleets):
        first, last = (
            ends[transport.lane * fleets + fleet],
            ends[transport.lane * fleets + fleet + 1],
        )
        release = data.release_hours[transport.lane, item] / data.period_hours
        begin = table.start_period[np.minimum(first, max(problem.trip_count - 1, 0))]
        wait = np.maximum(np.ceil(release - 1e-7).astype(np.int64) - begin, 0)
        fits = most[fleet, item] >= 1.0 - 1e-9
        mixes = _mix_count(problem)
        for shift, mix in product(_SHIFTS, range(mixes)):
            trip = first + (wait + shift) * mixes + mix
            chosen = np.flatnonzero((trip < last) & fits)
            chosen = chosen[table.carries[trip[chosen], item[chosen]]]
            need = np.full((len(chosen), 2), -1, dtype=np.int64)
            units = np.zeros((len(chosen), 2))
            need[:, 0], units[:, 0] = transport.need[chosen], most[fleet, item[chosen]]
            parts.append(Columns(trip[chosen], need, units))
    return join_columns(parts)


def _mix_count(problem: DispatchProblem) -> int:
    """Most mixes of items in which a departure is offered."""
    key = problem.departure_key
    firsts = np.flatnonzero(np.diff(key, prepend=-1))
    return int(np.diff(firsts, append=len(key)).max(initial=1))


def _best_per_key(problem: DispatchProblem, reduced: Floats, least: float, most: int) -> Integers:
    """Trips below ``least`` that are the best of their pool and period, lane and fleet, or hour."""
    table = problem.table
    chosen = np.flatnonzero(reduced < least)
    chosen = chosen[np.argsort(reduced[chosen], kind="stable")]
    periods, fleets = problem.period_count, problem.data.fleet_count
    kept = []
    for key in (
        problem.pool[chosen] * periods + table.start_period[chosen],
        table.lane[chosen] * fleets + table.fleet[chosen],
        problem.district[chosen] * problem.receive_count + table.receive_hour[chosen],
    ):
        first = np.sort(np.unique(key, return_index=True)[1])[:most]
        kept.append(chosen[first])
    return np.unique(np.concatenate(kept))


class _Proofs:
    """What the rounds have proven so far, and the prices of the best proof.

    Parameters
    ----------
    pricing
        The problem and what the stage charges.
    limit
        Unmet need of the plans that the bound is for.
    """

    def __init__(self, pricing: Pricing, limit: float) -> None:
        self.pricing, self.limit = pricing, limit
        self.each: list[tuple[float, float]] = []
        self.bound = -np.inf
        self.duals: Duals | None = None

    def price(self, present: Duals, value: float) -> list[Quote]:
        """Price all trips at a round's prices, and at their mean with the best ones so far.

        The mean is of no use while the bound is far below the round's value.
        """
        asked = [present]
        if self.duals is not None and value - self.bound <= _FAR * abs(value):
            asked.append(mixed_duals(self.duals, present, 0.5))
        quotes = [self.pricing.quote(duals) for duals in asked]
        for quote in quotes:
            self.each.append((quote.bound, quote.unmet))
            if self.duals is None or quote.bound_within(self.limit) > self.bound:
                self.bound, self.duals = quote.bound_within(self.limit), quote.duals
        return quotes


class _Rounds:
    """One stage's relaxation on a program, round by round."""

    def __init__(
        self, pricing: Pricing, program: RelaxationProgram, cap: UnmetCap, options: SolveOptions
    ) -> None:
        self.pricing, self.problem, self.program = pricing, pricing.problem, program
        self.options = options
        self.is_new = not program.is_solved
        program.charge(pricing.prices, cap)

    def solve(self, turn: int) -> tuple[SolveResult, int]:
        """Solve with new columns, then with new windows until few are broken.

        Returns
        -------
        tuple
            Result, and number of windows that were broken last.
        """
        program, is_early = self.program, self.is_new and turn <= _EARLY_ROUNDS
        result = program.solve(self.options, has_new_rows=False)
        cuts = 0
        for _ in range(1 if is_early else _WINDOW_ROUNDS):
            if result.values is None:
                break
            cuts = program.split_windows(program.use(result.values), spread=is_early)
            if cuts:
                result = program.solve(self.options, has_new_rows=True)
            if cuts <= _FEW_CUTS * program.row_count:
                break
        return result, cuts

    def outcome(self, proofs: _Proofs, result: SolveResult, quote: Quote, turn: int) -> Relaxation:
        """What the relaxation comes to after a round whose program had this result."""
        if result.values is None or result.objective is None or proofs.duals is None:
            raise ValueError("a round without values or prices has no outcome")
        return Relaxation(
            np.array(proofs.each),
            result.objective,
            proofs.duals,
            quote.reduced,
            self.program.columns,
            self.program.use(result.values),
            self.program.unmet_units(result.values),
            turn,
        )

    def offer(self, quote: Quote, least: float, most: int) -> Columns:
        """Columns of the trips that are worth most at these prices."""
        duals = quote.duals
        trip = _best_per_key(self.problem, quote.reduced, least, most)
        trip = np.union1d(trip, quote.sequences)
        loads = self.pricing.best_loads(duals, trip)
        return loaded_columns(self.problem, self.pricing.prices, duals.need, trip, loads)


def relax(
    pricing: Pricing,
    program: RelaxationProgram,
    limits: RelaxationLimits,
    options: SolveOptions,
    *,
    cap: UnmetCap = NO_CAP,
    on_found: Callable[[Relaxation], None] | None = None,
) -> Relaxation | None:
    """Solve the relaxation of one stage.

    Parameters
    ----------
    pricing
        The problem and what the stage charges.
    program
        Columns and windows to start with; gets more of both.
    limits, options
        When to stop; threads and seed of the solver.
    cap
        Limit on the unmet need; none unless given.
    on_found
        Hears of what each round comes to.

    Returns
    -------
    Relaxation | None
        None if the solver gave no prices in any round.
    """
    rounds = _Rounds(pricing, program, cap, options)
    proofs = _Proofs(pricing, cap.limit if np.isfinite(cap.limit) else 0.0)
    found: Relaxation | None = None
    for turn in range(1, limits.rounds + 1):
        began = time.monotonic()
        result, cuts = rounds.solve(turn)
        if result.values is None or result.row_duals is None or result.objective is None:
            break
        value = result.objective
        quotes = proofs.price(program.duals(result.row_duals), value)
        is_falling = found is None or value < found.value - _STANDSTILL * abs(value)
        found = rounds.outcome(proofs, result, quotes[0], turn)
        if on_found is not None:
            on_found(found)
        is_closed = value - proofs.bound <= limits.gap * abs(value)
        now = time.monotonic()
        is_over = now + _ROUND_SHARE * (now - began) > limits.until
        if (is_closed and cuts <= _FEW_CUTS * program.row_count) or is_over:
            break
        new = [rounds.offer(quote, -1e-8 * abs(value), limits.per_key) for quote in quotes]
        if cuts == 0 and not sum(map(len, new)):
            break
        if result.reduced_costs is not None:
            most = limits.columns if is_falling else limits.most_columns
            program.prune(result.reduced_costs, most)
        program.add_columns(join_columns(new))
    return found
