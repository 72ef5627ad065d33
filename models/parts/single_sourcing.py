"""One responsible warehouse for each district. Needs recourse_flows."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.flows import FlowIndex
from models.parts.linear import linear
from models.parts.recourse_flows import demand_of
from models.placement_data import PlacementData

__all__ = ["add_single_sourcing"]


def add_single_sourcing(model: pyo.ConcreteModel, data: PlacementData, flows: FlowIndex) -> None:
    """Add ``assign[w,d]``, ``one_source[d]`` and ``assigned_only[f]`` if sourcing is single.

    ``sum_w assign[w,d] <= 1``; ``ship_units[f] <= demand_units x assign[w,d]``: the same warehouse
    in all scenarios and for all items.

    Parameters
    ----------
    model
        Gets the components.
    data
        The placement problem.
    flows
        Lanes with a need.
    """
    if not data.risk.is_single_sourced:
        return
    place = np.array(
        [
            data.scenarios[s].district[d]
            for s, d in zip(flows.scenario.tolist(), flows.district.tolist(), strict=True)
        ],
        dtype=np.int64,
    )
    pairs = sorted(set(zip(flows.warehouse.tolist(), place.tolist(), strict=True)))
    model.assign = pyo.Var(pairs, domain=pyo.Binary)
    sources: dict[int, list[int]] = {}
    for w, d in pairs:
        sources.setdefault(d, []).append(w)

    def one_source(model: pyo.ConcreteModel, d: int) -> object:
        chosen = [model.assign[w, d] for w in sources[d]]
        return linear([1.0] * len(chosen), chosen) <= 1

    model.one_source = pyo.Constraint(list(sources), rule=one_source)

    def assigned_only(model: pyo.ConcreteModel, f: int) -> object:
        demand = demand_of(data, flows, int(flows.need[f]))
        chosen = model.assign[int(flows.warehouse[f]), int(place[f])]
        return linear([1.0, -demand], [model.ship_units[f], chosen]) <= 0

    model.assigned_only = pyo.Constraint(range(len(place)), rule=assigned_only)
