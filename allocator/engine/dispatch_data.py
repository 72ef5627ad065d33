"""From a case, a scenario and maybe a placement to the arrays of the dispatch models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.plan import Plan
from allocator.schema.disaster import Scenario
from allocator.travel import Lanes, build_lanes
from models.dispatch_data import DispatchData

__all__ = ["PERIOD_HOURS", "DispatchInputs", "build_dispatch_inputs"]

PERIOD_HOURS = 1.0
"""Loading starts at whole hours."""

_WHOLE_NOISE = 1e-6
"""A product of a share and a stock this close below a whole number is that number. [units]"""

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
        The arrays; its warehouses are those with usable stock, its districts those with need.
    lanes
        All lanes of the scenario, also of warehouses without stock.
    lane
        Position in ``lanes`` of each lane of ``data``, shape (lane,).
    warehouse, district
        Positions in ``case.warehouses`` and ``case.districts``, shapes (warehouse,), (district,).
    stock_units
        Stock before damage, every warehouse of the case, shape (case warehouse, item). [units]
    usable_units, outside_units
        Whole units that may be sent, and that may leave the province, same shape. [units]
    """

    case: Case
    scenario: Scenario
    data: DispatchData
    lanes: Lanes
    lane: Integers
    warehouse: Integers
    district: Integers
    stock_units: Floats
    usable_units: Integers
    outside_units: Integers


