"""Sheets of a result workbook; the replay reads them back with the same reader."""

from __future__ import annotations

from typing import ClassVar, Literal

from allocator.schema.row import Code, Id, Row, Text, column

__all__ = [
    "Allocation",
    "Arrival",
    "CoverageResult",
    "LoadingLine",
    "LossResult",
    "OpenWarehouse",
    "Purchase",
    "ReductionError",
    "Responsible",
    "RunInfo",
    "ScenarioReduction",
    "ServedByHour",
    "Shortage",
    "Stage",
    "StockPlan",
    "SummaryLine",
    "Trip",
]


class SummaryLine(Row):
    """One key figure or sentence."""

    sheet: ClassVar[str] = "Summary"
    sheet_zh: ClassVar[str] = "摘要"
    about: ClassVar[str] = "What the plan achieves, in figures and sentences."

    topic: Text = column("项目", "What it is about.")
    figure: Text = column("数值", "The figure, with its unit.", default="")
    sentence: Text = column("说明", "What it means.", default="")


class OpenWarehouse(Row):
    """What becomes of a warehouse."""

    sheet: ClassVar[str] = "Open_Warehouses"
    sheet_zh: ClassVar[str] = "储备库方案"
    about: ClassVar[str] = "Warehouses kept, opened, resized or closed."
    key: ClassVar[tuple[str, ...]] = ("warehouse",)

    warehouse: Id = column("储备库代码", "Warehouse.")
    name: Text = column("名称", "Name.", default="")
    decision: Literal["keep", "open", "resize", "close", "external"] = column("决定", "What to do.")
    is_open: bool = column("启用", "Whether it holds reserves under the plan.")
    size_class: Id | None = column("规模", "Size class under the plan.", default=None)
    volume_m3: float = column("库容", "Volume under the plan.", unit="m3", ge=0)
    used_m3: float = column("占用库容", "Volume of the stock.", unit="m3", ge=0)
    one_off_cost_cny: float = column(
        "一次性费用", "Opening, resizing or closing.", unit="CNY", ge=0
    )
    annual_cost_cny: float = column("年运行费", "Running cost.", unit="CNY/year", ge=0)


class StockPlan(Row):
    """How much of an item a warehouse shall hold."""

    sheet: ClassVar[str] = "Stock_Plan"
    sheet_zh: ClassVar[str] = "库存方案"
    about: ClassVar[str] = "Stock under the plan, what to buy and what to take away."
    key: ClassVar[tuple[str, ...]] = ("warehouse", "item")

    warehouse: Id = column("储备库代码", "Warehouse.")
    item: Id = column("物资代码", "Item.")
    today_units: float = column("现有量", "Stock today.", unit="units", ge=0)
    stock_units: float = column("方案量", "Stock under the plan.", unit="units", ge=0)
    buy_units: float = column("购入", "To buy.", unit="units", ge=0)
    withdraw_units: float = column("调出", "To take away.", unit="units", ge=0)


class CoverageResult(Row):
    """Whether a promise is kept for a district."""

    sheet: ClassVar[str] = "Coverage_Result"
    sheet_zh: ClassVar[str] = "覆盖结果"
    about: ClassVar[str] = "Promised stock within reach, by district."
    key: ClassVar[tuple[str, ...]] = ("district", "item", "target_hours")

    district: Code = column("区县代码", "District.")
    item: Id = column("物资代码", "Item.")
    target_hours: float = column("目标时间", "Hours after the order.", unit="h")
    required_units: float = column("应有量", "Promised.", unit="units", ge=0)
    reachable_units: float = column("可达量", "Within reach.", unit="units", ge=0)
    short_units: float = column("不足量", "Missing.", unit="units", ge=0)


