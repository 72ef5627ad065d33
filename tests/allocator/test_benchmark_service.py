"""What the trials of the service say of a database, held against databases made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import update

from allocator.store.database import Database
from allocator.store.editions import write_edition
from allocator.store.events import add_event
from allocator.store.keeping import keep_results
from allocator.store.queue import settle
from allocator.store.tables import runs
from benchmarks.service_findings import count_open, find_stuck, look_at_runs
from benchmarks.service_kills import KillTrial
from benchmarks.service_load import LoadTrial
from tests.store_examples import LEASE, claimed, let_lease_end, queued, results


def test_a_sound_database_has_no_faults(database: Database, tmp_path: Path) -> None:
    """One run finished, one failed: both ended, once, and nothing is left."""
    first, second = queued(database), queued(database)
    assert keep_results(database, claimed(database), results(), LEASE, is_last=True)
    assert settle(database, claimed(database), "failed", {"error": "WorkerLost"})
    found = look_at_runs(database, [first, second], tmp_path / "scratch")
    assert found.ended == {"failed": 1, "finished": 1}
    assert found.errors == {"WorkerLost": 1}
    # These two were kept without idempotency keys.
    assert found.twins == 2
    trial = KillTrial(findings=replace(found, twins=0))
    assert trial.faults() == []


def test_every_broken_promise_is_named(database: Database, tmp_path: Path) -> None:
    """Lost, open, ended twice, rows and folders left, stuck: each has its line."""
    open_one, twice = queued(database), queued(database)
    held = claimed(database)
    assert write_edition(database, held, LEASE, results().rows()) is not None
    let_lease_end(database, held)
    with database.writing() as connection:
        ended = update(runs).where(runs.c.run_id == twice)
        connection.execute(ended.values(status="finished"))
        for _ in range(2):
            add_event(database, connection, twice, "status", {"status": "finished"})
    scratch = tmp_path / "scratch"
    (scratch / f"{open_one}-1").mkdir(parents=True)
    found = look_at_runs(database, [open_one, twice, "r00"], scratch)
    assert (found.missing, found.lost) == (["r00"], sorted([open_one, "r00"]))
    assert (found.ended_twice, found.left_rows) == ([twice], 1)
    assert count_open(database) == 1
    assert find_stuck(database, 60.0) == [open_one]
    trial = KillTrial(findings=found, stuck=[open_one], left_processes=["1 python"])
    told = " ".join(trial.faults())
    for words in ("lost", "twice", "stuck", "folders", "processes", "rows", "own"):
        assert words in told
    assert KillTrial().faults() == ["the trial did not end"]


def test_slow_answers_are_named() -> None:
    """Only what is slower than asked, or not taken at all."""
    quick = LoadTrial(1, 100, 1, 0.0, [0.1] * 100, [0.1], [0.1], acknowledged=100)
    quick.solving_health_seconds = [0.1]
    assert quick.faults() == []
    slow = replace(quick, submit_seconds=[0.1] * 94 + [0.6] * 6, acknowledged=99, locked=1)
    assert slow.faults() == [
        "1 submissions were not taken",
        "1 times locked",
        "p95 of a submission",
    ]
