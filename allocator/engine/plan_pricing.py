"""The exact recourse of any first stage, and the way from tables to a first stage.

Every plan of a comparison is priced here, whoever made it: with the blocks of
``allocator.engine.recourse``, stage by stage, each earlier value kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.engine.master import Point
from allocator.engine.placement_data import PlacementProblem
from allocator.engine.placement_tables import placement_tables
from allocator.engine.recourse import Recourse
from allocator.engine.recourse_pricing import faithful_weights, price_point
from allocator.plan import PLACEMENT_PART, Plan
from allocator.schema.results import Stage
from models.placement_data import OBJECTIVES, Criterion, Objective, PlacementData, StageRule
from models.valuation import FirstStagePlan, PlacementResult, risk_value, stage_value

__all__ = ["first_stage_of", "first_stage_point", "price_first_stage", "priced_tables"]

Floats = NDArray[np.float64]

_KEPT = 1e-6
"""Share by which a later stage may give up an earlier value: rounding, and no more."""


def first_stage_point(data: PlacementData, plan: FirstStagePlan) -> Point:
    """Return a first stage as the recourse looks at it.

    Parameters
    ----------
    data
        The placement problem.
    plan
        Sizes and stock.
    """
    first = data.first_stage
    choice = np.zeros(len(first.option_warehouse))
    choice[plan.option] = 1.0
    return Point(
        choice=choice,
        stock_units=plan.stock_units.astype(float),
        is_open=first.option_is_open[plan.option].astype(float),
        block_values=np.zeros((0, 0)),
        values=np.zeros(0),
    )


def price_first_stage(
    data: PlacementData, plan: FirstStagePlan, objective: Objective
) -> PlacementResult:
    """Find the best recourse of a first stage under an objective.

    Parameters
    ----------
    data
        The placement problem.
    plan
        Sizes and stock.
    objective
        Its stages are gone through in order; each value is kept for the next.

    Returns
    -------
    PlacementResult
        The first stage with flows of every scenario. Where no flows serve the minimum share,
        those that miss it by least.
    """
    rules = OBJECTIVES[objective]
    point = first_stage_point(data, plan)
    has_floor = data.risk.min_served_share > 0.0
    floor: list[Criterion] = ["floor"] if has_floor else []
    criteria: list[Criterion] = floor + [rule.criterion for rule in rules]
    recourse = Recourse(data, criteria)
    limits: dict[Criterion, float] = {"floor": 1e-9} if has_floor else {}
    result = PlacementResult(plan, ())
    for rule in rules:
        weights = faithful_weights(recourse, rule)
        priced = price_point(recourse, point, rule, limits, weights)
        if rule is rules[-1]:
            result = recourse.plan(priced, plan.option)
        totals = recourse.scenario_values(priced.values)[:, criteria.index(rule.criterion)]
        reached = risk_value(totals, data.probability, data.risk)
        limits[rule.criterion] = reached * (1.0 + _KEPT)
    return result


def _stage(data: PlacementData, result: PlacementResult, rule: StageRule) -> Stage:
    """Row of a stage that was priced and not searched for: it has no bound."""
    return Stage(
        part=PLACEMENT_PART,
        stage=rule.stage,
        objective=stage_value(data, result, rule),
        status="time_limit",
        seconds=0.0,
    )


def priced_tables(problem: PlacementProblem, plan: FirstStagePlan, objective: Objective) -> Plan:
    """Price a first stage and put it into the tables of a plan.

    Parameters
    ----------
    problem
        The placement problem of the case.
    plan
        Sizes and stock.
    objective
        As in ``price_first_stage``.
    """
    result = price_first_stage(problem.data, plan, objective)
    stages = tuple(_stage(problem.data, result, rule) for rule in OBJECTIVES[objective])
    return placement_tables(problem, result, stages)


def first_stage_of(problem: PlacementProblem, plan: Plan) -> FirstStagePlan:
    """Read sizes and stock back from the tables of a placement.

    Parameters
    ----------
    problem
        Placement of a case with the same warehouses and items.
    plan
        Tables ``Open_Warehouses`` and ``Stock_Plan``.
    """
    decided = {row.warehouse: row for row in plan.open_warehouses}
    index = {row.warehouse: w for w, row in enumerate(problem.warehouses)}
    item = problem.case.item_index()
    option = np.zeros(len(problem.warehouses), dtype=np.int64)
    for w, choices in enumerate(problem.data.first_stage.options_of):
        row = decided.get(problem.warehouses[w].warehouse)
        wanted = (None, None) if row is None else (row.decision, row.size_class)
        option[w] = next(
            o
            for o in choices
            if (problem.options[o].decision, problem.options[o].size_class) == wanted
        )
    stock = np.zeros(problem.data.first_stage.today_units.shape)
    for line in plan.stock_plan:
        stock[index[line.warehouse], item[line.item]] = line.stock_units
    return FirstStagePlan(option, stock)
