"""Services that ask for keys, and keys for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from allocator.service_settings import ServiceSettings
from allocator.store.database import Database
from allocator.store.keys import make_key
from allocator.store.opening import open_database

__all__ = ["copied", "key_for", "sent", "with_keys"]


def with_keys(settings: ServiceSettings) -> ServiceSettings:
    """The same service, asking for keys."""
    return replace(settings, access="keys")


def copied(settings: ServiceSettings, folder: Path) -> ServiceSettings:
    """A copy of a service's database to be changed at will."""
    folder.mkdir(parents=True)
    with (
        sqlite3.connect(settings.data_folder / "allocator.sqlite") as source,
        sqlite3.connect(folder / "allocator.sqlite") as target,
    ):
        source.backup(target)
    source.close()
    target.close()
    return replace(settings, data_folder=folder)


def key_for(
    settings: ServiceSettings, role: str, provinces: Sequence[str] = (), name: str | None = None
) -> str:
    """Make a key and return its text."""
    database: Database = open_database(settings)
    chosen = name or "-".join((role, *provinces))
    try:
        with database.writing() as connection:
            asked = {"name": chosen, "role": role}
            return make_key(database, connection, **asked, provinces=provinces)[1]
    finally:
        database.close()


def sent(key: str) -> dict[str, str]:
    """Headers that send a key."""
    return {"X-API-Key": key}
