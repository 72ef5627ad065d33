"""What is left of the service's promises when its processes are killed at random times.

``python -m benchmarks.service_kills --kills 200`` starts a real ``allocator serve``, submits tiny
runs all the while, and kills (-9) the server, the workers, both, or the process of a run, or pauses
a worker for longer than its lease, again and again. A server that was killed is started again, as
whoever supervises it would. Runs are tried 20 times here, so that they end well although their
workers die again and again; with the three times of the service most would fail, and say so.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from allocator.store.database import Database, sqlite_address
from benchmarks.machine import machine_of_today
from benchmarks.postgres_server import PostgresServer
from benchmarks.service_findings import Findings, count_open, find_stuck, look_at_runs
from benchmarks.service_process import Client, ServiceProcess

__all__ = ["KillTrial", "main", "measure_kills"]

TARGETS: Final = ("server", "worker", "both", "solver", "pause")
"""What is killed; a worker that is paused for longer than its lease wakes up again."""

STUCK_SECONDS: Final = 60.0
"""A run that no worker answers for may be at work for so long at most. [s]"""

LEASE_SECONDS, HEARTBEAT_SECONDS = 5.0, 1.0

PAUSED_SECONDS: Final = 1.6 * LEASE_SECONDS

_TELLING: Final = 20

_UNREACHED: Final = (OSError, http.client.HTTPException)


@dataclass
class KillTrial:
    """What happened.

    Parameters
    ----------
    kills
        How many of each kind.
    ready_seconds
        How long each restart took until the service answered. [s]
    stuck
        Runs that were found at work without a worker for too long.
    seconds
        Of the whole trial. [s]
    settling_seconds
        From the last kill to the end of the last run. [s]
    left_processes
        Processes that were still there after the service had ended.
    findings
        What became of the runs.
    """

    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TARGETS, 0))
    ready_seconds: list[float] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    seconds: float = 0.0
    settling_seconds: float = 0.0
    left_processes: list[str] = field(default_factory=list)
    findings: Findings | None = None

    def faults(self) -> list[str]:
        """Promises that were broken, in words."""
        found = self.findings
        if found is None:
            return ["the trial did not end"]
        told = {
            "runs lost": found.lost,
            "runs ended twice": found.ended_twice,
            "runs stuck": self.stuck,
            "folders left": found.left_folders,
            "processes left": self.left_processes,
        }
        faults = [f"{what}: {', '.join(which[:5])}" for what, which in told.items() if which]
        if found.twins:
            faults.append(f"{found.twins} runs without a request of their own")
        if found.left_rows:
            faults.append(f"{found.left_rows} sets of rows left behind")
        if found.integrity not in ("", "ok"):
            faults.append(f"the database is damaged: {found.integrity}")
        return faults


class _Submitter(threading.Thread):
    """Keeps submitting runs; each request is sent until it is acknowledged."""

    def __init__(self, service: ServiceProcess, case_id: str, most_open: int) -> None:
        super().__init__(daemon=True)
        self._service, self._case_id, self._most_open = service, case_id, most_open
        self._is_over = threading.Event()
        self.acknowledged: list[str] = []

    def run(self) -> None:
        """Submit until told to stop."""
        client, number = Client(self._service.port, timeout=20.0), 0
        while not self._is_over.is_set():
            with contextlib.suppress(*_UNREACHED):
                if self._has_room(client):
                    asked = {"kind": "place", "case_id": self._case_id}
                    key = {"Idempotency-Key": f"request-{number}"}
                    answer = client.ask("POST", "/v1/runs", asked, key)
                    if answer.status == 202:
                        self.acknowledged.append(answer.body["run_id"])
                        number += 1
            self._is_over.wait(0.2)
        client.close()

    def _has_room(self, client: Client) -> bool:
        """Whether few enough runs wait: they shall be worked on, not pile up."""
        answer = client.ask("GET", "/v1/runs?status=queued&limit=200")
        return answer.status == 200 and len(answer.body["runs"]) < self._most_open

    def stop(self) -> None:
        """End it."""
        self._is_over.set()
        self.join()


def measure_kills(
    kills: int,
    pause_seconds: float,
    *,
    workers: int = 1,
    attempts: int = 20,
    database: str = "",
    seed: int = 1,
) -> KillTrial:
    """Kill so many times, and look what became of the runs.

    Parameters
    ----------
    kills
        How often.
    pause_seconds
        Mean time between two kills. [s]
    workers
        Of the service.
    attempts
        How often the service tries a run whose workers die.
    database
        Address of a PostgreSQL; empty: SQLite.
    seed
        Of the random times and targets.
    """
    folder = Path(tempfile.mkdtemp(prefix="kills-")) / "data"
    settings = {
        "lease_seconds": str(LEASE_SECONDS),
        "heartbeat_seconds": str(HEARTBEAT_SECONDS),
        "attempts": str(attempts),
    }
    service = ServiceProcess(folder, workers, database, settings)
    trial, begun = KillTrial(), time.monotonic()
    service.start()
    client = Client(service.port)
    case_id = client.ask("POST", "/v1/datasets/tiny/cases").body["case_id"]
    client.close()
    watched = Database(database or sqlite_address(folder / "allocator.sqlite"))
    submitter = _Submitter(service, case_id, most_open=4)
    submitter.start()
    try:
        _kill_on(service, trial, kills, pause_seconds, random.Random(seed), watched)
        submitter.stop()
        _settle(trial, watched)
    finally:
        submitter.stop()
        service.stop()
    time.sleep(2.0)
    trial.left_processes = service.left_processes()
    trial.findings = look_at_runs(watched, submitter.acknowledged, folder / "scratch")
    trial.seconds = time.monotonic() - begun
    watched.close()
    if not trial.faults():
        shutil.rmtree(folder.parent, ignore_errors=True)
    return trial


def _kill_on(
    service: ServiceProcess,
    trial: KillTrial,
    kills: int,
    pause_seconds: float,
    chance: random.Random,
    watched: Database,
) -> None:
    for number in range(1, kills + 1):
        # Faster kills than anything can start would measure the machine only.
        _wait_for_worker(service)
        end = time.monotonic() + chance.uniform(0.0, 2.0 * pause_seconds)
        while time.monotonic() < end:
            _watch(trial, watched)
            time.sleep(min(1.0, max(0.0, end - time.monotonic())))
        what = chance.choice(TARGETS)
        if what == "pause":
            service.pause_worker(PAUSED_SECONDS)
        else:
            service.kill(what)
        trial.kills[what] += 1
        if not service.is_running:
            time.sleep(chance.uniform(0.0, 1.0))
            trial.ready_seconds.append(service.start())
        if number % _TELLING == 0:
            print(f"{number} kills, {count_open(watched)} runs open", file=sys.stderr)


def _wait_for_worker(service: ServiceProcess) -> None:
    end = time.monotonic() + STUCK_SECONDS
    while not service.worker_pids() and time.monotonic() < end:
        time.sleep(0.1)


def _watch(trial: KillTrial, watched: Database) -> None:
    with contextlib.suppress(SQLAlchemyError):
        trial.stuck = sorted({*trial.stuck, *find_stuck(watched, STUCK_SECONDS)})


def _settle(trial: KillTrial, watched: Database) -> None:
    """Wait until all runs have ended and what died is swept away."""
    begun = time.monotonic()
    while count_open(watched) and time.monotonic() - begun < 1800.0:
        _watch(trial, watched)
        time.sleep(1.0)
    trial.settling_seconds = time.monotonic() - begun
    # Workers sweep every 15 s while they wait.
    time.sleep(20.0)


def _table(trial: KillTrial) -> str:
    found = trial.findings
    ready = sorted(trial.ready_seconds)
    lines = [
        ("kills", ", ".join(f"{name} {count}" for name, count in trial.kills.items())),
        ("restarts, ready after", f"{len(ready)}, at most {max(ready, default=0.0):.1f} s"),
        ("runs stuck longer than 60 s", str(len(trial.stuck))),
        ("from last kill to last run", f"{trial.settling_seconds:.0f} s"),
        ("whole trial", f"{trial.seconds:.0f} s"),
    ]
    if found is not None:
        lines += [
            ("acknowledged, lost", f"{found.acknowledged}, {len(found.lost)}"),
            ("ended", ", ".join(f"{name} {count}" for name, count in found.ended.items())),
            ("errors", ", ".join(f"{name} {n}" for name, n in found.errors.items()) or "none"),
            ("ended twice, made twice", f"{len(found.ended_twice)}, {found.twins}"),
            ("most attempts at a run", str(found.most_attempts)),
            ("integrity", found.integrity or "not asked"),
            ("left: rows, folders", f"{found.left_rows}, {len(found.left_folders)}"),
            ("left: processes", str(len(trial.left_processes))),
        ]
    return "\n".join(f"{name:30} {value}" for name, value in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the command line says; the exit code tells whether all promises held."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200, help="how often (200)")
    parser.add_argument("--pause", type=float, default=4.0, help="mean time between two, s (4)")
    parser.add_argument("--workers", type=int, default=1, help="workers of the service (1)")
    parser.add_argument("--attempts", type=int, default=20, help="at a run, see above (20)")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--seed", type=int, default=1, help="of times and targets (1)")
    parser.add_argument("--json", action="store_true", help="print a document")
    asked = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        database = ""
        if asked.postgres:
            server = PostgresServer(is_durable=True)
            stack.callback(server.close)
            server.start()
            database = server.new_database("kills")
        trial = measure_kills(
            asked.kills,
            asked.pause,
            workers=asked.workers,
            attempts=asked.attempts,
            database=database,
            seed=asked.seed,
        )
    document: dict[str, Any] = {
        "command": "service_kills",
        "database": "postgresql" if asked.postgres else "sqlite",
        **asdict(trial),
        "faults": trial.faults(),
        "machine": machine_of_today(),
    }
    print(json.dumps(document, indent=2) if asked.json else _table(trial))
    for fault in trial.faults():
        print(f"broken: {fault}", file=sys.stderr)
    return 1 if trial.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
