"""A real server that is asked to end, with a stream open and a run at work."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from allocator.errors import ConflictError
from allocator.readers import Readers
from allocator.service_settings import ServiceSettings
from allocator.store.events import read_events
from allocator.store.opening import open_database
from allocator.store.runs import find_run
from api.graceful_server import listening_socket

CANARY = "canary0815canary"

PATIENCE_SECONDS = 60.0


def eventually(what: str, look: Callable[[], Any]) -> Any:
    """Wait until something is there, and return it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(httpx2.TransportError):
            found = look()
            if found:
                return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come")


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still runs; one that only waits to be buried does not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server with one worker in processes of their own, and its address."""
    with listening_socket("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "allocator", "serve", "--port", str(port)]
    command += ["--data", str(tmp_path / "data")]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, env={**os.environ, "ALLOCATOR_LOG": "json"})
    yield process, f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


def test_a_server_that_is_asked_to_end_ends_in_order(
    server: tuple[subprocess.Popen[bytes], str], tmp_path: Path
) -> None:
    """An open stream ends at once, the run is given back, all processes go, the exit code is 0."""
    process, address = server
    headers = {"X-API-Key": CANARY, "X-Request-ID": "q1"}
    with httpx2.Client(base_url=address, headers=headers, timeout=30) as client:
        eventually("the server", lambda: client.get("/health").status_code == 200)
        case_id = client.post("/v1/datasets/tiny/cases").json()["case_id"]
        # Its process alone takes seconds to start; it is at work when the signal comes.
        asked = {"kind": "plan", "case_id": case_id}
        run_id = client.post("/v1/runs", json=asked).json()["run_id"]
        route = f"/v1/runs/{run_id}"
        eventually("a worker", lambda: client.get(route).json()["status"] == "running")
        children = psutil.Process(process.pid).children(recursive=True)
        with client.stream("GET", f"{route}/events") as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("id: ")
            process.send_signal(signal.SIGTERM)
            for _ in lines:
                pass

    assert process.wait(PATIENCE_SECONDS) == 0
    eventually("the end of all", lambda: not any(is_alive(one) for one in children))
    text = (tmp_path / "log").read_text(encoding="utf-8")
    told = [json.loads(line) for line in text.splitlines()]
    assert {one["process"] for one in told} == {"server", "worker"}
    # Uvicorn would say so if it had lost its patience with the stream.
    assert "timeout graceful shutdown exceeded" not in text
    assert CANARY not in text
    assert [one["status"] for one in told if one.get("path") == f"{route}/events"] == [200]
    assert {one["worker"] for one in told if one.get("run_id") == run_id} != set()
    database = open_database(ServiceSettings(data_folder=tmp_path / "data"))
    with database.reading() as connection:
        run = find_run(connection, run_id, frozenset())
        statuses = [
            event.body["status"] for event in read_events(connection, run_id, kind="status")
        ]
    database.close()
    assert (run.status, run.attempts) == ("queued", 0)
    assert statuses == ["queued", "running", "queued"]


def test_an_address_that_is_taken_is_named() -> None:
    """Who starts a second service hears at once that the port is the trouble."""
    with (
        listening_socket("127.0.0.1", 0) as taken,
        pytest.raises(ConflictError, match=r"listen at 127\.0\.0\.1, port \d+ .*--port"),
    ):
        listening_socket("127.0.0.1", taken.getsockname()[1])


def test_a_host_that_does_not_exist_is_named() -> None:
    """A mistyped host is an error with its name, not a trace."""
    with pytest.raises(ConflictError, match=r"listen at nowhere\.invalid"):
        listening_socket("nowhere.invalid", 0)


def _sleep(_payload: object, _report: object) -> None:
    time.sleep(600)


def test_readers_that_are_busy_end_with_the_service() -> None:
    """A file that takes minutes to read does not hold up the end."""
    readers = Readers(1)
    heard: list[str] = []

    def ask() -> None:
        try:
            readers.ask(_sleep, None)
        except Exception as error:  # noqa: BLE001
            heard.append(type(error).__name__)

    asking = threading.Thread(target=ask)
    asking.start()
    eventually("the child", lambda: readers._busy)
    readers.close()
    asking.join(PATIENCE_SECONDS)

    assert heard == ["SolveError"]
