"""Figures by which those who run the service see how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from allocator.store.database import Database
from allocator.store.tables import runs

__all__ = ["RUN_STATUSES", "ServiceFigures", "service_figures"]

RUN_STATUSES: Final = ("queued", "running", "finished", "failed", "cancelled")


@dataclass(frozen=True)
class ServiceFigures:
    """How queue, workers and database stand.

    Parameters
    ----------
    runs
        Number of runs by status, all statuses.
    oldest_queued_seconds
        How long the run that waits longest has been waiting; 0 if none waits. [s]
    workers_at_work
        Workers that hold a run and have said lately that they live.
    silent_seconds
        How long ago a worker with a run last said so; None if no worker has a run. [s]
    database_bytes
        Size of the database. [bytes]
    """

    runs: Mapping[str, int]
    oldest_queued_seconds: float
    workers_at_work: int
    silent_seconds: float | None
    database_bytes: int


def service_figures(
    database: Database, connection: Connection, lease_seconds: float
) -> ServiceFigures:
    """Count and measure, all from one state of the database."""
    now = database.now(connection)
    query = select(runs.c.status, func.count().label("number")).group_by(runs.c.status)
    numbers = {row.status: int(row.number) for row in connection.execute(query)}
    oldest: datetime | None = connection.execute(
        select(func.min(runs.c.created_at)).where(runs.c.status == "queued")
    ).scalar()
    alive = select(func.count(runs.c.worker.distinct())).where(
        runs.c.status == "running", runs.c.lease_until >= now
    )
    lease: datetime | None = connection.execute(
        select(func.max(runs.c.lease_until)).where(runs.c.status == "running")
    ).scalar()
    silent = None
    if lease is not None:
        silent = _seconds_since(lease - timedelta(seconds=lease_seconds), now)
    return ServiceFigures(
        runs={status: numbers.get(status, 0) for status in RUN_STATUSES},
        oldest_queued_seconds=0.0 if oldest is None else _seconds_since(oldest, now),
        workers_at_work=int(connection.execute(alive).scalar_one()),
        silent_seconds=silent,
        database_bytes=database.size_bytes(connection),
    )


def _seconds_since(then: datetime, now: datetime) -> float:
    return max(0.0, (now - then).total_seconds())
