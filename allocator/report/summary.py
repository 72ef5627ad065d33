"""The verdict and the key figures in sentences, for the Summary sheet and the head of the page."""

from __future__ import annotations

from collections import Counter

from allocator.engine.summary import STAGES, headline, placement_figures
from allocator.plan import LOCATION_PART, PLACEMENT_PART
from allocator.report.accounts import account_lines
from allocator.report.assumptions import assumed_rows
from allocator.report.facts import Facts
from allocator.report.replans import replan_lines
from allocator.report.sentences import sentence
from allocator.report.sheet_columns import stage_unit
from allocator.report.words import WORDS, Language, word
from allocator.report.worth import worth_summary
from allocator.schema.results import Stage, SummaryLine

__all__ = ["is_certified", "money", "quality_words", "summarise"]

MOST_SCENARIOS = 30
"""Scenarios with a line of their own; of more, the worst served are listed."""

PROVEN_GAP = 1e-6
"""A gap below this is the solver's rounding."""

SMALLEST_TOLD_GAP = 1e-4
"""A gap below this is not told apart from it."""


def is_certified(facts: Facts) -> bool:
    """Whether the plan passed the replay."""
    return facts.plan.run_info.get("certified") == "yes"


def money(value_cny: float, lang: Language) -> str:
    """Return an amount as a planner says it."""
    return sentence("money", lang, millions=value_cny / 1e6, wan=value_cny / 1e4)


def quality_words(stage: Stage, lang: Language) -> str:
    """Say how good a stage of a plan is."""
    if stage.gap is None or stage.bound is None:
        parts = [sentence("no_bound", lang)]
    elif stage.gap <= PROVEN_GAP:
        parts = [sentence("optimal", lang)]
    elif stage.gap <= SMALLEST_TOLD_GAP:
        parts = [sentence("gap_tiny", lang)]
    else:
        parts = [sentence("gap", lang, gap=stage.gap)]
        if stage.controllable_gap is not None and stage.controllable_gap > 1.01 * stage.gap:
            parts.append(sentence("controllable_gap", lang, gap=stage.controllable_gap))
    if stage.status in {"time_limit", "stalled"}:
        parts.append(sentence(stage.status, lang))
    return _joined(parts, lang)


def summarise(facts: Facts, lang: Language) -> tuple[SummaryLine, ...]:
    """Return the rows of the Summary sheet: the verdict, then what it rests on."""
    lines = [*_verdict_lines(facts, lang)]
    if facts.plan.has_placement and facts.plan.open_warehouses:
        lines += _placement_lines(facts, lang)
    if facts.plan.responsible:
        lines.append(_coverage_line(facts, lang))
    lines += _stage_lines(facts, lang)
    lines += worth_summary(facts, lang)
    lines += _reduction_lines(facts, lang)
    lines += [*replan_lines(facts, lang), *_dispatch_lines(facts, lang)]
    lines += account_lines(facts, lang, money)
    return (*lines, *_last_lines(facts, lang))


def _stage_lines(facts: Facts, lang: Language) -> list[SummaryLine]:
    """Say what each stage of the placement reached, and which ones the limit cut off."""
    stages = [row for row in facts.plan.stages if row.part in (PLACEMENT_PART, LOCATION_PART)]
    colon = sentence("colon", lang)
    lines = [
        SummaryLine(
            topic=f"{word(row.part, lang)}{colon}{_stage_word(row.stage, lang)}",
            figure=f"{row.objective:,.2f} {stage_unit(row.part, row.stage, lang)}".rstrip(),
            sentence=quality_words(row, lang),
        )
        for row in stages
    ]
    reached = {row.stage for row in stages if row.part == PLACEMENT_PART}
    objective = facts.plan.run_info.get("objective", facts.case.settings.objective)
    missing = [key for key in STAGES.get(objective, ()) if reached and key not in reached]
    lines += [
        SummaryLine(
            topic=f"{word(PLACEMENT_PART, lang)}{colon}{_stage_word(key, lang)}",
            sentence=sentence("stage_missing", lang),
        )
        for key in missing
    ]
    return lines


def _reduction_lines(facts: Facts, lang: Language) -> list[SummaryLine]:
    """Say on how many scenarios the placement was searched, and what that costs in exactness."""
    rows, errors = facts.plan.scenario_reduction, facts.plan.reduction_errors
    objective = facts.plan.run_info.get("objective", facts.case.settings.objective)
    leading = headline(facts.plan.stages, PLACEMENT_PART, objective)
    if not rows or leading is None:
        return []
    share = {row.measure: row.share for row in errors}
    kept = sum(row.is_kept for row in rows)
    return [
        SummaryLine(
            topic=word("reduction", lang),
            figure=f"{kept} / {len(rows)}",
            sentence=sentence(
                "reduction",
                lang,
                kept=kept,
                count=len(rows),
                share=share.get("kantorovich", 0.0),
                difference=share.get(leading.stage, 0.0),
            ),
        )
    ]


