"""Who solves the relaxations of a dispatch: this process, or one beside it while this one plans."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allocator.child import Report
from allocator.companion import Companion
from allocator.engine.dispatch_columns import (
    NO_CAP,
    UnmetCap,
    distinct_columns,
)
from allocator.engine.dispatch_draft import Draft
from allocator.engine.dispatch_duals import Asked, Duals
from allocator.engine.dispatch_prices import Ascent, Climb, first_prices
from allocator.engine.dispatch_pricing import Pricing
from allocator.engine.dispatch_problem import (
    DispatchProblem,
    StagePrices,
    dispatch_problem,
    stage_prices,
)
from allocator.engine.dispatch_program import RelaxationProgram
from allocator.engine.dispatch_redive import redive
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
from models.dispatch_data import DispatchData

__all__ = [
    "Bounding",
    "BoundingBeside",
    "BoundingHere",
    "KnownPrices",
    "RediveRequest",
    "RelaxationRequest",
]

_TELL_SECONDS = 2.0
"""How often a relaxation that goes on is told of. [s]"""

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


@dataclass(frozen=True)
class RediveRequest:
    """A plan whose trips are to be planned anew, guided by the last relaxation but for the unmet.

    Parameters
    ----------
    prices, draft, target, until, options, warehouses
        As for ``dispatch_redive.redive``.
    """

    prices: StagePrices
    draft: Draft
    target: float
    until: float
    options: SolveOptions
    warehouses: NDArray[np.bool_]


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


class _Relaxations:
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
                return self._ascend(pricing, request, transport.bound, on_found)
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
            if now > request.until or (climb.is_slow() and not climb.go_on_jointly()):
                break
            if now > told + _TELL_SECONDS:
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
        self._relaxations = _Relaxations(problem, options, known)
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


class _RelaxationWork:
    """What the process beside does; builds the problem once."""

    def __init__(
        self, data: DispatchData, options: SolveOptions, known: KnownPrices | None
    ) -> None:
        self._data, self._options, self._known = data, options, known
        self._relaxations: _Relaxations | None = None
        self._guide: Relaxation | None = None

    def __call__(
        self, request: RelaxationRequest | RediveRequest, report: Report
    ) -> Relaxation | Draft | None:
        """Solve a relaxation, telling now and then how far it is, or better a plan."""
        if self._relaxations is None:
            problem = dispatch_problem(self._data)
            self._relaxations = _Relaxations(problem, self._options, self._known)
        if isinstance(request, RediveRequest):
            return self._redive(self._relaxations.problem, request)
        found = self._relax(self._relaxations, request, report)
        if request.stage != "unmet" and found is not None:
            self._guide = found
        return found

    def _redive(self, problem: DispatchProblem, request: RediveRequest) -> Draft:
        """Better a plan; it comes back as it is where there is no relaxation yet."""
        if self._guide is None:
            return request.draft
        return redive(
            problem,
            request.prices,
            request.draft,
            self._guide,
            target=request.target,
            until=request.until,
            options=request.options,
            warehouses=request.warehouses,
        )

    def _relax(
        self, relaxations: _Relaxations, request: RelaxationRequest, report: Report
    ) -> Relaxation | None:
        """Solve a relaxation."""
        told = time.monotonic()

        def tell(found: Relaxation) -> None:
            nonlocal told
            if time.monotonic() > told + _TELL_SECONDS:
                report.best(found)
                told = time.monotonic()

        return relaxations.solve(request, tell)


class BoundingBeside:
    """Has relaxations solved by a process beside this one.

    Parameters
    ----------
    problem, options
        The problem; threads and seed.
    on_found
        Hears of rounds, when it is looked after.
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
        self._companion = Companion(_RelaxationWork(problem.data, options, known))
        self._on_found = on_found
        self._latest: Relaxation | None = None

    def ask(self, request: RelaxationRequest) -> None:
        """Hand it over; returns at once."""
        self._companion.ask(request)

    def is_done(self) -> bool:
        """Whether the answer is there; hears what came meanwhile."""
        is_done = self._companion.is_ready()
        self._hear()
        return is_done

    def _hear(self) -> None:
        found = self._companion.best()
        if isinstance(found, Relaxation) and found is not self._latest:
            self._latest = found
            self._on_found(found)

    def latest(self) -> Relaxation | None:
        """What was heard last."""
        return self._latest

    def answer(self) -> Relaxation | None:
        """Wait for it."""
        found: Relaxation | None = self._companion.answer()
        if found is not None:
            self._latest = found
            self._on_found(found)
        return found

    def redive(self, request: RediveRequest) -> None:
        """Hand over a plan to be bettered; returns at once."""
        self._companion.ask(request)

    def redived(self) -> Draft:
        """Wait for that plan."""
        found: Draft = self._companion.answer()
        return found

    def close(self) -> None:
        """End the process."""
        self._companion.close()
