"""Plans put together, and taken apart, sheet by sheet."""

from __future__ import annotations

from collections.abc import Iterable

from allocator.plan import Plan
from allocator.schema import RESULT_SHEETS
from allocator.schema.row import Row

__all__ = ["merge_plans", "placement_part"]


def merge_plans(plans: Iterable[Plan]) -> Plan:
    """Join the tables of several plans, sheet by sheet."""
    tables: dict[str, tuple[Row, ...]] = dict.fromkeys(RESULT_SHEETS, ())
    for plan in plans:
        for sheet, rows in plan.tables.items():
            tables[sheet] = (*tables[sheet], *rows)
    return Plan(tables)


def placement_part(plan: Plan) -> Plan:
    """Tables of a plan that belong to its placement."""
    sheets = (
        "Open_Warehouses",
        "Stock_Plan",
        "Coverage_Result",
        "Loss_Result",
        "Allocation",
        "Purchases",
        "Scenario_Reduction",
        "Reduction_Error",
    )
    tables: dict[str, tuple[Row, ...]] = {sheet: plan.tables.get(sheet, ()) for sheet in sheets}
    tables["Stages"] = tuple(row for row in plan.stages if row.part == "placement")
    return Plan(tables)
