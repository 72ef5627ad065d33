"""Copies of the whole SQLite database, made while it is in use, and the way back.

PostgreSQL has tools of its own for that; the errors here name them.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url

from allocator.errors import AllocatorError, ConflictError, NotFoundError
from allocator.store.migration import known_revisions
from allocator.store.tables import METADATA

__all__ = ["Backup", "back_up", "check_backup", "restore"]

WAIT_SECONDS: Final = 5.0
"""How long a restore waits for whoever has the database open. [s]"""

BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, by the end of the name."""

_DUMP: Final = "pg_dump --format=custom --file={file} --dbname={address}"

_RESTORE: Final = (
    "pg_restore --clean --if-exists --no-owner --single-transaction --dbname={address} {file}"
)


@dataclass(frozen=True)
class Backup:
    """A copy that was checked.

    Parameters
    ----------
    path
        Where it is.
    revision
        Of its tables.
    rows
        Number of rows by table.
    size_bytes
        Of the file. [bytes]
    seconds
        How long it took. [s]
    """

    path: Path
    revision: str
    rows: Mapping[str, int]
    size_bytes: int
    seconds: float


def back_up(address: str, target: Path, *, replaces: bool = False) -> Backup:
    """Copy the database into a file and check the copy; writers need not wait.

    Parameters
    ----------
    address
        Of the database.
    target
        Where the copy goes; it is there only once it is whole.
    replaces
        Whether a file that is there already is replaced.

    Raises
    ------
    NotFoundError
        If there is no database.
    ConflictError
        If it is not SQLite, the file is there, or the copy is not what it should be.
    """
    begun = time.perf_counter()
    source = _file_of(address, _DUMP.format(file=target, address=_plain(address)))
    if not source.is_file():
        raise NotFoundError(f"there is no database {source}. Maybe name its folder with --data.")
    if target.exists() and not replaces:
        raise ConflictError(f"{target} is there already. Maybe choose another name, or --force.")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with _named(target, "cannot be written"):
            # It holds the hashes of keys and the secret of the audit log: for its owner only.
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            rows = _copied(source, part)
        checked = check_backup(part)
        if checked.rows != rows:
            raise ConflictError(f"{target}: the copy has other rows than the database had.")
        _to_disk(part)
        part.replace(target)
        _to_disk(target.parent)
    finally:
        for name in (part, *_beside(part)):
            name.unlink(missing_ok=True)
    seconds = time.perf_counter() - begun
    return Backup(target, checked.revision, rows, target.stat().st_size, seconds)


def check_backup(path: Path) -> Backup:
    """Read a backup through and return what it holds.

    Raises
    ------
    ConflictError
        If it is damaged, no database of this product, or one of a newer version.
    """
    begun = time.perf_counter()
    with _named(path, "is no whole backup"), closing(_opened(path, "ro")) as copy:
        found = [row[0] for row in copy.execute("PRAGMA integrity_check(3)")]
        strangers = copy.execute("PRAGMA foreign_key_check").fetchone()
        if found != ["ok"] or strangers is not None:
            raise sqlite3.DatabaseError("; ".join(found) if found != ["ok"] else "rows are missing")
        revision = str(copy.execute("SELECT version_num FROM alembic_version").fetchone()[0])
        if revision not in known_revisions():
            raise ConflictError(
                f"{path} is at revision {revision}, which this version does not know. "
                "Maybe a newer version of the product has written it; use that one."
            )
        rows = _counts(copy)
    return Backup(path, revision, rows, path.stat().st_size, time.perf_counter() - begun)


