"""What owners and duties say in words, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from allocator.approvals import step_hours
from allocator.case import Case
from allocator.report.words import Language, Phrases, phrase, word
from allocator.responsibility.causes import AT_WAREHOUSE, NOT_ATTRIBUTABLE, PAPER
from allocator.schema.coordination import Owner
from allocator.schema.procedure import ApprovalStep

__all__ = ["duty_words", "with_owner_sentences"]

_SENTENCES: Phrases = {
    "shortage": (
        "{units} units of {item} never reach {district}",
        "{district}缺{item} {units} 件",
    ),
    "late": (
        "{units} units of {item} reach {district} {hours} h late on the mean",
        "{district}的{item} {units} 件平均迟到 {hours} 小时",
    ),
    "cause": ("cause: {cause}", "原因：{cause}"),
    "at": ("cause: {cause} ({place})", "原因：{cause}（{place}）"),
    "step": (
        "the release waits for {name} ({subject}), which takes {hours} h",
        "放行取决于“{name}”（{subject}），用时 {hours} 小时",
    ),
    "over": ("{over} h over its limit of {limit} h", "超过限时 {limit} 小时达 {over} 小时"),
    "within": ("within its limit of {limit} h", "未超过限时 {limit} 小时"),
    "no_limit": ("no limit is set", "未规定限时"),
    "slowed": (
        "{over} h more than planned, no limit is set",
        "比计划多 {over} 小时，未规定限时",
    ),
    "answers": ("{department} answers for it", "由{department}负责"),
    "nobody": ("nobody can be charged with it", "无法归责于任何部门"),
    "level": (
        "all warehouses of level {level} without a row of their own: {count}",
        "没有单独规定的全部{level}库：{count} 座",
    ),
    "disabled": ("{name} (not in use)", "{name}（未启用）"),
    "level.central": ("central", "中央级"),
    "level.province": ("province", "省级"),
    "level.city": ("city", "市级"),
    "level.county": ("county", "县级"),
    "level.township": ("township", "乡镇级"),
}
"""English and Chinese by key."""


def duty_words(key: str, lang: Language, **figures: object) -> str:
    """Return words of a duty.

    Parameters
    ----------
    key
        ``level`` (with a level and a count) or ``disabled`` (with a name).
    lang
        ``en`` or ``zh``.
    figures
        What stands in the braces.
    """
    if "level" in figures:
        figures["level"] = phrase(_SENTENCES, f"level.{figures['level']}", lang)
    return phrase(_SENTENCES, key, lang, **figures)


def with_owner_sentences(rows: Iterable[Owner], case: Case, lang: Language) -> list[Owner]:
    """Return owners with their sentences in a language.

    Parameters
    ----------
    rows
        Owners, with or without sentences.
    case
        Where names, durations and limits are found.
    lang
        ``en`` or ``zh``.
    """
    names = _Names(case)
    return [row.model_copy(update={"sentence": _sentence(row, names, lang)}) for row in rows]


class _Names:
    """Names and steps of a case by code."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.districts = {row.district: row.name for row in case.districts}
        self.items = {row.item: row.name for row in case.items}
        self.warehouses = {row.warehouse: row.name for row in case.warehouses}
        self.steps = {f"{row.procedure}/{row.step}": row for row in case.approval_steps}
        self._hours: dict[str, Mapping[tuple[str, str], float]] = {}

    @cached_property
    def _usual(self) -> Mapping[tuple[str, str], float]:
        return step_hours(self._case, None, "planned")

    def hours(self, scenario: str, step: ApprovalStep) -> tuple[float, float]:
        """Duration of a step under a scenario, and without one. [h]."""
        if scenario not in self._hours:
            self._hours[scenario] = step_hours(self._case, scenario, "planned")
        key = step.procedure, step.step
        return self._hours[scenario][key], self._usual[key]


def _sentence(row: Owner, names: _Names, lang: Language) -> str:
    """What one row says."""
    hours = "" if row.late_hours is None else f"{row.late_hours:.1f}"
    opening = phrase(
        _SENTENCES,
        row.kind,
        lang,
        units=f"{row.amount_units:,.10g}",
        item=names.items.get(row.item, row.item),
        district=names.districts.get(row.district, row.district),
        hours=hours,
    )
    if row.department == NOT_ATTRIBUTABLE:
        who = phrase(_SENTENCES, "nobody", lang)
    else:
        name = row.department_name or row.department
        who = phrase(_SENTENCES, "answers", lang, department=name)
    cause = _cause_words(row, names, lang)
    text = f"{opening}；{cause}；{who}。" if lang == "zh" else f"{opening}; {cause}; {who}."
    return text[:2000]


def _cause_words(row: Owner, names: _Names, lang: Language) -> str:
    """The cause, and where it binds."""
    step = names.steps.get(row.subject) if row.cause == PAPER else None
    if step is not None:
        return _step_words(row, step, names, lang)
    cause = word(row.cause, lang)
    place = names.warehouses.get(row.subject) if row.cause in AT_WAREHOUSE else None
    key = "cause" if place is None else "at"
    return phrase(_SENTENCES, key, lang, cause=cause, place=place)


def _step_words(row: Owner, step: ApprovalStep, names: _Names, lang: Language) -> str:
    """The step that binds, and whether it keeps its limit."""
    hours, usual = names.hours(row.scenario, step)
    told = phrase(
        _SENTENCES,
        "step",
        lang,
        name=step.name,
        subject=row.subject,
        hours=f"{hours:.4g}",
    )
    limit = step.limit_hours
    if limit is None:
        key = "slowed" if hours > usual else "no_limit"
        over = hours - usual
    else:
        key = "over" if hours > limit else "within"
        over = hours - limit
    shown = "" if limit is None else f"{limit:.4g}"
    limited = phrase(_SENTENCES, key, lang, over=f"{over:.4g}", limit=shown)
    return f"{told}，{limited}" if lang == "zh" else f"{told}, {limited}"
