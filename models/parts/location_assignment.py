"""Districts are served by open warehouses over lanes, within the warehouses' capacities.

``serve_share[l]`` is the share of its district's demand that comes over lane ``l``; lanes are
numbered as in ``LaneList``. Needs ``location_opening``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from models.location_data import LaneList, LocationData

__all__ = ["add_demand_balance", "add_lane_link", "add_serve_share", "add_warehouse_capacity"]


def add_serve_share(model: pyo.ConcreteModel, lanes: LaneList, single_source: bool) -> list[Any]:
    """Add ``serve_share[l]`` in [0, 1]; in {0, 1} where each district has one warehouse.

    Returns
    -------
    list
        The variable of each lane.
    """
    count = range(lanes.warehouse.size)
    if single_source:
        model.serve_share = pyo.Var(count, domain=pyo.Binary)
    else:
        model.serve_share = pyo.Var(count, bounds=(0, 1))
    return list(model.serve_share.values())


def add_demand_balance(
    model: pyo.ConcreteModel, data: LocationData, lanes: LaneList, share: list[Any], whole: bool
) -> None:
    """Add ``sum_w serve_share[w,d] = 1`` for every district, ``<= 1`` where not all are served."""
    groups = lanes.by_district(data.district_count)
    lower = 1 if whole else None

    def rule(_model: pyo.ConcreteModel, district: int) -> Any:
        numbers = groups[district].tolist()
        if not numbers:
            return pyo.Constraint.Infeasible if whole else pyo.Constraint.Skip
        return (lower, pyo.quicksum(share[lane] for lane in numbers), 1)

    model.demand_balance = pyo.Constraint(range(data.district_count), rule=rule)


def add_lane_link(
    model: pyo.ConcreteModel,
    data: LocationData,
    lanes: LaneList,
    share: list[Any],
    opened: list[Any],
) -> None:
    """Add ``serve_share[w,d] <= open_warehouse[w]`` for every lane of a warehouse that may close.

    These links make the relaxation strong: it is whole on most p-median instances and nearly so
    on capacitated ones. Source: Balinski, Management Science 12 (1965) 253-313.
    """
    closable = np.flatnonzero(~data.fixed_open[lanes.warehouse]).tolist()
    warehouse = lanes.warehouse.tolist()

    def rule(_model: pyo.ConcreteModel, lane: int) -> Any:
        return (None, share[lane] - opened[warehouse[lane]], 0)

    model.lane_link = pyo.Constraint(closable, rule=rule)


def add_warehouse_capacity(
    model: pyo.ConcreteModel,
    data: LocationData,
    lanes: LaneList,
    share: list[Any],
    opened: list[Any],
) -> None:
    """Add ``sum_d demand_units[d] serve_share[w,d] <= capacity_units[w] open_warehouse[w]``.

    Only for warehouses with a finite capacity.
    Source: Sridharan, European Journal of Operational Research 87 (1995) 203-213.
    """
    groups = lanes.by_warehouse(data.warehouse_count)
    demand = data.demand_units[lanes.district].tolist()
    limited = np.flatnonzero(data.allowed & np.isfinite(data.capacity_units)).tolist()

    def rule(_model: pyo.ConcreteModel, warehouse: int) -> Any:
        numbers = groups[warehouse].tolist()
        if not numbers:
            return pyo.Constraint.Skip
        used = pyo.quicksum(demand[lane] * share[lane] for lane in numbers)
        return (None, used - float(data.capacity_units[warehouse]) * opened[warehouse], 0)

    model.warehouse_capacity = pyo.Constraint(limited, rule=rule)
