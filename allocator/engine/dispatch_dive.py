"""Dive: from fractional vehicles of the restricted program to whole ones.

Fixes whole parts, rounds up the largest fractions that docks and pools allow, solves again from
the last basis, until every number of vehicles is whole.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_convoy_dive import round_up_together, short_groups
from allocator.engine.dispatch_draft import Draft, empty_draft, join_drafts, residual, startable
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.engine.dispatch_relaxation import Relaxation
from allocator.engine.dispatch_restricted import restricted_program
from allocator.engine.dispatch_room import Room
from allocator.solver import Session, SolveOptions

__all__ = ["DiveProgram", "candidate_trips", "dive", "guided_drafts"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_CANDIDATES, _STEP = 600, 0.3
"""Departures offered to a dive besides those the relaxation uses, and its steps."""

_LEAST_USE, _LEAST_USE_GREAT = 1e-2, 0.3
"""Vehicles by which the relaxation must use a departure for it to be offered."""

_WHOLE = 1e-6
_LEAST = 0.02
"""Fractions below this are not rounded up."""


def candidate_trips(relaxation: Relaxation, count: int, least_use: float = 1e-2) -> Integers:
    """Departures worth looking at: used by the relaxation, or of the least reduced price."""
    used = relaxation.columns.trip[relaxation.use > least_use]
    count = min(count, len(relaxation.reduced))
    if count == 0:
        return np.unique(used)
    best = np.argpartition(relaxation.reduced, count - 1)[:count]
    return np.union1d(used, best)


def dive(
    problem: DispatchProblem,
    prices: StagePrices,
    trip: Integers,
    options: SolveOptions,
    until: float,
    *,
    share: float = 0.3,
    kept: Draft | None = None,
    together: bool = True,
) -> Draft | None:
    """Find a draft with whole vehicles among some departures.

    Parameters
    ----------
    problem, prices
        The problem and what the stage charges.
    trip
        Departures to choose from, ascending.
    options
        Threads and seed.
    until
        Reading of ``time.monotonic`` after which everything left is rounded at once. [s]
    share
        Part of the vehicles still open that is rounded up in one step; less is slower and better.
    kept
        Vehicles that drive in any case, with whatever loads are best then.
    together
        Whether vehicles that need company are fixed in whole convoys; else a draft may have
        convoys that are too small.

    Returns
    -------
    Draft | None
        None if the solver failed.
    """
    kept = empty_draft(problem) if kept is None else kept
    trip = trip[startable(problem, residual(problem, kept), trip) > 0]
    program = DiveProgram(problem, prices, np.union1d(trip, kept.trip), options)
    return program.dive(kept, trip, until, share=share, together=together)


def guided_drafts(
    problem: DispatchProblem,
    prices: StagePrices,
    relaxation: Relaxation,
    options: SolveOptions,
    until: float,
    *,
    is_great: bool,
) -> Iterator[Draft]:
    """Dive among the departures that a relaxation points to; twice where vehicles need company.

    Parameters
    ----------
    problem, prices, options, until
        As for ``dive``.
    relaxation
        The guide.
    is_great
        Whether it was made by prices, and uses many departures a little.
    """
    least_use = _LEAST_USE_GREAT if is_great else _LEAST_USE
    trips = candidate_trips(relaxation, _CANDIDATES, least_use)
    # Whole convoys from the beginning, or mended afterwards: now one is better, now the other.
    for together in (False, True) if len(problem.convoys) else (False,):
        draft = dive(problem, prices, trips, options, until, share=_STEP, together=together)
        if draft is not None:
            yield draft


class DiveProgram:
    """Program over some departures, kept warm from dive to dive.

    Parameters
    ----------
    problem, prices
        The problem and what the stage charges.
    trip
        Departures that may ever drive, ascending.
    options
        Threads and seed.
    outside
        Vehicles that drive with the loads they have, by other departures; None for nobody.
    """

    def __init__(
        self,
        problem: DispatchProblem,
        prices: StagePrices,
        trip: Integers,
        options: SolveOptions,
        outside: Draft | None = None,
    ) -> None:
        self._problem = problem
        self._outside = empty_draft(problem) if outside is None else outside
        self._random = np.random.default_rng(options.seed)
        self.trip = trip
        everything = residual(problem, self._outside)
        most = startable(problem, everything, trip)
        self._restricted = restricted_program(problem, prices, everything, trip, most, whole=False)
        self._session = Session(self._restricted.program)
        self._plain = SolveOptions(threads=options.threads, seed=options.seed)
        # Nothing to begin with: the interior-point method is several times as quick.
        self._next = SolveOptions(
            threads=options.threads, seed=options.seed, highs={"solver": "ipm"}
        )

    def value(self, draft: Draft) -> float:
        """What the program charges for a draft, those outside apart."""
        need = residual(self._problem, self._outside).need
        start = self._restricted.start(self._problem, draft, need)
        return float(self._restricted.program.cost @ start)

    def dive(
        self,
        kept: Draft,
        offered: Integers,
        until: float,
        *,
        share: float,
        noise: float = 0.0,
        together: bool = True,
        below: float = np.inf,
    ) -> Draft | None:
        """Find a draft with whole vehicles; None if the solver failed, or if it gets too dear.

        Parameters
        ----------
        kept
            Vehicles that drive in any case, with whatever loads are best then; all of them depart
            as the program knows.
        offered
            Departures that may drive besides; others of the program than these do not.
        until, share, together
            As for ``dive``.
        noise
            Most that is added at random to a fraction when the largest are chosen.
        below
            Value, as ``value`` tells it, that the draft must be below. Fixing vehicles never makes
            the program cheaper, so a dive ends where it comes to that.

        Returns
        -------
        Draft | None
            Vehicles outside are not in it.
        """
        problem, trip = self._problem, self.trip
        together = together and len(problem.convoys) > 0
        if len(trip) == 0:
            return empty_draft(problem)
        free = residual(problem, join_drafts(self._outside, kept))
        fixed = np.zeros(len(trip))
        fixed[np.searchsorted(trip, kept.trip)] = kept.vehicles
        most = np.where(np.isin(trip, offered), startable(problem, free, trip), 0.0)
        most = np.where(fixed > 0, fixed, most)
        room = Room(problem, trip, free.dock.copy(), free.vehicle.copy())
        every = np.arange(len(trip))
        while True:
            self._session.change_column_bounds(every, fixed, np.maximum(most, fixed))
            result = self._session.solve(self._next)
            if result.values is None:
                return None
            self._next = self._plain
            if float(self._restricted.program.cost @ result.values) >= below - _WHOLE * abs(below):
                return None
            vehicles = result.values[: len(trip)]
            is_whole = bool((np.abs(vehicles - np.rint(vehicles)) <= _WHOLE).all())
            if is_whole and not (together and len(short_groups(room, vehicles))):
                return self._restricted.draft(problem, result.values)
            now = share if time.monotonic() < until else 1.0
            added = self._random.uniform(0.0, noise, len(trip)) if noise else None
            round_up = round_up_together if together else _round_up
            most = round_up(room, vehicles, fixed, most, now, added)


def _round_up(
    room: Room,
    vehicles: Floats,
    fixed: Floats,
    most: Floats,
    share: float,
    added: Floats | None = None,
) -> Floats:
    """Fix whole parts and the largest fractions; return the new upper limits.

    ``fixed`` is changed in place. A departure without room for one more keeps what it has.
    ``added`` counts for the order of the fractions.
    """
    most = most.copy()
    rest = vehicles - fixed
    open_vehicles = float(rest.sum())
    got = 0.0
    for position in np.flatnonzero(rest >= 1 - _WHOLE):
        taken = room.take(int(position), np.floor(rest[position] + _WHOLE))
        fixed[position] += taken
        got += taken
    fraction = vehicles - np.maximum(fixed, np.floor(vehicles + _WHOLE))
    quota = max(3.0, share * open_vehicles)
    is_stuck = got == 0
    rank = fraction if added is None else np.where(fraction < _LEAST, 0.0, fraction + added)
    for position in np.argsort(-rank, kind="stable"):
        if fraction[position] < _LEAST or got >= quota:
            break
        taken = room.take(position, 1.0)
        fixed[position] += taken
        got += taken
        if taken == 0:
            most[position] = fixed[position]
        else:
            is_stuck = False
    return np.minimum(most, fixed) if is_stuck else most
