"""What drills say in words, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

from allocator.case import Case
from allocator.report.words import Language, Phrases, phrase
from allocator.report.worth import amount
from allocator.schema.lab_results import DrillResult, DrillStep, Hardening, SectorLoss
from allocator.schema.results import SummaryLine
from allocator.schema.words import CHOICES_ZH
from allocator.tables import TableSet

__all__ = ["say_of_drill", "subject_words", "with_drill_sentences"]

_SENTENCES: Phrases = {
    "added": (
        "The failure adds {added} CNY to the best dispatch (between {low} and {high})",
        "失效使最优调度的社会成本增加 {added} 元（{low} 至 {high} 之间）",
    ),
    "signatures": (
        "late signatures alone add {added} CNY (between {low} and {high})",
        "仅签批推迟即增加 {added} 元（{low} 至 {high} 之间）",
    ),
    "topic.bottleneck": ("Bottleneck", "瓶颈"),
    "bottleneck": (
        "{step} {name} ({department}): alone at its longest it moves the end to hour {longest:.1f}",
        "{step} {name}（{department}）：仅此步取最长用时，流程即拖至第 {longest:.1f} 小时",
    ),
    "informed": (
        "told instead of asked, the procedure ends at hour {informed:.1f}",
        "改为知会，流程第 {informed:.1f} 小时即可签毕",
    ),
    "served": (
        "served by the deadline {after:.1%} instead of {before:.1%}",
        "时限内满足率由 {before:.1%} 变为 {after:.1%}",
    ),
    "need": ("{share:.1%} more is needed", "需求增加 {share:.1%}"),
    "sectors": ("the sectors lose {loss} CNY of output", "各系统损失产出 {loss} 元"),
    "signed": (
        "the rehearsed procedure ends at hour {after:.1f} instead of {before:.1f}",
        "所演练流程在第 {after:.1f} 小时签毕，而非第 {before:.1f} 小时",
    ),
    "no_dispatch": ("nothing was dispatched", "未做调度"),
    "saves_output": ("{loss} CNY of output", "产出 {loss} 元"),
    "saves_hours": ("{hours:.1f} h of full failure", "完全失效 {hours:.1f} 小时"),
    "saves_dispatch": (
        "{saved} CNY of dispatch (between {low} and {high})",
        "调度损失 {saved} 元（{low} 至 {high} 之间）",
    ),
    "saves_signed": ("{hours:.1f} h of signatures", "签批 {hours:.1f} 小时"),
    "harden": ("From {before:.3g} to {after:.3g}: saves ", "由 {before:.3g} 到 {after:.3g}：节省"),
    "saves_nothing": ("nothing", "无"),
    "saves_less": (
        "From {before:.3g} to {after:.3g} it would make things worse: the sector also fails faster",
        "由 {before:.3g} 到 {after:.3g} 反而更差：该系统失效也更快",
    ),
    "topic.added": ("Added cost of the dispatch", "调度增加损失"),
    "topic.sectors": ("Lost output", "系统损失"),
    "topic.signed": ("Signed", "签毕时刻"),
    "topic.worst": ("Hardest hit", "受创最重"),
    "topic.latest": ("Latest signature", "推迟最多的签批"),
    "topic.first": ("Harden first", "优先加固"),
    "topic.limits": ("Limits", "局限"),
    "worst": (
        "{name}: {peak:.0%} of its output lost at hour {hour:g}",
        "{name}：第 {hour:g} 小时损失产出 {peak:.0%}",
    ),
    "latest": (
        "{procedure}/{step} {name} ({department}): {later:.1f} h later",
        "{procedure}/{step} {name}（{department}）：推迟 {later:.1f} 小时",
    ),
    "limits": (
        "Dependencies are those of a stable economy, linear and the same in every hour (Haimes et "
        "al. 2005); all shares that are marked so are assumptions.",
        "依赖关系取自平稳经济，线性且各时段不变（Haimes 等，2005）；标注为假设者均为假设。",
    ),
    "chart.cascade": ("Output lost by each sector: {drill}", "各系统失效比例：{drill}"),
    "chart.hour": ("hour", "小时"),
    "chart.lost": ("part of the output lost", "产出损失比例"),
}
"""English and Chinese by key."""


_TOLD_HOURS = 0.05
"""Fewer hours are not told: they are shown with one digit."""


def say_of_drill(key: str, lang: Language, **figures: object) -> str:
    """Return words by key with their figures filled in."""
    return phrase(_SENTENCES, key, lang).format(**figures)


def _joined(parts: list[str], lang: Language) -> str:
    text = ("；" if lang == "zh" else "; ").join(parts)
    return text + "。" if lang == "zh" else text[:1].upper() + text[1:] + "."


def subject_words(row: Hardening, case: Case, lang: Language) -> str:
    """Return what is hardened with the names of sectors, and what a link acts on, in words.

    Parameters
    ----------
    row
        A row of Hardening.
    case
        Where the names are.
    lang
        ``en`` or ``zh``.
    """
    if lang != "zh":
        return row.subject
    names = {sector.sector: sector.name for sector in case.sectors}
    if row.kind == "dependency":
        depending, _, on = row.subject.partition(" <- ")
        return f"{names.get(depending, depending)}依赖{names.get(on, on)}"
    if row.kind == "link":
        sector, _, rest = row.subject.partition(" -> ")
        acts_on, _, subject = rest.partition(" ")
        told = f"{names.get(sector, sector)}影响{CHOICES_ZH.get(acts_on, acts_on)}"
        return f"{told}（{subject}）" if subject else told
    return names.get(row.subject, row.subject)


def with_drill_sentences(case: Case, tables: TableSet, lang: Language) -> TableSet:
    """Return what a drill came to with its sentences and its summary.

    Parameters
    ----------
    case
        The case.
    tables
        Rows of ``DRILL_SHEETS``.
    lang
        ``en`` or ``zh``.
    """
    told = tables.replace(
        DrillResult,
        (
            row.model_copy(update={"sentence": _result(row, lang)})
            for row in tables.rows(DrillResult)
        ),
    )
    told = told.replace(
        Hardening,
        (
            row.model_copy(update={"sentence": _hardening(row, lang)})
            for row in tables.rows(Hardening)
        ),
    )
    lines = [line for row in told.rows(DrillResult) for line in _summary(row, case, told, lang)]
    if lines:
        lines.append(SummaryLine(topic=say_of_drill("topic.limits", lang), sentence=_limits(lang)))
    return told.replace(SummaryLine, lines)


def _limits(lang: Language) -> str:
    return say_of_drill("limits", lang)


def _result(row: DrillResult, lang: Language) -> str:
    """What a drill costs."""
    parts = []
    if row.added_cny is None:
        parts.append(say_of_drill("no_dispatch", lang))
    else:
        low, high = amount(row.added_low_cny or 0.0), amount(row.added_high_cny or 0.0)
        figures = {"added": amount(row.added_cny), "low": low, "high": high}
        parts.append(say_of_drill("added", lang, **figures))
    if row.signatures_cny is not None:
        low, high = amount(row.signatures_low_cny or 0.0), amount(row.signatures_high_cny or 0.0)
        figures = {"added": amount(row.signatures_cny), "low": low, "high": high}
        parts.append(say_of_drill("signatures", lang, **figures))
    if row.served_with_share is not None:
        shares = {"after": row.served_with_share, "before": row.served_without_share}
        parts.append(say_of_drill("served", lang, **shares))
    if row.added_need_share > 0:
        parts.append(say_of_drill("need", lang, share=row.added_need_share))
    parts.append(say_of_drill("sectors", lang, loss=amount(row.sector_loss_cny)))
    if row.signed_with_hours is not None:
        hours = {"after": row.signed_with_hours, "before": row.signed_without_hours}
        parts.append(say_of_drill("signed", lang, **hours))
    return _joined(parts, lang)


def _hardening(row: Hardening, lang: Language) -> str:
    """What one hardened link saves."""
    change = {"before": row.before, "after": row.after}
    if row.saved_failure_hours < -1e-6 and row.saved_loss_cny <= 0:
        return _joined([say_of_drill("saves_less", lang, **change)], lang)
    parts = []
    if row.saved_loss_cny > 0:
        parts.append(say_of_drill("saves_output", lang, loss=amount(row.saved_loss_cny)))
    elif row.saved_failure_hours >= _TOLD_HOURS:
        parts.append(say_of_drill("saves_hours", lang, hours=row.saved_failure_hours))
    if row.saved_cny is not None:
        low, high = amount(row.saved_low_cny or 0.0), amount(row.saved_high_cny or 0.0)
        figures = {"saved": amount(row.saved_cny), "low": low, "high": high}
        parts.append(say_of_drill("saves_dispatch", lang, **figures))
    if row.saved_sign_off_hours >= _TOLD_HOURS:
        parts.append(say_of_drill("saves_signed", lang, hours=row.saved_sign_off_hours))
    between = "、" if lang == "zh" else ", "
    saved = between.join(parts) or say_of_drill("saves_nothing", lang)
    return say_of_drill("harden", lang, **change) + saved + ("。" if lang == "zh" else ".")


def _summary(row: DrillResult, case: Case, tables: TableSet, lang: Language) -> list[SummaryLine]:
    """Lines on one drill."""
    added = "-" if row.added_cny is None else f"{amount(row.added_cny)} CNY"
    lines = [
        SummaryLine(
            topic=row.name, figure=case_name(case, row.scenario), sentence=_note(case, row)
        ),
        SummaryLine(topic=say_of_drill("topic.added", lang), figure=added, sentence=row.sentence),
        SummaryLine(
            topic=say_of_drill("topic.sectors", lang),
            figure=f"{amount(row.sector_loss_cny)} CNY",
            sentence=_worst_sector(row.drill, tables, lang),
        ),
    ]
    steps = [each for each in tables.rows(DrillStep) if each.drill == row.drill]
    lines += [*_latest(steps, lang), *_bottleneck(steps, lang)]
    first = next((each for each in tables.rows(Hardening) if each.drill == row.drill), None)
    if first is not None:
        lines.append(
            SummaryLine(
                topic=say_of_drill("topic.first", lang),
                figure=subject_words(first, case, lang),
                sentence=first.sentence,
            )
        )
    return lines


def _latest(steps: Sequence[DrillStep], lang: Language) -> list[SummaryLine]:
    """Line on the step that is signed so much later than any other."""
    last = max(steps, key=lambda each: each.later_hours, default=None)
    if last is None or last.later_hours <= 0:
        return []
    figures = last.model_dump(include={"procedure", "step", "name", "department"})
    told = _joined([say_of_drill("latest", lang, later=last.later_hours, **figures)], lang)
    topic = say_of_drill("topic.latest", lang)
    return [SummaryLine(topic=topic, figure=f"+{last.later_hours:.1f} h", sentence=told)]


def _bottleneck(steps: Sequence[DrillStep], lang: Language) -> list[SummaryLine]:
    """Line on the step that holds the rehearsed procedure up most if it takes its longest."""
    own = [each for each in steps if each.end_at_longest_hours is not None]
    worst = max(own, key=lambda each: each.end_at_longest_hours or 0.0, default=None)
    if worst is None:
        return []
    figures = worst.model_dump(include={"step", "name", "department"})
    longest = worst.end_at_longest_hours
    parts = [say_of_drill("bottleneck", lang, longest=longest, **figures)]
    if worst.end_if_informed_hours is not None:
        parts.append(say_of_drill("informed", lang, informed=worst.end_if_informed_hours))
    topic = say_of_drill("topic.bottleneck", lang)
    return [SummaryLine(topic=topic, figure=worst.name, sentence=_joined(parts, lang))]


def case_name(case: Case, scenario: str) -> str:
    """Name of a scenario of the chosen sample, else its code."""
    names = {row.scenario: row.name for row in case.scenarios}
    return names.get(scenario, scenario)


def _note(case: Case, row: DrillResult) -> str:
    return next((drill.note for drill in case.drills if drill.drill == row.drill), "")


def _worst_sector(drill: str, tables: TableSet, lang: Language) -> str:
    rows = [row for row in tables.rows(SectorLoss) if row.drill == drill]
    if not rows:
        return ""
    worst = max(rows, key=lambda row: (row.loss_cny, row.failure_hours))
    figures = {"name": worst.name, "peak": worst.peak_share, "hour": worst.peak_hours}
    return _joined([say_of_drill("worst", lang, **figures)], lang)
