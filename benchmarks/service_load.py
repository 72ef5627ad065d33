"""How the service answers while many clients submit and read, and while its workers solve.

``python -m benchmarks.service_load`` starts a real ``allocator serve``; 50 clients submit 20 runs
of the tiny case each while 20 others read, and somebody asks for its health. Submissions that are
refused because the queue is full would count as failures: the queue takes all of them.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
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

from sqlalchemy import update

from allocator.store.database import Database, sqlite_address
from allocator.store.tables import runs
from benchmarks.machine import machine_of_today
from benchmarks.postgres_server import PostgresServer
from benchmarks.service_findings import count_open, look_at_runs
from benchmarks.service_process import Client, ServiceProcess

__all__ = ["LoadTrial", "main", "measure_load"]

SUBMIT_P95_SECONDS, HEALTH_P99_SECONDS = 0.5, 1.0
"""What is asked. [s]"""

LEFT_QUEUED: Final = 100
"""So many runs are left to the workers; the others are cancelled once all are acknowledged."""

_UNREACHED: Final = (OSError, http.client.HTTPException)


@dataclass
class LoadTrial:
    """What was asked, and how fast the answers were.

    Parameters
    ----------
    submitters, submissions, readers
        Clients that submit, runs of each, clients that read.
    think_seconds
        Mean time between an answer and the next submission of a client; 0: all at once. [s]
    submit_seconds, read_seconds, health_seconds
        Of each request. [s]
    refused
        Answers to submissions other than 202, and to readers other than 200, by status.
    unreached
        Requests without any answer.
    acknowledged, lost, twins
        Runs; those not kept; those kept twice.
    locked
        Lines of the service's log with the word ``locked``.
    solving_health_seconds
        Of ``/health`` while workers solve and 100 runs wait. [s]
    solved
        Runs that the workers ended meanwhile.
    cpu_seconds
        Of the server process while clients submitted and read. [s]
    loads
        Load averages of the machine before and after that: others may be at work on it.
    seconds
        Of the whole trial. [s]
    """

    submitters: int
    submissions: int
    readers: int
    think_seconds: float
    submit_seconds: list[float] = field(default_factory=list)
    read_seconds: list[float] = field(default_factory=list)
    health_seconds: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    unreached: int = 0
    acknowledged: int = 0
    lost: int = 0
    twins: int = 0
    locked: int = 0
    solving_health_seconds: list[float] = field(default_factory=list)
    solved: int = 0
    cpu_seconds: float = 0.0
    loads: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def faults(self) -> list[str]:
        """What was not reached, in words."""
        wanted = self.submitters * self.submissions
        faults = [
            (
                f"{wanted - self.acknowledged} submissions were not taken",
                self.acknowledged < wanted,
            ),
            (f"{self.lost} runs lost", self.lost),
            (f"{self.twins} runs made twice", self.twins),
            (f"{self.locked} times locked", self.locked),
            (f"refused: {self.refused}", self.refused),
            (f"{self.unreached} requests without an answer", self.unreached),
            ("p95 of a submission", _share(self.submit_seconds, 0.95) > SUBMIT_P95_SECONDS),
            ("p99 of health under load", _share(self.health_seconds, 0.99) > HEALTH_P99_SECONDS),
            (
                "p99 of health while solving",
                _share(self.solving_health_seconds, 0.99) > HEALTH_P99_SECONDS,
            ),
        ]
        return [words for words, is_broken in faults if is_broken]


def _share(values: Sequence[float], share: float) -> float:
    """Value that such a share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


