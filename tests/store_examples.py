"""Cases and runs in a database, without a workbook or a solver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from allocator.store.cases import CaseContent, find_case, keep_case
from allocator.store.database import Database
from allocator.store.editions import shown_edition
from allocator.store.events import read_events
from allocator.store.keeping import Results
from allocator.store.leases import Claim
from allocator.store.queue import claim
from allocator.store.runs import RunOrder, StoredRun, find_run, submit
from allocator.store.tables import result_rows, runs

__all__ = [
    "LEASE",
    "all_rows",
    "claimed",
    "kept_case",
    "let_lease_end",
    "queued",
    "results",
    "shown_rows",
    "status_events",
    "stored",
]

LEASE = 30.0
EVERYWHERE = frozenset[str]()


def kept_case(database: Database) -> str:
    """Keep a case that nobody reads."""
    content = CaseContent(
        name="tiny",
        origin="upload",
        case_digest="d",
        source_name="tiny.json",
        source_type="application/json",
        source=b"{}",
        canonical=b"{}",
        summary={"scenarios": []},
        provinces=["45"],
        warnings=[],
    )
    with database.writing() as connection:
        return keep_case(database, connection, content, "somebody").case_id


def queued(
    database: Database, kind: str = "place", by: str = "somebody", case_id: str | None = None
) -> str:
    """Put a run into the queue."""
    case_id = case_id or kept_case(database)
    with database.writing() as connection:
        case = find_case(connection, case_id, frozenset())
        return submit(database, connection, RunOrder(kind, case_id), by, case).run_id


def claimed(database: Database, worker: str = "w1", attempts: int = 3) -> Claim:
    """Claim the next run, which must be there."""
    held = claim(database, worker, LEASE, attempts)
    assert held is not None
    return held


def let_lease_end(database: Database, held: Claim) -> None:
    """Make the worker of a run one that has been silent for too long."""
    past = datetime.now(UTC) - timedelta(hours=1)
    with database.writing() as connection:
        ended = update(runs).where(runs.c.run_id == held.run_id)
        connection.execute(ended.values(lease_until=past))


def stored(database: Database, run_id: str) -> StoredRun:
    """How a run stands."""
    with database.reading() as connection:
        return find_run(connection, run_id, EVERYWHERE)


def status_events(database: Database, run_id: str) -> list[str]:
    """Statuses of a run in the order of its log."""
    with database.reading() as connection:
        return [event.body["status"] for event in read_events(connection, run_id, kind="status")]


def _rows(count: int, record: str) -> Iterable[Mapping[str, Any]]:
    for position in range(count):
        yield {
            "sheet": "Dispatch_Trips",
            "position": position,
            "trip": f"T{position}",
            "record": record,
        }


def results(count: int = 3, record: str = "{}", outcome: str = "optimal") -> Results:
    """What a run leaves, with so many rows."""
    files = {"plan.xlsx": ("application/zip", record.encode())}
    return Results({"status": outcome}, outcome, "digest", files, lambda: _rows(count, record))


def shown_rows(database: Database, run_id: str) -> list[str]:
    """Records that are the results of a run."""
    row = result_rows.c
    query = select(row.record).where(row.edition == shown_edition(run_id)).order_by(row.position)
    with database.reading() as connection:
        return list(connection.execute(query).scalars())


def all_rows(database: Database) -> int:
    """How many rows the database holds, shown or not."""
    with database.reading() as connection:
        query = select(func.count()).select_from(result_rows)
        return int(connection.execute(query).scalar_one())