class LossResult(Row):
    """What a loss on top of a scenario does to the plan."""

    sheet: ClassVar[str] = "Loss_Result"
    sheet_zh: ClassVar[str] = "失效检验"
    about: ClassVar[str] = (
        "Every loss that was tested, the one that hurts most first; placement's flows, without "
        "vehicles."
    )
    key: ClassVar[tuple[str, ...]] = ("loss", "origin")

    loss: Id = column("失效代码", "Loss, or the warehouse that is lost.")
    origin: Literal["each_warehouse", "listed"] = column(
        "失效来源", "A single warehouse with stock, or a loss of the Losses sheet."
    )
    lost: Text = column("失效内容", "What is lost.", default="")
    expected_added_unmet: float = column(
        "期望新增缺供",
        "Weighted unmet units that the loss adds, expected over the scenarios.",
        unit="units",
        ge=0,
    )
    scenario: Id = column("最差情景", "Scenario with the least served share under the loss.")
    served_share: float = column("失效后满足率", "Weighted share in that scenario.", ge=0, le=1)
    share_without_loss: float = column(
        "失效前满足率", "The same scenario without the loss.", ge=0, le=1
    )
    added_unmet: float = column(
        "新增缺供", "Weighted unmet units that the loss adds there.", unit="units", ge=0
    )
    promised_share: float | None = column(
        "承诺满足率", "Share promised under this loss; empty: none.", default=None, ge=0, le=1
    )
    is_kept: bool | None = column("承诺兑现", "Whether the promise is kept.", default=None)


class Allocation(Row):
    """Placement's recourse: which warehouse serves which district in a scenario."""

    sheet: ClassVar[str] = "Allocation"
    sheet_zh: ClassVar[str] = "情景分配"
    about: ClassVar[str] = "Flows assumed by placement; trips are in Dispatch_Trips."
    key: ClassVar[tuple[str, ...]] = ("scenario", "warehouse", "district", "item")

    scenario: Id = column("情景代码", "Scenario.")
    warehouse: Id = column("储备库代码", "From.")
    district: Code = column("区县代码", "To.")
    item: Id = column("物资代码", "What.")
    ship_units: float = column("调运量", "How much.", unit="units", ge=0)


class Purchase(Row):
    """Placement's recourse: emergency purchase for a district in a scenario."""

    sheet: ClassVar[str] = "Purchases"
    sheet_zh: ClassVar[str] = "应急采购"
    about: ClassVar[str] = "Emergency purchases assumed by placement."
    key: ClassVar[tuple[str, ...]] = ("scenario", "district", "item")

    scenario: Id = column("情景代码", "Scenario.")
    district: Code = column("区县代码", "For.")
    item: Id = column("物资代码", "What.")
    purchase_units: float = column("采购量", "How much.", unit="units", ge=0)


class Responsible(Row):
    """Answer to a classical location question: which warehouse answers for a district."""

    sheet: ClassVar[str] = "Responsible_Warehouses"
    sheet_zh: ClassVar[str] = "责任库"
    about: ClassVar[str] = (
        "Which open warehouse answers for each district, for the questions cover-all, "
        "cover-most, median and center."
    )
    key: ClassVar[tuple[str, ...]] = ("district",)

    district: Code = column("区县代码", "District.")
    warehouse: Id | None = column("储备库代码", "Its warehouse; empty: none.", default=None)
    reach_hours: float | None = column(
        "到达时间", "Loading, driving and unloading from there.", unit="h", default=None, ge=0
    )
    population_people: float = column("常住人口", "Weight of the district.", unit="people", ge=0)
    is_covered: bool = column("覆盖", "Within the hours asked for (any, if none were).")


