"""A real ``allocator serve`` beside a measurement: started, asked, killed, started again."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

__all__ = ["Answer", "Client", "ServiceProcess", "free_port"]

READY_SECONDS: Final = 60.0


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(frozen=True)
class Answer:
    """Status and document of an answer, and how long it took. [s]"""

    status: int
    body: Any
    seconds: float


class Client:
    """One connection to a service, made again when it breaks.

    Parameters
    ----------
    port
        Where the service listens.
    timeout
        Longest wait for an answer. [s]
    """

    def __init__(self, port: int, timeout: float = 60.0) -> None:
        self._port, self._timeout = port, timeout
        self._connection: http.client.HTTPConnection | None = None

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request and read the answer.

        Raises
        ------
        OSError, http.client.HTTPException
            If there is none.
        """
        sent = None if body is None else json.dumps(body).encode()
        named = {"Content-Type": "application/json", **(headers or {})}
        begun = time.perf_counter()
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    "127.0.0.1", self._port, timeout=self._timeout
                )
            self._connection.request(method, path, sent, named)
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        is_json = "json" in (answer.getheader("Content-Type") or "")
        told = json.loads(content) if is_json else content
        return Answer(answer.status, told, time.perf_counter() - begun)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@dataclass
class ServiceProcess:
    """Server and workers on one folder.

    Parameters
    ----------
    folder
        Data folder.
    workers
        How many.
    database
        Address of a PostgreSQL; empty: SQLite in the folder.
    settings
        More settings, by the names of their variables without ``ALLOCATOR_``.
    port
        Where it listens.
    """

    folder: Path
    workers: int = 1
    database: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def variables(self) -> dict[str, str]:
        """Environment of its processes."""
        told = {f"ALLOCATOR_{name.upper()}": value for name, value in self.settings.items()}
        return {**os.environ, **told}

    def start(self) -> float:
        """Start it; return after how long it answered. [s]"""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "allocator", "serve", "--port", str(self.port)]
        command += ["--workers", str(self.workers), "--data", str(self.folder)]
        command += ["--database", self.database] if self.database else []
        begun = time.monotonic()
        with (self.folder / "service.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=self.variables, stdout=log, stderr=log, start_new_session=True
            )
        client = Client(self.port, timeout=5.0)
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if client.ask("GET", "/health").status == 200:
                    client.close()
                    return time.monotonic() - begun
            if self._process.poll() is not None or time.monotonic() - begun > READY_SECONDS:
                log_text = (self.folder / "service.log").read_text(encoding="utf-8")
                raise RuntimeError(f"the service did not start: {log_text[-2000:]}")
            time.sleep(0.05)

    def worker_pids(self) -> list[int]:
        """Numbers of the worker processes."""
        return [one.pid for one in self._family() if "worker" in _command(one)]

    def solver_pids(self) -> list[int]:
        """Numbers of the processes that workers have started."""
        found = []
        for pid in self.worker_pids():
            with contextlib.suppress(psutil.Error):
                family = psutil.Process(pid).children(recursive=True)
                found += [one.pid for one in family if "spawn_main" in " ".join(_command(one))]
        return found

    def _family(self) -> list[psutil.Process]:
        if self._process is None:
            return []
        with contextlib.suppress(psutil.Error):
            return psutil.Process(self._process.pid).children()
        return []

    def kill(self, what: str) -> None:
        """Kill with -9: ``server``, ``worker``, ``both``, or ``solver`` (the process of a run)."""
        pids = {
            "server": [],
            "worker": self.worker_pids(),
            "both": self.worker_pids(),
            "solver": self.solver_pids()[:1],
        }[what]
        # Workers first: one that outlives its server gives its run back in good order.
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if what in ("server", "both") and self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause_worker(self, seconds: float) -> None:
        """Stop a worker (SIGSTOP), and wake it up (SIGCONT) after a while."""
        for pid in self.worker_pids()[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                threading.Timer(seconds, _wake_up, (pid,)).start()

    def cpu_seconds(self) -> float:
        """Processor time of the server process so far. [s]"""
        if self._process is None:
            return 0.0
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def is_running(self) -> bool:
        """Whether the server is there."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it in good order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(READY_SECONDS)
            self._process = None

    def left_processes(self) -> list[str]:
        """Processes of this service that are still there: none, when it has ended."""
        wanted = str(self.folder.resolve())
        found = []
        for one in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                environment = one.environ()
                if environment.get("ALLOCATOR_DATA_FOLDER") == wanted:
                    found.append(f"{one.pid} {' '.join(one.cmdline())[:80]}")
        return found


def _wake_up(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def _command(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return list(process.cmdline())
    return []
