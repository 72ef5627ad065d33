"""Key figures of a plan, worked out once for workbook, page, JSON and command line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from allocator.case import Case
from allocator.plan import LOCATION_PART, PLACEMENT_PART, Plan
from allocator.schema.legs import LegTrip
from allocator.schema.network import District, Item
from allocator.schema.results import Allocation, Purchase, Stage, Trip
from models.placement_data import OBJECTIVES

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "STAGES",
    "DispatchFigures",
    "PlacementFigures",
    "dispatch_figures",
    "headline",
    "placement_figures",
    "stage_unit",
    "weighted_demand",
]

STAGES: dict[str, tuple[str, ...]] = {
    objective: tuple(rule.stage for rule in rules) for objective, rules in OBJECTIVES.items()
}
"""Stages of each objective, in the order in which they are solved."""

HEADLINES = {"lives": "waiting", "social": "social", "cost": "cost"}
"""Stage whose objective, bound and gap stand for the whole solve."""

_PLACEMENT_UNITS = {
    "unmet": "weighted units",
    "waiting": "weighted unit-hours",
    "cost": "CNY/year",
    "social": "CNY/year",
    "cover-all": "warehouses",
    "cover-most": "people",
    "median": "person-hours",
    "center": "h",
}
_DISPATCH_UNITS = {**_PLACEMENT_UNITS, "cost": "CNY", "social": "CNY"}


def stage_unit(part: str, stage: str) -> str:
    """Unit of a stage's objective and bound; nothing for an unknown stage.

    Parameters
    ----------
    part, stage
        As in the sheet Stages: placement, location or the scenario of a dispatch; unmet and so on.
    """
    is_placement = part in (PLACEMENT_PART, LOCATION_PART)
    return (_PLACEMENT_UNITS if is_placement else _DISPATCH_UNITS).get(stage, "")


def headline(stages: Iterable[Stage], part: str, objective: str) -> Stage | None:
    """Stage that stands for a part; the last one reached if the headline stage was not."""
    own = [stage for stage in stages if stage.part == part]
    named = [stage for stage in own if stage.stage == HEADLINES.get(objective, objective)]
    return (named or own)[-1] if own else None


def weighted_demand(case: Case) -> pd.DataFrame:
    """Need of the chosen scenarios with its weight.

    Returns
    -------
    DataFrame
        Columns scenario, district, item, demand_units, weight (priority of item x district).
    """
    import pandas as pd  # a re-plan's first plan does not wait for it

    rows = case.scenario_demand
    frame = pd.DataFrame(
        {
            "scenario": [row.scenario for row in rows],
            "district": [row.district for row in rows],
            "item": [row.item for row in rows],
            "demand_units": [row.demand_units for row in rows],
        },
        columns=["scenario", "district", "item", "demand_units"],
    )
    frame = frame.groupby(["scenario", "district", "item"], as_index=False).sum()
    item = case.frame(Item).set_index("item")["priority_weight"]
    district = case.frame(District).set_index("district")["priority_weight"]
    weight = frame["item"].map(item).astype(float) * frame["district"].map(district).astype(float)
    return frame.assign(weight=weight)


@dataclass(frozen=True)
class PlacementFigures:
    """Key figures of a placement.

    Parameters
    ----------
    open_warehouses
        Codes of the warehouses that hold reserves and are ours to decide.
    expected_unmet_share
        Expected weighted unmet need over expected weighted need.
    cvar_unmet_share
        Mean of the worst ``1 - cvar_alpha`` of the scenarios' unmet shares.
    one_off_cost_cny, annual_cost_cny
        Against the two budgets. [CNY], [CNY/year]
    stock_units
        ``{warehouse: {item: units}}``.
    """

    open_warehouses: tuple[str, ...]
    expected_unmet_share: float
    cvar_unmet_share: float
    one_off_cost_cny: float
    annual_cost_cny: float
    stock_units: dict[str, dict[str, float]]


def _tail_mean(values: np.ndarray, probability: np.ndarray, alpha: float) -> float:
    """Conditional value at risk of a discrete distribution."""
    order = np.argsort(-values)
    left, total = 1.0 - alpha, 0.0
    for k in order:
        taken = min(left, float(probability[k]))
        total += taken * float(values[k])
        left -= taken
        if left <= 1e-12:
            break
    return total / max(1.0 - alpha - left, 1e-12)


def _unmet_share_by_scenario(need: pd.DataFrame, plan: Plan) -> pd.Series:
    """Weighted unmet share of each scenario under the placement's own flows."""
    keys = ["scenario", "district", "item"]
    shipped = plan.frame(Allocation).groupby(keys)["ship_units"].sum()
    bought = plan.frame(Purchase).groupby(keys)["purchase_units"].sum()
    need = need.set_index(keys)
    got = shipped.reindex(need.index, fill_value=0.0) + bought.reindex(need.index, fill_value=0.0)
    missing = (need["demand_units"] - got.astype(float)).clip(lower=0.0) * need["weight"]
    whole = need["demand_units"] * need["weight"]
    return (missing.groupby("scenario").sum() / whole.groupby("scenario").sum()).rename("share")


