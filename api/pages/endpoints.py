"""Routes of the pages; what they show beyond the first look comes from the REST routes."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from allocator.coordination_documents import COORDINATION_VIEW
from allocator.datasets import list_datasets
from allocator.engine.question_kinds import QUESTIONS
from allocator.engine.run_options import DEFAULT_LIMITS_SECONDS
from allocator.report.words import Language
from allocator.schema.changes import CHANGE_KINDS, Change
from allocator.store.audit import Actor
from allocator.store.cases import find_case, list_cases
from allocator.store.runs import ENDED, KINDS, StoredRun, find_run, read_file, run_files_of
from allocator.store.scope import covers
from api.access.rules import Caller, may_use
from api.pages.language import page_language
from api.pages.outcomes import Outcome, outcome_of
from api.pages.problem_words import problem_meanings
from api.pages.rendering import render
from api.runs.schemas import RunAnswer
from api.service import Service, ServiceOf

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

MOST_CASES: Final = 200
"""Cases to choose from, the newest."""

OBJECTIVES: Final = ("lives", "social", "cost", *QUESTIONS)

Word = Annotated[str, Query(max_length=64)]


@router.get("/", dependencies=[may_use("everyone")])
def start_page() -> Response:
    """Begin with the cases."""
    return RedirectResponse("/cases", 303)


@router.get("/cases", dependencies=[may_use("everyone")])
def cases_page(request: Request, service: ServiceOf, caller: Caller) -> Response:
    """Upload a case, take a shipped one, find an old one."""
    most = service.settings.upload_mb
    return render(request, "cases.html.j2", caller, datasets=list_datasets(), upload_mb=most)


@router.get("/cases/{case_id}", dependencies=[may_use("everyone")])
def case_page(case_id: str, request: Request, service: ServiceOf, caller: Caller) -> Response:
    """What is known of a case, and what can be done with it."""
    return _case(case_id, request, service, caller, "case.html.j2")


@router.get("/cases/{case_id}/card", dependencies=[may_use("everyone")])
def case_card(case_id: str, request: Request, service: ServiceOf, caller: Caller) -> Response:
    """The same in short, to be put into a page."""
    return _case(case_id, request, service, caller, "case_card.html.j2")


def _case(
    case_id: str, request: Request, service: Service, caller: Actor, template: str
) -> Response:
    with service.database.reading() as connection:
        case = find_case(connection, case_id, caller.provinces)
    whole = covers(case.provinces, caller.provinces)
    return render(request, template, caller, case=case, whole=whole)


@router.get("/runs", dependencies=[may_use("everyone")])
def runs_page(request: Request, service: ServiceOf, caller: Caller) -> Response:
    """All runs, live."""
    with service.database.reading() as connection:
        cases = list_cases(connection, caller.provinces, None, MOST_CASES)
    statuses = ("queued", "running", *ENDED)
    return render(request, "runs.html.j2", caller, cases=cases, kinds=KINDS, statuses=statuses)


@router.get("/runs/new", dependencies=[may_use("planner", "logistics", "analyst")])
def new_run_page(
    request: Request,
    service: ServiceOf,
    caller: Caller,
    kind: Word = "plan",
    case: Word = "",
    base: Word = "",
    scenario: Word = "",
) -> Response:
    """Say what shall be solved, and how well."""
    with service.database.reading() as connection:
        cases = list_cases(connection, caller.provinces, None, MOST_CASES)
        if base:
            case = find_run(connection, base, caller.provinces).case_id
        if case and case not in {one.case_id for one in cases}:
            cases.append(find_case(connection, case, caller.provinces))
    form_data = {
        "cases": [
            {
                "case_id": one.case_id,
                **{name: one.summary[name] for name in ("scenarios", "items", "fleets", "gap")},
            }
            for one in cases
        ],
        "limits": DEFAULT_LIMITS_SECONDS,
        "change_kinds": _change_columns(),
    }
    return render(
        request,
        "new_run.html.j2",
        caller,
        cases=cases,
        form_data=form_data,
        objectives=OBJECTIVES,
        chosen_kind=kind if kind in KINDS else "plan",
        chosen_case=case,
        chosen_base=base,
        chosen_scenario=scenario,
    )


def _change_columns() -> dict[str, list[tuple[str, bool]]]:
    """Columns of each kind of change in the order of the sheet, and whether they are needed."""
    order = list(Change.model_fields)
    return {
        kind: [(name, name in needed) for name in order if name in needed | allowed]
        for kind, (needed, allowed) in CHANGE_KINDS.items()
        if kind != "no_change"
    }


@router.get("/runs/{run_id}", dependencies=[may_use("everyone")])
def run_page(run_id: str, request: Request, service: ServiceOf, caller: Caller) -> Response:
    """One run: how it goes, and what came out."""
    run, outcome, view = _outcome(run_id, request, service, caller)
    answer = RunAnswer.of(run).model_dump(mode="json")
    return render(
        request, "run.html.j2", caller, run=run, outcome=outcome, view=view, answer=answer
    )


@router.get("/runs/{run_id}/outcome", dependencies=[may_use("everyone")])
def run_outcome(run_id: str, request: Request, service: ServiceOf, caller: Caller) -> Response:
    """What came out of a run, to be put into its page."""
    run, outcome, view = _outcome(run_id, request, service, caller)
    return render(request, "run_outcome.html.j2", caller, run=run, outcome=outcome, view=view)


def _outcome(
    run_id: str, request: Request, service: Service, caller: Actor
) -> tuple[StoredRun, Outcome, str]:
    """A run, what came out of it, and what it has drawn for its page."""
    view = ""
    with service.database.reading() as connection:
        run = find_run(connection, run_id, caller.provinces)
        files = run_files_of(connection, run_id)
        name = COORDINATION_VIEW.format(lang=page_language(request))
        is_whole = covers(run.case_provinces, caller.provinces)
        if is_whole and name in {file.name for file in files}:
            view = read_file(connection, run_id, name)[1].decode()
    return run, outcome_of(run, files, caller.provinces), view


@router.get("/problem-words/{lang}", dependencies=[may_use("nobody_asked")])
def problem_words(lang: Language) -> Response:
    """What codes mean, for the scripts of pages in another language than the service's own."""
    return JSONResponse(problem_meanings(lang))


@router.get("/compare", dependencies=[may_use("everyone")])
def compare_page(
    request: Request,
    service: ServiceOf,
    caller: Caller,
    base: Word = "",
    comparison: Word = "",
) -> Response:
    """Finished runs side by side."""
    with service.database.reading() as connection:
        cases = list_cases(connection, caller.provinces, None, MOST_CASES)
    return render(request, "compare.html.j2", caller, cases=cases, base=base, shown=comparison)
