"""Runs as people see them: submitted, looked at, stopped, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, insert, select, update

from allocator.errors import ConflictError, NotFoundError
from allocator.store.cases import StoredCase
from allocator.store.database import Database
from allocator.store.documents import keep_content, read_content
from allocator.store.events import add_event
from allocator.store.names import new_id, next_number
from allocator.store.scope import covers, is_within
from allocator.store.tables import cases, run_files, runs

__all__ = [
    "ENDED",
    "KINDS",
    "PLANLESS",
    "RunFile",
    "RunOrder",
    "StoredRun",
    "ask_cancel",
    "ask_stop",
    "count_queued",
    "find_run",
    "list_runs",
    "read_file",
    "run_files_of",
    "submit",
]

KINDS: Final = ("place", "dispatch", "plan", "replan", "explain", "coordination")

PLANLESS: Final = ("explain", "coordination")
"""Kinds that say something of a plan or a case, and leave no plan."""

ENDED: Final = ("finished", "failed", "cancelled")
"""Statuses after which nothing changes; the others are queued and running."""

PRIORITIES: Final[Mapping[str, int]] = {"replan": 0, "explain": 1}
"""Who drives now comes first; all other kinds are equal."""

_OTHER_PRIORITY: Final = 2


@dataclass(frozen=True)
class RunOrder:
    """What a run shall do.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    case_id
        Its case.
    name
        For people; may be empty.
    base_run
        Run whose plan it starts from: placement of a dispatch, dispatch of a re-plan, what is
        explained.
    scenario
        Of a dispatch, a re-plan, an explanation.
    options
        Gap, time limit and what else the kind takes; checked by the API.
    order_document
        Changes of a re-plan, as JSON document.
    """

    kind: str
    case_id: str
    name: str = ""
    base_run: str | None = None
    scenario: str | None = None
    options: Mapping[str, Any] | None = None
    order_document: bytes | None = None


@dataclass(frozen=True)
class StoredRun:
    """A run as it stands; ``document`` and ``error`` are what the command line would print."""

    run_id: str
    number: int
    case_id: str
    kind: str
    name: str
    base_run: str | None
    scenario: str | None
    options: dict[str, Any]
    status: str
    phase: str
    attempts: int
    worker: str | None
    stops_asked: int
    is_cancel_asked: bool
    progress: dict[str, Any] | None
    outcome: str | None
    document: dict[str, Any] | None
    error: dict[str, Any] | None
    plan_digest: str | None
    created_at: datetime
    created_by: str
    started_at: datetime | None
    finished_at: datetime | None
    case_name: str
    case_digest: str
    case_provinces: list[str]

    @property
    def is_over(self) -> bool:
        """Whether nothing changes any more."""
        return self.status in ENDED


@dataclass(frozen=True)
class RunFile:
    """A file that a run left."""

    name: str
    media_type: str
    digest: str


_OWN: Final = tuple(field.name for field in fields(StoredRun) if field.name in runs.c)
"""What is read of a run itself; the rest is its case's."""


def _query() -> Select[Any]:
    columns = [runs.c[name] for name in _OWN]
    return select(
        *columns,
        cases.c.name.label("case_name"),
        cases.c.case_digest,
        cases.c.provinces.label("case_provinces"),
    ).join(cases, cases.c.case_id == runs.c.case_id)


# Made once: making a statement takes as long as asking it.
_ONE: Final = _query().where(runs.c.run_id == bindparam("wanted"))
_QUEUED: Final = select(func.count()).select_from(runs).where(runs.c.status == "queued")


def _run(row: RowMapping, provinces: frozenset[str]) -> StoredRun:
    """A run as it is seen from some provinces: an error may tell of others' districts and rules."""
    run = StoredRun(**row)
    if run.error is None or covers(run.case_provinces, provinces):
        return run
    detail = "what went wrong concerns other provinces too. Maybe ask whoever answers for all."
    shown = {"status": run.error.get("status"), "error": run.error.get("error"), "detail": detail}
    return replace(run, error=shown)


def submit(
    database: Database,
    connection: Connection,
    order: RunOrder,
    created_by: str,
    case: StoredCase,
) -> StoredRun:
    """Put a run of a case into the queue and return it, without another look at the database."""
    run_id = new_id("r")
    document = order.order_document
    values = {
        "run_id": run_id,
        "number": next_number(database, connection, runs),
        "case_id": order.case_id,
        "kind": order.kind,
        "name": order.name,
        "base_run": order.base_run,
        "scenario": order.scenario,
        "options": dict(order.options or {}),
        "order_document": (
            None if document is None else keep_content(database, connection, document)
        ),
        "status": "queued",
        "phase": "",
        "priority": PRIORITIES.get(order.kind, _OTHER_PRIORITY),
        "attempts": 0,
        "token": 0,
        "stops_asked": 0,
        "is_cancel_asked": False,
        "created_at": database.now(connection),
        "created_by": created_by,
    }
    # Values beside the statement: making them part of it takes a millisecond.
    connection.execute(insert(runs), values)
    add_event(database, connection, run_id, "status", {"status": "queued"})
    known: dict[str, Any] = {name: values.get(name) for name in _OWN}
    return StoredRun(
        **known,
        case_name=case.name,
        case_digest=case.case_digest,
        case_provinces=list(case.provinces),
    )


