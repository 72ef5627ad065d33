"""The sheet on what planning with the model is worth, against plans made in simpler ways."""

from __future__ import annotations

from typing import ClassVar, Literal

from allocator.schema.row import Id, Row, Text, column

__all__ = ["WorthLine", "WorthPlan"]

WorthPlan = Literal[
    "model_plan", "today", "p_median", "greedy", "mean_value", "wait_and_see", "vss", "evpi"
]
"""Lines of the comparison: plans, the bound of perfect foresight, and the two worths."""


class WorthLine(Row):
    """One plan, or one worth, with its figures."""

    sheet: ClassVar[str] = "Worth"
    sheet_zh: ClassVar[str] = "模型价值"
    about: ClassVar[str] = (
        "The model's plan against simpler plans, priced alike on all scenarios and on scenarios "
        "that the plans have not seen; the value of the stochastic solution (VSS) and the expected "
        "value of perfect information (EVPI) as intervals."
    )
    key: ClassVar[tuple[str, ...]] = ("plan",)

    plan: WorthPlan = column("方案", "Plan, bound (wait_and_see) or worth (vss, evpi).")
    unit: Text = column("单位", "Unit of the value.", default="")
    value: float | None = column(
        "目标值", "Objective on all scenarios; empty where only an interval is known.", default=None
    )
    value_low: float | None = column(
        "下限", "The true figure is not below; of the model's plan: the proven bound.", default=None
    )
    value_high: float | None = column("上限", "The true figure is not above.", default=None)
    difference: float | None = column(
        "与模型之差", "Value less that of the model's plan.", default=None
    )
    difference_share: float | None = column(
        "与模型之差比", "Difference over the value of the model's plan.", default=None
    )
    unmet: float | None = column("缺供", "Weighted units over all scenarios.", default=None)
    waiting: float | None = column("等待", "Weighted unit-hours over all scenarios.", default=None)
    cost_cny: float | None = column(
        "年费用", "Yearly cost with transport and purchases.", unit="CNY/year", default=None
    )
    worst_value: float | None = column("最差值", "Value in the worst scenario.", default=None)
    worst_scenario: Id | None = column("最差情景", "That scenario.", default=None)
    cvar_value: float | None = column(
        "CVaR", "Mean of the worst share of cases, by cvar_alpha.", default=None
    )
    planned_value: float | None = column(
        "样本内", "Value on the very scenarios that were planned with.", default=None
    )
    held_back_value: float | None = column(
        "样本外", "Value on scenarios held back from planning.", default=None
    )
    optimism: float | None = column(
        "乐观偏差", "Held-back value less the value on the scenarios planned with.", default=None
    )
    held_back_difference: float | None = column(
        "样本外之差", "Held-back value less that of the model's plan.", default=None
    )
    held_back_difference_share: float | None = column(
        "样本外差比", "Over the held-back value of the model's plan.", default=None
    )
    held_back_unmet: float | None = column(
        "样本外缺供", "Weighted units on scenarios held back.", default=None
    )
    held_back_waiting: float | None = column(
        "样本外等待", "Weighted unit-hours on scenarios held back.", default=None
    )
    held_back_cost_cny: float | None = column(
        "样本外年费用", "Yearly cost on scenarios held back.", unit="CNY/year", default=None
    )
    held_back_worst_value: float | None = column(
        "样本外最差值", "Value in the worst scenario held back.", default=None
    )
    open_count: int | None = column("启用库数", "Own warehouses that hold reserves.", default=None)
    one_off_cost_cny: float | None = column(
        "一次性费用", "Opening, resizing, closing, buying.", unit="CNY", default=None
    )
    annual_cost_cny: float | None = column(
        "年度费用", "Running, keeping, writing off.", unit="CNY/year", default=None
    )
    keeps_rules: bool | None = column(
        "符合硬性规则", "Whether the plan keeps every hard rule.", default=None
    )
    broken_rules: Text = column("违反规则", "Hard rules that it breaks.", default="")
    sentence: Text = column("说明", "What the line means.", default="")
