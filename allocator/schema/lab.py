"""Sheets of the scenario lab: sectors that fail together, what that changes, and drills."""

from __future__ import annotations

from typing import ClassVar, Literal

from allocator.schema.row import Id, Provenance, Row, Text, column

__all__ = ["ActsOn", "Dependency", "Drill", "Sector", "SectorLink", "Shock"]

ActsOn = Literal["demand", "road_time", "sign_off_time", "docks", "receiving", "usable_share"]
"""What the failure of a sector changes in a scenario."""


class Sector(Row):
    """An infrastructure sector of the scenario lab."""

    sheet: ClassVar[str] = "Sectors"
    sheet_zh: ClassVar[str] = "部门系统"
    about: ClassVar[str] = "Sectors that can fail together: power, telecom, finance, fuel ..."
    key: ClassVar[tuple[str, ...]] = ("sector",)

    sector: Id = column("系统代码", "Code of the sector.", example="power")
    name: Text = column("名称", "Name.", example="电力")
    recovery_per_hour: float = column(
        "恢复速率",
        "Share of the way to what shock and suppliers call for that it goes in an hour, down and "
        "up again.",
        unit="1/h",
        example=0.05,
        ge=0,
        le=1,
    )
    loss_cny_per_hour: float = column(
        "每小时损失",
        "Output lost in an hour in which it has failed in full.",
        unit="CNY/h",
        default=0.0,
        ge=0,
        example=10000000,
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Dependency(Row):
    """How much one sector leans on another."""

    sheet: ClassVar[str] = "Dependencies"
    sheet_zh: ClassVar[str] = "依赖关系"
    about: ClassVar[str] = (
        "Interdependency of sectors. What they pass on in a circle must die away: the spectral "
        "radius of all shares lies below 1."
    )
    key: ClassVar[tuple[str, ...]] = ("sector", "depends_on")

    sector: Id = column(
        "系统代码", "The sector that depends.", refers_to="Sectors.sector", example="finance"
    )
    depends_on: Id = column(
        "依赖系统", "The sector it leans on.", refers_to="Sectors.sector", example="power"
    )
    dependency_share: float = column(
        "依赖度", "Loss passed on per unit of loss.", example=0.3, ge=0, le=1
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class SectorLink(Row):
    """What the failure of a sector changes in the scenario of a drill."""

    sheet: ClassVar[str] = "Sector_Links"
    sheet_zh: ClassVar[str] = "系统影响"
    about: ClassVar[str] = (
        "What a sector's failure q changes: demand, road_time and sign_off_time are multiplied by "
        "1 + effect x q; docks, receiving and usable_share by 1 - effect x q, not below 0."
    )
    key: ClassVar[tuple[str, ...]] = ("sector", "acts_on", "subject")

    sector: Id = column("系统代码", "Sector.", refers_to="Sectors.sector", example="telecom")
    acts_on: ActsOn = column(
        "作用对象",
        "demand: need; road_time: driving into districts; sign_off_time: duration of steps; docks: "
        "load starts of warehouses; receiving: what districts take in; usable_share: stock that "
        "is lost for good.",
        example="sign_off_time",
    )
    subject: Text = column(
        "对象范围",
        "Empty for all. demand: item, item group or place; road_time, receiving: place; "
        "sign_off_time: department or its level; docks, usable_share: warehouse level or place. "
        "A place is a province, a prefecture or a district code.",
        default="",
    )
    effect: float = column(
        "影响系数", "Change for a full failure of the sector.", ge=0, example=0.5
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Drill(Row):
    """A failure to be rehearsed on top of a scenario."""

    sheet: ClassVar[str] = "Drills"
    sheet_zh: ClassVar[str] = "演练"
    about: ClassVar[str] = (
        "Drills for allocator drill: a scenario, what fails on top of it (Shocks), and the "
        "procedure that is rehearsed."
    )
    key: ClassVar[tuple[str, ...]] = ("drill",)

    drill: Id = column(
        "演练代码", "Code of the drill, and of the scenario it makes.", example="power_finance"
    )
    name: Text = column("名称", "Name as it shall appear in reports.", example="停电致金融停摆")
    scenario: Id = column(
        "情景代码",
        "Scenario it starts from.",
        refers_to="Scenarios.scenario",
        example="rammasun2014",
    )
    procedure: Id | None = column(
        "流程", "Procedure that is rehearsed.", default=None, example="GRID_FINANCE_DRILL"
    )
    release_step: Id | None = column(
        "放行步骤", "Step that ends it; empty for the last one.", default=None, example="6"
    )
    horizon_hours: float = column(
        "演练时长",
        "Hours from the event over which failures and losses are told.",
        unit="h",
        default=72.0,
        gt=0,
        le=720,
    )
    note: Text = column("说明", "What it shows.", default="")
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Shock(Row):
    """What hits a sector directly in a drill."""

    sheet: ClassVar[str] = "Shocks"
    sheet_zh: ClassVar[str] = "冲击"
    about: ClassVar[str] = (
        "Direct shocks of the drills. A shock ends at its hour, or when a step is signed, "
        "whichever comes first; the failure slows the step down, too."
    )
    key: ClassVar[tuple[str, ...]] = ("drill", "sector", "from_hours")

    drill: Id = column("演练代码", "Drill.", refers_to="Drills.drill", example="power_finance")
    sector: Id = column(
        "系统代码", "Sector that is hit.", refers_to="Sectors.sector", example="power"
    )
    from_hours: float = column(
        "开始", "From this hour of the event ...", unit="h", default=0.0, ge=0, example=0
    )
    to_hours: float | None = column(
        "结束", "... until this hour; empty means to the end.", unit="h", default=None, ge=0
    )
    shock_share: float = column(
        "冲击比例", "Share of its output that is lost at once.", ge=0, le=1, example=0.8
    )
    until_procedure: Id | None = column(
        "解除流程",
        "Procedure whose step ends the shock.",
        default=None,
        example="GRID_FINANCE_DRILL",
    )
    until_step: Id | None = column(
        "解除步骤", "Step whose signature ends it.", default=None, example="5"
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")
