"""Scenario values joined by mean and conditional value at risk. Needs ``scenario_value[s,c]``."""

from __future__ import annotations

from collections.abc import Sequence

import pyomo.environ as pyo

from models.parts.linear import linear
from models.placement_data import Criterion, PlacementData

__all__ = ["add_tail_risk"]


def add_tail_risk(
    model: pyo.ConcreteModel, data: PlacementData, criteria: Sequence[Criterion]
) -> None:
    """Add ``risk_value[c]`` and, where the tail counts, ``tail_start[c]`` and ``tail_excess[s,c]``.

    ``tail_excess[s,c] >= scenario_value[s,c] - tail_start[c]``;
    ``risk_value = (1 - cvar_weight) sum p scenario_value + cvar_weight (tail_start +
    sum p tail_excess / (1 - cvar_alpha))`` (Rockafellar and Uryasev 2000; Noyan 2012).

    Parameters
    ----------
    model
        Gets the components.
    data
        The placement problem.
    criteria
        Values to join.
    """
    risk, probability = data.risk, data.probability.tolist()
    scenarios = range(len(probability))
    has_tail = risk.cvar_weight > 0.0
    model.risk_value = pyo.Var(criteria, domain=pyo.Reals)
    if has_tail:
        model.tail_start = pyo.Var(criteria, domain=pyo.Reals)
        model.tail_excess = pyo.Var(scenarios, criteria, domain=pyo.NonNegativeReals)

        def beyond_start(model: pyo.ConcreteModel, s: int, c: Criterion) -> object:
            return model.scenario_value[s, c] - model.tail_start[c] - model.tail_excess[s, c] <= 0

        model.beyond_start = pyo.Constraint(scenarios, criteria, rule=beyond_start)

    def joined_risk(model: pyo.ConcreteModel, c: Criterion) -> object:
        coefficients = [(1.0 - risk.cvar_weight) * p for p in probability]
        variables = [model.scenario_value[s, c] for s in scenarios]
        if has_tail:
            tail = risk.cvar_weight / (1.0 - risk.cvar_alpha)
            coefficients += [risk.cvar_weight, *(tail * p for p in probability)]
            variables += [model.tail_start[c], *(model.tail_excess[s, c] for s in scenarios)]
        return linear([*coefficients, -1.0], [*variables, model.risk_value[c]]) == 0

    model.joined_risk = pyo.Constraint(criteria, rule=joined_risk)
