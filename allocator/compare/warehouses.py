"""Warehouses that open, close or change their size between two plans, and stock that moves."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

from allocator.compare.parties import Compared
from allocator.plan import Plan
from allocator.schema.comparison import StockMove, WarehouseChange
from allocator.schema.results import OpenWarehouse

__all__ = ["stock_moves", "warehouse_changes"]

NOISE_M3 = 1e-6
NOISE_UNITS = 1e-6
"""Stock that differs by less is the same."""

Change = Literal["opened", "closed", "resized", "kept"]


def warehouse_changes(base: Compared, other: Compared) -> list[WarehouseChange]:
    """Return warehouses in use under either plan, with their sizes; none without two placements.

    Parameters
    ----------
    base, other
        Placements, or answers to location questions, which know no sizes: against these, none is
        resized.
    """
    ours, theirs = _in_use(base.plan), _in_use(other.plan)
    if not _decides(base.plan) or not _decides(other.plan):
        return []
    is_sized = bool(base.plan.open_warehouses and other.plan.open_warehouses)
    rows = [
        _row(other.name, code, (ours.get(code), theirs.get(code)), is_sized=is_sized)
        for code in sorted({*ours, *theirs})
    ]
    order = ("opened", "closed", "resized", "kept")
    return sorted(rows, key=lambda row: order.index(row.change))


def _decides(plan: Plan) -> bool:
    """Whether a plan says which warehouses are in use."""
    return bool(plan.open_warehouses or plan.responsible)


def _in_use(plan: Plan) -> dict[str, OpenWarehouse]:
    """Own warehouses that hold reserves, or that answer for a district."""
    if plan.open_warehouses:
        rows = plan.open_warehouses
        return {row.warehouse: row for row in rows if row.is_open and row.decision != "external"}
    serving = {row.warehouse for row in plan.responsible if row.warehouse is not None}
    return {
        code: OpenWarehouse(
            warehouse=code,
            decision="open",
            is_open=True,
            volume_m3=0,
            used_m3=0,
            one_off_cost_cny=0,
            annual_cost_cny=0,
        )
        for code in serving
    }


def _row(
    plan: str,
    code: str,
    pair: tuple[OpenWarehouse | None, OpenWarehouse | None],
    *,
    is_sized: bool,
) -> WarehouseChange:
    """Row of one warehouse."""
    base, other = pair
    change: Change = "kept"
    if base is None or other is None:
        change = "opened" if base is None else "closed"
    elif is_sized and (
        base.size_class != other.size_class or abs(base.volume_m3 - other.volume_m3) > NOISE_M3
    ):
        change = "resized"
    return WarehouseChange(
        plan=plan,
        warehouse=code,
        change=change,
        base_size_class=(base.size_class or "") if base else "",
        other_size_class=(other.size_class or "") if other else "",
        base_volume_m3=base.volume_m3 if base else 0.0,
        other_volume_m3=other.volume_m3 if other else 0.0,
        base_used_m3=base.used_m3 if base else 0.0,
        other_used_m3=other.used_m3 if other else 0.0,
    )


def stock_moves(base: Compared, other: Compared) -> list[StockMove]:
    """Return stock that differs, all of an item first; none without two placements.

    Parameters
    ----------
    base, other
        The plans.
    """
    if not base.plan.stock_plan or not other.plan.stock_plan:
        return []
    ours, theirs = _stock(base.plan), _stock(other.plan)
    keys = dict.fromkeys([*ours, *theirs])
    rows = []
    for warehouse, item in sorted(keys, key=lambda key: (key[0] or "", key[1])):
        before = ours.get((warehouse, item), 0.0)
        after = theirs.get((warehouse, item), 0.0)
        if abs(after - before) > NOISE_UNITS:
            rows.append(
                StockMove(
                    plan=other.name,
                    warehouse=warehouse,
                    item=item,
                    base_units=before,
                    other_units=after,
                    difference_units=after - before,
                )
            )
    return rows


def _stock(plan: Plan) -> dict[tuple[str | None, str], float]:
    """Stock by warehouse and item, and of each item in all. [units]"""
    found: defaultdict[tuple[str | None, str], float] = defaultdict(float)
    for row in plan.stock_plan:
        found[None, row.item] += row.stock_units
        found[row.warehouse, row.item] += row.stock_units
    return dict(found)
