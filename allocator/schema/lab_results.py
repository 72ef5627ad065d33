"""Sheets of what drills come to: curves, losses, the course of sign-offs, what to harden first."""

from __future__ import annotations

from typing import ClassVar, Literal

from allocator.schema.row import Id, Row, Text, column

__all__ = ["DrillResult", "DrillStep", "Hardening", "HardeningKind", "SectorCurve", "SectorLoss"]

HardeningKind = Literal["dependency", "link", "recovery", "step"]
"""What can be hardened: an entry of Dependencies, a row of Sector_Links, a recovery rate, a step
of the procedure that is rehearsed."""


class DrillResult(Row):
    """What one drill costs on top of its scenario."""

    sheet: ClassVar[str] = "Drill_Results"
    sheet_zh: ClassVar[str] = "演练结果"
    about: ClassVar[str] = (
        "Value of the best dispatch (social cost) with and without the failure, each known as an "
        "interval from proven bound to plan, and what the sectors lose."
    )
    key: ClassVar[tuple[str, ...]] = ("drill",)

    drill: Id = column("演练代码", "Drill.")
    name: Text = column("演练名称", "Its name.", default="")
    scenario: Id = column("情景代码", "Scenario it starts from.")
    without_low_cny: float | None = column(
        "无失效下界", "Without the failure, at least.", unit="CNY", default=None
    )
    without_cny: float | None = column(
        "无失效", "Without the failure: the plan's value.", unit="CNY", default=None
    )
    with_low_cny: float | None = column(
        "有失效下界", "With the failure, at least.", unit="CNY", default=None
    )
    with_cny: float | None = column(
        "有失效", "With the failure: the plan's value.", unit="CNY", default=None
    )
    added_cny: float | None = column(
        "增加损失", "Difference of the two plans.", unit="CNY", default=None
    )
    added_low_cny: float | None = column(
        "增加下界", "The true difference is at least this.", unit="CNY", default=None
    )
    added_high_cny: float | None = column(
        "增加上界", "The true difference is at most this.", unit="CNY", default=None
    )
    signatures_cny: float | None = column(
        "其中签批",
        "Added if the failure did nothing but slow signatures: difference of the two plans.",
        unit="CNY",
        default=None,
    )
    signatures_low_cny: float | None = column("签批下界", "At least.", unit="CNY", default=None)
    signatures_high_cny: float | None = column("签批上界", "At most.", unit="CNY", default=None)
    served_without_share: float | None = column(
        "无失效满足率", "Served by the deadline without the failure.", default=None
    )
    served_with_share: float | None = column(
        "有失效满足率", "Served by the deadline with it.", default=None
    )
    added_need_share: float = column(
        "增加需求比例", "Units needed on top, over those of the scenario.", ge=0
    )
    sector_loss_cny: float = column("系统损失", "Output lost by all sectors.", unit="CNY", ge=0)
    signed_without_hours: float | None = column(
        "无失效签毕", "End of the rehearsed procedure without the failure.", unit="h", default=None
    )
    signed_with_hours: float | None = column(
        "有失效签毕", "Its end with the failure.", unit="h", default=None
    )
    sentence: Text = column("说明", "In words.", default="")


class SectorLoss(Row):
    """How hard a sector is hit in a drill."""

    sheet: ClassVar[str] = "Sector_Losses"
    sheet_zh: ClassVar[str] = "系统损失"
    about: ClassVar[str] = "Peak, recovery and lost output of every sector over the drill's hours."
    key: ClassVar[tuple[str, ...]] = ("drill", "sector")

    drill: Id = column("演练代码", "Drill.")
    sector: Id = column("系统代码", "Sector.")
    name: Text = column("名称", "Its name.", default="")
    peak_share: float = column("最大失效", "Largest part of its output lost.", ge=0, le=1)
    peak_hours: float = column("最大时刻", "Hour of the peak.", unit="h", ge=0)
    recovered_hours: float | None = column(
        "恢复时刻",
        "First hour after the peak with nine tenths of the output back; empty: not in the drill.",
        unit="h",
        default=None,
    )
    failure_hours: float = column(
        "失效小时", "Hours of full failure that come to the same.", unit="h", ge=0
    )
    loss_cny: float = column("损失", "Output lost.", unit="CNY", ge=0)


