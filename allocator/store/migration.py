"""Brings a database to the tables of this version."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from allocator.errors import ConflictError
from allocator.store.database import Database

__all__ = ["known_revisions", "migrate"]

_LOCK: Final = 4816
"""Number of the lock under which one process migrates while others wait."""


def _scripts() -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config, ScriptDirectory.from_config(config)


def known_revisions() -> frozenset[str]:
    """Revisions of a database that this version can read or bring to its own."""
    return frozenset(script.revision for script in _scripts()[1].walk_revisions())


def migrate(database: Database) -> None:
    """Make or change the tables; safe to call from several processes at once.

    Raises
    ------
    ConflictError
        If the database cannot be reached, or a newer version of the product has written it.
    """
    config, scripts = _scripts()
    known = known_revisions()
    try:
        with database.writing() as connection:
            database.lock(connection, _LOCK)
            present = MigrationContext.configure(connection).get_current_revision()
            if present is not None and present not in known:
                raise ConflictError(
                    f"the database is at revision {present}, which this version does not know. "
                    "Maybe a newer version of the product has written it; use that one."
                )
            if present != scripts.get_current_head():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
    except DBAPIError as error:
        raise ConflictError(
            f"the database cannot be used ({error.orig}). "
            "Maybe its folder cannot be written to, or the server is down."
        ) from error
