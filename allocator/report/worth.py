"""What the comparison of plans says in words, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.plan import Plan
from allocator.report.facts import Facts
from allocator.report.words import Language, Phrases, phrase, word
from allocator.schema.results import SummaryLine
from allocator.schema.words import CHOICES_ZH
from allocator.schema.worth import WorthLine

__all__ = ["amount", "plan_word", "unit_words", "with_worth_sentences", "worth_summary"]

_NAMES: Mapping[str, str] = {
    "model_plan": "the model's plan",
    "today": "today's network",
    "p_median": "p-median",
    "greedy": "greedy",
    "mean_value": "mean-value plan",
    "wait_and_see": "perfect foresight (bound)",
    "vss": "VSS",
    "evpi": "EVPI",
}
"""English names of the lines; the Chinese ones are those of the sheet."""

_UNITS_ZH = {
    "weighted units": "加权件",
    "weighted unit-hours": "加权件·小时",
    "CNY/year": "元/年",
    "CNY": "元",
    "warehouses": "座",
    "people": "人",
    "person-hours": "人·小时",
    "h": "小时",
    "share": "比例",
    "trips": "车次",
}

_SENTENCES: Phrases = {
    "model": (
        "The true best value lies between {low} and {high} {unit}.",
        "真正的最优值在 {low} 与 {high} {unit}之间。",
    ),
    "too_short": (
        "A simpler plan is better: the time was too short for the model. Raise --time-limit.",
        "有更好的简单方案：模型求解时间不足，请增大 --time-limit。",
    ),
    "less": (
        "{difference} {unit} more than the model's plan{share}.",
        "比模型方案多 {difference} {unit}{share}。",
    ),
    "better": (
        "{difference} {unit} less than the model's plan{share}.",
        "比模型方案少 {difference} {unit}{share}。",
    ),
    "same": ("As good as the model's plan.", "与模型方案相同。"),
    "none": ("No plan was found: {note}", "未找到方案：{note}"),
    "broken": (
        "It breaks hard rules ({rules}), so it is no plan that could be chosen.",
        "违反硬性规则（{rules}），不可采用。",
    ),
    "stopped": (
        "Its search was stopped by the time limit; it might get further.",
        "搜索因时限而停止，或可更好。",
    ),
    "held": (
        "On scenarios held back: {value} {unit}.",
        "在样本外情景上：{value} {unit}。",
    ),
    "wait_and_see": (
        "No plan can be better: every scenario is planned with perfect foresight.",
        "每个情景均按完全预知规划，任何方案都不会更好。",
    ),
    "vss": (
        "What planning with all scenarios saves against planning for the expected one: "
        "{low} to {high} {unit}{share}.",
        "按全部情景规划比按期望情景规划少 {low} 至 {high} {unit}{share}。",
    ),
    "vss_none": (
        "Not defined: the mean-value plan was not found, or it breaks a hard rule ({rules}).",
        "无定义：未得到均值情景方案，或其违反硬性规则（{rules}）。",
    ),
    "evpi": (
        "What knowing the disaster beforehand could save at most: {low} to {high} {unit}{share}.",
        "若事先知道灾情，最多可再少 {low} 至 {high} {unit}{share}。",
    ),
    "point": ("{low} {unit}", "{low} {unit}"),
    "share": (" ({share:.1%})", "（{share:.1%}）"),
    "shares": (" ({low:.1%} to {high:.1%})", "（{low:.1%} 至 {high:.1%}）"),
    "interval": ("{low} to {high}", "{low} 至 {high}"),
}
"""English and Chinese by key."""


def _say(key: str, lang: Language, **figures: object) -> str:
    return phrase(_SENTENCES, key, lang).format(**figures)


def plan_word(plan: str, lang: Language) -> str:
    """Return the name of a line of the comparison."""
    return CHOICES_ZH[plan] if lang == "zh" else _NAMES[plan]


def unit_words(unit: str, lang: Language) -> str:
    """Return the unit of the values."""
    return _UNITS_ZH.get(unit, unit) if lang == "zh" else unit


def amount(value: float) -> str:
    """Return a figure with the digits that matter."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"


def with_worth_sentences(plan: Plan, lang: Language) -> Plan:
    """Return the plan with the sentences of its comparison in a language.

    Parameters
    ----------
    plan
        The plan; the sentences of its lines are notes of the engine so far.
    lang
        ``en`` or ``zh``.
    """
    model = next((row.value for row in plan.worth if row.plan == "model_plan"), None)
    rows = (
        row.model_copy(update={"sentence": _sentence(row, model, lang)[:2000]})
        for row in plan.worth
    )
    return plan.replace(WorthLine, tuple(rows))


def _sentence(row: WorthLine, model: float | None, lang: Language) -> str:
    """What a line means."""
    unit = unit_words(row.unit, lang)
    if row.plan in ("vss", "evpi"):
        return _worth_sentence(row, model, lang)
    if row.plan == "wait_and_see":
        return _say("wait_and_see", lang)
    if row.value is None:
        return _say("none", lang, note=row.sentence)
    parts = []
    if row.plan == "model_plan" and row.value_low is not None and row.value_high is not None:
        low, high = amount(row.value_low), amount(row.value_high)
        parts.append(_say("model", lang, low=low, high=high, unit=unit))
        if row.value_high < row.value * (1.0 - 1e-6):
            parts.append(_say("too_short", lang))
    elif row.difference is not None:
        parts.append(_difference(row.difference, row.difference_share, unit, lang))
    if row.broken_rules:
        parts.append(_say("broken", lang, rules=row.broken_rules))
    if row.sentence:
        parts.append(_say("stopped", lang))
    if row.held_back_value is not None:
        parts.append(_say("held", lang, value=amount(row.held_back_value), unit=unit))
    return ("" if lang == "zh" else " ").join(parts)


def _difference(difference: float, share: float | None, unit: str, lang: Language) -> str:
    """Say how far a plan is from the model's."""
    if abs(difference) <= 1e-6:
        return _say("same", lang)
    key = "less" if difference > 0 else "better"
    told = "" if share is None else _say("share", lang, share=abs(share))
    return _say(key, lang, difference=amount(abs(difference)), unit=unit, share=told)


def _worth_sentence(row: WorthLine, model: float | None, lang: Language) -> str:
    """What VSS or EVPI say."""
    if row.value_low is None or row.value_high is None:
        return _say("vss_none", lang, rules=row.broken_rules or "-")
    share = ""
    if model is not None and model > 0:
        share = _say("shares", lang, low=row.value_low / model, high=row.value_high / model)
    low, high = amount(row.value_low), amount(row.value_high)
    return _say(row.plan, lang, low=low, high=high, unit=unit_words(row.unit, lang), share=share)


def worth_summary(facts: Facts, lang: Language) -> list[SummaryLine]:
    """Lines of the Summary sheet on the comparison; none without one."""
    lines = []
    colon = "：" if lang == "zh" else ": "
    for row in facts.plan.worth:
        figure = "-" if row.value is None else f"{amount(row.value)} {unit_words(row.unit, lang)}"
        if row.value is None and row.value_low is not None and row.value_high is not None:
            figure = _say("interval", lang, low=amount(row.value_low), high=amount(row.value_high))
        topic = f"{word('worth', lang)}{colon}{plan_word(row.plan, lang)}"
        lines.append(SummaryLine(topic=topic, figure=figure, sentence=row.sentence))
    return lines
