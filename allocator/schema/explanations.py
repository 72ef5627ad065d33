"""Sheets that say why: certificates, reasons of shortages, what would repair them, and choices."""

from __future__ import annotations

from typing import ClassVar, Literal

from allocator.schema.row import Code, Id, Row, Text, column

__all__ = ["Certificate", "Choice", "Explanation", "RepairOption"]


class Certificate(Row):
    """A count that shows, without any solve, how much there is against how much is needed."""

    sheet: ClassVar[str] = "Certificates"
    sheet_zh: ClassVar[str] = "缺口凭证"
    about: ClassVar[str] = (
        "What there is against what is needed, by counting alone; where it is less, so many units "
        "are missing under every plan."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario", "kind", "district", "item", "unit")

    scenario: Id = column("情景代码", "Scenario.")
    kind: Literal["supply", "reach", "docks", "fleet", "receiving"] = column(
        "凭证类别",
        "supply: usable stock; reach: usable stock that can arrive in time; docks, fleet: what can "
        "leave in time; receiving: what the district can take.",
    )
    district: Code | None = column("区县代码", "District; empty: all.", default=None)
    item: Id | None = column("物资代码", "Item; empty: all.", default=None)
    have: float = column("可有量", "At most so much can come.", ge=0)
    need: float = column("需要量", "So much is needed.", ge=0)
    unit: Text = column("计量", "units, kg or m3.")
    short_units: float = column(
        "至少缺", "At least so many units are missing under every plan.", unit="units", ge=0
    )
    sentence: Text = column("说明", "The count in words.", default="")


class Explanation(Row):
    """Why need of one district and item is not met, confirmed by solving again."""

    sheet: ClassVar[str] = "Explanations"
    sheet_zh: ClassVar[str] = "缺口原因"
    about: ClassVar[str] = (
        "The reason of each shortage: the thing that, relaxed alone, lets the missing units come "
        "while all other trips stay as planned."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario", "district", "item")

    scenario: Id = column("情景代码", "Scenario.")
    district: Code = column("区县代码", "Where.")
    item: Id = column("物资代码", "What.")
    demand_units: float = column("需求量", "Need.", unit="units", ge=0)
    unmet_units: float = column("缺口", "Missing.", unit="units", ge=0)
    late_hours: float | None = column(
        "迟到",
        "Hours after the deadline at which the last of it could be there, all else as planned; "
        "empty: not within the hours looked at.",
        unit="h",
        default=None,
        ge=0,
    )
    reason: Text = column(
        "原因",
        "vehicles, docks, drivers, receiving, convoy, through_hub, paper, home_reserve, roads, "
        "lower_priority, out_of_reach, no_stock, within_gap, whole_units; several parted by + are "
        "needed together.",
    )
    also: Text = column(
        "其他可行", "Other things that repair it alone, parted by semicolons.", default=""
    )
    changes: Text = column(
        "相关变更",
        "Changes of a re-plan, parted by semicolons, without any one of which all of it would "
        "come, all else as planned; joined by + where only without all of them.",
        default="",
    )
    is_proven: bool = column(
        "已证实", "Whether every solve behind the reason was finished.", default=True
    )
    now_units: float = column(
        "现可补", "What could come with nothing relaxed.", unit="units", ge=0, default=0.0
    )
    alone_units: float = column(
        "独占可得",
        "Most of the need that could come if nothing else were sent.",
        unit="units",
        ge=0,
        default=0.0,
    )
    first_units: float | None = column(
        "优先可补",
        "How many of the missing units come where it is served first; empty: not found.",
        unit="units",
        default=None,
    )
    losers: Text = column(
        "受损方", "Who then gets less: district item units, the most first.", default=""
    )
    unmet_change: float | None = column(
        "缺供变化", "Weighted unmet units then less those of the plan.", default=None
    )
    repair: Text = column("修复办法", "The smallest repair by the reason.", default="")
    cost_cny: float | None = column(
        "修复费用", "Its known cost: trips, and goods bought.", unit="CNY", default=None, ge=0
    )
    sentence: Text = column("说明", "The reason with its figures.", default="")


class RepairOption(Row):
    """One thing that would let missing units come, how much of it, and at what cost."""

    sheet: ClassVar[str] = "Repairs"
    sheet_zh: ClassVar[str] = "修复方案"
    about: ClassVar[str] = (
        "Every thing that repairs a shortage alone, or those that only together do, with the least "
        "amount found. Each shortage by itself: two repairs may need the same vehicle."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario", "district", "item", "thing")

    scenario: Id = column("情景代码", "Scenario.")
    district: Code = column("区县代码", "Where.")
    item: Id = column("物资代码", "What.")
    thing: Id = column("放宽项", "What is relaxed.")
    is_together: bool = column("须合并", "Whether it repairs only together with the others marked.")
    amount: float = column("数量", "How much of it.", ge=0)
    unit: Text = column(
        "计量",
        "Unit of the amount; steps where ways through hubs need several, each with its own unit.",
    )
    place: Text = column("地点", "Where, with the amount at each place.", default="")
    brought_units: float = column("可补", "Missing units that then come.", unit="units", ge=0)
    vehicles_count: float = column("增加车次", "Further trips.", unit="trips", ge=0)
    last_hours: float = column("最迟到位", "When the last of it is in hand.", unit="h", ge=0)
    cost_cny: float = column(
        "费用", "Trips, and goods bought; other prices are not known.", unit="CNY", ge=0
    )
    is_smallest: bool = column("最小", "Whether less is proven not to do.")


class Choice(Row):
    """What an alternative to one choice of the plan would change."""

    sheet: ClassVar[str] = "Choices"
    sheet_zh: ClassVar[str] = "选择对比"
    about: ClassVar[str] = "Why this warehouse, why not that one: the plan against a forced one."
    key: ClassVar[tuple[str, ...]] = (
        "scenario",
        "question",
        "warehouse",
        "district",
        "alternative",
        "stage",
    )

    scenario: Id | None = column("情景代码", "Scenario; empty: the placement.", default=None)
    question: Literal["why", "why_not"] = column(
        "问题",
        "why: the choice of the plan is forbidden; why_not: what it did not choose is forced.",
    )
    warehouse: Id = column("储备库代码", "Warehouse.")
    district: Code | None = column(
        "区县代码", "District; empty: all, or the placement.", default=None
    )
    alternative: Literal["without", "with", "more", "closed", "other_size", "open"] = column(
        "强制为",
        "What is forced. Dispatch: it sends nothing (there); at least a unit; a unit more in all. "
        "Placement: closed; any other size; open.",
    )
    stage: Id = column("目标", "unmet, waiting, cost, social.")
    plan_value: float = column("方案值", "Value of the plan.")
    plan_bound: float | None = column("方案界", "No plan is better.", default=None)
    forced_value: float | None = column(
        "强制值", "Value of the best forced plan found; empty: none.", default=None
    )
    forced_bound: float | None = column("强制界", "No forced plan is better.", default=None)
    difference: float | None = column("差额", "Forced less plan.", default=None)
    is_distinguishable: bool | None = column(
        "可区分",
        "Whether the difference is more than the gaps; empty: no forced plan.",
        default=None,
    )
    losers: Text = column(
        "受损方",
        "Who gets less: district item units; of a placement: district, expected units and weighted "
        "unit-hours of waiting per disaster.",
        default="",
    )
    gainers: Text = column("受益方", "Who gets more, likewise.", default="")
    sends: Text = column(
        "现状", "What the warehouse sends of what it has, or how large it is.", default=""
    )
    reason: Text = column(
        "障碍",
        "What keeps it from that, parted by semicolons: things that alone would allow it, "
        "all_sent, no_need, warehouse_lost, hard_rules.",
        default="",
    )
    sentence: Text = column("说明", "What it means.", default="")
