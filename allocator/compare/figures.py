"""Objectives and key figures of two plans side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import inf

import pandas as pd

from allocator.compare.intervals import Figure, told_apart
from allocator.compare.parties import Compared
from allocator.compare.warehouses import stock_moves
from allocator.engine.summary import (
    dispatch_figures,
    placement_figures,
    stage_unit,
    weighted_demand,
)
from allocator.plan import LOCATION_PART, PLACEMENT_PART
from allocator.schema.comparison import Kpi
from allocator.schema.results import Stage

__all__ = ["DISPATCH_PART", "figures_of", "kpi_rows"]

DISPATCH_PART = "dispatch"
"""Part of the figures over all scenarios that both plans dispatch."""

_MAXIMISED = "cover-most"
"""The one stage of which more is better: its bound is above the objective."""

Key = tuple[str, str]
Figures = dict[Key, Figure]

_NO_NEED = pd.DataFrame(
    {"scenario": [], "district": [], "item": [], "demand_units": [], "weight": []}
)
"""Need of a plan whose case is not at hand."""


def kpi_rows(base: Compared, other: Compared) -> list[Kpi]:
    """Return the figures of both plans with their differences.

    Parameters
    ----------
    base, other
        The plans, with their cases where these are at hand.
    """
    both = frozenset(base.plan.dispatched_scenarios) & frozenset(other.plan.dispatched_scenarios)
    ours, theirs = figures_of(base, both), figures_of(other, both)
    rows = [
        _row(other.name, key, ours.get(key), theirs.get(key))
        for key in sorted({**ours, **theirs}, key=partial(_place, [*ours, *theirs]))
    ]
    return [_for_stock(row) for row in rows] if _has_other_stock(base, other) else rows


def _has_other_stock(base: Compared, other: Compared) -> bool:
    """Whether the dispatches start from other placements, or only one of them from any."""
    if bool(base.plan.stock_plan) != bool(other.plan.stock_plan):
        return True
    return bool(stock_moves(base, other))


def _for_stock(row: Kpi) -> Kpi:
    """A figure of a dispatch, which is apart for this stock only: the placement has a gap too."""
    if row.note != "apart" or row.part in (PLACEMENT_PART, LOCATION_PART):
        return row
    return row.model_copy(update={"is_distinguishable": None, "note": "other_stock"})


def _place(keys: list[Key], key: Key) -> tuple[int, int]:
    """Order of a figure: by the first mention of its part, then its own."""
    return next(k for k, other in enumerate(keys) if other[0] == key[0]), keys.index(key)


def _row(plan: str, key: Key, base: Figure | None, other: Figure | None) -> Kpi:
    """Row of one figure."""
    known = base or other
    row = {
        "plan": plan,
        "part": key[0],
        "name": key[1],
        "unit": "" if known is None else known.unit,
        "base": None if base is None else base.value,
        "other": None if other is None else other.value,
        "base_bound": None if base is None else base.bound,
        "other_bound": None if other is None else other.bound,
        "note": "only_one",
    }
    if base is not None and other is not None:
        is_apart, row["note"] = told_apart(base, other)
        row["is_distinguishable"] = is_apart
        if row["note"] != "objectives_differ":
            difference = other.value - base.value
            row["difference"] = difference
            row["difference_share"] = difference / abs(base.value) if base.value else None
    return Kpi.model_validate(row)


def figures_of(compared: Compared, scenarios: frozenset[str]) -> Figures:
    """Return all figures of a plan by part and name.

    Parameters
    ----------
    compared
        The plan, with its case where that is at hand: shares need the weights of the case.
    scenarios
        Scenarios over which the whole dispatch is told.
    """
    plan, case = compared.plan, compared.shown
    need = _NO_NEED if case is None else weighted_demand(case)
    sums = (need["demand_units"] * need["weight"]).groupby(need["scenario"]).sum()
    whole = {str(code): float(units) for code, units in sums.items()}
    found: Figures = {}
    dispatched = plan.dispatched_scenarios
    for part in (PLACEMENT_PART, LOCATION_PART):
        stages = _stages(compared, part)
        found |= stages
        if part == PLACEMENT_PART and plan.has_placement:
            found |= _placement(compared, stages, whole)
        if part == LOCATION_PART and stages:
            serving = {row.warehouse for row in plan.responsible if row.warehouse is not None}
            found[part, "open_count"] = Figure(float(len(serving)), "warehouses")
    by_scenario: Figures = {}
    for scenario in dispatched:
        stages = _stages(compared, scenario)
        by_scenario |= stages
        by_scenario |= _dispatch(compared, need, scenario, stages, whole.get(scenario, 0.0))
    return {**found, **_expected(compared, by_scenario, scenarios), **by_scenario}


def _stages(compared: Compared, part: str) -> Figures:
    """Stages of a part; each is bounded among the plans that keep those before it."""
    rows = [row for row in compared.plan.stages if row.part == part]
    earlier: list[float] = []
    found = {}
    for row in rows:
        found[part, row.stage] = _stage(row, tuple(earlier), rows[0].stage)
        earlier.append(row.objective)
    return found


def _stage(row: Stage, earlier: tuple[float, ...], first: str) -> Figure:
    """One stage. The first one tells the objective: cost alone is not the cost after waiting."""
    bound = row.bound
    low, high = (-inf if bound is None else min(bound, row.objective)), row.objective
    if row.stage == _MAXIMISED:
        low, high = row.objective, inf if bound is None else max(bound, row.objective)
    return Figure(row.objective, stage_unit(row.part, row.stage), low, high, earlier, first)


def _share(
    part: str, value: float, whole: float, stages: Figures, as_share: Callable[[float], float]
) -> Figure:
    """A share that follows from the unmet need, if that is what is minimised first."""
    unmet = stages.get((part, "unmet"))
    if unmet is None or unmet.measure != "unmet" or whole <= 0:
        return Figure(value, "share")
    ends = sorted((as_share(unmet.low / whole), as_share(unmet.high / whole)))
    return Figure(value, "share", min(ends[0], value), max(ends[1], value))


def _placement(compared: Compared, stages: Figures, whole: Mapping[str, float]) -> Figures:
    """Key figures of a placement; shares and costs need the case."""
    plan, case, part = compared.plan, compared.shown, PLACEMENT_PART
    ours = [row for row in plan.open_warehouses if row.decision != "external" and row.is_open]
    found: Figures = {
        (part, "open_count"): Figure(float(len(ours)), "warehouses"),
        (part, "used_m3"): Figure(sum(row.used_m3 for row in ours), "m3"),
    }
    if case is None:
        return found
    figures = placement_figures(case, plan)
    unmet = Figure(figures.expected_unmet_share, "share")
    if case.settings.cvar_weight == 0.0:
        # Only then is the stage the expected unmet need itself.
        need = sum(row.probability * whole.get(row.scenario, 0.0) for row in case.scenarios)
        unmet = _share(part, unmet.value, need, stages, lambda share: share)
    return {
        (part, "expected_unmet_share"): unmet,
        (part, "cvar_unmet_share"): Figure(figures.cvar_unmet_share, "share"),
        **found,
        (part, "one_off_cost_cny"): Figure(figures.one_off_cost_cny, "CNY"),
        (part, "annual_cost_cny"): Figure(figures.annual_cost_cny, "CNY/year"),
    }


def _dispatch(
    compared: Compared, need: pd.DataFrame, scenario: str, stages: Figures, whole: float
) -> Figures:
    """Key figures of a scenario's dispatch; the served share needs the weights of the case."""
    figures = dispatch_figures(need, compared.plan, scenario)
    found: Figures = {}
    if compared.case is not None:
        found[scenario, "served_share"] = _share(
            scenario, figures.served_share, whole, stages, lambda share: 1.0 - share
        )
    found |= {
        (scenario, "trips"): Figure(float(figures.trips), "trips"),
        (scenario, "volume_m3"): Figure(figures.volume_m3, "m3"),
        (scenario, "distance_km"): Figure(figures.distance_km, "km"),
        (scenario, "hours_paper"): Figure(figures.hours_paper, "h"),
        (scenario, "hours_wheels"): Figure(figures.hours_wheels, "h"),
    }
    cost = stages.get((scenario, "cost"))
    if cost is None or cost.measure == "cost":
        # Else it is a stage already.
        found[scenario, "cost_cny"] = Figure(figures.cost_cny, "CNY")
    return found


def _expected(compared: Compared, figures: Figures, scenarios: frozenset[str]) -> Figures:
    """Served share over several scenarios, weighted by their probabilities."""
    case = compared.shown
    if case is None or len(scenarios) < 2:
        return {}
    chance = {row.scenario: row.probability for row in case.scenarios if row.scenario in scenarios}
    shares = {code: figures.get((code, "served_share")) for code in chance}
    total = sum(chance.values())
    if total <= 0 or any(share is None for share in shares.values()):
        return {}
    known = [(chance[code] / total, share) for code, share in shares.items() if share is not None]
    value, low, high = (
        sum(part * end for part, end in ends)
        for ends in (
            [(part, share.value) for part, share in known],
            [(part, share.low) for part, share in known if part > 0],
            [(part, share.high) for part, share in known if part > 0],
        )
    )
    return {(DISPATCH_PART, "served_share"): Figure(value, "share", low, high)}
