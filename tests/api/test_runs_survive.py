"""Submissions that are sent again, that come too many, that find a full disk; on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event, text

from allocator.service_settings import ServiceSettings
from allocator.store.queue import claim
from api.main import create_app
from tests.api.conftest import HERE, client_here
from tests.store_examples import LEASE, claimed, kept_case


@pytest.fixture
def chosen(empty_address: str, tmp_path: Path) -> ServiceSettings:
    """Settings of a service on an empty database, where five runs may wait."""
    return ServiceSettings(data_folder=tmp_path / "data", database=empty_address, queued_runs=5)


@pytest.fixture
def application(chosen: ServiceSettings) -> FastAPI:
    """The service."""
    return create_app(chosen)


@pytest.fixture
def client(application: FastAPI) -> Iterator[TestClient]:
    """Somebody who asks it."""
    with TestClient(application, **HERE) as made:
        yield made


def _asked(application: FastAPI) -> dict[str, Any]:
    """A run of a case that is kept."""
    return {"kind": "place", "case_id": kept_case(application.state.service.database)}


def test_fifty_requests_with_one_key_make_one_run(
    application: FastAPI, client: TestClient, chosen: ServiceSettings
) -> None:
    """Sent at once, and once more after a restart."""
    asked, key = _asked(application), {"Idempotency-Key": "one"}

    def send(_: int) -> str:
        answer = client.post("/v1/runs", json=asked, headers=key)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["run_id"])

    with ThreadPoolExecutor(10) as pool:
        made = set(pool.map(send, range(50)))
    assert len(made) == 1
    with client_here(chosen) as later:
        answer = later.post("/v1/runs", json=asked, headers=key)
        assert {answer.json()["run_id"]} == made
        other = later.post("/v1/runs", json={**asked, "name": "x"}, headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert len(later.get("/v1/runs").json()["runs"]) == 1


def test_a_full_queue_takes_no_more(application: FastAPI, client: TestClient) -> None:
    """It says when to come again, and takes more as soon as a run is at work."""
    asked = _asked(application)
    answers = [client.post("/v1/runs", json=asked) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert answers[-1].json()["code"] == "queue_full"
    assert int(answers[-1].headers["Retry-After"]) > 0
    claimed(application.state.service.database)
    assert client.post("/v1/runs", json=asked).status_code == 202


def test_a_run_at_work_hears_of_its_cancellation(application: FastAPI, client: TestClient) -> None:
    """The answer says that it is asked; asking again changes nothing."""
    database = application.state.service.database
    run_id = client.post("/v1/runs", json=_asked(application)).json()["run_id"]
    held = claim(database, "w", LEASE, 3)
    assert held is not None
    for _ in range(2):
        answer = client.delete(f"/v1/runs/{run_id}")
        assert answer.status_code == 202
        assert (answer.json()["status"], answer.json()["is_cancel_asked"]) == ("running", True)
    assert client.post(f"/v1/runs/{run_id}/stop").json()["stops_asked"] == 1


def test_a_full_disk_refuses_writers_and_lets_readers_go_on(tmp_path: Path) -> None:
    """It answers 507 and keeps nothing of it; once there is room all goes on, without a restart."""
    application = create_app(ServiceSettings(data_folder=tmp_path / "data"))
    engine = application.state.service.database.engine
    room = {"pages": 0}

    def narrow_down(connection: sqlite3.Connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + room['pages']}")

    event.listen(engine, "checkout", narrow_down)
    with TestClient(application, raise_server_exceptions=False, **HERE) as client:
        room["pages"] = 1000
        asked = _asked(application)
        first = client.post("/v1/runs", json=asked).json()["run_id"]
        room["pages"] = 0
        answers = [client.post("/v1/runs", json={**asked, "name": "x" * 200}) for _ in range(60)]
        taken = [answer for answer in answers if answer.status_code == 202]
        refused = [answer for answer in answers if answer.status_code != 202]
        assert {answer.status_code for answer in refused} == {507}
        assert {answer.json()["code"] for answer in refused} == {"storage_full"}
        assert "Retry-After" in refused[0].headers
        assert client.get(f"/v1/runs/{first}").json()["status"] == "queued"
        room["pages"] = 1000
        assert client.post("/v1/runs", json=asked).status_code == 202
        runs = client.get("/v1/runs", params={"limit": 200}).json()["runs"]
        assert len(runs) == 2 + len(taken)
        with application.state.service.database.reading() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
