"""A process beside the one that plans: it solves relaxations, betters plans, bounds their cost."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.child import Report
from allocator.companion import Companion
from allocator.engine.dispatch_bounding import (
    TELL_SECONDS,
    KnownPrices,
    OnRelaxation,
    RelaxationRequest,
    Relaxations,
)
from allocator.engine.dispatch_cost import cost_lines
from allocator.engine.dispatch_draft import Draft
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices, dispatch_problem
from allocator.engine.dispatch_redive import redive
from allocator.engine.dispatch_relaxation import Relaxation
from allocator.solver import SolveOptions
from models.dispatch_data import DispatchData

__all__ = ["BoundingBeside", "RediveRequest"]


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


@dataclass(frozen=True)
class CostRequest:
    """Lines that bound the cost of driving, as ``dispatch_cost.cost_lines`` finds them."""

    options: SolveOptions


class _RelaxationWork:
    """What the process beside does; builds the problem once."""

    def __init__(
        self, data: DispatchData, options: SolveOptions, known: KnownPrices | None
    ) -> None:
        self._data, self._options, self._known = data, options, known
        self._relaxations: Relaxations | None = None
        self._guide: Relaxation | None = None

    def __call__(
        self, request: RelaxationRequest | RediveRequest | CostRequest, report: Report
    ) -> Relaxation | Draft | NDArray[np.float64] | None:
        """Solve a relaxation, telling now and then how far it is, better a plan, bound its cost."""
        if self._relaxations is None:
            problem = dispatch_problem(self._data)
            self._relaxations = Relaxations(problem, self._options, self._known)
        if isinstance(request, RediveRequest):
            return self._redive(self._relaxations.problem, request)
        if isinstance(request, CostRequest):
            return cost_lines(self._relaxations.problem, request.options)
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
        self, relaxations: Relaxations, request: RelaxationRequest, report: Report
    ) -> Relaxation | None:
        """Solve a relaxation."""
        told = time.monotonic()

        def tell(found: Relaxation) -> None:
            nonlocal told
            if time.monotonic() > told + TELL_SECONDS:
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

    def ask_cost(self, options: SolveOptions) -> None:
        """Ask for lines that bound the cost; returns at once."""
        self._companion.ask(CostRequest(options))

    def cost(self) -> NDArray[np.float64]:
        """Wait for those lines."""
        found: NDArray[np.float64] = self._companion.answer()
        return found

    def close(self) -> None:
        """End the process."""
        self._companion.close()
