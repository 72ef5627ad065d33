"""Identifiers that the service gives out: they tell nothing and cannot be guessed."""

from __future__ import annotations

import secrets
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from allocator.store.database import Database

__all__ = ["new_id", "next_number"]


def new_id(letter: str) -> str:
    """Identifier of 80 random bits behind a letter that says of what."""
    return f"{letter}{secrets.token_hex(10)}"


def next_number(database: Database, connection: Connection, table: Table) -> int:
    """Number of the next row, in the order in which rows are kept."""
    database.lock(connection)
    last = connection.execute(_last_number(table)).scalar()
    return int(last or 0) + 1


@cache
def _last_number(table: Table) -> Select[Any]:
    """Made once: making a statement takes as long as asking it."""
    return select(func.max(table.c.number))
