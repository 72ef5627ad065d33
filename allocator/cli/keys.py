"""The verb of the keys: make, list, revoke."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from allocator.cli.options import AS_JSON
from allocator.cli.service import DATA, DATABASE, given_settings
from allocator.cli.terminal import print_document, print_table
from allocator.store.audit import Actor, append
from allocator.store.database import Database
from allocator.store.keys import ROLES, StoredKey, list_keys, make_key, revoke_key
from allocator.store.opening import open_database

__all__ = ["keys", "opened"]

_KEYS_HELP = """Make, list and revoke the keys that people and programs use the service with.

\b
planner    uploads cases, submits, stops and cancels runs
logistics  works with results, re-plans
analyst    uploads cases, submits runs, compares
admin      all of it, and the audit log

\b
Examples
  allocator keys add lin.mei --role planner --province 45
  allocator keys list
  allocator keys revoke lin.mei"""

_ADD_HELP = """Make a key and show it: once, on standard output, and never again.

Programs send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'; people log in to the page
with it. With --province it sees only what concerns these provinces."""

_REVOKE_HELP = """End a key, by its name or its public part; who logged in with it is out at once.

Its name stays taken: what was done with it bears it."""


@click.group(help=_KEYS_HELP)
def keys() -> None:
    """Make, list and revoke keys."""


@contextmanager
def opened(data_folder: Path | None, database: str | None) -> Iterator[Database]:
    """The database that the options name, for as long as a verb needs it."""
    found = open_database(given_settings(data_folder=data_folder, database=database))
    try:
        yield found
    finally:
        found.close()


@keys.command(help=_ADD_HELP)
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What it may do.")
@click.option(
    "--province",
    "provinces",
    multiple=True,
    metavar="NN",
    help="Two digits its districts begin with; may be repeated. [default: all provinces]",
)
@click.option("--days", type=click.IntRange(1, 3650), help="How long it holds. [default: for good]")
@DATA
@DATABASE
@AS_JSON
def add(
    name: str,
    role: str,
    provinces: tuple[str, ...],
    days: int | None,
    *,
    data_folder: Path | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Make a key."""
    with opened(data_folder, database) as store, store.writing() as connection:
        ends = None if days is None else store.now(connection) + timedelta(days=days)
        asked: dict[str, Any] = {"name": name, "role": role, "provinces": provinces}
        key, text = make_key(store, connection, **asked, expires_at=ends)
        told = {"role": role, "provinces": key.provinces, "expires_at": _moment(key.expires_at)}
        append(store, connection, Actor(), "key.add", f"{name} ({key.key_id})", told)
    if as_json:
        print_document({**_document(key), "key": text})
        return
    click.echo(text)
    click.echo("Keep it now: it is not shown again.", err=True)


@keys.command("list")
@DATA
@DATABASE
@AS_JSON
def show(*, data_folder: Path | None, database: str | None, as_json: bool) -> None:
    """List all keys, revoked ones too."""
    with opened(data_folder, database) as store, store.reading() as connection:
        found, now = list_keys(connection), store.now(connection)
    if as_json:
        print_document({"keys": [_document(key) for key in found]})
        return
    for_all = "all provinces"
    print_table(
        (
            key.name,
            key.role,
            ",".join(key.provinces) or for_all,
            key.key_id,
            f"made {key.created_at:%Y-%m-%d}",
            _standing(key, now),
        )
        for key in found
    )
    if not found:
        click.echo("no keys yet. Maybe allocator keys add NAME --role planner", err=True)


@keys.command(help=_REVOKE_HELP)
@click.argument("which", metavar="NAME")
@DATA
@DATABASE
def revoke(which: str, *, data_folder: Path | None, database: str | None) -> None:
    """End a key."""
    with opened(data_folder, database) as store, store.writing() as connection:
        key = revoke_key(store, connection, which)
        append(store, connection, Actor(), "key.revoke", f"{key.name} ({key.key_id})")
    click.echo(f"{key.name} ({key.key_id}) opens nothing any more.", err=True)


def _standing(key: StoredKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "holds"
    return f"{'holds until' if key.holds_at(now) else 'expired'} {key.expires_at:%Y-%m-%d}"


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _document(key: StoredKey) -> dict[str, Any]:
    """A key as JSON document, without its secret."""
    return {
        "key_id": key.key_id,
        "name": key.name,
        "role": key.role,
        "provinces": key.provinces,
        "created_at": _moment(key.created_at),
        "created_by": key.created_by,
        "expires_at": _moment(key.expires_at),
        "revoked_at": _moment(key.revoked_at),
    }
