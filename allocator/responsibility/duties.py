"""What each department has to do, by when, and to whom it hands over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from allocator.approvals import Network, Release, release, split_codes
from allocator.case import Case
from allocator.report.words import Language, word
from allocator.responsibility.listing import Entry, ResponsibilityList, responsibility_list
from allocator.responsibility.sentences import duty_words
from allocator.schema.coordination import Duty
from allocator.schema.network import Warehouse
from allocator.schema.procedure import ApprovalRule, ApprovalStep

__all__ = ["duty_rows"]

_Role = Literal["initiates", "coordinates", "answers", "cosigns"]


def duty_rows(case: Case, lang: Language = "en") -> list[Duty]:
    """List the duties of every department: steps, warehouses, causes.

    Parameters
    ----------
    case
        A checked case.
    lang
        Language of what is not a name in the case.

    Returns
    -------
    list
        By department in the order of the case, then steps by procedure, warehouses, causes.
    """
    listed = responsibility_list(case)
    rows = [
        *_step_rows(case, listed, lang),
        *_warehouse_rows(case, listed, lang),
        *_cause_rows(listed, lang),
    ]
    place = {row.department: k for k, row in enumerate(case.departments)}
    return sorted(rows, key=lambda row: place.get(row.department, len(place)))


def _parties(entry: Entry, cosigners: Iterable[str] = ()) -> Iterator[tuple[str, _Role]]:
    """Departments that have a part in one thing, with their roles."""
    named: tuple[tuple[str | None, _Role], ...] = (
        (entry.initiator, "initiates"),
        (entry.coordinator, "coordinates"),
        (entry.department, "answers"),
        *((code, "cosigns") for code in dict.fromkeys(cosigners)),
    )
    for department, role in named:
        if department:
            yield department, role


def _joined(departments: Iterable[str | None]) -> str:
    """Codes of a list cell, each once."""
    return ";".join(dict.fromkeys(code for code in departments if code))


def _step_rows(case: Case, listed: ResponsibilityList, lang: Language) -> Iterator[Duty]:
    """Rows about steps."""
    timed = release(case)
    for procedure, network in timed.networks.items():
        after = _followers(network)
        for code, step in network.steps.items():
            entry = listed.steps[procedure, code]
            before = [network.steps[one] for one in split_codes(step.predecessors)]
            following = [network.steps[one].department for one in after[code]]
            owners = _released(case, listed, timed, step)
            name = step.name if step.is_enabled else duty_words("disabled", lang, name=step.name)
            end = round(timed.step_finish_hours[procedure, code], 6) if step.is_enabled else None
            for department, role in _parties(entry, split_codes(step.cosigners)):
                yield Duty(
                    department=department,
                    department_name=listed.name(department),
                    trigger=procedure,
                    subject=code,
                    what=name,
                    role=role,
                    received_from=_joined(one.department for one in before),
                    handed_to=_joined([*following, *owners]),
                    planned_end_hours=end,
                    limit_hours=entry.limit_hours,
                    paper_due_hours=_paper_due(case, step, end),
                )


def _followers(network: Network) -> dict[str, list[str]]:
    """Steps that wait for each step; of a bypass also those that wait for what it stands in for."""
    after: dict[str, list[str]] = {code: [] for code in network.steps}
    for code, step in network.steps.items():
        for before in split_codes(step.predecessors):
            after[before].append(code)
    for code, step in network.steps.items():
        bypassed = split_codes(step.bypasses)
        beyond = [one for other in bypassed for one in after[other] if one not in bypassed]
        after[code] += [one for one in beyond if one not in after[code]]
    return after


def _released(
    case: Case, listed: ResponsibilityList, timed: Release, step: ApprovalStep
) -> list[str | None]:
    """Owners of the warehouses whose goods a step releases."""
    rules = [
        rule
        for rule in timed.rules
        if (rule.procedure, rule.release_step) == (step.procedure, step.step)
    ]
    if not rules:
        return []
    return [
        listed.warehouses[home.warehouse].department
        for home in case.warehouses
        if home.warehouse in listed.warehouses and any(_is_for(rule, home) for rule in rules)
    ]


def _is_for(rule: ApprovalRule, home: Warehouse) -> bool:
    """Whether a rule may be about a warehouse; a province that is not told is not asked for."""
    is_level = rule.warehouse_level in ("any", home.level)
    return is_level and rule.from_province in ("", home.province or rule.from_province)


def _paper_due(case: Case, step: ApprovalStep, end_hours: float | None) -> float | None:
    """Hour by which the paper of a spoken consent must be there. [h]."""
    within = step.formalise_within_hours
    if end_hours is None or not step.is_verbal_allowed:
        return None
    longest = case.settings.paper_within_hours
    return round(end_hours + (longest if within is None else min(within, longest)), 6)


def _warehouse_rows(case: Case, listed: ResponsibilityList, lang: Language) -> Iterator[Duty]:
    """Rows about warehouses, one for all that a row about their level is for."""
    names = {row.warehouse: row.name for row in case.warehouses}
    for codes in listed.warehouse_groups.values():
        entry = listed.warehouses[codes[0]]
        is_level = entry.subject != codes[0]
        what = (
            duty_words("level", lang, level=entry.subject, count=len(codes))
            if is_level
            else names[codes[0]]
        )
        yield from _plain_rows(entry, listed, what)


def _cause_rows(listed: ResponsibilityList, lang: Language) -> Iterator[Duty]:
    """Rows about causes of shortages."""
    for cause, entry in listed.causes.items():
        yield from _plain_rows(entry, listed, word(cause, lang))


def _plain_rows(entry: Entry, listed: ResponsibilityList, what: str) -> Iterator[Duty]:
    """Rows about what is no step: asked by who initiates, handed on by who coordinates."""
    for department, role in _parties(entry):
        yield Duty(
            department=department,
            department_name=listed.name(department),
            trigger=entry.trigger,
            subject=entry.subject,
            what=what,
            role=role,
            received_from=_joined([entry.initiator] if role != "initiates" else []),
            handed_to=_joined([entry.department] if role != "answers" else []),
            limit_hours=entry.limit_hours,
        )
