"""The verb of the audit log: verify, show."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from allocator.cli.keys import opened
from allocator.cli.options import AS_JSON
from allocator.cli.service import DATA, DATABASE
from allocator.cli.terminal import EXIT_FAULTS, print_document, print_table
from allocator.store.audit_check import AuditEntry, check_audit, read_entries

__all__ = ["audit"]

_AUDIT_HELP = """Look at the audit log: who did what and when; and whether it is as it was written.

\b
Examples
  allocator audit verify
  allocator audit show --last 50"""

_VERIFY_HELP = """Say whether any entry was changed, taken away, moved or cut off.

The last line is the anchor: write it down elsewhere, and a later check with --anchor shows that
the log up to there is still the same, even against somebody who has the whole database.

Exit code 1 if something was changed."""


@click.group(help=_AUDIT_HELP)
def audit() -> None:
    """Look at the audit log."""


@audit.command(help=_VERIFY_HELP)
@click.option("--anchor", metavar="NUMBER:HASH", help="Last line of an earlier check.")
@DATA
@DATABASE
@AS_JSON
def verify(
    anchor: str | None, *, data_folder: Path | None, database: str | None, as_json: bool
) -> None:
    """Check the chain of the log."""
    with opened(data_folder, database) as store, store.reading() as connection:
        found = check_audit(connection, anchor)
    if as_json:
        document = {"ok": not found.faults, "entries": found.entries, "anchor": found.anchor}
        print_document({**document, "faults": list(found.faults)})
    else:
        for fault in found.faults:
            click.echo(f"error: {fault}", err=True)
        standing = "NOT as written" if found.faults else "as written"
        click.echo(f"{found.entries} in the log, {standing}")
        click.echo(found.anchor)
    if found.faults:
        sys.exit(EXIT_FAULTS)


@audit.command()
@click.option("--last", type=click.IntRange(1, 100_000), default=100, show_default=True)
@DATA
@DATABASE
@AS_JSON
def show(last: int, *, data_folder: Path | None, database: str | None, as_json: bool) -> None:
    """Write the last entries, the oldest first."""
    with opened(data_folder, database) as store, store.reading() as connection:
        found = read_entries(connection, limit=last)[::-1]
    if as_json:
        print_document({"entries": [{**vars(one), "at": one.at.isoformat()} for one in found]})
        return
    print_table(_line(one) for one in found)


def _line(entry: AuditEntry) -> tuple[str, ...]:
    return (
        str(entry.number),
        entry.at.isoformat(timespec="seconds"),
        entry.who,
        entry.role,
        entry.action,
        entry.subject,
        json.dumps(entry.details, ensure_ascii=False) if entry.details else "",
    )
