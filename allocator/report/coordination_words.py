"""What the report on coordination says, in both languages."""

from __future__ import annotations

from allocator.report.words import Language, Phrases, phrase

__all__ = ["say"]

_WORDS: Phrases = {
    "title": ("Coordination: what every late signature costs", "协同：每一个迟到的签字代价几何"),
    "waterfall": ("From the loss at the limits to the actual loss", "从限时损失到实际损失"),
    "waterfall_note": (
        "Each department's share of the delay cost (Shapley value); thin lines: least and largest "
        "share that the gaps of the solves allow.",
        "各部门分摊的延迟成本（沙普利值）；细线为求解差距所允许的最小与最大分摊。",
    ),
    "at_limit": ("all within the limits", "均守时限"),
    "at_actual": ("as it is", "实际"),
    "others": ("others", "其他"),
    "unsplit": ("charged to nobody", "无人可归责"),
    "before": ("so far", "此前"),
    "share": ("share", "分摊"),
    "loss": ("Loss [CNY]", "损失（元）"),
    "gantt": ("Sign-offs: when each begins and ends", "审批：各步骤的起止"),
    "gantt_note": (
        "Means of the simulated courses, towards the release that comes last; dark: critical in at "
        "least half of them; light behind a step: slack; tick: latest end that still meets the "
        "horizon.",
        "模拟各次的均值，取最晚的放行；深色：半数以上为关键步骤；浅色尾：时差；竖线：仍可满足时限的最晚签署。",
    ),
    "begin": ("begins after", "开始前"),
    "critical": ("takes, critical", "用时（关键）"),
    "plain": ("takes", "用时（非关键）"),
    "slack": ("slack", "时差"),
    "wheels": ("Paper and wheels: how the hours are spent", "公文与车轮：时间如何用掉"),
    "wheels_note": (
        "Means over the trips, weighted by what they carry, until the goods are in hand.",
        "按载货体积加权的车次均值，直至物资到手。",
    ),
    "paper_hours": ("paper", "公文"),
    "wait_hours": ("waiting", "待装"),
    "load_hours": ("loading", "装车"),
    "drive_hours": ("driving", "行驶"),
    "unload_hours": ("unloading", "卸车"),
    "at_once": ("without sign-offs", "无须审批"),
    "cards": ("Departments", "部门"),
    "cards_note": (
        "Share: Shapley value of v(A) = loss with the departments A at actual speed and all others "
        "at their limits. +1 h: every step of the department takes an hour more, all planned anew.",
        "分摊：v(A) 的沙普利值，v(A) 为 A 按实际、其余按限时的损失。"
        "再晚一小时：其每一步多一小时，重新求解。",
    ),
    "card_share": ("share of the delay cost", "延迟成本分摊"),
    "card_range": ("at least, at most", "至少与至多"),
    "card_hours": ("people waiting", "等待人时"),
    "card_plus": ("an hour later costs", "再晚一小时的损失"),
    "card_minus": ("an hour earlier saves", "早一小时的节省"),
    "card_critical": ("decides a release", "决定放行"),
    "card_on_time": ("signed in time", "按时签署"),
    "card_overrun": ("over its limits", "超出时限"),
    "no_rows": ("Nothing here.", "无。"),
    "left_out": (
        "{shown} of {total} rows; the workbook has all",
        "共 {total} 行，此处 {shown} 行；全部见工作簿",
    ),
    "foot": (
        "Losses are those of the best dispatch, planned anew for every table of release hours; "
        "intervals reach from what is proven to what is planned.",
        "损失为每张放行时刻表重新调度的最优值；区间从已证明的界到已得方案的值。",
    ),
    "hours": ("Hours", "小时"),
    "of_department": ("{department} duties", "{department} 任务"),
    "person_hours": ("{value} person-h", "{value} 人时"),
    "cny": ("{value} CNY", "{value} 元"),
}
"""English and Chinese by key."""


def say(key: str, lang: Language, **figures: object) -> str:
    """Return a word or sentence in a language."""
    return phrase(_WORDS, key, lang).format(**figures)
