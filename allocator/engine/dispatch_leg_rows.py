"""From vehicles on legs to rows of a result, and what is left of a plan without them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from allocator.clock_text import clock_text
from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_legs import without_legs
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.dispatch_trips import load_lines, steps_text
from allocator.engine.hub_service import districts_in_need, served_by_hubs
from allocator.schema.legs import LegTrip
from allocator.schema.results import LoadingLine
from models.dispatch_values import DispatchResult

__all__ = ["HubParts", "LegRows", "hub_parts"]

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class HubParts:
    """A plan with legs, taken apart for the tables that know districts only.

    Parameters
    ----------
    inputs
        With the stock that legs leave in warehouses and bring to hubs.
    problem
        Without legs.
    outcome
        Trips to districts, with the stages of all.
    """

    inputs: DispatchInputs
    problem: DispatchProblem
    outcome: DispatchOutcome


def hub_parts(inputs: DispatchInputs, outcome: DispatchOutcome) -> HubParts:
    """Take legs out of a plan.

    Parameters
    ----------
    inputs, outcome
        The scenario and its plan.
    """
    data, table, result = inputs.data, outcome.table, outcome.result
    is_leg = data.lane_hub[table.lane[result.trip]] >= 0
    lane = table.lane[result.trip[is_leg]]
    load = result.load_units[is_leg]
    usable, outside = inputs.held.usable_units.copy(), inputs.held.outside_units.copy()
    start = inputs.warehouse[data.lane_warehouse[lane]]
    np.subtract.at(usable, start, load)
    np.add.at(usable, inputs.warehouse[data.hub_warehouse[data.lane_hub[lane]]], load)
    leaves = data.leaves_province[lane]
    np.subtract.at(outside, start[leaves], load[leaves])
    outside = np.clip(outside, 0, usable)
    hubs = inputs.warehouse[data.hub_warehouse]
    outside[hubs] = usable[hubs]
    held = replace(inputs.held, usable_units=usable, outside_units=outside)
    left = replace(
        without_legs(data),
        stock_units=usable[inputs.warehouse],
        outside_units=outside[inputs.warehouse],
    )
    # The trips are those of the relaxation: stock that is gone would take departures away.
    base = dispatch_problem(without_legs(data))
    own = DispatchResult(result.trip[~is_leg], result.load_units[~is_leg])
    return HubParts(
        replace(inputs, held=held),
        replace(base, data=left),
        replace(outcome, table=base.table, result=own),
    )


@dataclass
class LegRows:
    """Makes the rows of the vehicles on legs, in the order of load starts.

    Parameters
    ----------
    inputs, outcome
        The scenario and its plan.
    """

    inputs: DispatchInputs
    outcome: DispatchOutcome
    _vehicles: list[int] = field(init=False)
    _names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        data, table, trip = self.inputs.data, self.outcome.table, self.outcome.result.trip
        lane = table.lane[trip]
        order = np.lexsort((table.fleet[trip], lane, table.start_period[trip]))
        self._vehicles = order[data.lane_hub[lane[order]] >= 0].tolist()
        width = max(4, len(str(len(self._vehicles))))
        code = self.inputs.scenario.scenario
        self._names = [f"{code}-L{k + 1:0{width}d}" for k in range(len(self._vehicles))]

    def trips(self) -> tuple[LegTrip, ...]:
        """One row for each vehicle."""
        inputs, data, table = self.inputs, self.inputs.data, self.outcome.table
        legs, case = inputs.legs, inputs.case
        if legs is None:
            return ()
        first = data.lane_count - len(legs)
        code, rows = inputs.scenario.scenario, []
        served = served_by_hubs(case, inputs.scenario, districts_in_need(case, code))
        for name, vehicle in zip(self._names, self._vehicles, strict=True):
            trip = int(self.outcome.result.trip[vehicle])
            lane, fleet = int(table.lane[trip]), int(table.fleet[trip])
            leg = lane - first
            load = self.outcome.result.load_units[vehicle]
            items = np.flatnonzero(load)
            warehouse, hub = int(legs.warehouse[leg]), int(legs.hub[leg])
            start = float(table.start_period[trip]) * data.period_hours
            depart = start + float(data.load_hours[fleet])
            arrive = depart + float(data.drive_hours[lane, fleet])
            end = arrive + float(data.unload_hours[fleet])
            rows.append(
                LegTrip(
                    trip=name,
                    scenario=code,
                    warehouse=case.warehouses[warehouse].warehouse,
                    hub=case.warehouses[hub].warehouse,
                    fleet=case.vehicles[fleet].fleet,
                    release_hours=float(legs.release_hours[leg, items].max(initial=0.0)),
                    load_start_hours=start,
                    depart_hours=depart,
                    arrive_hours=arrive,
                    unload_end_hours=end,
                    ready_hours=end + case.warehouses[hub].transfer_hours,
                    return_hours=float(table.return_hours[trip]),
                    load_start_time=clock_text(case, code, start),
                    depart_time=clock_text(case, code, depart),
                    unload_end_time=clock_text(case, code, end),
                    distance_km=float(legs.distance_km[leg, fleet]),
                    cost_cny=float(data.trip_cost_cny[lane, fleet]),
                    weight_kg=float(load @ data.item_weight_kg),
                    volume_m3=float(load @ data.item_volume_m3),
                    approvals=self._approvals(warehouse, served[hub], items),
                )
            )
        return tuple(rows)

    def _approvals(self, warehouse: int, districts: set[int], items: Integers) -> str:
        """Sign-offs that the items on board wait for, towards all whom the hub serves."""
        rules = self.inputs.lanes.release
        if self.inputs.case.warehouses[warehouse].state == "hub":
            return ""
        texts: dict[str, None] = {}
        for group in sorted({int(rules.item_group[item]) for item in items}):
            for district in sorted(districts):
                rule = rules.rule(warehouse, district, group)
                if rule is not None:
                    texts[steps_text(rules, rule)] = None
        return "; ".join(texts)[:2000]

    def loading_lines(self) -> tuple[LoadingLine, ...]:
        """Load lists in the order of the trips."""
        loads = [self.outcome.result.load_units[vehicle] for vehicle in self._vehicles]
        return load_lines(self.inputs, self._names, loads)
