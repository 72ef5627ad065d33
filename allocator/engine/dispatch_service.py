"""What a dispatch brings, by hour: arrivals, served share, shortages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_periods import HOUR_NOISE
from allocator.engine.dispatch_reasons import ShortageReasons
from allocator.schema.results import Arrival, ServedByHour, Shortage

__all__ = ["Deliveries", "arrivals", "deliveries", "served_by_hour", "shortages"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_LISTED_UNITS = 1e-6


@dataclass(frozen=True)
class Deliveries:
    """Everything that is unloaded, also by trips that had left before, in order of the hours.

    Parameters
    ----------
    district, item
        Positions in the case, shape (delivery,).
    hours
        End of unloading, shape (delivery,). [h]
    units
        Shape (delivery,). [units]
    """

    district: Integers
    item: Integers
    hours: Floats
    units: Floats

    def within(self, demand_units: Floats, deadline_hours: float) -> Floats:
        """Units that meet a need by the deadline, shape (delivery,). [units]

        Parameters
        ----------
        demand_units
            Shape (case district, item). [units]
        deadline_hours
            What comes later meets none. [h]
        """
        pair = self.district * demand_units.shape[1] + self.item
        order = np.argsort(pair, kind="stable")
        counted = np.where(self.hours <= deadline_hours + HOUR_NOISE, self.units, 0.0)[order]
        running = np.cumsum(counted)
        first = np.searchsorted(pair[order], pair[order])
        before = running - counted
        total = running - before[first]
        limit = demand_units.ravel()[pair[order]]
        found = np.zeros(len(pair))
        found[order] = np.minimum(total, limit) - np.minimum(total - counted, limit)
        return found


def deliveries(inputs: DispatchInputs, outcome: DispatchOutcome) -> Deliveries:
    """Gather what vehicles of an outcome bring, and what had left before."""
    table, result = outcome.table, outcome.result
    vehicle, item = np.nonzero(result.load_units)
    lane = table.lane[result.trip[vehicle]]
    parts = [
        inputs.district[inputs.data.lane_district[lane]],
        item,
        table.unload_end_hours[result.trip[vehicle]],
        result.load_units[vehicle, item].astype(float),
    ]
    if inputs.before is not None:
        left = np.array(_left_rows(inputs), dtype=float).reshape(-1, 4)
        parts = [np.concatenate([part, more]) for part, more in zip(parts, left.T, strict=True)]
    district, item, hours, units = parts
    order = np.lexsort((item, district, hours))
    return Deliveries(
        district[order].astype(np.int64), item[order].astype(np.int64), hours[order], units[order]
    )


def _left_rows(inputs: DispatchInputs) -> list[tuple[int, int, float, float]]:
    """District, item, hour and units of what had left before and arrives."""
    before = inputs.before
    if before is None:
        return []
    district, item = inputs.case.district_index(), inputs.case.item_index()
    return [
        (district[trip.district], item[code], trip.unload_end_hours, units)
        for trip in before.trips
        if trip.state != "lost"
        for code, units in before.loads[trip.trip].items()
    ]


def arrivals(inputs: DispatchInputs, brought: Deliveries) -> tuple[Arrival, ...]:
    """What comes in by district, item and end of unloading."""
    hours = np.round(brought.hours, 9)
    order = np.lexsort((hours, brought.item, brought.district))
    key = np.stack([brought.district, brought.item, hours], axis=1)[order]
    is_first = np.ones(len(key), dtype=bool)
    is_first[1:] = (np.diff(key, axis=0) != 0).any(axis=1)
    starts = np.flatnonzero(is_first)
    units = np.add.reduceat(brought.units[order], starts) if len(starts) else np.zeros(0)
    case, scenario = inputs.case, inputs.scenario.scenario
    return tuple(
        Arrival(
            scenario=scenario,
            district=case.districts[int(district)].district,
            item=case.items[int(item)].item,
            unload_end_hours=hour,
            arrive_units=total,
        )
        for (district, item, hour), total in zip(key[starts].tolist(), units.tolist(), strict=True)
    )


def served_by_hour(inputs: DispatchInputs, brought: Deliveries) -> tuple[ServedByHour, ...]:
    """Weighted share of the need in hand at every whole hour."""
    deadline = inputs.data.deadline_hours
    weight = inputs.weight
    total = float((weight * inputs.demand_units).sum())
    served = brought.within(inputs.demand_units, deadline)
    running = np.cumsum(weight[brought.district, brought.item] * served)
    rows = []
    for hour in range(int(np.floor(deadline + HOUR_NOISE)) + 1):
        count = int(np.searchsorted(brought.hours, hour + HOUR_NOISE, side="right"))
        share = float(running[count - 1]) / total if count and total > 0 else float(total <= 0)
        rows.append(
            ServedByHour(scenario=inputs.scenario.scenario, hour=hour, served_share=min(1.0, share))
        )
    return tuple(rows)


def shortages(
    inputs: DispatchInputs, brought: Deliveries, reasons: ShortageReasons | None
) -> tuple[Shortage, ...]:
    """Need that is not met, with its reason where reasons are wanted."""
    case, demand = inputs.case, inputs.demand_units
    served = np.zeros(demand.shape)
    within = brought.within(demand, inputs.data.deadline_hours)
    np.add.at(served, (brought.district, brought.item), within)
    position = {int(d): k for k, d in enumerate(inputs.district)}
    rows = []
    for district, item in np.argwhere(demand - served > _LISTED_UNITS).tolist():
        unmet = float(demand[district, item] - served[district, item])
        reason, sentence = "", ""
        if reasons is not None and district in position:
            reason, sentence = reasons.explain(position[district], item, unmet)
        rows.append(
            Shortage(
                scenario=inputs.scenario.scenario,
                district=case.districts[district].district,
                item=case.items[item].item,
                demand_units=float(demand[district, item]),
                served_units=float(served[district, item]),
                unmet_units=unmet,
                reason=reason,
                sentence=sentence,
            )
        )
    return tuple(rows)
