"""From positions and quantities back to the rows of a plan."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from allocator.engine.placement_data import PlacementProblem
from allocator.plan import Plan
from allocator.schema.results import (
    Allocation,
    CoverageResult,
    OpenWarehouse,
    Purchase,
    Stage,
    StockPlan,
)
from models.valuation import PlacementResult

__all__ = ["flow_tables", "placement_tables"]

_LEAST_UNITS = 1e-7
"""Flows below this are rounding of the solver, not cargo. [units]"""


def _open_warehouses(problem: PlacementProblem, result: PlacementResult) -> Iterator[OpenWarehouse]:
    """Rows of what becomes of each warehouse; candidates that stay shut have none."""
    volume = problem.data.first_stage.unit_volume_m3
    first = result.first_stage
    for w, row in enumerate(problem.warehouses):
        option = problem.options[int(first.option[w])]
        if option.decision is None:
            continue
        yield OpenWarehouse(
            warehouse=row.warehouse,
            name=row.name,
            decision=option.decision,
            is_open=option.is_open,
            size_class=option.size_class,
            volume_m3=option.volume_m3,
            used_m3=float(first.stock_units[w] @ volume),
            one_off_cost_cny=option.one_off_cost_cny,
            annual_cost_cny=option.annual_cost_cny,
        )


def _stock_plan(problem: PlacementProblem, result: PlacementResult) -> Iterator[StockPlan]:
    """Rows of stock; a warehouse that neither has nor gets an item has none."""
    today = problem.data.first_stage.today_units
    stock = result.first_stage.stock_units
    for w, i in np.argwhere((today > 0) | (stock > 0)).tolist():
        change = float(stock[w, i] - today[w, i])
        yield StockPlan(
            warehouse=problem.warehouses[w].warehouse,
            item=problem.case.items[i].item,
            today_units=float(today[w, i]),
            stock_units=float(stock[w, i]),
            buy_units=max(0.0, change),
            withdraw_units=max(0.0, -change),
        )


def _coverage(problem: PlacementProblem, result: PlacementResult) -> Iterator[CoverageResult]:
    """Rows of promises kept and broken.

    Two lines of the Coverage sheet may promise one district the same item within the same hours,
    one for its risk level and one for any: the larger promise is told.
    """
    coverage = problem.data.first_stage.coverage
    reachable = coverage.reachable_units(result.first_stage.stock_units)
    largest: dict[tuple[int, int, float], int] = {}
    for c, key in enumerate(
        zip(
            coverage.district.tolist(),
            coverage.item.tolist(),
            coverage.target_hours.tolist(),
            strict=True,
        )
    ):
        known = largest.setdefault(key, c)
        if coverage.required_units[c] > coverage.required_units[known]:
            largest[key] = c
    for c in largest.values():
        required = float(coverage.required_units[c])
        yield CoverageResult(
            district=problem.case.districts[int(coverage.district[c])].district,
            item=problem.case.items[int(coverage.item[c])].item,
            target_hours=float(coverage.target_hours[c]),
            required_units=required,
            reachable_units=float(reachable[c]),
            short_units=max(0.0, required - float(reachable[c])),
        )


def _allocations(problem: PlacementProblem, result: PlacementResult) -> Iterator[Allocation]:
    """Rows of who serves whom."""
    case = problem.case
    for s, flows in enumerate(result.scenarios):
        need = problem.data.scenarios[s].district
        total: dict[tuple[int, int, int], float] = {}
        for w, d, i, units in zip(
            flows.warehouse.tolist(),
            flows.district.tolist(),
            flows.item.tolist(),
            flows.ship_units.tolist(),
            strict=True,
        ):
            total[w, d, i] = total.get((w, d, i), 0.0) + units
        for (w, d, i), units in sorted(total.items()):
            if units > _LEAST_UNITS:
                yield Allocation(
                    scenario=case.scenarios[s].scenario,
                    warehouse=problem.warehouses[w].warehouse,
                    district=case.districts[int(need[d])].district,
                    item=case.items[i].item,
                    ship_units=units,
                )


def _purchases(problem: PlacementProblem, result: PlacementResult) -> Iterator[Purchase]:
    """Rows of emergency purchases."""
    case = problem.case
    for s, flows in enumerate(result.scenarios):
        need = problem.data.scenarios[s].district
        for d, i in np.argwhere(flows.purchase_units > _LEAST_UNITS).tolist():
            yield Purchase(
                scenario=case.scenarios[s].scenario,
                district=case.districts[int(need[d])].district,
                item=case.items[i].item,
                purchase_units=float(flows.purchase_units[d, i]),
            )


def flow_tables(
    problem: PlacementProblem, result: PlacementResult
) -> tuple[tuple[Allocation, ...], tuple[Purchase, ...]]:
    """Rows of the flows alone, for problems that hold only some of the scenarios."""
    return tuple(_allocations(problem, result)), tuple(_purchases(problem, result))


def placement_tables(
    problem: PlacementProblem, result: PlacementResult, stages: tuple[Stage, ...]
) -> Plan:
    """Put a placement into the tables of a plan.

    Parameters
    ----------
    problem
        The placement problem of the case.
    result
        Sizes, stock and flows.
    stages
        What each stage reached.
    """
    return Plan(
        {
            OpenWarehouse.sheet: tuple(_open_warehouses(problem, result)),
            StockPlan.sheet: tuple(_stock_plan(problem, result)),
            CoverageResult.sheet: tuple(_coverage(problem, result)),
            Allocation.sheet: tuple(_allocations(problem, result)),
            Purchase.sheet: tuple(_purchases(problem, result)),
            Stage.sheet: stages,
        }
    )
