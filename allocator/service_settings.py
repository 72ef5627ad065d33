"""What the service may be told, all by environment variables that begin with ALLOCATOR_."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from allocator.errors import ConflictError
from allocator.store.database import sqlite_address

__all__ = ["ServiceSettings", "service_settings"]

PREFIX = "ALLOCATOR_"

LEAST_BEATS = 3
"""Heartbeats in a lease at least: one that is late must not cost a run."""


@dataclass(frozen=True)
class ServiceSettings:
    """Settings of server and workers; a field's variable is ALLOCATOR_ and its name in capitals.

    Parameters
    ----------
    data_folder
        Where the SQLite database and scratch files are.
    database
        Address of the database; empty: SQLite in the data folder.
    lease_seconds
        A run whose worker is silent for so long is given to another. [s]
    heartbeat_seconds
        How often a worker says that it lives. [s]
    attempts
        How often a run is tried before it counts as failed.
    hard_limit_seconds
        A run is killed after so long, whatever it was told. [s]
    run_memory_mb
        A run that needs more, with all its processes, is ended. [MB]
    queued_runs
        So many runs may wait; more are refused until some are done.
    upload_mb
        Size of a request at most. [MB]
    upload_seconds
        Time for a request to come in. [s]
    requests_per_minute
        Of one key.
    access
        ``keys``: every request needs a key; ``open``: none does, on this machine only.
    log
        ``text`` or ``json`` lines.
    """

    data_folder: Path = Path("allocator_data")
    database: str = ""
    lease_seconds: float = 20.0
    heartbeat_seconds: float = 2.0
    attempts: int = 3
    hard_limit_seconds: float = 3600.0
    run_memory_mb: int = 6000
    queued_runs: int = 500
    upload_mb: int = 20
    upload_seconds: float = 60.0
    requests_per_minute: int = 600
    access: str = "open"
    log: str = "text"

    def __post_init__(self) -> None:
        choices = {"access": ("open", "keys"), "log": ("text", "json")}
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise _unfit(name, getattr(self, name), f"must be {' or '.join(allowed)}")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float) and not value > 0:
                raise _unfit(field.name, value, "must be greater than 0")
        if self.lease_seconds < LEAST_BEATS * self.heartbeat_seconds:
            rule = f"must be at least {LEAST_BEATS} times {PREFIX}HEARTBEAT_SECONDS"
            raise _unfit("lease_seconds", self.lease_seconds, rule)

    @property
    def database_address(self) -> str:
        """Address of the database."""
        return self.database or sqlite_address(self.data_folder / "allocator.sqlite")

    @property
    def scratch_folder(self) -> Path:
        """Where runs keep their files while they are at work."""
        return self.data_folder / "scratch"


_DEFAULTS = ServiceSettings()


def _unfit(name: str, value: object, rule: str) -> ConflictError:
    return ConflictError(f"{PREFIX}{name.upper()} ({value}) {rule}. Maybe unset it.")


def service_settings(given: Mapping[str, str] | None = None, **more: Any) -> ServiceSettings:
    """Read the settings.

    Parameters
    ----------
    given
        Variables; those of the process if None.
    more
        Fields that win.

    Raises
    ------
    ConflictError
        If a value cannot be used.
    """
    variables = os.environ if given is None else given
    found: dict[str, Any] = {}
    for field in fields(ServiceSettings):
        text = variables.get(PREFIX + field.name.upper())
        if text is None or not text.strip():
            continue
        kind: Any = type(getattr(_DEFAULTS, field.name))
        kind = Path if issubclass(kind, Path) else kind
        try:
            found[field.name] = kind(text.strip())
        except ValueError as error:
            raise _unfit(field.name, text, f"must be a number ({kind.__name__})") from error
    return ServiceSettings(**{**found, **more})
