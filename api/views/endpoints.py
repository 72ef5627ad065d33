"""Routes of the result view: what the page draws of a run."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Response

from allocator.report.view_file import VIEW_NAME, read_view_part
from allocator.report.words import LANGUAGES, WORDS
from allocator.store.runs import PLANLESS, StoredRun, find_run, read_file
from allocator.store.scope import covers
from api.access.rules import Caller, may_use
from api.problems import ProblemError
from api.service import ServiceOf
from api.views.words import VIEW_WORDS

__all__ = ["router"]

router = APIRouter(tags=["results"])

SHARED_WORDS: Final = ("figure.", "outline.", "page.rings")
"""How the keys of words begin that the figures bring with them."""


@router.get(
    "/v1/runs/{run_id}/view",
    dependencies=[may_use("everyone")],
    response_class=Response,
    responses={
        200: {"content": {"application/json": {"schema": {"type": "object"}}}},
        304: {"description": "Nothing has changed."},
    },
)
def get_view(
    run_id: str,
    service: ServiceOf,
    caller: Caller,
    scenario: Annotated[str | None, Query(min_length=1, max_length=64)] = None,
    accept_encoding: Annotated[str, Header(max_length=200)] = "",
    if_none_match: Annotated[str, Header(max_length=400)] = "",
) -> Response:
    """Figures of a plan as the page draws them: the plan with its first scenario, or another one.

    For people's eyes: what is in it may change with every version. Programs find the same facts,
    with units and for good, under ``/v1/runs/{run_id}/plan`` and its rows.
    """
    with service.database.reading() as connection:
        run = find_run(connection, run_id, caller.provinces)
        if not covers(run.case_provinces, caller.provinces):
            raise ProblemError(
                403, "other_provinces", "the view concerns provinces that this key is not for."
            )
        _check_has_view(run)
        content = read_file(connection, run_id, VIEW_NAME)[1]
    part = read_view_part(content, scenario)
    mark = f'W/"{(run.plan_digest or "")[:16]}-{part.checksum}"'
    headers = {"ETag": mark, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if mark in (one.strip() for one in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    if "gzip" not in accept_encoding:
        return Response(part.plain(), headers=headers, media_type="application/json")
    headers["Content-Encoding"] = "gzip"
    return Response(part.packed, headers=headers, media_type="application/json")


def _check_has_view(run: StoredRun) -> None:
    """Refuse to show what has no plan (yet)."""
    if run.document is not None and run.kind not in PLANLESS:
        return
    maybe = f"see run {run.base_run}" if run.kind in PLANLESS else "wait until it is finished"
    raise ProblemError(
        409,
        "no_plan_yet",
        f"run {run.run_id} ({run.kind}, {run.status}) has no plan to show. Maybe {maybe}.",
    )


@router.get(
    "/v1/view-words/{lang}", dependencies=[may_use("nobody_asked")], include_in_schema=False
)
def get_words(lang: str, response: Response) -> dict[str, str]:
    """Words of the result view in one language, by key."""
    if lang not in LANGUAGES:
        raise ProblemError(404, "not_found", f"there are no words in {lang!r}. Maybe en or zh.")
    response.headers["Cache-Control"] = "no-cache"
    place = [*LANGUAGES].index(lang)
    shared = {key: texts for key, texts in WORDS.items() if key.startswith(SHARED_WORDS)}
    return {key: texts[place] for key, texts in {**shared, **VIEW_WORDS}.items()}
