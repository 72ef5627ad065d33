"""From vehicles to the rows of a result: trips, load lists, arrivals, served share, shortages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_floor import waiting_floor
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.engine.dispatch_reasons import ShortageReasons
from allocator.plan import Plan
from allocator.schema.results import (
    Arrival,
    LoadingLine,
    ServedByHour,
    Shortage,
    Stage,
    Trip,
)
from allocator.solver import stage_gap
from models.dispatch_values import delivered_units

__all__ = ["dispatch_plan"]

Integers = NDArray[np.int64]

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_OPTIMAL_GAP = 1e-6
_LISTED_UNITS = 1e-6


def dispatch_plan(
    inputs: DispatchInputs,
    problem: DispatchProblem,
    outcome: DispatchOutcome,
    gap: float,
    *,
    with_reasons: bool = True,
) -> Plan:
    """Write the tables of one scenario.

    Parameters
    ----------
    inputs, problem, outcome
        The scenario and its plan.
    gap
        Relative gap that was asked for.
    with_reasons
        Whether shortages are explained; preliminary plans need not be.
    """
    tables = _Tables(inputs, problem, outcome)
    return Plan(
        {
            Trip.sheet: tables.trips(),
            LoadingLine.sheet: tables.loading_lines(),
            Arrival.sheet: tables.arrivals(),
            ServedByHour.sheet: tables.served_by_hour(),
            Shortage.sheet: tables.shortages(with_reasons=with_reasons),
            Stage.sheet: tables.stages(gap),
        }
    )


@dataclass
class _Tables:
    """Makes the rows of one scenario.

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

    def __post_init__(self) -> None:
        table, trip = self.outcome.table, self.outcome.result.trip
        start, lane = table.start_period[trip], table.lane[trip]
        self._order = np.lexsort((table.fleet[trip], lane, start))
        width = max(4, len(str(len(trip))))
        code = self.inputs.scenario.scenario
        self._names = [f"{code}-{number + 1:0{width}d}" for number in range(len(trip))]

    def _clock(self, hours: float) -> str:
        """Clock time in Shanghai to the minute; empty without a start of the clock."""
        given = self.inputs.scenario.event_time
        start = self.inputs.case.settings.event_time if given is None else given
        if start is None:
            return ""
        if start.tzinfo is None:
            start = start.replace(tzinfo=_SHANGHAI)
        moment = start.astimezone(_SHANGHAI) + timedelta(hours=hours)
        if moment.second >= 30:
            moment += timedelta(minutes=1)
        return datetime.strftime(moment, "%Y-%m-%d %H:%M")

    def trips(self) -> tuple[Trip, ...]:
        """One row for each vehicle, in the order of load starts."""
        data, table = self.problem.data, self.outcome.table
        result, case = self.outcome.result, self.inputs.case
        rows = []
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
                    scenario=self.inputs.scenario.scenario,
                    warehouse=case.warehouses[self._warehouse(lane)].warehouse,
                    district=case.districts[self._district(lane)].district,
                    fleet=case.vehicles[fleet].fleet,
                    release_hours=float(data.release_hours[lane, items].max(initial=0.0)),
                    load_start_hours=start,
                    depart_hours=depart,
                    arrive_hours=arrive,
                    unload_end_hours=end,
                    return_hours=end + float(data.drive_hours[lane, fleet]),
                    load_start_time=self._clock(start),
                    depart_time=self._clock(depart),
                    unload_end_time=self._clock(end),
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

    def _approvals_of(self, lane: int, items: Integers) -> str:
        """Sign-offs that the items on board wait for on a lane, by procedure."""
        rules = self.inputs.lanes.release
        groups = tuple(sorted({int(rules.item_group[item]) for item in items}))
        if (lane, groups) not in self._approvals:
            texts: dict[str, None] = {}
            for group in groups:
                rule = rules.rule(self._warehouse(lane), self._district(lane), group)
                if rule is not None:
                    steps = rules.steps_waited_for(rule)
                    names = ", ".join(f"{step.step} {step.name}" for step in steps)
                    texts[f"{rule.procedure}: {names}"] = None
            self._approvals[lane, groups] = "; ".join(texts)[:2000]
        return self._approvals[lane, groups]

    def loading_lines(self) -> tuple[LoadingLine, ...]:
        """Load lists in the order of the trips."""
        data, items = self.problem.data, self.inputs.case.items
        rows = []
        for name, vehicle in zip(self._names, self._order.tolist(), strict=True):
            load = self.outcome.result.load_units[vehicle]
            for item in np.flatnonzero(load).tolist():
                units = float(load[item])
                rows.append(
                    LoadingLine(
                        trip=name,
                        scenario=self.inputs.scenario.scenario,
                        item=items[item].item,
                        load_units=units,
                        weight_kg=units * float(data.item_weight_kg[item]),
                        volume_m3=units * float(data.item_volume_m3[item]),
                    )
                )
        return tuple(rows)

    def arrivals(self) -> tuple[Arrival, ...]:
        """What comes in by district, item and end of unloading."""
        table, result = self.outcome.table, self.outcome.result
        total: dict[tuple[int, int, float], float] = {}
        for vehicle, trip in enumerate(result.trip.tolist()):
            district = self._district(int(table.lane[trip]))
            hours = round(float(table.unload_end_hours[trip]), 9)
            for item in np.flatnonzero(result.load_units[vehicle]).tolist():
                key = district, item, hours
                total[key] = total.get(key, 0.0) + float(result.load_units[vehicle, item])
        case = self.inputs.case
        return tuple(
            Arrival(
                scenario=self.inputs.scenario.scenario,
                district=case.districts[district].district,
                item=case.items[item].item,
                unload_end_hours=hours,
                arrive_units=units,
            )
            for (district, item, hours), units in sorted(total.items())
        )

    def served_by_hour(self) -> tuple[ServedByHour, ...]:
        """Weighted share of the need in hand at every whole hour."""
        data, table, result = self.problem.data, self.outcome.table, self.outcome.result
        weight = np.zeros((data.district_count, data.item_count))
        weight[data.need_district, data.need_item] = data.need_weight
        total = float((data.need_weight * data.need_units).sum())
        brought = (weight[self.problem.district[result.trip]] * result.load_units).sum(axis=1)
        hours = table.unload_end_hours[result.trip]
        rows = []
        for hour in range(int(np.floor(data.deadline_hours + 1e-6)) + 1):
            served = float(brought[hours <= hour + 1e-6].sum())
            rows.append(
                ServedByHour(
                    scenario=self.inputs.scenario.scenario,
                    hour=hour,
                    served_share=min(1.0, served / total) if total > 0 else 1.0,
                )
            )
        return tuple(rows)

    def shortages(self, *, with_reasons: bool) -> tuple[Shortage, ...]:
        """Need that is not met, with its reason."""
        data, case = self.problem.data, self.inputs.case
        served = delivered_units(data, self.outcome.table, self.outcome.result)
        missing = np.maximum(data.demand_units - served, 0.0)
        reasons = ShortageReasons(self.inputs, self.problem, self.outcome)
        rows = []
        for district, item in np.argwhere(missing > _LISTED_UNITS).tolist():
            unmet = float(missing[district, item])
            reason, sentence = "", ""
            if with_reasons:
                reason, sentence = reasons.explain(district, item, unmet)
            rows.append(
                Shortage(
                    scenario=self.inputs.scenario.scenario,
                    district=case.districts[int(self.inputs.district[district])].district,
                    item=case.items[item].item,
                    demand_units=float(data.demand_units[district, item]),
                    served_units=float(served[district, item]),
                    unmet_units=unmet,
                    reason=reason,
                    sentence=sentence,
                )
            )
        return tuple(rows)

    def stages(self, gap: float) -> tuple[Stage, ...]:
        """Objective, bound and gap of every stage."""
        by_name = {each.stage: each for each in self.outcome.stages}
        rows = []
        for each in self.outcome.stages:
            found = stage_gap(each.objective, each.bound)
            floor = None
            if each.stage == "waiting" and "unmet" in by_name:
                floor = waiting_floor(self.problem, by_name["unmet"].bound)
            status = "optimal" if found <= _OPTIMAL_GAP else "time_limit"
            if _OPTIMAL_GAP < found <= gap:
                status = "within_gap"
            rows.append(
                Stage(
                    part=self.inputs.scenario.scenario,
                    stage="cost" if each.stage == "served_cost" else each.stage,
                    objective=each.objective,
                    bound=each.bound,
                    gap=found,
                    controllable_gap=stage_gap(each.objective, each.bound, floor or 0.0),
                    floor=floor,
                    status=status,
                    seconds=each.seconds,
                )
            )
        return tuple(rows)
