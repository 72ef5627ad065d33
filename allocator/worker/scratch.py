"""Folders of runs at work: one for each attempt, and nothing of it stays, whatever dies."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import select

from allocator.store.database import Database
from allocator.store.leases import Claim
from allocator.store.tables import runs

__all__ = ["scratch_folder", "sweep_scratch"]

_NAME: Final = re.compile(r"(r[0-9a-f]+)-(\d+)")


@contextlib.contextmanager
def scratch_folder(root: Path, held: Claim) -> Iterator[Path]:
    """A folder for one attempt; afterwards it is gone."""
    folder = root / f"{held.run_id}-{held.token}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_scratch(database: Database, root: Path) -> int:
    """Take away folders of attempts that no worker holds any more; return how many there were."""
    folders = {path: _NAME.fullmatch(path.name) for path in _entries(root)}
    found = {path: (name[1], int(name[2])) for path, name in folders.items() if name}
    if not found:
        return 0
    query = select(runs.c.run_id, runs.c.token).where(
        runs.c.run_id.in_({run_id for run_id, _ in found.values()}), runs.c.status == "running"
    )
    with database.reading() as connection:
        at_work = {(row.run_id, row.token) for row in connection.execute(query)}
    stale = [path for path, attempt in found.items() if attempt not in at_work]
    for path in stale:
        shutil.rmtree(path, ignore_errors=True)
    return len(stale)


def _entries(root: Path) -> list[Path]:
    try:
        return list(root.iterdir())
    except FileNotFoundError:
        return []
