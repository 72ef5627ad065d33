"""What happens to runs, in order; only ever added to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from allocator.store.database import Database
from allocator.store.tables import run_events

__all__ = ["RunEvent", "add_event", "read_events"]


@dataclass(frozen=True)
class RunEvent:
    """One thing that happened: ``status``, ``progress`` or ``log``, with its details."""

    event_id: int
    at: datetime
    kind: str
    body: dict[str, Any]


def add_event(
    database: Database, connection: Connection, run_id: str, kind: str, body: Mapping[str, Any]
) -> None:
    """Add an event of a run."""
    values = {"run_id": run_id, "at": database.now(connection), "kind": kind, "body": dict(body)}
    connection.execute(insert(run_events), values)


def read_events(
    connection: Connection, run_id: str, after: int = 0, kind: str | None = None, limit: int = 1000
) -> list[RunEvent]:
    """Return the events of a run after one of them, in order."""
    columns = (run_events.c.event_id, run_events.c.at, run_events.c.kind, run_events.c.body)
    query = (
        select(*columns)
        .where(run_events.c.run_id == run_id, run_events.c.event_id > after)
        .order_by(run_events.c.event_id)
        .limit(limit)
    )
    if kind is not None:
        query = query.where(run_events.c.kind == kind)
    return [RunEvent(**row) for row in connection.execute(query).mappings()]