def _joined(parts: list[str], lang: Language) -> str:
    return ("" if lang == "zh" else " ").join(parts)


def _stage_word(stage: str, lang: Language) -> str:
    return word(stage, lang) if stage in WORDS else stage


def _verdict_lines(facts: Facts, lang: Language) -> list[SummaryLine]:
    key = "certified" if is_certified(facts) else "not_certified"
    lines = [
        SummaryLine(
            topic=word("verdict", lang), figure=word(key, lang), sentence=sentence(key, lang)
        )
    ]
    shares = facts.served_shares
    if shares:
        worst = min(shares, key=lambda code: shares[code])
        lines.append(
            SummaryLine(
                topic=word("served", lang),
                figure=f"{facts.expected_served_share:.1%}",
                sentence=sentence(
                    "served" if len(shares) > 1 else "served_one",
                    lang,
                    count=len(shares),
                    expected=facts.expected_served_share,
                    horizon=facts.case.settings.horizon_hours,
                    name=facts.scenario_name(worst),
                    worst=shares[worst],
                ),
            )
        )
    return lines


def _placement_lines(facts: Facts, lang: Language) -> list[SummaryLine]:
    figures = placement_figures(facts.case, facts.plan)
    ours = [row for row in facts.warehouses if row.decision not in ("external", "shut", "hub")]
    count = Counter(row.decision for row in ours)
    decisions = sentence("list", lang).join(
        sentence("join", lang, number=count[key], word=word(key, lang))
        for key in ("keep", "open", "resize", "close")
        if count[key]
    )
    used = sum(row.used_m3 for row in ours)
    volume = sum(row.volume_m3 for row in ours if row.decision != "close")
    price = {row.item: row.price_cny for row in facts.case.items}
    own = {row.warehouse for row in ours}
    rows = [row for row in facts.plan.stock_plan if row.warehouse in own]
    settings = facts.case.settings
    lines = [
        SummaryLine(
            topic=word("warehouses", lang),
            figure=sentence("open_count", lang, open=len(figures.open_warehouses)),
            sentence=sentence(
                "warehouses",
                lang,
                open=len(figures.open_warehouses),
                decisions=decisions,
                external=sum(row.decision == "external" for row in facts.warehouses),
            ),
        ),
        SummaryLine(
            topic=word("stock", lang),
            figure=f"{used:,.0f} m3",
            sentence=sentence(
                "stock",
                lang,
                used=used,
                volume=volume,
                share=used / volume if volume > 0 else 0.0,
                buy=money(sum(row.buy_units * price[row.item] for row in rows), lang),
                withdraw=money(sum(row.withdraw_units * price[row.item] for row in rows), lang),
            ),
        ),
        _cost_line("one_off", figures.one_off_cost_cny, settings.capital_budget_cny, lang),
        _cost_line("annual", figures.annual_cost_cny, settings.annual_budget_cny, lang),
    ]
    if len(facts.case.scenarios) > 1:
        lines.append(
            SummaryLine(
                topic="CVaR",
                figure=f"{figures.cvar_unmet_share:.2%}",
                sentence=sentence("tail", lang, tail=1 - settings.cvar_alpha),
            )
        )
    if facts.plan.loss_results:
        lines.append(_loss_line(facts, lang))
    return lines


def _loss_line(facts: Facts, lang: Language) -> SummaryLine:
    """What single losses do to the plan."""
    rows = facts.plan.loss_results
    hurts = max(rows, key=lambda row: row.expected_added_unmet)
    least = min(rows, key=lambda row: row.served_share)
    parts = [
        sentence(
            "losses",
            lang,
            count=len(rows),
            hurts=hurts.lost or hurts.loss,
            added=hurts.expected_added_unmet,
            worst=least.served_share,
            name=facts.scenario_name(least.scenario),
            lost=least.lost or least.loss,
        )
    ]
    promised = [row for row in rows if row.promised_share]
    if promised:
        key = "losses_promised" if all(row.is_kept for row in promised) else "losses_broken"
        share = promised[0].promised_share or 0.0
        parts.append(sentence(key, lang, promised=share, kept=len(promised)))
    return SummaryLine(
        topic=word("losses", lang),
        figure=f"{least.served_share:.1%}",
        sentence=_joined(parts, lang),
    )


