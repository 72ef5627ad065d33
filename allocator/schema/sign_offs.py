"""Sheets that say more of sign-offs: a log of past ones, what a scenario does to them, variants."""

from __future__ import annotations

from typing import ClassVar, Literal

from allocator.schema.row import Id, Provenance, Row, Text, column

__all__ = ["ApprovalRecord", "ReformKind", "ScenarioSignOff", "Variant"]

ReformKind = Literal["verbal", "pre_authorise", "parallel", "delegate", "inform"]
"""What can be done to a step: spoken consent first; signed beforehand; beside the steps before it;
by the deputy; told instead of asked."""


class ApprovalRecord(Row):
    """How long one signature took in a past case."""

    sheet: ClassVar[str] = "Approval_Log"
    sheet_zh: ClassVar[str] = "审批记录"
    about: ClassVar[str] = (
        "Durations of past signatures; steps whose distribution is log are resampled from them."
    )
    key: ClassVar[tuple[str, ...]] = ("record", "procedure", "step")

    record: Id = column("案例", "Past case the signature belongs to.", example="2024-flood")
    procedure: Id = column("流程", "Procedure.", example="CITY_DISPATCH")
    step: Id = column("步骤", "Step.", example="3")
    hours: float = column("用时", "From its begin to the signature.", unit="h", example=1.5, ge=0)
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class ScenarioSignOff(Row):
    """What a scenario does to the duration of a step."""

    sheet: ClassVar[str] = "Scenario_Sign_Offs"
    sheet_zh: ClassVar[str] = "情景审批"
    about: ClassVar[str] = (
        "Sign-offs that take longer under a scenario: duration times the factor, plus the hours."
    )
    key: ClassVar[tuple[str, ...]] = ("scenario", "procedure", "step")

    scenario: Id = column(
        "情景代码", "Scenario.", refers_to="Scenarios.scenario", example="rammasun2014"
    )
    procedure: Id = column("流程", "Procedure.", example="CITY_DISPATCH")
    step: Id = column("步骤", "Step.", example="3")
    duration_factor: float = column(
        "用时系数", "Durations are multiplied by this.", default=1.0, ge=0, example=1.5
    )
    added_hours: float = column("增加用时", "Hours on top.", unit="h", default=0.0, ge=0, example=0)
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")


class Variant(Row):
    """One change to a step in a variant of the rules."""

    sheet: ClassVar[str] = "Variants"
    sheet_zh: ClassVar[str] = "规则方案"
    about: ClassVar[str] = "Variants of the procedures for the sandbox; one row per changed step."
    key: ClassVar[tuple[str, ...]] = ("variant", "procedure", "step")

    variant: Id = column("规则方案", "Code of the variant.", example="deputy_signs")
    procedure: Id = column("流程", "Procedure.", example="CITY_DISPATCH")
    step: Id = column("步骤", "Step.", example="3")
    reform: ReformKind = column(
        "改动",
        "verbal: spoken consent first; pre_authorise: signed beforehand; parallel: beside the "
        "steps before it; delegate: the deputy signs; inform: told instead of asked.",
        example="delegate",
    )
    source: Text = column("来源", "Where the figures come from.", default="")
    status: Provenance = column("数据性质", "Sourced, derived or assumption.", default="user")