def placement_figures(case: Case, plan: Plan) -> PlacementFigures:
    """Key figures of a plan's placement, from its tables."""
    item = {row.item: row for row in case.items}
    need = weighted_demand(case)
    share = _unmet_share_by_scenario(need, plan)
    probability = np.array([row.probability for row in case.scenarios])
    ordered = np.array([float(share.get(row.scenario, 0.0)) for row in case.scenarios])
    whole = (need["demand_units"] * need["weight"]).groupby(need["scenario"]).sum()
    weight = probability * np.array([float(whole.get(r.scenario, 0.0)) for r in case.scenarios])
    ours = [row for row in plan.open_warehouses if row.decision != "external"]
    own = {row.warehouse for row in ours}
    stock: dict[str, dict[str, float]] = {}
    annual = sum(row.annual_cost_cny for row in ours)
    one_off = sum(row.one_off_cost_cny for row in ours)
    for row in plan.stock_plan:
        if row.stock_units > 0:
            stock.setdefault(row.warehouse, {})[row.item] = row.stock_units
        if row.warehouse in own:
            kind = item[row.item]
            one_off += kind.price_cny * row.buy_units
            yearly = 0.0 if kind.shelf_life_months is None else 12 / kind.shelf_life_months
            lost = max(0.0, yearly - kind.rotation_share)
            annual += kind.price_cny * row.stock_units * (kind.keeping_share + lost)
    return PlacementFigures(
        open_warehouses=tuple(row.warehouse for row in ours if row.is_open),
        expected_unmet_share=float(ordered @ weight / max(weight.sum(), 1e-12)),
        cvar_unmet_share=_tail_mean(ordered, probability, case.settings.cvar_alpha),
        one_off_cost_cny=one_off,
        annual_cost_cny=annual,
        stock_units=stock,
    )


@dataclass(frozen=True)
class DispatchFigures:
    """Key figures of one scenario's dispatch.

    Parameters
    ----------
    scenario
        Its code.
    trips, leg_trips
        Number of trips to districts, and to hubs.
    served_share, unmet_share
        Weighted share of the need in hand by the deadline, and the rest.
    served_share_by_hour
        Weighted share in hand by hour.
    hours_paper, hours_wheels
        Mean over the cargo volume of the hours spent on sign-offs, and driving one way. [h]
    volume_m3
        Total over the trips to districts: what goes through a hub counts once. [m3]
    distance_km, cost_cny
        Totals over all trips, to hubs too; distance is one way.
    """

    scenario: str
    trips: int
    leg_trips: int
    served_share: float
    unmet_share: float
    served_share_by_hour: dict[int, float]
    hours_paper: float
    hours_wheels: float
    volume_m3: float
    distance_km: float
    cost_cny: float


def dispatch_figures(need: pd.DataFrame, plan: Plan, scenario: str) -> DispatchFigures:
    """Key figures of one scenario's dispatch, from the plan's tables.

    Parameters
    ----------
    need
        ``weighted_demand`` of the case, worked out once for all its scenarios.
    plan
        The plan.
    scenario
        Code of the scenario.
    """
    need = need[need["scenario"] == scenario]
    whole = float((need["demand_units"] * need["weight"]).sum())
    weight = need.set_index(["district", "item"])["weight"]
    missing = sum(
        row.unmet_units * float(weight.get((row.district, row.item), 0.0))
        for row in plan.shortages
        if row.scenario == scenario
    )
    trips = plan.frame(Trip)
    trips = trips[trips["scenario"] == scenario]
    legs = plan.frame(LegTrip)
    legs = legs[legs["scenario"] == scenario]
    cargo = trips["volume_m3"].astype(float).to_numpy()
    share = cargo / cargo.sum() if cargo.sum() > 0 else cargo
    wheels = (trips["arrive_hours"] - trips["depart_hours"]).astype(float).to_numpy()
    unmet = missing / whole if whole > 0 else 0.0
    return DispatchFigures(
        scenario=scenario,
        trips=len(trips),
        leg_trips=len(legs),
        served_share=1.0 - unmet,
        unmet_share=unmet,
        served_share_by_hour={
            row.hour: row.served_share for row in plan.served_by_hour if row.scenario == scenario
        },
        hours_paper=float(trips["release_hours"].astype(float).to_numpy() @ share),
        hours_wheels=float(wheels @ share),
        volume_m3=float(cargo.sum()),
        distance_km=float(trips["distance_km"].sum() + legs["distance_km"].sum()),
        cost_cny=float(trips["cost_cny"].sum() + legs["cost_cny"].sum()),
    )
