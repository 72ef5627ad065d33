"""Comparison of plans: what differs in their inputs first, then what differs in the plans.

Every plan is replayed from its case before it is compared. Nothing is solved. What a difference
means is said in ``docs/model.md``, section Comparison of plans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from allocator.compare.figures import kpi_rows
from allocator.compare.inputs import CASE_TABLES, input_changes
from allocator.compare.parties import Compared, check_names, check_replay
from allocator.compare.shortages import shortage_changes
from allocator.compare.trip_changes import changed_trips
from allocator.compare.warehouses import stock_moves, warehouse_changes
from allocator.replay import plan_digest
from allocator.schema.comparison import (
    InputChange,
    Kpi,
    PlanCompared,
    ShortageChange,
    StockMove,
    TripDifference,
    WarehouseChange,
)
from allocator.schema.row import Row
from allocator.tables import TableSet

__all__ = ["Compared", "compare"]


def compare(
    base: Compared,
    others: Sequence[Compared],
    on_progress: Callable[[str], None] = lambda _: None,
) -> TableSet:
    """Compare plans with a base.

    Parameters
    ----------
    base
        What the others are held against.
    others
        One plan or more.
    on_progress
        Hears what is being done, a line each.

    Returns
    -------
    TableSet
        The sheets of ``COMPARISON_SHEETS`` but the Summary, without sentences.

    Raises
    ------
    ConflictError
        If two plans have the same name, or a plan is of another case, or without a case and never
        certified.
    ReplayError
        If a plan does not survive its replay.
    """
    everyone = [base, *others]
    check_names(everyone)
    for each in everyone:
        if each.case is not None:
            on_progress(f"replaying {each.name} ...")
        check_replay(each)
    rows: dict[type[Row], list[Row]] = {
        kind: []
        for kind in (
            PlanCompared,
            InputChange,
            Kpi,
            WarehouseChange,
            StockMove,
            TripDifference,
            ShortageChange,
        )
    }
    rows[PlanCompared].append(_base_row(base))
    for other in others:
        on_progress(f"comparing {other.name} with {base.name} ...")
        inputs, trips = input_changes(base, other), changed_trips(base, other)
        rows[PlanCompared].append(_other_row(base, other, inputs, trips.same_count))
        rows[InputChange] += inputs
        rows[Kpi] += kpi_rows(base, other)
        rows[WarehouseChange] += warehouse_changes(base, other)
        rows[StockMove] += stock_moves(base, other)
        rows[TripDifference] += trips.rows
        rows[ShortageChange] += shortage_changes(base, other)
    return TableSet({kind.sheet: tuple(found) for kind, found in rows.items() if found})


def _base_row(base: Compared) -> PlanCompared:
    """Row of the base."""
    return PlanCompared.model_validate({**_about(base), "is_base": True, "inputs": "base"})


def _other_row(
    base: Compared, other: Compared, inputs: Sequence[InputChange], same_count: int
) -> PlanCompared:
    """Row of a plan that is held against the base."""
    ours, theirs = base.plan.dispatched_scenarios, other.plan.dispatched_scenarios
    of_case = [row for row in inputs if row.table in CASE_TABLES]
    is_known = base.case is not None and other.case is not None
    is_same = bool(base.digest) and base.digest == other.digest
    standing = "same" if is_same else "changed" if is_known or _told(base, other) else "unknown"
    return PlanCompared.model_validate(
        {
            **_about(other),
            "is_base": False,
            "inputs": standing,
            "changed_count": len(of_case) if is_known or is_same else None,
            "scenarios_only_here": _listed(code for code in theirs if code not in ours),
            "scenarios_only_base": _listed(code for code in ours if code not in theirs),
            "trips_same": same_count if set(ours) & set(theirs) else None,
        }
    )


def _told(base: Compared, other: Compared) -> bool:
    """Whether both say of which case they are."""
    return bool(base.digest and other.digest)


def _about(compared: Compared) -> dict[str, object]:
    """What is told of any plan."""
    info = compared.plan.run_info
    case = compared.case
    return {
        "plan": compared.name,
        "case": info.get("case", "") if case is None else case.settings.plan_name,
        "objective": info.get("objective", "" if case is None else case.settings.objective),
        "is_replayed": case is not None,
        "scenarios": _listed(compared.plan.dispatched_scenarios),
        "case_digest": compared.digest,
        "plan_digest": plan_digest(compared.plan),
    }


def _listed(codes: Iterable[str]) -> str:
    """Codes in one cell."""
    return "; ".join(codes)[:2000]
