"""Recourse values as variables, held up by cuts instead of flows. Needs no other part."""

from __future__ import annotations

from collections.abc import Sequence

import pyomo.environ as pyo

from models.parts.linear import linear
from models.placement_data import Criterion, PlacementData

__all__ = ["add_block_values"]


def add_block_values(
    model: pyo.ConcreteModel,
    data: PlacementData,
    block_scenario: Sequence[int],
    criteria: Sequence[Criterion],
) -> None:
    """Add ``block_value[k,c]``, ``scenario_value[s,c]`` and ``value_total[s,c]``.

    A block is the recourse of one item, or of all items, under one scenario:
    ``scenario_value[s,c] = sum of block_value[k,c] over the blocks k of s``. The cuts that bound
    the block values from below are added while solving.

    Parameters
    ----------
    model
        Gets the components.
    data
        The placement problem.
    block_scenario
        Scenario of each block.
    criteria
        Values of a block.
    """
    blocks = range(len(block_scenario))
    scenarios = range(len(data.scenarios))
    model.block_value = pyo.Var(blocks, criteria, domain=pyo.NonNegativeReals)
    model.scenario_value = pyo.Var(scenarios, criteria, domain=pyo.Reals)
    blocks_of: dict[int, list[int]] = {s: [] for s in scenarios}
    for k, s in enumerate(block_scenario):
        blocks_of[s].append(k)

    def value_total(model: pyo.ConcreteModel, s: int, c: Criterion) -> object:
        parts = [model.block_value[k, c] for k in blocks_of[s]]
        return linear([1.0] * len(parts) + [-1.0], [*parts, model.scenario_value[s, c]]) == 0

    model.value_total = pyo.Constraint(scenarios, criteria, rule=value_total)
