"""From a case, a scenario and maybe a placement to the arrays of the dispatch models."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release
from allocator.case import Case
from allocator.engine.dispatch_hours import (
    convoy_rules,
    docks_by_hour,
    load_starts,
    receiving_by_hour,
    with_hours,
)
from allocator.engine.dispatch_legs import Legs, build_legs, with_legs
from allocator.engine.dispatch_periods import PERIOD_HOURS, period_after, period_count
from allocator.engine.dispatch_stock import Holdings, holdings, lasting_only
from allocator.engine.hub_service import districts_in_need, served_by_hubs
from allocator.engine.residual_needs import ResidualNeed, residual_need
from allocator.engine.underway import Underway
from allocator.plan import Plan
from allocator.schema.disaster import Scenario
from allocator.travel import Lanes, build_lanes
from models.dispatch_data import DispatchData, by_hour
from models.lasting_stock import LastingStock

__all__ = [
    "DispatchInputs",
    "Limits",
    "build_dispatch_inputs",
    "docks_there",
    "limits_there",
    "receiving_there",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class DispatchInputs:
    """Dispatch data of one scenario, with the way back to the codes of the case.

    Parameters
    ----------
    case, scenario
        Where it comes from.
    data
        The arrays; its warehouses are those with usable stock and hubs, its districts those with
        need, then hubs.
    lanes
        All lanes of the scenario, also of warehouses without stock.
    lane
        Position in ``lanes`` of each lane of ``data``, shape (lane,).
    warehouse, district
        Positions in ``case.warehouses`` and ``case.districts``, shapes (warehouse,), (district,);
        hubs are not among the districts.
    held
        Stock of every warehouse of the case.
    pulses
        Hour and units of every need of the scenario, by positions of district and item.
        [h], [units]
    before
        What has left already; None where nothing has.
    residual
        What is left of each need where some of it is under way, by positions of district and item.
    legs
        Ways to hubs; None where there are none.
    """

    case: Case
    scenario: Scenario
    data: DispatchData
    lanes: Lanes
    lane: Integers
    warehouse: Integers
    district: Integers
    held: Holdings
    pulses: Mapping[tuple[int, int], list[tuple[float, float]]]
    before: Underway | None = None
    residual: Mapping[tuple[int, int], ResidualNeed] = field(default_factory=dict)
    legs: Legs | None = None

    @cached_property
    def demand_units(self) -> Floats:
        """Whole need of the scenario, shape (case district, item). [units]."""
        total = np.zeros((len(self.case.districts), len(self.case.items)))
        for pair, each in self.pulses.items():
            total[pair] = sum(units for _, units in each)
        return total

    @cached_property
    def weight(self) -> Floats:
        """Priority of one unit, shape (case district, item). [weighted units/unit]."""
        return self.cny("priority_weight")

    def cny(self, price: str) -> Floats:
        """A price of the items times the districts' priority, shape (case district, item)."""
        return _column(self.case.districts, "priority_weight")[:, None] * _column(
            self.case.items, price
        )


def build_dispatch_inputs(
    case: Case,
    scenario_code: str,
    placement: Plan | None = None,
    before: Underway | None = None,
    rules: Release | None = None,
    served: Mapping[int, set[int]] | None = None,
) -> DispatchInputs:
    """Gather what the dispatch of one scenario needs.

    Parameters
    ----------
    case
        The case.
    scenario_code
        Scenario of the chosen sample.
    placement
        Plan whose stock and open warehouses hold; None means today's stock.
    before
        What has left already; the case is that of its last revision. None where nothing has.
    rules
        When sign-offs release goods, if other than planned.
    served
        Whom each hub serves, as positions in the case, if that is told.

    Raises
    ------
    NotFoundError
        If the case has no such scenario.
    """
    scenario = case.scenario(scenario_code)
    held = holdings(case, scenario, placement) if before is None else before.held
    needs = _needs(case, scenario)
    pulses = _pulses(needs)
    residual = {} if before is None else _residual(pulses, before, case.deadline_hours(scenario))
    if before is not None:
        rows = [(*pair, *pulse) for pair, each in residual.items() for pulse in each.pulses]
        needs = _need_table(rows)
    district = np.unique(needs["district"].astype(np.int64))
    lanes = with_hours(case, scenario, build_lanes(case, scenario, districts=district, rules=rules))
    legs = None
    if case.legs:
        served = served or served_by_hubs(case, scenario, districts_in_need(case, scenario_code))
        legs = build_legs(case, scenario, lasting_only(held), served, lanes.release, before)
        held = held if legs is None else lasting_only(held)
    has_stock = np.asarray(held.usable_units.any(axis=1))
    ends = lanes.warehouse[:0]
    if legs is not None:
        has_stock = has_stock | legs.hub_units.any(axis=1)
        ends = np.concatenate([legs.warehouse, legs.hubs])
    lane = np.flatnonzero(has_stock[lanes.warehouse])
    warehouse = np.unique(np.concatenate([lanes.warehouse[lane], ends]))
    limited = held, limits_there(case, scenario, placement, before)
    data = _arrays(case, lanes, (lane, warehouse, district), needs, limited)
    data = data if legs is None else with_legs(data, legs, case, warehouse)
    start = None if legs is None else legs.warehouse
    data = replace(data, convoys=convoy_rules(case, scenario, lanes, lane, start))
    return DispatchInputs(
        case, scenario, data, lanes, lane, warehouse, district, held, pulses, before, residual, legs
    )


