"""The audit log: what is in it, and that no change of it goes unnoticed."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.exc import OperationalError

from allocator.cli.program import program
from allocator.errors import ConflictError
from allocator.service_settings import ServiceSettings
from allocator.store.audit import Actor, append
from allocator.store.audit_check import check_audit, read_entries
from allocator.store.database import Database
from allocator.store.keys import make_key
from allocator.store.opening import open_database
from allocator.store.tables import audit_entries, audit_head
from api.main import create_app
from tests.api.conftest import Solved, client_here, submitted
from tests.api.doors import copied, key_for, sent, with_keys

ENTRIES = 12

Tampering = Callable[[Connection, random.Random], None]


@pytest.fixture(scope="module")
def log(shared_database: Database) -> Database:
    """A database whose log has some entries."""
    for number in range(ENTRIES):
        with shared_database.writing() as connection:
            told = {"case_id": f"c{number}", "gap": number / 7, "name": "钦州"}
            append(shared_database, connection, Actor(f"p{number % 3}"), "run.submit", "r1", told)
    return shared_database


def set_as_text(connection: Connection, column: str, told: str, number: int) -> None:
    """Write a field as a person with a database program does, past what our types allow."""
    changed = text(f"update audit_entries set {column} = :told where number = :number")
    connection.execute(changed, {"told": told, "number": number})


def is_strict(connection: Connection) -> bool:
    """Whether the database itself refuses what is no moment and no JSON."""
    return connection.dialect.name == "postgresql"


def some(draw: random.Random) -> int:
    """Number of an entry."""
    return draw.randint(1, ENTRIES)


def edit(connection: Connection, draw: random.Random) -> None:
    """Change one field of one entry."""
    values = {
        "who": "someone",
        "role": "planner",
        "action": "run.stop",
        "subject": "r2",
        "version": "9",
        "details": {"gap": draw.random()},
        "previous_hash": f"{draw.getrandbits(256):064x}",
        "entry_hash": f"{draw.getrandbits(256):064x}",
    }
    field = draw.choice(sorted(values))
    held = audit_entries.c.number == some(draw)
    connection.execute(update(audit_entries).where(held).values({field: values[field]}))


def move_in_time(connection: Connection, draw: random.Random) -> None:
    """Let one entry have happened at another moment, or at none."""
    told = draw.choice(["2026-01-01T00:00:00.000000+00:00", "never", ""])
    chosen = "1999-12-31T00:00:00+08:00" if is_strict(connection) else told
    set_as_text(connection, "at", chosen, some(draw))


def spoil(connection: Connection, draw: random.Random) -> None:
    """Put into one entry what cannot be read."""
    broken = () if is_strict(connection) else ("{", '{"gap": NaN}')
    set_as_text(connection, "details", draw.choice(["[1]", "null", *broken]), some(draw))


def take_away(connection: Connection, draw: random.Random) -> None:
    """Delete one entry or several in a row, wherever."""
    first = some(draw)
    last = min(ENTRIES, first + draw.randint(0, 3))
    connection.execute(delete(audit_entries).where(audit_entries.c.number.between(first, last)))


def cut_off(connection: Connection, draw: random.Random) -> None:
    """Delete the end, and let the head say that it ends there."""
    last = draw.randint(1, ENTRIES - 1)
    connection.execute(delete(audit_entries).where(audit_entries.c.number > last))
    query = select(audit_entries.c.entry_hash).where(audit_entries.c.number == last)
    told = draw.choice([{}, {"head_hash": connection.execute(query).scalar_one()}])
    connection.execute(update(audit_head).values(number=last, **told))


def swap(connection: Connection, draw: random.Random) -> None:
    """Let two entries change places."""
    one, other = draw.sample(range(1, ENTRIES + 1), 2)
    for old, new in ((one, 0), (other, one), (0, other)):
        held = audit_entries.c.number == old
        connection.execute(update(audit_entries).where(held).values(number=new))


def take_out_and_close_up(connection: Connection, draw: random.Random) -> None:
    """Delete one entry, number the others anew and tie them to each other."""
    gone = draw.randint(1, ENTRIES - 1)
    connection.execute(delete(audit_entries).where(audit_entries.c.number == gone))
    for number in range(gone + 1, ENTRIES + 1):
        before = select(audit_entries.c.entry_hash).where(audit_entries.c.number == number - 2)
        values = {
            "number": number - 1,
            "previous_hash": connection.execute(before).scalar() or "0" * 64,
        }
        held = audit_entries.c.number == number
        connection.execute(update(audit_entries).where(held).values(values))
    connection.execute(update(audit_head).values(number=ENTRIES - 1))


def forge(connection: Connection, draw: random.Random) -> None:
    """Repeat an entry at the end, under the next number."""
    held = audit_entries.c.number == some(draw)
    row = dict(connection.execute(select(audit_entries).where(held)).mappings().one())
    connection.execute(audit_entries.insert().values({**row, "number": ENTRIES + 1}))
    if draw.random() < 0.5:
        connection.execute(update(audit_head).values(number=ENTRIES + 1))


def behead(connection: Connection, draw: random.Random) -> None:
    """Take the head away, or change it."""
    if draw.random() < 0.5:
        connection.execute(delete(audit_head))
    else:
        connection.execute(update(audit_head).values(head_hash=f"{draw.getrandbits(256):064x}"))


TAMPERINGS: tuple[Tampering, ...] = (
    edit,
    move_in_time,
    spoil,
    take_away,
    cut_off,
    swap,
    take_out_and_close_up,
    forge,
    behead,
)


@pytest.mark.parametrize("seed", range(108))
def test_no_change_of_the_log_goes_unnoticed(log: Database, seed: int) -> None:
    """Whoever edits, deletes, reorders, forges or cuts off without the secret is found out."""
    tamper = TAMPERINGS[seed % len(TAMPERINGS)]
    with log.engine.connect() as connection:
        # Nothing of it is kept: the transaction is not committed.
        assert check_audit(connection).faults == ()
        tamper(connection, random.Random(seed))
        assert check_audit(connection).faults != (), tamper.__name__


def test_an_anchor_kept_elsewhere_tells_of_another_log(log: Database) -> None:
    """Even a whole log made anew with the secret is not the one that an anchor is of."""
    with log.reading() as connection:
        found = check_audit(connection)
        number, _, bound = found.anchor.partition(":")

        assert (found.entries, number) == (ENTRIES, str(ENTRIES))
        assert check_audit(connection, found.anchor).faults == ()
        assert check_audit(connection, f"{ENTRIES}:{bound[::-1]}").faults != ()
        assert check_audit(connection, f"{ENTRIES + 5}:{bound}").faults != ()
        with pytest.raises(ConflictError, match="NUMBER:HASH"):
            check_audit(connection, "12")


def test_a_log_that_vanished_is_missed(settings: ServiceSettings) -> None:
    """An empty log beside keys that somebody has made is no empty log."""
    database = open_database(settings)
    with database.writing() as connection:
        assert check_audit(connection).faults == ()
        make_key(database, connection, name="li", role="planner")
        assert "empty" in check_audit(connection).faults[0]
    database.close()


def actions(settings: ServiceSettings) -> list[tuple[str, str]]:
    """Who did what, the oldest first."""
    database = open_database(settings)
    with database.reading() as connection:
        found = [(entry.who, entry.action) for entry in read_entries(connection)]
        assert check_audit(connection).faults == ()
    database.close()
    return found[::-1]


def test_what_people_do_is_in_the_log(settings: ServiceSettings) -> None:
    """Keys, cases, runs, cancels and stops, logins and refused keys are recorded with their who."""
    data = ["--data", str(settings.data_folder)]
    add = CliRunner().invoke(program, ["keys", "add", "li", "--role", "planner", *data])
    key = add.stdout.strip()
    with TestClient(create_app(with_keys(settings))) as client:
        client.headers = sent(key)
        case_id = client.post("/v1/datasets/tiny/cases").json()["case_id"]
        run_id = submitted(client, kind="place", case_id=case_id)
        client.delete(f"/v1/runs/{run_id}")
        client.get(f"/v1/cases/{case_id}/source")
        client.get("/v1/me", headers=sent("ra_0123456789_" + "0" * 40))
        own = {"Origin": "http://testserver"}
        client.post("/login", data={"key": key}, headers=own, follow_redirects=False)
        client.headers = {}
        client.post("/logout", headers=own, follow_redirects=False)
    CliRunner().invoke(program, ["keys", "revoke", "li", *data])

    assert actions(settings) == [
        ("local", "key.add"),
        ("li", "case.keep"),
        ("li", "run.submit"),
        ("li", "run.cancel"),
        ("li", "file.export"),
        ("unknown", "key.refused"),
        ("li", "login"),
        ("li", "logout"),
        ("local", "key.revoke"),
    ]


def test_an_export_is_recorded_with_what_was_taken(solved: Solved, tmp_path: Path) -> None:
    """The entry of a file names its address, its kind and the digest of its content."""
    settings = copied(solved.settings, tmp_path / "data")
    with client_here(settings) as client:
        answer = client.get(f"/v1/cases/{solved.case_id}/source?a=1")
        entry = client.get("/v1/audit?limit=1").json()["rows"][0]
        looked = client.get(f"/v1/runs/{solved.run_id}")
        again = client.get("/v1/audit?limit=1").json()["rows"][0]

    assert (entry["action"], entry["subject"]) == (
        "file.export",
        f"/v1/cases/{solved.case_id}/source",
    )
    assert entry["details"]["etag"] == answer.headers["etag"]
    assert entry["details"]["query"] == "a=1"
    assert looked.status_code == 200
    assert again == entry


def test_a_file_that_cannot_be_recorded_does_not_leave(
    solved: Solved, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the log cannot be written to, nobody takes anything out unseen."""

    def refuse(*_given: object) -> None:
        raise OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr("api.access.exports.audit.append", refuse)

    answer = solved.client.get(f"/v1/cases/{solved.case_id}/source")

    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert len(answer.content) < 1000


