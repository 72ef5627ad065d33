"""The whole hourly dispatch of one scenario as one Pyomo model.

For cases small enough, and as an oracle for the engine's scalable method. Vehicles are told apart,
so that every load fits its vehicle in whole units. One stage of the objective at a time: what
earlier stages reached is given as limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from models.dispatch_data import DispatchData
from models.dispatch_index import DispatchIndex, dispatch_index
from models.dispatch_values import DISPATCH_STAGES, DispatchResult
from models.parts.dispatch_backlog import add_backlog
from models.parts.dispatch_convoys import add_convoys, write_convoys
from models.parts.dispatch_docks import add_docks
from models.parts.dispatch_fleets import add_fleets
from models.parts.dispatch_hubs import add_hubs
from models.parts.dispatch_loads import add_vehicle_loads
from models.parts.dispatch_receiving import add_receiving
from models.parts.dispatch_segregation import add_segregation, write_segregation
from models.parts.dispatch_stock import add_dispatch_stock
from models.parts.dispatch_trips import add_trips

__all__ = ["build_dispatch", "read_dispatch", "write_dispatch"]


def build_dispatch(
    data: DispatchData,
    stage: str,
    limits: Mapping[str, float] | None = None,
    *,
    index: DispatchIndex | None = None,
) -> pyo.ConcreteModel:
    """Build the model of one stage.

    Parameters
    ----------
    data
        The dispatch problem.
    stage
        What is minimised, one of ``DISPATCH_STAGES``.
    limits
        Values of other stages that must not be exceeded.
    index
        Index sets, if they are at hand; they do not depend on the stage.

    Raises
    ------
    ValueError
        If a stage is unknown.
    """
    limits = limits or {}
    for name in (stage, *limits):
        if name not in DISPATCH_STAGES:
            raise ValueError(f"stage ({name}) must be one of {', '.join(DISPATCH_STAGES)}.")
    index = dispatch_index(data) if index is None else index
    model = pyo.ConcreteModel()
    add_trips(model, index)
    add_vehicle_loads(model, data, index)
    add_segregation(model, data, index)
    add_dispatch_stock(model, data, index)
    add_docks(model, data, index)
    add_fleets(model, data, index)
    add_convoys(model, data, index)
    add_receiving(model, data, index)
    add_hubs(model, data, index)
    add_backlog(model, data, index)
    _add_values(model, data, index)
    model.objective = pyo.Objective(expr=model.stage_value[stage], sense=pyo.minimize)

    def stage_limit(model: pyo.ConcreteModel, name: str) -> object:
        return model.stage_value[name] <= limits[name]

    model.stage_limit = pyo.Constraint(list(limits), rule=stage_limit)
    return model


def _add_values(model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex) -> None:
    """Add ``stage_value[stage]`` for every stage."""
    needs = range(data.need_count)
    trip = index.slot_trip
    price = data.trip_cost_cny[index.table.lane[trip], index.table.fleet[trip]]

    def total(weights: NDArray[np.float64], quantity: Any) -> Any:
        return sum(float(weights[n]) * quantity[n] for n in needs)

    cost = sum(float(price[s]) * model.departs[s] for s in range(len(trip)))
    unmet_cny = total(data.need_unmet_cny, model.unmet_units)
    values = {
        "unmet": total(data.need_weight, model.unmet_units),
        "waiting": total(data.need_weight, model.wait_unit_hours),
        "cost": cost,
        "social": cost + total(data.need_waiting_cny, model.wait_unit_hours) + unmet_cny,
        "served_cost": cost + unmet_cny,
    }

    def stage_value(_model: pyo.ConcreteModel, name: str) -> object:
        return values[name]

    model.stage_value = pyo.Expression(DISPATCH_STAGES, rule=stage_value)


def read_dispatch(
    model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex
) -> DispatchResult:
    """Read the vehicles that drive from a solved model; empty ones are left at home.

    Parameters
    ----------
    model
        Made by ``build_dispatch``, with values.
    data, index
        What it was made from.
    """
    load = np.zeros((len(index.slot_trip), data.item_count), dtype=np.int64)
    for k, (slot, item) in enumerate(zip(index.load_slot, index.load_item, strict=True)):
        load[slot, item] = round(pyo.value(model.load_units[k], exception=False) or 0.0)
    drives = load.any(axis=1)
    return DispatchResult(index.slot_trip[drives], load[drives])


def write_dispatch(model: pyo.ConcreteModel, index: DispatchIndex, result: DispatchResult) -> bool:
    """Write a plan into the variables of vehicles and loads, for a solve to start from.

    Parameters
    ----------
    model
        Made by ``build_dispatch``.
    index
        What it was made from.
    result
        A feasible plan with the same trip table.

    Returns
    -------
    bool
        False if the plan uses more vehicles of a departure than the model has, which no best
        plan needs; then nothing is written.
    """
    order = np.argsort(result.trip, kind="stable")
    first = np.searchsorted(index.slot_trip, result.trip[order])
    rank = np.arange(len(order)) - np.searchsorted(result.trip[order], result.trip[order])
    slot = first + rank
    if (slot >= len(index.slot_trip)).any() or (index.slot_trip[slot] != result.trip[order]).any():
        return False
    load = np.zeros((len(index.slot_trip), result.load_units.shape[1]), dtype=np.int64)
    load[slot] = result.load_units[order]
    drives = np.zeros(len(index.slot_trip), dtype=np.int64)
    drives[slot] = 1
    for s, value in enumerate(drives.tolist()):
        model.departs[s].set_value(value)
    for k, (s, item) in enumerate(zip(index.load_slot, index.load_item, strict=True)):
        model.load_units[k].set_value(int(load[s, item]))
    write_segregation(model)
    write_convoys(model)
    return True
