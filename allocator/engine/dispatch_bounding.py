"""Solves the relaxations of a dispatch, each from where the last one of its stage ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from allocator.engine.dispatch_columns import (
    NO_CAP,
    UnmetCap,
    distinct_columns,
)
from allocator.engine.dispatch_duals import Asked, Duals
from allocator.engine.dispatch_prices import Ascent, Climb, first_prices
from allocator.engine.dispatch_pricing import Pricing
from allocator.engine.dispatch_problem import DispatchProblem, stage_prices
from allocator.engine.dispatch_program import RelaxationProgram
from allocator.engine.dispatch_relaxation import (
    Relaxation,
    RelaxationLimits,
    first_program,
    relax,
)
from allocator.engine.dispatch_tightening import MOST_STEPS, tightened
from allocator.engine.dispatch_transport import solve_transport
from allocator.engine.dispatch_vertices import vertex_loads
from allocator.solver import SolveOptions

__all__ = [
    "Bounding",
    "BoundingHere",
    "KnownPrices",
    "OnRelaxation",
    "RelaxationRequest",
    "Relaxations",
    "quick_relaxation",
]

TELL_SECONDS = 2.0
"""How often a relaxation that goes on is told of. [s]"""

_QUICK_STEPS = 12
"""Steps from known prices after which planning begins."""

_LIKELY = 2.0
"""Value that the first ascent heads for at least, against what stock and reach alone prove: where
prices are raised vehicles are scarce. Heading far too low costs its first twenty steps."""

_SLOW = 0.02
"""Share of the gap asked for: an ascent ends where 25 steps close less of it."""

_AGAIN = 0.4
"""First step of later ascents as a share of that of the first one."""

OnRelaxation = Callable[[Relaxation], None]


@dataclass(frozen=True)
class KnownPrices:
    """Prices from elsewhere with which the first ascent of a stage begins.

    Parameters
    ----------
    stage
        The stage.
    duals
        The prices.
    """

    stage: str
    duals: Duals


@dataclass(frozen=True)
class RelaxationRequest:
    """Which relaxation is wanted.

    Parameters
    ----------
    stage
        Stage whose prices are charged.
    until
        Reading of ``time.monotonic``, which processes of one machine share, by which to end. [s]
    gap
        Relative gap at which to stop.
    extra
        Added to the price of one weighted unit that never comes.
    cap
        Limit on the unmet need.
    by_prices
        Whether prices are raised in place of a linear program.
    """

    stage: str
    until: float
    gap: float
    extra: float = 0.0
    cap: UnmetCap = NO_CAP
    by_prices: bool = False


class Bounding(Protocol):
    """Solves relaxations of one problem, one after the other; each begins where the last ended."""

    def ask(self, request: RelaxationRequest) -> None:
        """Ask for a relaxation; the one before has been answered."""

    def is_done(self) -> bool:
        """Whether the answer is there."""

    def latest(self) -> Relaxation | None:
        """Where the relaxation that was asked for has got to."""

    def answer(self) -> Relaxation | None:
        """Wait for what was asked for; None if the solver gave no prices."""

    def close(self) -> None:
        """Let go of what it holds."""


class Relaxations:
    """The program of one problem, kept warm from relaxation to relaxation."""

    def __init__(
        self, problem: DispatchProblem, options: SolveOptions, known: KnownPrices | None = None
    ) -> None:
        self.problem, self._options = problem, options
        self._vertices = vertex_loads(problem.data)
        self._program: RelaxationProgram | None = None
        # What the last ascent of each stage ended with.
        self._prices: dict[str, Duals] = {} if known is None else {known.stage: known.duals}
        self._means: dict[str, Asked] = {}

    def solve(self, request: RelaxationRequest, on_found: OnRelaxation) -> Relaxation | None:
        """Solve one; hear of each round."""
        problem = self.problem
        prices = stage_prices(problem.data, request.stage, unmet_extra=request.extra)
        pricing = Pricing(problem, prices, self._vertices)
        if self._program is None:
            is_known = request.stage in self._prices
            if request.by_prices and pricing.has_schedules and is_known:
                return self._ascend(pricing, request, 0.0, on_found)
            transport = solve_transport(problem, prices, self._options)
            if request.by_prices and pricing.has_schedules:
                least = _LIKELY * transport.bound
                return self._ascend(pricing, request, least, on_found)
            self._program = first_program(problem, transport)
        found = relax(
            pricing,
            self._program,
            RelaxationLimits(gap=request.gap, until=request.until),
            self._options,
            cap=request.cap,
            on_found=on_found,
        )
        if found is None or not pricing.has_schedules or len(pricing.joint) == 0:
            return found
        found = tightened(pricing, found, request.cap, request.until)
        on_found(found)
        return found

    def _ascend(
        self, pricing: Pricing, request: RelaxationRequest, least: float, on_found: OnRelaxation
    ) -> Relaxation:
        """Raise the bound by prices alone, from those that the stage's last ascent ended with."""
        known = self._prices.get(request.stage)
        start, share = (first_prices(pricing), 1.0) if known is None else (known, _AGAIN)
        mean = self._means.get(request.stage)
        climb = Climb(pricing, start, least, request.cap, share, mean)
        told = time.monotonic()
        for _ in range(MOST_STEPS):
            climb.step()
            now = time.monotonic()
            is_slow = climb.is_slow(_SLOW * request.gap)
            if now > request.until or (is_slow and not climb.go_on_jointly()):
                break
            if now > told + TELL_SECONDS:
                climb.prove_jointly()
                on_found(relaxation_of(pricing, climb.outcome()))
                told = time.monotonic()
        climb.prove_jointly()
        found = relaxation_of(pricing, climb.outcome())
        self._prices[request.stage] = found.duals
        self._means[request.stage] = climb.mean
        on_found(found)
        return found


