"""Routes of the cases."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from allocator.datasets import dataset_path
from allocator.documents import check_document
from allocator.errors import DataError
from allocator.store import audit
from allocator.store.cases import StoredCase, find_case, keep_case, list_cases
from allocator.store.documents import read_content
from allocator.store.scope import covers
from allocator.uploads import WORKBOOK_TYPE, CheckedUpload, Upload, check_upload
from api.access.rules import Caller, may_use
from api.cases.schemas import CaseAnswer, CaseList, CheckAnswer
from api.idempotency import IdempotencyKey, known_resource, remember_resource, request_digest
from api.models import Request as Body
from api.models import SafeText
from api.problems import ProblemError
from api.service import Service, ServiceOf
from api.uploading import UPLOAD_BODY, read_upload

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["cases"])

MOST_ON_PAGE: Final = 200


class FromDataset(Body):
    """Which shipped data set to make a case of."""

    settings: dict[SafeText, SafeText] = Field(default_factory=dict)


@router.post(
    "/validate",
    dependencies=[may_use("everyone")],
    openapi_extra=UPLOAD_BODY,
    response_model=CheckAnswer,
    responses={200: {"content": {WORKBOOK_TYPE: {}}}},
)
async def validate(
    request: Request,
    service: ServiceOf,
    annotated: Annotated[
        bool, Query(description="Answer with a copy of the workbook with red cells.")
    ] = False,
) -> Response | CheckAnswer:
    """Name every fault and warning of a case at once; nothing is kept."""
    upload = await read_upload(request)
    if annotated:
        upload = Upload(upload.content, upload.suffix, upload.name, wants_annotated=True)
    checked: CheckedUpload = await run_in_threadpool(service.readers.ask, check_upload, upload)
    if annotated:
        if checked.annotated is None:
            raise ProblemError(
                422, "no_annotated_copy", "only a workbook that opens has an annotated copy."
            )
        return _file(checked.annotated, WORKBOOK_TYPE, "annotated.xlsx")
    return CheckAnswer(**check_document(checked.issues))


@router.post(
    "/cases",
    status_code=201,
    dependencies=[may_use("planner", "analyst")],
    openapi_extra=UPLOAD_BODY,
)
async def upload_case(
    request: Request,
    response: Response,
    service: ServiceOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> CaseAnswer:
    """Check a case and keep it, if it has no fault; else answer 422 with every fault."""
    upload = await read_upload(request)
    stored = await run_in_threadpool(_keep, service, caller, upload, idempotency_key)
    response.headers["Location"] = f"/v1/cases/{stored.case_id}"
    return CaseAnswer.model_validate(stored)


@router.post(
    "/datasets/{name}/cases", status_code=201, dependencies=[may_use("planner", "analyst")]
)
def case_of_dataset(
    name: str,
    response: Response,
    service: ServiceOf,
    caller: Caller,
    body: FromDataset | None = None,
    idempotency_key: IdempotencyKey = None,
) -> CaseAnswer:
    """Make a case of a shipped data set, with settings of your own if you like."""
    dataset_path(name)
    settings = {} if body is None else body.settings
    upload = Upload(b"", ".json", f"{name}.json", dataset=name, settings=settings)
    stored = _keep(service, caller, upload, idempotency_key)
    response.headers["Location"] = f"/v1/cases/{stored.case_id}"
    return CaseAnswer.model_validate(stored)


def _keep(service: Service, caller: audit.Actor, upload: Upload, key: str | None) -> StoredCase:
    """Check an upload and keep its case, once for each idempotency key."""
    settings = repr(sorted(upload.settings.items()))
    digest = request_digest("case", upload.content, upload.dataset, settings)
    if key is not None:
        with service.database.writing() as connection:
            known = known_resource(service.database, connection, caller.name, key, digest)
            if known is not None:
                return find_case(connection, known, caller.provinces)
    checked: CheckedUpload = service.readers.ask(check_upload, upload)
    if checked.content is None:
        raise DataError(checked.issues)
    if not covers(checked.content.provinces, caller.provinces):
        raise ProblemError(
            403,
            "other_provinces",
            "the case has districts of provinces that this key is not for. Maybe use another key.",
        )
    with service.database.writing() as connection:
        known = known_resource(service.database, connection, caller.name, key, digest)
        if known is not None:
            return find_case(connection, known, caller.provinces)
        stored = keep_case(service.database, connection, checked.content, caller.name)
        made = ("case", stored.case_id)
        remember_resource(service.database, connection, caller.name, key, digest, made)
        told = {"case_digest": stored.case_digest, "source": stored.source}
        audit.append(service.database, connection, caller, "case.keep", stored.case_id, told)
    return stored


@router.get("/cases", dependencies=[may_use("everyone")])
def get_cases(
    service: ServiceOf,
    caller: Caller,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_PAGE)] = 50,
) -> CaseList:
    """List the cases, the newest first."""
    with service.database.reading() as connection:
        found = list_cases(connection, caller.provinces, before, limit)
    more = found[-1].number if len(found) == limit else None
    return CaseList(cases=[CaseAnswer.model_validate(one) for one in found], before=more)


@router.get("/cases/{case_id}", dependencies=[may_use("everyone")])
def get_case(case_id: str, service: ServiceOf, caller: Caller) -> CaseAnswer:
    """What is known of a case."""
    with service.database.reading() as connection:
        return CaseAnswer.model_validate(find_case(connection, case_id, caller.provinces))


@router.get(
    "/cases/{case_id}/source",
    dependencies=[may_use("everyone")],
    response_class=Response,
    responses={200: {"content": {WORKBOOK_TYPE: {}, "application/json": {}}}},
)
def get_source(case_id: str, service: ServiceOf, caller: Caller) -> Response:
    """The file of a case, as it was uploaded."""
    with service.database.reading() as connection:
        stored = find_case(connection, case_id, caller.provinces)
        if not covers(stored.provinces, caller.provinces):
            raise ProblemError(
                403, "other_provinces", "the file concerns provinces that this key is not for."
            )
        content = read_content(connection, stored.source)
    suffix = ".xlsx" if stored.source_type == WORKBOOK_TYPE else ".json"
    answer = _file(content, stored.source_type, f"case{stored.number}{suffix}")
    answer.headers["ETag"] = f'"{stored.source}"'
    return answer


def _file(content: bytes, media_type: str, name: str) -> Response:
    """A file to keep, under a name of ours."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)
