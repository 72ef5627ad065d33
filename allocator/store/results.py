"""Rows of the results of a run: looked for by places, goods, hours, and by whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, or_, select

from allocator.schema.results import LoadingLine
from allocator.store.editions import shown_edition
from allocator.store.runs import StoredRun, list_runs
from allocator.store.tables import cases, result_rows

__all__ = [
    "EQUAL_FILTERS",
    "ResultRow",
    "RowQuery",
    "case_codes",
    "count_rows",
    "find_explanation",
    "read_rows",
]

EQUAL_FILTERS: Final = ("scenario", "warehouse", "district", "item", "fleet", "trip", "state")
"""Columns that are looked for by their value."""

_MOST_EXPLANATIONS: Final = 50
"""So many of the newest explanations of a run are looked at."""


@dataclass(frozen=True)
class RowQuery:
    """Which rows are wanted.

    Parameters
    ----------
    run_id, sheet
        Of which run, and of which of its sheets.
    provinces
        Whose they must be, at either end; empty: anybody's.
    equal
        Values of columns of ``EQUAL_FILTERS``.
    cargo_item
        Only trips that carry this item.
    province
        Two digits of a province at either end.
    from_hours, to_hours
        Only what is going on at or after the one and before the other. [h]
    """

    run_id: str
    sheet: str
    provinces: frozenset[str] = frozenset()
    equal: Mapping[str, str] = field(default_factory=dict)
    cargo_item: str | None = None
    province: str | None = None
    from_hours: float | None = None
    to_hours: float | None = None


@dataclass(frozen=True)
class ResultRow:
    """A row: its place in the sheet, and its record as JSON text."""

    position: int
    record: str


def _conditions(query: RowQuery) -> list[ColumnElement[bool]]:
    row = result_rows.c
    found = [row.edition == shown_edition(query.run_id), row.sheet == query.sheet]
    found += [row[name] == value for name, value in query.equal.items()]
    if query.provinces:
        own = sorted(query.provinces)
        found.append(or_(row.warehouse_province.in_(own), row.district_province.in_(own)))
    if query.province is not None:
        found.append(
            or_(
                row.warehouse_province == query.province,
                row.district_province == query.province,
            )
        )
    if query.from_hours is not None:
        found.append(row.to_hours >= query.from_hours)
    if query.to_hours is not None:
        found.append(row.from_hours < query.to_hours)
    if query.cargo_item is not None:
        cargo = result_rows.alias("cargo").c
        carrying = select(cargo.trip).where(
            cargo.edition == shown_edition(query.run_id),
            cargo.sheet == LoadingLine.sheet,
            cargo.item == query.cargo_item,
        )
        found.append(row.trip.in_(carrying))
    return found


def count_rows(connection: Connection, query: RowQuery) -> int:
    """How many rows there are."""
    wanted = select(func.count()).select_from(result_rows).where(*_conditions(query))
    return int(connection.execute(wanted).scalar_one())


def read_rows(
    connection: Connection, query: RowQuery, after: int = -1, limit: int | None = None
) -> list[ResultRow]:
    """Return rows in the order of their sheet.

    Parameters
    ----------
    connection, query
        Where to look, and for what.
    after
        Only rows behind this position.
    limit
        So many at most.
    """
    row = result_rows.c
    # Places first: they are found in an index, and the records of those only are read.
    places = (
        select(row.position)
        .where(*_conditions(query), row.position > after)
        .order_by(row.position)
        .limit(limit)
    )
    found = result_rows.alias("found").c
    wanted = (
        select(found.position, found.record)
        .where(found.edition == shown_edition(query.run_id), found.sheet == query.sheet)
        .where(found.position.in_(places))
        .order_by(found.position)
    )
    return [ResultRow(*one) for one in connection.execute(wanted)]


def case_codes(connection: Connection, case_id: str) -> dict[str, list[str]]:
    """Return the codes of a case by what they are of: ``warehouse``, ``district``."""
    found: Any = connection.execute(select(cases.c.codes).where(cases.c.case_id == case_id))
    codes: dict[str, list[str]] = found.scalar_one()
    return codes


def find_assessment(
    connection: Connection, run: StoredRun, scenario: str | None
) -> StoredRun | None:
    """Return the newest finished run of kind coordination that is about a plan.

    Parameters
    ----------
    connection, run
        Where to look; the run whose plan it is about.
    scenario
        That it must be about; None for any.
    """
    where = {"base_run": run.run_id, "kind": "coordination", "status": "finished"}
    found = list_runs(connection, frozenset(), where=where, limit=_MOST_EXPLANATIONS)
    return next((one for one in found if {one.scenario, scenario} & {None, one.scenario}), None)


def find_explanation(
    connection: Connection, run: StoredRun, asked: Mapping[str, str], *, is_choice: bool
) -> StoredRun | None:
    """Return the newest finished explanation of a run that says something about what is asked.

    Parameters
    ----------
    connection, run
        Where to look; the run that is explained.
    asked
        Values of ``scenario``, ``district`` and ``item``. An explanation of one district says
        nothing about another.
    is_choice
        Whether an answer to why or why-not is wanted, or the reasons of shortages.
    """
    where = {"base_run": run.run_id, "kind": "explain", "status": "finished"}
    found = list_runs(connection, frozenset(), where=where, limit=_MOST_EXPLANATIONS)
    for one in found:
        about = {**one.options, "scenario": one.scenario}
        has_choice = bool(about.get("why") or about.get("why_not"))
        fits = all(about.get(name) in (None, value) for name, value in asked.items())
        if has_choice is is_choice and fits:
            return one
    return None
