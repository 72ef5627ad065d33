"""Every sheet, declared once: the case in, the result out."""

from __future__ import annotations

from allocator.schema import (
    changes,
    comparison,
    coordination,
    disaster,
    dispatch_rules,
    explanations,
    lab,
    lab_results,
    legs,
    network,
    procedure,
    results,
    risks,
    sign_offs,
    worth,
)
from allocator.schema.row import Column, Row, columns

__all__ = [
    "CASE_SHEETS",
    "CHANGE_SHEETS",
    "COMPARISON_SHEETS",
    "COORDINATION_SHEETS",
    "DRILL_SHEETS",
    "EXPLANATION_SHEETS",
    "RESULT_SHEETS",
    "Column",
    "Row",
    "columns",
]

CASE_SHEETS: dict[str, type[Row]] = {
    row.sheet: row
    for row in (
        procedure.Settings,
        network.District,
        network.Warehouse,
        network.SizeClass,
        network.Item,
        network.Stock,
        network.Coverage,
        network.WaitingBand,
        disaster.Scenario,
        disaster.ScenarioDemand,
        disaster.ScenarioDamage,
        disaster.Vehicle,
        disaster.Fleet,
        disaster.Lane,
        legs.Leg,
        dispatch_rules.HourRule,
        dispatch_rules.Segregation,
        disaster.Loss,
        procedure.Department,
        procedure.ApprovalStep,
        procedure.ApprovalRule,
        procedure.Responsibility,
        sign_offs.ApprovalRecord,
        sign_offs.ScenarioSignOff,
        sign_offs.Variant,
        risks.Hazard,
        risks.HazardSubclass,
        risks.RiskElement,
        lab.Sector,
        lab.Dependency,
        lab.SectorLink,
        lab.Drill,
        lab.Shock,
        procedure.CaseChange,
        procedure.Figure,
        procedure.Source,
    )
}
"""Sheets of a case workbook, in tab order."""

RESULT_SHEETS: dict[str, type[Row]] = {
    row.sheet: row
    for row in (
        results.SummaryLine,
        results.OpenWarehouse,
        results.StockPlan,
        results.CoverageResult,
        results.LossResult,
        results.Responsible,
        changes.Change,
        changes.TripChange,
        results.Trip,
        legs.LegTrip,
        results.LoadingLine,
        results.Arrival,
        results.ServedByHour,
        results.Shortage,
        coordination.Owner,
        results.Allocation,
        results.Purchase,
        risks.LossAccount,
        worth.WorthLine,
        results.Stage,
        results.ScenarioReduction,
        results.ReductionError,
        results.RunInfo,
    )
}
"""Sheets of a result workbook, in tab order."""

CHANGE_SHEETS: dict[str, type[Row]] = {
    row.sheet: row for row in (changes.ReplanSettings, changes.Change)
}
"""Sheets of a file of changes, in tab order."""

EXPLANATION_SHEETS: dict[str, type[Row]] = {
    row.sheet: row
    for row in (
        explanations.Explanation,
        explanations.RepairOption,
        explanations.Certificate,
        explanations.Choice,
    )
}
"""Sheets of the workbook that ``allocator explain`` writes, in tab order."""

COMPARISON_SHEETS: dict[str, type[Row]] = {
    row.sheet: row
    for row in (
        results.SummaryLine,
        comparison.PlanCompared,
        comparison.InputChange,
        comparison.Kpi,
        comparison.WarehouseChange,
        comparison.StockMove,
        comparison.TripDifference,
        comparison.ShortageChange,
    )
}
"""Sheets of the workbook that ``allocator compare`` writes, in tab order."""

COORDINATION_SHEETS: dict[str, type[Row]] = {
    row.sheet: row
    for row in (
        results.SummaryLine,
        coordination.DelayCost,
        coordination.SpeedLoss,
        coordination.SignOffStep,
        coordination.ReleaseHours,
        coordination.PaperAndWheels,
        coordination.Reform,
        coordination.VariantResult,
        coordination.Owner,
        coordination.Duty,
        risks.LossAccount,
        results.RunInfo,
    )
}
"""Sheets of the workbook that ``allocator coordination`` writes, in tab order."""

DRILL_SHEETS: dict[str, type[Row]] = {
    row.sheet: row
    for row in (
        results.SummaryLine,
        lab_results.DrillResult,
        lab_results.SectorLoss,
        lab_results.DrillStep,
        lab_results.Hardening,
        lab_results.SectorCurve,
        results.RunInfo,
    )
}
"""Sheets of the workbook that ``allocator drill`` writes, in tab order."""
