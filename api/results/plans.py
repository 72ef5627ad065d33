"""Routes of whole results: the plan in its forms, files, infeasibility, re-plans."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from allocator.errors import NotFoundError
from allocator.store.runs import find_run, read_file, run_files_of
from api.access.rules import Caller, may_use
from api.documented import NOT_MODIFIED, Answers, json_object, problems
from api.idempotency import IdempotencyKey
from api.models import PathCode
from api.negotiation import content_of
from api.problems import ProblemError
from api.results.access import check_whole, planned_run
from api.results.exports import file_answer
from api.results.schemas import FileList, InfeasibilityAnswer, ReplanRequest
from api.results.whole_answers import FormAsked, answer_whole
from api.runs.ordering import put_in_queue
from api.runs.schemas import FileAnswer, RunAnswer, RunRequest
from api.service import ServiceOf
from api.tags import cached, is_known, not_modified

__all__ = ["router"]

router = APIRouter(prefix="/v1/runs/{run_id}", tags=["results"])

_ANSWERS: Final[Answers] = problems(403, 404, 409, 422)


@router.get(
    "/plan",
    dependencies=[may_use("everyone")],
    response_class=Response,
    summary="The plan: document, workbook or page.",
    responses={
        **_ANSWERS,
        **NOT_MODIFIED,
        **problems(406),
        200: {"content": json_object() | content_of("xlsx", "html", "zip")},
    },
)
def get_plan(
    run_id: PathCode,
    request: Request,
    service: ServiceOf,
    caller: Caller,
    form: FormAsked = None,
) -> Response:
    """Give the plan as the document that the command line prints, as workbook, or as page."""
    return answer_whole("plan", planned_run, run_id, request, service, caller, form)


@router.get("/files", dependencies=[may_use("everyone")], responses=_ANSWERS)
def get_files(run_id: PathCode, service: ServiceOf, caller: Caller) -> FileList:
    """Name the files that a run has left."""
    with service.database.reading() as connection:
        find_run(connection, run_id, caller.provinces)
        found = run_files_of(connection, run_id)
    files = [
        FileAnswer(
            name=file.name,
            media_type=file.media_type,
            url=f"/v1/runs/{run_id}/files/{file.name}",
        )
        for file in found
    ]
    return FileList(run_id=run_id, files=files)


@router.get(
    "/files/{name}",
    dependencies=[may_use("everyone")],
    response_class=Response,
    responses={
        **_ANSWERS,
        **NOT_MODIFIED,
        200: {"content": {"application/octet-stream": {}} | content_of("xlsx", "html", "zip")},
    },
)
def get_file(
    run_id: PathCode, name: PathCode, request: Request, service: ServiceOf, caller: Caller
) -> Response:
    """Give one file of a run, as the run has left it."""
    with service.database.reading() as connection:
        run = find_run(connection, run_id, caller.provinces)
        check_whole(run, caller)
        if name not in {file.name for file in run_files_of(connection, run_id)}:
            raise NotFoundError(
                f"run {run_id} has no such file. Maybe see GET /v1/runs/{run_id}/files."
            )
        file, content = read_file(connection, run_id, name)
    tag = f'"{file.digest[:32]}"'
    if is_known(request, tag):
        return not_modified(cached(tag))
    return file_answer(content, file.media_type, f"run{run.number}-{file.name}", tag)


@router.get("/infeasibility", dependencies=[may_use("everyone")], responses=_ANSWERS)
def get_infeasibility(run_id: PathCode, service: ServiceOf, caller: Caller) -> InfeasibilityAnswer:
    """Say which hard rules of a failed run contradict each other, and the ways out."""
    with service.database.reading() as connection:
        run = find_run(connection, run_id, caller.provinces)
    check_whole(run, caller)
    error = run.error or {}
    if error.get("status") != "infeasible":
        raise ProblemError(
            409,
            "not_infeasible",
            f"run {run_id} ({run.status}) was not found infeasible. "
            f"Maybe see its error: GET /v1/runs/{run_id}.",
        )
    return InfeasibilityAnswer(
        run_id=run_id,
        detail=error.get("detail", ""),
        rules=error.get("rules", []),
        repairs=error.get("repairs", []),
    )


@router.post(
    "/replan",
    status_code=202,
    dependencies=[may_use("planner", "logistics", "analyst")],
    responses={**_ANSWERS, **problems(429)},
)
def replan_run(
    run_id: PathCode,
    asked: ReplanRequest,
    response: Response,
    service: ServiceOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> RunAnswer:
    """Plan anew from a run on, with what has changed: a run of kind replan, before all others."""
    try:
        wanted = RunRequest(
            kind="replan",
            base_run=run_id,
            scenario=asked.scenario,
            name=asked.name,
            options=asked.options.model_copy(update={"at_hours": asked.at_hours}),
            changes=asked.changes,
        )
    except ValidationError as error:
        raise RequestValidationError(
            [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        ) from error
    run = put_in_queue(service, caller, wanted, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.run_id}"
    return RunAnswer.of(run)