def count_queued(connection: Connection) -> int:
    """How many runs wait for a worker."""
    return int(connection.execute(_QUEUED).scalar_one())


def find_run(connection: Connection, run_id: str, provinces: frozenset[str]) -> StoredRun:
    """Return a run that may be seen from some provinces.

    Raises
    ------
    NotFoundError
        If there is none, or its case concerns other provinces only.
    """
    row = connection.execute(_ONE, {"wanted": run_id}).mappings().first()
    if row is None or not is_within(row["case_provinces"], provinces):
        raise NotFoundError(f"there is no run {run_id!r}. Maybe see GET /v1/runs.")
    return _run(row, provinces)


def list_runs(
    connection: Connection,
    provinces: frozenset[str],
    *,
    where: Mapping[str, str],
    before: int | None = None,
    limit: int = 100,
) -> list[StoredRun]:
    """Return runs that may be seen, the newest first.

    Parameters
    ----------
    connection, provinces
        Where to look, and for whom.
    where
        Values of columns: ``status``, ``kind``, ``case_id``, ``base_run``, ``created_by``.
    before
        Only runs before this number.
    limit
        So many at most.
    """
    query = _query().order_by(runs.c.number.desc())
    for name, value in where.items():
        query = query.where(runs.c[name] == value)
    if before is not None:
        query = query.where(runs.c.number < before)
    if not provinces:
        # Whoever sees all runs need not look at more than are wanted.
        query = query.limit(limit)
    found: list[StoredRun] = []
    for row in connection.execute(query.execution_options(yield_per=limit)).mappings():
        if is_within(row["case_provinces"], provinces):
            found.append(_run(row, provinces))
        if len(found) == limit:
            break
    return found


def ask_stop(database: Database, connection: Connection, run: StoredRun) -> None:
    """Ask a run to end with the best plan it has.

    Raises
    ------
    ConflictError
        If it is not at work, so that there is nothing to keep.
    """
    asked = connection.execute(
        update(runs)
        .where(runs.c.run_id == run.run_id, runs.c.status == "running")
        .values(stops_asked=runs.c.stops_asked + 1)
    )
    if not asked.rowcount:
        maybe = "cancel it instead" if run.status == "queued" else "it is over already"
        raise ConflictError(f"run {run.run_id} is not running. Maybe {maybe}.")
    add_event(database, connection, run.run_id, "log", {"line": "asked to stop with its best plan"})


def ask_cancel(database: Database, connection: Connection, run: StoredRun) -> None:
    """Cancel a run: one that waits at once, one at work as soon as its worker hears of it.

    A run that is over stays as it is.
    """
    # Asked first whatever its status: the row is ours then, and its status stays what it is.
    status = connection.execute(
        update(runs)
        .where(runs.c.run_id == run.run_id, runs.c.status.not_in(ENDED))
        .values(is_cancel_asked=True)
        .returning(runs.c.status)
    ).scalar()
    if status == "queued":
        values = {"status": "cancelled", "finished_at": database.now(connection)}
        connection.execute(update(runs).where(runs.c.run_id == run.run_id).values(**values))
        add_event(database, connection, run.run_id, "status", {"status": "cancelled"})
    elif status is not None and not run.is_cancel_asked:
        add_event(database, connection, run.run_id, "log", {"line": "asked to cancel"})


def run_files_of(connection: Connection, run_id: str) -> list[RunFile]:
    """Return which files a run has."""
    columns = (run_files.c.name, run_files.c.media_type, run_files.c.digest)
    query = select(*columns).where(run_files.c.run_id == run_id).order_by(run_files.c.name)
    return [RunFile(**row) for row in connection.execute(query).mappings()]


def read_file(connection: Connection, run_id: str, name: str) -> tuple[RunFile, bytes]:
    """Return a file of a run.

    Raises
    ------
    NotFoundError
        If the run has no such file.
    """
    for file in run_files_of(connection, run_id):
        if file.name == name:
            return file, read_content(connection, file.digest)
    raise NotFoundError(f"run {run_id} has no file {name!r}. Maybe it is not finished yet.")
