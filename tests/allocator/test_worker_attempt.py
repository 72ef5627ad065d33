"""One attempt at a run: every way in which its process can end, and what becomes of the run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy.exc import OperationalError

from allocator.child_process import Child
from allocator.child_service import Report
from allocator.engine import stopping
from allocator.errors import ConflictError
from allocator.service_settings import ServiceSettings
from allocator.solver import Progress
from allocator.store.database import Database, sqlite_address
from allocator.store.events import read_events
from allocator.store.leases import Claim
from allocator.store.migration import migrate
from allocator.store.queue import claim
from allocator.store.runs import ask_cancel, ask_stop
from allocator.worker import attempt as attempts
from allocator.worker.attempt import Attempt
from allocator.worker.work import Left, Note, Phase, Work
from tests.store_examples import (
    LEASE,
    claimed,
    let_lease_end,
    queued,
    shown_rows,
    status_events,
    stored,
)

Task = Callable[[Work, Report], Any]

SETTINGS = ServiceSettings(lease_seconds=3.0, heartbeat_seconds=0.2, hard_limit_seconds=60.0)


def _left(work: Work, record: str) -> Left:
    """One row and one file."""
    rows, plan = work.folder / f"{record}.jsonl", work.folder / f"{record}.xlsx"
    rows.write_text(f'{{"sheet":"S","position":0,"record":"{record}"}}\n', encoding="utf-8")
    plan.write_text(record, encoding="utf-8")
    return Left({"status": record}, record, record, {"plan.xlsx": ("text/plain", plan)}, rows)


def finish(work: Work, report: Report) -> Left:
    """End well at once, with a story."""
    report(Phase("solving"))
    report(Note("a word"))
    report(("placement", Progress("unmet", 1.0, 2.0, float("inf"), None)))
    return _left(work, "last")


def first_then_fail(work: Work, report: Report) -> Left:
    """Leave a first plan, then find a fault."""
    report(_left(work, "first"))
    raise ConflictError("no. Maybe yes.")


def fall_over(work: Work, _: Report) -> Left:
    """End as a process that crashes."""
    os._exit(7 if work is not None else 0)


def sleep(work: Work, report: Report) -> Left:
    """Start a process of another group, write down which, and never end."""
    report(Phase("solving"))
    stray = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], process_group=0
    )
    (work.folder / "pids").write_text(f"{os.getpid()} {stray.pid}", encoding="utf-8")
    time.sleep(600.0)
    return _left(work, "late")


def sleep_a_little(work: Work, report: Report) -> Left:
    """Work for two seconds."""
    report(Phase("solving"))
    time.sleep(1.0)
    report(Note("on the way"))
    time.sleep(1.0)
    return _left(work, "last")


def stop_twice(work: Work, report: Report) -> Left:
    """Search twice, each time until asked to stop."""
    stopping.be_patient()
    report(Phase("reading"))
    for turn in range(2):
        with contextlib.suppress(KeyboardInterrupt), stopping.ended_as_interrupted():
            report(Phase(f"search {turn}"))
            time.sleep(60.0)
    return _left(work, str(stopping.stops_taken()))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Database]:
    """A SQLite with tables."""
    made = Database(sqlite_address(tmp_path / "a.sqlite"))
    migrate(made)
    yield made
    made.close()


class _Trial:
    """A run that is claimed, carried out in a thread of its own while a test interferes."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.leave = database, folder, threading.Event()
        self.ending, self.settings = "", SETTINGS
        self.run_id = queued(database)
        self.held = claimed(database)

    def begin(self, task: Task, settings: ServiceSettings = SETTINGS) -> threading.Thread:
        """Carry the run out meanwhile."""
        work = Work("place", None, {}, self.folder / "case.json", self.folder)
        tried = Attempt(self.database, settings, self.held, self.leave)

        def carry_out() -> None:
            self.ending = tried.carry_out(work, Child(task))

        thread = threading.Thread(target=carry_out)
        thread.start()
        return thread

    def carried_out(self, task: Task, settings: ServiceSettings = SETTINGS) -> str:
        """Carry the run out to its end; return the status."""
        self.begin(task, settings).join(60.0)
        return self.status

    @property
    def status(self) -> str:
        """Status of the run."""
        return stored(self.database, self.run_id).status

    def error(self) -> tuple[str, str]:
        """Kind and detail of its error."""
        error = stored(self.database, self.run_id).error
        assert error is not None
        return error["error"], error["detail"]

    def lines(self) -> list[str]:
        """Lines of its log."""
        with self.database.reading() as connection:
            found = read_events(connection, self.run_id, kind="log")
        return [event.body["line"] for event in found]

    def pids(self) -> list[int]:
        """Processes that ``sleep`` has written down, once it has."""
        path = self.folder / "pids"
        _wait_until(lambda: path.exists() and path.read_text(encoding="utf-8"))
        return [int(word) for word in path.read_text(encoding="utf-8").split()]

    def ask(self, asked: Callable[..., None]) -> None:
        """Cancel or stop the run."""
        with self.database.writing() as connection:
            asked(self.database, connection, stored(self.database, self.run_id))


