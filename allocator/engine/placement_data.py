"""From a case to the arrays of placement, and back from positions to codes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release, release
from allocator.case import Case
from allocator.engine.placement_options import Allowed, Option, options_of
from allocator.schema.disaster import Fleet, Lane, Scenario
from allocator.schema.network import Coverage, Warehouse
from allocator.schema.procedure import Settings
from allocator.travel import Lanes, build_lanes
from models.placement_data import (
    CoverageData,
    FirstStageData,
    PlacementData,
    RiskData,
    ScenarioData,
    ValueData,
)

__all__ = [
    "PlacementProblem",
    "bare_case",
    "placement_problem",
    "promise_rows",
    "waiting_bands",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

NOT_OFFERED = ("closed", "hub")
"""States of warehouses that keep nothing: the placement leaves them out."""

HOUR_TOLERANCE = 1e-9
"""Hours closer than this are the same hour: sums of driving times carry rounding noise. [h]"""

DEFAULT_BANDS_HOURS = (6.0, 8.0, 10.0, 24.0)
"""Waiting bands without a sheet, with the horizon after them; each counts as itself. [h]"""


@dataclass(frozen=True)
class PlacementProblem:
    """Placement of a case: the arrays, and whose they are.

    Parameters
    ----------
    case
        The case.
    data
        The arrays.
    warehouses
        Rows of the warehouses that offer stock, in the order of the arrays.
    options
        Options in the order of the arrays.
    allowed
        Decision and size class of the options that single warehouses are held to, by code.
    """

    case: Case
    data: PlacementData
    warehouses: tuple[Warehouse, ...]
    options: tuple[Option, ...]
    allowed: Allowed = field(default_factory=dict)


def waiting_bands(case: Case) -> tuple[Floats, Floats]:
    """Bands of waiting.

    Returns
    -------
    tuple
        ``up_to_hours``, ascending, and ``deprivation_hours``, shapes (band,). [h]
    """
    rows = sorted(case.waiting_bands, key=lambda row: row.up_to_hours)
    if rows:
        limits = [row.up_to_hours for row in rows]
        return np.array(limits), np.array([row.deprivation_hours for row in rows])
    hours = np.array(sorted({*DEFAULT_BANDS_HOURS, case.settings.horizon_hours}))
    return hours, hours


def _band_hours(case: Case, scenario: Scenario, arrival_hours: Floats) -> Floats:
    """Deprivation of a unit by its arrival; infinite after the deadline, same shape. [h]"""
    limits, hours = waiting_bands(case)
    late = case.order_hours(scenario) if case.settings.clock == "order" else 0.0
    band = np.searchsorted(limits, arrival_hours - late - HOUR_TOLERANCE, side="left")
    found = hours[np.minimum(band, len(hours) - 1)]
    deadline = case.deadline_hours(scenario)
    return np.where(arrival_hours <= deadline + HOUR_TOLERANCE, found, np.inf)


def bare_case(case: Case, horizon_hours: float) -> Case:
    """Return the case without closures and waiting for vehicles, as coverage counts hours."""
    settings = case.settings.model_copy(update={"horizon_hours": horizon_hours})
    lanes = [row.model_copy(update={"closed_from_hours": None}) for row in case.lanes]
    fleets = [row.model_copy(update={"available_from_hours": 0.0}) for row in case.fleets]
    bare = case.replace(Settings, (settings,)).replace(Lane, lanes)
    return bare.replace(Fleet, fleets)


def promise_rows(case: Case) -> list[tuple[int, Coverage]]:
    """Position of the district and line of the sheet for each promise, in the arrays' order."""
    return [
        (d, row)
        for row in case.coverage
        for d, district in enumerate(case.districts)
        if row.risk_level in ("any", district.risk_level) and district.population_people > 0
    ]


def _coverage(case: Case, rules: Release, place: Integers) -> CoverageData:
    """Promises of the case, and which warehouses count for them.

    ``place`` is the position of each warehouse among those that offer stock, or -1.
    """
    item = case.item_index()
    people = [district.population_people for district in case.districts]
    rows = [
        (d, item[row.item], row, row.units_per_1000_people * people[d] / 1000.0)
        for d, row in promise_rows(case)
    ]
    empty = np.zeros(0, dtype=np.int64)
    reach_promise, reach_warehouse = [empty], [empty]
    if rows:
        bare = bare_case(case, max(row.target_hours for _, _, row, _ in rows))
        wanted = np.array(sorted({d for d, _, _, _ in rows}), dtype=np.int64)
        lanes = build_lanes(bare, districts=wanted, rules=rules.at_once())
        door = lanes.door_hours.min(axis=1, initial=np.inf)
        own = place[lanes.warehouse]
        order = np.lexsort((own, lanes.district))
        starts = np.searchsorted(lanes.district[order], np.arange(len(case.districts) + 1))
        for c, (d, _, row, _) in enumerate(rows):
            near = order[starts[d] : starts[d + 1]]
            near = near[(door[near] <= row.target_hours + HOUR_TOLERANCE) & (own[near] >= 0)]
            reach_promise.append(np.full(len(near), c))
            reach_warehouse.append(own[near])
    price = [row.shortfall_cost_cny for _, _, row, _ in rows]
    return CoverageData(
        district=np.array([d for d, _, _, _ in rows], dtype=np.int64),
        item=np.array([i for _, i, _, _ in rows], dtype=np.int64),
        target_hours=np.array([row.target_hours for _, _, row, _ in rows], dtype=float),
        required_units=np.array([units for _, _, _, units in rows], dtype=float),
        shortfall_price_cny=np.array([np.inf if p is None else p for p in price], dtype=float),
        reach_promise=np.concatenate(reach_promise),
        reach_warehouse=np.concatenate(reach_warehouse),
    )


