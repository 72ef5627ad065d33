"""All tables of coordination in words of one language."""

from __future__ import annotations

from allocator.case import Case
from allocator.report.delay_costs import with_delay_cost_sentences
from allocator.report.reform_sentences import with_reform_sentences
from allocator.report.words import Language
from allocator.responsibility import duty_rows, with_owner_sentences
from allocator.schema.coordination import Duty, Owner
from allocator.tables import TableSet

__all__ = ["with_coordination_sentences"]


def with_coordination_sentences(tables: TableSet, case: Case, lang: Language) -> TableSet:
    """Return tables of coordination with Summary and sentences in a language.

    Parameters
    ----------
    tables
        What ``coordinate`` returned; in which language makes no difference.
    case
        The case.
    lang
        ``en`` or ``zh``.
    """
    told = with_delay_cost_sentences(tables, lang)
    told = with_reform_sentences(told, case, lang)
    if told.rows(Owner):
        told = told.replace(Owner, with_owner_sentences(told.rows(Owner), case, lang))
    return told.replace(Duty, duty_rows(case, lang)) if told.rows(Duty) else told
