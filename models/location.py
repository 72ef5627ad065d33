"""The classical location questions as Pyomo models.

========================  =====================================================================
question                  builder
========================  =====================================================================
cover-all (LSCP)          ``build_cover_all``: fewest warehouses that reach every district
cover-most (MCLP)         ``build_cover_most``: most weight within reach of a given number
median (p-median)         ``build_assignment`` with ``count``: least weighted distance
center (p-center)         ``build_cover_all`` at radii found by a search over the distances
capacitated (CFLP, UFL)   ``build_assignment`` without ``count``: least opening and lane cost
========================  =====================================================================

Warehouses can be fixed open or closed; capacities count where they are finite; with
``single_source`` each district has one responsible warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from models.location_data import LaneList, LocationData, lanes_within
from models.parts.location_assignment import (
    add_demand_balance,
    add_lane_link,
    add_serve_share,
    add_warehouse_capacity,
)
from models.parts.location_coverage import add_cover_flag, add_cover_requirement
from models.parts.location_opening import add_open_warehouse, add_warehouse_count

__all__ = [
    "LocationPlan",
    "assign_nearest",
    "build_assignment",
    "build_cover_all",
    "build_cover_most",
    "read_location",
]

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

#: Shares below this are noise of the solver.
_LEAST_SHARE = 1e-9


@dataclass(frozen=True)
class LocationPlan:
    """Answer to a location question.

    Parameters
    ----------
    open_warehouses
        Numbers of the open warehouses, ascending.
    lanes
        Lanes in use.
    serve_share
        Share of its district's demand that each of them carries, shape (lane,), in (0, 1].
    """

    open_warehouses: IndexArray
    lanes: LaneList
    serve_share: FloatArray

    def served_share(self, district_count: int) -> FloatArray:
        """Return which share of each district's demand is served, shape (district,)."""
        return np.bincount(
            self.lanes.district, weights=self.serve_share, minlength=district_count
        ).astype(np.float64)

    def assignment(self, district_count: int) -> IndexArray:
        """Return the warehouse that serves most of each district, -1 for none; (district,)."""
        assigned = np.full(district_count, -1, dtype=np.intp)
        order = np.argsort(self.serve_share, kind="stable")
        assigned[self.lanes.district[order]] = self.lanes.warehouse[order]
        return assigned


def build_cover_all(
    data: LocationData, radius: float, *, single_source: bool = False, count: int | None = None
) -> pyo.ConcreteModel:
    """Build: the fewest warehouses that serve every district within the radius.

    Parameters
    ----------
    data
        Lanes; demand and capacity where finite.
    radius
        Longest lane allowed.
    single_source
        Whether each district has one warehouse; matters with capacities only.
    count
        Most warehouses allowed; None for any number.

    Returns
    -------
    pyo.ConcreteModel
        Objective ``warehouses_opened``, minimised. A district that nothing reaches makes the
        builder raise ValueError: ask ``lanes_within`` first.
    """
    model = pyo.ConcreteModel()
    lanes = lanes_within(data, radius)
    opened = add_open_warehouse(model, data)
    if data.is_capacitated:
        _add_service(model, data, lanes, opened, single_source=single_source, whole=True)
    else:
        add_cover_requirement(model, data, lanes, opened)
    if count is not None:
        model.warehouse_count = pyo.Constraint(
            expr=(None, pyo.quicksum(model.open_warehouse.values()), count)
        )
    model.warehouses_opened = pyo.Objective(expr=pyo.quicksum(model.open_warehouse.values()))
    return model


def build_cover_most(
    data: LocationData, radius: float, count: int, *, single_source: bool = False
) -> pyo.ConcreteModel:
    """Build: the most weight that ``count`` warehouses serve within the radius.

    Parameters
    ----------
    data
        Lanes and weights; demand and capacity where finite.
    radius
        Longest lane allowed.
    count
        Number of open warehouses, those fixed open included.
    single_source
        Whether each district is served by one warehouse, wholly or not at all; matters with
        capacities only.

    Returns
    -------
    pyo.ConcreteModel
        Objective ``covered_weight``, maximised.
    """
    model = pyo.ConcreteModel()
    lanes = lanes_within(data, radius)
    opened = add_open_warehouse(model, data)
    add_warehouse_count(model, count)
    if data.is_capacitated:
        share = _add_service(model, data, lanes, opened, single_source=single_source, whole=False)
        weights = data.district_weight[lanes.district].tolist()
        covered = pyo.quicksum(w * s for w, s in zip(weights, share, strict=True))
    else:
        add_cover_flag(model, data, lanes, opened)
        covered = pyo.quicksum(
            float(data.district_weight[district]) * flag
            for district, flag in model.cover_share.items()
        )
    model.covered_weight = pyo.Objective(expr=covered, sense=pyo.maximize)
    return model


