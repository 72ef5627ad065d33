"""A plan of ten thousand trips, to see how long its orders take: made by filling, not by solving.

The case is ``hongshui`` with everything multiplied: vehicles, docks, stock, need, receiving. Every
vehicle drives once, to districts in turn, with up to three items on board. Nobody would call that a
good plan, but it keeps every rule, and the replay certifies it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.dispatch_outcome import DispatchOutcome, StageOutcome
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.dispatch_tables import dispatch_plan
from allocator.intake import read_case, write_case
from allocator.plan import Plan
from allocator.publication import publish
from allocator.schema.disaster import Fleet, ScenarioDemand
from allocator.schema.network import District, SizeClass, Stock, Warehouse
from allocator.schema.results import RunInfo
from allocator.schema.row import Row
from models.dispatch_values import DispatchResult

__all__ = ["SOURCE", "case_of_many_trips", "plan_of_many_trips", "write_many_trips"]

SOURCE = "hongshui"
ITEMS_ON_BOARD = 3
STAGES = ("unmet", "waiting", "cost")

Integers = NDArray[np.int64]

_MULTIPLIED: dict[type[Row], tuple[str, ...]] = {
    Fleet: ("vehicles_count",),
    Stock: ("stock_units", "home_reserve_units"),
    ScenarioDemand: ("demand_units",),
    SizeClass: ("docks_per_hour", "volume_m3"),
    Warehouse: ("docks_per_hour", "volume_m3"),
    District: ("receive_m3_per_hour",),
}
"""What a larger case has more of, by sheet."""


def case_of_many_trips(trips: int) -> Case:
    """Return the source with so many of everything that its vehicles make so many trips."""
    case = read_case(SOURCE)
    times = ceil(1.1 * trips / sum(row.vehicles_count for row in case.fleets))
    for kind, names in _MULTIPLIED.items():
        rows = [
            row.model_copy(
                update={
                    name: value * times
                    for name in names
                    for value in [getattr(row, name)]
                    if value is not None
                }
            )
            for row in case.rows(kind)
        ]
        case = case.replace(kind, tuple(rows))
    return case


def plan_of_many_trips(case: Case, trips: int) -> Plan:
    """Return a plan with at most so many trips.

    Parameters
    ----------
    case
        From ``case_of_many_trips``.
    trips
        How many are wanted; fewer where stock, need or vehicles run out.
    """
    inputs = build_dispatch_inputs(case, SOURCE)
    problem = dispatch_problem(inputs.data)
    filling = _Filling.of(problem)
    chosen = filling.chosen(trips)
    result = DispatchResult(
        np.array([trip for trip, _ in chosen], dtype=np.int64),
        np.array([load for _, load in chosen], dtype=np.int64),
    )
    stages = [StageOutcome(name, 0.0, 0.0, 0.0) for name in STAGES]
    outcome = DispatchOutcome.of(inputs.data, problem.table, result, stages)
    plan = dispatch_plan(inputs, problem, outcome, 1.0, with_reasons=False)
    facts = {
        "kind": "dispatch",
        "case": case.settings.plan_name,
        "case_digest": case.digest,
        "objective": "lives",
        "clock": case.settings.clock,
    }
    return plan.replace(RunInfo, tuple(RunInfo(name=name, text=facts[name]) for name in facts))


def write_many_trips(trips: int, folder: Path) -> tuple[Path, Path]:
    """Write case and result as a user has them; the result is replayed before it is there.

    Raises
    ------
    ReplayError
        If the plan breaks a rule.
    """
    case = case_of_many_trips(trips)
    source, result = folder / "case.xlsx", folder / "plan.xlsx"
    write_case(case, source)
    publish(case, plan_of_many_trips(case, trips), result, with_page=False, with_pictures=False)
    return source, result


@dataclass
class _Filling:
    """What is left while vehicles are sent, one after the other.

    Parameters
    ----------
    problem
        The scenario.
    sent
        Vehicles that were sent, each once, shape (warehouse, fleet).
    starts
        Load starts, shape (warehouse, period).
    received_m3
        Unloaded by hour, shape (district, hour). [m3]
    stock, outside
        Shape (warehouse, item). [units]
    need
        Shape (district, item). [units]
    """

    problem: DispatchProblem
    sent: NDArray[np.float64]
    starts: NDArray[np.float64]
    received_m3: NDArray[np.float64]
    stock: Integers
    outside: Integers
    need: Integers

    @classmethod
    def of(cls, problem: DispatchProblem) -> _Filling:
        """Begin with everything."""
        data = problem.data
        need = np.zeros((data.district_count, data.item_count))
        np.add.at(need, (data.need_district, data.need_item), data.need_units)
        return cls(
            problem,
            np.zeros((data.warehouse_count, data.fleet_count)),
            np.zeros((data.warehouse_count, problem.period_count)),
            np.zeros((data.district_count, problem.receive_count)),
            data.stock_units.astype(np.int64),
            data.outside_units.astype(np.int64),
            np.floor(need).astype(np.int64),
        )

    def chosen(self, most: int) -> list[tuple[int, Integers]]:
        """Trips with their loads: each pool in turn sends a vehicle, as long as one can."""
        problem = self.problem
        order = np.lexsort((problem.district, problem.table.start_period, problem.pool))
        pools = [rows.tolist() for rows in _runs(order, problem.pool[order])]
        places = [0] * len(pools)
        found: list[tuple[int, Integers]] = []
        while any(pools) and len(found) < most:
            for k, rows in enumerate(pools):
                if len(found) < most and not self._send(rows, places, k, found):
                    pools[k] = []
        return found

    def _send(
        self, rows: list[int], places: list[int], k: int, found: list[tuple[int, Integers]]
    ) -> bool:
        """Send one more vehicle of a pool with the next of its trips that can be driven."""
        while places[k] < len(rows):
            trip = rows[places[k]]
            places[k] += 1
            load = self._load(trip)
            if load is not None:
                found.append((trip, load))
                return True
        return False

    def _load(self, trip: int) -> Integers | None:
        """Load a vehicle and take it from what is left; None where it cannot go or has nothing."""
        problem, table, data = self.problem, self.problem.table, self.problem.data
        warehouse, district = int(problem.warehouse[trip]), int(problem.district[trip])
        fleet, start = int(table.fleet[trip]), int(table.start_period[trip])
        hour = int(table.receive_hour[trip])
        if (
            self.sent[warehouse, fleet] + 1 > data.vehicles_by_period[warehouse, fleet, start]
            or self.starts[warehouse, start] >= data.docks_by_period[warehouse, start]
        ):
            return None
        room_m3 = data.receive_m3_by_hour[district, hour] - self.received_m3[district, hour]
        parts = np.minimum(
            min(data.vehicle_volume_m3[fleet], room_m3) / ITEMS_ON_BOARD / data.item_volume_m3,
            data.payload_kg[fleet] / ITEMS_ON_BOARD / data.item_weight_kg,
        )
        stock = self.outside if problem.leaves[trip] else self.stock
        load = np.minimum(np.minimum(stock[warehouse], self.need[district]), np.floor(parts))
        load = np.where(table.carries[trip], load, 0).astype(np.int64)
        load[np.argsort(-load, kind="stable")[ITEMS_ON_BOARD:]] = 0
        if load.max() < 1:
            return None
        self.sent[warehouse, fleet] += 1
        self.starts[warehouse, start] += 1
        self.received_m3[district, hour] += float(load @ data.item_volume_m3)
        self.stock[warehouse] -= load
        self.outside[warehouse] = np.minimum(
            self.stock[warehouse], self.outside[warehouse] - (load if problem.leaves[trip] else 0)
        )
        self.need[district] -= load
        return load


def _runs(order: Integers, keys: Integers) -> list[Integers]:
    """Part an order where its keys change."""
    return np.split(order, np.flatnonzero(np.diff(keys)) + 1)
