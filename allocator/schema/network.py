"""Sheets about places and what is kept there."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from allocator.schema.row import Code, Id, Provenance, Row, Text, column

__all__ = [
    "FOUND_LOT",
    "NEW_LOT",
    "Coverage",
    "District",
    "Item",
    "SizeClass",
    "Stock",
    "WaitingBand",
    "Warehouse",
]

NEW_LOT = "(new)"
"""What a placement buys."""

FOUND_LOT = "(found)"
"""What a re-plan is told to be there besides."""

Level = Literal["central", "province", "city", "county", "township"]
State = Literal["existing", "candidate", "external", "closed", "hub"]


class District(Row):
    """Where need arises."""

    sheet: ClassVar[str] = "Districts"
    sheet_zh: ClassVar[str] = "区县"
    about: ClassVar[str] = "County-level districts where need can arise; one row each."
    key: ClassVar[tuple[str, ...]] = ("district",)
    required: ClassVar[bool] = True

    district: Code = column("区县代码", "Six-digit code (GB/T 2260), as text.", example="450103")
    name: Text = column("名称", "Name as it shall appear in reports.", example="青秀区")
    province: Text = column("省份", "Province.", example="广西壮族自治区")
    prefecture: Text = column("地市", "Prefecture-level unit.", example="南宁市", default="")
    lon: float = column(
        "经度", "Longitude, east.", unit="degree", example=108.4948, ge=-180, le=180
    )
    lat: float = column("纬度", "Latitude, north.", unit="degree", example=22.7858, ge=-90, le=90)
    population_people: float = column(
        "常住人口", "Resident population.", unit="people", example=1119000, ge=0
    )
    risk_level: Literal["low", "medium", "high", "very_high"] = column(
        "风险等级", "Risk level of the comprehensive survey.", example="medium", default="medium"
    )
    priority_weight: float = column(
        "优先权重", "Weight of this district's need; 1 is normal.", example=1, default=1.0, gt=0
    )
    receive_m3_per_hour: float | None = column(
        "接收能力",
        "How much can be unloaded and handed out in an hour; empty means no limit.",
        unit="m3/h",
        example=120,
        default=None,
        gt=0,
    )
    circuity: float | None = column(
        "绕行系数",
        "Road distance over great-circle distance near here; empty takes the setting.",
        example=1.45,
        default=None,
        ge=1,
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class SizeClass(Row):
    """How large a warehouse may be, and what that costs."""

    sheet: ClassVar[str] = "Size_Classes"
    sheet_zh: ClassVar[str] = "规模等级"
    about: ClassVar[str] = "Sizes a warehouse may have; buildable ones may be opened."
    key: ClassVar[tuple[str, ...]] = ("size_class",)
    required: ClassVar[bool] = True

    size_class: Id = column("规模代码", "Code of the class.", example="D2")
    name: Text = column("名称", "Name of the class.", example="区县库-中", default="")
    volume_m3: float = column("库容", "Usable storage volume.", unit="m3", example=3150, gt=0)
    opening_cost_cny: float = column(
        "新建费用", "One-off cost of opening at this size.", unit="CNY", example=6300000, ge=0
    )
    annual_cost_cny: float = column(
        "年运行费", "Yearly cost of running it.", unit="CNY/year", example=590000, ge=0
    )
    closing_cost_cny: float = column(
        "关闭费用",
        "One-off cost of closing an existing one.",
        unit="CNY",
        example=200000,
        default=0.0,
        ge=0,
    )
    docks_per_hour: float = column(
        "每小时装车数",
        "Vehicles whose loading can start in an hour.",
        unit="vehicles/h",
        example=2,
        ge=0,
    )
    is_buildable: bool = column(
        "可新建", "Whether candidates may be opened at this size.", example=True, default=True
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Warehouse(Row):
    """A reserve warehouse: existing, a candidate, or outside our power to change."""

    sheet: ClassVar[str] = "Warehouses"
    sheet_zh: ClassVar[str] = "储备库"
    about: ClassVar[str] = (
        "Existing warehouses, candidate sites, external sources (other provinces, central) "
        "whose stock may be called on but whose size is not ours to decide, and hubs."
    )
    key: ClassVar[tuple[str, ...]] = ("warehouse",)
    required: ClassVar[bool] = True

    warehouse: Id = column("储备库代码", "Code of the warehouse.", example="W450103")
    name: Text = column("名称", "Name as it shall appear in reports.", example="青秀区储备库")
    state: State = column(
        "状态",
        "existing, candidate, external (stock given, nothing to decide), closed, or hub: a station "
        "or airport without stock of its own, which goods reach by Legs and leave by trucks.",
        example="candidate",
    )
    level: Level = column(
        "层级", "Who commands it; decides which sign-offs apply.", example="county"
    )
    district: Code | None = column(
        "所在区县",
        "District it stands in; empty if outside the Districts sheet.",
        example="450103",
        default=None,
        refers_to="Districts.district",
    )
    province: Text = column("省份", "Province; empty takes the district's.", example="", default="")
    prefecture: Text = column("地市", "Prefecture; empty takes the district's.", default="")
    lon: float | None = column(
        "经度",
        "Longitude; empty takes the district's.",
        unit="degree",
        default=None,
        ge=-180,
        le=180,
    )
    lat: float | None = column(
        "纬度", "Latitude; empty takes the district's.", unit="degree", default=None, ge=-90, le=90
    )
    size_class: Id | None = column(
        "现有规模",
        "Size class it has today (existing) ; empty for candidates.",
        default=None,
        refers_to="Size_Classes.size_class",
    )
    max_size_class: Id | None = column(
        "最大规模",
        "Largest class allowed here by volume; empty means any buildable class.",
        default=None,
        refers_to="Size_Classes.size_class",
    )
    volume_m3: float | None = column(
        "现有库容",
        "Measured volume today if it differs from the class.",
        unit="m3",
        default=None,
        gt=0,
    )
    docks_per_hour: float | None = column(
        "每小时装车数", "If it differs from the class.", unit="vehicles/h", default=None, ge=0
    )
    receive_m3_per_hour: float | None = column(
        "接收能力",
        "Of a hub: how much can be unloaded in an hour; empty means no limit.",
        unit="m3/h",
        default=None,
        gt=0,
    )
    transfer_hours: float = column(
        "中转时间",
        "Of a hub: from the end of unloading until goods can be loaded again.",
        unit="h",
        default=0.0,
        ge=0,
    )
    can_close: bool = column("可关闭", "Whether an existing one may be closed.", default=True)
    owner_department: Id | None = column(
        "主管部门",
        "Department that answers for it.",
        default=None,
        refers_to="Departments.department",
    )
    failure_probability: float = column(
        "失效概率", "Yearly chance that it is lost.", default=0.0, ge=0, le=1
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Item(Row):
    """What is stocked, in its own unit."""

    sheet: ClassVar[str] = "Items"
    sheet_zh: ClassVar[str] = "物资"
    about: ClassVar[str] = "What is stocked. Quantities everywhere are in the item's own unit."
    key: ClassVar[tuple[str, ...]] = ("item",)
    required: ClassVar[bool] = True

    item: Id = column("物资代码", "Code of the item.", example="TENT12S")
    name: Text = column("名称", "Name as it shall appear in reports.", example="12平方米单帐篷")
    unit: Text = column("计量单位", "What one unit is.", example="each", default="each")
    item_group: Id = column(
        "审批类别", "Group used by the sign-off rules.", example="living", default="general"
    )
    weight_kg: float = column("单重", "Weight of one unit.", unit="kg", example=60, gt=0)
    volume_m3: float = column(
        "单位体积", "Packed volume of one unit.", unit="m3", example=0.22, gt=0
    )
    price_cny: float = column("单价", "Price of one unit.", unit="CNY", example=1300, ge=0)
    shelf_life_months: float | None = column(
        "保质期", "Empty means it does not expire.", unit="months", example=96, default=None, gt=0
    )
    rotation_share: float = column(
        "轮换率",
        "Share of stock put to normal use each year before it expires.",
        unit="share/year",
        example=0.05,
        default=0.0,
        ge=0,
        le=1,
    )
    keeping_share: float = column(
        "管理费率",
        "Yearly cost of keeping, as a share of the price.",
        unit="share/year",
        example=0.03,
        default=0.03,
        ge=0,
    )
    priority_weight: float = column(
        "优先权重",
        "How much one missing unit weighs against other items.",
        example=3.5,
        default=1.0,
        gt=0,
    )
    need_units_per_person: float | None = column(
        "人均需求",
        "Units for one person in need; documents the demand, not used by the models.",
        unit="units/person",
        example=0.2857,
        default=None,
        ge=0,
    )
    waiting_cost_cny_per_hour: float = column(
        "等待损失",
        "Cost of one unit arriving an hour later (objective social).",
        unit="CNY/unit/h",
        example=10,
        default=0.0,
        ge=0,
    )
    unmet_cost_cny: float = column(
        "缺供损失",
        "Cost of one unit that never comes (objectives social and cost).",
        unit="CNY/unit",
        example=20000,
        default=0.0,
        ge=0,
    )
    purchase_price_cny: float | None = column(
        "应急采购价",
        "Price of emergency purchase; empty means it cannot be bought.",
        unit="CNY",
        default=None,
        ge=0,
    )
    purchase_available_units: float = column(
        "应急采购量", "Units the market can supply per disaster.", unit="units", default=0.0, ge=0
    )
    purchase_hours: float = column(
        "采购到达时间",
        "Hours from the event until purchased goods are in the district.",
        unit="h",
        default=36.0,
        ge=0,
    )
    standard_code: Text = column("标准编码", "Code of GB/T 38565 or similar.", default="")
    is_cold: bool = column("冷链", "Needs a cold chain.", default=False)
    is_hazardous: bool = column("危险品", "Dangerous goods.", default=False)
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Stock(Row):
    """A lot of an item lying in a warehouse today."""

    sheet: ClassVar[str] = "Stock"
    sheet_zh: ClassVar[str] = "库存"
    about: ClassVar[str] = (
        "What lies where today, by lot; lots of one item are summed for placement. Dispatch sends "
        "what is good to the deadline, first expired first."
    )
    key: ClassVar[tuple[str, ...]] = ("warehouse", "item", "lot")

    warehouse: Id = column(
        "储备库代码", "Where it lies.", refers_to="Warehouses.warehouse", example="W450103"
    )
    item: Id = column("物资代码", "What it is.", refers_to="Items.item", example="TENT12S")
    lot: Id = column("批次", "Lot number.", example="1", default="1")
    stock_units: float = column("数量", "Quantity.", unit="units", example=200, ge=0)
    expiry_date: date | None = column(
        "到期日", "Last day on which it is good; empty means it does not expire.", default=None
    )
    home_reserve_units: float = column(
        "本省保留量", "Part that may not leave the province.", unit="units", default=0.0, ge=0
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Coverage(Row):
    """A promise: so much of an item within so many hours of the order."""

    sheet: ClassVar[str] = "Coverage"
    sheet_zh: ClassVar[str] = "覆盖标准"
    about: ClassVar[str] = (
        "Stock that must lie within reach of every district of a risk level, "
        "in hours of loading, driving and unloading after the order."
    )
    key: ClassVar[tuple[str, ...]] = ("risk_level", "item", "target_hours")

    risk_level: Literal["any", "low", "medium", "high", "very_high"] = column(
        "风险等级", "Districts the promise holds for.", example="high"
    )
    item: Id = column("物资代码", "Item promised.", refers_to="Items.item", example="TENT12S")
    target_hours: float = column("目标时间", "Hours after the order.", unit="h", example=6, gt=0)
    units_per_1000_people: float = column(
        "每千人数量",
        "Units for each thousand residents.",
        unit="units/1000 people",
        example=0.5,
        gt=0,
    )
    shortfall_cost_cny: float | None = column(
        "不足罚价",
        "Yearly price of each missing unit; empty makes the promise hard.",
        unit="CNY/unit",
        default=None,
        ge=0,
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class WaitingBand(Row):
    """How much harm it does to wait so long."""

    sheet: ClassVar[str] = "Waiting_Bands"
    sheet_zh: ClassVar[str] = "等待时段"
    about: ClassVar[str] = (
        "Placement counts a unit that arrives within up_to_hours as deprivation_hours of waiting. "
        "Must rise with the hours; without the sheet the bands are 6, 8, 10, 24 h and the horizon."
    )
    key: ClassVar[tuple[str, ...]] = ("up_to_hours",)

    up_to_hours: float = column(
        "时限", "Arrival within this many hours.", unit="h", example=6, gt=0
    )
    deprivation_hours: float = column(
        "折算等待", "Weighted hours of deprivation for one unit.", unit="h", example=6, ge=0
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")
