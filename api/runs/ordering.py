"""A request for a run to an order in the queue."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection

from allocator.errors import ConflictError, NotFoundError
from allocator.schema import CHANGE_SHEETS
from allocator.store import audit
from allocator.store.cases import StoredCase, find_case
from allocator.store.runs import PLANLESS, RunOrder, StoredRun, count_queued, find_run, submit
from api.idempotency import known_resource, remember_resource, request_digest
from api.problems import ProblemError
from api.runs.schemas import RunRequest
from api.service import Service

__all__ = ["put_in_queue"]


def put_in_queue(
    service: Service, caller: audit.Actor, asked: RunRequest, key: str | None
) -> StoredRun:
    """Put a run into the queue, once for each idempotency key, and return it.

    Raises
    ------
    NotFoundError
        If case, run or scenario is not there.
    ConflictError
        If the run to start from has no plan, or one of another case.
    ProblemError
        If too many runs wait.
    """
    database = service.database
    digest = request_digest("run", asked.model_dump_json())
    # Writers take turns: what can be read before and after is. Cases and plans do not go away.
    with database.reading() as connection:
        order, case = _order(connection, caller, asked)
    with database.writing() as connection:
        known = known_resource(database, connection, caller.name, key, digest)
        if known is not None:
            return find_run(connection, known, caller.provinces)
        _check_room(connection, service.settings.queued_runs)
        run = submit(database, connection, order, caller.name, case)
        remember_resource(database, connection, caller.name, key, digest, ("run", run.run_id))
        told = {"kind": order.kind, "case_id": order.case_id, "request": digest}
        audit.append(database, connection, caller, "run.submit", run.run_id, told)
        return run


def _check_room(connection: Connection, most: int) -> None:
    if count_queued(connection) >= most:
        raise ProblemError(
            429,
            "queue_full",
            f"{most} runs are waiting, and no more are taken. Maybe try again in a minute.",
            headers={"Retry-After": "60"},
        )


def _order(
    connection: Connection, caller: audit.Actor, asked: RunRequest
) -> tuple[RunOrder, StoredCase]:
    """Hold a request against what there is; its case comes with it."""
    base = None
    if asked.base_run is not None:
        base = find_run(connection, asked.base_run, caller.provinces)
        if base.document is None or base.kind in PLANLESS:
            raise ConflictError(
                f"run {base.run_id} ({base.kind}, {base.status}) has no plan to start from. "
                "Maybe wait until it is finished, or name another."
            )
    case_id = asked.case_id or (base.case_id if base else "")
    case = find_case(connection, case_id, caller.provinces)
    if base is not None and base.case_id != case_id:
        raise ConflictError(
            f"run {base.run_id} is of case {base.case_id}, not of {case_id}. "
            "Maybe leave case_id out."
        )
    scenarios = [one["scenario"] for one in case.summary["scenarios"]]
    if asked.scenario is not None and asked.scenario not in scenarios:
        raise NotFoundError(
            f"the case has no scenario {asked.scenario!r}. Maybe one of: "
            f"{', '.join(scenarios[:20])}."
        )
    order = RunOrder(
        kind=asked.kind,
        case_id=case_id,
        name=asked.name,
        base_run=asked.base_run,
        scenario=asked.scenario,
        options=asked.options.model_dump(exclude_none=True),
        order_document=None if asked.changes is None else _changes(asked.changes),
    )
    return order, case


def _changes(rows: list[dict[str, Any]]) -> bytes:
    """Changes as the JSON document that ``allocator replan --changes`` reads."""
    sheet = list(CHANGE_SHEETS)[-1]
    try:
        return json.dumps({sheet: rows}, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        raise ProblemError(
            422, "invalid_request", "changes: a number must be finite, a text must be text."
        ) from error
