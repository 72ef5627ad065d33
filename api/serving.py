"""The verb ``allocator serve``: server and workers together."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
import uvicorn

from allocator.cli.service import DATA, DATABASE, given_settings, settings_as_variables
from allocator.errors import ConflictError
from allocator.store.database import Database
from allocator.store.keys import has_keys
from allocator.worker.crew import Crew
from api.access.connections import PatientProtocol
from api.main import create_app

__all__ = ["serve"]

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")

MOST_CONNECTIONS: Final = 1000
"""Beyond it a request is answered 503."""

MOST_HEAD_BYTES: Final = 64_000
"""A head that is longer is answered 400 before the application sees it."""

_SERVE_HELP = """Serve the REST API and the page, with workers that solve.

Everything is kept in one database, SQLite in the data folder unless --database names a PostgreSQL.
Runs survive the end of server and workers: what was taken on is carried out, by whoever is next.

Without keys only this machine may ask (--host 127.0.0.1). For others, make a key first:
allocator keys add NAME --role planner

\b
Examples
  allocator serve
  allocator serve --port 9000 --workers 2 --data /srv/allocator
  allocator serve --database postgresql://allocator:secret@db/allocator --host 0.0.0.0"""


@click.command(help=_SERVE_HELP)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="Port to listen at.",
)
@click.option(
    "--workers",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Runs that are solved at the same time; each takes two cores by itself.",
)
@click.option("--keys", "with_keys", is_flag=True, help="Ask for a key also on this machine.")
@DATA
@DATABASE
def serve(
    host: str,
    port: int,
    workers: int,
    *,
    with_keys: bool,
    data_folder: Path | None,
    database: str | None,
) -> None:
    """Serve API and page."""
    access = "keys" if with_keys or host not in LOOPBACK else None
    settings = given_settings(data_folder=data_folder, database=database, access=access)
    application = create_app(settings)
    if settings.access == "keys":
        _check_keys(application.state.service.database)
    crew = Crew(workers, settings_as_variables(settings))
    crew.start()
    try:
        click.echo(f"serving on http://{host}:{port} (Ctrl-C ends)", err=True)
        uvicorn.run(
            application,
            host=host,
            port=port,
            log_config=None,
            timeout_graceful_shutdown=10,
            timeout_keep_alive=30,
            http=PatientProtocol,
            h11_max_incomplete_event_size=MOST_HEAD_BYTES,
            limit_concurrency=MOST_CONNECTIONS,
        )
    finally:
        crew.stop()


def _check_keys(database: Database) -> None:
    """Refuse to serve where nobody could use the service.

    Raises
    ------
    ConflictError
        If there is no key that opens anything.
    """
    with database.reading() as connection:
        if has_keys(database, connection):
            return
    raise ConflictError(
        "whoever uses the service from another machine needs a key, and there is none. "
        "Maybe make one, with the same --data or --database: "
        "allocator keys add NAME --role planner"
    )
