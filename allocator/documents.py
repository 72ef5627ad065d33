"""The JSON documents of the command line and the API: one shape per verb."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.case import Case
from allocator.engine.summary import (
    dispatch_figures,
    headline,
    placement_figures,
    weighted_demand,
)
from allocator.errors import (
    AllocatorError,
    DataError,
    InfeasibleError,
    Issue,
    NoPlanError,
    ReplayError,
)
from allocator.plan import LOCATION_PART, PLACEMENT_PART, Plan
from allocator.replay import Verdict
from allocator.schema.comparison import (
    InputChange,
    Kpi,
    PlanCompared,
    ShortageChange,
    StockMove,
    TripDifference,
    WarehouseChange,
)
from allocator.schema.explanations import Certificate, Choice, Explanation, RepairOption
from allocator.schema.lab_results import (
    DrillResult,
    DrillStep,
    Hardening,
    SectorCurve,
    SectorLoss,
)
from allocator.schema.results import RunInfo, Stage, SummaryLine
from allocator.tables import TableSet

if TYPE_CHECKING:
    import pandas as pd

    from allocator.orders import ScenarioOrders

__all__ = [
    "check_document",
    "compare_document",
    "dispatch_document",
    "drill_document",
    "error_document",
    "explain_document",
    "orders_document",
    "place_document",
    "plan_document",
    "question_document",
    "replan_document",
    "verify_document",
    "worth_document",
]

Document = dict[str, Any]


def _stage_document(stage: Stage) -> Document:
    """One stage, with the keys that every solve has."""
    return {
        "stage": stage.stage,
        "status": stage.status,
        "objective": stage.objective,
        "bound": stage.bound,
        "gap": stage.gap,
        "controllable_gap": stage.controllable_gap,
        "floor": stage.floor,
        "seconds": stage.seconds,
    }


def _solve_document(plan: Plan, part: str) -> Document:
    """Keys that every solve has, from the part's headline stage."""
    stages = [stage for stage in plan.stages if stage.part == part]
    leading = headline(plan.stages, part, plan.run_info.get("objective", "lives"))
    document: Document = _stage_document(leading) if leading else {"status": "no_plan"}
    document["headline"] = document.pop("stage", None)
    document["seconds"] = round(sum(stage.seconds for stage in stages), 3)
    document["stages"] = [_stage_document(stage) for stage in stages]
    document["certified"] = plan.run_info.get("certified") == "yes"
    return document


def _run_document(plan: Plan) -> Document:
    """Where a result comes from."""
    prefix = "version "
    return {
        "case_digest": plan.run_info.get("case_digest"),
        "versions": {
            name.removeprefix(prefix): text
            for name, text in plan.run_info.items()
            if name.startswith(prefix)
        },
        "certified": plan.run_info.get("certified") == "yes",
    }


def _reduction_document(plan: Plan) -> Document | None:
    """On how many scenarios the placement was searched, and what that costs in exactness."""
    rows = plan.scenario_reduction
    if not rows:
        return None
    return {
        "scenarios": len(rows),
        "kept": [row.scenario for row in rows if row.is_kept],
        "errors": [row.model_dump() for row in plan.reduction_errors],
    }


def _placement_part(case: Case, plan: Plan) -> Document:
    """Placement with its key figures."""
    figures = placement_figures(case, plan)
    cost = [stage.objective for stage in plan.stages if stage.stage in ("cost", "social")]
    return {
        **_solve_document(plan, PLACEMENT_PART),
        "open_warehouses": list(figures.open_warehouses),
        "stock_units": figures.stock_units,
        "expected_unmet_share": figures.expected_unmet_share,
        "cvar_unmet_share": figures.cvar_unmet_share,
        "cost_cny": cost[0] if cost else None,
        "one_off_cost_cny": figures.one_off_cost_cny,
        "annual_cost_cny": figures.annual_cost_cny,
        "n1": [
            {
                "loss": row.loss,
                "origin": row.origin,
                "lost": row.lost,
                "scenario": row.scenario,
                "served_share": row.served_share,
                "share_without_loss": row.share_without_loss,
                "added_unmet": row.added_unmet,
                "expected_added_unmet": row.expected_added_unmet,
                "promised_share": row.promised_share,
                "kept": row.is_kept,
            }
            for row in plan.loss_results
        ],
        "reduction": _reduction_document(plan),
    }


