"""One stage of placement by decomposition: cuts for the bound, real flows for the plan.

Benders (1962) with a cut for each block. First the linear relaxation, with the point at which cuts
are made held back towards the last good one (Ben-Ameur and Neto 2007); then branch and cut over
the choices, each promising choice polished with its stock set free.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from allocator.engine.incumbent import Harvest, Incumbent
from allocator.engine.master import Master, Point
from allocator.engine.pace import PATIENT, Pace
from allocator.engine.recourse import Evaluation, Recourse, Weights
from allocator.engine.recourse_pricing import faithful_weights, price_point
from allocator.solver import Progress, SolveOptions, SolveResult, Status, relative_gap
from models.placement_data import Criterion, PlacementData, StageRule
from models.valuation import risk_value

__all__ = ["StageSearch"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WARM = {"presolve": "off", "solver": "simplex", "dual_feasibility_tolerance": 1e-10}
"""The tolerance is that of prices for a full warehouse."""

_DUAL = SolveOptions(highs={**_WARM, "simplex_dual_edge_weight_strategy": 1})
"""Devex weights: exact ones would be computed anew for every basis that rows were added to."""

_PRIMAL = SolveOptions(highs={**_WARM, "simplex_strategy": 4})
"""For a stage that has just begun: its costs are new, and then nearly all of its cuts."""

_NEW_ROUNDS = 2
"""Rounds of the relaxation in which that is so."""

_RELAX_SHARE = 0.25
"""Part of the time after which the relaxation makes room for the search for plans."""

_RELAX_ROUNDS = 60
_QUIET_ROUNDS = 3
"""Rounds without cuts for the limits, after one in which there were none to make."""

_STALL_ROUNDS = 4
_PURGE_EVERY = 6
"""Rounds of the relaxation after which cuts are dropped that had no price in any of them."""


_VIOLATION = 1e-7
"""A cut that is broken by less is not worth a row, scaled."""

_LIMIT_SHARE, _LIMIT_TOLERANCE = 1e-7, 1e-6
"""By how much rounding in sums may pass a limit: share, and scaled."""

_INSIDE, _BARELY = 0.25, 5e-5
"""Part of the way from a limit to what was reached that a way to whole choices keeps free, and the
share of a limit where that is not known."""

_WORTHWHILE = 0.05
"""Share of the gap by which a choice must promise to be better than the best plan."""


class StageSearch:
    """Search for the best plan of one stage.

    Parameters
    ----------
    data, master, recourse
        The problem; the master is set to the stage.
    rule, limits
        What is minimised, and scaled risk values to be kept.
    gap
        Relative gap at which to stop.
    deadline
        End on the clock of ``time.monotonic``.
    options
        Threads and seed.
    report
        Hears the progress.
    limited
        The recourse of the limited criteria alone, where that is much the smaller one: its cuts say
        at every point what a limit still allows.
    reached
        What earlier stages reached of the limited criteria, scaled.
    """

    def __init__(
        self,
        data: PlacementData,
        master: Master,
        recourse: Recourse,
        rule: StageRule,
        limits: Mapping[Criterion, float],
        gap: float,
        deadline: float,
        options: SolveOptions,
        report: Callable[[Progress], None] | None = None,
        limited: Recourse | None = None,
        reached: Mapping[Criterion, float] | None = None,
    ) -> None:
        self.data, self.master, self.recourse, self._limited = data, master, recourse, limited
        self.rule, self.limits, self.gap, self.deadline = rule, dict(limits), gap, deadline
        self.options, self.report, self.reached = options, report, dict(reached or {})
        self.bound = -np.inf
        self.is_refuted = False
        self.best: Incumbent | None = None
        self.relaxed: Point | None = None
        self.held: Point | None = None
        self.weights: Weights = faithful_weights(recourse, rule)
        self._criterion = master.criteria.index(rule.criterion)
        self._began = time.monotonic()
        self._said = -np.inf
        self._quiet = 0
        self._slack: frozenset[Criterion] = frozenset()
        self._pace = Pace(master, deadline)

    # --- bookkeeping ------------------------------------------------------------------------

    def is_over(self) -> bool:
        """Whether the time is up or the gap closed."""
        if time.monotonic() >= self.deadline:
            return True
        gap = relative_gap(self.best.objective, self.bound) if self.best else None
        return gap is not None and gap <= self.gap

    def tell(self) -> None:
        """Report the progress, twice a second at most."""
        now = time.monotonic()
        if self.report is None or now - self._said < 0.5:
            return
        self._said = now
        incumbent = self.best.objective if self.best else None
        bound = self.bound if np.isfinite(self.bound) else None
        gap = relative_gap(incumbent, bound)
        self.report(Progress(self.rule.stage, now - self._began, incumbent, bound, gap))

    def ceiling(self) -> float:
        """Objective of the best plan, which no bound passes."""
        return self.best.objective if self.best else np.inf

    def raise_bound(self, bound: float) -> None:
        """Note what the relaxation of the whole proves."""
        self.bound = max(self.bound, min(bound, self.ceiling()))

    def cutoff(self) -> float:
        """Bound at which a choice is not worth looking into."""
        return self.ceiling() - 0.9 * self.gap * abs(self.ceiling()) if self.best else np.inf

    def worthwhile(self) -> float:
        """Bound at which polishing a choice is not worth the time.

        A stage with limits starts from a poor plan and gets far by small steps.
        """
        if self.best is None or not self.limits:
            return self.cutoff()
        return self.ceiling() - _WORTHWHILE * self.gap * abs(self.ceiling())

    def risk(self, values: Floats, criterion: int) -> float:
        """Scaled risk value of block values, shape (block, criterion)."""
        totals = self.recourse.scenario_values(values[:, [criterion]])[:, 0]
        return risk_value(totals, self.data.probability, self.data.risk)

    def objective(self, point: Point, values: Floats) -> float:
        """Scaled objective of block values, shape (block, criterion), at a point."""
        joined = self.risk(values, self._criterion)
        if not self.rule.counts_first_stage:
            return joined
        yearly = float(point.values[self.master.yearly_column])
        return yearly + self.data.first_stage.disasters_per_year * joined

    def _kept_limits(self, values: Floats) -> frozenset[Criterion]:
        """Limits of earlier stages that block values, shape (block, criterion), keep."""
        return frozenset(
            c
            for c, limit in self.limits.items()
            if self.risk(values, self.master.criteria.index(c))
            <= limit * (1.0 + _LIMIT_SHARE) + _LIMIT_TOLERANCE
        )

    def inner_limits(self, most: float) -> dict[Criterion, float]:
        """Limits a little on this side of those of earlier stages.

        A way to whole choices that stays inside these ends where the others leave some room: at the
        very limit there often is no plan, and to find that out takes long.

        Parameters
        ----------
        most
            How far inside at most, as a share of a limit; no further than a part of the way to what
            an earlier stage reached, if that is known.
        """
        inside = {c: _BARELY * limit for c, limit in self.limits.items()}
        inside |= {c: _INSIDE * (self.limits[c] - value) for c, value in self.reached.items()}
        return {c: limit - min(most * limit, inside[c]) for c, limit in self.limits.items()}

    def _keeps_limits(self, values: Floats) -> bool:
        """Whether block values keep the limits of earlier stages."""
        return len(self._kept_limits(values)) == len(self.limits)

    def prices(self, solved: SolveResult) -> Weights:
        """Prices at which the next cuts are made, by scenario.

        Those of the master, but a limit that the last flows kept gets none. The master cannot find
        that out: as long as all cuts were made at one price of a limit, that price is one of its
        optimal prices again, and the cuts at it understate every point that keeps the limit anyway.
        A price that is needed comes back with the cuts that say the limit is passed.
        """
        weights = self.master.weights(solved, self.rule)
        return [{c: 0.0 if c in self._slack else w for c, w in own.items()} for own in weights]

    # --- steps ------------------------------------------------------------------------------

    def solve(self, options: SolveOptions = _DUAL, patience: int = PATIENT) -> SolveResult | None:
        """Solve the master's relaxation as it stands; None where it has no plan.

        Options and patience are those of ``Pace.solve``.
        """
        solved = self._pace.solve(options, patience)
        is_open = solved.status not in (Status.OPTIMAL, Status.INFEASIBLE)
        if is_open and patience >= PATIENT and not self.is_over():
            # Trouble with numbers, not with time: the other simplex method goes another way.
            solved = self._pace.solve(_DUAL if options is _PRIMAL else _PRIMAL)
        # Only a proof that nothing is there may close a branch; a solver in trouble proves nothing.
        self.is_refuted = solved.status is Status.INFEASIBLE
        if solved.status is not Status.OPTIMAL or solved.values is None:
            return None
        self.master.age_cuts(solved)
        return solved

    def harvest(self, point: Point, weights: Weights, where: Point | None = None) -> Harvest:
        """Evaluate the recourse at a point and add the cuts that the point breaks.

        Parameters
        ----------
        point
            Point of the master that shall be cut off.
        weights
            Prices of the criteria, by scenario.
        where
            Point at which the cuts are made, if it is another one.
        """
        place = point if where is None else where
        evaluation = self.recourse.evaluate(place, weights)
        added = self._add(evaluation, point)
        self._slack = self._kept_limits(evaluation.values)
        keeps = len(self._slack) == len(self.limits)
        withstands = self.recourse.withstands_losses(place)
        self._quiet -= 1
        knows_all = may_keep = False
        if self._limited is not None:
            found = self._limited.evaluate(place, self._limit_weights())
            added += self._add(found, point)
            knows_all = self.limits.keys() <= set(self._limited.criteria)
            may_keep = knows_all and withstands and self._can_keep(found.values)
        if not keeps and (not added or (self._quiet < 0 and not knows_all)):
            # Prices that do not know of a limit make no cuts that say it is passed.
            more = self._add(self.recourse.evaluate(place, self._limit_weights()), point)
            self._quiet = 0 if more else _QUIET_ROUNDS
            added += more
        return Harvest(added, evaluation.values, keeps and withstands, may_keep)

    def _can_keep(self, least: Floats) -> bool:
        """Whether the least values of the limited criteria, shape (block, criterion), keep them."""
        of = self._limited.criteria if self._limited is not None else ()
        return all(
            self.risk(least, of.index(c)) <= limit * (1.0 + _LIMIT_SHARE) + _LIMIT_TOLERANCE
            for c, limit in self.limits.items()
        )

    def cut_off(self, solved: SolveResult) -> int:
        """Add the cuts that the point of a relaxation breaks; return how many."""
        return self.harvest(self.master.point(np.asarray(solved.values)), self.prices(solved)).added

    def cut_off_limits(self, solved: SolveResult) -> int:
        """Add what a small recourse says of the limits at the point of a relaxation."""
        if self._limited is None:
            return 0
        point = self.master.point(np.asarray(solved.values))
        return self._add(self._limited.evaluate(point, self._limit_weights()), point)

    def _add(self, evaluation: Evaluation, point: Point) -> int:
        """Add the cuts that a point breaks; return how many."""
        violation = self.master.violation
        broken = [cut for cut in evaluation.cuts if violation(cut, point) > _VIOLATION]
        self.master.add_cuts(broken)
        return len(broken)

    def _own_weights(self) -> Weights:
        """Prices that count only what the stage minimises."""
        weights: dict[Criterion, float] = {self.rule.criterion: 1.0}
        return [weights] * len(self.data.scenarios)

    def _limit_weights(self) -> Weights:
        """Prices that count only what is limited."""
        weights: dict[Criterion, float] = dict.fromkeys(self.limits, 1.0)
        return [weights] * len(self.data.scenarios)

    def relax(self, start: Point | None) -> Point | None:
        """Solve the relaxation by cuts; return the last point at which cuts were made.

        Parameters
        ----------
        start
            A point to hold back to, such as the last one of the stage before.
        """
        master, held = self.master, start
        master.free_bounds()
        if held is not None and self.limits:
            # The master knows nothing yet of what is minimised: its first point is no guide.
            self.harvest(held, self._own_weights())
        best, share = np.inf, 0.5
        bounds: list[float] = []
        now = time.monotonic()
        end = now + _RELAX_SHARE * (self.deadline - now)
        for _ in range(_RELAX_ROUNDS):
            if bounds and time.monotonic() >= end:
                break
            solved = self.solve(_PRIMAL if len(bounds) < _NEW_ROUNDS else _DUAL)
            if solved is None or solved.values is None:
                return None
            self.bound = max(self.bound, float(solved.objective or 0.0))
            bounds.append(self.bound)
            if len(bounds) % _PURGE_EVERY == 0:
                master.purge_cuts(_PURGE_EVERY)
            if self._has_stalled(bounds):
                break
            self.weights = self.prices(solved)
            point = self.relaxed = master.point(solved.values)
            held = self.held = point if held is None else point.mixed(held, share)
            harvest = self.harvest(point, self.weights, held)
            if harvest.keeps_limits:
                best = min(best, self.objective(held, harvest.values))
            self.tell()
            if np.isfinite(best) and best - self.bound <= 0.05 * self.gap * abs(best):
                break
            if not harvest.added and share == 1.0:
                break
            share = 0.5 if harvest.added else 1.0
        master.purge_cuts(1)
        return held

    def _has_stalled(self, bounds: list[float]) -> bool:
        """Whether the last rounds of cuts have hardly raised the bound."""
        if len(bounds) <= _STALL_ROUNDS:
            return False
        return bounds[-1] - bounds[-1 - _STALL_ROUNDS] <= 0.05 * self.gap * abs(bounds[-1])

    def bound_of(self, choice: Floats) -> float:
        """Bound that the cuts at hand prove for a choice, shape (option,), whole."""
        self.master.fix_choice(choice)
        solved = self.solve()
        if solved is None:
            return np.inf if self.is_refuted else -np.inf
        return float(solved.objective or 0.0)

    def consider(self, point: Point, weights: Weights) -> bool:
        """Price a first stage and keep it if it is the best plan; return whether it is.

        Parameters
        ----------
        point
            With whole choices.
        weights
            Prices of the criteria to begin with, by scenario.
        """
        priced = price_point(self.recourse, point, self.rule, self.limits, weights, self.deadline)
        broken = [cut for cut in priced.cuts if self.master.violation(cut, point) > _VIOLATION]
        self.master.add_cuts(broken)
        if not self._keeps_limits(priced.values) or not self.recourse.withstands_losses(point):
            return False
        objective = self.objective(point, priced.values)
        if objective >= self.ceiling():
            return False
        self.best = Incumbent(self.master.options(point.choice), priced, objective)
        return True
