"""The recourse of a sample too large to be held at once: batches of scenarios, and their averages.

A kept scenario and those it stands for are a cluster. The mean of the recourse of a cluster, given
that one of its scenarios happens, is bounded from below by the mean of their cuts. No risk value
grows when the values of a cluster are replaced by their mean (CVaR is coherent and law-invariant:
Rockafellar and Uryasev 2002; Jensen's inequality), so a master with one value per cluster and cuts
averaged over all its scenarios is a relaxation of the placement of the full sample.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.engine.master import Point
from allocator.engine.placement_data import PlacementProblem, placement_problem
from allocator.engine.recourse import BlockMix, Evaluation, PricedPoint, Recourse, Weights
from allocator.engine.recourse_cuts import BlockAnswer, BlockCut
from allocator.schema.disaster import Scenario, ScenarioDamage, ScenarioDemand
from models.placement_data import Criterion, PlacementData
from models.recourse import value_scale
from models.valuation import PlacementResult

__all__ = ["ClusterRecourse", "SampleRecourse", "Visit"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_BATCH = 16
"""Scenarios built and solved together."""

_HELD_FLOWS = 4_000_000
"""Programs are held for the next evaluation up to so many flows, about 1 GB; else built anew."""


@dataclass(frozen=True)
class Visit:
    """One batch at a first stage.

    Parameters
    ----------
    problem
        The placement problem with the scenarios of the batch only.
    recourse
        Its recourse.
    evaluation
        Answers and cuts, by block of the batch.
    scenarios
        Positions of the batch's scenarios in the sample.
    """

    problem: PlacementProblem
    recourse: Recourse
    evaluation: Evaluation
    scenarios: range

    def result(self, point: Point, option: Integers) -> PlacementResult:
        """Flows of the batch with the first stage."""
        flows = self.recourse.flows()
        mixes = tuple(BlockMix(((1.0, own),)) for own in flows)
        values = self.evaluation.values
        return self.recourse.plan(PricedPoint(point, values, mixes, 0.0, ()), option)


class SampleRecourse:
    """Recourse of all scenarios of a case, batch by batch.

    Parameters
    ----------
    case
        The case.
    known
        A placement problem of it, whose first stage is taken over.
    criteria
        Values that will be asked for, in order; no ``floor``.
    """

    def __init__(self, case: Case, known: PlacementProblem, criteria: Sequence[Criterion]) -> None:
        self.case, self.known, self.criteria = case, known, tuple(criteria)
        self.batches = [
            range(begin, min(begin + _BATCH, len(case.scenarios)))
            for begin in range(0, len(case.scenarios), _BATCH)
        ]
        self._need: dict[str, list[ScenarioDemand]] = defaultdict(list)
        self._damage: dict[str, list[ScenarioDamage]] = defaultdict(list)
        for row in case.scenario_demand:
            self._need[row.scenario].append(row)
        for hit in case.scenario_damage:
            self._damage[hit.scenario].append(hit)
        self._held: dict[int, tuple[PlacementProblem, Recourse]] = {}
        self._held_flows = 0

    def _build(self, number: int) -> tuple[PlacementProblem, Recourse]:
        """Problem and recourse of a batch."""
        found = self._held.get(number)
        if found is not None:
            return found
        batch = self.batches[number]
        rows = self.case.scenarios[batch.start : batch.stop]
        case = self.case.replace(Scenario, rows)
        case = case.replace(ScenarioDemand, [n for row in rows for n in self._need[row.scenario]])
        case = case.replace(ScenarioDamage, [h for row in rows for h in self._damage[row.scenario]])
        problem = placement_problem(case, self.known)
        built = problem, Recourse(problem.data, self.criteria)
        flows = problem.data.flow_count
        if self._held_flows + flows <= _HELD_FLOWS:
            self._held[number] = built
            self._held_flows += flows
        return built

    def visit(
        self,
        point: Point,
        weights: Callable[[PlacementData, range], Weights],
        last: int | None = None,
    ) -> Iterator[Visit]:
        """Evaluate the batches at a first stage, one after the other.

        Parameters
        ----------
        point
            The first stage.
        weights
            Prices of the criteria for the scenarios of a batch.
        last
            Number of batches, all if None.
        """
        for number, batch in enumerate(self.batches[:last]):
            problem, recourse = self._build(number)
            evaluation = recourse.evaluate(point, weights(problem.data, batch))
            yield Visit(problem, recourse, evaluation, batch)


class ClusterRecourse(Recourse):
    """Recourse of clusters of scenarios, as the mean over all their members.

    Parameters
    ----------
    sample
        The recourse of all scenarios.
    data
        The placement problem of the kept scenarios with the probabilities of their clusters.
    cluster
        Cluster of each scenario of the sample, as a position in ``data``, shape (scenario,).
    probability
        Of each scenario of the sample, shape (scenario,).
    """

    def __init__(
        self,
        sample: SampleRecourse,
        data: PlacementData,
        cluster: Integers,
        probability: Floats,
    ) -> None:
        self.data, self.criteria = data, sample.criteria
        self._guard = None  # a promise under losses is refused together with a reduction
        self._sample, self._cluster = sample, cluster
        self._part = probability / np.bincount(cluster, weights=probability)[cluster]
        self._scale = {c: value_scale(data, c) for c in self.criteria}
        number = {row.scenario: k for k, row in enumerate(sample.case.scenarios)}
        item = sample.case.item_index()
        is_needed = np.zeros((len(data.scenarios), data.first_stage.item_count), dtype=bool)
        for row in sample.case.scenario_demand:
            if row.demand_units > 0:
                is_needed[cluster[number[row.scenario]], item[row.item]] = True
        blocks = np.argwhere(is_needed)
        self.block_scenario = blocks[:, 0].astype(np.int64)
        self._block_item = blocks[:, 1].astype(np.int64)
        self._block = np.full(is_needed.shape, -1, dtype=np.int64)
        self._block[blocks[:, 0], blocks[:, 1]] = np.arange(len(blocks))

    def _factors(self, data: PlacementData) -> dict[Criterion, float]:
        """Scale of a batch over that of the clusters, by criterion."""
        return {c: value_scale(data, c) / self._scale[c] for c in self.criteria}

    def prices(
        self, weights: Weights, data: PlacementData, batch: range
    ) -> list[Mapping[Criterion, float]]:
        """Return the clusters' prices for the scenarios of a batch, in the batch's scale."""
        factors = self._factors(data)
        return [
            {c: w * factors[c] for c, w in weights[int(self._cluster[s])].items()} for s in batch
        ]

    def evaluate(self, point: Point, weights: Weights) -> Evaluation:
        """Solve every scenario once under the prices of its cluster, and average the clusters."""
        found = _Averages(len(self.block_scenario), len(self.criteria), point.stock_units.shape[0])
        visits = self._sample.visit(point, lambda data, batch: self.prices(weights, data, batch))
        for visit in visits:
            self.take(visit, found)
        return self.averaged(found, weights)

    def averages(self, warehouses: int) -> _Averages:
        """Return sums to be filled by ``take``."""
        return _Averages(len(self.block_scenario), len(self.criteria), warehouses)

    def take(self, visit: Visit, found: _Averages) -> None:
        """Add the answers of a batch to the averages of the clusters."""
        factors = self._factors(visit.problem.data)
        rate = np.array([factors[c] for c in self.criteria])
        own = visit.recourse.block_scenario
        for cut, answer in zip(visit.evaluation.cuts, visit.evaluation.answers, strict=True):
            s = visit.scenarios.start + int(own[cut.block])
            block = int(self._block[self._cluster[s], cut.items[0]])
            share = float(self._part[s])
            found.values[block] += share * rate * answer.values
            found.constant[block] += share * cut.constant
            found.stock[block] += share * cut.stock[0]
            found.open[block] += share * cut.open

    def averaged(self, found: _Averages, weights: Weights, factor: float = 1.0) -> Evaluation:
        """Return averages as answers and cuts of the clusters.

        Parameters
        ----------
        found
            The sums.
        weights
            Prices by cluster.
        factor
            What the prices were multiplied by when the answers were made.
        """
        nothing = np.zeros(0)
        answers = tuple(BlockAnswer(values, (), nothing) for values in found.values)
        cuts = tuple(
            BlockCut(
                block=b,
                items=(int(self._block_item[b]),),
                weights=dict(weights[int(self.block_scenario[b])]),
                constant=float(found.constant[b]) / factor,
                stock=found.stock[b][None, :] / factor,
                open=found.open[b] / factor,
            )
            for b in range(len(answers))
        )
        return Evaluation(answers, cuts)


class _Averages:
    """Sums over the scenarios of each cluster, by block."""

    def __init__(self, blocks: int, criteria: int, warehouses: int) -> None:
        self.values = np.zeros((blocks, criteria))
        self.constant = np.zeros(blocks)
        self.stock = np.zeros((blocks, warehouses))
        self.open = np.zeros((blocks, warehouses))
