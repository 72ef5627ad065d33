"""Copies of the database, made while it is in use, and the way back."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from allocator.cli.program import program
from allocator.errors import AllocatorError, ConflictError, NotFoundError
from allocator.service_settings import ServiceSettings
from allocator.store import audit, backup
from allocator.store.backup import back_up, check_backup, restore
from allocator.store.database import Database, sqlite_address
from allocator.store.documents import keep_content, read_content
from allocator.store.facts import service_secret
from allocator.store.opening import open_database
from allocator.store.tables import audit_entries

POSTGRES = "postgresql://allocator:canary-secret@db.example/reserves"


@pytest.fixture
def settings(tmp_path: Path) -> ServiceSettings:
    """Settings of a service with a folder of its own."""
    return ServiceSettings(data_folder=tmp_path / "data")


@pytest.fixture
def database(settings: ServiceSettings) -> Iterator[Database]:
    """Its database, with three entries in the audit log."""
    opened = open_database(settings)
    for number in range(3):
        note(opened, f"c{number}")
    yield opened
    opened.close()


def note(database: Database, subject: str) -> None:
    """Keep a content and an entry of the audit log, in one transaction."""
    with database.writing() as connection:
        keep_content(database, connection, subject.encode() * 1000)
        audit.append(database, connection, audit.Actor(), "case.keep", subject)


def subjects(database: Database) -> list[str]:
    """Subjects of the audit log in order, its chain verified on the way."""
    with database.reading() as connection:
        secret = service_secret(connection)
        found = connection.execute(select(audit_entries).order_by(audit_entries.c.number)).all()
        previous = "0" * 64
        for entry in found:
            names = ("number", "who", "role", "action", "subject", "details", "version")
            content = {name: getattr(entry, name) for name in names}
            content["at"] = entry.at.isoformat(timespec="microseconds")
            assert entry.previous_hash == previous
            previous = entry.entry_hash
            assert audit.entry_hash(secret, entry.previous_hash, content) == previous
    return [entry.subject for entry in found]


def run(*arguments: str) -> Result:
    """Run a verb; errors of the product are raised."""
    return CliRunner().invoke(program, arguments, catch_exceptions=False)


def test_a_backup_during_writes_is_one_state_and_comes_back_whole(
    database: Database, settings: ServiceSettings, tmp_path: Path
) -> None:
    """While two threads write, copies hold content and entry together; one comes back equal."""
    is_over, wrote = threading.Event(), threading.Event()

    def copied(number: int) -> backup.Backup:
        wrote.clear()
        assert wrote.wait(60)
        return back_up(settings.database_address, tmp_path / f"{number}.sqlite")

    def write(letter: str) -> None:
        number = 0
        while not is_over.is_set():
            note(database, f"{letter}{number}")
            number += 1
            wrote.set()

    writers = [threading.Thread(target=write, args=(letter,)) for letter in "xy"]
    for writer in writers:
        writer.start()
    try:
        copies = [copied(number) for number in range(5)]
    finally:
        is_over.set()
        for writer in writers:
            writer.join()
    entries = [copy.rows["audit_entries"] for copy in copies]

    assert entries == sorted(entries)
    assert entries[-1] > entries[0] >= 3
    assert all(copy.rows["documents"] == copy.rows["audit_entries"] for copy in copies)
    elsewhere = ServiceSettings(data_folder=tmp_path / "elsewhere")
    elsewhere.data_folder.mkdir()
    restored = restore(copies[-1].path, elsewhere.database_address)
    assert restored.rows == copies[-1].rows == check_backup(copies[-1].path).rows
    opened = open_database(elsewhere)
    assert len(subjects(opened)) == entries[-1]
    note(opened, "after")
    assert subjects(opened)[-1] == "after"
    opened.close()


def test_a_backup_is_one_file_for_its_owner_only(
    database: Database, settings: ServiceSettings, tmp_path: Path
) -> None:
    """Nothing lies beside the copy, nobody else may read it, and the database is in use as ever."""
    target = tmp_path / "copies" / "monday.sqlite"
    target.parent.mkdir()
    done = back_up(settings.database_address, target)
    note(database, "later")

    assert list(target.parent.iterdir()) == [target]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert (done.path, done.rows["audit_entries"]) == (target, 3)
    assert done.size_bytes == target.stat().st_size


def test_a_backup_replaces_no_file_unless_told(
    database: Database, settings: ServiceSettings, tmp_path: Path
) -> None:
    """Yesterday's copy stays until it is said that it may go."""
    target = tmp_path / "copy.sqlite"
    back_up(settings.database_address, target)
    note(database, "new")
    with pytest.raises(ConflictError, match="is there already"):
        back_up(settings.database_address, target)

    assert check_backup(target).rows["audit_entries"] == 3
    assert back_up(settings.database_address, target, replaces=True).rows["audit_entries"] == 4
    assert check_backup(target).rows["audit_entries"] == 4


