"""Keeps what a run leaves: its document, files and rows, seen all at once or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, update

from allocator.store.database import Database
from allocator.store.documents import Packed, keep_packed, pack
from allocator.store.editions import write_edition
from allocator.store.events import add_event
from allocator.store.leases import Claim, is_held
from allocator.store.queue import NewEvents
from allocator.store.tables import run_files, runs

__all__ = ["Results", "keep_results"]


@dataclass(frozen=True)
class Results:
    """What a run leaves: document, files by name with media type and content, rows of sheets."""

    document: Mapping[str, Any]
    outcome: str | None
    plan_digest: str | None
    files: Mapping[str, tuple[str, bytes]]
    rows: Callable[[], Iterable[Mapping[str, Any]]]


def keep_results(
    database: Database,
    held: Claim,
    results: Results,
    lease_seconds: float,
    *,
    is_last: bool,
    events: NewEvents = (),
) -> bool:
    """Keep what a run has; the last results end it.

    Rows are written first, out of sight; one short transaction shows them, with all the rest.

    Returns
    -------
    bool
        Whether they were kept: not if the run is not the worker's any more, or was cancelled.
    """
    packed = {name: (kind, pack(content)) for name, (kind, content) in results.files.items()}
    edition = write_edition(database, held, lease_seconds, results.rows())
    if edition is None:
        return False
    with database.writing() as connection:
        values: dict[str, Any] = {
            "document": dict(results.document),
            "outcome": results.outcome,
            "plan_digest": results.plan_digest,
            "edition": edition,
        }
        if is_last:
            values |= {
                "status": "finished",
                "phase": "",
                "lease_until": None,
                "error": None,
                "finished_at": database.now(connection),
            }
        kept = connection.execute(
            update(runs).where(*is_held(held), runs.c.is_cancel_asked.is_(False)).values(**values)
        )
        if not kept.rowcount:
            return False
        _keep_files(database, connection, held.run_id, packed)
        for kind, body in events:
            add_event(database, connection, held.run_id, kind, body)
        body = {"status": "finished" if is_last else "running", "outcome": results.outcome}
        add_event(database, connection, held.run_id, "status" if is_last else "plan", body)
        return True


def _keep_files(
    database: Database,
    connection: Connection,
    run_id: str,
    files: Mapping[str, tuple[str, Packed]],
) -> None:
    connection.execute(delete(run_files).where(run_files.c.run_id == run_id))
    for name, (media_type, packed) in files.items():
        digest = keep_packed(database, connection, packed)
        row = {"run_id": run_id, "name": name, "media_type": media_type, "digest": digest}
        connection.execute(insert(run_files).values(row))
