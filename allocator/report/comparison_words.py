"""What a comparison says in words, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.report.words import Language, Phrases, phrase
from allocator.report.worth import amount, unit_words
from allocator.schema.comparison import Kpi
from allocator.schema.words import CHOICES_ZH

__all__ = ["COMPARISON_WORDS", "change_word", "kpi_word", "say", "signed", "value_words"]

COMPARISON_WORDS: Phrases = {
    # topics and titles
    "title": ("Comparison of plans", "方案对比"),
    "against": ("{others} against {base}", "{others} 对比基准 {base}"),
    "base": ("base", "基准"),
    "plans": ("Plans", "方案"),
    "inputs": ("Inputs", "输入"),
    "options": ("Run options", "运行选项"),
    "kpis": ("Key figures", "关键指标"),
    "objective": ("Objective", "目标"),
    "apart": ("Distinguishable", "可区分"),
    "within_gaps": ("Within the gaps", "差距之内"),
    "other_stock": ("Apart for their stock", "就各自库存可区分"),
    "not_known": ("Not known", "无法判断"),
    "served": ("Served", "满足率"),
    "warehouses": ("Warehouses", "储备库"),
    "stock": ("Stock", "库存"),
    "trips": ("Trips", "车次"),
    "shortages": ("Shortages", "缺口"),
    "scenarios": ("Scenarios", "情景"),
    "left_out": ("Rows left out", "未列出的行"),
    "all_scenarios": ("dispatch, all scenarios", "调度（共有情景）"),
    # sentences
    "replayed": (
        "All plans were replayed from their cases: every rule and figure holds.",
        "全部方案均已由各自算例重放核验：规则与数值均成立。",
    ),
    "not_replayed": (
        "Not replayed, as no case was given: {names}. They were certified when they were written.",
        "未给出算例，未重放核验：{names}；写出时均已核验。",
    ),
    "inputs_same": (
        "Both plans are of the very same case: differences come from options, from the placement "
        "that a dispatch starts from, and from the search.",
        "两方案出自同一算例：差别来自选项、调度所依据的布局与求解。",
    ),
    "inputs_nothing": (
        "The cases are not the same, but no cell of theirs differs: only rows that are left out, "
        "or that say what is the default.",
        "两算例并非同一份，但无单元格不同：仅有缺省值写明与否之别。",
    ),
    "inputs_unknown": (
        "The plans are not known to be of one case, and what differs cannot be told without the "
        "cases. Maybe add --case BASECASE --case OTHERCASE.",
        "未给出算例，无法说明输入差别。可加 --case 基准算例 --case 对比算例。",
    ),
    "inputs_unread": (
        "The plans are of different cases; what differs cannot be told without them. Maybe add "
        "--case BASECASE --case OTHERCASE.",
        "两方案出自不同算例；未给出算例，无法说明差别。可加 --case 基准算例 --case 对比算例。",
    ),
    "same_figure": ("same case", "同一算例"),
    "unknown_figure": ("not known", "未知"),
    "input_counts": ("changed: {count:,}", "{count:,} 处变化"),
    "table_counts": ("{table}: {told}", "{table}：{told}"),
    "cells": ("cells {count:,}", "{count:,} 格"),
    "rows_added": ("rows added {count:,}", "增加 {count:,} 行"),
    "rows_removed": ("rows removed {count:,}", "删除 {count:,} 行"),
    "reordered": ("rows in another order", "行序改变"),
    "options_differ": ("{name} {base} → {other}", "{name} {base} → {other}"),
    "objectives": (
        "The plans minimise different things: the stages of one objective are not compared with "
        "those of another, key figures are.",
        "两方案目标不同：不同目标的目标值不作比较，仅比较关键指标。",
    ),
    "told_differ": (
        "Changes told to re-plans differ: rows {count:,}",
        "重新安排所据变化不同：{count:,} 行",
    ),
    "kpi_line": (
        "{part}, {name}: {base} → {other} ({difference})",
        "{part}，{name}：{base} → {other}（{difference}）",
    ),
    "and_more": ("and {count:,} more", "另有 {count:,} 项"),
    "apart_none": (
        "No difference is more than the gaps: better solves could undo any of them.",
        "无任何差别大于差距：更好的求解可能消除这些差别。",
    ),
    "count": ("{count:,}", "{count:,} 项"),
    "other_stock_why": (
        "Each is dispatched from its own placement; another placement within its gap might change "
        "that.",
        "各自由不同布局出发；差距之内的另一布局可能改变。",
    ),
    "not_known_why": (
        "No bound is known for these figures, or one stage was traded for another; they may "
        "change between equally good plans.",
        "这些指标无已知界，或为以前一目标换取；同样好的方案之间也可能不同。",
    ),
    "from_to": ("{base} → {other}", "{base} → {other}"),
    "served_expected": (
        "Weighted share of the need in hand in time, on average over the scenarios of both. ",
        "按概率平均（双方共有情景）的加权需求满足率。",
    ),
    "served_one": (
        "Weighted share of the need in hand in time, {name}. ",
        "“{name}”加权需求满足率。",
    ),
    "warehouse_counts": (
        "{opened} opened, {closed} closed, {resized} resized",
        "新启用 {opened}，关闭 {closed}，改变规模 {resized}",
    ),
    "kept": ("Unchanged: {count:,}.", "不变 {count:,} 座。"),
    "named": ("{change}: {names}.", "{change}：{names}。"),
    "stock_counts": ("changed: {count:,}", "{count:,} 处库存不同"),
    "stock_total": ("{item} {difference}", "{item} {difference}"),
    "stock_totals": ("In all: {told}.", "合计：{told}。"),
    "stock_moved": (
        "In all as much of each item; only places differ.",
        "各物资总量不变，仅存放地点不同。",
    ),
    "trip_counts": (
        "{added:,} added, {dropped:,} dropped, {retimed:,} retimed, {reloaded:,} reloaded",
        "增加 {added:,}，减少 {dropped:,}，改时 {retimed:,}，改装 {reloaded:,}",
    ),
    "trips_same": (
        "{same:,} are as in the base. Trips of one lane and vehicle kind are paired by load, then "
        "by hour; {shift}",
        "{same:,} 车次与基准相同。同线路同车型的车次按装载、再按时刻配对；{shift}",
    ),
    "shift": (
        "those retimed leave {shift:+.1f} h against the base on average.",
        "改时车次平均 {shift:+.1f} 小时。",
    ),
    "no_shift": ("none is retimed.", "无改时车次。"),
    "shortage_counts": (
        "{gained:,} gained, {ended:,} ended, {larger:,} larger, {smaller:,} smaller",
        "新增 {gained:,}，消除 {ended:,}，扩大 {larger:,}，缩小 {smaller:,}",
    ),
    "districts_worse": ("Worse off: {names}.", "变差：{names}。"),
    "districts_better": ("Better off: {names}.", "变好：{names}。"),
    "shortages_same": ("No shortage differs.", "缺口无差别。"),
    "scenarios_here": ("Only in {plan}: {names}.", "仅 {plan} 有：{names}。"),
    "rows_left_out": (
        "{sheet}: the first {shown:,} of {total:,} rows are listed; --json has all.",
        "{sheet}：仅列前 {shown:,} 行（共 {total:,} 行），--json 含全部。",
    ),
    # sentences of key figures
    "kpi_apart": (
        "Distinguishable: with {base} in the base and {other} here, no best plans can be alike.",
        "可区分：基准为 {base}，本方案为 {other}，最优值不可能相同。",
    ),
    "kpi_apart_later": (
        "Distinguishable among plans that keep the stages before: {base} in the base, {other} "
        "here.",
        "在不变差前面目标的方案中可区分：基准为 {base}，本方案为 {other}。",
    ),
    "kpi_other_stock": (
        "The intervals do not overlap for the stock that each dispatch starts from, {base} in the "
        "base, {other} here; another placement within its gap might change that.",
        "就各自出发库存区间不相交（基准 {base}，本方案 {other}）；差距之内的另一布局可能改变。",
    ),
    "kpi_within_gaps": (
        "Within the gaps, not distinguishable: {base} in the base, {other} here.",
        "在差距之内，不可区分：基准为 {base}，本方案为 {other}。",
    ),
    "kpi_same": ("No difference.", "无差别。"),
    "kpi_trade": (
        "Less where an earlier stage is worse: not to be compared by itself.",
        "此项较小而前一目标较差：不可单独比较。",
    ),
    "kpi_no_bound": (
        "No bound is known for this figure; it may change between equally good plans.",
        "该指标无已知界；同样好的方案之间也可能不同。",
    ),
    "kpi_objectives_differ": (
        "The plans minimise different things: by this name each means another figure.",
        "两方案目标不同：同名数值含义不同。",
    ),
    "kpi_only_base": ("Only the base has it.", "仅基准有此项。"),
    "kpi_only_other": ("The base does not have it.", "基准无此项。"),
    "interval": ("{low} to {high}", "{low} 至 {high}"),
    "one_end": ("{value} (no bound)", "{value}（无界）"),
    # page
    "no_rows": ("Nothing differs.", "无差别。"),
    "all": ("all", "合计"),
    "no_inputs": ("No cell of the inputs differs.", "输入无差别。"),
    "page_rows": (
        "The first {shown:,} of {total:,} rows are shown; all are in the workbook.",
        "仅显示前 {shown:,} 行（共 {total:,} 行），全部见工作簿。",
    ),
    "curves": ("Share of the need in hand, by hour", "满足率随时间变化"),
    "curves_note": (
        "The {shown} scenarios of {total} in which the curves differ most.",
        "{total} 个情景中曲线差别最大的 {shown} 个。",
    ),
    "foot": (
        "One self-contained file: opens from disk, asks no network for anything. What "
        "distinguishable means is said in docs/model.md.",
        "单一自包含文件：可离线打开，不访问网络。“可区分”的含义见 docs/model.md。",
    ),
    # charts
    "chart_kpis": ("Difference from {base}, relative", "与基准 {base} 的相对差额"),
    "chart_served": ("Share of the need in hand in time", "时限内满足率"),
    "chart_curves": (
        "Share of the need in hand by hour, where the curves differ most",
        "满足率随时间变化（差别最大的情景）",
    ),
    "chart_shortages": (
        "Missing, weighted units over all scenarios compared",
        "缺口（加权件，共有情景合计）",
    ),
    "chart_figure": ("figure", "指标"),
    "chart_share": ("difference over the base's value", "差额与基准值之比"),
    "chart_weighted": ("weighted units", "加权件"),
    "chart_district": ("district", "区县"),
    # signs between parts of a sentence
    "list": (", ", "、"),
    "semicolon": ("; ", "；"),
    "colon": (": ", "："),
    "stop": (".", "。"),
    "space": (" ", ""),
}
"""English and Chinese by key."""

_KPI_NAMES: Mapping[str, str] = {
    "unmet": "unmet need",
    "social": "social cost",
    "cover-all": "warehouses that cover all",
    "cover-most": "people covered",
    "median": "person-hours",
    "center": "longest way",
    "served_share": "served share",
    "expected_unmet_share": "expected unmet share",
    "cvar_unmet_share": "unmet share in the worst cases",
    "open_count": "warehouses in use",
    "used_m3": "volume of the stock",
    "one_off_cost_cny": "one-off cost",
    "annual_cost_cny": "annual cost",
    "volume_m3": "cargo",
    "distance_km": "distance, one way",
    "cost_cny": "transport cost",
    "hours_paper": "hours of sign-offs",
    "hours_wheels": "hours of driving",
}
"""English names of key figures whose code is not their name; the Chinese ones are the sheet's."""


