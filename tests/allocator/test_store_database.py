"""What SQLite and PostgreSQL must do alike: tables, times, transactions, and how they fail."""

from __future__ import annotations

import contextlib
import multiprocessing
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from allocator.errors import ConflictError
from allocator.service_settings import ServiceSettings
from allocator.store import database as databases
from allocator.store.database import Database, sqlite_address
from allocator.store.documents import keep_content, read_content
from allocator.store.migration import migrate
from allocator.store.outages import is_full, is_outage
from allocator.store.tables import METADATA, documents, service_facts
from benchmarks.postgres_server import PostgresServer

SHANGHAI = timezone(timedelta(hours=8))


def _migrate(address: str) -> None:
    own = Database(address)
    migrate(own)
    own.close()


def test_the_migrations_make_the_declared_tables(database: Database) -> None:
    """Alembic finds no difference between a migrated database and the declaration."""
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    """What is kept stays."""
    with database.writing() as connection:
        connection.execute(insert(service_facts).values(name="a", text="b"))
    migrate(database)
    with database.reading() as connection:
        assert len(connection.execute(select(service_facts)).all()) == 1


def test_processes_may_migrate_at_once(empty_address: str) -> None:
    """Four processes find an empty database together: all end well, with one set of tables."""
    context = multiprocessing.get_context("spawn")
    crew = [context.Process(target=_migrate, args=(empty_address,)) for _ in range(4)]
    for process in crew:
        process.start()
    for process in crew:
        process.join(120)
    assert [process.exitcode for process in crew] == [0] * 4
    own = Database(empty_address)
    with own.reading() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
    own.close()


def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    """It is not touched: this version does not know what it holds."""
    with database.writing() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(ConflictError, match="revision 9999, which this version does not know"):
        migrate(database)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    """A file of something else is named as such, not a traceback."""
    path = tmp_path / "allocator.sqlite"
    path.write_bytes(b"no database at all " * 100)
    own = Database(sqlite_address(path))
    with pytest.raises(ConflictError, match="cannot be used"):
        migrate(own)
    own.close()


@pytest.mark.parametrize("address", ["mysql://h/d", "sqlite://", "postgresql://h:x/d"])
def test_addresses_of_other_databases_are_refused(address: str) -> None:
    """Only SQLite in a file and PostgreSQL are known."""
    with pytest.raises(ConflictError):
        Database(address)


def test_sqlite_survives_power_loss(tmp_path: Path) -> None:
    """Every connection has a write-ahead log that is flushed at each commit, and foreign keys."""
    own = Database(sqlite_address(tmp_path / "a.sqlite"))
    for read in (own.reading, own.writing):
        with read() as connection:
            names = ("journal_mode", "synchronous", "foreign_keys")
            found = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in names]
            assert found == ["wal", 2, 1]
    own.close()


def test_a_journal_that_loses_data_is_refused() -> None:
    """A place where SQLite cannot have its log, such as a network drive, is not taken."""
    with (
        contextlib.closing(sqlite3.connect(":memory:")) as connection,
        pytest.raises(ConflictError, match="Maybe its folder is on a network drive"),
    ):
        databases._prepare_sqlite(connection, None)


def test_moments_come_back_as_they_were(database: Database) -> None:
    """A moment of Shanghai is read in UTC, to the microsecond; one without offset is refused."""
    moment = datetime(2026, 7, 1, 8, 0, 0, 123456, tzinfo=SHANGHAI)
    with database.writing() as connection:
        digest = keep_content(database, connection, b"x")
        changed = update(documents).where(documents.c.digest == digest)
        connection.execute(changed.values(created_at=moment))
        found = connection.execute(select(documents.c.created_at)).scalar_one()
        assert found == moment
        assert found.utcoffset() == timedelta(0)
        naive = moment.replace(tzinfo=None)
        with pytest.raises(StatementError, match="has no offset"):
            connection.execute(changed.values(created_at=naive))


def test_moments_are_ordered_as_times(database: Database) -> None:
    """The database compares what is kept as text like the times they are."""
    base = datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    with database.writing() as connection:
        digest = keep_content(database, connection, b"x")
        changed = update(documents).where(documents.c.digest == digest)
        for seconds in (-86400, -1, 0, 0.000001, 1, 86400):
            connection.execute(changed.values(created_at=base + timedelta(seconds=seconds)))
            is_before = select(documents.c.digest).where(documents.c.created_at < base)
            assert (connection.execute(is_before).first() is not None) is (seconds < 0)


def test_the_clock_is_that_of_all(database: Database) -> None:
    """It tells the present, and goes on: in the next transaction, and after a wait for a lock."""
    with database.writing() as connection:
        first = database.now(connection)
    time.sleep(0.01)
    with database.writing() as connection:
        second = database.now(connection)
        time.sleep(0.01)
        database.lock(connection)
        third = database.now(connection)
    assert first < second
    assert second < third or database.is_sqlite
    assert abs(second - datetime.now(UTC)) < timedelta(seconds=5)


