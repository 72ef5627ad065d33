"""The recourse of all scenarios at one first stage: bounds for the master, flows for the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.master import Point
from allocator.engine.recourse_cuts import BlockAnswer, BlockCut
from allocator.engine.recourse_program import ScenarioProgram
from models.placement_data import Criterion, PlacementData
from models.recourse_network import NetworkFlows
from models.valuation import FirstStagePlan, PlacementResult, ScenarioFlows

__all__ = ["BlockMix", "Evaluation", "PricedPoint", "Recourse", "Weights"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

Weights = Sequence[Mapping[Criterion, float]]
"""Prices of the criteria by scenario."""

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
    """

    def __init__(self, data: PlacementData, criteria: Sequence[Criterion]) -> None:
        self.data, self.criteria = data, tuple(criteria)
        self.programs: list[ScenarioProgram] = []
        scenarios: list[int] = []
        for s in range(len(data.scenarios)):
            program = ScenarioProgram(data, s, self.criteria, len(scenarios))
            self.programs.append(program)
            scenarios += [s] * len(program.blocks)
        self.block_scenario = np.array(scenarios, dtype=np.int64)

    def evaluate(self, point: Point, weights: Weights) -> Evaluation:
        """Solve every block once under the prices of its scenario."""
        full = _full_units(point)
        answers: list[BlockAnswer] = []
        cuts: list[BlockCut] = []
        for program in self.programs:
            program.set_weights(weights[program.scenario])
            found = program.solve(point.stock_units, point.is_open)
            answers += found
            cuts += [program.cut(k, answer, full) for k, answer in enumerate(found)]
        return Evaluation(tuple(answers), tuple(cuts))

    def flows(self) -> list[tuple[NetworkFlows, ...]]:
        """Flows of the last evaluation, by block."""
        return [program.flows(k) for program in self.programs for k in range(len(program.blocks))]

    def scenario_values(self, values: Floats) -> Floats:
        """Sum block values, shape (block, criterion), to shape (scenario, criterion)."""
        total = np.zeros((len(self.data.scenarios), len(self.criteria)))
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
        program = self.programs[s]
        for block, members in zip(program.blocks, program.members, strict=True):
            for n, k in enumerate(members):
                network = program.networks[k]
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


def _full_units(point: Point) -> Floats:
    """Stock of each warehouse if it were open, shape (warehouse, item). [units]

    That of the point for what is open in part; the mean of what is open elsewhere.
    """
    is_open = point.is_open[:, None]
    mean = point.stock_units.sum(axis=0) / max(float(is_open.sum()), 1.0)
    return np.where(is_open > 1e-6, point.stock_units / np.maximum(is_open, 1e-6), mean)
