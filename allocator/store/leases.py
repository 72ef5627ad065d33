"""The lease by which a worker holds a run, and the token without which it may not write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, update

from allocator.store.database import Database
from allocator.store.tables import runs

__all__ = ["Claim", "Orders", "is_held", "renew"]


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
    """What the worker of a run is told.

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


def is_held(held: Claim) -> tuple[ColumnElement[bool], ...]:
    """Conditions on the run under which a worker may write."""
    return (
        runs.c.run_id == held.run_id,
        runs.c.token == held.token,
        runs.c.status == "running",
    )


def renew(
    database: Database,
    connection: Connection,
    held: Claim,
    lease_seconds: float,
    told: Mapping[str, Any] | None = None,
) -> Orders:
    """Let the lease begin anew, with more values of the run; hear what is asked of the worker."""
    until = database.now(connection) + timedelta(seconds=lease_seconds)
    row = connection.execute(
        update(runs)
        .where(*is_held(held))
        .values(lease_until=until, **(told or {}))
        .returning(runs.c.is_cancel_asked, runs.c.stops_asked)
    ).first()
    if row is None:
        return Orders(is_lost=True)
    return Orders(False, bool(row.is_cancel_asked), int(row.stops_asked))