def test_a_backup_that_fails_leaves_nothing(
    database: Database, settings: ServiceSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that is not what it should be gets no name, and no part of it stays."""
    folder = tmp_path / "copies"
    folder.mkdir()
    monkeypatch.setattr(backup, "_copied", lambda _source, part: part.write_bytes(b"x" * 9999))
    with pytest.raises(ConflictError, match="is no whole backup"):
        back_up(settings.database_address, folder / "copy.sqlite")

    assert list(folder.iterdir()) == []
    assert len(subjects(database)) == 3


def test_a_folder_that_is_not_there_is_named(
    database: Database,  # noqa: ARG001
    settings: ServiceSettings,
    tmp_path: Path,
) -> None:
    """Where the copy cannot go, the error says so."""
    with pytest.raises(ConflictError, match=r"absent/copy\.sqlite cannot be written"):
        back_up(settings.database_address, tmp_path / "absent" / "copy.sqlite")


def test_there_is_nothing_to_copy_where_no_service_was(settings: ServiceSettings) -> None:
    """A mistyped folder is named and not made."""
    with pytest.raises(NotFoundError, match=r"there is no database .*--data"):
        back_up(settings.database_address, settings.data_folder.parent / "copy.sqlite")

    assert not settings.data_folder.exists()


def test_a_database_in_use_is_not_overwritten(
    database: Database,
    settings: ServiceSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A database that a service has open is not taken away from under it, even by force."""
    monkeypatch.setattr(backup, "WAIT_SECONDS", 0.1)
    copy = back_up(settings.database_address, tmp_path / "copy.sqlite").path
    note(database, "since")
    with pytest.raises(ConflictError, match="is in use"):
        restore(copy, settings.database_address, replaces=True)

    assert subjects(database)[-1] == "since"


def test_a_database_with_content_is_given_up_only_by_force(
    database: Database, settings: ServiceSettings, tmp_path: Path
) -> None:
    """What would be lost is counted; by force the state of the backup is there again."""
    copy = back_up(settings.database_address, tmp_path / "copy.sqlite").path
    note(database, "since")
    database.close()
    with pytest.raises(ConflictError, match=r"is not empty \(4 audit_entries\)"):
        restore(copy, settings.database_address)
    assert subjects(database)[-1] == "since"
    database.close()
    restored = restore(copy, settings.database_address, replaces=True)

    assert restored.rows["audit_entries"] == 3
    assert subjects(database) == ["c0", "c1", "c2"]
    with database.reading() as connection:
        digest = connection.exec_driver_sql("select digest from documents limit 1").scalar_one()
        assert read_content(connection, digest).startswith(b"c")


def test_an_empty_database_needs_no_force(
    database: Database,  # noqa: ARG001
    settings: ServiceSettings,
    tmp_path: Path,
) -> None:
    """A service that was only just set up loses nothing."""
    copy = back_up(settings.database_address, tmp_path / "copy.sqlite").path
    fresh = ServiceSettings(data_folder=tmp_path / "fresh")
    open_database(fresh).close()

    assert restore(copy, fresh.database_address).rows["audit_entries"] == 3


def test_a_damaged_database_is_set_aside(
    database: Database, settings: ServiceSettings, tmp_path: Path
) -> None:
    """What is damaged is kept for a second look, and the backup takes its place."""
    copy = back_up(settings.database_address, tmp_path / "copy.sqlite").path
    database.close()
    path = settings.data_folder / "allocator.sqlite"
    path.write_bytes(b"no database any more" * 1000)
    with pytest.raises(ConflictError, match=r"is damaged .*--force"):
        restore(copy, settings.database_address)
    restore(copy, settings.database_address, replaces=True)

    (aside,) = settings.data_folder.glob("allocator.sqlite.damaged-*")
    assert aside.read_bytes().startswith(b"no database any more")
    assert subjects(database) == ["c0", "c1", "c2"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "empty", "other", "newer"])