_COUNTED = frozenset({"trips", "warehouses"})
"""Units that the name of the figure tells."""


def say(key: str, lang: Language, **figures: object) -> str:
    """Return a word or sentence of the comparison.

    Parameters
    ----------
    key
        Key of ``COMPARISON_WORDS``.
    lang
        ``en`` or ``zh``.
    figures
        Values of the places in braces.
    """
    return phrase(COMPARISON_WORDS, key, lang, **figures)


def kpi_word(name: str, lang: Language) -> str:
    """Return the name of a key figure."""
    return CHOICES_ZH[name] if lang == "zh" else _KPI_NAMES.get(name, name)


def change_word(change: str, lang: Language) -> str:
    """Return what became of a thing."""
    return CHOICES_ZH[change] if lang == "zh" else change


def value_words(value: float | None, unit: str, lang: Language) -> str:
    """Return a value of a key figure with its unit; a dash where there is none."""
    if value is None:
        return "-"
    if unit == "share":
        return f"{value:.2%}"
    if unit in _COUNTED:
        return amount(value)
    return f"{amount(value)} {unit_words(unit, lang)}".rstrip()


def signed(row: Kpi, lang: Language) -> str:
    """Return the difference of a key figure with its sign, relative where that can be said."""
    if row.difference is None:
        return "-"
    if row.unit == "share":
        return f"{100 * row.difference:+,.2f} {'个百分点' if lang == 'zh' else 'points'}"
    if row.difference_share is not None:
        return f"{row.difference_share:+,.2%}"
    return f"{row.difference:+,.4g}"
