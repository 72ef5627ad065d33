"""Districts are covered by an open warehouse within the radius.

Needs ``location_opening``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from models.location_data import LaneList, LocationData
from models.parts.cover_dominance import undominated

__all__ = ["add_cover_flag", "add_cover_requirement", "greedy_cover"]


def add_cover_requirement(
    model: pyo.ConcreteModel, data: LocationData, lanes: LaneList, opened: list[Any]
) -> None:
    """Add ``sum_{w within reach} open_warehouse[w] >= 1`` for every district (LSCP).

    Rows that follow from others are left out: districts within reach of a warehouse that is
    fixed open, and those that are covered whenever another one is. Warehouses that another one
    makes superfluous are fixed closed. HiGHS' presolve finds few of these itself.
    Source: Toregas, Swain, ReVelle, Bergman, Operations Research 19 (1971) 1363-1373.
    """
    reach = np.zeros(data.lane_distance.shape, dtype=np.bool_)
    reach[lanes.warehouse, lanes.district] = True
    districts = np.flatnonzero(~reach[data.fixed_open].any(axis=0))
    candidates = np.flatnonzero(data.allowed & ~data.fixed_open)
    warehouses, rows = undominated(reach[np.ix_(candidates, districts)])
    kept = candidates[warehouses]
    for warehouse in np.setdiff1d(candidates, kept).tolist():
        opened[warehouse].fix(0)
    districts = districts[rows]

    def rule(_model: pyo.ConcreteModel, district: int) -> Any:
        reaching = kept[reach[kept, district]].tolist()
        if not reaching:
            return pyo.Constraint.Infeasible
        return (1, pyo.quicksum(opened[w] for w in reaching), None)

    model.district_cover = pyo.Constraint(districts.tolist(), rule=rule)


def add_cover_flag(
    model: pyo.ConcreteModel, data: LocationData, lanes: LaneList, opened: list[Any]
) -> None:
    """Add ``cover_share[d] <= sum_{w within reach} open_warehouse[w]``, in [0, 1] (MCLP).

    Whole at any optimum, since the right side is whole. Districts out of reach have no variable.
    Source: Church, ReVelle, Papers of the Regional Science Association 32 (1974) 101-118.
    """
    warehouse = lanes.warehouse.tolist()
    groups = lanes.by_district(data.district_count)
    reachable = [district for district, group in enumerate(groups) if group.size]
    model.cover_share = pyo.Var(reachable, bounds=(0, 1))

    def rule(_model: pyo.ConcreteModel, district: int) -> Any:
        reaching = [warehouse[lane] for lane in groups[district].tolist()]
        if any(data.fixed_open[w] for w in reaching):
            return pyo.Constraint.Skip
        return (
            None,
            model.cover_share[district] - pyo.quicksum(opened[w] for w in reaching),
            0,
        )

    model.district_cover = pyo.Constraint(reachable, rule=rule)


def greedy_cover(data: LocationData, radius: float, count: int) -> NDArray[np.intp] | None:
    """Open the warehouse that reaches most districts not yet reached, until all are.

    Parameters
    ----------
    data
        Lanes; capacities are not looked at.
    radius
        Longest lane allowed.
    count
        Most warehouses open.

    Returns
    -------
    NDArray | None
        Numbers of the open warehouses, None where ``count`` do not suffice this way.
    """
    reach = (data.lane_distance <= radius) & np.isfinite(data.lane_distance)
    reach &= data.allowed[:, None]
    opened = np.flatnonzero(data.fixed_open).tolist()
    left = ~reach[opened].any(axis=0)
    while left.any():
        gain = reach[:, left].sum(axis=1)
        choice = int(np.argmax(gain))
        if gain[choice] == 0 or len(opened) >= count:
            return None
        opened.append(choice)
        left &= ~reach[choice]
    return np.sort(np.array(opened, dtype=np.intp))
