"""Real processes of the service, killed and stopped; what was acknowledged is carried out once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from allocator.service_settings import ServiceSettings
from allocator.store.cases import keep_case
from allocator.store.database import Database
from allocator.store.keeping import keep_results
from allocator.store.opening import open_database
from allocator.store.queue import claim
from allocator.uploads import Upload, check_upload
from benchmarks.service_process import Client, ServiceProcess
from tests.store_examples import LEASE, queued, results, shown_rows, status_events, stored

QUICK = {"lease_seconds": "3", "heartbeat_seconds": "0.5"}


def _wait_until(holds: Callable[[], Any], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    """A service with one worker."""
    made = ServiceProcess(tmp_path / "data", settings=QUICK)
    yield made
    made.stop()


def test_a_run_survives_the_death_of_all_processes(service: ServiceProcess) -> None:
    """Server and worker are killed while it is solved; after a restart it ends, once."""
    service.start()
    client = Client(service.port)
    case_id = client.ask("POST", "/v1/datasets/tiny/cases").body["case_id"]
    asked = {"kind": "place", "case_id": case_id}
    key = {"Idempotency-Key": "one"}
    run_id = client.ask("POST", "/v1/runs", asked, key).body["run_id"]
    path = f"/v1/runs/{run_id}"
    _wait_until(lambda: client.ask("GET", path).body["status"] == "running")

    service.kill("both")
    client.close()
    service.start()

    assert client.ask("POST", "/v1/runs", asked, key).body["run_id"] == run_id
    _wait_until(lambda: client.ask("GET", path).body["status"] == "finished")
    run = client.ask("GET", path).body
    assert (run["attempts"], run["outcome"]) == (2, "optimal")
    log = client.ask("GET", f"{path}/log?kind=status").body["events"]
    statuses = [event["body"]["status"] for event in log]
    assert statuses == ["queued", "running", "queued", "running", "finished"]
    assert len(client.ask("GET", "/v1/runs").body["runs"]) == 1
    client.close()
    service.stop()
    _wait_until(lambda: not service.left_processes(), 20.0)
    assert list((service.folder / "scratch").glob("*")) == []


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Database]:
    """The database of a service that has no process yet."""
    made = open_database(ServiceSettings(data_folder=tmp_path / "data"))
    yield made
    made.close()


def test_a_paused_worker_that_wakes_up_writes_nothing(opened: Database, tmp_path: Path) -> None:
    """Another has its run by then: what the other keeps stays as it is."""
    run_id = queued(opened, case_id=_tiny_case(opened))
    variables = {f"ALLOCATOR_{name.upper()}": value for name, value in QUICK.items()}
    command = [sys.executable, "-m", "allocator", "worker", "--data", str(tmp_path / "data")]
    worker = subprocess.Popen(command, env={**os.environ, **variables}, stderr=subprocess.DEVNULL)
    try:
        _wait_until(lambda: stored(opened, run_id).status == "running")
        family = psutil.Process(worker.pid).children(recursive=True)
        os.kill(worker.pid, signal.SIGSTOP)
        other = None
        while other is None:
            time.sleep(0.1)
            other = claim(opened, "other", LEASE, 3)
        assert (other.run_id, other.attempts) == (run_id, 2)
        left = results(record="other", outcome="other")
        assert keep_results(opened, other, left, LEASE, is_last=True)
        os.kill(worker.pid, signal.SIGCONT)
        # It ends what it had begun, and its folder, and waits for the next run.
        _wait_until(lambda: not list((tmp_path / "data" / "scratch").glob("*")))
        worker.terminate()
        assert worker.wait(30.0) == 0
    finally:
        worker.kill()
        worker.wait()
    assert stored(opened, run_id).outcome == "other"
    assert shown_rows(opened, run_id) == ["other"] * 3
    assert status_events(opened, run_id) == ["queued", "running", "queued", "running", "finished"]
    _wait_until(lambda: not any(one.is_running() for one in family), 10.0)


def _tiny_case(database: Database) -> str:
    """Keep the tiny case as the service would."""
    upload = Upload(b"", ".json", "tiny.json", dataset="tiny")
    checked = check_upload(upload, None)  # type: ignore[arg-type]
    assert checked.content is not None
    with database.writing() as connection:
        return keep_case(database, connection, checked.content, "somebody").case_id
