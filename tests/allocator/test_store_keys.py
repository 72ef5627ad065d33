"""Keys as the store keeps them: made, found, expired, revoked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete

from allocator.cli.program import program
from allocator.errors import ConflictError, NotFoundError
from allocator.store.database import Database
from allocator.store.keys import find_key, has_keys, list_keys, make_key, public_part, revoke_key
from allocator.store.sessions import begin_session, end_session, find_session
from allocator.store.tables import api_keys, page_sessions


@pytest.fixture
def store(shared_database: Database) -> Iterator[Database]:
    """A database without keys whose clock can be set."""
    yield shared_database
    with shared_database.writing() as connection:
        connection.execute(delete(page_sessions))
        connection.execute(delete(api_keys))


def put_clock_on(store: Database, monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """Let it be later for the database."""
    now = type(store).now

    def later(self: Database, connection: object) -> datetime:
        return now(self, connection) + timedelta(hours=hours)  # type: ignore[arg-type]

    monkeypatch.setattr(type(store), "now", later)


def test_a_key_is_long_random_and_kept_as_a_hash(store: Database) -> None:
    """160 random bits leave once; the database holds nothing one could send."""
    with store.writing() as connection:
        key, text = make_key(store, connection, name="li", role="planner", provinces=["46", "45"])
        _, other = make_key(store, connection, name="bo", role="admin")
        kept = connection.execute(api_keys.select()).mappings().first()

        assert find_key(store, connection, text) == key
    assert kept is not None
    secret = text.rpartition("_")[2]
    assert len(bytes.fromhex(secret)) * 8 == 160
    assert secret not in str(dict(kept))
    assert secret != other.rpartition("_")[2]
    assert key.provinces == ["45", "46"]
    assert public_part(text) == key.key_id
    assert public_part("password") is None


def test_a_key_ends_when_it_was_said(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """An expired key opens nothing, and a service with no other key has none."""
    with store.writing() as connection:
        ends = store.now(connection) + timedelta(hours=5)
        key, text = make_key(store, connection, name="li", role="planner", expires_at=ends)
        token = begin_session(store, connection, key)
    put_clock_on(store, monkeypatch, 4.9)
    with store.reading() as connection:
        assert find_key(store, connection, text) == key
        assert find_session(store, connection, token) == key
        assert has_keys(store, connection)
    put_clock_on(store, monkeypatch, 0.2)
    with store.reading() as connection:
        assert find_key(store, connection, text) is None
        assert find_session(store, connection, token) is None
        assert not has_keys(store, connection)


def test_a_session_ends_after_half_a_day(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser logs in each day; sessions whose time is up are forgotten."""
    with store.writing() as connection:
        key, _ = make_key(store, connection, name="li", role="planner")
        old, new = (begin_session(store, connection, key) for _ in range(2))
        end_session(connection, new)
        assert find_session(store, connection, new) is None
        assert find_session(store, connection, old) == key
    put_clock_on(store, monkeypatch, 12.1)
    with store.writing() as connection:
        assert find_session(store, connection, old) is None


def test_a_revoked_key_keeps_its_name(store: Database) -> None:
    """What was done with a key bears its name, so that nobody gets it again; twice is harmless."""
    with store.writing() as connection:
        key, text = make_key(store, connection, name="li", role="planner")
        first = revoke_key(store, connection, key.key_id)
        again = revoke_key(store, connection, "li")

        assert first == again
        assert first.revoked_at is not None
        assert find_key(store, connection, text) is None
        assert [one.name for one in list_keys(connection)] == ["li"]
        with pytest.raises(ConflictError, match="li-2"):
            make_key(store, connection, name="li", role="planner")
        with pytest.raises(NotFoundError, match="'bo'"):
            revoke_key(store, connection, "bo")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"name": "local"}, "local"),
        ({"name": "=1+1"}, "must be letters"),
        ({"name": "a\nb"}, "must be letters"),
        ({"name": ""}, "must be letters"),
        ({"name": "x" * 65}, "must be letters"),
        ({"role": "root"}, "'root' must be one of"),
        ({"provinces": ["450000"]}, "'450000' must be the two digits"),
        ({"provinces": ["99"]}, "'99'"),
        ({"provinces": ["４５"]}, "'４５'"),
        ({"expires_at": datetime.fromisoformat("2020-01-01T00:00:00+08:00")}, "later than now"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(
    store: Database, asked: dict[str, object], words: str
) -> None:
    """Each fault is named with what would be right."""
    given: dict[str, object] = {"name": "li", "role": "planner", **asked}
    with pytest.raises(ConflictError, match=words), store.writing() as connection:
        make_key(store, connection, **given)  # type: ignore[arg-type]


def test_the_command_line_shows_a_key_once(tmp_path: Path) -> None:
    """``keys add`` prints the key alone; ``keys list`` says how each stands, without secrets."""
    data = ["--data", str(tmp_path)]
    run = CliRunner()

    added = run.invoke(program, ["keys", "add", "李梅", "--role", "logistics", *data])
    words = ["--role", "admin", "--province", "45", "--days", "2", "--json"]
    other = run.invoke(program, ["keys", "add", "bo", *words, *data])
    run.invoke(program, ["keys", "revoke", "李梅", *data])
    listed = run.invoke(program, ["keys", "list", *data]).stdout

    key = added.stdout.strip()
    assert public_part(key)
    assert key.rpartition("_")[2] not in listed
    assert '"key": "ra_' in other.stdout
    assert "revoked" in listed.splitlines()[0]
    assert "holds until" in listed.splitlines()[1]
    assert '"key":' not in run.invoke(program, ["keys", "list", "--json", *data]).stdout
