"""Reforms and rule variants in sentences, with the guard rails that hold or break."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from allocator.case import Case
from allocator.coordination.guard_rails import Guard, GuardRails
from allocator.coordination.reformed import read_changes
from allocator.coordination.variants import TODAY, variants_of
from allocator.report.reform_words import (
    Names,
    guard_words,
    money,
    reform_words,
    say,
    signed_money,
)
from allocator.report.words import LANGUAGES, Language
from allocator.schema.coordination import Reform, VariantResult
from allocator.schema.results import RunInfo, SummaryLine
from allocator.tables import TableSet

__all__ = ["with_reform_sentences"]

_LONGEST = 2000
"""Characters that a cell may hold."""


def with_reform_sentences(tables: TableSet, case: Case, lang: Language) -> TableSet:
    """Return the tables with sentences and guard rails of reforms and variants in a language.

    Parameters
    ----------
    tables
        With rows of ``Reforms``, ``Variant_Results`` and ``Run_Info``; their lines of the summary
        are put behind those that are there.
    case
        The case.
    lang
        ``en`` or ``zh``.
    """
    names = Names(case)
    reforms = [_reform(row, case, names, lang) for row in tables.rows(Reform)]
    variants = [_variant(row, tables, case, names, lang) for row in tables.rows(VariantResult)]
    topics = {say("topic_reforms", code) for code in LANGUAGES}
    kept = [row for row in tables.rows(SummaryLine) if row.topic not in topics]
    kept = [row for row in kept if row.topic not in set(_variant_topics(variants))]
    lines = [*_reform_lines(reforms, tables, lang), *_variant_lines(variants, lang)]
    return (
        tables.replace(Reform, reforms)
        .replace(VariantResult, variants)
        .replace(SummaryLine, [*kept, *lines])
    )


def _rails(case: Case, scenario: str) -> GuardRails:
    """Guard rails of one scenario, or of all."""
    known = [row.scenario for row in case.scenarios]
    return GuardRails(case, [scenario] if scenario in known else known)


def _told(guards: Iterable[Guard], names: Names, lang: Language) -> str:
    """Guard rails in one cell."""
    between = "; " if lang == "en" else "；"
    return between.join(dict.fromkeys(guard_words(one, names, lang) for one in guards))


def _reform(row: Reform, case: Case, names: Names, lang: Language) -> Reform:
    """One set of changes with its words."""
    changes = read_changes(row.changes)
    rails = _rails(case, row.scenario)
    guards = rails.holding(changes) if row.is_allowed else rails.broken(changes)
    why = _told(guards, names, lang)
    between = "; " if lang == "en" else "；"
    what = between.join(reform_words(one, names, lang) for one in changes)
    sentence = say(
        "reform",
        lang,
        what=what,
        hours=_signed(-row.saved_release_hours),
        money=signed_money(-row.saved_cny, lang),
        low=money(row.saved_low_cny, lang),
        high=money(row.saved_high_cny, lang),
        people=_signed(-row.saved_person_hours, 0),
    )
    if not row.is_allowed:
        sentence = _joined([sentence, say("refused", lang, why=why)], lang)
    return row.model_copy(update={"guards": why[:_LONGEST], "sentence": sentence[:_LONGEST]})


def _signed(value: float, digits: int = 1) -> str:
    """Number with its sign; nothing has none."""
    rounded = round(value, digits)
    return f"{rounded:+,.{digits}f}" if rounded else f"{0:.{digits}f}"


def _joined(sentences: Sequence[str], lang: Language) -> str:
    """Sentences one after the other."""
    return ("" if lang == "zh" else " ").join(sentences)


def _percent(share: float) -> str:
    """Share with its sign in percent."""
    return f"{_signed(100.0 * share)} %"


def _name(code: str, lang: Language) -> str:
    """Name of a variant."""
    return say("today", lang) if code == TODAY else code


def _variant(
    row: VariantResult, tables: TableSet, case: Case, names: Names, lang: Language
) -> VariantResult:
    """One comparison with its words."""
    reforms = variants_of(case).get(row.variant, ())
    codes = [info.text for info in tables.rows(RunInfo) if info.name == "scenarios"]
    known = {scenario.scenario for scenario in case.scenarios}
    chosen = [code for text in codes for code in text.split("; ") if code in known]
    guards = GuardRails(case, chosen or sorted(known)).broken(reforms)
    why = "" if row.is_allowed else _told(guards, names, lang)
    sentence = _variant_sentence(row, why, lang)
    return row.model_copy(update={"guards": why[:_LONGEST], "sentence": sentence[:_LONGEST]})


def _variant_sentence(row: VariantResult, why: str, lang: Language) -> str:
    """What a comparison may claim."""
    mean = _percent(row.change_share)
    if row.runs_count == 1:
        parts = [say("one_pair", lang, mean=mean)]
    else:
        is_one = row.scenarios_count == 1
        count = row.runs_count if is_one else row.scenarios_count
        parts = [
            say(
                "variant",
                lang,
                variant=_name(row.variant, lang),
                base=_name(row.base, lang),
                better=row.better_count,
                runs=row.runs_count,
                equal=say("equal", lang, count=row.equal_count) if row.equal_count else "",
                mean=mean,
                low=_percent(row.change_low_share),
                high=_percent(row.change_high_share),
                units=say("by_courses" if is_one else "by_scenarios", lang, count=count),
            )
        ]
        parts += [say("one_scenario", lang)] if is_one else []
    parts += [say("breaks", lang, why=why)] if why else []
    return _joined(parts, lang)


def _reform_lines(
    rows: Sequence[Reform], tables: TableSet, lang: Language
) -> Iterable[SummaryLine]:
    """Line of the summary: the best set of each size, and how it was found."""
    facts = {info.name: info.text for info in tables.rows(RunInfo)}
    scenarios = [name.split(" ", 1)[1] for name in facts if name.startswith("reforms_choice ")]
    if not scenarios:
        return
    chief = "any" if "any" in scenarios else scenarios[0]
    best = [row for row in rows if row.scenario == chief and row.is_allowed and row.rank == 1]
    how, count = facts[f"reforms_choice {chief}"], facts.get(f"reforms_priced {chief}", "")
    if not best:
        sentence = say("none" if how == "exact" else how, lang, count=count)
        yield SummaryLine(topic=say("topic_reforms", lang), sentence=sentence)
        return
    most = max(best, key=lambda row: row.saved_cny)
    sentences = [*(row.sentence for row in best), say(how, lang, count=count)]
    yield SummaryLine(
        topic=say("topic_reforms", lang),
        figure=signed_money(-most.saved_cny, lang),
        sentence=_joined(sentences, lang)[:_LONGEST],
    )


def _variant_topics(rows: Sequence[VariantResult]) -> Iterable[str]:
    """Topics of the comparisons in either language."""
    for row in rows:
        for lang in LANGUAGES:
            yield _variant_topic(row, lang)


def _variant_topic(row: VariantResult, lang: Language) -> str:
    """Topic of one comparison."""
    variant, base = _name(row.variant, lang), _name(row.base, lang)
    return say("topic_variant", lang, variant=variant, base=base)


def _variant_lines(rows: Sequence[VariantResult], lang: Language) -> Iterable[SummaryLine]:
    """Lines of the summary: each comparison; a single pair has no figure, for it claims nothing."""
    for row in rows:
        figure = "" if row.runs_count == 1 else _percent(row.change_share)
        topic = _variant_topic(row, lang)
        yield SummaryLine(topic=topic, figure=figure, sentence=row.sentence)
