"""Sentences about shortages in the language of the report.

The engine writes the figures of a shortage into an English sentence of fixed phrases
(``allocator.engine.dispatch_reasons``); here each phrase is recognised and said in Chinese.
"""

from __future__ import annotations

import re

from allocator.plan import Plan
from allocator.report.words import Language
from allocator.schema.results import Shortage

__all__ = ["reason_sentence", "with_sentences_in"]

_NUMBER = r"(?P<units>[-+\d.,e]+)"
_PLACES = r"(?P<places>\d+) warehouses?"

_OPENING = re.compile(rf"{_NUMBER} of (?P<need>[-+\d.,e]+) units are missing: (?P<rest>.*)\.")

_PHRASES_ZH: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        ("only whole units are sent", "只按整件发运"),
        (rf"for {_NUMBER} units there is no stock left anywhere", "{units} 件各库均已无库存"),
        (
            rf"{_NUMBER} units lie in {_PLACES} that cannot arrive in time",
            "{places} 个库的 {units} 件无法按时到达",
        ),
        (
            rf"{_NUMBER} units in {_PLACES} would arrive in time but for the sign-offs",
            "{places} 个库的 {units} 件若无审批即可按时到达",
        ),
        (
            rf"{_NUMBER} units in {_PLACES} wait for vehicles, none is free",
            "{places} 个库的 {units} 件等待车辆，无空闲车辆",
        ),
        (
            rf"{_NUMBER} units in {_PLACES} wait for docks, all taken",
            "{places} 个库的 {units} 件等待装车位，均已占用",
        ),
        (
            rf"{_NUMBER} units in {_PLACES} find the district's receiving full",
            "{places} 个库的 {units} 件因区县接收能力已满而未发",
        ),
        (
            rf"{_NUMBER} units in {_PLACES} are kept for their own province",
            "{places} 个库的 {units} 件为本省保留",
        ),
        (
            rf"{_NUMBER} units in {_PLACES} can only come through a hub",
            "{places} 个库的 {units} 件只能经中转站运来",
        ),
        (
            rf"{_NUMBER} units in {_PLACES} find no convoy that is large enough",
            "{places} 个库的 {units} 件凑不成编队而未发",
        ),
        (
            rf"{_NUMBER} units in {_PLACES} could still go: a better plan is possible",
            "{places} 个库的 {units} 件仍可发运：方案可再改进",
        ),
    )
)


def _phrase(part: str) -> str:
    """Return one phrase in Chinese; one that is not known stays as it is."""
    for pattern, text in _PHRASES_ZH:
        match = pattern.fullmatch(part)
        if match:
            return text.format(**match.groupdict())
    return part


def reason_sentence(sentence: str, lang: Language) -> str:
    """Return the sentence of a shortage in a language.

    Parameters
    ----------
    sentence
        As the engine writes it.
    lang
        ``en`` or ``zh``.
    """
    match = _OPENING.fullmatch(sentence) if lang == "zh" else None
    if match is None:
        return sentence
    parts = "；".join(_phrase(part) for part in match["rest"].split("; "))
    return f"需 {match['need']} 件，缺 {match['units']} 件：{parts}。"


def with_sentences_in(plan: Plan, lang: Language) -> Plan:
    """Return the plan with the sentences of its shortages in a language.

    Parameters
    ----------
    plan
        The plan.
    lang
        ``en`` or ``zh``.
    """
    if lang == "en":
        return plan
    rows = (
        row.model_copy(update={"sentence": reason_sentence(row.sentence, lang)})
        for row in plan.shortages
    )
    return plan.replace(Shortage, tuple(rows))
