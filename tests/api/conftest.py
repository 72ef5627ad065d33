"""A service on a fresh database, and one that has solved the tiny case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from allocator.service_settings import ServiceSettings
from allocator.store.audit import Actor
from allocator.store.opening import open_database
from allocator.worker.loop import Worker
from api.access.rules import Caller
from api.main import create_app

HERE: dict[str, Any] = {"base_url": "http://127.0.0.1", "client": ("127.0.0.1", 50000)}
"""How a client on this machine asks: without keys the service answers no other."""


def client_here(settings: ServiceSettings) -> TestClient:
    """A client on this machine, of a fresh application."""
    return TestClient(create_app(settings), **HERE)


@dataclass(frozen=True)
class Solved:
    """A service that has a case and a finished plan of it.

    Parameters
    ----------
    client
        Asks the service.
    settings
        Where its database is.
    case_id, run_id
        The tiny case and its plan.
    """

    client: TestClient
    settings: ServiceSettings
    case_id: str
    run_id: str


@pytest.fixture
def settings(tmp_path: Path) -> ServiceSettings:
    """Settings of a service with a folder of its own."""
    return ServiceSettings(data_folder=tmp_path / "data")


@pytest.fixture
def client(settings: ServiceSettings) -> Iterator[TestClient]:
    """A client of a fresh application."""
    with client_here(settings) as test_client:
        yield test_client


def work(settings: ServiceSettings) -> bool:
    """Let a worker of this process carry out the next run."""
    database = open_database(settings)
    try:
        return Worker(database, settings).work_once()
    finally:
        database.close()


def submitted(client: TestClient, **asked: Any) -> str:
    """Submit a run and return its identifier."""
    answer = client.post("/v1/runs", json=asked)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run_id"])


@pytest.fixture(scope="session")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Solved]:
    """A service that has planned the tiny case; tests only read from it."""
    settings = ServiceSettings(data_folder=tmp_path_factory.mktemp("solved"))
    with client_here(settings) as test_client:
        answer = test_client.post("/v1/datasets/tiny/cases")
        assert answer.status_code == 201, answer.text
        case_id = answer.json()["case_id"]
        run_id = submitted(test_client, kind="plan", case_id=case_id)
        assert work(settings)
        assert test_client.get(f"/v1/runs/{run_id}").json()["status"] == "finished"
        yield Solved(test_client, settings, case_id, run_id)


@contextmanager
def acting(client: TestClient, **who: Any) -> Iterator[None]:
    """Let requests come from somebody: name, role and provinces of an ``Actor``."""
    application: Any = client.app
    caller = Caller.__metadata__[0].dependency
    application.dependency_overrides[caller] = lambda: Actor(**who)
    try:
        yield
    finally:
        del application.dependency_overrides[caller]


@pytest.fixture(autouse=True)
def _no_cookies_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take from the shared client what a test's page has put there, such as the language."""
    yield
    if "solved" in request.fixturenames:
        request.getfixturevalue("solved").client.cookies.clear()
