"""Sheets about who signs what, and the sheets that describe the case itself."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from allocator.schema.row import Id, Provenance, Row, Text, column

__all__ = [
    "ApprovalRule",
    "ApprovalStep",
    "CaseChange",
    "Department",
    "Figure",
    "Responsibility",
    "Settings",
    "Source",
]


class Settings(Row):
    """What holds for the whole case."""

    sheet: ClassVar[str] = "Settings"
    sheet_zh: ClassVar[str] = "设置"
    about: ClassVar[str] = "One line per setting; leave a value empty for its default."
    vertical: ClassVar[bool] = True

    plan_name: Text = column(
        "方案名称", "Name of the case.", default="case", example="广西储备布局"
    )
    event_time: datetime | None = column(
        "发生时间",
        "Clock start where a scenario gives none; read as +08:00 without an offset.",
        default=None,
        example="2026-07-01T08:00+08:00",
    )
    sample: Text = column("情景样本", "Which sample of the scenarios is used.", default="base")
    horizon_hours: float = column(
        "时限", "Goods must arrive within.", unit="h", default=48.0, gt=0, le=240
    )
    clock: Literal["event", "order"] = column(
        "计时起点", "Whether the horizon counts from the event or from the order.", default="event"
    )
    order_hours: float = column(
        "下令时间",
        "Hours from the event to the order, where a scenario gives none.",
        unit="h",
        default=0.0,
        ge=0,
    )
    objective: Literal["lives", "social", "cost"] = column(
        "目标",
        "lives: unmet, then waiting, then cost; social: one sum in CNY; cost: without waiting.",
        default="lives",
    )
    capital_budget_cny: float | None = column(
        "一次性预算",
        "Opening, closing and buying; empty means no limit.",
        unit="CNY",
        default=None,
        gt=0,
    )
    annual_budget_cny: float | None = column(
        "年度预算",
        "Running, keeping and writing off; empty means no limit.",
        unit="CNY/year",
        default=None,
        gt=0,
    )
    amortisation_years: float = column(
        "折旧年限", "Years over which opening costs are spread.", unit="year", default=20.0, gt=0
    )
    disasters_per_year: float = column(
        "年均次数",
        "How many disasters a year the expected cost is multiplied by.",
        default=1.0,
        gt=0,
    )
    unmet_hours: float = column(
        "缺供折算",
        "Deprivation hours counted for a unit that does not arrive.",
        unit="h",
        default=96.0,
        gt=0,
    )
    circuity: float = column("绕行系数", "Road over great-circle distance.", default=1.3, ge=1)
    local_distance_km: float = column(
        "本地里程", "No lane is shorter than this.", unit="km", default=10.0, ge=0
    )
    cvar_alpha: float = column(
        "CVaR分位", "Level of the conditional value at risk.", default=0.9, ge=0, le=0.999
    )
    cvar_weight: float = column(
        "CVaR权重", "0: expected value only; 1: tail only.", default=0.0, ge=0, le=1
    )
    min_served_share: float | None = column(
        "最低满足率",
        "Floor of the weighted served share of every district in every scenario.",
        default=None,
        ge=0,
        le=1,
    )
    is_single_sourced: bool = column(
        "单一责任库", "Each district has one responsible warehouse.", default=False
    )
    n1_served_share: float | None = column(
        "单点失效满足率",
        "Least weighted served share of every scenario under any one loss; 0 only reports the "
        "losses, empty means no promise.",
        default=None,
        ge=0,
        le=1,
    )
    n1_losses: Literal["each_warehouse", "listed", "both"] = column(
        "失效范围",
        "Losses the promise is about: each warehouse with stock, those of the Losses sheet, both.",
        default="each_warehouse",
    )
    reduce_to: int | None = column(
        "情景缩减",
        "Place on so many representative scenarios, price on all of them; empty: no reduction.",
        unit="scenarios",
        default=None,
        ge=1,
    )
    gap: float = column(
        "允许差距", "Relative gap at which a solve may stop.", default=0.01, ge=0, le=1
    )
    time_limit_seconds: float | None = column(
        "求解时限", "Empty means the command's own limit.", unit="s", default=None, gt=0
    )
    seed: int = column("随机种子", "Seed of the solver.", default=0, ge=0)
    sign_offs: Literal["paper", "verbal"] = column(
        "审批方式",
        "paper: durations as they stand; verbal: steps that allow it take their verbal_hours, and "
        "the paper follows.",
        default="paper",
    )
    paper_within_hours: float = column(
        "补办最长",
        "Paper must follow a spoken or pre-authorised consent within this, whatever a step says.",
        unit="h",
        default=48.0,
        gt=0,
    )
    finance_threshold_cny: float | None = column(
        "财政会签门槛",
        "Value of the goods of a scenario above which finance sign-offs must stay; empty: always.",
        unit="CNY",
        default=None,
        ge=0,
    )


class Department(Row):
    """Who signs."""

    sheet: ClassVar[str] = "Departments"
    sheet_zh: ClassVar[str] = "部门"
    about: ClassVar[str] = "Departments that initiate, coordinate or answer."
    key: ClassVar[tuple[str, ...]] = ("department",)

    department: Id = column("部门代码", "Code of the department.", example="PROV_DEM")
    name: Text = column("名称", "Name.", example="省应急管理厅")
    level: Text = column("层级", "Level of government.", default="", example="province")
    role: Text = column("职责", "What it does.", default="")
    delay_mean_hours: float = column("平均延迟", "Usual delay.", unit="h", default=0.0, ge=0)
    delay_deviation_hours: float = column(
        "延迟标准差", "Its deviation.", unit="h", default=0.0, ge=0
    )
    is_finance: bool = column(
        "财政部门",
        "Whether it signs for money: above the threshold of the settings its sign-offs must stay.",
        default=False,
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class ApprovalStep(Row):
    """One signature on the way to a release."""

    sheet: ClassVar[str] = "Approval_Steps"
    sheet_zh: ClassVar[str] = "审批步骤"
    about: ClassVar[str] = (
        "Sign-offs as a network. AND waits for all predecessors, OR for the first of them; "
        "a BYPASS step stands in for the steps it bypasses if it ends earlier."
    )
    key: ClassVar[tuple[str, ...]] = ("procedure", "step")

    procedure: Id = column("流程", "Procedure it belongs to.", example="CITY_DISPATCH")
    step: Id = column("步骤", "Code of the step within the procedure.", example="3")
    name: Text = column("名称", "What is signed.", example="分管或主要领导批准(可口头)")
    initiator: Id | None = column(
        "发起", "Who starts it.", default=None, refers_to="Departments.department"
    )
    coordinator: Id | None = column(
        "协调", "Who coordinates it.", default=None, refers_to="Departments.department"
    )
    department: Id = column(
        "负责", "Who answers for it.", refers_to="Departments.department", example="CITY_GOV"
    )
    cosigners: Text = column("会签", "Who signs too; codes parted by ; .", default="", is_list=True)
    predecessors: Text = column(
        "前置步骤",
        "Steps of the procedure it waits for; parted by ; .",
        default="",
        example="2",
        is_list=True,
    )
    join: Literal["START", "AND", "OR", "BYPASS"] = column(
        "汇合方式", "START, AND, OR or BYPASS.", default="AND", example="AND"
    )
    bypasses: Text = column(
        "替代步骤",
        "Steps that a BYPASS step stands in for; parted by ; .",
        default="",
        is_list=True,
    )
    duration_hours: float = column("用时", "Planned duration.", unit="h", example=0.5, ge=0)
    duration_min_hours: float | None = column("最短用时", "At best.", unit="h", default=None, ge=0)
    duration_max_hours: float | None = column("最长用时", "At worst.", unit="h", default=None, ge=0)
    distribution: Literal["fixed", "triangular", "pert", "log"] = column(
        "用时分布",
        "How simulated courses draw the duration; log: from Approval_Log. Without both ends the "
        "duration is fixed.",
        default="pert",
    )
    limit_hours: float | None = column(
        "规定时限", "Limit set by rule.", unit="h", default=None, ge=0
    )
    is_enabled: bool = column("启用", "Whether the step takes part.", default=True)
    is_verbal_allowed: bool = column(
        "可口头", "Whether a spoken consent will do first.", default=False
    )
    verbal_hours: float | None = column(
        "口头用时", "Time a spoken consent takes.", unit="h", default=None, ge=0
    )
    formalise_within_hours: float | None = column(
        "补办时限", "Paper must follow within.", unit="h", default=None, ge=0
    )
    reforms: Text = column(
        "可改动",
        "Changes that may be tried: verbal, pre_authorise, parallel, delegate, inform; "
        "parted by ; .",
        default="",
        is_list=True,
    )
    deputy: Id | None = column(
        "代签部门",
        "Who signs if the step is delegated.",
        default=None,
        refers_to="Departments.department",
    )
    deputy_hours: float | None = column(
        "代签用时", "Time the deputy takes.", unit="h", default=None, ge=0
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class ApprovalRule(Row):
    """Which procedure must be through before a warehouse may send to a district."""

    sheet: ClassVar[str] = "Approval_Rules"
    sheet_zh: ClassVar[str] = "审批适用"
    about: ClassVar[str] = (
        "Read from the top; the first row that fits gives the procedure. Nothing is loaded before "
        "its release step ends. No row fits: released at once."
    )
    key: ClassVar[tuple[str, ...]] = (
        "warehouse_level",
        "receiver",
        "from_province",
        "to_province",
        "item_group",
        "min_request_units",
    )

    warehouse_level: Literal["any", "central", "province", "city", "county", "township"] = column(
        "库层级", "Level of the sending warehouse.", example="city"
    )
    receiver: Literal[
        "any", "own_district", "same_prefecture", "same_province", "other_province"
    ] = column(
        "接收方",
        "Where the receiving district lies; the narrowest that is true counts.",
        example="same_prefecture",
    )
    from_province: Text = column(
        "调出省", "Province of the warehouse; empty for any.", default="", example="广西壮族自治区"
    )
    to_province: Text = column(
        "接收省", "Province of the district; empty for any.", default="", example="广西壮族自治区"
    )
    item_group: Id = column("审批类别", "Group of items, or any.", default="any", example="any")
    min_request_units: float = column(
        "起始申请量",
        "Fits where the district's whole need of the group in the scenario is at least this.",
        unit="units",
        default=0.0,
        ge=0,
        example=0,
    )
    procedure: Id = column("流程", "Procedure that must be through.", example="CITY_DISPATCH")
    release_step: Id = column("放行步骤", "Step whose end releases the goods.", example="4")
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Responsibility(Row):
    """Who initiates, coordinates and answers, for one trigger."""

    sheet: ClassVar[str] = "Responsibility"
    sheet_zh: ClassVar[str] = "权责清单"
    about: ClassVar[str] = (
        "One initiator, one coordinator and one answerable department for each step, each "
        "warehouse or level of warehouses, and each cause that belongs to neither."
    )
    key: ClassVar[tuple[str, ...]] = ("trigger", "subject")

    trigger: Id = column(
        "触发条件",
        "Procedure of the step; warehouse; or cause, for what holds goods up but is neither.",
        example="CITY_DISPATCH",
    )
    subject: Id = column(
        "事项",
        "Step of the procedure; code of a warehouse, or level for all of it without a row of their "
        "own; or cause: vehicles, drivers, receiving, convoy, through_hub, roads, out_of_reach, "
        "no_stock, lower_priority, docks, home_reserve.",
        example="3",
    )
    initiator: Id = column("谁发起", "Initiator.", refers_to="Departments.department")
    coordinator: Id = column("谁协调", "Coordinator.", refers_to="Departments.department")
    department: Id = column("谁担责", "Answerable department.", refers_to="Departments.department")
    due_hours: float | None = column("时限", "Due after the trigger.", unit="h", default=None, ge=0)
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class CaseChange(Row):
    """One change of a what-if case."""

    sheet: ClassVar[str] = "Cases"
    sheet_zh: ClassVar[str] = "假设情形"
    about: ClassVar[str] = "What-if cases as changes to this one."
    key: ClassVar[tuple[str, ...]] = ("case", "table", "row_key", "field")

    case: Id = column("情形代码", "Case the change belongs to.", example="more_trucks")
    parent: Id | None = column(
        "上级情形", "Case it starts from; empty means this workbook.", default=None
    )
    table: Id = column("表", "Sheet.", example="Fleets")
    row_key: Text = column("行", "Key of the row, parts joined by | .", example="W450103|MT68")
    field: Id = column("字段", "Column.", example="vehicles_count")
    operation: Literal["set", "multiply", "add"] = column(
        "运算", "set, multiply or add.", example="multiply"
    )
    new_value: Text = column("值", "The value.", example="2")


class Figure(Row):
    """Where one figure comes from, if its row does not say."""

    sheet: ClassVar[str] = "Figures"
    sheet_zh: ClassVar[str] = "数据说明"
    about: ClassVar[str] = "Source and standing of single figures or whole columns (row_key empty)."
    key: ClassVar[tuple[str, ...]] = ("table", "field", "row_key")

    table: Id = column("表", "Sheet.", example="Items")
    field: Id = column("字段", "Column.", example="price_cny")
    row_key: Text = column(
        "行", "Key of the row; empty means all rows.", default="", example="TENT12S"
    )
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", example="assumption")
    source: Text = column("来源", "Source codes of the Sources sheet, parted by ; .", default="")
    note: Text = column("说明", "How it was arrived at.", default="")


class Source(Row):
    """A source that other sheets name by its code."""

    sheet: ClassVar[str] = "Sources"
    sheet_zh: ClassVar[str] = "资料来源"
    about: ClassVar[str] = "Sources and their licences."
    key: ClassVar[tuple[str, ...]] = ("source_code",)

    source_code: Id = column("来源代码", "Code used in the source columns.", example="S30")
    title: Text = column("题名", "What it is.", example="ESUPS data set")
    place: Text = column("出处", "Where it was seen.", default="")
    licence: Text = column("许可", "Licence or terms.", default="")
    status: Text = column("核实情况", "Sourced, recalled, second-hand.", default="")
