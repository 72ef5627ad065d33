"""Routes of the runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from allocator.store import audit
from allocator.store.events import RunEvent, read_events
from allocator.store.runs import StoredRun, ask_cancel, ask_stop, find_run, list_runs
from api.access.rules import Caller, may_use
from api.idempotency import IdempotencyKey
from api.models import shanghai
from api.runs.ordering import put_in_queue
from api.runs.schemas import EventAnswer, LogAnswer, RunAnswer, RunList, RunRequest
from api.service import Service, ServiceOf

__all__ = ["router"]

router = APIRouter(prefix="/v1/runs", tags=["runs"])

MOST_ON_PAGE: Final = 200

MOST_EVENTS: Final = 1000

LOOK_SECONDS: Final = 0.5
"""How often a stream looks for news. [s]"""

ALIVE_SECONDS: Final = 15.0
"""A stream without news says so this often, so that nobody in between hangs up. [s]"""


@router.post("", status_code=202, dependencies=[may_use("planner", "logistics", "analyst")])
def submit_run(
    asked: RunRequest,
    response: Response,
    service: ServiceOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> RunAnswer:
    """Put a run into the queue. What is acknowledged here is carried out, whatever dies."""
    run = put_in_queue(service, caller, asked, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.run_id}"
    return RunAnswer.of(run)


@router.get("", dependencies=[may_use("everyone")])
def get_runs(
    service: ServiceOf,
    caller: Caller,
    status: Literal["queued", "running", "finished", "failed", "cancelled"] | None = None,
    kind: Literal["place", "dispatch", "plan", "replan", "explain", "coordination"] | None = None,
    case_id: Annotated[str | None, Query(max_length=64)] = None,
    base_run: Annotated[str | None, Query(max_length=64)] = None,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_PAGE)] = 50,
) -> RunList:
    """List the runs, the newest first."""
    asked = {"status": status, "kind": kind, "case_id": case_id, "base_run": base_run}
    where = {name: value for name, value in asked.items() if value is not None}
    with service.database.reading() as connection:
        found = list_runs(connection, caller.provinces, where=where, before=before, limit=limit)
    more = found[-1].number if len(found) == limit else None
    return RunList(runs=[RunAnswer.of(run) for run in found], before=more)


@router.get("/{run_id}", dependencies=[may_use("everyone")])
def get_run(run_id: str, service: ServiceOf, caller: Caller) -> RunAnswer:
    """How a run stands."""
    return RunAnswer.of(_run(service, caller, run_id))


@router.post("/{run_id}/stop", dependencies=[may_use("planner", "logistics", "analyst")])
def stop_run(run_id: str, service: ServiceOf, caller: Caller) -> RunAnswer:
    """Ask a run to end now with the best plan it has."""
    with service.database.writing() as connection:
        run = find_run(connection, run_id, caller.provinces)
        ask_stop(service.database, connection, run)
        audit.append(service.database, connection, caller, "run.stop", run_id)
        return RunAnswer.of(find_run(connection, run_id, caller.provinces))


@router.delete(
    "/{run_id}", status_code=202, dependencies=[may_use("planner", "logistics", "analyst")]
)
def cancel_run(run_id: str, service: ServiceOf, caller: Caller) -> RunAnswer:
    """Cancel a run; it ends within seconds. One that is over stays as it is."""
    with service.database.writing() as connection:
        run = find_run(connection, run_id, caller.provinces)
        ask_cancel(service.database, connection, run)
        audit.append(service.database, connection, caller, "run.cancel", run_id)
        return RunAnswer.of(find_run(connection, run_id, caller.provinces))


@router.get("/{run_id}/log", dependencies=[may_use("everyone")])
def get_log(
    run_id: str,
    service: ServiceOf,
    caller: Caller,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    kind: Literal["status", "progress", "log", "plan"] | None = None,
) -> LogAnswer:
    """What happened to a run so far, in order."""
    with service.database.reading() as connection:
        find_run(connection, run_id, caller.provinces)
        found = read_events(connection, run_id, after, kind, MOST_EVENTS)
    more = found[-1].event_id if len(found) == MOST_EVENTS else None
    events = [EventAnswer.model_validate(event) for event in found]
    return LogAnswer(run_id=run_id, events=events, after=more)


@router.get(
    "/{run_id}/events",
    dependencies=[may_use("everyone")],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "object"}}}}},
)
async def stream_events(
    run_id: str,
    request: Request,
    service: ServiceOf,
    caller: Caller,
    last_event_id: Annotated[int, Header(ge=0, le=2**53)] = 0,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> StreamingResponse:
    """Server-sent events of a run until it is over; Last-Event-ID goes on where one was.

    A browser sends that header by itself only; its scripts say ``after`` instead.
    """
    await run_in_threadpool(_run, service, caller, run_id)
    stream = _stream(service, caller, run_id, request, max(last_event_id, after))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


def _run(service: Service, caller: audit.Actor, run_id: str) -> StoredRun:
    with service.database.reading() as connection:
        return find_run(connection, run_id, caller.provinces)


def _news(
    service: Service, caller: audit.Actor, run_id: str, after: int
) -> tuple[list[RunEvent], bool]:
    """Events after one of them, and whether the run is over."""
    with service.database.reading() as connection:
        found = read_events(connection, run_id, after, limit=MOST_EVENTS)
        return found, find_run(connection, run_id, caller.provinces).is_over


async def _stream(
    service: Service, caller: audit.Actor, run_id: str, request: Request, after: int
) -> AsyncIterator[bytes]:
    quiet = 0.0
    while not (service.leaving.is_set() or await request.is_disconnected()):
        found, is_over = await run_in_threadpool(_news, service, caller, run_id, after)
        for event in found:
            after, quiet = event.event_id, 0.0
            yield _written(event)
        if is_over and len(found) < MOST_EVENTS:
            return
        if quiet >= ALIVE_SECONDS:
            quiet = 0.0
            yield b": still there\n\n"
        await asyncio.sleep(LOOK_SECONDS)
        quiet += LOOK_SECONDS


def _written(event: RunEvent) -> bytes:
    """An event in the form of server-sent events."""
    body = {**event.body, "at": shanghai(event.at)}
    text = json.dumps(body, ensure_ascii=False)
    return f"id: {event.event_id}\nevent: {event.kind}\ndata: {text}\n\n".encode()
