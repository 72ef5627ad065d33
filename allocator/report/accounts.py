"""What the loss accounts say in words, in both languages."""

from __future__ import annotations

from collections.abc import Callable

from allocator.report.facts import Facts
from allocator.report.words import Language, Phrases, phrase
from allocator.risks import EXPECTED
from allocator.schema.results import SummaryLine

__all__ = ["account_lines"]

_SENTENCES: Phrases = {
    "topic": ("Disaster loss", "灾害损失"),
    "expected": ("Disaster loss, expected", "灾害损失（概率加权）"),
    "account": (
        "Direct loss {direct}; insurers pay {payout} ({share:.1%}), {uninsured} is uninsured; "
        "{secondary} follows. Total not covered: {total}. Given in Risk_Elements, not planned.",
        "直接损失 {direct}；保险赔付 {payout}（{share:.1%}），未保险 {uninsured}；次生损失 "
        "{secondary}。未获补偿合计 {total}。取自风险要素记录，不随方案改变。",
    ),
    "covered": (
        "Scenarios with a probability of {share:.0%} have records.",
        "有记录的情景概率合计 {share:.0%}。",
    ),
}
"""English and Chinese by key."""

_WHOLE = 1.0 - 1e-6
"""A probability from here on is that of all scenarios."""


def account_lines(
    facts: Facts, lang: Language, money: Callable[[float, Language], str]
) -> list[SummaryLine]:
    """Return the line of the Summary sheet on losses: expected, or of the one scenario.

    Parameters
    ----------
    facts
        Case and plan.
    lang
        ``en`` or ``zh``.
    money
        How an amount is said.
    """
    totals = [row for row in facts.plan.loss_accounts if row.grouping == "all"]
    chosen = [row for row in totals if row.scenario == EXPECTED] or totals
    if len(chosen) != 1:
        return []
    row = chosen[0]
    direct = row.direct_loss_cny
    said = phrase(_SENTENCES, "account", lang).format(
        direct=money(direct, lang),
        payout=money(row.insurance_payout_cny, lang),
        share=row.insurance_payout_cny / direct if direct > 0 else 0.0,
        uninsured=money(row.uninsured_cny, lang),
        secondary=money(row.secondary_loss_cny, lang),
        total=money(row.total_loss_cny, lang),
    )
    is_expected = row.scenario == EXPECTED
    if is_expected and row.probability < _WHOLE:
        more = phrase(_SENTENCES, "covered", lang).format(share=row.probability)
        said = f"{said}{'' if lang == 'zh' else ' '}{more}"
    topic = phrase(_SENTENCES, "expected" if is_expected else "topic", lang)
    return [SummaryLine(topic=topic, figure=money(row.total_loss_cny, lang), sentence=said)]