def test_the_log_is_for_admins_of_all_provinces(settings: ServiceSettings) -> None:
    """Its pages go back in time; nobody else sees them."""
    keyed = with_keys(settings)
    whole, part = sent(key_for(keyed, "admin")), sent(key_for(keyed, "admin", ["45"]))
    planner = sent(key_for(keyed, "planner"))
    with TestClient(create_app(keyed)) as client:
        for _ in range(3):
            client.post("/v1/datasets/tiny/cases", headers=whole)
        first = client.get("/v1/audit?limit=2", headers=whole).json()
        second = client.get(f"/v1/audit?limit=2&before={first['next']}", headers=whole).json()

        assert [row["number"] for row in first["rows"] + second["rows"]] == [3, 2, 1]
        assert (first["total"], second["next"]) == (3, None)
        assert client.get("/v1/audit", headers=part).json()["code"] == "other_provinces"
        assert client.get("/v1/audit", headers=planner).json()["code"] == "role_not_allowed"


def test_the_command_line_verifies_and_shows(settings: ServiceSettings) -> None:
    """``audit verify`` leaves with 1 as soon as one entry was changed; ``show`` lists them."""
    data = ["--data", str(settings.data_folder)]
    run = CliRunner()
    run.invoke(program, ["keys", "add", "li", "--role", "admin", "--days", "3", *data])
    told = run.invoke(program, ["audit", "verify", "--json", *data])
    shown = run.invoke(program, ["audit", "show", *data]).stdout
    document = json.loads(told.stdout)

    assert (told.exit_code, document["ok"], document["entries"]) == (0, True, 1)
    assert "key.add" in shown
    assert json.loads(run.invoke(program, ["audit", "show", "--json", *data]).stdout)["entries"]
    database = open_database(settings)
    with database.writing() as connection:
        connection.execute(update(audit_entries).values(who="another"))
    database.close()
    again = run.invoke(program, ["audit", "verify", "--anchor", document["anchor"], *data])
    assert again.exit_code == 1
    assert "entry 1 was changed" in again.stderr
