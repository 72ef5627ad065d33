"""Figures for Prometheus."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from allocator.service_settings import ServiceSettings
from allocator.store.opening import open_database
from allocator.store.queue import claim, heartbeat
from api.access.rules import role_rule
from api.main import create_app
from api.operations import metrics
from api.operations.endpoints import router
from tests.api.conftest import Solved, submitted

HERE = "http://127.0.0.1"

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(client: TestClient) -> Samples:
    """Values of all figures by name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value
        for family in families
        for one in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float | None:
    """One figure."""
    return found.get((name, tuple(sorted(labels.items()))))


@pytest.fixture(autouse=True)
def _always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look ask the database."""
    monkeypatch.setattr(metrics, "KEPT_SECONDS", -1.0)


def test_requests_are_counted_by_template_method_and_status(client: TestClient) -> None:
    """Two unknown runs count as one route, two requests; what has no route counts as none."""
    for path in ("/v1/runs/r1", "/v1/runs/r2", "/nothing/here", "/nothing/there"):
        client.get(path)
    client.request("BREW", "/health")
    found = samples(client)

    def requests(route: str, method: str, status: str) -> float | None:
        labels = {"route": route, "method": method, "status": status}
        return value(found, "allocator_http_requests_total", **labels)

    assert requests("/v1/runs/{run_id}", "GET", "404") == 2
    assert requests("none", "GET", "404") == 2
    assert requests("/health", "other", "405") == 1
    labels = {"route": "/v1/runs/{run_id}", "method": "GET"}
    assert value(found, "allocator_http_request_seconds_count", **labels) == 2
    assert value(found, "allocator_http_request_seconds_bucket", le="120.0", **labels) == 2


def test_refused_uploads_are_counted(client: TestClient) -> None:
    """An upload that is no case is counted by its status, one that is a case is not."""
    client.post("/v1/cases", content=b"nonsense")
    client.post("/v1/validate", json={"dataset": "tiny"})
    found = samples(client)

    assert value(found, "allocator_uploads_refused_total", status="415") == 1
    assert not [
        key
        for key in found
        if "uploads_refused" in key[0] and "415" not in str(key[1]) and key[0].endswith("_total")
    ]


def test_the_queue_can_be_watched(client: TestClient, settings: ServiceSettings) -> None:
    """Waiting runs, the oldest of them, workers at work and their heartbeat are told."""
    case_id = client.post("/v1/datasets/tiny/cases").json()["case_id"]
    for _ in range(2):
        submitted(client, kind="place", case_id=case_id)
    waiting = samples(client)
    database = open_database(settings)
    held = claim(database, "w1", 20.0, 3)
    assert held is not None
    heartbeat(database, held, 20.0)
    database.close()
    working = samples(client)

    assert value(waiting, "allocator_runs", status="queued") == 2
    assert value(waiting, "allocator_workers_at_work") == 0
    assert value(waiting, "allocator_last_heartbeat_seconds") is None
    assert 0 < (value(waiting, "allocator_oldest_queued_seconds") or 0) < 600
    assert value(working, "allocator_runs", status="running") == 1
    assert value(working, "allocator_workers_at_work") == 1
    assert 0 <= (value(working, "allocator_last_heartbeat_seconds") or 0) < 600
    assert (value(working, "allocator_database_bytes") or 0) > 100_000


def test_a_silent_worker_does_not_count_as_at_work(
    client: TestClient, settings: ServiceSettings
) -> None:
    """A worker whose lease is over is gone, until the opposite is known."""
    case_id = client.post("/v1/datasets/tiny/cases").json()["case_id"]
    submitted(client, kind="place", case_id=case_id)
    database = open_database(settings)
    assert claim(database, "w1", -30.0, 3) is not None
    database.close()
    found = samples(client)

    assert value(found, "allocator_workers_at_work") == 0
    assert (value(found, "allocator_last_heartbeat_seconds") or 0) >= 30


def test_finished_runs_and_versions_are_told(solved: Solved) -> None:
    """The state of the service and what it is made of come with one request."""
    found = samples(solved.client)

    assert (value(found, "allocator_runs", status="finished") or 0) >= 1
    assert value(found, "allocator_database_up") == 1
    assert [key for key in found if key[0] == "allocator_build_info"]


def test_figures_come_also_without_a_database(
    client: TestClient, settings: ServiceSettings
) -> None:
    """A database that does not answer is a figure, not an error."""
    with closing(sqlite3.connect(settings.data_folder / "allocator.sqlite")) as connection:
        connection.execute("DROP TABLE run_events")
        connection.execute("ALTER TABLE runs RENAME TO runs_lost")
    found = samples(client)

    assert value(found, "allocator_database_up") == 0
    assert value(found, "allocator_runs", status="queued") is None


def test_figures_of_the_database_are_asked_for_once_a_second(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often someone looks, the database is asked now and then."""
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 3600.0)
    asked = []
    original = metrics.service_figures
    monkeypatch.setattr(
        metrics, "service_figures", lambda *given: asked.append(1) or original(*given)
    )
    for _ in range(3):
        samples(client)

    assert len(asked) <= 1


def test_applications_count_for_themselves(settings: ServiceSettings) -> None:
    """Requests to one application do not appear in another of the same process."""
    first, second = (
        TestClient(create_app(settings), base_url=HERE, client=("127.0.0.1", 50000))
        for _ in range(2)
    )
    first.get("/health")
    labels = {"route": "/health", "method": "GET", "status": "200"}

    assert value(samples(first), "allocator_http_requests_total", **labels) == 1
    assert value(samples(second), "allocator_http_requests_total", **labels) is None


def test_only_admins_see_the_figures() -> None:
    """Figures are of all provinces, so no key of a planner shows them."""
    (route,) = [one for one in router.routes if getattr(one, "path", "") == "/metrics"]

    assert role_rule(route) == ("admin",)