class Trip(Row):
    """One vehicle's journey from a warehouse to a district."""

    sheet: ClassVar[str] = "Dispatch_Trips"
    sheet_zh: ClassVar[str] = "运输车次"
    about: ClassVar[str] = "Every trip with its hours from the event and its clock times."
    key: ClassVar[tuple[str, ...]] = ("trip",)

    trip: Id = column("车次", "Trip number.")
    scenario: Id = column("情景代码", "Scenario.")
    warehouse: Id = column("储备库代码", "From.")
    district: Code = column("区县代码", "To.")
    fleet: Id = column("车型代码", "Vehicle kind.")
    release_hours: float = column("放行", "Sign-offs through.", unit="h", ge=0)
    load_start_hours: float = column("装车开始", "Loading starts.", unit="h", ge=0)
    depart_hours: float = column("出发", "Wheels roll.", unit="h", ge=0)
    arrive_hours: float = column("到达", "At the district.", unit="h", ge=0)
    unload_end_hours: float = column("卸毕", "Goods in hand.", unit="h", ge=0)
    return_hours: float = column(
        "返回", "Vehicle free again; of a one-way hire: goods in hand.", unit="h", ge=0
    )
    load_start_time: Text = column("装车时刻", "Clock, Asia/Shanghai.", default="")
    depart_time: Text = column("出发时刻", "Clock, Asia/Shanghai.", default="")
    unload_end_time: Text = column("卸毕时刻", "Clock, Asia/Shanghai.", default="")
    latest_load_start_hours: float = column(
        "最晚装车", "Latest start that still arrives within the horizon.", unit="h", ge=0
    )
    distance_km: float = column("里程", "One way.", unit="km", ge=0)
    cost_cny: float = column("费用", "Cost out and back, or one way.", unit="CNY", ge=0)
    weight_kg: float = column("载重", "Cargo.", unit="kg", ge=0)
    volume_m3: float = column("体积", "Cargo.", unit="m3", ge=0)
    approvals: Text = column("所需审批", "Sign-offs the trip waits for.", default="")
    state: Literal["planned", "left", "late", "lost"] = column(
        "状态",
        "planned, or what a re-plan was told of it: left, late, lost (it never arrives).",
        default="planned",
    )


class LoadingLine(Row):
    """One line of a trip's load list."""

    sheet: ClassVar[str] = "Loading_List"
    sheet_zh: ClassVar[str] = "装载清单"
    about: ClassVar[str] = "What each vehicle carries."
    key: ClassVar[tuple[str, ...]] = ("trip", "item", "lot")

    trip: Id = column("车次", "Trip number.")
    scenario: Id = column("情景代码", "Scenario.")
    item: Id = column("物资代码", "Item.")
    lot: Text = column(
        "批次", "Lot of Stock; (new): bought by the placement, (found): by a change.", default=""
    )
    load_units: float = column("数量", "Quantity.", unit="units", gt=0)
    weight_kg: float = column("重量", "Weight.", unit="kg", ge=0)
    volume_m3: float = column("体积", "Volume.", unit="m3", ge=0)


class Arrival(Row):
    """What comes in, hour by hour."""

    sheet: ClassVar[str] = "Arrivals"
    sheet_zh: ClassVar[str] = "到达"
    about: ClassVar[str] = "Units in hand by district, item and hour."
    key: ClassVar[tuple[str, ...]] = ("scenario", "district", "item", "unload_end_hours")

    scenario: Id = column("情景代码", "Scenario.")
    district: Code = column("区县代码", "Where.")
    item: Id = column("物资代码", "What.")
    unload_end_hours: float = column("时间", "Hours from the event.", unit="h", ge=0)
    arrive_units: float = column("数量", "Quantity.", unit="units", ge=0)


class ServedByHour(Row):
    """Share of the need served by an hour."""

    sheet: ClassVar[str] = "Served_By_Hour"
    sheet_zh: ClassVar[str] = "满足率曲线"
    about: ClassVar[str] = "Priority-weighted share of need in hand, by hour from the event."
    key: ClassVar[tuple[str, ...]] = ("scenario", "hour")

    scenario: Id = column("情景代码", "Scenario.")
    hour: int = column("小时", "Hours from the event.", unit="h", ge=0)
    served_share: float = column("满足率", "Share in hand.", ge=0, le=1)


