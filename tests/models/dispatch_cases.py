"""Dispatch problems small enough to try out every plan, and a plain way to do that.

The enumeration is written from ``docs/model.md`` with loops; it shares nothing with the engine.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.dispatch_data import DispatchData
from tests.models.random_limits import lasting, vehicles_later, way_back
from tests.models.together_by_hand import keeps_apart, keeps_convoys

__all__ = [
    "Best",
    "Vehicle",
    "brute_force",
    "keeps_all_rules",
    "random_data",
    "random_problems",
    "regional_data",
    "single_lane",
]

Floats = NDArray[np.float64]


def single_lane(**changes: object) -> DispatchData:
    """One warehouse, one district, one item, one kind of vehicle; 4 hours.

    Loading, driving and unloading take half an hour, one and half an hour: a vehicle that starts
    at 0 is unloaded at 2 and back at 3. It carries 2 units of 1 kg and 1 m3. Need and stock are
    6 units of weight 1; a trip costs 10 CNY, an hour's wait 1 CNY, a missing unit 100 CNY.
    """
    data = DispatchData(
        period_hours=1.0,
        deadline_hours=4.0,
        item_weight_kg=np.array([1.0]),
        item_volume_m3=np.array([1.0]),
        payload_kg=np.array([2.0]),
        vehicle_volume_m3=np.array([2.0]),
        load_hours=np.array([0.5]),
        unload_hours=np.array([0.5]),
        is_one_way=np.array([False]),
        lane_warehouse=np.array([0]),
        lane_district=np.array([0]),
        leaves_province=np.array([False]),
        drive_hours=np.array([[1.0]]),
        trip_cost_cny=np.array([[10.0]]),
        release_hours=np.array([[0.0]]),
        closure_lane=np.zeros(0, dtype=np.int64),
        closure_fleet=np.zeros(0, dtype=np.int64),
        closure_from_hours=np.zeros(0),
        closure_to_hours=np.zeros(0),
        vehicles_count=np.array([[np.inf]]),
        docks=np.array([np.inf]),
        stock_units=np.array([[6]]),
        outside_units=np.array([[6]]),
        receive_m3_per_hour=np.array([np.inf]),
        need_district=np.array([0]),
        need_item=np.array([0]),
        need_from_hours=np.array([0.0]),
        need_units=np.array([6.0]),
        need_weight=np.array([1.0]),
        need_waiting_cny=np.array([1.0]),
        need_unmet_cny=np.array([100.0]),
    )
    return replace(data, **changes)  # type: ignore[arg-type]


def random_data(seed: int) -> DispatchData:
    """Draw a problem of at most two of everything and a few hours."""
    rng = np.random.default_rng(seed)
    warehouses, districts, items = (int(n) for n in rng.integers(1, 3, 3))
    fleets = int(rng.choice([1, 1, 2]))
    lanes = list(itertools.product(range(warehouses), range(districts)))
    count = len(lanes)
    closures = int(rng.random() < 0.3)
    stock = rng.integers(2, 6, (warehouses, items))
    needs = [
        (d, i, float(f))
        for d, i in itertools.product(range(districts), range(items))
        for f in ((0, 1) if rng.random() < 0.2 else (int(rng.random() < 0.2),))
    ]
    chosen = [need for need in needs if rng.random() < 0.95][:3] or needs[:1]
    size = len(chosen)
    units = rng.integers(1, 4, size) + rng.choice([0.0, 0.0, 0.5], size)
    docks = rng.choice([1.0, 2.0, np.inf], warehouses)
    data = DispatchData(
        period_hours=1.0,
        deadline_hours=float(rng.choice([4.0, 4.5, 5.0])),
        item_weight_kg=rng.choice([1.0, 2.0], items),
        item_volume_m3=rng.choice([1.0, 2.0], items),
        payload_kg=rng.choice([2.0, 3.0], fleets),
        vehicle_volume_m3=rng.choice([2.0, 3.0], fleets),
        load_hours=rng.choice([0.5, 1.0], fleets),
        unload_hours=rng.choice([0.25, 0.5], fleets),
        is_one_way=np.random.default_rng([seed, 1]).random(fleets) < 0.25,
        lane_warehouse=np.array([w for w, _ in lanes]),
        lane_district=np.array([d for _, d in lanes]),
        leaves_province=rng.random(count) < 0.3,
        drive_hours=rng.choice([0.25, 0.5, 0.75, 1.0, 1.0, np.inf], (count, fleets)),
        trip_cost_cny=rng.integers(1, 20, (count, fleets)).astype(float),
        release_hours=rng.choice([0.0, 0.0, 0.5, 1.0], (count, items)),
        closure_lane=rng.integers(0, count, closures),
        closure_fleet=rng.integers(0, fleets, closures),
        closure_from_hours=np.full(closures, 0.5),
        closure_to_hours=np.full(closures, float(rng.choice([1.5, 2.0, np.inf]))),
        vehicles_count=vehicles_later(rng, (warehouses, fleets)),
        docks=docks,
        stock_units=stock,
        outside_units=np.minimum(stock, rng.integers(0, 6, stock.shape)),
        receive_m3_per_hour=rng.choice([3.0, 4.0, np.inf], districts),
        need_district=np.array([d for d, _, _ in chosen]),
        need_item=np.array([i for _, i, _ in chosen]),
        need_from_hours=np.array([f for _, _, f in chosen]),
        need_units=units,
        need_weight=np.ones(size) * rng.choice([1.0, 2.0], districts)[[d for d, _, _ in chosen]],
        need_waiting_cny=np.full(size, float(rng.choice([1.0, 5.0]))),
        need_unmet_cny=np.full(size, float(rng.choice([5.0, 100.0]))),
    )
    back, limits = way_back(seed, data.drive_hours), lasting(seed, stock, data.outside_units)
    return replace(data, drive_back_hours=back, lasting=limits)


@dataclass(frozen=True)
class Best:
    """Least values over all plans.

    Parameters
    ----------
    each
        By stage on its own.
    lives
        Unmet, then waiting among those, then cost among those.
    plans
        Values of every plan.
    """

    each: dict[str, float]
    lives: tuple[float, float, float]
    plans: list[dict[str, float]]

    def least(self, stage: str, **limits: float) -> float:
        """Least value of a stage among plans within the limits of other stages."""
        return min(
            plan[stage]
            for plan in self.plans
            if all(plan[name] <= limit for name, limit in limits.items())
        )


@dataclass(frozen=True)
class _Option:
    """One vehicle that could drive with one load."""

    warehouse: int
    district: int
    fleet: int
    start: int
    end: float
    back: float
    load: tuple[int, ...]
    volume: float
    leaves: bool
    cost: float


def _alone(data: DispatchData, p: int, f: int, start: int, load: tuple[int, ...]) -> _Option | None:
    """A vehicle on lane p of fleet f with this load, if that keeps the rules by itself."""
    items = range(data.item_count)
    w, d = int(data.lane_warehouse[p]), int(data.lane_district[p])
    drive = float(data.drive_hours[p, f])
    depart = start + float(data.load_hours[f])
    end = depart + drive + float(data.unload_hours[f])
    shut = any(
        data.closure_lane[c] == p
        and data.closure_fleet[c] == f
        and data.closure_from_hours[c] <= depart < data.closure_to_hours[c]
        for c in range(len(data.closure_lane))
    )
    early = any(load[i] and data.release_hours[p, i] > start for i in items)
    kg = sum(load[i] * data.item_weight_kg[i] for i in items)
    m3 = sum(load[i] * data.item_volume_m3[i] for i in items)
    full = kg > data.payload_kg[f] + 1e-9 or m3 > data.vehicle_volume_m3[f] + 1e-9
    is_there = data.vehicles_by_period[w, f, start] >= 1 and keeps_apart(data, load)
    if shut or early or full or not is_there or end > data.deadline_hours + 1e-9:
        return None
    leaves, cost = bool(data.leaves_province[p]), float(data.trip_cost_cny[p, f])
    back = math.inf if data.is_one_way[f] else end + float(data.back_hours[p, f])
    return _Option(w, d, f, start, end, back, load, m3, leaves, cost)


def _options(data: DispatchData) -> list[_Option]:
    """Every vehicle with every load that keeps the rules by itself."""
    found = []
    for p in range(data.lane_count):
        w, d = int(data.lane_warehouse[p]), int(data.lane_district[p])
        most = np.minimum(data.stock_units[w], np.floor(data.demand_units[d])).astype(int)
        loads = list(itertools.product(*(range(m + 1) for m in most)))
        for f, start, load in itertools.product(
            range(data.fleet_count), range(data.period_count), loads
        ):
            option = _alone(data, p, f, start, load) if any(load) else None
            if option is not None:
                found.append(option)
    return found


def _keeps_rules(data: DispatchData, plan: list[_Option]) -> bool:
    """Whether the last vehicle of a plan can be added to the ones before it."""
    new = plan[-1]
    same = [o for o in plan if o.warehouse == new.warehouse]
    if sum(o.start == new.start for o in same) > data.docks_by_period[new.warehouse, new.start]:
        return False
    fleet = [o for o in same if o.fleet == new.fleet]
    for moment in {o.start for o in fleet}:
        out = sum(o.start <= moment < o.back for o in fleet)
        if out > data.vehicles_by_period[new.warehouse, new.fleet, moment]:
            return False
    hour = math.ceil(new.end)
    there = [o for o in plan if o.district == new.district]
    arriving = sum(o.volume for o in there if math.ceil(o.end) == hour)
    if arriving > data.receive_m3_by_hour[new.district, hour - 1] + 1e-9:
        return False
    for i in range(data.item_count):
        sent = sum(o.load[i] for o in same)
        outside = sum(o.load[i] for o in same if o.leaves)
        if sent > data.stock_units[new.warehouse, i]:
            return False
        if outside > data.outside_units[new.warehouse, i]:
            return False
        limits = data.lasting
        for k in np.flatnonzero((limits.warehouse == new.warehouse) & (limits.item == i)):
            late = [o for o in same if o.end > limits.from_hours[k] + 1e-9]
            if sum(o.load[i] for o in late if o.leaves or not limits.leaves[k]) > limits.units[k]:
                return False
        if sum(o.load[i] for o in there) > data.demand_units[new.district, i]:
            return False
    return True


def keeps_all_rules(data: DispatchData, vehicles: list[tuple[int, int, int, list[int]]]) -> bool:
    """Whether vehicles (lane, fleet, start period, units by item) keep all rules together."""
    plan: list[_Option] = []
    for lane, fleet, start, load in vehicles:
        alone = _alone(data, lane, fleet, start, tuple(load))
        if alone is None or not any(load):
            return False
        plan.append(alone)
        if not _keeps_rules(data, plan):
            return False
    return keeps_convoys(data, plan)


def _plans(data: DispatchData) -> Iterator[list[_Option]]:
    """Every plan that keeps all rules, the empty one included."""
    options = _options(data)

    def extend(plan: list[_Option], first: int) -> Iterator[list[_Option]]:
        yield plan
        for k in range(first, len(options)):
            longer = [*plan, options[k]]
            if _keeps_rules(data, longer):
                yield from extend(longer, k)

    yield from extend([], 0)


def _values(data: DispatchData, plan: list[_Option]) -> dict[str, float]:
    """Values of a plan, the backlog added up between the hours at which it changes."""
    unmet = waiting = unmet_cny = waiting_cny = 0.0
    pairs = sorted(set(zip(data.need_district.tolist(), data.need_item.tolist(), strict=True)))
    for d, i in pairs:
        rows = [
            n
            for n in range(data.need_count)
            if data.need_district[n] == d and data.need_item[n] == i
        ]
        arrivals = [(o.end, o.load[i]) for o in plan if o.district == d]
        moments = {0.0, data.deadline_hours, *(float(data.need_from_hours[n]) for n in rows)}
        moments |= {end for end, _ in arrivals}
        inside = sorted(m for m in moments if m <= data.deadline_hours)
        backlog = 0.0
        for begin, until in itertools.pairwise(inside):
            arisen = sum(data.need_units[n] for n in rows if data.need_from_hours[n] <= begin)
            there = sum(units for end, units in arrivals if end <= begin)
            backlog += max(0.0, arisen - there) * (until - begin)
        missing = sum(data.need_units[n] for n in rows) - sum(units for _, units in arrivals)
        n = rows[0]
        unmet += data.need_weight[n] * missing
        waiting += data.need_weight[n] * backlog
        unmet_cny += data.need_unmet_cny[n] * missing
        waiting_cny += data.need_waiting_cny[n] * backlog
    cost = sum(o.cost for o in plan)
    return {
        "unmet": float(unmet),
        "waiting": float(waiting),
        "cost": cost,
        "social": float(cost + waiting_cny + unmet_cny),
        "served_cost": float(cost + unmet_cny),
    }


Vehicle = tuple[int, int, int, int, tuple[int, ...]]
"""Warehouse, district, fleet, start period and load of one vehicle."""


def brute_force(
    data: DispatchData,
    most_plans: int = 1_500,
    before: tuple[float, list[Vehicle]] | None = None,
) -> Best | None:
    """Try every plan; None if there are more than ``most_plans``.

    With ``before``, an hour and vehicles, only plans count in which these and no others start
    before that hour.
    """
    values = []
    kept = (plan for plan in _plans(data) if keeps_convoys(data, plan))
    for tried, plan in enumerate(kept, start=1):
        if tried > most_plans:
            return None
        if before is not None:
            hour, wanted = before
            left = [
                (o.warehouse, o.district, o.fleet, o.start, o.load) for o in plan if o.start < hour
            ]
            if sorted(left) != sorted(wanted):
                continue
        values.append(_values(data, plan))
    if not values:
        return None
    each = {stage: min(value[stage] for value in values) for stage in values[0]}
    lives = min(
        (round(value["unmet"], 6), round(value["waiting"], 6), value["cost"]) for value in values
    )
    return Best(each, lives, values)


def random_problems(first: int, count: int) -> Iterator[tuple[int, DispatchData, Best]]:
    """Seed, problem and best values of problems whose plans can all be tried out."""
    found, seed = 0, first
    while found < count:
        data = random_data(seed)
        best = brute_force(data)
        if best is not None:
            yield seed, data, best
            found += 1
        seed += 1


def regional_data(seed: int) -> DispatchData:
    """Draw a problem of a few warehouses and districts over half a day, too large to enumerate."""
    rng = np.random.default_rng(seed)
    warehouses, districts, items, fleets = 4, 4, 3, 2
    lanes = list(itertools.product(range(warehouses), range(districts)))
    count = len(lanes)
    stock = rng.integers(5, 40, (warehouses, items))
    pairs = list(itertools.product(range(districts), range(items)))
    size = len(pairs)
    return DispatchData(
        period_hours=1.0,
        deadline_hours=10.0,
        item_weight_kg=np.array([60.0, 4.0, 10.0]),
        item_volume_m3=np.array([0.2, 0.05, 0.01]),
        payload_kg=np.array([500.0, 1500.0]),
        vehicle_volume_m3=np.array([1.5, 4.0]),
        load_hours=np.array([0.5, 1.0]),
        unload_hours=np.array([0.5, 1.0]),
        is_one_way=np.array([False, False]),
        lane_warehouse=np.array([w for w, _ in lanes]),
        lane_district=np.array([d for _, d in lanes]),
        leaves_province=np.array([w == warehouses - 1 for w, _ in lanes]),
        drive_hours=rng.uniform(0.3, 3.0, (count, 1)) * np.array([1.0, 1.2]),
        trip_cost_cny=rng.uniform(50, 200, (count, 1)) * np.array([1.0, 1.7]),
        release_hours=rng.choice([0.0, 1.0, 2.0], (count, 1)) + np.zeros((1, items)),
        closure_lane=np.zeros(0, dtype=np.int64),
        closure_fleet=np.zeros(0, dtype=np.int64),
        closure_from_hours=np.zeros(0),
        closure_to_hours=np.zeros(0),
        vehicles_count=rng.integers(1, 3, (warehouses, fleets)).astype(float),
        docks=rng.choice([1.0, 2.0], warehouses),
        stock_units=stock,
        outside_units=np.minimum(stock, rng.integers(0, 30, stock.shape)),
        receive_m3_per_hour=rng.choice([2.0, 4.0, np.inf], districts),
        need_district=np.array([d for d, _ in pairs]),
        need_item=np.array([i for _, i in pairs]),
        need_from_hours=np.zeros(size),
        need_units=rng.integers(3, 25, size).astype(float),
        need_weight=np.array([3.0, 1.0, 2.0])[[i for _, i in pairs]],
        need_waiting_cny=np.array([30.0, 5.0, 10.0])[[i for _, i in pairs]],
        need_unmet_cny=np.array([3000.0, 500.0, 1000.0])[[i for _, i in pairs]],
    )
