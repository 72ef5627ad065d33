"""Turns in the queue: who has least at work comes next, whoever asked first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from allocator.service_settings import ServiceSettings
from allocator.store.opening import open_database
from allocator.store.queue import claim
from api.main import create_app
from tests.api.conftest import submitted
from tests.api.doors import key_for, sent, with_keys


@pytest.fixture
def keyed(settings: ServiceSettings) -> Iterator[TestClient]:
    """A client of a fresh service that asks for keys."""
    with TestClient(create_app(with_keys(settings))) as client:
        yield client


def test_one_key_cannot_starve_another(keyed: TestClient, settings: ServiceSettings) -> None:
    """Twenty runs of one key stand before two of another, which still gets every second turn."""
    keys = {name: sent(key_for(settings, "planner", name=name)) for name in ("busy", "calm")}
    keyed.headers = keys["busy"]
    case_id = keyed.post("/v1/datasets/tiny/cases").json()["case_id"]
    for _ in range(20):
        submitted(keyed, kind="place", case_id=case_id)
    keyed.headers = keys["calm"]
    for _ in range(2):
        submitted(keyed, kind="place", case_id=case_id)

    database = open_database(settings)
    held = [claim(database, "w", 60.0, 3) for _ in range(5)]
    database.close()

    runs = {run["run_id"]: run for run in keyed.get("/v1/runs").json()["runs"]}
    order = [runs[one.run_id]["created_by"] for one in held if one is not None]
    assert order == ["busy", "calm", "busy", "calm", "busy"]
