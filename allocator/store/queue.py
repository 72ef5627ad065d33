"""Runs as workers see them: claimed, held by a lease, given back, ended without a plan.

A worker that was thought dead and comes back has an old token: none of its writes is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, case, func, literal, null, or_, select, update

from allocator.store.database import Database
from allocator.store.events import add_event
from allocator.store.leases import Claim, Orders, is_held, renew
from allocator.store.tables import UtcTime, runs

__all__ = ["NewEvents", "claim", "give_back", "hear_orders", "heartbeat", "settle"]

NewEvents = Sequence[tuple[str, Mapping[str, Any]]]
"""Kinds and bodies of events that are not kept yet."""


def claim(database: Database, worker: str, lease_seconds: float, attempts: int) -> Claim | None:
    """Take the next run: who waits for something urgent first, then who has least at work.

    Runs whose worker has been silent for longer than its lease are waiting again; those that have
    been tried often enough are failed.
    """
    if not _has_work(database):
        return None
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
                    started_at=func.coalesce(runs.c.started_at, literal(now, UtcTime)),
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


def _has_work(database: Database) -> bool:
    """Whether there may be a run to take; asking that keeps no writer waiting."""
    with database.reading() as connection:
        is_silent = (runs.c.status == "running") & (runs.c.lease_until < database.now(connection))
        query = select(runs.c.run_id).where(or_(runs.c.status == "queued", is_silent)).limit(1)
        return connection.execute(query).scalar() is not None


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
        values: dict[str, Any] = {"status": "queued", "worker": None}
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
            .values(token=runs.c.token + 1, lease_until=None, phase="", **values)
        )
        add_event(
            database,
            connection,
            row.run_id,
            "status",
            {"status": values["status"], "why": f"worker {row.worker} was lost"},
        )


def hear_orders(database: Database, held: Claim) -> Orders:
    """Hear what is asked of a worker; it says nothing, and keeps no writer waiting."""
    with database.reading() as connection:
        query = select(runs.c.is_cancel_asked, runs.c.stops_asked).where(*is_held(held))
        row = connection.execute(query).first()
        if row is None:
            return Orders(is_lost=True)
        return Orders(False, bool(row.is_cancel_asked), int(row.stops_asked))


def heartbeat(
    database: Database,
    held: Claim,
    lease_seconds: float,
    *,
    phase: str | None = None,
    progress: Mapping[str, Any] | None = None,
    events: NewEvents = (),
) -> Orders:
    """Say that the worker lives and how far it is; hear what is asked of it."""
    told: dict[str, Any] = {}
    if phase is not None:
        told["phase"] = phase
    if progress is not None:
        told["progress"] = dict(progress)
    with database.writing() as connection:
        orders = renew(database, connection, held, lease_seconds, told)
        if not orders.is_lost:
            _add_events(database, connection, held, events)
        return orders


def _add_events(database: Database, connection: Connection, held: Claim, events: NewEvents) -> None:
    for kind, body in events:
        add_event(database, connection, held.run_id, kind, body)


def give_back(
    database: Database, held: Claim, why: str, *, counts: bool = False, events: NewEvents = ()
) -> str | None:
    """Let a run wait again that its worker cannot finish now; one that shall end is cancelled.

    The attempt counts only if that is said.

    Returns
    -------
    str
        Status of the run; None if it is not the worker's any more.
    """
    with database.writing() as connection:
        is_cancelled = runs.c.is_cancel_asked.is_(True)
        now = literal(database.now(connection), UtcTime)
        status = connection.execute(
            update(runs)
            .where(*is_held(held))
            .values(
                status=case((is_cancelled, "cancelled"), else_="queued"),
                finished_at=case((is_cancelled, now), else_=null()),
                phase="",
                worker=None,
                lease_until=None,
                attempts=runs.c.attempts - (0 if counts else 1),
                token=runs.c.token + 1,
            )
            .returning(runs.c.status)
        ).scalar()
        if status is not None:
            _add_events(database, connection, held, events)
            body = {"status": status, "why": why}
            add_event(database, connection, held.run_id, "status", body)
        return status


def settle(
    database: Database,
    held: Claim,
    status: str,
    error: Mapping[str, Any] | None = None,
    *,
    events: NewEvents = (),
) -> str | None:
    """End a run that has no last results: ``failed`` with its error, or ``cancelled``.

    A run that failed although it was asked to cancel is cancelled. A first plan that was kept
    stays.

    Returns
    -------
    str
        Status that the run ended with; None if it is not the worker's any more.
    """
    with database.writing() as connection:
        wanted = case((runs.c.is_cancel_asked.is_(True), "cancelled"), else_=status)
        ended = connection.execute(
            update(runs)
            .where(*is_held(held))
            .values(
                status=wanted,
                phase="",
                lease_until=None,
                error=None if error is None else dict(error),
                finished_at=database.now(connection),
            )
            .returning(runs.c.status)
        ).scalar()
        if ended is not None:
            _add_events(database, connection, held, events)
            add_event(database, connection, held.run_id, "status", {"status": ended})
        return ended
