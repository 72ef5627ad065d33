"""A PostgreSQL of its own in a temporary folder, for tests and measurements."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

__all__ = ["PostgresServer", "absence_of_postgres", "postgres_programs"]

USER: Final = "allocator"

START_SECONDS: Final = 60.0


def postgres_programs() -> Path | None:
    """Folder with ``initdb`` and ``postgres``; None where this machine has none.

    Debian keeps them outside the path, one folder for each version.
    """
    on_path = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    candidates = [*([Path(on_path).parent] if on_path else []), *folders]
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def absence_of_postgres() -> str:
    """Why no PostgreSQL can be started, or nothing."""
    if postgres_programs() is None:
        return "needs PostgreSQL (initdb, postgres), and this machine has none"
    if os.geteuid() == 0 and _servant() is None:
        return "needs a user other than root to run PostgreSQL as, and this machine has none"
    return ""


def _servant() -> pwd.struct_passwd | None:
    """Whom to run the server as: it refuses root."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None


class PostgresServer:
    """A server that listens at a socket in its folder only.

    Parameters
    ----------
    is_durable
        Whether it waits for the disk, as a real one does; tests need not.
    """

    def __init__(self, *, is_durable: bool = False) -> None:
        programs = postgres_programs()
        if programs is None:
            raise RuntimeError(absence_of_postgres())
        self._programs = programs
        self._as: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._durable = is_durable
        # Sockets have short names only, so that the folder is not one of pytest's.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        if os.geteuid() == 0:
            servant = _servant()
            if servant is None:
                raise RuntimeError(absence_of_postgres())
            os.chown(self.folder, servant.pw_uid, servant.pw_gid)
            self._as = {"user": servant.pw_uid, "group": servant.pw_gid, "extra_groups": []}
        options = ("-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync", "-D", self.folder / "data")
        self._run(programs / "initdb", *options)

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, **self._as
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr}")

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        log = (self.folder / "log").open("ab")
        durable = [] if self._durable else ["-c", "fsync=off", "-c", "synchronous_commit=off"]
        with log:
            self._process = subprocess.Popen(
                [
                    self._programs / "postgres",
                    *("-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses="),
                    *("-c", "max_connections=200", *durable),
                ],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._as,
            )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        import psycopg

        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.address("postgres"), connect_timeout=2).close()
            return True
        return False

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """End it: at once but properly (SIGINT), or as a crash (SIGQUIT)."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)
            self._process = None

    def address(self, name: str) -> str:
        """Address of one of its databases."""
        return f"postgresql://{USER}@/{name}?host={quote(str(self.folder))}"

    def new_database(self, name: str) -> str:
        """Make a database and return its address."""
        import psycopg

        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.address(name)

    def close(self) -> None:
        """End it and take its folder away, with what it has not written yet."""
        self.stop(how=signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)