def _dispatch_part(case: Case, need: pd.DataFrame, plan: Plan, scenario: str) -> Document:
    """One scenario's dispatch with its key figures, given the weighted need of all scenarios."""
    figures = dispatch_figures(need, plan, scenario)
    return {
        "scenario": scenario,
        "name": case.scenario(scenario).name,
        **_solve_document(plan, scenario),
        "trips": figures.trips,
        "leg_trips": figures.leg_trips,
        "served_share": figures.served_share,
        "unmet_share": figures.unmet_share,
        "served_share_by_hour": {str(h): s for h, s in figures.served_share_by_hour.items()},
        "hours_paper": figures.hours_paper,
        "hours_wheels": figures.hours_wheels,
        "volume_m3": figures.volume_m3,
        "cost_cny": figures.cost_cny,
    }


def place_document(case: Case, plan: Plan) -> Document:
    """Return what ``allocator place --json`` prints."""
    return {**_placement_part(case, plan), **_run_document(plan)}


def dispatch_document(case: Case, plan: Plan, scenario: str) -> Document:
    """Return what ``allocator dispatch --json`` prints."""
    need = weighted_demand(case)
    return {**_dispatch_part(case, need, plan, scenario), **_run_document(plan)}


def replan_document(case: Case, plan: Plan, scenario: str) -> Document:
    """Return what ``allocator replan --json`` prints; the case is the one with the changes."""
    return {
        **dispatch_document(case, plan, scenario),
        "at_hours": float(plan.run_info.get("at_hours", "nan")),
        "changes": [row.model_dump(exclude_none=True) for row in plan.changes],
        "trip_changes": [row.model_dump(exclude_none=True) for row in plan.last_trip_changes],
    }


def plan_document(case: Case, plan: Plan) -> Document:
    """Return what ``allocator plan --json`` prints."""
    need = weighted_demand(case)
    return {
        **_solve_document(plan, PLACEMENT_PART),
        **_run_document(plan),
        "run_seconds": float(plan.run_info.get("seconds", "nan")),
        "placement": {**_placement_part(case, plan), **_run_document(plan)},
        "dispatch": [
            {**_dispatch_part(case, need, plan, scenario), **_run_document(plan)}
            for scenario in plan.dispatched_scenarios
        ],
    }


def worth_document(case: Case, plan: Plan) -> Document:
    """Return what ``allocator worth --json`` prints."""
    return {
        **_solve_document(plan, PLACEMENT_PART),
        **_run_document(plan),
        "run_seconds": float(plan.run_info.get("seconds", "nan")),
        "held_back": {
            name.removeprefix("held back "): text.split("; ")
            for name, text in plan.run_info.items()
            if name.startswith("held back ")
        },
        "worth": [row.model_dump() for row in plan.worth],
        "placement": _placement_part(case, plan),
    }


def question_document(plan: Plan) -> Document:
    """Return what ``allocator place --json`` prints for a classical question."""
    serving = {row.warehouse for row in plan.responsible if row.warehouse is not None}
    return {
        **_solve_document(plan, LOCATION_PART),
        **_run_document(plan),
        "open_warehouses": sorted(serving),
        "responsible": {row.district: row.warehouse for row in plan.responsible},
        "covered_people": sum(row.population_people for row in plan.responsible if row.is_covered),
    }


def check_document(issues: Iterable[Issue]) -> Document:
    """Return what ``allocator check --json`` prints."""
    found = list(issues)
    return {
        "ok": all(issue.severity != "error" for issue in found),
        "issues": [issue.as_dict() for issue in found],
    }


def verify_document(verdict: Verdict) -> Document:
    """Return what ``allocator verify --json`` prints."""
    return {
        "certified": verdict.certified,
        "violations": [violation.as_dict() for violation in verdict.violations],
        "objective": verdict.objective,
        "stages": [
            {"part": part, "stage": stage, "objective": value}
            for part, stage, value in verdict.stages
        ],
    }


def orders_document(written: Sequence[ScenarioOrders], plan: Plan) -> Document:
    """Return what ``allocator orders --json`` prints; there are orders of certified plans only."""
    scenarios = [_orders_part(one) for one in written]
    return {
        "certified": True,
        "case_digest": plan.run_info.get("case_digest"),
        "plan_digest": written[0].book.digest,
        "files": [str(path) for one in written for path in one.files],
        "trips": sum(part["trips"] for part in scenarios),
        "scenarios": scenarios,
    }