class Shortage(Row):
    """Need that is not met by dispatch, and why."""

    sheet: ClassVar[str] = "Shortages"
    sheet_zh: ClassVar[str] = "缺口"
    about: ClassVar[str] = "Need not met within the horizon, with the reason read from the plan."
    key: ClassVar[tuple[str, ...]] = ("scenario", "district", "item")

    scenario: Id = column("情景代码", "Scenario.")
    district: Code = column("区县代码", "Where.")
    item: Id = column("物资代码", "What.")
    demand_units: float = column("需求量", "Need.", unit="units", ge=0)
    served_units: float = column("满足量", "In hand within the horizon.", unit="units", ge=0)
    unmet_units: float = column("缺口", "Missing.", unit="units", ge=0)
    reason: Text = column(
        "原因",
        "no_stock, out_of_reach, paper, vehicles, docks, receiving, home_reserve, "
        "through_hub, other.",
        default="",
    )
    sentence: Text = column("说明", "The reason with its figures.", default="")


class Stage(Row):
    """What one objective reached and how good that is."""

    sheet: ClassVar[str] = "Stages"
    sheet_zh: ClassVar[str] = "目标值"
    about: ClassVar[str] = "Objective, bound and gap of every stage of every part."
    key: ClassVar[tuple[str, ...]] = ("part", "stage")

    part: Id = column("部分", "placement, or the scenario of a dispatch.")
    stage: Id = column("目标", "unmet, waiting, cost, social.")
    objective: float = column("目标值", "Value of the plan.")
    bound: float | None = column("界", "No plan is better than this.", default=None)
    gap: float | None = column("差距", "Relative gap.", default=None)
    controllable_gap: float | None = column(
        "可控差距", "Gap without the floor: of what a plan can change.", default=None
    )
    floor: float | None = column(
        "下限", "Part of the value that no plan could avoid, proven; empty for none.", default=None
    )
    status: Id = column("状态", "How the solve ended.")
    seconds: float = column("用时", "Time taken.", unit="s", ge=0)


class ScenarioReduction(Row):
    """Whether a scenario was kept for the search of the placement, and who stands for it."""

    sheet: ClassVar[str] = "Scenario_Reduction"
    sheet_zh: ClassVar[str] = "情景缩减"
    about: ClassVar[str] = (
        "Which scenarios the placement was searched on; the plan is priced on all of them."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario",)

    scenario: Id = column("情景代码", "Scenario.")
    is_kept: bool = column("保留", "Whether it was kept.")
    represented_by: Id = column("代表情景", "Kept scenario that stands for it.")
    distance: float = column("距离", "To the one that stands for it.", unit="weighted units", ge=0)
    probability_before: float = column("原概率", "As in the sample.", ge=0, le=1)
    probability_after: float = column("新概率", "In the search; 0 if dropped.", ge=0, le=1)
    reason: Text = column(
        "保留原因", "The extremes it is, tail, or representative; empty if dropped.", default=""
    )


class ReductionError(Row):
    """What the reduction of the scenarios costs in exactness."""

    sheet: ClassVar[str] = "Reduction_Error"
    sheet_zh: ClassVar[str] = "缩减误差"
    about: ClassVar[str] = "Distance between the samples, and the plan's value on either."
    key: ClassVar[tuple[str, ...]] = ("measure",)

    measure: Id = column("度量", "kantorovich, or a stage.")
    value: float = column(
        "数值", "Distance [weighted units], or the stage's value on the kept scenarios."
    )
    compared_to: float = column(
        "对照值", "Mean distance of two scenarios, or the stage's value on all scenarios."
    )
    share: float = column(
        "比例", "Distance over mean distance, or by how much the full value is above the other."
    )
    sentence: Text = column("说明", "What it means.", default="")


class RunInfo(Row):
    """How the result came about."""

    sheet: ClassVar[str] = "Run_Info"
    sheet_zh: ClassVar[str] = "运行信息"
    about: ClassVar[str] = "Versions, digest of the input, options."
    key: ClassVar[tuple[str, ...]] = ("name",)

    name: Id = column("名称", "What.")
    text: Text = column("内容", "Value.", default="")
