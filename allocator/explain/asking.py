"""From a plan and questions about it to tables of answers, solved in processes beside this one."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from allocator.case import Case
from allocator.child import Report, run_many
from allocator.engine.run_options import RunOptions, solve_options
from allocator.engine.stopping import end_if_asked, ended_as_interrupted, is_patient
from allocator.engine.supervision import OnProgress
from allocator.errors import ConflictError, NotFoundError, ReplayError, SolveError
from allocator.explain.answer_rows import certificate_rows, explanation_row, repair_rows
from allocator.explain.choices import Asked, answer_choice
from allocator.explain.placement_choices import answer_placement
from allocator.explain.reasons import Reasons, explain_all, shortfalls
from allocator.explain.repairs import Shortfall
from allocator.plan import Plan
from allocator.replay import verify
from allocator.schema.explanations import Certificate, Choice, Explanation, RepairOption
from allocator.solver import Progress, SolveOptions
from allocator.tables import TableSet

__all__ = ["DEFAULT_LIMIT_SECONDS", "Question", "explain"]

DEFAULT_LIMIT_SECONDS = 40.0
"""Time limit where none is given. [s]"""

_FIRST_SHARE = 0.6
"""Part of the time for serving shortages first; the other solves end by themselves."""

_GAP = 0.01
"""Gap at which a dispatch that is planned anew may stop where none is asked for."""

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
        Warehouse that serves the district, or does not; without a district: that sends, or does
        not send more; without a scenario, too, of a placement: that is open, or is not. None for no
        such question.
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
    options: SolveOptions


_Answer = tuple[list[Explanation], list[RepairOption], list[Choice]]


def _nearest(code: str, known: Iterable[str]) -> str:
    """A few of the codes that there are, those alike first."""
    codes = sorted(known)
    close = difflib.get_close_matches(code, codes, n=5, cutoff=0.5)
    return ", ".join(close or codes[:5])


def _check_codes(case: Case, plan: Plan, question: Question) -> None:
    """Refuse codes that do not exist."""
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


def _is_about_placement(plan: Plan, question: Question) -> bool:
    """Whether it is asked why a warehouse is there, and not what it sends."""
    if question.why is None and question.why_not is None:
        return False
    return plan.has_placement and question.scenario is None and question.district is None


def _scenarios(case: Case, plan: Plan, question: Question) -> tuple[str, ...]:
    """Scenarios asked about."""
    planned = plan.dispatched_scenarios
    if not planned:
        raise ConflictError(
            "the plan has no dispatch, so there are no shortages to explain. "
            "Maybe make it with allocator plan or dispatch, or ask --why or --why-not of a "
            "placement."
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
    """The question about a warehouse and a dispatch, if there is one."""
    code = question.why or question.why_not
    if code is None:
        return None
    if len(scenarios) > 1:
        raise ConflictError(
            "--why and --why-not ask about one scenario. "
            f"Maybe add --scenario, one of: {', '.join(scenarios)}."
        )
    district = None if question.district is None else case.district_index()[question.district]
    kind = "why" if question.why is not None else "why_not"
    return Asked(kind, case.warehouse_index()[code], district)


def explain(
    case: Case,
    plan: Plan,
    question: Question,
    options: RunOptions | None = None,
    on_progress: OnProgress | None = None,
) -> TableSet:
    """Explain a plan's shortages, or one of its choices.

    Parameters
    ----------
    case, plan
        The case as it was before any change, and a plan as read from a result, maybe planned anew;
        it is replayed first.
    question
        What is asked.
    options
        Time limit of all answers (None for ``DEFAULT_LIMIT_SECONDS``, or that of a placement) and
        processes; gap, seed and threads are for forced solves.
    on_progress
        Hears how far a forced solve is.

    Returns
    -------
    TableSet
        Explanations, Repairs, Certificates, Choices; sentences are left to the report.

    Raises
    ------
    ConflictError
        If the plan has nothing that is asked about, or the question is not complete.
    NotFoundError
        If a code is not in the case, or the scenario not in the plan.
    ReplayError
        If the replay does not certify the plan.
    """
    options = options or RunOptions()
    _check_codes(case, plan, question)
    is_placement = _is_about_placement(plan, question)
    scenarios = () if is_placement else _scenarios(case, plan, question)
    asked = None if is_placement else _asked(case, question, scenarios)
    verdict = verify(case, plan)
    if not verdict.certified:
        raise ReplayError(verdict.violations)
    if is_placement:
        kind: Literal["why", "why_not"] = "why" if question.why is not None else "why_not"
        code = question.why or question.why_not or ""
        found = answer_placement(case, plan, kind, code, options, on_progress)
        return TableSet({Choice.sheet: tuple(found)})
    return _dispatch_tables(case, plan, scenarios, question, asked, options, on_progress)


def _dispatch_tables(
    case: Case,
    plan: Plan,
    scenarios: Sequence[str],
    question: Question,
    asked: Asked | None,
    options: RunOptions,
    on_progress: OnProgress | None,
) -> TableSet:
    """Answers about dispatches."""
    about = question.district, question.item
    counted = [
        row for scenario in scenarios for row in certificate_rows(case, plan, scenario, about)
    ]
    tasks = _tasks(case, plan, scenarios, question, asked, options)
    answers = _answers(tasks, options.workers, on_progress)
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


def _answers(tasks: Sequence[_Task], workers: int, on_progress: OnProgress | None) -> list[_Answer]:
    """Answer all tasks in processes, in their order.

    Who stops a patient process (``engine.stopping``) has the answers so far, once there are any.
    """
    answers: dict[int, _Answer] = {}

    def listen(index: int, news: Any) -> None:
        if isinstance(news, Progress) and on_progress is not None:
            on_progress(f"explain {tasks[index].scenario}", news)

    crew = min(workers, max(len(tasks), 1))
    outcomes = run_many(_answer, tasks, workers=crew, on_report=listen)
    try:
        with contextlib.closing(outcomes), _stopped_once_answered(answers):
            for outcome in outcomes:
                if outcome.error is not None:
                    raise outcome.error
                if outcome.result is None:
                    raise SolveError(f"explain: {outcome.message}")
                answers[outcome.index] = outcome.result
                end_if_asked()
    except KeyboardInterrupt:
        if not is_patient():
            raise
        if on_progress is not None:
            note = f"stopped by the user; {len(answers)} of {len(tasks)} parts are answered"
            on_progress("explain", Progress("", 0.0, None, None, None, note=note))
    return [answers[k] for k in sorted(answers)]


def _stopped_once_answered(
    answers: Mapping[int, _Answer],
) -> contextlib.AbstractContextManager[None]:
    """Hear stops in a patient process; elsewhere Ctrl-C is all there is."""
    return ended_as_interrupted(lambda: bool(answers)) if is_patient() else contextlib.nullcontext()


def _tasks(
    case: Case,
    plan: Plan,
    scenarios: Sequence[str],
    question: Question,
    asked: Asked | None,
    options: RunOptions,
) -> list[_Task]:
    """Work for the processes."""
    workers = options.workers
    limit = options.time_limit_seconds or DEFAULT_LIMIT_SECONDS
    gap = _GAP if options.gap is None else options.gap
    solve = solve_options(case, replace(options, gap=gap), limit)
    if asked is not None:
        return [_Task(case, plan, scenarios[0], (), asked, solve)]
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
        _Task(
            case,
            plan,
            scenario,
            wanted,
            None,
            replace(solve, time_limit_seconds=each * len(wanted)),
        )
        for scenario, wanted in chunks
    ]


def _answer(task: _Task, report: Report) -> _Answer:
    """Answer one task, in a process of its own."""
    case, plan, scenario = task.case, task.plan, task.scenario
    if task.asked is not None:
        return [], [], answer_choice(case, plan, scenario, task.asked, task.options, report)
    reasons = Reasons(case, plan, scenario, task.wanted)
    found = explain_all(reasons, task.wanted, task.options.time_limit_seconds or 0.0, report)
    rows = [explanation_row(case, scenario, reasons, reason) for reason in found]
    return rows, [row for reason in found for row in repair_rows(case, scenario, reason)], []