@pytest.fixture
def trial(own: Database, tmp_path: Path) -> _Trial:
    """A run that is held."""
    return _Trial(own, tmp_path)


def _wait_until(holds: Callable[[], Any], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def _are_gone(pids: list[int]) -> bool:
    return not any(
        psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        for pid in pids
    )


def test_what_a_process_returns_is_kept_with_its_story(trial: _Trial) -> None:
    """Rows, notes and progress are there when the run is finished."""
    assert trial.carried_out(finish) == "finished"
    assert trial.ending == "finished"
    run = stored(trial.database, trial.run_id)
    assert run.outcome == "last"
    assert shown_rows(trial.database, trial.run_id) == ["last"]
    assert trial.lines() == ["a word"]
    with trial.database.reading() as connection:
        (progress,) = read_events(connection, trial.run_id, kind="progress")
    assert (progress.body["incumbent"], progress.body["bound"]) == (2.0, None)


def test_a_process_that_has_made_itself_ready_goes_on(trial: _Trial) -> None:
    """Its first word, that it is ready, is not taken for a result."""
    child = Child(finish_or_be_ready)
    child.begin(0, None, (None, None, 0.0))
    work = Work("place", None, {}, trial.folder / "case.json", trial.folder)
    assert Attempt(trial.database, SETTINGS, trial.held, trial.leave).carry_out(work, child) == (
        "finished"
    )


def finish_or_be_ready(work: Work | None, report: Report) -> Left | None:
    """As ``carry_out`` does."""
    return None if work is None else finish(work, report)


def test_a_fault_fails_the_run_and_leaves_its_first_plan(trial: _Trial) -> None:
    """The first plan came a moment before the fault: it is kept all the same."""
    assert trial.carried_out(first_then_fail) == "failed"
    assert trial.error() == ("ConflictError", "no. Maybe yes.")
    assert shown_rows(trial.database, trial.run_id) == ["first"]


def test_a_crash_is_tried_again_and_then_fails(trial: _Trial) -> None:
    """Each attempt counts and is told; after the last one the run says what happened."""
    for turn in range(1, SETTINGS.attempts + 1):
        status = trial.carried_out(fall_over)
        if turn < SETTINGS.attempts:
            assert status == "queued"
            trial.held = claimed(trial.database)
    assert status == "failed"
    assert trial.error()[0] == "RunEnded"
    assert "exit code 7" in trial.error()[1]
    assert len(trial.lines()) == SETTINGS.attempts - 1


def test_a_run_beyond_its_hard_limit_is_ended(trial: _Trial) -> None:
    """The reason names the setting."""
    settings = ServiceSettings(lease_seconds=3.0, heartbeat_seconds=0.2, hard_limit_seconds=1.0)
    assert trial.carried_out(sleep, settings) == "failed"
    assert trial.error()[0] == "TooLong"
    assert "ALLOCATOR_HARD_LIMIT_SECONDS" in trial.error()[1]


def test_a_run_that_needs_too_much_memory_is_ended(trial: _Trial) -> None:
    """It is not tried again: it would need as much."""
    settings = ServiceSettings(lease_seconds=3.0, heartbeat_seconds=0.2, run_memory_mb=5)
    assert trial.carried_out(sleep, settings) == "failed"
    assert trial.error()[0] == "OutOfMemory"


def test_cancelling_ends_all_processes_of_a_run(trial: _Trial) -> None:
    """Also one that leads a process group of its own; within five seconds."""
    thread = trial.begin(sleep)
    pids = trial.pids()
    begun = time.monotonic()
    trial.ask(ask_cancel)
    _wait_until(lambda: trial.status == "cancelled" and _are_gone(pids))
    assert time.monotonic() - begun < 5.0
    thread.join(60.0)
    assert trial.ending == "cancelled"
    assert status_events(trial.database, trial.run_id) == ["queued", "running", "cancelled"]


def test_who_leaves_gives_the_run_back(trial: _Trial) -> None:
    """The attempt does not count, and nothing of it goes on."""
    thread = trial.begin(sleep)
    pids = trial.pids()
    trial.leave.set()
    thread.join(60.0)
    assert trial.status == "queued"
    assert claimed(trial.database).attempts == 1
    _wait_until(lambda: _are_gone(pids), 5.0)


def test_who_has_lost_a_run_ends_it_without_a_word(trial: _Trial) -> None:
    """Its processes are gone; the run is the other's."""
    thread = trial.begin(sleep)
    pids = trial.pids()
    other = _taken_over(trial.database, trial.held)
    thread.join(60.0)
    assert trial.ending == "lost to another worker"
    _wait_until(lambda: _are_gone(pids), 5.0)
    run = stored(trial.database, trial.run_id)
    assert (run.status, run.worker, other.token) == ("running", "other", trial.held.token + 2)


def _taken_over(database: Database, held: Claim) -> Claim:
    """Let another worker have the run between two heartbeats."""
    while True:
        let_lease_end(database, held)
        other = claim(database, "other", LEASE, 3)
        if other is not None:
            return other


def test_stops_are_passed_on_one_by_one(trial: _Trial) -> None:
    """Two stops end two searches, and what was found is kept."""
    thread = trial.begin(stop_twice)
    for turn in range(2):
        _wait_until(
            lambda turn=turn: stored(trial.database, trial.run_id).phase == f"search {turn}"
        )
        trial.ask(ask_stop)
    thread.join(60.0)
    assert (trial.status, stored(trial.database, trial.run_id).outcome) == ("finished", "2")


def _outage(*_: object, **__: object) -> Any:
    raise OperationalError("update", {}, Exception("database is locked"))


def test_a_short_outage_costs_nothing(trial: _Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on, and what it said meanwhile is in its log."""
    monkeypatch.setattr(attempts, "AGAIN_SECONDS", 0.05)
    broken = threading.Event()
    failures: list[str] = []
    for name in ("heartbeat", "hear_orders", "keep_results"):
        real = getattr(attempts, name)

        def through(*given: Any, real: Any = real, name: str = name, **named: Any) -> Any:
            if broken.is_set():
                failures.append(name)
                _outage()
            return real(*given, **named)

        monkeypatch.setattr(attempts, name, through)
    thread = trial.begin(sleep_a_little, ServiceSettings(heartbeat_seconds=0.2))
    _wait_until(lambda: stored(trial.database, trial.run_id).phase == "solving")
    broken.set()
    _wait_until(lambda: "keep_results" in failures)
    broken.clear()
    thread.join(60.0)
    assert set(failures) == {"heartbeat", "hear_orders", "keep_results"}
    assert trial.status == "finished"
    assert trial.lines() == ["on the way"]


def test_an_outage_longer_than_the_lease_ends_the_attempt(
    trial: _Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then the run may be another's; its processes do not go on for nothing."""
    thread = trial.begin(sleep)
    pids = trial.pids()
    monkeypatch.setattr(attempts, "heartbeat", _outage)
    monkeypatch.setattr(attempts, "hear_orders", _outage)
    thread.join(60.0)
    assert trial.ending.startswith("given up")
    _wait_until(lambda: _are_gone(pids), 5.0)
    assert trial.status == "running"


def test_a_disk_that_is_full_for_long_does_not_cost_the_run(
    trial: _Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the database says whose the run is, nobody else can have it."""
    monkeypatch.setattr(attempts, "heartbeat", _outage)
    settings = ServiceSettings(lease_seconds=0.5, heartbeat_seconds=0.1)
    assert trial.carried_out(sleep_a_little, settings) == "finished"


def test_results_that_the_database_refuses_fail_the_run(
    trial: _Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would refuse them every time: the run ends, and says so."""
    from sqlalchemy.exc import DataError

    def refuse(*_: object, **__: object) -> Any:
        raise DataError("insert", {}, Exception("a NUL"))

    monkeypatch.setattr(attempts, "keep_results", refuse)
    assert trial.carried_out(finish) == "failed"
    assert trial.error() == (
        "ResultsRefused",
        "the results could not be kept (a NUL). Maybe report this.",
    )


def test_who_leaves_does_not_wait_for_a_database(
    trial: _Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that shall go while the database is out of reach goes; the lease does the rest."""
    monkeypatch.setattr(attempts, "give_back", _outage)
    thread = trial.begin(sleep)
    trial.pids()
    trial.leave.set()
    thread.join(10.0)
    assert not thread.is_alive()
    assert trial.status == "running"
