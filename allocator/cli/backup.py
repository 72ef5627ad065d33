"""Verbs that copy the database of a service and bring it back: backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.cli.service import DATA, DATABASE, given_settings
from allocator.cli.terminal import counted

if TYPE_CHECKING:
    from allocator.store.backup import Backup

__all__ = ["backup", "restore"]

_BACKUP_HELP = """Copy the database of a service into one file while it is in use; check the copy.

The file holds everything: cases, plans, files, keys (hashed), the audit log. Keep it as safe as
the service itself. For PostgreSQL the command to use is named.

\b
Examples
  allocator backup -o monday.sqlite
  allocator backup --data /srv/allocator -o /backups/monday.sqlite --force"""

_RESTORE_HELP = """Bring the database of a service back from a backup.

The file is checked first. Nothing happens while a server or worker has the database open, or if
there is anything in it already and --force is not given.

\b
Example
  allocator restore monday.sqlite --data /srv/allocator"""

_FORCE = click.option("--force", is_flag=True, help="Give up what is there already.")


@click.command(help=_BACKUP_HELP)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write the copy.",
)
@_FORCE
@DATA
@DATABASE
def backup(output: Path, data_folder: Path | None, database: str | None, *, force: bool) -> None:
    """Copy the database."""
    from allocator.store.backup import back_up

    settings = given_settings(data_folder=data_folder, database=database)
    _tell(back_up(settings.database_address, output, replaces=force))


@click.command(help=_RESTORE_HELP)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_FORCE
@DATA
@DATABASE
def restore(file: Path, data_folder: Path | None, database: str | None, *, force: bool) -> None:
    """Bring the database back."""
    from allocator.store import audit
    from allocator.store.backup import restore as bring_back
    from allocator.store.opening import make_data_folder, open_database

    settings = given_settings(data_folder=data_folder, database=database)
    make_data_folder(settings)
    restored = bring_back(file, settings.database_address, replaces=force)
    opened = open_database(settings)
    try:
        with opened.writing() as connection:
            told = {"runs": restored.rows["runs"], "entries": restored.rows["audit_entries"]}
            actor = audit.Actor()
            audit.append(opened, connection, actor, "database.restore", file.name, told)
    finally:
        opened.close()
    _tell(restored)


def _tell(done: Backup) -> None:
    rows = done.rows
    click.echo(
        f"{done.path}: {counted(rows['cases'], 'case')}, {counted(rows['runs'], 'run')}, "
        f"{counted(rows['api_keys'], 'key')}, audit log of {rows['audit_entries']}; "
        f"{done.size_bytes / 1e6:,.1f} MB, checked ({done.seconds:.1f} s)"
    )
