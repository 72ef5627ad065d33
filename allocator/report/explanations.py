"""What explanations say in words, in both languages, and the workbook that holds them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from allocator.case import Case
from allocator.intake.plain import sheet_title
from allocator.plan import Plan
from allocator.report.facts import Facts
from allocator.report.sheet_columns import sheet_table
from allocator.report.sheet_rows import filled_sheets, save_with_sheets
from allocator.report.sheets import lay_out, new_workbook, wrapped_widths
from allocator.report.words import Language, Phrases, phrase, word
from allocator.report.worth import amount
from allocator.schema import EXPLANATION_SHEETS
from allocator.schema.explanations import Certificate, Choice, Explanation, RepairOption
from allocator.schema.row import Row
from allocator.schema.words import CHOICES_ZH
from allocator.tables import TableSet

__all__ = ["change_words", "reason_words", "with_explanation_sentences", "write_explanations"]

_SENTENCES: Phrases = {
    "missing": ("{unmet} of {demand} units are missing", "需 {demand} 件，缺 {unmet} 件"),
    "whole_units": ("only whole units are sent", "只按整件发运"),
    "within_gap_now": (
        "they could still come with nothing else changed: a better plan is possible",
        "其余不变仍可发运：方案可再改进",
    ),
    "within_gap": (
        "a plan that is no worse serves them: the choice is within the gap",
        "另有不差的方案可以满足：属差距之内",
    ),
    "vehicles": ("more vehicles alone let them come", "增加车辆即可到达"),
    "docks": ("more load starts alone let them come", "增加装车能力即可到达"),
    "drivers": ("a second driver, no rests, alone lets them come", "双驾驶员免停歇即可到达"),
    "receiving": ("more receiving at the district alone lets them come", "提高接收能力即可到达"),
    "convoy": ("leaving without company alone lets them come", "免除编队要求即可到达"),
    "through_hub": (
        "more through hubs alone lets them come: vehicles, load starts or room there, or trips on "
        "the legs to them",
        "提高中转能力（站上车辆、装车、接收或干线车次）即可到达",
    ),
    "paper": ("earlier signatures alone let them come", "提前审批即可到达"),
    "home_reserve": ("releasing home reserves alone lets them come", "动用本省保留量即可到达"),
    "roads": ("whole roads alone let them come", "道路通畅即可到达"),
    "lower_priority": (
        "they would come if this need came first; others have the goods",
        "若优先满足即可到达，物资已给他处",
    ),
    "out_of_reach": ("only a later deadline lets them come", "只有放宽时限才能到达"),
    "no_stock": ("only more stock lets them come", "只有增加库存才能满足"),
    "together": (
        "no one thing is enough, these together are: {things}",
        "单项均不足，须合并：{things}",
    ),
    "nothing": ("nothing that was relaxed lets them come", "所试各项均无法满足"),
    "repair": ("at least {repair}", "至少 {repair}"),
    "cost": ("known cost {cost} CNY", "已知费用 {cost} 元"),
    "also": ("also enough: {also}", "其他可行：{also}"),
    "now": ("{units} of them could come at once", "其中 {units} 件现即可补"),
    "alone": (
        "alone, at most {units} units of the need could come",
        "即使独占，最多可得 {units} 件",
    ),
    "late": (
        "all else as planned the last would be {hours} h late",
        "其余不变最后一批迟 {hours} 小时",
    ),
    "losers": (
        "served first, these get less: {losers} (unmet {change:+,.6g} weighted units)",
        "若优先，受损：{losers}（缺供 {change:+,.6g} 加权件）",
    ),
    "unproven": ("a solve ended at its limit", "有求解因时限而止"),
    "supply": (
        "usable stock {have} against a need of {need} {unit}",
        "可用库存 {have}，需 {need} {unit}",
    ),
    "reach": (
        "usable stock that can arrive in time {have} against a need of {need} {unit}",
        "按时可达的可用库存 {have}，需 {need} {unit}",
    ),
    "count_docks": (
        "load starts and stock let {have} leave in time, of {need} {unit} needed",
        "装车能力与库存按时可发 {have}，需 {need} {unit}",
    ),
    "count_fleet": (
        "vehicles and stock let {have} leave in time, of {need} {unit} needed",
        "车辆往返与库存按时可发 {have}，需 {need} {unit}",
    ),
    "count_receiving": (
        "the district can take {have} in time, of {need} {unit} needed",
        "区县按时可接收 {have}，需 {need} {unit}",
    ),
    "proves": ("at least {units} units are missing under every plan", "任何方案至少缺 {units} 件"),
    "proves_none": ("this proves no shortage", "不足以证明缺口"),
    "impossible": (
        "No trip from there is possible; alone enough to make one: {things}",
        "没有可行车次；单独放宽即可：{things}",
    ),
    "more_by": ("alone enough for more to go: {things}", "单独放宽即可多发：{things}"),
    "all_sent": ("all that it has is sent", "库存已全部发出"),
    "no_need": ("nothing that it still holds is missing anywhere", "其余库存各地均不缺"),
    "within_gap_more": ("more could go with nothing relaxed", "无须放宽即可多发"),
    "warehouse_lost": ("the warehouse is lost", "储备库已失效"),
    "hard_rules": (
        "no plan that keeps the hard promises and limits does so",
        "凡满足硬性承诺与限额的方案均不可如此",
    ),
    "due": (
        "had this not been told, they would come: {changes}",
        "若无此变更即可到达：{changes}",
    ),
    "no_forced": ("No plan with this choice was found in time", "时限内未找到这样的方案"),
    "same": (
        "{difference} against the plan: not distinguishable within the gaps",
        "与方案相差 {difference}：在差距之内不可区分",
    ),
    "later": (
        "{difference} against the plan: counts only between plans alike in {stage}",
        "与方案相差 {difference}：{stage}相同时才比较",
    ),
    "worse": ("{difference} against the plan: proven worse", "与方案相差 {difference}：已证明更差"),
    "better": (
        "{difference} against the plan: better, so the plan can be improved",
        "与方案相差 {difference}：更好，方案可改进",
    ),
}
"""English and Chinese by key."""

_HINDRANCES = frozenset({"all_sent", "no_need", "within_gap", "warehouse_lost", "hard_rules"})
"""What keeps a warehouse from sending, besides things that may be relaxed."""


_UNITS_ZH = {
    "load starts/h": "次装车/小时",
    "vehicles": "辆",
    "departures": "班次",
    "steps": "项",
    "trips": "车次",
    "units": "件",
    "h": "小时",
}
"""Chinese units of amounts."""


def _say(key: str, lang: Language, **figures: object) -> str:
    return phrase(_SENTENCES, key, lang).format(**figures)


def _joined(parts: list[str], lang: Language) -> str:
    text = ("；" if lang == "zh" else "; ").join(parts)
    return (text + "。")[:2000] if lang == "zh" else (text[:1].upper() + text[1:] + ".")[:2000]


def reason_words(reason: str, lang: Language, mark: str = "+") -> str:
    """Return the words of one or more reasons.

    Parameters
    ----------
    reason
        As in the sheet.
    lang
        ``en`` or ``zh``.
    mark
        What parts several.
    """
    between = {"+": ("与", " and "), ";": ("、", ", ")}[mark][lang == "en"]
    return between.join(word(part.strip(), lang) for part in reason.split(mark) if part.strip())


def with_explanation_sentences(tables: TableSet, lang: Language) -> TableSet:
    """Return explanations with their sentences in a language.

    Parameters
    ----------
    tables
        Explanations, Repairs, Certificates, Choices.
    lang
        ``en`` or ``zh``.
    """
    told = tables.replace(
        Explanation,
        (
            row.model_copy(update={"sentence": _explanation(row, lang)})
            for row in tables.rows(Explanation)
        ),
    )
    told = told.replace(
        Certificate,
        (
            row.model_copy(update={"sentence": _certificate(row, lang)})
            for row in tables.rows(Certificate)
        ),
    )
    choices = tables.rows(Choice)
    return told.replace(
        Choice,
        (
            row.model_copy(update={"sentence": _choice(row, _decided(choices[:k], row), lang)})
            for k, row in enumerate(choices)
        ),
    )


def _decided(earlier: Sequence[Choice], row: Choice) -> str:
    """Stage before in which the plans are told apart, if there is one."""
    return next(
        (
            one.stage
            for one in earlier
            if one.alternative == row.alternative and one.is_distinguishable
        ),
        "",
    )


def _explanation(row: Explanation, lang: Language) -> str:
    """The reason of a shortage with its figures."""
    unmet, demand = amount(row.unmet_units), amount(row.demand_units)
    parts = [_say("missing", lang, unmet=unmet, demand=demand)]
    is_now = row.now_units >= row.unmet_units - 1.0
    if row.reason == "within_gap" and is_now:
        parts.append(_say("within_gap_now", lang))
    elif "+" in row.reason:
        parts.append(_say("together", lang, things=reason_words(row.reason, lang)))
    elif row.reason == "out_of_reach" and not row.repair:
        parts.append(_say("nothing", lang))
    else:
        parts.append(_say(row.reason, lang))
    if row.changes:
        parts.append(_say("due", lang, changes=change_words(row.changes, lang)))
    if row.repair:
        parts.append(_say("repair", lang, repair=_repair_words(row.repair, lang)))
        if row.cost_cny:
            parts.append(_say("cost", lang, cost=amount(row.cost_cny)))
    if row.reason == "whole_units" or (row.reason == "within_gap" and is_now):
        return _joined(parts, lang)
    if row.also:
        parts.append(_say("also", lang, also=reason_words(row.also, lang, ";")))
    if row.now_units >= 1:
        parts.append(_say("now", lang, units=amount(row.now_units)))
    if row.alone_units < row.demand_units - 1.0:
        parts.append(_say("alone", lang, units=amount(row.alone_units)))
    if row.late_hours:
        parts.append(_say("late", lang, hours=f"{row.late_hours:.1f}"))
    if row.losers and row.unmet_change is not None:
        parts.append(_say("losers", lang, losers=row.losers, change=row.unmet_change))
    if not row.is_proven:
        parts.append(_say("unproven", lang))
    return _joined(parts, lang)


def _certificate(row: Certificate, lang: Language) -> str:
    """What a count says."""
    key = row.kind if row.kind in ("supply", "reach") else f"count_{row.kind}"
    unit = {"units": "件"}.get(row.unit, row.unit) if lang == "zh" else row.unit
    count = _say(key, lang, have=amount(row.have), need=amount(row.need), unit=unit)
    proof = "proves" if row.short_units > 0 else "proves_none"
    return _joined([count, _say(proof, lang, units=amount(row.short_units))], lang)


def _choice(row: Choice, decided: str, lang: Language) -> str:
    """What an alternative changes, and what keeps the warehouse from it."""
    parts = []
    if row.reason in _HINDRANCES:
        name = "within_gap_more" if row.reason == "within_gap" else row.reason
        parts.append(_say(name, lang))
    elif row.reason:
        key = "more_by" if row.alternative == "more" else "impossible"
        parts.append(_say(key, lang, things=reason_words(row.reason, lang, ";")))
    elif row.forced_value is None:
        parts.append(_say("no_forced", lang))
    if row.forced_value is not None:
        difference = row.difference or 0.0
        if decided and not (row.is_distinguishable and difference > 0):
            stage = word(decided, lang)
            parts.append(_say("later", lang, difference=f"{difference:+,.6g}", stage=stage))
            return _joined(parts, lang)
        key = "same" if not row.is_distinguishable else "worse" if difference > 0 else "better"
        parts.append(_say(key, lang, difference=f"{difference:+,.6g}"))
    return _joined(parts, lang)


def write_explanations(
    case: Case, plan: Plan, tables: TableSet, path: Path, lang: Language
) -> None:
    """Write explanations as a workbook.

    Parameters
    ----------
    case, plan
        Where names are found.
    tables
        Explanations, Repairs, Certificates, Choices, with sentences.
    path
        ``.xlsx`` file to write.
    lang
        Language of sheet names and headers.
    """
    facts = Facts(case, plan)
    workbook = new_workbook()
    rows: dict[int, list[list[object]]] = {}
    wrapped: dict[int, dict[int, float]] = {}
    for place, kind in enumerate(EXPLANATION_SHEETS.values(), start=1):
        sheet = workbook.create_sheet(sheet_title(kind, lang))
        shown = tables.rows(kind)
        if lang == "zh":
            shown = tuple(_in_chinese(row) for row in shown)
        table = sheet_table(kind, shown, facts, lang)
        lay_out(sheet, table, lang)
        rows[place], wrapped[place] = table.rows, wrapped_widths(sheet, table)
    held = BytesIO()
    workbook.save(held)
    save_with_sheets(held.getvalue(), filled_sheets(held.getvalue(), rows, wrapped), path)


def change_words(changes: str, lang: Language) -> str:
    """Return changes with their kinds in words."""
    told = []
    for change in re.split(r"(; | \+ )", changes):
        kind, _, rest = change.partition(" ")
        word_ = CHOICES_ZH.get(kind, kind) if lang == "zh" else kind.replace("_", " ")
        is_mark = change in ("; ", " + ")
        told.append(change if is_mark else f"{word_} {rest}".strip())
    return "".join(told)


def _in_chinese(row: Row) -> Row:
    """Return a row with its words in Chinese; the codes stay in the JSON document."""
    if isinstance(row, RepairOption):
        unit = _UNITS_ZH.get(row.unit, row.unit)
        told = {
            "thing": word(row.thing, "zh"),
            "unit": unit,
            "place": _place_words(row.place, "zh"),
        }
        return row.model_copy(update=told)
    if isinstance(row, Choice):
        return row.model_copy(update={"reason": _reason_in_chinese(row.reason)})
    if not isinstance(row, Explanation):
        return row
    told = {
        "reason": reason_words(row.reason, "zh"),
        "also": reason_words(row.also, "zh", ";"),
        "changes": change_words(row.changes, "zh"),
        "repair": _repair_words(row.repair, "zh"),
    }
    return row.model_copy(update=told)


def _reason_in_chinese(reason: str) -> str:
    """Return what keeps a warehouse from sending in Chinese."""
    if reason in _HINDRANCES:
        return _say("within_gap_more" if reason == "within_gap" else reason, "zh")
    return reason_words(reason, "zh", ";")


def _repair_words(repair: str, lang: Language) -> str:
    """Return a repair with its units in a language."""
    if lang == "zh":
        for unit, told in _UNITS_ZH.items():
            repair = re.sub(rf"(?<=\d) {re.escape(unit)}(?= \(|;|$)", f" {told}", repair)
    return _place_words(repair, lang)


def _place_words(place: str, lang: Language) -> str:
    """Return places, where each tells its own unit, in a language."""
    if lang == "zh":
        for unit, told in _UNITS_ZH.items():
            place = re.sub(rf" {re.escape(unit)}(?= [\d.,]+(?:\)|;|$))", f" {told}", place)
    return place
