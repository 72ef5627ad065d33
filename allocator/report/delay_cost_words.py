"""What is said of delay costs, in both languages."""

from __future__ import annotations

from allocator.report.words import Language, Phrases, phrase

__all__ = ["DELAY_COST_WORDS", "say"]

DELAY_COST_WORDS: Phrases = {
    "colon": (": ", "："),
    "interval": ("{value} ({low} to {high})", "{value}（{low} 至 {high}）"),
    "cny": ("{value} CNY", "{value} 元"),
    "hours": ("{value} h", "{value} 小时"),
    "any": ("expected over the scenarios", "各情景的期望值"),
    "scenario": ("Scenario {code}", "情景 {code}"),
    # key figure card of a department
    "charged": (
        "{name} is {overrun} h over its limits in all and is charged {share} of {total} CNY"
        "{interval}.",
        "{name}合计超时 {overrun} 小时，分摊延迟损失 {share} 元（总额 {total} 元）{interval}。",
    ),
    "ends": (
        "; what the gaps of the solver leave open: {low} to {high} CNY",
        "；求解差距允许范围 {low} 至 {high} 元",
    ),
    "drawn": (
        "Orders were drawn: 95 in 100 such intervals, of {error} CNY to either side, hold the"
        " exact share.",
        "抽样估计：95% 置信区间为正负 {error} 元。",
    ),
    "formula": (
        "Share = sum over all groups S of the other late departments of s! (n-s-1)! / n! x"
        " [V(S with it) - V(S)] (Shapley), s departments in S, n late ones in all; V(S) = least"
        " loss of a dispatch planned anew with S signing as it does and all others within their"
        " limits. It is charged for its own steps only, never for waiting on others.",
        "分摊额 = 对其余超时部门的每个组合 S 求和：s!(n-s-1)!/n! ×［V(S 加本部门) - V(S)］"
        "（沙普利值），s 为 S 中部门数，n 为超时部门总数；V(S) 为 S 按实际用时、其余按时限签批时"
        "重新调度的最小损失。"
        "只计本部门的步骤，不计等待他部门的时间。",
    ),
    "punctual": (
        "{name} signs nothing over its limits: it is charged nothing.",
        "{name}未超时，不分摊损失。",
    ),
    "harmless": (
        "{name} is {overrun} h over its limits in all, but no loss comes of it, whoever else is"
        " late: it is charged nothing.",
        "{name}合计超时 {overrun} 小时，但无论他部门是否超时均未增加损失，不分摊。",
    ),
    "margin": (
        "An hour more on each of its steps would cost {plus} CNY, an hour less save {minus} CNY.",
        "其各步骤再晚一小时增加损失 {plus} 元，早一小时减少损失 {minus} 元。",
    ),
    "decides": ("It decides a release in {share} of the courses.", "在 {share} 的模拟中决定放行。"),
    "on_time": (
        "{share} of its logged signatures kept the limit.",
        "有记录的签批按时率 {share}。",
    ),
    # sums
    "total": (
        "Loss at actual speed {actual} CNY, with nobody over the limit {limit} CNY: the difference"
        " is the cost of delay. The shares and what nobody is charged for add up to it.",
        "实际用时损失 {actual} 元，全部按时限损失 {limit} 元，差额即协同延迟成本；"
        "各部门分摊额与不归责部分之和等于总额。",
    ),
    "nobody_late": (
        "No department signs over its limit, so that delay costs nothing.",
        "各部门均未超时，无延迟损失。",
    ),
    "no_cost": (
        "Departments sign over their limits, but goods would be loaded at the same hours, or no"
        " loss comes of it.",
        "有部门超时，但装车时刻不变或未增加损失。",
    ),
    "all_charged": (
        "Everything is charged. {limit} CNY is lost even if nobody is over the limit; nobody is"
        " charged for that.",
        "已全部分摊。即使均按时限签批仍损失 {limit} 元，不归责于任何部门。",
    ),
    "open": (
        "The gaps of the solver leave the total open from {low} to {high} CNY.",
        "求解差距使总额在 {low} 至 {high} 元之间。",
    ),
    "left": (
        "Time was up before {left} CNY could be told apart: nobody is charged without evidence,"
        " each department has what is certain at least. {limit} CNY is lost even if nobody is over"
        " the limit.",
        "时限内有 {left} 元未能区分，证据不足不归责，各部门只计确定的最小额。"
        "即使均按时限签批仍损失 {limit} 元。",
    ),
    # summary
    "degree": ("Coordination degree", "协同度"),
    "degree_text": (
        "{share} of what coordination can save is saved. Loss {worst} CNY with one signature after"
        " the other, each at its longest; {actual} CNY as it is; {ideal} CNY with limits met and"
        " all side by side. K = (uncoordinated - actual) / (uncoordinated - ideal).",
        "协同可避免的损失已避免 {share}。逐一签批且均取最长用时损失 {worst} 元，实际 {actual} 元，"
        "按时限且全部并行 {ideal} 元。K =（无协同 - 实际）/（无协同 - 理想）。",
    ),
    "delay_cost": ("Delay cost", "协同延迟成本"),
    "delay_cost_text": (
        "Added waiting {hours} person-h. {count} departments are over their limits.",
        "增加等待 {hours} 人时；{count} 个部门超时。",
    ),
    "bottleneck": ("Bottleneck department", "瓶颈部门"),
    "bottleneck_figure": ("{name}: {value} CNY", "{name}：{value} 元"),
    "bottleneck_step": ("Bottleneck step", "瓶颈步骤"),
    "step_text": (
        "It decides the release in {share} of the courses and takes {hours} h on average.",
        "在 {share} 的模拟中决定放行，平均用时 {hours} 小时。",
    ),
    "nobody": ("Not attributable", "不归责部分"),
    "paper": ("Hours of paper", "公文用时"),
    "paper_figure": ("{first} to {last} h", "{first} 至 {last} 小时"),
    "paper_text": (
        "From the event to the first and the last release as it is; {limit_first} to {limit_last} h"
        " with nobody over the limit, {ideal_first} to {ideal_last} h side by side.",
        "实际首末放行时刻；均按时限 {limit_first} 至 {limit_last} 小时，全部并行 {ideal_first} 至"
        " {ideal_last} 小时。",
    ),
    "solves": ("Solves", "求解次数"),
    "solves_text": (
        "{coalitions} groups of late departments and the other questions lead to {wanted} distinct"
        " tables of load hours, {solved} of them solved; {asked} questions were asked of the"
        " dispatch, {solves} solves made.",
        "{coalitions} 个部门组合及其他问题归并为 {wanted} 张装车时刻表，已求解 {solved} 张；"
        "向调度提问 {asked} 次，实际求解 {solves} 次。",
    ),
    "scenario_text": (
        "Degree {degree}. Largest share: {name}, {value} CNY.",
        "协同度 {degree}；分摊最多：{name}，{value} 元。",
    ),
}
"""English and Chinese by key."""


def say(key: str, lang: Language, **figures: object) -> str:
    """Return a word or sentence about delay costs.

    Parameters
    ----------
    key
        Key of ``DELAY_COST_WORDS``.
    lang
        ``en`` or ``zh``.
    figures
        Values of the places in braces.
    """
    return phrase(DELAY_COST_WORDS, key, lang, **figures)
