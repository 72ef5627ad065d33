"""What a dispatch is worth, recomputed from departures and loads alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.dispatch_data import DispatchData
from models.trip_table import TripTable

__all__ = [
    "DISPATCH_STAGES",
    "DispatchResult",
    "backlog_hours",
    "delivered_units",
    "dispatch_values",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DISPATCH_STAGES = ("unmet", "waiting", "cost", "social", "served_cost")
"""Values of a dispatch; ``served_cost`` is cost plus the price of the unmet need."""


@dataclass(frozen=True)
class DispatchResult:
    """Vehicles that drive, one entry each.

    Parameters
    ----------
    trip
        Position in the trip table, shape (vehicle,).
    load_units
        What it carries, shape (vehicle, item), whole. [units]
    """

    trip: Integers
    load_units: Integers

    def __len__(self) -> int:
        return len(self.trip)


def delivered_units(data: DispatchData, table: TripTable, result: DispatchResult) -> Floats:
    """Units in hand by the deadline, shape (district, item). [units]."""
    total = np.zeros((data.district_count, data.item_count))
    np.add.at(total, data.lane_district[table.lane[result.trip]], result.load_units)
    return total


def backlog_hours(data: DispatchData, table: TripTable, result: DispatchResult) -> Floats:
    """Integral of the backlog from 0 to the deadline, shape (district, item). [unit-hours]

    The backlog at h is ``max(0, need arisen by h - delivered by h)``.
    """
    shape = (data.district_count, data.item_count)
    district = data.lane_district[table.lane[result.trip]]
    vehicle, item = np.nonzero(result.load_units)
    pair = np.concatenate(
        [
            data.need_district * data.item_count + data.need_item,
            district[vehicle] * data.item_count + item,
        ]
    )
    hours = np.concatenate(
        [data.need_from_hours, table.unload_end_hours[result.trip][vehicle]]
    ).clip(0.0, data.deadline_hours)
    change = np.concatenate([data.need_units, -result.load_units[vehicle, item].astype(float)])
    total = np.zeros(shape).ravel()
    if len(pair) == 0:
        return total.reshape(shape)
    order = np.lexsort((hours, pair))
    pair, hours, change = pair[order], hours[order], change[order]
    is_last = np.append(pair[1:] != pair[:-1], True)
    running = np.cumsum(change)
    ends = np.flatnonzero(is_last)
    before = np.concatenate([[0.0], running[ends[:-1]]])
    lengths = np.diff(np.concatenate([[-1], ends]))
    balance = running - np.repeat(before, lengths)
    until = np.where(is_last, data.deadline_hours, np.append(hours[1:], 0.0))
    np.add.at(total, pair, np.maximum(balance, 0.0) * (until - hours))
    return total.reshape(shape)


def _per_pair(data: DispatchData, values: Floats) -> Floats:
    """One value per district and item from the needs' values, shape (district, item)."""
    table = np.zeros((data.district_count, data.item_count))
    table[data.need_district, data.need_item] = values
    return table


def dispatch_values(
    data: DispatchData, table: TripTable, result: DispatchResult
) -> dict[str, float]:
    """Values of all stages.

    Parameters
    ----------
    data, table
        The problem.
    result
        A feasible dispatch.

    Returns
    -------
    dict
        By stage: unmet [weighted units], waiting [weighted unit-hours], cost [CNY],
        social [CNY], served_cost [CNY].
    """
    delivered = delivered_units(data, table, result)
    missing = np.maximum(data.demand_units - delivered, 0.0)
    backlog = backlog_hours(data, table, result)
    weight = _per_pair(data, data.need_weight)
    trip = result.trip
    cost = float(data.trip_cost_cny[table.lane[trip], table.fleet[trip]].sum())
    unmet_cny = float((_per_pair(data, data.need_unmet_cny) * missing).sum())
    waiting_cny = float((_per_pair(data, data.need_waiting_cny) * backlog).sum())
    return {
        "unmet": float((weight * missing).sum()),
        "waiting": float((weight * backlog).sum()),
        "cost": cost,
        "social": cost + waiting_cny + unmet_cny,
        "served_cost": cost + unmet_cny,
    }
