"""Comparisons of runs, with their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from allocator.errors import NotFoundError
from allocator.store.database import Database
from allocator.store.documents import keep_content
from allocator.store.names import new_id, next_number
from allocator.store.scope import covers
from allocator.store.tables import cases, comparisons, runs

__all__ = [
    "ComparisonContent",
    "StoredComparison",
    "find_comparison",
    "keep_comparison",
    "list_comparisons",
]


@dataclass(frozen=True)
class ComparisonContent:
    """What a comparison consists of, before it is kept."""

    document: dict[str, Any]
    workbook: bytes
    page: bytes


@dataclass(frozen=True)
class StoredComparison:
    """A comparison; the first of its runs is the base.

    Parameters
    ----------
    comparison_id, number, name
        Identifier; running number; for people.
    run_ids
        The base, then what is held against it.
    document
        What ``allocator compare --json`` prints.
    workbook, page
        Digests of the files.
    created_at, created_by
        When and by whom.
    """

    comparison_id: str
    number: int
    name: str
    run_ids: list[str]
    document: dict[str, Any]
    workbook: str
    page: str
    created_at: datetime
    created_by: str


def keep_comparison(
    database: Database,
    connection: Connection,
    name: str,
    run_ids: Sequence[str],
    content: ComparisonContent,
    created_by: str,
) -> StoredComparison:
    """Keep a comparison and return it."""
    values: dict[str, Any] = {
        "comparison_id": new_id("m"),
        "number": next_number(database, connection, comparisons),
        "name": name,
        "run_ids": list(run_ids),
        "document": content.document,
        "workbook": keep_content(database, connection, content.workbook),
        "page": keep_content(database, connection, content.page),
        "created_at": database.now(connection),
        "created_by": created_by,
    }
    connection.execute(insert(comparisons).values(values))
    return StoredComparison(**values)


def find_comparison(
    connection: Connection, comparison_id: str, provinces: frozenset[str]
) -> StoredComparison:
    """Return a comparison whose runs may be seen as a whole.

    Raises
    ------
    NotFoundError
        If there is none, or it has runs about other provinces.
    """
    query = select(comparisons).where(comparisons.c.comparison_id == comparison_id)
    row = connection.execute(query).mappings().first()
    if row is None or not _is_seen(connection, row["run_ids"], provinces):
        raise NotFoundError("there is no such comparison. Maybe see GET /v1/comparisons.")
    return StoredComparison(**row)


def list_comparisons(
    connection: Connection, provinces: frozenset[str], before: int | None, limit: int
) -> list[StoredComparison]:
    """Return comparisons that may be seen, the newest first, without their documents."""
    columns = [column for column in comparisons.c if column.name != "document"]
    query = select(*columns).order_by(comparisons.c.number.desc())
    if before is not None:
        query = query.where(comparisons.c.number < before)
    found: list[StoredComparison] = []
    for row in connection.execute(query).mappings().all():
        if _is_seen(connection, row["run_ids"], provinces):
            found.append(StoredComparison(**row, document={}))
        if len(found) == limit:
            break
    return found


def _is_seen(connection: Connection, run_ids: list[str], provinces: frozenset[str]) -> bool:
    """Whether all runs concern one's own provinces only."""
    if not provinces:
        return True
    query = (
        select(cases.c.provinces)
        .join(runs, runs.c.case_id == cases.c.case_id)
        .where(runs.c.run_id.in_(run_ids))
    )
    return all(covers(row.provinces, provinces) for row in connection.execute(query))