def build_assignment(
    data: LocationData,
    *,
    count: int | None = None,
    single_source: bool = False,
    lanes: LaneList | None = None,
) -> pyo.ConcreteModel:
    """Build: least opening cost plus weighted distance, every district served.

    With ``count`` and without opening costs this is the p-median, with capacities and opening
    costs the (single- or multi-source) capacitated problem, without capacities the
    uncapacitated one.

    Parameters
    ----------
    data
        Lanes, weights, opening costs; demand and capacity where finite.
    count
        Number of open warehouses, those fixed open included; None for any number.
    single_source
        Whether each district has one warehouse; matters with capacities only.
    lanes
        Lanes that may be used, if the caller knows that the others are useless.

    Returns
    -------
    pyo.ConcreteModel
        Objective ``total_cost``, minimised.
    """
    model = pyo.ConcreteModel()
    lanes = lanes_within(data) if lanes is None else lanes
    opened = add_open_warehouse(model, data)
    if count is not None:
        add_warehouse_count(model, count)
    share = _add_service(
        model, data, lanes, opened, single_source=single_source and data.is_capacitated, whole=True
    )
    lane_cost = (
        data.lane_distance[lanes.warehouse, lanes.district] * data.district_weight[lanes.district]
    )
    opening = pyo.quicksum(
        float(data.opening_cost[warehouse]) * variable
        for warehouse, variable in model.open_warehouse.items()
    )
    serving = pyo.quicksum(c * s for c, s in zip(lane_cost.tolist(), share, strict=True))
    model.total_cost = pyo.Objective(expr=opening + serving)
    return model


def _add_service(
    model: pyo.ConcreteModel,
    data: LocationData,
    lanes: LaneList,
    opened: list[Any],
    *,
    single_source: bool,
    whole: bool,
) -> list[Any]:
    """Add service over lanes with links and capacities; return the variable of each lane."""
    share = add_serve_share(model, lanes, single_source)
    model.lanes = lanes
    add_demand_balance(model, data, lanes, share, whole)
    add_lane_link(model, data, lanes, share, opened)
    add_warehouse_capacity(model, data, lanes, share, opened)
    return share


def read_location(
    model: pyo.ConcreteModel, data: LocationData, radius: float = np.inf
) -> LocationPlan:
    """Read the plan out of a solved model.

    Parameters
    ----------
    model
        From one of the builders, with values.
    data
        What it was built from.
    radius
        Longest lane, for the covering questions.
    """
    opened = np.array(
        [w for w, variable in model.open_warehouse.items() if variable.value > 0.5], dtype=np.intp
    )
    if not hasattr(model, "serve_share"):
        return assign_nearest(data, opened, radius)
    values = np.array([variable.value for variable in model.serve_share.values()], dtype=np.float64)
    used = np.flatnonzero(values > _LEAST_SHARE)
    lanes = LaneList(model.lanes.warehouse[used], model.lanes.district[used])
    if not data.is_capacitated:
        # Ties aside nothing but the nearest is used: this leaves no solver noise in the shares.
        return assign_nearest(data, opened, radius)
    return LocationPlan(opened, lanes, np.minimum(values[used], 1.0))


def assign_nearest(
    data: LocationData, open_warehouses: IndexArray, radius: float = np.inf
) -> LocationPlan:
    """Return the plan in which each district is served by its nearest open warehouse.

    Parameters
    ----------
    data
        Lanes.
    open_warehouses
        Numbers of open warehouses.
    radius
        Districts farther than this are not served.
    """
    opened = np.sort(np.asarray(open_warehouses, dtype=np.intp))
    if opened.size == 0:
        nothing = np.zeros(0, dtype=np.intp)
        return LocationPlan(opened, LaneList(nothing, nothing), np.zeros(0))
    distance = data.lane_distance[opened]
    nearest = np.argmin(distance, axis=0)
    length = distance[nearest, np.arange(data.district_count)]
    served = np.flatnonzero((length <= radius) & np.isfinite(length))
    return LocationPlan(opened, LaneList(opened[nearest[served]], served), np.ones(served.size))
