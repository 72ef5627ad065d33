"""Identifiers that the service gives out: they tell nothing and cannot be guessed."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, Table, func, select

from allocator.store.database import Database

__all__ = ["new_id", "next_number"]


def new_id(letter: str) -> str:
    """Identifier of 80 random bits behind a letter that says of what."""
    return f"{letter}{secrets.token_hex(10)}"


def next_number(database: Database, connection: Connection, table: Table) -> int:
    """Number of the next row, in the order in which rows are kept."""
    database.lock(connection)
    last = connection.execute(select(func.max(table.c.number))).scalar()
    return int(last or 0) + 1