def test_content_is_kept_once(database: Database) -> None:
    """The same bytes have one row, whoever keeps them, and come back whole."""
    content = b"\x00PK" * 1000
    for _ in range(2):
        with database.writing() as connection:
            digest = keep_content(database, connection, content)
    with database.reading() as connection:
        assert read_content(connection, digest) == content
        assert len(connection.execute(select(documents)).all()) == 1


def test_a_reader_sees_one_state(database: Database, empty_address: str) -> None:
    """What another keeps in between is not seen until the next reading."""
    other = Database(empty_address)
    with database.reading() as connection:
        assert connection.execute(select(service_facts)).all() == []
        with other.writing() as writing:
            writing.execute(insert(service_facts).values(name="a", text="b"))
        assert connection.execute(select(service_facts)).all() == []
    with database.reading() as connection:
        assert len(connection.execute(select(service_facts)).all()) == 1
    other.close()


def test_a_write_lock_that_is_held_is_waited_for(database: Database, empty_address: str) -> None:
    """Fifty writers wait while another holds the lock for a second; none is refused."""
    other = Database(empty_address)
    is_held = threading.Event()

    def hold() -> None:
        with other.writing() as connection:
            other.lock(connection, 4817)
            is_held.set()
            time.sleep(1.0)

    def write(number: int) -> None:
        with database.writing() as connection:
            database.lock(connection, 4817)
            connection.execute(insert(service_facts).values(name=str(number), text=""))

    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait()
    writers = [threading.Thread(target=write, args=(number,)) for number in range(50)]
    for writer in writers:
        writer.start()
    for thread in (holder, *writers):
        thread.join()
    with database.reading() as connection:
        assert len(connection.execute(select(service_facts)).all()) == 50
    other.close()


def _keep_facts(
    own: Database, before_its_end: Callable[[], None] = lambda: None, **facts: str
) -> None:
    """Write within one transaction, and do something before it ends."""
    with own.writing() as connection:
        for name, told in facts.items():
            connection.execute(insert(service_facts).values(name=name, text=told))
        before_its_end()


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Database]:
    """A SQLite that has no room for more than a few pages beyond its tables."""
    _migrate(sqlite_address(tmp_path / "a.sqlite"))
    own = Database(sqlite_address(tmp_path / "a.sqlite"))

    def narrow_down(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 8}")

    event.listen(own.engine, "connect", narrow_down)
    yield own
    own.close()


def test_a_full_disk_is_an_outage_that_keeps_nothing(narrow: Database) -> None:
    """What does not fit is refused whole, and what fits is kept afterwards."""
    with pytest.raises(OperationalError) as caught:
        _keep_facts(narrow, a="b", long="x" * 100_000)
    assert is_outage(caught.value)
    assert is_full(caught.value)
    with narrow.writing() as connection:
        assert connection.execute(select(service_facts)).all() == []
        connection.execute(insert(service_facts).values(name="a", text="b"))
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def test_what_the_database_refuses_is_no_outage(database: Database) -> None:
    """Trying again would not help."""
    _keep_facts(database, a="b")
    with pytest.raises(IntegrityError) as caught:
        _keep_facts(database, a="b")
    assert not is_outage(caught.value)
    assert not is_outage(ValueError())
    assert is_outage(PoolTimeoutError())


def test_a_locked_sqlite_is_an_outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waited long enough for the writer is told so, and may try again."""
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.1)
    address = sqlite_address(tmp_path / "a.sqlite")
    _migrate(address)
    first, second = Database(address), Database(address)
    with first.writing():
        with pytest.raises(OperationalError, match="locked") as caught:
            _keep_facts(second, a="b")
        assert is_outage(caught.value)
        assert not is_full(caught.value)
    for own in (first, second):
        own.close()


@pytest.mark.postgres
def test_a_postgres_that_is_restarted_is_an_outage(postgres_server: PostgresServer) -> None:
    """Transactions under way fail, those that come meanwhile too, and afterwards all is well."""
    own = Database(postgres_server.new_database("restarted"))
    migrate(own)
    found: list[SQLAlchemyError] = []
    try:
        with pytest.raises(SQLAlchemyError) as caught:
            _keep_facts(own, postgres_server.stop, a="b")
        found.append(caught.value)
        with pytest.raises(SQLAlchemyError) as caught:
            _keep_facts(own, a="b")
        found.append(caught.value)
    finally:
        postgres_server.start()
    assert [is_outage(error) for error in found] == [True, True]
    with own.reading() as connection:
        assert connection.execute(select(service_facts)).all() == []
    own.close()


def test_words_of_a_full_postgres_are_known() -> None:
    """PostgreSQL says it in other words than SQLite."""
    said = psycopg.errors.DiskFull('could not extend file "base/1": No space left on device')
    error = OperationalError("insert", {}, said)
    assert is_outage(error)
    assert is_full(error)


def test_a_lease_must_outlast_some_heartbeats() -> None:
    """One heartbeat that is late must not cost a run."""
    with pytest.raises(ConflictError, match=r"ALLOCATOR_LEASE_SECONDS .* at least 3 times"):
        ServiceSettings(lease_seconds=5, heartbeat_seconds=2)