class _Load:
    """The clients of a trial."""

    def __init__(self, trial: LoadTrial, port: int, case_id: str) -> None:
        self._trial, self._port, self._case_id = trial, port, case_id
        self._lock, self._is_over = threading.Lock(), threading.Event()
        self.acknowledged: list[str] = []

    def run(self) -> None:
        """Let all begin together, and wait until the last submission is through."""
        submitters = [
            threading.Thread(target=self._submit, args=(number,))
            for number in range(self._trial.submitters)
        ]
        others = [threading.Thread(target=self._read) for _ in range(self._trial.readers)]
        others.append(threading.Thread(target=self._ask_health))
        for thread in (*others, *submitters):
            thread.start()
        for thread in submitters:
            thread.join()
        self._is_over.set()
        for thread in others:
            thread.join()

    def _took(self, kept: list[float], status: int, wanted: int, seconds: float) -> None:
        with self._lock:
            kept.append(seconds)
            if status != wanted:
                name = str(status)
                self._trial.refused[name] = self._trial.refused.get(name, 0) + 1

    def _missed(self) -> None:
        with self._lock:
            self._trial.unreached += 1

    def _submit(self, number: int) -> None:
        client, chance = Client(self._port), random.Random(number)
        for turn in range(self._trial.submissions):
            time.sleep(chance.uniform(0.0, 2.0 * self._trial.think_seconds))
            asked = {"kind": "place", "case_id": self._case_id}
            key = {"Idempotency-Key": f"client-{number}-{turn}"}
            try:
                answer = client.ask("POST", "/v1/runs", asked, key)
            except _UNREACHED:
                self._missed()
                continue
            self._took(self._trial.submit_seconds, answer.status, 202, answer.seconds)
            if answer.status == 202:
                with self._lock:
                    self.acknowledged.append(answer.body["run_id"])
        client.close()

    def _read(self) -> None:
        client = Client(self._port)
        while not self._is_over.is_set():
            with self._lock:
                last = self.acknowledged[-1] if self.acknowledged else ""
            for path in ("/v1/runs?limit=20", f"/v1/runs/{last}" if last else "/version"):
                try:
                    answer = client.ask("GET", path)
                except _UNREACHED:
                    self._missed()
                    continue
                self._took(self._trial.read_seconds, answer.status, 200, answer.seconds)
            # People look at a page; they do not ask as fast as a program can.
            self._is_over.wait(0.2)
        client.close()

    def _ask_health(self) -> None:
        _ask_health(self._port, self._trial.health_seconds, self._is_over)


def _ask_health(port: int, kept: list[float], is_over: threading.Event) -> None:
    client = Client(port)
    while not is_over.is_set():
        with contextlib.suppress(*_UNREACHED):
            kept.append(client.ask("GET", "/health").seconds)
        is_over.wait(0.05)
    client.close()


def _leave_some(database: Database, left: int) -> None:
    """Cancel all but so many of the runs that wait: they were for the queue only."""
    with database.writing() as connection:
        waiting = connection.execute(
            runs.select().where(runs.c.status == "queued").order_by(runs.c.number)
        ).all()
        surplus = [row.run_id for row in waiting[left:]]
        cancelled = update(runs).where(runs.c.run_id.in_(surplus))
        connection.execute(cancelled.values(status="cancelled"))


def _ask_while_solving(trial: LoadTrial, port: int, watched: Database, seconds: float) -> None:
    """Ask for health while workers solve and 100 runs wait."""
    _leave_some(watched, LEFT_QUEUED)
    before = count_open(watched)
    is_over = threading.Event()
    asking = (port, trial.solving_health_seconds, is_over)
    asker = threading.Thread(target=_ask_health, args=asking)
    asker.start()
    time.sleep(seconds)
    is_over.set()
    asker.join()
    trial.solved = before - count_open(watched)