def test_a_file_that_is_no_whole_backup_changes_nothing(
    database: Database, settings: ServiceSettings, tmp_path: Path, damage: str
) -> None:
    """A file is checked first: cut, flipped, foreign or newer ones are refused with their name."""
    copy = back_up(settings.database_address, tmp_path / "copy.sqlite").path
    content = copy.read_bytes()
    if damage == "cut":
        copy.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        third = len(content) // 3
        copy.write_bytes(content[:third] + bytes(20_000) + content[third + 20_000 :])
    elif damage in ("other", "newer"):
        with closing(sqlite3.connect(copy)) as connection, connection:
            connection.execute(
                "DROP TABLE alembic_version"
                if damage == "other"
                else "UPDATE alembic_version SET version_num = '9999'"
            )
    else:
        copy.write_bytes(b"" if damage == "empty" else b"a letter" * 5000)
    database.close()
    with pytest.raises(ConflictError, match=r"copy\.sqlite is (no whole backup|at revision 9999)"):
        restore(copy, settings.database_address, replaces=True)

    assert subjects(database) == ["c0", "c1", "c2"]


@pytest.mark.parametrize(
    ("verb", "tool"),
    [(("backup", "-o", "copy"), "pg_dump --format=custom --file=copy"), (("restore",), "pg_rest")],
)
def test_for_postgresql_its_own_tool_is_named(
    tmp_path: Path, verb: tuple[str, ...], tool: str
) -> None:
    """The error is the command to use, without the password."""
    file = tmp_path / "copy"
    file.touch()
    more = (str(file),) if verb == ("restore",) else ()
    with pytest.raises(ConflictError) as caught:
        run(*verb, *more, "--data", str(tmp_path / "data"), "--database", POSTGRES)

    assert tool in str(caught.value)
    assert "--dbname=postgresql://allocator@db.example/reserves" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_the_verbs_carry_a_service_to_another_folder(
    database: Database, settings: ServiceSettings, tmp_path: Path
) -> None:
    """What the verbs write and bring back is said in a line; the audit log tells of the restore."""
    copy, folder = tmp_path / "copy.sqlite", tmp_path / "elsewhere"
    made = run("backup", "-o", str(copy), "--data", str(settings.data_folder))
    back = run("restore", str(copy), "--data", str(folder))

    for done in (made, back):
        assert done.exit_code == 0
        assert "0 cases, 0 runs, 0 keys, audit log of 3" in done.output
    assert subjects(database) == ["c0", "c1", "c2"]
    opened = open_database(ServiceSettings(data_folder=folder))
    assert subjects(opened) == ["c0", "c1", "c2", "copy.sqlite"]
    opened.close()
    with pytest.raises(AllocatorError, match="is not empty"):
        run("restore", str(copy), "--data", str(folder))


def test_a_backup_of_a_path_with_odd_letters_works(tmp_path: Path) -> None:
    """Spaces, percent signs, question marks and Chinese letters in a path are only letters."""
    folder = tmp_path / "a b%20?c=1#甲"
    folder.mkdir()
    opened = open_database(ServiceSettings(data_folder=folder))
    note(opened, "c0")
    opened.close()
    address = sqlite_address(folder / "allocator.sqlite")

    assert back_up(address, folder / "copy.sqlite").rows["audit_entries"] == 1
    assert {path.name for path in folder.iterdir()} == {"allocator.sqlite", "copy.sqlite"}
