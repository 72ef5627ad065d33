"""Recourse of a fixed first stage that keeps the limits of earlier stages exactly.

The limits join all scenarios, so no block can keep them alone. The blocks propose flows for prices
of the criteria; a small program mixes the proposals, and its prices ask for the next ones.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from allocator.engine.master import Point
from allocator.engine.recourse import BlockMix, Evaluation, PricedPoint, Recourse, Weights
from allocator.engine.recourse_cuts import BlockCut
from allocator.errors import SolveError
from allocator.solver import SolveOptions, Status, solve_model
from models.placement_data import Criterion, StageRule
from models.recourse_mix import build_recourse_mix
from models.recourse_network import NetworkFlows

__all__ = ["faithful_weights", "price_point"]

Floats = NDArray[np.float64]

_ROUNDS = 12
_GAP = 2e-5
"""Relative distance from the best mixture at which proposals stop."""

_MARGIN = 1e3
"""Price of an earlier criterion against the next one, where earlier ones shall come first."""

_SHARE_TOLERANCE = 1e-9


def faithful_weights(recourse: Recourse, rule: StageRule) -> Weights:
    """Prices under which the criteria of earlier stages come first by a wide margin."""
    place = recourse.criteria.index(rule.criterion)
    powers = {c: _MARGIN ** (place - k) for k, c in enumerate(recourse.criteria) if k <= place}
    largest = max(powers.values())
    weights = {c: power / largest for c, power in powers.items()}
    return [weights] * len(recourse.data.scenarios)


class _Proposals:
    """Flows that the blocks have proposed, and the prices of their best mixture."""

    def __init__(
        self, recourse: Recourse, rule: StageRule, limits: Mapping[Criterion, float]
    ) -> None:
        self._recourse, self._rule, self._limits = recourse, rule, dict(limits)
        self._block: list[int] = []
        self._flows: list[tuple[NetworkFlows, ...]] = []
        self._values: list[Floats] = []
        self.cuts: list[BlockCut] = []
        self.objective, self.excess = np.inf, 0.0
        self._prices = np.zeros((0, 0))
        self._block_prices = np.zeros(0)

    def add(self, evaluation: Evaluation) -> None:
        """Take in the flows the blocks have just found."""
        self.cuts += evaluation.cuts
        flows = self._recourse.flows()
        for k, (answer, found) in enumerate(zip(evaluation.answers, flows, strict=True)):
            self._block.append(k)
            self._flows.append(found)
            self._values.append(answer.values)

    def mix(self) -> None:
        """Find the best mixture and its prices."""
        recourse, criteria = self._recourse, self._recourse.criteria
        values = np.array(self._values).reshape(-1, len(criteria))
        model = build_recourse_mix(
            recourse.data,
            recourse.block_scenario.tolist(),
            np.array(self._block, dtype=np.int64),
            {c: values[:, k] for k, c in enumerate(criteria)},
            self._rule.criterion,
            self._limits,
            excess_price=1e4,
        )
        solved = solve_model(model, SolveOptions())
        if solved.status is not Status.OPTIMAL or solved.duals is None:
            raise SolveError(f"mixing of recourse flows: {solved.status} {solved.message}")
        duals = solved.duals
        self.shares = np.array([pyo.value(v) for v in model.share.values()])
        self.excess = max((float(pyo.value(v)) for v in model.excess.values()), default=0.0)
        self.objective = float(solved.objective or 0.0)
        self._block_prices = np.array([duals[row] for row in model.one_mix.values()])
        prices = np.array([duals[row] for row in model.value_total.values()])
        self._prices = np.maximum(-prices, 0.0).reshape(-1, len(criteria))

    def weights(self) -> Weights:
        """Prices for the next proposals, by scenario; the largest is 1."""
        largest = np.maximum(self._prices.max(axis=1, keepdims=True), 1e-300)
        rows = (self._prices / largest).tolist()
        return [dict(zip(self._recourse.criteria, row, strict=True)) for row in rows]

    def bound(self, evaluation: Evaluation) -> float:
        """Bound that proposals under the last prices prove for the best mixture."""
        worth = (evaluation.values * self._prices[self._recourse.block_scenario]).sum(axis=1)
        return self.objective + float(np.minimum(worth - self._block_prices, 0.0).sum())

    def priced(self, point: Point) -> PricedPoint:
        """Return the best mixture."""
        blocks = range(len(self._recourse.block_scenario))
        parts: list[list[tuple[float, tuple[NetworkFlows, ...]]]] = [[] for _ in blocks]
        values = np.zeros((len(parts), len(self._recourse.criteria)))
        used = np.where(self.shares > _SHARE_TOLERANCE, self.shares, 0.0)
        total = np.bincount(self._block, weights=used, minlength=len(parts))
        for n in np.flatnonzero(used).tolist():
            k = self._block[n]
            share = float(used[n] / total[k])
            parts[k].append((share, self._flows[n]))
            values[k] += share * self._values[n]
        mixes = tuple(BlockMix(tuple(part)) for part in parts)
        return PricedPoint(point, values, mixes, self.excess, tuple(self.cuts))


def price_point(
    recourse: Recourse,
    point: Point,
    rule: StageRule,
    limits: Mapping[Criterion, float],
    weights: Weights,
    deadline: float = np.inf,
) -> PricedPoint:
    """Find the best recourse of a first stage that keeps the limits.

    Parameters
    ----------
    recourse
        The blocks.
    point
        The first stage.
    rule
        What is minimised.
    limits
        Scaled risk values that must not be passed, by criterion.
    weights
        Prices to begin with, by scenario.
    deadline
        End of the rounds of pricing on the clock of ``time.monotonic``; a first one is always made.

    Returns
    -------
    PricedPoint
        With an excess where no recourse of this first stage keeps the limits.
    """
    proposals = _Proposals(recourse, rule, limits)
    proposals.add(recourse.evaluate(point, weights))
    faithful = faithful_weights(recourse, rule)
    if limits and list(weights) != list(faithful):
        proposals.add(recourse.evaluate(point, faithful))
    proposals.mix()
    bound = -np.inf
    for _ in range(_ROUNDS if limits else 0):
        if time.monotonic() >= deadline:
            break
        evaluation = recourse.evaluate(point, proposals.weights())
        bound = max(bound, proposals.bound(evaluation))
        if proposals.objective - bound <= _GAP * abs(proposals.objective):
            break
        proposals.add(evaluation)
        proposals.mix()
    return proposals.priced(point)
