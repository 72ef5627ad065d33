"""What may be relaxed, one thing at a time, and the case in which it is.

Stock, home reserve, vehicles, docks and receiving are amounts that a trip takes: relaxing them
lifts a limit. Sign-offs, roads, rests and the deadline decide which trips there are: relaxing them
is an edit of the case. Ways through hubs are both: vehicles, load starts and room at hubs, vehicles
that go on legs alone, and the hours in which legs are closed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from allocator.case import Case
from allocator.engine.dispatch_hours import without_hours_of
from allocator.plan import Plan
from allocator.schema.disaster import (
    Fleet,
    Lane,
    Scenario,
    ScenarioDamage,
    ScenarioDemand,
    Vehicle,
)
from allocator.schema.legs import Leg
from allocator.schema.network import Stock
from allocator.schema.procedure import ApprovalRule, Settings
from allocator.schema.results import StockPlan

__all__ = [
    "AMOUNTS",
    "CONVOY",
    "ROADS",
    "THINGS",
    "THROUGH_HUB",
    "WAYS",
    "Thing",
    "WideCase",
    "wide_case",
    "with_whole_roads",
]

Thing = str

CONVOY: Thing = "convoy"
"""Company that vehicles need: relaxed, everyone may leave alone."""

THROUGH_HUB: Thing = "through_hub"
"""What hubs, and what goes on legs alone, can take; and when legs are open."""

ROADS: Thing = "roads"
"""Districts cut off, slow roads, closed ways."""

AMOUNTS: tuple[Thing, ...] = (
    "vehicles",
    "docks",
    "receiving",
    THROUGH_HUB,
    "home_reserve",
    "stock",
)
"""Limits on amounts."""

WAYS: tuple[Thing, ...] = ("drivers", THROUGH_HUB, "paper", ROADS, "reach")
"""What decides which trips there are."""

THINGS: tuple[Thing, ...] = (
    "vehicles",
    "docks",
    "drivers",
    "receiving",
    "convoy",
    THROUGH_HUB,
    "paper",
    "home_reserve",
    ROADS,
    "reach",
    "stock",
)
"""In the order in which one of several is named: first what the fewest people must agree to."""

_LEAST_MORE_HOURS = 48.0
"""The deadline is relaxed by as long again as the horizon, at least by this. [h]"""

_PLENTY = 1_000
"""Stock where it is unlimited, in needs of the scenario over the least usable share."""


@dataclass(frozen=True)
class WideCase:
    """A case in which every trip exists that some relaxation allows; its limits mean nothing.

    Parameters
    ----------
    case, placement
        Every vehicle kind at every warehouse, plenty of stock wherever stock may lie, and only
        the needs asked about.
    more_hours
        By how much the deadline is later than in truth. [h]
    """

    case: Case
    placement: Plan | None
    more_hours: float


def wide_case(
    case: Case,
    placement: Plan | None,
    scenario: Scenario,
    needs: Collection[tuple[str, str]],
    relaxed: Collection[Thing],
) -> WideCase:
    """Return a case with some ways relaxed, and every limit on amounts out of the way.

    Parameters
    ----------
    case, placement
        The case, and the plan whose placement holds; None for today's stock.
    scenario
        The scenario.
    needs
        District and item of the needs that are kept.
    relaxed
        Things relaxed; of amounts nothing is to be done here.
    """
    rows = [
        row
        for row in case.scenario_demand
        if row.scenario == scenario.scenario and (row.district, row.item) in needs
    ]
    wide = without_hours_of(case.replace(ScenarioDemand, rows), "docks", "receiving", "convoy")
    if case.fleets:
        wide = wide.replace(Fleet, _every_fleet(case))
    wide, placement = _with_plenty(wide, placement, scenario, sum(r.demand_units for r in rows))
    if "paper" in relaxed:
        wide = wide.replace(ApprovalRule, ())
    if "drivers" in relaxed:
        no_rests = {"rest_hours": 0.0, "daily_driving_hours": 0.0}
        rested = (row.model_copy(update=no_rests) for row in case.vehicles)
        wide = wide.replace(Vehicle, rested)
    if ROADS in relaxed:
        wide = with_whole_roads(wide, scenario)
    more = 0.0
    if "reach" in relaxed:
        more = max(_LEAST_MORE_HOURS, case.settings.horizon_hours)
        update = {"horizon_hours": case.settings.horizon_hours + more}
        wide = wide.replace(Settings, (case.settings.model_copy(update=update),))
    return WideCase(wide, placement, more)


def _every_fleet(case: Case) -> list[Fleet]:
    """Every vehicle kind at every warehouse from the first hour."""
    return [
        Fleet(warehouse=home.warehouse, fleet=kind.fleet, vehicles_count=1)
        for home in case.warehouses
        for kind in case.vehicles
    ]


def _with_plenty(
    case: Case, placement: Plan | None, scenario: Scenario, needed_units: float
) -> tuple[Case, Plan | None]:
    """Put plenty of every item wherever stock may lie."""
    shares = [
        row.usable_share
        for row in case.scenario_damage
        if row.scenario == scenario.scenario and row.warehouse is not None and row.usable_share > 0
    ]
    plenty = float(round(_PLENTY * (needed_units + 1.0) / min([1.0, *shares])))
    holding = {"external"} if placement is not None else {"external", "existing"}
    more = [
        Stock(warehouse=home.warehouse, item=item.item, lot="plenty", stock_units=plenty)
        for home in case.warehouses
        if home.state in holding
        for item in case.items
    ]
    wide = case.replace(Stock, (*case.stock, *more))
    if placement is None:
        return wide, None
    planned = [
        StockPlan(
            warehouse=home.warehouse,
            item=item.item,
            today_units=0,
            stock_units=plenty,
            buy_units=0,
            withdraw_units=0,
        )
        for home in placement.open_warehouses
        if home.is_open
        for item in case.items
    ]
    return wide, placement.replace(StockPlan, planned)


def with_whole_roads(case: Case, scenario: Scenario) -> Case:
    """Take away what slows, cuts or closes ways.

    Parameters
    ----------
    case, scenario
        The case, and the scenario whose damage is taken away.
    """
    damage = (
        row
        for row in case.scenario_damage
        if row.scenario != scenario.scenario or row.district is None
    )
    never = {"closed_from_hours": None, "closed_to_hours": None}
    by_road = {row.fleet for row in case.vehicles if row.mode == "road"}
    lanes = (row.model_copy(update=never) for row in case.lanes)
    legs = (row.model_copy(update=never) if row.fleet in by_road else row for row in case.legs)
    opened = case.replace(ScenarioDamage, damage).replace(Lane, lanes).replace(Leg, legs)
    return without_hours_of(opened, "no_departure")
