"""The verb of the workers, and what it shares with the server's."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from allocator.service_settings import ServiceSettings

__all__ = ["DATA", "DATABASE", "given_settings", "settings_as_variables", "worker"]

_WORKER_HELP = """Add a worker to a service: it takes runs from the same database and solves them.

\b
Examples
  allocator worker --data /srv/allocator
  allocator worker --database postgresql://allocator:secret@db/allocator"""

DATA = click.option(
    "--data",
    "data_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the database and of scratch files (ALLOCATOR_DATA_FOLDER).",
)

DATABASE = click.option(
    "--database", metavar="ADDRESS", help="PostgreSQL to use instead (ALLOCATOR_DATABASE)."
)


def given_settings(**given: Any) -> ServiceSettings:
    """Settings of the environment, and of the command line where it says something."""
    from allocator.service_settings import service_settings

    return service_settings(**{name: value for name, value in given.items() if value is not None})


def settings_as_variables(settings: ServiceSettings) -> dict[str, str]:
    """Variables by which a process that is started learns the same database and folder."""
    told = {
        "ALLOCATOR_DATA_FOLDER": str(settings.data_folder.resolve()),
        "ALLOCATOR_DATABASE": settings.database,
    }
    return {**os.environ, **told}


@click.command(help=_WORKER_HELP)
@click.option("--with-parent", is_flag=True, hidden=True)
@DATA
@DATABASE
def worker(*, with_parent: bool, data_folder: Path | None, database: str | None) -> None:
    """Solve what is in the queue."""
    from allocator.service_log import set_up_logging
    from allocator.store.opening import open_database
    from allocator.worker.crew import leave_with_parent, step_back
    from allocator.worker.loop import Worker

    settings = given_settings(data_folder=data_folder, database=database)
    opened = open_database(settings)
    leave = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: leave.set())
    if with_parent:
        step_back()
        leave_with_parent(leave)
    one = Worker(opened, settings, leave=leave)
    set_up_logging(settings.log, process="worker", worker=one.name)
    try:
        one.serve()
    finally:
        opened.close()
