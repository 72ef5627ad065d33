"""No district is left below a share of its need. Needs recourse_flows."""

from __future__ import annotations

import pyomo.environ as pyo

from models.flows import FlowIndex
from models.parts.linear import linear
from models.placement_data import PlacementData

__all__ = ["add_served_share_floor"]


def add_served_share_floor(
    model: pyo.ConcreteModel, data: PlacementData, flows: FlowIndex, *, elastic: bool = False
) -> None:
    """Add ``served_share_floor[s,d]`` if there is a floor.

    ``sum_i weight x unmet_units <= (1 - min_served_share) x sum_i weight x demand_units``, which
    keeps single districts from being starved for the sum (Gutjahr and Fischer 2018).

    Parameters
    ----------
    model
        Gets the components.
    data
        The placement problem.
    flows
        Lanes with a need.
    elastic
        Whether ``floor_missing[s,d]`` weighted units may be missing to the floor.
    """
    if data.risk.min_served_share <= 0.0:
        return
    places: dict[tuple[int, int], list[int]] = {}
    for n, (s, d) in enumerate(
        zip(flows.need_scenario.tolist(), flows.need_district.tolist(), strict=True)
    ):
        places.setdefault((s, d), []).append(n)
    if elastic:
        model.floor_missing = pyo.Var(list(places), domain=pyo.NonNegativeReals)

    def served_share_floor(model: pyo.ConcreteModel, s: int, d: int) -> object:
        needs = places[s, d]
        weight = data.weights(s)[d]
        items = [int(flows.need_item[n]) for n in needs]
        whole = float(weight @ data.scenarios[s].demand_units[d])
        coefficients = [float(weight[i]) for i in items]
        variables = [model.unmet_units[n] for n in needs]
        if elastic:
            coefficients.append(-1.0)
            variables.append(model.floor_missing[s, d])
        return linear(coefficients, variables) <= (1.0 - data.risk.min_served_share) * whole

    model.served_share_floor = pyo.Constraint(list(places), rule=served_share_floor)
