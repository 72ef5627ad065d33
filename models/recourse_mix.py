"""Mixing flows that the blocks propose, so that limits which link all scenarios are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from models.parts.block_values import add_block_values
from models.parts.linear import grouped, linear
from models.parts.tail_risk import add_tail_risk
from models.placement_data import Criterion, PlacementData

__all__ = ["build_recourse_mix"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def build_recourse_mix(
    data: PlacementData,
    block_scenario: Sequence[int],
    proposal_block: Integers,
    proposal_values: Mapping[Criterion, Floats],
    least: Criterion,
    limits: Mapping[Criterion, float],
    excess_price: float,
) -> pyo.ConcreteModel:
    """Build the restricted master of Dantzig and Wolfe (1960) for a fixed first stage.

    ``sum share[n] = 1`` over the proposals of each block, ``block_value[k,c] = sum value x
    share[n]``, ``risk_value[c] - excess[c] <= limit``; minimises the risk value of one criterion
    and the excess at its price.

    Parameters
    ----------
    data
        The placement problem.
    block_scenario
        Scenario of each block.
    proposal_block
        Block of each proposal, shape (proposal,).
    proposal_values
        Value of each proposal by criterion, shape (proposal,).
    least
        Criterion to be minimised.
    limits
        Risk values that must not be passed, by criterion.
    excess_price
        Price of passing a limit, > 0.
    """
    criteria = list(proposal_values)
    model = pyo.ConcreteModel()
    add_block_values(model, data, block_scenario, criteria)
    add_tail_risk(model, data, criteria)
    model.share = pyo.Var(range(len(proposal_block)), domain=pyo.NonNegativeReals)
    members = [k.tolist() for k in grouped(proposal_block, len(block_scenario))]

    def one_mix(model: pyo.ConcreteModel, k: int) -> object:
        shares = [model.share[n] for n in members[k]]
        return linear([1.0] * len(shares), shares) == 1

    def mixed_value(model: pyo.ConcreteModel, k: int, c: Criterion) -> object:
        shares = [model.share[n] for n in members[k]]
        coefficients = proposal_values[c][members[k]].tolist()
        return linear([*coefficients, -1.0], [*shares, model.block_value[k, c]]) == 0

    model.one_mix = pyo.Constraint(range(len(members)), rule=one_mix)
    model.mixed_value = pyo.Constraint(range(len(members)), criteria, rule=mixed_value)
    _add_limits(model, limits)
    model.objective = pyo.Objective(
        expr=model.risk_value[least] + excess_price * sum(model.excess.values()),
        sense=pyo.minimize,
    )
    return model


def _add_limits(model: pyo.ConcreteModel, limits: Mapping[Criterion, float]) -> None:
    """Add ``risk_value[c] - excess[c] <= limit``, and what passes a limit."""
    model.excess = pyo.Var(list(limits), domain=pyo.NonNegativeReals)

    def limit_kept(model: pyo.ConcreteModel, c: Criterion) -> object:
        return model.risk_value[c] - model.excess[c] <= limits[c]

    model.limit_kept = pyo.Constraint(list(limits), rule=limit_kept)