def _first_stage(
    case: Case, warehouses: tuple[Warehouse, ...], options: list[tuple[int, Option]]
) -> FirstStageData:
    """Sizes, stock and budgets; the promises are added by the caller."""
    item, index = case.item_index(), {row.warehouse: w for w, row in enumerate(warehouses)}
    today = np.zeros((len(warehouses), len(case.items)))
    reserve = np.zeros_like(today)
    for lot in case.stock:
        if lot.warehouse in index:
            place = index[lot.warehouse], item[lot.item]
            today[place] += lot.stock_units
            reserve[place] += lot.home_reserve_units
    is_decided = np.array([row.state != "external" for row in warehouses], dtype=bool)
    # Stock that is not ours to raise cannot be held to a larger reserve: it just stays at home.
    reserve = np.where(is_decided[:, None], reserve, np.minimum(reserve, today))
    settings = case.settings
    yearly = [
        0.0 if row.shelf_life_months is None else 12.0 / row.shelf_life_months for row in case.items
    ]
    lost = [
        max(0.0, share - row.rotation_share) for share, row in zip(yearly, case.items, strict=True)
    ]
    price = np.array([row.price_cny for row in case.items])
    keeping = np.array([row.keeping_share for row in case.items])
    empty, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
    home = {row.district: (row.lon, row.lat) for row in case.districts}
    places = [(home.get(row.district or "", (0.0, 0.0)), row) for row in warehouses]
    return FirstStageData(
        position=np.array(
            [
                (lon if row.lon is None else row.lon, lat if row.lat is None else row.lat)
                for (lon, lat), row in places
            ],
            dtype=float,
        ).reshape(-1, 2),
        is_decided=is_decided,
        today_units=today,
        reserve_units=reserve,
        is_whole=(today == np.rint(today)) & (reserve == np.rint(reserve)),
        option_warehouse=np.array([w for w, _ in options], dtype=np.int64),
        option_volume_m3=np.array([option.volume_m3 for _, option in options]),
        option_one_off_cny=np.array([option.one_off_cost_cny for _, option in options]),
        option_annual_cny=np.array([option.annual_cost_cny for _, option in options]),
        option_is_open=np.array([option.is_open for _, option in options], dtype=bool),
        unit_volume_m3=np.array([row.volume_m3 for row in case.items]),
        price_cny=price,
        keeping_cny=price * (keeping + np.array(lost)),
        capital_budget_cny=_or_infinite(settings.capital_budget_cny),
        annual_budget_cny=_or_infinite(settings.annual_budget_cny),
        amortisation_years=settings.amortisation_years,
        disasters_per_year=settings.disasters_per_year,
        coverage=CoverageData(empty, empty, nothing, nothing, nothing, empty, empty),
    )


def _or_infinite(value: float | None) -> float:
    """Return a limit, infinite where there is none."""
    return np.inf if value is None else value


def _scenario(case: Case, scenario: Scenario, place: Integers) -> ScenarioData:
    """One scenario's need, damage and lanes."""
    district, item = case.district_index(), case.item_index()
    rows = [
        row
        for row in case.scenario_demand
        if row.scenario == scenario.scenario and row.demand_units > 0
    ]
    need = np.array(sorted({district[row.district] for row in rows}), dtype=np.int64)
    column = {int(d): k for k, d in enumerate(need)}
    demand = np.zeros((len(need), len(case.items)))
    for row in rows:
        demand[column[district[row.district]], item[row.item]] += row.demand_units
    usable = np.ones(len(case.warehouses))
    index = case.warehouse_index()
    for damage in case.scenario_damage:
        if damage.scenario == scenario.scenario and damage.warehouse is not None:
            usable[index[damage.warehouse]] = damage.usable_share
    lanes = build_lanes(case, scenario, districts=need)
    rules = lanes.release
    kept = place >= 0
    band, trips = _lane_tables(case, scenario, lanes, place, column)
    abroad = rules.warehouse_province[kept][:, None] != rules.district_province[need][None, :]
    bought = np.array([row.purchase_hours for row in case.items])
    return ScenarioData(
        probability=scenario.probability,
        district=need,
        demand_units=demand,
        usable_share=usable[kept],
        band_hours=band,
        trip_cost_cny=trips,
        is_abroad=abroad,
        purchase_band_hours=_band_hours(case, scenario, bought),
    )


