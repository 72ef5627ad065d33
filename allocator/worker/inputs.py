"""Files that a run starts from, written out of the database into its folder."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from allocator.store.database import Database
from allocator.store.documents import read_content
from allocator.store.leases import Claim
from allocator.store.runs import read_file, run_files_of
from allocator.store.tables import cases
from allocator.worker.work import Work

__all__ = ["write_inputs"]


def write_inputs(database: Database, held: Claim, folder: Path) -> Work:
    """Write case, plan, prices and changes of a run.

    Raises
    ------
    NotFoundError
        If the run to start from has no plan.
    """
    with database.reading() as connection:
        query = select(cases.c.canonical).where(cases.c.case_id == held.case_id)
        digest = connection.execute(query).scalar_one()
        case = _write(folder / "case.json", read_content(connection, digest))
        plan = prices = changes = None
        if held.base_run is not None:
            plan = _write(
                folder / "base.xlsx", read_file(connection, held.base_run, "plan.xlsx")[1]
            )
            names = {file.name for file in run_files_of(connection, held.base_run)}
            if "plan.npz" in names:
                content = read_file(connection, held.base_run, "plan.npz")[1]
                prices = _write(folder / "base.npz", content)
        if held.order_document is not None:
            content = read_content(connection, held.order_document)
            changes = _write(folder / "changes.json", content)
    return Work(held.kind, held.scenario, held.options, case, folder, plan, prices, changes)


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