@dataclass(frozen=True)
class Limits:
    """Vehicles, docks and receiving of the whole case, once or by hour.

    Parameters
    ----------
    vehicles_count
        Shape (case warehouse, fleet, period). [vehicles]
    docks
        Load starts, shape (case warehouse,) or (case warehouse, period). [vehicles]
    receive_m3_per_hour
        Shape (case district,) or (case district, hour). [m3/h]
    """

    vehicles_count: Floats
    docks: Floats
    receive_m3_per_hour: Floats


def limits_there(
    case: Case,
    scenario: Scenario,
    placement: Plan | None,
    before: Underway | None,
    deadline_hours: float | None = None,
) -> Limits:
    """Vehicles, docks and receiving; less what has left takes, and none before the re-plan.

    Parameters
    ----------
    case, scenario, placement, before
        As for ``build_dispatch_inputs``.
    deadline_hours
        Deadline to which ``before`` is written out; None for that of the case. [h]
    """
    until = case.deadline_hours(scenario) if deadline_hours is None else deadline_hours
    vehicles = _vehicles_there(case, until)
    docks = docks_there(case, scenario, placement)
    receive = receiving_there(case, scenario)
    if before is None:
        return Limits(vehicles, docks, receive)
    first, periods = period_after(before.at_hours), vehicles.shape[2]
    vehicles = np.maximum(vehicles - before.vehicles_out, 0.0)
    vehicles[:, :, :first] = 0.0
    index = case.warehouse_index()
    docks = by_hour(docks, 1, periods).copy()
    for code, hours in before.lost_from.items():
        docks[index[code], period_after(hours) :] = 0.0
    given = by_hour(receive, 1, before.received_m3.shape[1])
    return Limits(vehicles, docks, np.maximum(given - before.received_m3, 0.0))


def _pulses(needs: dict[str, Floats]) -> dict[tuple[int, int], list[tuple[float, float]]]:
    """Needs by positions of district and item."""
    found: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    columns = (needs[name].tolist() for name in ("district", "item", "from_hours", "units"))
    for district, item, hours, units in zip(*columns, strict=True):
        found[int(district), int(item)].append((hours, units))
    return dict(found)


def _residual(
    pulses: Mapping[tuple[int, int], list[tuple[float, float]]],
    before: Underway,
    deadline_hours: float,
) -> dict[tuple[int, int], ResidualNeed]:
    """What is left of the needs where some of what is needed is under way."""
    return {
        pair: residual_need(each, before.coming.get(pair, ()), before.at_hours, deadline_hours)
        for pair, each in pulses.items()
    }


def _needs(case: Case, scenario: Scenario) -> dict[str, Floats]:
    """Rows of need above zero: district, item, hour, units, each of shape (need,)."""
    district, item = case.district_index(), case.item_index()
    rows = [
        (district[row.district], item[row.item], row.from_hours, row.demand_units)
        for row in case.scenario_demand
        if row.scenario == scenario.scenario and row.demand_units > 0
    ]
    return _need_table(rows)


def _need_table(rows: list[tuple[int, int, float, float]]) -> dict[str, Floats]:
    """Columns of rows of district, item, hour, units."""
    table = np.array(sorted(rows), dtype=float).reshape(-1, 4)
    return dict(zip(("district", "item", "from_hours", "units"), table.T, strict=True))


def docks_there(case: Case, scenario: Scenario, placement: Plan | None) -> Floats:
    """Load starts per period, infinite where nothing is said.

    Shape (case warehouse,), or (case warehouse, period) where they differ by hour. [vehicles]
    """
    size = {row.warehouse: row.size_class for row in case.warehouses}
    if placement is not None:
        size.update({row.warehouse: row.size_class for row in placement.open_warehouses})
    per_hour = {row.size_class: row.docks_per_hour for row in case.size_classes}
    docks = np.full(len(case.warehouses), np.inf)
    for k, row in enumerate(case.warehouses):
        own = row.docks_per_hour
        given = per_hour.get(size[row.warehouse] or "") if own is None else own
        if given is not None:
            docks[k] = load_starts(given)
    return docks_by_hour(case, scenario, docks)


def receiving_there(case: Case, scenario: Scenario) -> Floats:
    """What districts take in, infinite where nothing is said.

    Shape (case district,), or (case district, hour) where it differs by hour. [m3/h]
    """
    given = (row.receive_m3_per_hour for row in case.districts)
    receive = np.array([np.inf if each is None else each for each in given], dtype=float)
    return receiving_by_hour(case, scenario, receive)