def relaxation_of(pricing: Pricing, ascent: Ascent) -> Relaxation:
    """Write an ascent as a relaxation: prices of vehicles found, equal columns put together."""
    problem = pricing.problem
    duals = pricing.quote(ascent.duals).duals
    quote = pricing.quote(duals)
    columns, use = distinct_columns(ascent.columns, ascent.use)
    lost = pricing.prices.lost + ascent.duals.unmet * problem.data.need_weight
    is_dearest = ascent.duals.need >= lost * (1 - 1e-6)
    short = np.maximum(problem.need_units - ascent.delivered, 0.0)
    return Relaxation(
        proofs=ascent.proofs,
        value=ascent.bound,
        duals=duals,
        reduced=quote.reduced,
        columns=columns,
        use=use,
        unmet_units=np.where(is_dearest, short, 0.0),
        rounds=len(ascent.proofs),
    )


def quick_relaxation(
    problem: DispatchProblem, known: KnownPrices, request: RelaxationRequest
) -> Relaxation | None:
    """Go a few steps from known prices: enough to plan by until a process beside tells more.

    Parameters
    ----------
    problem, known, request
        As for the process that is asked.

    Returns
    -------
    Relaxation | None
        None where not every pool has a number of vehicles.
    """
    prices = stage_prices(problem.data, request.stage, unmet_extra=request.extra)
    pricing = Pricing(problem, prices, vertex_loads(problem.data))
    if not pricing.has_schedules:
        return None
    climb = Climb(pricing, known.duals, 0.0, request.cap, _AGAIN)
    for _ in range(_QUICK_STEPS):
        climb.step()
    return relaxation_of(pricing, climb.outcome())


class BoundingHere:
    """Solves a relaxation in this process as soon as it is asked for.

    Parameters
    ----------
    problem, options
        The problem; threads and seed.
    on_found
        Hears of each round.
    known
        Prices to begin with.
    """

    def __init__(
        self,
        problem: DispatchProblem,
        options: SolveOptions,
        on_found: OnRelaxation,
        known: KnownPrices | None = None,
    ) -> None:
        self._relaxations = Relaxations(problem, options, known)
        self._on_found = on_found
        self._found: Relaxation | None = None

    def ask(self, request: RelaxationRequest) -> None:
        """Solve it."""
        self._found = self._relaxations.solve(request, self._on_found)

    def is_done(self) -> bool:
        """Always: it was solved when it was asked for."""
        return True

    def latest(self) -> Relaxation | None:
        """What was found."""
        return self._found

    def answer(self) -> Relaxation | None:
        """What was found."""
        return self._found

    def close(self) -> None:
        """Nothing to let go of."""
