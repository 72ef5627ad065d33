"""Who answers for each shortage and each late arrival of a plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from allocator.case import Case
from allocator.plan import Plan
from allocator.report.words import Language
from allocator.responsibility.causes import AT_WAREHOUSE, NO_OWNER_CAUSES, NOT_ATTRIBUTABLE, PAPER
from allocator.responsibility.dispatched import Dispatched
from allocator.responsibility.lateness import late_arrivals
from allocator.responsibility.listing import ResponsibilityList, responsibility_list
from allocator.responsibility.sentences import with_owner_sentences
from allocator.responsibility.shortfalls import missing_parts, reasons_of
from allocator.schema.coordination import Owner
from allocator.schema.explanations import Explanation

__all__ = ["answerable", "owner_rows"]


def owner_rows(
    case: Case,
    plan: Plan,
    explanations: Iterable[Explanation] = (),
    lang: Language = "en",
) -> list[Owner]:
    """Name the answerable owner of the binding cause of every shortage and late arrival.

    Parameters
    ----------
    case, plan
        The case and a certified plan of it.
    explanations
        Reasons that were confirmed by solving again; they win over those of the plan.
    lang
        Language of the sentences.

    Returns
    -------
    list
        By scenario, kind, district, item, the most units first. The rows of a shortage add up to
        its unmet units, those of late arrivals to the units that come late.
    """
    listed = responsibility_list(case)
    explained = {
        (row.scenario, row.district, row.item): row.reason for row in explanations if row.reason
    }
    rows: list[Owner] = []
    for scenario in plan.dispatched_scenarios:
        now = Dispatched.of(case, plan, scenario)
        rows += _shortage_rows(now, listed, explained)
        rows += _late_rows(now, listed)
    return with_owner_sentences(rows, case, lang)


def _shortage_rows(
    now: Dispatched, listed: ResponsibilityList, explained: dict[tuple[str, str, str], str]
) -> list[Owner]:
    """Rows of what never comes."""
    scenario = now.scenario.scenario
    shortages = [
        (row, reasons_of(row, explained))
        for row in now.plan.shortages
        if row.scenario == scenario and row.unmet_units > 0
    ]
    rows = [
        _row(
            listed,
            {
                "scenario": scenario,
                "kind": "shortage",
                "district": part.district,
                "item": part.item,
                "amount_units": part.units,
                "cause": part.cause,
                "subject": part.subject,
            },
        )
        for part in missing_parts(now, shortages)
    ]
    return _sorted(now.case, rows)


def _late_rows(now: Dispatched, listed: ResponsibilityList) -> list[Owner]:
    """Rows of what comes late, with the mean lateness."""
    units: dict[tuple[str, str, str, str], float] = defaultdict(float)
    hours: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for late in late_arrivals(now):
        key = late.district, late.item, late.cause, late.subject
        units[key] += late.units
        hours[key] += late.units * late.late_hours
    rows = [
        _row(
            listed,
            {
                "scenario": now.scenario.scenario,
                "kind": "late",
                "district": key[0],
                "item": key[1],
                "amount_units": amount,
                "late_hours": hours[key] / amount,
                "cause": key[2],
                "subject": key[3],
            },
        )
        for key, amount in units.items()
        if amount > 0
    ]
    return _sorted(now.case, rows)


def _row(listed: ResponsibilityList, fields: dict[str, object]) -> Owner:
    """One row, with who answers for it."""
    department = answerable(listed, str(fields["cause"]), str(fields["subject"]))
    return Owner.model_validate(
        {**fields, "department": department, "department_name": listed.name(department)}
    )


def _sorted(case: Case, rows: Iterable[Owner]) -> list[Owner]:
    """Rows by district and item as in the case, the most units first."""
    district, item = case.district_index(), case.item_index()
    return sorted(
        rows,
        key=lambda row: (
            district[row.district],
            item[row.item],
            -row.amount_units,
            row.cause,
            row.subject,
        ),
    )


def answerable(listed: ResponsibilityList, cause: str, subject: str) -> str:
    """Department that answers for a cause at a place, or ``NOT_ATTRIBUTABLE``.

    Parameters
    ----------
    listed
        The responsibility list.
    cause
        Why goods are missing or late. Paper belongs to the step; another cause to who its row
        names, else to the owner of the warehouse where it binds.
    subject
        ``PROCEDURE/STEP``, warehouse or district.
    """
    if cause in NO_OWNER_CAUSES:
        return NOT_ATTRIBUTABLE
    if cause == PAPER:
        entry = listed.step_named(subject)
    else:
        entry = listed.causes.get(cause)
        if entry is None and cause in AT_WAREHOUSE:
            entry = listed.warehouses.get(subject)
    return (entry.department if entry else None) or NOT_ATTRIBUTABLE