def _vehicles_there(case: Case, deadline_hours: float) -> Floats:
    """Vehicles that are there by period, shape (case warehouse, fleet, period)."""
    shape = (len(case.warehouses), len(case.vehicles), period_count(deadline_hours))
    if not case.fleets:
        return np.full(shape, np.inf)
    warehouse, fleet = case.warehouse_index(), {v.fleet: k for k, v in enumerate(case.vehicles)}
    counts = np.zeros(shape)
    for row in case.fleets:
        first = period_after(row.available_from_hours)
        counts[warehouse[row.warehouse], fleet[row.fleet], first:] += row.vehicles_count
    return counts


def _column(rows: Iterable[object], field: str) -> Floats:
    """One numeric field of many rows."""
    return np.array([getattr(row, field) for row in rows], dtype=float)


def _arrays(
    case: Case,
    lanes: Lanes,
    kept: tuple[Integers, Integers, Integers],
    needs: dict[str, Floats],
    limited: tuple[Holdings, Limits],
) -> DispatchData:
    """Fill the arrays, with warehouses and districts renumbered."""
    (lane, warehouse, district), (held, limits) = kept, limited
    items, vehicles = case.items, case.vehicles
    rules = lanes.release
    lane_warehouse, lane_district = lanes.warehouse[lane], lanes.district[lane]
    fixed = _column(vehicles, "dispatch_cost_cny")
    per_km = _column(vehicles, "cost_cny_per_km")
    is_one_way = np.array([row.is_one_way for row in vehicles], dtype=bool)
    closed = np.isin(lanes.closure_lane, lane)
    need_district, need_item = needs["district"].astype(np.int64), needs["item"].astype(np.int64)
    weight = _column(case.districts, "priority_weight")[need_district]
    return DispatchData(
        period_hours=PERIOD_HOURS,
        deadline_hours=lanes.deadline_hours,
        item_weight_kg=_column(items, "weight_kg"),
        item_volume_m3=_column(items, "volume_m3"),
        payload_kg=_column(vehicles, "payload_kg"),
        vehicle_volume_m3=_column(vehicles, "volume_m3"),
        load_hours=lanes.load_hours,
        unload_hours=lanes.unload_hours,
        is_one_way=is_one_way,
        lane_warehouse=np.searchsorted(warehouse, lane_warehouse),
        lane_district=np.searchsorted(district, lane_district),
        leaves_province=(
            rules.warehouse_province[lane_warehouse] != rules.district_province[lane_district]
        ),
        drive_hours=lanes.drive_hours[lane],
        drive_back_hours=lanes.drive_back_hours[lane],
        trip_cost_cny=fixed + np.where(is_one_way, 1, 2) * lanes.distance_km[lane] * per_km,
        release_hours=lanes.release_hours[lane][:, rules.item_group],
        closure_lane=np.searchsorted(lane, lanes.closure_lane[closed]),
        closure_fleet=lanes.closure_fleet[closed],
        closure_from_hours=lanes.closure_from_hours[closed],
        closure_to_hours=lanes.closure_to_hours[closed],
        vehicles_count=limits.vehicles_count[warehouse],
        docks=limits.docks[warehouse],
        stock_units=held.usable_units[warehouse],
        outside_units=held.outside_units[warehouse],
        receive_m3_per_hour=limits.receive_m3_per_hour[district],
        need_district=np.searchsorted(district, need_district),
        need_item=need_item,
        need_from_hours=needs["from_hours"],
        need_units=needs["units"],
        need_weight=weight * _column(items, "priority_weight")[need_item],
        need_waiting_cny=weight * _column(items, "waiting_cost_cny_per_hour")[need_item],
        need_unmet_cny=weight * _column(items, "unmet_cost_cny")[need_item],
        segregated=_segregated(case),
        lasting=_lasting(held, warehouse),
    )


def _lasting(held: Holdings, warehouse: Integers) -> LastingStock:
    """What lasts, where that is less than all there is, by warehouse of the data."""
    position = {int(w): k for k, w in enumerate(warehouse)}
    rows = [
        (position[each.warehouse], each.item, each.from_hours, units, leaves)
        for each in held.limits
        for units, most, leaves in (
            (each.units, held.usable_units, False),
            (each.outside_units, held.outside_units, True),
        )
        if each.warehouse in position and units < most[each.warehouse, each.item]
    ]
    if not rows:
        return LastingStock()
    where, item, hours, units, leaves = zip(*rows, strict=True)
    return LastingStock(
        np.array(where, dtype=np.int64),
        np.array(item, dtype=np.int64),
        np.array(hours, dtype=float),
        np.array(units, dtype=float),
        np.array(leaves, dtype=bool),
    )


def _segregated(case: Case) -> NDArray[np.bool_] | None:
    """Whether two items must not share a vehicle, shape (item, item); None without such pairs."""
    if not case.segregations:
        return None
    index = case.item_index()
    found = np.zeros((len(index), len(index)), dtype=bool)
    for row in case.segregations:
        pair = index[row.item], index[row.other_item]
        found[pair] = found[pair[::-1]] = True
    return found
