"""The best plan of a dispatch so far, against what is proven about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_outcome import DispatchOutcome, StageOutcome
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.engine.dispatch_proofs import LEXICOGRAPHIC, Proofs
from allocator.engine.dispatch_trimming import trimmed_result
from allocator.engine.dispatch_vehicles import VehiclePlan, result_loads
from allocator.solver import relative_gap
from models.dispatch_values import DispatchResult, dispatch_values

__all__ = ["Standing"]

Floats = NDArray[np.float64]

_GIVES = 0.5
"""Part of the gap asked for that a stage may give for a plan that is more like the former one."""


@dataclass
class _Found:
    """A plan with the values of its stages, and what its departures cost besides."""

    result: DispatchResult
    values: dict[str, float]
    besides: float


class Standing:
    """Keeps the best plan of one problem, and says how far it is from its bounds.

    Parameters
    ----------
    problem
        The problem.
    stages
        ``("unmet", "waiting", "cost")`` for lives, else the one stage.
    gap
        Relative gap asked for.
    departure
        What each departure costs besides, shape (trip,); None for nothing.
    """

    def __init__(
        self,
        problem: DispatchProblem,
        stages: tuple[str, ...],
        gap: float,
        departure: Floats | None = None,
    ) -> None:
        self.problem, self.stages, self.gap = problem, stages, gap
        self._departure = departure
        self.is_lives = "waiting" in stages
        self.headline = "waiting" if self.is_lives else stages[0]
        self.extra = problem.data.deadline_hours if self.is_lives else 0.0
        """Price of unmet need on top of what the headline stage charges, while planning."""
        self.proofs = Proofs(stages, self.headline)
        self._best: _Found | None = None

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan yet."""
        return self._best is not None

    def offer(self, plan: VehiclePlan) -> bool:
        """Keep a plan if it is the best so far; return whether it is.

        Raises
        ------
        RuntimeError
            If a convoy of it is too small: only plans that keep all rules may count.
        """
        result = plan.result()
        if len(self.problem.convoys.short(result.trip)):
            raise RuntimeError("a plan counts before its convoys were mended")
        values = dispatch_values(self.problem.data, self.problem.table, result)
        found = _Found(result, values, self._besides(result))
        if self._best is not None and self._total(found) >= self._total(self._best):
            return False
        self._best = found
        return True

    def settle(self, plan: VehiclePlan, saved: float) -> bool:
        """Keep a plan that is worth it for what it saves besides; return whether it is kept.

        No stage gives more than half of the gap asked for.

        Parameters
        ----------
        plan
            The plan.
        saved
            What it saves besides, in the unit of the headline stage.
        """
        best, result = self._known(), plan.result()
        values = dispatch_values(self.problem.data, self.problem.table, result)
        found = _Found(result, values, self._besides(result))
        most = {stage: best.values[stage] * (1 + _GIVES * self.gap) + 1e-9 for stage in self.stages}
        if any(values[stage] > most[stage] for stage in self.stages):
            return False
        # While planning unmet need may cost much more than this, only to keep it down.
        extra = self.problem.data.deadline_hours if self.is_lives else 0.0
        if self._total(best, extra) + saved <= self._total(found, extra):
            return False
        self._best = found
        return True

    def _besides(self, result: DispatchResult) -> float:
        """What the departures of a plan cost besides."""
        return 0.0 if self._departure is None else float(self._departure[result.trip].sum())

    def plan(self, prices: StagePrices) -> VehiclePlan:
        """Return the best plan so far, ready to be changed.

        Parameters
        ----------
        prices
            What the stage charges.

        Raises
        ------
        RuntimeError
            If there is none.
        """
        result = self._known().result
        return VehiclePlan(self.problem, prices, result.trip, result_loads(self.problem, result))

    def total(self) -> float:
        """Value of the best plan that planning minimises; infinite without one."""
        return np.inf if self._best is None else self._total(self._best)

    def value(self) -> float | None:
        """Headline value of the best plan; None without one."""
        return None if self._best is None else self._best.values[self.headline]

    def unmet(self) -> float | None:
        """Unmet need of the best plan; None without one. [weighted units]."""
        return None if self._best is None else self._best.values["unmet"]

    def bound(self) -> float:
        """Bound of the headline stage for plans that keep the best one's unmet need."""
        return self.proofs.headline_bound(self.unmet())

    def is_headline_closed(self) -> bool:
        """Whether the headline stage is within the gap asked for."""
        gap = relative_gap(self.value(), self.bound())
        return self.has_plan and gap is not None and gap <= self.gap

    def is_unmet_closed(self) -> bool:
        """Whether the unmet stage is within the gap asked for."""
        return self.proofs.unmet_gap(self.unmet()) <= self.gap

    def target(self, *, is_headline_only: bool) -> float:
        """Value at which a draft is good enough, with some reserve for whole units.

        Parameters
        ----------
        is_headline_only
            Whether the best plan's unmet need is taken as it is.
        """
        reserve = 1 - max(0.6 * self.gap, self.gap - 0.003)
        if is_headline_only and self._best is not None:
            return self.bound() / reserve + self.extra * self._best.values.get("unmet", 0.0)
        return (self.bound() + self.extra * self.proofs.bounds.get("unmet", 0.0)) / reserve

    def trim(self, until: float = float("inf")) -> None:
        """Take vehicles out of the best plan, where the stages before cost allow it.

        Parameters
        ----------
        until
            Reading of ``time.monotonic`` at which to stop. [s]
        """
        best = self._known()
        share = LEXICOGRAPHIC if self.is_lives else None
        given = (self.problem, self.headline, best.result, best.values, share, until)
        result = trimmed_result(*given, self._departure)
        values = dispatch_values(self.problem.data, self.problem.table, result)
        top = best.values[self.headline] * (1.0 + (share or 0.0))
        is_kept = len(self.problem.convoys.short(result.trip)) == 0
        is_kept &= values["unmet"] <= best.values["unmet"] * (1 + 1e-9) + 1e-9
        if is_kept and values[self.headline] <= top + 1e-9:
            self._best = _Found(result, values, self._besides(result))

    def outcome(self, seconds: dict[str, float]) -> DispatchOutcome:
        """Return the best plan with what is proven about it.

        Parameters
        ----------
        seconds
            Time that each stage took, by stage. [s]

        Raises
        ------
        RuntimeError
            If there is no plan.
        """
        best = self._known()
        bounds = {**self.proofs.bounds, self.headline: self.bound()}
        stages = [
            StageOutcome(stage, best.values[stage], bounds[stage], seconds.get(stage, 0.0))
            for stage in self.stages
        ]
        return DispatchOutcome.of(self.problem.data, self.problem.table, best.result, stages)

    def _total(self, found: _Found, extra: float | None = None) -> float:
        """Value that planning minimises, maybe at another price of unmet need."""
        values, price = found.values, self.extra if extra is None else extra
        return values[self.headline] + price * values["unmet"] + found.besides

    def _known(self) -> _Found:
        """Return the best plan, which is there."""
        if self._best is None:
            raise RuntimeError("a plan without vehicles is a plan, so there is always one")
        return self._best
