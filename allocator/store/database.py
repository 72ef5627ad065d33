"""The database of the service: SQLite out of the box, PostgreSQL by its address.

All that SQLite and PostgreSQL do not do alike is here.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from allocator.errors import ConflictError

__all__ = ["WRITERS_LOCK", "Database", "sqlite_address"]

BUSY_SECONDS: Final = 15.0
"""How long a connection waits for another's write before it gives up; less than a lease. [s]"""

_POSTGRES_SETTINGS: Final = {
    # A process that was stopped amid a transaction must not keep all others waiting.
    "idle_in_transaction_session_timeout": 60_000,
    "lock_timeout": int(BUSY_SECONDS * 1000),
}
"""What each PostgreSQL connection is told. [ms]"""

_REACH_SECONDS: Final = 10
"""A PostgreSQL that does not answer for so long is out of reach. [s]"""

POSTGRES_SCHEME: Final = "postgresql+psycopg"

_WRITES: Final = "allocator_writes"

_KNOWN: Final = "allocator_transaction"
"""What a transaction knows already: its moment, the locks that it has."""

WRITERS_LOCK: Final = 4817
"""The lock of whoever gives out numbers, remembers requests or adds to the audit log.

Nearly every writer does all of that, and would wait for the last of three locks as long as for one.
"""


def sqlite_address(path: Path) -> str:
    """Address of the SQLite database in a file."""
    # Not pasted together: a path may hold a percent sign or a question mark.
    return URL.create("sqlite", database=str(path.resolve())).render_as_string()


class Database:
    """Connections to one database.

    Parameters
    ----------
    address
        ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/NAME``.

    Raises
    ------
    ConflictError
        If the address is neither.
    """

    def __init__(self, address: str) -> None:
        for scheme in ("postgresql://", "postgres://"):
            if address.startswith(scheme):
                address = f"{POSTGRES_SCHEME}://{address.removeprefix(scheme)}"
        self.is_sqlite = address.startswith("sqlite:///")
        if not self.is_sqlite and not address.startswith(f"{POSTGRES_SCHEME}://"):
            raise ConflictError(
                f"the database address begins with {address.partition(':')[0]!r}, which is neither "
                "sqlite nor postgresql. Maybe postgresql://user:password@host/name."
            )
        self.address = address
        self._writing = _Turns()
        try:
            self.engine = self._sqlite() if self.is_sqlite else self._postgres()
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
            raise ConflictError(
                f"the database address cannot be used ({error}). "
                "Maybe install the extra 'postgres', or mend ALLOCATOR_DATABASE."
            ) from error

    def _sqlite(self) -> Engine:
        engine = create_engine(
            self.address,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            pool_size=8,
            max_overflow=64,
            pool_timeout=BUSY_SECONDS,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _postgres(self) -> Engine:
        engine = create_engine(
            self.address,
            connect_args={
                "connect_timeout": _REACH_SECONDS,
                "tcp_user_timeout": 1000 * _REACH_SECONDS,
                "application_name": "reserve-allocator",
            },
            pool_size=8,
            max_overflow=24,
            pool_timeout=BUSY_SECONDS,
            pool_pre_ping=True,
        )
        event.listen(engine, "connect", _prepare_postgres)
        return engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, from one state of the database."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                # Each statement would see a state of its own otherwise.
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                connection.info.pop(_KNOWN, None)
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: all of it is kept, or nothing.

        SQLite has one writer at a time, and on PostgreSQL most writers wait for the lock of the
        audit log. Threads of this process queue here, where they wake each other and need no
        connection meanwhile; processes poll each other inside SQLite.
        """
        with self._writing, self.engine.connect() as connection:
            if self.is_sqlite:
                connection.execution_options(**{_WRITES: True})
            with connection.begin():
                connection.info.pop(_KNOWN, None)
                yield connection

    def now(self, connection: Connection) -> datetime:
        """The moment on the clock that all processes of the service share.

        PostgreSQL is asked once in a transaction: each question is a way there and back.
        """
        if self.is_sqlite:
            return datetime.now(UTC)
        known = connection.info.setdefault(_KNOWN, {})
        if "now" not in known:
            moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            known["now"] = moment.astimezone(UTC)
        found: datetime = known["now"]
        return found

    def lock(self, connection: Connection, number: int = WRITERS_LOCK) -> None:
        """Let other transactions that take this lock wait; SQLite has one writer as it is.

        A transaction takes a lock once; the moment it has is that after the wait.
        """
        if self.is_sqlite:
            return
        known = connection.info.setdefault(_KNOWN, {})
        if number not in known:
            connection.execute(text("select pg_advisory_xact_lock(:n)"), {"n": number})
            known.pop("now", None)
            known[number] = True

    def size_bytes(self, connection: Connection) -> int:
        """How much the database takes on disk, without what is not yet merged into it. [bytes]"""
        query = (
            "select page_count * page_size from pragma_page_count(), pragma_page_size()"
            if self.is_sqlite
            else "select pg_database_size(current_database())"
        )
        return int(connection.execute(text(query)).scalar_one())

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


class _Turns:
    """A lock that its threads get in the order in which they came: none waits for ever."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            turn.acquire()
        except BaseException:
            with self._mutex:
                if turn in self._waiting:
                    self._waiting.remove(turn)
                else:
                    self._pass_on()
            raise

    def __exit__(self, *_: object) -> None:
        with self._mutex:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._is_taken = False


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Survive a crash of the machine, and let readers read while someone writes."""
    # Transactions are begun by the engine's own event, not by the driver.
    connection.isolation_level = None
    cursor = connection.cursor()
    mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    if mode != "wal":
        raise ConflictError(
            f"the database keeps its journal as {mode!r}, which loses what was acknowledged when "
            "the machine stops. Maybe its folder is on a network drive; choose a local one."
        )


def _prepare_postgres(connection: Any, _record: object) -> None:
    """Wait for nobody for ever."""
    with connection.cursor() as cursor:
        for name, milliseconds in _POSTGRES_SETTINGS.items():
            cursor.execute(f"SET {name} = {milliseconds}")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once where it will be needed: taking it later may fail."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
