"""Sheets of the risk-element library: classes, subclasses, records of loss, loss accounts."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from allocator.schema.row import Code, Id, Provenance, Row, Text, column

__all__ = [
    "SUBCLASS_PATTERN",
    "AccountGrouping",
    "CodeStatus",
    "EventClass",
    "Hazard",
    "HazardSubclass",
    "LossAccount",
    "RiskElement",
    "SubclassCode",
]

SUBCLASS_PATTERN = r"^[0-9]{2}$"

SubclassCode = Annotated[str, StringConstraints(pattern=SUBCLASS_PATTERN)]
"""Two digits, kept as text; 00 stands for the whole class."""

EventClass = Literal["natural_disaster", "accident", "public_health", "social_security"]
"""The four classes of emergencies of the Emergency Response Law."""

CodeStatus = Literal["sourced", "recalled", "to_verify", "none"]
"""How far a code of a national standard can be relied on; none: there is no code."""

AccountGrouping = Literal["all", "hazard", "district", "prefecture", "province", "hours"]
"""What the lines of loss accounts are added up by."""


class Hazard(Row):
    """A class of the risk-element code library."""

    sheet: ClassVar[str] = "Hazards"
    sheet_zh: ClassVar[str] = "风险要素"
    about: ClassVar[str] = (
        "Hazard classes with their ratios; one granularity, one unit. A class that has records "
        "in Risk_Elements is a letter and two digits."
    )
    key: ClassVar[tuple[str, ...]] = ("hazard",)

    hazard: Id = column("灾种代码", "Code of the class.", example="R03")
    name: Text = column("名称", "Name of the class.", example="台风")
    name_en: Text = column("英文名", "English name.", default="", example="Typhoon")
    event_class: EventClass | None = column(
        "事件大类",
        "Statutory class of emergency; empty where it is not told.",
        default=None,
        example="natural_disaster",
    )
    standard: Text = column(
        "标准",
        "National standard that classifies it.",
        default="",
        example="GB/T 28921-2012",
    )
    standard_code: Text = column(
        "标准代码",
        "Its code there; several are parted by / or given as a range.",
        default="",
        example="010300",
    )
    code_status: CodeStatus | None = column(
        "代码核实",
        "sourced: seen in the standard; recalled; to_verify; none: the standard has no code.",
        default=None,
        example="recalled",
    )
    lead_department: Text = column("牵头部门", "Who leads.", default="")
    joint_departments: Text = column(
        "协同部门", "Who takes part, parted by ; .", default="", is_list=True
    )
    secondary_hazards: Text = column(
        "次生灾种", "Classes that may follow, parted by ; .", default="", is_list=True
    )
    intensity_metric: Text = column("强度指标", "What its strength is told by.", default="")
    time_step_hours: float = column(
        "时间粒度",
        "Grain of time: hours of its records are multiples.",
        unit="h",
        default=1.0,
        gt=0,
    )
    evacuee_share: float = column(
        "转移比例", "Evacuated people per affected person.", default=0.0, ge=0, le=1
    )
    sheltered_share: float = column(
        "安置比例", "Sheltered people per evacuated person.", default=0.0, ge=0, le=1
    )
    insurance_share: float = column(
        "赔付比例", "Insurance payout over direct loss.", default=0.0, ge=0, le=1
    )
    secondary_share: float = column(
        "次生比例", "Secondary loss over direct loss.", default=0.0, ge=0
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class HazardSubclass(Row):
    """A subclass of a hazard class."""

    sheet: ClassVar[str] = "Hazard_Subclasses"
    sheet_zh: ClassVar[str] = "风险子类"
    about: ClassVar[str] = (
        "Subclasses of the hazard classes, two digits each; 00, the whole class, needs no row."
    )
    key: ClassVar[tuple[str, ...]] = ("hazard", "subclass")

    hazard: Id = column("灾种代码", "Class.", refers_to="Hazards.hazard", example="R03")
    subclass: SubclassCode = column("子类代码", "Two digits, 01 to 99.", example="03")
    name: Text = column("名称", "Name of the subclass.", example="风暴潮")
    name_en: Text = column("英文名", "English name.", default="", example="Storm surge")
    standard: Text = column("标准", "National standard that classifies it.", default="")
    standard_code: Text = column(
        "标准代码", "Its code there; empty where none is known.", default=""
    )
    code_status: CodeStatus | None = column(
        "代码核实",
        "sourced: seen in the standard; recalled; to_verify; none: there is no code.",
        default=None,
        example="none",
    )
    source: Text = column("来源", "Where it comes from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class RiskElement(Row):
    """Loss of one subclass in one district at one hour of a scenario."""

    sheet: ClassVar[str] = "Risk_Elements"
    sheet_zh: ClassVar[str] = "风险要素记录"
    about: ClassVar[str] = (
        "Losses in CNY (not 10,000 CNY) by subclass, district and hour; the code of a record is "
        "class-subclass-level-district-hour, for instance R03-03-1-450602-0012."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario", "hazard", "subclass", "district", "hour")

    scenario: Id = column(
        "情景代码", "Scenario.", refers_to="Scenarios.scenario", example="rammasun2014"
    )
    hazard: Id = column("灾种代码", "Class.", refers_to="Hazards.hazard", example="R03")
    subclass: SubclassCode = column(
        "子类代码", "Two digits of Hazard_Subclasses; 00 for the whole class.", example="03"
    )
    level: int = column("级别", "1 (level I, gravest) to 4 (level IV).", example=1, ge=1, le=4)
    district: Code = column("区县代码", "Where.", refers_to="Districts.district", example="450602")
    hour: int = column(
        "小时",
        "Hours from the event, a multiple of the class's time_step_hours.",
        unit="h",
        example=12,
        ge=0,
        le=9999,
    )
    code: Text = column(
        "要素编码",
        "Code of the record; may be left empty, and must say the same as the row.",
        default="",
        example="R03-03-1-450602-0012",
    )
    direct_loss_cny: float = column(
        "直接损失", "Direct economic loss.", unit="CNY", example=25000000, ge=0, le=1e13
    )
    insurance_payout_cny: float | None = column(
        "保险赔付",
        "Part of the direct loss that insurers pay; empty takes direct loss x insurance_share.",
        unit="CNY",
        default=None,
        ge=0,
        le=1e13,
    )
    secondary_loss_cny: float | None = column(
        "次生损失",
        "Loss that follows; empty takes direct loss x secondary_share.",
        unit="CNY",
        default=None,
        ge=0,
        le=1e13,
    )
    exposed_people: float | None = column(
        "暴露人口",
        "People affected; empty where it is not known.",
        unit="people",
        default=None,
        ge=0,
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class LossAccount(Row):
    """One line of the loss accounts of a scenario."""

    sheet: ClassVar[str] = "Loss_Accounts"
    sheet_zh: ClassVar[str] = "损失账户"
    about: ClassVar[str] = (
        "Losses of the Risk_Elements: uninsured = direct - payout; total = uninsured + secondary. "
        "Lines of one grouping add up to the line all; do not add groupings together."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario", "grouping", "member")

    scenario: Id = column("情景代码", "Scenario, or any for the expected value of all.")
    probability: float = column(
        "概率", "Of the scenario; for any, of the scenarios that have records.", ge=0
    )
    grouping: AccountGrouping = column(
        "汇总口径", "What is added up: all, or by hazard, place or hours from the event."
    )
    member: Text = column(
        "汇总项", "Class, district, prefecture, province or hours; empty for all.", default=""
    )
    elements_count: int = column("记录数", "Records behind it.", unit="rows", ge=0)
    direct_loss_cny: float = column("直接损失", "Direct economic loss.", unit="CNY", ge=0)
    insurance_payout_cny: float = column("保险赔付", "Paid by insurers.", unit="CNY", ge=0)
    uninsured_cny: float = column("未保险损失", "Direct loss less payout.", unit="CNY", ge=0)
    secondary_loss_cny: float = column("次生损失", "Loss that follows.", unit="CNY", ge=0)
    total_loss_cny: float = column("总损失", "Uninsured and secondary loss.", unit="CNY", ge=0)
