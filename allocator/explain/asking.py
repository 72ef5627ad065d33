"""From a plan and questions about it to tables of answers, solved in processes beside this one."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.case import Case
from allocator.child import Report, run_many
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.errors import ConflictError, NotFoundError, ReplayError, SolveError
from allocator.explain.certificates import certificates
from allocator.explain.choices import Asked, answer_choice, changed
from allocator.explain.reasons import WORDS, Reason, Reasons, explain_all, shortfalls
from allocator.explain.repairs import Shortfall
from allocator.explain.situation import situation_of
from allocator.explain.things import Thing
from allocator.plan import Plan
from allocator.replay import verify
from allocator.schema.explanations import Certificate, Choice, Explanation, RepairOption
from allocator.tables import TableSet

__all__ = ["DEFAULT_LIMIT_SECONDS", "Question", "explain"]

DEFAULT_LIMIT_SECONDS = 40.0
"""Time limit where none is given. [s]"""

_FIRST_SHARE = 0.6
"""Part of the time for serving shortages first; the other solves end by themselves."""

_CHUNK = 12
"""Shortages of a scenario from which a second process helps with them."""


@dataclass(frozen=True)
class Question:
    """What is asked about a plan.

    Parameters
    ----------
    scenario, district, item
        Only these; None for all.
    why, why_not
        Warehouse that serves the district, or does not; None for no such question.
    """

    scenario: str | None = None
    district: str | None = None
    item: str | None = None
    why: str | None = None
    why_not: str | None = None


@dataclass(frozen=True)
class _Task:
    """What a process is sent."""

    case: Case
    plan: Plan
    scenario: str
    wanted: tuple[Shortfall, ...]
    asked: Asked | None
    seconds: float


_Answer = tuple[list[Explanation], list[RepairOption], list[Choice]]


def _nearest(code: str, known: Iterable[str]) -> str:
    """A few of the codes that there are, those alike first."""
    codes = sorted(known)
    close = difflib.get_close_matches(code, codes, n=5, cutoff=0.5)
    return ", ".join(close or codes[:5])


def _check_codes(case: Case, plan: Plan, question: Question) -> tuple[str, ...]:
    """Refuse codes that do not exist; return the scenarios asked about."""
    plan.check_case(case.digest)
    for name, code, known in (
        ("district", question.district, set(case.district_index())),
        ("item", question.item, set(case.item_index())),
        ("warehouse", question.why, set(case.warehouse_index())),
        ("warehouse", question.why_not, set(case.warehouse_index())),
    ):
        if code is not None and code not in known:
            nearest = _nearest(code, known)
            raise NotFoundError(f"{name} {code!r} is not in the case. Maybe one of: {nearest}.")
    planned = plan.dispatched_scenarios
    if not planned:
        raise ConflictError(
            "the plan has no dispatch, so there are no shortages to explain. "
            "Maybe make it with allocator plan or dispatch."
        )
    if question.scenario is None:
        return planned
    case.scenario(question.scenario)
    if question.scenario not in planned:
        raise NotFoundError(
            f"scenario {question.scenario!r} has no dispatch in the plan. "
            f"Maybe one of: {', '.join(planned)}."
        )
    return (question.scenario,)


def _asked(case: Case, question: Question, scenarios: Sequence[str]) -> Asked | None:
    """The question about a warehouse, if there is one."""
    code = question.why or question.why_not
    if code is None:
        return None
    if question.district is None:
        raise ConflictError(
            "--why and --why-not ask about a warehouse and a district. Maybe add --district."
        )
    if len(scenarios) > 1:
        raise ConflictError(
            "--why and --why-not ask about one scenario. "
            f"Maybe add --scenario, one of: {', '.join(scenarios)}."
        )
    place = case.warehouse_index()[code], case.district_index()[question.district]
    return Asked("why" if question.why is not None else "why_not", *place)


def explain(
    case: Case,
    plan: Plan,
    question: Question,
    *,
    seconds: float | None = None,
    workers: int = 2,
) -> TableSet:
    """Explain a plan's shortages, or one of its choices.

    Parameters
    ----------
    case, plan
        The case, and a plan as read from a result; it is replayed first.
    question
        What is asked.
    seconds
        Time limit; None for ``DEFAULT_LIMIT_SECONDS``. [s]
    workers
        Processes that solve side by side.

    Returns
    -------
    TableSet
        Explanations, Repairs, Certificates, Choices; sentences are left to the report.

    Raises
    ------
    ConflictError
        If the plan has no dispatch, or a question about a warehouse is not complete.
    NotFoundError
        If a code is not in the case, or the scenario not in the plan.
    ReplayError
        If the replay does not certify the plan.
    """
    scenarios = _check_codes(case, plan, question)
    asked = _asked(case, question, scenarios)
    verdict = verify(case, plan)
    if not verdict.certified:
        raise ReplayError(verdict.violations)
    limit = DEFAULT_LIMIT_SECONDS if seconds is None else seconds
    counted = [
        row for scenario in scenarios for row in _certificates(case, plan, scenario, question)
    ]
    tasks = _tasks(case, plan, scenarios, question, asked, (limit, workers))
    answers = _answers(tasks, workers)
    order = {(row.scenario, row.district, row.item): k for k, row in enumerate(plan.shortages)}
    rows = [row for answer in answers for row in answer[0]]
    repairs = [row for answer in answers for row in answer[1]]
    rows.sort(key=lambda row: order[row.scenario, row.district, row.item])
    repairs.sort(key=lambda row: order[row.scenario, row.district, row.item])
    return TableSet(
        {
            Explanation.sheet: tuple(rows),
            RepairOption.sheet: tuple(repairs),
            Certificate.sheet: tuple(counted),
            Choice.sheet: tuple(row for answer in answers for row in answer[2]),
        }
    )


def _answers(tasks: Sequence[_Task], workers: int) -> list[_Answer]:
    """Answer all tasks in processes, in their order."""
    answers: dict[int, _Answer] = {}
    outcomes = run_many(_answer, tasks, workers=min(workers, max(len(tasks), 1)))
    with contextlib.closing(outcomes):
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
            if outcome.result is None:
                raise SolveError(f"explain: {outcome.message}")
            answers[outcome.index] = outcome.result
    return [answers[k] for k in sorted(answers)]


def _tasks(
    case: Case,
    plan: Plan,
    scenarios: Sequence[str],
    question: Question,
    asked: Asked | None,
    limits: tuple[float, int],
) -> list[_Task]:
    """Work for the processes."""
    limit, workers = limits
    if asked is not None:
        return [_Task(case, plan, scenarios[0], (), asked, limit)]
    district = None if question.district is None else case.district_index()[question.district]
    item = None if question.item is None else case.item_index()[question.item]
    chunks = []
    for scenario in scenarios:
        wanted = [
            each
            for each in shortfalls(case, plan, scenario)
            if district in (None, each.district) and item in (None, each.item)
        ]
        # Each process makes a scenario's grounds anew: no more parts than need be.
        parts = max(1, min(workers, -(-len(wanted) // _CHUNK)))
        chunks += [(scenario, tuple(wanted[k::parts])) for k in range(parts) if wanted[k::parts]]
    total = max(1, sum(len(wanted) for _, wanted in chunks))
    each = _FIRST_SHARE * limit * workers / total
    return [
        _Task(case, plan, scenario, wanted, None, each * len(wanted)) for scenario, wanted in chunks
    ]


def _answer(task: _Task, _report: Report) -> _Answer:
    """Answer one task, in a process of its own."""
    case, plan, scenario = task.case, task.plan, task.scenario
    if task.asked is not None:
        return [], [], answer_choice(case, plan, scenario, task.asked, task.seconds)
    reasons = Reasons(case, plan, scenario, task.wanted)
    found = explain_all(reasons, task.wanted, task.seconds)
    rows = [_explanation(case, scenario, reasons, reason) for reason in found]
    return rows, [row for reason in found for row in _repairs(case, scenario, reason)], []


def _explanation(case: Case, scenario: str, reasons: Reasons, reason: Reason) -> Explanation:
    """One row of the sheet Explanations."""
    standing, shortfall, first = reasons.standing, reason.shortfall, reason.first
    here = int(np.searchsorted(standing.inputs.district, shortfall.district))
    demand = float(standing.inputs.demand_units[shortfall.district, shortfall.item])
    # What has left comes anyhow.
    came = demand - float(standing.problem.data.demand_units[here, shortfall.item])
    served = came + float(standing.delivered[here, shortfall.item])
    losers, change = "", None
    if first is not None:
        losers, _ = changed(case, standing, first.rearranged.change_units)
        change = first.rearranged.values["unmet"] - standing.values["unmet"]
    named = {_thing_word(repair.thing): repair for repair in reason.repairs}
    repairs = [named[word] for word in reason.words if word in named]
    return Explanation(
        scenario=scenario,
        district=case.districts[shortfall.district].district,
        item=case.items[shortfall.item].item,
        demand_units=demand,
        unmet_units=max(0.0, demand - served),
        late_hours=reason.late_hours,
        reason="+".join(reason.words),
        also="; ".join(reason.also),
        is_proven=reason.is_proven,
        now_units=reason.now_units,
        alone_units=came + reason.alone_units,
        first_units=None if first is None else first.units,
        losers=losers,
        unmet_change=change,
        changes="; ".join(reason.changes)[:2000],
        repair="; ".join(_amount(repair.amount, repair.unit, repair.place) for repair in repairs),
        cost_cny=max((repair.cost_cny for repair in repairs), default=None),
    )


def _thing_word(thing: Thing) -> str:
    """Reason that stands for a thing."""
    return WORDS.get(thing, thing)


def _amount(amount: float, unit: str, place: str) -> str:
    return f"{amount:,.6g} {unit}" + (f" ({place})" if place else "")


def _repairs(case: Case, scenario: str, reason: Reason) -> list[RepairOption]:
    """Rows of the sheet Repairs."""
    return [
        RepairOption(
            scenario=scenario,
            district=case.districts[reason.shortfall.district].district,
            item=case.items[reason.shortfall.item].item,
            thing=_thing_word(repair.thing),
            is_together=repair.thing in reason.together,
            amount=repair.amount,
            unit=repair.unit,
            place=repair.place,
            brought_units=repair.brought_units,
            vehicles_count=repair.vehicles,
            last_hours=repair.last_hours,
            cost_cny=repair.cost_cny,
            is_smallest=repair.is_smallest,
        )
        for repair in reason.repairs
    ]


def _certificates(case: Case, plan: Plan, scenario: str, question: Question) -> list[Certificate]:
    """Rows of the sheet Certificates that bear on the question."""
    inputs = situation_of(case, plan, scenario).inputs
    rows = []
    for count in certificates(
        dispatch_problem(inputs.data), inputs.held.usable_units.astype(float)
    ):
        district = item = None
        if count.district is not None:
            district = case.districts[int(inputs.district[count.district])].district
        if count.item is not None:
            item = case.items[count.item].item
        asked_about = (question.district, district), (question.item, item)
        if any(asked and own and asked != own for asked, own in asked_about):
            continue
        rows.append(
            Certificate(
                scenario=scenario,
                kind=count.kind,
                district=district,
                item=item,
                have=count.have,
                need=count.need,
                unit=count.unit,
                short_units=count.short_units,
            )
        )
    return rows
