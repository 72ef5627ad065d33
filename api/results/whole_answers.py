"""Answers with a result as a whole: as the document, as its workbook, as its page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from sqlalchemy import Connection

from allocator.store.audit import Actor
from allocator.store.runs import StoredRun, read_file
from api.negotiation import MEDIA_TYPES, chosen_form
from api.results.access import check_whole, entity_tag
from api.results.exports import file_answer
from api.service import Service
from api.tags import cached, is_known, not_modified

__all__ = ["FormAsked", "answer_whole"]

FormAsked = Annotated[
    Literal["json", "xlsx", "html"] | None,
    Query(alias="format", description="For those who cannot set Accept."),
]
"""Form of a whole result, as a parameter of a route."""


def answer_whole(
    name: str,
    find: Callable[[Connection, str, Actor], StoredRun],
    run_id: str,
    request: Request,
    service: Service,
    caller: Actor,
    form: FormAsked,
) -> Response:
    """Answer with what a run has found, to those who answer for all of it.

    Parameters
    ----------
    name
        What the files of the result are called, such as ``plan``.
    find
        Finds the run that has the result, or says why there is none.
    run_id
        The run asked for.
    request, service, caller, form
        Of the route.
    """
    chosen = chosen_form(request, form, "json", "xlsx", "html")
    with service.database.reading() as connection:
        run = find(connection, run_id, caller)
        check_whole(run, caller)
        tag = entity_tag(run, caller, name, chosen)
        if is_known(request, tag):
            return not_modified(cached(tag))
        if chosen == "json":
            content = json.dumps(run.document, ensure_ascii=False).encode()
        else:
            content = read_file(connection, run.run_id, f"{name}.{chosen}")[1]
    if chosen == "json":
        return Response(content, media_type=MEDIA_TYPES[chosen], headers=cached(tag))
    return file_answer(content, MEDIA_TYPES[chosen], f"run{run.number}-{name}.{chosen}", tag)
