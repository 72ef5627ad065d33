"""Answers of the row resources: a page of JSON, or all rows as CSV, workbook or lines on a map."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection

from allocator.errors import ConflictError, NotFoundError
from allocator.intake.plain import Language
from allocator.row_files import csv_head, csv_lines, feature_lines
from allocator.schema.row import Row
from allocator.service_files import RowsFile, make_file
from allocator.store.audit import Actor
from allocator.store.cases import find_case
from allocator.store.results import (
    ResultRow,
    RowQuery,
    case_codes,
    count_rows,
    find_explanation,
    read_rows,
)
from allocator.store.runs import StoredRun, find_run
from api.negotiation import MEDIA_TYPES, chosen_form
from api.problems import ProblemError
from api.results.access import assessed_run, check_whole, entity_tag, planned_run
from api.results.queries import PAGE, Cursor, RowsAsked, cursor_of, row_query
from api.results.resources import RowResource
from api.service import Service
from api.tags import cached, is_known, not_modified

__all__ = ["answer_rows"]

MOST_IN_WORKBOOK: Final = 100_000
"""Rows of one workbook at most; CSV takes any number."""

AT_ONCE: Final = 2000
"""Rows of a file that are read and written at a time."""

_SUMMARY_OF: Final = {"scenario": "scenarios", "item": "items", "fleet": "fleets"}


@dataclass(frozen=True)
class _Found:
    """Rows that were asked for: of which run, how many in all, where to begin, those of a page."""

    run: StoredRun
    query: RowQuery
    total: int
    start: int
    rows: list[ResultRow]
    following: str | None


def answer_rows(
    resource: RowResource,
    run_id: str,
    request: Request,
    service: Service,
    caller: Actor,
    asked: RowsAsked,
) -> Response:
    """Answer a question for rows of a run, in the form that is wanted.

    Raises
    ------
    NotFoundError
        If there is no such run, or the case has no such code.
    ProblemError
        If the run has no plan or explanation, the form is not to be had, or the cursor is old.
    """
    form = chosen_form(request, getattr(asked, "format", None), *resource.forms)
    given = {name: str(value) for name, value in asked.model_dump(exclude_none=True).items()}
    with service.database.reading() as connection:
        run = _run_of(connection, resource, run_id, caller, given)
        if not resource.has_places:
            check_whole(run, caller)
        tag = entity_tag(run, caller, resource.path, form, sorted(given.items()))
        headers = cached(tag)
        if is_known(request, tag):
            return not_modified(headers)
        limit = None if form != "json" else PAGE if asked.limit is None else asked.limit
        found = _found(connection, resource, run, caller, asked, limit)
        if found.total == 0:
            _check_codes(connection, run, caller, given)
    headers["X-Total-Count"] = str(found.total)
    if form == "json":
        return _page(request, found, headers)
    return _file(service, resource, found, form, asked, headers)


def _run_of(
    connection: Connection,
    resource: RowResource,
    run_id: str,
    caller: Actor,
    given: dict[str, str],
) -> StoredRun:
    """Run whose rows are asked for: the one with the plan, or the newest that is about it."""
    if resource.source == "coordination":
        return assessed_run(connection, run_id, caller, given.get("scenario"))
    run = planned_run(connection, run_id, caller)
    if resource.source == "plan":
        return run
    about: dict[str, str] = {
        name: given[name] for name in ("scenario", "district", "item") if name in given
    }
    is_choice = resource.source == "choices"
    found = find_explanation(connection, run, about, is_choice=is_choice)
    if found is None:
        ask = '"options": {"why": CODE}' if is_choice else '"base_run": ' + f'"{run_id}"'
        raise ProblemError(
            404,
            "not_explained",
            f"nobody has asked yet. Maybe POST /v1/runs with kind explain, {ask}, and come back "
            "when that run is finished.",
        )
    return found


def _found(
    connection: Connection,
    resource: RowResource,
    run: StoredRun,
    caller: Actor,
    asked: RowsAsked,
    limit: int | None,
) -> _Found:
    """Find rows, and those of a page of so many; None: the page is left for later."""
    # Who may see the whole run sees rows that belong to no place.
    provinces = caller.provinces if resource.has_places else frozenset()
    query = row_query(resource, run.run_id, provinces, asked)
    start = cursor_of(asked, run, query)
    if start is None:
        raise ProblemError(
            409,
            "old_cursor",
            "after is of an earlier plan of this run, or of another question. "
            "Maybe begin again without it.",
        )
    rows = [] if limit is None else read_rows(connection, query, start.position, limit + 1)
    total = start.total
    if total is None:
        # Where one page has all rows nobody has to count them.
        is_all = limit is not None and len(rows) <= limit
        total = len(rows) if is_all else count_rows(connection, query)
    following = None
    if limit is not None and len(rows) > limit:
        rows = rows[:limit]
        following = Cursor(rows[-1].position, total).text(run, query)
    return _Found(run, query, total, start.position, rows, following)


def _check_codes(
    connection: Connection, run: StoredRun, caller: Actor, given: dict[str, str]
) -> None:
    """Refuse codes that the case does not have; known ones without rows are an empty page."""
    case = find_case(connection, run.case_id, caller.provinces)
    places = case_codes(connection, run.case_id)
    for name, value in given.items():
        if name in _SUMMARY_OF:
            known = [str(one[name]) for one in case.summary[_SUMMARY_OF[name]]]
        elif name in ("warehouse", "hub", "district"):
            known = places.get("district" if name == "district" else "warehouse", [])
        else:
            continue
        if value not in known:
            # Codes of places are told to those only who may see all of them.
            is_told = name in _SUMMARY_OF or not caller.provinces
            some = f"one of: {', '.join(known[:10])}" if is_told else "it is misspelt"
            raise NotFoundError(f"the case has no {name} {value!r}. Maybe {some}.")


def _page(request: Request, found: _Found, headers: dict[str, str]) -> Response:
    """A page as JSON: the records are JSON already, and are put together as they are."""
    if found.following is not None:
        query = {**request.query_params, "after": found.following}
        headers["Link"] = f'<{request.url.path}?{urlencode(query)}>; rel="next"'
    records = ",".join(row.record for row in found.rows)
    text = (
        f'{{"run_id":{json.dumps(found.run.run_id)},"total":{found.total},'
        f'"next":{json.dumps(found.following)},"rows":[{records}]}}'
    )
    return Response(text.encode(), media_type=MEDIA_TYPES["json"], headers=headers)


def _file(
    service: Service,
    resource: RowResource,
    found: _Found,
    form: str,
    asked: RowsAsked,
    headers: dict[str, str],
) -> Response:
    """All rows, or so many as are asked for, in a file."""
    name = f"run{found.run.number}-{resource.path.replace('/', '-')}.{form}"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    headers["X-Content-Type-Options"] = "nosniff"
    batches = _batches(service, found, asked.limit)
    if form == "xlsx":
        if asked.limit is None and found.total > MOST_IN_WORKBOOK:
            raise ProblemError(
                422,
                "too_many_rows",
                f"a workbook takes {MOST_IN_WORKBOOK:,} rows at most, and these are "
                f"{found.total:,}. Maybe filter them, or take CSV.",
            )
        records = tuple(record for batch in batches for record in batch)
        content = service.readers.ask(make_file, RowsFile(resource.kind, records, asked.lang))
        return Response(content, media_type=MEDIA_TYPES[form], headers=headers)
    text = _features(batches) if form == "geojson" else _csv(resource.kind, batches, asked.lang)
    return StreamingResponse(text, media_type=_typed(form), headers=headers)


def _typed(form: str) -> str:
    """Media type of a text; of GeoJSON it is UTF-8 always."""
    return MEDIA_TYPES[form] if form == "geojson" else f"{MEDIA_TYPES[form]}; charset=utf-8"


def _batches(service: Service, found: _Found, limit: int | None) -> Iterator[list[str]]:
    """Yield records batch by batch, each read by itself: a slow client keeps nothing open.

    Raises
    ------
    ConflictError
        If the run gets another plan meanwhile; the file then ends in the middle.
    """
    run, start, left = found.run, found.start, limit
    while left is None or left > 0:
        most = AT_ONCE if left is None else min(AT_ONCE, left)
        with service.database.reading() as connection:
            rows = read_rows(connection, found.query, start, most)
            now = find_run(connection, run.run_id, frozenset())
        if (now.plan_digest, now.finished_at) != (run.plan_digest, run.finished_at):
            raise ConflictError(f"run {run.run_id} has another plan now. Maybe ask again.")
        if not rows:
            return
        yield [row.record for row in rows]
        start = rows[-1].position
        left = None if left is None else left - len(rows)


def _csv(kind: type[Row], batches: Iterator[list[str]], lang: Language) -> Iterator[str]:
    yield csv_head(kind, lang)
    for records in batches:
        yield csv_lines(kind, records, lang)


def _features(batches: Iterator[list[str]]) -> Iterator[str]:
    yield '{"type":"FeatureCollection","features":[\n'
    parting = ""
    for records in batches:
        yield parting + ",\n".join(feature_lines(records))
        parting = ",\n"
    yield "\n]}\n"