def measure_load(
    submitters: int,
    submissions: int,
    readers: int,
    *,
    think_seconds: float = 0.0,
    workers: int = 1,
    database: str = "",
    solving_seconds: float = 60.0,
) -> LoadTrial:
    """Put load on a service, and look at its answers.

    Parameters
    ----------
    submitters, submissions, readers
        Clients that submit, runs of each, clients that read.
    think_seconds
        Mean time between an answer and the next submission. [s]
    workers
        Of the service; they solve all the while.
    database
        Address of a PostgreSQL; empty: SQLite.
    solving_seconds
        How long health is asked for while 100 runs wait. [s]
    """
    folder = Path(tempfile.mkdtemp(prefix="load-")) / "data"
    settings = {"queued_runs": "100000", "requests_per_minute": "1000000"}
    service = ServiceProcess(folder, workers, database, settings)
    trial, begun = LoadTrial(submitters, submissions, readers, think_seconds), time.monotonic()
    service.start()
    try:
        client = Client(service.port)
        case_id = client.ask("POST", "/v1/datasets/tiny/cases").body["case_id"]
        client.close()
        load = _Load(trial, service.port, case_id)
        cpu, load_before = service.cpu_seconds(), os.getloadavg()[0]
        load.run()
        trial.cpu_seconds = service.cpu_seconds() - cpu
        trial.loads = [load_before, os.getloadavg()[0]]
        watched = Database(database or sqlite_address(folder / "allocator.sqlite"))
        _ask_while_solving(trial, service.port, watched, solving_seconds)
    finally:
        service.stop()
    found = look_at_runs(watched, load.acknowledged, folder / "scratch")
    watched.close()
    trial.acknowledged = len(load.acknowledged)
    trial.lost = len(found.missing)
    trial.twins = found.twins + len(load.acknowledged) - len(set(load.acknowledged))
    log = (folder / "service.log").read_text(encoding="utf-8")
    trial.locked = sum("locked" in line for line in log.splitlines())
    trial.seconds = time.monotonic() - begun
    shutil.rmtree(folder.parent, ignore_errors=True)
    return trial


def _table(trial: LoadTrial) -> str:
    def line(name: str, values: Sequence[float]) -> tuple[str, str]:
        told = ", ".join(
            f"{words} {1000.0 * _share(values, share):.0f}"
            for words, share in (("median", 0.5), ("p95", 0.95), ("p99", 0.99), ("most", 1.0))
        )
        return name, f"{len(values)} requests; ms: {told}"

    lines = [
        ("clients", f"{trial.submitters} x {trial.submissions} runs, {trial.readers} readers"),
        ("pause of a client", f"{trial.think_seconds:g} s on average"),
        line("submissions", trial.submit_seconds),
        line("reads", trial.read_seconds),
        line("health meanwhile", trial.health_seconds),
        line("health while solving", trial.solving_health_seconds),
        ("acknowledged, lost, twice", f"{trial.acknowledged}, {trial.lost}, {trial.twins}"),
        ("locked, refused, unreached", f"{trial.locked}, {trial.refused}, {trial.unreached}"),
        ("solved meanwhile", str(trial.solved)),
        ("processor time of server", f"{trial.cpu_seconds:.1f} s"),
        ("load of machine", " to ".join(f"{load:.1f}" for load in trial.loads)),
        ("whole trial", f"{trial.seconds:.0f} s"),
    ]
    return "\n".join(f"{name:28} {value}" for name, value in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the command line says; the exit code tells whether all was reached."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--submitters", type=int, default=50, help="clients that submit (50)")
    parser.add_argument("--submissions", type=int, default=20, help="runs of each (20)")
    parser.add_argument("--readers", type=int, default=20, help="clients that read (20)")
    parser.add_argument(
        "--think", type=float, default=0.0, help="mean pause before a submission, s (0)"
    )
    parser.add_argument("--workers", type=int, default=1, help="workers of the service (1)")
    parser.add_argument("--solving", type=float, default=60.0, help="time to solve, s (60)")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--json", action="store_true", help="print a document")
    asked = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        database = ""
        if asked.postgres:
            server = PostgresServer(is_durable=True)
            stack.callback(server.close)
            server.start()
            database = server.new_database("load")
        trial = measure_load(
            asked.submitters,
            asked.submissions,
            asked.readers,
            think_seconds=asked.think,
            workers=asked.workers,
            database=database,
            solving_seconds=asked.solving,
        )
    document: dict[str, Any] = {
        "command": "service_load",
        "database": "postgresql" if asked.postgres else "sqlite",
        **asdict(trial),
        "faults": trial.faults(),
        "machine": machine_of_today(),
    }
    print(json.dumps(document) if asked.json else _table(trial))
    for fault in trial.faults():
        print(f"not reached: {fault}", file=sys.stderr)
    return 1 if trial.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
