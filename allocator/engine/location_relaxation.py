"""Linear relaxation of the uncapacitated problem in a persistent HiGHS session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.location_market import Market
from allocator.errors import InfeasibleError
from allocator.solver import LinearProgram, Session, SolveOptions, Status
from models.parts.median_cuts import CutRows, NearestFirst, nearest_first, violated_cuts

__all__ = ["Relaxation", "RelaxedPoint"]

FloatArray = NDArray[np.float64]

#: How slack a cut must be to be thrown out, relative to its level.
_PRUNE_SLACK = 1e-4


#: Largest lane cost inside the relaxation.
_LARGEST_COST = 1e5


@dataclass(frozen=True)
class RelaxedPoint:
    """Optimum of the relaxation.

    Parameters
    ----------
    objective
        Bound on the cost of all plans within the limits.
    share, reduced_costs
        Open shares and what opening more would add to the objective, shape (warehouse,).
    values
        All columns, costs scaled.
    """

    objective: float
    share: FloatArray
    reduced_costs: FloatArray
    values: FloatArray


def _scale_of(market: Market) -> float:
    """Return the factor that makes the largest cost ``_LARGEST_COST``."""
    finite = market.lane_cost[np.isfinite(market.lane_cost)]
    largest = max(float(finite.max(initial=0.0)), float(market.opening_cost.max(initial=0.0)))
    return _LARGEST_COST / largest if largest > 0.0 else 1.0


class Relaxation:
    """Open shares ``y`` of the warehouses, then the cost ``theta`` of each district, and cuts.

    Costs are scaled inside, so that HiGHS' absolute tolerances mean the same in any unit.

    Parameters
    ----------
    market
        What is to be relaxed.
    """

    def __init__(self, market: Market) -> None:
        self.warehouses, self.districts = market.lane_cost.shape
        self._scale = _scale_of(market)
        self.order: NearestFirst = nearest_first(market.lane_cost * self._scale)
        rows, lower, upper = self._permanent_rows(market)
        self._permanent = int(lower.size)
        self.session = Session(
            LinearProgram(
                np.concatenate([market.opening_cost * self._scale, np.ones(self.districts)]),
                0.0,
                np.concatenate([market.fixed_open.astype(np.float64), self.order.cost[0]]),
                np.concatenate([np.ones(self.warehouses), np.full(self.districts, np.inf)]),
                np.zeros(self.warehouses + self.districts, dtype=np.bool_),
                rows,
                lower,
                upper,
            )
        )
        self._cuts = sparse.csr_array((0, self.warehouses + self.districts))
        self._levels: FloatArray = np.zeros(0)

    def _permanent_rows(self, market: Market) -> tuple[sparse.csr_array, FloatArray, FloatArray]:
        """Return the row on the number of warehouses, and one per district that few can reach."""
        reach = np.isfinite(market.lane_cost)
        some = np.flatnonzero(~reach.all(axis=0))
        open_part = np.vstack([np.ones((1, self.warehouses)), reach[:, some].T.astype(np.float64)])
        rows = sparse.hstack(
            [sparse.csr_array(open_part), sparse.csr_array((open_part.shape[0], self.districts))],
            format="csr",
        )
        lower = np.ones(1 + some.size)
        upper = np.full(1 + some.size, np.inf)
        if market.count is not None:
            lower[0] = upper[0] = float(market.count)
        return rows, lower, upper

    def set_limits(self, lower: FloatArray, upper: FloatArray) -> None:
        """Set bounds of the open shares, each of shape (warehouse,)."""
        self.session.change_column_bounds(np.arange(self.warehouses), lower, upper)

    def solve(self, options: SolveOptions) -> RelaxedPoint | None:
        """Solve with the cuts at hand; None where that did not come to an end.

        Raises
        ------
        InfeasibleError
            If no open shares keep the limits.
        """
        answer = self.session.solve(options)
        if answer.status is Status.INFEASIBLE:
            raise InfeasibleError("no open shares keep the limits")
        optimal = answer.status is Status.OPTIMAL and answer.objective is not None
        if not optimal or answer.values is None or answer.reduced_costs is None:
            return None
        return RelaxedPoint(
            float(answer.objective or 0.0) / self._scale,
            answer.values[: self.warehouses],
            answer.reduced_costs[: self.warehouses] / self._scale,
            answer.values,
        )

    def cut_at(self, opened: FloatArray) -> None:
        """Add the cuts of a plan, shape (warehouse,), before anything is solved."""
        nowhere, nothing = np.zeros(self.warehouses), np.zeros(self.districts)
        self._add(violated_cuts(self.order, nowhere, nothing, opened, tolerance=0.0))

    def cut(self, point: RelaxedPoint, at: FloatArray, tolerance: float) -> int:
        """Add the cuts at a point that a solution violates; return how many.

        Parameters
        ----------
        point
            Solution of the relaxation.
        at
            Open shares whose cuts are taken, shape (warehouse,).
        tolerance
            Least violation, relative to the level of the cut.
        """
        cost = point.values[self.warehouses :]
        return self._add(violated_cuts(self.order, point.share, cost, at, tolerance=tolerance))

    def _add(self, cuts: CutRows) -> int:
        """Add cuts to the session; return how many."""
        count = int(cuts.level.size)
        if count:
            block = self._block(cuts)
            self.session.add_rows(cuts.level, np.full(count, np.inf), block)
            self._cuts = sparse.vstack([self._cuts, block], format="csr")
            self._levels = np.concatenate([self._levels, cuts.level])
        return count

    def _block(self, cuts: CutRows) -> sparse.csr_array:
        """Return cuts as rows over all columns."""
        count = cuts.level.size
        entries = np.concatenate([cuts.coefficient, np.ones(count)])
        row = np.concatenate([cuts.row, np.arange(count)])
        column = np.concatenate([cuts.warehouse, self.warehouses + cuts.district])
        shape = (count, self.warehouses + self.districts)
        return sparse.csr_array((entries, (row, column)), shape=shape)

    def prune(self, point: RelaxedPoint) -> None:
        """Throw out the cuts that are far from binding at a solution."""
        slack = self._cuts @ point.values - self._levels
        loose = slack > _PRUNE_SLACK * np.maximum(1.0, np.abs(self._levels))
        if loose.any():
            self.session.delete_rows(self._permanent + np.flatnonzero(loose))
            self._cuts, self._levels = self._cuts[~loose], self._levels[~loose]