def restore(path: Path, address: str, *, replaces: bool = False) -> Backup:
    """Bring the database back from a backup: all of it or, if that fails, nothing.

    Parameters
    ----------
    path
        The backup; it is checked first and stays as it is.
    address
        Of the database; its folder must be there, it need not.
    replaces
        Whether a database that is not empty is given up. A damaged one is set aside.

    Raises
    ------
    ConflictError
        If the backup is not whole, the database is in use, is not SQLite or is not empty.
    """
    begun = time.perf_counter()
    target = _file_of(address, _RESTORE.format(file=path, address=_plain(address)))
    checked = check_backup(path)
    if target.exists():
        _make_way(target, replaces=replaces)
    with (
        _named(target, "cannot be written"),
        closing(_opened(path, "ro")) as source,
        closing(_opened(target, "rwc")) as database,
    ):
        source.backup(database)
    restored = check_backup(target)
    if restored.rows != checked.rows:
        raise ConflictError(f"{target}: the database has other rows than {path} has.")
    seconds = time.perf_counter() - begun
    return Backup(target, restored.revision, restored.rows, restored.size_bytes, seconds)


def _copied(source: Path, target: Path) -> dict[str, int]:
    """Copy one state of a database and return its numbers of rows."""
    with closing(_opened(source, "rw")) as ours, closing(_opened(target, "rw")) as copy:
        # Rows are counted in the state that is copied: both within one transaction.
        ours.execute("BEGIN")
        rows = _counts(ours)
        ours.backup(copy)
        ours.execute("ROLLBACK")
        # A backup is one file.
        copy.execute("PRAGMA journal_mode=DELETE")
    return rows


def _make_way(target: Path, *, replaces: bool) -> None:
    """See that a database may be given up, and that nobody has it open."""
    try:
        with closing(_opened(target, "rw")) as database:
            # Leaving this mode is refused while anyone else has the database open.
            database.execute("PRAGMA journal_mode=DELETE")
            rows = _counts(database) if _has_tables(database) else {}
    except sqlite3.OperationalError as error:
        raise ConflictError(
            f"{target} is in use ({error}). Maybe stop the service and its workers first."
        ) from error
    except sqlite3.DatabaseError as error:
        if not replaces:
            raise ConflictError(
                f"{target} is damaged ({error}). Maybe --force, which sets it aside."
            ) from error
        _set_aside(target)
        return
    kept = {name: number for name, number in rows.items() if number and name in _WORK}
    if kept and not replaces:
        counts = ", ".join(f"{number} {name}" for name, number in kept.items())
        raise ConflictError(
            f"{target} is not empty ({counts}). Maybe restore into another folder with --data; "
            "--force gives up what is there."
        )


_WORK: Final = ("cases", "runs", "comparisons", "api_keys", "audit_entries")
"""Tables whose rows somebody would miss."""


def _set_aside(target: Path) -> None:
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for name in (target, *_beside(target)):
        if name.exists():
            name.rename(name.with_name(f"{name.name}.damaged-{stamp}"))


def _file_of(address: str, command: str) -> Path:
    """File of an SQLite database; a command for others."""
    url = make_url(address)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise ConflictError(
            f"the database is {url.get_backend_name()}, which has its own tools. Maybe: {command}"
        )
    return Path(url.database)


def _plain(address: str) -> str:
    """Address without its password, as PostgreSQL's tools take it."""
    url = make_url(address)
    parts = (url.get_backend_name(), url.username, None, url.host, url.port, url.database)
    return URL.create(*parts, query=url.query).render_as_string()


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    address = f"{path.resolve().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=WAIT_SECONDS, isolation_level=None)


def _has_tables(database: sqlite3.Connection) -> bool:
    query = "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
    return bool(database.execute(query).fetchone()[0])


def _counts(database: sqlite3.Connection) -> dict[str, int]:
    """Numbers of rows of our tables that are there."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    present = {row[0] for row in database.execute(query)}
    return {
        name: int(database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
        for name in METADATA.tables
        if name in present
    }


@contextmanager
def _named(path: Path, what: str) -> Iterator[None]:
    """Say of which file it is that SQLite or the system complains."""
    try:
        yield
    except AllocatorError:
        raise
    except (sqlite3.Error, OSError, TypeError) as error:
        raise ConflictError(
            f"{path} {what} ({error}). Maybe another file, or more room on the disk."
        ) from error


def _beside(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_name(path.name + end) for end in BESIDE)


def _to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would survive the loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
