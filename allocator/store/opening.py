"""Opens the database of the service as its settings say."""

from __future__ import annotations

from allocator.errors import ConflictError
from allocator.service_settings import ServiceSettings
from allocator.store.database import Database
from allocator.store.migration import migrate

__all__ = ["make_data_folder", "open_database"]


def make_data_folder(settings: ServiceSettings) -> None:
    """Make the data folder if it is not there.

    Raises
    ------
    ConflictError
        If it cannot be made.
    """
    try:
        # Others on this machine have no business with plans, hashes of keys and the audit secret.
        settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConflictError(
            f"{settings.data_folder}: the data folder cannot be made ({error.strerror}). "
            "Maybe choose another with --data."
        ) from error


def open_database(settings: ServiceSettings) -> Database:
    """Open the database of the service, with the tables of this version.

    Raises
    ------
    ConflictError
        If its folder cannot be made, or the database cannot be used.
    """
    make_data_folder(settings)
    database = Database(settings.database_address)
    migrate(database)
    return database