def explain_document(tables: TableSet, plan: Plan, output: Path | None) -> Document:
    """Return what ``allocator explain --json`` prints; certified plans only are explained."""
    return {
        "certified": True,
        "case_digest": plan.run_info.get("case_digest"),
        "file": None if output is None else str(output),
        "certificates": [row.model_dump() for row in tables.rows(Certificate)],
        "shortages": [row.model_dump() for row in tables.rows(Explanation)],
        "repairs": [row.model_dump() for row in tables.rows(RepairOption)],
        "choices": [row.model_dump() for row in tables.rows(Choice)],
    }


def drill_document(tables: TableSet, output: Path | None, saved: Path | None) -> Document:
    """Return what ``allocator drill --json`` prints.

    Parameters
    ----------
    tables
        Rows of ``DRILL_SHEETS`` with their sentences.
    output, saved
        Files that were written.
    """
    results = tables.rows(DrillResult)
    return {
        **_run_document(Plan({RunInfo.sheet: tables.rows(RunInfo)})),
        # Every plan behind a value has been replayed.
        "certified": all(row.added_cny is not None for row in results),
        "file": None if output is None else str(output),
        "case_file": None if saved is None else str(saved),
        "drills": [row.model_dump() for row in results],
        "sectors": [row.model_dump() for row in tables.rows(SectorLoss)],
        "steps": [row.model_dump() for row in tables.rows(DrillStep)],
        "hardening": [row.model_dump() for row in tables.rows(Hardening)],
        "curves": [row.model_dump() for row in tables.rows(SectorCurve)],
        "summary": [row.model_dump() for row in tables.rows(SummaryLine)],
    }


def compare_document(
    tables: TableSet, output: Path | None = None, page: Path | None = None
) -> Document:
    """Return what ``allocator compare --json`` prints: all rows, however many there are.

    Parameters
    ----------
    tables
        The comparison with its sentences.
    output, page
        Files that were written.
    """
    plans = tables.rows(PlanCompared)
    return {
        "certified": all(row.is_replayed for row in plans),
        "base": next((row.plan for row in plans if row.is_base), None),
        "file": None if output is None else str(output),
        "page": None if page is None else str(page),
        "plans": [row.model_dump() for row in plans],
        "inputs_changed": [row.model_dump() for row in tables.rows(InputChange)],
        "kpis": [_kpi_document(row) for row in tables.rows(Kpi)],
        "warehouses": [row.model_dump() for row in tables.rows(WarehouseChange)],
        "stock": [row.model_dump() for row in tables.rows(StockMove)],
        "trips": [row.model_dump() for row in tables.rows(TripDifference)],
        "shortages": [row.model_dump() for row in tables.rows(ShortageChange)],
        "summary": [row.model_dump() for row in tables.rows(SummaryLine)],
    }


def _kpi_document(row: Kpi) -> Document:
    """One key figure, with the word of the contract for what can be told apart."""
    document: Document = row.model_dump()
    document["distinguishable"] = document.pop("is_distinguishable")
    return document


def _orders_part(one: ScenarioOrders) -> Document:
    """One scenario's orders: files, trips, who sends and who gets."""
    trips = [order.trip for order in one.book.trips]
    sent = Counter(trip.warehouse for trip in trips)
    got = Counter(trip.district for trip in trips)
    return {
        "scenario": one.book.scenario,
        "name": one.book.name,
        "workbook": str(one.workbook),
        "paper": str(one.paper),
        "lines": str(one.lines),
        "map": str(one.map),
        "trips": len(trips),
        "warehouses": [{"warehouse": code, "trips": sent[code]} for code in sorted(sent)],
        "districts": [{"district": code, "trips": got[code]} for code in one.book.districts],
        "hubs": [{"hub": code, "trips": got[code]} for code in one.book.hubs],
    }


def error_document(error: AllocatorError) -> Document:
    """Return what any verb prints under ``--json`` when it ends with an error."""
    statuses = {InfeasibleError: "infeasible", NoPlanError: "no_plan"}
    issues = error.issues if isinstance(error, DataError) else ()
    repairs = error.repairs if isinstance(error, InfeasibleError) else ()
    violations = error.violations if isinstance(error, ReplayError) else ()
    return {
        "status": statuses.get(type(error), "failed"),
        "error": type(error).__name__,
        "detail": str(error),
        "rules": list(error.rules) if isinstance(error, InfeasibleError) else [],
        "repairs": [repair.as_dict() for repair in repairs],
        "issues": [issue.as_dict() for issue in issues],
        "violations": [violation.as_dict() for violation in violations],
        "certified": False,
    }