def build_dispatch_inputs(
    case: Case, scenario_code: str, placement: Plan | None = None
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

    Raises
    ------
    NotFoundError
        If the case has no such scenario.
    """
    scenario = case.scenario(scenario_code)
    stock, reserve = _stock(case, placement)
    share = _usable_share(case, scenario)[:, None]
    usable = np.floor(share * stock + _WHOLE_NOISE).astype(np.int64)
    outside = np.floor(share * np.maximum(stock - reserve, 0.0) + _WHOLE_NOISE).astype(np.int64)
    needs = _needs(case, scenario)
    district = np.unique(needs["district"].astype(np.int64))
    lanes = build_lanes(case, scenario, districts=district)
    lane = np.flatnonzero(usable[lanes.warehouse].any(axis=1))
    warehouse = np.unique(lanes.warehouse[lane])
    kept = lane, warehouse, district
    data = _arrays(case, lanes, kept, needs, (usable, outside, _docks(case, placement)))
    return DispatchInputs(
        case, scenario, data, lanes, lane, warehouse, district, stock, usable, outside
    )


def _stock(case: Case, placement: Plan | None) -> tuple[Floats, Floats]:
    """Stock under the plan, else today's, and home reserve, shape (case warehouse, item)."""
    warehouse, item = case.warehouse_index(), case.item_index()
    shape = (len(warehouse), len(item))
    stock, reserve = np.zeros(shape), np.zeros(shape)
    for lot in case.stock:
        place = warehouse[lot.warehouse], item[lot.item]
        stock[place] += lot.stock_units
        reserve[place] += lot.home_reserve_units
    is_external = np.array([row.state == "external" for row in case.warehouses], dtype=bool)
    is_existing = np.array([row.state == "existing" for row in case.warehouses], dtype=bool)
    if placement is None:
        stock[~(is_external | is_existing)] = 0.0
        return stock, reserve
    planned = np.where(is_external[:, None], stock, 0.0)
    for row in placement.stock_plan:
        planned[warehouse[row.warehouse], item[row.item]] = row.stock_units
    for opened in placement.open_warehouses:
        if not opened.is_open:
            planned[warehouse[opened.warehouse]] = 0.0
    return planned, reserve


def _usable_share(case: Case, scenario: Scenario) -> Floats:
    """Share of the stock that the disaster leaves, shape (case warehouse,)."""
    index = case.warehouse_index()
    share = np.ones(len(index))
    for row in case.scenario_damage:
        if row.scenario == scenario.scenario and row.warehouse is not None:
            share[index[row.warehouse]] = row.usable_share
    return share


def _needs(case: Case, scenario: Scenario) -> dict[str, Floats]:
    """Rows of need above zero: district, item, hour, units, each of shape (need,)."""
    district, item = case.district_index(), case.item_index()
    rows = [
        (district[row.district], item[row.item], row.from_hours, row.demand_units)
        for row in case.scenario_demand
        if row.scenario == scenario.scenario and row.demand_units > 0
    ]
    table = np.array(sorted(rows), dtype=float).reshape(-1, 4)
    return dict(zip(("district", "item", "from_hours", "units"), table.T, strict=True))


def _docks(case: Case, placement: Plan | None) -> Floats:
    """Load starts per period, infinite where nothing is said, shape (case warehouse,)."""
    size = {row.warehouse: row.size_class for row in case.warehouses}
    if placement is not None:
        size.update({row.warehouse: row.size_class for row in placement.open_warehouses})
    per_hour = {row.size_class: row.docks_per_hour for row in case.size_classes}
    docks = np.full(len(case.warehouses), np.inf)
    for k, row in enumerate(case.warehouses):
        own = row.docks_per_hour
        given = per_hour.get(size[row.warehouse] or "") if own is None else own
        if given is not None:
            docks[k] = max(1.0, np.floor(given * PERIOD_HOURS + _WHOLE_NOISE))
    return docks


def _vehicles(case: Case, deadline_hours: float) -> Floats:
    """Vehicles that are there by period, shape (case warehouse, fleet, period)."""
    periods = int(np.floor(deadline_hours / PERIOD_HOURS + _WHOLE_NOISE)) + 1
    shape = (len(case.warehouses), len(case.vehicles), periods)
    if not case.fleets:
        return np.full(shape, np.inf)
    warehouse, fleet = case.warehouse_index(), {v.fleet: k for k, v in enumerate(case.vehicles)}
    counts = np.zeros(shape)
    for row in case.fleets:
        first = int(np.ceil(row.available_from_hours / PERIOD_HOURS - _WHOLE_NOISE))
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
    warehouses: tuple[Integers, Integers, Floats],
) -> DispatchData:
    """Fill the arrays, with warehouses and districts renumbered."""
    lane, warehouse, district = kept
    usable, outside, docks = warehouses
    items, vehicles = case.items, case.vehicles
    rules = lanes.release
    lane_warehouse, lane_district = lanes.warehouse[lane], lanes.district[lane]
    fixed = _column(vehicles, "dispatch_cost_cny")
    per_km = _column(vehicles, "cost_cny_per_km")
    closed = np.isin(lanes.closure_lane, lane)
    need_district, need_item = needs["district"].astype(np.int64), needs["item"].astype(np.int64)
    weight = _column(case.districts, "priority_weight")[need_district]
    receive = [
        np.inf if row.receive_m3_per_hour is None else row.receive_m3_per_hour
        for row in case.districts
    ]
    return DispatchData(
        period_hours=PERIOD_HOURS,
        deadline_hours=lanes.deadline_hours,
        item_weight_kg=_column(items, "weight_kg"),
        item_volume_m3=_column(items, "volume_m3"),
        payload_kg=_column(vehicles, "payload_kg"),
        vehicle_volume_m3=_column(vehicles, "volume_m3"),
        load_hours=lanes.load_hours,
        unload_hours=lanes.unload_hours,
        lane_warehouse=np.searchsorted(warehouse, lane_warehouse),
        lane_district=np.searchsorted(district, lane_district),
        leaves_province=(
            rules.warehouse_province[lane_warehouse] != rules.district_province[lane_district]
        ),
        drive_hours=lanes.drive_hours[lane],
        trip_cost_cny=fixed + 2 * lanes.distance_km[lane] * per_km,
        release_hours=lanes.release_hours[lane][:, rules.item_group],
        closure_lane=np.searchsorted(lane, lanes.closure_lane[closed]),
        closure_fleet=lanes.closure_fleet[closed],
        closure_from_hours=lanes.closure_from_hours[closed],
        closure_to_hours=lanes.closure_to_hours[closed],
        vehicles_count=_vehicles(case, lanes.deadline_hours)[warehouse],
        docks=docks[warehouse],
        stock_units=usable[warehouse],
        outside_units=np.minimum(outside, usable)[warehouse],
        receive_m3_per_hour=np.array(receive, dtype=float)[district],
        need_district=np.searchsorted(district, need_district),
        need_item=need_item,
        need_from_hours=needs["from_hours"],
        need_units=needs["units"],
        need_weight=weight * _column(items, "priority_weight")[need_item],
        need_waiting_cny=weight * _column(items, "waiting_cost_cny_per_hour")[need_item],
        need_unmet_cny=weight * _column(items, "unmet_cost_cny")[need_item],
    )
