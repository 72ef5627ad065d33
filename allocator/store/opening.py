"""Opens the database of the service as its settings say."""

from __future__ import annotations

from allocator.errors import ConflictError
from allocator.service_settings import ServiceSettings
from allocator.store.database import Database
from allocator.store.migration import migrate

__all__ = ["open_database"]


def open_database(settings: ServiceSettings) -> Database:
    """Open the database of the service, with the tables of this version.

    Raises
    ------
    ConflictError
        If its folder cannot be made, or the database cannot be used.
    """
    try:
        settings.data_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConflictError(
            f"{settings.data_folder}: the data folder cannot be made ({error.strerror}). "
            "Maybe choose another with --data."
        ) from error
    database = Database(settings.database_address)
    migrate(database)
    return database
