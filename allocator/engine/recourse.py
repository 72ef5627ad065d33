"""The recourse of all scenarios at one first stage: bounds for the master, flows for the plan."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.losses import LossGuard
from allocator.engine.master import Point
from allocator.engine.recourse_cuts import BlockAnswer, BlockCut, full_units
from allocator.engine.recourse_program import block_members, scenario_networks
from allocator.engine.recourse_share import (
    Question,
    RecourseHelper,
    ScenarioShare,
    ShareSpec,
    even_groups,
)
from models.placement_data import Criterion, PlacementData
from models.recourse_network import NetworkFlows
from models.valuation import FirstStagePlan, PlacementResult, ScenarioFlows

__all__ = ["BlockMix", "Evaluation", "PricedPoint", "Recourse", "Weights"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

Weights = Sequence[Mapping[Criterion, float]]
"""Prices of the criteria by scenario."""

_numbers = itertools.count()
"""Numbers of shares."""

_NOTHING_UNITS = 1e-9
"""Flows down to this are rounding. [units]"""


@dataclass(frozen=True)
class Evaluation:
    """One look at all blocks: answers and cuts, by block."""

    answers: tuple[BlockAnswer, ...]
    cuts: tuple[BlockCut, ...]

    @property
    def values(self) -> Floats:
        """Scaled criteria, shape (block, criterion)."""
        return np.array([answer.values for answer in self.answers])


@dataclass(frozen=True)
class BlockMix:
    """Flows of a block as a mixture: shares that add up to 1, and the flows by network."""

    parts: tuple[tuple[float, tuple[NetworkFlows, ...]], ...]


@dataclass(frozen=True)
class PricedPoint:
    """A first stage with its recourse.

    Parameters
    ----------
    point
        The first stage.
    values
        Scaled criteria of the flows, shape (block, criterion).
    mixes
        Flows by block.
    excess
        By how much the limits are passed, scaled; 0 where they are kept.
    cuts
        Bounds found on the way.
    """

    point: Point
    values: Floats
    mixes: tuple[BlockMix, ...]
    excess: float
    cuts: tuple[BlockCut, ...]


class Recourse:
    """All blocks of a placement: one for each scenario and item, or for each scenario.

    Parameters
    ----------
    data
        The placement problem.
    criteria
        Values that will be asked for, in order; ``floor`` joins the items of a scenario.
    helpers
        Those who evaluate part of the scenarios each, no more of them than leave one scenario for
        this process; without any it does all the work.
    guard
        What must be served although something is lost; None without such a promise.
    """

    def __init__(
        self,
        data: PlacementData,
        criteria: Sequence[Criterion],
        helpers: Sequence[RecourseHelper] = (),
        guard: LossGuard | None = None,
    ) -> None:
        self.data, self.criteria = data, tuple(criteria)
        self._guard = guard
        count = len(data.scenarios)
        blocks = [len(block_members(data, s, self.criteria)) for s in range(count)]
        self.block_scenario = np.repeat(np.arange(count, dtype=np.int64), blocks)
        self._first_block = np.concatenate([[0], np.cumsum(blocks)]).tolist()
        helpers = helpers[: max(count - 1, 0)]
        # The lightest part is for this process, which has the master as well.
        *theirs, ours = even_groups(_needs(data), 1 + len(helpers))
        self._order = np.argsort(np.concatenate([ours, *theirs]).astype(np.int64)).tolist()
        self._helped = [
            (helper, self._spec(part)) for helper, part in zip(helpers, theirs, strict=True)
        ]
        for helper, spec in self._helped:
            helper.take(spec)
        self._share = ScenarioShare(data, self._spec(ours))

    def _spec(self, scenarios: tuple[int, ...]) -> ShareSpec:
        first = tuple(self._first_block[s] for s in scenarios)
        return ShareSpec(next(_numbers), self.criteria, scenarios, first)

    def evaluate(self, point: Point, weights: Weights) -> Evaluation:
        """Solve every block once under the prices of its scenario.

        Where a promise under losses is not kept at the point, cuts that say so follow the others.
        """
        prices = [dict(own) for own in weights]
        full = full_units(point.stock_units, point.is_open)
        question = Question(point.stock_units, full, point.is_open, prices)
        for helper, spec in self._helped:
            helper.take(spec)
            helper.ask(question)
        found = self._share.evaluate(question)
        for helper, _ in self._helped:
            found += helper.answers()
        ordered = [found[k] for k in self._order]
        answers = tuple(answer for own in ordered for answer in own.answers)
        cuts = [cut for own in ordered for cut in own.cuts]
        if self._guard is not None:
            cuts += self._guard.cuts(point.stock_units, point.is_open)
        return Evaluation(answers, tuple(cuts))

    def withstands_losses(self, point: Point) -> bool:
        """Whether the promise under losses is kept at a first stage."""
        return self._guard is None or self._guard.is_kept(point.stock_units, point.is_open)

    def flows(self) -> list[tuple[NetworkFlows, ...]]:
        """Flows of the last evaluation, by block."""
        found = self._share.flows()
        for helper, _ in self._helped:
            found += helper.flows()
        return [flows for k in self._order for flows in found[k]]

    def scenario_values(self, values: Floats) -> Floats:
        """Sum block values, shape (block, criterion), to shape (scenario, criterion)."""
        total = np.zeros((len(self.data.scenarios), values.shape[1]))
        np.add.at(total, self.block_scenario, values)
        return total

    def plan(self, priced: PricedPoint, option: Integers) -> PlacementResult:
        """Split the flows of a priced point and put the plan together.

        Parameters
        ----------
        priced
            First stage with flows.
        option
            Option taken by each warehouse, shape (warehouse,).
        """
        flows = tuple(self._scenario_flows(priced, s) for s in range(len(self.data.scenarios)))
        return PlacementResult(FirstStagePlan(option, priced.point.stock_units), flows)

    def _scenario_flows(self, priced: PricedPoint, s: int) -> ScenarioFlows:
        """Flows of one scenario between warehouses and districts."""
        stock, is_open = priced.point.stock_units, priced.point.is_open
        demand = self.data.scenarios[s].demand_units
        purchase = np.zeros(demand.shape)
        empty = np.zeros(0, dtype=np.int64)
        warehouse, district, item, units = [empty], [empty], [empty], [np.zeros(0)]
        networks = scenario_networks(self.data, s, self.criteria)
        members = block_members(self.data, s, self.criteria)
        for block, joined in enumerate(members, start=self._first_block[s]):
            for n, k in enumerate(joined):
                network = networks[k]
                parts = [(share, flows[n]) for share, flows in priced.mixes[block].parts]
                split = network.split(NetworkFlows.mixed(parts), stock[:, network.item], is_open)
                keep = split.ship_units > _NOTHING_UNITS
                warehouse.append(split.warehouse[keep])
                district.append(split.district[keep])
                item.append(np.full(int(keep.sum()), network.item))
                units.append(split.ship_units[keep])
                purchase[network.district, network.item] = split.purchase_units
        shipped, to, what = np.concatenate(units), np.concatenate(district), np.concatenate(item)
        arrived = purchase.copy()
        np.add.at(arrived, (to, what), shipped)
        return ScenarioFlows(
            warehouse=np.concatenate(warehouse),
            district=to,
            item=what,
            ship_units=shipped,
            purchase_units=purchase,
            unmet_units=np.maximum(demand - arrived, 0.0),
        )


def _needs(data: PlacementData) -> list[float]:
    """Needs of each scenario: as many networks and sinks its evaluation takes."""
    return [float((scenario.demand_units > 0).sum()) for scenario in data.scenarios]
