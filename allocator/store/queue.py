"""Runs as workers see them: claimed, held by a lease, written to with a token.

A worker that was thought dead and comes back has an old token: none of its writes is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, case, delete, func, insert, select, update

from allocator.store.database import Database
from allocator.store.documents import keep_content
from allocator.store.events import add_event
from allocator.store.tables import result_rows, run_files, runs

__all__ = [
    "Claim",
    "Orders",
    "Results",
    "claim",
    "give_back",
    "heartbeat",
    "keep_results",
    "settle",
]

_ROWS_AT_ONCE = 5000


@dataclass(frozen=True)
class Claim:
    """A run that a worker holds."""

    run_id: str
    number: int
    case_id: str
    kind: str
    base_run: str | None
    scenario: str | None
    options: dict[str, Any]
    order_document: str | None
    attempts: int
    token: int


@dataclass(frozen=True)
class Orders:
    """What the worker of a run is told at a heartbeat.

    Parameters
    ----------
    is_lost
        Whether the run is not the worker's any more.
    is_cancelled
        Whether it shall end without a plan.
    stops
        How often it was asked to end with its best plan.
    """

    is_lost: bool
    is_cancelled: bool = False
    stops: int = 0


@dataclass(frozen=True)
class Results:
    """What a run leaves: document, files by name with media type and content, rows of sheets."""

    document: Mapping[str, Any]
    outcome: str | None
    plan_digest: str | None
    files: Mapping[str, tuple[str, bytes]]
    rows: Callable[[], Iterable[Mapping[str, Any]]]


def claim(database: Database, worker: str, lease_seconds: float, attempts: int) -> Claim | None:
    """Take the next run: who waits for something urgent first, then who has least at work.

    Runs whose worker has been silent for longer than its lease are waiting again; those that have
    been tried often enough are failed.
    """
    with database.writing() as connection:
        _give_up_silent(database, connection, attempts)
        others = runs.alias("others")
        at_work = (
            select(func.count())
            .select_from(others)
            .where(others.c.created_by == runs.c.created_by, others.c.status == "running")
            .scalar_subquery()
        )
        waiting = (
            select(runs.c.run_id)
            .where(runs.c.status == "queued")
            .order_by(runs.c.priority, at_work, runs.c.number)
            .limit(1)
        )
        if not database.is_sqlite:
            waiting = waiting.with_for_update(skip_locked=True, of=runs)
        run_id = connection.execute(waiting).scalar()
        if run_id is None:
            return None
        now = database.now(connection)
        columns = [runs.c[name] for name in Claim.__dataclass_fields__]
        row = (
            connection.execute(
                update(runs)
                .where(runs.c.run_id == run_id)
                .values(
                    status="running",
                    phase="starting",
                    worker=worker,
                    token=runs.c.token + 1,
                    attempts=runs.c.attempts + 1,
                    lease_until=now + timedelta(seconds=lease_seconds),
                    started_at=case((runs.c.started_at.is_(None), now), else_=runs.c.started_at),
                )
                .returning(*columns)
            )
            .mappings()
            .one()
        )
        add_event(
            database,
            connection,
            run_id,
            "status",
            {"status": "running", "attempt": row["attempts"], "worker": worker},
        )
        return Claim(**row)


def _give_up_silent(database: Database, connection: Connection, attempts: int) -> None:
    """Let runs of silent workers wait again, or fail after enough attempts."""
    now = database.now(connection)
    query = (
        select(runs.c.run_id, runs.c.attempts, runs.c.is_cancel_asked, runs.c.worker)
        .where(runs.c.status == "running", runs.c.lease_until < now)
        .limit(100)
    )
    if not database.is_sqlite:
        query = query.with_for_update(skip_locked=True)
    for row in connection.execute(query).all():
        values: dict[str, Any] = {"status": "queued", "phase": "", "worker": None}
        if row.is_cancel_asked:
            values = {"status": "cancelled", "finished_at": now}
        elif row.attempts >= attempts:
            error = {
                "status": "failed",
                "error": "WorkerLost",
                "detail": f"its worker was lost {row.attempts} times. Maybe it needs more memory "
                "than this machine has; try a smaller case or a longer lease.",
            }
            values = {"status": "failed", "error": error, "finished_at": now}
        # A new token already here: the silent worker may come back before the next one claims.
        connection.execute(
            update(runs)
            .where(runs.c.run_id == row.run_id)
            .values(token=runs.c.token + 1, lease_until=None, **values)
        )
        add_event(
            database,
            connection,
            row.run_id,
            "status",
            {"status": values["status"], "why": f"worker {row.worker} was lost"},
        )


def _held(held: Claim) -> Any:
    return (
        runs.c.run_id == held.run_id,
        runs.c.token == held.token,
        runs.c.status == "running",
    )


def heartbeat(
    database: Database,
    held: Claim,
    lease_seconds: float,
    *,
    phase: str | None = None,
    progress: Mapping[str, Any] | None = None,
    events: Sequence[tuple[str, Mapping[str, Any]]] = (),
) -> Orders:
    """Say that the worker lives and how far it is; hear what is asked of it."""
    with database.writing() as connection:
        until = database.now(connection) + timedelta(seconds=lease_seconds)
        values: dict[str, Any] = {"lease_until": until}
        if phase is not None:
            values["phase"] = phase
        if progress is not None:
            values["progress"] = dict(progress)
        row = connection.execute(
            update(runs)
            .where(*_held(held))
            .values(**values)
            .returning(runs.c.is_cancel_asked, runs.c.stops_asked)
        ).first()
        if row is None:
            return Orders(is_lost=True)
        for kind, body in events:
            add_event(database, connection, held.run_id, kind, body)
        return Orders(False, bool(row.is_cancel_asked), int(row.stops_asked))


def give_back(database: Database, held: Claim, why: str, *, counts: bool = False) -> bool:
    """Let a run wait again that its worker cannot finish now.

    The attempt counts only if that is said.
    """
    with database.writing() as connection:
        done = connection.execute(
            update(runs)
            .where(*_held(held))
            .values(
                status="queued",
                phase="",
                worker=None,
                lease_until=None,
                attempts=runs.c.attempts - (0 if counts else 1),
                token=runs.c.token + 1,
            )
        )
        if done.rowcount:
            body = {"status": "queued", "why": why}
            add_event(database, connection, held.run_id, "status", body)
        return bool(done.rowcount)


def keep_results(database: Database, held: Claim, results: Results, *, is_last: bool) -> bool:
    """Keep what a run has, all at once; the last results end it.

    Returns
    -------
    bool
        Whether they were kept: not if the run is not the worker's any more, or was cancelled.
    """
    with database.writing() as connection:
        values: dict[str, Any] = {
            "document": dict(results.document),
            "outcome": results.outcome,
            "plan_digest": results.plan_digest,
        }
        if is_last:
            values |= {
                "status": "finished",
                "phase": "",
                "lease_until": None,
                "finished_at": database.now(connection),
            }
        kept = connection.execute(
            update(runs).where(*_held(held), runs.c.is_cancel_asked.is_(False)).values(**values)
        )
        if not kept.rowcount:
            return False
        connection.execute(delete(run_files).where(run_files.c.run_id == held.run_id))
        for name, (media_type, content) in results.files.items():
            digest = keep_content(database, connection, content)
            row = {"run_id": held.run_id, "name": name, "media_type": media_type, "digest": digest}
            connection.execute(insert(run_files).values(row))
        connection.execute(delete(result_rows).where(result_rows.c.run_id == held.run_id))
        _insert_rows(connection, held.run_id, results.rows())
        body = {"status": "finished" if is_last else "running", "outcome": results.outcome}
        add_event(database, connection, held.run_id, "status" if is_last else "plan", body)
        return True


def _insert_rows(connection: Connection, run_id: str, rows: Iterable[Mapping[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append({**row, "run_id": run_id})
        if len(batch) == _ROWS_AT_ONCE:
            connection.execute(insert(result_rows), batch)
            batch.clear()
    if batch:
        connection.execute(insert(result_rows), batch)


def settle(
    database: Database, held: Claim, status: str, error: Mapping[str, Any] | None = None
) -> bool:
    """End a run that has no last results: ``failed`` with its error, or ``cancelled``.

    A run that failed although it was asked to cancel is cancelled.
    """
    with database.writing() as connection:
        wanted = case((runs.c.is_cancel_asked.is_(True), "cancelled"), else_=status)
        row = connection.execute(
            update(runs)
            .where(*_held(held))
            .values(
                status=wanted,
                phase="",
                lease_until=None,
                error=None if error is None else dict(error),
                finished_at=database.now(connection),
            )
            .returning(runs.c.status)
        ).first()
        if row is not None:
            add_event(database, connection, held.run_id, "status", {"status": row.status})
        return row is not None
