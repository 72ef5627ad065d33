"""Keys, sessions, turns, repeated requests and the log of a service on PostgreSQL.

The same is tested on SQLite in detail; here one service shows that the other database agrees.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from allocator.service_settings import ServiceSettings
from allocator.store.audit_check import check_audit, read_entries
from allocator.store.database import Database
from allocator.store.keys import make_key, revoke_key
from allocator.store.tables import page_sessions, runs
from api.main import create_app
from benchmarks.postgres_server import PostgresServer
from tests.api.doors import sent

pytestmark = pytest.mark.postgres

OWN = {"Origin": "http://testserver"}

TURNS = 60
"""Requests of one key in a minute."""


@pytest.fixture(scope="module")
def door(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """A client of a service on PostgreSQL that asks for keys."""
    settings = ServiceSettings(
        data_folder=tmp_path_factory.mktemp("door"),
        database=postgres_server.new_database("door"),
        access="keys",
        requests_per_minute=TURNS,
    )
    with TestClient(create_app(settings), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def database(door: TestClient) -> Database:
    """The database of the service."""
    application: Any = door.app
    found: Database = application.state.service.database
    return found


def new_key(database: Database, name: str) -> str:
    """Make a key of a planner."""
    with database.writing() as connection:
        return make_key(database, connection, name=name, role="planner")[1]


def test_a_key_opens_until_it_is_revoked(door: TestClient, database: Database) -> None:
    """The header opens, the log-in makes a session, and revoking the key ends both."""
    key = new_key(database, "wang")
    assert door.get("/v1/me", headers=sent(key)).json()["name"] == "wang"
    answer = door.post("/login", data={"key": key}, headers=OWN)
    cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    door.cookies.clear()
    assert door.get("/v1/me", headers=cookie).json()["name"] == "wang"

    with database.writing() as connection:
        revoke_key(database, connection, "wang")
        assert connection.execute(select(func.count()).select_from(page_sessions)).scalar() == 0

    assert door.get("/v1/me", headers=sent(key)).json()["code"] == "wrong_key"
    assert door.get("/v1/me", headers=cookie).json()["code"] == "key_needed"


def test_who_logs_out_is_out(door: TestClient, database: Database) -> None:
    """The cookie that was kept opens nothing after the log-out."""
    answer = door.post("/login", data={"key": new_key(database, "bo")}, headers=OWN)
    cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
    door.cookies.clear()

    assert door.post("/logout", headers={**cookie, **OWN}).status_code == 303
    assert door.get("/v1/me", headers=cookie).status_code == 401


def test_the_turns_of_a_key_are_counted(door: TestClient, database: Database) -> None:
    """One key that asks too often waits; another does not wait for it."""
    busy, calm = (sent(new_key(database, name)) for name in ("busy", "calm"))
    statuses = [door.get("/v1/me", headers=busy).status_code for _ in range(TURNS + 5)]

    assert set(statuses[:TURNS]) == {200}
    assert statuses[-1] == 429
    assert door.get("/v1/me", headers=calm).status_code == 200


def test_a_request_sent_at_once_many_times_makes_one_run(
    door: TestClient, database: Database
) -> None:
    """Eight threads with one Idempotency-Key get the same run; another request is refused."""
    headers = {**sent(new_key(database, "li")), "Idempotency-Key": "again"}
    case_id = door.post("/v1/datasets/tiny/cases", headers=headers).json()["case_id"]
    asked = {"kind": "place", "case_id": case_id}
    headers["Idempotency-Key"] = "run"

    def submit(_turn: int) -> Any:
        return door.post("/v1/runs", json=asked, headers=headers).json()["run_id"]

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(submit, range(8)))
    other = door.post("/v1/runs", json={**asked, "name": "other"}, headers=headers)

    assert len(made) == 1
    assert other.json()["code"] == "idempotency_key_reused"
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(runs)).scalar() == 1


def test_what_was_done_is_in_a_log_that_holds(door: TestClient, database: Database) -> None:
    """Entries written at the same time by many threads are one chain without a gap."""
    headers = sent(new_key(database, "zhao"))
    case_id = door.post("/v1/datasets/tiny/cases", headers=headers).json()["case_id"]

    def export(_turn: int) -> int:
        return door.get(f"/v1/cases/{case_id}/source", headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(export, range(16))) == {200}

    with database.reading() as connection:
        assert check_audit(connection).faults == ()
        entries = read_entries(connection)
    own = [entry.action for entry in entries if entry.who == "zhao"]
    assert own.count("file.export") == 16
    assert [entry.number for entry in entries] == list(range(len(entries), 0, -1))
