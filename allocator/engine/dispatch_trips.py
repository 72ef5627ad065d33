"""From vehicles to rows of a result: trips and load lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release
from allocator.clock_text import clock_text
from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.schema.procedure import ApprovalRule
from allocator.schema.results import LoadingLine, Trip

__all__ = ["TripRows", "load_lines", "steps_text"]

Integers = NDArray[np.int64]


@dataclass
class TripRows:
    """Makes the rows of the vehicles of one scenario, in the order of load starts.

    Parameters
    ----------
    inputs, problem, outcome
        The scenario and its plan.
    """

    inputs: DispatchInputs
    problem: DispatchProblem
    outcome: DispatchOutcome
    _order: Integers = field(init=False)
    _names: list[str] = field(init=False)
    _approvals: dict[tuple[int, tuple[int, ...]], str] = field(init=False, default_factory=dict)
    _steps: dict[tuple[str, str], str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        table, trip = self.outcome.table, self.outcome.result.trip
        start, lane = table.start_period[trip], table.lane[trip]
        self._order = np.lexsort((table.fleet[trip], lane, start))
        width = max(4, len(str(len(trip))))
        code = self.inputs.scenario.scenario
        self._names = [f"{code}-{number + 1:0{width}d}" for number in range(len(trip))]

    def trips(self) -> tuple[Trip, ...]:
        """One row for each vehicle, in the order of load starts."""
        data, table = self.problem.data, self.outcome.table
        result, case = self.outcome.result, self.inputs.case
        code, rows = self.inputs.scenario.scenario, []
        for name, vehicle in zip(self._names, self._order.tolist(), strict=True):
            trip = int(result.trip[vehicle])
            lane, fleet = int(table.lane[trip]), int(table.fleet[trip])
            load = result.load_units[vehicle]
            start = float(table.start_period[trip]) * data.period_hours
            depart = start + float(data.load_hours[fleet])
            arrive = depart + float(data.drive_hours[lane, fleet])
            end = arrive + float(data.unload_hours[fleet])
            items = np.flatnonzero(load)
            rows.append(
                Trip(
                    trip=name,
                    scenario=code,
                    warehouse=case.warehouses[self._warehouse(lane)].warehouse,
                    district=case.districts[self._district(lane)].district,
                    fleet=case.vehicles[fleet].fleet,
                    release_hours=self._release_hours(lane, items),
                    load_start_hours=start,
                    depart_hours=depart,
                    arrive_hours=arrive,
                    unload_end_hours=end,
                    return_hours=float(table.return_hours[trip]),
                    load_start_time=clock_text(case, code, start),
                    depart_time=clock_text(case, code, depart),
                    unload_end_time=clock_text(case, code, end),
                    latest_load_start_hours=max(0.0, data.deadline_hours - (end - start)),
                    distance_km=float(self.inputs.lanes.distance_km[self.inputs.lane[lane], fleet]),
                    cost_cny=float(data.trip_cost_cny[lane, fleet]),
                    weight_kg=float(load @ data.item_weight_kg),
                    volume_m3=float(load @ data.item_volume_m3),
                    approvals=self._approvals_of(lane, items),
                )
            )
        return tuple(rows)

    def _warehouse(self, lane: int) -> int:
        return int(self.inputs.warehouse[self.problem.data.lane_warehouse[lane]])

    def _district(self, lane: int) -> int:
        return int(self.inputs.district[self.problem.data.lane_district[lane]])

    def _is_from_hub(self, lane: int) -> bool:
        """Whether the goods of a lane come from a hub, and are signed for."""
        return self.inputs.case.warehouses[self._warehouse(lane)].state == "hub"

    def _release_hours(self, lane: int, items: Integers) -> float:
        """Hour from which all items on board may be loaded. [h]"""
        if self._is_from_hub(lane):
            return 0.0
        return float(self.problem.data.release_hours[lane, items].max(initial=0.0))

    def _approvals_of(self, lane: int, items: Integers) -> str:
        """Sign-offs that the items on board wait for on a lane, by procedure."""
        rules = self.inputs.lanes.release
        if self._is_from_hub(lane):
            return ""
        groups = tuple(sorted({int(rules.item_group[item]) for item in items}))
        if (lane, groups) not in self._approvals:
            texts: dict[str, None] = {}
            for group in groups:
                rule = rules.rule(self._warehouse(lane), self._district(lane), group)
                if rule is not None:
                    key = rule.procedure, rule.release_step
                    if key not in self._steps:
                        self._steps[key] = steps_text(rules, rule)
                    texts[self._steps[key]] = None
            self._approvals[lane, groups] = "; ".join(texts)[:2000]
        return self._approvals[lane, groups]

    def loading_lines(self) -> tuple[LoadingLine, ...]:
        """Load lists in the order of the trips."""
        loads = [self.outcome.result.load_units[vehicle] for vehicle in self._order.tolist()]
        return load_lines(self.inputs, self._names, loads)


def steps_text(rules: Release, rule: ApprovalRule) -> str:
    """Procedure and sign-offs that a rule waits for."""
    names = ", ".join(f"{step.step} {step.name}" for step in rules.steps_waited_for(rule))
    return f"{rule.procedure}: {names}"


def load_lines(
    inputs: DispatchInputs, names: Sequence[str], loads: Sequence[Integers]
) -> tuple[LoadingLine, ...]:
    """Lines of load lists, an item each.

    Parameters
    ----------
    inputs
        The scenario.
    names, loads
        Number of each trip, and what it carries, shape (item,). [units]
    """
    data, items = inputs.data, inputs.case.items
    return tuple(
        LoadingLine(
            trip=name,
            scenario=inputs.scenario.scenario,
            item=items[item].item,
            load_units=float(load[item]),
            weight_kg=float(load[item]) * float(data.item_weight_kg[item]),
            volume_m3=float(load[item]) * float(data.item_volume_m3[item]),
        )
        for name, load in zip(names, loads, strict=True)
        for item in np.flatnonzero(load).tolist()
    )
