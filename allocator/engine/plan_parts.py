"""Plans put together, and taken apart, sheet by sheet."""

from __future__ import annotations

from collections.abc import Iterable

from allocator.case import Case
from allocator.plan import Plan
from allocator.risks import expected_rows
from allocator.schema import RESULT_SHEETS
from allocator.schema.risks import LossAccount
from allocator.schema.row import Row

__all__ = ["merge_plans", "placement_part", "with_expected_accounts"]


def merge_plans(plans: Iterable[Plan]) -> Plan:
    """Join the tables of several plans, sheet by sheet."""
    tables: dict[str, tuple[Row, ...]] = dict.fromkeys(RESULT_SHEETS, ())
    for plan in plans:
        for sheet, rows in plan.tables.items():
            tables[sheet] = (*tables[sheet], *rows)
    return Plan(tables)


def with_expected_accounts(case: Case, plan: Plan) -> Plan:
    """Put the expected loss accounts before those of the scenarios.

    Only where the plan dispatches several scenarios, and every one of the chosen sample that has
    records of loss: the expected value of a part would be mistaken for that of the whole.

    Parameters
    ----------
    case
        The checked case.
    plan
        Dispatches put together.
    """
    dispatched = set(plan.dispatched_scenarios)
    told = {row.scenario for row in case.risk_elements}
    if not told or len(dispatched) < 2 or not told <= dispatched:
        return plan
    return plan.replace(LossAccount, (*expected_rows(case), *plan.rows(LossAccount)))


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