def _lane_tables(
    case: Case, scenario: Scenario, lanes: Lanes, place: Integers, column: dict[int, int]
) -> tuple[Floats, Floats]:
    """Bands, shape (group, warehouse, district) [h], and trip costs, shape (fleet, ...) [CNY]."""
    keep = place[lanes.warehouse] >= 0
    w = place[lanes.warehouse[keep]]
    d = np.array([column[k] for k in lanes.district[keep].tolist()], dtype=np.int64)
    shape = (int((place >= 0).sum()), len(column))
    groups, fleets = lanes.release_hours.shape[1], len(case.vehicles)
    band = np.full((groups, *shape), np.inf)
    band[:, w, d] = _band_hours(case, scenario, lanes.arrival_hours()[keep]).T
    dispatch = np.array([row.dispatch_cost_cny for row in case.vehicles])
    per_km = np.array([row.cost_cny_per_km for row in case.vehicles])
    ways = np.array([1.0 if row.is_one_way else 2.0 for row in case.vehicles])
    cost = dispatch + ways * lanes.distance_km[keep] * per_km
    trips = np.full((fleets, *shape), np.inf)
    trips[:, w, d] = np.where(np.isfinite(lanes.drive_hours[keep]), cost, np.inf).T
    return band, trips


def _values(case: Case, rules: Release) -> ValueData:
    """Worth and market of the items."""
    weight = np.array([row.priority_weight for row in case.items])
    local = np.array([row.priority_weight for row in case.districts])
    mass = np.array([row.weight_kg for row in case.items])
    volume = np.array([row.volume_m3 for row in case.items])
    payload = np.array([row.payload_kg for row in case.vehicles])
    room = np.array([row.volume_m3 for row in case.vehicles])
    price = [row.purchase_price_cny for row in case.items]
    return ValueData(
        item_group=rules.item_group,
        trip_share=np.maximum(mass / payload[:, None], volume / room[:, None]),
        weight=local[:, None] * weight,
        district_weight=local,
        unmet_hours=case.settings.unmet_hours,
        waiting_cny_per_hour=np.array([row.waiting_cost_cny_per_hour for row in case.items]),
        unmet_cny=np.array([row.unmet_cost_cny for row in case.items]),
        purchase_price_cny=np.array([np.inf if p is None else p for p in price]),
        purchase_available_units=np.array([row.purchase_available_units for row in case.items]),
    )


def placement_problem(
    case: Case, known: PlacementProblem | None = None, allowed: Allowed | None = None
) -> PlacementProblem:
    """Work out the arrays of placement from a checked case.

    Parameters
    ----------
    case
        As read and checked by the intake.
    known
        Problem of the same case under other scenarios, whose first stage is taken over.
    allowed
        What single warehouses are held to; None for nothing, or what ``known`` is held to.

    Returns
    -------
    PlacementProblem
        Closed warehouses and hubs are left out: they offer nothing.

    Raises
    ------
    AllocatorError
        If the sign-offs are circular.
    """
    rules = release(case)
    classes = {row.size_class: row for row in case.size_classes}
    offered = np.array([row.state not in NOT_OFFERED for row in case.warehouses], dtype=bool)
    place = np.where(offered, np.cumsum(offered) - 1, -1)
    warehouses = tuple(row for row in case.warehouses if row.state not in NOT_OFFERED)
    if allowed is None:
        allowed = {} if known is None else known.allowed
    options = [
        (w, option)
        for w, row in enumerate(warehouses)
        for option in options_of(row, classes, allowed)
    ]
    if known is None:
        bare = _first_stage(case, warehouses, options)
        first = replace(bare, coverage=_coverage(case, rules, place))
    else:
        first = known.data.first_stage
    settings = case.settings
    data = PlacementData(
        first_stage=first,
        scenarios=tuple(_scenario(case, row, place) for row in case.scenarios),
        values=_values(case, rules),
        risk=RiskData(
            cvar_alpha=settings.cvar_alpha,
            cvar_weight=settings.cvar_weight,
            min_served_share=settings.min_served_share or 0.0,
            is_single_sourced=settings.is_single_sourced,
        ),
    )
    chosen = tuple(option for _, option in options)
    return PlacementProblem(case, data, warehouses, chosen, allowed)
