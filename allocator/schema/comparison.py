"""Sheets of a comparison: what differs in the inputs first, then what differs in the plans."""

from __future__ import annotations

from typing import ClassVar, Literal

from allocator.schema.row import Id, Row, Text, column

__all__ = [
    "InputChange",
    "Kpi",
    "PlanCompared",
    "ShortageChange",
    "StockMove",
    "TripDifference",
    "WarehouseChange",
]


class PlanCompared(Row):
    """One of the plans that are compared; the first is the base."""

    sheet: ClassVar[str] = "Plans_Compared"
    sheet_zh: ClassVar[str] = "对比方案"
    about: ClassVar[str] = "Which plans are compared, of which case; the first row is the base."
    key: ClassVar[tuple[str, ...]] = ("plan",)

    plan: Text = column("方案", "Name of the plan: that of its file.")
    is_base: bool = column("基准", "Whether the others are held against it.")
    case: Text = column("算例", "Name of its case, from its Run_Info.", default="")
    objective: Text = column("目标", "lives, social, cost, or a location question.", default="")
    is_replayed: bool = column(
        "已复核",
        "Whether it was replayed from its case for this comparison; no: no case was given.",
    )
    inputs: Literal["base", "same", "changed", "unknown"] = column(
        "输入",
        "same: of the very case of the base; changed: of another; unknown: a result says of its "
        "case only whether it is the same, and no case was given.",
    )
    changed_count: int | None = column(
        "输入变化数", "Rows of Inputs_Changed about its case.", default=None, ge=0
    )
    scenarios: Text = column("情景", "Scenarios it dispatches, parted by ;.", default="")
    scenarios_only_here: Text = column(
        "仅本方案情景", "Dispatched here and not by the base.", default=""
    )
    scenarios_only_base: Text = column(
        "仅基准情景", "Dispatched by the base and not here.", default=""
    )
    trips_same: int | None = column(
        "相同车次", "Trips alike in lane, vehicle kind, load and hour.", default=None, ge=0
    )
    case_digest: Text = column("算例摘要", "Digest of its case.", default="")
    plan_digest: Text = column("方案摘要", "Digest of its tables.", default="")


class InputChange(Row):
    """One cell, row or order that is not alike in two cases."""

    sheet: ClassVar[str] = "Inputs_Changed"
    sheet_zh: ClassVar[str] = "输入变化"
    about: ClassVar[str] = (
        "Every cell of the case that differs, every row that only one of the cases has; and what "
        "differs in the options of the run (Run_Info) and in what re-plans were told (Changes)."
    )
    key: ClassVar[tuple[str, ...]] = ("plan", "table", "row_key", "field")

    plan: Text = column("方案", "Held against the base.")
    table: Id = column("工作表", "Sheet of the case; Run_Info or Changes of the result.")
    row_key: Text = column(
        "行", "Key of the row, parts joined by |; of a sheet without key the row.", default=""
    )
    field: Text = column("字段", "Column; empty: the row as a whole.", default="")
    unit: Text = column("单位", "Unit of the values.", default="")
    change: Literal["changed", "added", "removed", "reordered"] = column(
        "变化",
        "changed: one cell; added, removed: a row only the other, only the base has; reordered: "
        "the rows of the sheet stand in another order.",
    )
    base_value: Text = column("基准值", "In the base; empty: nothing stands there.", default="")
    other_value: Text = column("对比值", "In the other case.", default="")
    difference: float | None = column(
        "差额", "Other less base, where both are numbers.", default=None
    )


KpiName = Literal[
    "unmet",
    "waiting",
    "cost",
    "social",
    "cover-all",
    "cover-most",
    "median",
    "center",
    "served_share",
    "expected_unmet_share",
    "cvar_unmet_share",
    "open_count",
    "used_m3",
    "one_off_cost_cny",
    "annual_cost_cny",
    "trips",
    "volume_m3",
    "distance_km",
    "cost_cny",
    "hours_paper",
    "hours_wheels",
]
"""Stages by their names, then figures that are worked out from the tables."""

KpiNote = Literal[
    "apart",
    "within_gaps",
    "same",
    "other_stock",
    "trade",
    "no_bound",
    "objectives_differ",
    "only_one",
]
"""Why a difference is distinguishable, why it is not, or why that is not known."""


class Kpi(Row):
    """One figure of two plans, and whether their gaps allow to tell them apart."""

    sheet: ClassVar[str] = "KPIs"
    sheet_zh: ClassVar[str] = "指标对比"
    about: ClassVar[str] = (
        "Objectives and key figures of both plans with their differences. Distinguishable is a "
        "difference that better solves could not undo: the proven intervals do not overlap."
    )
    key: ClassVar[tuple[str, ...]] = ("plan", "part", "name")

    plan: Text = column("方案", "Held against the base.")
    part: Id = column(
        "部分", "placement, location, a scenario, or dispatch: over the scenarios of both plans."
    )
    name: KpiName = column("指标", "Stage, or figure worked out from the tables.")
    unit: Text = column("单位", "Unit of the values.", default="")
    base: float | None = column("基准值", "Of the base; empty: it has none.", default=None)
    other: float | None = column("对比值", "Of the other plan; empty: it has none.", default=None)
    difference: float | None = column("差额", "Other less base.", default=None)
    difference_share: float | None = column(
        "相对差额", "Difference over the size of the base's value; empty: that is 0.", default=None
    )
    is_distinguishable: bool | None = column(
        "可区分", "Whether the difference is more than the gaps; empty: not known.", default=None
    )
    note: KpiNote = column(
        "依据",
        "apart: the intervals do not overlap; within_gaps: they do; same: no difference; "
        "other_stock: they do not overlap, but the dispatches start from other placements; trade: "
        "an earlier stage is worse where this one is better; no_bound: no bound is known, the "
        "figure may change between equally good plans; objectives_differ; only_one: one plan has "
        "none.",
    )
    base_bound: float | None = column(
        "基准界", "No plan of the base's case is better; empty: not known.", default=None
    )
    other_bound: float | None = column(
        "对比界", "No plan of the other case is better; empty: not known.", default=None
    )
    sentence: Text = column("说明", "What it means.", default="")


