"""Rows of results, kept in many short transactions and shown all at once.

One transaction with the rows of 100,000 trips would keep every other writer waiting for half a
minute. Rows are written under an edition of their run instead, which nobody sees until the run
points at it; editions that nothing points at are swept away.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, ScalarSelect, delete, insert, or_, select

from allocator.store.database import Database
from allocator.store.leases import Claim, renew
from allocator.store.tables import result_editions, result_rows, runs

__all__ = ["shown_edition", "sweep_editions", "write_edition"]

ROWS_AT_ONCE: Final = 2000
"""Rows in one transaction: a tenth of a second of writing."""

PAUSE_SECONDS: Final = 0.12
"""Between two such transactions others get their turn; SQLite's waiters look every 0.1 s. [s]"""


def shown_edition(run_id: str) -> ScalarSelect[int]:
    """Number of the edition whose rows are the results of a run; none matches no row."""
    return select(runs.c.edition).where(runs.c.run_id == run_id).scalar_subquery()


def write_edition(
    database: Database, held: Claim, lease_seconds: float, rows: Iterable[Mapping[str, Any]]
) -> int | None:
    """Write rows under a new edition of a run, which is not shown yet; the lease goes on.

    Returns
    -------
    int
        Number of the edition; None if the run is not the worker's any more or shall end.
    """
    waiting = iter(rows)
    batch = list(islice(waiting, ROWS_AT_ONCE))
    edition: int | None = None
    while edition is None or batch:
        with database.writing() as connection:
            orders = renew(database, connection, held, lease_seconds)
            if orders.is_lost or orders.is_cancelled:
                return None
            if edition is None:
                edition = _begin(connection, held)
            if batch:
                numbered = [{**row, "edition": edition} for row in batch]
                connection.execute(insert(result_rows), numbered)
        batch = list(islice(waiting, ROWS_AT_ONCE))
        if batch:
            time.sleep(PAUSE_SECONDS)
    return edition


def _begin(connection: Connection, held: Claim) -> int:
    values = {"run_id": held.run_id, "token": held.token}
    made = insert(result_editions).values(values).returning(result_editions.c.edition)
    return int(connection.execute(made).scalar_one())


def sweep_editions(database: Database) -> int:
    """Take away editions that no run shows and no worker writes; return how many there were."""
    edition = result_editions.c
    is_shown = runs.c.edition.is_not(None) & (runs.c.edition == edition.edition)
    is_at_work = (runs.c.status == "running") & (runs.c.token == edition.token)
    # A first plan gives way to the last one while its run is at work: shown editions only go up.
    is_behind = runs.c.edition.is_not(None) & (edition.edition < runs.c.edition)
    query = (
        select(edition.edition)
        .join(runs, runs.c.run_id == edition.run_id)
        .where(~is_shown, or_(~is_at_work, is_behind))
    )
    with database.reading() as connection:
        stale = list(connection.execute(query).scalars())
    for number in stale:
        _take_away(database, number)
    return len(stale)


def _take_away(database: Database, edition: int) -> None:
    row = result_rows.c
    while True:
        with database.writing() as connection:
            some = (
                select(row.sheet, row.position)
                .where(row.edition == edition)
                .order_by(row.sheet, row.position)
                .limit(ROWS_AT_ONCE)
            )
            found = connection.execute(some).all()
            for sheet in {one.sheet for one in found}:
                last = max(one.position for one in found if one.sheet == sheet)
                connection.execute(
                    delete(result_rows).where(
                        row.edition == edition, row.sheet == sheet, row.position <= last
                    )
                )
            if len(found) < ROWS_AT_ONCE:
                connection.execute(
                    delete(result_editions).where(result_editions.c.edition == edition)
                )
                return
        time.sleep(PAUSE_SECONDS)
