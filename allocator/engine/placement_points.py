"""First stages as points of the master: today's network, a plan that is known, a whole plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.engine.decomposition import StageSearch
from allocator.engine.incumbent import Incumbent
from allocator.engine.loss_promise import LossPromise
from allocator.engine.master import Master, Point
from allocator.engine.placement_data import PlacementProblem
from allocator.engine.recourse import Recourse
from allocator.engine.recourse_pricing import faithful_weights, price_point
from allocator.engine.stock_top_up import topped_up
from allocator.engine.whole_stock import whole_stock
from models.placement_data import PlacementData
from models.recourse import value_scale
from models.valuation import (
    FirstStagePlan,
    PlacementResult,
    annual_cost_cny,
    one_off_cost_cny,
    yearly_cost_cny,
)

__all__ = ["plan_in_whole_units", "plan_point", "start_point", "today_point", "whole_point"]


def whole_point(problem: PlacementProblem, promise: LossPromise, point: Point) -> Point:
    """Return the point with stock rounded down to whole units and choices to whole ones."""
    first = problem.data.first_stage
    whole = np.floor(point.stock_units + 1e-6)
    whole = np.maximum(whole, np.where(point.is_open[:, None] > 0.5, first.reserve_units, 0.0))
    decided = first.is_decided[:, None] & first.is_whole
    rounded = np.where(decided, whole, point.stock_units)
    choice = np.rint(point.choice)
    option = first.options_taken(choice)
    whole = whole_stock(problem.data, option, point.stock_units, rounded)
    return replace(
        point,
        choice=choice,
        is_open=np.rint(point.is_open),
        stock_units=promise.whole_stock(option, point.stock_units, whole),
    )


def plan_in_whole_units(
    problem: PlacementProblem,
    promise: LossPromise,
    search: StageSearch,
    best: Incumbent,
    buying: Recourse,
) -> PlacementResult:
    """Return the best plan of a stage with its stock in whole units.

    Parameters
    ----------
    problem, promise
        The placement, and what losses it must withstand.
    search, best
        The stage, and the best that was found.
    buying
        Says what a unit more is worth; a few criteria will do.
    """
    recourse, rule = search.recourse, search.rule
    point = whole_point(problem, promise, best.priced.point)
    point = topped_up(buying, best.priced.point, point)
    priced = price_point(recourse, point, rule, search.limits, faithful_weights(recourse, rule))
    return recourse.plan(priced, best.option)


def today_point(problem: PlacementProblem, master: Master) -> Point | None:
    """Return today's network with today's stock as a first plan, if it keeps the hard rules."""
    data, first = problem.data, problem.data.first_stage
    option = np.array([options[0] for options in first.options_of], dtype=np.int64)
    plan = FirstStagePlan(option, first.today_units)
    room = first.option_volume_m3[option] + 1e-9
    is_full = first.is_decided & (first.today_units @ first.unit_volume_m3 > room)
    kept = first.coverage.reachable_units(first.today_units) >= first.coverage.required_units
    is_short = (first.coverage.is_hard & ~kept).any()
    is_dear = annual_cost_cny(data, plan) > first.annual_budget_cny
    # A warehouse that is held to something new has to be paid for.
    is_dear |= one_off_cost_cny(data, plan) > first.capital_budget_cny
    if is_full.any() or is_short or is_dear:
        return None
    return plan_point(problem.data, master, plan)


def plan_point(data: PlacementData, master: Master, plan: FirstStagePlan) -> Point:
    """Return sizes and stock as a point of the master."""
    first = data.first_stage
    choice = np.zeros(len(first.option_warehouse))
    choice[plan.option] = 1.0
    values = np.zeros(master.session.column_count)
    values[master.yearly_column] = yearly_cost_cny(data, plan) / value_scale(data, "social")
    return Point(
        choice=choice,
        stock_units=plan.stock_units.astype(float),
        is_open=first.option_is_open[plan.option].astype(float),
        block_values=np.zeros(master.value_column.shape),
        values=values,
    )


def start_point(
    problem: PlacementProblem, master: Master, possible: FirstStagePlan | None
) -> Point | None:
    """Return a first plan: today's network, else one that is known to keep the hard rules."""
    if problem.data.risk.min_served_share <= 0.0 or possible is None:
        known = today_point(problem, master)
        if known is not None:
            return known
    return None if possible is None else plan_point(problem.data, master, possible)