class WarehouseChange(Row):
    """A warehouse that holds reserves under one of the plans."""

    sheet: ClassVar[str] = "Warehouses_Changed"
    sheet_zh: ClassVar[str] = "储备库变化"
    about: ClassVar[str] = (
        "Warehouses opened, closed, resized or kept against the base, with size before and after."
    )
    key: ClassVar[tuple[str, ...]] = ("plan", "warehouse")

    plan: Text = column("方案", "Held against the base.")
    warehouse: Id = column("储备库代码", "Warehouse.")
    change: Literal["opened", "closed", "resized", "kept"] = column(
        "变化", "opened: in use in the other plan only; closed: in the base only."
    )
    base_size_class: Text = column("基准规模", "Size class in the base.", default="")
    other_size_class: Text = column("对比规模", "Size class in the other plan.", default="")
    base_volume_m3: float = column("基准库容", "Volume in the base.", unit="m3", ge=0)
    other_volume_m3: float = column("对比库容", "Volume in the other plan.", unit="m3", ge=0)
    base_used_m3: float = column("基准占用", "Volume of the stock in the base.", unit="m3", ge=0)
    other_used_m3: float = column(
        "对比占用", "Volume of the stock in the other plan.", unit="m3", ge=0
    )


class StockMove(Row):
    """Stock of one item that a warehouse shall hold under one plan and not under the other."""

    sheet: ClassVar[str] = "Stock_Moved"
    sheet_zh: ClassVar[str] = "库存变化"
    about: ClassVar[str] = (
        "Stock that differs between the plans; rows without warehouse: all of it."
    )
    key: ClassVar[tuple[str, ...]] = ("plan", "warehouse", "item")

    plan: Text = column("方案", "Held against the base.")
    warehouse: Id | None = column("储备库代码", "Warehouse; empty: all.", default=None)
    item: Id = column("物资代码", "Item.")
    base_units: float = column("基准量", "Stock in the base.", unit="units", ge=0)
    other_units: float = column("对比量", "Stock in the other plan.", unit="units", ge=0)
    difference_units: float = column("差额", "Other less base.", unit="units")


class TripDifference(Row):
    """A trip that is not alike in the two plans."""

    sheet: ClassVar[str] = "Trips_Changed"
    sheet_zh: ClassVar[str] = "车次对比"
    about: ClassVar[str] = (
        "Trips added, dropped, retimed or reloaded against the base. Trips of two plans have "
        "nothing to do with each other; those of one lane and vehicle kind are paired, with equal "
        "loads first, else by nearest hours."
    )
    key: ClassVar[tuple[str, ...]] = ("plan", "scenario", "change", "base_trip", "other_trip")

    plan: Text = column("方案", "Held against the base.")
    scenario: Id = column("情景代码", "Scenario.")
    change: Literal["added", "dropped", "retimed", "reloaded"] = column(
        "变化",
        "added: of the other plan only; dropped: of the base only; retimed: the same load at "
        "another hour; reloaded: another load, maybe at another hour.",
    )
    warehouse: Id = column("储备库代码", "From.")
    district: Id = column("区县代码", "To: the district, or the hub of a leg.")
    fleet: Id = column("车型代码", "Vehicle kind.")
    base_depart_hours: float | None = column(
        "基准出发", "Wheels roll in the base.", unit="h", default=None, ge=0
    )
    other_depart_hours: float | None = column(
        "对比出发", "Wheels roll in the other plan.", unit="h", default=None, ge=0
    )
    shift_hours: float | None = column("改时", "Other less base.", unit="h", default=None)
    base_load: Text = column("基准装载", "Load in the base.", default="")
    other_load: Text = column("对比装载", "Load in the other plan.", default="")
    base_trip: Id | None = column("基准车次", "Trip of the base.", default=None)
    other_trip: Id | None = column("对比车次", "Trip of the other plan.", default=None)


class ShortageChange(Row):
    """A shortage that is not alike in the two plans."""

    sheet: ClassVar[str] = "Shortages_Changed"
    sheet_zh: ClassVar[str] = "缺口变化"
    about: ClassVar[str] = (
        "Need of district and item that is unmet under one plan and not, or less, under the other; "
        "of placements without dispatch by their own flows."
    )
    key: ClassVar[tuple[str, ...]] = ("plan", "scenario", "district", "item")

    plan: Text = column("方案", "Held against the base.")
    scenario: Id = column("情景代码", "Scenario.")
    district: Id = column("区县代码", "Where.")
    item: Id = column("物资代码", "What.")
    change: Literal["gained", "ended", "larger", "smaller"] = column(
        "变化", "gained: short in the other plan only; ended: short in the base only."
    )
    base_unmet_units: float = column("基准缺口", "Missing in the base.", unit="units", ge=0)
    other_unmet_units: float = column("对比缺口", "Missing in the other plan.", unit="units", ge=0)
    difference_units: float = column("差额", "Other less base.", unit="units")
    difference_weighted: float | None = column(
        "加权差额",
        "The same times the priority weights; empty: no case was given.",
        unit="weighted units",
        default=None,
    )
    base_reason: Text = column("基准原因", "Reason in the base.", default="")
    other_reason: Text = column("对比原因", "Reason in the other plan.", default="")
