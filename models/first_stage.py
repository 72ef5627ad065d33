"""The master problem of the decomposition: the first stage and the recourse as values of blocks."""

from __future__ import annotations

from collections.abc import Sequence

import pyomo.environ as pyo

from models.parts.block_values import add_block_values
from models.parts.tail_risk import add_tail_risk
from models.placement import add_first_stage
from models.placement_data import Criterion, PlacementData

__all__ = ["build_first_stage"]


def build_first_stage(
    data: PlacementData, block_scenario: Sequence[int], criteria: Sequence[Criterion]
) -> pyo.ConcreteModel:
    """Build the master problem, without objective and without cuts.

    Parameters
    ----------
    data
        The placement problem.
    block_scenario
        Scenario of each block of recourse.
    criteria
        Values of a block.

    Returns
    -------
    ConcreteModel
        With ``choose_option``, ``stock_units``, ``yearly_cost`` [million CNY], ``block_value``
        and ``risk_value`` [``value_scale``].
    """
    model = pyo.ConcreteModel()
    add_first_stage(model, data, whole=False)
    add_block_values(model, data, block_scenario, criteria)
    add_tail_risk(model, data, criteria)
    return model
