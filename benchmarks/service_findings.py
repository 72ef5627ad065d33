"""What a database of the service says about runs after it was mistreated."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from allocator.store.database import Database
from allocator.store.runs import ENDED
from allocator.store.tables import idempotency_keys, result_editions, run_events, runs

__all__ = ["Findings", "count_open", "find_stuck", "look_at_runs"]


@dataclass(frozen=True)
class Findings:
    """What became of acknowledged runs.

    Parameters
    ----------
    acknowledged
        Runs whose submission was answered.
    missing, lost
        Of these, not in the database; not there or not ended.
    ended
        How many ended with each status.
    errors
        How many of those that failed say what.
    ended_twice
        Runs whose log has more than one end, or one end and work after it.
    twins
        Runs more than there are idempotency keys: made twice for one request.
    most_attempts
        Of one run.
    integrity
        What ``PRAGMA integrity_check`` said; empty for PostgreSQL.
    left_rows, left_folders
        Sets of result rows that nobody shows; folders of runs that nobody holds.
    """

    acknowledged: int
    missing: list[str]
    lost: list[str]
    ended: dict[str, int]
    errors: dict[str, int]
    ended_twice: list[str]
    twins: int
    most_attempts: int
    integrity: str
    left_rows: int
    left_folders: list[str]


def count_open(database: Database) -> int:
    """How many runs have not ended."""
    with database.reading() as connection:
        query = select(func.count()).select_from(runs).where(runs.c.status.not_in(ENDED))
        return int(connection.execute(query).scalar_one())


def find_stuck(database: Database, seconds: float) -> list[str]:
    """Runs at work whose worker has been silent for so long beyond its lease."""
    with database.reading() as connection:
        since = database.now(connection) - timedelta(seconds=seconds)
        query = select(runs.c.run_id).where(runs.c.status == "running", runs.c.lease_until < since)
        return list(connection.execute(query).scalars())


def look_at_runs(database: Database, acknowledged: Collection[str], scratch: Path) -> Findings:
    """Hold what was acknowledged against what is kept."""
    with database.reading() as connection:
        kept = {
            row.run_id: row
            for row in connection.execute(
                select(runs.c.run_id, runs.c.status, runs.c.attempts, runs.c.error)
            )
        }
        events = connection.execute(
            select(run_events.c.run_id, run_events.c.body)
            .where(run_events.c.kind == "status")
            .order_by(run_events.c.event_id)
        ).all()
        keys = int(
            connection.execute(select(func.count()).select_from(idempotency_keys)).scalar_one()
        )
        shown = select(runs.c.edition).where(runs.c.edition.is_not(None))
        left = select(func.count()).select_from(result_editions)
        left_rows = connection.execute(left.where(result_editions.c.edition.not_in(shown)))
        integrity = ""
        if database.is_sqlite:
            integrity = str(connection.execute(text("PRAGMA integrity_check")).scalar_one())
        statuses: dict[str, list[str]] = {}
        for row in events:
            statuses.setdefault(row.run_id, []).append(row.body["status"])
        ended = [row.status for row in kept.values()]
        errors = [row.error["error"] for row in kept.values() if row.error]
        return Findings(
            acknowledged=len(acknowledged),
            missing=sorted(set(acknowledged) - kept.keys()),
            lost=sorted(
                one for one in acknowledged if one not in kept or kept[one].status not in ENDED
            ),
            ended={status: ended.count(status) for status in sorted(set(ended))},
            errors={error: errors.count(error) for error in sorted(set(errors))},
            ended_twice=sorted(one for one, told in statuses.items() if _is_twice(told)),
            # Runs that nobody heard of are kept as well: the answer was lost, not the run.
            twins=len(kept) - keys,
            most_attempts=max((row.attempts for row in kept.values()), default=0),
            integrity=integrity,
            left_rows=int(left_rows.scalar_one()),
            left_folders=sorted(path.name for path in scratch.glob("*")),
        )


def _is_twice(statuses: list[str]) -> bool:
    ends = [place for place, status in enumerate(statuses) if status in ENDED]
    return len(ends) > 1 or (bool(ends) and ends[0] != len(statuses) - 1)