def _cost_line(key: str, spent: float, budget: float | None, lang: Language) -> SummaryLine:
    limit = sentence("no_budget", lang)
    if budget is not None:
        limit = sentence("within_budget", lang, budget=money(budget, lang), share=spent / budget)
    return SummaryLine(
        topic=word(f"{key}_cost", lang),
        figure=money(spent, lang),
        sentence=_joined([sentence(key, lang), limit], lang),
    )


def _coverage_line(facts: Facts, lang: Language) -> SummaryLine:
    rows = facts.plan.responsible
    people = sum(row.population_people for row in rows)
    covered = sum(row.population_people for row in rows if row.is_covered)
    return SummaryLine(
        topic=word("covered", lang),
        figure=f"{covered:,.0f}",
        sentence=sentence(
            "covered",
            lang,
            share=covered / people if people > 0 else 0.0,
            warehouses=len(facts.answering),
        ),
    )


def _dispatch_lines(facts: Facts, lang: Language) -> list[SummaryLine]:
    if not facts.is_dispatched:
        return []
    worst_first = sorted(facts.scenarios, key=lambda code: facts.served_shares[code])
    listed = set(worst_first[:MOST_SCENARIOS])
    lines = [_dispatch_line(facts, code, lang) for code in facts.scenarios if code in listed]
    others = len(worst_first) - len(listed)
    if others > 0:
        lines.append(
            SummaryLine(
                topic=word("scenarios", lang),
                sentence=sentence("dispatch_others", lang, count=others),
            )
        )
    return lines


def _dispatch_line(facts: Facts, scenario: str, lang: Language) -> SummaryLine:
    trips = facts.trips(scenario)
    cargo = sum(trip.volume_m3 for trip in trips)
    parts = []
    if cargo > 0:
        paper = sum(trip.release_hours * trip.volume_m3 for trip in trips) / cargo
        driving = sum((t.arrive_hours - t.depart_hours) * t.volume_m3 for t in trips)
        parts.append(sentence("dispatch_hours", lang, paper=paper, wheels=driving / cargo))
    legs = [leg for leg in facts.plan.leg_trips if leg.scenario == scenario]
    if legs:
        hubs = sorted({facts.warehouse_name(leg.hub) for leg in legs})
        onward = sum(trip.warehouse in {leg.hub for leg in legs} for trip in trips)
        names = sentence("list", lang).join(hubs[:MOST_SCENARIOS])
        parts.append(sentence("dispatch_legs", lang, count=len(legs), hubs=names, onward=onward))
    rows = [(row.served_share, row.name) for row in facts.districts(scenario)]
    short = [(share, name) for share, name in rows if share is not None and share < 1 - 1e-6]
    if short:
        share, name = min(short)
        parts.append(sentence("dispatch_worst", lang, name=name, share=share))
    objective = facts.plan.run_info.get("objective", facts.case.settings.objective)
    leading = headline(facts.plan.stages, scenario, objective)
    if leading is not None:
        parts.append(quality_words(leading, lang))
    colon = sentence("colon", lang)
    return SummaryLine(
        topic=f"{word('scenario', lang)}{colon}{facts.scenario_name(scenario)}",
        figure=sentence(
            "dispatch_figure", lang, share=facts.served_shares[scenario], trips=len(trips)
        ),
        sentence=_joined(parts, lang),
    )


def _last_lines(facts: Facts, lang: Language) -> list[SummaryLine]:
    lines = []
    if facts.is_dispatched:
        rows = [row for code in facts.scenarios for row in facts.shortages(code)]
        count = Counter(row.reason or "not_looked_into" for row in rows)
        reasons = sentence("list", lang).join(
            sentence("reason", lang, number=number, word=word(key, lang) if key in WORDS else key)
            for key, number in count.most_common()
        )
        lines.append(
            SummaryLine(
                topic=word("shortages", lang),
                figure=sentence("pairs", lang, count=len(rows)),
                sentence=sentence(
                    "shortages", lang, count=len({row.scenario for row in rows}), reasons=reasons
                )
                if rows
                else sentence("no_shortages", lang),
            )
        )
    assumed = sum(assumed_rows(facts.case).values())
    lines.append(
        SummaryLine(
            topic=word("assumptions", lang),
            figure=sentence("rows", lang, count=assumed),
            sentence=sentence("assumptions", lang, sheet=word("sheet.assumptions", lang)),
        )
    )
    seconds = facts.plan.run_info.get("seconds", "")
    if seconds:
        lines.append(
            SummaryLine(
                topic=word("run", lang),
                figure=facts.plan.run_info.get("case_digest", "")[:12],
                sentence=sentence("seconds", lang, seconds=seconds),
            )
        )
    return lines
