"""Sheets about disasters, their damage, and the ways to get there."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from allocator.schema.row import Code, Id, Provenance, Row, Text, column

__all__ = [
    "Fleet",
    "Lane",
    "Loss",
    "Scenario",
    "ScenarioDamage",
    "ScenarioDemand",
    "Vehicle",
]


class Scenario(Row):
    """One disaster the reserves must stand up to."""

    sheet: ClassVar[str] = "Scenarios"
    sheet_zh: ClassVar[str] = "情景"
    about: ClassVar[str] = "Disasters with their probabilities, which add up to 1."
    key: ClassVar[tuple[str, ...]] = ("scenario",)
    required: ClassVar[bool] = True

    scenario: Id = column("情景代码", "Code of the scenario.", example="rammasun2014")
    name: Text = column("名称", "Name as it shall appear in reports.", example="超强台风威马逊")
    probability: float = column(
        "概率",
        "Chance that the next disaster is this one; all rows add up to 1.",
        example=0.1,
        gt=0,
        le=1,
    )
    hazard: Id | None = column(
        "灾种",
        "Code in the Hazards sheet.",
        default=None,
        refers_to="Hazards.hazard",
        example="R03",
    )
    event_time: datetime | None = column(
        "发生时间",
        "Start of the clock; without an offset it is read as +08:00.",
        default=None,
        example="2014-07-19T07:10+08:00",
    )
    order_hours: float | None = column(
        "下令时间",
        "Hours from the event to the order; empty takes the setting.",
        unit="h",
        default=None,
        ge=0,
    )
    sample: Id = column(
        "样本", "Set the scenario belongs to; settings choose which set is used.", default="base"
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class ScenarioDemand(Row):
    """Need of one item in one district under one scenario."""

    sheet: ClassVar[str] = "Scenario_Demand"
    sheet_zh: ClassVar[str] = "情景需求"
    about: ClassVar[str] = "Who needs what, by scenario."
    key: ClassVar[tuple[str, ...]] = ("scenario", "district", "item", "from_hours")
    required: ClassVar[bool] = True

    scenario: Id = column(
        "情景代码", "Scenario.", refers_to="Scenarios.scenario", example="rammasun2014"
    )
    district: Code = column("区县代码", "Where.", refers_to="Districts.district", example="450602")
    item: Id = column("物资代码", "What.", refers_to="Items.item", example="TENT12S")
    demand_units: float = column("需求量", "How much.", unit="units", example=850, ge=0)
    from_hours: float = column(
        "需求时间", "Hours from the event when the need arises.", unit="h", default=0.0, ge=0
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class ScenarioDamage(Row):
    """What the disaster does to a warehouse or to the roads of a district."""

    sheet: ClassVar[str] = "Scenario_Damage"
    sheet_zh: ClassVar[str] = "情景损毁"
    about: ClassVar[str] = (
        "A row names a warehouse (stock lost) or a district (slow or closed roads)."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario", "warehouse", "district")

    scenario: Id = column(
        "情景代码", "Scenario.", refers_to="Scenarios.scenario", example="rammasun2014"
    )
    warehouse: Id | None = column(
        "储备库代码", "Warehouse that is hit.", default=None, refers_to="Warehouses.warehouse"
    )
    district: Code | None = column(
        "区县代码", "District whose roads are hit.", default=None, refers_to="Districts.district"
    )
    usable_share: float = column(
        "可用比例",
        "Share of the warehouse's stock still usable.",
        default=1.0,
        ge=0,
        le=1,
        example=0.5,
    )
    road_time_factor: float = column(
        "通行时间系数",
        "Driving time into the district is multiplied by this.",
        default=1.0,
        ge=1,
        example=1.5,
    )
    is_cut_off: bool = column("道路中断", "No road leads into the district.", default=False)
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Vehicle(Row):
    """A kind of vehicle (fleet)."""

    sheet: ClassVar[str] = "Vehicles"
    sheet_zh: ClassVar[str] = "车型"
    about: ClassVar[str] = "Kinds of vehicles; loads must fit both weight and volume."
    key: ClassVar[tuple[str, ...]] = ("fleet",)
    required: ClassVar[bool] = True

    fleet: Id = column("车型代码", "Code of the vehicle kind.", example="MT68")
    name: Text = column(
        "名称", "Name as it shall appear in reports.", example="6.8米厢式货车", default=""
    )
    mode: Literal["road", "rail", "air", "water"] = column(
        "运输方式", "Mode.", default="road", example="road"
    )
    payload_kg: float = column("载重", "Payload.", unit="kg", example=9000, gt=0)
    volume_m3: float = column("容积", "Cargo space.", unit="m3", example=38, gt=0)
    speed_kmh: float = column(
        "平均速度",
        "Average driving speed over the road mix, without rests.",
        unit="km/h",
        example=62,
        gt=0,
    )
    cost_cny_per_km: float = column(
        "公里费用", "Cost of driving.", unit="CNY/km", example=4.5, ge=0
    )
    dispatch_cost_cny: float = column(
        "出车费用", "Fixed cost of a trip.", unit="CNY", default=0.0, ge=0
    )
    load_hours: float = column(
        "装车时间", "Loading one vehicle.", unit="h", example=1, default=1.0, ge=0
    )
    unload_hours: float = column(
        "卸车时间", "Unloading one vehicle.", unit="h", example=1, default=1.0, ge=0
    )
    is_one_way: bool = column(
        "单程",
        "Hired for one way: it does not come back, costs one way, and makes one trip.",
        default=False,
    )
    drivers: int = column(
        "驾驶员数",
        "1 or 2. Two relieve each other and drive on with short stops only; one alone keeps to "
        "daily_driving_hours.",
        default=2,
        ge=0,
    )
    driving_block_hours: float = column(
        "连续驾驶上限",
        "A rest is due after this much driving; 0 means no rests.",
        unit="h",
        default=4.0,
        ge=0,
    )
    rest_hours: float = column("休息时间", "Length of that rest.", unit="h", default=1 / 3, ge=0)
    daily_driving_hours: float = column(
        "单人日驾驶上限",
        "One driver alone takes a long rest after this much driving, the way back included; 0 "
        "means no limit. 8 h in 24 h is written for passenger transport; for freight assumed.",
        unit="h",
        default=0.0,
        ge=0,
    )
    daily_rest_hours: float = column(
        "单人长休时间",
        "Long rest of one driver. 16 h after 8 h keep to 8 h in any 24 h; an assumption.",
        unit="h",
        default=16.0,
        ge=0,
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Fleet(Row):
    """How many vehicles of a kind a warehouse can call on."""

    sheet: ClassVar[str] = "Fleets"
    sheet_zh: ClassVar[str] = "运力"
    about: ClassVar[str] = (
        "Vehicles at a warehouse's call, those that come later in rows of their own; a "
        "candidate's count holds if it is opened."
    )
    key: ClassVar[tuple[str, ...]] = ("warehouse", "fleet", "available_from_hours")

    warehouse: Id = column(
        "储备库代码", "Warehouse.", refers_to="Warehouses.warehouse", example="W450103"
    )
    fleet: Id = column("车型代码", "Vehicle kind.", refers_to="Vehicles.fleet", example="MT68")
    vehicles_count: int = column("车辆数", "How many.", unit="vehicles", example=6, ge=0)
    available_from_hours: float = column(
        "可用时间", "Hours from the event until they are there.", unit="h", default=0.0, ge=0
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Lane(Row):
    """A way from a warehouse to a district that the user knows better than we do."""

    sheet: ClassVar[str] = "Lanes"
    sheet_zh: ClassVar[str] = "线路"
    about: ClassVar[str] = (
        "Your own distances, times and closures; they win over the computed ones. "
        "hours is driving time with rests, one way."
    )
    key: ClassVar[tuple[str, ...]] = ("warehouse", "district", "fleet", "closed_from_hours")

    warehouse: Id = column(
        "储备库代码", "From.", refers_to="Warehouses.warehouse", example="W450103"
    )
    district: Code = column("区县代码", "To.", refers_to="Districts.district", example="450602")
    fleet: Id | None = column(
        "车型代码",
        "Vehicle kind; empty means every kind.",
        default=None,
        refers_to="Vehicles.fleet",
    )
    distance_km: float | None = column(
        "里程", "Road distance, one way.", unit="km", default=None, ge=0
    )
    drive_hours: float | None = column(
        "行驶时间", "Driving with all rests, one way.", unit="h", default=None, ge=0
    )
    closed_from_hours: float | None = column(
        "关闭自", "No departure from this hour of the event ...", unit="h", default=None, ge=0
    )
    closed_to_hours: float | None = column(
        "关闭至", "... until this hour; empty means to the end.", unit="h", default=None, ge=0
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Loss(Row):
    """Part of what may be lost at once: a warehouse, a corridor, the ways between two provinces."""

    sheet: ClassVar[str] = "Losses"
    sheet_zh: ClassVar[str] = "失效"
    about: ClassVar[str] = (
        "What may fail on top of a scenario; rows of one loss fail together. The Settings say "
        "which losses a plan must withstand."
    )
    key: ClassVar[tuple[str, ...]] = ("loss", "kind", "warehouse", "from_place", "to_place")

    loss: Id = column("失效代码", "Code of the loss.", example="bridge_liuzhou")
    kind: Literal["warehouse", "corridor", "province_pair"] = column(
        "失效类别",
        "warehouse: its stock; corridor, province_pair: every lane between the two places, both "
        "ways and by every vehicle.",
        example="warehouse",
    )
    warehouse: Id | None = column(
        "储备库代码",
        "Warehouse that is lost.",
        default=None,
        refers_to="Warehouses.warehouse",
        example="W450103",
    )
    from_place: Text = column(
        "一端", "Prefecture at one end of a corridor, or one of two provinces.", default=""
    )
    to_place: Text = column("另一端", "Prefecture or province at the other end.", default="")
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")