class DrillStep(Row):
    """When one step is signed, with and without the failure."""

    sheet: ClassVar[str] = "Drill_Steps"
    sheet_zh: ClassVar[str] = "演练签批"
    about: ClassVar[str] = (
        "Course of the sign-offs: planned durations, and what the failure makes of them."
    )
    key: ClassVar[tuple[str, ...]] = ("drill", "procedure", "step")

    drill: Id = column("演练代码", "Drill.")
    procedure: Id = column("流程", "Procedure.")
    step: Id = column("步骤", "Step.")
    name: Text = column("名称", "What is signed.", default="")
    department: Id = column("负责", "Who answers for it.")
    duration_hours: float = column("计划用时", "Planned duration.", unit="h", ge=0)
    slowed_hours: float = column("失效用时", "Duration with the failure.", unit="h", ge=0)
    begin_without_hours: float = column("无失效开始", "Begin without it.", unit="h", ge=0)
    end_without_hours: float = column("无失效结束", "End without it.", unit="h", ge=0)
    begin_with_hours: float = column("有失效开始", "Begin with it.", unit="h", ge=0)
    end_with_hours: float = column("有失效结束", "End with it.", unit="h", ge=0)
    later_hours: float = column("推迟", "Signed so much later.", unit="h")
    end_at_longest_hours: float | None = column(
        "最长时签毕",
        "End of the rehearsed procedure if this step alone takes its longest.",
        unit="h",
        default=None,
    )
    end_if_informed_hours: float | None = column(
        "改知会签毕",
        "Its end if this step is told instead of asked: nothing waits for it.",
        unit="h",
        default=None,
    )
    ends_shock: bool = column("解除冲击", "Whether its signature ends a shock.", default=False)


class Hardening(Row):
    """What one hardened link would save."""

    sheet: ClassVar[str] = "Hardening"
    sheet_zh: ClassVar[str] = "优先加固"
    about: ClassVar[str] = (
        "Which single link to harden first: each is reduced in turn and the failure computed "
        "again; the best few also by dispatches of their own."
    )
    key: ClassVar[tuple[str, ...]] = ("drill", "rank")

    drill: Id = column("演练代码", "Drill.")
    rank: int = column("名次", "Place.", ge=1)
    kind: HardeningKind = column(
        "类别",
        "dependency: one sector leans less on another; link: a failure changes less; recovery: a "
        "sector is mended faster; step: a step takes less time.",
    )
    subject: Text = column("环节", "Which one.", default="")
    before: float = column("现值", "As it is.")
    after: float = column("加固后", "When hardened.")
    saved_loss_cny: float = column("节省系统损失", "Less output lost.", unit="CNY")
    saved_failure_hours: float = column(
        "节省失效小时", "Less hours of full failure, over all sectors.", unit="h"
    )
    saved_effect_hours: float = column(
        "节省影响",
        "Less that reaches the dispatch: effect x failure, summed over links and hours.",
        unit="h",
    )
    saved_sign_off_hours: float = column(
        "节省签批", "Steps are signed so much earlier, summed.", unit="h"
    )
    saved_cny: float | None = column(
        "节省调度损失",
        "Less added cost of the dispatch; empty where it was not dispatched.",
        unit="CNY",
        default=None,
    )
    saved_low_cny: float | None = column("节省下界", "At least.", unit="CNY", default=None)
    saved_high_cny: float | None = column("节省上界", "At most.", unit="CNY", default=None)
    sentence: Text = column("说明", "In words.", default="")


class SectorCurve(Row):
    """Failure of one sector in one hour of a drill."""

    sheet: ClassVar[str] = "Sector_Curves"
    sheet_zh: ClassVar[str] = "系统失效曲线"
    about: ClassVar[str] = "Part of each sector's output that is lost, hour by hour."
    key: ClassVar[tuple[str, ...]] = ("drill", "hour", "sector")

    drill: Id = column("演练代码", "Drill.")
    hour: int = column("小时", "Hour of the event.", unit="h", ge=0)
    sector: Id = column("系统代码", "Sector.")
    inoperability_share: float = column("失效", "Output lost.", ge=0, le=1)
    shock_share: float = column("直接冲击", "Part of it that hits directly.", ge=0, le=1)
