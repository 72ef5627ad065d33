"""The worker between runs: it goes on after outages, and takes away what died has left."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError, ProgrammingError

from allocator.service_settings import ServiceSettings
from allocator.store.database import Database, sqlite_address
from allocator.store.editions import write_edition
from allocator.store.migration import migrate
from allocator.store.queue import give_back
from allocator.store.repetitions import KEPT_HOURS, forget_old_keys
from allocator.store.tables import idempotency_keys
from allocator.worker import crew, loop
from allocator.worker.crew import Crew
from allocator.worker.loop import Worker
from allocator.worker.scratch import scratch_folder, sweep_scratch
from tests.store_examples import LEASE, all_rows, claimed, queued, results, status_events, stored


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Database]:
    """A SQLite with tables."""
    made = Database(sqlite_address(tmp_path / "a.sqlite"))
    migrate(made)
    yield made
    made.close()


@pytest.fixture
def worker(own: Database, tmp_path: Path) -> Worker:
    """A worker that keeps no process ready."""
    made = Worker(own, ServiceSettings(data_folder=tmp_path))
    made._spare.prepare = lambda: None  # type: ignore[method-assign]
    return made


def _serve(worker: Worker, until: Callable[[], Any]) -> None:
    """Let a worker serve until something holds."""
    thread = threading.Thread(target=worker.serve)
    thread.start()
    end = time.monotonic() + 60.0
    try:
        while not until():
            assert time.monotonic() < end, "it did not come about"
            time.sleep(0.01)
    finally:
        worker.leave.set()
        thread.join(60.0)


def test_a_worker_goes_on_after_an_outage(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits longer each time, up to a limit, and then works as before."""
    tries: list[float] = []

    def fail_five_times(*_: object) -> None:
        tries.append(time.monotonic())
        if len(tries) <= 5:
            raise OperationalError("begin", {}, Exception("database is locked"))

    monkeypatch.setattr(loop, "claim", fail_five_times)
    monkeypatch.setattr(loop, "IDLE_SECONDS", 0.02)
    monkeypatch.setattr(loop, "LONGEST_PAUSE_SECONDS", 0.1)
    _serve(worker, lambda: len(tries) >= 8)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert pauses[1] >= 0.04
    assert pauses[4] >= 0.1


def test_what_would_fail_every_time_ends_the_worker(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is missing is no outage: whoever supervises workers shall see it."""

    def refuse(*_: object) -> None:
        raise ProgrammingError("select", {}, Exception("no such table"))

    monkeypatch.setattr(loop, "claim", refuse)
    with pytest.raises(ProgrammingError):
        worker.serve()


def test_a_run_that_cannot_begin_here_is_given_back(
    worker: Worker, own: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk of this machine costs the run no attempt, and is in its log."""
    run_id = queued(own)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loop, "write_inputs", full)
    with pytest.raises(OSError, match="No space left"):
        worker.work_once()
    assert stored(own, run_id).attempts == 0
    assert status_events(own, run_id) == ["queued", "running", "queued"]
    assert list(worker.settings.scratch_folder.glob("*")) == []


def test_a_run_whose_case_is_damaged_fails(worker: Worker, own: Database) -> None:
    """What cannot be read never can: it is not tried again."""
    run_id = queued(own)
    assert worker.work_once()
    run = stored(own, run_id)
    assert run.error is not None
    assert (run.status, run.error["error"]) == ("failed", "DataError")
    assert list(worker.settings.scratch_folder.glob("*")) == []


def test_folders_of_attempts_that_died_are_taken_away(own: Database, tmp_path: Path) -> None:
    """Those of runs at work stay, and so does what is not ours."""
    queued(own)
    held = claimed(own)
    root = tmp_path / "scratch"
    assert sweep_scratch(own, root) == 0
    for name in (f"{held.run_id}-{held.token - 1}", "r0123456789abcdef0123-1", "keep-this"):
        (root / name / "deep").mkdir(parents=True)
    with scratch_folder(root, held) as folder:
        assert sweep_scratch(own, root) == 2
        assert folder.is_dir()
    assert [path.name for path in root.iterdir()] == ["keep-this"]


def test_a_worker_sweeps_as_it_begins(worker: Worker, own: Database) -> None:
    """Folders, rows and old keys that died processes have left are gone."""
    queued(own)
    held = claimed(own)
    assert write_edition(own, held, LEASE, results(4).rows()) is not None
    assert give_back(own, held, "why") == "queued"
    (worker.settings.scratch_folder / f"{held.run_id}-{held.token}").mkdir(parents=True)
    _keep_key(own, "old", KEPT_HOURS + 1)
    _keep_key(own, "new", KEPT_HOURS - 1)
    worker._sweep()
    assert all_rows(own) == 0
    assert list(worker.settings.scratch_folder.glob("*")) == []
    assert _keys(own) == ["new"]


def _keep_key(database: Database, key: str, age_hours: float) -> None:
    """Remember an idempotency key that was used so long ago."""
    with database.writing() as connection:
        values = {
            "created_by": "somebody",
            "idempotency_key": key,
            "request_digest": "",
            "resource": "run",
            "resource_id": "r",
            "created_at": database.now(connection) - timedelta(hours=age_hours),
        }
        connection.execute(idempotency_keys.insert().values(values))


def _keys(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(select(idempotency_keys.c.idempotency_key)).scalars())


def test_keys_are_forgotten_after_two_days(database: Database) -> None:
    """On both databases; younger ones are kept."""
    _keep_key(database, "a", 1.0)
    assert forget_old_keys(database) == 0
    with database.writing() as connection:
        past = database.now(connection) - timedelta(hours=KEPT_HOURS + 1)
        connection.execute(update(idempotency_keys).values(created_at=past))
    assert forget_old_keys(database) == 1
    assert _keys(database) == []


def _sleeper(_: object) -> subprocess.Popen[bytes]:
    """A worker that does nothing until it is asked to go."""
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])


def test_a_crew_replaces_the_worker_that_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has as many as it should, and none is left when it stops."""
    monkeypatch.setattr(crew, "_start", _sleeper)
    monkeypatch.setattr(crew, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(crew, "SHORT_LIFE_SECONDS", 0.2)
    made = Crew(2, {})
    made.start()
    try:
        _wait_until(lambda: len(made._workers) == 2)
        first = list(made._workers)
        os.kill(first[0].pid, signal.SIGKILL)
        _wait_until(lambda: len({one.pid for one in made._workers} - {first[0].pid}) == 2)
        assert first[1] in made._workers
    finally:
        made.stop()
    assert all(one.poll() is not None for one in made._workers)


def test_a_crew_tries_again_when_no_process_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is out of processes for a moment does not end the service for good."""
    tries: list[int] = []

    def refuse_once(environment: object) -> subprocess.Popen[bytes]:
        tries.append(1)
        if len(tries) == 1:
            raise OSError(11, "Resource temporarily unavailable")
        return _sleeper(environment)

    monkeypatch.setattr(crew, "_start", refuse_once)
    monkeypatch.setattr(crew, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(crew, "SHORT_LIFE_SECONDS", 0.1)
    made = Crew(1, {})
    made.start()
    try:
        _wait_until(lambda: len(made._workers) == 1)
    finally:
        made.stop()
    assert len(tries) == 2


def _wait_until(holds: Callable[[], Any], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)
